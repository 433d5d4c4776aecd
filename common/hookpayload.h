/*
 * What Stash gives a raw plugin on standard input, read in one pass and in fixed memory.
 *
 * Two forms are understood: the whole input, {"server_connection":{…},"args":{"hookContext":{…}}}
 * (with other arguments beside the context, or, for a task, instead of it), and the hookContext
 * alone, {"id":45,"type":"Scene.Update.Post","input":…,"inputFields":[…]}. Only keys in their
 * right place count (`input.id` is not the id); one of them twice is refused, an unknown one is
 * passed over. Stash sends `id` as a number; decimal text is taken too. `input` may be null, an
 * object or an array, and `inputFields` is left out when it would be empty (recorded from Stash
 * v0.30.1). The session cookie and the rest of the input are never kept.
 *
 * Needs nothing but libc and common/base: it is also a part of the static plexsync-hook.
 */
#ifndef COMMON_HOOKPAYLOAD_H
#define COMMON_HOOKPAYLOAD_H

#include "common/base.h"
#include "common/jsonscan.h"

#define HOOKPAYLOAD_FIELDS 64
#define HOOKPAYLOAD_NAME 64 /* bytes of a trigger, a field name, a hash or a mode */
#define HOOKPAYLOAD_PATH 4096
#define HOOKPAYLOAD_WRITTEN 65536 /* what hookpayload_write() needs at most */

enum hookpayload_input {
	HOOKPAYLOAD_INPUT_ABSENT,
	HOOKPAYLOAD_INPUT_NULL,
	HOOKPAYLOAD_INPUT_OBJECT,
	HOOKPAYLOAD_INPUT_ARRAY,
};

enum hookpayload_action {
	HOOKPAYLOAD_NO_SCENE, /* a hook of another kind, or a task */
	HOOKPAYLOAD_CREATE,
	HOOKPAYLOAD_UPDATE,
	HOOKPAYLOAD_DESTROY,
};

enum hookpayload_progress { HOOKPAYLOAD_MORE, HOOKPAYLOAD_BAD };

/* Read the first part after hookpayload_finish() said true. It holds no pointers: copy it freely. */
struct hookpayload {
	bool is_task; /* `args` without a hookContext: a button was pressed, nothing was edited */
	char mode[HOOKPAYLOAD_NAME + 1]; /* args.mode if it is text of that size, else "" */
	char type[HOOKPAYLOAD_NAME + 1]; /* the trigger, "Scene.Update.Post"; "" for a task */
	char id[19]; /* 1 to 18 digits, no leading zero; "" for a task */
	enum hookpayload_input input;
	char fields[HOOKPAYLOAD_FIELDS][HOOKPAYLOAD_NAME + 1]; /* the names in inputFields */
	size_t field_count;
	bool fields_cut; /* some names were too many or too long: what changed is not known */
	/* Of input; "" if absent, empty, too long or not text. Meant for a destroyed scene only. */
	char path[HOOKPAYLOAD_PATH + 1];
	char oshash[HOOKPAYLOAD_NAME + 1];
	char checksum[HOOKPAYLOAD_NAME + 1];

	/* After a failure: where, as a JSON pointer (RFC 6901), or "" when only the byte is known. */
	char pointer[64];

	/* Private to hookpayload.c. */
	struct jsonscan scan;
	unsigned char places[JSONSCAN_DEPTH]; /* what the open containers are */
	unsigned char place; /* what the next value of an object is */
	uint32_t seen; /* bit: a place that was met */
	bool bare; /* the hookContext alone */
	uint64_t element; /* index in inputFields */
	struct hookpayload_fault {
		const char *what; /* NULL: no fault */
		unsigned char place;
		uint64_t offset, element;
	} fault, destroy_fault; /* the latter counts only if a scene was destroyed */
};

/* Ready for the first byte. */
void hookpayload_init(struct hookpayload *p);

/* Takes the next bytes, any number of them. BAD: give up and ask hookpayload_finish() why. */
enum hookpayload_progress hookpayload_feed(struct hookpayload *p, const char *bytes, size_t len);

/*
 * No byte follows. false: this is nothing that Stash sends; *err names the byte and the fault,
 * and never repeats a value; `pointer` is set if the place is known.
 */
bool hookpayload_finish(struct hookpayload *p, struct error *err) WARN_UNUSED;

/* After a failure: whether what was read is JSON, so that only its meaning is at fault. */
bool hookpayload_is_json(const struct hookpayload *p);

/* What happened to the scene `id`. */
enum hookpayload_action hookpayload_scene_action(const struct hookpayload *p);

/*
 * The names of the changed fields, borrowed from *p. 0 when they are not known: Stash named none,
 * or more than can be held; then anything may have changed.
 */
size_t hookpayload_changed(struct hookpayload *p, char *ret_names[HOOKPAYLOAD_FIELDS]);

/*
 * The little that the producer needs, as a hookContext alone: id, type, `input` (null as null;
 * else {}, which holds path, oshash and checksum if a scene was destroyed), `inputFields` if they
 * are known. For hooks, not for tasks. Returns the length, or 0 if `size` bytes (NUL included)
 * are not enough; HOOKPAYLOAD_WRITTEN always are.
 */
size_t hookpayload_write(const struct hookpayload *p, char *ret_text, size_t size);

#endif
