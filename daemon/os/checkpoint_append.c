/* Appending to a copy. */
#include "os/checkpoint_inner.h"

#include <fcntl.h>

void checkpoint_file_stop(struct checkpoint_file *f, enum checkpoint_trouble trouble)
{
    const struct checkpoint_calls *c = f->store->calls;
    checkpoint_store_tell(f->store, trouble, f->name);
    if (f->fd >= 0) {
        c->close(c->arg, f->fd);
        f->fd = -1;
    }
    buf_close(&f->waiting);
    f->framed = false;
    f->ill_ms = checkpoint_file_is_ill(f) ? f->ill_ms : c->now_ms(c->arg);
    f->state = FILE_STOPPED;
}

void checkpoint_file_create(struct checkpoint_file *f, uint64_t follows)
{
    const struct checkpoint_calls *c = f->store->calls;
    f->fd = c->open(c->arg, f->paths.part[PART_NEW], O_RDWR | O_CREAT | O_TRUNC);
    if (f->fd < 0) {
        checkpoint_file_stop(f, CHECKPOINT_WRITE);
        return;
    }
    const struct checkpoint_head head = {.made_ms = c->now_ms(c->arg), .follows = follows, .identity = text_of(f->paths.identity)};
    buf_clear(&f->waiting);
    if (checkpoint_head_put(&f->waiting, &head, &f->chain)) {
        checkpoint_file_stop(f, CHECKPOINT_MEMORY);
        return;
    }
    f->state = FILE_OPEN;
    f->written = 0;
    f->framed = false;
    f->follows = follows;
    f->head_bytes = f->marked = f->waiting.len;
    f->marked_chain = f->chain;
    f->made_ms = f->made_ms ? f->made_ms : head.made_ms;
}

int checkpoint_file_write(struct checkpoint_file *f)
{
    int rc = checkpoint_write_all(f->store->calls, f->fd, f->waiting.at, f->waiting.len, f->written);
    if (rc) {
        checkpoint_file_stop(f, CHECKPOINT_WRITE);
        return rc;
    }
    f->written += f->waiting.len;
    checkpoint_store_count(f->store, &f->store->status.bytes_written, f->waiting.len);
    if (f->waiting.capacity > CHECKPOINT_CHUNK) {
        buf_close(&f->waiting);
    }
    buf_clear(&f->waiting);
    return 0;
}

static int frame_begin(struct checkpoint_file *f)
{
    int rc = f->framed ? 0 : checkpoint_frame_begin(&f->waiting, &f->begin);
    if (rc) {
        checkpoint_file_stop(f, CHECKPOINT_MEMORY);
    } else {
        f->framed = true;
    }
    return rc;
}

static void frame_end(struct checkpoint_file *f, const struct checkpoint_mark *mark)
{
    checkpoint_frame_end(&f->waiting, f->begin, mark, &f->chain);
    f->framed = false;
}

void checkpoint_file_put(struct checkpoint_file *f, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    if (f->state != FILE_OPEN || frame_begin(f)) {
        return;
    }
    int rc = checkpoint_record_put(&f->waiting, f->begin, key, key_len, value, value_len);
    if (rc) {
        checkpoint_file_stop(f, rc == CUBE_ENOMEM ? CHECKPOINT_MEMORY : CHECKPOINT_WRITE);
        return;
    }
    if (f->waiting.len >= CHECKPOINT_CHUNK) {
        frame_end(f, NULL);
        checkpoint_file_write(f);
    }
}

void checkpoint_file_mark(struct checkpoint_file *f, const struct checkpoint_place *place)
{
    if (f->state != FILE_OPEN || frame_begin(f)) {
        return;
    }
    const struct checkpoint_calls *c = f->store->calls;
    int64_t now_ms = c->now_ms(c->arg);
    frame_end(f, &(struct checkpoint_mark){now_ms, *place});
    f->marked = f->written + f->waiting.len;
    f->marked_chain = f->chain;
    if (f->waiting.len >= CHECKPOINT_CHUNK || now_ms - f->written_ms >= CHECKPOINT_WRITE_AFTER_MS || now_ms < f->written_ms) {
        f->written_ms = now_ms;
        if (checkpoint_file_write(f)) {
            return;
        }
    }
    if (f->empty) { /* however much a whole changelog repeats: that is what there is */
        f->empty = false;
        f->rewrite_at = 2 * checkpoint_file_bytes(f) + f->store->rewrite_over;
    }
    checkpoint_file_rewrite(f, now_ms);
}

void checkpoint_file_drop(struct checkpoint_file *f)
{
    const struct checkpoint_calls *c = f->store->calls;
    if (f->state != FILE_OPEN) {
        return;
    }
    if (f->marked >= f->written) {
        f->waiting.len = (size_t)(f->marked - f->written);
    } else {
        if (c->truncate(c->arg, f->fd, f->marked)) {
            checkpoint_file_stop(f, CHECKPOINT_WRITE);
            return;
        }
        f->written = f->marked;
        buf_clear(&f->waiting);
    }
    f->framed = false;
    f->chain = f->marked_chain;
}

void checkpoint_file_close(struct checkpoint_file *f)
{
    const struct checkpoint_calls *c = f->store->calls;
    checkpoint_file_drop(f);
    if (f->state == FILE_OPEN && checkpoint_file_write(f) == 0) {
        if (c->close(c->arg, f->fd)) {
            checkpoint_store_tell(f->store, CHECKPOINT_WRITE, f->name);
        }
        f->fd = -1;
    }
    buf_close(&f->waiting);
    f->state = FILE_CLOSED;
}

static void on_rewritten(void *arg, int rc, uint64_t bytes)
{
    struct checkpoint_file *f = arg;
    f->rewrite = NULL;
    if (rc == 0) {
        checkpoint_store_count(f->store, &f->store->status.rewrites, 1);
        f->base_bytes = bytes;
        f->old_bytes = 0;
        f->rewrite_failures = 0;
        f->rewrite_at = 2 * bytes + f->store->rewrite_over;
    } else if (rc != CUBE_EAGAIN) {
        f->ill_ms = checkpoint_file_is_ill(f) ? f->ill_ms : f->store->calls->now_ms(f->store->calls->arg);
        f->rewrite_at = 2 * checkpoint_file_bytes(f);
        if (++f->rewrite_failures >= CHECKPOINT_REWRITE_TRIES && f->state == FILE_OPEN) {
            checkpoint_file_stop(f, CHECKPOINT_REWRITE);
        } else {
            checkpoint_store_tell(f->store, CHECKPOINT_REWRITE, f->name);
        }
    }
}

/* What is appended goes into the next rewriting. The descriptor stays good when the name does not change. */
static int new_becomes_old(struct checkpoint_file *f)
{
    const struct checkpoint_calls *c = f->store->calls;
    int rc = checkpoint_file_write(f);
    if (rc) {
        return rc;
    }
    if (c->rename(c->arg, f->paths.part[PART_NEW], f->paths.part[PART_OLD])) {
        on_rewritten(f, CUBE_EIO, 0);
        return CUBE_EIO;
    }
    c->close(c->arg, f->fd);
    f->old_bytes = f->written;
    checkpoint_file_create(f, f->chain);
    return f->state == FILE_OPEN ? 0 : CUBE_EIO;
}

/* A process that has just begun needs its processors for the restore: others are still read. */
static bool rests(const struct checkpoint_file *f, int64_t now_ms)
{
    int64_t since_ms = now_ms - f->opened_ms;
    return f->opened_ms && since_ms >= 0 && since_ms < CHECKPOINT_REWRITE_REST_MS && checkpoint_file_bytes(f) <= 2 * f->rewrite_at;
}

/* Grown over its bound; or what was overwritten or erased would stay on the disk for longer than it may be used. */
static bool is_due(const struct checkpoint_file *f, int64_t now_ms)
{
    bool aged = now_ms - f->made_ms > f->store->max_age_ms && (f->marked > f->head_bytes || f->old_bytes);
    return !f->rewrite && !rests(f, now_ms) && (aged || checkpoint_file_bytes(f) > f->rewrite_at);
}

void checkpoint_file_rewrite(struct checkpoint_file *f, int64_t now_ms)
{
    if (!is_due(f, now_ms) || (f->old_bytes == 0 && new_becomes_old(f))) {
        return;
    }
    f->made_ms = now_ms;
    int rc = checkpoint_rewrite_start(f->store->loop, f->store->calls, &f->paths, f->follows, on_rewritten, f, &f->rewrite);
    if (rc) {
        on_rewritten(f, rc, 0);
    }
}
