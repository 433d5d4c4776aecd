/* Answers that go wrong on their way. */
#ifndef TESTS_SIM_PLEXSIM_WIRE_H
#define TESTS_SIM_PLEXSIM_WIRE_H

#include "tests/sim/plexsim_server.h"

#include <microhttpd.h>

/* The response that carries the answer's body, which it takes, as answer->wire says. */
struct MHD_Response *plexsim_wire_response(struct plexsim *sim, struct MHD_Connection *connection,
	struct plexsim_answer *answer, int pause_ms);

/* Instead of an answer, before the connection is closed. */
void plexsim_wire_cut(struct MHD_Connection *connection, enum plexsim_action action);

/* After an answer: ends the connection, which was to be kept. */
void plexsim_wire_end(struct MHD_Connection *connection);

#endif
