/*
 * An open-loop load: events are due on a fixed schedule, whether or not the server keeps up, and
 * an event's latency counts from the moment at which it was due. A stall of the server is
 * thereby seen in all events that it delays, not only in those that were sent (the fault of
 * closed loops: coordinated omission). With --rate 0 it is a closed loop, which saturates.
 *
 * Every answer is checked. What was acknowledged is written to a file, for the audit.
 */
#include "common/base.h"
#include "tests/bench/httpload.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { STATUSES = 600, REQUEST_MAX = 64 * 1024, BODY_MAX = 48 * 1024 };
#define SECOND_NS INT64_C(1000000000)
#define RETRY_NS (SECOND_NS / 10)
#define PATIENCE_NS (60 * SECOND_NS) /* for the last answers */

static const char usage[] =
	"usage: openloop --port PORT --body FILE [OPTION...]\n"
	"  --body FILE      a JSON event in which @ID@ stands for the scene's id, new for each "
	"event\n"
	"  --path PATH      where to post it (/v1/events)\n"
	"  --first ID       the first event's id (1000000)\n"
	"  --rate N         events each second; 0: as many as the connections carry (1000)\n"
	"  --seconds N      for so long (10), or until SIGTERM\n"
	"  --connections N  (16)\n"
	"  --retry          sends again, with the same id, what was not acknowledged\n"
	"  --acked FILE     a line for each acknowledged event: ID TOPIC PARTITION OFFSET\n"
	"Prints what it saw as one line of JSON; ends with 1 when an event was not acknowledged.\n";

struct options {
	uint16_t port;
	const char *body, *path, *acked;
	size_t first, connections;
	int64_t rate, seconds;
	bool retry;
};

struct event {
	TAILQ_ENTRY(event) link; /* while it waits for its next try */
	int64_t due_ns;
	int64_t again_ns;
	bool acked;
};

static volatile sig_atomic_t stopped;

static struct {
	struct options o;
	struct httpload *http;
	FILE *acked_file;
	char body[BODY_MAX + 1];
	struct event *events; /* the first `begun` are due or were sent */
	size_t begun, room, open;
	TAILQ_HEAD(, event) again; /* by the time of their next try */
	uint32_t *latencies_us;
	size_t acked, wrong, unanswered;
	size_t statuses[STATUSES];
	int64_t start_ns, end_ns, last_ns;
} load;

/* ---- requests ---- */

/* Writes the template with its ids; the length. */
static size_t fill_body(char *ret, const char *id)
{
	size_t len = 0, id_len = strlen(id);
	const char *rest = load.body, *mark;

	while ((mark = strstr(rest, "@ID@"))) {
		memcpy(ret + len, rest, (size_t)(mark - rest));
		len += (size_t)(mark - rest);
		memcpy(ret + len, id, id_len);
		len += id_len;
		rest = mark + strlen("@ID@");
	}
	memcpy(ret + len, rest, strlen(rest) + 1);
	return len + strlen(rest);
}

static void send_event(struct event *e)
{
	static char body[REQUEST_MAX], request[REQUEST_MAX + 512];
	size_t index = (size_t)(e - load.events);
	char id[24];
	int len;

	snprintf(id, sizeof id, "%zu", load.o.first + index);
	len = snprintf(request, sizeof request,
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
		"ce-id: load-%s\r\nContent-Length: %zu\r\n\r\n%s",
		load.o.path, id, fill_body(body, id), body);
	load.open++;
	httpload_send(load.http, index, request, (size_t)len);
}

/* ---- answers ---- */

static bool read_number(const char *body, const char *name, int64_t *ret)
{
	const char *found = strstr(body, name);
	char *end;

	if (!found)
		return false;
	found += strlen(name);
	*ret = strtoll(found, &end, 10);
	return end != found;
}

/*
 * An acknowledgement names the place, and the event if it names one. The offset may be unknown, null
 * or negative: Kafka does not tell it for a record that was sent twice.
 */
static bool note_acknowledged(size_t id, const char *body)
{
	static const char topic_name[] = "\"topic\":\"";
	const char *topic = strstr(body, topic_name);
	int64_t partition, offset = -1;
	char event_id[48];

	snprintf(event_id, sizeof event_id, "\"event_id\":\"load-%zu\"", id);
	if (!read_number(body, "\"partition\":", &partition) ||
		(!read_number(body, "\"offset\":", &offset) && !strstr(body, "\"offset\":null")) ||
		(strstr(body, "\"event_id\"") && !strstr(body, event_id)))
		return false;
	topic = topic ? topic + sizeof topic_name - 1 : "-";
	if (load.acked_file)
		fprintf(load.acked_file, "%zu %.*s %" PRId64 " %" PRId64 "\n", id,
			(int)strcspn(topic, "\""), topic, partition, offset);
	return true;
}

static void on_answered(void *cookie, size_t tag, unsigned status, const char *body)
{
	struct event *e = &load.events[tag];
	int64_t now_ns = httpload_now_ns();

	(void)cookie;
	load.open--;
	if (status == 0)
		load.unanswered++;
	else
		load.statuses[status < STATUSES ? status : 0]++;
	if (status == 202 && note_acknowledged(load.o.first + tag, body)) {
		e->acked = true;
		load.latencies_us[load.acked++] = (uint32_t)((now_ns - e->due_ns) / 1000);
		load.last_ns = now_ns;
		return;
	}
	if (status == 202 && load.wrong++ == 0)
		fprintf(stderr, "openloop: the first wrong answer: %s\n", body);
	if (load.o.retry) {
		e->again_ns = now_ns + RETRY_NS;
		TAILQ_INSERT_TAIL(&load.again, e, link);
	}
}

/* ---- the schedule ---- */

static int64_t due_ns(size_t index)
{
	return load.start_ns + (int64_t)index * SECOND_NS / load.o.rate;
}

/* Whether no event is due any more. */
static bool all_begun(int64_t now_ns)
{
	return stopped || load.begun == load.room ||
	       (load.o.rate ? due_ns(load.begun) : now_ns) >= load.end_ns;
}

static struct event *next_new(int64_t now_ns)
{
	int64_t at_ns = load.o.rate ? due_ns(load.begun) : now_ns;

	if (all_begun(now_ns) || at_ns > now_ns)
		return NULL;
	load.events[load.begun].due_ns = at_ns;
	return &load.events[load.begun++];
}

static struct event *next_event(int64_t now_ns)
{
	struct event *e = TAILQ_FIRST(&load.again);

	if (!e || e->again_ns > now_ns)
		return next_new(now_ns);
	TAILQ_REMOVE(&load.again, e, link);
	return e;
}

/* When there is something to send without an answer having come. */
static int64_t wake_ns(int64_t now_ns)
{
	const struct event *e = TAILQ_FIRST(&load.again);
	int64_t at_ns = now_ns + SECOND_NS;

	if (load.o.rate && !all_begun(now_ns) && due_ns(load.begun) < at_ns)
		at_ns = due_ns(load.begun);
	return e && e->again_ns < at_ns ? e->again_ns : at_ns;
}

static bool is_over(int64_t now_ns)
{
	return (all_begun(now_ns) && load.open == 0 && TAILQ_EMPTY(&load.again)) ||
	       now_ns > load.end_ns + PATIENCE_NS;
}

static void run(void)
{
	int64_t now_ns = httpload_now_ns();
	struct event *e;

	load.start_ns = load.last_ns = now_ns;
	load.end_ns = now_ns + load.o.seconds * SECOND_NS;
	while (!is_over(now_ns)) {
		if (stopped && load.end_ns > now_ns)
			load.end_ns = now_ns; /* from here on it waits for answers only */
		while (httpload_free(load.http) && (e = next_event(now_ns)))
			send_event(e);
		/* Late already, and no connection free: an answer will wake us. */
		httpload_wait(load.http,
			httpload_free(load.http) ? wake_ns(now_ns) : now_ns + SECOND_NS / 20);
		now_ns = httpload_now_ns();
	}
}

/* ---- the end ---- */

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double percentile_ms(double part)
{
	size_t at = (size_t)(part * (double)load.acked);

	if (load.acked == 0)
		return 0;
	return load.latencies_us[at < load.acked ? at : load.acked - 1] / 1000.0;
}

static void report(void)
{
	double seconds = (double)(load.last_ns - load.start_ns) / (double)SECOND_NS;

	qsort(load.latencies_us, load.acked, sizeof *load.latencies_us, compare);
	printf("{\"events\":%zu,\"acked\":%zu,\"unanswered\":%zu,\"wrong\":%zu,\"seconds\":%.3f,"
	       "\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,"
	       "\"statuses\":{",
		load.begun, load.acked, load.unanswered, load.wrong, seconds,
		seconds > 0 ? (double)load.acked / seconds : 0, percentile_ms(0.5),
		percentile_ms(0.99), percentile_ms(0.999), percentile_ms(1));
	for (size_t status = 0, n = 0; status < STATUSES; status++) {
		if (load.statuses[status])
			printf("%s\"%zu\":%zu", n++ ? "," : "", status, load.statuses[status]);
	}
	printf("}}\n");
}

static bool read_options(int argc, char **argv)
{
	static const struct option known[] = { { "port", required_argument, NULL, 'p' },
		{ "body", required_argument, NULL, 'b' }, { "path", required_argument, NULL, 'u' },
		{ "first", required_argument, NULL, 'f' }, { "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "connections", required_argument, NULL, 'c' },
		{ "acked", required_argument, NULL, 'a' }, { "retry", no_argument, NULL, 'R' },
		{ NULL, 0, NULL, 0 } };
	struct options *o = &load.o;
	int option;

	*o = (struct options){ .path = "/v1/events",
		.first = 1000000,
		.rate = 1000,
		.seconds = 10,
		.connections = 16 };
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'p':
			o->port = (uint16_t)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			o->body = optarg;
			break;
		case 'u':
			o->path = optarg;
			break;
		case 'f':
			o->first = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			o->rate = strtoll(optarg, NULL, 10);
			break;
		case 's':
			o->seconds = strtoll(optarg, NULL, 10);
			break;
		case 'c':
			o->connections = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			o->acked = optarg;
			break;
		case 'R':
			o->retry = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && o->port && o->body && o->connections && o->rate >= 0;
}

static bool read_body(void)
{
	FILE *file = fopen(load.o.body, "r");

	if (!file)
		return false;
	load.body[fread(load.body, 1, BODY_MAX, file)] = '\0';
	fclose(file);
	load.body[strcspn(load.body, "\n")] = '\0';
	return true;
}

int main(int argc, char **argv)
{
	const int64_t most_each_second = 100000; /* no closed loop is faster */

	if (!read_options(argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	load.acked_file = load.o.acked ? fopen(load.o.acked, "w") : NULL;
	if (!read_body() || (load.o.acked && !load.acked_file)) {
		perror("openloop");
		return 2;
	}
	load.room = (size_t)((load.o.rate ? load.o.rate : most_each_second) * load.o.seconds);
	load.events = xcalloc(load.room, sizeof *load.events);
	load.latencies_us = xcalloc(load.room, sizeof *load.latencies_us);
	TAILQ_INIT(&load.again);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	load.http = httpload_open(load.o.port, load.o.connections, on_answered, NULL);
	run();
	httpload_close(load.http);
	if (load.acked_file && fclose(load.acked_file) != 0) {
		perror("openloop: the file of what was acknowledged");
		return 2;
	}
	report();
	free(load.latencies_us);
	free(load.events);
	return load.acked == load.begun ? EXIT_SUCCESS : EXIT_FAILURE;
}
