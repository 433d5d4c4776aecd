#include "hook/report.h"

void report_compose(struct report *ret_report, const struct reply *reply, const char *secret)
{
	char level = !reply->ok ? 'e' : reply->warn ? 'w' : 'i';

	ret_report->log[0] = '\0';
	if (!reply->ok || reply->warn || reply->tell)
		line_log(ret_report->log, level, reply->text, secret);
	line_json(ret_report->output, reply->ok ? "output" : "error", reply->text, secret);
}
