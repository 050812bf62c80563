#include "alert/alert_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define SAMPLES_FIRST 4

void alert_memory_close(struct alert_memory *m)
{
    free(m->at);
    *m = (struct alert_memory){0};
}

/* Makes room behind the last sample: by closing the gap in front when that is worth it. */
static int reserve(struct alert_memory *m)
{
    if (m->first + m->count < m->capacity) {
        return 0;
    }
    if (m->first > 0 && m->first >= m->capacity / 4) {
        memmove(m->at, m->at + m->first, m->count * sizeof *m->at);
        m->first = 0;
        return 0;
    }
    uint32_t capacity = m->capacity ? m->capacity * 2 : SAMPLES_FIRST;
    struct alert_sample *at = realloc(m->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    m->at = at;
    m->capacity = capacity;
    return 0;
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
