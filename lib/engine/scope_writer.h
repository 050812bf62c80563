/* Writes the pieces of the scope engine's changelog records. For scope_record.c and scope_head_write.c only.
 * The writers share one sticky result: a record is good or it is not. */
#ifndef CUBE_ENGINE_SCOPE_WRITER_H
#define CUBE_ENGINE_SCOPE_WRITER_H

#include "engine/scope_record.h"

struct writer {
    struct buf *out;
    int rc;
};

void w_uint(struct writer *w, uint64_t v);
void w_int(struct writer *w, int64_t v);
/* An instant that may be unset. */
void w_instant(struct writer *w, int64_t v, int64_t unset);
void w_double(struct writer *w, double v);
void w_text(struct writer *w, struct text t);
/* The cells of a layout, wide ones as one number. */
void w_slots(struct writer *w, const struct layout *l, const int64_t *cells);
/* How many slots, then the cells; 0 slots when cells is NULL. */
void w_cells(struct writer *w, const struct layout *l, const int64_t *cells);

/* Contributions of the engine's scored measures that are not 0; NULL: none. */
void w_contributions(struct writer *w, const struct scope_engine *e, const int64_t *at);

/* What its alerts remember. */
void scope_memory_write(struct writer *w, const struct scope_engine *e, const struct scope *s);

/* The whole head of a scope. */
void scope_head_write(struct writer *w, const struct scope_engine *e, const struct scope *s);

#endif
