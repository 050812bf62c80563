#include "sim/sim_entity.h"

#include "base/hash.h"
#include "engine/entity_dims.h"
#include "engine/entity_state.h"
#include "engine/points_rules.h"
#include "sim/sim.h"

static void must(int rc)
{
    sim_check(rc == 0, "an entity can be looked at");
}

static void put(struct buf *out, int64_t number)
{
    must(buf_append(out, &number, sizeof number));
}

static void put_wide(struct buf *out, cube_i128 number)
{
    must(buf_append(out, &number, sizeof number));
}

static uint64_t value_hash(const struct entity_engine *e, enum dimension d, uint32_t id)
{
    struct text value = id == DIM_ABSENT ? TEXT_LITERAL("") : scope_table_value_text(e->scopes, d, id);
    return hash64_seed(value.at, value.len, (uint64_t)d << 1 | (id != DIM_ABSENT));
}

static uint64_t set_hash(const struct entity_engine *e, uint32_t set)
{
    const struct dim_values *v = &scope_table_set_at(e->scopes, set)->values;
    uint64_t h = 0;
    for (int d = 0; d < DIM_COUNT; d++) {
        h = v->id[d] == DIM_ABSENT ? h : hash64_int(h ^ value_hash(e, (enum dimension)d, v->id[d]));
    }
    return h;
}

static uint64_t fact_hash(const struct entity_engine *e, const struct fact *f)
{
    static const uint32_t none[FACT_SETS_MAX] = {0};
    uint32_t sets[FACT_SETS_MAX];
    unsigned count = fact_sets(f, sets);
    struct fact plain = *f;
    fact_sets_replace(&plain, none);
    if (fact_type(f) == FACT_VALUE && fact_arg(f) == VALUE_DELIVERED) {
        struct text unit = intern_text(e->units, (uint32_t)f->key);
        plain.key = hash64(unit.at, unit.len);
    }
    uint64_t h = hash64(&plain, sizeof plain);
    for (unsigned i = 0; i < count; i++) {
        h = hash64_int(h ^ set_hash(e, sets[i]));
    }
    return h;
}

static void put_facts(struct buf *out, const struct entity_engine *e, const struct entity *x, int64_t applied_ms)
{
    uint64_t sum = 0, count = 0;
    for (uint32_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        bool settles = points_is_fresh(f) && points_fresh_ms(&e->sleepers.plan.points, f) < points_settle_ms(e->model, x);
        struct fact as = settles ? points_settled(&e->sleepers.plan.points, f) : *f;
        bool is_over = (fact_type(f) == FACT_ERASED || fact_type(f) == FACT_POINTS_GONE) && fact_t(f) < applied_ms;
        if (!is_over) {
            sum += fact_hash(e, &as);
            count++;
        }
    }
    put(out, (int64_t)sum);
    put(out, (int64_t)count);
}

static void put_dims(struct buf *out, const struct entity_engine *e, const struct entity *x)
{
    for (int slot = 0; slot < RECORD_DIMS; slot++) {
        put(out, (int64_t)value_hash(e, (enum dimension)record_dims[e->type][slot], x->dims[slot]));
        put(out, x->dims[slot] == DIM_ABSENT ? 0 : x->stamps[slot].ts_ms);
        put(out, x->dims[slot] == DIM_ABSENT ? 0 : (int64_t)x->stamps[slot].id_prefix);
    }
}

static void put_customer(struct buf *out, const struct customer_part *c)
{
    put(out, c->first_seen_ms);
    put(out, c->last_seen_ms);
    put(out, c->purchases);
    put(out, c->points);
    put(out, c->unprofitable_since_ms);
    for (int i = 0; i < 6; i += 2) {
        put_wide(out, cell_get_wide(c->totals + i));
    }
}

static void put_employee(struct buf *out, const struct employee_part *p)
{
    put(out, p->hired_ms);
    put(out, p->fte);
    put(out, p->absent | p->productive << 1);
    put(out, p->absent ? p->absent_since_ms : 0);
    put(out, p->absent ? p->fraction : 0);
}

void sim_entity_put(struct entity_engine *e, struct text key, int64_t applied_ms, struct buf *out)
{
    const struct entity *x = NULL;
    uint32_t number;
    must(entity_engine_number(e, key, entity_engine_hash(e, key), &number));
    must(entity_look(e, entity_table_at(&e->table, number), &x));
    put(out, x->flags & (ENTITY_SEEN | ENTITY_PRESENT | ENTITY_OVERDUE)); /* the others tell of what is published, or what is forgotten */
    put(out, x->status);
    put(out, x->active_tracks);
    put(out, x->held_tracks);
    put_dims(out, e, x);
    if (e->type == ENTITY_CUSTOMER) {
        put_customer(out, &x->customer);
    } else {
        put_employee(out, &x->employee);
    }
    for (unsigned t = 0; t < e->home.tracks; t++) {
        put_wide(out, x->facts ? cell_get_wide(facts_track(&e->home, x, t)) : 0);
    }
    put_facts(out, e, x, applied_ms);
}
