#include "tests/sim/plexsim_wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PIECES = 10 };

/* A body on its way. */
struct transit {
	struct plexsim *sim;
	int socket;
	enum plexsim_action action;
	int pause_ms;
	struct buf body;
};

static int socket_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* Linux ends a connection by a reset when its socket is to be connected to nothing. */
static void reset(int socket)
{
	(void)connect(
		socket, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr));
}

static void pause_for(struct plexsim *sim, int64_t ms)
{
	struct plexsim_clock clock;
	int64_t end_ms;

	pthread_mutex_lock(&sim->lock);
	plexsim_clock_read(&clock);
	end_ms = clock.mono_ms + ms;
	while (!sim->stopping && clock.mono_ms < end_ms) {
		plexsim_wait(sim, end_ms);
		plexsim_clock_read(&clock);
	}
	pthread_mutex_unlock(&sim->lock);
}

static bool is_cut(const struct transit *t)
{
	return t->action == PLEXSIM_TRUNCATE || t->action == PLEXSIM_RESET_BODY;
}

static ssize_t transit_read(void *cookie, uint64_t position, char *out, size_t max)
{
	struct transit *t = cookie;
	size_t end = is_cut(t) ? t->body.len / 2 : t->body.len;
	size_t len = position < end ? end - (size_t)position : 0;

	if (t->action == PLEXSIM_SLOW && len > t->body.len / PIECES + 1)
		len = t->body.len / PIECES + 1;
	if (len > max)
		len = max;
	if (t->action == PLEXSIM_SLOW && len)
		pause_for(t->sim, t->pause_ms);
	if (!len && t->action == PLEXSIM_RESET_BODY)
		reset(t->socket);
	if (!len)
		return is_cut(t) ? MHD_CONTENT_READER_END_WITH_ERROR
				 : MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(out, t->body.data + position, len);
	return (ssize_t)len;
}

static void transit_free(void *cookie)
{
	struct transit *t = cookie;

	buf_done(&t->body);
	free(t);
}

struct MHD_Response *plexsim_wire_response(struct plexsim *sim, struct MHD_Connection *connection,
	struct plexsim_answer *answer, int pause_ms)
{
	struct transit *t;
	size_t len = answer->body.len;

	if (answer->wire == PLEXSIM_PASS || !len)
		return MHD_create_response_from_buffer(
			len, buf_take(&answer->body), MHD_RESPMEM_MUST_FREE);
	t = xcalloc(1, sizeof *t);
	*t = (struct transit){
		.sim = sim,
		.socket = socket_of(connection),
		.action = answer->wire,
		.pause_ms = pause_ms,
		.body = answer->body,
	};
	buf_init(&answer->body, PLEXSIM_BODY_LIMIT);
	return MHD_create_response_from_callback(
		answer->wire == PLEXSIM_CHUNKED ? MHD_SIZE_UNKNOWN : len, 4096, transit_read, t,
		transit_free);
}

void plexsim_wire_cut(struct MHD_Connection *connection, enum plexsim_action action)
{
	/* An alert of TLS: the message was not understood (RFC 8446 §6). */
	static const char alert[] = { 0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a };

	if (action == PLEXSIM_TLS)
		(void)send(socket_of(connection), alert, sizeof alert, MSG_NOSIGNAL);
	if (action == PLEXSIM_RESET)
		reset(socket_of(connection));
}

void plexsim_wire_end(struct MHD_Connection *connection)
{
	(void)shutdown(socket_of(connection), SHUT_RDWR);
}
