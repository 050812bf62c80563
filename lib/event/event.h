/* A decoded event. Its texts are borrowed from the record or from the packed copy it came from. */
#ifndef CUBE_EVENT_EVENT_H
#define CUBE_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "event/dimension.h"
#include "event/field.h"
#include "event/kind.h"

#define EVENT_TEXT_ROOM 32

union event_slot {
    int64_t number; /* FIELD_DECIMAL: micro; FIELD_INTEGER: as it is; FIELD_BOOL: 0 or 1 */
    struct text text;
};

struct event {
    int64_t ts_ms;            /* event time, Unix ms */
    enum event_kind kind;
    enum event_topic topic;
    struct text id;           /* the producer's unique id, not empty */
    struct text entity;       /* customer or employee; of a benchmark its subject. Never empty. */
    struct text dims[DIM_COUNT]; /* absent when the event does not name the dimension */
    uint32_t roomy;           /* length of the record it was read from, when no text has over EVENT_TEXT_ROOM bytes and so many may be
                                 read where each begins; otherwise 0 */
    uint64_t present;         /* bit 1 << enum event_field: slot is set. Other slots are garbage. */
    union event_slot slot[EVENT_FIELD_COUNT];
};

static inline bool event_has(const struct event *e, enum event_field f)
{
    return e->present >> f & 1;
}

/* The text of a field, absent when the event lacks it. */
static inline struct text event_text(const struct event *e, enum event_field f)
{
    return event_has(e, f) ? e->slot[f].text : (struct text){0};
}

/* The number of a field, or otherwise when the event lacks it. */
static inline int64_t event_number(const struct event *e, enum event_field f, int64_t otherwise)
{
    return event_has(e, f) ? e->slot[f].number : otherwise;
}

/* The first eight bytes of the id, big endian, so that numbers compare as bytes do. */
static inline uint64_t event_id_prefix(const struct event *e)
{
    uint64_t v = 0;
    if (e->id.len >= sizeof v) {
        memcpy(&v, e->id.at, sizeof v);
    } else {
        memcpy(&v, e->id.at, e->id.len);
    }
    return __builtin_bswap64(v);
}

/* Order in which a task applies events: (ts, id as bytes, topic). Offsets break what is left. */
int event_compare(const struct event *a, const struct event *b);

#endif
