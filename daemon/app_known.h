/* What was known last of the scopes of this instance, for the metrics while its tasks are lost: alerts that vanish there are taken for resolved ones.
 * It is kept while no broker answers and while tasks are put back; a minute when others may have the partitions. */
#ifndef CUBE_APP_KNOWN_H
#define CUBE_APP_KNOWN_H

#include "base/buf.h"
#include "base/text.h"
#include "port/status.h"

#define KNOWN_MS INT64_C(60000)

struct app_known {
    bool any;
    int64_t at_ms;
    struct alert_count *alerts;
    uint32_t alert_count;
    struct buf series; /* of cubed_measure_value, as they were shown last */
};

typedef int known_each_fn(void *arg, struct text scope, struct text measure, double value);

/* Notes the alerts of a status that is complete; in one that is not puts those known instead, or none. now_ms: of a steady clock. */
void app_known_status(struct app_known *k, struct status *s, int64_t now_ms);

/* A series that is shown; to be cleared before the first. CUBE_ENOMEM: it is not kept. The measure's name is borrowed. */
int app_known_series(struct app_known *k, struct text scope, struct text measure, double value) CUBE_MUST_CHECK;

/* Shows the series that are kept, max at most. What each returns when it is not 0. */
int app_known_each(const struct app_known *k, uint32_t max, known_each_fn *each, void *arg);

void app_known_close(struct app_known *k);

#endif
