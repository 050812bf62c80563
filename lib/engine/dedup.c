#include "engine/dedup_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Entries are found through lines of the index, which fill a line of the cache each. A slot is free when its entry is
 * forgotten: nothing is taken out of the index, so forgetting costs nothing there. A name goes to the first line from its home
 * on that has a free slot; a line that was full then knows the newest entry that had to go past it. */
enum { SLOTS = 7, PASSED = SLOTS, PLACES = 8, LINE_BYTES = 64 };

struct line {
    uint32_t tags[PLACES];   /* enough of each name to tell it from nearly all others */
    int32_t numbers[PLACES]; /* of the entries: below d->first they are forgotten. At PASSED the one that went past */
};

_Static_assert(sizeof(struct line) == LINE_BYTES, "a look at a line is one cache miss");

/* 4 of 7 slots are in use at most, in the mean of all lines. */
enum { CAPACITY_FIRST = 64, IDS_MAX = 1 << 30, LINE_SHARE = 4 };

/* The first numbers are nearly the last, so that everything that remembers some hundred ids numbers them anew. */
enum { NUMBER_FIRST = INT32_MAX - 100 };

/* What the watermark has passed is forgotten after so many names: which are remembered is asked of each, too. */
enum { EXPIRE_STEP = 32 };

/* At the bound the line of an entry is fetched so many entries before it is forgotten. */
enum { FORGET_AHEAD = 8 };

static int tables_create(struct dedup *d, uint32_t capacity)
{
    struct remembered *entries = malloc(capacity * sizeof *entries);
    void *room = calloc(capacity / LINE_SHARE + 1, sizeof *d->index);
    if (!entries || !room) {
        free(entries);
        free(room);
        return CUBE_ENOMEM;
    }
    d->entries = entries;
    d->room = room;
    d->index = (struct line *)(((uintptr_t)room + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1));
    d->capacity = capacity;
    return 0;
}

int dedup_create(int64_t horizon_ms, uint32_t ids_max, struct dedup **ret_d)
{
    CHECK_PRE(ids_max > 0 && ids_max <= IDS_MAX);
    struct dedup *d = calloc(1, sizeof *d);
    if (!d || tables_create(d, CAPACITY_FIRST)) {
        free(d);
        return CUBE_ENOMEM;
    }
    d->horizon_ms = horizon_ms;
    d->ids_max = ids_max;
    d->first = d->next = NUMBER_FIRST;
    *ret_d = d;
    return 0;
}

void dedup_destroy(struct dedup *d)
{
    if (d) {
        free(d->entries);
        free(d->room);
        free(d);
    }
}

static uint32_t mask_of(const struct dedup *d)
{
    return d->capacity / LINE_SHARE - 1;
}

static uint32_t tag_of(struct hash128 name)
{
    return (uint32_t)name.low;
}

void dedup_prefetch(const struct dedup *d, struct hash128 name)
{
    __builtin_prefetch(&d->index[tag_of(name) & mask_of(d)], 1);
}

typedef int32_t four __attribute__((vector_size(16)));

/* Bit i: number i of the line's eight is true, all bits of it or none. */
static inline unsigned bits_of(four low, four high)
{
#ifdef __SSE2__
    typedef float four_floats __attribute__((vector_size(16)));
    return (unsigned)__builtin_ia32_movmskps((four_floats)low) | (unsigned)__builtin_ia32_movmskps((four_floats)high) << 4;
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < 4; i++) {
        bits |= (low[i] != 0) << i | (high[i] != 0) << (4 + i);
    }
    return bits;
#endif
}

static inline four four_at(const void *at)
{
    four v;
    memcpy(&v, at, sizeof v);
    return v;
}

enum { ALL_SLOTS = (1 << SLOTS) - 1 };

static inline unsigned slots_of_tag(const struct line *l, uint32_t tag)
{
    four wanted = (four){0} + (int32_t)tag;
    return bits_of(four_at(l->tags) == wanted, four_at(l->tags + 4) == wanted) & ALL_SLOTS;
}

static inline unsigned slots_free(const struct line *l, int32_t first)
{
    four bound = (four){0} + first;
    return bits_of(four_at(l->numbers) < bound, four_at(l->numbers + 4) < bound) & ALL_SLOTS;
}

/* The slot of a name in a line; -1 it has none there. */
static inline int slot_find(const struct dedup *d, const struct line *l, struct hash128 name)
{
    for (unsigned slots = slots_of_tag(l, tag_of(name)); slots; slots &= slots - 1) {
        int s = __builtin_ctz(slots);
        const struct remembered *r = entry_at(d, l->numbers[s]);
        if (l->numbers[s] >= d->first && r->name.low == name.low && r->name.high == name.high) {
            return s;
        }
    }
    return -1;
}

/* A name that may be in any line from its home on, and one that has no room there. */
static __attribute__((noinline)) uint32_t place_slowly(const struct dedup *d, struct hash128 name)
{
    enum { NOWHERE = -1 };
    uint32_t mask = mask_of(d), home = tag_of(name) & mask;
    int64_t place = NOWHERE;
    for (uint32_t n = 0; n <= mask; n++) {
        uint32_t i = (home + n) & mask;
        const struct line *l = &d->index[i];
        int found = slot_find(d, l, name);
        if (found >= 0) {
            return i * PLACES + (uint32_t)found;
        }
        unsigned slots = place == NOWHERE ? slots_free(l, d->first) : 0;
        place = slots ? (int64_t)i * PLACES + __builtin_ctz(slots) : place;
        if (l->numbers[PASSED] < d->first && place != NOWHERE) {
            break;
        }
    }
    CHECK_POST(place != NOWHERE); /* there are more slots than entries */
    return (uint32_t)place;
}

uint32_t dedup_place(const struct dedup *d, struct hash128 name)
{
    uint32_t i = tag_of(name) & mask_of(d);
    const struct line *l = &d->index[i];
    unsigned slots = slots_free(l, d->first);
    if (!slots || slots_of_tag(l, tag_of(name)) || l->numbers[PASSED] >= d->first) {
        return place_slowly(d, name);
    }
    return i * PLACES + (uint32_t)__builtin_ctz(slots); /* nearly all names are new, and find room at home */
}

static bool is_far(const struct dedup *d, const struct remembered *r, int64_t offset)
{
    return offset - r->offset > d->ids_max;
}

static int32_t number_at(const struct dedup *d, uint32_t place)
{
    return d->index[place / PLACES].numbers[place % PLACES];
}

bool dedup_has(const struct dedup *d, uint32_t place, int64_t watermark_ms, int64_t offset)
{
    int32_t number = number_at(d, place);
    if (number < d->first) {
        return false;
    }
    const struct remembered *r = entry_at(d, number);
    return watermark_ms <= r->ts_ms + d->horizon_ms && !is_far(d, r, offset);
}

int64_t dedup_ts(const struct dedup *d, uint32_t place)
{
    return entry_at(d, number_at(d, place))->ts_ms;
}

/* The last entry's name went past the lines between its home and its place. */
static __attribute__((noinline)) void passed_put(struct dedup *d, uint32_t home, uint32_t line)
{
    for (uint32_t i = home; i != line; i = (i + 1) & mask_of(d)) {
        d->index[i].numbers[PASSED] = d->next - 1;
    }
}

static inline void entry_fill(struct dedup *d, struct line *l, uint32_t slot, const struct remembered *r)
{
    *entry_at(d, d->next) = *r;
    l->tags[slot] = tag_of(r->name);
    l->numbers[slot] = d->next++;
}

static inline void entry_put(struct dedup *d, uint32_t place, struct hash128 name, int64_t ts_ms, int64_t offset)
{
    uint32_t home = tag_of(name) & mask_of(d), line = place / PLACES;
    entry_fill(d, &d->index[line], place % PLACES, &(struct remembered){name, ts_ms, offset});
    if (home != line) {
        passed_put(d, home, line);
    }
}

/* The same entries, numbered from 1, in tables of this capacity. */
static __attribute__((noinline)) int dedup_rebuild(struct dedup *d, uint32_t capacity)
{
    struct dedup other = *d;
    if (tables_create(&other, capacity)) {
        return CUBE_ENOMEM;
    }
    other.first = other.next = 1;
    for (int32_t n = d->first; n < d->next; n++) {
        const struct remembered *r = entry_at(d, n);
        entry_put(&other, dedup_place(&other, r->name), r->name, r->ts_ms, r->offset);
    }
    free(d->entries);
    free(d->room);
    *d = other;
    return 0;
}

static bool is_full(const struct dedup *d)
{
    return (uint32_t)(d->next - d->first) + 1 >= d->capacity;
}

static __attribute__((noinline)) int add_rebuilt(struct dedup *d, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms)
{
    if (dedup_rebuild(d, is_full(d) ? d->capacity * 2 : d->capacity)) {
        return CUBE_ENOMEM;
    }
    return dedup_add(d, dedup_place(d, name), name, ts_ms, offset, max_ts_before_ms);
}

int dedup_add(struct dedup *d, uint32_t place, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms)
{
    if (__builtin_expect(is_full(d) || d->next == INT32_MAX, 0)) {
        return add_rebuilt(d, name, ts_ms, offset, max_ts_before_ms);
    }
    if (d->first == d->next) {
        d->first_max_ts_ms = max_ts_before_ms;
    }
    entry_put(d, place, name, ts_ms, offset);
    return 0;
}

/* What is lost depends on when it is forgotten: at once when it is too far behind. */
static inline int expire_in_time(struct dedup *d, int64_t watermark_ms, int64_t next)
{
    if (++d->unexpired < EXPIRE_STEP && !is_far(d, entry_at(d, d->first), next)) {
        return 1;
    }
    uint64_t lost = d->lost;
    dedup_expire(d, watermark_ms, next);
    return d->lost == lost ? 1 : DEDUP_LOST;
}

/* Where its home has no room for it, or it may be somewhere. */
static __attribute__((noinline)) int take_elsewhere(struct dedup *d, const struct remembered *r, int64_t watermark_ms)
{
    uint32_t place = place_slowly(d, r->name);
    if (number_at(d, place) >= d->first) {
        return 0;
    }
    entry_put(d, place, r->name, r->ts_ms, r->offset);
    return expire_in_time(d, watermark_ms, r->offset + 1);
}

int dedup_take(struct dedup *d, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms, int64_t watermark_ms)
{
    struct line *l = &d->index[tag_of(name) & mask_of(d)];
    unsigned slots = slots_free(l, d->first);
    if (is_full(d) || d->next == INT32_MAX) {
        return 0;
    }
    if (d->first == d->next) {
        d->first_max_ts_ms = max_ts_before_ms;
    }
    if (!slots || slots_of_tag(l, tag_of(name)) || l->numbers[PASSED] >= d->first) {
        return take_elsewhere(d, &(struct remembered){name, ts_ms, offset}, watermark_ms);
    }
    entry_fill(d, l, (uint32_t)__builtin_ctz(slots), &(struct remembered){name, ts_ms, offset});
    return expire_in_time(d, watermark_ms, offset + 1);
}

int dedup_again(struct dedup *d, uint32_t place, int64_t offset)
{
    CHECK_PRE(number_at(d, place) >= d->first);
    const struct remembered *r = entry_at(d, number_at(d, place));
    return dedup_add(d, place, r->name, r->ts_ms, offset, d->first_max_ts_ms);
}

/* False: a newer entry of the same name has taken the slot of the first one over. */
static __attribute__((noinline)) bool first_is_newest(const struct dedup *d)
{
    if (d->next - d->first > FORGET_AHEAD) {
        dedup_prefetch(d, entry_at(d, d->first + FORGET_AHEAD)->name);
    }
    return number_at(d, dedup_place(d, entry_at(d, d->first)->name)) == d->first;
}

void dedup_expire(struct dedup *d, int64_t watermark_ms, int64_t next)
{
    d->unexpired = 0;
    while (d->first < d->next) {
        const struct remembered *r = entry_at(d, d->first);
        int64_t ts_ms = r->ts_ms;
        bool old = watermark_ms > ts_ms + d->horizon_ms;
        if (!old && !is_far(d, r, next)) {
            return;
        }
        d->lost += !old && first_is_newest(d);
        d->first++;
        d->first_max_ts_ms = ts_ms > d->first_max_ts_ms ? ts_ms : d->first_max_ts_ms;
    }
}

int dedup_first(const struct dedup *d, int64_t *ret_offset, int64_t *ret_max_ts_before_ms)
{
    if (d->first == d->next) {
        return CUBE_ENOTFOUND;
    }
    *ret_offset = entry_at(d, d->first)->offset;
    *ret_max_ts_before_ms = d->first_max_ts_ms;
    return 0;
}

uint64_t dedup_lost(const struct dedup *d)
{
    return d->lost;
}

uint64_t dedup_count(const struct dedup *d)
{
    return (uint64_t)(d->next - d->first);
}

uint64_t dedup_bytes(const struct dedup *d)
{
    return sizeof *d + (uint64_t)d->capacity * (sizeof(struct remembered) + sizeof(struct line) / LINE_SHARE);
}
