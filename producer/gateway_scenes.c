/* GET /v1/scenes/{id} and POST /v1/scenes/{id}/resync. */
#include "common/jsonstring.h"
#include "common/process.h"
#include "common/rfc3339.h"
#include "producer/gateway_parts.h"

#include <inttypes.h>

#define SCENE_LIMIT ((size_t)2048)

static void reply_unknown(struct httprequest *request, const char *detail)
{
	httpserver_problem(
		request, 404, GATEWAY_PROBLEM("unknown_scene"), "No such scene", detail, NULL);
}

static const char *valid_id(struct httprequest *request)
{
	const char *id = httprequest_path_value(request);

	if (scene_id_valid(id))
		return id;
	reply_unknown(request, "A scene's id is a positive whole number of at most 18 digits, "
			       "without leading zeros.");
	return NULL;
}

/* `"NAME":"TEXT"`, or null for NULL. */
static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "\"%s\":", name);
	if (text)
		jsonstring_put(out, text);
	else
		buf_puts(out, "null");
}

static void put_time(struct buf *out, const char *name, int64_t ms)
{
	char text[RFC3339_SIZE];

	rfc3339_format(ms, text);
	put_text(out, name, ms ? text : NULL);
	buf_putc(out, ',');
}

static void put_stamp(struct buf *out, const struct synced_stamp *s)
{
	buf_putc(out, '{');
	put_text(out, "outcome", synced_outcome_name(s->outcome));
	buf_putc(out, ',');
	put_time(out, "seen_updated_at", s->seen_updated_at_ms);
	put_time(out, "updated_at", s->updated_at_ms);
	put_time(out, "observed_at", s->observed_at_ms);
	buf_printf(out, "\"covers\":%" PRId64 ",\"partition\":%" PRId32 ",\"offset\":%" PRId64 "}",
		s->covers.offset, s->partition, s->offset);
}

static void put_retry(struct buf *out, const struct unsettled_retry *retry)
{
	buf_putc(out, '{');
	put_time(out, "due", retry->due_ms);
	buf_printf(out, "\"attempt\":%d,", retry->attempt);
	put_text(out, "error", *retry->error ? retry->error : NULL);
	buf_putc(out, '}');
}

/* What is known of a scene; any of the three may be missing. */
static void put_scene(struct buf *out, const char *id, const struct synced_stamp *stamp,
	const struct unsettled_retry *retry, bool waiting)
{
	buf_printf(out, "{\"scene_id\":\"%s\",\"stamp\":", id);
	if (stamp)
		put_stamp(out, stamp);
	else
		buf_puts(out, "null");
	buf_puts(out, ",\"pending\":");
	if (retry)
		put_retry(out, retry);
	else
		buf_puts(out, "null");
	buf_printf(out, ",\"waiting\":%s}\n", waiting ? "true" : "false");
}

void gateway_on_scene(void *gateway, struct httprequest *request)
{
	const struct tables *tables = ((struct gateway *)gateway)->o.tables;
	const char *id = valid_id(request);
	struct synced_stamp stamp;
	struct unsettled_retry retry;
	bool has_stamp, has_retry, waiting;
	auto_buf body = { 0 };

	if (!id)
		return;
	has_stamp = synced_get(tables_synced(tables), id, &stamp);
	has_retry = unsettled_get(tables_unsettled(tables), id, &retry, &waiting);
	if (!tables_loaded(tables)) {
		gateway_reply_loading(request);
		return;
	}
	if (!has_stamp && !has_retry && !waiting) {
		reply_unknown(request,
			"Nothing is known of a scene with this id: no stamp, no retry, "
			"and no event that waits.");
		return;
	}
	buf_init(&body, SCENE_LIMIT);
	put_scene(&body, id, has_stamp ? &stamp : NULL, has_retry ? &retry : NULL, waiting);
	gateway_reply(request, 200, &body, 0);
}

void gateway_on_resync(void *gateway, struct httprequest *request)
{
	const char *id = valid_id(request);
	char fresh_id[UUID_SIZE];
	struct envelope envelope = gateway_envelope(gateway, request, fresh_id);
	struct gateway_batch *b;
	struct ingest i;

	if (!id)
		return;
	ingest_resync(&i, id, &envelope);
	b = gateway_batch_new(gateway, request, GATEWAY_API, false, 1);
	gateway_batch_take(b, 0, &i);
	gateway_batch_end(b);
}
