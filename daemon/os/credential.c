#include "os/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int file_read(int fd, char at[CREDENTIAL_MAX], size_t *ret_len)
{
    size_t len = 0;
    while (len < CREDENTIAL_MAX) {
        ssize_t n = read(fd, at + len, CREDENTIAL_MAX - len);
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

int credential_read(const char *name, char ret_secret[CREDENTIAL_MAX])
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char path[4096], secret[CREDENTIAL_MAX];
    if (!directory || snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
        return CUBE_ENOTFOUND;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? CUBE_ENOTFOUND : CUBE_EIO;
    }
    size_t len;
    int rc = file_read(fd, secret, &len);
    close(fd);
    if (rc != 0) {
        return rc;
    }
    while (len > 0 && (secret[len - 1] == '\n' || secret[len - 1] == '\r')) {
        len--;
    }
    if (len == 0) {
        return CUBE_EFORMAT;
    }
    memcpy(ret_secret, secret, len);
    ret_secret[len] = 0;
    explicit_bzero(secret, sizeof(secret));
    return 0;
}
