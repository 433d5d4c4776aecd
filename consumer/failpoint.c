#include "consumer/failpoint.h"

#ifdef PLEXSYNC_FAILPOINTS

#include "common/log.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void failpoint_pass(const char *step)
{
	static long passed;
	const char *chosen = getenv("PLEXSYNC_FAILPOINT");

	if (!chosen || ++passed != strtol(chosen, NULL, 10))
		return;
	log_warn("failpoint", "number=%ld step=%s", passed, step);
	kill(getpid(), SIGKILL);
}

#endif
