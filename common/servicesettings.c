#include "common/servicesettings.h"

#include <string.h>

const char *const service_log_levels[] = { "error", "warn", "info", "debug", NULL };

bool service_check_url(const char *name, const char *url, struct error *err)
{
	size_t len = strlen(url);

	if (len == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return error_set(err, "%s must begin with http:// or https://.", name);
	if (url[len - 1] == '/')
		return error_set(err, "%s must not end with a slash.", name);
	if (strpbrk(url, "?#@ "))
		return error_set(
			err, "%s must be a plain address, without user, query or blanks.", name);
	return true;
}
