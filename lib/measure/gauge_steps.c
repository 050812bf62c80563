#include "measure/gauge_steps.h"

#include <string.h>

#include "engine/entity.h"
#include "engine/facts.h"

/* Keys of FACT_GAUGE. Of a reading t is the instant and value the reading, of an id the value is its prefix. What records of before have
 * is the latest only: then it is the floor, too. */
enum { KEY_LATEST, KEY_LATEST_ID, KEY_FLOOR };

/* The value of a FACT_GAUGE_STEP: start of the id 40 | scopes 24. */
enum { SET_BITS = 24 };

bool gauge_is_before(const struct gauge_reading *a, const struct gauge_reading *b)
{
    return a->ts_ms != b->ts_ms ? a->ts_ms < b->ts_ms : a->id_prefix >> SET_BITS < b->id_prefix >> SET_BITS;
}

/* ---- the latest, and the floor ---------------------------------------------------------------------- */

static struct gauge_reading reading(const struct measure *m, const struct entity *x, uint64_t key)
{
    const struct fact *f = facts_find(x, FACT_GAUGE, (uint8_t)m->index, key);
    return f ? (struct gauge_reading){.given = true, .ts_ms = fact_t(f), .value = f->value} : (struct gauge_reading){0};
}

struct gauge_reading gauge_latest(const struct measure *m, const struct entity *x)
{
    struct gauge_reading r = reading(m, x, KEY_LATEST);
    const struct fact *id = facts_find(x, FACT_GAUGE, (uint8_t)m->index, KEY_LATEST_ID);
    r.given = r.given && id;
    r.id_prefix = id ? (uint64_t)id->value : 0;
    return r;
}

static int fact_set(const struct measure *m, struct applying *a, uint64_t key, int64_t t, int64_t value)
{
    struct fact now = {fact_head(FACT_GAUGE, (uint8_t)m->index, t), key, value};
    struct fact *f = facts_find(a->entity, FACT_GAUGE, (uint8_t)m->index, key);
    if (!f) {
        return facts_add(a->home, a->entity, now);
    }
    *f = now;
    return 0;
}

/* ---- steps ------------------------------------------------------------------------------------------ */

static bool is_step(const struct measure *m, const struct fact *f)
{
    return f->head >> 48 == fact_head(FACT_GAUGE_STEP, (uint8_t)m->index, 0) >> 48;
}

static struct gauge_reading step_of(const struct fact *f)
{
    return (struct gauge_reading){true, fact_t(f), (int64_t)f->key, (uint64_t)f->value & ~(uint64_t)SCOPE_SETS_MAX, fact_value_set(f->value, 0)};
}

static struct fact fact_of(const struct measure *m, const struct gauge_reading *r)
{
    uint64_t value = (r->id_prefix & ~(uint64_t)SCOPE_SETS_MAX) | r->set;
    return (struct fact){fact_head(FACT_GAUGE_STEP, (uint8_t)m->index, r->ts_ms), (uint64_t)r->value, (int64_t)value};
}

static void insert(struct gauge_steps *s, const struct gauge_reading *r)
{
    unsigned i = s->count++;
    for (; i > 0 && gauge_is_before(r, &s->at[i - 1]); i--) {
        s->at[i] = s->at[i - 1];
    }
    s->at[i] = *r;
}

void gauge_steps_read(const struct measure *m, const struct entity *x, struct gauge_steps *ret_steps)
{
    struct gauge_steps *s = ret_steps;
    s->count = 0;
    s->latest = gauge_latest(m, x);
    s->floor = reading(m, x, KEY_FLOOR);
    for (uint32_t i = x->mark_count; i < x->fact_count && s->count < GAUGE_STEPS_MAX; i++) {
        if (is_step(m, &x->facts[i])) {
            struct gauge_reading r = step_of(&x->facts[i]);
            insert(s, &r);
        }
    }
    if (s->count == 0) {
        s->floor = s->latest;
    }
}

static void step_drop(const struct measure *m, struct entity *x, const struct gauge_reading *r)
{
    struct fact step = fact_of(m, r);
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        if (memcmp(&x->facts[i], &step, sizeof step) == 0) {
            facts_remove(x, i);
            return;
        }
    }
}

int gauge_steps_trim(const struct measure *m, struct applying *a, struct gauge_steps *steps, int64_t before_ms)
{
    unsigned gone = 0;
    while (gone < steps->count && (steps->at[gone].ts_ms < before_ms || steps->count - gone == GAUGE_STEPS_MAX)) {
        steps->floor = steps->at[gone];
        step_drop(m, a->entity, &steps->at[gone++]);
    }
    steps->count -= gone;
    memmove(steps->at, steps->at + gone, steps->count * sizeof steps->at[0]);
    bool is_new = steps->floor.given && (gone > 0 || steps->count == 0) && a->model->time.lateness_ms > 0;
    return is_new ? fact_set(m, a, KEY_FLOOR, steps->floor.ts_ms, steps->floor.value) : 0;
}

int gauge_step_keep(const struct measure *m, struct applying *a, const struct gauge_reading *r, bool is_latest)
{
    int rc = a->model->time.lateness_ms > 0 ? facts_add(a->home, a->entity, fact_of(m, r)) : 0;
    if (rc != 0 || !is_latest) {
        return rc;
    }
    rc = fact_set(m, a, KEY_LATEST, r->ts_ms, r->value);
    return rc ? rc : fact_set(m, a, KEY_LATEST_ID, 0, (int64_t)r->id_prefix);
}
