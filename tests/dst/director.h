/* What people and fate do: edits and faults, at times that the dice choose, within the span. */
#ifndef TESTS_DST_DIRECTOR_H
#define TESTS_DST_DIRECTOR_H

struct stage;

void director_plan(struct stage *stage);

#endif
