/* Finding facts by name and by when they are due. */
#include "engine/fact_index.h"

#define STRIDE FACTS_STRIDE
#define PRINTS FACTS_PRINTS

typedef uint8_t prints_vector __attribute__((vector_size(PRINTS)));
typedef uint64_t prints_words __attribute__((vector_size(PRINTS)));

static size_t prints_bytes(uint32_t capacity)
{
    return (capacity + PRINTS - 1) / PRINTS * PRINTS;
}

static inline bool is_plain(const struct entity *x)
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
    return (uint8_t *)(bounds_of(x) + fact_index_strides(x->fact_capacity));
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

/* Facts that nobody looks for by their key, which any number of a customer's may share (points of events that name no thing): in one run of
 * the index they would stand in the way of all others. So their t counts, too. */
#define UNSOUGHT (UINT64_C(1) << FACT_POINTS_STEP | UINT64_C(1) << FACT_POINTS_GONE)

static inline uint64_t fact_hash(const struct fact *f)
{
    enum fact_type type = fact_type(f);
    uint64_t key = type == FACT_LEDGER ? 0 : f->key;
    bool by_t = type == FACT_LEDGER || (UNSOUGHT >> type & 1);
    return name_hash(f->head, key ^ (by_t ? (uint64_t)fact_t(f) : 0));
}

/* The index takes the high bits of the hash. */
static inline uint8_t print_of(uint64_t hash)
{
    return (uint8_t)(hash >> 24);
}

/* What is looked for: by type, arg and key, or by type, arg and t. The finders are inlined once for each. */
struct fact_name {
    uint64_t head, key;
    bool by_t;
};

static inline bool is_named(const struct fact *f, struct fact_name n)
{
    return n.by_t ? f->head == n.head : f->key == n.key && f->head >> 48 == n.head >> 48;
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
    return index_home(x, fact_hash(f));
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

static inline struct fact *find_plain(const struct entity *x, struct fact_name n)
{
    for (uint32_t i = 0; i < x->fact_count; i++) {
        if (is_named(&x->facts[i], n)) {
            return &x->facts[i];
        }
    }
    return NULL;
}

static inline struct fact *find_indexed(const struct entity *x, struct fact_name n, uint64_t hash)
{
    const uint32_t *index = index_of(x);
    for (uint32_t p = index_home(x, hash); index[p] != 0; p = (p + 1) & index_mask(x)) {
        struct fact *f = &x->facts[index[p] - 1];
        if (is_named(f, n)) {
            return f;
        }
    }
    return NULL;
}

/* The fact among the eight whose prints these are: all ones in the bytes of prints that are the same. */
static inline struct fact *find_among(const struct entity *x, struct fact_name n, uint32_t first, uint64_t same)
{
    for (same = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(same) : same; same != 0;) {
        unsigned byte = (unsigned)__builtin_ctzll(same) / 8;
        same &= ~(UINT64_C(0xff) << 8 * byte);
        if (first + byte < x->fact_count && is_named(&x->facts[first + byte], n)) {
            return &x->facts[first + byte];
        }
    }
    return NULL;
}

/* Looks at the prints of sixteen facts at a time, and at facts only where the print is the same. */
static inline struct fact *find_by_print(const struct entity *x, struct fact_name n, uint64_t hash)
{
    const uint8_t *prints = prints_of(x);
    prints_vector wanted = (prints_vector){0} + print_of(hash), some;
    for (uint32_t i = 0; i < x->fact_count; i += PRINTS) {
        memcpy(&some, prints + i, sizeof some);
        prints_words same = (prints_words)(some == wanted);
        if ((same[0] | same[1]) != 0) {
            struct fact *f = find_among(x, n, i, same[0]);
            f = f ? f : find_among(x, n, i + PRINTS / 2, same[1]);
            if (f) {
                return f;
            }
        }
    }
    return NULL;
}

static inline __attribute__((always_inline)) struct fact *find(const struct entity *x, struct fact_name n, uint64_t hash)
{
    return is_plain(x) ? find_plain(x, n) : x->index_bits == 0 ? find_by_print(x, n, hash) : find_indexed(x, n, hash);
}

struct fact *facts_find(const struct entity *x, enum fact_type type, uint8_t arg, uint64_t key)
{
    uint64_t head = fact_head(type, arg, 0);
    return find(x, (struct fact_name){head, key, false}, name_hash(head, key));
}

struct fact *facts_find_head(const struct entity *x, uint64_t head)
{
    return find(x, (struct fact_name){head, 0, true}, name_hash(head, head & (uint64_t)FACT_T_MAX));
}

void fact_index_put(struct entity *x, uint32_t i)
{
    if (is_plain(x)) {
        return;
    }
    prints_of(x)[i] = print_of(fact_hash(&x->facts[i]));
    bound_lower(x, i);
    if (x->index_bits != 0) {
        index_put(x, i);
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

void fact_index_fill(struct entity *x)
{
    if (is_plain(x)) {
        return;
    }
    int64_t *bounds = bounds_of(x);
    uint8_t *prints = prints_of(x);
    for (uint32_t s = 0; s < fact_index_strides(x->fact_count); s++) {
        bounds[s] = stride_bound(x, s);
    }
    for (uint32_t i = 0; i < x->fact_count; i++) {
        prints[i] = print_of(fact_hash(&x->facts[i]));
    }
    for (uint32_t i = 0; i < x->fact_count && x->index_bits != 0; i++) {
        index_put(x, i);
    }
}

void fact_index_take(struct entity *x, const struct entity *old)
{
    if (is_plain(x)) {
        return;
    }
    int64_t *bounds = bounds_of(x);
    for (uint32_t s = 0; s < fact_index_strides(x->fact_capacity); s++) {
        bounds[s] = INT64_MAX;
    }
    if (is_plain(old) || x->index_bits != 0) {
        fact_index_fill(x);
    } else {
        memcpy(bounds, bounds_of(old), fact_index_strides(x->fact_count) * sizeof *bounds);
        memcpy(prints_of(x), prints_of(old), x->fact_count);
    }
}

void fact_index_lift(struct entity *x, uint32_t i)
{
    if (x->index_bits != 0) {
        index_drop(x, index_place(x, i));
    }
}

void facts_due_changed(struct entity *x, const struct fact *f)
{
    if (!is_plain(x)) {
        bound_lower(x, (uint32_t)(f - x->facts));
    }
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
    uint32_t strides = fact_index_strides(x->fact_count);
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
