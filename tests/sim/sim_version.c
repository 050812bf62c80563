#include "sim/sim_version.h"

#include "task/entity_inner.h"

#define BUCKET_BEFORE_MS 10000 /* whatever the tick */

void sim_versions_draw(struct sim_world *w, uint64_t seed)
{
    w->versions = (struct random){seed ^ UINT64_C(0x01DE5)};
    w->upgrades = random_between(&w->versions, 0, 1) == 0;
}

bool sim_version_draw(struct sim_world *w)
{
    return w->upgrades && random_between(&w->versions, 0, 1) == 0;
}

void sim_version_before(struct entity_task *t)
{
    if (hold_earliest_ms(t->hold) == INT64_MAX) {
        hold_fit(t->hold, BUCKET_BEFORE_MS);
    }
}
