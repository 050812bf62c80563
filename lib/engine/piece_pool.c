#include "engine/piece_pool.h"

#include <stdlib.h>

#include "base/check.h"

struct piece {
    struct piece *next;
    size_t size; /* this head included */
    uint8_t at[];
};

_Static_assert(PIECE_BYTES_MIN << (PIECE_CLASSES - 1) == PIECE_BYTES_MAX, "a class per power of two");

/* The class of a size; PIECE_CLASSES: it is larger than all. */
static unsigned class_of(size_t size)
{
    unsigned c = 0;
    while (c < PIECE_CLASSES && size > (size_t)PIECE_BYTES_MIN << c) {
        c++;
    }
    return c;
}

static struct piece *piece_get(struct piece_pool *pool, unsigned c, size_t size)
{
    struct piece *p = c < PIECE_CLASSES ? pool->kept[c] : NULL;
    if (p) {
        pool->kept[c] = p->next;
        pool->kept_bytes -= p->size;
        return p;
    }
    size = c < PIECE_CLASSES ? (size_t)PIECE_BYTES_MIN << c : size;
    p = malloc(size);
    if (p) {
        p->size = size;
    }
    return p;
}

static void piece_put(struct piece_pool *pool, struct piece *p)
{
    unsigned c = class_of(p->size);
    if (c == PIECE_CLASSES || pool->kept_bytes + p->size > PIECES_KEPT_BYTES_MAX) {
        free(p);
        return;
    }
    p->next = pool->kept[c];
    pool->kept[c] = p;
    pool->kept_bytes += p->size;
}

int pieces_more(struct pieces *p, struct piece_pool *pool, size_t n)
{
    CHECK_PRE(n < SIZE_MAX - sizeof(struct piece));
    size_t needed = n + sizeof(struct piece), usual = p->bytes < PIECE_BYTES_MAX ? (size_t)p->bytes : PIECE_BYTES_MAX;
    size_t size = needed > usual ? needed : usual;
    struct piece *more = piece_get(pool, class_of(size), size);
    if (!more) {
        return CUBE_ENOMEM;
    }
    more->next = p->newest;
    p->newest = more;
    p->to = more->at;
    p->end = (uint8_t *)more + more->size;
    p->bytes += more->size;
    return 0;
}

void pieces_rewind(struct pieces *p, struct piece_pool *pool)
{
    struct piece *first = p->newest;
    while (first && first->next) {
        struct piece *gone = first;
        first = gone->next;
        piece_put(pool, gone);
    }
    *p = (struct pieces){0};
    if (first && first->size == PIECE_BYTES_MIN) {
        *p = (struct pieces){first, first->at, (uint8_t *)first + first->size, first->size};
    } else if (first) {
        piece_put(pool, first);
    }
}

void pieces_clear(struct pieces *p, struct piece_pool *pool)
{
    while (p->newest) {
        struct piece *gone = p->newest;
        p->newest = gone->next;
        piece_put(pool, gone);
    }
    *p = (struct pieces){0};
}

void piece_pool_close(struct piece_pool *pool)
{
    for (unsigned c = 0; c < PIECE_CLASSES; c++) {
        while (pool->kept[c]) {
            struct piece *gone = pool->kept[c];
            pool->kept[c] = gone->next;
            free(gone);
        }
    }
    *pool = (struct piece_pool){0};
}
