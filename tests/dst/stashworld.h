/* Stash: scenes with versions that people edit and delete, and its hooks, which tell of it. */
#ifndef TESTS_DST_STASHWORLD_H
#define TESTS_DST_STASHWORLD_H

#include "common/event.h"
#include "consumer/inputs.h"
#include "tests/dst/log.h"

enum { VALUE_SIZE = 40 };

struct stashscene {
	int number; /* from 0 */
	char id[SCENE_ID_SIZE], path[VALUE_SIZE];
	int32_t partition;
	int version; /* of its state, from 1 */
	bool empty[PLEX_FIELDS]; /* fields without a value in this version */
	bool deleted;
	int64_t edited_ms;
	int64_t updated_at_ms; /* wall; whole seconds, as Stash has it */
	/* What only the oracle asks for. */
	int64_t newest_offset; /* of the first event that tells of the newest state; -1: none yet */
};

struct stashworld {
	struct world *world;
	struct log *log;
	struct stashscene *scenes;
	size_t count;
	size_t hooks; /* events on their way to Kafka */
	uint64_t edits;
	int64_t down_until_ms; /* an outage */
	enum outcome down_how; /* what it answers meanwhile */
	/* A record is in the log now; `version` is 0 for a thin event; `scene` NULL: a corrupt one. */
	void (*on_accepted)(
		void *cookie, struct stashscene *scene, int version, const struct record *record);
	void *cookie;
};

void stashworld_init(struct stashworld *s, struct world *w, struct log *l);
void stashworld_done(struct stashworld *s);

/* A value that tells whose it is: of this scene, field and version. */
void stashworld_value(char ret[VALUE_SIZE], int number, enum plex_field field, int version);

/* The rating of a version, of a hundred; 0: none. */
int stashworld_rating(int version);

/* The scene and version that a value is of; false: of none. */
bool stashworld_whose(const char *value, enum plex_field field, int *ret_number, int *ret_version);

/* What a record is about; its scene is NULL when it is no event. `version` 0: a thin one. */
struct stashscene *stashworld_read(
	struct stashworld *s, const struct record *record, int *ret_version);

/* Its id's scene, or NULL. */
struct stashscene *stashworld_find(struct stashworld *s, const char *id);

/* The newest state. */
void stashworld_scene(struct scene *ret, const struct stashscene *scene);

/* A person edits it; its hook tells, sooner or later. */
void stashworld_edit(struct stashworld *s, struct stashscene *scene);
void stashworld_delete(struct stashworld *s, struct stashscene *scene);

/* An event without an edit; `rating_key`: a person's choice, or NULL. */
void stashworld_resync(struct stashworld *s, struct stashscene *scene, const char *rating_key);

/* A record that no version of ours wrote. */
void stashworld_corrupt(struct stashworld *s);

/* An old record comes once more, with or without its headers. */
void stashworld_replay(struct stashworld *s);

#endif
