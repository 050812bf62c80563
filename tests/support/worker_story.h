/* A small random story of customers and employees for tests of the worker. */
#ifndef CUBE_TESTS_WORKER_STORY_H
#define CUBE_TESTS_WORKER_STORY_H

#include "support/random.h"
#include "support/worker_world.h"

/* What has to do with owing and with the life of a customer. */
static inline void owing_event(struct fake_log *f, struct random *r, const char *key, int64_t ts_ms, const char *id)
{
    char rest[200];
    int64_t thing = random_between(r, 0, 1), amount = random_between(r, 1, 99999), due_ms = ts_ms + random_between(r, -9000, 20000);
    switch (random_between(r, 0, 6)) {
    case 0:
    case 1:
        snprintf(rest, sizeof rest, "\"kind\":\"invoice\",\"invoice\":\"%d\",\"amount\":%d,\"due\":%lld", (int)thing, (int)amount, (long long)due_ms);
        break;
    case 2: snprintf(rest, sizeof rest, "\"kind\":\"payment\",\"invoice\":\"%d\",\"amount\":%d", (int)thing, (int)amount); break;
    case 3: snprintf(rest, sizeof rest, "\"kind\":\"value.delivered\",\"unit\":\"u%d\",\"amount\":0.5", (int)thing); break;
    case 4: snprintf(rest, sizeof rest, "\"kind\":\"customer.update\",\"strategic\":%s", thing ? "true" : "false"); break;
    case 5: snprintf(rest, sizeof rest, "\"kind\":\"cost\",\"category\":\"visits\",\"minutes\":%d", (int)thing); break;
    default: snprintf(rest, sizeof rest, "\"kind\":\"contract.renewal\",\"due\":%lld", (long long)due_ms);
    }
    put(f, ROLE_INTERACTIONS, "customer", key, ts_ms, id, rest);
}

static inline void customer_event(struct fake_log *f, struct random *r, int64_t ts_ms, const char *id)
{
    char key[16], rest[200];
    const char *region = random_between(r, 0, 1) ? "north" : "south";
    int64_t kind = random_between(r, 0, 5);
    snprintf(key, sizeof key, "c%d", (int)random_between(r, 0, 9));
    if (kind > 3) {
        owing_event(f, r, key, ts_ms, id);
        return;
    }
    if (kind == 0) {
        snprintf(rest, sizeof rest, "\"kind\":\"purchase\",\"order\":\"o-%s\",\"revenue\":%d,\"region\":\"%s\"", id,
                 (int)random_between(r, 1, 99), region);
    } else if (kind == 1) {
        snprintf(rest, sizeof rest, "\"kind\":\"customer.update\",\"region\":\"%s\"", region);
    } else {
        snprintf(rest, sizeof rest, "\"kind\":\"survey\",\"instrument\":\"%s\",\"value\":%d,\"region\":\"%s\"", kind == 2 ? "nps" : "csat",
                 (int)(kind == 2 ? random_between(r, 0, 10) : random_between(r, 1, 5)), region);
    }
    put(f, kind < 2 ? ROLE_INTERACTIONS : ROLE_CPI, "customer", key, ts_ms, id, rest);
}

static inline void employee_event(struct fake_log *f, struct random *r, int64_t ts_ms, const char *id, int n)
{
    char key[16], rest[200];
    snprintf(key, sizeof key, "e%d", n % 8);
    if (n < 8) {
        snprintf(rest, sizeof rest, "\"kind\":\"hire\",\"region\":\"north\",\"department\":\"care\"");
    } else {
        snprintf(rest, sizeof rest, "\"kind\":\"survey\",\"theme\":\"pride\",\"scale\":5,\"value\":%d", (int)random_between(r, 1, 5));
    }
    put(f, ROLE_HR, "employee", key, ts_ms, id, rest);
}

static inline void odd_event(struct fake_log *f, struct random *r, int64_t ts_ms, int n)
{
    char id[24];
    switch (random_between(r, 0, 3)) {
    case 0: fake_log_append(f, ROLE_INTERACTIONS, ts_ms, "c1", "{no json"); break;
    case 1: put(f, ROLE_CPI, "customer", "c2", NOW + 3600000, "f", "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1"); break;
    case 2: put(f, ROLE_INTERACTIONS, "customer", "c3", T0 - 7200000, "l", "\"kind\":\"purchase\",\"order\":\"l\",\"revenue\":1"); break;
    default:
        snprintf(id, sizeof id, "s%d", n);
        put(f, ROLE_INTERACTIONS, "customer", "c4", ts_ms - 30000, id, "\"kind\":\"purchase\",\"order\":\"s\",\"revenue\":1");
    }
}

/* Out of order within 5 s, now and then a duplicate, a straggler, a late, a future or an undecodable record. */
static inline void story(struct fake_log *f, uint64_t seed, int events)
{
    struct random r = {seed};
    int64_t ts_ms = T0;
    for (int n = 0; n < events; n++) {
        char id[24];
        ts_ms += random_between(&r, 0, 5000);
        snprintf(id, sizeof id, "i%d", n);
        int64_t early_ms = n ? random_between(&r, 0, 2000) : 0;
        uint64_t before = r.state;
        customer_event(f, &r, ts_ms - early_ms, id);
        if (random_between(&r, 0, 7) == 0) {
            uint64_t after = r.state;
            r.state = before;
            customer_event(f, &r, ts_ms - early_ms, id);
            r.state = after;
        }
        if (random_between(&r, 0, 9) == 0) {
            odd_event(f, &r, ts_ms, n);
        }
        if (n % 4 == 0) {
            snprintf(id, sizeof id, "h%d", n);
            employee_event(f, &r, ts_ms - early_ms, id, n / 4);
        }
    }
}

#endif
