#include "common/jsonobject.h"

#include "common/rfc3339.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMAL_DIGITS = 18, MESSAGE_CODE_POINTS = 160 };

json_t *jsonobject_parse(const char *text, size_t len, struct fault *fault)
{
	json_error_t problem;
	auto_buf what;
	json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

	buf_init(&what, (size_t)MESSAGE_CODE_POINTS * 4);
	if (value)
		return value;
	/* The message may quote some of the text, and end within a character. */
	text_clean(&what, problem.text, TEXT_LINE, MESSAGE_CODE_POINTS);
	fault_set(fault, "", "This is not valid JSON: %s, in line %d, column %d", buf_text(&what),
		problem.line, problem.column);
	return NULL;
}

char *jsonobject_format(const json_t *value)
{
	/* 15 digits give every decimal back as it was written; 17 turn 1805.44 into …40000001. */
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));

	return text ? text : xstrdup("null");
}

/* vsnprintf() by way of a function: that a pointer may be cut is meant. */
static void pointer_format(char ret[FAULT_POINTER_SIZE], const char *format, ...) PRINTF_LIKE(2, 3);

static void pointer_format(char ret[FAULT_POINTER_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret, FAULT_POINTER_SIZE, format, args);
	va_end(args);
}

bool jsonobject_init(
	struct jsonobject *ret, const json_t *value, const char *pointer, struct fault *fault)
{
	if (!json_is_object(value))
		return fault_set(fault, pointer, "%s must be an object",
			*pointer ? pointer : "The JSON text");
	ret->value = value;
	ret->fault = fault;
	pointer_format(ret->pointer, "%s", pointer);
	return true;
}

const json_t *jsonobject_member(const struct jsonobject *o, const char *key)
{
	const json_t *member = json_object_get(o->value, key);

	return json_is_null(member) ? NULL : member;
}

bool jsonobject_fault(const struct jsonobject *o, const char *key, const char *must)
{
	char pointer[FAULT_POINTER_SIZE];

	pointer_format(pointer, "%s/%s", o->pointer, key);
	return fault_set(o->fault, pointer, "%s %s", pointer, must);
}

bool jsonobject_text(const struct jsonobject *o, const char *key, char **ret)
{
	const json_t *member = jsonobject_member(o, key);

	if (!member)
		return true;
	if (!json_is_string(member))
		return jsonobject_fault(o, key, "must be a string");
	free(*ret);
	*ret = xstrdup(json_string_value(member));
	return true;
}

bool jsonobject_bool(const struct jsonobject *o, const char *key, bool *ret)
{
	const json_t *member = jsonobject_member(o, key);

	if (!member)
		return true;
	if (!json_is_boolean(member))
		return jsonobject_fault(o, key, "must be true or false");
	*ret = json_is_true(member);
	return true;
}

bool jsonobject_integer(
	const struct jsonobject *o, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const json_t *member = jsonobject_member(o, key);
	char must[96];

	if (!member)
		return true;
	if (json_is_integer(member) && json_integer_value(member) >= min &&
		json_integer_value(member) <= max) {
		*ret = json_integer_value(member);
		return true;
	}
	snprintf(must, sizeof must, "must be a whole number from %lld to %lld", (long long)min,
		(long long)max);
	return jsonobject_fault(o, key, must);
}

bool jsonobject_time(const struct jsonobject *o, const char *key, int64_t *ret_ms)
{
	const json_t *member = jsonobject_member(o, key);

	if (!member)
		return true;
	if (!json_is_string(member) || !rfc3339_parse(json_string_value(member), ret_ms))
		return jsonobject_fault(
			o, key, "must be a time as in RFC 3339, such as 2026-01-11T07:07:53Z");
	return true;
}

bool jsonobject_id_valid(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits >= 1 && digits <= DECIMAL_DIGITS && text[digits] == '\0' && text[0] != '0';
}

bool jsonobject_id(const struct jsonobject *o, const char *key, char ret[JSONOBJECT_ID_SIZE])
{
	const json_t *member = jsonobject_member(o, key);
	char number[24];
	const char *text = number;

	if (!member)
		return true;
	if (json_is_integer(member))
		snprintf(number, sizeof number, "%lld", (long long)json_integer_value(member));
	else
		text = json_is_string(member) ? json_string_value(member) : "";
	if (!jsonobject_id_valid(text))
		return jsonobject_fault(
			o, key, "must be a positive whole number of at most 18 digits");
	memcpy(ret, text, strlen(text) + 1);
	return true;
}

bool jsonobject_list(const struct jsonobject *o, const char *key, size_t *ret_count)
{
	const json_t *member = jsonobject_member(o, key);

	if (member && !json_is_array(member))
		return jsonobject_fault(o, key, "must be a list");
	*ret_count = member ? json_array_size(member) : 0;
	return true;
}

bool jsonobject_child(
	const struct jsonobject *o, const char *key, struct jsonobject *ret, bool *ret_present)
{
	const json_t *member = jsonobject_member(o, key);
	char pointer[FAULT_POINTER_SIZE];

	pointer_format(pointer, "%s/%s", o->pointer, key);
	if (member && !jsonobject_init(ret, member, pointer, o->fault))
		return false;
	*ret_present = member != NULL;
	return true;
}

bool jsonobject_item(
	const struct jsonobject *o, const char *key, size_t index, struct jsonobject *ret)
{
	char pointer[FAULT_POINTER_SIZE];

	pointer_format(pointer, "%s/%s/%zu", o->pointer, key, index);
	return jsonobject_init(
		ret, json_array_get(json_object_get(o->value, key), index), pointer, o->fault);
}
