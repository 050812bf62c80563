/* What the files of one copy (checkpoint_file.c, _append.c) share. */
#ifndef CUBE_OS_CHECKPOINT_INNER_H
#define CUBE_OS_CHECKPOINT_INNER_H

#include "os/checkpoint_file.h"
#include "os/checkpoint_live.h"

/* Tells the trouble; the copy takes no more and stays on disk as it is. */
void checkpoint_file_stop(struct checkpoint_file *f, enum checkpoint_trouble trouble);

/* Makes an empty .new that follows this chain, and opens the copy with it; stops it when that fails. */
void checkpoint_file_create(struct checkpoint_file *f, uint64_t follows);

/* Writes what waits. A negative code: it has been told and stopped. */
int checkpoint_file_write(struct checkpoint_file *f);

/* Begins a rewriting when one is due: `.new` becomes `.old`, and appending goes on in another `.new`. */
void checkpoint_file_rewrite(struct checkpoint_file *f, int64_t now_ms);

/* Who is given the records of frames. */
struct checkpoint_delivery {
    struct checkpoint_file *file;
    int (*each)(void *arg, const struct record *r);
    void *arg;
    int refused; /* what each returned */
    uint64_t given;
    const struct checkpoint_live *live; /* others than these are passed over; NULL: none are */
    uint32_t number;                    /* of the next record */
};

/* Gives the records of a frame to a delivery. CUBE_EFORMAT, or what each returned. */
int checkpoint_frame_deliver(void *arg, const struct checkpoint_frame *frame);

#endif
