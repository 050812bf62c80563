/* What writing and reading of an entity's changelog record share. Only entity_record.c, entity_numbers.c and entity_restore.c
 * include it. */
#ifndef CUBE_ENGINE_ENTITY_FORM_H
#define CUBE_ENGINE_ENTITY_FORM_H

#include "base/fixed.h"
#include "base/packed.h"
#include "base/varint.h"
#include "engine/entity_engine.h"
#include "engine/facts.h"

/* Versions 3 and 4, which are read too, have varints where version 5 has packed numbers, and instants as they are where it has how far
 * they are from another one; 3 has other facts of ledgers, too. */
#define RECORD_VERSION 5u
#define RECORD_VERSION_VARINTS 4u
#define RECORD_VERSION_OLD 3u

enum { OLD_FACT_LEDGER_EVENTS = 16 }; /* a type of it; its FACT_LEDGER has the pane as key and the amount as value, of a track */

/* Fewest bytes of a fact, in any version. */
enum { FORM_FACT_BYTES_MIN = 3 };

/* Numbers of a customer, of which the last three are totals. */
enum { FORM_CUSTOMER_NUMBERS = 8, FORM_CUSTOMER_TOTALS = 3 };

/* Most numbers that are written together. */
#define FORM_NUMBERS_MAX 16u

/* Most bytes of so many numbers: four bits each that say how long it is, then they themselves. */
#define FORM_NUMBERS_BYTES_MAX(count) (((count) + 1) / 2 + (size_t)(count) * sizeof(cube_i128) + PACKED_BYTES_MAX)

/* The length of a number that is wider than 64 bits: sixteen bytes. */
enum { FORM_WIDE = 15 };

/* A fact begins with three bytes: type 5 bits, whether its sets differ from those of the fact before 1, arg 8, the bytes of
 * its time, key and value, 3 bits each, and whether its key is that of the fact before. Seven stands for eight. */
enum { FORM_SETS_BIT = 5, FORM_ARG_BIT = 6, FORM_T_BIT = 14, FORM_KEY_BIT = 17, FORM_VALUE_BIT = 20, FORM_SAME_KEY_BIT = 23, FORM_HEAD_BYTES = 3 };
enum { FORM_FACT_BYTES_MAX = FORM_HEAD_BYTES + 3 * PACKED_BYTES_MAX };
_Static_assert((int)FACT_TYPE_COUNT <= 1 << FORM_SETS_BIT, "a type takes five bits");

/* Of the facts before; sets by their place. */
struct fact_before {
    unsigned version; /* of the record that is read */
    int64_t t;        /* of the last that has one; before the first an instant that is near */
    uint64_t key;
    uint32_t sets[FACT_SETS_MAX];
};

/* A fact as it is written: without its sets and the id of a unit, which have a meaning in one run only. */
struct fact_plain {
    uint8_t type, arg;
    bool other_sets;
    int64_t t;
    uint64_t key;
    int64_t value; /* without the bits that sets take */
};

/* Low bits of a value that the sets would take: they are 0 in a record, and left out. */
static inline unsigned form_free_bits(enum fact_type type)
{
    return fact_rows[type].set_is_key ? 0 : 24u * fact_rows[type].sets;
}

/* An instant near those of an entity's first fact. */
static inline int64_t form_near(enum entity_type type, const struct entity *x)
{
    return type == ENTITY_CUSTOMER ? x->customer.last_seen_ms : 0;
}

/* An instant by its distance from another one; 0, which means never, stays 0. */
static inline int64_t form_distance(int64_t t_ms, int64_t from_ms)
{
    int64_t d = (int64_t)((uint64_t)t_ms - (uint64_t)from_ms);
    return t_ms == 0 ? 0 : d + (d >= 0);
}

static inline int64_t form_instant(int64_t distance, int64_t from_ms)
{
    return distance == 0 ? 0 : (int64_t)((uint64_t)from_ms + (uint64_t)distance - (distance > 0));
}

/* The time of a fact: mostly that of the fact before, or none. */
static inline uint64_t form_t_code(int64_t t, int64_t before)
{
    return t == before ? 0 : t == 0 ? 1 : packed_code(t - before) + 1;
}

static inline int64_t form_t(uint64_t code, int64_t before)
{
    return code == 0 ? before : code == 1 ? 0 : (int64_t)((uint64_t)before + (uint64_t)packed_number(code - 1));
}

/* Points of a pane (points.c) have the pane in the low bits of the value and as key: only the points are left. */
static inline uint64_t form_value_code(uint8_t type, uint64_t key, int64_t value)
{
    uint64_t v = (uint64_t)value - key;
    return type == FACT_POINTS_SUM ? v >> FACT_POINTS_PANE_BITS | v << (64 - FACT_POINTS_PANE_BITS) : packed_code(value);
}

static inline int64_t form_value(uint8_t type, uint64_t key, uint64_t code)
{
    uint64_t v = code << FACT_POINTS_PANE_BITS | code >> (64 - FACT_POINTS_PANE_BITS);
    return type == FACT_POINTS_SUM ? (int64_t)(v + key) : packed_number(code);
}

/* How many bytes three bits stand for. */
static inline unsigned form_bytes(unsigned length)
{
    return length + (length == 7);
}

/* Writes a number of a fact; *ret_length: the three bits. */
static inline uint8_t *form_write_number(uint8_t *at, uint64_t code, unsigned *ret_length)
{
    unsigned bytes = packed_bytes(code);
    packed_write(at, code);
    *ret_length = bytes > 6 ? 7 : bytes;
    return at + (bytes > 6 ? 8 : bytes);
}

/* Writes where there is room for FORM_FACT_BYTES_MAX; returns where it ends. */
static inline uint8_t *form_write_fact(uint8_t *at, const struct fact_plain *p, const struct fact_before *before)
{
    unsigned t, key = 0, value;
    bool same_key = p->key == before->key;
    uint8_t *end = form_write_number(at + FORM_HEAD_BYTES, form_t_code(p->t, before->t), &t);
    if (!same_key) {
        end = form_write_number(end, p->key, &key);
    }
    end = form_write_number(end, form_value_code(p->type, p->key, p->value), &value);
    uint32_t head = p->type | (uint32_t)p->other_sets << FORM_SETS_BIT | (uint32_t)p->arg << FORM_ARG_BIT | t << FORM_T_BIT | key << FORM_KEY_BIT |
                    value << FORM_VALUE_BIT | (uint32_t)same_key << FORM_SAME_KEY_BIT;
    at[0] = (uint8_t)head;
    at[1] = (uint8_t)(head >> 8);
    at[2] = (uint8_t)(head >> 16);
    return end;
}

/* The fact has been written, or read. */
static inline void form_fact_done(struct fact_before *before, const struct fact_plain *p)
{
    before->t = p->t ? p->t : before->t;
    before->key = p->key;
}

/* Reads the next fact but for its sets, and makes it the one before. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int form_get_fact(struct cursor *c, struct fact_before *before, struct fact_plain *ret_p) CUBE_MUST_CHECK;

/* Writes up to FORM_NUMBERS_MAX numbers where there is room for FORM_NUMBERS_BYTES_MAX of them; returns where they end. */
uint8_t *form_write_numbers(uint8_t *at, const cube_i128 *numbers, unsigned count);

/* Reads as many again. CUBE_ETRUNCATED, CUBE_EFORMAT. */
int form_get_numbers(struct cursor *c, unsigned version, unsigned count, cube_i128 *ret_numbers) CUBE_MUST_CHECK;

#endif
