#include "ndjson.h"

#include <inttypes.h>
#include <string.h>

struct reader {
    const uint8_t *at, *end;
    FILE *to;
};

static uint64_t get_be(struct reader *r, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes && r->at < r->end; i++) {
        v = v << 8 | *r->at++;
    }
    return v;
}

static void text_write(struct reader *r, size_t len)
{
    len = len > (size_t)(r->end - r->at) ? (size_t)(r->end - r->at) : len;
    fputc('"', r->to);
    fwrite(r->at, 1, len, r->to);
    fputc('"', r->to);
    r->at += len;
}

static void double_write(struct reader *r)
{
    uint64_t bits = get_be(r, 8);
    double v;
    memcpy(&v, &bits, sizeof v);
    fprintf(r->to, "%.17g", v);
}

static int value_write(struct reader *r)
{
    uint8_t head = (uint8_t)get_be(r, 1);
    if (head < 0x80 || head >= 0xe0) {
        fprintf(r->to, "%d", (int8_t)head);
    } else if (head >= 0xa0 && head < 0xc0) {
        text_write(r, head & 31);
    } else if (head == 0xd9) {
        text_write(r, get_be(r, 1));
    } else if (head == 0xc2 || head == 0xc3) {
        fputs(head == 0xc3 ? "true" : "false", r->to);
    } else if (head == 0xcb) {
        double_write(r);
    } else if (head >= 0xcc && head <= 0xcf) {
        fprintf(r->to, "%" PRIu64, get_be(r, 1u << (head - 0xcc)));
    } else if (head == 0xd3) {
        fprintf(r->to, "%" PRId64, (int64_t)get_be(r, 8));
    } else {
        return -1;
    }
    return 0;
}

int ndjson_write(const uint8_t *map, size_t len, FILE *to)
{
    struct reader r = {map + 3, map + len, to};
    int rc = map[0] == 0xde ? 0 : -1;
    for (unsigned i = 0; i < 2u * map[2] && !rc; i++) {
        fputc(i == 0 ? '{' : i % 2 ? ':' : ',', to);
        rc = value_write(&r);
    }
    fputs("}\n", to);
    return rc || ferror(to) ? -1 : 0;
}
