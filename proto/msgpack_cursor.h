/* A bounds-checked reader of MessagePack for input nobody has vouched for: it allocates nothing,
 * never reads past its end, and its work is bounded by the bytes and by the bounds of a record. */
#ifndef CUBE_PROTO_MSGPACK_CURSOR_H
#define CUBE_PROTO_MSGPACK_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct msgpack_cursor {
    const uint8_t *at, *end;
};

enum mp_type {
    MP_NIL,
    MP_BOOL,
    MP_UINT,
    MP_NEGATIVE,
    MP_FLOAT,
    MP_STR,
    MP_BIN,
    MP_EXT,
    MP_ARRAY,
    MP_MAP
};

/* One value, or the head of an array or map whose members follow. */
struct mp_token {
    enum mp_type type;
    union {
        bool flag;       /* MP_BOOL */
        uint64_t uint;   /* MP_UINT */
        int64_t integer; /* MP_NEGATIVE: below zero */
        double real;     /* MP_FLOAT, both widths */
        uint32_t count;  /* MP_ARRAY: elements; MP_MAP: pairs */
        struct {
            const uint8_t *at;
            uint32_t len;
            int8_t ext_type; /* MP_EXT only */
        } bytes;             /* MP_STR, MP_BIN, MP_EXT: borrowed from the bytes under the cursor */
    };
};

/* What a whole record adds up to, across its values. */
struct mp_tally {
    uint32_t elements; /* members of arrays and maps so far */
    bool too_deep;     /* something lies below RECORD_DEPTH_MAX containers */
    bool bad_text;     /* a str is no UTF-8 */
};

/* Reads one token. On failure the cursor stays. CUBE_ETRUNCATED: the bytes end too early.
 * CUBE_EFORMAT: the byte 0xc1, which MessagePack does not use. CUBE_ELIMIT: a str, bin or ext
 * longer than RECORD_STRING_MAX, whether its bytes are there or not. */
int msgpack_cursor_next(struct msgpack_cursor *c, struct mp_token *ret_t) CUBE_MUST_CHECK;

/* Skips one value that lies inside `depth` containers and checks its texts. Errors as
 * msgpack_cursor_next; CUBE_ELIMIT also when the tally exceeds RECORD_ELEMENTS_MAX. Depth and bad
 * texts do not stop it: they are noted in the tally. */
int msgpack_cursor_skip(struct msgpack_cursor *c, uint32_t depth,
                        struct mp_tally *t) CUBE_MUST_CHECK;

/* Skips the members of the container whose head was just read; depth counts that container. */
int msgpack_cursor_skip_members(struct msgpack_cursor *c, const struct mp_token *head,
                                uint32_t depth, struct mp_tally *t) CUBE_MUST_CHECK;

static inline bool mp_is_number(const struct mp_token *t)
{
    return t->type == MP_UINT || t->type == MP_NEGATIVE || t->type == MP_FLOAT;
}

/* Gives the whole number a token stands for, whatever its form. CUBE_ERANGE: it is no number, has a fraction or does not fit int64_t. */
int mp_whole(const struct mp_token *t, int64_t *ret_v) CUBE_MUST_CHECK;

/* Adds a container's members to the tally. CUBE_ELIMIT: more than RECORD_ELEMENTS_MAX in all. */
int mp_tally_add(struct mp_tally *t, uint32_t count) CUBE_MUST_CHECK;

#endif
