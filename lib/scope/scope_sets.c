#include "scope/scope_sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "scope/scope_plan.h"

#define SETS_FIRST 64u

static uint32_t list_hash(const uint32_t *scopes, uint32_t count)
{
    uint64_t h = count;
    for (uint32_t i = 0; i < count; i++) {
        h = ((h << 29 | h >> 35) ^ scopes[i]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return (uint32_t)(h >> 32);
}

/* The place of the list, or the empty place where it belongs. */
static uint32_t *list_place(const struct scope_sets *s, const uint32_t *scopes, uint32_t count)
{
    uint32_t mask = 2 * s->capacity - 1, i = list_hash(scopes, count) & mask;
    while (s->index[i] != 0) {
        uint32_t there;
        const uint32_t *list = scope_sets_at(s, s->index[i] - 1, &there);
        if (there == count && memcmp(list, scopes, count * sizeof *list) == 0) {
            break;
        }
        i = (i + 1) & mask;
    }
    return &s->index[i];
}

static int lists_grow(struct scope_sets *s)
{
    uint32_t capacity = s->capacity ? 2 * s->capacity : SETS_FIRST;
    uint32_t *first = realloc(s->first, capacity * sizeof *first);
    if (!first) {
        return CUBE_ENOMEM;
    }
    s->first = first;
    uint32_t *index = calloc(2 * (size_t)capacity, sizeof *index);
    if (!index) {
        return CUBE_ENOMEM;
    }
    free(s->index);
    s->index = index;
    s->capacity = capacity;
    for (uint32_t id = 0; id < s->count; id++) {
        uint32_t count;
        const uint32_t *list = scope_sets_at(s, id, &count);
        *list_place(s, list, count) = id + 1;
    }
    return 0;
}

static int words_reserve(struct scope_sets *s, uint32_t n)
{
    if (s->used + n <= s->words_capacity) {
        return 0;
    }
    uint32_t capacity = s->words_capacity ? 2 * s->words_capacity : 8 * SETS_FIRST;
    uint32_t *words = realloc(s->words, capacity * sizeof *words);
    if (!words) {
        return CUBE_ENOMEM;
    }
    s->words = words;
    s->words_capacity = capacity;
    return 0;
}

int scope_sets_add(struct scope_sets *s, const uint32_t *scopes, uint32_t count, uint32_t *ret_id)
{
    CHECK_PRE(count >= 1 && count <= SCOPE_KINDS_MAX);
    uint32_t *place = s->capacity ? list_place(s, scopes, count) : NULL;
    if (place && *place != 0) {
        *ret_id = *place - 1;
        return 0;
    }
    if (s->count == SCOPE_LISTS_MAX) {
        return CUBE_ELIMIT;
    }
    if (words_reserve(s, count + 1) != 0 || (s->count == s->capacity && lists_grow(s) != 0)) {
        return CUBE_ENOMEM;
    }
    place = list_place(s, scopes, count);
    s->words[s->used] = count;
    memcpy(s->words + s->used + 1, scopes, count * sizeof *scopes);
    s->first[s->count] = s->used;
    s->used += count + 1;
    *ret_id = s->count;
    *place = ++s->count;
    return 0;
}

const uint32_t *scope_sets_at(const struct scope_sets *s, uint32_t id, uint32_t *ret_count)
{
    const uint32_t *list = s->words + s->first[id];
    *ret_count = list[0];
    return list + 1;
}

uint64_t scope_sets_bytes(const struct scope_sets *s)
{
    return ((uint64_t)s->words_capacity + 3 * (uint64_t)s->capacity) * sizeof(uint32_t);
}

void scope_sets_close(struct scope_sets *s)
{
    free(s->words);
    free(s->first);
    free(s->index);
    *s = (struct scope_sets){0};
}
