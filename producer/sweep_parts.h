/* The inside of a sweep, for its own files. */
#ifndef PRODUCER_SWEEP_PARTS_H
#define PRODUCER_SWEEP_PARTS_H

#include "producer/sweep.h"

enum phase { PHASE_WALK, PHASE_COMPARE, PHASE_CHECK, PHASE_DESTROY, PHASE_DRAIN, PHASE_OVER };

enum place_state { PLACE_FREE, PLACE_SENT, PLACE_AGAIN };

/* An event that Kafka has not acknowledged. */
struct place {
	enum place_state state;
	uint64_t scene;
	enum action action;
};

/* Waiting for a neighbour that is away. */
struct patience {
	int64_t until_ms; /* 0: it is not waited for */
	int64_t wait_ms; /* the last wait */
};

struct sweep {
	struct sweep_options options;
	enum phase phase;
	enum sweep_state end; /* with PHASE_OVER */
	int64_t started_ms, ended_ms, now_ms;
	int64_t pace_us; /* when the next question or event is due, by its rate */
	struct patience stash, kafka;
	struct error detail;
	bool asking; /* a question is open */
	int64_t after; /* the last id of the last page */
	unsigned page_size;
	struct stash_page page;
	size_t row; /* the next of the page */
	struct vanished *vanished;
	size_t suspect; /* the next to be checked or destroyed */
	bool *confirmed; /* by suspect */
	struct place places[SWEEP_PLACES];
	size_t places_taken, places_again;
	struct sweep_progress progress;
};

/* The sweep is over; the last thing that its steps and answers do. */
void sweep_end(struct sweep *s, enum sweep_state how);

#endif
