#include "consumer/deadletters.h"

#include "common/buf.h"
#include "consumer/headers.h"

enum { MAX_CANDIDATES = 4096 }; /* bytes, as every header value */

/* "2;101;102": how many there are, and their keys. */
static void add_candidates(struct record *r, const struct match *match)
{
	auto_buf b;

	buf_init(&b, MAX_CANDIDATES);
	buf_printf(&b, "%zu", match->total);
	for (size_t i = 0; i < match->count && !b.overflowed; i++)
		buf_printf(&b, ";%s", match->candidates[i].rating_key);
	record_add_header(r, "plexsync-candidates", buf_text(&b), b.len);
}

void deadletter_write(
	struct record *ret, const struct record *from, const struct deadletter_cause *cause)
{
	const struct verdict *verdict = cause->verdict;

	record_copy(ret, from);
	ret->topic = TOPIC_DLQ;
	headers_drop_ours(ret);
	record_add_text_header(ret, "__dlq.errors.topic", cause->topic);
	headers_add_number(ret, "__dlq.errors.partition", from->partition);
	headers_add_number(ret, "__dlq.errors.offset", from->offset);
	record_add_text_header(ret, "__dlq.errors.group", cause->group);
	headers_add_number(ret, "__dlq.errors.delivery.count", cause->attempts);
	headers_add_text(ret, "__dlq.errors.message", verdict->detail);
	record_add_text_header(ret, "plexsync-error", verdict->reason);
	headers_add_text(ret, "plexsync-error-detail", verdict->detail);
	if (cause->match && cause->match->kind == MATCH_AMBIGUOUS)
		add_candidates(ret, cause->match);
	headers_add_time(ret, "plexsync-first-failed", cause->first_failed_ms);
	headers_add_time(ret, "plexsync-failed-at", cause->failed_at_ms);
}
