/* Bytes of one input record -> event, with the checks of domain section 2 in their order up to
 * key_mismatch. `future`, duplicate and late are decided by the task, which knows watermarks and
 * clock. */
#ifndef CUBE_PROTO_EVENT_DECODE_H
#define CUBE_PROTO_EVENT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "event/event.h"

#define RECORD_BYTES_MAX (1u << 20)
#define RECORD_DEPTH_MAX 16
#define RECORD_ELEMENTS_MAX 4096
#define RECORD_KEY_MAX 1024
#define RECORD_STRING_MAX 65536
#define EVENT_TS_MAX INT64_C(253402300799999)

/* X(symbol, text of header cubed.reason). The order is that of the checks. */
#define REFUSAL_REASONS(X)            \
    X(TOO_LARGE, "too_large")         \
    X(TOO_DEEP, "too_deep")           \
    X(UNDECODABLE, "undecodable")     \
    X(NOT_A_MAP, "not_a_map")         \
    X(VERSION, "version")             \
    X(MISSING_FIELD, "missing_field") \
    X(WRONG_TYPE, "wrong_type")       \
    X(WRONG_TOPIC, "wrong_topic")     \
    X(NOT_FINITE, "not_finite")       \
    X(KEY_MISMATCH, "key_mismatch")   \
    X(FUTURE, "future")               \
    X(LATE, "late")

enum refusal_reason {
#define X(symbol, text) REFUSAL_##symbol,
    REFUSAL_REASONS(X)
#undef X
        REFUSAL_COUNT
};

const char *refusal_text(enum refusal_reason r);

enum decode_outcome { DECODED_EVENT,
                      DECODED_IGNORED,
                      DECODED_REFUSED };

#define REFUSAL_DETAIL_MAX 160

struct refusal {
    enum refusal_reason reason;
    char detail[REFUSAL_DETAIL_MAX]; /* for people: field name, what was found; valid UTF-8, no
                                        newline */
};

/* Scratch memory of one decoder: text that has to be unescaped lives here until the next decode. */
struct decode_scratch;
struct name_index;
int decode_scratch_create(struct decode_scratch **ret_s) CUBE_MUST_CHECK;
/* The same with names that are lent until it is destroyed: they are the same for all decoders. NULL: its own. */
int decode_scratch_create_with(const struct name_index *names, struct decode_scratch **ret_s) CUBE_MUST_CHECK;
void decode_scratch_destroy(struct decode_scratch *s);

/* So many events may be decoded one after the other before the texts of the first end. */
#define DECODED_AHEAD_MAX 8

/* True when texts of the last event end with the next decode nevertheless: they were unescaped. */
bool decode_scratch_is_lent(const struct decode_scratch *s);

/* Decodes a record of an input topic. A value that starts with '{' is JSON, anything else
 * MessagePack. value == NULL: no value. key == NULL: no key. DECODED_EVENT: *ret_e is filled, its
 * texts borrowed from the value, the key or the scratch until DECODED_AHEAD_MAX events later, or the
 * next one if decode_scratch_is_lent. DECODED_IGNORED: unknown kind. DECODED_REFUSED: *ret_r says why. Never allocates more than the scratch holds;
 * never fails otherwise. */
enum decode_outcome event_decode(struct decode_scratch *s, enum event_topic topic,
                                 const uint8_t *key, size_t key_len, const uint8_t *value,
                                 size_t value_len, struct event *ret_e, struct refusal *ret_r);

#endif
