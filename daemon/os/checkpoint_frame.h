/* The bytes of a checkpoint file: a head, then frames of records. Each frame's digest is seeded with the one before it,
 * so that a frame counts only behind the frames it was written behind. Numbers are little endian.
 *
 *   head   "cubedckp", version u32, length of the head u32, made_ms i64, follows u64, stands_for u64, identity, digest u64
 *   frame  length of the body u32, digest of the body u64, body
 *   body   1 when marked, else 0 u8; wall_ms i64, at i64, lineage u64, seq u64 (zeroes unless marked), records
 *   record length of the key, length of the value + 1 (0: tombstone), both LEB128; key, value */
#ifndef CUBE_OS_CHECKPOINT_FRAME_H
#define CUBE_OS_CHECKPOINT_FRAME_H

#include "base/buf.h"
#include "base/text.h"
#include "base/varint.h"
#include "port/checkpoint.h"

#define CHECKPOINT_FILE_VERSION 1
#define CHECKPOINT_HEAD_MAX 2048
#define CHECKPOINT_IDENTITY_MAX 1024
#define CHECKPOINT_BODY_MAX (UINT32_C(1) << 27)

struct checkpoint_head {
    int64_t made_ms;     /* wall clock */
    uint64_t follows;    /* the chain this file goes on from; 0: it begins one */
    uint64_t stands_for; /* of a rewritten file: the chain at the end of what it replaced; 0: of no other */
    struct text identity;
};

struct checkpoint_mark {
    int64_t wall_ms;
    struct checkpoint_place place;
};

struct checkpoint_frame {
    bool marked;
    struct checkpoint_mark mark; /* of a marked one */
    struct cursor records;
};

/* Appends a head; chain: what the first frame behind it is seeded with. CUBE_ENOMEM; CUBE_ELIMIT: the identity is too
 * long. */
int checkpoint_head_put(struct buf *b, const struct checkpoint_head *h, uint64_t *ret_chain) CUBE_MUST_CHECK;

/* Reads a head from the first bytes of a file, CHECKPOINT_HEAD_MAX of them if there are so many. The identity is
 * borrowed from them. CUBE_ENOTFOUND: this is no checkpoint; CUBE_EVERSION; CUBE_ETRUNCATED; CUBE_EFORMAT: damaged. */
int checkpoint_head_get(const uint8_t *at, size_t len, struct checkpoint_head *ret_h, size_t *ret_len, uint64_t *ret_chain) CUBE_MUST_CHECK;

/* Begins a frame at the end of the buffer. CUBE_ENOMEM: nothing changed. */
int checkpoint_frame_begin(struct buf *b, size_t *ret_begin) CUBE_MUST_CHECK;

/* Appends a record to the frame begun last. value NULL: a tombstone. CUBE_ENOMEM: nothing changed. CUBE_ELIMIT: the frame
 * that begins at this place would become too long. */
int checkpoint_record_put(struct buf *b, size_t begin, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len) CUBE_MUST_CHECK;

/* Ends the frame that begins there; mark NULL: it is not marked. Takes the chain before it, leaves the one behind it. */
void checkpoint_frame_end(struct buf *b, size_t begin, const struct checkpoint_mark *mark, uint64_t *chain);

/* Bytes of records in the frame that begins there. */
size_t checkpoint_frame_fill(const struct buf *b, size_t begin);

/* Reads the frame at the beginning of the bytes; its records are borrowed from them. CUBE_ETRUNCATED: *ret_len says how
 * many bytes are needed; CUBE_EFORMAT: damaged, or not behind this chain. The chain moves on success only. */
int checkpoint_frame_get(const uint8_t *at, size_t len, uint64_t *chain, struct checkpoint_frame *ret_f, size_t *ret_len) CUBE_MUST_CHECK;

/* Reads the next record of a frame into key and value of r. 1: there was one; 0: that was all; CUBE_EFORMAT. */
int checkpoint_record_get(struct cursor *c, struct record *r) CUBE_MUST_CHECK;

#endif
