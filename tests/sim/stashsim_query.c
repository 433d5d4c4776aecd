#include "tests/sim/stashsim_query.h"

#include "tests/sim/stashsim_schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

struct parser {
	const char *at;
	const json_t *variables;
	int depth;
	struct error *err;
};

/* Blanks, commas and comments mean nothing in GraphQL. */
static void skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t\r\n,");
	while (*p->at == '#') {
		p->at += strcspn(p->at, "\n");
		p->at += strspn(p->at, " \t\r\n,");
	}
}

static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static void *unexpected(struct parser *p, const char *wanted)
{
	skip_blanks(p);
	if (*p->at)
		error_set(p->err, "Expected %s, found %.12s", wanted, p->at);
	else
		error_set(p->err, "Expected %s, found <EOF>", wanted);
	return NULL;
}

/* A name, or NULL. free() it. */
static char *take_name(struct parser *p)
{
	size_t len = 0;

	skip_blanks(p);
	if (isalpha((unsigned char)p->at[0]) || p->at[0] == '_')
		while (isalnum((unsigned char)p->at[len]) || p->at[len] == '_')
			len++;
	if (len == 0)
		return NULL;
	p->at += len;
	return xstrndup(p->at - len, len);
}

/* Strings and numbers of GraphQL are those of JSON, but for block strings. */
static json_t *parse_scalar(struct parser *p)
{
	size_t len;
	json_t *value;

	if (*p->at == '"') {
		for (len = 1; p->at[len] && p->at[len] != '"'; len++)
			if (p->at[len] == '\\' && p->at[len + 1])
				len++;
		len += p->at[len] == '"';
	} else {
		len = strspn(p->at, "+-.0123456789eE");
	}
	value = json_loadb(p->at, len, JSON_DECODE_ANY, NULL);
	if (!value)
		return unexpected(p, "a value");
	p->at += len;
	return value;
}

static json_t *parse_variable(struct parser *p)
{
	auto_free char *name = take_name(p);
	json_t *value = name ? json_object_get(p->variables, name) : NULL;

	if (!name)
		return unexpected(p, "Name");
	if (!value)
		error_set(p->err, "variable $%s must be defined", name);
	return json_incref(value);
}

static json_t *parse_word(struct parser *p)
{
	auto_free char *word = take_name(p);

	if (str_equal(word, "true") || str_equal(word, "false"))
		return json_boolean(str_equal(word, "true"));
	return str_equal(word, "null") ? json_null() : json_string(word);
}

static json_t *parse_value(struct parser *p);

/* `name: value` up to `end`, for arguments and input objects. */
static json_t *parse_named_values(struct parser *p, char end)
{
	json_t *object = json_object();

	while (!take(p, end)) {
		auto_free char *name = take_name(p);
		json_t *value = NULL;

		if (name && take(p, ':'))
			value = parse_value(p);
		else
			unexpected(p, "Name");
		if (!value) {
			json_decref(object);
			return NULL;
		}
		json_object_set_new(object, name, value);
	}
	return object;
}

static json_t *parse_list(struct parser *p)
{
	json_t *list = json_array();

	while (!take(p, ']')) {
		json_t *value = parse_value(p);

		if (!value) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, value);
	}
	return list;
}

static json_t *parse_value(struct parser *p)
{
	json_t *value;

	if (++p->depth > MAX_DEPTH) {
		error_set(p->err, "too deep");
		return NULL;
	}
	if (take(p, '$'))
		value = parse_variable(p);
	else if (take(p, '{'))
		value = parse_named_values(p, '}');
	else if (take(p, '['))
		value = parse_list(p);
	else if (isalpha((unsigned char)*p->at) || *p->at == '_')
		value = parse_word(p);
	else
		value = parse_scalar(p);
	p->depth--;
	return value;
}

static json_t *parse_fields(struct parser *p, const char *type);

static bool parse_field_tail(struct parser *p, json_t *field, const char *of)
{
	json_t *args = take(p, '(') ? parse_named_values(p, ')') : json_object(), *sub;

	if (!args)
		return false;
	json_object_set_new(field, "args", args);
	if (!take(p, '{')) {
		if (of)
			error_set(p->err,
				"Field \"%s\" of type \"%s\" must have a selection of subfields.",
				json_string_value(json_object_get(field, "name")), of);
		return !of;
	}
	if (!of)
		return error_set(p->err,
			"Field \"%s\" must not have a selection since it has no subfields.",
			json_string_value(json_object_get(field, "name")));
	sub = parse_fields(p, of);
	return sub && json_object_set_new(field, "fields", sub) == 0;
}

static json_t *parse_field(struct parser *p, const char *type)
{
	auto_free char *name = take_name(p);
	const struct stashsim_field *known;
	json_t *field;

	if (!name)
		return unexpected(p, "Name");
	known = stashsim_field_find(type, name);
	if (!known) {
		error_set(p->err, "Cannot query field \"%s\" on type \"%s\".", name, type);
		return NULL;
	}
	field = json_pack("{s:s}", "name", name);
	if (parse_field_tail(p, field, known->of))
		return field;
	json_decref(field);
	return NULL;
}

/* What follows the opening brace, with the closing one. */
static json_t *parse_fields(struct parser *p, const char *type)
{
	json_t *fields = json_array();
	bool good = ++p->depth <= MAX_DEPTH || error_set(p->err, "too deep");

	while (good && !take(p, '}')) {
		json_t *field = parse_field(p, type);

		good = field && json_array_append_new(fields, field) == 0;
	}
	p->depth--;
	if (good && json_array_size(fields) > 0)
		return fields;
	if (good)
		unexpected(p, "Name");
	json_decref(fields);
	return NULL;
}

/* `query Name($id: ID!)`, all of which may be missing. What is declared is not looked at. */
static bool skip_operation(struct parser *p)
{
	auto_free char *keyword = take_name(p);
	auto_free char *name = keyword ? take_name(p) : NULL;

	if (keyword && !str_equal(keyword, "query"))
		return error_set(p->err, "Unexpected Name \"%s\"", keyword);
	if (!take(p, '('))
		return true;
	p->at += strcspn(p->at, ")");
	return take(p, ')') || unexpected(p, ")");
}

json_t *stashsim_query_parse(const char *text, const json_t *variables, struct error *err)
{
	struct parser p = { .at = text, .variables = variables, .err = err };
	json_t *fields;

	if (!skip_operation(&p))
		return NULL;
	if (!take(&p, '{'))
		return unexpected(&p, "{");
	fields = parse_fields(&p, "Query");
	skip_blanks(&p);
	if (!fields || *p.at == '\0')
		return fields;
	json_decref(fields);
	return unexpected(&p, "<EOF>");
}

static json_t *project_object(const json_t *value, const char *type, const json_t *fields)
{
	json_t *object = json_object();

	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *field = json_array_get(fields, i);
		const char *name = json_string_value(json_object_get(field, "name"));
		const struct stashsim_field *known = stashsim_field_find(type, name);
		json_t *member = json_incref(json_object_get(value, name));

		if (!member)
			member = json_loads(known->unset, JSON_DECODE_ANY, NULL);
		if (known->of)
			json_object_set_new(object, name,
				stashsim_query_project(
					member, known->of, json_object_get(field, "fields")));
		else
			json_object_set(object, name, member);
		json_decref(member);
	}
	return object;
}

json_t *stashsim_query_project(const json_t *value, const char *type, const json_t *fields)
{
	json_t *list;

	if (json_is_object(value))
		return project_object(value, type, fields);
	if (!json_is_array(value))
		return json_null();
	list = json_array();
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(
			list, stashsim_query_project(json_array_get(value, i), type, fields));
	return list;
}

const char *stashsim_root_type(const char *field)
{
	const struct stashsim_field *known = stashsim_field_find("Query", field);

	return known ? known->of : NULL;
}
