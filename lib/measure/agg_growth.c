/* How much a figure that is read again and again (followers, seats, devices) has grown: each reading less the
 * one before it of the same customer. The sum of the latest readings moves with the customer. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "measure/agg.h"

enum { N, GROWTH, SLOTS = GROWTH + 2 };
enum { CUSTOMERS, GAUGE, LEVEL_SLOTS = GAUGE + 2 };

/* Two facts: key 0 has t: instant of the latest reading, value: the reading; key 1 value: prefix of its id. */
enum { KEY_READING, KEY_ID };

struct reading {
    bool given;
    int64_t ts_ms, value;
    uint64_t id_prefix;
};

static struct reading reading_of(const struct measure *m, const struct entity *x)
{
    const struct fact *f = facts_find(x, FACT_GAUGE, (uint8_t)m->index, KEY_READING);
    const struct fact *id = facts_find(x, FACT_GAUGE, (uint8_t)m->index, KEY_ID);
    return f && id ? (struct reading){true, fact_t(f), f->value, (uint64_t)id->value} : (struct reading){0};
}

static int fact_set(const struct measure *m, struct applying *a, uint64_t key, int64_t t, int64_t value)
{
    struct fact now = {fact_head(FACT_GAUGE, (uint8_t)m->index, t), key, value};
    struct fact *f = facts_find(a->entity, FACT_GAUGE, (uint8_t)m->index, key);
    if (!f) {
        return facts_add(a->home, a->entity, now);
    }
    *f = now;
    return 0;
}

static int emit_gauge(const struct measure *m, struct applying *a, const struct scope_set *set, int64_t customers, cube_i128 gauge)
{
    int64_t level[LEVEL_SLOTS] = {[CUSTOMERS] = customers};
    cell_set_wide(level + GAUGE, gauge);
    return emit_level(a, m, set, level);
}

/* A reading older than the latest says nothing of now, and its difference is in the later ones already. */
static bool is_stale(const struct reading *now, const struct reading *latest)
{
    return latest->given && (now->ts_ms != latest->ts_ms ? now->ts_ms < latest->ts_ms : now->id_prefix < latest->id_prefix);
}

static int growth_apply(const struct measure *m, struct applying *a)
{
    struct reading before = reading_of(m, a->entity), now = {true, a->ts_ms, agg_value(m, a), event_id_prefix(a->event)};
    if (is_stale(&now, &before)) {
        return 0;
    }
    cube_i128 more = (cube_i128)now.value - before.value;
    int64_t cells[SLOTS] = {[N] = 1};
    cell_set_wide(cells + GROWTH, before.given ? more : 0);
    int rc = agg_emit(a, m, cells);
    rc = rc ? rc : emit_gauge(m, a, a->stock, !before.given, more);
    rc = rc ? rc : fact_set(m, a, KEY_READING, now.ts_ms, now.value);
    return rc ? rc : fact_set(m, a, KEY_ID, 0, (int64_t)now.id_prefix);
}

static int growth_move(const struct measure *m, struct applying *a, const struct scope_set *from, const struct scope_set *to)
{
    struct reading r = reading_of(m, a->entity);
    if (!r.given) {
        return 0;
    }
    int rc = from ? emit_gauge(m, a, from, -1, -(cube_i128)r.value) : 0;
    return rc || !to ? rc : emit_gauge(m, a, to, 1, r.value);
}

static void growth_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0};
    if (n > 0) {
        ret_r->value = stat_quotient(cell_get_wide(w->pane + GROWTH), FIXED_ONE);
    }
    if (w->level[CUSTOMERS] > 0) {
        result_set_double(ret_r, RESULT_GAUGE, stat_quotient(cell_get_wide(w->level + GAUGE), FIXED_ONE));
    }
}

const struct aggregation agg_growth = {
    .name = "growth",
    .pane = {.slots = SLOTS, .wide = 1u << GROWTH},
    .level = {.slots = LEVEL_SLOTS, .wide = 1u << GAUGE},
    .per_entity = true,
    .facts = UINT64_C(1) << FACT_GAUGE,
    .apply = growth_apply,
    .move = growth_move,
    .result = growth_result,
};
