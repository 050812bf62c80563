/* States as of an instant, whether they changed or not. */
#include <stdlib.h>

#include "proto/output.h"
#include "task/replay_inner.h"

struct scope_place {
    struct text key;
    uint32_t task, scope;
};

static int scope_place_compare(const void *a, const void *b)
{
    return text_compare(((const struct scope_place *)a)->key, ((const struct scope_place *)b)->key);
}

static int scopes_sorted(struct replay *r, struct scope_place **ret_all, uint32_t *ret_n)
{
    uint32_t n = 0, k = 0;
    for (uint32_t t = 0; t < r->scope_count; t++) {
        n += scope_engine_count(scope_task_engine(r->scopes[t]));
    }
    struct scope_place *all = malloc((n + 1) * sizeof *all);
    if (!all) {
        return CUBE_ENOMEM;
    }
    for (uint32_t t = 0; t < r->scope_count; t++) {
        struct scope_engine *e = scope_task_engine(r->scopes[t]);
        for (uint32_t s = 0; s < scope_engine_count(e); s++) {
            all[k++] = (struct scope_place){scope_engine_key(e, s), t, s};
        }
    }
    qsort(all, n, sizeof *all, scope_place_compare);
    *ret_all = all;
    *ret_n = n;
    return 0;
}

static int snapshot_print(struct replay *r, const char *topic, struct text key, int64_t at_ms, const struct buf *value)
{
    struct replay_line line = {.topic = topic, .key = (const uint8_t *)key.at, .key_len = key.len, .ts_ms = at_ms, .value = value->at,
                               .value_len = value->len};
    return r->sink(r->arg, &line);
}

/* The organisation is always there, also before the first event that counts: nothing is known of it. */
static int organisation_print(struct replay *r, int64_t at_ms)
{
    const struct scope_view nothing = {.key = TEXT_LITERAL("organisation"), .as_of_ms = at_ms, .octant = OCTANT_NONE};
    buf_clear(&r->bytes);
    int rc = output_state(&r->env.config->model, &nothing, NULL, 0, FORMAT_JSON, &r->bytes);
    return rc ? rc : snapshot_print(r, "cube.snapshot", nothing.key, at_ms, &r->bytes);
}

/* A scope whose first rows wait for a later tick has no state yet. */
static int states_print(struct replay *r, const struct scope_place *all, uint32_t n, int64_t at_ms)
{
    uint32_t stated = 0;
    for (uint32_t i = 0; i < n; i++) {
        int rc = scope_task_state(r->scopes[all[i].task], all[i].scope, at_ms, FORMAT_JSON, &r->bytes);
        if (rc == CUBE_ENOTFOUND) {
            continue;
        }
        rc = rc ? rc : snapshot_print(r, "cube.snapshot", all[i].key, at_ms, &r->bytes);
        if (rc) {
            return rc;
        }
        stated++;
    }
    bool named = r->at_next < r->options.at_count && r->at_ms[r->at_next] <= at_ms;
    return stated || !named ? 0 : organisation_print(r, at_ms); /* --every begins with what there is */
}

struct customer_snapshot {
    struct replay *replay;
    int64_t at_ms;
};

static int customer_print(void *arg, struct text key, const struct buf *value)
{
    struct customer_snapshot *s = arg;
    return snapshot_print(s->replay, "cube.customers.snapshot", key, s->at_ms, value);
}

static void snapshot_passed(struct replay *r, int64_t at_ms)
{
    while (r->at_next < r->options.at_count && r->at_ms[r->at_next] <= at_ms) {
        r->at_next++;
    }
    if (r->options.every_ms && r->every_next_ms != INT64_MIN && r->every_next_ms <= at_ms) {
        r->every_next_ms += r->options.every_ms;
    }
}

int replay_snapshot(struct replay *r, int64_t at_ms)
{
    struct scope_place *all;
    uint32_t n;
    int rc = scopes_sorted(r, &all, &n);
    if (rc) {
        return rc;
    }
    rc = states_print(r, all, n, at_ms);
    free(all);
    struct customer_snapshot s = {r, at_ms};
    for (uint32_t i = 0; r->options.customers && i < (uint32_t)r->options.partitions && !rc; i++) {
        rc = entity_task_customers_each(r->entities[i], at_ms, customer_print, &s);
    }
    snapshot_passed(r, at_ms);
    return rc;
}

int64_t replay_snapshot_next(const struct replay *r)
{
    int64_t at = r->at_next < r->options.at_count ? r->at_ms[r->at_next] : INT64_MAX;
    int64_t every = r->options.every_ms && r->every_next_ms != INT64_MIN ? r->every_next_ms : INT64_MAX;
    return at < every ? at : every;
}
