#include "hook/subject.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *type, *noun;
} TRIGGERS[] = {
	{ "Scene.Create.Post", "scene" },
	{ "Scene.Update.Post", "scene" },
	{ "Scene.Destroy.Post", "scene" },
	{ "Tag.Update.Post", "tag" },
	{ "Tag.Merge.Post", "tag" },
	{ "Performer.Update.Post", "performer" },
	{ "Studio.Update.Post", "studio" },
	{ "Group.Update.Post", "group" },
};

bool subject_read(const struct hookpayload *payload, char ret_subject[SUBJECT_SIZE])
{
	for (size_t i = 0; i < ARRAY_LEN(TRIGGERS); i++) {
		if (strcmp(payload->type, TRIGGERS[i].type) != 0)
			continue;
		snprintf(ret_subject, SUBJECT_SIZE, "%s %s", TRIGGERS[i].noun, payload->id);
		return true;
	}
	return false;
}
