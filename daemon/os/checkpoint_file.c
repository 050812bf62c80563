/* Opening, reading and resetting a copy. */
#include "os/checkpoint_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/checkpoint_inner.h"

#define LIVE_KEYS_MAX (UINT32_C(1) << 21) /* slots; 32 MiB while a copy with so many keys is read */

static int text_fill(char *at, size_t size, const char *directory, const char *name, const char *suffix)
{
    return (size_t)snprintf(at, size, "%s/%s.%s", directory, name, suffix) < size ? 0 : CUBE_ELIMIT;
}

int checkpoint_file_init(struct checkpoint_file *f, struct checkpoint_store *s, enum topic_role role, const char *role_name, int32_t partition,
                         const char *identity)
{
    static const char *const suffixes[PART_COUNT] = {"base", "old", "new"};
    struct checkpoint_paths *p = &f->paths;
    *f = (struct checkpoint_file){.store = s, .role = role, .partition = partition, .fd = -1};
    snprintf(f->name, sizeof f->name, "%s-%d", role_name, (int)partition);
    int rc = text_fill(p->tmp, sizeof p->tmp, s->directory, f->name, "tmp");
    rc = rc ? rc : text_fill(p->kept, sizeof p->kept, s->directory, f->name, "kept");
    for (int i = 0; i < PART_COUNT && !rc; i++) {
        rc = text_fill(p->part[i], sizeof p->part[i], s->directory, f->name, suffixes[i]);
    }
    if ((size_t)snprintf(p->identity, sizeof p->identity, "%s\npartition %d", identity, (int)partition) >= sizeof p->identity) {
        rc = CUBE_ELIMIT;
    }
    snprintf(p->directory, sizeof p->directory, "%s", s->directory);
    return rc;
}

uint64_t checkpoint_file_bytes(const struct checkpoint_file *f)
{
    return f->base_bytes + f->old_bytes + (f->state == FILE_OPEN ? f->written + f->waiting.len : f->written);
}

bool checkpoint_file_is_ill(const struct checkpoint_file *f)
{
    return f->state == FILE_STOPPED || (f->state == FILE_OPEN && f->rewrite_failures > 0);
}

static void rewrite_stop(struct checkpoint_file *f)
{
    if (f->rewrite) {
        checkpoint_rewrite_stop(f->rewrite);
    }
}

void checkpoint_file_end(struct checkpoint_file *f)
{
    checkpoint_file_close(f);
    rewrite_stop(f);
}

/* A file that cannot be removed does not belong to the chain that begins now, or is the older copy that it was. */
static void file_begin(struct checkpoint_file *f)
{
    const struct checkpoint_calls *c = f->store->calls;
    for (int i = 0; i < PART_COUNT; i++) {
        c->unlink(c->arg, f->paths.part[i]);
    }
    c->unlink(c->arg, f->paths.tmp);
    f->base_bytes = f->old_bytes = 0;
    f->rewrite_failures = 0;
    f->rewrite_at = f->store->rewrite_over;
    f->made_ms = 0;
    f->empty = true;
    checkpoint_file_create(f, 0);
}

/* Closes what is open without writing more, and takes the directory; stops it when that is not to be had. */
static int file_prepare(struct checkpoint_file *f)
{
    rewrite_stop(f);
    checkpoint_file_close(f);
    int rc = checkpoint_store_lock(f->store);
    if (rc) {
        f->state = FILE_STOPPED;
        f->ill_ms = f->store->calls->now_ms(f->store->calls->arg);
    } else {
        f->store->calls->unlink(f->store->calls->arg, f->paths.kept);
    }
    return rc;
}

void checkpoint_file_reset(struct checkpoint_file *f)
{
    bool used = f->state == FILE_OPEN && !f->empty;
    if (file_prepare(f)) {
        return;
    }
    if (used) {
        checkpoint_store_tell(f->store, CHECKPOINT_REFUSED, f->name);
    }
    file_begin(f);
}

static bool is_usable(struct checkpoint_file *f, const struct checkpoint_end *e)
{
    const struct checkpoint_calls *c = f->store->calls;
    if (e->trouble >= 0) {
        checkpoint_store_tell(f->store, (enum checkpoint_trouble)e->trouble, f->name);
    }
    if (!e->found || e->mark.place.at < 0) {
        return false;
    }
    int64_t now_ms = c->now_ms(c->arg), wall_ms = e->mark.wall_ms;
    if (wall_ms < now_ms - f->store->max_age_ms || wall_ms > now_ms + CHECKPOINT_CLOCK_SLACK_MS) {
        checkpoint_store_tell(f->store, CHECKPOINT_TOO_OLD, f->name);
        return false;
    }
    return true;
}

int checkpoint_frame_deliver(void *arg, const struct checkpoint_frame *frame)
{
    struct checkpoint_delivery *d = arg;
    struct cursor c = frame->records;
    struct record r = {.role = d->file->role, .partition = d->file->partition, .offset = -1};
    int more;
    atomic_fetch_add(&d->file->store->steps, 1);
    while ((more = checkpoint_record_get(&c, &r)) == 1) {
        if (d->live && !checkpoint_live_is(d->live, d->number++)) {
            continue;
        }
        d->given++;
        d->refused = d->each(d->arg, &r);
        if (d->refused) {
            return d->refused;
        }
    }
    return more;
}

/* Goes on behind what was read: in .new if the copy ends there, else in another one. */
static void append_open(struct checkpoint_file *f, const struct checkpoint_end *e)
{
    const struct checkpoint_calls *c = f->store->calls;
    f->base_bytes = e->bytes[PART_BASE];
    f->old_bytes = e->bytes[PART_OLD];
    f->rewrite_failures = 0;
    f->rewrite_at = 2 * f->base_bytes + f->store->rewrite_over;
    f->made_ms = e->made_ms;
    f->opened_ms = c->now_ms(c->arg);
    f->empty = false;
    if (e->part != PART_NEW) {
        checkpoint_file_create(f, e->chain);
        return;
    }
    f->fd = c->open(c->arg, f->paths.part[PART_NEW], O_RDWR);
    if (f->fd < 0 || c->truncate(c->arg, f->fd, e->offset)) {
        checkpoint_file_stop(f, CHECKPOINT_WRITE);
        return;
    }
    f->state = FILE_OPEN;
    f->written = f->marked = e->offset;
    f->chain = f->marked_chain = e->chain;
    f->follows = e->follows;
    f->head_bytes = 0;
}

/* Which records are the last of their keys, up to the last marked frame: the others need not be given to anybody. */
struct judging {
    struct checkpoint_store *store;
    struct checkpoint_live live;
    uint32_t marked; /* records up to the last mark */
    int rc;          /* without memory, or with more keys than are looked at, all are given */
};

static int frame_judge(void *arg, const struct checkpoint_frame *frame)
{
    struct judging *j = arg;
    struct cursor c = frame->records;
    struct record r;
    int more = 1;
    atomic_fetch_add(&j->store->steps, 1);
    while (!j->rc && (more = checkpoint_record_get(&c, &r)) == 1) {
        j->rc = checkpoint_live_add(&j->live, &r);
    }
    j->rc = j->rc || more >= 0 ? j->rc : more;
    j->marked = frame->marked ? j->live.number : j->marked;
    return 0;
}

/* What a killed process left behind the last mark overrides nothing. */
static int judge_again(struct checkpoint_file *f, const struct checkpoint_end *end, struct judging *j)
{
    struct checkpoint_end again;
    checkpoint_live_pass(&j->live, 0, 1);
    return checkpoint_chain_walk(f->store->calls, &f->paths, PART_COUNT, end, frame_judge, j, &again);
}

/* Finds the end of the copy, and what of it counts. */
static int file_judge(struct checkpoint_file *f, struct judging *j, struct checkpoint_end *ret_end)
{
    checkpoint_live_init(&j->live, LIVE_KEYS_MAX);
    checkpoint_live_pass(&j->live, 0, 1);
    int rc = checkpoint_chain_walk(f->store->calls, &f->paths, PART_COUNT, NULL, frame_judge, j, ret_end);
    if (!rc && !j->rc && j->live.number != j->marked && ret_end->found) {
        j->rc = judge_again(f, ret_end, j);
    }
    j->rc = j->rc ? j->rc : checkpoint_live_end(&j->live);
    return rc;
}

static int file_deliver(struct checkpoint_file *f, const struct judging *j, const struct checkpoint_end *end, struct checkpoint_delivery *d)
{
    struct checkpoint_end again;
    d->live = j->rc ? NULL : &j->live;
    int rc = checkpoint_chain_walk(f->store->calls, &f->paths, PART_COUNT, end, checkpoint_frame_deliver, d, &again);
    checkpoint_store_count(f->store, &f->store->status.records_read, d->given);
    return rc;
}

static int judged_read(struct checkpoint_file *f, struct judging *j, struct checkpoint_delivery *d, struct checkpoint_place *ret_place)
{
    struct checkpoint_end end;
    int rc = file_judge(f, j, &end);
    if (rc || !is_usable(f, &end)) {
        file_begin(f);
        return CUBE_ENOTFOUND;
    }
    rc = file_deliver(f, j, &end, d);
    if (d->refused) {
        return d->refused;
    }
    if (rc) {
        checkpoint_store_tell(f->store, rc == CUBE_ENOMEM ? CHECKPOINT_MEMORY : CHECKPOINT_READ, f->name);
        file_begin(f);
        return CUBE_ENOTFOUND;
    }
    append_open(f, &end);
    *ret_place = end.mark.place;
    return 0;
}

int checkpoint_file_read(struct checkpoint_file *f, int (*each)(void *arg, const struct record *r), void *arg, struct checkpoint_place *ret_place)
{
    struct checkpoint_delivery d = {.file = f, .each = each, .arg = arg};
    struct judging j = {.store = f->store};
    if (file_prepare(f)) {
        return CUBE_ENOTFOUND;
    }
    int rc = judged_read(f, &j, &d, ret_place);
    checkpoint_live_close(&j.live);
    return rc;
}
