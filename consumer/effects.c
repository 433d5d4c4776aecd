#include "consumer/effects.h"

#include <stdlib.h>

void effects_init(struct effects *e)
{
	*e = (struct effects){ .first = NULL };
	e->last = &e->first;
}

void effects_done(struct effects *e)
{
	struct effect *effect;

	while ((effect = effects_take(e)))
		effect_free(effect);
}

struct effect *effects_add(struct effects *e, enum effect_kind kind)
{
	struct effect *effect = xcalloc(1, sizeof *effect);

	effect->kind = kind;
	*e->last = effect;
	e->last = &effect->next;
	return effect;
}

struct effect *effects_call(struct effects *e, enum effect_kind kind)
{
	struct effect *effect = effects_add(e, kind);

	effect->call = ++e->calls;
	return effect;
}

void effects_filter(struct effects *e, bool (*keep)(const struct effect *effect))
{
	struct effect **at = &e->first;

	while (*at) {
		struct effect *effect = *at;

		if (keep(effect)) {
			at = &effect->next;
		} else {
			*at = effect->next;
			effect_free(effect);
		}
	}
	e->last = at;
}

struct effect *effects_take(struct effects *e)
{
	struct effect *effect = e->first;

	if (!effect)
		return NULL;
	e->first = effect->next;
	if (!e->first)
		e->last = &e->first;
	return effect;
}

static void report_done(struct report *r)
{
	free(r->scene_id);
	free(r->verdict);
	free(r->reason);
	free(r->detail);
	free(r->rating_key);
	free(r->event_id);
	free(r->fields);
}

void effect_free(struct effect *effect)
{
	if (!effect)
		return;
	record_done(&effect->record);
	free(effect->section);
	free(effect->rating_key);
	free(effect->directory);
	plex_edit_done(&effect->edit);
	free(effect->url);
	free(effect->picture.bytes);
	report_done(&effect->report);
	free(effect);
}
