/* A compact copy of a decoded event, for events that wait. Private to this process: never stored. */
#ifndef CUBE_ENGINE_EVENT_PACK_H
#define CUBE_ENGINE_EVENT_PACK_H

#include "base/buf.h"
#include "event/event.h"
#include "scope/scope_table.h"

#define EVENT_PACK_HEAD 27 /* its own fixed part */

/* Appends the packed event. CUBE_ENOMEM: nothing changed. */
int event_pack(const struct event *e, struct buf *out) CUBE_MUST_CHECK;

/* As below, of an event whose texts are not roomy. */
size_t event_pack_bound_any(const struct event *e);

/* No less than event_pack_to writes for this event. In its record a text took its own length and 4 bytes at least, packed one more,
 * and a number, of 8, took 5; one text may be there twice, and is written with what stands behind it. */
static inline size_t event_pack_bound(const struct event *e)
{
    return e->roomy ? EVENT_PACK_HEAD + 2 * (size_t)e->roomy + 2 * EVENT_TEXT_ROOM : event_pack_bound_any(e);
}

/* Writes the packed event to where event_pack_bound bytes are free. Returns where it ends. */
uint8_t *event_pack_to(const struct event *e, uint8_t *to);

/* Reads one back, and how it says its dimensions, whose len and place are not told yet; the texts of both are borrowed from the packed bytes. */
void event_unpack(const uint8_t *packed, struct event *ret_e, struct said_dims *ret_s);

/* Fetches as much as most of them take. */
static inline void event_packed_prefetch(const uint8_t *packed)
{
    __builtin_prefetch(packed);
    __builtin_prefetch(packed + 64);
    __builtin_prefetch(packed + 128);
}

/* Parts that the sort needs, without unpacking. */
struct text event_packed_id(const uint8_t *packed);
enum event_topic event_packed_topic(const uint8_t *packed);

#endif
