/* The JSON of /v1/sweeps. */
#ifndef PRODUCER_SWEEPJSON_H
#define PRODUCER_SWEEPJSON_H

#include "common/buf.h"
#include "common/fault.h"
#include "producer/sweep.h"

/* What a person wants: {"mode":"changed"|"full","max_vanished":N}; an empty body is {}. */
struct sweepjson_order {
	enum sweep_mode mode;
	size_t max_vanished;
};

/* false with *fault; *ret_status: 400 it is no JSON, 422 it is not right. */
bool sweepjson_read(struct sweepjson_order *ret, const char *json, size_t len, unsigned *ret_status,
	struct fault *fault) WARN_UNUSED;

/* One object, without a line's end. */
void sweepjson_put(struct buf *out, const struct sweep_progress *p);

/* What there is when no sweep runs; `last` may be NULL: there was none. */
void sweepjson_put_idle(struct buf *out, const struct sweep_progress *last);

#endif
