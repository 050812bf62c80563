/* What stands in many records of one changelog, by number: values of dimensions, and what the configuration says of facts. A
 * word is told once, in a record of its own before the first that uses its number, and stands there for ever: whoever
 * reads the changelog has it in time. */
#ifndef CUBE_ENGINE_RECORD_WORDS_H
#define CUBE_ENGINE_RECORD_WORDS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/varint.h"
#include "engine/fact_pack.h"
#include "scope/scope_table.h"

/* The most words of a changelog; a value that is none is written out. */
#define RECORD_WORDS_MAX 65536u

/* Numbers that are told by others: + 1, 0 where none is known. */
struct word_numbers {
    uint32_t *at;
    uint32_t capacity;
};

/* All but the count is nobody else's business. */
struct record_words {
    struct intern *texts;
    uint32_t count;
    bool open;
    uint64_t plan_code;                   /* of the one plan of this run; 0 = not asked for yet */
    struct word_numbers of[DIM_COUNT];    /* words, by value's id of this run */
    struct word_numbers values[DIM_COUNT]; /* such ids, by word */
    struct buf key;                       /* scratch */
};

/* How a value stands in a record: as a number, behind which its text follows where it is no word. */
enum { WORD_CODE_ABSENT, WORD_CODE_TEXT, WORD_CODE_FIRST };

/* CUBE_ENOMEM. */
int record_words_create(uint64_t seed, struct record_words **ret_w) CUBE_MUST_CHECK;
void record_words_destroy(struct record_words *w);

/* Whether what is written may become a word: false at first. Whoever says so writes each new word to the changelog. */
void record_words_open(struct record_words *w, bool open);

static inline uint32_t record_words_count(const struct record_words *w)
{
    return w->count;
}

/* Appends the value of the record that tells a word. CUBE_ENOMEM. */
int record_words_encode(const struct record_words *w, uint32_t number, struct buf *out) CUBE_MUST_CHECK;
/* Takes one back; their numbers come in order, some again. CUBE_EFORMAT, CUBE_EVERSION, CUBE_ETRUNCATED, CUBE_ENOMEM. */
int record_words_restore(struct record_words *w, uint64_t number, const uint8_t *value, size_t len) CUBE_MUST_CHECK;

/* The number of a value that is absent or known to be a word; else WORD_CODE_TEXT: record_words_put knows better. */
static inline uint64_t record_words_code(const struct record_words *w, enum dimension d, uint32_t id)
{
    const struct word_numbers *n = &w->of[d];
    uint32_t number = id < n->capacity ? n->at[id] : 0;
    return number ? (uint64_t)number - 1 + WORD_CODE_FIRST : id == DIM_ABSENT ? WORD_CODE_ABSENT : WORD_CODE_TEXT;
}

/* Appends a value of a dimension: its word, or where it is none, or of no scope, its text. id: DIM_ABSENT for none. CUBE_ENOMEM: nothing appended. */
int record_words_put(struct record_words *w, const struct scope_table *table, enum dimension d, uint32_t id, struct buf *out) CUBE_MUST_CHECK;
/* Reads one. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_ENOMEM. */
int record_words_get_any(struct record_words *w, struct scope_table *table, enum dimension d, struct cursor *c, uint32_t *ret_id) CUBE_MUST_CHECK;

/* The same, with the way of a word of two bytes at most that was met before in line. */
CUBE_MUST_CHECK static inline int record_words_get(struct record_words *w, struct scope_table *table, enum dimension d, struct cursor *c,
                                                   uint32_t *ret_id)
{
    const struct word_numbers *n = &w->values[d];
    if (c->end - c->at >= 2 && ((c->at[0] & c->at[1]) < 0x80)) {
        uint32_t two = c->at[0] >> 7, number = (c->at[0] & 0x7fu) + two * ((uint32_t)c->at[1] << 7) - WORD_CODE_FIRST;
        uint32_t known = number < n->capacity ? n->at[number] : 0;
        if (known) {
            c->at += 1 + two;
            *ret_id = known - 1;
            return 0;
        }
    }
    return record_words_get_any(w, table, d, c, ret_id);
}

/* What a record says of the plan that it was written by: 0 for none. CUBE_ENOMEM. */
int record_words_plan(struct record_words *w, const struct pack_plan *p, uint64_t *ret_code) CUBE_MUST_CHECK;
/* The plan of a record. CUBE_EFORMAT. */
int record_words_plan_of(const struct record_words *w, uint64_t code, struct pack_plan *ret_p) CUBE_MUST_CHECK;

uint64_t record_words_bytes(const struct record_words *w);

#endif
