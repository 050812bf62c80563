/* A believable company in virtual time: endless events, the same ones for the same seed. */
#ifndef CUBE_CLI_DEMO_COMPANY_H
#define CUBE_CLI_DEMO_COMPANY_H

#include <stdio.h>

#include "base/error.h"
#include "event/event.h"

struct demo_options {
    uint64_t seed;
    int64_t start_ms; /* midnight UTC at which the story starts; the first events lie up to 70 days
                         before */
    uint32_t customers; /* 0: 2,000; at most 1,000,000 */
    uint32_t staff;     /* 0: 300; at most 100,000 */
};

struct demo_company;

/* CUBE_ENOMEM. */
int demo_company_create(const struct demo_options *o, struct demo_company **ret_c) CUBE_MUST_CHECK;
void demo_company_destroy(struct demo_company *c);

/* The next event in the order of event time; it never ends. Events before start_ms are history:
 * past hires, customers, purchases, answers; a demo sends them at once. The texts are valid until
 * the next call. CUBE_ENOMEM: the company cannot go on. */
int demo_company_next(struct demo_company *c, struct event *ret_e) CUBE_MUST_CHECK;

/* Writes the next n events as NDJSON; topic: only those of this topic count and are written,
 * TOPIC_COUNT = all. CUBE_ENOMEM, CUBE_EIO. */
int demo_company_print(struct demo_company *c, FILE *out, enum event_topic topic,
                       uint64_t n) CUBE_MUST_CHECK;

#endif
