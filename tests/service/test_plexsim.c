/* plexsim inside the test's own process; what it answers over HTTP is tested with plexapi. */
#include "common/buf.h"
#include "tests/sim/plexsim.h"
#include "tests/unit/check_main.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct plexsim *start(void)
{
	struct plexsim_options options = plexsim_defaults;
	struct error err = { "" };
	struct plexsim *sim;

	options.library_file = PLEXSIM_LIBRARY;
	sim = plexsim_start(&options, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	return sim;
}

/* Sends a request and reads to the end of the connection; "" when there was no answer. */
static char *exchange(uint16_t port, const char *line)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct buf answer;
	char chunk[4096];
	ssize_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	buf_init(&answer, (size_t)1 << 20);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	auto_free char *request = xasprintf("%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
					    "X-Plex-Token: " PLEXSIM_TOKEN "\r\n\r\n",
		line);
	ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while ((len = read(fd, chunk, sizeof chunk)) > 0)
		buf_put(&answer, chunk, (size_t)len);
	close(fd);
	return buf_take(&answer);
}

#define EDIT "PUT /library/sections/1/all?type=1&id=101&title.value=New&title.locked=1"

START_TEST(an_edit_is_seen_from_inside)
{
	struct plexsim *sim = start();
	auto_free char *answer = exchange(plexsim_port(sim), EDIT);
	json_t *item = plexsim_item(sim, 101);

	ck_assert_ptr_nonnull(strstr(answer, "200 OK"));
	ck_assert_str_eq(json_string_value(json_object_get(item, "title")), "New");
	ck_assert_uint_eq(plexsim_violations(sim), 0);
	ck_assert_uint_eq(plexsim_requests_count(sim, "PUT", "/library/sections/1"), 1);
	ck_assert_uint_eq(plexsim_requests_count(sim, "POST", NULL), 0);
	json_decref(item);
	plexsim_stop(sim);
}
END_TEST

START_TEST(an_edit_without_an_id_is_a_violation)
{
	struct plexsim *sim = start();
	auto_free char *answer =
		exchange(plexsim_port(sim), "PUT /library/sections/1/all?type=1&title.value=New");
	json_t *list = plexsim_violations_list(sim);

	ck_assert_ptr_nonnull(strstr(answer, "200 OK"));
	ck_assert_uint_eq(plexsim_violations(sim), 1);
	ck_assert_uint_eq(json_array_size(list), 1);
	json_decref(list);
	plexsim_stop(sim);
}
END_TEST

START_TEST(a_fault_strikes_as_often_as_it_says)
{
	struct plexsim *sim = start();
	int id = plexsim_fault_add(sim, &(struct plexsim_fault){ .method = "PUT",
						.action = PLEXSIM_DROP,
						.after_effect = true,
						.count = 1 });
	auto_free char *first = exchange(plexsim_port(sim), EDIT);
	auto_free char *second = exchange(plexsim_port(sim), EDIT);
	json_t *item = plexsim_item(sim, 101);

	ck_assert_str_eq(first, "");
	ck_assert_ptr_nonnull(strstr(second, "200 OK"));
	ck_assert_uint_eq(plexsim_fault_fired(sim, id), 1);
	ck_assert_str_eq(json_string_value(json_object_get(item, "title")), "New");
	json_decref(item);
	plexsim_stop(sim);
}
END_TEST

static void *edit_in_background(void *cookie)
{
	free(exchange(plexsim_port(cookie), EDIT));
	return NULL;
}

START_TEST(stops_while_an_answer_is_held)
{
	struct plexsim *sim = start();
	pthread_t client;

	plexsim_fault_add(sim, &(struct plexsim_fault){ .method = "PUT", .hold = true });
	pthread_create(&client, NULL, edit_in_background, sim);
	for (int i = 0; i < 1000 && plexsim_held(sim) == 0; i++)
		usleep(10000);
	ck_assert_uint_eq(plexsim_held(sim), 1);
	plexsim_stop(sim);
	pthread_join(client, NULL);
}
END_TEST

START_TEST(goes_on_from_its_state_on_the_same_port)
{
	struct plexsim *sim = start();
	struct plexsim_options options = plexsim_defaults;
	struct error err = { "" };
	json_t *item;

	free(exchange(plexsim_port(sim), EDIT));
	options.port = plexsim_port(sim);
	options.library = plexsim_state(sim);
	plexsim_stop(sim);
	sim = plexsim_start(&options, &err);
	ck_assert_msg(sim != NULL, "%s", err.text);
	ck_assert_uint_eq(plexsim_port(sim), options.port);
	item = plexsim_item(sim, 101);
	ck_assert_str_eq(json_string_value(json_object_get(item, "title")), "New");
	json_decref(item);
	json_decref(options.library);
	plexsim_stop(sim);
}
END_TEST

START_TEST(says_why_it_cannot_start)
{
	struct plexsim *sim = start();
	struct plexsim_options options = plexsim_defaults;
	struct error err = { "" };

	options.port = plexsim_port(sim);
	ck_assert_ptr_null(plexsim_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "port"));
	options.port = 0;
	options.library_file = PLEXSIM_LIBRARY ".absent";
	ck_assert_ptr_null(plexsim_start(&options, &err));
	ck_assert_ptr_nonnull(strstr(err.text, ".absent"));
	plexsim_stop(sim);
	plexsim_stop(NULL);
}
END_TEST

static void add_cases(TCase *cases)
{
	tcase_add_test(cases, an_edit_is_seen_from_inside);
	tcase_add_test(cases, an_edit_without_an_id_is_a_violation);
	tcase_add_test(cases, a_fault_strikes_as_often_as_it_says);
	tcase_add_test(cases, stops_while_an_answer_is_held);
	tcase_add_test(cases, goes_on_from_its_state_on_the_same_port);
	tcase_add_test(cases, says_why_it_cannot_start);
}

CHECK_MAIN("plexsim", add_cases)
