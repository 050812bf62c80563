#include "os/checkpoint_rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "os/checkpoint_live.h"

enum { CHUNK = 1 << 18, KEYS_MAX = 1 << 20, SHARES_MAX = 1 << 12 };

struct job {
    const struct checkpoint_calls *calls;
    const struct checkpoint_paths *paths;
    const atomic_bool *stop;
    struct checkpoint_end end;
    struct checkpoint_live live;
    struct buf out;
    size_t begin;     /* of the frame in out */
    uint64_t chain;   /* of the new file */
    uint64_t written;
    uint32_t number;  /* of the next record */
    int fd;
};

static bool is_stopped(const struct job *j)
{
    return j->stop && atomic_load(j->stop);
}

static int frame_count(void *arg, const struct checkpoint_frame *f)
{
    struct job *j = arg;
    struct cursor c = f->records;
    struct record r;
    int more, rc = is_stopped(j) ? CUBE_EAGAIN : 0;
    while (rc == 0 && (more = checkpoint_record_get(&c, &r)) != 0) {
        rc = more < 0 ? more : checkpoint_live_add(&j->live, &r);
    }
    return rc;
}

static int walk(struct job *j, checkpoint_frame_fn *each)
{
    struct checkpoint_end end;
    return checkpoint_chain_walk(j->calls, j->paths, PART_NEW, &j->end, each, j, &end);
}

/* One pass per share of the keys; begins again with twice as many shares when one does not fit. */
static int live_find(struct job *j)
{
    int rc = 0;
    uint32_t shares = 1, share = 0;
    while (rc == 0 && share < shares) {
        checkpoint_live_pass(&j->live, share, shares);
        rc = walk(j, frame_count);
        rc = rc ? rc : checkpoint_live_end(&j->live);
        share++;
        if (rc == CUBE_ELIMIT && shares < SHARES_MAX) {
            shares *= 2;
            share = 0;
            rc = 0;
        }
    }
    return rc;
}

static int out_write(struct job *j)
{
    int rc = checkpoint_write_all(j->calls, j->fd, j->out.at, j->out.len, j->written);
    j->written += j->out.len;
    buf_clear(&j->out);
    return rc ? CUBE_EIO : 0;
}

static int record_keep(struct job *j, const struct record *r)
{
    int rc = checkpoint_record_put(&j->out, j->begin, r->key, r->key_len, r->value, r->value_len);
    if (rc == 0 && checkpoint_frame_fill(&j->out, j->begin) >= CHUNK) {
        checkpoint_frame_end(&j->out, j->begin, NULL, &j->chain);
        rc = out_write(j);
        rc = rc ? rc : checkpoint_frame_begin(&j->out, &j->begin);
    }
    return rc;
}

static int frame_keep(void *arg, const struct checkpoint_frame *f)
{
    struct job *j = arg;
    struct cursor c = f->records;
    struct record r;
    int rc = is_stopped(j) ? CUBE_EAGAIN : 0;
    while (rc == 0 && checkpoint_record_get(&c, &r) == 1) {
        rc = checkpoint_live_is(&j->live, j->number++) ? record_keep(j, &r) : 0;
    }
    return rc;
}

static int tmp_fill(struct job *j)
{
    const struct checkpoint_head head = {
        .made_ms = j->calls->now_ms(j->calls->arg),
        .stands_for = j->end.chain,
        .identity = text_of(j->paths->identity),
    };
    int rc = checkpoint_head_put(&j->out, &head, &j->chain);
    rc = rc ? rc : checkpoint_frame_begin(&j->out, &j->begin);
    rc = rc ? rc : walk(j, frame_keep);
    if (rc) {
        return rc;
    }
    checkpoint_frame_end(&j->out, j->begin, &j->end.mark, &j->chain);
    rc = out_write(j);
    return rc ? rc : j->calls->sync(j->calls->arg, j->fd) ? CUBE_EIO : 0;
}

static int tmp_write(struct job *j)
{
    j->fd = j->calls->open(j->calls->arg, j->paths->tmp, O_WRONLY | O_CREAT | O_TRUNC);
    if (j->fd < 0) {
        return CUBE_EIO;
    }
    int rc = tmp_fill(j);
    int closed = j->calls->close(j->calls->arg, j->fd);
    return rc ? rc : closed ? CUBE_EIO : 0;
}

static int directory_sync(const struct job *j)
{
    int fd = j->calls->open(j->calls->arg, j->paths->directory, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return CUBE_EIO;
    }
    int rc = j->calls->sync(j->calls->arg, fd);
    j->calls->close(j->calls->arg, fd);
    return rc ? CUBE_EIO : 0;
}

/* `.old` goes only when the new base is sure to be found after a loss of power. When it stays, it is not read: it goes
 * on from the base before. */
static int tmp_put_in_place(struct job *j)
{
    if (j->calls->rename(j->calls->arg, j->paths->tmp, j->paths->part[PART_BASE])) {
        return CUBE_EIO;
    }
    if (directory_sync(j) == 0) {
        j->calls->unlink(j->calls->arg, j->paths->part[PART_OLD]);
    }
    return 0;
}

static int job_do(struct job *j, uint64_t chain)
{
    int rc = checkpoint_chain_walk(j->calls, j->paths, PART_NEW, NULL, NULL, NULL, &j->end);
    if (rc == 0 && (!j->end.found || j->end.chain != chain)) {
        rc = j->end.trouble == CHECKPOINT_MEMORY ? CUBE_ENOMEM : j->end.trouble == CHECKPOINT_READ ? CUBE_EIO : CUBE_EFORMAT;
    }
    rc = rc ? rc : live_find(j);
    if (rc) {
        return rc;
    }
    rc = tmp_write(j);
    rc = rc ? rc : tmp_put_in_place(j);
    if (rc) {
        j->calls->unlink(j->calls->arg, j->paths->tmp);
    }
    return rc;
}

int checkpoint_rewrite_now(const struct checkpoint_calls *calls, const struct checkpoint_paths *p, uint64_t chain, const atomic_bool *stop,
                           uint64_t *ret_bytes)
{
    struct job j = {.calls = calls, .paths = p, .stop = stop};
    checkpoint_live_init(&j.live, KEYS_MAX);
    int rc = job_do(&j, chain);
    checkpoint_live_close(&j.live);
    buf_close(&j.out);
    if (rc == 0) {
        *ret_bytes = j.written;
    }
    return rc;
}

struct checkpoint_rewrite {
    uv_work_t work;
    uv_sem_t ended;
    const struct checkpoint_calls *calls;
    const struct checkpoint_paths *paths;
    uint64_t chain, bytes;
    atomic_bool stop;
    atomic_bool handed, ready;  /* order what libuv's queue and semaphore order, for checkers that do not see into it */
    int rc;
    checkpoint_rewritten_fn *done; /* NULL: told already */
    void *arg;
};

static void on_work(uv_work_t *work)
{
    struct checkpoint_rewrite *w = (struct checkpoint_rewrite *)work; /* its first member; nothing is read before handed */
    CHECK_PRE(atomic_load(&w->handed));
    w->rc = checkpoint_rewrite_now(w->calls, w->paths, w->chain, &w->stop, &w->bytes);
    atomic_store(&w->ready, true);
    uv_sem_post(&w->ended);
}

static void on_after(uv_work_t *work, int status)
{
    struct checkpoint_rewrite *w = (struct checkpoint_rewrite *)work;
    CHECK_PRE(atomic_load(&w->ready) || status);
    if (w->done) {
        w->done(w->arg, status ? CUBE_EAGAIN : w->rc, w->bytes);
    }
    uv_sem_destroy(&w->ended);
    free(w);
}

int checkpoint_rewrite_start(uv_loop_t *loop, const struct checkpoint_calls *calls, const struct checkpoint_paths *p, uint64_t chain,
                             checkpoint_rewritten_fn *done, void *arg, struct checkpoint_rewrite **ret_w)
{
    struct checkpoint_rewrite *w = calloc(1, sizeof *w);
    if (!w) {
        return CUBE_ENOMEM;
    }
    *w = (struct checkpoint_rewrite){.calls = calls, .paths = p, .chain = chain, .done = done, .arg = arg};
    atomic_store(&w->handed, true);
    if (uv_sem_init(&w->ended, 0)) {
        free(w);
        return CUBE_EIO;
    }
    if (uv_queue_work(loop, &w->work, on_work, on_after)) {
        uv_sem_destroy(&w->ended);
        free(w);
        return CUBE_EIO;
    }
    *ret_w = w;
    return 0;
}

void checkpoint_rewrite_stop(struct checkpoint_rewrite *w)
{
    int rc = CUBE_EAGAIN;
    atomic_store(&w->stop, true);
    if (uv_cancel((uv_req_t *)&w->work)) {
        uv_sem_wait(&w->ended);
        rc = atomic_load(&w->ready) ? w->rc : CUBE_EIO;
    }
    checkpoint_rewritten_fn *done = w->done;
    w->done = NULL;
    done(w->arg, rc, w->bytes);
}
