/* Dead letters: whether one is the record that it says, and whether it had to be. */
#ifndef TESTS_DST_LETTER_H
#define TESTS_DST_LETTER_H

#include "common/record.h"

struct stage;

/* The offset in scene-events that a letter names; -1: none. */
int64_t letter_offset(const struct record *letter);

/* Value, key and headers of the original; but for ours these come first, and in their order. */
bool letter_is_copy(const struct record *letter, const struct record *original);

/* A record of scene-retries: what is pending must be an event of that scene, byte for byte. */
void retry_check(struct stage *stage, const struct record *retry);

/* Fails the world when something is wrong with it. */
void letter_check(struct stage *stage, const struct record *letter);

#endif
