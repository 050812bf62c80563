#include "task/input_refused.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/varint.h"
#include "task/planted.h"

enum { REFUSED_VERSION = 1, CAPACITY_FIRST = 16 };

static struct refused_run *run_at(const struct input_refused *r, uint32_t i)
{
    return &r->room[r->begin + i];
}

/* Room for one more: where trimmed ones were, or in twice as much. */
static int room_make(struct input_refused *r)
{
    if (r->begin + r->count < r->capacity) {
        return 0;
    }
    if (r->begin <= r->capacity / 2) {
        uint32_t capacity = r->capacity ? r->capacity * 2 : CAPACITY_FIRST;
        struct refused_run *grown = realloc(r->room, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        r->room = grown;
        r->capacity = capacity;
    } else {
        memmove(r->room, run_at(r, 0), r->count * sizeof *r->room);
        r->begin = 0;
    }
    return 0;
}

int input_refused_add(struct input_refused *r, int64_t offset, bool joins)
{
    struct refused_run *last = r->count ? run_at(r, r->count - 1) : NULL;
    if (offset < 0 || offset == INT64_MAX) {
        return CUBE_EFORMAT;
    }
    if (last && offset < last->next) {
        return 0;
    }
    if (last && (joins || offset == last->next)) {
        uint64_t number = r->number + r->count - 1;
        last->next = offset + 1;
        r->unwritten = number < r->unwritten && !PLANTED(REFUSED_RUN_SHORT) ? number : r->unwritten;
        return 0;
    }
    if (room_make(r)) {
        return CUBE_ENOMEM;
    }
    *run_at(r, r->count++) = (struct refused_run){offset, offset + 1};
    return 0;
}

/* The first run that ends behind an offset. */
static uint32_t run_behind(const struct input_refused *r, int64_t offset)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (run_at(r, mid)->next <= offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool input_refused_has(const struct input_refused *r, int64_t offset)
{
    uint32_t i = run_behind(r, offset);
    return i < r->count && run_at(r, i)->first <= offset;
}

static void first_drop(struct input_refused *r, uint32_t count)
{
    r->begin += count;
    r->count -= count;
    r->number += count;
}

void input_refused_trim(struct input_refused *r, int64_t offset)
{
    first_drop(r, run_behind(r, offset));
}

/* ---- changelog -------------------------------------------------------------------------------------- */

/* Version, number of the first run, how many; then of each what is between it and the one before, and its length. */
static int part_encode(const struct input_refused *r, uint64_t from, uint64_t until, struct buf *out)
{
    int64_t before = 0;
    buf_clear(out);
    int rc = put_uint(out, REFUSED_VERSION);
    rc = rc ? rc : put_uint(out, from);
    rc = rc ? rc : put_uint(out, until - from);
    for (uint64_t n = from; n < until && !rc; n++) {
        const struct refused_run *run = run_at(r, (uint32_t)(n - r->number));
        rc = put_uint(out, (uint64_t)(run->first - before));
        rc = rc ? rc : put_uint(out, (uint64_t)(run->next - run->first));
        before = run->next;
    }
    return rc;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int tombstones_write(struct input_refused *r, uint32_t runs, refused_put_fn *put, void *arg)
{
    for (; r->part < r->number / runs; r->part++) {
        int rc = put(arg, r->part, NULL, 0);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int input_refused_write(struct input_refused *r, uint32_t runs, struct buf *scratch, refused_put_fn *put, void *arg)
{
    uint64_t end = r->number + r->count, from = r->unwritten > r->number ? r->unwritten : r->number;
    int rc = tombstones_write(r, runs, put, arg);
    while (from < end && !rc) {
        uint64_t part = from / runs, first = part * runs, until = least(first + runs, end);
        rc = part_encode(r, first > r->number ? first : r->number, until, scratch);
        rc = rc ? rc : put(arg, part, scratch->at, scratch->len);
        from = until;
    }
    r->unwritten = rc ? r->unwritten : end;
    return rc;
}

static int run_restore(struct input_refused *r, struct cursor *c, int64_t *before)
{
    uint64_t gap, length;
    int rc = get_uint(c, &gap);
    rc = rc ? rc : get_uint(c, &length);
    if (rc) {
        return rc;
    }
    if (length == 0 || gap > (uint64_t)(INT64_MAX - *before) || length > (uint64_t)INT64_MAX - (uint64_t)*before - gap) {
        return CUBE_EFORMAT;
    }
    struct refused_run run = {*before + (int64_t)gap, *before + (int64_t)(gap + length)};
    if (r->count && run.first < run_at(r, r->count - 1)->next) {
        return CUBE_EFORMAT;
    }
    if (room_make(r)) {
        return CUBE_ENOMEM;
    }
    *run_at(r, r->count++) = run;
    *before = run.next;
    return 0;
}

/* Its runs take the place of those of the same number; where there are none before them it is the first part. */
static void number_set(struct input_refused *r, uint64_t number, uint64_t part)
{
    if (r->count && number >= r->number && number <= r->number + r->count) {
        r->count = (uint32_t)(number - r->number);
        return;
    }
    r->begin = r->count = 0;
    r->number = number;
    r->part = part;
}

static void part_gone(struct input_refused *r, uint32_t runs, uint64_t part)
{
    uint64_t end = (part + 1) * runs;
    if (end > r->number) {
        first_drop(r, (uint32_t)least(end - r->number, r->count));
        r->number = end;
    }
    r->part = part + 1;
    r->unwritten = r->number + r->count;
}

int input_refused_restore(struct input_refused *r, uint32_t runs, uint64_t part, const uint8_t *at, size_t len)
{
    if (part >= UINT64_MAX / runs - 1) {
        return CUBE_EFORMAT;
    }
    if (!at) {
        part_gone(r, runs, part);
        return 0;
    }
    struct cursor c = {at, at + len};
    uint64_t version, number, count;
    int64_t before = 0;
    int rc = get_uint(&c, &version);
    if (!rc && version != REFUSED_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_uint(&c, &number);
    rc = rc ? rc : get_uint(&c, &count);
    if (!rc && (number / runs != part || count > (part + 1) * runs - number)) {
        return CUBE_EFORMAT;
    }
    if (!rc) {
        number_set(r, number, part);
    }
    for (uint64_t i = 0; !rc && i < count; i++) {
        rc = run_restore(r, &c, &before);
    }
    r->unwritten = r->number + r->count;
    return rc ? rc : c.at == c.end ? 0 : CUBE_EFORMAT;
}

uint64_t input_refused_bytes(const struct input_refused *r)
{
    return (uint64_t)r->capacity * sizeof *r->room;
}

void input_refused_close(struct input_refused *r)
{
    free(r->room);
    *r = (struct input_refused){0};
}
