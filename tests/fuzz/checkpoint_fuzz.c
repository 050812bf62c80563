/* A file of a checkpoint: whatever bytes stand there, reading ends with a code; what is read is written and read again as
 * the same. Digests are put right first, or hardly an input would get past them: head, then frames. */
#include "fuzz.h"

#include <string.h>

#include "base/hash.h"
#include "os/checkpoint_frame.h"

#define ZEROES8 "\0\0\0\0\0\0\0\0"
#define HEAD "cubedckp\x01\0\0\0\x31\0\0\0" ZEROES8 ZEROES8 ZEROES8 "x" ZEROES8
#define MARKED(length, records) length "\0\0\0" ZEROES8 "\x01" ZEROES8 "\x07\0\0\0\0\0\0\0" ZEROES8 ZEROES8 ZEROES8 records
#define PIECE(length, records) length "\0\0\0" ZEROES8 "\0" ZEROES8 ZEROES8 ZEROES8 ZEROES8 records

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(HEAD MARKED("\x28", "\x02\x04k1abc")),
    FUZZ_SEED(HEAD PIECE("\x28", "\x02\x04k1abc") MARKED("\x25", "\x02\0k2")),
    FUZZ_SEED(HEAD MARKED("\x21", "") MARKED("\x23", "\0\x01")),
    {NULL, 0},
};

enum { HEAD_FIXED = 40, FRAME_HEAD = 12 };

static void digest_write(uint8_t *at, uint64_t digest)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (uint8_t)(digest >> 8 * i);
    }
}

static uint32_t length_read(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void head_mend(uint8_t *at, size_t len)
{
    if (len >= HEAD_FIXED) {
        uint32_t whole = length_read(at + 12);
        if (whole >= HEAD_FIXED + 8 && whole <= len) {
            digest_write(at + whole - 8, hash64(at, whole - 8));
        }
    }
}

static void frame_mend(uint8_t *at, size_t len, uint64_t chain)
{
    if (len >= FRAME_HEAD && length_read(at) <= len - FRAME_HEAD) {
        digest_write(at + 4, hash64_seed(at + FRAME_HEAD, length_read(at), chain));
    }
}

static bool is_same(const struct record *a, const struct record *b)
{
    return a->key_len == b->key_len && a->value_len == b->value_len && !a->value == !b->value && memcmp(a->key, b->key, a->key_len) == 0 &&
           (!a->value || memcmp(a->value, b->value, a->value_len) == 0);
}

/* Writes the records of a frame as another one, and reads that. */
static void frame_copy(const struct checkpoint_frame *f)
{
    struct buf out = {0};
    struct cursor c = f->records;
    struct record r, back;
    struct checkpoint_frame again;
    uint64_t chain = 5, behind = 5;
    size_t begin, len;
    FUZZ_CHECK(checkpoint_frame_begin(&out, &begin) == 0);
    while (checkpoint_record_get(&c, &r) == 1) {
        FUZZ_CHECK(checkpoint_record_put(&out, begin, r.key, r.key_len, r.value, r.value_len) == 0);
    }
    checkpoint_frame_end(&out, begin, f->marked ? &f->mark : NULL, &chain);
    FUZZ_CHECK(checkpoint_frame_get(out.at, out.len, &behind, &again, &len) == 0 && len == out.len && behind == chain);
    FUZZ_CHECK(again.marked == f->marked && (!f->marked || memcmp(&again.mark, &f->mark, sizeof f->mark) == 0));
    c = f->records;
    while (checkpoint_record_get(&c, &r) == 1) {
        FUZZ_CHECK(checkpoint_record_get(&again.records, &back) == 1 && is_same(&r, &back));
    }
    FUZZ_CHECK(checkpoint_record_get(&again.records, &back) == 0);
    buf_close(&out);
}

static void file_read(uint8_t *at, size_t len)
{
    struct checkpoint_head h;
    struct checkpoint_frame f;
    size_t taken = 0, place = 0;
    uint64_t chain = 0;
    head_mend(at, len);
    if (checkpoint_head_get(at, len, &h, &place, &chain)) {
        return;
    }
    frame_mend(at + place, len - place, chain);
    while (checkpoint_frame_get(at + place, len - place, &chain, &f, &taken) == 0) {
        FUZZ_CHECK(taken <= len - place);
        frame_copy(&f);
        place += taken;
        frame_mend(at + place, len - place, chain);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (copy) {
        memcpy(copy, at, len);
        file_read(copy, len);
    }
    free(copy);
    return 0;
}
