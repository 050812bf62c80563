#include "sim/sim_retention.h"

#include "proto/commit_record.h"
#include "sim/sim_check.h"
#include "sim/sim_starve.h"

#define LOSING 20 /* every so manyth schedule */

static bool chance(struct sim_world *w, int thousandths)
{
    return thousandths > 0 && random_between(&w->apart, 0, 999) < thousandths;
}

void sim_apart_draw(struct sim_world *w, uint64_t seed)
{
    w->apart = (struct random){seed ^ UINT64_C(0x10C5)};
    w->faults.retain = random_between(&w->apart, 0, 2) > 0 ? (int)random_between(&w->apart, 5, 60) : 0;
    w->faults.lose = random_between(&w->apart, 0, LOSING - 1) == 1 ? (int)random_between(&w->apart, 5, 30) : 0;
    w->faults.coordinator = random_between(&w->apart, 0, 2) == 0 ? (int)random_between(&w->apart, 2, 40) : 0;
}

static enum topic_role changelog_of(enum topic_role role)
{
    return role == ROLE_PARTIALS ? ROLE_CHANGELOG_SCOPES : role == ROLE_HR ? ROLE_CHANGELOG_EMPLOYEES : ROLE_CHANGELOG_CUSTOMERS;
}

/* From where a partition must still be read, by the last commit record that everybody can see. */
static int64_t needed_from(const struct sim_kafka *k, enum topic_role role, int32_t partition)
{
    const struct sim_record *r = sim_commit_last(k, changelog_of(role), partition);
    struct commit_record c = {0};
    int64_t needed = 0;
    uint64_t starving = sim_starving();
    sim_starve(0); /* only processes lack memory */
    sim_check(!r || commit_record_decode(r->value, r->value_len, &c) == 0, "a commit record is one");
    for (uint32_t i = 0; i < c.input_count; i++) {
        needed = c.inputs[i].topic == (uint8_t)role ? c.inputs[i].redo : needed;
    }
    commit_record_close(&c);
    sim_starve(starving);
    return needed;
}

static void retain(struct sim_world *w)
{
    static const enum topic_role deleted[] = {ROLE_INTERACTIONS, ROLE_CPI, ROLE_HR, ROLE_PARTIALS, ROLE_PARTIALS, ROLE_CHANGES,
                                              ROLE_ALERTS, ROLE_LATE, ROLE_DEAD_LETTERS}; /* the others are compacted only */
    enum topic_role role = deleted[random_between(&w->apart, 0, sizeof deleted / sizeof *deleted - 1)];
    int32_t p = (int32_t)random_between(&w->apart, 0, w->kafka.counts[role] - 1);
    int64_t most = role < INPUT_ROLES ? needed_from(&w->kafka, role, p) : sim_end_offset(&w->kafka, role, p);
    sim_retain(&w->kafka, role, p, most - (int64_t)(random_next(&w->apart) % 3));
}

/* Only of what has been read from once: before that a partition begins where it begins. */
static void lose(struct sim_world *w)
{
    enum topic_role role = (enum topic_role)random_between(&w->apart, 0, ROLE_PARTIALS);
    int32_t p = (int32_t)random_between(&w->apart, 0, w->kafka.counts[role] - 1);
    int64_t from = needed_from(&w->kafka, role, p), end = sim_stable_offset(&w->kafka, role, p);
    if (w->kafka.parts[role][p].committed <= 0 || from >= end) {
        return;
    }
    int64_t before = random_between(&w->apart, from + 1, end);
    sim_say("records are lost: input %d, partition %d, before %lld", (int)role, (int)p, (long long)before);
    sim_retain(&w->kafka, role, p, before);
    w->has_lost = true;
}

void sim_retention_strike(struct sim_world *w)
{
    if (chance(w, w->faults.retain)) {
        retain(w);
    }
    if (!w->has_lost && chance(w, w->faults.lose)) {
        lose(w);
    }
}

/* Others have its partitions and went on, and it cannot know as long as nobody answers for the group: what it would read next is needed by
 * nobody any more. */
static bool is_left_behind(const struct sim_world *w, const struct sim_client *c)
{
    return c->generation != w->kafka.generation || w->kafka.members[c->member].incarnation != c->incarnation;
}

void sim_retention_refused(struct sim_world *w, const struct sim_process *p)
{
    if (is_left_behind(w, &p->client)) {
        sim_say("%d: what it reads next was deleted, and others go on", p->client.member);
        return;
    }
    sim_say("%d: records were deleted before they were read", p->client.member);
    sim_check(p->client.failed == CUBE_ERANGE && w->has_lost, "only who misses records that were lost says so");
    w->refused++;
}
