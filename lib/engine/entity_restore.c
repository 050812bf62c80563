/* Puts an entity back from its changelog record (entity_record.c). */
#include "base/check.h"
#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"
#include "engine/order.h"
#include "engine/life.h"

static inline int get_byte(struct cursor *c, uint8_t *ret_v)
{
    uint64_t v;
    if (c->at < c->end && *c->at < 0x80) {
        *ret_v = *c->at++;
        return 0;
    }
    int rc = get_uint(c, &v);
    if (rc == 0 && v > UINT8_MAX) {
        rc = CUBE_EFORMAT;
    }
    if (rc == 0) {
        *ret_v = (uint8_t)v;
    }
    return rc;
}

static int get_bits(struct cursor *c, unsigned bits, uint16_t *ret_v)
{
    uint64_t v;
    int rc = get_uint(c, &v);
    if (rc == 0 && v >> bits != 0) {
        rc = CUBE_EFORMAT;
    }
    if (rc == 0) {
        *ret_v = (uint16_t)v;
    }
    return rc;
}

static int get_stamp(struct cursor *c, struct dim_stamp *s, const struct dim_stamp *before)
{
    uint8_t same;
    int rc = get_byte(c, &same);
    if (rc != 0 || same > 1) {
        return rc ? rc : CUBE_EFORMAT;
    }
    if (same) {
        *s = *before;
        return 0;
    }
    rc = get_int(c, &s->ts_ms);
    return rc ? rc : get_uint(c, &s->id_prefix);
}

/* before: the stamp of the dimension before that is there; then this one's. */
static int get_dim(struct cursor *c, struct entity_engine *e, struct entity *x, unsigned slot, struct dim_stamp *before)
{
    struct text value;
    int rc = get_text(c, &value);
    if (rc != 0 || !value.at) {
        return rc;
    }
    rc = scope_table_value(e->scopes, (enum dimension)record_dims[e->type][slot], value, &x->dims[slot]);
    if (rc != 0) {
        return rc;
    }
    rc = get_stamp(c, &x->stamps[slot], before);
    *before = x->stamps[slot];
    return rc;
}

static int get_customer(struct cursor *c, struct customer_part *p)
{
    int64_t *numbers[] = {&p->first_seen_ms, &p->last_seen_ms, &p->purchases, &p->points, &p->unprofitable_since_ms};
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < sizeof numbers / sizeof *numbers; i++) {
        rc = get_int(c, numbers[i]);
    }
    for (unsigned i = 0; rc == 0 && i < 6; i += 2) {
        cube_i128 v = 0;
        rc = get_i128(c, &v);
        cell_set_wide(p->totals + i, v);
    }
    return rc;
}

static int get_employee(struct cursor *c, struct employee_part *p)
{
    uint8_t bits = 0;
    int rc;
    if ((rc = get_int(c, &p->hired_ms)) != 0 || (rc = get_int(c, &p->fte)) != 0 || (rc = get_byte(c, &bits)) != 0) {
        return rc;
    }
    if (bits > 3) {
        return CUBE_EFORMAT;
    }
    p->absent = bits & 1;
    p->productive = bits & 2;
    rc = p->absent ? get_int(c, &p->absent_since_ms) : 0;
    return rc || !p->absent ? rc : get_int(c, &p->fraction);
}

static int get_head(struct cursor *c, struct entity_engine *e, struct entity *x, uint64_t *ret_version)
{
    uint64_t version, type;
    uint8_t flags = 0;
    int rc = get_uint(c, &version);
    if (rc != 0 || (version != RECORD_VERSION && version != RECORD_VERSION_OLD)) {
        return rc ? rc : CUBE_EVERSION;
    }
    *ret_version = version;
    rc = get_uint(c, &type);
    if (rc != 0 || type != (uint64_t)e->type) {
        return rc ? rc : CUBE_EFORMAT;
    }
    if ((rc = get_byte(c, &flags)) != 0 || (rc = get_byte(c, &x->status)) != 0 ||
        (rc = get_bits(c, e->home.tracks, &x->active_tracks)) != 0) {
        return rc;
    }
    if ((flags & ~(ENTITY_SEEN | ENTITY_PRESENT | ENTITY_PUBLISH | ENTITY_ERASED)) != 0) {
        return CUBE_EFORMAT;
    }
    x->flags |= flags;
    e->erased += (flags & ENTITY_ERASED) != 0;
    struct dim_stamp before = {0, 0};
    for (unsigned slot = 0; rc == 0 && slot < RECORD_DIMS; slot++) {
        rc = get_dim(c, e, x, slot, &before);
    }
    if (rc != 0 || e->type == ENTITY_CUSTOMER) {
        return rc ? rc : get_customer(c, &x->customer);
    }
    return get_employee(c, &x->employee);
}

/* Totals by track. */
static int get_tracks(struct cursor *c, const struct entity_engine *e, cube_i128 *totals, uint64_t *ret_count)
{
    int rc = get_uint(c, ret_count);
    if (rc != 0 || (*ret_count != 0 && *ret_count != e->home.tracks)) {
        return rc ? rc : CUBE_EFORMAT;
    }
    for (uint64_t t = 0; rc == 0 && t < *ret_count; t++) {
        rc = get_i128(c, &totals[t]);
    }
    return rc;
}

/* The block with room for all facts at once: totals of the tracks, and how many facts follow. */
static int get_block(struct cursor *c, struct entity_engine *e, struct entity *x, uint64_t *ret_count)
{
    cube_i128 totals[TRACKS_MAX];
    uint64_t tracks;
    int rc = get_tracks(c, e, totals, &tracks);
    rc = rc ? rc : get_uint(c, ret_count);
    if (rc == 0 && *ret_count > (uint64_t)(c->end - c->at) / FORM_FACT_BYTES_MIN) {
        rc = CUBE_EFORMAT;
    }
    rc = rc ? rc : facts_reserve(&e->home, x, (uint32_t)*ret_count);
    rc = rc || tracks == 0 ? rc : facts_open(&e->home, x);
    if (rc != 0) {
        return rc;
    }
    for (uint32_t t = 0; t < tracks; t++) {
        cell_set_wide(facts_track(&e->home, x, t), totals[t]);
    }
    return 0;
}

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
    const struct scope_set *set;
    rc = scope_table_set(e->scopes, &v, &set);
    if (rc == 0) {
        *ret_id = set->id;
    }
    return rc;
}

static int get_sets(struct cursor *c, struct entity_engine *e, unsigned count, uint32_t *sets)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t same;
        int rc = get_byte(c, &same);
        if (rc != 0 || (!same && (rc = get_set(c, e, &sets[i])) != 0)) {
            return rc;
        }
    }
    return 0;
}

static bool arg_is_valid(const struct entity_engine *e, uint8_t type, uint8_t arg)
{
    switch (type) {
    case FACT_LEDGER:
        return ledger_arg_is_valid(&e->dispatch->ledgers, arg);
    case FACT_POINTS:
    case FACT_CAP:
        return arg < e->model->points.count;
    case FACT_ORDER_MORE:
        return arg < ORDER_MORE_ARGS;
    case FACT_ORDER:
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
    case FACT_MARK:
        return arg < e->model->measure_count;
    default:
        return type < FACT_TYPE_COUNT && fact_rows[type].of_measure && arg < e->model->measure_count &&
               (e->model->measures[arg].aggregation->facts >> type & 1);
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
    return before->old && (type == FACT_LEDGER || type == OLD_FACT_LEDGER_EVENTS);
}

/* A fact without its sets; what it has not is as before. */
static int get_plain(struct cursor *c, const struct entity_engine *e, uint8_t head, struct fact_before *before, struct fact *ret_f)
{
    uint8_t type = head & (FORM_SAME_T - 1), arg = 0;
    int64_t after = 0;
    int rc = get_byte(c, &arg);
    rc = rc || (head & FORM_SAME_T) ? rc : get_int(c, &after);
    rc = rc || (head & FORM_SAME_KEY) ? rc : get_uint(c, &before->key);
    rc = rc ? rc : get_int(c, &ret_f->value);
    if (rc != 0) {
        return rc;
    }
    bool valid = is_old_ledger(before, type) ? arg < e->home.tracks : arg_is_valid(e, type, arg);
    if (after < -FACT_T_MAX || after > FACT_T_MAX || before->t + after < 0 || before->t + after > FACT_T_MAX || !valid) {
        return CUBE_EFORMAT;
    }
    before->t += after;
    ret_f->head = fact_head((enum fact_type)type, arg, before->t);
    ret_f->key = before->key;
    ret_f->value = (int64_t)((uint64_t)ret_f->value << form_free_bits((enum fact_type)type));
    return 0;
}

static int get_fact(struct cursor *c, struct entity_engine *e, struct entity *x, struct fact_before *before)
{
    struct fact f = {0};
    uint8_t head;
    int rc = get_byte(c, &head);
    rc = rc ? rc : get_plain(c, e, head, before, &f);
    uint8_t type = head & (FORM_SAME_T - 1), arg = rc ? 0 : fact_arg(&f);
    rc = rc || !(head & FORM_OTHER_SETS) ? rc : get_sets(c, e, fact_rows[type].sets, before->sets);
    if (rc != 0) {
        return rc;
    }
    if (is_old_ledger(before, type)) {
        return ledger_old_take(&e->home, x, &e->dispatch->ledgers, &f, type == OLD_FACT_LEDGER_EVENTS);
    }
    fact_sets_replace(&f, before->sets);
    if (type == FACT_VALUE && arg == VALUE_DELIVERED && (rc = get_unit(c, e, &f.key)) != 0) {
        return rc;
    }
    x->flags |= type == FACT_OVERDUE ? ENTITY_OVERDUE : 0;
    x->flags |= type == FACT_ERASED && !(x->flags & ENTITY_ERASED) ? ENTITY_REBORN : 0;
    x->held_tracks |= ledger_held_by(&e->dispatch->ledgers, &f);
    return facts_add(&e->home, x, f);
}

static int entity_fill(struct entity_engine *e, struct entity *x, const uint8_t *value, size_t len)
{
    struct cursor c = {value, value + len};
    struct fact_before before = {0};
    uint64_t count = 0, version = 0;
    int rc;
    if ((rc = get_head(&c, e, x, &version)) != 0 || (rc = get_block(&c, e, x, &count)) != 0) {
        return rc;
    }
    before.old = version == RECORD_VERSION_OLD;
    for (uint64_t i = 0; rc == 0 && i < count; i++) {
        rc = get_fact(&c, e, x, &before);
    }
    if (before.old) {
        ledger_held_find(&e->dispatch->ledgers, x);
    }
    const struct scope_set *stock;
    if (rc != 0 || (rc = entity_dims_stock(e->scopes, e->type, x, &stock)) != 0) {
        return rc;
    }
    x->stock = stock->id;
    return c.at == c.end ? 0 : CUBE_EFORMAT;
}

static void entity_drop(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    x->due_ms = INT64_MAX;
    int rc = timers_set(&e->timers, &e->table, number);
    CHECK_POST(rc == 0); /* taking out needs no memory */
    e->erased -= (x->flags & ENTITY_ERASED) != 0;
    facts_close(&e->home, x);
    entity_table_remove(&e->table, &e->home.pool, number);
}

int entity_engine_restore(struct entity_engine *e, struct text key, const uint8_t *value, size_t len, uint32_t *ret_number)
{
    uint32_t number;
    uint64_t hash = entity_table_hash(&e->table, key);
    const struct entity *there = entity_table_find(&e->table, key, hash, &number);
    if (there && there->dirty_place != 0) {
        return CUBE_EFORMAT;
    }
    if (there) {
        entity_drop(e, number);
    }
    if (len == 0) {
        return 0;
    }
    if (key.len == 0 || key.len > UINT16_MAX) {
        return CUBE_EFORMAT;
    }
    int rc = entity_table_add(&e->table, &e->home.pool, key, hash, &number);
    if (rc != 0) {
        return rc;
    }
    struct entity *x = entity_table_at(&e->table, number);
    rc = entity_fill(e, x, value, len);
    if (rc == 0) {
        entity_due_find(e, x);
        rc = timers_set(&e->timers, &e->table, number);
    }
    if (rc != 0) {
        entity_drop(e, number);
        return rc;
    }
    if (ret_number) {
        *ret_number = number;
    }
    return 0;
}

int entity_engine_number(const struct entity_engine *e, struct text key, uint64_t entity_hash, uint32_t *ret_number)
{
    return entity_table_find(&e->table, key, entity_hash, ret_number) ? 0 : CUBE_ENOTFOUND;
}
