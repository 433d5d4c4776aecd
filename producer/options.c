#include "producer/options.h"

#include "common/hostport.h"
#include "producer/plugin.h"
#include "producer/sweep.h"

#include <string.h>

#define OPTIONS struct producer_options

enum { HOUR_MS = 3600000 };

static const char *const fallbacks[] = {
	[FALLBACK_RECEIVED] = "received",
	[FALLBACK_REJECT] = "reject",
	NULL,
};

const struct setting producer_settings[] = {
	SERVICE_ROWS(OPTIONS),
	SETTING_TEXT(OPTIONS, listen, "127.0.0.1:8590", "Address and port of the HTTP server."),
	SETTING_SECRET(OPTIONS, api_token,
		"Bearer token that requests must carry; needed unless listen is a loopback "
		"address."),
	SETTING_BOOL(OPTIONS, allow_anonymous, "false",
		"Listen on other addresses than loopback without an api_token."),
	SETTING_TEXT(OPTIONS, public_url, "",
		"The address of this producer that the plugin for Stash is given, as in "
		"http://nas:8590; if none, the one at which Stash asks for the plugin."),
	SETTING_INT(OPTIONS, rate_limit, "0", 0, 1000000,
		"Requests in a second that one client address may send, with a burst of as many; "
		"above "
		"it 429. 0 is no limit."),
	SETTING_CHOICE(OPTIONS, updated_at_fallback, "received", fallbacks,
		"What becomes of an event of the API (no hook) that says create or update without "
		"updated_at: ordered by the time it was received, or rejected with 422."),
	SETTING_TEXT(OPTIONS, stash_url, "",
		"Stash, as http://host:9999. Without it there are no sweeps."),
	SETTING_SECRET(OPTIONS, stash_api_key, "Stash's API key; only when Stash has one."),
	SETTING_DURATION(OPTIONS, connect_timeout, "5s", 100, HOUR_MS, "Time to connect to Stash."),
	SETTING_DURATION(OPTIONS, read_timeout, "30s", 100, HOUR_MS,
		"Time for one answer of Stash to a sweep."),
	SETTING_DURATION(OPTIONS, reconcile_interval, "24h", 0, INT64_C(366) * 24 * HOUR_MS,
		"A sweep compares Stash with what was synced at the start and every so long; 0 is "
		"never by itself."),
	SETTING_INT(OPTIONS, sweep_rate, "100", 1, SWEEP_RATE_MAX,
		"Questions to Stash and events that a sweep may make in a second."),
	SETTING_BOOL(OPTIONS, fan_out, "false",
		"When a tag, performer, studio or group changes in Stash, sync the scenes that "
		"show it."),
};
const size_t producer_settings_count = ARRAY_LEN(producer_settings);

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

bool producer_options_validate(const void *options, struct error *err)
{
	const struct producer_options *o = options;
	struct hostport at;
	struct error why;

	if (!hostport_parse(o->listen, &at, &why))
		return error_set(err, "listen is wrong: %s", why.text);
	if (!service_check_url("stash_url", o->stash_url, err))
		return false;
	if (!o->api_token[0] && !o->allow_anonymous && !is_loopback(at.host))
		return error_set(err,
			"api_token is not set, and listen=%s can be reached from other machines. "
			"Set api_token, listen on 127.0.0.1, or say allow_anonymous=true.",
			o->listen);
	if (o->public_url[0] && !plugin_url_valid(o->public_url, &why))
		return error_set(err, "public_url=%s is no address of a producer: %s.",
			o->public_url, why.text);
	return true;
}
