/*
 * The plugin for Stash as a package source: a zip with the files of the plugin and the producer's
 * address, and the index that Stash's package manager reads. The same files and the same address
 * give the same bytes. Source: stashapp/stash:pkg/pkg (index.yml is a YAML list; the manager needs
 * `sha256` in lower case, and keeps the Unix modes that the zip holds).
 */
#ifndef PRODUCER_PLUGIN_H
#define PRODUCER_PLUGIN_H

#include "common/buf.h"

struct plugin_file {
	const char *name; /* in the zip; "plexsync-hook-ARCHITECTURE" is a program */
	bool executable;
	const char *bytes, *end;
};

struct plugin_source {
	const struct plugin_file *files;
	size_t count;
	const char *version;
	int64_t date_s; /* seconds since the epoch, from 1980 to 2107 */
};

/*
 * What was embedded when the program was built (hook/package/). The second is for a producer with
 * `fan_out`: its manifest has hooks for tags, performers, studios and groups, too. It is a second
 * younger, so that Stash offers it as an update to those who have the first.
 */
extern const struct plugin_source plugin_source, plugin_source_fan_out;

#define PLUGIN_URL_SIZE 512
#define PLUGIN_PACKAGE_LIMIT ((size_t)16 * 1024 * 1024)

/* Whether there is a program in it, for any processor: without one there is no package. */
bool plugin_has_hook(const struct plugin_source *s);

/*
 * Whether a hook can be given this address of the producer: http://, a host, perhaps a port and a
 * path; nothing that would be another line of a file or another header. *err says what is wrong.
 */
bool plugin_url_valid(const char *url, struct error *err) WARN_UNUSED;

/* http:// and the Host header of a request. false if there is none, or it is no such address. */
bool plugin_url_of_host(const char *host, char ret_url[PLUGIN_URL_SIZE]) WARN_UNUSED;

/*
 * Appends the zip. `url` NULL: the package names no producer. The buffer's limit should be
 * PLUGIN_PACKAGE_LIMIT; false if it was too small.
 */
bool plugin_write_zip(const struct plugin_source *s, const char *url, struct buf *out) WARN_UNUSED;

/* Appends the index to that zip, which must be at "plexsync.zip" beside it. */
bool plugin_write_index(
	const struct plugin_source *s, const struct buf *zip, struct buf *out) WARN_UNUSED;

#endif
