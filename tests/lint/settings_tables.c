/* Prints the settings of both services as docs/configuration.md shows them. */
#include "common/settings.h"
#include "consumer/options.h"
#include "producer/options.h"

#include <stdio.h>

static void print_table(const char *title, const struct setting *table, size_t count)
{
	auto_buf text;

	buf_init(&text, 1 << 20);
	settings_markdown(table, count, &text);
	printf("\n## %s\n\n%s", title, buf_text(&text));
}

int main(void)
{
	print_table("The producer", producer_settings, producer_settings_count);
	print_table("The consumer", consumer_settings, consumer_settings_count);
	return 0;
}
