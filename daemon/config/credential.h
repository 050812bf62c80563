/* Secrets: files in $CREDENTIALS_DIRECTORY, as systemd's LoadCredential puts them, or files with a path of their own. Never from argv
 * or the environment. */
#ifndef CUBE_CONFIG_CREDENTIAL_H
#define CUBE_CONFIG_CREDENTIAL_H

#include <stddef.h>

#include "base/error.h"

#define CREDENTIAL_MAX 512

/* Reads the credential of this name without its line end. CUBE_ENOTFOUND: there is none; CUBE_EIO: it cannot be read; CUBE_ELIMIT:
 * longer than size - 1; CUBE_EFORMAT: empty, or with a byte 0. */
int credential_read(const char *name, char *ret_secret, size_t size) CUBE_MUST_CHECK;

/* The same of a file. */
int credential_file_read(const char *path, char *ret_secret, size_t size) CUBE_MUST_CHECK;

#endif
