/* What `cubed verify` knows of the topics beside their records. */
#ifndef CUBE_CLI_VERIFY_WORLD_H
#define CUBE_CLI_VERIFY_WORLD_H

#include "config/config.h"
#include "port/record.h"
#include "proto/bundle.h"

struct verify_world {
    const struct config *config;
    struct layout_stamp layout;         /* from the partition counts and the configuration */
    int32_t counts[ROLE_COUNT];         /* partitions */
    const int64_t *lows[ROLE_COUNT];    /* first offset there is, per partition: what was below has been deleted */
    const int64_t *committed[INPUT_ROLES]; /* of the group, before anything was read; -1 none */
    const int64_t *settled[INPUT_ROLES];   /* the same after everything was; NULL until then */
    record_headers_fn *headers;
};

/* True when nothing of a topic has been deleted from its start. Compaction does not show in this. */
static inline bool verify_is_whole(const struct verify_world *w, enum topic_role role)
{
    for (int32_t p = 0; p < w->counts[role]; p++) {
        if (w->lows[role][p] > 0) {
            return false;
        }
    }
    return true;
}

#endif
