/* Decodes one record and keeps all that came of it. The record lies in memory of exactly its size,
 * so that the sanitizers see a byte read beyond it. */
#ifndef CUBE_TESTS_DECODE_H
#define CUBE_TESTS_DECODE_H

#include <stdlib.h>
#include <string.h>

#include "proto/event_decode.h"
#include "proto/event_encode.h"

struct decoded {
    enum decode_outcome outcome;
    struct event e;
    struct refusal r;
    struct decode_scratch *scratch;
    uint8_t *bytes;
};

static inline void decoded_close(struct decoded *d)
{
    decode_scratch_destroy(d->scratch);
    free(d->bytes);
}

static inline struct decoded decode_record(enum event_topic topic, const char *key, const void *at,
                                           size_t len)
{
    struct decoded d = {.outcome = DECODED_REFUSED};
    if (decode_scratch_create(&d.scratch)) {
        abort();
    }
    d.bytes = at ? malloc(len ? len : 1) : NULL;
    if (d.bytes) {
        memcpy(d.bytes, at, len);
    }
    d.outcome = event_decode(d.scratch, topic, (const uint8_t *)key, key ? strlen(key) : 0, d.bytes,
                             len, &d.e, &d.r);
    return d;
}

static inline struct decoded decode_json(enum event_topic topic, const char *key, const char *json)
{
    return decode_record(topic, key, json, strlen(json));
}

/* The same event as MessagePack. */
static inline struct decoded decode_recoded(enum event_topic topic, const char *key,
                                            const char *json)
{
    struct buf b = {0};
    if (event_json_to_msgpack((const uint8_t *)json, strlen(json), &b)) {
        abort();
    }
    struct decoded d = decode_record(topic, key, b.at, b.len);
    buf_close(&b);
    return d;
}

/* "event", "ignored" or the reason of the refusal. */
static inline const char *verdict(const struct decoded *d)
{
    return d->outcome == DECODED_EVENT     ? "event"
           : d->outcome == DECODED_IGNORED ? "ignored"
                                           : refusal_text(d->r.reason);
}

#endif
