#include "config/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int all_read(int fd, char *at, size_t size, size_t *ret_len)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, at + len, size - len);
        if (n < 0) {
            return CUBE_EIO;
        }
        if (n == 0) {
            *ret_len = len;
            return 0;
        }
        len += (size_t)n;
    }
    return CUBE_ELIMIT;
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
    rc = rc ? rc : len == 0 || memchr(ret_secret, 0, len) ? CUBE_EFORMAT : 0;
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
