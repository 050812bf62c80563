#include "engine/model.h"

#define DAY_MS INT64_C(86400000)

int64_t day_after(const struct model *m, int64_t t_ms)
{
    if (m->zone.count == 0) {
        return tick_after(t_ms, DAY_MS);
    }
    int64_t day = pane_of(t_ms + zone_offset_ms(&m->zone, t_ms), DAY_MS);
    int64_t at_ms = zone_instant_ms(&m->zone, day * DAY_MS); /* at which the local day begins, also where clocks jump over midnight */
    while (at_ms <= t_ms) {
        at_ms = zone_instant_ms(&m->zone, ++day * DAY_MS);
    }
    return at_ms;
}

int64_t release_after(const struct model *m, int64_t t_ms)
{
    return m->privacy.release_ms == DAY_MS ? day_after(m, t_ms) : tick_after(t_ms, m->privacy.release_ms);
}

int64_t release_tick_after(const struct model *m, int64_t t_ms)
{
    return tick_after(release_after(m, t_ms) - 1, m->cube.tick_ms);
}

int64_t release_tick_until(const struct model *m, int64_t t_ms)
{
    bool daily = m->privacy.release_ms == DAY_MS; /* of local days, which may have an hour more */
    int64_t last_ms = t_ms - 2 * m->privacy.release_ms - (daily ? DAY_MS : m->cube.tick_ms), next_ms;
    while ((next_ms = release_tick_after(m, last_ms)) <= t_ms) {
        last_ms = next_ms;
    }
    return last_ms;
}
