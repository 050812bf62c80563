/* Changelogs of scope tasks: whatever stands in a record is refused or taken, and what was taken can be taken again; then the
 * task goes on, or sums of no events are refused. */
#include "task_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct world_topic *w = world_edit(ROLE_CHANGELOG_SCOPES, at, len);
    struct scope_task *t;
    int refused = 0;
    int64_t from;
    FUZZ_CHECK(scope_task_create(&world_env, 0, NULL, NULL, &t) == 0);
    for (uint32_t i = 0; i < 2 * w->count; i++) {
        const struct world_record *wr = &w->records[i % w->count];
        struct record r = world_as_record(wr, ROLE_CHANGELOG_SCOPES, i);
        bool again = i >= w->count;
        int rc = wr->key_len != UINT32_MAX && (wr->edited || !again) ? world_restore(t, &r) : 0;
        FUZZ_CHECK(rc == 0 || is_refusal(rc));
        FUZZ_CHECK(rc == 0 || wr->edited || len >= EDIT_BYTES);
        refused = refused ? refused : rc;
    }
    refused = refused ? refused : scope_task_restored(t, world_topics[ROLE_PARTIALS].count, &from);
    FUZZ_CHECK(refused == 0 || (is_refusal(refused) && len >= EDIT_BYTES));
    scope_task_input(t)->committed = 0; /* nothing is to be read again */
    FUZZ_CHECK(refused || world_scope_goes_on(t, w) || len >= EDIT_BYTES);
    scope_task_destroy(t);
    world_close(w);
    return 0;
}
