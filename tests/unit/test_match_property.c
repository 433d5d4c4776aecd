/*
 * Random disks, what Stash and Plex know of them, and an oracle that knows which file is which: a
 * match that is HIGH is never a wrong item, and a file that Plex has by its path is found.
 */
#include "common/text.h"
#include "consumer/match.h"

#include "tests/unit/check_main.h"

#include <stdio.h>
#include <string.h>

enum { LIBRARIES = 10000, MAX_FILES = 12, MAX_PATH = 120 };

static uint64_t state;

static int dice(int sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((state >> 33) % (uint64_t)sides);
}

static bool chance(int percent)
{
	return dice(100) < percent;
}

/* How a machine spells paths. The disk is one; Stash and Plex look at it each in its way. */
enum world { POSIX, NFD, WINDOWS, UNC, WORLDS };

static const struct {
	const char *root;
	char separator;
	bool case_matters;
} worlds[WORLDS] = {
	[POSIX] = { "/media/", '/', true },
	[NFD] = { "/media/", '/', true },
	[WINDOWS] = { "D:\\Media\\", '\\', false },
	[UNC] = { "\\\\nas\\media\\", '\\', false },
};

/* A file of the disk. Content is what makes it the same file wherever it moves. */
struct file {
	int content;
	const char *directory, *name;
	int64_t size, duration_ms;
	const char *old_directory; /* where it was when Plex looked; NULL: Plex never saw it */
	bool seen_in_place; /* Plex saw it where it is */
};

struct disk {
	enum world world;
	struct file files[MAX_FILES];
	int count;
};

static const char *const directories[] = { "a", "b", "a/c", "b/c", "Caf\xc3\xa9", "CAF\xc3\x89/c" };
static const char *const names[] = { "one.mp4", "video.mp4", "Video.mp4", "\xc3\xa9t\xc3\xa9.mp4",
	"1080p.mkv" };

/* Whether two places are one on this disk. */
static bool is_same_place(const struct disk *d, const char *dir_a, const char *name_a,
	const char *dir_b, const char *name_b)
{
	auto_buf a, b;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	if (worlds[d->world].case_matters)
		return !strcmp(dir_a, dir_b) && !strcmp(name_a, name_b);
	return text_fold(&a, dir_a) && buf_putc(&a, '/') && text_fold(&a, name_a) &&
	       text_fold(&b, dir_b) && buf_putc(&b, '/') && text_fold(&b, name_b) &&
	       !strcmp(buf_text(&a), buf_text(&b));
}

static bool is_taken(const struct disk *d, const char *directory, const char *name)
{
	for (int i = 0; i < d->count; i++) {
		const struct file *f = &d->files[i];

		if (is_same_place(d, f->directory, f->name, directory, name) ||
			(f->old_directory &&
				is_same_place(d, f->old_directory, f->name, directory, name)))
			return true;
	}
	return false;
}

/* Sizes tell files apart, but may be unknown; Plex saw most where they are, some where they were. */
static void fill_disk(struct disk *d)
{
	d->world = (enum world)dice(WORLDS);
	d->count = 0;
	for (int tries = dice(MAX_FILES) + 1; tries > 0; tries--) {
		struct file f = {
			.content = d->count,
			.directory = directories[dice(ARRAY_LEN(directories))],
			.name = names[dice(ARRAY_LEN(names))],
			.size = 1000 + d->count,
			.duration_ms = 60000 + 1000 * dice(5),
		};

		if (is_taken(d, f.directory, f.name))
			continue;
		f.seen_in_place = chance(60);
		if (f.seen_in_place)
			f.old_directory = f.directory;
		else if (chance(60))
			f.old_directory = directories[dice(ARRAY_LEN(directories))];
		if (f.old_directory && is_taken(d, f.old_directory, f.name))
			f.old_directory = NULL;
		f.seen_in_place = f.old_directory == f.directory;
		d->files[d->count++] = f;
	}
}

/* ---- spelling ---- */

/* The few letters with accents that occur, taken apart. */
static char *decompose(const char *path)
{
	auto_buf out;

	buf_init(&out, 4 * MAX_PATH);
	for (const char *p = path; *p; p++) {
		if (strncmp(p, "\xc3\xa9", 2) == 0 || strncmp(p, "\xc3\x89", 2) == 0) {
			buf_puts(&out, p[1] == '\x89' ? "E\xcc\x81" : "e\xcc\x81");
			p++;
		} else {
			buf_putc(&out, *p);
		}
	}
	return buf_take(&out);
}

/* The path as Stash, which keeps to the disk, or Plex, which has its own spelling, writes it. */
static char *spell(const struct disk *d, const char *directory, const char *name, bool plex)
{
	const char separator = worlds[d->world].separator;
	auto_free char *path = xasprintf("%s%s/%s", worlds[d->world].root, directory, name);

	text_replace(path, '/', d->world == POSIX || d->world == NFD ? '/' : separator);
	if (!plex)
		return xstrdup(path);
	if (d->world == NFD && chance(70))
		return decompose(path);
	if (separator == '\\' && chance(30))
		text_replace(path, '\\', '/');
	if (separator == '\\' && chance(30))
		path[d->world == WINDOWS ? 0 : 2] ^= 0x20;
	return xstrdup(path);
}

static int64_t unless_unknown(int64_t value)
{
	return chance(15) ? -1 : value;
}

/* ---- what Plex and Stash know ---- */

/* Which item has which content: versions of one scene share one; some files have an item twice. */
struct truth {
	int item_of[MAX_FILES]; /* by content; -1: none */
	bool again[MAX_FILES]; /* a second item has the same file */
};

static void add_part(struct plex_item *item, const struct disk *d, const struct file *f)
{
	item->parts[item->part_count++] = (struct plex_part){
		.file = spell(d, f->old_directory, f->name, true),
		.size = unless_unknown(f->size),
		.duration_ms = unless_unknown(f->duration_ms),
	};
}

static void put_item(struct pathindex *x, const char *section, int key, struct plex_item *item)
{
	auto_free char *rating_key = xasprintf("%d", key);

	item->rating_key = rating_key;
	ck_assert(pathindex_update(x, section, item));
}

static struct pathindex *scan(const struct disk *d, struct truth *truth)
{
	struct pathindex *x = pathindex_new();

	pathindex_begin(x, "1");
	pathindex_commit(x, "1");
	pathindex_begin(x, "2");
	pathindex_commit(x, "2");
	for (int i = 0; i < MAX_FILES; i++) {
		truth->item_of[i] = -1;
		truth->again[i] = false;
	}
	for (int i = 0; i < d->count; i++) {
		struct plex_part parts[MAX_FILES];
		struct plex_item item = { .parts = parts };
		int versions = i + (chance(20) ? 2 : 1);
		bool again;

		if (truth->item_of[i] >= 0)
			continue;
		for (int v = i; v < versions && v < d->count; v++)
			if (d->files[v].old_directory) {
				truth->item_of[v] = 100 + i;
				add_part(&item, d, &d->files[v]);
			}
		again = item.part_count == 1 && chance(5);
		if (item.part_count)
			put_item(x, chance(50) ? "1" : "2", 100 + i, &item);
		if (again)
			put_item(x, chance(50) ? "1" : "2", 200 + i, &item);
		for (int v = i; again && v < MAX_FILES; v++)
			truth->again[v] |= truth->item_of[v] == 100 + i;
		for (size_t p = 0; p < item.part_count; p++)
			free(parts[p].file);
	}
	return x;
}

/* A scene has one file, or two when Plex has them as versions of one item. */
static size_t draw_scene(
	const struct disk *d, const struct truth *truth, int i, struct scene_file *files)
{
	size_t count = 0;

	for (int v = i; v < d->count && count < 2; v++) {
		const struct file *f = &d->files[v];

		if (v > i && (truth->item_of[i] < 0 || truth->item_of[v] != truth->item_of[i]))
			break;
		files[count++] = (struct scene_file){
			.path = spell(d, f->directory, f->name, false),
			.size = unless_unknown(f->size),
			.duration_ms = unless_unknown(f->duration_ms),
		};
	}
	return count;
}

static struct {
	int high, low, ambiguous, none, by_tier[PATHKEYS];
} seen;

static void note(const struct match *m)
{
	seen.high += m->kind == MATCH_HIGH;
	seen.low += m->kind == MATCH_LOW;
	seen.ambiguous += m->kind == MATCH_AMBIGUOUS;
	seen.none += m->kind == MATCH_NONE || m->kind == MATCH_UNSURE;
	if (m->kind == MATCH_HIGH)
		seen.by_tier[m->tier]++;
}

static void judge(const struct disk *d, const struct truth *truth, int i, const struct match *m)
{
	const struct file *f = &d->files[i];

	note(m);
	if (m->kind == MATCH_HIGH) {
		long key = strtol(m->candidates[0].rating_key, NULL, 10);

		ck_assert_int_eq(key % 100, truth->item_of[i] % 100);
		ck_assert_msg(!truth->again[i], "one of two items that own the file is no choice");
	}
	if (f->seen_in_place && !truth->again[i] && d->world != NFD)
		ck_assert_int_eq(m->kind, MATCH_HIGH);
	/* With another encoding of accents, a file whose name differs in case looks as near. */
	if (f->seen_in_place)
		ck_assert(m->kind == MATCH_HIGH || m->kind == MATCH_AMBIGUOUS ||
			  m->kind == MATCH_LOW);
}

static void try_library(void)
{
	const struct match_policy policy = { .strict = chance(50), .window_over = chance(50) };
	struct scene_file files[2];
	struct truth truth;
	struct disk d;
	struct pathindex *x;

	fill_disk(&d);
	x = scan(&d, &truth);
	for (int i = 0; i < d.count; i++) {
		size_t count = draw_scene(&d, &truth, i, files);
		struct match m;

		match_scene(&m, files, count, x, &policy);
		judge(&d, &truth, i, &m);
		match_done(&m);
		while (count > 0)
			free(files[--count].path);
	}
	pathindex_free(x);
}

START_TEST(never_is_sure_of_a_wrong_item)
{
	memset(&seen, 0, sizeof seen);
	for (int seed = 0; seed < LIBRARIES; seed++) {
		state = (uint64_t)seed;
		try_library();
	}
	/* The worlds are worth something only if all of it happens in them. */
	ck_assert_int_gt(seen.low, 100);
	ck_assert_int_gt(seen.ambiguous, 100);
	ck_assert_int_gt(seen.none, 1000);
	for (int tier = 0; tier < PATHKEYS; tier++)
		ck_assert_int_gt(seen.by_tier[tier], 300);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_set_timeout(cases, 100);
	tcase_add_test(cases, never_is_sure_of_a_wrong_item);
}

CHECK_MAIN("match_property", add_cases)
