#include "os/checkpoint_kept.h"

#include <fcntl.h>

#include "os/checkpoint_inner.h"

/* ---- writing ---------------------------------------------------------------------------------------- */

void checkpoint_kept_stop(const struct checkpoint_paths *p, const struct checkpoint_calls *calls, struct checkpoint_keeping *k)
{
    if (k->fd >= 0) {
        calls->close(calls->arg, k->fd);
        calls->unlink(calls->arg, p->kept);
    }
    buf_close(&k->waiting);
    *k = (struct checkpoint_keeping){.fd = -1};
}

static void keeping_fail(struct checkpoint_file *f, int rc)
{
    checkpoint_store_tell(f->store, rc == CUBE_ENOMEM ? CHECKPOINT_MEMORY : CHECKPOINT_WRITE, f->name);
    checkpoint_kept_stop(&f->paths, f->store->calls, &f->keeping);
    f->keeping.failed = true;
}

static int keeping_begin(struct checkpoint_file *f)
{
    const struct checkpoint_calls *c = f->store->calls;
    struct checkpoint_keeping *k = &f->keeping;
    if (k->fd >= 0) {
        return 0;
    }
    k->fd = c->open(c->arg, f->paths.kept, O_WRONLY | O_CREAT | O_TRUNC);
    if (k->fd < 0) {
        return CUBE_EIO;
    }
    const struct checkpoint_head head = {.made_ms = c->now_ms(c->arg), .identity = text_of(f->paths.identity)};
    int rc = checkpoint_head_put(&k->waiting, &head, &k->chain);
    return rc ? rc : checkpoint_frame_begin(&k->waiting, &k->begin);
}

/* Ends the frame and writes it. */
static int keeping_write(struct checkpoint_file *f, const struct checkpoint_mark *mark)
{
    struct checkpoint_keeping *k = &f->keeping;
    checkpoint_frame_end(&k->waiting, k->begin, mark, &k->chain);
    int rc = checkpoint_write_all(f->store->calls, k->fd, k->waiting.at, k->waiting.len, k->written);
    k->written += k->waiting.len;
    f->store->status.bytes_written += k->waiting.len;
    buf_clear(&k->waiting);
    return rc ? CUBE_EIO : 0;
}

void checkpoint_file_keep(struct checkpoint_file *f, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    struct checkpoint_keeping *k = &f->keeping;
    if (f->state != FILE_OPEN || k->failed) {
        return;
    }
    int rc = keeping_begin(f);
    rc = rc ? rc : checkpoint_record_put(&k->waiting, k->begin, key, key_len, value, value_len);
    if (!rc && k->waiting.len >= CHECKPOINT_CHUNK) {
        rc = keeping_write(f, NULL);
        rc = rc ? rc : checkpoint_frame_begin(&k->waiting, &k->begin);
    }
    if (rc) {
        keeping_fail(f, rc);
    }
}

void checkpoint_file_keep_end(struct checkpoint_file *f, const struct checkpoint_place *place)
{
    const struct checkpoint_calls *c = f->store->calls;
    struct checkpoint_keeping *k = &f->keeping;
    if (f->state != FILE_OPEN || k->failed) {
        return;
    }
    int rc = keeping_begin(f);
    rc = rc ? rc : keeping_write(f, &(struct checkpoint_mark){c->now_ms(c->arg), *place});
    if (!rc) {
        rc = c->close(c->arg, k->fd) ? CUBE_EIO : 0;
        k->fd = -1;
    }
    if (rc) {
        c->unlink(c->arg, f->paths.kept);
        keeping_fail(f, rc);
    }
    checkpoint_kept_stop(&f->paths, c, k);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

int checkpoint_kept_walk(const struct checkpoint_paths *p, const struct checkpoint_calls *calls, checkpoint_frame_fn *each, void *arg,
                         struct checkpoint_place *ret_place)
{
    struct checkpoint_reader r;
    struct checkpoint_frame f = {0};
    int more = 1, rc = checkpoint_reader_open(&r, calls, p->kept);
    if (rc) {
        return rc;
    }
    rc = checkpoint_is_ours(p, &r.head) ? 0 : CUBE_EUSAGE;
    while (!rc && (more = checkpoint_reader_next(&r, &f)) == 1) {
        rc = each ? each(arg, &f) : 0;
    }
    checkpoint_reader_close(&r);
    rc = rc ? rc : more ? more : f.marked ? 0 : CUBE_ETRUNCATED;
    if (!rc) {
        *ret_place = f.mark.place;
    }
    return rc;
}

int checkpoint_file_kept(struct checkpoint_file *f, struct checkpoint_place *ret_place)
{
    int rc = checkpoint_kept_walk(&f->paths, f->store->calls, NULL, NULL, ret_place);
    int trouble = rc == CUBE_ENOTFOUND ? -1 : checkpoint_trouble_of(rc);
    if (trouble >= 0) {
        checkpoint_store_tell(f->store, (enum checkpoint_trouble)trouble, f->name);
    }
    return rc ? CUBE_ENOTFOUND : 0;
}

int checkpoint_file_read_kept(struct checkpoint_file *f, int (*each)(void *arg, const struct record *r), void *arg)
{
    const struct checkpoint_calls *c = f->store->calls;
    struct checkpoint_delivery d = {.file = f, .each = each, .arg = arg};
    struct checkpoint_place place;
    int rc = each ? checkpoint_kept_walk(&f->paths, c, checkpoint_frame_deliver, &d, &place) : 0;
    c->unlink(c->arg, f->paths.kept);
    checkpoint_store_count(f->store, &f->store->status.records_read, d.given);
    return d.refused ? d.refused : rc && rc != CUBE_ENOMEM ? CUBE_EIO : rc;
}
