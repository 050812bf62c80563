/* Where this process keeps local copies of its changelogs, by its configuration and systemd. */
#ifndef CUBE_APP_CHECKPOINT_H
#define CUBE_APP_CHECKPOINT_H

#include <uv.h>

#include "config/config.h"
#include "os/checkpoint_files.h"
#include "os/log.h"

/* The directory of checkpoint.dir: state_directory (what systemd gives, NULL none, several apart by colons) for auto; NULL: no copies.
 * Copied to ret_path, at most size bytes. CUBE_ELIMIT: it is too long. */
int app_checkpoint_directory(const struct config *c, const char *state_directory, char *ret_path, size_t size) CUBE_MUST_CHECK;

/* Opens the copies; a directory that does not serve is told and does without, and so does one of systemd that is too long. Borrows all.
 * CUBE_ENOMEM, CUBE_ELIMIT: a name is too long. */
int app_checkpoint_open(const struct config *c, uv_loop_t *loop, struct logger *log, struct checkpoint_files **ret_f) CUBE_MUST_CHECK;

#endif
