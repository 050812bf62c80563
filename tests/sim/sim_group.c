/* The one consumer group: static members, eager rebalances, range assignment. */
#include "sim/sim_kafka.h"

#include "base/hash.h"

#define GENERATIONS_WITHOUT 3 /* one of so many, where there are any */
#define UNTOLD_TURNS 8        /* of a second at most: a worker does not wait for it longer than ten */

static void rebalance_begin(struct sim_kafka *k)
{
    k->rebalancing = true;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->members[i].state == SIM_STABLE) {
            k->members[i].state = SIM_REVOKING;
        }
    }
}

/* Ends when everybody who is in the group has joined again. */
static void rebalance_look(struct sim_kafka *k)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->members[i].state == SIM_REVOKING) {
            return;
        }
    }
    if (!k->rebalancing) {
        return;
    }
    k->rebalancing = false;
    k->generation++;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->members[i].state == SIM_JOINED) {
            k->members[i].state = SIM_STABLE;
        }
    }
}

/* A process that takes over an instance id of a stable group gets its place without a rebalance. */
void sim_join(struct sim_kafka *k, int member, uint32_t incarnation, int64_t now_ms)
{
    struct sim_member *m = &k->members[member];
    bool known = m->state != SIM_AWAY;
    m->incarnation = incarnation;
    m->heard_ms = now_ms;
    if (known && m->state == SIM_STABLE) {
        return;
    }
    if (!known) {
        rebalance_begin(k);
    }
    m->state = SIM_JOINED;
    rebalance_look(k);
}

void sim_heartbeat(struct sim_kafka *k, int member, uint32_t incarnation, int64_t now_ms)
{
    struct sim_member *m = &k->members[member];
    if (m->state != SIM_AWAY && m->incarnation == incarnation) {
        m->heard_ms = now_ms;
    }
}

void sim_revoked(struct sim_kafka *k, int member)
{
    if (k->members[member].state == SIM_REVOKING) {
        k->members[member].state = SIM_JOINED;
        rebalance_look(k);
    }
}

void sim_join_again(struct sim_kafka *k, int member)
{
    if (k->members[member].state == SIM_STABLE) {
        rebalance_begin(k);
    }
}

void sim_leave(struct sim_kafka *k, int member)
{
    if (k->members[member].state != SIM_AWAY) {
        k->members[member].state = SIM_AWAY;
        rebalance_begin(k);
        rebalance_look(k);
    }
}

void sim_group_expire(struct sim_kafka *k, int64_t now_ms)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->members[i].state != SIM_AWAY && !k->group_is_away && now_ms - k->members[i].heard_ms > SIM_SESSION_MS) {
            sim_leave(k, i);
        }
    }
}

void sim_group_back(struct sim_kafka *k, int64_t now_ms)
{
    k->group_is_away = false;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        k->members[i].heard_ms = now_ms;
    }
}

enum topic_role sim_withheld(const struct sim_kafka *k)
{
    uint64_t draw = hash64_int(k->withholds ^ k->generation);
    bool withheld = k->withholds && draw % GENERATIONS_WITHOUT == 0;
    return withheld ? (enum topic_role)(draw / GENERATIONS_WITHOUT % INPUT_ROLES) : INPUT_ROLES;
}

int sim_untold(const struct sim_kafka *k, int member)
{
    return k->withholds ? (int)(hash64_int(~k->withholds ^ ((uint64_t)member << 32 | k->generation)) % (UNTOLD_TURNS + 1)) : 0;
}

uint32_t sim_assignment(const struct sim_kafka *k, int member, struct log_partition *ret_p)
{
    int32_t alive = 0, place = -1;
    uint32_t n = 0;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->members[i].state == SIM_STABLE) {
            place = i == member ? alive : place;
            alive++;
        }
    }
    for (int r = 0; place >= 0 && r < INPUT_ROLES; r++) {
        int32_t share = k->counts[r] / alive, more = k->counts[r] % alive;
        int32_t first = place * share + (place < more ? place : more), count = share + (place < more ? 1 : 0);
        count = (enum topic_role)r == sim_withheld(k) ? 0 : count;
        for (int32_t p = first; p < first + count; p++) {
            ret_p[n++] = (struct log_partition){(enum topic_role)r, p};
        }
    }
    return n;
}
