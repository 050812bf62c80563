/* Texts <-> dense ids from 0. Ids are never reused and texts never move, so borrowed texts live as long
 * as the table. */
#ifndef CUBE_BASE_INTERN_H
#define CUBE_BASE_INTERN_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define INTERN_NONE UINT32_MAX

struct intern_slot;
struct intern_chunk;

/* Its parts are intern.c's. */
struct intern {
    struct intern_slot *slots;
    struct text *texts;
    struct intern_chunk *chunks;
    uint64_t seed, chunk_bytes;
    uint32_t slot_count, text_capacity, count, entries_max;
};

/* Fills zeroes: a table for at most entries_max texts; seed keys its hash. It has no memory of its own before the first text. */
void intern_open(struct intern *in, uint32_t entries_max, uint64_t seed);

/* Of zeroes, too. */
void intern_close(struct intern *in);

/* The same in memory of its own. CUBE_ENOMEM. */
int intern_create(uint32_t entries_max, uint64_t seed, struct intern **ret_in) CUBE_MUST_CHECK;
void intern_destroy(struct intern *in);

/* Finds or adds a text. CUBE_ELIMIT: new and entries_max are there. CUBE_ENOMEM. */
int intern_add(struct intern *in, struct text t, uint32_t *ret_id) CUBE_MUST_CHECK;

/* Returns the id of a text or INTERN_NONE. */
uint32_t intern_find(const struct intern *in, struct text t);

/* Returns the text of an id below intern_count. Borrowed until intern_close or intern_destroy. */
struct text intern_text(const struct intern *in, uint32_t id);

uint32_t intern_count(const struct intern *in);

/* Bytes of memory held. */
uint64_t intern_bytes(const struct intern *in);

#endif
