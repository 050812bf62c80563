/* Puts the facts of an entity back from its changelog record (entity_record.c). */
#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"
#include "engine/invoice_steps.h"
#include "engine/life.h"
#include "engine/order.h"
#include "engine/points_rules.h"

/* ---- sets of scopes --------------------------------------------------------------------------------- */

static int get_set(struct cursor *c, struct entity_engine *e, uint32_t *ret_id)
{
    struct dim_values v;
    uint64_t present;
    memset(&v, 0xff, sizeof v);
    int rc = get_uint(c, &present);
    if (rc != 0 || present >> DIM_COUNT != 0) {
        return rc ? rc : CUBE_EFORMAT;
    }
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        struct text value;
        if (!(present >> d & 1)) {
            continue;
        }
        rc = get_text(c, &value);
        if (rc != 0 || !value.at) {
            return rc ? rc : CUBE_EFORMAT;
        }
        rc = scope_table_value(e->scopes, (enum dimension)d, value, &v.id[d]);
        if (rc != 0) {
            return rc;
        }
    }
    return scope_table_set_id(e->scopes, &v, ret_id);
}

/* *v: the set that it is told by, then itself. */
static int get_differ(struct cursor *c, struct dim_values *v, uint8_t *ret_differ)
{
    if (c->at < c->end && *c->at == FORM_SET_NONE) {
        memset(v, 0xff, sizeof *v);
        c->at++;
    }
    if (c->at == c->end) {
        return CUBE_ETRUNCATED;
    }
    *ret_differ = *c->at++;
    return 0;
}

/* A bit for each dimension in which it differs, then the values. */
static int get_set_near(struct cursor *c, struct entity_engine *e, struct dim_values *v, uint32_t *ret_id)
{
    uint8_t differ = 0;
    int rc = get_differ(c, v, &differ);
    for (unsigned rest = differ; rest && rc == 0; rest &= rest - 1) {
        enum dimension d = (enum dimension)__builtin_ctz(rest);
        rc = record_words_get(e->words, e->scopes, d, c, &v->id[d]);
    }
    return rc ? rc : scope_table_set_id(e->scopes, v, ret_id);
}

static int get_sets_near(struct cursor *c, struct entity_engine *e, unsigned count, struct fact_before *before)
{
    int rc = 0;
    for (unsigned i = 0; i < count && rc == 0; i++) {
        struct dim_values v = before->values;
        rc = get_set_near(c, e, &v, &before->sets[i]);
        before->values = i == 0 ? v : before->values;
    }
    return rc;
}

static int get_sets(struct cursor *c, struct entity_engine *e, unsigned count, uint32_t *sets)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t same;
        int rc = form_get_byte(c, &same);
        if (rc != 0 || (!same && (rc = get_set(c, e, &sets[i])) != 0)) {
            return rc;
        }
    }
    return 0;
}

/* ---- facts ------------------------------------------------------------------------------------------ */

static bool arg_is_valid(const struct entity_engine *e, uint8_t type, uint8_t arg)
{
    switch (type) {
    case FACT_LEDGER:
        return ledger_arg_is_valid(&e->dispatch->ledgers, arg);
    case FACT_POINTS:
    case FACT_CAP:
    case FACT_POINTS_STEP:
    case FACT_POINTS_GONE:
    case FACT_POINTS_FRESH:
        return arg < e->model->points.count;
    case FACT_ORDER_MORE:
        return arg < ORDER_MORE_ARGS;
    case FACT_ORDER:
    case FACT_CANCELLED:
    case FACT_ERASED:
    case FACT_POINTS_SUM:
    case FACT_INVOICE:
    case FACT_OVERDUE:
    case FACT_PAID:
        return arg == 0;
    case FACT_COST:
        return arg < CATEGORY_COUNT;
    case FACT_VALUE:
        return arg < VALUE_FACT_COUNT;
    case FACT_INVOICE_STEP:
        return invoice_step_arg_is_valid(arg);
    case FACT_STAFF:
        return arg < STAFF_FACT_COUNT;
    case FACT_MARK:
        return arg < e->model->measure_count;
    default:
        return type < FACT_TYPE_COUNT && fact_rows[type].of_measure && arg < e->model->measure_count &&
               (e->model->measures[arg].aggregation->facts >> type & 1);
    }
}

/* What may only have been added at the end since. */
static bool is_newer(uint8_t type, uint8_t arg)
{
    switch (type) {
    case FACT_ORDER_MORE: return arg >= ORDER_MORE_ARGS;
    case FACT_COST: return arg >= CATEGORY_COUNT;
    case FACT_VALUE: return arg >= VALUE_FACT_COUNT;
    case FACT_INVOICE_STEP: return invoice_step_arg_is_newer(arg);
    case FACT_STAFF: return arg >= STAFF_FACT_COUNT;
    default: return type >= FACT_TYPE_COUNT;
    }
}

static int get_unit(struct cursor *c, struct entity_engine *e, uint64_t *ret_key)
{
    struct text unit;
    uint32_t id;
    int rc = get_text(c, &unit);
    if (rc != 0 || !unit.at || !e->units) {
        return rc ? rc : CUBE_EFORMAT;
    }
    rc = life_unit(e->units, unit, &id);
    if (rc == 0) {
        *ret_key = id;
    }
    return rc;
}

static bool is_old_ledger(const struct fact_before *before, uint8_t type)
{
    return before->version == RECORD_VERSION_OLD && (type == FACT_LEDGER || type == OLD_FACT_LEDGER_EVENTS);
}

/* The index is made when all facts are there; ledgers of the oldest version look for theirs before. */
static int fact_keep(struct entity_engine *e, struct entity *x, const struct fact_before *before, const struct fact *f)
{
    if (before->version == RECORD_VERSION_OLD) {
        return facts_add(&e->home, x, *f);
    }
    if (x->fact_count == x->fact_capacity || x->mark_count == FACT_MARKS_MAX) {
        return CUBE_EFORMAT;
    }
    facts_append(x, f);
    return 0;
}

/* The instant of fresh points follows from the plan, and not all may be fresh: by another plan they are so no more. */
static void settle(const struct fact_before *before, const struct points_plan *p, const struct horizon *now, struct fact *f)
{
    const struct horizon *then = before->plan.points.panes > 0 && before->plan.points.pane_ms > 0 ? &before->plan.points : now;
    bool other = then->panes != now->panes || then->pane_ms != now->pane_ms;
    if (other || !points_may_be_fresh(p, fact_arg(f))) {
        *f = points_settled(then, f);
    }
}

static int get_fact(struct cursor *c, struct entity_engine *e, struct entity *x, struct fact_before *before)
{
    struct fact_plain p;
    int rc = form_get_fact(c, before, &p);
    if (rc != 0) {
        return rc;
    }
    enum fact_type type = (enum fact_type)p.type;
    bool old = is_old_ledger(before, p.type);
    if (old ? p.arg >= e->home.tracks : !arg_is_valid(e, p.type, p.arg)) {
        return is_newer(p.type, p.arg) ? CUBE_EVERSION : CUBE_EFORMAT;
    }
    struct fact f = {fact_head(type, p.arg, p.t), p.key, (int64_t)((uint64_t)p.value << (old ? 0 : form_free_bits(type)))};
    if (p.other_sets) {
        unsigned sets = fact_rows[type].sets;
        rc = before->version == RECORD_VERSION ? get_sets_near(c, e, sets, before) : get_sets(c, e, sets, before->sets);
    }
    if (rc != 0) {
        return rc;
    }
    if (old) {
        return ledger_old_take(&e->home, x, &e->dispatch->ledgers, &f, p.type == OLD_FACT_LEDGER_EVENTS);
    }
    if (fact_rows[type].sets && before->sets[0] == SCOPE_SET_LOOSE) {
        return CUBE_EFORMAT;
    }
    if (fact_rows[type].sets) {
        fact_sets_replace(&f, before->sets);
    }
    if (type == FACT_POINTS_FRESH) {
        settle(before, &e->model->points, &e->sleepers.plan.points, &f);
    }
    if (type == FACT_VALUE && p.arg == VALUE_DELIVERED && (rc = get_unit(c, e, &f.key)) != 0) {
        return rc;
    }
    x->flags |= type == FACT_OVERDUE ? ENTITY_OVERDUE : 0;
    x->flags |= type == FACT_ERASED && !(x->flags & ENTITY_ERASED) ? ENTITY_REBORN : 0;
    x->held_tracks |= ledger_held_by(&e->dispatch->ledgers, &f);
    bool dropped = type == FACT_STEP_OLD || (!(e->steps & STEP_SHOWN) && type == FACT_VALUE && life_fact_is_shown((enum value_fact)p.arg));
    return dropped ? 0 : fact_keep(e, x, before, &f);
}

static void facts_begin(const struct entity_engine *e, const struct entity *x, struct fact_before *b)
{
    struct dim_values values = entity_dims_values(e->type, x);
    struct pack_plan plan = b->plan;
    form_begin(b, b->version >= RECORD_VERSION_TEXTS ? form_near(e->type, x) : 0, &plan, &values, x->stock);
    bool refused = !x->stock && (x->dims[0] & x->dims[1] & x->dims[2]) != DIM_ABSENT; /* whoever wrote it may have had room for its set */
    if (b->version < RECORD_VERSION || refused) {
        memset(b->sets, 0, sizeof b->sets);
    }
}

int form_get_facts(struct cursor *c, struct entity_engine *e, struct entity *x, struct fact_before *before, uint64_t count)
{
    int rc = 0;
    facts_begin(e, x, before);
    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        rc = get_fact(c, e, x, before);
    }
    if (rc == 0 && before->version != RECORD_VERSION_OLD) {
        facts_fill(x, x->fact_count);
    }
    return rc;
}
