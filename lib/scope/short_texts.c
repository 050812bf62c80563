#include "scope/short_texts.h"

#include <stdlib.h>

#define TEXTS_FIRST 64u

int short_texts_keep(struct short_texts *s, uint32_t id, struct text t)
{
    if (id >= s->capacity) {
        uint32_t capacity = s->capacity ? 2 * s->capacity : TEXTS_FIRST;
        capacity = capacity > id ? capacity : id + 1;
        struct short_text *at = realloc(s->at, capacity * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        memset(at + s->capacity, 0xff, (capacity - s->capacity) * sizeof *at); /* SHORT_UNKNOWN */
        s->at = at;
        s->capacity = capacity;
    }
    if (t.len - 1 < PACKED_MAX) {
        s->at[id] = (struct short_text){text_pack(t), t.len};
    }
    return 0;
}

uint64_t short_texts_bytes(const struct short_texts *s)
{
    return (uint64_t)s->capacity * sizeof *s->at;
}

void short_texts_close(struct short_texts *s)
{
    free(s->at);
    *s = (struct short_texts){0};
}
