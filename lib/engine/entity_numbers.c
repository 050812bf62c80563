/* The numbers of an entity's record and of its facts, in each version that is read. */
#include "engine/entity_form.h"

/* Of the versions before: a fact begins with its type and these bits. */
enum { VARINT_SAME_T = 32, VARINT_SAME_KEY = 64, VARINT_OTHER_SETS = 128 };

/* ---- numbers that stand together ------------------------------------------------------------------- */

static inline uint8_t *write_number(uint8_t *at, cube_i128 v, unsigned *ret_length)
{
    int64_t low = (int64_t)v;
    if (__builtin_expect((int64_t)(v >> 64) != low >> 63, 0)) {
        packed_write(at, (uint64_t)low);
        packed_write(at + 8, (uint64_t)(v >> 64));
        *ret_length = FORM_WIDE;
        return at + 16;
    }
    uint64_t code = packed_code(low);
    packed_write(at, code);
    *ret_length = packed_bytes(code);
    return at + *ret_length;
}

/* Two share a byte of lengths. */
uint8_t *form_write_numbers(uint8_t *at, const cube_i128 *numbers, unsigned count)
{
    uint8_t *lengths = at;
    at += (count + 1) / 2;
    for (unsigned i = 0; i < count; i += 2) {
        unsigned first, second = 0;
        at = write_number(at, numbers[i], &first);
        at = i + 1 < count ? write_number(at, numbers[i + 1], &second) : at;
        *lengths++ = (uint8_t)(first | second << 4);
    }
    return at;
}

/* One that is wide, or near the end: the bytes are copied to where more may be read. */
static __attribute__((noinline)) int get_number(struct cursor *c, unsigned length, cube_i128 *ret_v)
{
    unsigned n = length == FORM_WIDE ? 16 : length;
    uint8_t bytes[16] = {0};
    if (n > PACKED_BYTES_MAX && n != 16) {
        return CUBE_EFORMAT;
    }
    if ((size_t)(c->end - c->at) < n) {
        return CUBE_ETRUNCATED;
    }
    memcpy(bytes, c->at, n);
    c->at += n;
    uint64_t low = packed_read(bytes, 8);
    *ret_v = n == 16 ? (cube_i128)((cube_u128)packed_read(bytes + 8, 8) << 64 | low) : packed_number(low);
    return 0;
}

static int get_packed(struct cursor *c, unsigned count, cube_i128 *ret_numbers)
{
    const uint8_t *lengths = c->at, *at = lengths + (count + 1) / 2, *end = c->end;
    if ((size_t)(end - lengths) < (count + 1) / 2) {
        return CUBE_ETRUNCATED;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned length = lengths[i / 2] >> 4 * (i % 2) & 15;
        if (length <= PACKED_BYTES_MAX && end - at >= (ptrdiff_t)PACKED_BYTES_MAX) {
            ret_numbers[i] = packed_number(packed_read(at, length));
            at += length;
            continue;
        }
        c->at = at;
        int rc = get_number(c, length, &ret_numbers[i]);
        if (rc) {
            return rc;
        }
        at = c->at;
    }
    c->at = at;
    return 0;
}

int form_get_numbers(struct cursor *c, unsigned version, unsigned count, cube_i128 *ret_numbers)
{
    int rc = 0;
    if (version >= RECORD_VERSION_TEXTS) {
        return get_packed(c, count, ret_numbers);
    }
    for (unsigned i = 0; i < count && !rc; i++) {
        rc = get_i128(c, &ret_numbers[i]);
    }
    return rc;
}

/* ---- facts ------------------------------------------------------------------------------------------- */

static int get_small(struct cursor *c, uint8_t *ret_v)
{
    uint64_t v;
    int rc = get_uint(c, &v);
    if (rc || v > UINT8_MAX) {
        return rc ? rc : CUBE_EFORMAT;
    }
    *ret_v = (uint8_t)v;
    return 0;
}

static int get_varints(struct cursor *c, const struct fact_before *before, struct fact_plain *p)
{
    uint8_t head = 0;
    int64_t after = 0;
    int rc = get_small(c, &head);
    rc = rc ? rc : get_small(c, &p->arg);
    rc = rc || (head & VARINT_SAME_T) ? rc : get_int(c, &after);
    p->key = before->key;
    rc = rc || (head & VARINT_SAME_KEY) ? rc : get_uint(c, &p->key);
    p->type = head & (VARINT_SAME_T - 1);
    p->other_sets = head & VARINT_OTHER_SETS;
    p->t = (int64_t)((uint64_t)before->t[0] + (uint64_t)after);
    return rc ? rc : get_int(c, &p->value);
}

static int get_fact_packed(struct cursor *c, struct fact_before *before, struct fact_plain *p)
{
    uint8_t copy[FORM_FACT_BYTES_MAX + PACKED_BYTES_MAX];
    size_t left = (size_t)(c->end - c->at);
    const uint8_t *at = c->at;
    if (left < sizeof copy) { /* as many are read, whatever the fact has */
        memset(copy, 0, sizeof copy);
        memcpy(copy, at, left);
        at = copy;
    }
    uint64_t head = packed_read(at, FORM_HEAD_BYTES);
    unsigned t = form_bytes(head >> FORM_T_BIT & 7), key = form_bytes(head >> FORM_KEY_BIT & 7), value = form_bytes(head >> FORM_VALUE_BIT & 7);
    if (left < FORM_HEAD_BYTES + t + key + value) {
        return CUBE_ETRUNCATED;
    }
    c->at += FORM_HEAD_BYTES + t + key + value;
    p->type = head & ((1u << FORM_SETS_BIT) - 1);
    p->other_sets = head >> FORM_SETS_BIT & 1;
    p->arg = (uint8_t)(head >> FORM_ARG_BIT);
    at += FORM_HEAD_BYTES;
    bool same_key = head >> FORM_SAME_KEY_BIT & 1;
    uint64_t t_code = packed_read(at, t);
    struct fact_codes codes = {0, same_key ? before->key : packed_read(at + t, key), packed_read(at + t + key, value), false};
    if (before->version == RECORD_VERSION_TEXTS) {
        p->t = form_t(t_code, before->t[0]);
        p->key = codes.key;
        p->value = p->type == FACT_POINTS_SUM ? (int64_t)((uint64_t)form_turned_back(codes.value) + p->key) : packed_number(codes.value);
        return 0;
    }
    codes.far = p->type == FACT_POINTS && p->other_sets;
    p->other_sets = p->other_sets && !codes.far;
    form_from_codes(&codes, t_code, same_key, before, p);
    return 0;
}

/* Of versions that know only the fact before. */
static void fact_done_once(struct fact_before *before, const struct fact_plain *p)
{
    before->t[0] = before->version < RECORD_VERSION_TEXTS || p->t ? p->t : before->t[0];
    before->key = p->key;
}

int form_get_fact(struct cursor *c, struct fact_before *before, struct fact_plain *ret_p)
{
    struct fact_plain p = {0};
    int rc = before->version >= RECORD_VERSION_TEXTS ? get_fact_packed(c, before, &p) : get_varints(c, before, &p);
    if (rc) {
        return rc;
    }
    if (p.t < 0 || p.t > FACT_T_MAX) {
        return CUBE_EFORMAT;
    }
    if (before->version < RECORD_VERSION) {
        fact_done_once(before, &p);
    }
    *ret_p = p;
    return 0;
}
