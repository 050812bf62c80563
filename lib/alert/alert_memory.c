#include "alert/alert_memory.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/sliding.h"

#define SAMPLES_FIRST 4

void alert_memory_close(struct alert_memory *m)
{
    free(m->at);
    *m = (struct alert_memory){0};
}

static int reserve(struct alert_memory *m)
{
    void *at = m->at;
    int rc = sliding_reserve(&at, &m->first, m->count, &m->capacity, sizeof *m->at, SAMPLES_FIRST);
    m->at = at;
    return rc;
}

int alert_memory_add(struct alert_memory *m, int64_t t_ms, double value)
{
    CHECK_PRE(m->count == 0 || m->at[m->first + m->count - 1].t_ms < t_ms);
    if (m->count == ALERT_SAMPLES_MAX) {
        alert_memory_drop(m, m->at[m->first].t_ms + 1);
    }
    int rc = reserve(m);
    if (rc == 0) {
        m->at[m->first + m->count++] = (struct alert_sample){t_ms, value};
    }
    return rc;
}

void alert_memory_drop(struct alert_memory *m, int64_t before_ms)
{
    while (m->count > 0 && m->at[m->first].t_ms < before_ms) {
        m->first++;
        m->count--;
    }
    if (m->count == 0) {
        m->first = 0;
    }
}

const struct alert_sample *alert_memory_oldest(const struct alert_memory *m, int64_t t_ms)
{
    return m->count > 0 && m->at[m->first].t_ms == t_ms ? &m->at[m->first] : NULL;
}
