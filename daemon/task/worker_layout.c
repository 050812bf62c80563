/* The partition counts of all topics that are read, and the tables of tasks made for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/layout_told.h"
#include "task/worker_inner.h"

#define LAYOUT_TOLD_TRIES 64 /* at the latest after so many tries it is told again */

static const enum topic_role changelogs[][2] = {CHANGELOG_ROLES(CHANGELOG_PAIR)};

/* What stays as it is is told less and less often: a broker may be away for a night. */
static bool is_told(struct worker *w, enum topic_role role, int rc)
{
    int what = rc == CUBE_ENOTFOUND ? (int)role : ROLE_COUNT;
    w->layout_tries = what == w->layout_told ? w->layout_tries + 1 : 0;
    w->layout_told = what;
    return (w->layout_tries & (w->layout_tries - 1)) == 0 || w->layout_tries % LAYOUT_TOLD_TRIES == 0;
}

static int count_read(struct worker *w, enum topic_role role, int32_t *ret_n)
{
    char text[512];
    int rc = w->log->partition_count(w->log->self, role, ret_n);
    if (rc == 0 || rc == CUBE_EKAFKA || !is_told(w, role, rc)) {
        return rc ? CUBE_EAGAIN : 0;
    }
    if (rc == CUBE_ENOTFOUND) {
        snprintf(text, sizeof text, "topic %s is not there; cubed topics --create makes what is missing", w->config->topics[role]);
        worker_tell(w, 4, "topic_missing", text);
    } else {
        worker_tell(w, 4, "broker_away", "no broker answers; it is asked again until one does");
    }
    return CUBE_EAGAIN;
}

static int refuse(struct worker *w, enum topic_role a, int32_t n, enum topic_role b, int32_t m, const char *why)
{
    char text[768];
    snprintf(text, sizeof text, "%s has %d partitions and %s has %d: %s", w->config->topics[a], (int)n, w->config->topics[b], (int)m, why);
    worker_tell(w, 3, "layout_refused", text);
    return CUBE_ELAYOUT;
}

static int counts_check(struct worker *w, const int32_t n[ROLE_COUNT])
{
    if (n[ROLE_INTERACTIONS] != n[ROLE_CPI]) {
        return refuse(w, ROLE_INTERACTIONS, n[ROLE_INTERACTIONS], ROLE_CPI, n[ROLE_CPI], "they must be equal");
    }
    if (w->config->model.clv.observed && n[ROLE_PARTIALS] != n[ROLE_INTERACTIONS]) {
        return refuse(w, ROLE_PARTIALS, n[ROLE_PARTIALS], ROLE_INTERACTIONS, n[ROLE_INTERACTIONS],
                      "with money.retention observed they must be equal, for each task of scopes hands what is observed to the customers of its "
                      "own number");
    }
    for (size_t i = 0; i < sizeof changelogs / sizeof *changelogs; i++) {
        enum topic_role changelog = changelogs[i][0], input = changelogs[i][1];
        if (n[changelog] < n[input]) {
            return refuse(w, input, n[input], changelog, n[changelog],
                          "each partition needs one of the changelog with its number. If partitions were added, go back to what it was, or begin "
                          "anew under another name");
        }
    }
    return 0;
}

static int layout_read(struct worker *w, struct layout_stamp *ret_l)
{
    int32_t n[ROLE_COUNT] = {0};
    int rc = 0;
    for (int role = 0; role < ROLE_COUNT && !rc; role++) {
        bool read = role < INPUT_ROLES || role >= ROLE_CHANGELOG_CUSTOMERS;
        rc = read ? count_read(w, (enum topic_role)role, &n[role]) : 0;
    }
    rc = rc ? rc : counts_check(w, n);
    rc = rc || w->has_layout || !w->log->topics_judge ? rc : w->log->topics_judge(w->log->self);
    if (rc) {
        return rc;
    }
    uint32_t digest = (uint32_t)strtoul(w->config->model.digest.at, NULL, 16);
    *ret_l = (struct layout_stamp){n[ROLE_INTERACTIONS], n[ROLE_HR], n[ROLE_PARTIALS], digest};
    return 0;
}

static int tables_create(struct worker *w)
{
    size_t entities = (size_t)w->env.layout.customers + (size_t)w->env.layout.employees, scopes = (size_t)w->env.layout.scopes;
    w->entities = calloc(entities, sizeof(struct entity_task *));
    w->scope_tasks = calloc(scopes, sizeof(struct scope_task *));
    w->partitions = calloc(entities * 2 + scopes, sizeof *w->partitions);
    w->halves = calloc(entities + scopes, sizeof *w->halves);
    if (!w->entities || !w->scope_tasks || !w->partitions || !w->halves) {
        return CUBE_ENOMEM;
    }
    w->entity_count = (uint32_t)entities;
    w->scope_count = (uint32_t)scopes;
    return 0;
}

/* The tables are made for the layout this process started with. */
static int layout_take(struct worker *w, const struct layout_stamp *l)
{
    if (w->has_layout) {
        bool same = memcmp(l, &w->env.layout, sizeof *l) == 0;
        if (!same) {
            layout_told(&w->env, "this process", &w->env.layout, l);
        }
        return same ? 0 : CUBE_ELAYOUT;
    }
    w->env.layout = *l;
    int rc = tables_create(w);
    w->has_layout = !rc;
    w->env.headers = w->log->headers;
    return rc;
}

/* Looked at again after each assignment: a topic may have grown, or be gone and its partitions with it. */
int worker_layout_ensure(struct worker *w)
{
    struct layout_stamp l;
    if (w->has_layout && !w->layout_due) {
        return 0;
    }
    if (w->elapsed_ms < w->layout_retry_ms) {
        return CUBE_EAGAIN;
    }
    w->layout_retry_ms = w->elapsed_ms + LAYOUT_RETRY_MS;
    int rc = layout_read(w, &l);
    rc = rc ? rc : layout_take(w, &l);
    w->layout_due = rc != 0;
    w->layout_retry_ms = rc ? w->layout_retry_ms : 0;
    return rc;
}
