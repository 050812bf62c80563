#include "http/metrics.h"

#include <stdio.h>

#include "http/metrics_text.h"

struct metrics_view {
    struct metrics_text text;
    const struct status_source *source;
    const struct status *status;
    const struct metrics_own *own;
};

typedef void metric_fn(struct metrics_view *v);

/* X(function, name, type, help). The help says what to do when the number rises. */
#define METRICS(X)                                                                                 \
    X(build_info, "cubed_build_info", "gauge",                                                     \
      "Always 1; its labels say which cubed runs on which librdkafka.")                            \
    X(reload, "cubed_config_last_reload_successful", "gauge",                                      \
      "1: the configuration in use is the one on disk as last read. 0: it was to be read anew, "    \
      "and was not: run cubed check, and restart.")                                               \
    X(live, "cubed_live", "gauge",                                                                 \
      "1 while the loop makes progress. At 0 the service manager restarts the process.")           \
    X(ready, "cubed_ready", "gauge",                                                               \
      "1 when all owned partitions are restored and followed. At 0 ask /readyz?verbose.")          \
    X(records, "cubed_records_total", "counter",                                                   \
      "Input records by outcome. Rising late or dead_letter: read the headers of cube.late and "   \
      "cube.dead-letters.")                                                                        \
    X(commit_seconds, "cubed_commit_seconds", "histogram",                                         \
      "Time of one transaction from begin to commit. Rising: the broker or its disks are slow.")   \
    X(transactions, "cubed_transactions_total", "counter",                                         \
      "Transactions by outcome. Rising retried: broker trouble; rising lost: partitions move "     \
      "between instances too often.")                                                              \
    X(watermark, "cubed_watermark_timestamp_seconds", "gauge",                                     \
      "Event time up to which a partition is complete. One that stands still holds all scopes "    \
      "back: look at its producer.")                                                               \
    X(partition_lag, "cubed_partition_lag_records", "gauge",                                       \
      "Records of a partition not read yet. Rising: more instances, or a partition that gets "     \
      "most of the keys.")                                                                         \
    X(lag_records, "cubed_input_lag_records", "gauge",                                             \
      "Input records not read yet. Rising: start another instance.")                               \
    X(lag_seconds, "cubed_input_lag_seconds", "gauge",                                             \
      "Age of the oldest input record not applied. Rising: start another instance.")               \
    X(customers, "cubed_customers", "gauge", "Customers in memory. Near limits.customers raise the limit or add instances.") \
    X(employees, "cubed_employees", "gauge", "Employees in memory. Near limits.employees raise the limit or add instances.") \
    X(scopes, "cubed_scopes", "gauge",                                                             \
      "Scopes in memory. Rising without end: a dimension carries ids; take it out of scopes.")     \
    X(overflow, "cubed_overflow_total", "counter",                                                 \
      "Rows of scopes, events of customers and employees that are counted but not kept apart; ids forgotten early. Rising: raise limits.") \
    X(memory, "cubed_memory_bytes", "gauge",                                                       \
      "Memory by part. Rising held, or waiting (which is part of scopes): one partition is far ahead of the others in event time.") \
    X(bounds, "cubed_bound_reached_total", "counter",                                              \
      "Times that reading slowed down for a bound of limits. Rising: raise it, or look which input lags.") \
    X(releases, "cubed_retention_releases", "gauge",                                               \
      "Releases of observed retention a customer task keeps, at most. At limits.releases its records are written at every commit.") \
    X(stalled_task, "cubed_task_stalled", "gauge",                                                 \
      "A task that tells nothing and holds all scopes back. Is an instance missing?")              \
    X(bundle_gaps, "cubed_bundle_gaps_total", "counter",                                           \
      "Gaps in the chain between tasks. Anything above 0 is a fault: keep the logs.")              \
    X(alerts, "cubed_alerts", "gauge", "Alert instances by rule and status, while partitions are lost as known last.")                      \
    X(measures, "cubed_measure_value", "gauge",                                                    \
      "Value of a measure in a scope, as last decided or known; absent without a value.")                   \
    X(restore, "cubed_restore_seconds", "gauge",                                                   \
      "Time of the last restore, until all was read and done again. Rising: more records per "     \
      "instance.")                                                                                 \
    X(dirty, "cubed_dirty_entities", "gauge",                                                      \
      "Customers and employees whose record is older than what is in memory.")                     \
    X(redo, "cubed_redo_records", "gauge",                                                         \
      "Input records a restart reads again. Far above changelog.redo: dedup.horizon or held events.") \
    X(checkpoint_copies, "cubed_checkpoint_copies", "gauge",                                       \
      "Local copies of changelog partitions. Any stopped take no more until the partition is opened again: see the log.") \
    X(checkpoint_bytes, "cubed_checkpoint_bytes", "gauge",                                         \
      "Bytes of the local copies in use. Near the room of checkpoint.dir give it more.")           \
    X(checkpoint_redo, "cubed_checkpoint_redo_records", "gauge",                                   \
      "Input records a restart from local copies that take records reads again; without any as cubed_redo_records.") \
    X(checkpoint_read, "cubed_checkpoint_read_records_total", "counter",                           \
      "Records of restores that came from local copies instead of the changelog.")                 \
    X(checkpoint_written, "cubed_checkpoint_written_bytes_total", "counter",                       \
      "Bytes appended to local copies.")                                                           \
    X(checkpoint_rewrites, "cubed_checkpoint_rewrites_total", "counter",                           \
      "Local copies made smaller. Many an hour: what changes is most of what there is.")           \
    X(checkpoint_troubles, "cubed_checkpoint_troubles_total", "counter",                           \
      "What was wrong with local copies, by kind. Rising: the next restore takes longer; see the log.") \
    X(http_requests, "cubed_http_requests_total", "counter",                                       \
      "HTTP requests answered by outcome. Rising refused: somebody guesses or scans.")             \
    X(http_streams, "cubed_http_streams", "gauge", "Open event streams, of at most 32.")           \
    X(http_dropped, "cubed_http_streams_dropped_total", "counter",                                 \
      "Streams ended because the client read too slowly; it reconnects.")

#define X(function, name, type, help) static metric_fn metric_##function;
METRICS(X)
#undef X

struct metric {
    const char *name, *type, *help;
    metric_fn *write;
};

static const struct metric metrics[] = {
#define X(function, name, type, help) {name, type, help, metric_##function},
    METRICS(X)
#undef X
};

int metrics_write(const struct status_source *source, const struct metrics_own *own, struct buf *out)
{
    struct status status = {0};
    source->read(source->self, &status);
    struct metrics_view v = {.text = {.out = out}, .source = source, .status = &status, .own = own};
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        metrics_head(&v.text, metrics[i].name, metrics[i].type, metrics[i].help);
        metrics[i].write(&v);
    }
    return v.text.error;
}

static struct text or_empty(const char *z)
{
    return text_of(z ? z : "");
}

static void plain_count(struct metrics_view *v, uint64_t n)
{
    metrics_count(&v->text, "", NULL, 0, n);
}

static void labelled_count(struct metrics_view *v, const char *label, const char *value, uint64_t n)
{
    metrics_count(&v->text, "", &(struct metrics_label){label, text_of(value)}, 1, n);
}

static void metric_build_info(struct metrics_view *v)
{
    const struct http_options *o = v->own->options;
    struct metrics_label labels[] = {{"version", or_empty(o->version)}, {"librdkafka", or_empty(o->kafka_version)}, {"model", or_empty(o->model)}};
    metrics_count(&v->text, "", labels, 3, 1);
}

static void metric_stalled_task(struct metrics_view *v)
{
    if (v->status->stalled_task[0]) {
        labelled_count(v, "task", v->status->stalled_task, 1);
    }
}

static void metric_reload(struct metrics_view *v)
{
    plain_count(v, !v->status->reload_refused);
}

static void metric_records(struct metrics_view *v)
{
    for (int t = 0; t < 3; t++) {
        for (int o = 0; o < OUTCOME_COUNT; o++) {
            struct metrics_label labels[] = {{"topic", or_empty(v->own->options->topics[t])},
                                             {"outcome", text_of(record_outcome_names[o])}};
            metrics_count(&v->text, "", labels, 2, v->status->records[t][o]);
        }
    }
}

static void metric_commit_seconds(struct metrics_view *v)
{
    const struct status *s = v->status;
    uint64_t sum = 0;
    for (int i = 0; i <= COMMIT_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < COMMIT_BUCKETS) {
            snprintf(bound, sizeof(bound), "%g", commit_bucket_bounds[i]);
        }
        sum += s->commit_bucket[i];
        metrics_count(&v->text, "_bucket", &(struct metrics_label){"le", text_of(bound)}, 1, sum);
    }
    metrics_real(&v->text, "_sum", NULL, 0, s->commit_seconds_sum);
    metrics_count(&v->text, "_count", NULL, 0, sum);
}

static void metric_transactions(struct metrics_view *v)
{
    labelled_count(v, "outcome", "done", v->status->transactions_done);
    labelled_count(v, "outcome", "retried", v->status->transactions_retried);
    labelled_count(v, "outcome", "lost", v->status->transactions_lost);
}

static uint32_t partition_labels(struct metrics_view *v, const struct partition_status *p, char number[16], struct metrics_label out[2])
{
    snprintf(number, 16, "%d", (int)p->partition);
    const char *topic = p->role < INPUT_ROLES ? v->own->options->topics[p->role] : "";
    out[0] = (struct metrics_label){"topic", or_empty(topic)};
    out[1] = (struct metrics_label){"partition", text_of(number)};
    return 2;
}

static void metric_watermark(struct metrics_view *v)
{
    for (uint32_t i = 0; i < v->status->partition_count; i++) {
        const struct partition_status *p = &v->status->partitions[i];
        struct metrics_label labels[2];
        char number[16];
        if (p->watermark_ms != INT64_MIN) {
            uint32_t n = partition_labels(v, p, number, labels);
            metrics_real(&v->text, "", labels, n, (double)p->watermark_ms / 1000);
        }
    }
}

static void metric_partition_lag(struct metrics_view *v)
{
    for (uint32_t i = 0; i < v->status->partition_count; i++) {
        const struct partition_status *p = &v->status->partitions[i];
        struct metrics_label labels[2];
        char number[16];
        if (p->lag >= 0) {
            uint32_t n = partition_labels(v, p, number, labels);
            metrics_count(&v->text, "", labels, n, (uint64_t)p->lag);
        }
    }
}

static void metric_lag_records(struct metrics_view *v)
{
    if (v->status->complete && v->status->lag_records >= 0) {
        plain_count(v, (uint64_t)v->status->lag_records);
    }
}

static void metric_lag_seconds(struct metrics_view *v)
{
    if (v->status->complete) {
        metrics_real(&v->text, "", NULL, 0, v->status->lag_seconds);
    }
}

static void metric_overflow(struct metrics_view *v)
{
    const struct status *s = v->status;
    labelled_count(v, "part", "customers", s->overflow_customers);
    labelled_count(v, "part", "employees", s->overflow_employees);
    labelled_count(v, "part", "scopes", s->overflow_scopes);
    labelled_count(v, "part", "ids", s->overflow_ids);
}

static void metric_memory(struct metrics_view *v)
{
    const struct status *s = v->status;
    labelled_count(v, "part", "customers", s->memory_customers);
    labelled_count(v, "part", "employees", s->memory_employees);
    labelled_count(v, "part", "scopes", s->memory_scopes);
    labelled_count(v, "part", "held", s->memory_held);
    labelled_count(v, "part", "dedup", s->memory_dedup);
    labelled_count(v, "part", "epoch", s->memory_epoch);
    labelled_count(v, "part", "waiting", s->memory_waiting);
}

static void metric_bounds(struct metrics_view *v)
{
    for (int b = 0; b < BOUND_COUNT; b++) {
        labelled_count(v, "limit", status_bound_names[b], v->status->bounds_reached[b]);
    }
}

static void metric_alerts(struct metrics_view *v)
{
    struct alert_count a;
    for (uint32_t i = 0; i <= v->status->alert_count; i++) {
        if (status_alert(v->status, i, &a)) {
            struct metrics_label labels[2] = {{"alertname", text_of(a.alertname)}, {"status", TEXT_LITERAL("pending")}};
            metrics_count(&v->text, "", labels, 2, a.pending);
            labels[1].value = TEXT_LITERAL("firing");
            metrics_count(&v->text, "", labels, 2, a.firing);
        }
    }
}

struct series {
    struct metrics_text *text;
    uint32_t count;
};

static int series_add(void *arg, struct text scope, struct text measure, double value)
{
    struct series *s = arg;
    if (s->count < HTTP_SERIES_MAX) {
        struct metrics_label labels[] = {{"scope", scope}, {"measure", measure}};
        metrics_real(s->text, "", labels, 2, value);
    }
    s->count++;
    return s->text->error;
}

/* One more than the limit is asked for, so that a cut is seen. */
static void metric_measures(struct metrics_view *v)
{
    struct series s = {&v->text, 0};
    int rc = v->source->measures_each(v->source->self, HTTP_SERIES_MAX + 1, series_add, &s);
    if (rc != 0 && v->text.error == 0) {
        v->text.error = rc;
    }
    metrics_head(&v->text, "cubed_measure_series_cut", "gauge",
                 "1: there are more series of cubed_measure_value than are shown. Read cube.state "
                 "for the rest.");
    plain_count(v, s.count > HTTP_SERIES_MAX);
}

static void metric_restore(struct metrics_view *v)
{
    metrics_real(&v->text, "", NULL, 0, v->status->restore_seconds);
}

/* A number of the status as it is. */
#define PLAIN(name, field)                            \
    static void metric_##name(struct metrics_view *v) \
    {                                                 \
        plain_count(v, v->status->field);             \
    }
PLAIN(live, live)
PLAIN(ready, ready)
PLAIN(customers, customers)
PLAIN(employees, employees)
PLAIN(scopes, scopes)
PLAIN(releases, releases)
PLAIN(bundle_gaps, bundle_gaps)
PLAIN(dirty, dirty)
PLAIN(redo, redo)
PLAIN(checkpoint_redo, redo_noted)
PLAIN(checkpoint_bytes, checkpoint.bytes)
PLAIN(checkpoint_read, checkpoint.records_read)
PLAIN(checkpoint_written, checkpoint.bytes_written)
PLAIN(checkpoint_rewrites, checkpoint.rewrites)
#undef PLAIN

static void metric_checkpoint_copies(struct metrics_view *v)
{
    const struct checkpoint_status *c = &v->status->checkpoint;
    labelled_count(v, "state", "open", c->open - c->stopped);
    labelled_count(v, "state", "stopped", c->stopped);
}

static void metric_checkpoint_troubles(struct metrics_view *v)
{
    for (int i = 0; i < CHECKPOINT_TROUBLE_COUNT; i++) {
        labelled_count(v, "kind", checkpoint_trouble_names[i], v->status->checkpoint.troubles[i]);
    }
}

static void metric_http_requests(struct metrics_view *v)
{
    labelled_count(v, "outcome", "answered", v->own->requests - v->own->refused);
    labelled_count(v, "outcome", "refused", v->own->refused);
}

static void metric_http_streams(struct metrics_view *v)
{
    plain_count(v, v->own->streams);
}

static void metric_http_dropped(struct metrics_view *v)
{
    plain_count(v, v->own->streams_dropped);
}
