/* The main() that every Check program shares: `CHECK_MAIN("buf", cases)`. */
#ifndef TESTS_UNIT_CHECK_MAIN_H
#define TESTS_UNIT_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

#define CHECK_MAIN(name, add_cases) \
	int main(void) \
	{ \
		Suite *suite = suite_create(name); \
		TCase *cases = tcase_create(name); \
\
		add_cases(cases); \
		suite_add_tcase(suite, cases); \
		SRunner *runner = srunner_create(suite); \
		srunner_run_all(runner, CK_NORMAL); \
		int failed = srunner_ntests_failed(runner); \
		srunner_free(runner); \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}

#endif
