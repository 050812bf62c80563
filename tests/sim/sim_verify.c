#include "sim/sim_verify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify.h"
#include "sim/sim.h"

static uint32_t headers_of(const struct record *r, struct header *ret_h)
{
    const struct sim_record *s = r->origin;
    if (s->header_count) {
        memcpy(ret_h, s->headers, s->header_count * sizeof *ret_h);
    }
    return s->header_count;
}

static void must(int rc)
{
    sim_check(rc == 0, "the topics can be verified");
}

static void partition_take(struct verify *v, const struct sim_kafka *k, enum topic_role role, int32_t partition)
{
    struct sim_reader reader = sim_reader(k, role, partition, k->parts[role][partition].low);
    const struct sim_record *s;
    while ((s = sim_read(&reader))) {
        struct record r = {.role = role, .partition = partition, .offset = s->offset, .timestamp_ms = s->ts_ms, .key = s->key,
                           .key_len = s->key_len, .value = s->value, .value_len = s->value_len, .origin = (void *)s};
        sim_check(verify_record(v, &r) >= 0, "the topics can be verified");
    }
}

static void steps_take(struct verify *v, const struct sim_kafka *k)
{
    for (int s = 0; s < VERIFY_STEP_COUNT; s++) {
        enum topic_role roles[ROLE_COUNT];
        uint32_t count = verify_step_roles(v, (enum verify_step)s, roles);
        for (uint32_t i = 0; i < count; i++) {
            for (int32_t p = 0; p < k->counts[roles[i]]; p++) {
                partition_take(v, k, roles[i], p);
            }
        }
        must(verify_stepped(v, (enum verify_step)s));
    }
    must(verify_end(v));
}

static void report_look(const struct verify_report *r)
{
    if (verify_violations(r) > 0) {
        const struct verify_finding *f = &r->findings[0];
        sim_fail("cubed verify, %s: topic %d, partition %d, offset %lld, key %s: %s expected, %s found", verify_invariants[f->invariant].name,
                 (int)f->role, (int)f->partition, (long long)f->offset, f->key, f->expected, f->found);
    }
}

void sim_verify_holds(const struct sim_world *w)
{
    const struct sim_kafka *k = &w->kafka;
    int64_t lows[ROLE_COUNT][SIM_PARTITIONS], committed[INPUT_ROLES][SIM_PARTITIONS];
    struct verify_world v = {.config = w->config, .headers = headers_of,
                             .layout = {k->counts[ROLE_INTERACTIONS], k->counts[ROLE_HR], k->counts[ROLE_PARTIALS],
                                        (uint32_t)strtoul(w->config->model.digest.at, NULL, 16)}};
    for (int r = 0; r < ROLE_COUNT; r++) {
        v.counts[r] = k->counts[r];
        v.lows[r] = lows[r];
        for (int p = 0; p < SIM_PARTITIONS; p++) {
            lows[r][p] = k->parts[r][p].low;
            if (r < INPUT_ROLES) {
                committed[r][p] = k->parts[r][p].committed;
                v.committed[r] = v.settled[r] = committed[r];
            }
        }
    }
    static struct verify_report report; /* half a megabyte, and nothing is ever found */
    struct verify verify;
    memset(&report, 0, offsetof(struct verify_report, findings));
    must(verify_init(&verify, &v, &report));
    steps_take(&verify, k);
    report_look(&report);
    verify_close(&verify);
}
