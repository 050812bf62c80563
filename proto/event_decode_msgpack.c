/* Records as MessagePack. Nearly all members have a short key that we know and a value of its usual form: they are
 * read in one loop that calls nothing. A member that it cannot read is left as a whole to event_decode_member.c. */
#include "proto/event_decoding.h"
#include "proto/msgpack_cursor.h"
#include "proto/msgpack_values.h"

static inline const uint8_t *kind_value(struct decoding *d, const uint8_t *at)
{
    enum event_kind kind = name_index_kind_tagged(d->s->names, at, d->topic);
    if (kind == KIND_NONE) {
        return NULL;
    }
    d->kind_id = kind;
    return at + 1 + (*at - 0xa0u);
}

static inline const uint8_t *version_value(struct decoding *d, const uint8_t *at)
{
    d->version_fits = *at == 1;
    return *at == 1 ? at + 1 : NULL;
}

/* A value that is no text. */
static inline const uint8_t *typed_value(struct decoding *d, const struct name_slot *s, const uint8_t *at)
{
    switch ((enum name_type)s->type) {
    case NAME_TS: return ts_value(&d->e->ts_ms, at);
    case NAME_KIND: return kind_value(d, at);
    case NAME_VERSION: return version_value(d, at);
    default: return number_value((enum name_type)s->type, decoding_number(d, s), at);
    }
}

static inline uint16_t slot_place(const struct name_index *names, const struct name_slot *s)
{
    return (uint16_t)((const uint8_t *)s - (const uint8_t *)names->fields);
}

static inline const struct name_slot *slot_at(const struct name_index *names, uint16_t place)
{
    return (const struct name_slot *)(const void *)((const uint8_t *)names->fields + place);
}

/* Which names follow which once the kind is known, or as long as it is not. */
static inline uint16_t *guess_row(const struct decoding *d)
{
    return d->s->guess.next[d->kind_id < KIND_COUNT ? (unsigned)d->kind_id : KIND_COUNT];
}

/* The last bytes of the record move to where reading past them is harmless. Returns where reading goes on. */
static inline const uint8_t *turn_to_tail(struct decoding *d, const uint8_t *at)
{
    uint8_t *tail = d->s->tails[d->s->turn % DECODED_AHEAD_MAX], *end = tail + TAIL_BYTES;
    size_t left = (size_t)(d->mp.end - at);
    if (d->mp.len >= TAIL_BYTES) {
        memcpy(tail, d->mp.end - TAIL_BYTES, TAIL_BYTES);
    } else {
        memcpy(end - left, at, left);
    }
    d->mp.end = d->mp.quick = end;
    d->mp.in_tail = true;
    return end - left;
}

/* Reads members until one is not of the usual form, another name was guessed, or the record ends too early. */
static inline void read_quickly(struct decoding *d)
{
    const struct decode_scratch *scratch = d->s;
    struct name_bits seen = d->seen, sum = d->sum;
    const uint8_t *at = d->mp.at, *quick = d->mp.quick;
    uint32_t count = d->mp.count;
    size_t id = d->mp.id;
    const uint16_t *guesses = guess_row(d);
    for (; count; count--) {
        if (__builtin_expect(at >= quick, 0)) {
            if (d->mp.in_tail || at >= d->mp.end) {
                break;
            }
            at = turn_to_tail(d, at);
            quick = d->mp.quick;
        }
        const struct name_slot *s = slot_at(scratch->names, guesses[id]);
        if (!name_slot_is(s, at)) {
            break;
        }
        const uint8_t *end = at + 1 + s->len;
        if (__builtin_expect(s->type == NAME_TEXT, 1)) {
            end = text_value(scratch, decoding_text(d, s), end);
        } else if (s->type == NAME_KIND) {
            end = kind_value(d, end);
            guesses = guess_row(d);
        } else {
            end = typed_value(d, s, end);
        }
        if (!end) {
            break;
        }
        at = end;
        id = s->id;
        seen.at |= s->bit.at;
        sum.at += s->bit.at;
    }
    d->seen = seen;
    d->sum = sum;
    d->mp.at = at;
    d->mp.count = count;
    d->mp.id = id;
}

_Static_assert(NAME_ROOM + 1 + EVENT_TEXT_ROOM < TAIL_BYTES, "all texts that the quick path reads have room");

/* ---- what it stops at ---- */

/* Guesses the name that stands there from now on; false when it was guessed already, or is none of ours. */
static bool learn(struct decoding *d)
{
    uint16_t *guess = &guess_row(d)[d->mp.id];
    const struct name_slot *s = name_index_find_tagged(d->s->names, d->mp.at);
    if (!s || *guess == slot_place(d->s->names, s)) {
        return false;
    }
    *guess = slot_place(d->s->names, s);
    return true;
}

/* What it stopped at. False: nothing is left to be read. */
static __attribute__((noinline)) bool read_slowly(struct decoding *d)
{
    if (d->mp.at < d->mp.quick) {
        if (!learn(d)) {
            d->e->roomy = 0;
            d->mp.at = event_decode_member(d, d->mp.at);
            d->mp.count--;
        }
        return true;
    }
    decoding_note_error(d, CUBE_ETRUNCATED);
    d->mp.at = NULL;
    return false;
}

static void read_members(struct decoding *d)
{
    do {
        read_quickly(d);
    } while (d->mp.count && read_slowly(d));
    if (d->mp.at && d->mp.at > d->mp.end) {
        decoding_note_error(d, CUBE_ETRUNCATED);
    } else if (d->mp.at && d->mp.at < d->mp.end) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the map");
    }
}

/* ---- the envelope ---- */

#define CUSTOMER_KEY "\xa8" "customer"

static inline uint64_t envelope_bit(enum name_id id)
{
    return UINT64_C(1) << (id - NAME_ID_DIMS);
}

/* Reads the envelope where it stands in front, in that order and in the usual form. Otherwise nothing is read: what was
 * written into the event is written again by whoever reads it. */
static inline void read_envelope(struct decoding *d)
{
    const uint8_t *at = d->mp.at, *next;
    uint32_t left = d->mp.count;
    enum event_kind kind;
    if (left < 5 || d->mp.quick + TAIL_BYTES < at + ENVELOPE_BYTES || !(at = envelope_read(d->s, d->topic, d->e, at, &kind))) {
        return;
    }
    d->kind_id = kind;
    uint64_t met = envelope_bit(NAME_ID_V) | envelope_bit(NAME_ID_ID) | envelope_bit(NAME_ID_TS) | envelope_bit(NAME_ID_KIND);
    enum name_id last = NAME_ID_KIND;
    left -= 4;
    if (at < d->mp.quick && (next = BEFORE(at, CUSTOMER_KEY)) && (next = text_value(d->s, &d->e->entity, next))) {
        at = next;
        met |= envelope_bit(NAME_ID_CUSTOMER);
        last = NAME_ID_CUSTOMER;
        left--;
    }
    d->version_fits = true;
    d->seen.at[1] = d->sum.at[1] = met; /* nothing was met before */
    d->mp.at = at;
    d->mp.count = left;
    d->mp.id = last;
}

/* ---- the record ---- */

static void read_other(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    int rc = msgpack_cursor_skip(&c, 0, &d->mp.tally);
    if (rc) {
        decoding_note_error(d, rc);
    } else if (c.at < d->mp.end) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the value");
    }
    decoding_note(d, STEP_MAP, REFUSAL_NOT_A_MAP, "the record is not a map");
}

/* Any head but the usual one of a map of fewer than 4096 members. False: there are no members. */
static __attribute__((noinline)) bool any_head(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token head;
    int rc = msgpack_cursor_next(&c, &head);
    if (rc == 0 && head.type != MP_MAP) {
        read_other(d, at);
        return false;
    }
    rc = rc ? rc : mp_tally_add(&d->mp.tally, head.count);
    if (rc) {
        decoding_note_error(d, rc);
        return false;
    }
    d->mp.at = c.at;
    d->mp.count = head.count;
    return true;
}

static inline bool read_head(struct decoding *d, const uint8_t *at, size_t len)
{
    if (len < 3 || at[0] != 0xde || at[1] >= RECORD_ELEMENTS_MAX >> 8) {
        return any_head(d, at);
    }
    d->mp.at = at + 3;
    d->mp.count = d->mp.tally.elements = (uint32_t)big16(at + 1);
    return true;
}

void event_decode_msgpack(struct decoding *d, const uint8_t *at, size_t len)
{
    d->mp.len = len;
    d->mp.end = at + len;
    d->mp.quick = len > TAIL_BYTES ? at + len - TAIL_BYTES : at;
    d->mp.in_tail = false;
    d->mp.id = NAME_ID_END;
    d->e->roomy = (uint32_t)len;
    d->mp.tally = (struct mp_tally){0};
    if (read_head(d, at, len)) {
        read_envelope(d);
        read_members(d);
    }
    if (d->mp.tally.too_deep) {
        decoding_note(d, STEP_DEEP, REFUSAL_TOO_DEEP, "more than %d levels", RECORD_DEPTH_MAX);
    }
    if (d->mp.tally.bad_text) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a text is not valid UTF-8");
    }
}
