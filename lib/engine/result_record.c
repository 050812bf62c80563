#include "engine/result_record.h"

#include <string.h>

enum result_flag { RESULT_FLAG_VALUE = 1, RESULT_FLAG_INTERVAL = 2, RESULT_FLAG_PARTS = 4 };

static int put_part(struct buf *b, const struct result_part *p)
{
    int rc = put_uint(b, p->has_value);
    rc = rc ? rc : put_double(b, p->value);
    rc = rc ? rc : put_int(b, p->n);
    return rc ? rc : put_int(b, p->hits);
}

static int put_fields(struct buf *b, const struct result *r)
{
    int rc = put_uint(b, r->present);
    for (unsigned f = 0; f < RESULT_FIELD_COUNT && rc == 0; f++) {
        rc = r->present >> f & 1 ? put_int(b, r->field[f].i) : 0; /* doubles bit by bit */
    }
    return rc;
}

int put_result(struct buf *b, const struct result *r)
{
    int rc = put_uint(b, (r->has_value ? RESULT_FLAG_VALUE : 0u) | (r->has_interval ? RESULT_FLAG_INTERVAL : 0u) |
                             (r->has_parts ? RESULT_FLAG_PARTS : 0u));
    rc = rc ? rc : put_double(b, r->value);
    rc = rc ? rc : put_int(b, r->n);
    rc = rc ? rc : put_double(b, r->low);
    rc = rc ? rc : put_double(b, r->high);
    rc = rc ? rc : put_fields(b, r);
    if (rc || !r->has_parts) {
        return rc;
    }
    rc = put_part(b, &r->final);
    return rc ? rc : put_part(b, &r->provisional);
}

static int get_part(struct cursor *c, struct result_part *p)
{
    uint64_t has_value = 0;
    int rc = get_uint(c, &has_value);
    p->has_value = has_value;
    rc = rc ? rc : get_double(c, &p->value);
    rc = rc ? rc : get_int(c, &p->n);
    return rc ? rc : get_int(c, &p->hits);
}

static int get_fields(struct cursor *c, struct result *r)
{
    int rc = get_uint(c, &r->present);
    if (rc == 0 && r->present >> RESULT_FIELD_COUNT != 0) {
        return CUBE_EVERSION;
    }
    for (unsigned f = 0; f < RESULT_FIELD_COUNT && rc == 0; f++) {
        rc = r->present >> f & 1 ? get_int(c, &r->field[f].i) : 0;
    }
    return rc;
}

int get_result(struct cursor *c, struct result *ret_r)
{
    uint64_t flags = 0;
    struct result r = {0};
    int rc = get_uint(c, &flags);
    rc = rc ? rc : get_double(c, &r.value);
    rc = rc ? rc : get_int(c, &r.n);
    rc = rc ? rc : get_double(c, &r.low);
    rc = rc ? rc : get_double(c, &r.high);
    rc = rc ? rc : get_fields(c, &r);
    r.has_value = flags & RESULT_FLAG_VALUE;
    r.has_interval = flags & RESULT_FLAG_INTERVAL;
    r.has_parts = flags & RESULT_FLAG_PARTS;
    if (rc == 0 && r.has_parts) {
        rc = get_part(c, &r.final);
        rc = rc ? rc : get_part(c, &r.provisional);
    }
    if (rc == 0) {
        *ret_r = r;
    }
    return rc;
}
