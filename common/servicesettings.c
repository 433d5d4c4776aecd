#include "common/servicesettings.h"

#include <stddef.h>

const char *const service_log_levels[] = { "error", "warn", "info", "debug", NULL };
