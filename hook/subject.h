/* What a hook of Stash is about, in words: "scene 45", "tag 7". */
#ifndef HOOK_SUBJECT_H
#define HOOK_SUBJECT_H

#include "common/hookpayload.h"

#define SUBJECT_SIZE 32

/*
 * The subject, or false: it is nothing that shows in Plex. Beside scenes these are the objects whose
 * names scenes show; what becomes of them is the producer's to decide (its setting fan_out).
 */
bool subject_read(const struct hookpayload *payload, char ret_subject[SUBJECT_SIZE]) WARN_UNUSED;

#endif
