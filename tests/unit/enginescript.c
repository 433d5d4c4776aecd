#include "tests/unit/enginescript.h"

#include "consumer/planposter.h"
#include "consumer/poster.h"
#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

static const char *const effect_names[] = {
	[DO_LOAD_TABLES] = "load tables",
	[DO_START] = "start",
	[DO_PAUSE] = "pause",
	[DO_RESUME] = "resume",
	[DO_REJOIN] = "rejoin",
	[DO_PROBE] = "probe",
	[DO_RELEASE] = "release",
	[DO_STORE_OFFSET] = "store offset",
	[DO_PRODUCE] = "produce",
	[DO_FETCH_SCENE] = "fetch scene",
	[DO_FETCH_COVER] = "fetch cover",
	[DO_LIST_POSTERS] = "list posters",
	[DO_SELECT_POSTER] = "select poster",
	[DO_UPLOAD_POSTER] = "upload poster",
	[DO_LIST_SECTIONS] = "list sections",
	[DO_LIST_PAGE] = "list page",
	[DO_READ_ITEM] = "read item",
	[DO_EDIT_ITEM] = "edit item",
	[DO_WATCH] = "watch",
	[DO_SCAN] = "scan",
	[DO_CANCEL] = "cancel",
	[DO_REPORT] = "report",
};

static void set_text(char ret[SCRIPT_TEXT], const char *text)
{
	snprintf(ret, SCRIPT_TEXT, "%s", text ? text : "");
}

/* ---- the world ---- */

struct script_thing *script_thing(struct script_things *things, const char *id)
{
	for (size_t i = 0; i < things->count; i++)
		if (strcmp(things->items[i].id, id) == 0)
			return &things->items[i];
	return NULL;
}

static void set_thing(
	struct script_thing *thing, const char *id, const char *path, const char *title)
{
	snprintf(thing->id, sizeof thing->id, "%s", id);
	set_text(thing->path, path);
	set_text(thing->title, title);
}

struct script_thing *script_add(
	struct script_things *things, const char *id, const char *path, const char *title)
{
	struct script_thing *thing = &things->items[things->count++];

	ck_assert_uint_le(things->count, SCRIPT_MAX);
	set_thing(thing, id, path, title);
	return thing;
}

void script_replace(struct script_things *things, const char *old_id, const char *id,
	const char *path, const char *title)
{
	set_thing(script_thing(things, old_id), id, path, title);
}

struct script *script_new(void)
{
	struct script *s = xcalloc(1, sizeof *s);

	s->options = (struct engine_options){
		.policy = { .lock_fields = true, .sync = { true, true, true, true } },
		.gate = { .enabled = true },
		.limits = {
			.not_found_min_ms = 30000,
			.not_found_max_ms = 600000,
			.not_found_window_ms = 7200000,
			.retry_min_ms = 5000,
			.retry_max_ms = 80000,
			.max_retries = 5,
		},
		.breaker = { .failures = 5, .probe_min_ms = 5000, .probe_max_ms = 60000 },
		.library = { .page_size = 100, .rebuild_interval_ms = 86400000, .spacing_ms = 1000, .refresh_spacing_ms = 1000 },
		.settle_window_ms = 2000,
		.release_timeout_ms = 30000,
		.session_timeout_ms = 45000,
		.max_jobs = 8,
		.max_edits = 1,
		.max_lanes = 100,
		.stash_url = "http://stash:9999",
		.topic_partitions = 1,
		.group = "plexsync",
		.events_topic = "plexsync.scene-events",
		.seed = 1,
	};
	s->now = (struct now){ .mono_ms = 1000000, .wall_ms = 1700000000000 };
	s->section = "1";
	s->page_rows = 100;
	s->stored = -1;
	s->posters = "";
	script_add(&s->stash, "42", "/media/42.mkv", "New title")->updated_at_ms = 1600000000000;
	script_add(&s->plex, "101", "/media/42.mkv", "Old title");
	return s;
}

void script_free(struct script *s)
{
	engine_free(s->engine);
	pathmap_free(s->path_map);
	for (size_t i = 0; i < s->log_count; i++)
		record_done(&s->log[i].record);
	free(s);
}

void script_map_paths(struct script *s, const char *rule)
{
	char *items[] = { xstrdup(rule) };
	struct error err = { .text = "" };

	s->path_map = pathmap_new(&(struct setting_list){ .items = items, .count = 1 }, &err);
	ck_assert_msg(s->path_map != NULL, "%s", err.text);
	s->options.path_map = s->path_map;
	free(items[0]);
}

void script_open(struct script *s)
{
	engine_free(s->engine);
	s->engine = engine_new(&s->options);
	s->stored = -1;
}

void script_start(struct script *s)
{
	struct script_call load;

	script_open(s);
	script_assign(s, 0);
	load = script_take(s, DO_LOAD_TABLES);
	script_do(s, DO_LIST_SECTIONS);
	script_do(s, DO_LIST_PAGE);
	script_answer(s, &load);
	script_take(s, DO_START);
	script_quiet(s);
}

/* ---- inputs ---- */

void script_feed(struct script *s, const struct input *in)
{
	engine_polled(s->engine, s->now.mono_ms);
	engine_feed(s->engine, s->now, in);
}

void script_feed_kind(struct script *s, enum input_kind kind)
{
	script_feed(s, &(struct input){ .kind = kind });
}

void script_assign(struct script *s, int32_t partition)
{
	script_feed(s, &(struct input){ .kind = IN_ASSIGNED,
			       .assigned = { .partitions = &partition, .count = 1 } });
}

static void advance(struct script *s, int64_t ms)
{
	s->now.mono_ms += ms;
	s->now.wall_ms += ms;
	script_feed_kind(s, IN_TICK);
}

void script_pass(struct script *s, int64_t ms)
{
	int64_t end_ms = s->now.mono_ms + ms;

	while (engine_deadline_ms(s->engine) <= end_ms) {
		ck_assert_int_gt(engine_deadline_ms(s->engine), s->now.mono_ms);
		advance(s, engine_deadline_ms(s->engine) - s->now.mono_ms);
	}
	advance(s, end_ms - s->now.mono_ms);
}

static int64_t feed_record(struct script *s, struct record *take_record)
{
	take_record->topic = TOPIC_EVENTS;
	take_record->partition = 0;
	take_record->offset = s->next_offset++;
	script_feed(s, &(struct input){ .kind = IN_RECORD, .record = take_record });
	record_done(take_record);
	return s->next_offset - 1;
}

int64_t script_event(struct script *s, struct event *take_event)
{
	struct record record;

	if (!take_event->time_ms)
		take_event->time_ms = s->now.wall_ms;
	take_event->id = xasprintf("event-%d", (int)s->next_offset);
	take_event->source = xstrdup("/test");
	event_write(take_event, &record);
	event_done(take_event);
	return feed_record(s, &record);
}

static struct event make_event(const char *scene_id)
{
	struct event event = { .action = ACTION_UPDATE };

	snprintf(event.scene_id, sizeof event.scene_id, "%s", scene_id);
	return event;
}

int64_t script_thin(struct script *s, const char *scene_id)
{
	struct event event = make_event(scene_id);

	return script_event(s, &event);
}

static void make_scene(const struct script *s, struct scene *ret, const struct script_thing *thing)
{
	*ret = (struct scene){ .title = xstrdup(thing->title),
		.rating100 = thing->rating100,
		.organized = thing->organized,
		.updated_at_ms = thing->updated_at_ms };
	memcpy(ret->id, thing->id, sizeof ret->id);
	if (s->cover)
		ret->screenshot =
			xasprintf("http://localhost:9999/scene/%s/screenshot?t=1", thing->id);
	scene_complete(ret);
	if (!thing->path[0])
		return;
	ret->files = xcalloc(1, sizeof *ret->files);
	ret->file_count = 1;
	ret->files[0] = (struct scene_file){
		.path = xstrdup(thing->path), .size = 1000, .duration_ms = 60000
	};
}

int64_t script_full(struct script *s, const char *scene_id, const char *title, int64_t updated_ms)
{
	const struct script_thing *known = script_thing(&s->stash, scene_id);
	struct script_thing thing;
	struct event event = make_event(scene_id);

	if (!known)
		ck_abort_msg("Stash has no scene %s", scene_id);
	thing = *known;
	set_text(thing.title, title);
	thing.updated_at_ms = updated_ms;
	event.updated_at_ms = updated_ms;
	event.scene = xcalloc(1, sizeof *event.scene);
	make_scene(s, event.scene, &thing);
	return script_event(s, &event);
}

int64_t script_garbage(struct script *s, const char *value)
{
	struct record record = { .key = NULL };

	record_set_key(&record, "42", 2);
	record_set_value(&record, value, strlen(value));
	record_add_text_header(&record, "foreign", "kept");
	return feed_record(s, &record);
}

/* ---- effects ---- */

static void note_report(struct script *s, const struct report *report)
{
	s->reports[report->kind]++;
	if (report->kind != REPORT_ENDED)
		return;
	s->ended = (struct report){ .attempt = report->attempt, .after_ms = report->after_ms };
	set_text(s->verdict, report->verdict);
	set_text(s->reason, report->reason);
	set_text(s->fields, report->fields);
	snprintf(s->detail, sizeof s->detail, "%s", report->detail ? report->detail : "");
}

static struct script_record *log_record(struct script *s, const struct record *record)
{
	struct script_record *sent = &s->log[s->log_count++];

	ck_assert_uint_le(s->log_count, SCRIPT_LOG_MAX);
	record_copy(&sent->record, record);
	return sent;
}

static void fill_call(struct script *s, struct script_call *ret, const struct effect *effect)
{
	*ret = (struct script_call){ .kind = effect->kind,
		.id = effect->call,
		.start = effect->start,
		.size = effect->size,
		.partition = effect->partition,
		.offset = effect->offset };
	set_text(ret->key, effect->directory    ? effect->directory
			   : effect->rating_key ? effect->rating_key
			   : effect->section    ? effect->section
						: effect->scene_id);
	if (effect->kind == DO_UPLOAD_POSTER)
		ret->picture = effect->picture.bytes[0];
	if (effect->kind == DO_SELECT_POSTER)
		ret->picture = effect->url[strlen(effect->url) - 1];
	if (effect->kind == DO_EDIT_ITEM) {
		auto_buf names;

		buf_init(&names, SCRIPT_TEXT);
		plex_edit_names(&effect->edit, &names);
		set_text(ret->names, buf_text(&names));
		set_text(ret->section, effect->section);
		ret->rating100 = effect->edit.rating.rating100;
		ret->writes_title = effect->edit.fields[PLEX_TITLE].wanted;
		set_text(ret->title, effect->edit.fields[PLEX_TITLE].value);
	}
	if (effect->kind == DO_PRODUCE)
		ret->sent = log_record(s, &effect->record);
	if (effect->kind == DO_STORE_OFFSET)
		s->stored = effect->offset;
}

bool script_take_any(struct script *s, struct script_call *ret)
{
	const struct effect *effect;

	while ((effect = engine_next(s->engine, s->now.mono_ms)) && effect->kind == DO_REPORT)
		note_report(s, &effect->report);
	if (effect)
		fill_call(s, ret, effect);
	return effect != NULL;
}

struct script_call script_take(struct script *s, enum effect_kind kind)
{
	struct script_call call = { .key = "" };

	ck_assert_msg(script_take_any(s, &call), "no effect, wanted: %s", effect_names[kind]);
	ck_assert_msg(call.kind == kind, "effect: %s %s, wanted: %s", effect_names[call.kind],
		call.key, effect_names[kind]);
	return call;
}

void script_quiet(struct script *s)
{
	struct script_call call;

	if (script_take_any(s, &call))
		ck_abort_msg("effect: %s %s, wanted none", effect_names[call.kind], call.key);
}

/* ---- answers ---- */

static void make_item(struct plex_item *ret, const struct script_thing *thing, const char *section)
{
	*ret = (struct plex_item){ .rating_key = xstrdup(thing->id),
		.section = xstrdup(section),
		.type = xstrdup("movie"),
		.title = xstrdup(thing->title),
		.rating100 = thing->rating100,
		.summary = xstrdup(""),
		.studio = xstrdup(""),
		.date = xstrdup(""),
		.parts = xcalloc(1, sizeof *ret->parts),
		.part_count = 1 };
	ret->parts[0] = (struct plex_part){ .file = xstrdup(thing->path),
		.size = thing->size ? thing->size : 1000,
		.duration_ms = 60000 };
}

static void answer_scene(struct script *s, const struct script_call *call, struct input *in)
{
	const struct script_thing *thing = script_thing(&s->stash, call->key);
	struct scene scene = { .title = NULL };

	in->outcome = thing ? OUTCOME_DONE : OUTCOME_ABSENT;
	in->fetched.observed_at_ms = s->now.wall_ms;
	in->fetched.scene = &scene;
	if (thing)
		make_scene(s, &scene, thing);
	script_feed(s, in);
	scene_done(&scene);
}

static void answer_sections(struct script *s, struct input *in)
{
	static char key[] = "1", title[] = "Scenes", movie[] = "movie", show_key[] = "2",
		    show_title[] = "Series", show[] = "show", location[] = "/media";
	char *locations[] = { location };
	const struct plex_section sections[] = {
		{ .key = show_key, .title = show_title, .type = show },
		{ .key = key,
			.title = title,
			.type = movie,
			.locations = { .items = locations, .count = 1 } },
	};

	in->sections.items = sections;
	in->sections.count = ARRAY_LEN(sections);
	script_feed(s, in);
}

static void answer_rows(struct script *s, const struct script_call *call, struct input *in)
{
	struct plex_item rows[SCRIPT_MAX];
	size_t count = 0;

	for (size_t i = (size_t)call->start; i < s->plex.count; i++)
		if ((int64_t)count < call->size && (int64_t)count < s->page_rows)
			make_item(&rows[count++], &s->plex.items[i], s->section);
	in->rows.items = rows;
	in->rows.count = count;
	in->rows.listed = (int64_t)count;
	in->rows.total = (int64_t)s->plex.count;
	script_feed(s, in);
	for (size_t i = 0; i < count; i++)
		plex_item_done(&rows[i]);
}

static void answer_item(struct script *s, const struct script_call *call, struct input *in)
{
	const struct script_thing *thing = script_thing(&s->plex, call->key);
	struct plex_item item;

	if (!thing) {
		in->outcome = OUTCOME_ABSENT;
		script_feed(s, in);
		return;
	}
	make_item(&item, thing, s->section);
	in->item = &item;
	script_feed(s, in);
	plex_item_done(&item);
}

static void answer_edited(struct script *s, const struct script_call *call, struct input *in)
{
	struct script_thing *thing = script_thing(&s->plex, call->key);

	in->outcome = thing ? OUTCOME_DONE : OUTCOME_ABSENT;
	if (thing && call->writes_title)
		set_text(thing->title, call->title);
	if (thing && strcmp(call->names, PLEX_RATING_NAME) == 0)
		thing->rating100 = call->rating100;
	if (thing && call->picture)
		s->poster = call->picture;
	s->uploads += call->kind == DO_UPLOAD_POSTER;
	s->edits += thing && call->kind == DO_EDIT_ITEM;
	script_feed(s, in);
}

/* Forty of them, as a SHA-1 in Plex's keys has. */
static void fake_sha1(char ret[POSTER_SHA1_SIZE], char letter)
{
	memset(ret, letter, POSTER_SHA1_SIZE - 1);
	ret[POSTER_SHA1_SIZE - 1] = '\0';
}

static void answer_cover(struct script *s, struct input *in)
{
	char sha1[POSTER_SHA1_SIZE];

	fake_sha1(sha1, s->cover);
	in->outcome = s->cover == '-' ? OUTCOME_ABSENT : OUTCOME_DONE;
	in->cover.stash = true;
	in->cover.sha1 = sha1;
	in->cover.type = "image/jpeg";
	in->cover.bytes = &s->cover;
	in->cover.len = 1;
	script_feed(s, in);
}

static void answer_posters(struct script *s, struct input *in)
{
	auto_free char *all = xasprintf("%c%s", s->poster, s->posters);
	struct plex_posters posters = { 0 };
	char sha1[POSTER_SHA1_SIZE];

	for (const char *letter = all; *letter; letter++) {
		fake_sha1(sha1, *letter);
		auto_free char *key = planposter_key(sha1);

		plex_posters_add(
			&posters, &(struct plex_poster){ .key = key, .selected = letter == all });
	}
	in->posters = &posters;
	script_feed(s, in);
	plex_posters_done(&posters);
}

static void answer_delivered(struct script *s, const struct script_call *call, struct input *in)
{
	call->sent->delivered = true;
	call->sent->record.offset = call->sent - s->log;
	in->offset = call->sent->record.offset;
	script_feed(s, in);
}

/* The table as it is now, and then that it is read. */
static void answer_loaded(struct script *s, struct input *in)
{
	for (size_t i = 0; i < s->log_count; i++)
		if (s->log[i].delivered && (s->log[i].record.topic == TOPIC_STAMPS ||
						   s->log[i].record.topic == TOPIC_RETRIES))
			script_feed(s, &(struct input){ .kind = IN_TABLE_RECORD,
					       .record = &s->log[i].record });
	script_feed(s, in);
}

static enum input_kind answer_kind(enum effect_kind kind)
{
	static const enum input_kind kinds[] = {
		[DO_LOAD_TABLES] = IN_TABLE_LOADED,
		[DO_PRODUCE] = IN_DELIVERED,
		[DO_FETCH_SCENE] = IN_SCENE,
		[DO_FETCH_COVER] = IN_COVER,
		[DO_LIST_POSTERS] = IN_POSTERS,
		[DO_SELECT_POSTER] = IN_EDITED,
		[DO_UPLOAD_POSTER] = IN_EDITED,
		[DO_LIST_SECTIONS] = IN_SECTIONS,
		[DO_LIST_PAGE] = IN_ROWS,
		[DO_READ_ITEM] = IN_ITEM,
		[DO_EDIT_ITEM] = IN_EDITED,
		[DO_PROBE] = IN_PROBED,
		[DO_SCAN] = IN_SCANNED,
	};

	return kinds[kind];
}

void script_answer(struct script *s, const struct script_call *call)
{
	struct input in = {
		.kind = answer_kind(call->kind), .call = call->id, .retry_after_ms = -1
	};

	switch (in.kind) {
	case IN_TABLE_LOADED:
		answer_loaded(s, &in);
		break;
	case IN_DELIVERED:
		answer_delivered(s, call, &in);
		break;
	case IN_SCENE:
		answer_scene(s, call, &in);
		break;
	case IN_SECTIONS:
		answer_sections(s, &in);
		break;
	case IN_ROWS:
		answer_rows(s, call, &in);
		break;
	case IN_ITEM:
		answer_item(s, call, &in);
		break;
	case IN_COVER:
		answer_cover(s, &in);
		break;
	case IN_POSTERS:
		answer_posters(s, &in);
		break;
	case IN_PROBED:
	case IN_SCANNED:
		script_feed(s, &in);
		break;
	default:
		answer_edited(s, call, &in);
		break;
	}
}

void script_fail(struct script *s, const struct script_call *call, enum outcome outcome)
{
	script_feed(s, &(struct input){ .kind = answer_kind(call->kind),
			       .call = call->id,
			       .outcome = outcome,
			       .detail = "It failed, says the script.",
			       .retry_after_ms = -1 });
}

void script_do(struct script *s, enum effect_kind kind)
{
	struct script_call call = script_take(s, kind);

	script_answer(s, &call);
}

void script_do_failing(struct script *s, enum effect_kind kind, enum outcome outcome)
{
	struct script_call call = script_take(s, kind);

	script_fail(s, &call, outcome);
}

void script_settle(struct script *s)
{
	struct script_call call;

	while (script_take_any(s, &call))
		if (call.id && call.kind != DO_CANCEL)
			script_answer(s, &call);
}

/* ---- Kafka ---- */

static bool read_stamp(const struct script_record *sent, struct stamp *ret)
{
	return sent->record.topic == TOPIC_STAMPS &&
	       stamp_parse(ret, sent->record.value, sent->record.value_len);
}

struct script_call script_take_stamp(struct script *s, const char *outcome)
{
	struct script_call call = script_take(s, DO_PRODUCE);
	struct stamp stamp;

	ck_assert(read_stamp(call.sent, &stamp));
	ck_assert_pstr_eq(stamp.outcome, outcome);
	stamp_done(&stamp);
	return call;
}

void script_do_stamp(struct script *s, const char *outcome)
{
	struct script_call call = script_take_stamp(s, outcome);

	script_answer(s, &call);
}

void script_do_pending(struct script *s, const char *reason)
{
	struct script_call call = script_take(s, DO_PRODUCE);
	const struct record *record = &call.sent->record;
	auto_free char *said = record_header_text(record, "plexsync-error", SCRIPT_TEXT);

	ck_assert_int_eq(record->topic, TOPIC_RETRIES);
	ck_assert_pstr_eq(said, reason);
	ck_assert_int_eq(record->value != NULL, reason != NULL);
	script_answer(s, &call);
}

void script_stores(struct script *s, int64_t offset)
{
	struct script_call call = script_take(s, DO_STORE_OFFSET);

	ck_assert_int_eq(call.partition, 0);
	ck_assert_int_eq(call.offset, offset);
}

const struct record *script_letter(const struct script *s)
{
	for (size_t i = s->log_count; i-- > 0;)
		if (s->log[i].record.topic == TOPIC_DLQ)
			return &s->log[i].record;
	return NULL;
}

size_t script_letters(const struct script *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->log_count; i++)
		count += s->log[i].record.topic == TOPIC_DLQ;
	return count;
}

bool script_settled(const struct script *s, const char *scene_id, int64_t offset)
{
	bool settled = false;

	for (size_t i = 0; i < s->log_count && !settled; i++) {
		struct covers covers;
		struct stamp stamp;

		if (!s->log[i].delivered || !read_stamp(&s->log[i], &stamp))
			continue;
		settled = stamp.outcome && strcmp(stamp.outcome, "none") != 0 &&
			  strcmp(stamp.scene_id, scene_id) == 0 &&
			  covers_read(&covers, &s->log[i].record) && covers.offset >= offset;
		stamp_done(&stamp);
	}
	return settled;
}
