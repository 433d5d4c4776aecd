#include "common/outbox.h"

#include "check_main.h"

static struct outbox *outbox;

static void set_up(void)
{
	const struct outbox_options options = {
		.max_records = 4, .max_bytes = 2000, .timeout_ms = 1000
	};

	outbox = outbox_new(&options);
}

static void tear_down(void)
{
	outbox_free(outbox);
}

static bool add(uint64_t id, int64_t now_ms, size_t value_len)
{
	static const char bytes[2000];
	struct record record = { .partition = -1 };
	bool added;

	record_set_key(&record, &id, sizeof id);
	record_set_value(&record, bytes, value_len);
	record_add_text_header(&record, "name", "value");
	added = outbox_add(outbox, &record, id, now_ms);
	ck_assert(added == !record.key); /* taken when, and only when, it was added */
	record_done(&record);
	return added;
}

static void add_all(uint64_t count)
{
	for (uint64_t id = 1; id <= count; id++)
		ck_assert(add(id, (int64_t)id, 10));
}

/* The id of the one that may be sent now; 0: none. */
static uint64_t next_id(void)
{
	const struct outbox_entry *e = outbox_next(outbox);

	return e ? *(const uint64_t *)(const void *)outbox_record(e)->key : 0;
}

static struct outbox_entry *send_next(uint64_t id)
{
	struct outbox_entry *e = outbox_next(outbox);

	ck_assert_uint_eq(next_id(), id);
	outbox_send(outbox, e);
	return e;
}

static struct delivery_report take(uint64_t id)
{
	uint64_t found = 0;
	struct delivery_report report = { 0 };

	ck_assert(outbox_take_report(outbox, &found, &report));
	ck_assert_uint_eq(found, id);
	return report;
}

static bool silent(void)
{
	uint64_t id;
	struct delivery_report report;

	return !outbox_take_report(outbox, &id, &report);
}

START_TEST(sends_in_the_order_of_arrival)
{
	add_all(3);
	send_next(1);
	send_next(2);
	send_next(3);
	ck_assert_uint_eq(next_id(), 0);
	ck_assert_uint_eq(outbox_in_flight(outbox), 3);
	ck_assert_uint_eq(outbox_count(outbox), 3);
	ck_assert(silent());
}
END_TEST

START_TEST(reports_where_a_record_was_written)
{
	struct delivery_report report;

	add_all(1);
	outbox_settle_done(outbox, send_next(1), 5, 77);
	ck_assert_uint_eq(outbox_in_flight(outbox), 0);
	ck_assert_uint_eq(outbox_count(outbox), 1); /* until its report is taken */
	report = take(1);
	ck_assert_int_eq(report.outcome, DELIVERY_DONE);
	ck_assert_int_eq(report.partition, 5);
	ck_assert_int_eq(report.offset, 77);
	ck_assert_str_eq(report.reason, "");
	ck_assert_uint_eq(outbox_count(outbox), 0);
	ck_assert(silent());
}
END_TEST

START_TEST(has_room_for_so_many_records)
{
	add_all(4);
	ck_assert(!add(5, 0, 10));
	outbox_settle_done(outbox, send_next(1), 0, 0);
	ck_assert(!add(5, 0, 10));
	take(1);
	ck_assert(add(5, 0, 10));
}
END_TEST

/* A record costs 200, its key 8, its header 9. */
START_TEST(has_room_for_so_many_bytes)
{
	ck_assert(!add(1, 0, 2000 - 217 + 1));
	ck_assert(add(1, 0, 2000 - 217));
	ck_assert(!add(2, 0, 0));
	outbox_settle(outbox, send_next(1), DELIVERY_FAILED, "");
	take(1);
	ck_assert(add(2, 0, 1000));
	ck_assert(!add(3, 0, 1000));
}
END_TEST

START_TEST(what_comes_back_waits_at_its_old_place)
{
	struct outbox_entry *first, *second;

	add_all(4);
	first = send_next(1);
	second = send_next(2);
	outbox_return(outbox, second, false);
	ck_assert_uint_eq(next_id(), 2);
	outbox_return(outbox, first, false);
	send_next(1);
	send_next(2);
	send_next(3);
	send_next(4);
}
END_TEST

START_TEST(what_comes_back_last_waits_behind_the_others)
{
	struct outbox_entry *first, *second;

	add_all(2);
	first = send_next(1);
	second = send_next(2);
	outbox_return(outbox, first, false);
	outbox_return(outbox, second, false);
	send_next(1);
	send_next(2);
}
END_TEST

START_TEST(a_lost_client_gives_all_back_in_order)
{
	add_all(4);
	send_next(1);
	send_next(2);
	send_next(3);
	outbox_recall(outbox);
	ck_assert_uint_eq(outbox_in_flight(outbox), 0);
	for (uint64_t id = 1; id <= 4; id++)
		send_next(id);
}
END_TEST

START_TEST(a_failure_after_a_lost_client_is_an_unknown_outcome)
{
	add_all(3);
	send_next(1);
	send_next(2);
	outbox_recall(outbox);
	outbox_settle(outbox, send_next(1), DELIVERY_FAILED, "timed out");
	outbox_settle(outbox, send_next(2), DELIVERY_REFUSED, "too large");
	outbox_settle(outbox, send_next(3), DELIVERY_FAILED, "timed out");
	ck_assert_int_eq(take(1).outcome, DELIVERY_UNKNOWN);
	ck_assert_int_eq(take(2).outcome, DELIVERY_REFUSED);
	ck_assert_int_eq(take(3).outcome, DELIVERY_FAILED);
}
END_TEST

START_TEST(a_doubt_stays_however_often_the_record_comes_back)
{
	add_all(1);
	outbox_return(outbox, send_next(1), true);
	outbox_return(outbox, send_next(1), false);
	outbox_settle(outbox, send_next(1), DELIVERY_FAILED, "timed out");
	ck_assert_int_eq(take(1).outcome, DELIVERY_UNKNOWN);
}
END_TEST

START_TEST(after_a_refused_batch_each_record_travels_alone)
{
	struct outbox_entry *first, *second;

	add_all(3);
	first = send_next(1);
	second = send_next(2);
	outbox_refuse(outbox, first, true, "invalid");
	ck_assert_uint_eq(next_id(), 0); /* the second is in flight */
	outbox_refuse(outbox, second, false, "invalid");
	first = send_next(1);
	ck_assert_uint_eq(next_id(), 0); /* not beside it */
	outbox_refuse(outbox, first, true, "invalid");
	second = send_next(2);
	ck_assert_uint_eq(
		next_id(), 0); /* the third was in no batch, but it must not join either */
	outbox_settle_done(outbox, second, 0, 0);
	send_next(3);
	struct delivery_report report = take(1);
	ck_assert_int_eq(report.outcome, DELIVERY_REFUSED);
	ck_assert(report.too_large);
	ck_assert_int_eq(take(2).outcome, DELIVERY_DONE);
}
END_TEST

START_TEST(gives_up_what_no_client_takes_in_time)
{
	add_all(2); /* at 1 and 2 ms */
	ck_assert_int_eq(outbox_deadline_ms(outbox), 1001);
	outbox_expire(outbox, 1000);
	ck_assert(silent());
	outbox_expire(outbox, 1001);
	ck_assert_int_eq(outbox_deadline_ms(outbox), 0); /* there is a report */
	ck_assert_int_eq(take(1).outcome, DELIVERY_FAILED);
	ck_assert(silent());
}
END_TEST

/* As after a rebuild: the new client starts its own time-out anew. */
static struct outbox_entry *make_orphan(void)
{
	struct outbox_entry *e;

	add_all(1);
	e = send_next(1);
	ck_assert_int_eq(outbox_deadline_ms(outbox), 1001 + OUTBOX_GRACE_MS);
	outbox_expire(outbox, 1000 + OUTBOX_GRACE_MS);
	ck_assert(silent());
	outbox_expire(outbox, 1001 + OUTBOX_GRACE_MS);
	ck_assert_int_eq(take(1).outcome, DELIVERY_UNKNOWN);
	ck_assert_int_eq(outbox_deadline_ms(outbox), INT64_MAX);
	ck_assert_uint_eq(outbox_in_flight(outbox), 1); /* the client has it still */
	ck_assert_uint_eq(outbox_count(outbox), 1);
	return e;
}

START_TEST(gives_up_what_a_client_holds_too_long)
{
	outbox_settle_done(outbox, make_orphan(), 0, 0);
	outbox_return(outbox, make_orphan(), true);
	outbox_refuse(outbox, make_orphan(), true, "too large");
	make_orphan();
	outbox_recall(outbox);
	ck_assert(silent()); /* it was told once */
	ck_assert_uint_eq(outbox_in_flight(outbox), 0);
	ck_assert_uint_eq(outbox_count(outbox), 0);
	make_orphan();
	outbox_abandon(outbox);
	ck_assert(silent());
	ck_assert_uint_eq(outbox_count(outbox), 0);
	make_orphan(); /* freed with the outbox */
}
END_TEST

START_TEST(waits_for_ever_without_a_time_out)
{
	const struct outbox_options options = { .max_records = 4, .max_bytes = 2000 };

	outbox_free(outbox);
	outbox = outbox_new(&options);
	add_all(1);
	ck_assert_int_eq(outbox_deadline_ms(outbox), INT64_MAX);
	outbox_expire(outbox, INT64_MAX);
	ck_assert(silent());
}
END_TEST

START_TEST(tells_how_long_the_oldest_waits)
{
	struct outbox_entry *first;

	ck_assert_int_eq(outbox_waited_ms(outbox, 100), 0);
	add_all(2);
	ck_assert_int_eq(outbox_waited_ms(outbox, 100), 99);
	first = send_next(1);
	ck_assert_int_eq(outbox_waited_ms(outbox, 100), 99);
	outbox_settle_done(outbox, first, 0, 0);
	ck_assert_int_eq(outbox_waited_ms(outbox, 100), 98);
}
END_TEST

START_TEST(at_the_end_only_what_was_sent_is_in_doubt)
{
	add_all(2);
	send_next(1);
	outbox_abandon(outbox);
	ck_assert_uint_eq(outbox_in_flight(outbox), 0);
	ck_assert_int_eq(take(1).outcome, DELIVERY_UNKNOWN);
	ck_assert_int_eq(take(2).outcome, DELIVERY_FAILED);
	ck_assert_uint_eq(outbox_count(outbox), 0);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, sends_in_the_order_of_arrival);
	tcase_add_test(cases, reports_where_a_record_was_written);
	tcase_add_test(cases, has_room_for_so_many_records);
	tcase_add_test(cases, has_room_for_so_many_bytes);
	tcase_add_test(cases, what_comes_back_waits_at_its_old_place);
	tcase_add_test(cases, what_comes_back_last_waits_behind_the_others);
	tcase_add_test(cases, a_lost_client_gives_all_back_in_order);
	tcase_add_test(cases, a_failure_after_a_lost_client_is_an_unknown_outcome);
	tcase_add_test(cases, a_doubt_stays_however_often_the_record_comes_back);
	tcase_add_test(cases, after_a_refused_batch_each_record_travels_alone);
	tcase_add_test(cases, gives_up_what_no_client_takes_in_time);
	tcase_add_test(cases, gives_up_what_a_client_holds_too_long);
	tcase_add_test(cases, waits_for_ever_without_a_time_out);
	tcase_add_test(cases, tells_how_long_the_oldest_waits);
	tcase_add_test(cases, at_the_end_only_what_was_sent_is_in_doubt);
}

CHECK_MAIN("outbox", add_cases)
