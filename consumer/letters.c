#include "consumer/letters.h"

#include <stdlib.h>
#include <string.h>

struct letter {
	struct record record; /* to be sent, again if need be */
	int32_t partition;
	int64_t offset;
	call_id call; /* 0: it rests until due_ms */
	int64_t due_ms;
	struct letter *next;
};

static void free_letter(struct letter *letter)
{
	record_done(&letter->record);
	free(letter);
}

void letters_clear(struct letters *l)
{
	while (l->first) {
		struct letter *letter = l->first;

		l->first = letter->next;
		free_letter(letter);
	}
}

bool letters_empty(const struct letters *l)
{
	return !l->first;
}

size_t letters_count(const struct letters *l)
{
	size_t count = 0;

	for (const struct letter *letter = l->first; letter; letter = letter->next)
		count++;
	return count;
}

static void send_letter(struct letter *letter, struct effects *effects)
{
	struct effect *effect = effects_call(effects, DO_PRODUCE);

	record_copy(&effect->record, &letter->record);
	letter->call = effect->call;
}

/* A letter that stands for what is at this place, -1: for nothing, to be written. */
static struct letter *add_letter(struct letters *l, int32_t partition, int64_t offset)
{
	struct letter *letter = xcalloc(1, sizeof *letter);

	letter->partition = partition;
	letter->offset = offset;
	letter->next = l->first;
	l->first = letter;
	return letter;
}

void letters_bury(struct letters *l, const struct record *record,
	const struct deadletter_cause *cause, struct effects *effects)
{
	struct letter *letter = add_letter(l, record->partition, record->offset);

	deadletter_write(&letter->record, record, cause);
	send_letter(letter, effects);
}

void letters_reroute(struct letters *l, const struct record *record, const char *scene_id,
	int32_t partition, struct effects *effects)
{
	struct letter *letter = add_letter(l, record->partition, record->offset);

	record_copy(&letter->record, record);
	letter->record.partition = partition;
	record_set_key(&letter->record, scene_id, strlen(scene_id));
	record_add_text_header(&letter->record, REROUTED_HEADER, "1");
	send_letter(letter, effects);
}

void letters_send(struct letters *l, struct record *take_record, struct effects *effects)
{
	struct letter *letter = add_letter(l, -1, -1);

	letter->record = *take_record;
	*take_record = (struct record){ .key = NULL };
	send_letter(letter, effects);
}

void letters_feed(struct letters *l, const struct input *answer, int64_t now_ms,
	struct partitions *partitions)
{
	struct letter **at = &l->first;
	struct partition *partition;
	struct letter *letter;

	while (*at && (*at)->call != answer->call)
		at = &(*at)->next;
	letter = *at;
	if (!letter)
		return;
	if (answer->outcome != OUTCOME_DONE) {
		letter->call = 0;
		letter->due_ms = now_ms + l->again_ms;
		return;
	}
	partition = partitions_find(partitions, letter->partition);
	if (partition)
		offsets_settle(&partition->offsets, letter->offset);
	*at = letter->next;
	free_letter(letter);
}

void letters_send_due(struct letters *l, int64_t now_ms, struct effects *effects)
{
	for (struct letter *letter = l->first; letter; letter = letter->next)
		if (!letter->call && letter->due_ms <= now_ms)
			send_letter(letter, effects);
}

int64_t letters_deadline_ms(const struct letters *l)
{
	int64_t deadline_ms = INT64_MAX;

	for (const struct letter *letter = l->first; letter; letter = letter->next)
		if (!letter->call && letter->due_ms < deadline_ms)
			deadline_ms = letter->due_ms;
	return deadline_ms;
}
