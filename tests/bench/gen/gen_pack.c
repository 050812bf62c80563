/* MessagePack, as much of it as events need. */
#include <inttypes.h>
#include <string.h>

#include "gen.h"

static void put_be(struct buf *b, uint64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        b->at[b->len++] = (uint8_t)(v >> (8 * i));
    }
}

static void put_str(struct buf *b, const char *s)
{
    size_t n = strlen(s);
    if (n < 32) {
        b->at[b->len++] = (uint8_t)(0xa0 | n);
    } else {
        b->at[b->len++] = 0xd9;
        b->at[b->len++] = (uint8_t)n;
    }
    memcpy(b->at + b->len, s, n);
    b->len += n;
}

static void put_int(struct buf *b, int64_t v)
{
    if (v >= 0 && v < 128) {
        b->at[b->len++] = (uint8_t)v;
    } else if (v >= -32 && v < 0) {
        b->at[b->len++] = (uint8_t)v;
    } else if (v >= 0 && v <= UINT16_MAX) {
        b->at[b->len++] = 0xcd;
        put_be(b, (uint64_t)v, 2);
    } else if (v >= 0 && v <= UINT32_MAX) {
        b->at[b->len++] = 0xce;
        put_be(b, (uint64_t)v, 4);
    } else if (v >= 0) {
        b->at[b->len++] = 0xcf;
        put_be(b, (uint64_t)v, 8);
    } else {
        b->at[b->len++] = 0xd3;
        put_be(b, (uint64_t)v, 8);
    }
}

/* The map header is patched when the number of fields is known (always below 32). */
void map_open(struct buf *b)
{
    b->at[0] = 0xde;
    b->at[1] = 0;
    b->at[2] = 0;
    b->len = 3;
}

static void field(struct buf *b, const char *name)
{
    b->at[2]++;
    put_str(b, name);
}

void f_int(struct buf *b, const char *name, int64_t v)
{
    field(b, name);
    put_int(b, v);
}

void f_str(struct buf *b, const char *name, const char *v)
{
    field(b, name);
    put_str(b, v);
}

void f_bool(struct buf *b, const char *name, bool v)
{
    field(b, name);
    b->at[b->len++] = v ? 0xc3 : 0xc2;
}


void f_fmt(struct buf *b, const char *name, const char *prefix, uint64_t n, int width)
{
    char text[PAD + 64];
    snprintf(text, sizeof text, "%s%0*" PRIu64, prefix, width, n);
    f_str(b, name, text);
}
