#include "common/ratelimit.h"

#include "check_main.h"

#include <string.h>

static int64_t take(struct ratelimit *r, unsigned client, int64_t now_ms)
{
	unsigned char address[RATELIMIT_ADDRESS] = { 0 };

	memcpy(address, &client, sizeof client);
	return ratelimit_take(r, address, now_ms);
}

static int passing(struct ratelimit *r, unsigned client, int64_t now_ms, int tries)
{
	int count = 0;

	for (int i = 0; i < tries; i++)
		count += take(r, client, now_ms) == 0;
	return count;
}

START_TEST(lets_a_burst_of_one_second_pass)
{
	struct ratelimit *r = ratelimit_new(10);

	ck_assert_int_eq(passing(r, 1, 5000, 50), 10);
	ck_assert_int_eq(take(r, 1, 5000), 100);
	ck_assert_int_eq(take(r, 1, 5099), 1);
	ck_assert_int_eq(passing(r, 1, 5100, 50), 1);
	ck_assert_int_eq(passing(r, 1, 6100, 50), 10);
	ck_assert_int_eq(passing(r, 1, 60000, 50), 10); /* never more than one second's worth */
	ratelimit_free(r);
}
END_TEST

START_TEST(keeps_clients_apart)
{
	struct ratelimit *r = ratelimit_new(1);

	ck_assert_int_eq(passing(r, 1, 5000, 3), 1);
	ck_assert_int_eq(passing(r, 2, 5000, 3), 1);
	ck_assert_int_eq(take(r, 1, 5000), 1000);
	ratelimit_free(r);
}
END_TEST

START_TEST(forgets_the_quietest_of_too_many)
{
	enum { CROWD = 20000 };
	struct ratelimit *r = ratelimit_new(1);

	for (unsigned client = 1; client <= CROWD; client++)
		ck_assert_int_eq(take(r, client, 5000 + client), 0);
	ck_assert_int_gt(take(r, CROWD, 5000 + CROWD), 0); /* the newest is known */
	ratelimit_free(r);
}
END_TEST

START_TEST(a_rate_of_millions_is_no_division_by_zero)
{
	struct ratelimit *r = ratelimit_new(INT64_MAX);

	ck_assert_int_eq(passing(r, 1, 0, 1000), 1000);
	ratelimit_free(r);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, lets_a_burst_of_one_second_pass);
	tcase_add_test(cases, keeps_clients_apart);
	tcase_add_test(cases, forgets_the_quietest_of_too_many);
	tcase_add_test(cases, a_rate_of_millions_is_no_division_by_zero);
}

CHECK_MAIN("ratelimit", add_cases)
