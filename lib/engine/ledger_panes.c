#include "engine/ledger_panes.h"

#include "engine/entity.h"

/* Two bits of the arg are the part. */
static uint8_t arg_of(uint32_t window, enum ledger_part part)
{
    return (uint8_t)(window << 2 | (unsigned)part);
}

/* ---- the plan --------------------------------------------------------------------------------------- */

static struct ledger_window *window_of(struct ledger_plan *p, const struct horizon *h)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->windows[i].horizon.panes == h->panes && p->windows[i].horizon.pane_ms == h->pane_ms) {
            return &p->windows[i];
        }
    }
    struct ledger_window *w = &p->windows[p->count++];
    w->horizon = *h;
    memset(w->tracks, TRACKS_MAX, sizeof w->tracks);
    return w;
}

/* The parts (bits) that have to do with a ledger. */
static const uint8_t parts_of[LEDGER_COUNT] = {
    [LEDGER_REVENUE] = 1u << PART_SALES,
    [LEDGER_COST] = 1u << PART_SALES | 1u << PART_COSTS,
    [LEDGER_EFFORT] = 1u << PART_EFFORTS,
    [LEDGER_MARGIN] = 1u << PART_SALES | 1u << PART_COSTS | 1u << PART_EFFORTS,
    [LEDGER_PURCHASES] = 1u << PART_SALES,
};

void ledger_plan_fill(const struct model *m, uint32_t counted, struct ledger_plan *ret_p)
{
    memset(ret_p, 0, sizeof *ret_p);
    for (uint32_t t = 0; t < m->track_count; t++) {
        struct ledger_window *w = window_of(ret_p, &m->tracks[t].horizon);
        enum ledger l = m->tracks[t].ledger;
        w->tracks[l] = (uint8_t)t;
        w->parts |= parts_of[l];
        for (unsigned part = 0; part < PART_COUNT; part++) {
            w->held[part] |= part != PART_COSTS && (parts_of[l] >> part & 1) ? (uint16_t)(counted & 1u << t) : 0;
        }
    }
    for (uint32_t i = 0; i < ret_p->count; i++) {
        ret_p->parts += (uint32_t)__builtin_popcount(ret_p->windows[i].parts & (1u << PART_SALES | 1u << PART_COSTS));
    }
}

/* ---- totals and what is held ------------------------------------------------------------------------- */

static inline void total_add(const struct applying *a, const struct ledger_window *w, enum ledger l, cube_i128 amount)
{
    if (w->tracks[l] < TRACKS_MAX) {
        cell_add_wide(facts_track(a->home, a->entity, w->tracks[l]), amount);
    }
}

/* Purchases are counted in micro units, too, so that means of all ledgers read alike. */
static void totals_add(const struct applying *a, const struct ledger_window *w, enum ledger_part part, struct ledger_share s)
{
    if (part == PART_SALES) {
        total_add(a, w, LEDGER_REVENUE, s.amount);
        total_add(a, w, LEDGER_PURCHASES, (cube_i128)s.events * FIXED_ONE);
    } else {
        total_add(a, w, part == PART_COSTS ? LEDGER_COST : LEDGER_EFFORT, s.amount);
    }
    total_add(a, w, LEDGER_MARGIN, part == PART_SALES ? s.amount : -s.amount);
}

void ledger_held_find(const struct ledger_plan *p, struct entity *x)
{
    uint32_t held = 0;
    for (uint32_t i = x->mark_count; i < x->fact_count; i++) {
        held |= ledger_held_by(p, &x->facts[i]);
    }
    x->held_tracks = (uint16_t)held;
}

/* ---- panes ------------------------------------------------------------------------------------------ */

/* Adds to a fact that is there; one of nothing goes. */
static void fact_more(struct entity *x, const struct ledger_plan *p, struct fact *f, int64_t events, int64_t value)
{
    f->key += (uint64_t)events;
    f->value = value;
    if (events > 0) {
        x->held_tracks |= ledger_held_by(p, f);
    }
    if (f->key == 0 && f->value == 0) {
        facts_remove(x, (uint32_t)(f - x->facts));
    }
    if (events < 0) {
        ledger_held_find(p, x);
    }
}

/* What does not fit beside what is there goes into further facts of the same pane. */
int ledger_part_add(struct fact_home *h, struct entity *x, const struct ledger_plan *p, uint32_t window, enum ledger_part part, int64_t t,
                    struct ledger_share s)
{
    uint64_t head = fact_head(FACT_LEDGER, arg_of(window, part), t);
    while (s.events != 0 || s.amount != 0) {
        int64_t amount = s.amount > INT64_MAX ? INT64_MAX : s.amount < INT64_MIN ? INT64_MIN : (int64_t)s.amount;
        struct fact *f = facts_find_head(x, head);
        int64_t sum;
        if (f && !__builtin_add_overflow(f->value, amount, &sum)) {
            fact_more(x, p, f, s.events, sum);
        } else {
            struct fact more = {head, (uint64_t)s.events, amount};
            if (facts_add(h, x, more) != 0) {
                return CUBE_ENOMEM;
            }
            x->held_tracks |= ledger_held_by(p, &more);
        }
        s = (struct ledger_share){0, s.amount - amount};
    }
    return 0;
}

static int window_add(struct applying *a, uint32_t window, const struct ledger_share *shares)
{
    const struct ledger_window *w = &a->ledgers->windows[window];
    int64_t leaves = pane_leaves_ms(&w->horizon, pane_of(a->ts_ms, w->horizon.pane_ms));
    if (leaves <= a->now_ms) {
        return 0; /* it is in the total no more, or has never been */
    }
    for (uint32_t left = w->parts; left != 0; left &= left - 1) {
        enum ledger_part part = (enum ledger_part)__builtin_ctz(left);
        const struct ledger_share *s = &shares[part];
        if (s->events == 0 && s->amount == 0) {
            continue;
        }
        applying_due(a, leaves);
        if (ledger_part_add(a->home, a->entity, a->ledgers, window, part, leaves, *s) != 0) {
            return CUBE_ENOMEM;
        }
        totals_add(a, w, part, *s);
    }
    return 0;
}

int ledger_panes_add(struct applying *a, const struct ledger_share *shares)
{
    int rc = 0;
    for (uint32_t i = 0; i < a->ledgers->count && rc == 0; i++) {
        rc = window_add(a, i, shares);
    }
    return rc;
}

void ledger_leave(struct applying *a, uint32_t i)
{
    struct fact f = a->entity->facts[i];
    const struct ledger_window *w = &a->ledgers->windows[fact_arg(&f) >> 2];
    totals_add(a, w, (enum ledger_part)(fact_arg(&f) & 3), (struct ledger_share){-(int64_t)f.key, -(cube_i128)f.value});
    facts_remove(a->entity, i);
    if (ledger_held_by(a->ledgers, &f) != 0) {
        ledger_held_find(a->ledgers, a->entity);
    }
}

bool ledger_arg_is_valid(const struct ledger_plan *p, uint8_t arg)
{
    return (uint32_t)arg >> 2 < p->count && (arg & 3) < PART_COUNT && (p->windows[arg >> 2].parts >> (arg & 3) & 1);
}
