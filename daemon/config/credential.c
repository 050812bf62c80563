#include "config/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t some_read(int fd, char *at, size_t size)
{
    ssize_t n;
    do {
        n = read(fd, at, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Up to size bytes, and none behind them but the second of a line end. */
static int all_read(int fd, char *at, size_t size, size_t *ret_len)
{
    size_t len = 0;
    ssize_t n = 1;
    while (n > 0 && len < size) {
        n = some_read(fd, at + len, size - len);
        len += n > 0 ? (size_t)n : 0;
    }
    char more[2];
    ssize_t rest = n > 0 ? some_read(fd, more, sizeof more) : n;
    if (rest < 0) {
        return CUBE_EIO;
    }
    bool ends_line = rest == 1 && more[0] == '\n' && at[size - 1] == '\r';
    *ret_len = len;
    return rest == 0 || ends_line ? 0 : CUBE_ELIMIT;
}

int credential_file_read(const char *path, char *ret_secret, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? CUBE_ENOTFOUND : CUBE_EIO;
    }
    size_t len = 0;
    int rc = all_read(fd, ret_secret, size, &len);
    close(fd);
    while (rc == 0 && len > 0 && (ret_secret[len - 1] == '\n' || ret_secret[len - 1] == '\r')) {
        len--;
    }
    rc = rc ? rc : len == 0 || memchr(ret_secret, 0, len) ? CUBE_EFORMAT : len == size ? CUBE_ELIMIT : 0;
    if (rc) {
        explicit_bzero(ret_secret, size);
        return rc;
    }
    ret_secret[len] = 0;
    return 0;
}

int credential_read(const char *name, char *ret_secret, size_t size)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char path[4096];
    if (!directory || snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
        return CUBE_ENOTFOUND;
    }
    return credential_file_read(path, ret_secret, size);
}
