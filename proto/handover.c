#include "proto/handover.h"

#include <string.h>

#include "engine/result_record.h"
#include "proto/layout.h"

/* The mark is no version that a bundle will ever have. */
enum { HANDOVER_MARK = 'H', HANDOVER_VERSION = 1 };

/* ---- writing -------------------------------------------------------------------------------------- */

static int put_let_out(struct buf *b, const struct let_out *o)
{
    int rc = put_uint(b, o->withheld);
    if (rc || o->withheld) {
        return rc;
    }
    rc = put_int(b, o->published_ms);
    return rc ? rc : put_result(b, &o->result);
}

int handover_put_let_out(struct buf *body, const struct let_out_cell *c)
{
    int rc = put_text(body, c->scope);
    rc = rc ? rc : put_uint(body, c->kind);
    rc = rc ? rc : put_uint(body, c->measure);
    for (uint32_t h = 0; h < c->horizon_count && !rc; h++) {
        rc = put_let_out(body, &c->horizons[h]);
    }
    return rc;
}

static int put_contributions(struct buf *body, const int64_t *at, const uint16_t *measures, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        n += at[i] != 0;
    }
    int rc = put_uint(body, n);
    for (uint32_t i = 0; i < count && !rc; i++) {
        if (at[i] != 0) {
            rc = put_uint(body, measures[i]);
            rc = rc ? rc : put_int(body, at[i]);
        }
    }
    return rc;
}

int handover_put_gift(struct buf *body, struct text scope, const struct axis_gift *g, const uint16_t *measures, uint32_t count)
{
    int rc = put_text(body, scope);
    rc = rc ? rc : put_double(body, g->score);
    rc = rc ? rc : put_double(body, g->half);
    rc = rc ? rc : put_double(body, g->coverage);
    return rc ? rc : put_contributions(body, g->contributions, measures, count);
}

static int put_head(struct buf *out, const struct handover_head *h)
{
    int rc = put_uint(out, HANDOVER_MARK);
    rc = rc ? rc : put_uint(out, HANDOVER_VERSION);
    rc = rc ? rc : put_uint(out, h->part);
    rc = rc ? rc : put_uint(out, (uint64_t)h->task);
    rc = rc ? rc : put_int(out, h->t_ms);
    rc = rc ? rc : put_uint(out, h->last);
    return rc ? rc : layout_put(out, &h->layout);
}

int handover_finish(struct buf *body, const struct handover_head *h, struct buf *out)
{
    size_t before = out->len;
    int rc = put_head(out, h);
    rc = rc || !body->len ? rc : buf_append(out, body->at, body->len);
    if (rc) {
        out->len = before;
        return rc;
    }
    buf_clear(body);
    return 0;
}

/* ---- reading -------------------------------------------------------------------------------------- */

bool handover_is(const uint8_t *at, size_t len)
{
    return len > 0 && at[0] == HANDOVER_MARK;
}

static int get_below(struct cursor *c, uint64_t bound, uint64_t *ret_v)
{
    uint64_t v = 0;
    int rc = get_uint(c, &v);
    if (rc || v >= bound) {
        return rc ? rc : CUBE_EFORMAT;
    }
    *ret_v = v;
    return 0;
}

int handover_open(struct handover_reader *r, const struct model *m, const uint8_t *at, size_t len, struct handover_head *ret_h)
{
    struct cursor c = {at, at + len};
    uint64_t mark = 0, version = 0, part = 0, task = 0, last = 0;
    struct handover_head h = {0};
    int rc = get_uint(&c, &mark);
    rc = rc ? rc : mark != HANDOVER_MARK ? CUBE_EFORMAT : get_uint(&c, &version);
    if (!rc && version != HANDOVER_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_uint(&c, &part);
    rc = rc || part < HANDOVER_PART_COUNT ? rc : CUBE_EVERSION;
    rc = rc ? rc : get_below(&c, INT32_MAX, &task);
    rc = rc ? rc : get_int(&c, &h.t_ms);
    rc = rc ? rc : get_below(&c, 2, &last);
    rc = rc ? rc : layout_get(&c, &h.layout);
    if (rc) {
        return rc;
    }
    if (h.t_ms % m->cube.tick_ms != 0) {
        return CUBE_EFORMAT;
    }
    h.part = (enum handover_part)part;
    h.task = (int32_t)task;
    h.last = last;
    *r = (struct handover_reader){c, m};
    *ret_h = h;
    return 0;
}

static int get_let_out(struct cursor *c, struct let_out *ret_o)
{
    uint64_t withheld = 0;
    *ret_o = (struct let_out){0};
    int rc = get_below(c, 2, &withheld);
    ret_o->withheld = withheld;
    if (rc || withheld) {
        return rc;
    }
    rc = get_int(c, &ret_o->published_ms);
    return rc ? rc : get_result(c, &ret_o->result);
}

static int get_key(struct cursor *c, struct text *ret_key)
{
    int rc = get_text(c, ret_key);
    return rc ? rc : ret_key->at ? 0 : CUBE_EFORMAT;
}

int handover_next_let_out(struct handover_reader *r, struct let_out_cell *ret_c)
{
    uint64_t kind = 0, measure = 0;
    if (r->at.at == r->at.end) {
        return 0;
    }
    int rc = get_key(&r->at, &ret_c->scope);
    rc = rc ? rc : get_below(&r->at, r->model->scopes.count, &kind);
    rc = rc ? rc : get_below(&r->at, r->model->measure_count, &measure);
    if (rc || !r->model->measures[measure].is_private) {
        return rc ? rc : CUBE_EFORMAT;
    }
    ret_c->kind = (uint32_t)kind;
    ret_c->measure = (uint16_t)measure;
    ret_c->horizon_count = r->model->measures[measure].horizon_count;
    for (uint32_t h = 0; h < ret_c->horizon_count && !rc; h++) {
        rc = get_let_out(&r->at, &ret_c->horizons[h]);
    }
    return rc ? rc : 1;
}

static int get_contributions(struct handover_reader *r, const uint16_t *measures, uint32_t count, int64_t *ret_at)
{
    uint64_t n = 0, measure = 0;
    memset(ret_at, 0, count * sizeof *ret_at);
    int rc = get_below(&r->at, MEASURES_MAX + 1, &n);
    for (; n > 0 && !rc; n--) {
        int64_t contribution = 0;
        rc = get_below(&r->at, r->model->measure_count, &measure);
        rc = rc ? rc : get_int(&r->at, &contribution);
        for (uint32_t i = 0; i < count && !rc; i++) {
            ret_at[i] = measures[i] == measure ? contribution : ret_at[i];
        }
    }
    return rc;
}

/* False for what is no number, too. */
static bool gift_fits(const struct axis_gift *g)
{
    return g->score >= 0 && g->score <= 100 && g->half >= 0 && g->half <= 100 && g->coverage >= 0 && g->coverage <= 1;
}

int handover_next_gift(struct handover_reader *r, const uint16_t *measures, uint32_t count, struct text *ret_scope,
                       struct axis_gift *ret_g, int64_t *ret_contributions)
{
    if (r->at.at == r->at.end) {
        return 0;
    }
    *ret_g = (struct axis_gift){.contributions = ret_contributions};
    int rc = get_key(&r->at, ret_scope);
    rc = rc ? rc : get_double(&r->at, &ret_g->score);
    rc = rc ? rc : get_double(&r->at, &ret_g->half);
    rc = rc ? rc : get_double(&r->at, &ret_g->coverage);
    rc = rc ? rc : gift_fits(ret_g) ? get_contributions(r, measures, count, ret_contributions) : CUBE_EFORMAT;
    return rc ? rc : 1;
}
