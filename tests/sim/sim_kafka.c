#include "sim/sim_kafka.h"

#include <stdlib.h>
#include <string.h>

#include "base/murmur2.h"
#include "sim/sim.h"
#include "sim/sim_starve.h"

void sim_kafka_open(struct sim_kafka *k, int32_t partitions)
{
    *k = (struct sim_kafka){.generation = 0};
    for (int r = 0; r < ROLE_COUNT; r++) {
        k->counts[r] = r == ROLE_HR || r == ROLE_CHANGELOG_EMPLOYEES ? 1 : partitions;
        for (int p = 0; p < SIM_PARTITIONS; p++) {
            k->parts[r][p].committed = k->parts[r][p].buried = -1;
        }
    }
    for (int i = 0; i < SIM_MEMBERS; i++) {
        k->open[i] = k->last[i] = -1;
    }
}

void sim_kafka_close(struct sim_kafka *k)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        for (int p = 0; p < SIM_PARTITIONS; p++) {
            free(k->parts[r][p].records);
        }
    }
    sim_arena_close(k);
    free(k->txns);
}

/* ---- logs ------------------------------------------------------------------------------------------ */

static __attribute__((noinline)) void records_grow(struct sim_partition *p)
{
    p->capacity = p->capacity ? p->capacity * 2 : 64;
    p->records = sim_memory(p->records, p->capacity * sizeof *p->records);
}

static struct sim_record *record_add(struct sim_kafka *k, enum topic_role role, int32_t partition)
{
    struct sim_partition *p = &k->parts[role][partition];
    if (p->count == p->capacity) {
        records_grow(p);
    }
    struct sim_record *r = &p->records[p->count];
    *r = (struct sim_record){.offset = p->count++, .txn = -1};
    return r;
}

void sim_append(struct sim_kafka *k, enum topic_role role, int32_t partition, int64_t ts_ms, struct text key, struct text value)
{
    struct sim_record *r = record_add(k, role, partition);
    r->ts_ms = ts_ms;
    r->key = (const uint8_t *)key.at;
    r->key_len = key.len;
    r->value = (const uint8_t *)value.at;
    r->value_len = value.len;
}

static bool is_over(const struct sim_txn *t)
{
    return t->state == SIM_COMMITTED || t->state == SIM_ABORTED;
}

int64_t sim_offset_before_open(const struct sim_kafka *k, enum topic_role role, int32_t partition)
{
    int64_t stable = sim_end_offset(k, role, partition);
    uint64_t place = sim_place_bit(role, partition);
    for (int i = 0; i < SIM_MEMBERS; i++) {
        if (k->waits[i] & place) {
            int64_t first = k->txns[k->open[i]].first[role][partition];
            stable = first < stable ? first : stable;
        }
    }
    return stable;
}

static bool same_key(const struct sim_record *a, const struct sim_record *b)
{
    return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

void sim_retain(struct sim_kafka *k, enum topic_role role, int32_t partition, int64_t before)
{
    struct sim_partition *p = &k->parts[role][partition];
    int64_t stable = sim_stable_offset(k, role, partition);
    before = before < stable ? before : stable;
    p->low = before > p->low ? before : p->low;
}

void sim_compact(struct sim_kafka *k, enum topic_role role, int32_t partition, bool tombstones)
{
    struct sim_partition *p = &k->parts[role][partition];
    int64_t stable = sim_stable_offset(k, role, partition);
    for (int64_t i = 0; i < stable; i++) {
        struct sim_record *old = &p->records[i];
        if (old->is_hidden) {
            continue;
        }
        for (int64_t j = i + 1; j < stable && !old->is_hidden; j++) {
            old->is_hidden = !p->records[j].is_hidden && same_key(old, &p->records[j]);
        }
        if (tombstones && !old->value && !old->is_hidden) {
            old->is_hidden = true;
            p->buried = old->offset > p->buried ? old->offset : p->buried;
        }
    }
}

/* ---- transactions ----------------------------------------------------------------------------------- */

static struct sim_txn *txn_open(struct sim_kafka *k, int id, int64_t now_ms)
{
    if (k->open[id] >= 0) {
        return &k->txns[k->open[id]];
    }
    if (k->txn_count == k->txn_capacity) {
        k->txn_capacity = k->txn_capacity ? k->txn_capacity * 2 : 64;
        k->txns = sim_memory(k->txns, k->txn_capacity * sizeof *k->txns);
    }
    k->open[id] = k->last[id] = (int32_t)k->txn_count;
    struct sim_txn *t = &k->txns[k->txn_count++];
    *t = (struct sim_txn){.id = id, .epoch = k->epochs[id], .begun_ms = now_ms};
    return t;
}

/* Nothing may be added to a transaction that is being ended: the coordinator answers CONCURRENT_TRANSACTIONS. */
static enum sim_answer may_add(const struct sim_kafka *k, int id, int32_t epoch)
{
    if (k->epochs[id] != epoch) {
        return SIM_FENCED;
    }
    return k->open[id] >= 0 && k->txns[k->open[id]].state != SIM_OPEN ? SIM_BUSY : SIM_OK;
}

static void headers_keep(struct sim_kafka *k, const struct epoch *e, const struct epoch_message *m, struct sim_record *r)
{
    struct header *h = sim_alloc(k, (m->header_count + 1) * sizeof *h);
    for (uint32_t i = 0; i < m->header_count; i++) {
        struct header of = epoch_header(e, m, i);
        h[i].name = (struct text){(const char *)sim_keep(k, of.name.at, of.name.len), of.name.len};
        h[i].value = (struct text){(const char *)sim_keep(k, of.value.at, of.value.len), of.value.len};
    }
    r->headers = h;
    r->header_count = m->header_count;
}

/* Its transaction is in this partition from here on. */
static void txn_add(struct sim_kafka *k, struct sim_txn *t, enum topic_role role, int32_t partition)
{
    uint64_t place = sim_place_bit(role, partition);
    if (!(k->waits[t->id] & place)) {
        k->waits[t->id] |= place;
        t->places++;
        t->first[role][partition] = sim_end_offset(k, role, partition);
    }
}

/* What a producer has added to its transaction it does not ask the coordinator for again. */
static enum sim_answer may_produce(struct sim_kafka *k, int id, int32_t epoch, uint64_t place, uint64_t added)
{
    enum sim_answer a = may_add(k, id, epoch);
    if (a == SIM_FENCED || !(added & place)) {
        return a;
    }
    return k->waits[id] & place ? SIM_OK : SIM_REFUSED;
}

/* bytes: of the messages from the first on, which stand there from `first` on. */
static void record_produce(struct sim_kafka *k, int32_t txn, const struct epoch *e, struct epoch_message *m, int32_t partition,
                           const uint8_t *bytes, uint64_t first)
{
    struct sim_record *r = record_add(k, m->role, partition);
    r->txn = txn;
    r->ts_ms = m->timestamp_ms;
    r->key = m->has_key ? bytes + (m->key - first) : NULL;
    r->key_len = m->key_len;
    r->value = m->has_value ? bytes + (m->value - first) : NULL;
    r->value_len = m->value_len;
    if (m->role == ROLE_LATE || m->role == ROLE_DEAD_LETTERS) {
        headers_keep(k, e, m, r);
    }
    m->landed = r->offset;
}

enum sim_answer sim_produce(struct sim_kafka *k, int id, int32_t epoch, int64_t now_ms, struct epoch *e, uint32_t *next, uint32_t to,
                            uint64_t *added)
{
    uint64_t first = e->messages[*next].key, end = to < e->message_count ? e->messages[to].key : e->bytes.len;
    const uint8_t *bytes = NULL;
    for (struct epoch_message *m = &e->messages[*next]; m < &e->messages[to]; m++, ++*next) {
        int32_t p = m->partition;
        if (p == PARTITION_BY_KEY) {
            p = m->has_key ? murmur2_partition(epoch_key(e, m), m->key_len, k->counts[m->role]) : 0;
        }
        uint64_t place = sim_place_bit(m->role, p);
        enum sim_answer a = may_produce(k, id, epoch, place, *added);
        if (a != SIM_OK) {
            return a;
        }
        bytes = bytes ? bytes : sim_keep(k, e->bytes.at + first, end - first);
        txn_add(k, txn_open(k, id, now_ms), m->role, p);
        *added |= place;
        record_produce(k, k->open[id], e, m, p, bytes, first);
    }
    return SIM_OK;
}

enum sim_answer sim_offsets(struct sim_kafka *k, int id, int32_t epoch, int64_t now_ms, const struct epoch *e, const char *mark,
                            uint32_t generation, uint32_t incarnation)
{
    const struct sim_member *m = &k->members[id];
    enum sim_answer a = may_add(k, id, epoch);
    if (a != SIM_OK) {
        return a;
    }
    if (m->state == SIM_AWAY || m->incarnation != incarnation || k->generation != generation) {
        return SIM_GENERATION;
    }
    struct sim_txn *t = txn_open(k, id, now_ms);
    t->offsets = sim_alloc(k, (e->offset_count + 1) * sizeof *t->offsets);
    t->offset_count = e->offset_count;
    t->offsets_wait = true;
    t->incarnation = incarnation;
    strncpy(t->mark, mark, sizeof t->mark - 1);
    for (uint32_t i = 0; i < e->offset_count; i++) {
        t->offsets[i] = (struct sim_offset){e->offsets[i].role, e->offsets[i].partition, e->offsets[i].next};
    }
    return SIM_OK;
}

static void txn_settle(struct sim_kafka *k, struct sim_txn *t)
{
    if (t->places == 0 && !t->offsets_wait) {
        t->state = t->state == SIM_COMMITTING ? SIM_COMMITTED : SIM_ABORTED;
        k->open[t->id] = -1;
        k->ending[t->id] = false;
    }
}

static void txn_ending(struct sim_kafka *k, struct sim_txn *t, bool commit)
{
    t->state = commit ? SIM_COMMITTING : SIM_ABORTING;
    k->ending[t->id] = true;
    txn_settle(k, t);
}

enum sim_answer sim_producer_init(struct sim_kafka *k, int id, int32_t *ret_epoch)
{
    struct sim_txn *t = k->open[id] >= 0 ? &k->txns[k->open[id]] : NULL;
    if (t && t->state == SIM_OPEN) {
        k->epochs[id]++; /* whoever had it is fenced from now on */
        txn_ending(k, t, false);
        t = k->open[id] >= 0 ? t : NULL;
    }
    if (t) {
        return SIM_BUSY;
    }
    *ret_epoch = ++k->epochs[id];
    return SIM_OK;
}

enum sim_answer sim_txn_end(struct sim_kafka *k, int id, int32_t epoch, bool commit)
{
    if (k->epochs[id] != epoch) {
        return SIM_FENCED;
    }
    if (k->open[id] >= 0 && k->txns[k->open[id]].state == SIM_OPEN) {
        txn_ending(k, &k->txns[k->open[id]], commit);
        return SIM_OK;
    }
    if (k->last[id] < 0) {
        return SIM_STATE;
    }
    enum sim_txn_state s = k->txns[k->last[id]].state;
    return commit == (s == SIM_COMMITTING || s == SIM_COMMITTED) ? SIM_OK : SIM_STATE;
}

void sim_end_later(struct sim_kafka *k, int id, int32_t epoch, bool commit)
{
    if (k->late_count < sizeof k->late / sizeof k->late[0]) {
        k->late[k->late_count++] = (struct sim_late_end){id, epoch, commit};
    }
}

bool sim_end_arrives(struct sim_kafka *k, struct random *r)
{
    if (k->late_count == 0) {
        return false;
    }
    uint32_t i = (uint32_t)random_between(r, 0, k->late_count - 1);
    if (k->is_away[k->late[i].id]) {
        return false;
    }
    struct sim_late_end e = k->late[i];
    k->late[i] = k->late[--k->late_count];
    (void)sim_txn_end(k, e.id, e.epoch, e.commit);
    return true;
}

static void offsets_apply(struct sim_kafka *k, const struct sim_txn *t)
{
    for (uint32_t i = 0; i < t->offset_count; i++) {
        struct sim_partition *p = &k->parts[t->offsets[i].role][t->offsets[i].partition];
        sim_check(t->offsets[i].next >= p->committed, "a committed offset fell");
        for (int64_t o = p->committed < 0 ? 0 : p->committed; o < t->offsets[i].next && o < (int64_t)p->count; o++) {
            p->records[o].taker = t->incarnation;
        }
        p->committed = t->offsets[i].next;
        memcpy(p->mark, t->mark, sizeof p->mark);
    }
}

static void marker_write(struct sim_kafka *k, struct sim_txn *t, enum topic_role role, int32_t partition)
{
    struct sim_partition *p = &k->parts[role][partition];
    for (int64_t i = t->first[role][partition]; t->state == SIM_ABORTING && i < p->count; i++) {
        p->records[i].is_hidden = p->records[i].is_hidden || p->records[i].txn == k->open[t->id];
    }
    record_add(k, role, partition)->is_hidden = true;
    k->waits[t->id] &= ~sim_place_bit(role, partition);
    t->places--;
}

static void marker_arrive(struct sim_kafka *k, struct sim_txn *t, int32_t choice)
{
    uint64_t left = k->waits[t->id];
    for (; left != 0 && choice > 0; choice--) {
        left &= left - 1;
    }
    if (left != 0) {
        int place = __builtin_ctzll(left);
        marker_write(k, t, (enum topic_role)(place / SIM_PARTITIONS), place % SIM_PARTITIONS);
        return;
    }
    t->offsets_wait = false;
    if (t->state == SIM_COMMITTING) {
        offsets_apply(k, t);
    }
}

void sim_marker_reaches(struct sim_kafka *k, int id, int32_t choice)
{
    struct sim_txn *t = &k->txns[k->open[id]];
    marker_arrive(k, t, choice);
    txn_settle(k, t);
}

bool sim_marker_arrives(struct sim_kafka *k, struct random *r)
{
    bool some = false;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        some = some || k->ending[i];
    }
    if (!some) {
        random_pass(r);
        return false;
    }
    int start = (int)random_between(r, 0, SIM_MEMBERS - 1);
    for (int i = 0; i < SIM_MEMBERS; i++) {
        int id = start + i < SIM_MEMBERS ? start + i : start + i - SIM_MEMBERS;
        if (k->ending[id] && !k->is_away[id]) {
            const struct sim_txn *t = &k->txns[k->open[id]];
            sim_marker_reaches(k, id, (int32_t)random_between(r, 0, t->places + t->offsets_wait - 1));
            return true;
        }
    }
    return false;
}

void sim_txns_expire(struct sim_kafka *k, int64_t now_ms)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        struct sim_txn *t = k->open[i] >= 0 ? &k->txns[k->open[i]] : NULL;
        if (t && t->state == SIM_OPEN && !k->is_away[i] && now_ms - t->begun_ms > SIM_TRANSACTION_MS) {
            k->epochs[i]++;
            txn_ending(k, t, false);
        }
    }
}

bool sim_offsets_unstable(const struct sim_kafka *k, enum topic_role role, int32_t partition)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        const struct sim_txn *t = k->open[i] >= 0 ? &k->txns[k->open[i]] : NULL;
        for (uint32_t o = 0; t && t->offsets_wait && !is_over(t) && o < t->offset_count; o++) {
            if (t->offsets[o].role == role && t->offsets[o].partition == partition) {
                return true;
            }
        }
    }
    return false;
}
