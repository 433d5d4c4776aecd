#include "tests/sim/plexsim_fault.h"

#include <stdlib.h>
#include <string.h>

static const char *const actions[PLEXSIM_ACTIONS] = {
	[PLEXSIM_PASS] = "pass",
	[PLEXSIM_STATUS] = "status",
	[PLEXSIM_EMPTY] = "empty",
	[PLEXSIM_DROP] = "drop",
	[PLEXSIM_RESET] = "reset",
	[PLEXSIM_TLS] = "tls",
	[PLEXSIM_HTML] = "html",
	[PLEXSIM_ROW_DELAY] = "row_delay",
	[PLEXSIM_MAINTENANCE] = "maintenance",
	[PLEXSIM_MAINTENANCE_JSON] = "maintenance_json",
	[PLEXSIM_TRUNCATE] = "truncate",
	[PLEXSIM_RESET_BODY] = "reset_body",
	[PLEXSIM_SLOW] = "slow",
	[PLEXSIM_CHUNKED] = "chunked",
	[PLEXSIM_CLOSE] = "close",
	[PLEXSIM_GZIP] = "gzip",
	[PLEXSIM_CONTROL_CHARACTER] = "control_character",
	[PLEXSIM_INVALID_UTF8] = "invalid_utf8",
	[PLEXSIM_WRONG_SIZE] = "wrong_size",
	[PLEXSIM_WRONG_TOTAL] = "wrong_total",
	[PLEXSIM_DUPLICATE_ROW] = "duplicate_row",
	[PLEXSIM_MISSING_ROW] = "missing_row",
	[PLEXSIM_SHUFFLE] = "shuffle",
	[PLEXSIM_NOVELTY] = "novelty",
	[PLEXSIM_LATE] = "late",
	[PLEXSIM_IGNORE_FIELD] = "ignore_field",
	[PLEXSIM_IGNORE_LOCKS] = "ignore_locks",
};

void plexsim_faults_init(struct plexsim_faults *faults)
{
	*faults = (struct plexsim_faults){ .seed = 0x9e3779b97f4a7c15u };
}

void plexsim_fault_done(struct plexsim_fault *fault)
{
	free((void *)(uintptr_t)fault->method);
	free((void *)(uintptr_t)fault->path);
	free((void *)(uintptr_t)fault->query);
	free((void *)(uintptr_t)fault->field);
	*fault = (struct plexsim_fault){ 0 };
}

void plexsim_faults_done(struct plexsim_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		plexsim_fault_done(&faults->rules[i]->fault);
		free(faults->rules[i]);
	}
	free(faults->rules);
	faults->rules = NULL;
	faults->count = 0;
}

static struct plexsim_fault copy(const struct plexsim_fault *fault)
{
	struct plexsim_fault result = *fault;

	result.method = xstrdup_or_null(fault->method);
	result.path = xstrdup_or_null(fault->path);
	result.query = xstrdup_or_null(fault->query);
	result.field = xstrdup_or_null(fault->field);
	return result;
}

int plexsim_faults_add(struct plexsim_faults *faults, const struct plexsim_fault *fault)
{
	struct plexsim_rule *rule = xcalloc(1, sizeof *rule);

	rule->id = ++faults->last_id;
	rule->fault = copy(fault);
	if (fault->nth > 0 && fault->count == 0)
		rule->fault.count = 1;
	faults->rules = xrealloc(faults->rules, faults->count + 1, sizeof(struct plexsim_rule *));
	faults->rules[faults->count++] = rule;
	return rule->id;
}

const struct plexsim_rule *plexsim_faults_find(const struct plexsim_faults *faults, int id)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->rules[i]->id == id)
			return faults->rules[i];
	return NULL;
}

/* xorshift64*, good enough for coins, and the same coins in every run. */
static double draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (double)((*seed * 0x2545f4914f6cdd1du) >> 11) / (double)(UINT64_C(1) << 53);
}

static bool matches(const struct plexsim_fault *fault, const char *method, const char *path,
	const char *raw_query)
{
	if (fault->method && !str_equal(fault->method, method))
		return false;
	if (fault->path && strncmp(path, fault->path, strlen(fault->path)) != 0)
		return false;
	return !fault->query || strstr(raw_query ? raw_query : "", fault->query);
}

static bool fires(struct plexsim_rule *rule, uint64_t *seed)
{
	const struct plexsim_fault *fault = &rule->fault;

	rule->seen++;
	if (fault->nth > 0 && rule->seen < (size_t)fault->nth)
		return false;
	if (fault->count > 0 && rule->fired >= (size_t)fault->count)
		return false;
	if (fault->probability > 0 && draw(seed) >= fault->probability)
		return false;
	rule->fired++;
	return true;
}

bool plexsim_faults_pick(struct plexsim_faults *faults, const char *method, const char *path,
	const char *raw_query, struct plexsim_fault *ret)
{
	for (size_t i = 0; i < faults->count; i++) {
		struct plexsim_rule *rule = faults->rules[i];

		if (matches(&rule->fault, method, path, raw_query) && fires(rule, &faults->seed)) {
			*ret = copy(&rule->fault);
			return true;
		}
	}
	return false;
}

static bool parse_action(const char *word, enum plexsim_action *ret, struct error *err)
{
	for (size_t i = 0; i < PLEXSIM_ACTIONS; i++) {
		if (str_equal(word, actions[i])) {
			*ret = (enum plexsim_action)i;
			return true;
		}
	}
	return error_set(err, "there is no action \"%s\"", word);
}

bool plexsim_fault_parse(json_t *json, struct plexsim_fault *ret, struct error *err)
{
	struct plexsim_fault fault = { 0 };
	const char *action = "pass";
	int hold = 0, after_effect = 0;
	json_error_t why;

	if (json_unpack_ex(json, &why, JSON_STRICT,
		    "{s?s, s?s, s?s, s?i, s?i, s?F, s?s, s?b, s?i, s?b, s?i, s?s}", "method",
		    &fault.method, "path", &fault.path, "query", &fault.query, "nth", &fault.nth,
		    "count", &fault.count, "probability", &fault.probability, "action", &action,
		    "after_effect", &after_effect, "delay_ms", &fault.delay_ms, "hold", &hold,
		    "status", &fault.status, "field", &fault.field) != 0)
		return error_set(err, "not a fault: %s", why.text);
	fault.hold = hold;
	fault.after_effect = after_effect;
	if (!parse_action(action, &fault.action, err))
		return false;
	if ((fault.action == PLEXSIM_STATUS || fault.action == PLEXSIM_EMPTY) &&
		(fault.status < 200 || fault.status > 599))
		return error_set(err, "the action \"%s\" needs a status from 200 to 599", action);
	if (fault.action == PLEXSIM_IGNORE_FIELD && !fault.field)
		return error_set(err, "the action \"ignore_field\" needs a field");
	*ret = fault;
	return true;
}

static json_t *rule_dump(const struct plexsim_rule *rule)
{
	const struct plexsim_fault *fault = &rule->fault;

	return json_pack("{s:i, s:s?, s:s?, s:s?, s:i, s:i, s:f, s:s, s:b, s:i, s:b, s:i, s:s?, "
			 "s:I, s:I}",
		"id", rule->id, "method", fault->method, "path", fault->path, "query", fault->query,
		"nth", fault->nth, "count", fault->count, "probability", fault->probability,
		"action", actions[fault->action], "after_effect", fault->after_effect, "delay_ms",
		fault->delay_ms, "hold", fault->hold, "status", fault->status, "field",
		fault->field, "seen", (json_int_t)rule->seen, "fired", (json_int_t)rule->fired);
}

json_t *plexsim_faults_dump(const struct plexsim_faults *faults)
{
	json_t *list = json_array();

	for (size_t i = 0; i < faults->count; i++)
		json_array_append_new(list, rule_dump(faults->rules[i]));
	return list;
}
