/* Tasks put back side by side, on threads and from real files: what comes of it is what one after the other comes to. Under the
 * thread sanitizer it says that they share nothing. */
#include "support/unit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/checkpoint_files.h"
#include "os/jobs_threads.h"
#include "support/worker_settings.h"
#include "support/worker_story.h"

#define COUNT 1000

struct counting {
    uint32_t calls[COUNT];
    atomic_uint sum;
};

static void call_count(void *arg, uint32_t i)
{
    struct counting *c = arg;
    c->calls[i]++;
    atomic_fetch_add(&c->sum, 1);
}

static void jobs_threads_do_each_job_once(void **state)
{
    (void)state;
    struct counting c = {.sum = 0};
    struct jobs j = jobs_threads();
    assert_in_range(j.width, 1, JOBS_THREADS_MAX);
    for (uint32_t count = 0; count < COUNT; count += 111) {
        memset(c.calls, 0, sizeof c.calls);
        atomic_store(&c.sum, 0);
        j.run(j.self, count, call_count, &c);
        assert_int_equal(atomic_load(&c.sum), count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(c.calls[i], 1);
        }
    }
}

/* ---- beside the caller -------------------------------------------------------------------------------- */

enum { JOBS = 6, PATIENCE = 2000 };

struct looking {
    struct counting counting;
    uv_thread_t caller;
    atomic_uint looks;
};

/* Waits until the caller has looked since. */
static void call_until_looked(void *arg, uint32_t i)
{
    struct looking *l = arg;
    unsigned before = atomic_load(&l->looks);
    uv_thread_t self = uv_thread_self();
    assert_false(uv_thread_equal(&self, &l->caller));
    for (int k = 0; k < PATIENCE && atomic_load(&l->looks) == before; k++) {
        usleep(5000);
    }
    call_count(&l->counting, i);
}

static void look(void *arg)
{
    struct looking *l = arg;
    uv_thread_t self = uv_thread_self();
    assert_true(uv_thread_equal(&self, &l->caller));
    atomic_fetch_add(&l->looks, 1);
}

static void jobs_threads_beside_the_caller_let_it_look_while_they_work(void **state)
{
    (void)state;
    static struct looking l;
    struct jobs j = jobs_threads();
    l.caller = uv_thread_self();
    j.run_beside(j.self, JOBS, call_until_looked, &l, look, &l);
    assert_true(atomic_load(&l.looks) > 0);
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_int_equal(l.counting.calls[i], 1);
    }
    j.run_beside(j.self, 0, call_until_looked, &l, look, &l);
    assert_int_equal(atomic_load(&l.counting.sum), JOBS);
}

/* ---- the worker ------------------------------------------------------------------------------------- */

/* As the page does: the thread sanitizer says that it looks at nothing that others write. */
static void look_at_the_worker(void *arg)
{
    struct world *w = arg;
    struct status s;
    worker_status(w->worker, &s);
    assert_string_equal(s.not_ready, "restoring");
    uint64_t steps = worker_restore_steps(w->worker);
    assert_true(worker_restore_steps(w->worker) >= steps);
    w->looks++;
}

/* Threads that are so slow that the caller looks once for each. */
static void looked_at_run(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg, void (*meanwhile)(void *arg), void *look_arg)
{
    struct jobs j = jobs_threads();
    (void)self;
    meanwhile(look_arg);
    j.run_beside(j.self, count, each, arg, meanwhile, look_arg);
}

struct copies {
    char directory[64];
    uv_loop_t loop;
    struct logger log;
    struct checkpoint_files *files;
    struct checkpoint port;
};

static void copies_open(struct copies *c)
{
    struct checkpoint_files_options o = {.directory = c->directory, .identity = "jobs", .max_age_ms = INT64_C(3600000), .loop = &c->loop,
                                         .log = &c->log, .topics = {0}};
    assert_int_equal(checkpoint_files_create(&o, &c->files), 0);
    c->port = checkpoint_files_port(c->files);
}

/* The process dies or leaves in order, and the next one restores on threads, or not. */
static void process_again(struct world *w, struct copies *c, const struct jobs *j, bool in_order)
{
    if (in_order) {
        worker_leave(w->worker);
        turns(w, 5, 100);
    }
    worker_destroy(w->worker);
    checkpoint_files_destroy(c->files);
    copies_open(c);
    w->checkpoint = &c->port;
    process_start(w);
    worker_jobs(w->worker, j);
}

static uint64_t records_read(const struct copies *c)
{
    struct checkpoint_status s;
    checkpoint_files_status(c->files, &s);
    return s.records_read;
}

static void jobs_threads_restore_tasks_as_one_after_the_other(void **state)
{
    (void)state;
    struct copies c = {.directory = "/tmp/cubed-jobs-XXXXXX"};
    struct jobs threads = {.width = jobs_threads().width, .run = jobs_threads().run, .run_beside = looked_at_run};
    char *want[TOPICS_COMPARED], command[128];
    struct world w;
    world_open(&w, QUIET);
    story(&w.log, 21, 300);
    play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, want);
    world_close(&w);
    assert_non_null(mkdtemp(c.directory));
    uv_loop_init(&c.loop);
    log_init(&c.log, LEVEL_ERROR);
    copies_open(&c);
    world_open(&w, QUIET);
    w.meanwhile = look_at_the_worker;
    process_again(&w, &c, NULL, false);
    story(&w.log, 21, 300);
    for (int i = 0; i < 8; i++) {
        turns_of(&w, 10, 100, 1);
        process_again(&w, &c, i % 4 == 3 ? NULL : &threads, i % 2);
    }
    play(&w, FAULT_NONE, 0);
    assert_true(records_read(&c) > 50);
    assert_true(w.looks > 5);
    outputs_equal(&w.log, want, 21, -1, -1);
    texts_free(want);
    world_close(&w);
    checkpoint_files_destroy(c.files);
    uv_run(&c.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&c.loop), 0);
    snprintf(command, sizeof command, "rm -r %s", c.directory);
    assert_int_equal(system(command), 0);
}

/* ---- what is done once more -------------------------------------------------------------------------- */

/* The threads, and the most tasks that were given to them at once when some had something to do once more. */
struct watched {
    struct jobs threads;
    const struct worker *worker;
    uint32_t most;
};

static bool redoes_some(const struct worker *w)
{
    struct entity_task **tasks;
    bool some = false;
    for (uint32_t i = 0, n = worker_entity_tasks(w, &tasks); i < n; i++) {
        some = some || (tasks[i] && entity_task_redoes(tasks[i]));
    }
    return some;
}

static void watched_run(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg)
{
    struct watched *w = self;
    w->most = redoes_some(w->worker) && count > w->most ? count : w->most;
    w->threads.run(w->threads.self, count, each, arg);
}

static void jobs_threads_do_once_more_side_by_side(void **state)
{
    (void)state;
    struct watched watched = {.threads = jobs_threads()};
    struct jobs jobs = {.self = &watched, .width = 2, .run = watched_run};
    struct world w;
    char *want[TOPICS_COMPARED];
    world_open_on(&w, QUIET, 4, 2);
    story(&w.log, 22, 300);
    play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, want);
    process_crash(&w);
    watched.worker = w.worker;
    worker_jobs(w.worker, &jobs);
    turns(&w, 1, 100);
    while (fake_log_deliver(&w.log, UINT32_MAX) > 0) {
    }
    assert_true(redoes_some(w.worker));
    play(&w, FAULT_NONE, 0);
    assert_int_equal(watched.most, 4); /* two of them for each processor that the port has */
    assert_false(redoes_some(w.worker));
    outputs_equal(&w.log, want, 22, -1, -1);
    texts_free(want);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(jobs_threads_do_each_job_once),
                                       cmocka_unit_test(jobs_threads_beside_the_caller_let_it_look_while_they_work),
                                       cmocka_unit_test(jobs_threads_restore_tasks_as_one_after_the_other),
                                       cmocka_unit_test(jobs_threads_do_once_more_side_by_side)};
    return RUN_TESTS(tests);
}
