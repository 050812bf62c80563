#include "engine/dedup_walk.h"

#include "engine/dedup_inner.h"

struct dedup_walk dedup_walk_from(const struct dedup *d, int64_t offset)
{
    int32_t low = d->first, high = d->next;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (entry_at(d, middle)->offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (struct dedup_walk){low};
}

bool dedup_walk_next(const struct dedup *d, struct dedup_walk *w, struct dedup_entry *ret_e)
{
    if (w->number >= d->next) {
        return false;
    }
    const struct remembered *r = entry_at(d, w->number++);
    *ret_e = (struct dedup_entry){r->name, r->ts_ms, r->offset};
    return true;
}

int dedup_put(struct dedup *d, const struct dedup_entry *e)
{
    bool behind = d->first == d->next || e->offset > entry_at(d, d->next - 1)->offset;
    if (!behind) {
        return CUBE_EFORMAT;
    }
    int rc = dedup_add(d, dedup_place(d, e->name), e->name, e->ts_ms, e->offset, e->ts_ms);
    if (!rc) {
        dedup_cut(d, e->offset + 1 - d->ids_max);
    }
    return rc;
}

void dedup_cut(struct dedup *d, int64_t offset)
{
    while (d->first < d->next && entry_at(d, d->first)->offset < offset) {
        d->first++;
    }
}

void dedup_put_all(struct dedup *d, int64_t max_ts_before_ms)
{
    d->first_max_ts_ms = max_ts_before_ms;
}
