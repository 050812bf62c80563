#include "proto/commit_record.h"

#include <stdlib.h>
#include <string.h>

#include "proto/layout.h"
#include "proto/watermark.h"

enum { COMMIT_RECORD_VERSION = 4, VERSION_WITHOUT_LINEAGE = 3, COUNTS = 5 };
#define LIST_MAX (1u << 24)

/* Numbers that each record has, and those of an input and a peer. */
enum { NUMBERS = 16, INPUT_NUMBERS = 6 + COUNTS, PEER_NUMBERS = 4 };

static __attribute__((noinline)) uint8_t *write_long(uint8_t *at, uint64_t v)
{
    return varint_write_longer(at, v);
}

static inline uint8_t *write_uint(uint8_t *at, uint64_t v)
{
    if (v < 0x80) {
        *at = (uint8_t)v;
        return at + 1;
    }
    return write_long(at, v);
}

static inline uint8_t *write_int(uint8_t *at, int64_t v)
{
    return write_uint(at, varint_zigzag(v));
}

static uint8_t *write_input(uint8_t *at, const struct commit_input *i)
{
    at = write_uint(at, i->topic);
    at = write_int(at, i->first);
    at = write_int(at, i->next);
    at = write_int(at, i->max_ts_ms);
    at = write_int(at, i->redo);
    at = write_int(at, i->redo_max_ts_ms);
    for (int k = 0; k < COUNTS; k++) {
        at = write_uint(at, i->counts[k]);
    }
    return at;
}

static uint8_t *write_release(uint8_t *at, const struct commit_release *r)
{
    at = write_int(at, r->from_ms);
    at = write_int(at, r->guarded_ms);
    at = write_int(at, r->released_ms);
    return write_int(at, r->turned_ms);
}

static uint8_t *write_peer(uint8_t *at, const struct commit_peer *p)
{
    at = write_uint(at, p->seq);
    at = write_uint(at, p->heard);
    at = write_uint(at, p->state);
    return write_int(at, p->watermark_ms);
}

/* All but the head and the refused; there is room. */
static uint8_t *write_rest(uint8_t *at, const struct commit_record *r)
{
    at = write_int(at, r->watermark_ms);
    at = write_release(at, &r->release);
    at = write_uint(at, r->input_count);
    for (uint32_t i = 0; i < r->input_count; i++) {
        at = write_input(at, &r->inputs[i]);
    }
    at = write_uint(at, r->peer_count);
    for (uint32_t i = 0; i < r->peer_count; i++) {
        at = write_peer(at, &r->peers[i]);
    }
    return write_uint(at, r->refused_count);
}

int commit_record_encode(const struct commit_record *r, struct buf *out)
{
    size_t numbers = NUMBERS + (size_t)r->input_count * INPUT_NUMBERS + (size_t)r->peer_count * PEER_NUMBERS;
    int rc = buf_reserve(out, numbers * VARINT_BYTES_MAX);
    rc = rc ? rc : put_uint(out, COMMIT_RECORD_VERSION);
    rc = rc ? rc : put_uint(out, r->seq);
    rc = rc ? rc : put_uint(out, r->lineage);
    rc = rc ? rc : layout_put(out, &r->layout);
    if (!rc) {
        out->len = (size_t)(write_rest(out->at + out->len, r) - out->at);
    }
    for (uint32_t i = 0; i < r->refused_count && !rc; i++) {
        rc = put_uint(out, r->refused[i].input);
        rc = rc ? rc : put_int(out, r->refused[i].offset);
    }
    return rc ? rc : put_int(out, r->redo_watermark_ms);
}

static int get_small(struct cursor *c, uint64_t max, uint64_t *ret_v)
{
    uint64_t v;
    int rc = get_uint(c, &v);
    if (rc) {
        return rc;
    }
    if (v > max) {
        return CUBE_EFORMAT;
    }
    *ret_v = v;
    return 0;
}

static int get_input(struct cursor *c, struct commit_input *i)
{
    uint64_t topic = 0;
    int rc = get_small(c, TOPIC_COUNT, &topic);
    i->topic = (uint8_t)topic;
    rc = rc ? rc : get_int(c, &i->first);
    rc = rc ? rc : get_int(c, &i->next);
    rc = rc ? rc : watermark_get(c, &i->max_ts_ms);
    rc = rc ? rc : get_int(c, &i->redo);
    rc = rc ? rc : watermark_get(c, &i->redo_max_ts_ms);
    for (int k = 0; k < COUNTS && !rc; k++) {
        rc = get_uint(c, &i->counts[k]);
    }
    return rc;
}

static int get_release(struct cursor *c, struct commit_release *r)
{
    int rc = get_int(c, &r->from_ms);
    rc = rc ? rc : get_int(c, &r->guarded_ms);
    rc = rc ? rc : get_int(c, &r->released_ms);
    return rc ? rc : get_int(c, &r->turned_ms);
}

static int get_peer(struct cursor *c, struct commit_peer *p)
{
    uint64_t heard = 0, state = 0;
    int rc = get_uint(c, &p->seq);
    rc = rc ? rc : get_small(c, 1, &heard);
    rc = rc ? rc : get_small(c, 1, &state);
    p->heard = (uint8_t)heard;
    p->state = (uint8_t)state;
    return rc ? rc : watermark_get(c, &p->watermark_ms);
}

/* Makes room for a list whose length the bytes claim: each element takes at least one byte. */
static int list_create(const struct cursor *c, uint64_t count, size_t size, void **ret_at)
{
    if (count > LIST_MAX || count > (uint64_t)(c->end - c->at)) {
        return CUBE_EFORMAT;
    }
    *ret_at = count ? calloc(count, size) : NULL;
    return count && !*ret_at ? CUBE_ENOMEM : 0;
}

static int get_peers(struct cursor *c, struct commit_record *r)
{
    uint64_t n = 0;
    int rc = get_uint(c, &n);
    rc = rc ? rc : list_create(c, n, sizeof *r->peers, (void **)&r->peers);
    for (uint64_t i = 0; i < n && !rc; i++) {
        rc = get_peer(c, &r->peers[i]);
        r->peer_count++;
    }
    return rc;
}

static int get_refused(struct cursor *c, struct commit_record *r)
{
    uint64_t n = 0, input = 0;
    int rc = get_uint(c, &n);
    rc = rc ? rc : list_create(c, n, sizeof *r->refused, (void **)&r->refused);
    for (uint64_t i = 0; i < n && !rc; i++) {
        rc = get_small(c, COMMIT_INPUTS_MAX - 1, &input);
        r->refused[i].input = (uint8_t)input;
        rc = rc ? rc : get_int(c, &r->refused[i].offset);
        r->refused_count++;
    }
    return rc;
}

static int get_head(struct cursor *c, uint64_t *ret_lineage, uint64_t *ret_seq)
{
    uint64_t version = 0;
    int rc = get_uint(c, &version);
    if (!rc && version != COMMIT_RECORD_VERSION && version != VERSION_WITHOUT_LINEAGE) {
        return CUBE_EVERSION;
    }
    *ret_lineage = 0;
    rc = rc ? rc : get_uint(c, ret_seq);
    return rc || version == VERSION_WITHOUT_LINEAGE ? rc : get_uint(c, ret_lineage);
}

int commit_record_peek(const uint8_t *at, size_t len, uint64_t *ret_lineage, uint64_t *ret_seq)
{
    struct cursor c = {at, at + len};
    uint64_t lineage, seq;
    int rc = get_head(&c, &lineage, &seq);
    if (!rc) {
        *ret_lineage = lineage;
        *ret_seq = seq;
    }
    return rc;
}

int commit_record_layout(const uint8_t *at, size_t len, struct layout_stamp *ret_l)
{
    struct cursor c = {at, at + len};
    uint64_t lineage, seq;
    int rc = get_head(&c, &lineage, &seq);
    return rc ? rc : layout_get(&c, ret_l);
}

int commit_record_decode(const uint8_t *at, size_t len, struct commit_record *ret_r)
{
    struct cursor c = {at, at + len};
    struct commit_record r = {0};
    uint64_t inputs = 0;
    int rc = get_head(&c, &r.lineage, &r.seq);
    rc = rc ? rc : layout_get(&c, &r.layout);
    rc = rc ? rc : watermark_get(&c, &r.watermark_ms);
    rc = rc ? rc : get_release(&c, &r.release);
    rc = rc ? rc : get_small(&c, COMMIT_INPUTS_MAX, &inputs);
    r.input_count = (uint32_t)inputs;
    for (uint32_t i = 0; i < r.input_count && !rc; i++) {
        rc = get_input(&c, &r.inputs[i]);
    }
    rc = rc ? rc : get_peers(&c, &r);
    rc = rc ? rc : get_refused(&c, &r);
    rc = rc ? rc : watermark_get(&c, &r.redo_watermark_ms);
    if (rc) {
        commit_record_close(&r);
        return rc;
    }
    *ret_r = r;
    return 0;
}

void commit_record_close(struct commit_record *r)
{
    free(r->peers);
    free(r->refused);
    memset(r, 0, sizeof *r);
}
