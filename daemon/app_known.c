#include "app_known.h"

#include <stdlib.h>
#include <string.h>

/* Behind it the bytes of the scope's key. */
struct series {
    struct text measure;
    double value;
    uint32_t scope_len;
};

/* Without memory nothing is known. */
static void alerts_note(struct app_known *k, const struct status *s)
{
    if (k->alert_count != s->alert_count) {
        free(k->alerts);
        k->alerts = calloc(s->alert_count + 1, sizeof *k->alerts);
        k->alert_count = k->alerts ? s->alert_count : 0;
    }
    k->any = k->alerts != NULL;
    if (k->any) {
        memcpy(k->alerts, s->alerts, k->alert_count * sizeof *k->alerts);
    }
}

void app_known_status(struct app_known *k, struct status *s, int64_t now_ms)
{
    if (s->complete || !s->broker_up || s->assigned) {
        k->at_ms = now_ms;
    }
    if (s->complete) {
        alerts_note(k, s);
        return;
    }
    if (now_ms - k->at_ms > KNOWN_MS) {
        k->any = false;
        buf_clear(&k->series);
    }
    s->alerts = k->alerts;
    s->alert_count = k->any ? k->alert_count : 0;
}

int app_known_series(struct app_known *k, struct text scope, struct text measure, double value)
{
    struct series one = {measure, value, scope.len};
    if (buf_reserve(&k->series, sizeof one + scope.len)) {
        return CUBE_ENOMEM;
    }
    int rc = buf_append(&k->series, &one, sizeof one);
    return rc ? rc : buf_append(&k->series, scope.at, scope.len);
}

int app_known_each(const struct app_known *k, uint32_t max, known_each_fn *each, void *arg)
{
    int rc = 0;
    for (size_t at = 0; at < k->series.len && max > 0 && !rc; max--) {
        struct series one;
        memcpy(&one, k->series.at + at, sizeof one);
        at += sizeof one;
        rc = each(arg, (struct text){(const char *)k->series.at + at, one.scope_len}, one.measure, one.value);
        at += one.scope_len;
    }
    return rc;
}

void app_known_close(struct app_known *k)
{
    free(k->alerts);
    buf_close(&k->series);
    *k = (struct app_known){0};
}
