#include "task/entity_stamps.h"

#include <stdlib.h>
#include <string.h>

/* Not 0: entity_parts knows the first part of a value by that. */
#define STAMP_VERSION 3
#define APPLIED_MAX_MS (INT64_C(1) << 55) /* no event comes near: the tick after it is a number, too */

int stamp_put(struct buf *out, const struct stamp *s, uint32_t inputs)
{
    int rc = put_uint(out, STAMP_VERSION);
    rc = rc ? rc : put_int(out, s->applied_ms);
    for (uint32_t i = 0; i < inputs && !rc; i++) {
        rc = put_int(out, s->next[i]);
    }
    return rc;
}

int stamp_get(struct cursor *c, uint32_t inputs, struct stamp *ret_s)
{
    uint64_t version;
    struct stamp s = {0};
    int rc = get_uint(c, &version);
    if (!rc && version != STAMP_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_int(c, &s.applied_ms);
    for (uint32_t i = 0; i < inputs && !rc; i++) {
        rc = get_int(c, &s.next[i]);
    }
    if (!rc && s.applied_ms != INT64_MIN && (s.applied_ms > APPLIED_MAX_MS || s.applied_ms < -APPLIED_MAX_MS)) {
        rc = CUBE_EFORMAT;
    }
    if (rc) {
        return rc;
    }
    *ret_s = s;
    return 0;
}

static int all_reserve(struct stamps *t)
{
    if (t->count < t->capacity) {
        return 0;
    }
    uint32_t capacity = t->capacity ? 2 * t->capacity : 16;
    struct stamp *grown = realloc(t->all, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    t->all = grown;
    t->capacity = capacity;
    return 0;
}

static int of_reserve(struct stamps *t, uint32_t number)
{
    if (number < t->of_capacity) {
        return 0;
    }
    uint32_t capacity = number + number / 2 + 16;
    uint32_t *grown = realloc(t->of, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    memset(grown + t->of_capacity, 0, (capacity - t->of_capacity) * sizeof *grown);
    t->of = grown;
    t->of_capacity = capacity;
    return 0;
}

/* No stamp begins with another one: the same bytes are the same. */
static bool is_last(const struct stamps *t, const struct cursor *c)
{
    return t->last_len && (size_t)(c->end - c->at) >= t->last_len && memcmp(c->at, t->last, t->last_len) == 0;
}

static int stamp_add(struct stamps *t, struct cursor *c, uint32_t inputs)
{
    const uint8_t *from = c->at;
    struct stamp s;
    int rc = stamp_get(c, inputs, &s);
    rc = rc ? rc : all_reserve(t);
    if (rc) {
        return rc;
    }
    size_t len = (size_t)(c->at - from);
    t->last_len = len <= sizeof t->last ? len : 0;
    memcpy(t->last, from, t->last_len);
    t->all[t->count++] = s;
    return 0;
}

int stamps_get(struct stamps *t, struct cursor *c, uint32_t inputs, uint32_t *ret_place)
{
    int rc = 0;
    if (is_last(t, c)) {
        c->at += t->last_len;
    } else {
        rc = stamp_add(t, c, inputs);
    }
    *ret_place = t->count;
    return rc;
}

int stamps_set(struct stamps *t, uint32_t number, uint32_t place)
{
    if (of_reserve(t, number)) {
        return CUBE_ENOMEM;
    }
    t->of[number] = place;
    return 0;
}

void stamps_close(struct stamps *t)
{
    free(t->all);
    free(t->of);
    *t = (struct stamps){0};
}
