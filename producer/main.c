/* plexsync-producer: takes what changed in Stash by HTTP, and puts it into Kafka durably. */
#include "common/health.h"
#include "common/log.h"
#include "common/process.h"
#include "common/service.h"
#include "producer/gateway.h"
#include "producer/gateway_plugin.h"
#include "producer/options.h"
#include "producer/sweeper.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_WAIT_MS = 60000,
	DELIVERY_TIMEOUT_MS = 10000, /* what a client waits at most */
	DRAIN_TIMEOUT_MS = 7000, /* for requests in flight, at SIGTERM */
	FLUSH_TIMEOUT_MS = 1000, /* for the last answers to leave */
	CLOSE_TIMEOUT_MS = 9000, /* for closing, before the watchdog ends us */
	LINGER_MS = 0, /* under load, batches form behind those in flight */
	REQUEST_TIMEOUT_MS = 30000, /* for a client to send its request */
	MAX_CONNECTIONS = 256,
	MAX_RECORDS = 10000,
};
#define MAX_RECORD_BYTES ((size_t)64 * 1024 * 1024)

static const char usage[] = "Usage: plexsync-producer [--setting value …]\n"
			    "Takes what changed in Stash by HTTP, and puts it into Kafka.\n";

struct producer {
	struct producer_options options;
	struct service service;
	struct kafka_options kafka;
	char events_topic[KAFKA_TOPIC_SIZE];
	struct metrics *metrics;
	struct tables *tables;
	bool more_records; /* of the tables, at hand */
	struct outgoing *outgoing;
	struct sweeper *sweeper;
	struct gateway *gateway;
	struct publisher *publisher;
	struct health health;
	struct health_check checks[2];
	struct gateway_plugin plugin;
	struct httproute routes[HEALTH_ROUTES + GATEWAY_ROUTES_MAX + GATEWAY_PLUGIN_ROUTES];
	struct httpserver *server;
};

static const char *listen_of(const void *options)
{
	return ((const struct producer_options *)options)->listen;
}

static bool check_kafka(void *producer, struct error *ret_detail)
{
	const struct producer *p = producer;

	if (!p->publisher)
		return error_set(ret_detail, "The producer is stopping.");
	if (!publisher_healthy(p->publisher, ret_detail))
		return false;
	error_set(ret_detail, "Kafka at %s takes events.", p->kafka.bootstrap_servers);
	return true;
}

static bool open_publisher(struct producer *p, struct error *err)
{
	struct publisher_options options = {
		.kafka = p->kafka,
		.delivery_timeout_ms = DELIVERY_TIMEOUT_MS,
		.linger_ms = LINGER_MS,
		.max_records = MAX_RECORDS,
		.max_bytes = MAX_RECORD_BYTES,
		.on_delivered = outgoing_delivered,
		.cookie = p->outgoing,
	};

	p->publisher = publisher_open(&options, err);
	outgoing_set_publisher(p->outgoing, p->publisher);
	return p->publisher != NULL;
}

static bool open_server(struct producer *p, struct error *err)
{
	size_t count = HEALTH_ROUTES + gateway_routes(p->gateway, p->routes + HEALTH_ROUTES);
	struct httpserver_options options = {
		.listen = p->options.listen,
		.token = p->options.api_token,
		.allow_anonymous = p->options.allow_anonymous,
		.request_timeout_ms = REQUEST_TIMEOUT_MS,
		.max_connections = MAX_CONNECTIONS,
		.rate_limit = p->options.rate_limit,
		.routes = p->routes,
		.route_count = count + GATEWAY_PLUGIN_ROUTES,
		.on_answered = gateway_answered,
		.cookie = p->gateway,
	};

	p->checks[0] = (struct health_check){ .name = "kafka", .ok = check_kafka, .cookie = p };
	p->checks[1] =
		(struct health_check){ .name = "tables", .ok = tables_check, .cookie = p->tables };
	p->health = (struct health){
		.checks = p->checks,
		.check_count = ARRAY_LEN(p->checks),
		.metrics = p->metrics,
		.refresh = tables_refresh,
		.cookie = p->tables,
	};
	health_routes(&p->health, p->routes);
	gateway_plugin_routes(&p->plugin, p->routes + count);
	p->server = httpserver_open(&options, err);
	return p->server != NULL;
}

/* Hooks of names are for the producer alone that asks Stash for their scenes. */
static const struct plugin_source *plugin_of(const struct producer_options *o)
{
	return o->fan_out && o->stash_url[0] ? &plugin_source_fan_out : &plugin_source;
}

/* What came in goes through the gateway, to the outgoing events, to Kafka. */
static void make_gateway(struct producer *p)
{
	p->outgoing = outgoing_new(&(struct outgoing_options){
		.metrics = p->metrics,
		.max = MAX_RECORDS,
		.on_accepted = tables_accepted,
		.cookie = p->tables,
	});
	p->sweeper = sweeper_new(&(struct sweeper_options){
		.stash_url = p->options.stash_url,
		.stash_api_key = p->options.stash_api_key,
		.connect_timeout_ms = p->options.connect_timeout_ms,
		.read_timeout_ms = p->options.read_timeout_ms,
		.interval_ms = p->options.reconcile_interval_ms,
		.rate = p->options.sweep_rate,
		.fan_out = p->options.fan_out,
		.partitions = (int32_t)p->options.topic_partitions,
		.outgoing = p->outgoing,
		.tables = p->tables,
		.metrics = p->metrics,
	});
	p->gateway = gateway_new(&(struct gateway_options){
		.topic = p->events_topic,
		.metrics = p->metrics,
		.outgoing = p->outgoing,
		.tables = p->tables,
		.sweeper = p->sweeper,
		.needs_version = p->options.updated_at_fallback == FALLBACK_REJECT,
	});
	gateway_plugin_init(&p->plugin, plugin_of(&p->options), p->options.public_url,
		process_wall_ms() / 1000);
}

static bool open_all(struct producer *p, struct error *err)
{
	struct tables_options tables = { 0 };

	p->kafka = SERVICE_KAFKA(&p->service, &p->options, "plexsync-producer");
	kafka_topic(&p->kafka, TOPIC_EVENTS, p->events_topic);
	p->metrics = metrics_new();
	if (!service_await_topics(&p->kafka, err))
		return false;
	if (process_stop_requested())
		return true;
	tables = (struct tables_options){ .kafka = p->kafka, .metrics = p->metrics };
	p->tables = tables_open(&tables, err);
	if (!p->tables)
		return false;
	make_gateway(p);
	return open_publisher(p, err) && open_server(p, err);
}

static void log_address(const struct producer *p, const char *event)
{
	const char *colon = strrchr(p->options.listen, ':');
	auto_free char *host = xstrndup(p->options.listen, (size_t)(colon - p->options.listen));
	int port = (int)httpserver_port(p->server);

	log_info(event, "version=%s listen=%s:%d port=%d kafka=%s topic=%s", PLEXSYNC_VERSION, host,
		port, port, p->kafka.bootstrap_servers, p->events_topic);
}

/* How long poll() may wait: until one of the parts wants to run. */
static int poll_timeout_ms(const struct producer *p, int64_t until_ms)
{
	int64_t now_ms = process_mono_ms();
	int64_t http_ms = httpserver_timeout_ms(p->server);
	int64_t publisher_at_ms = publisher_deadline_ms(p->publisher);
	int64_t sweeper_at_ms = sweeper_deadline_ms(p->sweeper);
	int64_t at_ms = publisher_at_ms < until_ms ? publisher_at_ms : until_ms;
	int64_t wait_ms = (sweeper_at_ms < at_ms ? sweeper_at_ms : at_ms) - now_ms;

	if (http_ms >= 0 && http_ms < wait_ms)
		wait_ms = http_ms;
	if (wait_ms < 0)
		return 0;
	return wait_ms < MAX_WAIT_MS ? (int)wait_ms : MAX_WAIT_MS;
}

/*
 * One turn: reports first, they free places for the requests that are read then. The tables
 * take a bite at a time, so that a million stamps do not keep a request waiting. A part with
 * nothing to do costs no system call. true: a signal asks us to stop.
 */
static bool turn(struct producer *p, int64_t until_ms)
{
	enum { HTTP, PUBLISHER, SIGNALS, TABLES };
	struct pollfd fds[TABLES + TABLES_FDS] = {
		[HTTP] = { .fd = httpserver_fd(p->server), .events = POLLIN },
		[PUBLISHER] = { .fd = publisher_fd(p->publisher), .events = POLLIN },
		[SIGNALS] = { .fd = process_fd(), .events = POLLIN },
	};

	tables_fds(p->tables, fds + TABLES);
	sweeper_wait(p->sweeper, fds, ARRAY_LEN(fds),
		p->more_records ? 0 : poll_timeout_ms(p, until_ms));
	if (fds[PUBLISHER].revents || publisher_deadline_ms(p->publisher) <= process_mono_ms())
		publisher_dispatch(p->publisher);
	p->more_records = tables_dispatch(p->tables, fds + TABLES);
	if (fds[HTTP].revents || httpserver_timeout_ms(p->server) == 0)
		httpserver_dispatch(p->server);
	sweeper_dispatch(p->sweeper);
	return fds[SIGNALS].revents && process_stop_requested();
}

/* Until a signal comes. Events are taken from the start; ready is who also knows all stamps. */
static void serve(struct producer *p)
{
	bool stop = false;

	log_address(p, "listening");
	while (!stop && !tables_loaded(p->tables))
		stop = turn(p, INT64_MAX);
	if (tables_loaded(p->tables))
		log_address(p, "ready");
	while (!stop)
		stop = turn(p, INT64_MAX);
}

/* Not ready, nothing new; those who wait for their answer get it. */
static void drain(struct producer *p)
{
	int64_t until_ms = process_mono_ms() + DRAIN_TIMEOUT_MS;

	log_info("stopping", "in_flight=%zu", publisher_in_flight(p->publisher));
	p->health.stopping = true;
	sweeper_stop(p->sweeper);
	httpserver_quiesce(p->server);
	while (!httpserver_drained(p->server) && process_mono_ms() < until_ms)
		(void)turn(p, until_ms); /* a second signal changes nothing */
}

/* What Kafka did not answer is answered as unknown, and these answers leave, too. */
static void flush(struct producer *p)
{
	int64_t until_ms = process_mono_ms() + FLUSH_TIMEOUT_MS;

	publisher_close(p->publisher, 0);
	p->publisher = NULL;
	outgoing_set_publisher(p->outgoing, NULL);
	while (!httpserver_drained(p->server) && process_mono_ms() < until_ms) {
		struct pollfd http = { .fd = httpserver_fd(p->server), .events = POLLIN };
		int64_t timeout_ms = httpserver_timeout_ms(p->server);

		if (timeout_ms < 0 || timeout_ms > FLUSH_TIMEOUT_MS)
			timeout_ms = FLUSH_TIMEOUT_MS;
		(void)poll(&http, 1, (int)timeout_ms);
		httpserver_dispatch(p->server);
	}
}

static void run(struct producer *p)
{
	serve(p);
	drain(p);
	process_watchdog(CLOSE_TIMEOUT_MS);
	flush(p);
	log_info("stopped", NULL);
}

static void close_all(struct producer *p)
{
	httpserver_close(p->server);
	publisher_close(p->publisher, 0);
	gateway_plugin_done(&p->plugin);
	gateway_free(p->gateway);
	sweeper_free(p->sweeper);
	outgoing_free(p->outgoing);
	tables_close(p->tables);
	metrics_free(p->metrics);
	service_done(&p->service);
}

int main(int argc, char **argv)
{
	struct producer producer = { .server = NULL };
	struct service_program program = {
		.name = "plexsync-producer",
		.usage = usage,
		.table = producer_settings,
		.table_count = producer_settings_count,
		.target = &producer.options,
		.validate = producer_options_validate,
		.listen = listen_of,
	};
	struct error err;
	int status = EXIT_FAILURE;

	if (!process_open() || !service_load(&producer.service, &program, argc, argv, &status)) {
		service_done(&producer.service);
		return status;
	}
	log_set_level((enum log_level)producer.options.log_level);
	service_log_settings(&producer.service);
	if (open_all(&producer, &err)) {
		if (producer.server)
			run(&producer);
		status = EXIT_SUCCESS;
	} else {
		log_error("start_failed", "reason=%s", err.text);
	}
	close_all(&producer);
	return status;
}
