/* Makes the `.base` and `.old` of a copy into one `.base` with the last record of each key, on a thread of the pool. */
#ifndef CUBE_OS_CHECKPOINT_REWRITE_H
#define CUBE_OS_CHECKPOINT_REWRITE_H

#include <stdatomic.h>

#include <uv.h>

#include "os/checkpoint_chain.h"

struct checkpoint_rewrite;

/* What came of it, on the loop's thread. rc 0: bytes is the length of the new base, and `.old` is gone. CUBE_EIO,
 * CUBE_EFORMAT (what is there is not what was written), CUBE_ENOMEM, CUBE_EAGAIN (stopped): all is as it was. */
typedef void checkpoint_rewritten_fn(void *arg, int rc, uint64_t bytes);

/* Does it here and now. chain: at the end of `.old`. stop: asked now and then, may be NULL. */
int checkpoint_rewrite_now(const struct checkpoint_calls *calls, const struct checkpoint_paths *p, uint64_t chain, const atomic_bool *stop,
                           uint64_t *ret_bytes) CUBE_MUST_CHECK;

/* Begins it on a thread. Borrows the paths until done or stopped. CUBE_ENOMEM; CUBE_EIO: no thread. */
int checkpoint_rewrite_start(uv_loop_t *loop, const struct checkpoint_calls *calls, const struct checkpoint_paths *p, uint64_t chain,
                             checkpoint_rewritten_fn *done, void *arg, struct checkpoint_rewrite **ret_w) CUBE_MUST_CHECK;

/* Waits until the thread is out of it, at most for the piece it is at; done is called before this returns. The loop
 * must turn once more before it is closed. On the loop's thread, or on another while that waits. */
void checkpoint_rewrite_stop(struct checkpoint_rewrite *w);

#endif
