#include "sim/sim_copy.h"

#include <stdlib.h>
#include <string.h>

#include "proto/commit_record.h"
#include "sim/sim.h"
#include "sim/sim_starve.h"

void sim_copy_add(struct sim_copy *c, const struct sim_copy_entry *e)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? c->capacity * 2 : 64;
        c->entries = sim_memory(c->entries, c->capacity * sizeof *c->entries);
    }
    c->entries[c->count++] = *e;
}

void sim_copy_assign(struct sim_copy *to, const struct sim_copy *from)
{
    to->count = to->marked = 0;
    for (uint32_t i = 0; i < from->marked; i++) {
        sim_copy_add(to, &from->entries[i]);
    }
    to->marked = to->count;
}

void sim_copy_begin(struct sim_copy *c)
{
    c->count = c->marked = 0;
    c->open = c->is_sound = true;
    c->is_ahead = c->is_over = false;
}

/* ---- what happens to copies ------------------------------------------------------------------------- */

/* Some of its end is gone, or damaged: what comes before that counts. */
static void copy_shorten(struct sim_disks *d, struct sim_copy *c)
{
    uint32_t n = (uint32_t)random_between(&d->random, 0, c->marked);
    while (n > 0 && !c->entries[n - 1].is_mark) {
        n--;
    }
    c->marked = n;
}

static bool is_commit(const struct sim_copy_entry *e)
{
    return !e->is_mark && e->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(e->key, COMMIT_RECORD_KEY, e->key_len) == 0;
}

/* As of a topic that was made anew, or of a cluster that was put back: the same keys and others, another life. */
static void copy_make_foreign(struct sim_disks *d, struct sim_copy *c, const struct sim_copy *other)
{
    struct sim_copy made = {0};
    for (uint32_t i = 0; i < other->marked; i++) {
        if (!other->entries[i].is_mark && !is_commit(&other->entries[i])) {
            sim_copy_add(&made, &other->entries[i]);
        }
    }
    for (uint32_t i = 0; i < c->marked; i++) {
        struct sim_copy_entry e = c->entries[i];
        e.place.lineage += UINT64_C(0xF0E1);
        if (e.is_mark || is_commit(&e) || random_between(&d->random, 0, 2) > 0) {
            sim_copy_add(&made, &e);
        }
    }
    made.marked = made.count;
    sim_copy_assign(c, &made);
    free(made.entries);
}

void sim_copy_strike(struct sim_disks *d, struct sim_copy *c, const struct sim_copy *older, const struct sim_copy *other)
{
    static const char *const told[] = {"is shorter than it was", "is lost", "is what it was some time ago", "is of another task"};
    int what = (int)random_between(&d->random, 0, 3);
    c->is_sound = false;
    sim_say("  a copy of %u entries %s", c->marked, told[what]);
    switch (what) {
    case 0:
        copy_shorten(d, c);
        break;
    case 1:
        c->marked = 0;
        break;
    case 2:
        sim_copy_assign(c, older);
        break;
    default:
        copy_make_foreign(d, c, other);
    }
}

static bool same_key(const struct sim_copy_entry *a, const struct sim_copy_entry *b)
{
    return !a->is_mark && !b->is_mark && a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

static bool is_replaced(const struct sim_copy *c, uint32_t i)
{
    for (uint32_t k = i + 1; k < c->count; k++) {
        if (same_key(&c->entries[i], &c->entries[k])) {
            return true;
        }
    }
    return false;
}

struct checkpoint_place sim_copy_place(const struct sim_copy *c)
{
    struct checkpoint_place p = {.at = -1};
    for (uint32_t i = 0; i < c->marked; i++) {
        const struct sim_copy_entry *e = &c->entries[i];
        if (e->is_mark) {
            int64_t at = e->place.at >= 0 ? e->place.at : e->place.lineage == p.lineage ? p.at : -1;
            p = e->place;
            p.at = at;
        }
    }
    return p;
}

void sim_copy_rewrite(struct sim_copy *c)
{
    struct sim_copy_entry mark = {.is_mark = true, .place = sim_copy_place(c)};
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!c->entries[i].is_mark && c->entries[i].value && !is_replaced(c, i)) {
            c->entries[n++] = c->entries[i];
        }
    }
    c->count = n;
    sim_copy_add(c, &mark);
    c->marked = c->count;
}
