#include "engine/fact_index.h"

#include "base/hash.h"

#define NOTHING_WAITS .waits_mask = 0, .waits_value = 1

const struct fact_row fact_rows[FACT_TYPE_COUNT] = {
    [FACT_LEDGER] = {.of_tracks = true},
    [FACT_INVOICE] = {.of_tracks = true},
    [FACT_CAP] = {NOTHING_WAITS},
    [FACT_CASE] = {.waits_mask = FACT_CASE_PROVISIONAL, .waits_value = FACT_CASE_PROVISIONAL, .sets = 2, .of_measure = true},
    [FACT_MARK] = {NOTHING_WAITS, .sets = 1, .set_is_key = true},
    [FACT_PAIR] = {.waits_mask = FACT_PAIR_TOLD, .sets = 1, .of_measure = true},
    [FACT_ORDER] = {.sets = 1},
    [FACT_ORDER_MORE] = {NOTHING_WAITS},
    [FACT_GAP] = {.sets = 1, .of_measure = true},
    [FACT_GAUGE] = {NOTHING_WAITS, .of_measure = true},
    [FACT_GAP_ID] = {.of_measure = true},
    [FACT_GAUGE_STEP] = {NOTHING_WAITS, .sets = 1, .of_measure = true},
    [FACT_END] = {.of_measure = true},
    [FACT_COST] = {NOTHING_WAITS},
    [FACT_VALUE] = {NOTHING_WAITS},
    [FACT_OVERDUE] = {NOTHING_WAITS},
    [FACT_PAID] = {NOTHING_WAITS},
    [FACT_STEP_OLD] = {NOTHING_WAITS, .of_measure = true},
    [FACT_PAIR_OVER] = {NOTHING_WAITS, .sets = 1, .of_measure = true},
    [FACT_END_USED] = {NOTHING_WAITS, .of_measure = true},
    [FACT_POINTS_STEP] = {NOTHING_WAITS, .sets = 1},
    [FACT_POINTS_FRESH] = {.sets = 1},
    [FACT_INVOICE_STEP] = {NOTHING_WAITS},
    [FACT_STAFF] = {NOTHING_WAITS, .sets = 1},
    [FACT_CASE_STEP] = {NOTHING_WAITS, .sets = 1, .of_measure = true},
};

unsigned fact_sets(const struct fact *f, uint32_t ret_sets[FACT_SETS_MAX])
{
    const struct fact_row *row = &fact_rows[fact_type(f)];
    for (unsigned i = 0; i < row->sets; i++) {
        ret_sets[i] = row->set_is_key ? (uint32_t)f->key : fact_value_set(f->value, row->sets - 1u - i);
    }
    return row->sets;
}

void fact_sets_replace(struct fact *f, const uint32_t sets[FACT_SETS_MAX])
{
    const struct fact_row *row = &fact_rows[fact_type(f)];
    for (unsigned i = 0; i < row->sets; i++) {
        unsigned shift = 24 * (row->sets - 1u - i);
        uint64_t others = (uint64_t)f->value & ~((uint64_t)SCOPE_SETS_MAX << shift);
        if (row->set_is_key) {
            f->key = sets[i];
        } else {
            f->value = (int64_t)(others | (uint64_t)sets[i] << shift);
        }
    }
}

static inline size_t block_bytes(const struct fact_home *h, uint32_t capacity)
{
    return h->tracks * 16 + (size_t)capacity * sizeof(struct fact) + fact_index_bytes(capacity);
}

static void *block_start(const struct fact_home *h, const struct entity *x)
{
    return x->facts ? (int64_t *)(void *)x->facts - 2 * h->tracks : NULL;
}

/* The most facts that the size class of at least this many holds. */
static uint32_t capacity_for(const struct fact_home *h, uint32_t count)
{
    size_t least = block_bytes(h, count), size = block_size(least);
    uint32_t more = (uint32_t)((size - least) / sizeof(struct fact));
    while (more > 0 && block_bytes(h, count + more) > size) {
        more--;
    }
    return count + more;
}

static int block_change(struct fact_home *h, struct entity *x, uint32_t capacity)
{
    int64_t *block = block_get(&h->pool, block_bytes(h, capacity));
    if (!block) {
        return CUBE_ENOMEM;
    }
    struct entity old;
    old.facts = x->facts; /* what is asked of it; the rest of an entity is long */
    old.fact_count = x->fact_count;
    old.fact_capacity = x->fact_capacity;
    if (old.facts) {
        memcpy(block, block_start(h, &old), h->tracks * 16 + x->fact_count * sizeof(struct fact));
    }
    x->facts = (struct fact *)(void *)(block + 2 * h->tracks);
    x->fact_capacity = capacity;
    x->index_bits = fact_index_bits(capacity);
    fact_index_take(x, &old);
    if (old.facts) {
        block_put(&h->pool, block_start(h, &old), block_bytes(h, old.fact_capacity));
    }
    return 0;
}

static uint32_t grown(uint32_t count)
{
    return count < 8 ? count + 2 : count + count / 4;
}

/* Sets fact i, which is in no index. */
static void fact_put(struct entity *x, uint32_t i, const struct fact *f)
{
    x->facts[i] = *f;
    fact_index_put(x, i);
}

/* Moves a fact to a free place. */
static void fact_move(struct entity *x, uint32_t from, uint32_t to)
{
    if (from != to) {
        struct fact f = x->facts[from];
        fact_index_lift(x, from);
        fact_put(x, to, &f);
    }
}

int facts_reserve(struct fact_home *h, struct entity *x, uint32_t more)
{
    uint32_t wanted = x->fact_count + more, least = grown(x->fact_count);
    return wanted <= x->fact_capacity ? 0 : block_change(h, x, capacity_for(h, wanted > least ? wanted : least));
}

int facts_add(struct fact_home *h, struct entity *x, struct fact f)
{
    bool mark = fact_type(&f) == FACT_MARK;
    if (mark && x->mark_count == FACT_MARKS_MAX) {
        facts_remove(x, 0);
    }
    if (x->fact_count == x->fact_capacity && block_change(h, x, capacity_for(h, grown(x->fact_count))) != 0) {
        return CUBE_ENOMEM;
    }
    uint32_t place = x->fact_count;
    if (mark) {
        place = x->mark_count++;
        if (place < x->fact_count) {
            fact_move(x, place, x->fact_count);
        }
    }
    fact_put(x, place, &f);
    x->fact_count++;
    return 0;
}

int facts_add_amount(struct fact_home *h, struct entity *x, uint64_t head, uint64_t key, cube_i128 amount)
{
    struct fact as = {.head = head};
    for (cube_i128 rest = amount; rest != 0;) {
        int64_t part = rest > INT64_MAX ? INT64_MAX : rest < INT64_MIN ? INT64_MIN : (int64_t)rest;
        struct fact *f = facts_find(x, fact_type(&as), fact_arg(&as), key);
        int64_t sum;
        if (f && !__builtin_add_overflow(f->value, part, &sum)) {
            f->value = sum;
        } else if (facts_add(h, x, (struct fact){head, key, part}) != 0) {
            return CUBE_ENOMEM;
        }
        rest -= part;
    }
    return 0;
}

void facts_remove(struct entity *x, uint32_t i)
{
    uint32_t gap = i;
    fact_index_lift(x, i);
    if (i < x->mark_count) {
        gap = --x->mark_count;
        fact_move(x, gap, i);
    }
    fact_move(x, --x->fact_count, gap);
    memset(&x->facts[x->fact_count], 0, sizeof x->facts[0]);
}

void facts_sweep(struct entity *x, enum fact_type type, uint8_t arg, int64_t before_ms, uint64_t mask)
{
    uint64_t head = fact_head(type, arg, 0) >> 48;
    for (uint32_t i = x->fact_count; i-- > x->mark_count;) {
        const struct fact *f = &x->facts[i];
        if (f->head >> 48 == head && fact_t(f) < before_ms && ((uint64_t)f->value & mask) == 0) {
            facts_remove(x, i);
        }
    }
}

void facts_change(struct entity *x, uint32_t i, const struct fact *f)
{
    fact_index_lift(x, i);
    fact_put(x, i, f);
}

void facts_fill(struct entity *x, uint32_t count)
{
    x->fact_count = count;
    fact_index_fill(x);
}

int facts_open(struct fact_home *h, struct entity *x)
{
    return x->facts ? 0 : block_change(h, x, capacity_for(h, 1));
}

void facts_close(struct fact_home *h, struct entity *x)
{
    block_put(&h->pool, block_start(h, x), block_bytes(h, x->fact_capacity));
    x->facts = NULL;
    x->fact_count = x->fact_capacity = x->mark_count = 0;
    x->index_bits = 0;
}

uint64_t fact_key(struct text t)
{
    return hash64(t.at, t.len);
}
