/* What an entity has any number of: paned amounts, counted points, cases, marks of distinct counts. While it is awake
 * (engine/entity_sleep.h) 24 bytes each, in one block per entity that grows by size classes. A block with more than a few
 * carries a byte of each one's hash to find it by, and when the first of every sixteen is due; one with very many an index, too. */
#ifndef CUBE_ENGINE_FACTS_H
#define CUBE_ENGINE_FACTS_H

#include "base/error.h"
#include "engine/block_pool.h"
#include "engine/entity.h"
#include "scope/scope_table.h"

enum fact_type {
    FACT_LEDGER = 1, /* arg: window and part; t: pane leaves; key: events; value: amount (engine/ledger_panes.h) */
    FACT_POINTS,     /* arg: rule; t: pane leaves, 0 = never; key: hash of the thing; value: points and pane */
    FACT_POINTS_SUM, /* arg: 0; t: pane leaves, 0 = never; key: pane; value: points and pane,
        of rules that cannot be taken back */
    FACT_CAP,        /* arg: rule; t: 0; key: period; value: times */
    FACT_CASE,       /* arg: measure; t: re-contact window ends,
        0 = not resolved; key: hash of the case; value: agg_first_time's */
    FACT_MARK,       /* arg: measure; t: 0; key: scope set or MARK_STOCK; value: latest pane counted */
    FACT_PAIR,       /* arg: measure; t: its expectation has passed; key: hash of the id; value: pair_steps.c's */
    FACT_ORDER,      /* arg: 0; t: can be cancelled no more; key: hash of the order; value: order.c's */
    FACT_ORDER_MORE, /* arg: what of the purchase; t, key, value: order.c's */
    FACT_INVOICE,      /* arg: 0; t: due; key: hash of the invoice; value: amount unpaid. Not due yet */
    FACT_COST,         /* arg: enum cost_category; t: 0; key: 0; value: amount of the lifetime */
    FACT_VALUE,        /* arg: enum value_fact */
    FACT_GAP = 13,   /* arg: measure; t: forgotten then; key: half and subject; value: agg_gap's */
    FACT_GAUGE,      /* arg: measure; t: instant of a reading; key, value: gauge_steps.c's */
    FACT_GAP_ID,     /* of each FACT_GAP; value: prefix of the id */
    FACT_GAUGE_STEP, /* arg: measure; t: of the event; key: the reading; value: gauge_steps.c's */
    FACT_STAFF,      /* arg: enum staff_fact (engine/staff_steps.h) */
    FACT_INVOICE_STEP, /* arg, t, value: engine/invoice_steps.h's; key: hash of the invoice */
    FACT_POINTS_GONE, /* arg: rule; t: forgotten then; key, value: of the FACT_POINTS that it was until it was taken back or left */
    FACT_POINTS_STEP, /* arg: rule; t: of the event; key: hash of the thing; value: points_steps.c's */
    FACT_END = 21,   /* arg: measure; t: forgotten then; key: hash of the id; value: pair_steps.c's */
    FACT_OVERDUE, /* like FACT_INVOICE, in whose place it comes when that is due */
    FACT_PAID,    /* arg: 0; t: of the last payment; key: hash of the invoice; value: amount paid */
    FACT_STEP_OLD,   /* arg: measure. What cases kept before there was FACT_CASE_STEP: read, and dropped */
    FACT_ERASED,     /* arg: 0; t: forgotten then; key: 0; value: instant of the erasure */
    FACT_CANCELLED,  /* arg: 0; t: forgotten then; key: hash of an order; value: when it was cancelled */
    FACT_CASE_STEP,  /* arg: measure; t: of the event; key: hash of the case; value: case_steps.c's */
    FACT_PAIR_OVER,  /* like FACT_PAIR, which it was or did not become */
    FACT_END_USED,   /* arg: measure; t: of the event; key: hash of the id; value: pair_steps.c's */
    FACT_POINTS_FRESH, /* arg, t, key: as of the FACT_POINTS that it will be; value: points_rules.h's */
    FACT_TYPE_COUNT
};

/* The args of FACT_VALUE. */
enum value_fact {
    VALUE_DELIVERED, /* t: 0; key: id of the unit in this run; value: amount of the lifetime */
    VALUE_PRODUCT,   /* t: 0; key: hash of the product group; value: purchases of it */
    VALUE_RENEWAL,   /* t: of the event; key: start of its id; value: due */
    VALUE_STRATEGIC, /* t: of the event; key: start of its id; value: 0 or 1 */
    VALUE_CHURN,     /* t: of the event; key: start of its id; value: 0 */
    VALUE_CONTACT,   /* t: of the case's last event; key: hash of the case; value: 1 while it is open */
    VALUE_REQUEST,   /* likewise, of requests */
    VALUE_TOLD,      /* t: what runs on overdue invoices was last told to scopes; key, value: 0 */
    VALUE_FACT_COUNT
};

/* What is common to the facts of one type. */
struct fact_row {
    int64_t waits_mask, waits_value; /* t is waited for while value & mask is this; t 0 = never */
    uint8_t sets;                    /* scope sets inside */
    bool set_is_key;                 /* the only one is the key, else they are in the value, 24 bits each */
    bool of_tracks;                  /* what is due of it changes what the entity holds on tracks */
    bool of_measure;                 /* arg is a measure, whose aggregation runs what is due of it */
};
extern const struct fact_row fact_rows[FACT_TYPE_COUNT];

#define FACT_SETS_MAX 2

/* Low bits of the value of FACT_POINTS and FACT_POINTS_SUM that have the pane. */
#define FACT_POINTS_PANE_BITS 36

#define FACTS_PER_SWEEP 16u /* looked at per thing that may sweep, on average */

#define FACT_T_MAX ((INT64_C(1) << 48) - 1)

struct fact {
    uint64_t head; /* type 8 | arg 8 | t 48 */
    uint64_t key;
    int64_t value;
};

static inline enum fact_type fact_type(const struct fact *f)
{
    return (enum fact_type)(f->head >> 56);
}

static inline uint8_t fact_arg(const struct fact *f)
{
    return (uint8_t)(f->head >> 48);
}

static inline int64_t fact_t(const struct fact *f)
{
    return (int64_t)(f->head & (uint64_t)FACT_T_MAX);
}

static inline uint64_t fact_head(enum fact_type type, uint8_t arg, int64_t t)
{
    return (uint64_t)type << 56 | (uint64_t)arg << 48 | ((uint64_t)t & (uint64_t)FACT_T_MAX);
}

/* Set in the value of a FACT_CASE while the end of its window is waited for. */
#define FACT_CASE_PROVISIONAL (INT64_C(4) << 56)

/* Set in the value of a FACT_PAIR once its expectation has passed. */
#define FACT_PAIR_TOLD INT64_MIN

/* The instant at which something is to be done about a fact; INT64_MAX: never. */
static inline int64_t fact_due_ms(const struct fact *f)
{
    const struct fact_row *row = &fact_rows[fact_type(f)];
    return fact_t(f) != 0 && (f->value & row->waits_mask) == row->waits_value ? fact_t(f) : INT64_MAX;
}

/* The scope sets of a fact, whose ids only have a meaning in one run: read, and replaced when a record is
 * written and put back. Return how many there are. */
unsigned fact_sets(const struct fact *f, uint32_t ret_sets[FACT_SETS_MAX]);
void fact_sets_replace(struct fact *f, const uint32_t sets[FACT_SETS_MAX]);

/* One of the sets in a value, counted from the last, which takes the low bits. */
static inline uint32_t fact_value_set(int64_t value, unsigned from_last)
{
    return (uint32_t)((uint64_t)value >> 24 * from_last) & SCOPE_SETS_MAX;
}

/* What became of a fact that was due. Another stands in the place of one that is gone. */
enum fact_done {
    FACT_KEPT,
    FACT_GONE,
    FACT_FORGOTTEN /* gone, too, and nothing that shows has changed: its record need not be written */
};

/* Where facts get their memory, and how many tracks stand before them. */
struct fact_home {
    struct block_pool pool;
    uint32_t tracks;
};

/* The total of a track: two slots of a wide cell. NULL while the entity has no block. */
static inline int64_t *facts_track(const struct fact_home *h, const struct entity *x, unsigned track)
{
    return x->facts ? (int64_t *)(void *)x->facts - 2 * (h->tracks - track) : NULL;
}

/* A fact of this type, arg and key, of several any of them, or NULL; not of type FACT_LEDGER. Borrowed until the next add or remove. */
struct fact *facts_find(const struct entity *x, enum fact_type type, uint8_t arg, uint64_t key);

/* The same of a fact of type FACT_LEDGER, which has no key: its type, arg and t name it. */
struct fact *facts_find_head(const struct entity *x, uint64_t head);

/* The most marks of one entity; one more replaces the first. */
#define FACT_MARKS_MAX UINT16_MAX

/* Room for so many more facts, so that adding them one by one moves the others once. CUBE_ENOMEM: nothing changed. */
int facts_reserve(struct fact_home *h, struct entity *x, uint32_t more) CUBE_MUST_CHECK;

/* Adds a fact, even where one of the same key stands. Marks stand before all others; what is no mark comes last and
 * moves no other. CUBE_ENOMEM: nothing changed. */
int facts_add(struct fact_home *h, struct entity *x, struct fact f) CUBE_MUST_CHECK;

/* Adds an amount to the value of the fact of this head and key, which is made where it is missing; what does not fit
 * goes into further ones. CUBE_ENOMEM: some of it may be added. */
int facts_add_amount(struct fact_home *h, struct entity *x, uint64_t head, uint64_t key, cube_i128 amount) CUBE_MUST_CHECK;

/* Sets fact i, which is no mark, to another head, key and value. */
void facts_change(struct entity *x, uint32_t i, const struct fact *f);

/* Removes fact i; the last one, or of a mark the last mark, takes its place. */
void facts_remove(struct entity *x, uint32_t i);

/* Removes the facts of this type and arg whose t is below before_ms and whose value has none of the bits of mask. */
void facts_sweep(struct entity *x, enum fact_type type, uint8_t arg, int64_t before_ms, uint64_t mask);

/* Of things with such keys this one is to sweep: the more facts the fewer are, so that each pays for a few facts only. What
 * is swept so late does not show. */
static inline bool facts_sweeps(const struct entity *x, uint64_t key)
{
    uint32_t share = x->fact_count / FACTS_PER_SWEEP;
    return share == 0 || (key & ((UINT64_C(2) << (31 - (unsigned)__builtin_clz(share))) - 1)) == 0;
}

/* What the fact says of its due instant changed. */
void facts_due_changed(struct entity *x, const struct fact *f);

/* Walks over the facts that are due at t_ms: returns the number of the first from i on, or the fact count
 * when there is none. Facts whose turn has not come are passed over in strides. */
uint32_t facts_due(struct entity *x, uint32_t i, int64_t t_ms);

/* The earliest instant at which a fact is due; INT64_MAX: none is. */
int64_t facts_due_ms(struct entity *x);

/* Adds a fact to an entity of whose facts none is in an index, where there is room; in the order of facts_add. facts_fill is to follow. */
static inline void facts_append(struct entity *x, const struct fact *f)
{
    uint32_t place = x->fact_count++;
    if (fact_type(f) == FACT_MARK) {
        uint32_t first = x->mark_count++;
        x->facts[place] = x->facts[first];
        place = first;
    }
    x->facts[place] = *f;
}

/* So many facts were written into the block of an entity that had none; there is room for them. */
void facts_fill(struct entity *x, uint32_t count);

/* Makes the block, so that tracks have their totals. CUBE_ENOMEM: nothing changed. */
int facts_open(struct fact_home *h, struct entity *x) CUBE_MUST_CHECK;

/* Gives all back; zeroed. */
void facts_close(struct fact_home *h, struct entity *x);

/* Stable hash of a text, for keys of facts: it is stored, so it has no seed. */
uint64_t fact_key(struct text t);

#endif
