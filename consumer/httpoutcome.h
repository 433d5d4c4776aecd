/* What an HTTP answer means to the engine, the same for Plex and Stash. */
#ifndef CONSUMER_HTTPOUTCOME_H
#define CONSUMER_HTTPOUTCOME_H

#include "common/httpclient.h"
#include "consumer/inputs.h"

/* By transport and status alone; OUTCOME_DONE still has to be understood. */
enum outcome httpoutcome(const struct http_answer *answer);

/* What the other side asked for, an hour at most: a wrong date must not hold scenes for years. -1: nothing. */
int64_t httpoutcome_retry_after_ms(const struct http_answer *answer);

/*
 * A sentence for what is not done: "Plex at http://… refuses the token (401): set plex_token …".
 * `token_setting` names the setting that holds the credentials.
 */
void httpoutcome_describe(const struct http_answer *answer, const char *service, const char *url,
	const char *token_setting, struct error *ret);

#endif
