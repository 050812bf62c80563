/* What a disk in memory has left when a process died or power was lost. */
#ifndef CUBE_TESTS_MEMORY_DISK_LOST_H
#define CUBE_TESTS_MEMORY_DISK_LOST_H

#include "support/memory_disk.h"

/* A process died: its descriptors are closed. */
static inline void disk_process_died(struct disk *d)
{
    d->fails_at = 0;
    d->on = false;
    d->opened = 0;
    for (int i = 0; i < d->node_count; i++) {
        d->nodes[i].locked = false;
        d->nodes[i].others = 0;
    }
}

/* Power was lost: of the changes of the directory since its last sync the first so many are kept, and of what was not
 * synced in each file some. */
static inline void disk_power_lost(struct disk *d, uint64_t (*random)(void *arg), void *arg)
{
    disk_process_died(d);
    int kept = d->op_count ? (int)(random(arg) % (uint64_t)(d->op_count + 1)) : 0;
    while (kept > 0 && d->joined[kept - 1]) {
        kept--;
    }
    for (int i = 0; i < d->name_count; i++) {
        d->names[i].node = d->durable[i];
    }
    for (int i = 0; i < kept; i++) {
        d->names[d->ops[i].name].node = d->ops[i].node;
    }
    disk_durable(d);
    for (int i = 0; i < d->node_count; i++) {
        struct disk_node *n = &d->nodes[i];
        n->len -= n->len > n->synced ? (size_t)(random(arg) % (n->len - n->synced + 1)) : 0;
        n->synced = n->len;
    }
}

#endif
