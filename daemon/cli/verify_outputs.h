/* States, changes, alerts and customers: each in its form, and in order per key. */
#ifndef CUBE_CLI_VERIFY_OUTPUTS_H
#define CUBE_CLI_VERIFY_OUTPUTS_H

#include "base/intern.h"
#include "cli/verify_report.h"
#include "cli/verify_world.h"

#define VERIFY_KEYS_MAX UINT32_C(200000000)

/* What is remembered of a key. */
struct verify_output {
    bool some;
    int64_t as_of_ms, revision;
    uint8_t octant;         /* 1 + its number; 0 none: of a state, where it stood; of a change, where it went */
    uint8_t octant_at_state; /* of a change: that of the last one not after the scope's last state */
    bool firing;
    int64_t offset;
    int32_t partition;
    void *kept;             /* of a state: its last JSON tree not after its task's last tick */
};

enum verify_table { VERIFY_TABLE_STATES, VERIFY_TABLE_CHANGES, VERIFY_TABLE_ALERTS, VERIFY_TABLE_CUSTOMERS, VERIFY_TABLE_COUNT };

struct verify_outputs {
    const struct verify_world *world;
    struct verify_report *report;
    const int64_t *done_ms; /* last tick of each scope task, as its changelog says; NULL: keep no state */
    struct verify_keys {
        struct intern *keys;
        struct verify_output *at;
        uint32_t capacity;
    } tables[VERIFY_TABLE_COUNT];
};

/* CUBE_ENOMEM. */
int verify_outputs_init(struct verify_outputs *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_outputs_close(struct verify_outputs *v);

/* Takes a record of state, changes, alerts or customers, in offset order per partition; all states before the first
 * change. CUBE_ENOMEM, CUBE_ELIMIT: more than VERIFY_KEYS_MAX keys. */
int verify_outputs_record(struct verify_outputs *v, const struct record *r) CUBE_MUST_CHECK;

/* What is remembered of a key; NULL nothing. */
const struct verify_output *verify_outputs_find(const struct verify_outputs *v, enum verify_table t, struct text key);

/* Everything was read: the last change of a scope leads to where its last state stands. */
void verify_outputs_end(struct verify_outputs *v);

#endif
