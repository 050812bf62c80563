/* Copies with every allocation failing once. */
#include "support/unit.h"

#include "support/checkpoint_setup.h"
#include "support/failmalloc.h"

/* One allocates at a time: the thread that rewrites, or this one. */
static void commits(int count)
{
    for (int i = 0; i < count; i++) {
        world_commits(&w, 1);
        world_settle(&w);
    }
}

/* Writes, rewrites, reads; a copy that could not be kept is a shorter one or none. */
static int story(void *arg)
{
    (void)arg;
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = world_try_start(&w);
        if (rc == 0) {
            (void)world_resume(&w);
            world_settle(&w);
            commits(10);
            world_put_sized(&w, 3, 9999, 70000);
            world_mark(&w);
            world_settle(&w);
            commits(10);
            rc = world_status(&w).troubles[CHECKPOINT_MEMORY] + world_status(&w).troubles[CHECKPOINT_REWRITE] ? CUBE_ENOMEM : 0;
            world_stop(&w);
        }
    }
    return rc;
}

static int one(unsigned long n, bool *ret_hit)
{
    world_init(&w);
    failmalloc_set(n);
    int rc = story(NULL);
    *ret_hit = failmalloc_hit();
    failmalloc_off();
    world_start(&w);
    int read = world_resume(&w); /* compares what is found with what was put */
    assert_true(read == 0 || read == CUBE_ENOTFOUND);
    world_free(&w);
    return rc;
}

static void checkpoint_files_get_along_without_memory(void **state)
{
    (void)state;
    unsigned long n = 0, failed = 0;
    bool hit = true;
    while (hit) {
        int rc = one(++n, &hit);
        assert_true(rc == 0 || (hit && rc == CUBE_ENOMEM));
        failed += rc != 0;
    }
    assert_true(failed > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(checkpoint_files_get_along_without_memory)};
    return RUN_TESTS(tests);
}
