/* Hand-overs between scope tasks: whatever stands in a record, reading it ends with a code, and what was read
 * is written and read again as the same. */
#include "fuzz.h"

#include <string.h>

#include "engine/retention.h"
#include "support/handover_model.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("H\x01\x00\x00\xc0\x9a\x0c\x01\x04\x02\x04\xfe\x95\x03\x0dregion=north\x01\x01\x00\x80\xb5\x18\x01\x00\x00\x00\x00\x00"
              "\x00\xe0\x3f\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x0a\x01"),
    FUZZ_SEED("H\x01\x01\x03\xc0\x9a\x0c\x01\x04\x02\x04\xfe\x95\x03\x0dorganisation\x00\x00\x00\x00\x00\x00\x44\x40\x00\x00\x00\x00\x00"
              "\x00\x08\x40\x00\x00\x00\x00\x00\x00\xf0\x3f\x02\x00\x80\xda\xc4\x09\x01\x80\xb4\x89\x13"),
    FUZZ_SEED("H\x01\x02\x00\xc0\x9a\x0c\x01\x04\x02\x04\xfe\x95\x03\x00\x00\x00\x00\x00\x00\x00\xe0\x3f\x04smb\x00\x00\x00\x00\x00\x00\xe8\x3f"),
    {NULL, 0},
};

/* Reads the rest of a record as a table of retention; what the changelog says of the table is that table. */
static int copy_retention(struct handover_reader *r, struct buf *body)
{
    struct retention_table t = {0}, back = {0};
    struct buf kept = {0};
    uint32_t next = 0;
    int more = 1;
    while (more == 1) {
        more = retention_get(&r->at, &t);
    }
    more = more ? more : retention_put_items(&t, &next, SIZE_MAX, body);
    if (more == 0) {
        FUZZ_CHECK(retention_encode(&t, &kept) == 0);
        struct cursor c = {kept.at, kept.at + kept.len};
        FUZZ_CHECK(retention_decode(&c, &back) == 0);
        FUZZ_CHECK(c.at == c.end && back.count == t.count && back.known == t.known);
    }
    buf_close(&kept);
    retention_table_close(&t);
    retention_table_close(&back);
    return more;
}

/* Reads a record and writes what stands in it to out. */
static int copy(const struct model *m, const uint8_t *at, size_t len, struct buf *out)
{
    struct handover_reader r;
    struct handover_head h;
    struct buf body = {0};
    int rc = handover_open(&r, m, at, len, &h), more = 1;
    if (rc == 0 && h.part == HANDOVER_RETENTION) {
        more = copy_retention(&r, &body);
    }
    while (rc == 0 && more == 1) {
        static struct let_out_cell cell;
        struct axis_gift gift;
        struct text scope;
        int64_t parts[3];
        more = h.part == HANDOVER_LET_OUT ? handover_next_let_out(&r, &cell)
                                          : handover_next_gift(&r, handover_scored, 3, &scope, &gift, parts);
        if (more == 1) {
            rc = h.part == HANDOVER_LET_OUT ? handover_put_let_out(&body, &cell)
                                            : handover_put_gift(&body, scope, &gift, handover_scored, 3);
        }
    }
    rc = rc ? rc : more;
    rc = rc ? rc : handover_finish(&body, &h, out);
    buf_close(&body);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct measure measures[HANDOVER_MEASURES];
    struct model m = handover_model(measures);
    struct buf once = {0}, twice = {0};
    if (copy(&m, at, len, &once) == 0) {
        FUZZ_CHECK(copy(&m, once.at, once.len, &twice) == 0);
        FUZZ_CHECK(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
    }
    buf_close(&once);
    buf_close(&twice);
    return 0;
}
