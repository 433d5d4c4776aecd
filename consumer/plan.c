#include "consumer/plan.h"

#include "consumer/planlist.h"
#include "consumer/planvalue.h"

#include <stdlib.h>
#include <string.h>

/* The rating is merged as the texts are. */
enum { RATING = PLEX_FIELDS, VALUES };

/* How marks call the values. Stamps out there hold hashes under these names: never change one. */
static const char *const mark_names[VALUES] = {
	[PLEX_TITLE] = "title",
	[PLEX_SUMMARY] = "summary",
	[PLEX_STUDIO] = "studio",
	[PLEX_DATE] = "date",
	[RATING] = "rating",
};

/* ---- values ---- */

static char *canonical(int field, const char *value)
{
	return planvalue_text(value, field == PLEX_SUMMARY);
}

/* Any day within a date that is not whole is as good as the first one. */
static bool date_within(const char *day, const char *date)
{
	size_t len = strlen(date);

	return len > 0 && strncmp(day, date, len) == 0 && (day[len] == '-' || day[len] == '\0');
}

/* "" where nobody rated. */
static char *rating_value(int rating100)
{
	return rating100 ? plex_rating_text(rating100) : xstrdup("");
}

/* Plex may keep halves of a star only: a tenth of the scale. */
static bool is_rounded(int rating100, int to)
{
	return rating100 && to && abs(rating100 - to) <= 5;
}

void plan_wanted(const struct scene *scene, char *ret_values[PLEX_FIELDS])
{
	bool cut;

	ret_values[PLEX_TITLE] = xstrdup(scene->title);
	ret_values[PLEX_SUMMARY] = planvalue_fit(scene->details, &cut);
	ret_values[PLEX_STUDIO] = xstrdup(scene->studio);
	ret_values[PLEX_DATE] = planvalue_date(scene->date);
}

static void wanted_values(const struct scene *scene, char *ret[VALUES])
{
	plan_wanted(scene, ret);
	ret[RATING] = rating_value(scene->rating100);
}

static void free_values(char *values[VALUES])
{
	for (size_t i = 0; i < VALUES; i++)
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

static bool is_synced(const struct plan_policy *policy, int value)
{
	return value == RATING ? policy->sync_rating : policy->sync[value];
}

static char *their_value(const struct plex_item *item, int field)
{
	return field == RATING ? rating_value(item->rating100)
			       : xstrdup(plex_item_value(item, (enum plex_field)field));
}

static void facts_find(struct facts *ret, int field, const struct scene *scene, const char *wanted,
	const struct plex_item *item, const struct stamp *stamp)
{
	auto_free char *theirs = their_value(item, field);

	*ret = (struct facts){
		.mine = canonical(field, wanted),
		.theirs = canonical(field, theirs),
		.known = planbase_knows(stamp, item, mark_names[field]),
		.locked = field == RATING || plex_item_locked(item, (enum plex_field)field),
		.placeholder = field == PLEX_TITLE && is_placeholder(item),
	};
	ret->same = strcmp(ret->mine, ret->theirs) == 0 ||
		    (field == PLEX_DATE && date_within(ret->theirs, scene->date)) ||
		    (field == RATING && is_rounded(scene->rating100, item->rating100) &&
			    planbase_holds(stamp, item, mark_names[field], ret->mine));
	ret->ours = planbase_holds(stamp, item, mark_names[field], ret->theirs);
}

/* ---- lists ---- */

static void wanted_collections(
	struct planlist *l, const struct scene *scene, const struct plan_policy *policy)
{
	if (scene->studio)
		planlist_add(policy->sync_collection ? &l->wanted : &l->spared, scene->studio);
	for (size_t i = 0; i < scene->groups.count; i++)
		planlist_add(policy->sync_groups ? &l->wanted : &l->spared, scene->groups.items[i]);
}

static void wanted_names(struct planlist *l, const struct string_list *names, size_t max)
{
	for (size_t i = 0; i < names->count && (!max || l->wanted.count < max); i++)
		planlist_add(&l->wanted, names->items[i]);
}

/* false, and nothing to free: it is not synced. */
static bool planlist_find(struct planlist *ret, enum plex_list list, const struct scene *scene,
	const struct plex_item *item, const struct stamp *stamp, const struct plan_policy *policy)
{
	const bool synced[PLEX_LISTS] = {
		[PLEX_ACTORS] = policy->sync_performers,
		[PLEX_GENRES] = policy->sync_tags,
		[PLEX_COLLECTIONS] = policy->sync_collection || policy->sync_groups,
	};

	*ret = (struct planlist){
		.list = list, .item = item, .stamp = stamp, .preserve = policy->preserve_plex_edits
	};
	if (!synced[list])
		return false;
	if (list == PLEX_COLLECTIONS)
		wanted_collections(ret, scene, policy);
	else if (list == PLEX_GENRES)
		wanted_names(ret, &scene->tags, policy->max_tags);
	else
		wanted_names(ret, &scene->performers, 0);
	return true;
}

/* ---- the merge ---- */

static bool is_to_be_written(int field, const struct facts *f, const struct plan_policy *policy)
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

static void write_value(
	struct plex_edit *edit, int field, const struct scene *scene, const char *value)
{
	if (field == RATING) {
		edit->rating.wanted = true;
		edit->rating.rating100 = scene->rating100;
		return;
	}
	edit->fields[field].wanted = true;
	edit->fields[field].value = xstrdup(value);
	edit->fields[field].cut = field == PLEX_SUMMARY && strlen(value) < strlen(scene->details);
}

void plan_edit(struct plex_edit *ret, const struct scene *scene, const struct plex_item *item,
	const struct stamp *stamp, const struct plan_policy *policy)
{
	char *wanted[VALUES];

	wanted_values(scene, wanted);
	*ret = (struct plex_edit){ .lock = policy->lock_fields };
	for (int field = 0; field < VALUES; field++) {
		struct facts f;

		if (!is_synced(policy, field))
			continue;
		facts_find(&f, field, scene, wanted[field], item, stamp);
		if (is_to_be_written(field, &f, policy))
			write_value(ret, field, scene, *f.mine ? wanted[field] : "");
		facts_done(&f);
	}
	free_values(wanted);
	for (enum plex_list list = 0; list < PLEX_LISTS; list++) {
		struct planlist l;

		if (planlist_find(&l, list, scene, item, stamp, policy))
			planlist_edit(&ret->lists[list], &l, policy->lock_fields);
		planlist_done(&l);
	}
}

static bool is_our_title(const struct plex_item *item, const struct stamp *stamp)
{
	auto_free char *title = canonical(PLEX_TITLE, plex_item_value(item, PLEX_TITLE));

	return planbase_holds(stamp, item, mark_names[PLEX_TITLE], title);
}

void plan_clear(struct plex_edit *ret, const struct plex_item *item, const struct stamp *stamp,
	const struct plan_policy *policy)
{
	struct scene nothing = { .title = NULL };

	scene_complete(&nothing);
	plan_edit(ret, &nothing, item, stamp, policy);
	scene_done(&nothing);
	ret->lock = false;
	for (enum plex_list list = 0; list < PLEX_LISTS; list++)
		ret->lists[list].lock = ret->lists[list].members.count &&
					plex_item_locks(item, plex_list_name(list));
	ret->fields[PLEX_TITLE].wanted = policy->sync[PLEX_TITLE] &&
					 plex_item_locked(item, PLEX_TITLE) &&
					 is_our_title(item, stamp);
}

/* A lock alone asks for nothing that could be seen. */
static bool is_asked(const struct plex_edit *edit, int field)
{
	return field == RATING ? edit->rating.wanted : edit->fields[field].value != NULL;
}

/* What the edit asks for, canonical. */
static char *asked_value(const struct plex_edit *edit, int field)
{
	return field == RATING ? rating_value(edit->rating.rating100)
			       : canonical(field, edit->fields[field].value);
}

void plan_intent(struct marks *ret, const struct plex_edit *edit)
{
	*ret = (struct marks){ 0 };
	for (int field = 0; field < VALUES; field++) {
		auto_free char *value = is_asked(edit, field) ? asked_value(edit, field) : NULL;

		if (value)
			marks_add(ret, mark_names[field], value);
	}
	for (enum plex_list list = 0; list < PLEX_LISTS; list++)
		if (edit->lists[list].wanted)
			planlist_intent(ret, list, &edit->lists[list]);
}

/* ---- the next base ---- */

static void note_missing(struct buf *ret_missing, const char *name)
{
	if (ret_missing)
		buf_printf(ret_missing, "%s%s", ret_missing->len ? "," : "", name);
}

/* Marks the value that the item shows, if it is ours now. false: it was asked for and is not there. */
static bool value_applied(struct marks *m, int field, const struct facts *f,
	const struct plex_item *after, const struct plex_edit *edit)
{
	auto_free char *asked = is_asked(edit, field) ? asked_value(edit, field) : NULL;
	bool rounded =
		field == RATING && asked && is_rounded(edit->rating.rating100, after->rating100);

	if (f->same || f->ours || rounded) {
		planbase_drop(m, mark_names[field]);
		marks_add(m, mark_names[field], f->theirs);
		if (field == RATING && (f->same || rounded))
			marks_add(m, mark_names[field], f->mine);
	}
	return !asked || f->same || rounded || strcmp(asked, f->theirs) == 0;
}

void plan_applied(struct marks *ret, const struct scene *scene, const struct plex_item *after,
	const struct stamp *stamp, const struct plex_edit *edit, const struct plan_policy *policy,
	struct buf *ret_missing)
{
	const struct stamp *base = planbase(stamp, after);
	char *wanted[VALUES];

	wanted_values(scene, wanted);
	*ret = (struct marks){ 0 };
	if (base)
		marks_copy(ret, &base->applied);
	for (int field = 0; field < VALUES; field++) {
		struct facts f;

		if (!is_synced(policy, field))
			continue;
		facts_find(&f, field, scene, wanted[field], after, stamp);
		if (!value_applied(ret, field, &f, after, edit))
			note_missing(ret_missing,
				field == RATING ? PLEX_RATING_NAME
						: plex_field_name((enum plex_field)field));
		facts_done(&f);
	}
	free_values(wanted);
	for (enum plex_list list = 0; list < PLEX_LISTS; list++) {
		struct planlist l;

		if (planlist_find(&l, list, scene, after, stamp, policy)) {
			planlist_applied(ret, &l, &edit->lists[list]);
			if (!planlist_took(&l, &edit->lists[list]))
				note_missing(ret_missing, plex_list_name(list));
		}
		planlist_done(&l);
	}
}
