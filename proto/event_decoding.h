/* The inside of event_decode: what one pass over a record notes down, and the judgement at its end.
 * Only the files event_decode*.c, event_judge.c and event_shape*.c use it. */
#ifndef CUBE_PROTO_EVENT_DECODING_H
#define CUBE_PROTO_EVENT_DECODING_H

#include "proto/event_decode.h"
#include "proto/event_shape.h"
#include "proto/key_set.h"
#include "proto/msgpack_cursor.h"
#include "proto/name_index.h"

/* The checks in their order (domain, section 2). The fault of the smallest step is the one that
 * counts. */
enum check_step {
    STEP_LARGE,
    STEP_DEEP,
    STEP_DECODE,
    STEP_MAP,
    STEP_VERSION,
    STEP_KIND,
    STEP_REQUIRED,
    STEP_TYPE,
    STEP_FINITE,
    STEP_KEY,
    STEP_NONE
};

/* What a kind requires, as bits of names: struct kind_fields and the envelope put together. */
struct needs {
    uint64_t fields, names, either;
};

void needs_init(struct needs needs[KIND_COUNT]);

/* The fields kind_value_misfit may find fault with. */
#define JUDGED_FIELDS (FIELD_BIT(INFLUENCE) | FIELD_BIT(FRACTION) | FIELD_BIT(VALUE) | FIELD_BIT(SCALE))

/* Which name followed which, by kind of event; before the kind is known in a row of its own. A guess that a
 * producer's records confirm again and again; it never shows in what comes out. Places of slots in
 * name_index.fields, in bytes; by id, NAME_ID_END stands for the beginning. */
struct name_guess {
    uint16_t next[KIND_COUNT + 1][NAME_ID_END + 1];
};

/* The quick ways look no further than this from where a member begins: a short key, a tag and a short text of MessagePack fit,
 * and of JSON sixteen bytes in front of a value and JSON_VALUE_ROOM for it. */
#define TAIL_BYTES 64
#define SHORT_ROOM (4 * TAIL_BYTES) /* for a short record as a whole, and for reading past it */

struct decode_scratch {
    const struct name_index *names; /* lent, or its own */
    struct name_guess guess;
    uint32_t text_bits[32]; /* by length of a short text: bits of its bytes, the tag being bit 0 */
    struct needs needs[KIND_COUNT];
    struct record_shape shapes[SHAPE_FORMS][KIND_COUNT][SHAPES_OF_KIND];
    struct shape_step steps[SHAPE_FORMS][KIND_COUNT][SHAPES_OF_KIND][SHAPE_STEPS_MAX];
    struct shape_head heads[SHAPE_HEADS]; /* by the first bytes of a JSON record */
    uint8_t recent[KIND_COUNT];           /* the shape that the last JSON record of the kind had */
    struct name_index own;
    struct key_set unknown;
    size_t used;                    /* bytes of text in use */
    uint8_t text[RECORD_BYTES_MAX]; /* unescaped keys and texts: never longer than the record */
    uint32_t turn;                  /* counts decodes */
    uint8_t tails[DECODED_AHEAD_MAX][TAIL_BYTES + TAIL_BYTES]; /* by turn: the end of a record, and room to read past it */
    uint8_t shorts[DECODED_AHEAD_MAX][SHORT_ROOM];             /* by turn */
};

struct decoding {
    struct decode_scratch *s;
    struct event *e;
    struct refusal *r;
    enum event_topic topic;
    enum check_step step; /* of the earliest fault in the order of the checks, told in *r */
    struct name_bits seen; /* bit per enum name_id: its key stood in the map */
    struct name_bits sum;  /* of the bits of all names met: more than seen when one stood there twice */
    struct name_bits null; /* its value was null */
    uint64_t not_finite;  /* bit per field */
    bool version_fits;
    bool kind_is_text;
    bool unknown_keys; /* the set of unknown keys is in use */
    struct text kind;
    enum event_kind kind_id;
    struct {
        const uint8_t *at;    /* on a key; NULL: given up */
        uint32_t count;       /* members still to be read */
        size_t id;            /* of the last known name; NAME_ID_END at the beginning */
        size_t len;           /* of the record */
        const uint8_t *end;   /* of the bytes being read: the record's own, or those of the tail */
        const uint8_t *quick; /* from here on the quick path might look too far */
        bool in_tail;
        struct mp_tally tally;
    } mp; /* MessagePack only */
};

/* What a value was, for the words of a refusal. */
enum found {
    FOUND_BOOL,
    FOUND_NUMBER,
    FOUND_TEXT,
    FOUND_BYTES,
    FOUND_EXTENSION,
    FOUND_ARRAY,
    FOUND_MAP
};

/* Notes a fault if none of an earlier step is known. */
__attribute__((format(printf, 4, 5), cold)) void decoding_note(struct decoding *d,
                                                               enum check_step step,
                                                               enum refusal_reason reason,
                                                               const char *format, ...);

/* Notes the failure of a cursor or scanner. */
__attribute__((cold)) void decoding_note_error(struct decoding *d, int rc);

/* Notes that a known name had a value of another type. */
__attribute__((cold)) void decoding_note_type(struct decoding *d, const struct name_slot *s,
                                              enum found f);

/* Notes a number that is no double. */
__attribute__((cold)) void decoding_note_not_finite(struct decoding *d, const struct name_slot *s);

/* Notes that a number has the right type and a value that is not allowed. */
__attribute__((cold)) void decoding_note_range(struct decoding *d, const struct name_slot *s,
                                               const char *wanted);

/* Notes a key that stands twice in the map. */
__attribute__((cold)) void decoding_note_twice(struct decoding *d);

/* Checks a key outside the tables: texts only, each once. */
void decoding_unknown_key(struct decoding *d, struct text key, bool valid);

/* Marks a known name as met. */
static inline void decoding_meet(struct decoding *d, const struct name_slot *s)
{
    d->seen.at |= s->bit.at;
    d->sum.at += s->bit.at;
}

static inline struct text *decoding_text(struct decoding *d, const struct name_slot *s)
{
    return (struct text *)(void *)((uint8_t *)d->e + s->offset);
}

static inline int64_t *decoding_number(struct decoding *d, const struct name_slot *s)
{
    return (int64_t *)(void *)((uint8_t *)d->e + s->offset);
}

static inline void decoding_null(struct decoding *d, const struct name_slot *s)
{
    d->null.at |= s->bit.at;
}

static inline void decoding_kind(struct decoding *d, struct text name)
{
    d->kind = name;
    d->kind_is_text = true;
    d->kind_id = name_index_kind(d->s->names, name, d->topic);
}

static inline void decoding_ts(struct decoding *d, const struct name_slot *s, int64_t v)
{
    if (v < 0 || v > EVENT_TS_MAX) {
        decoding_note_range(d, s, "a Unix time in ms up to the year 9999");
    }
    d->e->ts_ms = v;
}

/* One pass over the whole record each; all they find is noted. */
void event_decode_msgpack(struct decoding *d, const uint8_t *at, size_t len);
void event_decode_json(struct decoding *d, const uint8_t *at, size_t len);

/* Reads one member of a MessagePack map, in any form; at stands on its key. Returns where the next one begins, the end of
 * the record when it cannot be read. */
const uint8_t *event_decode_member(struct decoding *d, const uint8_t *at);

/* Judges what a pass noted. */
enum decode_outcome event_judge(struct decoding *d, const uint8_t *key, size_t key_len);

#endif
