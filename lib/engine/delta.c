#include "engine/delta.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/check.h"

#define PLACES_FIRST 128u
#define ARENA_SLOTS 8192u
#define PLACE_FACTOR UINT64_C(0x9E3779B97F4A7C15)

struct arena_block {
    struct arena_block *next;
    int64_t slots[ARENA_SLOTS];
};

struct delta_table {
    struct delta_sums sums; /* first: delta_table_sums */
    struct delta_place {
        uint32_t print, row; /* high half of the name's hash; row + 1, 0 = empty */
    } * index;               /* at most half full */
    uint32_t places; /* a power of two */
    struct delta_row *rows;
    uint32_t count, capacity; /* capacity = places / 2 */
    struct arena_block *first, *now; /* blocks after now are free */
    uint32_t used;   /* slots of now */
    uint64_t bytes;
};

static int table_grow(struct delta_table *t);
static int room_add(struct delta_table *t, uint32_t slots);

int delta_table_create(struct delta_table **ret_t)
{
    struct delta_table *t = calloc(1, sizeof *t);
    if (!t) {
        return CUBE_ENOMEM;
    }
    t->first = t->now = malloc(sizeof *t->first);
    t->bytes = sizeof *t + sizeof *t->first;
    if (t->first) {
        t->first->next = NULL;
    }
    if (!t->first || table_grow(t) != 0) {
        delta_table_destroy(t);
        return CUBE_ENOMEM;
    }
    *ret_t = t;
    return 0;
}

void delta_table_destroy(struct delta_table *t)
{
    if (!t) {
        return;
    }
    while (t->first) {
        struct arena_block *next = t->first->next;
        free(t->first);
        t->first = next;
    }
    delta_sums_close(&t->sums);
    free(t->index);
    free(t->rows);
    free(t);
}

/* All but the place and the cells of a row. */
struct delta_name {
    uint64_t head;
    int64_t pane;
    int32_t bucket;
};

static inline struct delta_name name_of(const struct delta_row *r)
{
    return (struct delta_name){delta_head(r->set, r->measure, r->kind, r->slots), r->pane, r->bucket};
}

static inline uint64_t name_hash(struct delta_name n)
{
    uint64_t h = n.head ^ (uint64_t)n.pane * UINT64_C(0xBF58476D1CE4E5B9) ^ (uint64_t)(uint32_t)n.bucket * UINT64_C(0x94D049BB133111EB);
    h = (h ^ h >> 32) * PLACE_FACTOR;
    return h ^ h >> 29;
}

static inline bool is_named(const struct delta_row *r, struct delta_name n)
{
    struct delta_name own = name_of(r);
    return own.head == n.head && own.pane == n.pane && own.bucket == n.bucket;
}

/* Room for one more row of so many cells. */
static inline int make_room(struct delta_table *t, uint32_t slots)
{
    bool there = t->used + slots <= ARENA_SLOTS && t->count < t->capacity;
    return __builtin_expect(there, 1) ? 0 : room_add(t, slots);
}

/* The cells of the row, or NULL and the empty place where it belongs. */
static inline int64_t *row_find(const struct delta_table *t, struct delta_name name, uint64_t hash, uint32_t *ret_place)
{
    uint32_t i = (uint32_t)hash & (t->places - 1), print = (uint32_t)(hash >> 32);
    for (; t->index[i].row != 0; i = (i + 1) & (t->places - 1)) {
        const struct delta_row *r = &t->rows[t->index[i].row - 1];
        if (t->index[i].print == print && is_named(r, name)) {
            return r->cells;
        }
    }
    *ret_place = i;
    return NULL;
}

/* Makes the row; its cells are not set yet. There is room. */
static inline int64_t *row_make(struct delta_table *t, uint32_t place, struct delta_name n, uint64_t hash)
{
    uint8_t slots = (uint8_t)(n.head >> 56);
    int64_t *cells = t->now->slots + t->used;
    t->rows[t->count] = (struct delta_row){.set = (uint32_t)n.head, .measure = (uint16_t)(n.head >> 32), .kind = (uint8_t)(n.head >> 48),
                                           .slots = slots, .bucket = n.bucket, .place = place, .pane = n.pane, .cells = cells};
    t->used += slots;
    t->index[place] = (struct delta_place){(uint32_t)(hash >> 32), ++t->count};
    return cells;
}

int delta_row(struct delta_table *t, uint32_t set, uint16_t measure, enum row_kind kind, int64_t pane, int32_t bucket,
              uint8_t slots, int64_t **ret_cells)
{
    struct delta_name name = {delta_head(set, measure, (uint8_t)kind, slots), pane, bucket};
    uint64_t hash = name_hash(name);
    uint32_t place = 0;
    if (make_room(t, slots) != 0) {
        return CUBE_ENOMEM;
    }
    int64_t *cells = row_find(t, name, hash, &place);
    if (!cells) {
        cells = row_make(t, place, name, hash);
        memset(cells, 0, slots * sizeof *cells);
    }
    *ret_cells = cells;
    return 0;
}

int delta_add_headed(struct delta_table *t, uint64_t head, int64_t pane, int32_t bucket, const struct layout *layout, const int64_t *cells)
{
    struct delta_name name = {head, pane, bucket};
    uint64_t hash = name_hash(name);
    uint32_t place = 0;
    if (make_room(t, layout->slots) != 0) {
        return CUBE_ENOMEM;
    }
    int64_t *there = row_find(t, name, hash, &place);
    if (there) {
        delta_sum(layout, there, cells);
    } else {
        delta_copy(row_make(t, place, name, hash), cells, layout->slots);
    }
    return 0;
}

bool delta_table_is_empty(const struct delta_table *t)
{
    return t->count == 0 && !t->sums.any;
}

uint32_t delta_table_count(const struct delta_table *t)
{
    return t->count;
}

const struct delta_row *delta_table_at(const struct delta_table *t, uint32_t i)
{
    CHECK_PRE(i < t->count);
    return &t->rows[i];
}

void delta_table_clear(struct delta_table *t)
{
    if (t->count > t->places / 8) {
        memset(t->index, 0, t->places * sizeof *t->index);
    } else {
        for (uint32_t i = 0; i < t->count; i++) {
            t->index[t->rows[i].place].row = 0;
        }
    }
    t->count = 0;
    t->now = t->first;
    t->used = 0;
    delta_sums_clear(&t->sums);
}

uint64_t delta_table_bytes(const struct delta_table *t)
{
    return t->bytes + t->sums.bytes;
}

static int table_grow(struct delta_table *t)
{
    uint32_t places = t->places ? 2 * t->places : PLACES_FIRST;
    struct delta_row *rows = realloc(t->rows, places / 2 * sizeof *rows);
    if (!rows) {
        return CUBE_ENOMEM;
    }
    t->rows = rows;
    struct delta_place *index = calloc(places, sizeof *index);
    if (!index) {
        return CUBE_ENOMEM;
    }
    free(t->index);
    t->index = index;
    t->bytes += (places - t->places) * (sizeof *index + sizeof *rows / 2);
    t->places = places;
    t->capacity = places / 2;
    for (uint32_t r = 0; r < t->count; r++) {
        struct delta_row *row = &rows[r];
        uint64_t hash = name_hash(name_of(row));
        uint32_t i = (uint32_t)hash & (places - 1);
        while (index[i].row != 0) {
            i = (i + 1) & (places - 1);
        }
        index[i] = (struct delta_place){(uint32_t)(hash >> 32), r + 1};
        row->place = i;
    }
    return 0;
}

static int arena_next(struct delta_table *t)
{
    if (!t->now->next) {
        struct arena_block *b = malloc(sizeof *b);
        if (!b) {
            return CUBE_ENOMEM;
        }
        b->next = NULL;
        t->now->next = b;
        t->bytes += sizeof *b;
    }
    t->now = t->now->next;
    t->used = 0;
    return 0;
}

static int room_add(struct delta_table *t, uint32_t slots)
{
    if (t->used + slots > ARENA_SLOTS && arena_next(t) != 0) {
        return CUBE_ENOMEM;
    }
    return t->count == t->capacity ? table_grow(t) : 0;
}
