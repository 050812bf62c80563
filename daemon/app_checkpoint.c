#include "app_checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "os/checkpoint_chain.h"
#include "os/clock.h"

#define PATH_MAX_BYTES 4096

int app_checkpoint_directory(const struct config *c, const char *state_directory, char *ret_path, size_t size)
{
    const char *given = strcmp(c->checkpoint_dir, "auto") == 0 ? state_directory : strcmp(c->checkpoint_dir, "none") == 0 ? NULL : c->checkpoint_dir;
    size_t len = !given ? 0 : given == state_directory ? strcspn(given, ":") : strlen(given);
    if (len >= size) {
        return CUBE_ELIMIT;
    }
    memcpy(ret_path, given ? given : "", len);
    ret_path[len] = 0;
    return 0;
}

_Static_assert(CHECKPOINT_DIR_MAX < CHECKPOINT_PATH_MAX - 64, "what the configuration lets pass has room for the names of files");

/* Clusters are told apart by the lineage of each task: their id is not known before a broker has answered. */
int app_checkpoint_open(const struct config *c, uv_loop_t *loop, struct logger *log, struct checkpoint_files **ret_f)
{
    char path[PATH_MAX_BYTES];
    int rc = app_checkpoint_directory(c, getenv("STATE_DIRECTORY"), path, sizeof path);
    if (rc || strlen(path) > CHECKPOINT_DIR_MAX) { /* of systemd: what is configured was checked */
        log_warn(log, "checkpoint", "directory_too_long", LOG_WITH(log_text("text", "$STATE_DIRECTORY is too long for local copies: none are kept")));
        path[0] = 0;
    }
    struct checkpoint_files_options o = {.directory = path, .identity = c->name, .max_age_ms = c->checkpoint_max_age_ms, .loop = loop, .log = log};
    memcpy(o.topics, c->topics, sizeof o.topics);
    if (getrandom(&o.seed, sizeof o.seed, 0) != sizeof o.seed) {
        o.seed = (uint64_t)clock_wall_ms();
    }
    return checkpoint_files_create(&o, ret_f);
}
