/* Changelogs of scope tasks: whatever stands in a record is refused or taken, and what was taken can be taken again. What
 * follows from sums that no events could give is not looked at. */
#include "task_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct world_topic *w = world_edit(ROLE_CHANGELOG_SCOPES, at, len);
    struct scope_task *t;
    FUZZ_CHECK(scope_task_create(&world_env, 0, NULL, NULL, &t) == 0);
    for (uint32_t i = 0; i < 2 * w->count; i++) {
        const struct world_record *wr = &w->records[i % w->count];
        struct record r = world_as_record(wr, ROLE_CHANGELOG_SCOPES, i);
        int rc = wr->key_len != UINT32_MAX && (wr->edited || i % 8 == 0) ? scope_task_restore(t, &r) : 0;
        FUZZ_CHECK(rc == 0 || is_refusal(rc));
        FUZZ_CHECK(rc == 0 || wr->edited || len >= EDIT_BYTES);
    }
    scope_task_destroy(t);
    world_close(w);
    return 0;
}
