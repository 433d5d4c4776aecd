#include "common/settings.h"

#include "common/text.h"

/* As logfmt wants it: quoted when there is anything but plain characters. */
static void put_logfmt(struct buf *out, const char *value)
{
	bool plain = *value != '\0';

	for (const char *p = value; *p; p++)
		plain = plain && *p != ' ' && *p != '"' && *p != '=' && *p != '\\' &&
			((unsigned char)*p > ' ' && *p != 0x7f);
	if (plain) {
		buf_puts(out, value);
		return;
	}
	buf_putc(out, '"');
	for (const char *p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if ((unsigned char)*p < ' ' || *p == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned)*p);
		else
			buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

void settings_dump(const struct settings *s, struct buf *out)
{
	for (size_t i = 0; i < settings_count(s); i++) {
		struct settings_value value = settings_value(s, i);
		bool hidden = value.secret && *value.text != '\0';

		buf_printf(out, "%s=", value.name);
		put_logfmt(out, hidden ? "***" : value.text);
		buf_puts(out, " origin=");
		put_logfmt(out, settings_origin_name(value.origin));
		buf_putc(out, '\n');
	}
}

/* What --help says of one setting: its name and help, then what is allowed and the default. */
static void put_help(const struct setting *row, struct buf *out)
{
	auto_free char *name = xstrdup(row->name);

	text_replace(name, '_', '-');
	buf_printf(out, "  --%s %s\n", name, setting_type_name(row->type));
	buf_printf(out, "      %s\n      ", row->help);
	setting_put_allowed(row, out);
	if (*row->fallback)
		buf_printf(out, "; default %s", row->fallback);
	buf_puts(out, row->secret ? "; secret\n" : "\n");
}

void settings_help(const struct setting *table, size_t count, const char *usage, struct buf *out)
{
	buf_puts(out, usage);
	buf_puts(out,
		"\n\n"
		"  --check        check the settings and exit\n"
		"  --healthcheck  ask the running service whether it lives, and exit\n"
		"  --version      show the version and exit\n"
		"  --help         show this and exit\n\n"
		"Settings, from the command line, the environment (MAX_TAGS for --max-tags), the\n"
		"configuration file (max_tags=100) or the default, the first that says something.\n"
		"Each can be read from a file: --max-tags-file, MAX_TAGS_FILE, max_tags_file.\n"
		"KAFKA_FOO_BAR, kafka_foo_bar and --kafka-foo-bar set foo.bar of librdkafka.\n\n");
	for (size_t i = 0; i < count; i++)
		put_help(&table[i], out);
}

/* Text for a cell: a bar would end it. */
static void put_cell(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '|')
			buf_putc(out, '\\');
		buf_putc(out, *p);
	}
}

void settings_markdown(const struct setting *table, size_t count, struct buf *out)
{
	buf_puts(out, "| setting | default | allowed | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < count; i++) {
		const struct setting *row = &table[i];

		buf_printf(out, "| `%s` | ", row->name);
		if (*row->fallback) {
			buf_putc(out, '`');
			put_cell(out, row->fallback);
			buf_putc(out, '`');
		} else {
			buf_puts(out, "none");
		}
		buf_puts(out, " | ");
		setting_put_allowed(row, out);
		buf_puts(out, row->secret ? "; secret | " : " | ");
		put_cell(out, row->help);
		buf_puts(out, " |\n");
	}
}
