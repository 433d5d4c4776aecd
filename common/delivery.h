/* What became of a produced record. */
#ifndef COMMON_DELIVERY_H
#define COMMON_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

enum delivery {
	DELIVERY_DONE, /* acknowledged by all in-sync replicas */
	DELIVERY_REFUSED, /* certainly not on the topic, and would be refused again: too large, invalid */
	DELIVERY_FAILED, /* certainly not on the topic; the same record may be sent again */
	DELIVERY_UNKNOWN, /* may or may not be on the topic */
};

struct delivery_report {
	enum delivery outcome;
	int32_t partition; /* with DELIVERY_DONE */
	int64_t offset; /* with DELIVERY_DONE; negative: not told, for a record that was sent twice */
	bool too_large; /* with DELIVERY_REFUSED: a smaller record would be taken */
	const char *reason; /* a short text; borrowed for the call */
};

#endif
