#include "hook/progress.h"

#include "hook/http.h"
#include "hook/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static void write_line(char level, const char *text, const char *secret)
{
	char line[LINE_MAX_BYTES];
	ssize_t written = write(STDERR_FILENO, line, line_log(line, level, text, secret));

	(void)written;
}

void progress_show(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now_ms = http_now_ms();
	uint64_t permille = total ? done * 1000 / total : 0;
	char text[64];

	if (now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + PROGRESS_MS;
	if (permille > 1000)
		permille = 1000;
	snprintf(text, sizeof text, "%" PRIu64 ".%03" PRIu64, permille / 1000, permille % 1000);
	write_line('p', text, "");
}

void progress_say(const char *text, const char *secret)
{
	write_line('i', text, secret);
}
