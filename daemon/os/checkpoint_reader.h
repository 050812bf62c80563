/* Reads one checkpoint file from its head on, in large pieces: frames come out of the piece as they lie in it. */
#ifndef CUBE_OS_CHECKPOINT_READER_H
#define CUBE_OS_CHECKPOINT_READER_H

#include "os/checkpoint_calls.h"
#include "os/checkpoint_frame.h"

struct checkpoint_reader {
    const struct checkpoint_calls *calls;
    int fd;
    struct buf piece;
    size_t taken;         /* bytes of the piece that are read */
    uint64_t at, size;    /* place in the file of what comes next; its length when it was opened */
    uint64_t chain;
    struct checkpoint_head head; /* its identity is borrowed from the piece until the first frame is read */
};

/* Opens the file and reads its head. CUBE_ENOTFOUND: there is no such file; CUBE_EUSAGE: it is no checkpoint;
 * CUBE_EVERSION; CUBE_ETRUNCATED; CUBE_EFORMAT: its head is damaged; CUBE_EIO; CUBE_ENOMEM. Nothing to close then. */
int checkpoint_reader_open(struct checkpoint_reader *r, const struct checkpoint_calls *calls, const char *path) CUBE_MUST_CHECK;

/* The next frame, borrowed until the next call. 1: here it is; 0: the file ends here; CUBE_ETRUNCATED: it ends within
 * a frame; CUBE_EFORMAT: damaged; CUBE_EIO; CUBE_ENOMEM. */
int checkpoint_reader_next(struct checkpoint_reader *r, struct checkpoint_frame *ret_f) CUBE_MUST_CHECK;

void checkpoint_reader_close(struct checkpoint_reader *r);

#endif
