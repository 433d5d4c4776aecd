#include "hook/report.h"

void report_compose(struct report *ret_report, const struct reply *reply, const char *secret)
{
	ret_report->log[0] = '\0';
	if (!reply->ok || reply->warn)
		line_log(ret_report->log, reply->ok ? 'w' : 'e', reply->text, secret);
	line_json(ret_report->output, reply->ok ? "output" : "error", reply->text, secret);
}
