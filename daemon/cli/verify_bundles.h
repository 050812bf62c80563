/* Bundles and hand-overs in `partials`: each decodes, and those of a task to a scope task count up by one. */
#ifndef CUBE_CLI_VERIFY_BUNDLES_H
#define CUBE_CLI_VERIFY_BUNDLES_H

#include "cli/verify_commits.h"

struct verify_sender {
    bool some;
    uint64_t seq;
    int64_t watermark_ms;
};

struct verify_bundles {
    const struct verify_world *world;
    struct verify_report *report;
    struct verify_sender *senders; /* per scope task: customer tasks, then employee tasks */
    uint32_t sender_count;         /* of one scope task */
};

/* CUBE_ENOMEM. */
int verify_bundles_init(struct verify_bundles *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_bundles_close(struct verify_bundles *v);

/* Takes a record of `partials`, in offset order per partition. */
void verify_bundles_record(struct verify_bundles *v, const struct record *r);

/* Everything was read, the commit records before the bundles: what they speak of must be there. */
void verify_bundles_end(struct verify_bundles *v, const struct verify_commits *commits);

#endif
