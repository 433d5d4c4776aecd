#include "tests/sim/stashsim.h"

#include "tests/sim/stashsim_server.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- Faults ------------------------------------------------------------------------------------ */

bool stashsim_faults_add_locked(struct stashsim *sim, const struct stashsim_fault *fault)
{
	struct stashsim_fault *copy = &sim->faults[sim->fault_count];

	if (sim->fault_count == STASHSIM_MAX_FAULTS)
		return false;
	*copy = *fault;
	copy->path = xstrdup_or_null(fault->path);
	copy->contains = xstrdup_or_null(fault->contains);
	sim->fault_count++;
	return true;
}

static void remove_fault(struct stashsim *sim, struct stashsim_fault *fault)
{
	size_t after = sim->fault_count - (size_t)(fault - sim->faults) - 1;

	free((void *)(uintptr_t)fault->path);
	free((void *)(uintptr_t)fault->contains);
	memmove(fault, fault + 1, after * sizeof *fault);
	sim->fault_count--;
}

void stashsim_faults_clear_locked(struct stashsim *sim)
{
	while (sim->fault_count > 0)
		remove_fault(sim, &sim->faults[sim->fault_count - 1]);
}

static bool concerns(const struct stashsim_fault *fault, const struct stashsim_request *request)
{
	const struct buf *body = &request->body;

	if (fault->path && strncmp(request->path, fault->path, strlen(fault->path)) != 0)
		return false;
	if (!fault->contains || strstr(request->path, fault->contains))
		return true;
	return body->len && memmem(body->data, body->len, fault->contains, strlen(fault->contains));
}

/* The fault for this request, without its strings. Counts. */
static struct stashsim_fault pick_fault(
	struct stashsim *sim, const struct stashsim_request *request)
{
	for (size_t i = 0; i < sim->fault_count; i++) {
		struct stashsim_fault *fault = &sim->faults[i], picked = *fault;

		if (!concerns(fault, request))
			continue;
		if (fault->count > 0 && --fault->count == 0)
			remove_fault(sim, fault);
		picked.path = picked.contains = NULL;
		return picked;
	}
	return (struct stashsim_fault){ .action = STASHSIM_PASS };
}

static void spoil(const struct stashsim_fault *fault, struct stashsim_answer *answer)
{
	switch (fault->action) {
	case STASHSIM_STATUS:
		stashsim_answer_text(answer, (unsigned)fault->status, "an injected fault");
		break;
	case STASHSIM_ERRORS:
		stashsim_answer_text(answer, 200,
			"{\"errors\":[{\"message\":\"an injected "
			"fault\",\"path\":[\"findScene\"]}],"
			"\"data\":{\"findScene\":null}}");
		answer->content_type = "application/json";
		break;
	case STASHSIM_TRUNCATE:
		answer->is_cut = true;
		break;
	case STASHSIM_LOGIN:
		buf_clear(&answer->body);
		answer->status = 302;
		free(answer->location);
		answer->location = xstrdup("/login?returnURL=%2Fgraphql");
		break;
	case STASHSIM_HTML:
		stashsim_answer_text(answer, 200, "<!doctype html><title>Some proxy</title>");
		answer->content_type = "text/html; charset=utf-8";
		break;
	default:
		break;
	}
}

/* --- One request ------------------------------------------------------------------------------- */

static void wait_delay(struct stashsim *sim, int delay_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += delay_ms / 1000;
	until.tv_nsec += (long)(delay_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!sim->stopping && pthread_cond_timedwait(&sim->changed, &sim->lock, &until) == 0)
		;
}

static void wait_release(struct stashsim *sim)
{
	uint64_t releases = sim->releases;

	sim->held++;
	while (!sim->stopping && sim->releases == releases)
		pthread_cond_wait(&sim->changed, &sim->lock);
	sim->held--;
}

static json_t *log_request(struct stashsim *sim, const struct stashsim_request *request)
{
	json_t *body = request->body.len ? json_stringn(request->body.data, request->body.len)
					 : json_null();
	json_t *entry = json_pack("{s:s,s:s,s:o,s:b,s:n}", "method", request->method, "path",
		request->path, "body", body ? body : json_null(), "key",
		request->key && request->key[0], "status");

	json_array_append(sim->requests, entry);
	return entry;
}

bool stashsim_serve(struct stashsim *sim, const struct stashsim_request *request,
	struct stashsim_answer *answer)
{
	struct stashsim_fault fault;
	json_t *entry;

	pthread_mutex_lock(&sim->lock);
	if (strncmp(request->path, "/_sim/", 6) == 0) {
		stashsim_control(sim, request, answer);
		pthread_mutex_unlock(&sim->lock);
		return true;
	}
	entry = log_request(sim, request);
	fault = pick_fault(sim, request);
	stashsim_route(sim, request, answer);
	spoil(&fault, answer);
	if (fault.delay_ms > 0)
		wait_delay(sim, fault.delay_ms);
	if (fault.hold)
		wait_release(sim);
	json_object_set_new(entry, "status",
		json_integer(fault.action == STASHSIM_DROP ? 0 : (json_int_t)answer->status));
	json_decref(entry);
	pthread_mutex_unlock(&sim->lock);
	return fault.action != STASHSIM_DROP;
}

/* --- Public ------------------------------------------------------------------------------------ */

struct stashsim *stashsim_start(const struct stashsim_options *options, struct error *err)
{
	struct stashsim *sim = xcalloc(1, sizeof *sim);
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sim->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&sim->lock, NULL);
	sim->api_key = xstrdup_or_null(options->api_key);
	sim->login = options->login;
	sim->requests = json_array();
	stashsim_store_init(&sim->store, options->utc_offset_min);
	if (!options->data_file || stashsim_store_load(&sim->store, options->data_file, err))
		sim->daemon = stashsim_daemon_start(sim, options->port, &sim->port, err);
	if (sim->daemon)
		return sim;
	stashsim_stop(sim);
	return NULL;
}

void stashsim_stop(struct stashsim *sim)
{
	if (!sim)
		return;
	pthread_mutex_lock(&sim->lock);
	sim->stopping = true;
	pthread_cond_broadcast(&sim->changed);
	pthread_mutex_unlock(&sim->lock);
	stashsim_daemon_stop(sim->daemon);
	stashsim_faults_clear_locked(sim);
	stashsim_store_done(&sim->store);
	json_decref(sim->requests);
	free(sim->api_key);
	pthread_cond_destroy(&sim->changed);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
}

uint16_t stashsim_port(const struct stashsim *sim)
{
	return sim->port;
}

json_t *stashsim_scene(struct stashsim *sim, int64_t id)
{
	json_t *scene;

	pthread_mutex_lock(&sim->lock);
	scene = stashsim_store_find(&sim->store, id);
	if (scene)
		scene = stashsim_scene_public(scene);
	pthread_mutex_unlock(&sim->lock);
	return scene;
}

bool stashsim_scene_put(struct stashsim *sim, int64_t id, const json_t *changes,
	enum stashsim_touch touch, struct error *err)
{
	pthread_mutex_lock(&sim->lock);
	bool good = stashsim_store_put(&sim->store, id, changes, touch, err);
	pthread_mutex_unlock(&sim->lock);
	return good;
}

bool stashsim_scene_delete(struct stashsim *sim, int64_t id)
{
	pthread_mutex_lock(&sim->lock);
	bool good = stashsim_store_delete(&sim->store, id);
	pthread_mutex_unlock(&sim->lock);
	return good;
}

json_t *stashsim_requests(struct stashsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	json_t *copy = json_deep_copy(sim->requests);
	pthread_mutex_unlock(&sim->lock);
	return copy;
}

void stashsim_requests_clear(struct stashsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	json_array_clear(sim->requests);
	pthread_mutex_unlock(&sim->lock);
}

size_t stashsim_requests_count(struct stashsim *sim, const char *path_prefix)
{
	size_t count = 0, i;
	json_t *request;

	pthread_mutex_lock(&sim->lock);
	json_array_foreach (sim->requests, i, request) {
		const char *path = json_string_value(json_object_get(request, "path"));

		if (!path_prefix || strncmp(path, path_prefix, strlen(path_prefix)) == 0)
			count++;
	}
	pthread_mutex_unlock(&sim->lock);
	return count;
}

bool stashsim_fault_add(struct stashsim *sim, const struct stashsim_fault *fault)
{
	pthread_mutex_lock(&sim->lock);
	bool added = stashsim_faults_add_locked(sim, fault);
	pthread_mutex_unlock(&sim->lock);
	return added;
}

void stashsim_faults_clear(struct stashsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	stashsim_faults_clear_locked(sim);
	pthread_mutex_unlock(&sim->lock);
}

size_t stashsim_held(struct stashsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	size_t held = sim->held;
	pthread_mutex_unlock(&sim->lock);
	return held;
}

void stashsim_release_locked(struct stashsim *sim)
{
	sim->releases++;
	pthread_cond_broadcast(&sim->changed);
}

void stashsim_release(struct stashsim *sim)
{
	pthread_mutex_lock(&sim->lock);
	stashsim_release_locked(sim);
	pthread_mutex_unlock(&sim->lock);
}
