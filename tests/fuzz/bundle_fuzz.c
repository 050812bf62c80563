/* The topic of partials: whatever stands in a bundle or a hand-over is refused, or its rows wait for their tick; then the ticks
 * are worked off and committed, or sums of no events are refused there. */
#include "task_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct world_topic *w = world_edit(ROLE_PARTIALS, at, len);
    struct scope_task *t;
    int refused = 0;
    FUZZ_CHECK(scope_task_create(&world_env, 0, NULL, NULL, &t) == 0);
    for (uint32_t i = 0; i < w->count; i++) {
        struct record r = world_as_record(&w->records[i], ROLE_PARTIALS, i);
        int rc = w->records[i].key_len != UINT32_MAX ? scope_task_record(t, &r) : 0;
        FUZZ_CHECK(rc == 0 || is_refusal(rc));
        FUZZ_CHECK(rc == 0 || len >= EDIT_BYTES);
        refused = refused ? refused : rc;
    }
    FUZZ_CHECK(scope_task_watermark(t) <= scope_task_slowest(t) || scope_task_waits(t));
    FUZZ_CHECK(refused || world_scope_goes_on(t, NULL) || len >= EDIT_BYTES);
    scope_task_destroy(t);
    world_close(w);
    return 0;
}
