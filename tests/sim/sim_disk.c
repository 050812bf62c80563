#include "sim/sim_disk.h"

#include <stdlib.h>
#include <string.h>

#include "proto/commit_record.h"
#include "sim/sim.h"
#include "sim/sim_starve.h"

#define FULL_PER_MILLE 3
#define FULL_MAX_MS 20000
#define KEPT_PER_MILLE 30    /* of the marks: what there is now is kept and may be found again later */
#define REWRITE_PER_MILLE 50

static bool chance(struct sim_disks *d, int thousandths)
{
    return thousandths > 0 && random_between(&d->random, 0, 999) < thousandths;
}

static struct sim_disk *disk_of(const struct sim_disk_user *u)
{
    struct sim_disk *disk = &u->disks->of[u->member];
    return disk->holder == u->incarnation ? disk : NULL;
}

static struct sim_copy *copy_of(const struct sim_disk_user *u, enum topic_role role, int32_t partition)
{
    struct sim_disk *disk = disk_of(u);
    return disk ? &disk->copies[role - ROLE_CHANGELOG_CUSTOMERS][partition] : NULL;
}

static void entry_add(struct sim_copy *c, const struct sim_copy_entry *e)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? c->capacity * 2 : 64;
        c->entries = sim_memory(c->entries, c->capacity * sizeof *c->entries);
    }
    c->entries[c->count++] = *e;
}

static void copy_assign(struct sim_copy *to, const struct sim_copy *from)
{
    to->count = to->marked = 0;
    for (uint32_t i = 0; i < from->marked; i++) {
        entry_add(to, &from->entries[i]);
    }
    to->marked = to->count;
}

static void copy_begin(struct sim_copy *c)
{
    c->count = c->marked = 0;
    c->open = true;
    c->is_ahead = false;
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
            entry_add(&made, &other->entries[i]);
        }
    }
    for (uint32_t i = 0; i < c->marked; i++) {
        struct sim_copy_entry e = c->entries[i];
        e.place.lineage += UINT64_C(0xF0E1);
        if (e.is_mark || is_commit(&e) || random_between(&d->random, 0, 2) > 0) {
            entry_add(&made, &e);
        }
    }
    made.marked = made.count;
    copy_assign(c, &made);
    free(made.entries);
}

static void copy_strike(struct sim_disks *d, struct sim_copy *c, const struct sim_copy *older, const struct sim_copy *other)
{
    static const char *const told[] = {"is shorter than it was", "is lost", "is what it was some time ago", "is of another task"};
    int what = (int)random_between(&d->random, 0, 3);
    sim_say("  a copy of %u entries %s", c->marked, told[what]);
    switch (what) {
    case 0:
        copy_shorten(d, c);
        break;
    case 1:
        c->marked = 0;
        break;
    case 2:
        copy_assign(c, older);
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

/* The place that all marks together tell. */
static struct checkpoint_place place_of(const struct sim_copy *c)
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

/* The last record of each key, no tombstones, one mark. Nothing is put since the last one. */
static void copy_rewrite(struct sim_copy *c)
{
    struct sim_copy_entry mark = {.is_mark = true, .place = place_of(c)};
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if (!c->entries[i].is_mark && c->entries[i].value && !is_replaced(c, i)) {
            c->entries[n++] = c->entries[i];
        }
    }
    c->count = n;
    entry_add(c, &mark);
    c->marked = c->count;
}

/* ---- the port --------------------------------------------------------------------------------------- */

static void port_reset(void *self, enum topic_role role, int32_t partition)
{
    struct sim_copy *c = copy_of(self, role, partition);
    if (c) {
        copy_begin(c);
    }
}

/* Tombstones are kept in a changelog for longer than a copy may be old. */
static bool is_too_old(const struct sim_disk_user *u, enum topic_role role, int32_t partition, int64_t at)
{
    return u->disks->kafka->parts[role][partition].buried > at;
}

static int port_read(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                     struct checkpoint_place *ret_place)
{
    struct sim_disk_user *u = self;
    struct sim_copy *c = copy_of(u, role, partition);
    if (!c) {
        return CUBE_ENOTFOUND;
    }
    struct checkpoint_place p = place_of(c);
    if (p.at < 0 || is_too_old(u, role, partition, p.at)) {
        copy_begin(c);
        return CUBE_ENOTFOUND;
    }
    c->count = c->marked;
    c->open = false;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct sim_copy_entry *e = &c->entries[i];
        struct record r = {.role = role, .partition = partition, .offset = -1, .key = e->key, .key_len = e->key_len,
                           .value = e->value, .value_len = e->value_len};
        int rc = e->is_mark ? 0 : each(arg, &r);
        if (rc) {
            return rc;
        }
    }
    c->open = c->is_ahead = true;
    *ret_place = p;
    sim_say("  %d: has a copy of changelog %d, partition %d, up to %lld (commit %llu)", u->member, (int)role, (int)partition, (long long)p.at,
            (unsigned long long)p.seq);
    return 0;
}

/* From the first write that fails a copy takes no more, until it is opened again. */
static bool takes(const struct sim_disk_user *u, struct sim_copy *c)
{
    if (c && c->open && *u->now_ms < u->disks->of[u->member].full_until_ms) {
        c->open = false;
    }
    return c && c->open;
}

static void port_put(void *self, enum topic_role role, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct sim_disk_user *u = self;
    struct sim_copy *c = copy_of(u, role, partition);
    if (takes(u, c)) {
        struct sim_kafka *k = u->disks->kafka;
        entry_add(c, &(struct sim_copy_entry){.key = sim_keep(k, key, key_len), .key_len = (uint32_t)key_len,
                                              .value = sim_keep(k, value, value_len), .value_len = (uint32_t)value_len});
    }
}

static void port_mark(void *self, enum topic_role role, int32_t partition, const struct checkpoint_place *place)
{
    struct sim_disk_user *u = self;
    struct sim_copy *c = copy_of(u, role, partition);
    if (c) {
        c->is_ahead = false;
    }
    if (!takes(u, c)) {
        return;
    }
    entry_add(c, &(struct sim_copy_entry){.is_mark = true, .place = *place});
    c->marked = c->count;
    if (chance(u->disks, KEPT_PER_MILLE)) {
        copy_assign(&u->disks->of[u->member].older[role - ROLE_CHANGELOG_CUSTOMERS][partition], c);
    }
    if (chance(u->disks, REWRITE_PER_MILLE)) {
        copy_rewrite(c);
    }
}

static void port_drop(void *self, enum topic_role role, int32_t partition)
{
    struct sim_copy *c = copy_of(self, role, partition);
    if (c) {
        c->count = c->marked;
    }
}

static void port_close(void *self, enum topic_role role, int32_t partition)
{
    struct sim_copy *c = copy_of(self, role, partition);
    if (c) {
        c->count = c->marked;
        c->open = c->is_ahead = false;
    }
}

struct checkpoint sim_disk_port(struct sim_disk_user *u)
{
    struct sim_disk *disk = &u->disks->of[u->member];
    if (!disk->holder) {
        disk->holder = u->incarnation;
    }
    return (struct checkpoint){u, port_read, port_reset, port_put, port_mark, port_drop, port_close};
}

void sim_disk_leave(struct sim_disk_user *u)
{
    struct sim_disk *disk = u->disks ? disk_of(u) : NULL;
    for (int r = 0; disk && r < SIM_COPY_ROLES; r++) {
        for (int p = 0; p < SIM_PARTITIONS; p++) {
            struct sim_copy *c = &disk->copies[r][p];
            if (c->marked > 0 && chance(u->disks, u->disks->trouble)) {
                copy_strike(u->disks, c, &disk->older[r][p], &disk->copies[r][(p + 1) % SIM_PARTITIONS]);
            }
            c->count = c->marked;
            c->open = c->is_ahead = false;
        }
    }
    if (disk) {
        disk->holder = 0;
    }
}

/* ---- all disks -------------------------------------------------------------------------------------- */

bool sim_disks_ahead(const struct sim_disks *d, enum topic_role role, int32_t partition)
{
    bool ahead = false;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        ahead = ahead || d->of[i].copies[role - ROLE_CHANGELOG_CUSTOMERS][partition].is_ahead;
    }
    return ahead;
}

void sim_disks_strike(struct sim_disks *d, int64_t now_ms)
{
    if (d->trouble > 0 && chance(d, FULL_PER_MILLE)) {
        d->of[random_between(&d->random, 0, SIM_MEMBERS - 1)].full_until_ms = now_ms + random_between(&d->random, 100, FULL_MAX_MS);
        sim_say("a disk is full for a while");
    }
}

void sim_disks_open(struct sim_disks *d, struct sim_kafka *k, uint64_t seed)
{
    *d = (struct sim_disks){.kafka = k, .random = {seed ^ UINT64_C(0xD15C)}};
    d->trouble = (int)random_between(&d->random, 0, 2) == 0 ? -1 : (int)random_between(&d->random, 0, 4) * 150;
}

void sim_disks_close(struct sim_disks *d)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        for (int r = 0; r < SIM_COPY_ROLES; r++) {
            for (int p = 0; p < SIM_PARTITIONS; p++) {
                free(d->of[i].copies[r][p].entries);
                free(d->of[i].older[r][p].entries);
            }
        }
    }
}
