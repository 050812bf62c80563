#include "task/entity_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/varint.h"

/* One split entity. While restoring, parts[i] holds part i as far as it has come. */
struct split {
    struct buf key;
    uint32_t count;    /* parts of its last value; 0: that one is whole, or no first part has come */
    uint32_t written;  /* parts that may stand in the changelog */
    struct buf *parts;
    uint32_t capacity;
};

struct entity_parts {
    struct split *all; /* few: hot entities only */
    uint32_t count, capacity;
    struct buf bytes, key;
};

int entity_parts_create(struct entity_parts **ret_p)
{
    struct entity_parts *p = calloc(1, sizeof *p);
    if (!p) {
        return CUBE_ENOMEM;
    }
    *ret_p = p;
    return 0;
}

static void parts_close(struct split *s)
{
    for (uint32_t i = 0; i < s->capacity; i++) {
        buf_close(&s->parts[i]);
    }
    free(s->parts);
    s->parts = NULL;
    s->capacity = 0;
}

void entity_parts_destroy(struct entity_parts *p)
{
    if (!p) {
        return;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        parts_close(&p->all[i]);
        buf_close(&p->all[i].key);
    }
    free(p->all);
    buf_close(&p->bytes);
    buf_close(&p->key);
    free(p);
}

static struct split *split_find(const struct entity_parts *p, struct text key)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->all[i].key.len == key.len && memcmp(p->all[i].key.at, key.at, key.len) == 0) {
            return &p->all[i];
        }
    }
    return NULL;
}

static int split_get(struct entity_parts *p, struct text key, struct split **ret_s)
{
    *ret_s = split_find(p, key);
    if (*ret_s) {
        return 0;
    }
    if (p->count == p->capacity) {
        uint32_t capacity = p->capacity ? p->capacity * 2 : 8;
        struct split *grown = realloc(p->all, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        p->all = grown;
        p->capacity = capacity;
    }
    struct split fresh = {0};
    if (buf_append(&fresh.key, key.at, key.len)) {
        return CUBE_ENOMEM;
    }
    p->all[p->count] = fresh;
    *ret_s = &p->all[p->count++];
    return 0;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static int part_put(struct entity_parts *p, uint32_t number, struct text key, const uint8_t *value, size_t len, entity_put_fn *put, void *arg)
{
    buf_clear(&p->key);
    int rc = put_uint(&p->key, number);
    rc = rc ? rc : buf_append(&p->key, key.at, key.len);
    return rc ? rc : put(arg, PART_KEY_MARK, (struct text){(const char *)p->key.at, (uint32_t)p->key.len}, value, len);
}

int entity_parts_write(struct entity_parts *p, struct text key, const struct buf *value, entity_put_fn *put, void *arg)
{
    uint32_t count = (uint32_t)((value->len + ENTITY_PART_BYTES - 1) / ENTITY_PART_BYTES);
    struct split *s;
    int rc = split_get(p, key, &s);
    if (rc) {
        return rc;
    }
    s->count = count;
    s->written = count > s->written ? count : s->written;
    for (uint32_t i = 1; i < count && !rc; i++) {
        size_t from = (size_t)i * ENTITY_PART_BYTES, left = value->len - from;
        rc = part_put(p, i, key, value->at + from, left < ENTITY_PART_BYTES ? left : ENTITY_PART_BYTES, put, arg);
    }
    buf_clear(&p->bytes);
    rc = rc ? rc : put_uint(&p->bytes, 0);
    rc = rc ? rc : put_uint(&p->bytes, count);
    rc = rc ? rc : buf_append(&p->bytes, value->at, value->len < ENTITY_PART_BYTES ? value->len : ENTITY_PART_BYTES);
    return rc ? rc : put(arg, 0, key, p->bytes.at, p->bytes.len);
}

int entity_parts_erase(struct entity_parts *p, struct text key, entity_put_fn *put, void *arg)
{
    struct split *s = split_find(p, key);
    int rc = 0;
    for (uint32_t i = 1; s && i < s->written && !rc; i++) {
        rc = part_put(p, i, key, NULL, 0, put, arg);
    }
    if (s && !rc) {
        s->count = s->written = 0;
    }
    return rc;
}

/* ---- restoring ------------------------------------------------------------------------------------ */

int entity_parts_key(struct text marked, uint32_t *ret_number, struct text *ret_key)
{
    struct cursor c = {(const uint8_t *)marked.at, (const uint8_t *)marked.at + marked.len};
    uint64_t number;
    int rc = get_uint(&c, &number);
    if (rc) {
        return rc;
    }
    if (number == 0 || number > UINT16_MAX) {
        return CUBE_EFORMAT;
    }
    *ret_number = (uint32_t)number;
    *ret_key = (struct text){(const char *)c.at, (uint32_t)(c.end - c.at)};
    return 0;
}

static int part_keep(struct split *s, uint32_t number, const uint8_t *value, size_t len)
{
    if (number >= s->capacity) {
        uint32_t capacity = number + 4;
        struct buf *grown = realloc(s->parts, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        memset(grown + s->capacity, 0, (capacity - s->capacity) * sizeof *grown);
        s->parts = grown;
        s->capacity = capacity;
    }
    s->written = number >= s->written ? number + 1 : s->written;
    buf_clear(&s->parts[number]);
    return len ? buf_append(&s->parts[number], value, len) : 0;
}

static int first_take(struct entity_parts *p, struct text key, const uint8_t *value, size_t len)
{
    struct cursor c = {value, value ? value + len : NULL};
    struct split *s = split_find(p, key);
    uint64_t zero, count;
    if (!value || !len || value[0] != 0) {
        if (s) {
            s->count = 0;
        }
        return 0;
    }
    int rc = get_uint(&c, &zero);
    rc = rc ? rc : get_uint(&c, &count);
    if (rc || count < 2 || count > UINT16_MAX) {
        return rc ? rc : CUBE_EFORMAT;
    }
    rc = split_get(p, key, &s);
    rc = rc ? rc : part_keep(s, 0, c.at, (size_t)(c.end - c.at));
    if (rc) {
        return rc;
    }
    s->count = (uint32_t)count;
    return 1;
}

int entity_parts_take(struct entity_parts *p, uint32_t number, struct text key, const uint8_t *value, size_t len)
{
    if (number == 0) {
        return first_take(p, key, value, len);
    }
    struct split *s;
    int rc = split_get(p, key, &s);
    rc = rc ? rc : part_keep(s, number, value, value ? len : 0);
    return rc ? rc : 1;
}

int entity_parts_join(struct entity_parts *p, int (*each)(void *arg, struct text key, const uint8_t *value, size_t len), void *arg)
{
    int rc = 0;
    for (uint32_t i = 0; i < p->count && !rc; i++) {
        struct split *s = &p->all[i];
        uint32_t count = s->capacity ? s->count : 0; /* joined already */
        buf_clear(&p->bytes);
        for (uint32_t k = 0; k < count && !rc; k++) {
            bool there = k < s->capacity && s->parts[k].len > 0;
            rc = there ? buf_append(&p->bytes, s->parts[k].at, s->parts[k].len) : CUBE_EFORMAT;
        }
        rc = rc || !count ? rc : each(arg, (struct text){(const char *)s->key.at, (uint32_t)s->key.len}, p->bytes.at, p->bytes.len);
        parts_close(s);
    }
    return rc;
}
