/* Contacts with departments, and the E that scopes take from others, read back. */
#include "engine/scope_reader.h"

static int contacts_set(struct scope_engine *e, struct scope_link *l, int64_t pane, struct reader *value)
{
    static const struct layout one = {.slots = 1};
    r_version(value);
    int64_t n = r_int(value);
    const int64_t *old = pane_ring_find(&l->contacts.ring, &one, pane);
    if (value->rc) {
        return value->rc;
    }
    n -= old ? *old : 0;
    int rc = pane_ring_add(&l->contacts.ring, &one, pane, &n);
    link_edge(e->model, l);
    return rc;
}

int scope_contacts_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    struct text giver_key = r_text(key);
    int64_t pane = r_int(key);
    struct scope *s;
    struct scope_link *l;
    uint32_t giver;
    if (key->rc || e->model->cube.linked.panes == 0) {
        return key->rc;
    }
    if (!giver_key.at || !pane_is_recorded(e->model->cube.linked.pane_ms, pane)) {
        return CUBE_EFORMAT;
    }
    int rc = scope_restored(e, r_rest(key), &s);
    rc = rc ? rc : gift_table_giver(e->gifts, giver_key, &giver);
    rc = rc ? rc : scope_link_get(e, s, giver, &l);
    if (rc || !is_tombstone) {
        return rc ? rc : contacts_set(e, l, pane, value);
    }
    pane_ring_roll(&l->contacts.ring, &(struct layout){.slots = 1}, pane + 1, NULL, NULL);
    link_edge(e->model, l);
    return 0;
}

int scope_giver_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    uint32_t giver;
    int rc = gift_table_giver(e->gifts, r_rest(key), &giver);
    if (rc) {
        return rc;
    }
    struct axis_gift g = {.contributions = e->given};
    if (!is_tombstone) {
        r_version(value);
        g.score = r_double(value);
        g.half = r_double(value);
        g.coverage = r_double(value);
        r_contributions(value, e, e->given);
    }
    if (value->rc == 0) {
        gift_table_restore(e->gifts, giver, is_tombstone ? NULL : &g);
    }
    return value->rc;
}
