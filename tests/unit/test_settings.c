#include "common/settings.h"
#include "tests/unit/check_main.h"

#include <string.h>

#define CANARY "c4n4ry+/t0ken=="

struct options {
	char *listen, *api_token, *config_file, *kafka_bootstrap_servers;
	bool enabled;
	int64_t max_tags, settle_window_ms;
	int log_level;
	struct setting_list plex_libraries;
};

static const char *const levels[] = { "debug", "info", "error", NULL };

static const struct setting table[] = {
	SETTING_TEXT(struct options, listen, "127.0.0.1:8590", "Address and port."),
	SETTING_SECRET(struct options, api_token, "Token | of clients."),
	SETTING_TEXT(struct options, config_file, "", "Configuration file."),
	SETTING_TEXT(struct options, kafka_bootstrap_servers, "127.0.0.1:9092", "Brokers."),
	SETTING_BOOL(struct options, enabled, "true", "Whether to sync."),
	SETTING_INT(struct options, max_tags, "100", 1, 500, "How many tags."),
	SETTING_DURATION(struct options, settle_window, "2s", 0, 3600000, "How long to wait."),
	SETTING_CHOICE(struct options, log_level, "info", levels, "How much to log."),
	SETTING_LIST(struct options, plex_libraries, "", "Which libraries."),
};

/* Files that exist for the tests below. */
static const struct {
	const char *path, *text;
} files[] = {
	{ "/token", CANARY "\n" },
	{ "/token2", CANARY "\n\n" },
	{ "/crlf", CANARY "\r\n" },
	{ "/bare", CANARY },
	{ "/empty", "" },
	{ "/abc", "abc\n" },
	{ "/good", "\xef\xbb\xbf# comment\r\n\n  max_tags = 7\r\nlisten=[::1]:1 # no comment\n"
		   "plex_libraries=a, b\nkafka_foo_bar=from file\nkafka_sasl_password=" CANARY },
	{ "/secret", "api_token_file=/token\n" },
	{ "/unknown", "\nmax_tag=7\n" },
	{ "/far", "colour=blue\n" },
	{ "/upper", "MAX_TAGS=7\n" },
	{ "/shapeless", "max_tags 7\n" },
	{ "/yaml", "api_token: " CANARY "\n" },
	{ "/twice", "max_tags=7\n\nmax_tags=8\n" },
	{ "/both", "api_token=x\n\napi_token_file=/token\n" },
	{ "/nested", "config_file=/good\n" },
	{ "/bad", "\nmax_tags=many\n" },
};

/* What is in `/changing` now; NULL: there is no such file. */
static const char *changing;

static bool read_file(const char *path, struct buf *out, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i].path, path) == 0)
			return buf_puts(out, files[i].text);
	}
	if (strcmp(path, "/changing") == 0 && changing)
		return buf_puts(out, changing);
	if (strcmp(path, "/nul") == 0)
		return buf_put(out, "a\0b", 3);
	return error_set(err, "Cannot read %s: No such file.", path);
}

static struct settings settings;
static struct options options;
static struct error err;

/* Two lists of words, each ended by NULL; they stay in place until unload(). */
static enum settings_action load(const char *const *arguments, const char *const *environment)
{
	char *argv[10] = { NULL }, *envp[10] = { NULL };
	struct settings_source source = { 1, argv, envp, read_file };
	enum settings_action action;

	for (; arguments[source.argc - 1]; source.argc++)
		argv[source.argc] = xstrdup(arguments[source.argc - 1]);
	for (size_t i = 0; environment[i]; i++)
		envp[i] = xstrdup(environment[i]);
	options = (struct options){ 0 };
	err.text[0] = '\0';
	action = settings_load(&settings, table, ARRAY_LEN(table), &options, &source, &err);
	for (size_t i = 0; i < ARRAY_LEN(argv); i++) {
		free(argv[i]);
		free(envp[i]);
	}
	ck_assert_msg((action == SETTINGS_BAD) == (err.text[0] != '\0'), "'%s'", err.text);
	ck_assert_msg(!strstr(err.text, CANARY), "'%s'", err.text);
	return action;
}

START_TEST(takes_the_strongest_source)
{
	static const struct {
		const char *arguments[3], *environment[3];
		int64_t max_tags;
		enum settings_origin origin;
	} cases[] = {
		{ { 0 }, { 0 }, 100, ORIGIN_DEFAULT },
		{ { 0 }, { "CONFIG_FILE=/good" }, 7, ORIGIN_FILE },
		{ { "--config-file=/good" }, { "MAX_TAGS=8" }, 8, ORIGIN_ENVIRONMENT },
		{ { "--max-tags=9" }, { "MAX_TAGS=8", "CONFIG_FILE=/good" }, 9,
			ORIGIN_COMMAND_LINE },
		{ { "--max_tags", "9" }, { "MAX_TAGS=bad" }, 9, ORIGIN_COMMAND_LINE },
		{ { "--max-tags=3", "--max-tags=4" }, { 0 }, 4, ORIGIN_COMMAND_LINE },
		{ { 0 }, { "MAX_TAGS=", "CONFIG_FILE=/good" }, 7, ORIGIN_FILE },
		{ { 0 }, { "max_tags=8" }, 100, ORIGIN_DEFAULT },
		{ { 0 }, { "MAX_TAG=8", "NOT_OURS" }, 100, ORIGIN_DEFAULT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(load(cases[i].arguments, cases[i].environment) == SETTINGS_RUN,
			"case %zu: %s", i, err.text);
		ck_assert_int_eq(options.max_tags, cases[i].max_tags);
		ck_assert_uint_eq(settings_origin(&settings, "max_tags"), cases[i].origin);
		settings_done(&settings);
	}
}
END_TEST

START_TEST(fills_every_member_by_default)
{
	static const char *const none[] = { NULL };

	ck_assert(load(none, none) == SETTINGS_RUN);
	ck_assert_str_eq(options.listen, "127.0.0.1:8590");
	ck_assert_str_eq(options.api_token, "");
	ck_assert(options.enabled);
	ck_assert_int_eq(options.settle_window_ms, 2000);
	ck_assert_int_eq(options.log_level, 1);
	ck_assert_uint_eq(options.plex_libraries.count, 0);
	settings_done(&settings);
	ck_assert_ptr_null(options.listen);
}
END_TEST

START_TEST(reads_a_configuration_file)
{
	static const char *const arguments[] = { "--config-file", "/good", NULL },
				 *const environment[] = { "PLEX_LIBRARIES=x", NULL };

	ck_assert_msg(load(arguments, environment) == SETTINGS_RUN, "%s", err.text);
	ck_assert_str_eq(options.listen, "[::1]:1 # no comment");
	ck_assert_uint_eq(options.plex_libraries.count, 1);
	settings_done(&settings);
}
END_TEST

START_TEST(reads_a_value_from_the_file_named_for_it)
{
	static const struct {
		const char *arguments[2], *environment[2], *token;
	} cases[] = {
		{ { 0 }, { "API_TOKEN_FILE=/token" }, CANARY },
		{ { 0 }, { "API_TOKEN_FILE=/bare" }, CANARY },
		{ { 0 }, { "API_TOKEN_FILE=/crlf" }, CANARY },
		{ { 0 }, { "API_TOKEN_FILE=/token2" }, CANARY "\n" },
		{ { 0 }, { "API_TOKEN_FILE=/empty" }, "" },
		{ { "--api-token-file=/token" }, { "API_TOKEN=weaker" }, CANARY },
		{ { "--api-token=stronger" }, { "API_TOKEN_FILE=/missing" }, "stronger" },
		{ { "--config-file=/secret" }, { 0 }, CANARY },
		{ { "--config-file=/secret" }, { "API_TOKEN=env" }, "env" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(load(cases[i].arguments, cases[i].environment) == SETTINGS_RUN,
			"case %zu: %s", i, err.text);
		ck_assert_str_eq(options.api_token, cases[i].token);
		settings_done(&settings);
	}
}
END_TEST

START_TEST(refuses_in_a_sentence)
{
	static const struct {
		const char *arguments[4], *environment[3], *error;
	} cases[] = {
		{ { "--max-tags=0" }, { 0 },
			"--max-tags is \"0\", but must be a whole number from 1 to 500." },
		{ { 0 }, { "ENABLED=maybe" },
			"ENABLED is \"maybe\", but must be true, false, 1, 0, yes, no, on or "
			"off." },
		{ { 0 }, { "LOG_LEVEL=loud" },
			"LOG_LEVEL is \"loud\", but must be debug, info or error." },
		{ { "--settle-window=" }, { 0 },
			"--settle-window is \"\", but must be a duration from 0s to 1h (units ms, "
			"s, m, "
			"h, d)." },
		{ { 0 }, { "MAX_TAGS_FILE=/abc" },
			"MAX_TAGS_FILE is \"abc\", but must be a whole number from 1 to 500." },
		{ { 0 }, { "CONFIG_FILE=/bad" },
			"max_tags (line 2 of /bad) is \"many\", but must be a whole number from 1 "
			"to "
			"500." },
		{ { 0 }, { "API_TOKEN=" CANARY, "API_TOKEN_FILE=/token" },
			"API_TOKEN and API_TOKEN_FILE are both set: keep one of them." },
		{ { "--api_token=" CANARY, "--api-token-file=/token" }, { 0 },
			"--api-token and --api-token-file are both set: keep one of them." },
		{ { 0 }, { "CONFIG_FILE=/both" },
			"api_token (line 1 of /both) and api_token_file (line 3 of /both) are both "
			"set: "
			"keep one of them." },
		{ { 0 }, { "KAFKA_SASL_PASSWORD=x", "KAFKA_SASL_PASSWORD_FILE=/token" },
			"KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE are both set: keep one "
			"of "
			"them." },
		{ { "--config-file=/unknown" }, { 0 },
			"Line 2 of /unknown: there is no setting max_tag: did you mean max_tags?" },
		{ { "--config-file=/upper" }, { 0 },
			"Line 1 of /upper: there is no setting MAX_TAGS: did you mean max_tags?" },
		{ { "--config-file=/far" }, { 0 },
			"Line 1 of /far: there is no setting colour: --help lists all there are." },
		{ { "--config-file=/shapeless" }, { 0 },
			"Line 1 of /shapeless is not name=value: comments begin with #." },
		{ { "--config-file=/yaml" }, { 0 },
			"Line 1 of /yaml is not name=value: comments begin with #." },
		{ { "--config-file=/twice" }, { 0 },
			"Line 3 of /twice sets max_tags again, after line 1: keep one of them." },
		{ { "--config-file=/nested" }, { 0 },
			"Line 1 of /nested: a configuration file cannot name another." },
		{ { "--config-file=/missing" }, { 0 }, "Cannot read /missing: No such file." },
		{ { "--config-file=/nul" }, { 0 },
			"/nul has a NUL byte in it: plain text is wanted." },
		{ { "--api-tokn=" CANARY }, { 0 },
			"There is no option --api-tokn: did you mean --api-token?" },
		{ { "--settle_windows", "1" }, { 0 },
			"There is no option --settle-windows: did you mean --settle-window?" },
		{ { "--colour=" CANARY }, { 0 },
			"There is no option --colour: --help lists all there are." },
		{ { "--api-token" }, { 0 },
			"Option --api-token needs a value: --name value, or --name=value." },
		{ { "--listen", "--api-token", CANARY }, { 0 },
			"Option --listen needs a value: --name value, or --name=value." },
		{ { "--listen", "x", CANARY }, { 0 },
			"Argument 3 is not an option: settings are given as --name value." },
		{ { "--api-token:" CANARY }, { 0 },
			"Argument 1 is not an option: settings are given as --name value." },
		{ { "--" }, { 0 },
			"Argument 1 is not an option: settings are given as --name value." },
		{ { "" }, { 0 },
			"Argument 1 is not an option: settings are given as --name value." },
		{ { 0 }, { "API_TOKEN_FILE=/missing" },
			"API_TOKEN_FILE: Cannot read /missing: No such file." },
		{ { 0 }, { "API_TOKEN_FILE=" CANARY },
			"API_TOKEN_FILE: the file that it names cannot be read (the name is not "
			"shown, "
			"it may be the secret itself)." },
		{ { 0 }, { "API_TOKEN_FILE=/nul" },
			"API_TOKEN_FILE names a file with a NUL byte in it: plain text is "
			"wanted." },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(load(cases[i].arguments, cases[i].environment) == SETTINGS_BAD,
			"case %zu", i);
		ck_assert_str_eq(err.text, cases[i].error);
		settings_done(&settings);
	}
}
END_TEST

START_TEST(recognises_what_is_asked_for)
{
	static const struct {
		const char *arguments[3];
		enum settings_action action;
	} cases[] = {
		{ { "--help" }, SETTINGS_HELP },
		{ { "-h" }, SETTINGS_HELP },
		{ { "--max-tags=bad", "--help" }, SETTINGS_HELP },
		{ { "--version" }, SETTINGS_VERSION },
		{ { "--check" }, SETTINGS_CHECK },
		{ { "--check", "--max-tags=bad" }, SETTINGS_BAD },
		{ { "--healthcheck", "--max-tags=5" }, SETTINGS_HEALTHCHECK },
	};
	static const char *const none[] = { NULL };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(load(cases[i].arguments, none) == cases[i].action, "case %zu", i);
		settings_done(&settings);
	}
}
END_TEST

START_TEST(collects_what_librdkafka_shall_know)
{
	static const char *const arguments[] = { "--config-file=/good", "--kafka-debug", "all",
		NULL },
				 *const environment[] = { "KAFKA_FOO_BAR=stronger",
					 "KAFKA_BOOTSTRAP_SERVERS=b:1",
					 "KAFKA_SSL_KEY_PEM_FILE=/token", "KAFKA_=x", NULL };
	static const struct settings_value wanted[] = {
		{ "kafka_debug", "debug", "all", ORIGIN_COMMAND_LINE, false },
		{ "kafka_foo_bar", "foo.bar", "stronger", ORIGIN_ENVIRONMENT, false },
		{ "kafka_ssl_key_pem", "ssl.key.pem", CANARY, ORIGIN_ENVIRONMENT, true },
		{ "kafka_sasl_password", "sasl.password", CANARY, ORIGIN_FILE, true },
	};

	ck_assert_msg(load(arguments, environment) == SETTINGS_RUN, "%s", err.text);
	ck_assert_str_eq(options.kafka_bootstrap_servers, "b:1");
	ck_assert_uint_eq(settings_count(&settings), ARRAY_LEN(table) + ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		struct settings_value got = settings_value(&settings, ARRAY_LEN(table) + i);

		ck_assert_str_eq(got.name, wanted[i].name);
		ck_assert_str_eq(got.property, wanted[i].property);
		ck_assert_str_eq(got.text, wanted[i].text);
		ck_assert_uint_eq(got.origin, wanted[i].origin);
		ck_assert_int_eq(got.secret, wanted[i].secret);
	}
	settings_done(&settings);
}
END_TEST

START_TEST(shows_everything_but_secrets)
{
	static const char *const arguments[] = { "--listen=say \"hi\"", "--max-tags=7", NULL },
				 *const environment[] = { "API_TOKEN=" CANARY, "CONFIG_FILE=/good",
					 NULL };
	static const char *const lines[] = { "listen=\"say \\\"hi\\\"\" origin=\"command line\"\n",
		"api_token=*** origin=environment\n", "config_file=/good origin=environment\n",
		"enabled=true origin=default\n", "max_tags=7 origin=\"command line\"\n",
		"plex_libraries=\"a, b\" origin=file\n",
		"kafka_foo_bar=\"from file\" origin=file\n",
		"kafka_sasl_password=*** origin=file\n" };
	static const char *const none[] = { NULL };
	auto_buf dump;

	buf_init(&dump, 10000);
	ck_assert_msg(load(arguments, environment) == SETTINGS_RUN, "%s", err.text);
	settings_dump(&settings, &dump);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ck_assert_msg(strstr(buf_text(&dump), lines[i]) != NULL, "%s in\n%s", lines[i],
			buf_text(&dump));
	ck_assert_ptr_null(strstr(buf_text(&dump), CANARY));
	settings_done(&settings);

	buf_clear(&dump);
	ck_assert(load(none, none) == SETTINGS_RUN);
	settings_dump(&settings, &dump);
	ck_assert_ptr_nonnull(strstr(buf_text(&dump), "api_token=\"\" origin=default\n"));
	settings_done(&settings);
}
END_TEST

START_TEST(reads_a_changed_file_anew)
{
	static const struct {
		const char *text, *expected;
	} steps[] = {
		{ "first\n", NULL },
		{ "", NULL },
		{ "second\n", "second" },
		{ "second\r\n", NULL },
		{ NULL, NULL },
		{ "two\nlines\n", NULL },
		{ "first\n", "first" },
	};
	static const char *const arguments[] = { "--max-tags=3", NULL }, *const environment[] = {
		"API_TOKEN_FILE=/changing", NULL
	};

	changing = steps[0].text;
	ck_assert(load(arguments, environment) == SETTINGS_RUN);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		const char *found;

		changing = steps[i].text;
		found = settings_reread(&settings, "api_token");
		ck_assert_msg(str_equal(found, steps[i].expected), "step %zu: %s", i,
			found ? found : "nothing");
	}
	ck_assert_ptr_null(settings_reread(&settings, "max_tags"));
	ck_assert_str_eq(options.api_token, "first");
	settings_done(&settings);
}
END_TEST

START_TEST(explains_every_setting)
{
	auto_buf help, markdown;

	buf_init(&help, 10000);
	buf_init(&markdown, 10000);
	settings_help(table, ARRAY_LEN(table), "Usage: x [--name value]…", &help);
	settings_markdown(table, ARRAY_LEN(table), &markdown);
	ck_assert(strncmp(buf_text(&help), "Usage: x [--name value]…\n", 25) == 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&help),
		"  --settle-window duration\n"
		"      How long to wait.\n"
		"      a duration from 0s to 1h (units ms, s, m, h, d); default 2s\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&markdown),
		"| `max_tags` | `100` | a whole number from 1 to 500 | How many tags. |\n"));
	ck_assert_ptr_nonnull(strstr(buf_text(&markdown),
		"| `api_token` | none | any text; secret | Token \\| of clients. |\n"));
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		ck_assert_ptr_nonnull(strstr(buf_text(&help), table[i].help));
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, takes_the_strongest_source);
	tcase_add_test(cases, fills_every_member_by_default);
	tcase_add_test(cases, reads_a_configuration_file);
	tcase_add_test(cases, reads_a_value_from_the_file_named_for_it);
	tcase_add_test(cases, reads_a_changed_file_anew);
	tcase_add_test(cases, refuses_in_a_sentence);
	tcase_add_test(cases, recognises_what_is_asked_for);
	tcase_add_test(cases, collects_what_librdkafka_shall_know);
	tcase_add_test(cases, shows_everything_but_secrets);
	tcase_add_test(cases, explains_every_setting);
}

CHECK_MAIN("settings", add_cases)
