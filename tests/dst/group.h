/* The consumer group's coordinator: eager assignment by range, generations, session time-outs. */
#ifndef TESTS_DST_GROUP_H
#define TESTS_DST_GROUP_H

#include "tests/dst/log.h"

enum { CONSUMERS_MAX = 3, PARTITIONS_MAX = 3, SESSION_TIMEOUT_MS = 45000, HEARTBEAT_MS = 5000 };

struct stage;

enum member_state {
	MEMBER_OUT, /* not in the group */
	MEMBER_JOINED, /* waits for its partitions */
	MEMBER_ASSIGNED,
	MEMBER_REVOKING, /* is to give them back */
	MEMBER_GHOST, /* is dead, and the group does not know */
};

struct member {
	enum member_state state;
	uint64_t since; /* counts its states: a plan that was made for an older one is void */
	int32_t partitions[PARTITIONS_MAX];
	size_t count;
};

struct group {
	struct stage *stage;
	struct member members[CONSUMERS_MAX];
	uint64_t round; /* of rebalances */
};

void group_init(struct group *g, struct stage *stage);

void group_join(struct group *g, int consumer);
void group_leave(struct group *g, int consumer);

/* It crashed; the group finds out by its session's time-out or when it joins again. */
void group_die(struct group *g, int consumer);

/* It gave its partitions back. */
void group_released(struct group *g, int consumer);

/* All members give back what they have, and are assigned anew. */
void group_rebalance(struct group *g);

/* The group takes it for dead. told: it learns at once, else by one of its next heartbeats. */
void group_expel(struct group *g, int consumer, bool told);

/* Whether a commit is accepted: the partition is this member's. */
bool group_owns(const struct group *g, int consumer, int32_t partition);

#endif
