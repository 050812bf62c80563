#include "os/checkpoint_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { PIECE = 1 << 20 };

/* Makes at least want bytes lie behind what is taken, if the file has so many. */
static int piece_fill(struct checkpoint_reader *r, size_t want)
{
    size_t rest = r->piece.len - r->taken;
    uint64_t left = r->size - r->at - rest;
    if (rest >= want || left == 0) {
        return 0;
    }
    if (rest) {
        memmove(r->piece.at, r->piece.at + r->taken, rest);
    }
    r->piece.len = rest;
    r->taken = 0;
    size_t more = want - rest > PIECE ? want - rest : PIECE;
    more = more > left ? (size_t)left : more;
    int rc = buf_reserve(&r->piece, more);
    while (rc == 0 && more > 0) {
        int64_t n = r->calls->read(r->calls->arg, r->fd, r->piece.at + r->piece.len, more, r->at + r->piece.len);
        if (n < 0) {
            return CUBE_EIO;
        }
        if (n == 0) { /* shorter than it was */
            r->size = r->at + r->piece.len;
            return 0;
        }
        r->piece.len += (size_t)n;
        more -= (size_t)n;
    }
    return rc;
}

static int head_read(struct checkpoint_reader *r)
{
    size_t len;
    int rc = piece_fill(r, CHECKPOINT_HEAD_MAX);
    if (rc) {
        return rc;
    }
    rc = checkpoint_head_get(r->piece.at ? r->piece.at : (const uint8_t *)"", r->piece.len, &r->head, &len, &r->chain);
    if (rc) {
        return rc == CUBE_ENOTFOUND ? CUBE_EUSAGE : rc;
    }
    r->taken = len;
    r->at = len;
    return 0;
}

int checkpoint_reader_open(struct checkpoint_reader *r, const struct checkpoint_calls *calls, const char *path)
{
    int fd = calls->open(calls->arg, path, O_RDONLY);
    if (fd < 0) {
        return fd == -ENOENT ? CUBE_ENOTFOUND : CUBE_EIO;
    }
    int64_t size = calls->size(calls->arg, fd);
    *r = (struct checkpoint_reader){.calls = calls, .fd = fd, .size = size < 0 ? 0 : (uint64_t)size};
    int rc = size < 0 ? CUBE_EIO : head_read(r);
    if (rc) {
        checkpoint_reader_close(r);
    }
    return rc;
}

int checkpoint_reader_next(struct checkpoint_reader *r, struct checkpoint_frame *ret_f)
{
    size_t len = r->piece.len - r->taken, need = 0;
    int rc = checkpoint_frame_get(r->piece.at + r->taken, len, &r->chain, ret_f, &need);
    while (rc == CUBE_ETRUNCATED && r->size - r->at > len) {
        if (need > r->size - r->at) {
            return CUBE_ETRUNCATED;
        }
        rc = piece_fill(r, need);
        if (rc) {
            return rc;
        }
        len = r->piece.len - r->taken;
        rc = checkpoint_frame_get(r->piece.at + r->taken, len, &r->chain, ret_f, &need);
    }
    if (rc) {
        return rc == CUBE_ETRUNCATED && len == 0 ? 0 : rc;
    }
    r->taken += need;
    r->at += need;
    return 1;
}

void checkpoint_reader_close(struct checkpoint_reader *r)
{
    r->calls->close(r->calls->arg, r->fd);
    buf_close(&r->piece);
}
