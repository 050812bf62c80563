/* What writing and reading of an entity's changelog record share. Only entity_record.c, entity_numbers.c, entity_restore.c and
 * entity_restore_facts.c include it. */
#ifndef CUBE_ENGINE_ENTITY_FORM_H
#define CUBE_ENGINE_ENTITY_FORM_H

#include "base/fixed.h"
#include "base/packed.h"
#include "base/varint.h"
#include "engine/entity_engine.h"
#include "engine/fact_pack.h"
#include "engine/facts.h"
#include "engine/order.h"

/* The versions before, which are read too: 5 has the texts of dimensions in each record and set, and knows of a fact only what the
 * one before says. Versions 3 and 4 have varints instead of packed numbers, and instants as they are instead of how far they are from
 * another one; 3 has other facts of ledgers, too. */
#define RECORD_VERSION 6u
#define RECORD_VERSION_TEXTS 5u
#define RECORD_VERSION_VARINTS 4u
#define RECORD_VERSION_OLD 3u

enum { OLD_FACT_LEDGER_EVENTS = 16 }; /* a type of it, another since; its FACT_LEDGER has the pane as key and the amount as value, of a track */

/* Fewest bytes of a fact, in any version. */
enum { FORM_FACT_BYTES_MIN = 3 };

/* Numbers of a customer, of which the last three are totals. */
enum { FORM_CUSTOMER_NUMBERS = 8, FORM_CUSTOMER_TOTALS = 3 };

/* Most numbers that are written together. */
#define FORM_NUMBERS_MAX 16u

/* Most bytes of so many numbers: four bits each that say how long it is, then they themselves. */
#define FORM_NUMBERS_BYTES_MAX(count) (((count) + 1) / 2 + (size_t)(count) * sizeof(cube_i128) + PACKED_BYTES_MAX)

/* The length of a number that is wider than 64 bits: sixteen bytes. */
enum { FORM_WIDE = 15 };

/* A fact begins with three bytes: type 5 bits, whether its sets differ from those of the fact before 1, arg 8, the bytes of
 * its time, key and value, 3 bits each, and whether its key is that of the fact before. Seven stands for eight. Points have no sets: of
 * them the bit says whether their pane is far from that of the points before. */
enum { FORM_SETS_BIT = 5, FORM_ARG_BIT = 6, FORM_T_BIT = 14, FORM_KEY_BIT = 17, FORM_VALUE_BIT = 20, FORM_SAME_KEY_BIT = 23, FORM_HEAD_BYTES = 3 };
enum { FORM_FACT_BYTES_MAX = FORM_HEAD_BYTES + 3 * PACKED_BYTES_MAX };
_Static_assert((int)FACT_TYPE_COUNT <= 1 << FORM_SETS_BIT, "a type takes five bits");

/* In place of the dimensions in which a set differs from another: from the set of none it differs in those that follow. */
enum { FORM_SET_NONE = 0xff };

/* Types whose times are near each other share a slot. */
enum { FORM_SLOTS = 16, FORM_SLOT_ORDER = 0 };

static inline unsigned form_slot(unsigned type)
{
    return type == FACT_ORDER ? FORM_SLOT_ORDER : type % FORM_SLOTS;
}

/* Of the facts before; sets by their place. */
struct fact_before {
    unsigned version; /* of the record that is read */
    int64_t t[FORM_SLOTS];      /* by slot of the type, of the last that has one; before the first what it is near. In versions before at 0 */
    uint64_t key;
    int64_t pane, mark;         /* of the last points, of the last mark */
    struct pack_plan plan;      /* that the record was written by */
    uint32_t sets[FACT_SETS_MAX];
    struct dim_values values;   /* of the first set; before it the record's own */
};

/* A fact as it is written: without its sets and the id of a unit, which have a meaning in one run only. */
struct fact_plain {
    uint8_t type, arg;
    bool other_sets;
    int64_t t;
    uint64_t key;
    int64_t value; /* without the bits that sets take */
};

/* Low bits of a value that the sets would take: they are 0 in a record, and left out. */
static inline unsigned form_free_bits(enum fact_type type)
{
    return fact_rows[type].set_is_key ? 0 : 24u * fact_rows[type].sets;
}

/* An instant near those of an entity's first fact. */
static inline int64_t form_near(enum entity_type type, const struct entity *x)
{
    return type == ENTITY_CUSTOMER ? x->customer.last_seen_ms : 0;
}

/* An instant by its distance from another one; 0, which means never, stays 0. */
static inline int64_t form_distance(int64_t t_ms, int64_t from_ms)
{
    int64_t d = (int64_t)((uint64_t)t_ms - (uint64_t)from_ms);
    return t_ms == 0 ? 0 : d + (d >= 0);
}

static inline int64_t form_instant(int64_t distance, int64_t from_ms)
{
    return distance == 0 ? 0 : (int64_t)((uint64_t)from_ms + (uint64_t)distance - (distance > 0));
}

/* Before the first fact of a record. values, stock: of its dimensions. */
static inline void form_begin(struct fact_before *b, int64_t near_ms, const struct pack_plan *plan, const struct dim_values *values, uint32_t stock)
{
    for (unsigned slot = 0; slot < FORM_SLOTS; slot++) {
        b->t[slot] = near_ms;
    }
    b->t[FORM_SLOT_ORDER] = (int64_t)((uint64_t)near_ms + (uint64_t)plan->order_ms);
    b->key = 0;
    b->pane = plan->points.pane_ms > 0 ? pane_of(near_ms, plan->points.pane_ms) : 0;
    b->mark = 0;
    b->plan = *plan;
    b->sets[0] = stock ? stock : SCOPE_SET_LOOSE; /* the first set is also that of what there was no room for */
    b->sets[1] = 0;
    b->values = *values;
}
_Static_assert(FACT_SETS_MAX == 2, "form_begin names each");

/* The time of a fact: mostly the one that it is near, or none. */
static inline uint64_t form_t_code(int64_t t, int64_t near)
{
    return t == near ? 0 : t == 0 ? 1 : packed_code((int64_t)((uint64_t)t - (uint64_t)near)) + 1;
}

static inline int64_t form_t(uint64_t code, int64_t near)
{
    return code == 0 ? near : code == 1 ? 0 : (int64_t)((uint64_t)near + (uint64_t)packed_number(code - 1));
}

static inline int64_t form_pane(int64_t value)
{
    return value & ((INT64_C(1) << FACT_POINTS_PANE_BITS) - 1);
}

/* When points of a pane leave, as the plan says. */
static inline int64_t form_leaves(const struct fact_before *b, int64_t pane)
{
    return (int64_t)(((uint64_t)pane + (uint64_t)b->plan.points.panes) * (uint64_t)b->plan.points.pane_ms & (uint64_t)FACT_T_MAX);
}

/* Points that belong to a thing stand beside their pane: how far it is from the pane before takes four bits. */
#define FORM_NEAR_BITS 4

static inline uint64_t form_turned(uint64_t v)
{
    return v >> FACT_POINTS_PANE_BITS | v << (64 - FACT_POINTS_PANE_BITS);
}

static inline int64_t form_turned_back(uint64_t code)
{
    return (int64_t)(code << FACT_POINTS_PANE_BITS | code >> (64 - FACT_POINTS_PANE_BITS));
}

/* The numbers of a fact as they are written: each by what it is near. */
struct fact_codes {
    int64_t near_t;
    uint64_t key, value;
    bool far;
};

static inline void form_points_codes(const struct fact_plain *p, struct fact_before *b, struct fact_codes *c)
{
    int64_t pane = form_pane(p->value), before = b->pane;
    uint64_t from = packed_code(pane - before);
    b->pane = pane;
    c->near_t = b->plan.points.panes > 0 ? form_leaves(b, pane) : c->near_t;
    if (p->type == FACT_POINTS_SUM) { /* its key is the pane */
        c->key = packed_code((int64_t)(p->key - (uint64_t)before));
        c->value = form_turned((uint64_t)p->value - p->key);
        return;
    }
    c->far = from >> FORM_NEAR_BITS != 0;
    c->value = c->far ? form_turned((uint64_t)p->value) : packed_code(p->value >> FACT_POINTS_PANE_BITS) << FORM_NEAR_BITS | from;
}

/* Makes it the fact before. What else is kept of an order has a key that follows from it. */
static inline void form_codes(const struct fact_plain *p, struct fact_before *b, struct fact_codes *c)
{
    int64_t *near_t = &b->t[form_slot(p->type)];
    *c = (struct fact_codes){*near_t, p->key, packed_code(p->value), false};
    *near_t = p->t ? p->t : *near_t;
    b->key = p->key;
    switch (p->type) {
    case FACT_POINTS:
    case FACT_POINTS_SUM:
        form_points_codes(p, b, c);
        break;
    case FACT_ORDER:
        c->value = packed_code((int64_t)((uint64_t)p->value - (uint64_t)b->plan.order_ms));
        b->key = order_more_key(p->key, p->t);
        break;
    case FACT_ORDER_MORE:
        c->near_t = ORDER_BESIDE_ZERO;
        break;
    case FACT_VALUE:
        c->near_t = p->arg <= VALUE_PRODUCT ? 0 : c->near_t;
        break;
    case FACT_MARK:
        c->near_t = 0;
        c->value = packed_code((int64_t)((uint64_t)p->value - (uint64_t)b->mark));
        b->mark = p->value;
        break;
    default:
        break;
    }
}

static inline void form_points_from(const struct fact_codes *c, bool same_key, struct fact_before *b, struct fact_plain *p)
{
    if (p->type == FACT_POINTS_SUM) {
        p->key = same_key ? c->key : (uint64_t)b->pane + (uint64_t)packed_number(c->key);
        p->value = (int64_t)((uint64_t)form_turned_back(c->value) + p->key);
    } else if (c->far) {
        p->value = form_turned_back(c->value);
    } else {
        uint64_t pane = (uint64_t)b->pane + (uint64_t)packed_number(c->value & ((1u << FORM_NEAR_BITS) - 1));
        uint64_t points = (uint64_t)packed_number(c->value >> FORM_NEAR_BITS) << FACT_POINTS_PANE_BITS;
        p->value = (int64_t)(points | (uint64_t)form_pane((int64_t)pane));
    }
    b->pane = form_pane(p->value);
}

/* Key and value as they were, and the time by its code. Makes it the fact before. c->key: the key, where the one before has it, else its code. */
static inline void form_from_codes(const struct fact_codes *c, uint64_t t_code, bool same_key, struct fact_before *b, struct fact_plain *p)
{
    int64_t *slot = &b->t[form_slot(p->type)], near_t = *slot;
    p->key = c->key;
    p->value = packed_number(c->value);
    switch (p->type) {
    case FACT_POINTS:
    case FACT_POINTS_SUM:
        form_points_from(c, same_key, b, p);
        near_t = b->plan.points.panes > 0 ? form_leaves(b, b->pane) : near_t;
        break;
    case FACT_ORDER:
        p->value = (int64_t)((uint64_t)p->value + (uint64_t)b->plan.order_ms);
        break;
    case FACT_ORDER_MORE:
        near_t = ORDER_BESIDE_ZERO;
        break;
    case FACT_VALUE:
        near_t = p->arg <= VALUE_PRODUCT ? 0 : near_t;
        break;
    case FACT_MARK:
        near_t = 0;
        b->mark = p->value = (int64_t)((uint64_t)p->value + (uint64_t)b->mark);
        break;
    default:
        break;
    }
    p->t = form_t(t_code, near_t);
    *slot = p->t ? p->t : *slot;
    b->key = p->type == FACT_ORDER ? order_more_key(p->key, p->t) : p->key;
}

/* How many bytes three bits stand for. */
static inline unsigned form_bytes(unsigned length)
{
    return length + (length == 7);
}

/* Writes a number of a fact; *ret_length: the three bits. */
static inline uint8_t *form_write_number(uint8_t *at, uint64_t code, unsigned *ret_length)
{
    unsigned bytes = packed_bytes(code);
    packed_write(at, code);
    *ret_length = bytes > 6 ? 7 : bytes;
    return at + (bytes > 6 ? 8 : bytes);
}

/* Writes where there is room for FORM_FACT_BYTES_MAX; returns where it ends. */
static inline uint8_t *form_write_fact(uint8_t *at, const struct fact_plain *p, struct fact_before *before)
{
    unsigned t, key = 0, value;
    struct fact_codes c;
    bool same_key = p->key == before->key;
    form_codes(p, before, &c);
    uint8_t *end = form_write_number(at + FORM_HEAD_BYTES, form_t_code(p->t, c.near_t), &t);
    if (!same_key) {
        end = form_write_number(end, c.key, &key);
    }
    end = form_write_number(end, c.value, &value);
    uint32_t head = p->type | (uint32_t)(p->other_sets || c.far) << FORM_SETS_BIT | (uint32_t)p->arg << FORM_ARG_BIT | t << FORM_T_BIT |
                    key << FORM_KEY_BIT | value << FORM_VALUE_BIT | (uint32_t)same_key << FORM_SAME_KEY_BIT;
    at[0] = (uint8_t)head;
    at[1] = (uint8_t)(head >> 8);
    at[2] = (uint8_t)(head >> 16);
    return end;
}

/* Reads the next fact but for its sets, and makes it the one before. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int form_get_fact(struct cursor *c, struct fact_before *before, struct fact_plain *ret_p) CUBE_MUST_CHECK;

/* Reads so many facts behind the rest of the entity's record, of the version and plan that before has, and adds them to it. CUBE_ETRUNCATED,
 * CUBE_EFORMAT, CUBE_ENOMEM. */
int form_get_facts(struct cursor *c, struct entity_engine *e, struct entity *x, struct fact_before *before, uint64_t count) CUBE_MUST_CHECK;

/* Reads a number up to 255. CUBE_ETRUNCATED, CUBE_EFORMAT. */
CUBE_MUST_CHECK static inline int form_get_byte(struct cursor *c, uint8_t *ret_v)
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

/* Writes up to FORM_NUMBERS_MAX numbers where there is room for FORM_NUMBERS_BYTES_MAX of them; returns where they end. */
uint8_t *form_write_numbers(uint8_t *at, const cube_i128 *numbers, unsigned count);

/* Reads as many again. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int form_get_numbers(struct cursor *c, unsigned version, unsigned count, cube_i128 *ret_numbers) CUBE_MUST_CHECK;

#endif
