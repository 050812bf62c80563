#include "proto/bundle.h"

#include <string.h>

#include "proto/bundle_form.h"
#include "proto/layout.h"
#include "proto/watermark.h"
#include "window/sketch.h"

static inline int get_below(struct cursor *c, uint64_t bound, uint64_t *ret_v)
{
    uint64_t v;
    int rc = get_uint(c, &v);
    if (rc) {
        return rc;
    }
    if (v >= bound) {
        return CUBE_EFORMAT;
    }
    *ret_v = v;
    return 0;
}

int bundle_open(struct bundle_reader *r, const struct model *m, const uint8_t *at, size_t len, struct bundle_head *ret_h)
{
    struct cursor c = {at, at + len};
    uint64_t version, sender, task, last, state, guarded;
    struct bundle_head h = {0};
    int rc = get_uint(&c, &version);
    if (!rc && version != BUNDLE_VERSION && version != BUNDLE_VERSION_BEFORE) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_below(&c, SENDER_TYPE_COUNT, &sender);
    rc = rc ? rc : get_below(&c, INT32_MAX, &task);
    rc = rc ? rc : get_uint(&c, &h.seq);
    rc = rc ? rc : get_below(&c, 2, &last);
    rc = rc ? rc : get_below(&c, 2, &state);
    rc = rc ? rc : watermark_get(&c, &h.watermark_ms);
    rc = rc ? rc : layout_get(&c, &h.layout);
    rc = rc ? rc : get_below(&c, 2, &guarded);
    rc = rc ? rc : get_int(&c, &h.release_from_ms);
    if (rc) {
        return rc;
    }
    h.sender = (enum sender_type)sender;
    h.task = (int32_t)task;
    h.last = last;
    h.state = (enum sender_state)state;
    h.guarded = guarded;
    h.release_from_ms = h.release_from_ms < 0 ? INT64_MIN : h.release_from_ms;
    *r = (struct bundle_reader){.at = c, .model = m};
    *ret_h = h;
    return 0;
}

/* As get_uint, for numbers that have some bytes mostly; the way through is in line. */
static inline int get_longer(struct cursor *c, uint64_t *ret_v)
{
    unsigned bytes;
    if (c->at < c->end && *c->at < 0x80) {
        *ret_v = *c->at++;
        return 0;
    }
    uint64_t v = varint_word(c->at, c->end, &bytes);
    if (!bytes) {
        return get_uint_long(c, ret_v);
    }
    c->at += bytes;
    *ret_v = v;
    return 0;
}

static inline int get_cell(struct cursor *c, int64_t *ret_v)
{
    uint64_t u;
    int rc = get_longer(c, &u);
    if (rc) {
        return rc;
    }
    *ret_v = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
    return cell_fits(*ret_v) ? 0 : CUBE_EFORMAT;
}

/* A wide cell; hardly any is wider than a word. */
static inline int get_wide_cell(struct cursor *c, int64_t *at)
{
    unsigned bytes;
    cube_i128 wide;
    uint64_t u = varint_word(c->at, c->end, &bytes);
    if (bytes) {
        c->at += bytes;
        at[0] = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
        at[1] = at[0] >> 63;
        return 0;
    }
    int rc = get_i128(c, &wide);
    if (!rc) {
        cell_set_wide(at, wide);
    }
    return rc;
}

static inline int get_cells(struct bundle_reader *r, const struct layout *l)
{
    uint64_t present;
    int rc = get_below(&r->at, UINT64_C(1) << l->slots, &present);
    if (rc) {
        return rc;
    }
    r->cells[0] = 0; /* of a row without cells, too */
    for (unsigned i = 1; i < l->slots; i++) {
        r->cells[i] = 0;
    }
    for (uint64_t rest = present; rest && !rc; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        rc = layout_is_wide(l, i) ? get_wide_cell(&r->at, r->cells + i) : get_cell(&r->at, &r->cells[i]);
    }
    return rc;
}

/* What a row names its scopes by. */
static inline int get_set(struct bundle_reader *r, uint32_t *ret_set)
{
    uint64_t v;
    int rc = get_longer(&r->at, &v);
    if (rc) {
        return rc;
    }
    bool alone = v & 1;
    if (v / 2 >= (alone ? r->scope_count : r->set_count)) {
        return CUBE_EFORMAT;
    }
    *ret_set = alone ? set_alone((uint32_t)(v / 2)) : (uint32_t)(v / 2);
    return 0;
}

/* The name of a row, to be its name and that of those that follow it. */
static int get_name(struct bundle_reader *r, uint8_t kind)
{
    uint64_t measure;
    int64_t pane;
    int rc = get_below(&r->at, model_measures(r->model), &measure);
    rc = rc ? rc : get_int(&r->at, &pane);
    if (rc) {
        return rc;
    }
    if (__builtin_add_overflow(pane, pane_base(r->model, (uint16_t)measure, kind, r->tick_ms), &pane)) {
        return CUBE_EFORMAT;
    }
    r->name = (struct delta_row){.measure = (uint16_t)measure, .kind = kind, .pane = pane};
    r->layout = row_layout(r->model, r->name.measure, kind);
    r->has_bucket = has_bucket(kind);
    r->bucket_limit = row_kind_aloud(kind) == ROW_SKETCH ? SKETCH_BUCKET_LIMIT : 0;
    return 0;
}

static inline int get_bucket(struct bundle_reader *r, uint8_t kind, int32_t *ret_bucket)
{
    int64_t bucket;
    int rc = get_int(&r->at, &bucket);
    if (rc) {
        return rc;
    }
    bool known = kind != ROW_CONTACTS || (bucket >= 0 && bucket < (int64_t)r->giver_count);
    if (!known || bucket < INT32_MIN || bucket > INT32_MAX) {
        return CUBE_EFORMAT;
    }
    *ret_bucket = (int32_t)bucket;
    return 0;
}

/* What a row has behind its name, of which *row is. */
static inline int get_rest(struct bundle_reader *r, struct delta_row *row)
{
    int rc = r->has_bucket ? get_bucket(r, row->kind, &row->bucket) : 0;
    row->cells = r->cells;
    row->slots = r->layout->slots;
    return rc ? rc : get_cells(r, r->layout);
}

/* A row that begins with this item: its kind, or that its name is the one before. */
static int get_row(struct bundle_reader *r, uint64_t item, struct delta_row *ret_row)
{
    uint32_t set = 0;
    if (item == ITEM_AGAIN && !r->layout) {
        return CUBE_EFORMAT;
    }
    int rc = get_set(r, &set);
    rc = rc || item == ITEM_AGAIN ? rc : get_name(r, (uint8_t)(item - ITEM_ROW));
    if (rc) {
        return rc;
    }
    *ret_row = r->name;
    ret_row->set = set;
    return get_rest(r, ret_row);
}

int bundle_again(struct bundle_reader *r, struct delta_row *row)
{
    if (r->at.at == r->at.end || *r->at.at != ITEM_AGAIN || !r->layout) {
        return 0;
    }
    r->at.at++;
    int rc = get_set(r, &row->set);
    rc = rc ? rc : get_rest(r, row);
    return rc ? rc : 1;
}

static int get_scope(struct bundle_reader *r, struct bundle_item *ret_i)
{
    uint64_t kind;
    int rc = get_below(&r->at, model_kinds(r->model), &kind);
    rc = rc ? rc : get_text(&r->at, &ret_i->key);
    if (rc) {
        return rc;
    }
    if (!ret_i->key.at) {
        return CUBE_EFORMAT;
    }
    ret_i->type = BUNDLE_SCOPE;
    ret_i->kind = (uint32_t)kind;
    r->scope_count++;
    return 1;
}

static int get_giver(struct bundle_reader *r, struct bundle_item *ret_i)
{
    int rc = get_text(&r->at, &ret_i->key);
    if (rc) {
        return rc;
    }
    if (!ret_i->key.at) {
        return CUBE_EFORMAT;
    }
    ret_i->type = BUNDLE_GIVER;
    r->giver_count++;
    return 1;
}

/* A set of one is a scope, so there are none. */
static int get_scopes(struct bundle_reader *r, struct bundle_item *ret_i)
{
    uint64_t count = 0, scope;
    int rc = get_below(&r->at, SCOPE_KINDS_MAX + 1, &count);
    if (!rc && count < 2) {
        return CUBE_EFORMAT;
    }
    for (uint64_t i = 0; !rc && i < count; i++) {
        rc = get_below(&r->at, r->scope_count, &scope);
        r->scopes[i] = rc ? 0 : (uint32_t)scope;
    }
    if (rc) {
        return rc;
    }
    ret_i->type = BUNDLE_SET;
    ret_i->scopes = r->scopes;
    ret_i->scope_count = (uint32_t)count;
    r->set_count++;
    return 1;
}

int bundle_next(struct bundle_reader *r, struct bundle_item *ret_i)
{
    while (r->at.at < r->at.end) {
        uint64_t item;
        int64_t step;
        int rc = get_below(&r->at, ITEM_AGAIN + 1, &item);
        if (rc || (item >= ITEM_ROW + ROW_KIND_COUNT && item != ITEM_AGAIN)) {
            return rc ? rc : CUBE_EVERSION;
        }
        if (item == ITEM_GIVER) {
            return get_giver(r, ret_i);
        }
        if (item == ITEM_SCOPE || item == ITEM_SET) {
            return item == ITEM_SCOPE ? get_scope(r, ret_i) : get_scopes(r, ret_i);
        }
        if (item >= ITEM_ROW) {
            rc = get_row(r, item, &ret_i->row);
            ret_i->type = BUNDLE_ROW;
            ret_i->tick_ms = r->tick_ms;
            return rc ? rc : 1;
        }
        rc = item == ITEM_TICK ? get_int(&r->at, &step) : CUBE_EFORMAT;
        if (rc) {
            return rc;
        }
        r->layout = NULL;
        if (__builtin_add_overflow(r->tick_ms, step, &r->tick_ms)) {
            return CUBE_EFORMAT;
        }
    }
    return 0;
}
