/* Sends the demo company's events to Kafka at the speed of the compressed time. */
#ifndef CUBE_DEMO_FEED_H
#define CUBE_DEMO_FEED_H

#include <stdint.h>

#include "config/config.h"

struct demo_feed;

struct demo_feed_options {
    uint64_t seed;
    int64_t start_ms;         /* story time at which the story begins; what lies before is history */
    double seconds_per_day;   /* of the wall for a day of the story */
    int64_t days;             /* the story ends after so many; 0 = never */
};

/* Creates a producer for the input topics of the configuration. CUBE_ECONFIG, CUBE_ENOMEM; the reason goes
 * to stderr. */
int demo_feed_create(const struct config *c, const struct demo_feed_options *o, struct demo_feed **ret_f) CUBE_MUST_CHECK;
void demo_feed_destroy(struct demo_feed *f);

/* From now on the story runs: its clock starts at this wall clock. The history is sent first. */
void demo_feed_start(struct demo_feed *f, int64_t now_ms);

/* Sends what has happened in the story until now, a bounded number at a time. Returns 1 when the story is
 * over, 0 else; CUBE_ENOMEM, CUBE_EKAFKA. */
int demo_feed_beat(struct demo_feed *f, int64_t now_ms) CUBE_MUST_CHECK;

/* Story time now; events sent. */
int64_t demo_feed_now(const struct demo_feed *f);
uint64_t demo_feed_sent(const struct demo_feed *f);

#endif
