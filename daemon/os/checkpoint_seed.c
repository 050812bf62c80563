#include "os/checkpoint_seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define SEED_NAME "seed"

/* As it stands in the file: only this machine reads it. */
struct seed_file {
    char magic[8];
    uint64_t seed, digest;
};

static const char seed_magic[8] = "cubedsd";

static struct seed_file file_of(uint64_t seed)
{
    struct seed_file f = {.seed = seed};
    memcpy(f.magic, seed_magic, sizeof f.magic);
    f.digest = hash64(&f, offsetof(struct seed_file, digest));
    return f;
}

struct seed_paths {
    char seed[CHECKPOINT_PATH_MAX + 16], tmp[CHECKPOINT_PATH_MAX + 16];
};

/* CUBE_ENOTFOUND: there is none. CUBE_EFORMAT: it is damaged. CUBE_EIO. */
static int seed_read(const struct checkpoint_calls *c, const struct seed_paths *p, uint64_t *ret_seed)
{
    struct seed_file f;
    int fd = c->open(c->arg, p->seed, O_RDONLY);
    if (fd < 0) {
        return fd == -ENOENT ? CUBE_ENOTFOUND : CUBE_EIO;
    }
    int64_t size = c->size(c->arg, fd), n = c->read(c->arg, fd, &f, sizeof f, 0);
    c->close(c->arg, fd);
    if (size < 0 || n < 0) {
        return CUBE_EIO;
    }
    if (size != sizeof f || n != sizeof f) {
        return CUBE_EFORMAT;
    }
    struct seed_file want = file_of(f.seed);
    if (memcmp(&f, &want, sizeof f) != 0) {
        return CUBE_EFORMAT;
    }
    *ret_seed = f.seed;
    return 0;
}

static int tmp_write(const struct checkpoint_calls *c, const struct seed_paths *p, uint64_t seed)
{
    struct seed_file f = file_of(seed);
    int fd = c->open(c->arg, p->tmp, O_WRONLY | O_CREAT | O_TRUNC);
    if (fd < 0) {
        return CUBE_EIO;
    }
    int rc = checkpoint_write_all(c, fd, &f, sizeof f, 0);
    rc = rc ? rc : c->sync(c->arg, fd);
    int closed = c->close(c->arg, fd);
    return rc || closed ? CUBE_EIO : 0;
}

/* The directory is not synced: a seed that a loss of power takes away costs a restart's time. */
static int seed_write(const struct checkpoint_calls *c, const struct seed_paths *p, uint64_t seed)
{
    int rc = tmp_write(c, p, seed);
    rc = rc ? rc : c->rename(c->arg, p->tmp, p->seed);
    if (rc) {
        c->unlink(c->arg, p->tmp);
    }
    return rc ? CUBE_EIO : 0;
}

uint64_t checkpoint_seed(struct checkpoint_store *s, uint64_t drawn)
{
    struct seed_paths p;
    uint64_t seed;
    if (checkpoint_store_lock(s)) {
        return drawn;
    }
    snprintf(p.seed, sizeof p.seed, "%s/" SEED_NAME, s->directory);
    snprintf(p.tmp, sizeof p.tmp, "%s/" SEED_NAME ".tmp", s->directory);
    int rc = seed_read(s->calls, &p, &seed);
    atomic_fetch_add(&s->steps, 1); /* a slow disk gets on */
    if (rc == 0) {
        return seed;
    }
    if (rc == CUBE_EFORMAT || rc == CUBE_EIO) {
        checkpoint_store_tell(s, rc == CUBE_EIO ? CHECKPOINT_READ : CHECKPOINT_DAMAGED, SEED_NAME);
    }
    if (rc != CUBE_EIO && seed_write(s->calls, &p, drawn)) { /* one that cannot be read now may be well */
        checkpoint_store_tell(s, CHECKPOINT_WRITE, SEED_NAME);
    }
    return drawn;
}
