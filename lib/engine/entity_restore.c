/* Puts an entity back from its changelog record (entity_record.c). */
#include "base/check.h"
#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"

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

/* The bytes of the instant, then the prefix. */
static int get_stamp_packed(struct cursor *c, unsigned bytes, struct dim_stamp *s, const struct dim_stamp *before)
{
    uint8_t copy[2 * PACKED_BYTES_MAX] = {0};
    if ((size_t)(c->end - c->at) < bytes + PACKED_BYTES_MAX) {
        return CUBE_ETRUNCATED;
    }
    memcpy(copy, c->at, bytes + PACKED_BYTES_MAX);
    c->at += bytes + PACKED_BYTES_MAX;
    s->ts_ms = (int64_t)((uint64_t)before->ts_ms + (uint64_t)packed_number(packed_read(copy, bytes)));
    s->id_prefix = packed_read(copy + bytes, PACKED_BYTES_MAX);
    return 0;
}

static int get_stamp(struct cursor *c, unsigned version, struct dim_stamp *s, const struct dim_stamp *before)
{
    uint8_t head;
    bool packed = version >= RECORD_VERSION_TEXTS;
    int rc = form_get_byte(c, &head);
    if (rc != 0 || head > (packed ? 1 + PACKED_BYTES_MAX : 1)) {
        return rc ? rc : CUBE_EFORMAT;
    }
    if (head == !packed) {
        *s = *before;
        return 0;
    }
    if (packed) {
        return get_stamp_packed(c, head - 1u, s, before);
    }
    rc = get_int(c, &s->ts_ms);
    return rc ? rc : get_uint(c, &s->id_prefix);
}

/* Untouched where there is none. */
static int get_value(struct cursor *c, unsigned version, struct entity_engine *e, enum dimension d, uint32_t *ret_id)
{
    struct text value;
    if (version == RECORD_VERSION) {
        return record_words_get(e->words, e->scopes, d, c, ret_id);
    }
    int rc = get_text(c, &value);
    return rc || !value.at ? rc : scope_table_value(e->scopes, d, value, ret_id);
}

/* before: the stamp of the dimension before that is there; then this one's. */
static int get_dim(struct cursor *c, unsigned version, struct entity_engine *e, struct entity *x, unsigned slot, struct dim_stamp *before)
{
    int rc = get_value(c, version, e, (enum dimension)record_dims[e->type][slot], &x->dims[slot]);
    if (rc != 0 || x->dims[slot] == DIM_ABSENT) {
        return rc;
    }
    rc = get_stamp(c, version, &x->stamps[slot], before);
    *before = x->stamps[slot];
    return rc;
}

/* Since version 5 instants are told by their distance, and the last first. */
static void times_take(unsigned version, const int64_t *t, int64_t near_ms, struct customer_part *p)
{
    bool packed = version >= RECORD_VERSION_TEXTS;
    p->last_seen_ms = packed ? form_instant(t[0], near_ms) : t[1];
    p->first_seen_ms = packed ? form_instant(t[1], p->last_seen_ms) : t[0];
    p->unprofitable_since_ms = packed ? form_instant(t[4], p->last_seen_ms) : t[4];
}

static int get_customer(struct cursor *c, unsigned version, int64_t near_ms, struct customer_part *p)
{
    enum { NARROW = FORM_CUSTOMER_NUMBERS - FORM_CUSTOMER_TOTALS };
    int64_t narrow[NARROW];
    cube_i128 numbers[FORM_CUSTOMER_NUMBERS];
    int rc = form_get_numbers(c, version, FORM_CUSTOMER_NUMBERS, numbers);
    for (unsigned i = 0; rc == 0 && i < NARROW; i++) {
        narrow[i] = (int64_t)numbers[i];
        rc = numbers[i] == narrow[i] ? 0 : CUBE_EFORMAT;
    }
    if (rc != 0) {
        return rc;
    }
    times_take(version, narrow, near_ms, p);
    p->purchases = narrow[2];
    p->points = narrow[3];
    for (unsigned i = 0; i < FORM_CUSTOMER_TOTALS; i++) {
        cell_set_wide(p->totals + 2 * i, numbers[NARROW + i]);
    }
    return 0;
}

static int get_employee(struct cursor *c, struct employee_part *p)
{
    uint8_t bits = 0;
    int rc;
    if ((rc = get_int(c, &p->hired_ms)) != 0 || (rc = get_int(c, &p->fte)) != 0 || (rc = form_get_byte(c, &bits)) != 0) {
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

/* The version, and the plan that the record was written by. */
static int get_start(struct cursor *c, const struct entity_engine *e, struct fact_before *before)
{
    uint64_t version, type;
    int rc = get_uint(c, &version);
    if (rc != 0 || version < RECORD_VERSION_OLD || version > RECORD_VERSION) {
        return rc ? rc : CUBE_EVERSION;
    }
    before->version = (unsigned)version;
    rc = get_uint(c, &type);
    if (rc == 0 && version == RECORD_VERSION) {
        rc = record_words_plan_of(e->words, type >> 1, &before->plan);
        type &= 1;
    }
    return rc == 0 && type != (uint64_t)e->type ? CUBE_EFORMAT : rc;
}

static int get_head(struct cursor *c, struct entity_engine *e, struct entity *x, unsigned version)
{
    uint8_t flags = 0;
    int rc;
    if ((rc = form_get_byte(c, &flags)) != 0 || (rc = form_get_byte(c, &x->status)) != 0 ||
        (rc = get_bits(c, e->home.tracks, &x->active_tracks)) != 0) {
        return rc;
    }
    if ((flags & ~(ENTITY_SEEN | ENTITY_PRESENT | ENTITY_PUBLISH | ENTITY_ERASED)) != 0) {
        return CUBE_EVERSION;
    }
    x->flags |= flags;
    e->erased += (flags & ENTITY_ERASED) != 0;
    struct dim_stamp before = {0, 0};
    for (unsigned slot = 0; rc == 0 && slot < RECORD_DIMS; slot++) {
        rc = get_dim(c, version, e, x, slot, &before);
    }
    if (rc != 0 || e->type == ENTITY_CUSTOMER) {
        return rc ? rc : get_customer(c, version, before.ts_ms, &x->customer);
    }
    return get_employee(c, &x->employee);
}

/* Totals by track. */
static int get_tracks(struct cursor *c, unsigned version, const struct entity_engine *e, cube_i128 *totals, uint64_t *ret_count)
{
    int rc = get_uint(c, ret_count);
    if (rc != 0 || (*ret_count != 0 && *ret_count != e->home.tracks)) {
        return rc ? rc : CUBE_EFORMAT;
    }
    return form_get_numbers(c, version, (unsigned)*ret_count, totals);
}

/* The block with room for all facts at once: totals of the tracks, and how many facts follow. */
static int get_block(struct cursor *c, unsigned version, struct entity_engine *e, struct entity *x, uint64_t *ret_count)
{
    cube_i128 totals[TRACKS_MAX];
    uint64_t tracks;
    int rc = get_tracks(c, version, e, totals, &tracks);
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

static int entity_fill(struct entity_engine *e, struct entity *x, const uint8_t *value, size_t len)
{
    struct cursor c = {value, value + len};
    struct fact_before before = {0};
    uint64_t count = 0;
    int rc;
    if ((rc = get_start(&c, e, &before)) != 0 || (rc = get_head(&c, e, x, before.version)) != 0 ||
        (rc = get_block(&c, before.version, e, x, &count)) != 0) {
        return rc;
    }
    struct dim_values dims = entity_dims_values(e->type, x);
    if ((rc = scope_table_set_id(e->scopes, &dims, &x->stock)) != 0) {
        return rc;
    }
    rc = form_get_facts(&c, e, x, &before, count);
    if (before.version == RECORD_VERSION_OLD) {
        ledger_held_find(&e->dispatch->ledgers, x);
    }
    return rc || c.at == c.end ? rc : CUBE_EFORMAT;
}

/* What it has but its key. */
static void entity_empty(struct entity_engine *e, struct entity *x)
{
    e->erased -= (x->flags & ENTITY_ERASED) != 0;
    entity_facts_close(e, x);
}

static void entity_drop(struct entity_engine *e, uint32_t number)
{
    struct entity *x = entity_table_at(&e->table, number);
    x->due_ms = INT64_MAX;
    int rc = timers_set(&e->timers, &e->table, number);
    CHECK_POST(rc == 0); /* taking out needs no memory */
    entity_empty(e, x);
    entity_table_remove(&e->table, &e->home.pool, number);
}

/* The entity of the key, which is there no longer when this returns 0. CUBE_EFORMAT: it is dirty. */
static int before_drop(struct entity_engine *e, struct text key, uint64_t hash)
{
    uint32_t number;
    const struct entity *there = entity_table_find(&e->table, key, hash, &number);
    if (there && there->dirty_place != 0) {
        return CUBE_EFORMAT;
    }
    if (there) {
        entity_drop(e, number);
    }
    return 0;
}

/* Takes its place in the table, of the timers and of those awake. */
static int entity_place(struct entity_engine *e, struct text key, uint64_t hash, struct entity *filled, uint32_t *ret_number)
{
    uint32_t number;
    int rc = before_drop(e, key, hash);
    rc = rc ? rc : entity_table_put(&e->table, &e->home.pool, key, hash, filled, &number);
    if (rc != 0) {
        entity_empty(e, filled);
        return rc;
    }
    rc = timers_set(&e->timers, &e->table, number);
    rc = rc ? rc : entity_settle(e, number);
    if (rc != 0) {
        entity_drop(e, number);
        return rc;
    }
    if (ret_number) {
        *ret_number = number;
    }
    return 0;
}

/* Read before its place is looked for, which is met at random: it is fetched meanwhile. */
int entity_engine_restore(struct entity_engine *e, struct text key, const uint8_t *value, size_t len, uint32_t *ret_number)
{
    uint64_t hash = entity_table_hash(&e->table, key);
    if (len == 0) {
        return before_drop(e, key, hash);
    }
    if (key.len == 0 || key.len > UINT16_MAX) {
        return CUBE_EFORMAT;
    }
    entity_table_prefetch(&e->table, hash);
    struct entity x = entity_new();
    x.awake = true;
    int rc = entity_fill(e, &x, value, len);
    if (rc != 0) {
        entity_empty(e, &x);
        return rc;
    }
    entity_due_find(e, &x);
    return entity_place(e, key, hash, &x, ret_number);
}

int entity_engine_number(const struct entity_engine *e, struct text key, uint64_t entity_hash, uint32_t *ret_number)
{
    return entity_table_find(&e->table, key, entity_hash, ret_number) ? 0 : CUBE_ENOTFOUND;
}
