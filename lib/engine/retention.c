#include "engine/retention.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/model.h"
#include "score/stat.h"

enum { TABLE_VERSION = 1 };

/* ---- what was counted ------------------------------------------------------------------------------- */

/* A fraction below and above; the halves of products of two of them fit 128 bits. */
struct fraction {
    cube_i128 above, below;
};

static struct fraction whole_fraction(const struct stay *whole, int64_t length_ms)
{
    CHECK_PRE(whole->time > 0 && length_ms > 0);
    cube_i128 stayed = whole->time - (cube_i128)whole->churns * length_ms;
    struct fraction f = {stayed > 0 ? stayed : 0, whole->time};
    while (f.below >> 60) { /* of hundreds of millions of customers a part in 10^18 is lost */
        f.above >>= 1;
        f.below >>= 1;
    }
    return f;
}

double stay_of_whole(const struct stay *whole, int64_t length_ms)
{
    struct fraction f = whole_fraction(whole, length_ms);
    return stat_quotient(f.above, f.below);
}

double stay_of_segment(const struct stay *segment, const struct stay *whole, int64_t length_ms)
{
    struct fraction f = whole_fraction(whole, length_ms);
    cube_i128 drawn = (cube_i128)RETENTION_SHRINK_CUSTOMERS * length_ms;
    cube_i128 stayed = segment->time - (cube_i128)segment->churns * length_ms;
    cube_i128 above = stayed * f.below + drawn * f.above, below = (segment->time + drawn) * f.below;
    return above <= 0 ? 0 : stat_quotient(above, below);
}

/* ---- a table ---------------------------------------------------------------------------------------- */

static struct text segment_at(const struct retention_table *t, uint32_t i)
{
    return (struct text){(const char *)t->texts.at + t->shares[i].at, t->shares[i].len};
}

static bool is_share(double share)
{
    return share >= 0 && share <= 1; /* false for what is no number, too */
}

int retention_table_whole(struct retention_table *t, double share)
{
    if (t->known || !is_share(share)) {
        return CUBE_EFORMAT;
    }
    t->known = true;
    t->whole = share;
    return 0;
}

static int share_reserve(struct retention_table *t, struct text segment)
{
    if (t->count == t->capacity) {
        uint32_t capacity = t->capacity ? 2 * t->capacity : 16;
        struct retention_share *at = realloc(t->shares, capacity * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        t->shares = at;
        t->capacity = capacity;
    }
    return buf_reserve(&t->texts, segment.len + 1);
}

int retention_table_add(struct retention_table *t, struct text segment, double share)
{
    bool behind = t->count == 0 || text_compare(segment_at(t, t->count - 1), segment) < 0;
    if (!t->known || !behind || !is_share(share)) {
        return CUBE_EFORMAT;
    }
    if (share_reserve(t, segment) || buf_append(&t->texts, segment.at, segment.len)) {
        return CUBE_ENOMEM;
    }
    t->shares[t->count++] = (struct retention_share){(uint32_t)t->texts.len - segment.len, segment.len, share};
    return 0;
}

void retention_table_close(struct retention_table *t)
{
    free(t->shares);
    buf_close(&t->texts);
    *t = (struct retention_table){0};
}

static double observed_of(const struct retention_table *t, struct text segment)
{
    uint32_t low = 0, high = segment.at ? t->count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = text_compare(segment_at(t, middle), segment);
        if (order == 0) {
            return t->shares[middle].share;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return t->whole;
}

double retention_of(const struct retention_table *t, const struct clv_plan *plan, struct text segment)
{
    for (uint32_t i = 0; segment.at && i < plan->segment_count; i++) {
        if (text_equal(plan->segments[i], segment)) {
            return plan->segment_retention[i];
        }
    }
    return plan->observed && t && t->known ? observed_of(t, segment) : plan->retention;
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

static int put_item(struct buf *out, struct text segment, double share)
{
    int rc = put_text(out, segment);
    return rc ? rc : put_double(out, share);
}

int retention_put_items(const struct retention_table *t, uint32_t *next, size_t bytes_max, struct buf *out)
{
    uint32_t items = t->count + t->known;
    for (; *next < items && out->len <= bytes_max; ++*next) {
        uint32_t i = *next - 1;
        int rc = *next == 0 ? put_item(out, (struct text){0}, t->whole) : put_item(out, segment_at(t, i), t->shares[i].share);
        if (rc) {
            return rc;
        }
    }
    return *next < items;
}

int retention_get(struct cursor *c, struct retention_table *t)
{
    struct text segment = {0};
    double share = 0;
    if (c->at == c->end) {
        return 0;
    }
    int rc = get_text(c, &segment);
    rc = rc ? rc : get_double(c, &share);
    rc = rc ? rc : segment.at ? retention_table_add(t, segment, share) : retention_table_whole(t, share);
    return rc ? rc : 1;
}

int retention_encode(const struct retention_table *t, struct buf *out)
{
    uint32_t next = 0;
    int rc = put_uint(out, TABLE_VERSION);
    rc = rc ? rc : put_int(out, t->t_ms);
    return rc ? rc : retention_put_items(t, &next, SIZE_MAX, out);
}

int retention_decode(struct cursor *c, struct retention_table *ret_t)
{
    uint64_t version = 0;
    int rc = get_uint(c, &version);
    if (!rc && version != TABLE_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_int(c, &ret_t->t_ms);
    int more = rc ? 0 : 1;
    while (more == 1) {
        more = retention_get(c, ret_t);
    }
    return rc ? rc : more;
}

uint64_t retention_bytes(const struct retention_table *t)
{
    return t->capacity * sizeof *t->shares + t->texts.capacity;
}
