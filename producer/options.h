/* The producer's settings. */
#ifndef PRODUCER_OPTIONS_H
#define PRODUCER_OPTIONS_H

#include "common/servicesettings.h"

struct producer_options {
	SERVICE_MEMBERS;
	char *listen;
	char *api_token;
	bool allow_anonymous;
	char *public_url;
	int64_t rate_limit;
	int updated_at_fallback;
	char *stash_url;
	char *stash_api_key;
	int64_t connect_timeout_ms, read_timeout_ms;
	int64_t reconcile_interval_ms;
	int64_t sweep_rate;
	bool fan_out;
};

/* What becomes of an event without a version; the values of updated_at_fallback. */
enum producer_fallback { FALLBACK_RECEIVED, FALLBACK_REJECT };

extern const struct setting producer_settings[];
extern const size_t producer_settings_count;

/* What no single setting can tell; as service_program wants it. */
bool producer_options_validate(const void *options, struct error *err);

#endif
