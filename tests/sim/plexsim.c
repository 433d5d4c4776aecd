#include "tests/sim/plexsim.h"

#include "tests/sim/plexsim_server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void plexsim_clock_read(struct plexsim_clock *ret)
{
	struct timespec mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	ret->mono_ms = (int64_t)mono.tv_sec * 1000 + mono.tv_nsec / 1000000;
	ret->wall_s = time(NULL);
}

void plexsim_wait(struct plexsim *sim, int64_t deadline_ms)
{
	struct timespec deadline = {
		.tv_sec = deadline_ms / 1000,
		.tv_nsec = deadline_ms % 1000 * 1000000,
	};

	pthread_cond_timedwait(&sim->changed, &sim->lock, &deadline);
}

void plexsim_settle(struct plexsim *sim, struct plexsim_clock *ret_clock)
{
	size_t before = sim->events.count;

	plexsim_clock_read(ret_clock);
	plexsim_scan_settle(sim->library, &sim->events, sim->modes.scan_delay_ms, ret_clock);
	if (sim->events.count != before)
		pthread_cond_broadcast(&sim->changed);
}

static struct plexsim_library *load(const struct plexsim_options *options, struct error *err)
{
	struct plexsim_library *library;
	json_error_t why;
	json_t *state;

	if (!options->library_file)
		return plexsim_library_load(options->library, time(NULL), err);
	state = json_load_file(options->library_file, JSON_REJECT_DUPLICATES, &why);
	if (!state) {
		error_set(err, "%s, line %d: %s", options->library_file, why.line, why.text);
		return NULL;
	}
	library = plexsim_library_load(state, time(NULL), err);
	json_decref(state);
	return library;
}

static void init_locks(struct plexsim *sim)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&sim->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&sim->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

struct plexsim *plexsim_start(const struct plexsim_options *options, struct error *err)
{
	struct plexsim *sim = xcalloc(1, sizeof *sim);

	init_locks(sim);
	sim->token = xstrdup_or_null(options->token);
	sim->read_only_token = xstrdup_or_null(options->read_only_token);
	sim->modes = options->modes;
	sim->violations = json_array();
	plexsim_faults_init(&sim->faults);
	sim->library = load(options, err);
	if (sim->library)
		sim->daemon = plexsim_daemon_start(sim, options->port, &sim->port, err);
	if (!sim->daemon) {
		plexsim_stop(sim);
		return NULL;
	}
	return sim;
}

void plexsim_stop(struct plexsim *sim)
{
	if (!sim)
		return;
	pthread_mutex_lock(&sim->lock);
	sim->stopping = true;
	pthread_cond_broadcast(&sim->changed);
	pthread_mutex_unlock(&sim->lock);
	plexsim_daemon_stop(sim->daemon);
	plexsim_library_free(sim->library);
	plexsim_events_done(&sim->events);
	plexsim_faults_done(&sim->faults);
	plexsim_log_clear(&sim->log);
	json_decref(sim->violations);
	json_decref(sim->late);
	free(sim->token);
	free(sim->read_only_token);
	pthread_cond_destroy(&sim->changed);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

uint16_t plexsim_port(const struct plexsim *sim)
{
	return sim->port;
}

struct plexsim_modes plexsim_modes(struct plexsim *sim)
{
	struct plexsim_modes modes;

	pthread_mutex_lock(&sim->lock);
	modes = sim->modes;
	pthread_mutex_unlock(&sim->lock);
	return modes;
}

void plexsim_modes_set(struct plexsim *sim, const struct plexsim_modes *modes)
{
	pthread_mutex_lock(&sim->lock);
	sim->modes = *modes;
	pthread_mutex_unlock(&sim->lock);
}

json_t *plexsim_state(struct plexsim *sim)
{
	struct plexsim_clock clock;
	json_t *state;

	pthread_mutex_lock(&sim->lock);
	plexsim_settle(sim, &clock);
	state = plexsim_library_dump(sim->library);
	pthread_mutex_unlock(&sim->lock);
	return state;
}

bool plexsim_state_set(struct plexsim *sim, json_t *state, struct error *err)
{
	struct plexsim_library *library = plexsim_library_load(state, time(NULL), err);

	if (!library)
		return false;
	pthread_mutex_lock(&sim->lock);
	plexsim_library_free(sim->library);
	sim->library = library;
	pthread_mutex_unlock(&sim->lock);
	return true;
}

json_t *plexsim_item(struct plexsim *sim, int64_t key)
{
	struct plexsim_item *item;
	struct plexsim_clock clock;
	json_t *json;

	pthread_mutex_lock(&sim->lock);
	plexsim_settle(sim, &clock);
	item = plexsim_item_find(sim->library, key);
	json = item ? plexsim_item_dump(item) : NULL;
	pthread_mutex_unlock(&sim->lock);
	return json;
}

/* After items were added or removed by hand. The lock is held. */
static void changed(struct plexsim *sim)
{
	plexsim_library_settle_collections(sim->library, time(NULL));
	pthread_cond_broadcast(&sim->changed);
}

/* The lock is held. */
static bool remove_item(struct plexsim *sim, int64_t key)
{
	struct plexsim_item *item = plexsim_item_find(sim->library, key);

	if (!item || item->members)
		return false;
	if (plexsim_item_visible(item))
		plexsim_scan_withdraw(&sim->events, item);
	plexsim_section_touch(item->section);
	plexsim_item_remove(sim->library, item);
	return true;
}

/* The lock is held. */
static int64_t add_item(struct plexsim *sim, json_t *json, struct error *err)
{
	struct plexsim_item *item = plexsim_item_load(sim->library, json, time(NULL), err);

	if (!item)
		return 0;
	if (plexsim_item_visible(item)) {
		plexsim_scan_announce(&sim->events, item);
		plexsim_section_touch(item->section);
	}
	return item->key;
}

int64_t plexsim_item_put(struct plexsim *sim, json_t *json, struct error *err)
{
	int64_t key = plexsim_key_value(json_object_get(json, "ratingKey"));
	struct plexsim_item *old;
	json_t *before = NULL;
	int64_t added;

	pthread_mutex_lock(&sim->lock);
	old = plexsim_item_find(sim->library, key);
	if (old && !old->members) {
		before = plexsim_item_dump(old);
		plexsim_item_remove(sim->library, old);
	}
	added = add_item(sim, json, err);
	if (!added && before)
		(void)add_item(sim, before, NULL);
	changed(sim);
	pthread_mutex_unlock(&sim->lock);
	json_decref(before);
	return added;
}

bool plexsim_item_delete(struct plexsim *sim, int64_t key)
{
	bool removed;

	pthread_mutex_lock(&sim->lock);
	removed = remove_item(sim, key);
	changed(sim);
	pthread_mutex_unlock(&sim->lock);
	return removed;
}

/* What is left of an item when its file is found anew: the file. */
static json_t *file_only(json_t *json)
{
	return json_pack("{s:O, s:O, s:O}", "section", json_object_get(json, "section"), "type",
		json_object_get(json, "type"), "media", json_object_get(json, "media"));
}

int64_t plexsim_item_rekey(struct plexsim *sim, int64_t key, int64_t to, bool keep)
{
	struct plexsim_item *item;
	json_t *before, *after;
	int64_t added = 0;

	pthread_mutex_lock(&sim->lock);
	item = plexsim_item_find(sim->library, key);
	if (item && !item->members && !plexsim_item_find(sim->library, to)) {
		before = plexsim_item_dump(item);
		after = keep ? json_incref(before) : file_only(before);
		json_object_set_new(
			after, "ratingKey", json_integer(to > 0 ? to : sim->library->next_key));
		remove_item(sim, key);
		added = add_item(sim, after, NULL);
		json_decref(before);
		json_decref(after);
	}
	changed(sim);
	pthread_mutex_unlock(&sim->lock);
	return added;
}

void plexsim_violate(struct plexsim *sim, const struct plexsim_request *request, const char *why)
{
	auto_free char *sentence = xasprintf("%s %s?%s: %s", request->method, request->path,
		request->raw_query ? request->raw_query : "", why);

	json_array_append_new(sim->violations, json_string(sentence));
}

size_t plexsim_violations(struct plexsim *sim)
{
	size_t count;

	pthread_mutex_lock(&sim->lock);
	count = json_array_size(sim->violations);
	pthread_mutex_unlock(&sim->lock);
	return count;
}

json_t *plexsim_violations_list(struct plexsim *sim)
{
	json_t *list;

	pthread_mutex_lock(&sim->lock);
	list = json_deep_copy(sim->violations);
	pthread_mutex_unlock(&sim->lock);
	return list;
}

json_t *plexsim_requests(struct plexsim *sim)
{
	json_t *list;

	pthread_mutex_lock(&sim->lock);
	list = plexsim_log_dump(&sim->log);
	pthread_mutex_unlock(&sim->lock);
	return list;
}

void plexsim_requests_clear(struct plexsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	plexsim_log_clear(&sim->log);
	pthread_mutex_unlock(&sim->lock);
}

size_t plexsim_requests_count(struct plexsim *sim, const char *method, const char *path_prefix)
{
	size_t count;

	pthread_mutex_lock(&sim->lock);
	count = plexsim_log_count(&sim->log, method, path_prefix);
	pthread_mutex_unlock(&sim->lock);
	return count;
}

int plexsim_fault_add(struct plexsim *sim, const struct plexsim_fault *fault)
{
	int id;

	pthread_mutex_lock(&sim->lock);
	id = plexsim_faults_add(&sim->faults, fault);
	pthread_mutex_unlock(&sim->lock);
	return id;
}

void plexsim_faults_clear(struct plexsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	plexsim_faults_done(&sim->faults);
	pthread_mutex_unlock(&sim->lock);
}

size_t plexsim_fault_fired(struct plexsim *sim, int id)
{
	const struct plexsim_rule *rule;
	size_t fired;

	pthread_mutex_lock(&sim->lock);
	rule = plexsim_faults_find(&sim->faults, id);
	fired = rule ? rule->fired : 0;
	pthread_mutex_unlock(&sim->lock);
	return fired;
}

size_t plexsim_held(struct plexsim *sim)
{
	size_t held;

	pthread_mutex_lock(&sim->lock);
	held = sim->held;
	pthread_mutex_unlock(&sim->lock);
	return held;
}

void plexsim_show(struct plexsim *sim, json_t *state)
{
	struct plexsim_library *library =
		state ? plexsim_library_load(state, time(NULL), NULL) : NULL;

	if (!library)
		return;
	plexsim_library_free(sim->library);
	sim->library = library;
}

void plexsim_release(struct plexsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	plexsim_show(sim, sim->late);
	json_decref(sim->late);
	sim->late = NULL;
	sim->releases++;
	pthread_cond_broadcast(&sim->changed);
	pthread_mutex_unlock(&sim->lock);
}
