#include "os/jobs_threads.h"

#include <stdatomic.h>
#include <sys/prctl.h>

#include <uv.h>

struct run {
    atomic_uint next; /* job that nobody has begun */
    uint32_t count;
    void (*each)(void *arg, uint32_t i);
    void *arg;
};

static void jobs_do(struct run *r)
{
    for (uint32_t i; (i = atomic_fetch_add(&r->next, 1)) < r->count;) {
        r->each(r->arg, i);
    }
}

static void on_thread(void *arg)
{
    prctl(PR_SET_NAME, "cubed-job");
    jobs_do(arg);
}

/* A thread that cannot be begun leaves its part to the others. */
static void threads_run(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg)
{
    struct run r = {.count = count, .each = each, .arg = arg};
    uv_thread_t threads[JOBS_THREADS_MAX];
    uint32_t begun = 0, width = jobs_threads().width;
    (void)self;
    while (begun + 1 < width && begun + 1 < count && uv_thread_create(&threads[begun], on_thread, &r) == 0) {
        begun++;
    }
    jobs_do(&r);
    while (begun > 0) {
        uv_thread_join(&threads[--begun]);
    }
}

struct jobs jobs_threads(void)
{
    unsigned processors = uv_available_parallelism();
    return (struct jobs){.width = processors < JOBS_THREADS_MAX ? processors : JOBS_THREADS_MAX, .run = threads_run};
}
