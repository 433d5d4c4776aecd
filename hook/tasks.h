/* One function for each task; hook/task.h says what they do. */
#ifndef HOOK_TASKS_H
#define HOOK_TASKS_H

#include "hook/producer.h"

/* The producer itself gives up after ten seconds. */
#define TASK_NETWORK_MS 12000
#define TASK_GUARD_MS 15000 /* of one request */

void task_send(const struct producer *producer, const struct config *config, struct reply *reply);
void task_resync(const struct producer *producer, const struct config *config, struct reply *reply);
void task_test(const struct producer *producer, const struct config *config, struct reply *reply);

#endif
