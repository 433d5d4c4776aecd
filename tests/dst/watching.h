/* Plex's event stream as an instance follows it: it may begin late, break off, and replays nothing. */
#ifndef TESTS_DST_WATCHING_H
#define TESTS_DST_WATCHING_H

#include "tests/dst/consumerworld.h"

/* The engine's DO_WATCH. */
void watching_start(struct consumer *c, call_id call);

/* Plex has told something. */
void watching_notice(struct consumer *c);

#endif
