/*
 * Whatever comes: it is an event or a fault that can be shown, and what was read and written
 * is read again and written the same.
 */
#include "common/event.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct record record = { .topic = TOPIC_EVENTS }, first, second;
	struct event event, again;
	struct fault fault = { 0 };

	record_set_value(&record, len ? (const void *)bytes : "", len);
	if (!event_read(&event, &record, &fault)) {
		REQUIRE(*fault.error.text);
		REQUIRE(text_valid(fault.error.text, strlen(fault.error.text)));
		record_done(&record);
		return 0;
	}
	event_write(&event, &first);
	REQUIRE(!memchr(first.value, '\n', first.value_len));
	REQUIRE(event_read(&again, &first, &fault));
	event_write(&again, &second);
	REQUIRE(strcmp(first.value, second.value) == 0);
	event_done(&event);
	event_done(&again);
	record_done(&record);
	record_done(&first);
	record_done(&second);
	return 0;
}
