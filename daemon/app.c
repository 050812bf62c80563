#include "app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "app_checkpoint.h"
#include "app_page.h"
#include "app_pulse.h"
#include "app_ready.h"
#include "app_view.h"
#include "cli/exit_code.h"
#include "cubed_version.h"
#include "kafka/kafka_log.h"
#include "os/clock.h"
#include "os/interrupt.h"
#include "os/jobs_threads.h"
#include "os/notify.h"
#include "task/worker.h"

enum { BEAT_MS = 100, SECOND_MS = 1000 };
enum { COMMIT_VAIN_MS = 3000 }; /* of one commit tried in vain: a coordinator that changes, or loads what it is to know, mostly takes less */

struct app {
    const struct app_options *options;
    const struct config *config;
    struct logger logger;
    uv_loop_t loop;
    uv_timer_t turn, beat, second;
    uv_prepare_t prepare;        /* after every batch of records: a turn */
    uv_signal_t sigterm, sigint, sighup;
    struct interrupt interrupt;
    struct kafka_log *kafka;
    struct log log;
    struct checkpoint_files *copies;
    struct checkpoint checkpoint;
    struct jobs jobs;
    struct worker *worker;
    struct app_view *view;
    struct status_source source;
    struct app_page page;
    bool stopping, left, turned; /* left: the log was told to stop; turned: in this iteration of the loop, by the timer */
    bool reload_refused;
    struct app_pulse pulse;      /* progress is the end of a turn, and what is done within one that blocks, on any thread */
    int64_t last_turn_ms;
    int exit_code;
    struct app_ready ready;
    struct buf json;
};

static void notified(struct app *a, int rc)
{
    if (rc) {
        log_warn(&a->logger, "app", "notify_failed", LOG_WITH(log_text("code", err_name(rc))));
    }
}

/* ---- leaving ---------------------------------------------------------------------------------------- */

static void on_kafka_stopped(void *arg)
{
    struct app *a = arg;
    app_page_close(&a->page);
    interrupt_close(&a->interrupt);
    uv_handle_t *mine[] = {(uv_handle_t *)&a->turn, (uv_handle_t *)&a->beat, (uv_handle_t *)&a->second, (uv_handle_t *)&a->prepare,
                           (uv_handle_t *)&a->sigterm, (uv_handle_t *)&a->sigint, (uv_handle_t *)&a->sighup};
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
        if (!uv_is_closing(mine[i])) {
            uv_close(mine[i], NULL);
        }
    }
}

/* The log ends when the worker has begun its last commit. */
static void log_stop(struct app *a)
{
    a->left = true;
    kafka_log_stop(a->kafka, on_kafka_stopped, a);
}

/* First call: commit what there is and leave. A further one, for a failure, does not wait for that commit. */
static void app_stop(struct app *a, int exit_code)
{
    if (!a->stopping) {
        a->exit_code = exit_code;
        notified(a, notify_stopping());
        log_info(&a->logger, "app", "stopping", LOG_WITH(log_int("exit_code", exit_code)));
    }
    if (exit_code == EXIT_DONE && !a->stopping) {
        worker_leave(a->worker);
    } else {
        worker_stop(a->worker);
        log_stop(a);
    }
    a->stopping = true;
}

/* A second one waits for nothing, not for a call of librdkafka either: what is under way lands or is done once more. */
static void on_signal(uv_signal_t *h, int signal_number)
{
    struct app *a = h->data;
    if (a->stopping) {
        log_info(&a->logger, "app", "left_at_once", LOG_WITH(log_int("signal", signal_number), log_int("exit_code", a->exit_code)));
        log_settle(&a->logger, true);
        _exit(a->exit_code);
    }
    app_stop(a, EXIT_DONE);
}

/* A daemon has no terminal that could hang up: who sends this wants another configuration. The demo has one. */
static void on_hangup(uv_signal_t *h, int signal_number)
{
    struct app *a = h->data;
    if (a->options->quiet) {
        on_signal(h, signal_number);
    } else {
        a->reload_refused = true;
        log_warn(&a->logger, "app", "not_reloaded", LOG_WITH(log_text("text", "the configuration is read at the start only: restart to change it")));
    }
}

/* ---- what the parts say ------------------------------------------------------------------------------ */

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    struct app *a = arg;
    log_told(&a->logger, "kafka", severity, event, text);
}

static void on_worker_failed(void *arg, int error)
{
    struct app *a = arg;
    log_error(&a->logger, "app", "cannot_go_on", LOG_WITH(log_text("code", err_name(error)), log_text("text", err_text(error))));
    app_stop(a, exit_code_of(error));
}

static void on_kafka_failed(void *arg, int code, const char *text)
{
    struct app *a = arg;
    log_error(&a->logger, "kafka", "cannot_go_on", LOG_WITH(log_text("code", err_name(code)), log_text("text", text)));
    app_stop(a, exit_code_of(code));
}

static struct text json_of(struct app *a)
{
    return (struct text){(const char *)a->json.at, (uint32_t)a->json.len};
}

static void on_decided(void *arg, const struct decision *d, struct text scope, const struct buf *value)
{
    struct app *a = arg;
    const struct model *m = &a->config->model;
    bool change = d->type == DECISION_CHANGE;
    (void)value;
    buf_clear(&a->json);
    int rc = change ? output_change(m, scope, d, FORMAT_JSON, &a->json) : output_alert(m, scope, d, FORMAT_JSON, &a->json);
    rc = rc ? rc : change ? app_view_change(a->view, d->t_ms, scope, json_of(a)) : 0;
    if (rc) {
        on_worker_failed(a, rc);
        return;
    }
    if (a->page.http) {
        http_publish(a->page.http, change ? "change" : "alert", json_of(a));
    }
    if (a->options->decided) {
        a->options->decided(a->options->arg, d, scope, json_of(a));
    }
}

static void on_stated(void *arg, struct scope_task *t, uint32_t scope, int64_t tick_ms)
{
    struct app *a = arg;
    if (a->page.http && http_streams(a->page.http) > 0 && scope_task_state(t, scope, tick_ms, FORMAT_JSON, &a->json) == 0) {
        http_publish(a->page.http, "state", json_of(a));
    }
}

/* The loop itself answers, so it turns; alive means that the worker has had its turn lately as well. */
static void fix_status(void *arg, struct status *s)
{
    struct app *a = arg;
    struct kafka_log_counts counts;
    kafka_log_counts_read(a->kafka, &counts);
    s->transactions_retried = counts.retried;
    s->reload_refused = a->reload_refused;
    s->live = s->live && !a->stopping && app_pulse_is_alive(&a->pulse, clock_steady_ms());
    if (!kafka_log_broker_up(a->kafka)) {
        s->ready = s->broker_up = false;
        snprintf(s->not_ready, sizeof s->not_ready, "no broker answers");
    } else if (s->ready && counts.vain_ms >= COMMIT_VAIN_MS) {
        s->ready = false;
        snprintf(s->not_ready, sizeof s->not_ready, "a commit is refused again and again: the log says why");
    }
}

/* ---- turns ------------------------------------------------------------------------------------------ */

static void on_turn(uv_timer_t *h);

static void turn(struct app *a)
{
    if (a->left) {
        return;
    }
    a->last_turn_ms = clock_wall_ms();
    int64_t again_ms = worker_turn(a->worker, a->last_turn_ms);
    app_pulse_beat(&a->pulse, clock_steady_ms());
    if (a->stopping && !a->left && worker_has_left(a->worker)) {
        log_stop(a);
    }
    if (!a->left) {
        uv_timer_start(&a->turn, on_turn, (uint64_t)again_ms, 0);
    }
}

static void on_turn(uv_timer_t *h)
{
    struct app *a = h->data;
    a->turned = true;
    turn(a);
}

/* Before the loop sleeps: records and outcomes that came in this iteration get their turn at once, or in the next millisecond. */
static void on_prepare(uv_prepare_t *h)
{
    struct app *a = h->data;
    if (clock_wall_ms() != a->last_turn_ms) {
        turn(a);
    } else if (!a->turned && !a->left) {
        uv_timer_start(&a->turn, on_turn, 1, 0);
    }
    a->turned = false;
}

static void on_beat(uv_timer_t *h)
{
    struct app *a = h->data;
    if (!a->stopping && a->options->beat && a->options->beat(a->options->arg, clock_wall_ms())) {
        app_stop(a, EXIT_DONE);
    }
}

/* READY was told at the start, so that a broker that is away, or a long restore, fails no start. */
static void ready_check(struct app *a, const struct status *s)
{
    bool was = a->ready.was;
    if (app_ready_look(&a->ready, s, a->page.url, &a->logger)) {
        notified(a, notify_status(a->ready.text));
    }
    if (!was && a->ready.was && a->options->ready) {
        a->options->ready(a->options->arg, a->page.url);
    }
}

/* The watchdog is fed by progress: a worker without turns starves it. */
static void watchdog_feed(struct app *a)
{
    if (app_pulse_feeds(&a->pulse)) {
        notified(a, notify_watchdog());
    }
}

/* Within a turn that restores, on the loop's thread: the others may have enough to do for minutes, each with one job. */
static void on_meanwhile(void *arg)
{
    struct app *a = arg;
    app_pulse_look(&a->pulse, worker_restore_steps(a->worker) + checkpoint_files_steps(a->copies), clock_steady_ms());
    watchdog_feed(a);
    app_page_meanwhile(&a->page, a->view);
}

/* A turn that restores may take longer than the watchdog, or who wants the process to leave, waits. */
static bool on_progress(void *arg)
{
    struct app *a = arg;
    app_pulse_beat(&a->pulse, clock_steady_ms());
    watchdog_feed(a);
    return !interrupt_heard(&a->interrupt);
}

static void on_second(uv_timer_t *h)
{
    struct app *a = h->data;
    struct status s;
    log_settle(&a->logger, false);
    if (!a->stopping) {
        app_page_again(&a->page);
        a->source.read(a->source.self, &s);
        ready_check(a, &s);
        if (s.live) {
            watchdog_feed(a);
        }
    }
}

/* ---- start ------------------------------------------------------------------------------------------ */

static int parts_create(struct app *a)
{
    uint64_t seed = 0;
    struct worker_events we = {on_decided, on_stated, on_told, on_worker_failed, a, NULL, on_meanwhile};
    struct kafka_log_options ko = {on_kafka_failed, a, on_progress};
    seed = getrandom(&seed, sizeof seed, 0) == sizeof seed ? seed : (uint64_t)clock_wall_ms();
    int rc = interrupt_open(&a->interrupt);
    rc = rc ? rc : worker_create(a->config, &a->log, &we, seed, &a->worker);
    rc = rc ? rc : app_checkpoint_open(a->config, &a->loop, &a->logger, &a->copies);
    rc = rc ? rc : app_view_create(a->config, a->worker, &a->view);
    if (rc) {
        return rc;
    }
    struct log_events le = worker_log_events(a->worker);
    app_view_copies(a->view, a->copies);
    a->checkpoint = checkpoint_files_port(a->copies);
    worker_checkpoint(a->worker, checkpoint_files_on(a->copies) ? &a->checkpoint : NULL); /* notes are not made for nobody */
    a->jobs = jobs_threads();
    worker_jobs(a->worker, &a->jobs);
    a->source = app_view_source(a->view, fix_status, a);
    rc = kafka_log_create(&a->loop, a->config, &le, &ko, &a->log, &a->kafka);
    return rc == CUBE_EVERSION ? CUBE_ECONFIG : rc;
}

static void handles_start(struct app *a)
{
    uv_timer_init(&a->loop, &a->turn);
    uv_timer_init(&a->loop, &a->beat);
    uv_timer_init(&a->loop, &a->second);
    uv_prepare_init(&a->loop, &a->prepare);
    uv_signal_t *signals[] = {&a->sigterm, &a->sigint, &a->sighup};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        uv_signal_init(&a->loop, signals[i]);
    }
    a->turn.data = a->beat.data = a->second.data = a->prepare.data = a->sigterm.data = a->sigint.data = a->sighup.data = a;
    uv_timer_start(&a->turn, on_turn, 0, 0);
    if (a->options->beat) {
        uv_timer_start(&a->beat, on_beat, BEAT_MS, BEAT_MS);
    }
    uv_timer_start(&a->second, on_second, SECOND_MS, SECOND_MS);
    uv_prepare_start(&a->prepare, on_prepare);
    uv_signal_start(&a->sigterm, on_signal, SIGTERM);
    uv_signal_start(&a->sigint, on_signal, SIGINT);
    uv_signal_start(&a->sighup, on_hangup, SIGHUP);
}

static void app_close(struct app *a)
{
    interrupt_close(&a->interrupt);
    kafka_log_destroy(a->kafka);
    app_view_destroy(a->view);
    worker_destroy(a->worker);
    checkpoint_files_destroy(a->copies);
    uv_run(&a->loop, UV_RUN_DEFAULT); /* a copy may have been rewritten */
    buf_close(&a->json);
    log_settle(&a->logger, true);
}

int app_run(const struct app_options *o)
{
    struct app *a = calloc(1, sizeof *a);
    if (!a || uv_loop_init(&a->loop)) {
        free(a);
        return EXIT_MEMORY;
    }
    a->options = o;
    a->config = o->config;
    a->pulse.feed_every_ms = notify_watchdog_ms();
    log_init(&a->logger, o->quiet && o->level > LEVEL_WARNING ? LEVEL_WARNING : o->level);
    int rc = parts_create(a);
    rc = rc ? rc : app_page_open(a->config, &a->loop, &a->logger, &a->source, &a->page);
    rc = rc ? rc : kafka_log_start(a->kafka);
    if (rc) {
        log_error(&a->logger, "app", "not_started", LOG_WITH(log_text("code", err_name(rc)), log_text("text", err_text(rc))));
        a->exit_code = exit_code_of(rc);
        app_page_close(&a->page);
    } else {
        log_info(&a->logger, "app", "started", LOG_WITH(log_text("version", CUBED_VERSION), log_text("name", a->config->name),
                                                        log_text("instance", a->config->instance), log_text("url", a->page.url)));
        handles_start(a);
        notified(a, notify_ready());
    }
    uv_run(&a->loop, UV_RUN_DEFAULT);
    app_close(a);
    uv_loop_close(&a->loop);
    int code = a->exit_code;
    free(a);
    return code;
}
