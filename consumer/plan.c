#include "consumer/plan.h"

#include <stdlib.h>
#include <string.h>

/* How marks call the fields. Stamps out there hold hashes under these names: never change one. */
static const char *const mark_names[PLEX_FIELDS] = {
	[PLEX_TITLE] = "title",
	[PLEX_SUMMARY] = "summary",
	[PLEX_STUDIO] = "studio",
	[PLEX_DATE] = "date",
};

/* ---- values ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The form in which values are compared and marked: white space at both ends is nothing, and within
 * a line one space. Lines count in a summary only, where a line may end in CR LF.
 */
static char *canonical(enum plex_field field, const char *value)
{
	char *text = xstrdup(value), *to = text;
	bool blank = false;
	size_t newlines = 0;

	for (const char *from = value; *from; from++) {
		if (is_blank(*from)) {
			blank = true;
			if (*from == '\n' || (*from == '\r' && from[1] != '\n'))
				newlines++;
			continue;
		}
		if (blank && to > text) {
			/* At least one blank came before, so there is room for one, or for each line. */
			if (field == PLEX_SUMMARY && newlines > 0)
				to = (char *)memset(to, '\n', newlines) + newlines;
			else
				*to++ = ' ';
		}
		blank = false;
		newlines = 0;
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

/* The first day of what a date leaves open: Plex knows whole days only. */
static char *complete_date(const char *date)
{
	switch (strlen(date)) {
	case sizeof "YYYY" - 1:
		return xasprintf("%s-01-01", date);
	case sizeof "YYYY-MM" - 1:
		return xasprintf("%s-01", date);
	default:
		return xstrdup(date);
	}
}

/* Any day within a date that is not whole is as good as the first one. */
static bool date_within(const char *day, const char *date)
{
	size_t len = strlen(date);

	return len > 0 && strncmp(day, date, len) == 0 && (day[len] == '-' || day[len] == '\0');
}

void plan_wanted(const struct scene *scene, char *ret_values[PLEX_FIELDS])
{
	ret_values[PLEX_TITLE] = xstrdup(scene->title);
	ret_values[PLEX_SUMMARY] = xstrdup(scene->details);
	ret_values[PLEX_STUDIO] = xstrdup(scene->studio);
	ret_values[PLEX_DATE] = complete_date(scene->date);
}

static void free_values(char *values[PLEX_FIELDS])
{
	for (size_t i = 0; i < PLEX_FIELDS; i++)
		free(values[i]);
}

/* ---- what is known of a field ---- */

struct facts {
	char *mine, *theirs; /* canonical */
	bool same; /* Plex shows what Stash wants */
	bool known; /* there is a base */
	bool ours; /* Plex shows what an edit of ours left or may have left */
	bool locked;
	bool placeholder; /* a title that Plex made from the file's name */
};

static void facts_done(struct facts *f)
{
	free(f->mine);
	free(f->theirs);
}

static const struct stamp *find_base(const struct stamp *stamp, const struct plex_item *item)
{
	return stamp && stamp->rating_key && str_equal(stamp->rating_key, item->rating_key) ? stamp
											    : NULL;
}

static bool marks_know(const struct marks *m, enum plex_field field)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].field, mark_names[field]) == 0)
			return true;
	return false;
}

static bool base_knows(const struct stamp *base, enum plex_field field)
{
	bool known = base && marks_know(&base->applied, field);

	for (size_t i = 0; base && i < base->intended_count; i++)
		known = known || marks_know(&base->intended[i], field);
	return known;
}

static bool base_holds(const struct stamp *base, enum plex_field field, const char *value)
{
	bool held = base && marks_hold(&base->applied, mark_names[field], value);

	for (size_t i = 0; base && i < base->intended_count; i++)
		held = held || marks_hold(&base->intended[i], mark_names[field], value);
	return held;
}

/* The file's name without directory and extension, as Plex calls an item that nobody named. */
static bool is_stem(const char *title, const char *path)
{
	const char *name = path, *dot;

	/* A path that begins with a slash is no Windows path: there `\` is a letter. */
	for (const char *p = path; *p; p++)
		if (*p == '/' || (*p == '\\' && path[0] != '/'))
			name = p + 1;
	dot = strrchr(name, '.');
	if (!dot || dot == name)
		dot = name + strlen(name);
	return *title && strlen(title) == (size_t)(dot - name) &&
	       strncmp(title, name, (size_t)(dot - name)) == 0;
}

static bool is_placeholder(const struct plex_item *item)
{
	for (size_t i = 0; i < item->part_count; i++)
		if (is_stem(item->title, item->parts[i].file))
			return true;
	return false;
}

static void facts_find(struct facts *ret, enum plex_field field, const struct scene *scene,
	const char *wanted, const struct plex_item *item, const struct stamp *base)
{
	*ret = (struct facts){
		.mine = canonical(field, wanted),
		.theirs = canonical(field, plex_item_value(item, field)),
		.known = base_knows(base, field),
		.locked = plex_item_locked(item, field),
		.placeholder = field == PLEX_TITLE && is_placeholder(item),
	};
	ret->same = strcmp(ret->mine, ret->theirs) == 0 ||
		    (field == PLEX_DATE && date_within(ret->theirs, scene->date));
	ret->ours = base_holds(base, field, ret->theirs);
}

/* ---- the merge ---- */

static bool is_to_be_written(
	enum plex_field field, const struct facts *f, const struct plan_policy *policy)
{
	if (f->same)
		return false;
	if (!*f->mine) /* clear only what we wrote, and never a title */
		return f->ours && field != PLEX_TITLE;
	if (!policy->preserve_plex_edits || !*f->theirs || f->ours)
		return true;
	/*
	 * Neither empty nor ours. Plex locks what a person edits, so what is not locked was an
	 * agent's doing; without a base it may be older than we are, and stays, but for a title
	 * that Plex made up.
	 */
	return !f->locked && (f->known || f->placeholder);
}

void plan_edit(struct plex_edit *ret, const struct scene *scene, const struct plex_item *item,
	const struct stamp *stamp, const struct plan_policy *policy)
{
	const struct stamp *base = find_base(stamp, item);
	char *wanted[PLEX_FIELDS];

	plan_wanted(scene, wanted);
	*ret = (struct plex_edit){ .lock = policy->lock_fields };
	for (enum plex_field field = 0; field < PLEX_FIELDS; field++) {
		struct facts f;

		if (!policy->sync[field])
			continue;
		facts_find(&f, field, scene, wanted[field], item, base);
		if (is_to_be_written(field, &f, policy)) {
			ret->fields[field].wanted = true;
			ret->fields[field].value = xstrdup(*f.mine ? wanted[field] : "");
		}
		facts_done(&f);
	}
	free_values(wanted);
}

void plan_intent(struct marks *ret, const struct plex_edit *edit)
{
	*ret = (struct marks){ 0 };
	for (enum plex_field field = 0; field < PLEX_FIELDS; field++) {
		auto_free char *value = NULL;

		if (!edit->fields[field].wanted)
			continue;
		value = canonical(field, edit->fields[field].value);
		marks_add(ret, mark_names[field], value);
	}
}

static void drop_marks(struct marks *m, enum plex_field field)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].field, mark_names[field]) != 0)
			m->items[kept++] = m->items[i];
	m->count = kept;
}

static bool did_take(const struct facts *f, const struct plex_edit *edit, enum plex_field field)
{
	auto_free char *asked = NULL;

	if (!edit->fields[field].wanted)
		return true;
	asked = canonical(field, edit->fields[field].value);
	return f->same || strcmp(asked, f->theirs) == 0;
}

void plan_applied(struct marks *ret, const struct scene *scene, const struct plex_item *after,
	const struct stamp *stamp, const struct plex_edit *edit, const struct plan_policy *policy,
	struct buf *ret_missing)
{
	const struct stamp *base = find_base(stamp, after);
	char *wanted[PLEX_FIELDS];

	plan_wanted(scene, wanted);
	*ret = (struct marks){ 0 };
	if (base)
		marks_copy(ret, &base->applied);
	for (enum plex_field field = 0; field < PLEX_FIELDS; field++) {
		struct facts f;

		if (!policy->sync[field])
			continue;
		facts_find(&f, field, scene, wanted[field], after, base);
		if (f.same || f.ours) {
			drop_marks(ret, field);
			marks_add(ret, mark_names[field], f.theirs);
		}
		if (ret_missing && !did_take(&f, edit, field))
			buf_printf(ret_missing, "%s%s", ret_missing->len ? "," : "",
				plex_field_name(field));
		facts_done(&f);
	}
	free_values(wanted);
}
