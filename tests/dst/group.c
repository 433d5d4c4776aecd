#include "tests/dst/group.h"

#include "tests/dst/stage.h"

void group_init(struct group *g, struct stage *stage)
{
	*g = (struct group){ .stage = stage };
}

static void set_state(struct group *g, int consumer, enum member_state state)
{
	g->members[consumer].state = state;
	g->members[consumer].since++;
}

static struct dice *dice(struct group *g)
{
	return &g->stage->world.dice;
}

/* ---- assignment ---- */

/* Range: neighbouring partitions, the first members have one more. */
static void share(struct group *g)
{
	size_t joined = 0, nth = 0, partitions = (size_t)g->stage->log.partitions;

	for (int i = 0; i < CONSUMERS_MAX; i++)
		joined += g->members[i].state == MEMBER_JOINED;
	for (int i = 0; i < CONSUMERS_MAX; i++) {
		struct member *m = &g->members[i];

		m->count = 0;
		if (m->state != MEMBER_JOINED)
			continue;
		for (size_t p = 0; p < partitions; p++)
			if (p * joined / partitions == nth)
				m->partitions[m->count++] = (int32_t)p;
		nth++;
	}
}

static void assign(void *owner, void *data)
{
	struct group *g = owner;
	uint64_t round = (uint64_t)(uintptr_t)data;

	if (round != g->round)
		return;
	share(g);
	for (int i = 0; i < CONSUMERS_MAX; i++) {
		struct member *m = &g->members[i];

		if (m->state != MEMBER_JOINED)
			continue;
		set_state(g, i, MEMBER_ASSIGNED);
		consumer_assigned(&g->stage->consumers[i], m->partitions, m->count);
	}
}

/* Once nobody has anything any more, all who wait are served. */
static void complete(struct group *g)
{
	bool waiting = false;

	for (int i = 0; i < CONSUMERS_MAX; i++) {
		if (g->members[i].state != MEMBER_OUT && g->members[i].state != MEMBER_JOINED)
			return;
		waiting |= g->members[i].state == MEMBER_JOINED;
	}
	if (waiting)
		world_plan(&g->stage->world, dice_between(dice(g), 10, 3000), assign, g,
			(void *)(uintptr_t)g->round, NULL);
}

/* ---- members ---- */

static void plan_for(
	struct group *g, int consumer, int64_t delay_ms, void (*run)(void *owner, void *data))
{
	uint64_t notice = g->members[consumer].since * CONSUMERS_MAX + (uint64_t)consumer;

	world_plan(&g->stage->world, delay_ms, run, g, (void *)(uintptr_t)notice, NULL);
}

static void revoke(void *owner, void *data)
{
	struct group *g = owner;
	uint64_t notice = (uint64_t)(uintptr_t)data;
	int consumer = (int)(notice % CONSUMERS_MAX);

	if (g->members[consumer].since != notice / CONSUMERS_MAX)
		return;
	if (consumer_is_frozen(&g->stage->consumers[consumer]))
		plan_for(g, consumer, 1000, revoke);
	else
		consumer_revoked(&g->stage->consumers[consumer]);
}

void group_rebalance(struct group *g)
{
	g->round++;
	for (int i = 0; i < CONSUMERS_MAX; i++) {
		if (g->members[i].state != MEMBER_ASSIGNED)
			continue;
		set_state(g, i, MEMBER_REVOKING);
		plan_for(g, i, dice_between(dice(g), 0, 100), revoke);
	}
	complete(g);
}

void group_join(struct group *g, int consumer)
{
	set_state(g, consumer, MEMBER_JOINED);
	group_rebalance(g);
}

void group_leave(struct group *g, int consumer)
{
	set_state(g, consumer, MEMBER_OUT);
	group_rebalance(g);
}

static void time_out(void *owner, void *data)
{
	struct group *g = owner;
	uint64_t notice = (uint64_t)(uintptr_t)data;
	int consumer = (int)(notice % CONSUMERS_MAX);

	if (g->members[consumer].since == notice / CONSUMERS_MAX)
		group_leave(g, consumer);
}

void group_die(struct group *g, int consumer)
{
	if (g->members[consumer].state == MEMBER_OUT)
		return;
	set_state(g, consumer, MEMBER_GHOST);
	plan_for(g, consumer, SESSION_TIMEOUT_MS, time_out);
}

void group_released(struct group *g, int consumer)
{
	if (g->members[consumer].state != MEMBER_REVOKING)
		return;
	set_state(g, consumer, MEMBER_JOINED);
	complete(g);
}

static void tell_lost(void *owner, void *data)
{
	struct group *g = owner;
	uint64_t notice = (uint64_t)(uintptr_t)data;
	int consumer = (int)(notice % CONSUMERS_MAX);

	if (g->members[consumer].since != notice / CONSUMERS_MAX)
		return;
	if (consumer_is_frozen(&g->stage->consumers[consumer])) {
		plan_for(g, consumer, 1000, tell_lost);
		return;
	}
	consumer_lost(&g->stage->consumers[consumer]);
	if (g->members[consumer].state == MEMBER_OUT && g->stage->consumers[consumer].engine)
		group_join(g, consumer);
}

void group_expel(struct group *g, int consumer, bool told)
{
	struct member *m = &g->members[consumer];

	if (m->state == MEMBER_GHOST ||
		(m->state != MEMBER_ASSIGNED && m->state != MEMBER_REVOKING && !told))
		return;
	set_state(g, consumer, MEMBER_OUT);
	if (told)
		tell_lost(g, (void *)(uintptr_t)(m->since * CONSUMERS_MAX + (uint64_t)consumer));
	else
		plan_for(g, consumer, dice_between(dice(g), 0, 2 * HEARTBEAT_MS), tell_lost);
	if (m->state == MEMBER_OUT)
		group_rebalance(g);
}

bool group_owns(const struct group *g, int consumer, int32_t partition)
{
	const struct member *m = &g->members[consumer];

	if (m->state != MEMBER_ASSIGNED && m->state != MEMBER_REVOKING)
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (m->partitions[i] == partition)
			return true;
	return false;
}
