/* Short texts that are compared in a few instructions: as they are packed, and by ids that somebody gave them. */
#ifndef CUBE_SCOPE_SHORT_TEXTS_H
#define CUBE_SCOPE_SHORT_TEXTS_H

#include "base/error.h"
#include "base/text.h"

/* A text of 1 to PACKED_MAX bytes as two words: its first and its last eight bytes, which overlap; with its length
 * they say it whole. */
struct packed_text {
    uint64_t first, last;
};

#define PACKED_MAX 16u

static inline struct packed_text text_pack(struct text t)
{
    struct packed_text p = {0, 0};
    if (t.len >= 8) {
        memcpy(&p.first, t.at, 8);
        memcpy(&p.last, t.at + t.len - 8, 8);
    } else if (t.len >= 4) {
        memcpy(&p.first, t.at, 4);
        memcpy(&p.last, t.at + t.len - 4, 4);
    } else {
        memcpy(&p.first, t.at, 1);
        memcpy(&p.last, t.at + t.len / 2, 1);
        p.last = p.last << 8 | (uint8_t)t.at[t.len - 1];
    }
    return p;
}

static inline bool packed_equal(struct packed_text a, struct packed_text b)
{
    return ((a.first ^ b.first) | (a.last ^ b.last)) == 0;
}

/* By id. Zeroes are a valid empty one. */
struct short_texts {
    struct short_text {
        struct packed_text text;
        uint32_t len; /* SHORT_UNKNOWN: the text is not known */
    } * at;
    uint32_t capacity;
};

#define SHORT_UNKNOWN UINT32_MAX /* the length of no text */

/* A text of as many bytes as the packed one is the same. */
static inline bool packed_is(struct packed_text p, struct text t)
{
    uint64_t first, last;
    uint32_t start, end;
    if (t.len >= sizeof first) {
        memcpy(&first, t.at, sizeof first);
        memcpy(&last, t.at + t.len - sizeof last, sizeof last);
        return packed_equal(p, (struct packed_text){first, last});
    }
    if (t.len >= sizeof start) {
        memcpy(&start, t.at, sizeof start);
        memcpy(&end, t.at + t.len - sizeof end, sizeof end);
        return packed_equal(p, (struct packed_text){start, end});
    }
    return packed_equal(p, text_pack(t));
}

/* The text of this id is known to be this one; of long texts and the empty one nothing is known. */
static inline bool short_texts_has(const struct short_texts *s, uint32_t id, struct text t)
{
    return id < s->capacity && s->at[id].len == t.len && packed_is(s->at[id].text, t);
}

/* Keeps the text of an id. CUBE_ENOMEM. */
int short_texts_keep(struct short_texts *s, uint32_t id, struct text t) CUBE_MUST_CHECK;

uint64_t short_texts_bytes(const struct short_texts *s);
void short_texts_close(struct short_texts *s);

#endif
