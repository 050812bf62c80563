#include "os/checkpoint_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"

static int machine_open(void *arg, const char *path, int flags)
{
    (void)arg;
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

static int64_t machine_read(void *arg, int fd, void *at, size_t len, uint64_t offset)
{
    (void)arg;
    ssize_t n;
    do {
        n = pread(fd, at, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int64_t machine_write(void *arg, int fd, const void *at, size_t len, uint64_t offset)
{
    (void)arg;
    ssize_t n;
    do {
        n = pwrite(fd, at, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int64_t machine_size(void *arg, int fd)
{
    (void)arg;
    struct stat s;
    return fstat(fd, &s) ? -errno : s.st_size;
}

static int machine_truncate(void *arg, int fd, uint64_t len)
{
    (void)arg;
    return ftruncate(fd, (off_t)len) ? -errno : 0;
}

static int machine_sync(void *arg, int fd)
{
    (void)arg;
    return fsync(fd) ? -errno : 0;
}

static int machine_close(void *arg, int fd)
{
    (void)arg;
    return close(fd) ? -errno : 0;
}

static int machine_rename(void *arg, const char *from, const char *to)
{
    (void)arg;
    return rename(from, to) ? -errno : 0;
}

static int machine_unlink(void *arg, const char *path)
{
    (void)arg;
    return unlink(path) ? -errno : 0;
}

static int machine_list(void *arg, const char *directory, void (*each)(void *each_arg, const char *name, int64_t written_ms), void *each_arg)
{
    (void)arg;
    DIR *d = opendir(directory);
    if (!d) {
        return -errno;
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct stat s;
        if (fstatat(dirfd(d), e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s.st_mode)) {
            each(each_arg, e->d_name, (int64_t)s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000);
        }
    }
    closedir(d);
    return 0;
}

static int machine_lock(void *arg, int fd)
{
    (void)arg;
    return flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static int64_t machine_now_ms(void *arg)
{
    (void)arg;
    return clock_wall_ms();
}

const struct checkpoint_calls checkpoint_calls_machine = {
    .open = machine_open,
    .read = machine_read,
    .write = machine_write,
    .size = machine_size,
    .truncate = machine_truncate,
    .sync = machine_sync,
    .close = machine_close,
    .rename = machine_rename,
    .unlink = machine_unlink,
    .list = machine_list,
    .lock = machine_lock,
    .now_ms = machine_now_ms,
};

int checkpoint_write_all(const struct checkpoint_calls *c, int fd, const void *at, size_t len, uint64_t offset)
{
    const uint8_t *from = at;
    while (len > 0) {
        int64_t n = c->write(c->arg, fd, from, len, offset);
        if (n <= 0) {
            return n < 0 ? (int)n : -ENOSPC;
        }
        from += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}
