/* GET /v1/outages: when Plex and Stash were away, and why; for people who look into what happened at night. */
#ifndef CONSUMER_OUTAGES_H
#define CONSUMER_OUTAGES_H

#include "common/httpserver.h"
#include "consumer/driver.h"

/*
 * The route, behind the admin token. It answers 200 with {"outages":[{"service":"plex|stash","since":TIME,
 * "until":TIME or null while it lasts,"reason":…},…]}: of each service the newest 16 since the
 * process was started, the newest first. `driver` is borrowed.
 */
struct httproute outages_route(struct driver *driver);

#endif
