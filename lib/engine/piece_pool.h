/* Memory that grows piece by piece, so that nothing in it moves: pieces of a power of two, each as long as all before
 * it together, up to a largest. Emptied ones are kept for the next, those of one pool together no more than a bound. */
#ifndef CUBE_ENGINE_PIECE_POOL_H
#define CUBE_ENGINE_PIECE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define PIECE_BYTES_MIN 1024u
#define PIECE_BYTES_MAX 65536u /* what needs more has a piece of its own */
#define PIECE_CLASSES 7
#define PIECES_KEPT_BYTES_MAX (2u * 1024 * 1024)

struct piece;

/* Zeroes are a valid empty pool. */
struct piece_pool {
    struct piece *kept[PIECE_CLASSES];
    uint64_t kept_bytes;
};

/* Zeroes are valid: no piece yet. */
struct pieces {
    struct piece *newest;
    uint8_t *to, *end; /* what is free in the newest piece */
    uint64_t bytes;    /* of all */
};

/* Makes at least n bytes free at p->to; what is left of the piece before stays unused. CUBE_ENOMEM: nothing changed. */
int pieces_more(struct pieces *p, struct piece_pool *pool, size_t n) CUBE_MUST_CHECK;

/* Gives all pieces back but the first, which is empty then, unless it is larger than usual. */
void pieces_rewind(struct pieces *p, struct piece_pool *pool);

/* Gives all pieces back; p is as zeroes then. */
void pieces_clear(struct pieces *p, struct piece_pool *pool);

/* Frees what is kept. */
void piece_pool_close(struct piece_pool *pool);

#endif
