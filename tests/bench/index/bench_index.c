/* What the index costs: see README.md. */
#include "common/buf.h"
#include "consumer/pathindex.h"
#include "consumer/plexxml.h"

#include <libxml/parser.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 1000, LOOKUPS = 200000, CHUNK = 64 * 1024 };

static const char *const studios[] = { "Northern Lights", "Harbour Films", "Studio Nine",
	"Oak & Elm", "Blue Door", "Second Street", "Paper Moon", "Low Tide" };
static const char *const words[] = { "morning", "window", "garden", "letters", "river", "balcony",
	"summer", "evening", "stairs", "harvest", "mirror", "station", "winter", "kitchen",
	"island", "silence" };

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* About 80 bytes. */
static void write_path(char *ret, size_t size, int64_t i)
{
	uint64_t mixed = (uint64_t)i * 0x9E3779B97F4A7C15u;
	const char *studio = studios[mixed >> 61];

	snprintf(ret, size, "/data/media/scenes/%s/%s - 20%02d-%02d-%02d - the %s %s %06lld.mp4",
		studio, studio, (int)(mixed % 25), (int)(mixed / 25 % 12) + 1,
		(int)(mixed / 300 % 28) + 1, words[mixed >> 40 & 15], words[mixed >> 44 & 15],
		(long long)i);
}

/* ---- parse ---- */

static void write_row(struct buf *page, int64_t i)
{
	char path[200], text[220];
	char *ampersand;

	write_path(path, sizeof path, i);
	snprintf(text, sizeof text, "%s", path);
	ampersand = strchr(text, '&');
	while (ampersand) { /* one in each of its places */
		memmove(ampersand + 5, ampersand + 1, strlen(ampersand + 1) + 1);
		memcpy(ampersand, "&amp;", 5);
		ampersand = strchr(ampersand + 5, '&');
	}
	buf_printf(page,
		"<Video ratingKey=\"%lld\" key=\"/library/metadata/%lld\" guid=\"local://%lld\" "
		"studio=\"%s\" type=\"movie\" title=\"The %s\" titleSort=\"%s\" "
		"librarySectionTitle=\"Scenes\" librarySectionID=\"1\" "
		"librarySectionKey=\"/library/sections/1\" contentRating=\"XXX\" "
		"summary=\"%0900d\" "
		"rating=\"7.3\" year=\"2020\" thumb=\"/library/metadata/%lld/thumb/1579478991\" "
		"art=\"/library/metadata/%lld/art/1579478991\" duration=\"596000\" "
		"originallyAvailableAt=\"2020-04-10\" addedAt=\"1579478975\" "
		"updatedAt=\"1579478991\">"
		"<Media id=\"%lld\" duration=\"596000\" bitrate=\"1824\" width=\"1920\" "
		"height=\"1080\" "
		"aspectRatio=\"1.78\" audioChannels=\"2\" audioCodec=\"aac\" videoCodec=\"h264\" "
		"videoResolution=\"1080\" container=\"mp4\" videoFrameRate=\"24p\">"
		"<Part id=\"%lld\" key=\"/library/parts/%lld/1579478991/file.mp4\" "
		"duration=\"596000\" "
		"file=\"%s\" size=\"%lld\" container=\"mp4\" videoProfile=\"high\"/></Media>"
		"<Genre tag=\"Drama\"/><Genre tag=\"Outdoor\"/><Role tag=\"Jane Doe\"/>"
		"<Role tag=\"Mary Major\"/></Video>\n",
		(long long)i, (long long)i, (long long)i, words[i & 15], words[i >> 4 & 15],
		words[i >> 8 & 15], (int)(i & 0xffff), (long long)i, (long long)i, (long long)i,
		(long long)i, (long long)i, text, (long long)(1000000 + i));
}

static void write_page(struct buf *page, int64_t start, int64_t count, int64_t total)
{
	buf_clear(page);
	buf_printf(page,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MediaContainer size=\"%lld\" "
		"totalSize=\"%lld\" offset=\"%lld\" librarySectionID=\"1\">\n",
		(long long)count, (long long)total, (long long)start);
	for (int64_t i = start; i < start + count; i++)
		write_row(page, i);
	buf_puts(page, "</MediaContainer>\n");
	if (page->overflowed)
		abort();
}

static void on_start(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int namespace_count, const xmlChar **namespaces, int count, int defaulted,
	const xmlChar **fields)
{
	(void)name;
	(void)prefix;
	(void)uri;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	(void)fields;
	*(int64_t *)cookie += count;
}

static void on_end(void *cookie, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)cookie;
	(void)name;
	(void)prefix;
	(void)uri;
}

static void pass_bare(const struct buf *page, int64_t *attributes)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end
	};
	xmlParserCtxtPtr context = xmlCreatePushParserCtxt(&handler, attributes, NULL, 0, NULL);

	xmlCtxtUseOptions(context, XML_PARSE_NONET);
	for (size_t at = 0; at < page->len; at += CHUNK) {
		size_t chunk = page->len - at < CHUNK ? page->len - at : CHUNK;

		if (xmlParseChunk(context, page->data + at, (int)chunk, at + chunk == page->len))
			abort();
	}
	xmlFreeParserCtxt(context);
}

struct filling {
	struct pathindex *index;
	int64_t items, index_ns;
};

static void on_item(void *cookie, const struct plex_item *item)
{
	struct filling *f = cookie;
	int64_t at = now_ns(CLOCK_MONOTONIC);

	pathindex_add(f->index, "1", item);
	f->index_ns += now_ns(CLOCK_MONOTONIC) - at;
	f->items++;
}

static void fill_from_page(struct filling *f, const struct buf *page)
{
	const struct plexxml_handler handler = { .on_item = on_item, .cookie = f };
	struct plexxml_container container;
	struct error err;

	if (!plexxml_parse(page->data, page->len, &handler, &container, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
}

static void put_item(struct pathindex *x, int64_t i)
{
	char path[200], key[24];
	struct plex_part part = { .file = path, .size = 1000000 + i, .duration_ms = 596000 };
	struct plex_item item = { .rating_key = key, .parts = &part, .part_count = 1 };

	write_path(path, sizeof path, i);
	snprintf(key, sizeof key, "%lld", (long long)i);
	pathindex_add(x, "1", &item);
}

static void run_parse(int64_t items)
{
	struct filling f = { .index = pathindex_new() };
	int64_t bare_ns = 0, full_ns = 0, attributes = 0, bytes = 0;
	struct buf page;

	buf_init(&page, PLEXXML_BODY_MAX);
	pathindex_begin(f.index, "1");
	for (int64_t start = 0; start < items; start += PAGE) {
		int64_t count = items - start < PAGE ? items - start : PAGE, at;

		write_page(&page, start, count, items);
		bytes += (int64_t)page.len;
		at = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		pass_bare(&page, &attributes);
		bare_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID) - at;
		at = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		fill_from_page(&f, &page);
		full_ns += now_ns(CLOCK_PROCESS_CPUTIME_ID) - at;
	}
	pathindex_commit(f.index, "1");
	if (f.items != items || pathindex_paths(f.index) != (size_t)items)
		abort();
	printf("items=%lld bytes_per_item=%lld sax_us_per_item=%.2f all_us_per_item=%.2f "
	       "of_which_index=%.2f ratio=%.2f\n",
		(long long)items, (long long)(bytes / items), (double)bare_ns / 1e3 / (double)items,
		(double)full_ns / 1e3 / (double)items, (double)f.index_ns / 1e3 / (double)items,
		(double)full_ns / (double)bare_ns);
	buf_done(&page);
	pathindex_free(f.index);
}

/* ---- find ---- */

static double resident_mb(void)
{
	long total = 0, resident = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	if (!statm || fscanf(statm, "%ld %ld", &total, &resident) != 2)
		abort();
	fclose(statm);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_percentiles(const char *what, int64_t *times_ns)
{
	qsort(times_ns, LOOKUPS, sizeof *times_ns, compare);
	printf("%s p50=%lldns p99=%lldns\n", what, (long long)times_ns[LOOKUPS / 2],
		(long long)times_ns[LOOKUPS / 100 * 99]);
}

/* `suffix` behind each path: "" finds, anything else misses. */
static void time_lookups(const struct pathindex *x, const char *what, enum pathkey key,
	int64_t items, const char *suffix)
{
	int64_t *times_ns = calloc(LOOKUPS, sizeof *times_ns);
	uint64_t state = 42;

	for (int i = 0; times_ns && i < LOOKUPS; i++) {
		struct pathindex_hit hit;
		char path[220];
		size_t found;
		int64_t at;

		state = state * 6364136223846793005u + 1442695040888963407u;
		write_path(path, sizeof path, (int64_t)((state >> 20) % (uint64_t)items));
		memcpy(path + strlen(path), suffix, strlen(suffix) + 1);
		at = now_ns(CLOCK_MONOTONIC);
		found = key == PATHKEY_EXACT ? pathindex_find(x, path, &hit, 1)
					     : pathindex_find_by(x, key, path, &hit, 1);
		times_ns[i] = now_ns(CLOCK_MONOTONIC) - at;
		if (found != (*suffix ? 0 : 1))
			abort();
	}
	print_percentiles(what, times_ns);
	free(times_ns);
}

static void time_clock(void)
{
	int64_t *times_ns = calloc(LOOKUPS, sizeof *times_ns);

	for (int i = 0; times_ns && i < LOOKUPS; i++) {
		int64_t at = now_ns(CLOCK_MONOTONIC);

		times_ns[i] = now_ns(CLOCK_MONOTONIC) - at;
	}
	print_percentiles("clock", times_ns);
	free(times_ns);
}

static void run_find(int64_t items)
{
	double before = resident_mb();
	struct pathindex *x = pathindex_new();
	int64_t at = now_ns(CLOCK_PROCESS_CPUTIME_ID), bytes = 0;
	char path[200];

	pathindex_begin(x, "1");
	for (int64_t i = 0; i < items; i++)
		put_item(x, i);
	pathindex_commit(x, "1");
	at = now_ns(CLOCK_PROCESS_CPUTIME_ID) - at;
	for (int64_t i = 0; i < items; i += 1000) {
		write_path(path, sizeof path, i);
		bytes += (int64_t)strlen(path);
	}
	printf("items=%lld path_bytes=%lld rss_mb=%.1f of_which_before=%.1f "
	       "fill_us_per_item=%.2f\n",
		(long long)items, (long long)(bytes / (items / 1000)), resident_mb(), before,
		(double)at / 1e3 / (double)items);
	time_clock();
	time_lookups(x, "exact", PATHKEY_EXACT, items, "");
	time_lookups(x, "exact-miss", PATHKEY_EXACT, items, "x");
	time_lookups(x, "folded", PATHKEY_FOLDED, items, "");
	time_lookups(x, "name", PATHKEY_NAME, items, "");
	pathindex_free(x);
}

int main(int argc, char **argv)
{
	long long items = argc == 3 ? strtoll(argv[2], NULL, 10) : 0;

	if (items >= 1000 && strcmp(argv[1], "parse") == 0) {
		run_parse(items);
	} else if (items >= 1000 && strcmp(argv[1], "find") == 0) {
		run_find(items);
	} else {
		fprintf(stderr, "usage: bench_index parse|find ITEMS (1000 or more)\n");
		return 2;
	}
	return 0;
}
