/* Contacts of customers with departments, per scope: by them departments give their E (domain 4.5). */
#include <stdlib.h>

#include "engine/scope_state.h"

static const struct layout one_cell = {.slots = 1};

static bool kind_has(const struct scope_kind *kind, enum dimension d)
{
    for (unsigned i = 0; i < kind->count; i++) {
        if (kind->dims[i] == d) {
            return true;
        }
    }
    return false;
}

/* The place of a giver among the links, or where it belongs. */
static uint32_t link_place(const struct scope_engine *e, const struct scope *s, uint32_t giver)
{
    struct text key = gift_table_key(e->gifts, giver);
    uint32_t low = 0, high = s->link_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (text_compare(gift_table_key(e->gifts, s->links[middle].giver), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

#define LINKS_FEW 16

/* The link with a giver where it is among the first ones; those of most scopes are few. NULL: look for its place. */
static struct scope_link *link_near(const struct scope *s, uint32_t giver)
{
    uint32_t count = s->link_count < LINKS_FEW ? s->link_count : LINKS_FEW;
    for (uint32_t i = 0; i < count; i++) {
        if (s->links[i].giver == giver) {
            return &s->links[i];
        }
    }
    return NULL;
}

static int links_reserve(struct scope_engine *e, struct scope *s)
{
    if (s->link_count < s->link_capacity) {
        return 0;
    }
    uint32_t capacity = s->link_capacity ? 2 * s->link_capacity : 4;
    struct scope_link *links = realloc(s->links, capacity * sizeof *links);
    if (!links) {
        return CUBE_ENOMEM;
    }
    e->bytes += (capacity - s->link_capacity) * sizeof *links;
    s->links = links;
    s->link_capacity = capacity;
    if (capacity > e->link_room_capacity) {
        struct axis_link *room = realloc(e->link_room, capacity * sizeof *room);
        if (!room) {
            return CUBE_ENOMEM;
        }
        e->link_room = room;
        e->link_room_capacity = capacity;
    }
    return 0;
}

int scope_link_get(struct scope_engine *e, struct scope *s, uint32_t giver, struct scope_link **ret_l)
{
    *ret_l = link_near(s, giver);
    if (*ret_l) {
        return 0;
    }
    uint32_t i = link_place(e, s, giver);
    if (i == s->link_count || s->links[i].giver != giver) {
        int rc = links_reserve(e, s);
        if (rc) {
            return rc;
        }
        memmove(&s->links[i + 1], &s->links[i], (s->link_count - i) * sizeof *s->links);
        s->links[i] = (struct scope_link){.giver = giver, .contacts = {.edge_ms = NO_DUE, .unlogged = e->unlogged}};
        s->link_count++;
    }
    *ret_l = &s->links[i];
    return 0;
}

void link_edge(const struct model *m, struct scope_link *l)
{
    struct cell_horizon *h = &l->contacts;
    h->edge_ms = h->ring.count ? pane_leaves_ms(&m->cube.linked, pane_ring_oldest(&h->ring, &one_cell)) : NO_DUE;
}

int scope_link_add(struct scope_engine *e, struct scope *s, int64_t t_ms, const struct delta_row *row, bool *ret_taken)
{
    const struct horizon *plan = &e->model->cube.linked;
    struct scope_link *l;
    *ret_taken = !kind_has(&e->model->scopes.kinds[s->kind], DIM_DEPARTMENT);
    if (!*ret_taken || row->pane < pane_newest(t_ms, plan->pane_ms) - plan->panes + 1) {
        return 0;
    }
    int rc = scope_link_get(e, s, (uint32_t)row->bucket, &l);
    if (rc) {
        return rc;
    }
    uint64_t before = pane_ring_bytes(&l->contacts.ring, &one_cell);
    uint32_t count_before = l->contacts.ring.count;
    rc = pane_ring_add(&l->contacts.ring, &one_cell, row->pane, row->cells);
    rc = rc ? rc : horizon_dirty(&l->contacts, row->pane, l->contacts.ring.count != count_before);
    e->bytes += pane_ring_bytes(&l->contacts.ring, &one_cell) - before;
    link_edge(e->model, l);
    return rc;
}

struct leaving_contacts {
    struct cell_horizon *horizon;
    int rc;
};

static void on_leave(void *arg, int64_t pane, const int64_t *cells)
{
    struct leaving_contacts *l = arg;
    (void)cells;
    l->rc = l->rc ? l->rc : horizon_dirty(l->horizon, pane, false);
}

int scope_links_roll(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    int rolled = 0;
    const struct horizon *plan = &e->model->cube.linked;
    for (uint32_t i = 0; i < s->link_count; i++) {
        struct scope_link *l = &s->links[i];
        if (l->contacts.edge_ms >= t_ms) {
            continue;
        }
        struct leaving_contacts leaving = {&l->contacts, 0};
        pane_ring_roll(&l->contacts.ring, &one_cell, pane_newest(t_ms, plan->pane_ms) - plan->panes + 1, on_leave, &leaving);
        if (leaving.rc) {
            return leaving.rc;
        }
        link_edge(e->model, l);
        rolled = 1;
    }
    return rolled;
}

int64_t scope_links_edge(const struct scope *s)
{
    int64_t first = NO_DUE;
    for (uint32_t i = 0; i < s->link_count; i++) {
        first = s->links[i].contacts.edge_ms < first ? s->links[i].contacts.edge_ms : first;
    }
    return first;
}

void scope_links_destroy(struct scope *s)
{
    for (uint32_t i = 0; i < s->link_count; i++) {
        pane_ring_close(&s->links[i].contacts.ring);
        free(s->links[i].contacts.dirty);
    }
    free(s->links);
}
