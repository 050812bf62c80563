/* What one instance of an alert remembers of earlier ticks, for conditions that compare with the past. */
#ifndef CUBE_ALERT_ALERT_MEMORY_H
#define CUBE_ALERT_ALERT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define ALERT_SAMPLES_MAX 1024 /* more than a rule may ask for: over / step + 2 */

struct alert_sample {
    int64_t t_ms;
    double value;
};

/* Zeroes: nothing is remembered yet. */
struct alert_memory {
    bool has_z; /* the weighted mean of a drift */
    double z;
    struct alert_sample *at; /* change: first..first + count, by time; what had no value is left out */
    uint32_t first, count, capacity;
};

/* Frees the samples. Zeroes do nothing. */
void alert_memory_close(struct alert_memory *m);

/* Appends a sample later than all others; of too many the oldest is forgotten. CUBE_ENOMEM: none was added. */
int alert_memory_add(struct alert_memory *m, int64_t t_ms, double value) CUBE_MUST_CHECK;

/* Forgets the samples before an instant. */
void alert_memory_drop(struct alert_memory *m, int64_t before_ms);

/* The sample at exactly this instant if it is the oldest, else NULL. */
const struct alert_sample *alert_memory_oldest(const struct alert_memory *m, int64_t t_ms);

#endif
