#include "os/checkpoint_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* What a person should know of each kind, in the order of the kinds. */
static const char *const advice[CHECKPOINT_TROUBLE_COUNT] = {
    [CHECKPOINT_LOCKED] = "another process uses checkpoint.dir: give each its own",
    [CHECKPOINT_DIRECTORY] = "checkpoint.dir is missing or not to be written",
    [CHECKPOINT_READ] = "could not be read: the changelog is read instead",
    [CHECKPOINT_WRITE] = "could not be written and takes no more until it is opened again: is the disk full?",
    [CHECKPOINT_REWRITE] = "could not be made smaller",
    [CHECKPOINT_DAMAGED] = "damaged: what stands before the damage is used",
    [CHECKPOINT_FOREIGN] = "belongs to another cluster, application or topic: begun anew",
    [CHECKPOINT_VERSION] = "written by another version: begun anew",
    [CHECKPOINT_TOO_OLD] = "older than checkpoint.max_age, or the clock was changed: begun anew",
    [CHECKPOINT_REFUSED] = "the changelog does not go on from it: begun anew",
    [CHECKPOINT_MEMORY] = "no memory for it: takes no more until it is opened again",
};

static void trouble_tell(struct checkpoint_store *s, enum checkpoint_trouble trouble, const char *copy)
{
    int64_t now_ms = s->calls->now_ms(s->calls->arg), since_ms = now_ms - s->told_ms[trouble];
    if (s->status.troubles[trouble]++ > 0 && since_ms >= 0 && since_ms < CHECKPOINT_TELL_AGAIN_MS) {
        return;
    }
    s->told_ms[trouble] = now_ms;
    log_warn(s->log, "checkpoint", checkpoint_trouble_names[trouble], LOG_WITH(log_text("copy", copy), log_text("text", advice[trouble])));
}

void checkpoint_store_tell(struct checkpoint_store *s, enum checkpoint_trouble trouble, const char *copy)
{
    pthread_mutex_lock(&s->shared);
    trouble_tell(s, trouble, copy);
    pthread_mutex_unlock(&s->shared);
}

void checkpoint_store_count(struct checkpoint_store *s, uint64_t *count, uint64_t more)
{
    pthread_mutex_lock(&s->shared);
    *count += more;
    pthread_mutex_unlock(&s->shared);
}

static int directory_lock(struct checkpoint_store *s)
{
    char path[CHECKPOINT_PATH_MAX + 8];
    if (s->lock_fd >= 0) {
        return 0;
    }
    snprintf(path, sizeof path, "%s/lock", s->directory);
    int fd = s->calls->open(s->calls->arg, path, O_RDWR | O_CREAT);
    if (fd < 0) {
        trouble_tell(s, CHECKPOINT_DIRECTORY, "all");
        return CUBE_EIO;
    }
    int rc = s->calls->lock(s->calls->arg, fd);
    if (rc) {
        s->calls->close(s->calls->arg, fd);
        trouble_tell(s, rc == -EWOULDBLOCK ? CHECKPOINT_LOCKED : CHECKPOINT_DIRECTORY, "all");
        return CUBE_EIO;
    }
    s->lock_fd = fd;
    return 0;
}

int checkpoint_store_lock(struct checkpoint_store *s)
{
    pthread_mutex_lock(&s->shared);
    int rc = directory_lock(s);
    pthread_mutex_unlock(&s->shared);
    return rc;
}

void checkpoint_store_unlock(struct checkpoint_store *s)
{
    if (s->lock_fd >= 0) {
        s->calls->close(s->calls->arg, s->lock_fd);
        s->lock_fd = -1;
    }
}
