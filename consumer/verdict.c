#include "consumer/verdict.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_NONE] = "none",
	[VERDICT_SYNCED] = "synced",
	[VERDICT_UNCHANGED] = "unchanged",
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_SUPERSEDED] = "superseded",
	[VERDICT_GONE] = "gone",
	[VERDICT_RETRY] = "retry",
	[VERDICT_HOLD] = "hold",
	[VERDICT_DEAD] = "dead",
};

const char *verdict_name(enum verdict_kind kind)
{
	return names[kind];
}

bool verdict_final(enum verdict_kind kind)
{
	return kind != VERDICT_NONE && kind != VERDICT_RETRY && kind != VERDICT_HOLD;
}

/* What was cut may end in the first bytes of a UTF-8 character: nobody could read those. */
static void drop_half_character(char *text, size_t len)
{
	size_t start = len;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
		text[start - 1] = '\0';
}

void verdict_set(struct verdict *v, enum verdict_kind kind, const char *reason, const char *detail)
{
	*v = (struct verdict){ .kind = kind, .reason = reason, .after_ms = -1 };
	if (snprintf(v->detail, sizeof v->detail, "%s", detail ? detail : "") >=
		(int)sizeof v->detail)
		drop_half_character(v->detail, sizeof v->detail - 1);
}

struct rule {
	enum verdict_kind kind;
	const char *reason;
};

/* DESIGN §5: a row for each call, a column for each outcome. What is missing is VERDICT_NONE. */
static const struct rule rules[VERDICT_CALLS][OUTCOMES] = {
	[CALL_FETCH_SCENE] = {
		[OUTCOME_REFUSED] = { VERDICT_RETRY, "unresolvable" },
		[OUTCOME_UNAUTHORISED] = { VERDICT_HOLD, "stash_unauthorised" },
		[OUTCOME_BUSY] = { VERDICT_HOLD, "stash_down" },
		[OUTCOME_FAILED] = { VERDICT_RETRY, "unresolvable" },
		[OUTCOME_DOWN] = { VERDICT_HOLD, "stash_down" },
		[OUTCOME_UNKNOWN] = { VERDICT_HOLD, "stash_down" },
		[OUTCOME_GARBLED] = { VERDICT_HOLD, "stash_down" },
	},
	[CALL_READ_ITEM] = {
		[OUTCOME_REFUSED] = { VERDICT_DEAD, "rejected_by_plex" },
		[OUTCOME_UNAUTHORISED] = { VERDICT_HOLD, "plex_unauthorised" },
		[OUTCOME_BUSY] = { VERDICT_HOLD, "plex_down" },
		[OUTCOME_FAILED] = { VERDICT_RETRY, "plex_error" },
		[OUTCOME_DOWN] = { VERDICT_HOLD, "plex_down" },
		[OUTCOME_UNKNOWN] = { VERDICT_HOLD, "plex_down" },
		[OUTCOME_GARBLED] = { VERDICT_HOLD, "plex_down" },
	},
	[CALL_EDIT_ITEM] = {
		[OUTCOME_REFUSED] = { VERDICT_DEAD, "rejected_by_plex" },
		[OUTCOME_UNAUTHORISED] = { VERDICT_HOLD, "plex_unauthorised" },
		[OUTCOME_BUSY] = { VERDICT_HOLD, "plex_down" },
		[OUTCOME_DOWN] = { VERDICT_HOLD, "plex_down" },
	},
	[CALL_INTEND] = {
		[OUTCOME_ABSENT] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_REFUSED] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_UNAUTHORISED] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_BUSY] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_FAILED] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_DOWN] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_UNKNOWN] = { VERDICT_HOLD, "kafka_refused" },
		[OUTCOME_GARBLED] = { VERDICT_HOLD, "kafka_refused" },
	},
};

void verdict_of_call(struct verdict *v, enum verdict_call call, const struct input *answer)
{
	const struct rule *rule = &rules[call][answer->outcome];

	verdict_set(v, rule->kind, rule->reason, answer->detail);
	v->after_ms = answer->retry_after_ms;
	v->timed_out = answer->outcome == OUTCOME_UNKNOWN && rule->kind == VERDICT_HOLD;
}

bool verdict_blames_service(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_UNAUTHORISED:
	case OUTCOME_BUSY:
	case OUTCOME_DOWN:
	case OUTCOME_UNKNOWN:
	case OUTCOME_GARBLED:
		return true;
	case OUTCOME_DONE:
	case OUTCOME_ABSENT:
	case OUTCOME_REFUSED:
	case OUTCOME_FAILED:
	case OUTCOMES:
		break;
	}
	return false;
}

/* min, 2 min, 4 min … max for the first, second, third … repetition. */
static int64_t doubled(int64_t min_ms, int64_t max_ms, int times)
{
	int64_t delay_ms = min_ms;

	while (times-- > 0 && delay_ms < max_ms)
		delay_ms *= 2;
	return delay_ms < max_ms ? delay_ms : max_ms;
}

/* ±20 %, so that scenes that failed together do not come back together. */
static int64_t jittered(int64_t delay_ms, uint64_t dice)
{
	return delay_ms * 4 / 5 + (int64_t)(dice % 1000) * (delay_ms * 2 / 5) / 1000;
}

static int64_t not_found_ms(struct verdict *v, const struct verdict_limits *l, int attempts,
	int64_t since_first_ms, uint64_t dice)
{
	int64_t left_ms = l->not_found_window_ms - since_first_ms;
	int64_t delay_ms =
		jittered(doubled(l->not_found_min_ms, l->not_found_max_ms, attempts - 1), dice);

	if (left_ms <= 0) {
		if (l->skip_not_found) {
			v->kind = VERDICT_SKIPPED;
			v->reason = "not_in_plex";
		} else {
			v->kind = VERDICT_DEAD;
		}
		return -1;
	}
	return delay_ms < left_ms ? delay_ms : left_ms;
}

int64_t verdict_retry_ms(struct verdict *v, const struct verdict_limits *limits, int attempts,
	int64_t since_first_ms, uint64_t dice)
{
	int64_t delay_ms;

	if (str_equal(v->reason, "not_found"))
		return not_found_ms(v, limits, attempts, since_first_ms, dice);
	if (attempts > limits->max_retries) {
		v->kind = VERDICT_DEAD;
		if (!str_equal(v->reason, "unresolvable"))
			v->reason = "exhausted";
		return -1;
	}
	delay_ms =
		jittered(doubled(limits->retry_min_ms, limits->retry_max_ms, attempts - 1), dice);
	return delay_ms > v->after_ms ? delay_ms : v->after_ms;
}
