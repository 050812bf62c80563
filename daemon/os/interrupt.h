/* Whether somebody asks the process to leave while its loop is held up by a call that blocks. */
#ifndef CUBE_OS_INTERRUPT_H
#define CUBE_OS_INTERRUPT_H

#include <stdbool.h>

#include <uv.h>

#include "base/error.h"

/* A loop of its own, which hears the same signals as the process's: that one tells them to its handles when it turns again. */
struct interrupt {
    uv_loop_t loop;
    uv_signal_t term, interrupt;
    bool is_open, heard;
};

/* CUBE_ENOMEM; CUBE_EIO: there are no descriptors for it. */
int interrupt_open(struct interrupt *i) CUBE_MUST_CHECK;

/* SIGTERM or SIGINT has come since the opening. Looks without waiting; callable from within the process's loop. */
bool interrupt_heard(struct interrupt *i);

/* Zeroes are fine. */
void interrupt_close(struct interrupt *i);

#endif
