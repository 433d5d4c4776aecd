/* The consumer's settings. */
#ifndef CONSUMER_OPTIONS_H
#define CONSUMER_OPTIONS_H

#include "common/servicesettings.h"

struct consumer_options {
	SERVICE_MEMBERS;
	char *kafka_group_id;
	char *kafka_group_instance_id;
	char *admin_listen;
	char *admin_token;
	char *stash_url;
	char *stash_api_key;
	char *plex_url;
	char *plex_token;
	struct setting_list plex_libraries;
	struct setting_list path_map;
	bool enabled, organized_only;
	struct setting_list include_tags, exclude_tags, exclude_studios, exclude_paths;
	bool preserve_plex_edits;
	bool lock_fields;
	bool sync_title, sync_summary, sync_studio, sync_date;
	bool sync_performers, sync_tags, sync_collection, sync_groups, sync_rating, sync_poster;
	int64_t max_tags;
	bool skip_not_found, trigger_plex_scan, clear_on_destroy;
	int64_t settle_window_ms;
	int64_t not_found_retry_min_ms, not_found_retry_max_ms, not_found_window_ms;
	int64_t retry_min_ms, retry_max_ms, max_retries;
	int64_t breaker_failures, breaker_probe_min_ms, breaker_probe_max_ms;
	int64_t plex_connections, plex_edits_in_flight;
	int64_t connect_timeout_ms, read_timeout_ms, edit_timeout_ms;
};

extern const struct setting consumer_settings[];
extern const size_t consumer_settings_count;

/* What no single setting can tell; as service_program wants it. */
bool consumer_options_validate(const void *options, struct error *err);

#endif
