/*
 * Every fault of Plex (and the like of Stash) at every step of a job, once and for as long as it takes: the
 * attempt ends in the verdict that the design says, nothing but the scene's own item is touched, nothing
 * stands in it but what stood there before or what Stash says, no edit is sent that need not be, no
 * outage spends an attempt or makes a dead letter, and when all is well again the item shows what Stash says.
 *
 * A fault belongs to a class, a step to a group; two tables say for each class and group how the attempt
 * ends, one for a fault that strikes once, the other for one that lasts.
 */
#include "common/process.h"
#include "tests/service/faultrig.h"
#include "tests/unit/check_main.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define SCENE "45"

enum {
	KEY = 101,
	NEW_KEY = 900, /* where its file is found anew */
	LASTING_MS = 240000, /* five repetitions and more */
	HOUR_MS = 3600000,
	DAY_MS = 25 * HOUR_MS,
};

/* ---- steps ---- */

enum scenario {
	FIRST_SYNC,
	POSTER_THERE, /* Plex has the cover among the item's posters, but another one is selected */
	LONG_EDIT, /* no one request can hold it */
	PAGE_END, /* the item is the last of the first page */
	LAST_ROW, /* the item is the last of its section, on a page of its own */
	MISSED, /* Plex has the item only after the scene missed it */
	SCENARIOS
};

enum group {
	LISTING, /* the first: nothing can be matched before it */
	CHANGES, /* asked for because a scene misses its item */
	SCAN,
	FETCH,
	COVER,
	READ,
	EDIT,
	POSTER,
	READ_BACK,
	GROUPS
};

static const struct step {
	const char *name;
	enum group group;
	enum scenario scenario;
	enum effect_kind kind;
	size_t nth; /* of its kind, and listing */
	enum plex_listing listing; /* DO_LIST_PAGE */
} steps[] = {
	{ "the sections", LISTING, FIRST_SYNC, DO_LIST_SECTIONS, 1, PLEX_LIST_ALL },
	{ "the first page", LISTING, FIRST_SYNC, DO_LIST_PAGE, 1, PLEX_LIST_ALL },
	{ "the first page, the item last", LISTING, PAGE_END, DO_LIST_PAGE, 1, PLEX_LIST_ALL },
	{ "the second page", LISTING, FIRST_SYNC, DO_LIST_PAGE, 2, PLEX_LIST_ALL },
	{ "the second page, the item on it", LISTING, LAST_ROW, DO_LIST_PAGE, 2, PLEX_LIST_ALL },
	{ "the sections after a miss", CHANGES, MISSED, DO_LIST_SECTIONS, 2, PLEX_LIST_ALL },
	{ "what was added", CHANGES, MISSED, DO_LIST_PAGE, 1, PLEX_LIST_ADDED },
	{ "what was updated", CHANGES, MISSED, DO_LIST_PAGE, 1, PLEX_LIST_UPDATED },
	{ "the scan", SCAN, MISSED, DO_SCAN, 1, PLEX_LIST_ALL },
	{ "the scene", FETCH, FIRST_SYNC, DO_FETCH_SCENE, 1, PLEX_LIST_ALL },
	{ "the item", READ, FIRST_SYNC, DO_READ_ITEM, 1, PLEX_LIST_ALL },
	{ "the cover", COVER, FIRST_SYNC, DO_FETCH_COVER, 1, PLEX_LIST_ALL },
	{ "the posters", READ, FIRST_SYNC, DO_LIST_POSTERS, 1, PLEX_LIST_ALL },
	{ "the upload", POSTER, FIRST_SYNC, DO_UPLOAD_POSTER, 1, PLEX_LIST_ALL },
	{ "the choice of a poster", POSTER, POSTER_THERE, DO_SELECT_POSTER, 1, PLEX_LIST_ALL },
	{ "the edit", EDIT, FIRST_SYNC, DO_EDIT_ITEM, 1, PLEX_LIST_ALL },
	{ "the rating", EDIT, FIRST_SYNC, DO_EDIT_ITEM, 2, PLEX_LIST_ALL },
	{ "the edit's second part", EDIT, LONG_EDIT, DO_EDIT_ITEM, 2, PLEX_LIST_ALL },
	{ "the item read back", READ_BACK, FIRST_SYNC, DO_READ_ITEM, 2, PLEX_LIST_ALL },
	{ "the posters read back", READ_BACK, FIRST_SYNC, DO_LIST_POSTERS, 2, PLEX_LIST_ALL },
};

static bool asks_stash(const struct effect *effect)
{
	return effect->kind == DO_FETCH_SCENE || effect->kind == DO_FETCH_COVER ||
	       str_equal(effect->dependency, "stash");
}

static bool group_edits(enum group group)
{
	return group == EDIT || group == POSTER;
}

/* ---- faults ---- */

enum fault_class {
	HARMLESS,
	MANGLED, /* a title that is Plex's own has bytes that no text has */
	NOT_SENT,
	SILENT, /* sent, and no whole answer; not done */
	SILENT_DONE, /* … and done */
	UNAUTHORISED,
	BUSY,
	GATEWAY, /* a proxy says that it has no answer of Plex's; not done */
	GATEWAY_DONE, /* … and done */
	FAILING, /* 500, not done */
	FAILING_DONE, /* 500, and done */
	REFUSED,
	ABSENT,
	FOREIGN, /* answered by something else, or damaged */
	DAMAGED, /* the same, only possible where an answer has a body */
	NOT_SHOWN, /* an edit that is answered well, and is not to be seen */
	REKEYED, /* the item has another key from now on */
	CLASSES
};

struct trouble {
	const char *name;
	enum fault_class class;
	bool everywhere; /* lasting, it strikes every call of that service; else all of the same kind */
	enum rig_way way;
	struct plexsim_fault plex;
	const struct stashsim_fault *stash; /* what comes nearest to it; NULL: nothing does */
	struct plexsim_modes modes; /* those that are not 0 */
	bool reused; /* REKEYED: the old key is another file's item now */
	bool only_once; /* lasting it would be the same, or take too long */
};

#define STATUS(code) \
	{ \
		.action = PLEXSIM_STATUS, .status = (code) \
	}
#define STATUS_DONE(code) \
	{ \
		.action = PLEXSIM_STATUS, .status = (code), .after_effect = true \
	}
#define STASH(...) (&(const struct stashsim_fault){ __VA_ARGS__ })
#define STASH_STATUS(code) STASH(.action = STASHSIM_STATUS, .status = (code))

/* facts/plex.md §6.3, in its order; what it joins with a stroke stands apart here. */
static const struct trouble faults[] = {
	{ "the connection is refused", NOT_SENT, true, .way = RIG_REFUSED, .stash = STASH(0) },
	{ "accepted, then nothing", SILENT, true, .way = RIG_MUTE, .stash = STASH(0) },
	{ "read, then nothing", SILENT, true, .way = RIG_HASTY,
		.plex = { .action = PLEXSIM_DROP, .hold = true },
		.stash = STASH(.action = STASHSIM_DROP, .hold = true) },
	{ "TLS on the HTTP port", SILENT, true, .plex = { .action = PLEXSIM_TLS } },
	{ "reset before the answer", SILENT, true, .plex = { .action = PLEXSIM_RESET } },
	{ "closed before the answer", SILENT, true, .plex = { .action = PLEXSIM_DROP },
		.stash = STASH(.action = STASHSIM_DROP) },
	{ "reset in the body", DAMAGED, true, .plex = { .action = PLEXSIM_RESET_BODY } },
	{ "a truncated body", DAMAGED, true, .plex = { .action = PLEXSIM_TRUNCATE },
		.stash = STASH(.action = STASHSIM_TRUNCATE) },
	{ "a slow body", HARMLESS, true, .plex = { .action = PLEXSIM_SLOW, .delay_ms = 1 } },
	{ "chunks", HARMLESS, true, .plex = { .action = PLEXSIM_CHUNKED } },
	{ "closed after the answer", HARMLESS, true, .only_once = true,
		.plex = { .action = PLEXSIM_CLOSE } },
	{ "gzip that nobody asked for", DAMAGED, true, .plex = { .action = PLEXSIM_GZIP } },
	{ "401", UNAUTHORISED, true, .plex = STATUS(401), .stash = STASH_STATUS(401) },
	{ "403", UNAUTHORISED, true, .plex = STATUS(403),
		.stash = STASH(.action = STASHSIM_LOGIN) },
	{ "400 without a container size", HARMLESS, true,
		.modes = { .missing_size = PLEXSIM_SIZE_REJECT } },
	{ "404", ABSENT, false, .plex = STATUS(404), .stash = STASH_STATUS(404) },
	{ "another key", REKEYED, false, .only_once = true },
	{ "another key, and the old one is another item's", REKEYED, false, .reused = true,
		.only_once = true },
	{ "200 with HTML", FOREIGN, true, .plex = { .action = PLEXSIM_HTML },
		.stash = STASH(.action = STASHSIM_HTML) },
	{ "500", FAILING, false, .plex = STATUS(500), .stash = STASH_STATUS(500) },
	{ "500, done", FAILING_DONE, false, .plex = STATUS_DONE(500) },
	{ "503 as XML", BUSY, true, .plex = { .action = PLEXSIM_MAINTENANCE },
		.stash = STASH_STATUS(503) },
	{ "503 as JSON", BUSY, true, .plex = { .action = PLEXSIM_MAINTENANCE_JSON } },
	{ "503 and nothing", BUSY, true, .plex = { .action = PLEXSIM_EMPTY, .status = 503 } },
	{ "429", BUSY, true, .plex = STATUS(429), .stash = STASH_STATUS(429) },
	{ "502", GATEWAY, true, .plex = STATUS(502), .stash = STASH_STATUS(502) },
	{ "504, done", GATEWAY_DONE, true, .plex = STATUS_DONE(504) },
	{ "no answer, done", SILENT_DONE, true, .way = RIG_HASTY,
		.plex = { .action = PLEXSIM_DROP, .hold = true, .after_effect = true } },
	{ "closed without an answer, done", SILENT_DONE, true,
		.plex = { .action = PLEXSIM_DROP, .after_effect = true } },
	{ "413", REFUSED, false, .plex = STATUS(413) },
	{ "400", REFUSED, false, .plex = STATUS(400), .stash = STASH_STATUS(400) },
	{ "414", REFUSED, false, .plex = STATUS(414) },
	{ "414 above 8 KB", HARMLESS, true, .modes = { .uri_limit = PLEX_REQUEST_MAX } },
	{ "a control character", MANGLED, true, .only_once = true,
		.plex = { .action = PLEXSIM_CONTROL_CHARACTER } },
	{ "invalid UTF-8", MANGLED, true, .only_once = true,
		.plex = { .action = PLEXSIM_INVALID_UTF8 } },
	{ "shuffled attributes", HARMLESS, true, .plex = { .action = PLEXSIM_SHUFFLE } },
	{ "unknown elements", HARMLESS, true, .plex = { .action = PLEXSIM_NOVELTY } },
	{ "a wrong size", DAMAGED, true, .plex = { .action = PLEXSIM_WRONG_SIZE } },
	{ "another total", HARMLESS, true, .plex = { .action = PLEXSIM_WRONG_TOTAL } },
	{ "a row missing", HARMLESS, true, .plex = { .action = PLEXSIM_MISSING_ROW },
		.only_once = true },
	{ "pages shorter than asked", HARMLESS, true, .modes = { .size_cap = 2 } },
	{ "a row twice", HARMLESS, true, .plex = { .action = PLEXSIM_DUPLICATE_ROW } },
	{ "an edit seen later", NOT_SHOWN, false, .plex = { .action = PLEXSIM_LATE } },
	{ "locks ignored", HARMLESS, false, .plex = { .action = PLEXSIM_IGNORE_LOCKS } },
	{ "a field ignored", NOT_SHOWN, false,
		.plex = { .action = PLEXSIM_IGNORE_FIELD, .field = "studio" } },
	{ "latency that grows with rows", HARMLESS, true,
		.plex = { .action = PLEXSIM_ROW_DELAY, .delay_ms = 5 } },
	{ "a busy database", HARMLESS, true, .plex = { .delay_ms = 200 }, .only_once = true },
	{ "a full writer queue", BUSY, false, .plex = STATUS(503) },
};

/* ---- what the design says ---- */

/* How the attempt ends that meets the fault. */
struct end {
	const char *verdict; /* NULL: the scene waits without a verdict, for a listing */
	const char *reason;
};

#define SYNCED \
	{ \
		"synced", "" \
	}
#define MISSES \
	{ \
		"retry", "not_found" \
	}
#define PLEX_AWAY \
	{ \
		"hold", "plex_down" \
	}
#define PLEX_REFUSES \
	{ \
		"hold", "plex_unauthorised" \
	}
#define STASH_AWAY \
	{ \
		"hold", "stash_down" \
	}
#define STASH_REFUSES \
	{ \
		"hold", "stash_unauthorised" \
	}
#define ITEM_FAILS \
	{ \
		"retry", "plex_error" \
	}
#define NOT_VISIBLE \
	{ \
		"retry", "not_visible" \
	}
#define REJECTED \
	{ \
		"dead", "rejected_by_plex" \
	}
#define WAITS \
	{ \
		NULL, NULL \
	}

/*
 * Strikes once. A listing is listed again before the breaker opens, but for a token that is refused,
 * which opens it at once. An edit of unknown outcome is read, and sent again if need be, in the same
 * attempt. A 404 is matched again. A cover or poster that is not to be had keeps nothing else back.
 */
static const struct end ends_once[CLASSES][GROUPS] = {
	/* clang-format off */
	/*                 listing    changes    scan       fetch          cover          read          edit          poster        read back */
	[HARMLESS] = {     SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       SYNCED },
	[MANGLED] = {      SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       NOT_VISIBLE },
	[NOT_SENT] = {     SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[SILENT] = {       SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    SYNCED,       SYNCED,       PLEX_AWAY },
	[SILENT_DONE] = {  SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    SYNCED,       SYNCED,       PLEX_AWAY },
	[UNAUTHORISED] = { PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_REFUSES, STASH_REFUSES, PLEX_REFUSES, PLEX_REFUSES, PLEX_REFUSES, PLEX_REFUSES },
	[BUSY] = {         SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[GATEWAY] = {      SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    SYNCED,       SYNCED,       PLEX_AWAY },
	[GATEWAY_DONE] = { SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    SYNCED,       SYNCED,       PLEX_AWAY },
	[FAILING] = {      SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    SYNCED,        ITEM_FAILS,   SYNCED,       SYNCED,       ITEM_FAILS },
	[FAILING_DONE] = { SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    SYNCED,        ITEM_FAILS,   SYNCED,       SYNCED,       ITEM_FAILS },
	[REFUSED] = {      SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    SYNCED,        REJECTED,     REJECTED,     SYNCED,       REJECTED },
	[ABSENT] = {       SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    SYNCED,        SYNCED,       SYNCED,       SYNCED,       SYNCED },
	[FOREIGN] = {      SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    SYNCED,        PLEX_AWAY,    NOT_VISIBLE,  NOT_VISIBLE,  PLEX_AWAY },
	[DAMAGED] = {      SYNCED,    SYNCED,    SYNCED,    STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    SYNCED,       SYNCED,       PLEX_AWAY },
	[NOT_SHOWN] = {    SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       NOT_VISIBLE,  NOT_VISIBLE,  SYNCED },
	[REKEYED] = {      SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       SYNCED },
	/* clang-format on */
};

/*
 * Lasts. What strikes everywhere also strikes the read-back of an edit. A listing that fails by itself,
 * while Plex serves the rest, is waited for: without it nothing is matched.
 */
static const struct end ends_lasting[CLASSES][GROUPS] = {
	/* clang-format off */
	/*                 listing    changes    scan       fetch          cover          read          edit          poster        read back */
	[HARMLESS] = {     SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       SYNCED },
	[MANGLED] = {      SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       NOT_VISIBLE },
	[NOT_SENT] = {     PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[SILENT] = {       PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[SILENT_DONE] = {  PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[UNAUTHORISED] = { PLEX_AWAY, PLEX_AWAY, WAITS,     STASH_REFUSES, STASH_REFUSES, PLEX_REFUSES, PLEX_REFUSES, PLEX_REFUSES, PLEX_REFUSES },
	[BUSY] = {         PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[GATEWAY] = {      PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[GATEWAY_DONE] = { PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[FAILING] = {      WAITS,     WAITS,     SYNCED,    STASH_AWAY,    SYNCED,        ITEM_FAILS,   ITEM_FAILS,   ITEM_FAILS,   ITEM_FAILS },
	[FAILING_DONE] = { WAITS,     WAITS,     SYNCED,    STASH_AWAY,    SYNCED,        ITEM_FAILS,   SYNCED,       SYNCED,       ITEM_FAILS },
	[REFUSED] = {      WAITS,     WAITS,     SYNCED,    STASH_AWAY,    SYNCED,        REJECTED,     REJECTED,     SYNCED,       REJECTED },
	[ABSENT] = {       WAITS,     WAITS,     SYNCED,    STASH_AWAY,    SYNCED,        MISSES,       MISSES,       MISSES,       MISSES },
	[FOREIGN] = {      PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    SYNCED,        PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[DAMAGED] = {      PLEX_AWAY, PLEX_AWAY, PLEX_AWAY, STASH_AWAY,    STASH_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY,    PLEX_AWAY },
	[NOT_SHOWN] = {    SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       NOT_VISIBLE,  NOT_VISIBLE,  SYNCED },
	[REKEYED] = {      SYNCED,    SYNCED,    SYNCED,    SYNCED,        SYNCED,        SYNCED,       SYNCED,       SYNCED,       SYNCED },
	/* clang-format on */
};

/* Whether an edit that meets it may land later, so that it must be looked at once more. */
static const bool may_land_later[CLASSES] = {
	[SILENT] = true,
	[SILENT_DONE] = true,
	[GATEWAY] = true,
	[GATEWAY_DONE] = true,
	[FAILING] = true,
	[FAILING_DONE] = true,
};

/* ---- a cell of the matrix ---- */

struct cell {
	const struct trouble *fault;
	const struct step *step;
	bool lasting;
	size_t seen; /* calls of the step's kind */
	bool struck, lifted;
	bool hit; /* the call under way is struck */
	size_t ended_before; /* attempts that ended before it struck */
	bool missed; /* the scene missed its item, which Plex has now */
	json_t *before; /* Plex's library */
	json_t *stranger; /* the item that has KEY now; NULL: none */
};

static struct rig *rig;
static json_t *short_scene; /* what a scenario changes in it, as it was */
static size_t complaints;

/* What a scene's item is when nothing goes wrong, and how many edits that takes. */
static struct ideal {
	json_t *item;
	size_t edits;
} ideals[SCENARIOS];

#define COMPLAIN(cell, ...) \
	do { \
		fprintf(stderr, \
			"%s, %s, at %s: ", (cell)->fault ? (cell)->fault->name : "nothing", \
			(cell)->lasting ? "lasting" : "once", (cell)->step->name); \
		fprintf(stderr, __VA_ARGS__); \
		fputc('\n', stderr); \
		complaints++; \
	} while (0)

/* ---- the world of a scenario ---- */

static json_t *find_item(json_t *library, int64_t key)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(library, "items"), i, item)
		if (json_integer_value(json_object_get(item, "ratingKey")) == key)
			return item;
	return NULL;
}

static void edit_scene(json_t *take_changes)
{
	struct error err;

	ck_assert_msg(stashsim_scene_put(rig->stash, 45, take_changes, STASHSIM_KEEP, &err), "%s",
		err.text);
	json_decref(take_changes);
}

/* Six thousand bytes of text, and as many of names. */
static void lengthen_scene(void)
{
	enum { DETAILS = 6000, TAGS = 60 };
	json_t *tags = json_array();
	char details[DETAILS + 1];

	memset(details, 'x', DETAILS);
	details[DETAILS] = '\0';
	for (int i = 0; i < TAGS; i++) {
		auto_free char *name =
			xasprintf("A tag that has a long name, and the number %d", i);

		json_array_append_new(tags, json_pack("{s:s, s:s}", "id", "99", "name", name));
	}
	edit_scene(json_pack("{s:s, s:o}", "details", details, "tags", tags));
}

/* Plex has the picture that was uploaded in the first scenario. */
static void add_poster(json_t *library)
{
	json_t *posters = json_object_get(find_item(library, KEY), "posters");
	json_t *poster = json_deep_copy(
		json_array_get(json_object_get(ideals[FIRST_SYNC].item, "posters"), 1));

	ck_assert_ptr_nonnull(poster);
	json_object_set_new(poster, "selected", json_false());
	json_array_append_new(posters, poster);
}

/* Listings are sorted by key: some of the section's other items get lower ones. */
static void put_behind(json_t *library, int count)
{
	for (int64_t key = KEY + 1; key <= KEY + count; key++)
		json_object_set_new(find_item(library, key), "ratingKey", json_integer(key - KEY));
}

static void prepare(struct cell *c)
{
	static const int before[SCENARIOS] = {
		[PAGE_END] = RIG_PAGE_ROWS - 1, [LAST_ROW] = RIG_PAGE_ROWS
	};
	enum scenario scenario = c->step->scenario;
	json_t *library = json_load_file(PLEXSIM_LIBRARY, 0, NULL);
	struct error err;

	ck_assert_ptr_nonnull(library);
	if (scenario == POSTER_THERE)
		add_poster(library);
	put_behind(library, before[scenario]);
	plexsim_modes_set(rig->plex, &plexsim_defaults.modes);
	ck_assert_msg(plexsim_state_set(rig->plex, library, &err), "%s", err.text);
	json_decref(library);
	c->before = plexsim_state(rig->plex);
	if (scenario == MISSED)
		ck_assert(plexsim_item_delete(rig->plex, KEY));
	if (scenario == LONG_EDIT)
		lengthen_scene();
	else
		edit_scene(json_deep_copy(short_scene));
	plexsim_requests_clear(rig->plex);
	rig->options.scan = scenario == MISSED;
	rig->cookie = c;
	rig_open(rig);
	rig_event(rig, SCENE, ACTION_UPDATE);
}

/* ---- the fault strikes ---- */

static bool is_step(const struct step *step, const struct effect *effect)
{
	return effect->kind == step->kind && effect->listing == step->listing;
}

static bool strikes(struct cell *c, const struct effect *effect)
{
	bool stash = c->step->group == FETCH || c->step->group == COVER;

	if (!c->fault || c->lifted)
		return false;
	if (!c->struck)
		return is_step(c->step, effect) && ++c->seen == c->step->nth;
	if (!c->lasting)
		return false;
	return c->fault->everywhere ? asks_stash(effect) == stash : effect->kind == c->step->kind;
}

static void set_modes(const struct plexsim_modes *wanted)
{
	struct plexsim_modes modes = plexsim_modes(rig->plex);

	if (wanted->missing_size)
		modes.missing_size = wanted->missing_size;
	if (wanted->size_cap)
		modes.size_cap = wanted->size_cap;
	if (wanted->uri_limit)
		modes.uri_limit = wanted->uri_limit;
	plexsim_modes_set(rig->plex, &modes);
}

/* Its file was found anew, and its key is somebody else's by now. */
static void rekey(struct cell *c)
{
	json_t *stranger, *part;
	struct error err;

	ck_assert_int_eq(plexsim_item_rekey(rig->plex, KEY, NEW_KEY, false), NEW_KEY);
	if (!c->fault->reused)
		return;
	stranger = plexsim_item(rig->plex, NEW_KEY);
	part = json_array_get(
		json_object_get(json_array_get(json_object_get(stranger, "media"), 0), "parts"), 0);
	json_object_set_new(stranger, "ratingKey", json_integer(KEY));
	json_object_set_new(part, "file", json_string("/data/other/stranger.mp4"));
	ck_assert_msg(plexsim_item_put(rig->plex, stranger, &err) == KEY, "%s", err.text);
	json_decref(stranger);
	c->stranger = plexsim_item(rig->plex, KEY);
}

static enum rig_way on_call(void *cookie, const struct effect *effect)
{
	struct cell *c = cookie;
	const struct trouble *fault = c->fault;

	if (!strikes(c, effect))
		return RIG_PATIENT;
	ck_assert_uint_eq(rig->open, 0); /* the rule below is for this request alone */
	if (!c->struck)
		c->ended_before = rig->ended_count;
	c->struck = c->hit = true;
	if (fault->class == REKEYED)
		rekey(c);
	set_modes(&fault->modes);
	plexsim_fault_add(rig->plex, &fault->plex);
	if (fault->stash)
		ck_assert(stashsim_fault_add(rig->stash, fault->stash));
	return fault->way;
}

/* It gave up an answer that is held, perhaps before the request came: what it does is to be done by now. */
static void wait_until_held(const struct cell *c)
{
	bool stash = c->step->group == FETCH || c->step->group == COVER;
	int64_t end_ms = process_mono_ms() + 20000;

	while (!(stash ? stashsim_held(rig->stash) : plexsim_held(rig->plex))) {
		ck_assert_int_lt(process_mono_ms(), end_ms);
		sched_yield();
	}
}

static void on_answer(void *cookie)
{
	struct cell *c = cookie;

	if (!c->struck || c->lifted)
		return;
	if (c->hit && c->fault->way == RIG_HASTY)
		wait_until_held(c);
	c->hit = false;
	plexsim_faults_clear(rig->plex);
	stashsim_faults_clear(rig->stash);
	if (c->fault->way == RIG_HASTY) {
		plexsim_release(rig->plex);
		stashsim_release(rig->stash);
	}
}

/* Plex finds the file that the scene missed. */
static void on_ended(void *cookie)
{
	struct cell *c = cookie;
	struct error err;

	if (c->step->scenario == MISSED && !c->missed) {
		c->missed = true;
		ck_assert_msg(plexsim_item_put(rig->plex, find_item(c->before, KEY), &err) == KEY,
			"%s", err.text);
	}
	if (c->struck && !c->lasting)
		plexsim_release(rig->plex); /* what was to be seen later */
}

static void lift(struct cell *c)
{
	c->lifted = true;
	plexsim_faults_clear(rig->plex);
	stashsim_faults_clear(rig->stash);
	plexsim_release(rig->plex);
	plexsim_modes_set(rig->plex, &plexsim_defaults.modes);
}

/* ---- what became of it ---- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Collections and locks are sets; who comes first in a list of names is what test_plan_property is for. */
static json_t *sorted(const json_t *array)
{
	enum { MAX = 100 };
	const char *texts[MAX];
	size_t count = json_array_size(array);
	json_t *copy = json_array();

	ck_assert_uint_le(count, MAX);
	for (size_t i = 0; i < count; i++) {
		const json_t *entry = json_array_get(array, i);

		texts[i] = json_string_value(
			json_is_object(entry) ? json_object_get(entry, "tag") : entry);
		ck_assert_ptr_nonnull(texts[i]);
	}
	qsort(texts, count, sizeof *texts, compare_texts);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(copy, json_string(texts[i]));
	return copy;
}

/* What a person sees of an item, as far as plexsync edits it. The key of its picture's address is no use. */
static json_t *looks(const json_t *item, bool with_locks)
{
	static const char *const fields[] = { "title", "summary", "studio", "originallyAvailableAt",
		"userRating" };
	json_t *looks = json_object(), *poster, *names;
	const char *kind;
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		json_object_set(looks, fields[i], json_object_get(item, fields[i]));
	json_array_foreach (json_object_get(item, "posters"), i, poster)
		if (json_is_true(json_object_get(poster, "selected")))
			json_object_set(looks, "poster", json_object_get(poster, "ratingKey"));
	json_object_foreach (json_object_get(item, "tags"), kind, names)
		json_object_set_new(looks, kind, sorted(names));
	if (with_locks)
		json_object_set_new(looks, "locked", sorted(json_object_get(item, "locked")));
	return looks;
}

/* The scene's item as Plex has it now; NULL: Plex lacks it. */
static json_t *own_item(void)
{
	json_t *item = plexsim_item(rig->plex, NEW_KEY);

	return item ? item : plexsim_item(rig->plex, KEY);
}

/* Each field is as it was, or as it shall be. */
static void check_own_item(const struct cell *c)
{
	json_t *item = own_item(), *now = looks(item, false), *value;
	json_t *was = looks(find_item(c->before, KEY), false);
	json_t *shall = looks(ideals[c->step->scenario].item, false);
	const char *name;

	json_object_foreach (now, name, value)
		if (item && !json_equal(value, json_object_get(was, name)) &&
			!json_equal(value, json_object_get(shall, name)))
			COMPLAIN(c, "a wrong %s", name);
	json_decref(item);
	json_decref(now);
	json_decref(was);
	json_decref(shall);
}

/* Collections come and go with their members; nothing else does. */
static void check_other_items(const struct cell *c)
{
	json_t *after = plexsim_state(rig->plex), *item, *same;
	size_t i;

	json_array_foreach (json_object_get(c->before, "items"), i, item) {
		int64_t key = json_integer_value(json_object_get(item, "ratingKey"));

		same = find_item(after, key);
		if (key != KEY && !json_equal(item, same))
			COMPLAIN(c, "item %d changed", (int)key);
	}
	if (c->stranger && !json_equal(c->stranger, find_item(after, KEY)))
		COMPLAIN(c, "the item that got the key changed");
	json_decref(after);
	if (plexsim_violations(rig->plex))
		COMPLAIN(c, "a request that must never be made");
}

static void check_arrival(const struct cell *c)
{
	bool locks = !c->fault || c->fault->plex.action != PLEXSIM_IGNORE_LOCKS;
	json_t *item = own_item(), *now = looks(item, locks);
	json_t *shall = looks(ideals[c->step->scenario].item, locks);
	struct stamp stamp = { .outcome = NULL };
	struct retry retry = { .attempts = 0 };

	if (!json_equal(now, shall)) {
		auto_free char *text = json_dumps(now, JSON_COMPACT);
		auto_free char *wanted = json_dumps(shall, JSON_COMPACT);

		COMPLAIN(c, "the item does not show what Stash says: %s, but %s", wanted, text);
	}
	if (!rig_stamp(rig, SCENE, &stamp) ||
		(!str_equal(stamp.outcome, "synced") && !str_equal(stamp.outcome, "unchanged")))
		COMPLAIN(c, "the stamp says %s", stamp.outcome ? stamp.outcome : "nothing");
	if (stamp.intended_count)
		COMPLAIN(c, "an intent is left");
	if (rig_retry(rig, SCENE, &retry))
		COMPLAIN(c, "pending for ever: %s", retry.reason);
	if (rig->stored != rig->next_offset)
		COMPLAIN(c, "the offset is %d of %d", (int)rig->stored, (int)rig->next_offset);
	stamp_done(&stamp);
	retry_done(&retry);
	json_decref(item);
	json_decref(now);
	json_decref(shall);
}

/*
 * The item gets another key after its row came and before the new one does: both are listed, and until the
 * next listing a person is asked. Nothing is written. (With one item more the total tells, and it is listed
 * again.)
 */
static bool is_listed_twice(const struct cell *c)
{
	return c->fault->class == REKEYED && !c->fault->reused &&
	       str_equal(c->step->name, "the second page");
}

static const struct end *expected_end(const struct cell *c)
{
	static const struct end ambiguous = { "dead", "ambiguous" };

	if (is_listed_twice(c))
		return &ambiguous;
	return c->lasting ? &ends_lasting[c->fault->class][c->step->group]
			  : &ends_once[c->fault->class][c->step->group];
}

static void check_end(const struct cell *c)
{
	const struct end *end = expected_end(c);
	const struct rig_ended *ended = &rig->ended[c->ended_before];

	if (rig->ended_count == c->ended_before) {
		if (end->verdict)
			COMPLAIN(c, "no verdict, wanted %s %s", end->verdict, end->reason);
	} else if (!end->verdict) {
		COMPLAIN(c, "%s %s, wanted no verdict", ended->verdict, ended->reason);
	} else if (!str_equal(ended->verdict, end->verdict) ||
		   !str_equal(ended->reason, end->reason)) {
		COMPLAIN(c, "%s %s, wanted %s %s (%s)", ended->verdict, ended->reason, end->verdict,
			end->reason, ended->detail);
	}
}

static bool end_is(const struct cell *c, const char *verdict)
{
	return str_equal(expected_end(c)->verdict, verdict);
}

/* Outages make no dead letters; what is the scene's own makes one, once its attempts are spent. */
static void check_letters(const struct cell *c)
{
	const struct end *end = expected_end(c);
	bool dead = end_is(c, "dead"), spent = c->lasting && end_is(c, "retry");
	const char *wanted = dead ? end->reason : "exhausted";
	auto_free char *class = rig_letter(rig);
	size_t count = dead || (spent && !str_equal(end->reason, "not_found"));

	if (rig_letters(rig) != count)
		COMPLAIN(c, "%zu dead letters (%s), wanted %zu", rig_letters(rig), class, count);
	else if (count && !str_equal(class, wanted))
		COMPLAIN(c, "a dead letter of class %s, wanted %s", class, wanted);
}

/* While it is held: nothing was spent, the offset is free, and the breaker is open. */
static void check_hold(const struct cell *c)
{
	bool stash = strncmp(expected_end(c)->reason, "stash", 5) == 0;
	struct retry retry = { .attempts = 0 };
	struct engine_counts counts;

	engine_count(rig->engine, &counts);
	if (!rig_retry(rig, SCENE, &retry))
		COMPLAIN(c, "nothing is pending");
	else if (retry.attempts)
		COMPLAIN(c, "%d attempts are spent", retry.attempts);
	if (rig->stored != rig->next_offset)
		COMPLAIN(c, "the offset is held back");
	if (c->fault->everywhere && !(stash ? counts.stash_open : counts.plex_open))
		COMPLAIN(c, "the breaker is closed");
	retry_done(&retry);
}

/* An edit that may land later is looked at once more, when it cannot any more; others are not. */
static void check_debt(const struct cell *c)
{
	bool owes = false;
	bool wanted = group_edits(c->step->group) && may_land_later[c->fault->class];

	for (size_t i = 0; i < rig->record_count && !owes; i++)
		owes = rig->records[i].topic == TOPIC_RETRIES &&
		       record_header(&rig->records[i], "plexsync-verify-until");
	if (c->fault->class == DAMAGED || c->fault->plex.action == PLEXSIM_CLOSE)
		return; /* whether it is known what became of the edit depends on the answer's bytes */
	if (owes != wanted)
		COMPLAIN(c, owes ? "an edit is verified that cannot land any more"
				 : "an edit that may land later is not verified");
}

/* How many edits more than without a fault come to Plex: those that were in vain, and what follows. */
static size_t extra_edits(const struct cell *c)
{
	static const bool in_vain[CLASSES] = { [SILENT] = true,
		[UNAUTHORISED] = true,
		[BUSY] = true,
		[GATEWAY] = true,
		[FAILING] = true,
		[REFUSED] = true,
		[ABSENT] = true,
		[FOREIGN] = true };
	enum fault_class class = c->fault->class;
	bool ignored = c->fault->plex.action == PLEXSIM_IGNORE_FIELD;
	bool poster_later = (c->step->group == POSTER && (class == REFUSED || class == FOREIGN)) ||
			    (c->step->group == COVER && end_is(c, "synced") && class != HARMLESS &&
				    class != REKEYED);
	bool arrives = group_edits(c->step->group) && c->fault->way != RIG_MUTE;
	size_t count = arrives && in_vain[class];

	if (ignored)
		count++;
	if (poster_later) /* it takes an edit of its own to lock it */
		count++;
	return count;
}

/* Another item is another item's edits. */
static void check_edits(const struct cell *c)
{
	size_t wanted = ideals[c->step->scenario].edits + extra_edits(c);

	if (!c->lasting && c->fault->class != REKEYED && c->fault->plex.action != PLEXSIM_CLOSE &&
		rig_edits(rig) != wanted)
		COMPLAIN(c, "%zu edits, wanted %zu", rig_edits(rig), wanted);
}

/* ---- a cell, from its beginning to its end ---- */

/* The picture, or the whole, was given up: it takes another event to bring it. */
static bool needs_replay(const struct cell *c)
{
	enum fault_class class = c->fault->class;

	if (end_is(c, "dead") || (c->lasting && end_is(c, "retry")))
		return true;
	return end_is(c, "synced") &&
	       ((c->step->group == POSTER && class == REFUSED) ||
		       (c->step->group == COVER && (class == REFUSED || class == FOREIGN)));
}

static void run_cell(struct cell *c)
{
	prepare(c);
	rig_pass(rig, LASTING_MS);
	if (!c->struck)
		COMPLAIN(c, "it never came to that step");
	check_end(c);
	check_letters(c);
	check_own_item(c);
	check_debt(c);
	if (c->lasting && end_is(c, "hold"))
		check_hold(c);
	lift(c);
	rig_pass(rig, HOUR_MS);
	if (needs_replay(c)) {
		rig_pass(rig, DAY_MS); /* the index is made anew */
		rig_event(rig, SCENE, ACTION_UPDATE);
		rig_pass(rig, HOUR_MS);
	}
	check_arrival(c);
	check_edits(c);
	check_other_items(c);
	json_decref(c->before);
	json_decref(c->stranger);
}

/* Before the item is read: between its reading and an edit nobody could know of another item. */
static bool is_before_item(const struct step *step)
{
	return step->group <= FETCH || (step->group == READ && step->kind == DO_READ_ITEM);
}

/* Some faults cannot be had everywhere. */
static bool is_possible(const struct trouble *fault, const struct step *step, bool lasting)
{
	bool stash = step->group == FETCH || step->group == COVER;

	if (lasting && fault->only_once)
		return false;
	if (stash && !fault->stash && fault->class != REKEYED)
		return false;
	if (fault->class == REKEYED && step->group == SCAN)
		return false; /* there is no item yet */
	if (fault->reused)
		return is_before_item(step);
	if (fault->plex.action == PLEXSIM_LATE || str_equal(fault->name, "a full writer queue"))
		return group_edits(step->group);
	if (fault->plex.action == PLEXSIM_MISSING_ROW)
		return step->scenario == LAST_ROW;
	if (fault->class == MANGLED)
		return step->kind != DO_LIST_POSTERS;
	if (fault->plex.action == PLEXSIM_IGNORE_FIELD)
		return str_equal(step->name, "the edit");
	return true;
}

/* ---- the tests ---- */

static void take_ideal(enum scenario scenario)
{
	static const struct step none[SCENARIOS] = {
		[FIRST_SYNC] = { .name = "a first sync", .scenario = FIRST_SYNC },
		[POSTER_THERE] = { .name = "a poster that is there", .scenario = POSTER_THERE },
		[LONG_EDIT] = { .name = "a long edit", .scenario = LONG_EDIT },
		[PAGE_END] = { .name = "the end of a page", .scenario = PAGE_END },
		[LAST_ROW] = { .name = "the last row", .scenario = LAST_ROW },
		[MISSED] = { .name = "a miss", .scenario = MISSED },
	};
	struct cell cell = { .step = &none[scenario] };

	prepare(&cell);
	rig_pass(rig, HOUR_MS);
	ideals[scenario].item = own_item();
	ideals[scenario].edits = rig_edits(rig);
	check_other_items(&cell);
	json_decref(cell.before);
}

static void set_up(void)
{
	json_t *scene;

	complaints = 0;
	rig = rig_new();
	rig->on_call = on_call;
	rig->on_answer = on_answer;
	rig->on_ended = on_ended;
	scene = stashsim_scene(rig->stash, 45);
	short_scene = json_pack("{s:O, s:O}", "details", json_object_get(scene, "details"), "tags",
		json_object_get(scene, "tags"));
	json_decref(scene);
	for (enum scenario s = 0; s < SCENARIOS; s++)
		take_ideal(s);
}

static void tear_down(void)
{
	rig_free(rig);
	json_decref(short_scene);
	for (enum scenario s = 0; s < SCENARIOS; s++)
		json_decref(ideals[s].item);
}

START_TEST(without_a_fault_the_item_shows_what_stash_says)
{
	json_t *item = ideals[FIRST_SYNC].item, *tags = json_object_get(item, "tags");

	ck_assert_str_eq(json_string_value(json_object_get(item, "title")), "New title");
	ck_assert_str_eq(json_string_value(json_object_get(item, "studio")), "Some Studio");
	ck_assert_str_eq(
		json_string_value(json_object_get(item, "originallyAvailableAt")), "2024-05-17");
	ck_assert_uint_eq(json_array_size(json_object_get(tags, "actor")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(tags, "genre")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(tags, "collection")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(item, "posters")), 2);
	ck_assert(json_real_value(json_object_get(item, "userRating")) == 8.0);
	ck_assert_uint_eq(ideals[FIRST_SYNC].edits, 3); /* poster, fields, rating */
	ck_assert_uint_eq(ideals[POSTER_THERE].edits, 3);
	ck_assert_uint_eq(ideals[LONG_EDIT].edits, 4);
	ck_assert_uint_eq(ideals[PAGE_END].edits, 3);
	ck_assert_uint_eq(ideals[LAST_ROW].edits, 3);
	ck_assert_uint_eq(ideals[MISSED].edits, 3);
	ck_assert_uint_eq(complaints, 0);
}
END_TEST

START_TEST(a_fault_at_every_step)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		for (int lasting = 0; lasting <= 1; lasting++) {
			struct cell cell = {
				.fault = &faults[_i], .step = &steps[i], .lasting = lasting
			};

			if (is_possible(cell.fault, cell.step, lasting))
				run_cell(&cell);
		}
	}
	ck_assert_uint_eq(complaints, 0);
}
END_TEST

static const struct step plain = { .name = "a first sync", .scenario = FIRST_SYNC };

/* Gives up the first edit of fields, which Plex does not even begin with. */
static enum rig_way hold_first_edit(void *cookie, const struct effect *effect)
{
	struct cell *c = cookie;

	if (effect->kind != DO_EDIT_ITEM || c->struck)
		return RIG_PATIENT;
	c->struck = c->hit = true;
	plexsim_fault_add(rig->plex, &(struct plexsim_fault){ .hold = true, .count = 1 });
	return RIG_HASTY;
}

static void await_held_edit(void *cookie)
{
	struct cell *c = cookie;

	if (c->hit)
		wait_until_held(c);
	c->hit = false;
}

static void check_title(const char *title)
{
	json_t *item = own_item();

	ck_assert_str_eq(json_string_value(json_object_get(item, "title")), title);
	json_decref(item);
}

static void await_landing(void)
{
	int64_t end_ms = process_mono_ms() + 20000;

	plexsim_release(rig->plex);
	while (plexsim_requests_count(rig->plex, "PUT", "/library/sections") < 3 ||
		plexsim_held(rig->plex)) {
		ck_assert_int_lt(process_mono_ms(), end_ms);
		sched_yield();
	}
}

START_TEST(an_edit_that_lands_late_does_not_stay_over_a_newer_one)
{
	struct cell cell = { .step = &plain };

	prepare(&cell);
	rig->on_call = hold_first_edit;
	rig->on_answer = await_held_edit;
	rig->on_ended = NULL;
	rig_pass(rig, 10000);
	check_title("New title");
	edit_scene(json_pack("{s:s}", "title", "Newest title"));
	rig_event(rig, SCENE, ACTION_UPDATE);
	rig_pass(rig, 10000);
	check_title("Newest title");
	await_landing();
	check_title("New title");
	rig_pass(rig, HOUR_MS);
	check_title("Newest title");
	ck_assert_uint_eq(rig_letters(rig), 0);
	json_decref(cell.before);
}
END_TEST

static void check_stamp(const char *scene_id)
{
	struct stamp stamp = { .outcome = NULL };

	ck_assert(rig_stamp(rig, scene_id, &stamp));
	ck_assert_str_eq(stamp.outcome, "synced");
	stamp_done(&stamp);
}

/* Plex writes one edit at a time, and we send more. */
START_TEST(a_full_writer_queue_is_waited_for)
{
	static const char *const scenes[] = { "45", "46" };
	struct cell cell = { .step = &plain };
	struct plexsim_modes modes = plexsim_defaults.modes;
	size_t i, refused = 0;
	json_t *requests, *request;

	rig->options.max_edits = ARRAY_LEN(scenes);
	rig->options.policy.sync_poster = false;
	prepare(&cell);
	modes.writer_queue = 1;
	plexsim_modes_set(rig->plex, &modes);
	plexsim_fault_add(rig->plex, &(struct plexsim_fault){ .method = "PUT", .delay_ms = 50 });
	edit_scene(json_pack("{s:s}", "title", "New title"));
	for (i = 1; i < ARRAY_LEN(scenes); i++)
		rig_event(rig, scenes[i], ACTION_UPDATE);
	rig->on_call = NULL;
	rig->on_answer = NULL;
	rig->on_ended = NULL;
	rig_pass(rig, HOUR_MS);
	for (i = 0; i < ARRAY_LEN(scenes); i++)
		check_stamp(scenes[i]);
	requests = plexsim_requests(rig->plex);
	json_array_foreach (requests, i, request)
		refused += json_integer_value(json_object_get(request, "status")) == 503;
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(rig_letters(rig), 0);
	json_decref(requests);
	json_decref(cell.before);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, without_a_fault_the_item_shows_what_stash_says);
	tcase_add_test(cases, an_edit_that_lands_late_does_not_stay_over_a_newer_one);
	tcase_add_test(cases, a_full_writer_queue_is_waited_for);
	tcase_add_loop_test(cases, a_fault_at_every_step, 0, (int)ARRAY_LEN(faults));
}

CHECK_MAIN("faultmatrix", add_cases)
