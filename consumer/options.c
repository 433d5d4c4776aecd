#include "consumer/options.h"

#include "consumer/pathmap.h"

#include <string.h>

#define OPTIONS struct consumer_options

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };

const struct setting consumer_settings[] = {
	SERVICE_ROWS(OPTIONS),
	SETTING_TEXT(
		OPTIONS, kafka_group_id, "plexsync", "The consumer group; all instances share it."),
	SETTING_TEXT(OPTIONS, kafka_group_instance_id, "",
		"A name of this instance that stays over restarts: a restart then moves no "
		"partitions."),
	SETTING_TEXT(OPTIONS, admin_listen, "127.0.0.1:8591",
		"Address and port of the admin HTTP server."),
	SETTING_SECRET(OPTIONS, admin_token, "Bearer token of the admin HTTP server."),
	SETTING_TEXT(OPTIONS, stash_url, "",
		"Stash, as http://host:9999. Without it events that carry no scene wait."),
	SETTING_SECRET(OPTIONS, stash_api_key, "Stash's API key; only when Stash has one."),
	SETTING_TEXT(OPTIONS, plex_url, "", "Plex Media Server, as http://host:32400."),
	SETTING_SECRET(OPTIONS, plex_token, "Plex token of the server's owner."),
	SETTING_LIST(OPTIONS, plex_libraries, "",
		"Titles or keys of the libraries; empty is every movie library."),
	SETTING_LIST(OPTIONS, path_map, "",
		"Where Plex sees Stash's files by other paths: path in Stash, colon, path in Plex, "
		"as /data:/media."),
	SETTING_BOOL(OPTIONS, enabled, "true", "Off: scenes are followed and none is synced."),
	SETTING_BOOL(OPTIONS, organized_only, "false",
		"Sync only scenes that are marked as organized in Stash."),
	SETTING_LIST(OPTIONS, include_tags, "", "Sync only scenes with one of these tags."),
	SETTING_LIST(OPTIONS, exclude_tags, "", "Never sync a scene with one of these tags."),
	SETTING_LIST(OPTIONS, exclude_studios, "",
		"Never sync a scene of one of these studios, or of one whose parent it is."),
	SETTING_LIST(OPTIONS, exclude_paths, "",
		"Never sync a scene all of whose files, as Stash sees them, are in these "
		"directories "
		"or match these patterns, as */private/*."),
	SETTING_BOOL(OPTIONS, preserve_plex_edits, "false", "Keep what a person changed in Plex."),
	SETTING_BOOL(OPTIONS, lock_fields, "true",
		"Lock fields that are written, so that agents leave them alone."),
	SETTING_BOOL(OPTIONS, sync_title, "true", "Bring the title."),
	SETTING_BOOL(OPTIONS, sync_summary, "true", "Bring the details, as Plex's summary."),
	SETTING_BOOL(OPTIONS, sync_studio, "true", "Bring the studio."),
	SETTING_BOOL(OPTIONS, sync_date, "true", "Bring the date, as Plex's originally available."),
	SETTING_BOOL(OPTIONS, sync_performers, "true", "Bring the performers, as Plex's cast."),
	SETTING_BOOL(OPTIONS, sync_tags, "true", "Bring the tags, as Plex's genres."),
	SETTING_BOOL(OPTIONS, sync_collection, "true",
		"Put the item into a collection named like the studio."),
	SETTING_BOOL(OPTIONS, sync_groups, "false",
		"Put the item into collections named like the scene's groups."),
	SETTING_BOOL(OPTIONS, sync_rating, "false",
		"Bring the rating, as that of the Plex token's owner."),
	SETTING_BOOL(OPTIONS, sync_poster, "true", "Bring the cover, as Plex's poster."),
	SETTING_INT(OPTIONS, max_tags, "100", 1, 500, "Tags of a scene that are brought at most."),
	SETTING_BOOL(OPTIONS, skip_not_found, "false",
		"Skip a scene that Plex lacks after not_found_window, instead of making a dead "
		"letter."),
	SETTING_BOOL(OPTIONS, trigger_plex_scan, "false",
		"Ask Plex to scan the directory of a file that it lacks, at most once in ten "
		"minutes."),
	SETTING_BOOL(OPTIONS, clear_on_destroy, "false",
		"Take back in Plex what plexsync wrote and nobody changed, when the scene is "
		"destroyed in Stash."),
	SETTING_DURATION(OPTIONS, settle_window, "2s", 0, HOUR_MS,
		"How long to wait for more edits of a scene before it is synced."),
	SETTING_DURATION(OPTIONS, not_found_retry_min, "30s", 1000, DAY_MS,
		"First wait for a scene that Plex lacks."),
	SETTING_DURATION(OPTIONS, not_found_retry_max, "600s", 1000, DAY_MS,
		"Longest wait for a scene that Plex lacks."),
	SETTING_DURATION(OPTIONS, not_found_window, "2h", 0, 30 * (int64_t)DAY_MS,
		"How long a scene that Plex lacks is tried."),
	SETTING_DURATION(
		OPTIONS, retry_min, "5s", 100, DAY_MS, "First wait after a failure of one scene."),
	SETTING_DURATION(OPTIONS, retry_max, "80s", 100, DAY_MS,
		"Longest wait after a failure of one scene."),
	SETTING_INT(OPTIONS, max_retries, "5", 0, 1000,
		"Repetitions for one scene, before a dead letter."),
	SETTING_INT(OPTIONS, breaker_failures, "5", 1, 1000,
		"Failures in a row after which Plex or Stash counts as down."),
	SETTING_DURATION(OPTIONS, breaker_probe_min, "5s", 100, DAY_MS,
		"First wait before a service that is down is tried."),
	SETTING_DURATION(
		OPTIONS, breaker_probe_max, "60s", 100, DAY_MS, "Longest wait between such tries."),
	SETTING_INT(OPTIONS, plex_connections, "8", 1, 100,
		"Connections to Plex, and scenes in work, at one time."),
	SETTING_INT(OPTIONS, plex_edits_in_flight, "1", 1, 100, "Edits in Plex at one time."),
	SETTING_DURATION(
		OPTIONS, connect_timeout, "5s", 100, HOUR_MS, "Time to connect to Plex or Stash."),
	SETTING_DURATION(OPTIONS, read_timeout, "30s", 100, HOUR_MS,
		"Silence after which a read is given up."),
	SETTING_DURATION(OPTIONS, edit_timeout, "10s", 100, HOUR_MS,
		"Time after which an edit's outcome is unknown."),
};
const size_t consumer_settings_count = ARRAY_LEN(consumer_settings);

static bool check_url(const char *name, const char *url, bool required, struct error *err)
{
	size_t len = strlen(url);

	if (!len && required)
		return error_set(
			err, "%s is not set: give the address, as http://host:port.", name);
	if (len && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return error_set(err, "%s must begin with http:// or https://.", name);
	if (len && url[len - 1] == '/')
		return error_set(err, "%s must not end with a slash.", name);
	if (strpbrk(url, "?#@ "))
		return error_set(
			err, "%s must be a plain address, without user, query or blanks.", name);
	return true;
}

static bool check_order(
	const char *less_name, int64_t less, const char *more_name, int64_t more, struct error *err)
{
	if (less > more)
		return error_set(err, "%s must not be longer than %s.", less_name, more_name);
	return true;
}

static bool check_path_map(const struct setting_list *rules, struct error *err)
{
	struct pathmap *map = pathmap_new(rules, err);

	pathmap_free(map);
	return map != NULL;
}

bool consumer_options_validate(const void *options, struct error *err)
{
	const struct consumer_options *o = options;

	if (!o->plex_token[0])
		return error_set(
			err, "plex_token is not set: give the token of the Plex server's owner.");
	return check_url("plex_url", o->plex_url, true, err) &&
	       check_url("stash_url", o->stash_url, false, err) &&
	       check_path_map(&o->path_map, err) &&
	       check_order("not_found_retry_min", o->not_found_retry_min_ms, "not_found_retry_max",
		       o->not_found_retry_max_ms, err) &&
	       check_order("retry_min", o->retry_min_ms, "retry_max", o->retry_max_ms, err) &&
	       check_order("breaker_probe_min", o->breaker_probe_min_ms, "breaker_probe_max",
		       o->breaker_probe_max_ms, err);
}
