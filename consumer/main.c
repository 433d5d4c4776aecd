/* plexsync-consumer: brings the newest state of Stash's scenes from Kafka to Plex. */
#include "common/health.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service.h"
#include "consumer/driver.h"
#include "consumer/options.h"
#include "consumer/outages.h"

#include <stdlib.h>

enum {
	DRAIN_TIMEOUT_MS = 7000, /* for edits under way, at SIGTERM */
	CLOSE_TIMEOUT_MS = 9000, /* for closing, before the watchdog ends us; below Docker's 10 s */
	ADMIN_TIMEOUT_MS = 10000,
	ADMIN_CONNECTIONS = 100,
	PAGE_SIZE = 500,
	/* Below not_found_window: what only a rebuild finds is found before a scene is given up. */
	REBUILD_INTERVAL_MS = 60 * 60 * 1000,
	LISTING_SPACING_MS = 10000,
	REFRESH_SPACING_MS = 2000,
	RELEASE_TIMEOUT_MS = 20000, /* below the group's session time-out */
	MAX_SCENES = 5000,
	SECRETS_INTERVAL_MS = 2000, /* between looks at the files of the tokens */
	SESSION_TIMEOUT_MS = 45000, /* as consumer/source.c has it */
};

static const char usage[] = "Usage: plexsync-consumer [--setting value …]\n"
			    "Brings the newest state of Stash's scenes from Kafka to Plex.\n";

struct consumer {
	struct consumer_options options;
	struct service service;
	char events_topic[KAFKA_TOPIC_SIZE];
	struct metrics *metrics;
	struct pathmap *path_map;
	struct driver *driver;
	struct health health;
	struct health_check checks[2];
	struct httproute routes[HEALTH_ROUTES + 1];
	struct httpserver *server;
	int64_t secrets_due_ms;
};

static const char *listen_of(const void *options)
{
	return ((const struct consumer_options *)options)->admin_listen;
}

static struct engine_options engine_options(const struct consumer *c)
{
	const struct consumer_options *o = &c->options;
	uint64_t seed;

	process_random(&seed, sizeof seed);
	return (struct engine_options){
		.policy = {
			.preserve_plex_edits = o->preserve_plex_edits,
			.lock_fields = o->lock_fields,
			.sync = {
				[PLEX_TITLE] = o->sync_title,
				[PLEX_SUMMARY] = o->sync_summary,
				[PLEX_STUDIO] = o->sync_studio,
				[PLEX_DATE] = o->sync_date,
			},
			.sync_performers = o->sync_performers,
			.sync_tags = o->sync_tags,
			.sync_collection = o->sync_collection,
			.sync_groups = o->sync_groups,
			.sync_rating = o->sync_rating,
			.sync_poster = o->sync_poster,
			.max_tags = (size_t)o->max_tags,
			.clear_on_destroy = o->clear_on_destroy,
		},
		.gate = {
			.enabled = o->enabled,
			.organized_only = o->organized_only,
			.include_tags = o->include_tags,
			.exclude_tags = o->exclude_tags,
			.exclude_studios = o->exclude_studios,
			.exclude_paths = o->exclude_paths,
		},
		.limits = {
			.not_found_min_ms = o->not_found_retry_min_ms,
			.not_found_max_ms = o->not_found_retry_max_ms,
			.not_found_window_ms = o->not_found_window_ms,
			.retry_min_ms = o->retry_min_ms,
			.retry_max_ms = o->retry_max_ms,
			.max_retries = (int)o->max_retries,
			.skip_not_found = o->skip_not_found,
		},
		.breaker = {
			.failures = (int)o->breaker_failures,
			.probe_min_ms = o->breaker_probe_min_ms,
			.probe_max_ms = o->breaker_probe_max_ms,
		},
		.library = {
			.libraries = { .items = o->plex_libraries.items, .count = o->plex_libraries.count },
			.page_size = PAGE_SIZE,
			.rebuild_interval_ms = REBUILD_INTERVAL_MS,
			.spacing_ms = LISTING_SPACING_MS,
			.refresh_spacing_ms = REFRESH_SPACING_MS,
		},
		.path_map = c->path_map,
		.settle_window_ms = o->settle_window_ms,
		.release_timeout_ms = RELEASE_TIMEOUT_MS,
		.session_timeout_ms = SESSION_TIMEOUT_MS,
		.grave_ms = (KAFKA_EVENTS_RETENTION_DAYS + 1) * INT64_C(86400000),
		.max_jobs = (size_t)o->plex_connections,
		.max_edits = (size_t)o->plex_edits_in_flight,
		.max_lanes = MAX_SCENES,
		.stash_url = o->stash_url,
		.scan = o->trigger_plex_scan,
		.news = true,
		.topic_partitions = (int32_t)o->topic_partitions,
		.group = o->kafka_group_id,
		.events_topic = c->events_topic,
		.seed = seed,
	};
}

static bool open_driver(struct consumer *c, const struct kafka_options *kafka, struct error *err)
{
	const struct consumer_options *o = &c->options;
	struct driver_options options = {
		.engine = engine_options(c),
		.kafka = *kafka,
		.group_id = o->kafka_group_id,
		.group_instance_id = o->kafka_group_instance_id,
		.plex_url = o->plex_url,
		.plex_token = o->plex_token,
		.stash_url = o->stash_url,
		.stash_api_key = o->stash_api_key,
		.plex_connections = (int)o->plex_connections,
		.connect_timeout_ms = o->connect_timeout_ms,
		.read_timeout_ms = o->read_timeout_ms,
		.edit_timeout_ms = o->edit_timeout_ms,
		.metrics = c->metrics,
	};

	c->driver = driver_open(&options, err);
	return c->driver != NULL;
}

static void describe_health(struct consumer *c)
{
	c->checks[0].name = "sync";
	c->checks[0].ok = driver_check_group;
	c->checks[1].name = "kafka";
	c->checks[1].ok = driver_check_kafka;
	for (size_t i = 0; i < ARRAY_LEN(c->checks); i++)
		c->checks[i].cookie = c->driver;
	c->health = (struct health){
		.checks = c->checks,
		.check_count = ARRAY_LEN(c->checks),
		.metrics = c->metrics,
		.refresh = driver_refresh_metrics,
		.cookie = c->driver,
	};
	health_routes(&c->health, c->routes);
	c->routes[HEALTH_ROUTES] = outages_route(c->driver);
}

static bool open_server(struct consumer *c, struct error *err)
{
	struct httpserver_options options = {
		.listen = c->options.admin_listen,
		.token = c->options.admin_token,
		.request_timeout_ms = ADMIN_TIMEOUT_MS,
		.max_connections = ADMIN_CONNECTIONS,
		.routes = c->routes,
		.route_count = ARRAY_LEN(c->routes),
	};

	describe_health(c);
	c->server = httpserver_open(&options, err);
	return c->server != NULL;
}

static bool open_all(struct consumer *c, struct error *err)
{
	struct kafka_options kafka = SERVICE_KAFKA(&c->service, &c->options, "plexsync-consumer");

	kafka_topic(&kafka, TOPIC_EVENTS, c->events_topic);
	c->metrics = metrics_new();
	c->path_map = pathmap_new(&c->options.path_map, err);
	if (!c->path_map || !service_await_topics(&kafka, err))
		return false;
	if (process_stop_requested())
		return true;
	return open_driver(c, &kafka, err) && open_server(c, err);
}

static void announce(const struct consumer *c)
{
	log_info("ready", "version=%s kafka=%s group=%s plex=%s admin_port=%d", PLEXSYNC_VERSION,
		c->options.kafka_bootstrap_servers, c->options.kafka_group_id, c->options.plex_url,
		(int)httpserver_port(c->server));
}

/* A token that its owner changed in the file counts without a restart. */
static void renew_secrets(struct consumer *c)
{
	const char *token, *api_key;

	if (process_mono_ms() < c->secrets_due_ms)
		return;
	c->secrets_due_ms = process_mono_ms() + SECRETS_INTERVAL_MS;
	token = service_new_secret(&c->service, "plex_token");
	if (token)
		driver_set_plex_token(c->driver, token);
	api_key = service_new_secret(&c->service, "stash_api_key");
	if (api_key)
		driver_set_stash_api_key(c->driver, api_key);
}

/* Until a signal stops us and nothing is half done, or the group will not have us any more. */
static bool run(struct consumer *c)
{
	int64_t drain_by_ms = INT64_MAX;

	while (!driver_fenced(c->driver)) {
		int fds[] = { httpserver_fd(c->server), process_fd() };

		driver_turn(c->driver, fds, ARRAY_LEN(fds), httpserver_timeout_ms(c->server));
		httpserver_dispatch(c->server);
		renew_secrets(c);
		if (process_stop_requested() && !c->health.stopping) {
			log_info("stopping", NULL);
			c->health.stopping = true;
			drain_by_ms = process_mono_ms() + DRAIN_TIMEOUT_MS;
			driver_request_stop(c->driver);
		}
		if (c->health.stopping &&
			(driver_drained(c->driver) || process_mono_ms() >= drain_by_ms))
			return true;
	}
	return false;
}

static void close_all(struct consumer *c)
{
	httpserver_close(c->server);
	driver_close(c->driver);
	pathmap_free(c->path_map);
	metrics_free(c->metrics);
	service_done(&c->service);
}

int main(int argc, char **argv)
{
	struct consumer consumer = { .driver = NULL };
	struct service_program program = {
		.name = "plexsync-consumer",
		.usage = usage,
		.table = consumer_settings,
		.table_count = consumer_settings_count,
		.target = &consumer.options,
		.validate = consumer_options_validate,
		.listen = listen_of,
	};
	struct error err;
	int status = EXIT_FAILURE;

	if (!process_open() || !service_load(&consumer.service, &program, argc, argv, &status)) {
		service_done(&consumer.service);
		return status;
	}
	log_set_level((enum log_level)consumer.options.log_level);
	service_log_settings(&consumer.service);
	if (!open_all(&consumer, &err)) {
		log_error("start_failed", "reason=%s", err.text);
	} else if (process_stop_requested()) {
		status = EXIT_SUCCESS;
	} else {
		announce(&consumer);
		status = run(&consumer) ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	process_watchdog(CLOSE_TIMEOUT_MS);
	close_all(&consumer);
	return status;
}
