#include "hook/task.h"

#include "hook/guard.h"
#include "hook/http.h"
#include "hook/report.h"
#include "hook/tasks.h"

#include <poll.h>
#include <string.h>

#define STASH_MS 3000
#define LAST_LINE_MS 200 /* Stash v0.30.1 may lose a line that is followed by the end at once */

static const struct {
	const char *mode;
	void (*run)(
		const struct producer *producer, const struct config *config, struct reply *reply);
	const char *silence; /* what is said of it when it hangs */
} TASKS[] = {
	{ "send", task_send,
		"not all waiting events were sent: looking up and asking the producer took too "
		"long; what was not sent still waits" },
	{ "resync", task_resync,
		"how far the resync is, is not known: looking up and asking the producer took "
		"too long" },
	{ "test", task_test,
		"the connection does not work: looking up and asking the producer took too "
		"long" },
};

static void prepare_for_silence(const char *text, const struct config *config)
{
	static struct report report;
	struct reply reply = { .ok = false };

	reply_add(&reply, "%s", text);
	report_compose(&report, &reply, config->token);
	guard_change_words(report.log, report.output);
	guard_start(TASK_GUARD_MS);
}

static size_t find(const char *mode)
{
	size_t i = 0;

	while (i < ARRAY_LEN(TASKS) && strcmp(TASKS[i].mode, mode) != 0)
		i++;
	return i;
}

void task_run(
	const char *mode, struct config *config, const struct stash *stash, struct reply *ret_reply)
{
	struct producer producer;
	struct error err, stash_err;
	size_t i = find(mode);

	*ret_reply = (struct reply){ .ok = false, .tell = i < ARRAY_LEN(TASKS) };
	if (i == ARRAY_LEN(TASKS)) {
		ret_reply->ok = true;
		reply_add(ret_reply,
			"ignored: a task with the mode \"%s\"; this program knows \"send\", "
			"\"resync\" and \"test\"",
			mode);
		return;
	}
	prepare_for_silence(TASKS[i].silence, config);
	stash_complete(stash, config, http_now_ms() + STASH_MS, &stash_err);
	prepare_for_silence(TASKS[i].silence, config);
	if (producer_init(&producer, config, &err))
		TASKS[i].run(&producer, config, ret_reply);
	else
		reply_add(ret_reply, "nothing was done: %s", err.text);
	if (!ret_reply->ok && stash_err.text[0])
		reply_add(ret_reply, "; the plugin's settings are not known: %s", stash_err.text);
	guard_stop();
}

void task_linger(void)
{
	(void)poll(NULL, 0, LAST_LINE_MS);
}
