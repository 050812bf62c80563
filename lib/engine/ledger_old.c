/* Records of version 3 said of each track and pane how much was in it, and of counted tracks how many events. What is kept of
 * a pane now follows from all of these together: each fact adds what it tells of it, whatever order they come in. */
#include "engine/entity.h"
#include "engine/ledger_panes.h"

/* Margin is revenue less the others. */
static const int signs[LEDGER_COUNT] = {[LEDGER_REVENUE] = 1, [LEDGER_COST] = -1, [LEDGER_EFFORT] = -1};

static bool is_tracked(const struct ledger_window *w, enum ledger l)
{
    return w->tracks[l] < TRACKS_MAX;
}

/* The ledger that only the margin tells of: when none is left, margin tells nothing new. */
static enum ledger untracked(const struct ledger_window *w)
{
    static const enum ledger order[] = {LEDGER_COST, LEDGER_REVENUE, LEDGER_EFFORT};
    for (unsigned i = 0; i < sizeof order / sizeof *order && is_tracked(w, LEDGER_MARGIN); i++) {
        if (!is_tracked(w, order[i])) {
            return order[i];
        }
    }
    return LEDGER_COUNT;
}

/* Adds what an amount of a ledger says of revenue, cost and effort. */
static void amounts_take(const struct ledger_window *w, enum ledger l, int64_t v, cube_i128 *amounts)
{
    enum ledger open = untracked(w);
    if (signs[l] != 0) {
        amounts[l] += v;
    }
    if (open != LEDGER_COUNT && l == LEDGER_MARGIN) {
        amounts[open] += (cube_i128)signs[open] * v;
    } else if (open != LEDGER_COUNT) {
        amounts[open] -= (cube_i128)signs[open] * signs[l] * v;
    }
}

static bool is_counted(const struct ledger_window *w, enum ledger l)
{
    uint32_t held = w->held[PART_SALES] | w->held[PART_EFFORTS];
    return is_tracked(w, l) && (held >> w->tracks[l] & 1);
}

/* The ledger whose numbers are those of purchases; LEDGER_COUNT: none is. */
static enum ledger sales_from(const struct ledger_window *w)
{
    return is_tracked(w, LEDGER_PURCHASES) ? LEDGER_PURCHASES
           : is_counted(w, LEDGER_REVENUE) ? LEDGER_REVENUE
           : is_counted(w, LEDGER_COST)    ? LEDGER_COST
                                           : LEDGER_COUNT;
}

/* Adds what n events of a ledger say of purchases and of events of effort. The margin's are both together. */
static void events_take(const struct ledger_window *w, enum ledger l, int64_t n, int64_t *sales, int64_t *efforts)
{
    enum ledger from = sales_from(w);
    bool margin = is_counted(w, LEDGER_MARGIN), effort = is_counted(w, LEDGER_EFFORT);
    *sales += l == from ? n : 0;
    *efforts += l == LEDGER_EFFORT ? n : 0;
    if (from == LEDGER_COUNT && margin) {
        *sales += l == LEDGER_MARGIN ? n : l == LEDGER_EFFORT ? -n : 0;
    } else if (margin && !effort) {
        *efforts += l == LEDGER_MARGIN ? n : l == from ? -n : 0;
    }
}

static uint32_t window_of(const struct ledger_plan *p, unsigned track, enum ledger *ret_l)
{
    for (uint32_t i = 0; i < p->count; i++) {
        for (unsigned l = 0; l < LEDGER_COUNT; l++) {
            if (p->windows[i].tracks[l] == track) {
                *ret_l = (enum ledger)l;
                return i;
            }
        }
    }
    return p->count;
}

int ledger_old_take(struct fact_home *h, struct entity *x, const struct ledger_plan *p, const struct fact *f, bool events)
{
    enum ledger l = LEDGER_COUNT;
    uint32_t i = window_of(p, fact_arg(f), &l);
    cube_i128 amounts[LEDGER_COUNT] = {0};
    int64_t sales = 0, efforts = 0;
    if (i == p->count) {
        return CUBE_EFORMAT;
    }
    const struct ledger_window *w = &p->windows[i];
    bool purchases = l == LEDGER_PURCHASES;
    if (events && !purchases) {
        events_take(w, l, f->value, &sales, &efforts);
    } else if (!events && purchases) {
        events_take(w, l, f->value / FIXED_ONE, &sales, &efforts);
    } else if (!events) {
        amounts_take(w, l, f->value, amounts);
    }
    const struct ledger_share shares[PART_COUNT] = {{sales, amounts[LEDGER_REVENUE]}, {0, amounts[LEDGER_COST]}, {efforts, amounts[LEDGER_EFFORT]}};
    int rc = 0;
    for (unsigned part = 0; part < PART_COUNT && rc == 0; part++) {
        rc = w->parts >> part & 1 ? ledger_part_add(h, x, p, i, (enum ledger_part)part, fact_t(f), shares[part]) : 0;
    }
    return rc;
}
