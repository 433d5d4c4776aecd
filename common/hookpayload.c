#include "common/hookpayload.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum place {
	OTHER, /* of no interest, and so is all that it holds */
	ROOT,
	ARGS,
	MODE,
	CONTEXT,
	TYPE,
	ID,
	INPUT,
	FIELDS,
	FIELD, /* an element of FIELDS */
	PATH,
	OSHASH,
	CHECKSUM,
};

/* From which container which key leads where. ROOT is a CONTEXT too, in the bare form. */
static const struct {
	enum place from;
	const char *key;
	enum place to;
} KEYS[] = {
	{ ROOT, "args", ARGS },
	{ ARGS, "mode", MODE },
	{ ARGS, "hookContext", CONTEXT },
	{ CONTEXT, "type", TYPE },
	{ CONTEXT, "id", ID },
	{ CONTEXT, "input", INPUT },
	{ CONTEXT, "inputFields", FIELDS },
	{ INPUT, "path", PATH },
	{ INPUT, "oshash", OSHASH },
	{ INPUT, "checksum", CHECKSUM },
};

#define KIND(event) (1u << (event))
#define TEXT KIND(JSONSCAN_STRING)
#define TEXT_OR_NULL (TEXT | KIND(JSONSCAN_NULL))
#define ANYTHING (~0u)
#define TO(member) \
	.at = offsetof(struct hookpayload, member), .size = sizeof((struct hookpayload *)0)->member

/* What may stand there, how that is said, and where the text goes. */
static const struct {
	unsigned kinds;
	const char *wanted;
	const char *pointer; /* inside the hookContext, if in_context */
	bool in_context;
	bool only_destroyed; /* a wrong kind matters only if a scene was destroyed */
	size_t at, size;
} RULES[] = {
	[OTHER] = { .kinds = ANYTHING, .pointer = "" },
	[ROOT] = { .kinds = KIND(JSONSCAN_OBJECT),
		.wanted = "the payload must be a JSON object",
		.pointer = "" },
	[ARGS] = { .kinds = KIND(JSONSCAN_OBJECT) | KIND(JSONSCAN_NULL),
		.wanted = "args must be an object",
		.pointer = "/args" },
	[MODE] = { .kinds = ANYTHING, .pointer = "/args/mode", TO(mode) },
	[CONTEXT] = { .kinds = KIND(JSONSCAN_OBJECT),
		.wanted = "hookContext must be an object",
		.pointer = "",
		.in_context = true },
	[TYPE] = { .kinds = TEXT,
		.wanted = "type must be text of 1 to 64 bytes",
		.pointer = "/type",
		.in_context = true,
		TO(type) },
	[ID] = { .kinds = KIND(JSONSCAN_NUMBER) | TEXT,
		.wanted = "id must be a positive whole number of 1 to 18 digits",
		.pointer = "/id",
		.in_context = true,
		TO(id) },
	[INPUT] = { .kinds = KIND(JSONSCAN_OBJECT) | KIND(JSONSCAN_ARRAY) | KIND(JSONSCAN_NULL),
		.wanted = "input must be an object, an array or null",
		.pointer = "/input",
		.in_context = true },
	[FIELDS] = { .kinds = KIND(JSONSCAN_ARRAY) | KIND(JSONSCAN_NULL),
		.wanted = "inputFields must be an array",
		.pointer = "/inputFields",
		.in_context = true },
	[FIELD] = { .kinds = TEXT,
		.wanted = "inputFields must hold nothing but text",
		.pointer = "/inputFields",
		.in_context = true },
	[PATH] = { .kinds = TEXT_OR_NULL,
		.wanted = "path must be text or null",
		.pointer = "/input/path",
		.in_context = true,
		.only_destroyed = true,
		TO(path) },
	[OSHASH] = { .kinds = TEXT_OR_NULL,
		.wanted = "oshash must be text or null",
		.pointer = "/input/oshash",
		.in_context = true,
		.only_destroyed = true,
		TO(oshash) },
	[CHECKSUM] = { .kinds = TEXT_OR_NULL,
		.wanted = "checksum must be text or null",
		.pointer = "/input/checksum",
		.in_context = true,
		.only_destroyed = true,
		TO(checksum) },
};

static const struct {
	const char *type;
	enum hookpayload_action action;
} ACTIONS[] = {
	{ "Scene.Create.Post", HOOKPAYLOAD_CREATE },
	{ "Scene.Update.Post", HOOKPAYLOAD_UPDATE },
	{ "Scene.Destroy.Post", HOOKPAYLOAD_DESTROY },
};

void hookpayload_init(struct hookpayload *p)
{
	memset(p, 0, sizeof *p);
	jsonscan_init(&p->scan);
}

/* ---- reading ---- */

static bool was_seen(const struct hookpayload *p, enum place place)
{
	return p->seen >> place & 1;
}

static bool fault(struct hookpayload *p, enum place place, uint64_t offset, const char *what)
{
	p->fault = (struct hookpayload_fault){ what, (unsigned char)place, offset, p->element };
	return false;
}

static enum place place_of_key(const struct jsonscan *scan, enum place from)
{
	if (!scan->text_whole)
		return OTHER;
	for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
		if ((KEYS[i].from == from || (from == ROOT && KEYS[i].from == CONTEXT)) &&
			strcmp(KEYS[i].key, scan->text) == 0)
			return KEYS[i].to;
	}
	return OTHER;
}

static bool take_key(struct hookpayload *p)
{
	enum place from = p->places[p->scan.depth - 1];
	enum place to = place_of_key(&p->scan, from);
	uint64_t offset = p->scan.value_offset;

	p->place = (unsigned char)to;
	if (to == OTHER)
		return true;
	if (was_seen(p, to))
		return fault(p, to, offset, "this key was given twice");
	if (from == ROOT && to != ARGS)
		p->bare = true;
	if (p->bare && (to == ARGS || was_seen(p, ARGS)))
		return fault(p, ROOT, offset,
			"args stands beside a bare hookContext: only one of them can be meant");
	p->seen |= 1u << to;
	return true;
}

/* The place of the value that the scanner has just met; `depth` containers are around it. */
static enum place place_of_value(const struct hookpayload *p, unsigned depth)
{
	if (depth == 0)
		return ROOT;
	if (p->places[depth - 1] == FIELDS)
		return FIELD;
	return p->place;
}

static bool is_id(const char *text)
{
	return text[0] >= '1' && text[0] <= '9' && strlen(text) <= 18 &&
	       strspn(text, "0123456789") == strlen(text);
}

static void take_field(struct hookpayload *p)
{
	if (p->field_count == HOOKPAYLOAD_FIELDS || !p->scan.text_whole ||
		p->scan.text_len > HOOKPAYLOAD_NAME) {
		p->fields_cut = true;
		return;
	}
	memcpy(p->fields[p->field_count++], p->scan.text, p->scan.text_len + 1);
}

/* A text, or the number of the id. What does not fit is dropped, unless nothing works without. */
static bool take_text(struct hookpayload *p, enum place place)
{
	const struct jsonscan *scan = &p->scan;
	bool fits = scan->text_whole && scan->text_len < RULES[place].size;

	if (place == FIELD)
		take_field(p);
	else if (fits && RULES[place].size)
		memcpy((char *)p + RULES[place].at, scan->text, scan->text_len + 1);
	if ((place == ID && !is_id(p->id)) || (place == TYPE && !p->type[0]))
		return fault(p, place, scan->value_offset, RULES[place].wanted);
	return true;
}

static bool take_value(struct hookpayload *p, enum jsonscan_event kind)
{
	bool container = kind == JSONSCAN_OBJECT || kind == JSONSCAN_ARRAY;
	unsigned around = p->scan.depth - container;
	enum place place = place_of_value(p, around);

	if (container) {
		p->places[around] = (unsigned char)place;
		p->place = OTHER; /* for the elements of an array */
	}
	if (place == INPUT)
		p->input = kind == JSONSCAN_NULL    ? HOOKPAYLOAD_INPUT_NULL
			   : kind == JSONSCAN_ARRAY ? HOOKPAYLOAD_INPUT_ARRAY
						    : HOOKPAYLOAD_INPUT_OBJECT;
	if (!(RULES[place].kinds & KIND(kind))) {
		fault(p, place, p->scan.value_offset, RULES[place].wanted);
		if (!RULES[place].only_destroyed)
			return false;
		p->destroy_fault = p->fault;
		p->fault.what = NULL;
	} else if (kind == JSONSCAN_STRING || (kind == JSONSCAN_NUMBER && place == ID)) {
		if (!take_text(p, place))
			return false;
	}
	p->element += place == FIELD;
	return true;
}

enum hookpayload_progress hookpayload_feed(struct hookpayload *p, const char *bytes, size_t len)
{
	while (!p->fault.what) {
		enum jsonscan_event event = jsonscan_next(&p->scan, &bytes, &len);

		if (event == JSONSCAN_MORE)
			return HOOKPAYLOAD_MORE;
		if (event == JSONSCAN_BAD)
			fault(p, OTHER, p->scan.offset, p->scan.fault);
		else if (event == JSONSCAN_KEY)
			take_key(p);
		else if (event != JSONSCAN_END)
			take_value(p, event);
	}
	return HOOKPAYLOAD_BAD;
}

/* ---- the verdict ---- */

static void check_complete(struct hookpayload *p)
{
	enum place around = p->bare ? ROOT : CONTEXT;
	uint64_t end = p->scan.offset;

	if (p->fault.what)
		return;
	if (!jsonscan_finish(&p->scan))
		fault(p, OTHER, p->scan.offset, p->scan.fault);
	else if (!p->bare && !was_seen(p, ARGS))
		fault(p, ROOT, end, "it has neither args nor the keys of a hookContext");
	else if (!p->bare && !was_seen(p, CONTEXT))
		p->is_task = true;
	else if (!was_seen(p, TYPE))
		fault(p, around, end, "hookContext has no type");
	else if (!was_seen(p, ID))
		fault(p, around, end, "hookContext has no id");
	else if (hookpayload_scene_action(p) == HOOKPAYLOAD_DESTROY)
		p->fault = p->destroy_fault;
}

static void write_pointer(struct hookpayload *p)
{
	enum place place = p->fault.place;
	const char *context = RULES[place].in_context && !p->bare ? "/args/hookContext" : "";

	if (place == FIELD)
		snprintf(p->pointer, sizeof p->pointer, "%s%s/%" PRIu64, context,
			RULES[place].pointer, p->fault.element);
	else
		snprintf(p->pointer, sizeof p->pointer, "%s%s", context, RULES[place].pointer);
}

bool hookpayload_finish(struct hookpayload *p, struct error *err)
{
	check_complete(p);
	if (!p->fault.what)
		return true;
	write_pointer(p);
	return error_set(err, "this is not what Stash gives a hook, at byte %" PRIu64 "%s%s: %s",
		p->fault.offset, p->pointer[0] ? " " : "", p->pointer, p->fault.what);
}

bool hookpayload_is_json(const struct hookpayload *p)
{
	return !p->scan.fault;
}

/* ---- using it ---- */

enum hookpayload_action hookpayload_scene_action(const struct hookpayload *p)
{
	for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++) {
		if (strcmp(ACTIONS[i].type, p->type) == 0)
			return ACTIONS[i].action;
	}
	return HOOKPAYLOAD_NO_SCENE;
}

size_t hookpayload_changed(struct hookpayload *p, char *ret_names[HOOKPAYLOAD_FIELDS])
{
	if (p->fields_cut)
		return 0;
	for (size_t i = 0; i < p->field_count; i++)
		ret_names[i] = p->fields[i];
	return p->field_count;
}

struct writer {
	char *text;
	size_t len, size;
};

static void put_byte(struct writer *w, char c)
{
	if (w->len + 1 < w->size)
		w->text[w->len] = c;
	w->len++;
}

static void put(struct writer *w, const char *text)
{
	for (; *text; text++)
		put_byte(w, *text);
}

static void put_quoted(struct writer *w, const char *text)
{
	put_byte(w, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escape[8];

		if (c >= 0x20 && c != '"' && c != '\\') {
			put_byte(w, *text);
			continue;
		}
		snprintf(escape, sizeof escape, c < 0x20 ? "\\u%04x" : "\\%c", c);
		put(w, escape);
	}
	put_byte(w, '"');
}

static void put_identifiers(struct writer *w, const struct hookpayload *p)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{ "path", p->path },
		{ "oshash", p->oshash },
		{ "checksum", p->checksum },
	};
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (!members[i].value[0])
			continue;
		put(w, separator);
		put_quoted(w, members[i].key);
		put_byte(w, ':');
		put_quoted(w, members[i].value);
		separator = ",";
	}
}

static void put_fields(struct writer *w, const struct hookpayload *p)
{
	put(w, ",\"inputFields\":[");
	for (size_t i = 0; i < p->field_count; i++) {
		if (i)
			put_byte(w, ',');
		put_quoted(w, p->fields[i]);
	}
	put_byte(w, ']');
}

size_t hookpayload_write(const struct hookpayload *p, char *ret_text, size_t size)
{
	struct writer w = { ret_text, 0, size };

	put(&w, "{\"id\":");
	put(&w, p->id);
	put(&w, ",\"type\":");
	put_quoted(&w, p->type);
	if (p->input == HOOKPAYLOAD_INPUT_NULL) {
		put(&w, ",\"input\":null");
	} else if (p->input != HOOKPAYLOAD_INPUT_ABSENT) {
		put(&w, ",\"input\":{");
		if (hookpayload_scene_action(p) == HOOKPAYLOAD_DESTROY)
			put_identifiers(&w, p);
		put_byte(&w, '}');
	}
	if (p->field_count && !p->fields_cut)
		put_fields(&w, p);
	put_byte(&w, '}');
	if (w.len >= size)
		return 0;
	ret_text[w.len] = '\0';
	return w.len;
}
