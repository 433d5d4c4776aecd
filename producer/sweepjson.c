#include "producer/sweepjson.h"

#include "common/jsonobject.h"
#include "common/jsonstring.h"
#include "common/rfc3339.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool read_mode(const struct jsonobject *o, enum sweep_mode *ret)
{
	char *text = NULL;
	bool good = jsonobject_text(o, "mode", &text);

	if (good && text && strcmp(text, "full") == 0)
		*ret = SWEEP_FULL;
	else if (good && text && strcmp(text, "changed") != 0)
		good = jsonobject_fault(o, "mode", "must be \"changed\" or \"full\"");
	free(text);
	return good;
}

bool sweepjson_read(struct sweepjson_order *ret, const char *json, size_t len, unsigned *ret_status,
	struct fault *fault)
{
	struct sweepjson_order order = { .mode = SWEEP_CHANGED };
	int64_t max_vanished = 0;
	struct jsonobject object;
	json_auto_t *value = len > 0 ? jsonobject_parse(json, len, fault) : json_object();

	*ret_status = 400;
	if (!value)
		return false;
	*ret_status = 422;
	if (!jsonobject_init(&object, value, "", fault) || !read_mode(&object, &order.mode) ||
		!jsonobject_integer(&object, "max_vanished", 0, INT64_MAX, &max_vanished))
		return false;
	order.max_vanished = (size_t)max_vanished;
	*ret = order;
	return true;
}

static void put_skipped(struct buf *out, const struct sweep_progress *p)
{
	buf_puts(out, ",\"skipped\":{");
	for (int i = 0; i < SWEEP_SKIPS; i++)
		buf_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "",
			sweep_skip_name((enum sweep_skip)i), p->skipped[i]);
	buf_putc(out, '}');
}

void sweepjson_put(struct buf *out, const struct sweep_progress *p)
{
	char started[RFC3339_SIZE];

	rfc3339_format(p->started_wall_ms, started);
	buf_printf(out, "{\"state\":\"%s\",\"mode\":\"%s\",\"started_at\":\"%s\"",
		sweep_state_name(p->state), sweep_mode_name(p->mode), started);
	buf_printf(out,
		",\"duration_s\":%.3f,\"total\":%" PRIu64 ",\"walked\":%" PRIu64
		",\"published\":%" PRIu64 ",\"destroyed\":%" PRIu64 ",\"refused\":%" PRIu64
		",\"vanished\":%" PRIu64,
		(double)p->duration_ms / 1000, p->total, p->walked, p->published, p->destroyed,
		p->refused, p->vanished);
	put_skipped(out, p);
	buf_printf(out, ",\"rate\":%.1f,\"eta_s\":", p->rate);
	if (p->eta_ms < 0)
		buf_puts(out, "null");
	else
		buf_printf(out, "%.1f", (double)p->eta_ms / 1000);
	buf_puts(out, ",\"detail\":");
	jsonstring_put(out, p->detail);
	buf_putc(out, '}');
}

void sweepjson_put_idle(struct buf *out, const struct sweep_progress *last)
{
	buf_puts(out, "{\"state\":\"idle\",\"last\":");
	if (last)
		sweepjson_put(out, last);
	else
		buf_puts(out, "null");
	buf_putc(out, '}');
}
