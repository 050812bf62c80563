#include "sim/sim_disk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_copy.h"
#include "sim/sim_starve.h"

#define FULL_PER_MILLE 3
#define FULL_MAX_MS 20000
#define HEAD_OF_NOTES "!noted" /* the key of what stands behind all notes of a commit */
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

/* ---- the port --------------------------------------------------------------------------------------- */

static void port_reset(void *self, enum topic_role role, int32_t partition)
{
    struct sim_copy *c = copy_of(self, role, partition);
    if (c) {
        sim_check(!c->is_sound || !c->marked, "no copy is refused that nothing has happened to");
        sim_copy_begin(c);
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
    struct checkpoint_place p = sim_copy_place(c);
    if (p.at < 0 || is_too_old(u, role, partition, p.at)) {
        sim_copy_begin(c);
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
    c->is_over = false;
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

static struct sim_copy_entry entry_of(const struct sim_disk_user *u, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    const uint8_t *at = sim_keep_pair(u->disks->kafka, key, key_len, value, value_len);
    return (struct sim_copy_entry){.key = key ? at : NULL, .key_len = (uint32_t)key_len,
                                   .value = value ? at + key_len : NULL, .value_len = (uint32_t)value_len};
}

static void port_put(void *self, enum topic_role role, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value,
                     size_t value_len)
{
    struct sim_disk_user *u = self;
    struct sim_copy *c = copy_of(u, role, partition);
    bool is_noted = key_len == strlen(HEAD_OF_NOTES) && memcmp(key, HEAD_OF_NOTES, key_len) == 0;
    sim_check(!c || !c->is_over || !is_noted, "nothing is noted for a copy that takes no more");
    if (takes(u, c)) {
        struct sim_copy_entry e = entry_of(u, key, key_len, value, value_len);
        sim_copy_add(c, &e);
    }
}

static bool port_takes(void *self, enum topic_role role, int32_t partition)
{
    const struct sim_copy *c = copy_of(self, role, partition);
    return c && c->open;
}

static void port_mark(void *self, enum topic_role role, int32_t partition, const struct checkpoint_place *place)
{
    struct sim_disk_user *u = self;
    struct sim_copy *c = copy_of(u, role, partition);
    if (c) {
        c->is_ahead = false;
    }
    if (!takes(u, c)) {
        if (c) {
            c->is_over = true;
        }
        return;
    }
    sim_copy_add(c, &(struct sim_copy_entry){.is_mark = true, .place = *place});
    c->marked = c->count;
    if (chance(u->disks, KEPT_PER_MILLE)) {
        sim_copy_assign(&u->disks->of[u->member].older[role - ROLE_CHANGELOG_CUSTOMERS][partition], c);
    }
    if (chance(u->disks, REWRITE_PER_MILLE)) {
        sim_copy_rewrite(c);
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

static uint64_t port_seed(void *self)
{
    return ((struct sim_disk_user *)self)->seed;
}

struct checkpoint sim_disk_port(struct sim_disk_user *u)
{
    struct sim_disk *disk = &u->disks->of[u->member];
    if (!disk->holder) {
        disk->holder = u->incarnation;
    }
    u->seed = disk->holder == u->incarnation ? disk->seed : u->incarnation;
    return (struct checkpoint){u, port_read, port_reset, port_put, port_takes, port_mark, port_drop, port_close, port_seed};
}

static void all_lose(struct sim_disks *d)
{
    sim_say("all disks are lost");
    for (int i = 0; i < SIM_MEMBERS * SIM_COPY_ROLES * SIM_PARTITIONS; i++) {
        struct sim_copy *c = &d->of[i / (SIM_COPY_ROLES * SIM_PARTITIONS)].copies[i / SIM_PARTITIONS % SIM_COPY_ROLES][i % SIM_PARTITIONS];
        c->count = c->marked = 0;
    }
}

/* Its seed is lost, or damaged: who comes next draws another one. */
static void seed_strike(struct sim_disks *d, struct sim_disk *disk)
{
    if (d->trouble > 0 && random_between(&d->of_seeds, 0, 999) < d->trouble) {
        disk->seed = random_next(&d->of_seeds);
        sim_say("  the seed of a disk is lost");
    }
}

void sim_disk_leave(struct sim_disk_user *u)
{
    struct sim_disk *disk = u->disks ? disk_of(u) : NULL;
    for (int r = 0; disk && r < SIM_COPY_ROLES; r++) {
        for (int p = 0; p < SIM_PARTITIONS; p++) {
            struct sim_copy *c = &disk->copies[r][p];
            if (c->marked > 0 && chance(u->disks, u->disks->trouble)) {
                sim_copy_strike(u->disks, c, &disk->older[r][p], &disk->copies[r][(p + 1) % SIM_PARTITIONS]);
            }
            c->count = c->marked;
            c->open = c->is_ahead = false;
        }
    }
    if (disk) {
        disk->holder = 0;
        seed_strike(u->disks, disk);
    }
    if (u->disks && u->disks->burn) {
        all_lose(u->disks);
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

void sim_disks_burn(struct sim_disks *d)
{
    d->burn = d->trouble >= 0 && chance(d, 500);
}

void sim_disks_open(struct sim_disks *d, struct sim_kafka *k, uint64_t seed)
{
    *d = (struct sim_disks){.kafka = k, .random = {seed ^ UINT64_C(0xD15C)}, .of_seeds = {seed ^ UINT64_C(0x5EED)}};
    for (int i = 0; i < SIM_MEMBERS; i++) {
        d->of[i].seed = random_next(&d->of_seeds);
    }
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
