/* The life cycle of one alert instance: inactive -> pending -> firing -> resolved. */
#ifndef CUBE_ALERT_ALERT_H
#define CUBE_ALERT_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/condition.h"
#include "base/buf.h"

enum alert_status { ALERT_INACTIVE, ALERT_PENDING, ALERT_FIRING };

/* What is remembered of one (rule, scope). Zeroes: inactive. */
struct alert_state {
    uint8_t status;       /* enum alert_status */
    bool last_yes;        /* the condition held at the last judgement */
    int64_t since_ms;     /* pending: since when; firing: startsAt */
    int64_t last_true_ms; /* firing: the last tick the condition held (keep_firing_for) */
    int64_t resolved_ms;  /* of the last resolution; 0 never */
};

enum alert_event { ALERT_NOTHING, ALERT_FIRED, ALERT_RESOLVED };

/* Steps an instance at tick t with the answer of its condition. `for` = the condition held at every
 * judgement since since_ms and t - since_ms >= for_ms. VERDICT_FREEZE changes nothing.
 * keep_firing_for counts from last_true_ms; a caller that skips idle ticks moves it, before the step, to
 * the tick before t when last_yes is set: the condition held all that time.
 * *ret_due_ms: judge again then, at the latest; INT64_MAX never. */
enum alert_event alert_step(const struct alert_rule *r, const struct condition_answer *a,
                            int64_t t_ms, struct alert_state *s, int64_t *ret_due_ms);

/* All labels of an instance: alertname, scope, measure (when measure.at is set), severity, then the
 * configured ones; one configured under a name of these is left out. Fills out[ALERT_LABELS_BUILTIN +
 * r->label_count] and returns how many. The texts are borrowed from the rule and the arguments. */
#define ALERT_LABELS_BUILTIN 4
uint32_t alert_labels(const struct alert_rule *r, struct text scope, struct text measure,
                      struct label *out);

/* Orders labels by name, in place. */
void alert_labels_sort(struct label *labels, uint32_t count);

/* Alertmanager's fingerprint of a label set: FNV-1a 64 over name 0xff value 0xff, sorted by name. labels
 * are sorted in place. */
uint64_t alert_fingerprint(struct label *labels, uint32_t count);

/* True when the rule speaks of this scope. */
bool alert_applies(const struct alert_rule *r, uint32_t scope_kind, struct text scope_key);

#endif
