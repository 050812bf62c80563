#include "measure/case_steps.h"

#include "engine/entity.h"
#include "engine/facts.h"

#define STEP_SPREAD UINT64_C(0x9e3779b97f4a7c15) /* keys of one case's steps lie apart; of answers it is the case's own */

static uint64_t step_key(uint64_t key, enum case_step step)
{
    return key ^ (uint64_t)step * STEP_SPREAD;
}

/* From then on it is not asked for; so it says when the step was, too. Its value are the first bytes of the id. */
static int64_t until_ms(const struct applying *a, int64_t ts_ms)
{
    return ts_ms + a->model->time.lateness_ms + 1;
}

static struct fact *step_find(const struct measure *m, const struct applying *a, uint64_t key, enum case_step step)
{
    return facts_find(a->entity, FACT_STEP, (uint8_t)m->index, step_key(key, step));
}

static bool is_later(const struct fact *f, int64_t t, uint64_t id)
{
    return fact_t(f) > t || (fact_t(f) == t && (uint64_t)f->value > id);
}

static int keep(const struct measure *m, struct applying *a, uint64_t key, enum case_step step, int64_t ts_ms, uint64_t id)
{
    struct fact *f = step_find(m, a, key, step);
    int64_t t = until_ms(a, ts_ms);
    if (f && is_later(f, t, id) != (step >= STEP_TRANSFER)) {
        return 0;
    }
    struct fact kept = {fact_head(FACT_STEP, (uint8_t)m->index, t), step_key(key, step), (int64_t)id};
    if (!f) {
        int rc = facts_add(a->home, a->entity, kept);
        return rc ? rc : 1;
    }
    *f = kept;
    return 1;
}

int case_step_keep(const struct measure *m, struct applying *a, uint64_t key, enum case_step step)
{
    return keep(m, a, key, step, a->ts_ms, event_id_prefix(a->event));
}

int case_step_keep_resolved(const struct measure *m, struct applying *a, uint64_t key, int64_t ts_ms)
{
    return keep(m, a, key, STEP_RESOLVED, ts_ms, 0);
}

bool case_step_follows(const struct measure *m, const struct applying *a, uint64_t key, enum case_step step)
{
    const struct fact *f = step_find(m, a, key, step);
    return f && is_later(f, until_ms(a, a->ts_ms), event_id_prefix(a->event));
}

int64_t case_step_ms(const struct measure *m, const struct applying *a, uint64_t key, enum case_step step)
{
    const struct fact *f = step_find(m, a, key, step);
    return f ? fact_t(f) - until_ms(a, 0) : INT64_MIN;
}

void case_steps_sweep(const struct measure *m, struct applying *a, uint64_t key)
{
    if (a->event->kind != KIND_CONTACT_OPEN && facts_sweeps(a->entity, key)) {
        facts_sweep(a->entity, FACT_STEP, (uint8_t)m->index, a->ts_ms, 0);
    }
}
