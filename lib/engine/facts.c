#include "engine/facts.h"

#include "base/hash.h"

#define FACTS_PLAIN 8u       /* up to here looking through them is as fast as anything else */
#define FACTS_UNINDEXED 256u /* up to here looking through their prints is */
#define STRIDE 16u           /* facts that share a lower bound of their due instants, in blocks that are not plain */
#define PRINTS 16u           /* that are looked at together */

typedef uint8_t prints_vector __attribute__((vector_size(PRINTS)));
typedef uint64_t prints_words __attribute__((vector_size(PRINTS)));

#define NOTHING_WAITS .waits_mask = 0, .waits_value = 1

const struct fact_row fact_rows[FACT_TYPE_COUNT] = {
    [FACT_LEDGER] = {.of_tracks = true},
    [FACT_LEDGER_EVENTS] = {.of_tracks = true},
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
    [FACT_END] = {.of_measure = true},
    [FACT_COST] = {NOTHING_WAITS},
    [FACT_VALUE] = {NOTHING_WAITS},
    [FACT_OVERDUE] = {NOTHING_WAITS},
    [FACT_PAID] = {NOTHING_WAITS},
    [FACT_ANSWER] = {NOTHING_WAITS, .of_measure = true},
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

static uint32_t strides_of(uint32_t capacity)
{
    return (capacity + STRIDE - 1) / STRIDE;
}

static size_t prints_bytes(uint32_t capacity)
{
    return (capacity + PRINTS - 1) / PRINTS * PRINTS;
}

static bool is_plain(const struct entity *x)
{
    return x->fact_capacity <= FACTS_PLAIN;
}

/* Behind the facts of a block that is not plain: lower bounds of due instants per stride, prints, the index. */
static int64_t *bounds_of(const struct entity *x)
{
    return (int64_t *)(void *)(x->facts + x->fact_capacity);
}

static uint8_t *prints_of(const struct entity *x)
{
    return (uint8_t *)(bounds_of(x) + strides_of(x->fact_capacity));
}

static uint32_t *index_of(const struct entity *x)
{
    return (uint32_t *)(void *)(prints_of(x) + prints_bytes(x->fact_capacity));
}

/* Fact i is new where it stands: its stride is due no later. */
static void bound_lower(struct entity *x, uint32_t i)
{
    int64_t t = fact_due_ms(&x->facts[i]), *bound = &bounds_of(x)[i / STRIDE];
    *bound = t < *bound ? t : *bound;
}

/* Type and arg count, t does not. */
static inline uint64_t name_hash(uint64_t head, uint64_t key)
{
    return (key ^ (head >> 48) * UINT64_C(0xBF58476D1CE4E5B9)) * UINT64_C(0x9E3779B97F4A7C15);
}

/* The index takes the high bits of the hash. */
static inline uint8_t print_of(uint64_t hash)
{
    return (uint8_t)(hash >> 24);
}

static inline bool is_named(const struct fact *f, uint64_t head, uint64_t key)
{
    return f->key == key && f->head >> 48 == head >> 48;
}

static uint32_t index_home(const struct entity *x, uint64_t hash)
{
    return (uint32_t)(hash >> (64 - x->index_bits));
}

static uint32_t index_mask(const struct entity *x)
{
    return (1u << x->index_bits) - 1;
}

static uint32_t index_home_of(const struct entity *x, const struct fact *f)
{
    return index_home(x, name_hash(f->head, f->key));
}

static void index_put(struct entity *x, uint32_t i)
{
    uint32_t *index = index_of(x), p = index_home_of(x, &x->facts[i]);
    while (index[p] != 0) {
        p = (p + 1) & index_mask(x);
    }
    index[p] = i + 1;
}

static uint32_t index_place(const struct entity *x, uint32_t i)
{
    const uint32_t *index = index_of(x);
    uint32_t p = index_home_of(x, &x->facts[i]);
    while (index[p] != i + 1) {
        p = (p + 1) & index_mask(x);
    }
    return p;
}

/* Empties a place and closes the gap in its run. */
static void index_drop(struct entity *x, uint32_t gap)
{
    uint32_t *index = index_of(x), mask = index_mask(x);
    for (uint32_t i = (gap + 1) & mask; index[i] != 0; i = (i + 1) & mask) {
        if (((i - index_home_of(x, &x->facts[index[i] - 1])) & mask) >= ((i - gap) & mask)) {
            index[gap] = index[i];
            gap = i;
        }
    }
    index[gap] = 0;
}

static struct fact *find_plain(const struct entity *x, uint64_t head, uint64_t key)
{
    for (struct fact *f = x->facts, *end = f + x->fact_count; f < end; f++) {
        if (is_named(f, head, key)) {
            return f;
        }
    }
    return NULL;
}

static struct fact *find_indexed(const struct entity *x, uint64_t head, uint64_t key, uint64_t hash)
{
    const uint32_t *index = index_of(x);
    for (uint32_t p = index_home(x, hash); index[p] != 0; p = (p + 1) & index_mask(x)) {
        struct fact *f = &x->facts[index[p] - 1];
        if (is_named(f, head, key)) {
            return f;
        }
    }
    return NULL;
}

/* The fact among the eight whose prints these are: all ones in the bytes of prints that are the same. */
static inline struct fact *find_among(const struct entity *x, uint64_t head, uint64_t key, uint32_t first, uint64_t same)
{
    for (same = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(same) : same; same != 0;) {
        unsigned byte = (unsigned)__builtin_ctzll(same) / 8;
        same &= ~(UINT64_C(0xff) << 8 * byte);
        if (first + byte < x->fact_count && is_named(&x->facts[first + byte], head, key)) {
            return &x->facts[first + byte];
        }
    }
    return NULL;
}

/* Looks at the prints of sixteen facts at a time, and at facts only where the print is the same. */
static struct fact *find_by_print(const struct entity *x, uint64_t head, uint64_t key, uint64_t hash)
{
    const uint8_t *prints = prints_of(x);
    prints_vector wanted = (prints_vector){0} + print_of(hash), some;
    for (uint32_t i = 0; i < x->fact_count; i += PRINTS) {
        memcpy(&some, prints + i, sizeof some);
        prints_words same = (prints_words)(some == wanted);
        if ((same[0] | same[1]) != 0) {
            struct fact *f = find_among(x, head, key, i, same[0]);
            f = f ? f : find_among(x, head, key, i + PRINTS / 2, same[1]);
            if (f) {
                return f;
            }
        }
    }
    return NULL;
}

struct fact *facts_find(const struct entity *x, enum fact_type type, uint8_t arg, uint64_t key)
{
    uint64_t head = fact_head(type, arg, 0), hash = name_hash(head, key);
    return is_plain(x)          ? find_plain(x, head, key)
           : x->index_bits == 0 ? find_by_print(x, head, key, hash)
                                : find_indexed(x, head, key, hash);
}

static uint8_t bits_for(uint32_t capacity)
{
    uint8_t bits = 0;
    while (capacity > FACTS_UNINDEXED && (1u << bits) < capacity + capacity / 4) {
        bits++;
    }
    return bits;
}

static size_t block_bytes(const struct fact_home *h, uint32_t capacity)
{
    uint8_t bits = bits_for(capacity);
    size_t behind = capacity > FACTS_PLAIN ? strides_of(capacity) * sizeof(int64_t) + prints_bytes(capacity) : 0;
    return h->tracks * 16 + (size_t)capacity * sizeof(struct fact) + behind + (bits ? sizeof(uint32_t) << bits : 0);
}

static void *block_start(const struct fact_home *h, const struct entity *x)
{
    return x->facts ? (int64_t *)(void *)x->facts - 2 * h->tracks : NULL;
}

/* The most facts that the size class of at least this many holds. */
static uint32_t capacity_for(const struct fact_home *h, uint32_t count)
{
    size_t size = block_size(block_bytes(h, count));
    uint32_t more = (uint32_t)((size - block_bytes(h, count)) / sizeof(struct fact));
    while (more > 0 && block_bytes(h, count + more) > size) {
        more--;
    }
    return count + more;
}

/* Fact i is where it stands now. */
static void behind_fill(struct entity *x, uint32_t i)
{
    prints_of(x)[i] = print_of(name_hash(x->facts[i].head, x->facts[i].key));
    bound_lower(x, i);
    if (x->index_bits != 0) {
        index_put(x, i);
    }
}

/* What stands behind the facts of a block that has grown: taken over where both have it, else made. */
static void behind_take(struct entity *x, const struct entity *old)
{
    int64_t *bounds = bounds_of(x);
    for (uint32_t s = 0; s < strides_of(x->fact_capacity); s++) {
        bounds[s] = INT64_MAX;
    }
    if (is_plain(old) || x->index_bits != 0) {
        for (uint32_t i = 0; i < x->fact_count; i++) {
            behind_fill(x, i);
        }
    } else {
        memcpy(bounds, bounds_of(old), strides_of(x->fact_count) * sizeof *bounds);
        memcpy(prints_of(x), prints_of(old), x->fact_count);
    }
}

static int block_change(struct fact_home *h, struct entity *x, uint32_t capacity)
{
    int64_t *block = block_get(&h->pool, block_bytes(h, capacity));
    if (!block) {
        return CUBE_ENOMEM;
    }
    struct entity old = *x;
    if (old.facts) {
        memcpy(block, block_start(h, &old), h->tracks * 16 + x->fact_count * sizeof(struct fact));
    }
    x->facts = (struct fact *)(void *)(block + 2 * h->tracks);
    x->fact_capacity = capacity;
    x->index_bits = bits_for(capacity);
    if (!is_plain(x)) {
        behind_take(x, &old);
    }
    if (old.facts) {
        block_put(&h->pool, block_start(h, &old), block_bytes(h, old.fact_capacity));
    }
    return 0;
}

static uint32_t grown(uint32_t count)
{
    return count < 8 ? count + 1 : count < 64 ? count + 1 + count / 8 : count + count / 4;
}

/* Sets fact i, which is in no index. */
static void fact_put(struct entity *x, uint32_t i, const struct fact *f)
{
    x->facts[i] = *f;
    if (!is_plain(x)) {
        behind_fill(x, i);
    }
}

/* Takes fact i out of the index; its place is free then. */
static void fact_lift(struct entity *x, uint32_t i)
{
    if (x->index_bits != 0) {
        index_drop(x, index_place(x, i));
    }
}

/* Moves a fact to a free place. */
static void fact_move(struct entity *x, uint32_t from, uint32_t to)
{
    if (from != to) {
        struct fact f = x->facts[from];
        fact_lift(x, from);
        fact_put(x, to, &f);
    }
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
    fact_lift(x, i);
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
    fact_lift(x, i);
    fact_put(x, i, f);
}

void facts_due_changed(struct entity *x, const struct fact *f)
{
    if (!is_plain(x)) {
        bound_lower(x, (uint32_t)(f - x->facts));
    }
}

static int64_t stride_bound(const struct entity *x, uint32_t s)
{
    int64_t bound = INT64_MAX;
    for (uint32_t i = s * STRIDE; i < (s + 1) * STRIDE && i < x->fact_count; i++) {
        int64_t t = fact_due_ms(&x->facts[i]);
        bound = t < bound ? t : bound;
    }
    return bound;
}

uint32_t facts_due(struct entity *x, uint32_t i, int64_t t_ms)
{
    while (i < x->fact_count) {
        if (!is_plain(x) && bounds_of(x)[i / STRIDE] > t_ms) {
            i = (i / STRIDE + 1) * STRIDE;
        } else if (fact_due_ms(&x->facts[i]) <= t_ms) {
            return i;
        } else {
            i++;
        }
    }
    return x->fact_count;
}

/* Only the strides whose bound is the least are looked at: a bound may be too low, never too high. */
int64_t facts_due_ms(struct entity *x)
{
    if (is_plain(x)) {
        return x->fact_count > 0 ? stride_bound(x, 0) : INT64_MAX;
    }
    int64_t *bounds = bounds_of(x);
    uint32_t strides = strides_of(x->fact_count);
    for (;;) {
        uint32_t least = 0;
        for (uint32_t s = 1; s < strides; s++) {
            least = bounds[s] < bounds[least] ? s : least;
        }
        int64_t exact = strides > 0 ? stride_bound(x, least) : INT64_MAX;
        if (strides == 0 || exact == bounds[least]) {
            return exact;
        }
        bounds[least] = exact;
    }
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
