#include "consumer/reporter.h"

#include "common/log.h"

void reporter_init(struct reporter *r, struct metrics *metrics)
{
	*r = (struct reporter){
		.ended = metrics_counter(metrics, "attempts_total", "verdict,reason",
			"Attempts that ended, by verdict."),
		.invalid = metrics_counter(metrics, "invalid_events_total", "",
			"Records that are no event and went to the dead letters."),
		.covers = metrics_counter(metrics, "covers_missing_total", "reason",
			"Times that a scene was synced without its cover."),
		.strays = metrics_counter(metrics, "stray_events_total", "",
			"Events that stood in another partition than their scene's, sent there."),
		.lanes = metrics_gauge(metrics, "scenes_open", "", "Scenes in work or waiting."),
		.pending = metrics_gauge(metrics, "scenes_pending", "",
			"Scenes that wait to be tried again, or for a service to come back."),
		.gaps = metrics_counter(metrics, "log_gaps_total", "",
			"Times that Kafka deleted events before they were read."),
		.outages = metrics_counter(
			metrics, "outages_total", "service", "Times that a service went away."),
		.jobs = metrics_gauge(metrics, "scenes_in_work", "", "Scenes in work."),
		.paths = metrics_gauge(
			metrics, "plex_paths", "", "Paths in the index of Plex's libraries."),
		.stamps =
			metrics_gauge(metrics, "stamps", "", "Scenes of which something is known."),
		.open_records = metrics_gauge(metrics, "records_open", "",
			"Records received and not yet below the stored offset."),
		.service_up = metrics_gauge(
			metrics, "service_up", "service", "Whether a service answers: 1 or 0."),
		.listening = metrics_gauge(metrics, "plex_events_connected", "",
			"Whether Plex's event stream is being followed: 1 or 0."),
		.last_success = metrics_gauge(metrics, "last_success_timestamp_seconds", "",
			"When a scene was last synced or found in sync."),
	};
}

static void tell_ended(struct reporter *r, const struct report *report, int64_t wall_ms)
{
	const char *reason = report->reason ? report->reason : "";

	metric_add(r->ended, 1, METRIC_LABELS(report->verdict, reason));
	if (str_equal(report->verdict, "synced") || str_equal(report->verdict, "unchanged"))
		metric_set(r->last_success, (double)wall_ms / 1000, NULL);
	if (report->trouble || report->after_ms >= 0)
		log_warn("scene",
			"scene=%s verdict=%s reason=%s detail=%s item=%s attempt=%lld "
			"again_ms=%lld event_id=%s",
			report->scene_id, report->verdict, reason, report->detail,
			report->rating_key, (long long)report->attempt, (long long)report->after_ms,
			report->event_id);
	else
		log_info("scene",
			"scene=%s verdict=%s reason=%s item=%s fields=%s attempt=%lld took_ms=%lld "
			"event_id=%s",
			report->scene_id, report->verdict, reason, report->rating_key,
			report->fields, (long long)report->attempt, (long long)report->duration_ms,
			report->event_id);
}

static void tell_service(struct reporter *r, const struct report *report)
{
	if (report->trouble)
		metric_add(r->outages, 1, METRIC_LABELS(report->reason));
	if (report->trouble)
		log_error("service_down", "service=%s detail=%s", report->reason, report->detail);
	else
		log_info("service_up", "service=%s away_ms=%lld cause=%s", report->reason,
			(long long)report->duration_ms, report->detail);
}

static void tell_news(const struct report *report)
{
	if (str_equal(report->verdict, "up"))
		log_info("plex_events", "state=up");
	else if (str_equal(report->verdict, "absent"))
		log_info("plex_events", "state=absent detail=%s",
			"Plex has no event stream here; what changes in it is looked for when a "
			"scene is missed, and now and then.");
	else
		log_warn("plex_events", "state=down detail=%s", report->detail);
}

static void tell_library(const struct report *report)
{
	if (report->trouble)
		log_error("library_failed", "detail=%s", report->detail);
	else
		log_info("library", "paths=%lld", (long long)report->count);
}

void reporter_tell(struct reporter *r, const struct report *report, int64_t wall_ms)
{
	switch (report->kind) {
	case REPORT_ENDED:
		tell_ended(r, report, wall_ms);
		break;
	case REPORT_AMBIGUOUS:
		log_warn("ambiguous",
			"scene=%s path=%s candidates=%lld candidate=%s action=SKIPPED",
			report->scene_id, report->detail, (long long)report->count, report->fields);
		break;
	case REPORT_COVER:
		metric_add(r->covers, 1, METRIC_LABELS(report->reason));
		log_warn("cover_missing", "scene=%s item=%s reason=%s detail=%s again_ms=%lld",
			report->scene_id, report->rating_key, report->reason, report->detail,
			(long long)report->after_ms);
		break;
	case REPORT_SHORTFALL:
		log_warn("shortfall", "scene=%s item=%s detail=%s", report->scene_id,
			report->rating_key, report->detail);
		break;
	case REPORT_INVALID:
		metric_add(r->invalid, 1, NULL);
		log_warn("invalid_event", "record=%s detail=%s action=dead_letter",
			report->event_id, report->detail);
		break;
	case REPORT_STRAY:
		metric_add(r->strays, 1, NULL);
		log_warn("stray_event", "scene=%s record=%s action=rerouted", report->scene_id,
			report->event_id);
		break;
	case REPORT_LIBRARY:
		tell_library(report);
		break;
	case REPORT_NEWS:
		tell_news(report);
		break;
	case REPORT_DEPENDENCY:
		tell_service(r, report);
		break;
	case REPORT_FOREIGN:
		log_warn("foreign_record", "topic=%s record=%s detail=%s action=ignored",
			topic_name(TOPIC_RETRIES), report->event_id, report->detail);
		break;
	case REPORT_GAP:
		metric_add(r->gaps, 1, NULL);
		log_error("log_gap", "first=%s detail=%s", report->event_id,
			"Kafka deleted events before they were read: run a full sweep "
			"(POST /v1/sweeps on the producer) to bring the scenes in line.");
		break;
	case REPORT_ASLEEP:
		log_warn("asleep", "for_ms=%lld action=rejoining", (long long)report->duration_ms);
		break;
	case REPORT_REPAIRED:
		log_info("repaired", "scene=%s record=%s", report->scene_id, report->event_id);
		break;
	}
}

void reporter_gauge(struct reporter *r, const struct engine_counts *counts)
{
	metric_set(r->lanes, (double)counts->lanes, NULL);
	metric_set(r->pending, (double)counts->pending, NULL);
	metric_set(r->jobs, (double)counts->jobs, NULL);
	metric_set(r->paths, (double)counts->paths, NULL);
	metric_set(r->stamps, (double)counts->stamps, NULL);
	metric_set(r->open_records, (double)counts->open_records, NULL);
	metric_set(r->service_up, !counts->plex_open, METRIC_LABELS("plex"));
	metric_set(r->service_up, !counts->stash_open, METRIC_LABELS("stash"));
	metric_set(r->listening, counts->listening, NULL);
}
