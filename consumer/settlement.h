/*
 * What follows from the end of an attempt: the outcome is made durable, or the scene is pending; then the
 * lane's offsets are settled.
 */
#ifndef CONSUMER_SETTLEMENT_H
#define CONSUMER_SETTLEMENT_H

#include "consumer/enginestate.h"

/* Looks at what the job's last step made of it; to be called after every step. */
void settlement_follow_up(struct engine *e, struct lane *lane);

/* The lane's job does not run any more. */
void settlement_forget_running(struct engine *e, const struct lane *lane);

/* The job is about to end. A try that never reached its service makes room for another one. */
void settlement_release_tries(struct engine *e, struct lane *lane);

#endif
