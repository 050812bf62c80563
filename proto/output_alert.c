/* cube.alerts: an Alertmanager v4 alert object and what cubed adds to it (contract, section 5). */
#include <stdio.h>
#include <stdlib.h>

#include "proto/output_form.h"
#include "proto/output_parts.h"

#define NEVER "0001-01-01T00:00:00Z" /* Alertmanager's zero time */

void output_put_driver(struct emit *e, const struct model *m, const struct driver *d)
{
    output_text(e, OUT_DRIVER_MEASURE, m->measures[d->measure].name);
    output_key(e, OUT_DRIVER_CONTRIBUTION);
    emit_fixed(e, d->contribution);
}

static int put_labels(struct emit *e, const struct model *m, struct text scope,
                      const struct alert_rule *r)
{
    struct text measure = {0};
    if (r->measure != UINT16_MAX) {
        measure = m->measures[r->measure].name;
    }
    struct label *labels = malloc((ALERT_LABELS_BUILTIN + r->label_count) * sizeof *labels);
    if (!labels) {
        return CUBE_ENOMEM;
    }
    uint32_t count = alert_labels(r, scope, measure, labels);
    output_map(e, OUT_ALERT_LABELS);
    for (uint32_t i = 0; i < count; i++) {
        emit_key_text(e, labels[i].name);
        emit_text(e, labels[i].value);
    }
    emit_close(e);
    free(labels);
    return 0;
}

static int put_annotations(struct emit *e, const struct model *m, struct text scope,
                           const struct decision *d)
{
    struct buf text = {0};
    int rc = 0;
    output_map(e, OUT_ALERT_ANNOTATIONS);
    for (uint32_t i = 0; i < d->rule->annotation_count && rc == 0; i++) {
        buf_clear(&text);
        rc = output_annotation(d->rule->annotations[i].value, m, scope, d, &text);
        emit_key_text(e, d->rule->annotations[i].name);
        emit_text(e, (struct text){text.at ? (const char *)text.at : "", (uint32_t)text.len});
    }
    emit_close(e);
    buf_close(&text);
    return rc;
}

static void put_time(struct emit *e, enum output_member m, int64_t ms)
{
    char at[TIME_TEXT_MAX];
    uint32_t len = (uint32_t)time_text(ms, at);
    output_text(e, m, (struct text){at, len});
}

static void put_times(struct emit *e, bool firing, int64_t starts_ms, int64_t ends_ms)
{
    put_time(e, OUT_ALERT_STARTS_AT, starts_ms);
    if (firing) {
        output_text(e, OUT_ALERT_ENDS_AT, TEXT_LITERAL(NEVER));
    } else {
        put_time(e, OUT_ALERT_ENDS_AT, ends_ms);
    }
}

static void put_status(struct emit *e, bool firing)
{
    output_text(e, OUT_ALERT_STATUS, firing ? TEXT_LITERAL("firing") : TEXT_LITERAL("resolved"));
}

static bool is_url_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~=,:@/", c));
}

/* The address of the scope on the page; what a URL cannot hold is percent-encoded. */
static int put_url(struct emit *e, struct text prefix, struct text scope)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf url = {0};
    int rc = prefix.len ? buf_append(&url, prefix.at, prefix.len) : 0;
    for (uint32_t i = 0; i < scope.len && rc == 0; i++) {
        unsigned char c = (unsigned char)scope.at[i];
        rc = is_url_plain(c) ? buf_append(&url, &c, 1)
                             : buf_append(&url, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
    }
    if (rc == 0) {
        output_text(e, OUT_ALERT_GENERATOR_URL,
                   (struct text){url.at ? (const char *)url.at : "", (uint32_t)url.len});
    }
    buf_close(&url);
    return rc;
}

static void put_answer(struct emit *e, const struct decision *d)
{
    const struct condition_answer *a = &d->answer;
    if (a->has_value) {
        output_double(e, OUT_ALERT_VALUE, a->value);
    }
    if (d->rule->measure != UINT16_MAX) {
        output_int(e, OUT_ALERT_N, a->n);
    }
    if (a->has_interval) {
        output_pair(e, OUT_ALERT_INTERVAL, a->low, a->high);
    }
}

static void put_drivers(struct emit *e, const struct model *m, const struct decision *d)
{
    if (d->move_count == 0) {
        return;
    }
    output_key(e, OUT_ALERT_DRIVERS);
    emit_array(e);
    for (uint32_t i = 0; i < d->move_count; i++) {
        for (uint32_t k = 0; k < d->moves[i].driver_count; k++) {
            emit_map(e);
            output_put_driver(e, m, &d->moves[i].drivers[k]);
            output_text(e, OUT_ALERT_DRIVER_AXIS, axis_names[d->moves[i].axis]);
            emit_close(e);
        }
    }
    emit_close(e);
}

static void put_tail(struct emit *e, const struct model *m, const struct decision *d)
{
    char key[17];
    output_alert_key(d->fingerprint, key);
    output_text(e, OUT_ALERT_FINGERPRINT, (struct text){key, 16});
    put_answer(e, d);
    output_int(e, OUT_ALERT_AS_OF, d->t_ms);
    output_int(e, OUT_ALERT_REVISION, d->revision);
    put_drivers(e, m, d);
}

int output_alert(const struct model *m, struct text scope, const struct decision *d,
                 enum output_format f, struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    output_int(&e, OUT_ALERT_V, 1);
    put_status(&e, d->firing);
    int rc = put_labels(&e, m, scope, d->rule);
    if (rc == 0) {
        rc = put_annotations(&e, m, scope, d);
    }
    put_times(&e, d->firing, d->starts_ms, d->ends_ms);
    if (rc == 0) {
        rc = put_url(&e, m->alerts_url, scope);
    }
    put_tail(&e, m, d);
    emit_close(&e);
    int end = emit_end(&e);
    return rc ? rc : end;
}

void output_alert_key(uint64_t fingerprint, char ret_key[17])
{
    output_put_hex(fingerprint, ret_key);
    ret_key[16] = 0;
}

/* ---- of a task ------------------------------------------------------------------------------------- */

enum { TASK_LABELS = 3 };

static void task_labels(const struct task_alert *a, struct label labels[TASK_LABELS])
{
    labels[0] = (struct label){TEXT_LITERAL("alertname"), a->name};
    labels[1] = (struct label){TEXT_LITERAL("task"), a->task};
    labels[2] = (struct label){TEXT_LITERAL("severity"), a->severity};
}

void task_alert_fingerprint(struct task_alert *a)
{
    struct label labels[TASK_LABELS];
    task_labels(a, labels);
    a->fingerprint = alert_fingerprint(labels, TASK_LABELS);
}

static void put_task_labels(struct emit *e, const struct task_alert *a)
{
    struct label labels[TASK_LABELS];
    task_labels(a, labels);
    output_map(e, OUT_ALERT_LABELS);
    for (int i = 0; i < TASK_LABELS; i++) {
        emit_key_text(e, labels[i].name);
        emit_text(e, labels[i].value);
    }
    emit_close(e);
    output_map(e, OUT_ALERT_ANNOTATIONS);
    emit_key(e, "summary");
    emit_text(e, a->summary);
    emit_close(e);
}

static void put_task_tail(struct emit *e, const struct task_alert *a)
{
    char key[17];
    output_alert_key(a->fingerprint, key);
    output_text(e, OUT_ALERT_FINGERPRINT, (struct text){key, 16});
    output_double(e, OUT_ALERT_VALUE, a->value);
    output_int(e, OUT_ALERT_N, a->n);
    output_int(e, OUT_ALERT_AS_OF, a->t_ms);
    output_int(e, OUT_ALERT_REVISION, 0);
}

int output_task_alert(const struct model *m, const struct task_alert *a, enum output_format f,
                      struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    output_int(&e, OUT_ALERT_V, 1);
    put_status(&e, a->firing);
    put_task_labels(&e, a);
    put_times(&e, a->firing, a->starts_ms, a->t_ms);
    int rc = put_url(&e, m->alerts_url, TEXT_LITERAL("organisation"));
    put_task_tail(&e, a);
    emit_close(&e);
    int end = emit_end(&e);
    return rc ? rc : end;
}
