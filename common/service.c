#include "common/service.h"

#include "common/files.h"
#include "common/health.h"
#include "common/log.h"
#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_TEXT = 1 << 20,
	KAFKA_PATIENCE_MS = 60000,
	KAFKA_STEP_MS = 5000, /* after which a signal is noticed; below Docker's 10 s */
};

/* Every secret is known to the log before anything else is said. */
static void register_secrets(const struct settings *settings)
{
	for (size_t i = 0; i < settings_count(settings); i++) {
		struct settings_value value = settings_value(settings, i);

		if (value.secret)
			log_add_secret(value.text);
	}
}

static void collect_properties(struct service *s)
{
	size_t count = settings_count(&s->settings);

	s->properties = xcalloc(count, sizeof *s->properties);
	for (size_t i = 0; i < count; i++) {
		struct settings_value value = settings_value(&s->settings, i);

		if (value.property)
			s->properties[s->property_count++] = (struct kafka_property){
				.name = value.property,
				.value = value.text,
				.from_environment = value.origin == ORIGIN_ENVIRONMENT,
			};
	}
}

static void print_help(const struct service_program *program)
{
	auto_buf text;

	buf_init(&text, MAX_TEXT);
	settings_help(program->table, program->table_count, program->usage, &text);
	fputs(buf_text(&text), stdout);
}

/* What --check prints: every setting, where it came from, secrets hidden. */
static void print_settings(const struct settings *settings)
{
	auto_buf text;

	buf_init(&text, MAX_TEXT);
	settings_dump(settings, &text);
	fputs(buf_text(&text), stdout);
}

void service_log_settings(const struct service *s)
{
	for (size_t i = 0; i < settings_count(&s->settings); i++) {
		struct settings_value value = settings_value(&s->settings, i);
		bool hidden = value.secret && value.text[0];

		log_info("setting", "name=%s value=%s origin=%s", value.name,
			hidden ? "***" : value.text, settings_origin_name(value.origin));
	}
}

static int complain(const struct service_program *program, const char *sentence)
{
	fprintf(stderr, "%s: %s\n", program->name, sentence);
	return 2;
}

static int probe(const struct service_program *program)
{
	struct error err;

	if (health_probe(program->listen(program->target), &err))
		return EXIT_SUCCESS;
	fprintf(stderr, "%s: %s\n", program->name, err.text);
	return EXIT_FAILURE;
}

/* Everything but SETTINGS_RUN. */
static int act(struct service *s, const struct service_program *program,
	enum settings_action action, const struct error *err)
{
	switch (action) {
	case SETTINGS_HELP:
		print_help(program);
		return EXIT_SUCCESS;
	case SETTINGS_VERSION:
		printf("%s %s (librdkafka %s)\n", program->name, PLEXSYNC_VERSION,
			rd_kafka_version_str());
		return EXIT_SUCCESS;
	case SETTINGS_CHECK:
		print_settings(&s->settings);
		return EXIT_SUCCESS;
	case SETTINGS_HEALTHCHECK:
		return probe(program);
	case SETTINGS_RUN:
	case SETTINGS_BAD:
		break;
	}
	return complain(program, err->text);
}

/* Where librdkafka and the service itself have a say in whether the settings are good. */
static bool check(struct service *s, const struct service_program *program, struct error *err)
{
	struct kafka_options kafka = { .bootstrap_servers = "127.0.0.1:9092",
		.client_id = program->name,
		.properties = s->properties,
		.property_count = s->property_count };
	rd_kafka_conf_t *conf = kafka_conf_new(&kafka, err);

	if (!conf)
		return false;
	rd_kafka_conf_destroy(conf);
	return !program->validate || program->validate(program->target, err);
}

bool service_load(struct service *s, const struct service_program *program, int argc, char **argv,
	int *ret_status)
{
	struct settings_source source = {
		.argc = argc, .argv = argv, .envp = environ, .read_file = file_read
	};
	struct error err = { .text = "" };
	enum settings_action action;

	*s = (struct service){ .property_count = 0 };
	action = settings_load(
		&s->settings, program->table, program->table_count, program->target, &source, &err);
	if (action == SETTINGS_RUN || action == SETTINGS_CHECK) {
		register_secrets(&s->settings);
		collect_properties(s);
		if (!check(s, program, &err))
			action = SETTINGS_BAD;
	}
	if (action == SETTINGS_RUN)
		return true;
	*ret_status = act(s, program, action, &err);
	return false;
}

const char *service_new_secret(struct service *s, const char *name)
{
	const char *secret = settings_reread(&s->settings, name);

	if (!secret || !log_add_secret(secret))
		return NULL;
	log_info("secret_changed", "setting=%s", name);
	return secret;
}

bool service_await_topics(const struct kafka_options *kafka, struct error *err)
{
	int64_t give_up_ms = process_mono_ms() + KAFKA_PATIENCE_MS;

	while (!process_stop_requested()) {
		int64_t began_ms = process_mono_ms();

		if (kafka_ensure_topics(kafka, KAFKA_STEP_MS, err))
			return true;
		/* Failed before its time was over: it found what waiting does not mend. */
		if (process_mono_ms() - began_ms < KAFKA_STEP_MS || process_mono_ms() >= give_up_ms)
			return false;
		log_warn("waiting_for_kafka", "reason=%s", err->text);
	}
	return true;
}

void service_done(struct service *s)
{
	free(s->properties);
	settings_done(&s->settings);
}
