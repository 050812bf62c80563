#include "engine/scope_gone.h"

#include <stdlib.h>
#include <string.h>

#include "base/varint.h"

/* ---- what heads tell of the rules of now ------------------------------------------------------------ */

static int put_labels(struct scope_engine *e, const struct alert_rule *r, struct buf *out)
{
    enum { KNOWN = 2 }; /* alertname and scope come first */
    uint32_t count = scope_alert_labels(e, r, (struct text){0});
    int rc = 0;
    alert_labels_sort(e->labels + KNOWN, count - KNOWN);
    for (uint32_t i = KNOWN; i < count && rc == 0; i++) {
        rc = put_text(out, e->labels[i].name);
        rc = rc ? rc : put_text(out, e->labels[i].value);
    }
    return rc;
}

int scope_told_make(struct scope_engine *e)
{
    int rc = 0;
    for (uint32_t i = 0; i < e->model->alert_count && rc == 0; i++) {
        rc = put_labels(e, &e->model->alerts[i], &e->told);
        e->told_ends[i] = e->told.len;
    }
    return rc;
}

struct text scope_told(const struct scope_engine *e, uint32_t rule)
{
    size_t from = rule > 0 ? e->told_ends[rule - 1] : 0;
    return (struct text){(const char *)e->told.at + from, (uint32_t)(e->told_ends[rule] - from)};
}

/* ---- alerts whose rule is gone ---------------------------------------------------------------------- */

/* How many labels a text tells. CUBE_EFORMAT: it is none of labels. */
static int told_count(struct text told, uint32_t *ret_count)
{
    struct cursor c = {(const uint8_t *)told.at, (const uint8_t *)told.at + told.len};
    struct text passed;
    int rc = 0;
    *ret_count = 0;
    while (c.at < c.end && rc == 0) {
        rc = get_text(&c, &passed);
        rc = rc ? rc : get_text(&c, &passed);
        ++*ret_count;
    }
    return rc;
}

/* The severity is the rule's own; told_count has been through the text. */
static void labels_read(struct gone_alert *g)
{
    struct cursor c = {(const uint8_t *)g->told.at, (const uint8_t *)g->told.at + g->told.len};
    struct label l;
    while (c.at < c.end && get_text(&c, &l.name) == 0 && get_text(&c, &l.value) == 0) {
        if (text_equal(l.name, TEXT_LITERAL("severity"))) {
            g->rule.severity = l.value;
        } else {
            g->labels[g->rule.label_count++] = l;
        }
    }
}

static struct text copied(char *at, struct text t)
{
    if (t.len) {
        memcpy(at, t.at, t.len);
    }
    return (struct text){at, t.len};
}

/* A rule without measure, so that a label of that name is one as any other. */
static struct gone_alert *gone_create(struct text name, struct text told, uint32_t count)
{
    struct gone_alert *g = calloc(1, sizeof *g + count * sizeof g->labels[0] + name.len + told.len);
    if (!g) {
        return NULL;
    }
    char *texts = (char *)(g->labels + count);
    g->told = copied(texts + name.len, told);
    g->rule = (struct alert_rule){
        .name = copied(texts, name), .measure = UINT16_MAX, .axis = AXIS_NONE, .severity = TEXT_LITERAL(""), .labels = g->labels};
    labels_read(g);
    return g;
}

int scope_gone_add(struct scope *s, struct text name, struct text told, int64_t since_ms)
{
    uint32_t count;
    int rc = told_count(told, &count);
    if (rc) {
        return rc;
    }
    struct gone_alert *g = gone_create(name, told, count), **at = &s->gone;
    if (!g) {
        return CUBE_ENOMEM;
    }
    g->since_ms = since_ms;
    while (*at) {
        at = &(*at)->next;
    }
    *at = g;
    return 0;
}

uint32_t scope_gone_count(const struct scope *s)
{
    uint32_t count = 0;
    for (const struct gone_alert *g = s->gone; g; g = g->next) {
        count++;
    }
    return count;
}

static int fingerprint(const struct scope *s, const struct alert_rule *r, uint64_t *ret_fingerprint)
{
    struct label *labels = malloc((ALERT_LABELS_BUILTIN + r->label_count) * sizeof *labels);
    if (!labels) {
        return CUBE_ENOMEM;
    }
    uint32_t count = alert_labels(r, s->key, (struct text){0}, labels);
    *ret_fingerprint = alert_fingerprint(labels, count);
    free(labels);
    return 0;
}

static int resolve(struct scope_engine *e, const struct scope *s, const struct gone_alert *g, int64_t t_ms)
{
    struct decision d = scope_alert_decision(s, &g->rule, g->since_ms, false, t_ms);
    int rc = fingerprint(s, d.rule, &d.fingerprint);
    return rc ? rc : outbox_add(&e->outbox, &d, NULL);
}

int scope_gone_resolve(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    while (s->gone) {
        struct gone_alert *g = s->gone;
        int rc = resolve(e, s, g, t_ms);
        if (rc) {
            return rc;
        }
        s->gone = g->next;
        g->next = e->gone;
        e->gone = g;
    }
    return 0;
}

void scope_gone_close(struct gone_alert **list)
{
    while (*list) {
        struct gone_alert *next = (*list)->next;
        free(*list);
        *list = next;
    }
}
