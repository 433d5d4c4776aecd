#include "consumer/httpoutcome.h"

enum { HOUR_MS = 3600000 };

static enum outcome outcome_of_status(long status)
{
	if (status >= 200 && status < 300)
		return OUTCOME_DONE;
	switch (status) {
	case 404:
	case 410:
		return OUTCOME_ABSENT;
	case 401:
	case 403:
		return OUTCOME_UNAUTHORISED;
	case 400:
	case 413:
	case 414:
	case 422:
	case 431:
		return OUTCOME_REFUSED;
	case 429:
	case 502:
	case 503:
	case 504:
		return OUTCOME_BUSY;
	default:
		return status >= 500 ? OUTCOME_FAILED : OUTCOME_GARBLED;
	}
}

enum outcome httpoutcome(const struct http_answer *answer)
{
	switch (answer->transport) {
	case HTTP_ANSWERED:
		return outcome_of_status(answer->status);
	case HTTP_NOT_SENT:
		return OUTCOME_DOWN;
	case HTTP_NO_ANSWER:
		return OUTCOME_UNKNOWN;
	case HTTP_TOO_LARGE:
		break;
	}
	return OUTCOME_GARBLED;
}

int64_t httpoutcome_retry_after_ms(const struct http_answer *answer)
{
	return answer->retry_after_ms < HOUR_MS ? answer->retry_after_ms : HOUR_MS;
}

void httpoutcome_describe(const struct http_answer *answer, const char *service, const char *url,
	const char *token_setting, struct error *ret)
{
	switch (answer->transport) {
	case HTTP_NOT_SENT:
		error_set(ret, "%s at %s cannot be reached: %s.", service, url, answer->reason);
		return;
	case HTTP_NO_ANSWER:
		error_set(ret, "%s at %s gave no whole answer: %s.", service, url, answer->reason);
		return;
	case HTTP_TOO_LARGE:
		error_set(ret, "%s at %s gave a larger answer than it ever should.", service, url);
		return;
	case HTTP_ANSWERED:
		break;
	}
	if (outcome_of_status(answer->status) == OUTCOME_UNAUTHORISED)
		error_set(ret, "%s at %s refuses us (%ld): check %s.", service, url, answer->status,
			token_setting);
	else
		error_set(ret, "%s at %s answers %ld.", service, url, answer->status);
}
