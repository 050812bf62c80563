/* Secrets: files in $CREDENTIALS_DIRECTORY, as systemd's LoadCredential puts them. Never from argv
 * or the environment. */
#ifndef CUBE_OS_CREDENTIAL_H
#define CUBE_OS_CREDENTIAL_H

#include "base/error.h"

#define CREDENTIAL_MAX 512

/* Reads the credential of this name without its line end. CUBE_ENOTFOUND: there is none; CUBE_EIO:
 * it cannot be read; CUBE_ELIMIT: longer than CREDENTIAL_MAX - 1; CUBE_EFORMAT: empty. */
int credential_read(const char *name, char ret_secret[CREDENTIAL_MAX]) CUBE_MUST_CHECK;

#endif
