#include "sim/sim_order.h"

#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_starve.h"

void sim_order_note(struct sim_order *o, const struct sim_delivery *d)
{
    if (o->count == o->capacity) {
        o->capacity = o->capacity ? 2 * o->capacity : 256;
        o->all = sim_memory(o->all, o->capacity * sizeof *o->all);
    }
    o->all[o->count++] = *d;
}

static uint32_t committed_of(const struct sim_kafka *k)
{
    uint32_t n = 0;
    for (int r = 0; r < ROLE_PARTIALS; r++) {
        for (int32_t p = 0; p < k->counts[r]; p++) {
            n += k->parts[r][p].committed > 0 ? (uint32_t)k->parts[r][p].committed : 0;
        }
    }
    return n;
}

/* From the end, so that the last delivery is met first; what is kept moves to the end. */
void sim_order_settle(struct sim_order *o, const struct sim_kafka *k)
{
    bool *seen[ROLE_PARTIALS][SIM_PARTITIONS] = {0};
    uint32_t from = o->count;
    for (uint32_t i = o->count; i-- > 0;) {
        struct sim_delivery d = o->all[i];
        bool **of = &seen[d.role][d.partition];
        if (k->parts[d.role][d.partition].records[d.offset].taker != d.incarnation) {
            continue;
        }
        *of = *of ? *of : sim_sure(calloc(k->parts[d.role][d.partition].count, sizeof **of));
        if (!(*of)[d.offset]) {
            (*of)[d.offset] = true;
            o->all[--from] = d;
        }
    }
    for (int i = 0; i < ROLE_PARTIALS * SIM_PARTITIONS; i++) {
        free((&seen[0][0])[i]);
    }
    o->count -= from;
    memmove(o->all, o->all + from, o->count * sizeof *o->all);
    sim_check(o->count == committed_of(k), "who committed a record has read it");
}

void sim_order_close(struct sim_order *o)
{
    free(o->all);
    *o = (struct sim_order){0};
}
