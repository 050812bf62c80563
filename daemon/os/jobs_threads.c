#include "os/jobs_threads.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

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

/* ---- beside the caller ------------------------------------------------------------------------------- */

enum { MEANWHILE_MS = 10 };

struct beside {
    struct run run;
    atomic_uint at_work;
    int over; /* an event descriptor: a thread has ended */
};

static void on_thread_beside(void *arg)
{
    struct beside *b = arg;
    on_thread(&b->run);
    atomic_fetch_sub(&b->at_work, 1);
    eventfd_write(b->over, 1);
}

static bool thread_begin(struct beside *b, uv_thread_t *ret_thread)
{
    atomic_fetch_add(&b->at_work, 1);
    bool begun = uv_thread_create(ret_thread, on_thread_beside, b) == 0;
    atomic_fetch_sub(&b->at_work, begun ? 0 : 1);
    return begun;
}

static void beside_wait(struct beside *b, void (*meanwhile)(void *arg), void *arg)
{
    eventfd_t ended;
    while (atomic_load(&b->at_work) > 0) {
        struct pollfd over = {.fd = b->over, .events = POLLIN};
        if (poll(&over, 1, MEANWHILE_MS) > 0) {
            eventfd_read(b->over, &ended);
        } else {
            meanwhile(arg);
        }
    }
}

static void threads_run_beside(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg, void (*meanwhile)(void *arg),
                               void *meanwhile_arg)
{
    struct beside b = {.run = {.count = count, .each = each, .arg = arg}, .over = eventfd(0, EFD_CLOEXEC)};
    uv_thread_t threads[JOBS_THREADS_MAX];
    uint32_t begun = 0, width = jobs_threads().width;
    while (b.over >= 0 && begun < width && begun < count && thread_begin(&b, &threads[begun])) {
        begun++;
    }
    if (begun == 0) {
        threads_run(self, count, each, arg);
    }
    beside_wait(&b, meanwhile, meanwhile_arg);
    while (begun > 0) {
        uv_thread_join(&threads[--begun]);
    }
    if (b.over >= 0) {
        close(b.over);
    }
}

struct jobs jobs_threads(void)
{
    unsigned processors = uv_available_parallelism();
    uint32_t width = processors < JOBS_THREADS_MAX ? processors : JOBS_THREADS_MAX;
    return (struct jobs){.width = width, .run = threads_run, .run_beside = threads_run_beside};
}
