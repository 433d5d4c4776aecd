/*
 * Whatever comes: the scanner says the same for any splitting of the bytes, what it accepts
 * another parser accepts too, and what it writes it reads back unchanged.
 */
#include "tests/fuzz/fuzz_hookpayload.h"

#include "common/hookpayload.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static bool read_in_pieces(struct hookpayload *p, const char *bytes, size_t len, size_t piece)
{
	struct error err;

	hookpayload_init(p);
	for (size_t at = 0; at < len; at += piece) {
		size_t rest = len - at;

		if (hookpayload_feed(p, bytes + at, rest < piece ? rest : piece) == HOOKPAYLOAD_BAD)
			break;
	}
	return hookpayload_finish(p, &err);
}

static void require_equal(const struct hookpayload *a, const struct hookpayload *b)
{
	REQUIRE(a->is_task == b->is_task);
	REQUIRE(strcmp(a->mode, b->mode) == 0);
	REQUIRE(strcmp(a->type, b->type) == 0);
	REQUIRE(strcmp(a->id, b->id) == 0);
	REQUIRE(a->input == b->input);
	REQUIRE(a->fields_cut == b->fields_cut);
	REQUIRE(a->field_count == b->field_count);
	REQUIRE(memcmp(a->fields, b->fields, sizeof a->fields) == 0);
	REQUIRE(strcmp(a->path, b->path) == 0);
	REQUIRE(strcmp(a->oshash, b->oshash) == 0);
	REQUIRE(strcmp(a->checksum, b->checksum) == 0);
	REQUIRE(strcmp(a->pointer, b->pointer) == 0);
}

/* Jansson has limits of its own, which are no judgement of the text. */
static void require_json(const char *bytes, size_t len)
{
	json_error_t error;
	json_t *value = json_loadb(bytes, len, JSON_ALLOW_NUL, &error);

	REQUIRE(value || json_error_code(&error) == json_error_numeric_overflow ||
		json_error_code(&error) == json_error_null_byte_in_key);
	json_decref(value);
}

static void require_round_trip(const struct hookpayload *p)
{
	static char text[HOOKPAYLOAD_WRITTEN], again[HOOKPAYLOAD_WRITTEN];
	static struct hookpayload back;
	size_t len = hookpayload_write(p, text, sizeof text);

	REQUIRE(len > 0 && len == strlen(text));
	REQUIRE(hookpayload_write(p, again, len) == 0);
	REQUIRE(hookpayload_write(p, again, len + 1) == len);
	REQUIRE(read_in_pieces(&back, text, len, len));
	REQUIRE(strcmp(p->id, back.id) == 0 && strcmp(p->type, back.type) == 0);
	REQUIRE(hookpayload_write(&back, again, sizeof again) == len);
	REQUIRE(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct hookpayload whole, pieces;
	const char *text = len ? (const char *)bytes : "";
	bool ok = read_in_pieces(&whole, text, len, len ? len : 1);

	for (size_t piece = 1; piece < 8; piece += 2) {
		REQUIRE(read_in_pieces(&pieces, text, len, piece) == ok);
		require_equal(&whole, &pieces);
	}
	if (!ok)
		return 0;
	require_json(text, len);
	if (!whole.is_task)
		require_round_trip(&whole);
	return 0;
}
