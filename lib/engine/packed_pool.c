#include "engine/packed_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define SLAB_WORDS 2048u

struct packed_slab {
    struct packed_slab *next;
    uint64_t at[SLAB_WORDS];
};

static unsigned class_of(uint32_t words)
{
    return words <= PACKED_EXACT ? words : PACKED_EXACT + (words - PACKED_EXACT + PACKED_STEP - 1) / PACKED_STEP;
}

static uint32_t class_words(unsigned c)
{
    return c <= PACKED_EXACT ? c : PACKED_EXACT + (c - PACKED_EXACT) * PACKED_STEP;
}

static int slab_add(struct packed_pool *p, struct packed_class *c)
{
    struct packed_slab *s = malloc(sizeof *s);
    if (!s) {
        return CUBE_ENOMEM;
    }
    s->next = c->slabs;
    c->slabs = s;
    c->used = 0;
    p->bytes += sizeof *s;
    return 0;
}

static void slab_drop(struct packed_pool *p, struct packed_class *c, uint32_t per_slab)
{
    struct packed_slab *s = c->slabs;
    c->slabs = s->next;
    c->used = c->slabs ? per_slab : 0;
    free(s);
    p->bytes -= sizeof *s;
}

static bool classes_make(struct packed_pool *p)
{
    if (!p->classes) {
        p->classes = calloc(PACKED_CLASSES, sizeof *p->classes);
    }
    return p->classes != NULL;
}

uint64_t *packed_get(struct packed_pool *p, uint32_t words, uint32_t owner)
{
    CHECK_PRE(words > 0);
    uint64_t *block = NULL;
    if (words > PACKED_POOLED_MAX) {
        block = malloc(words * sizeof *block);
        p->bytes += block ? words * sizeof *block : 0;
    } else if (classes_make(p)) {
        struct packed_class *c = &p->classes[class_of(words)];
        uint32_t size = class_words(class_of(words));
        if ((c->slabs && c->used < SLAB_WORDS / size) || slab_add(p, c) == 0) {
            block = c->slabs->at + (size_t)c->used++ * size;
        }
    }
    if (block) {
        block[0] = owner;
    }
    return block;
}

bool packed_put(struct packed_pool *p, uint64_t *block, uint32_t words, uint32_t *ret_owner)
{
    if (words > PACKED_POOLED_MAX) {
        explicit_bzero(block, words * sizeof *block);
        free(block);
        p->bytes -= words * sizeof *block;
        return false;
    }
    struct packed_class *c = &p->classes[class_of(words)];
    uint32_t size = class_words(class_of(words));
    uint64_t *last = c->slabs->at + (size_t)--c->used * size;
    bool moved = last != block;
    if (moved) {
        memcpy(block, last, size * sizeof *block);
        *ret_owner = (uint32_t)block[0];
    }
    explicit_bzero(last, size * sizeof *last);
    if (c->used == 0) {
        slab_drop(p, c, SLAB_WORDS / size);
    }
    return moved;
}

void packed_pool_close(struct packed_pool *p)
{
    for (unsigned c = 0; c < PACKED_CLASSES && p->classes; c++) {
        while (p->classes[c].slabs) {
            slab_drop(p, &p->classes[c], 1);
        }
    }
    free(p->classes);
    p->classes = NULL;
}
