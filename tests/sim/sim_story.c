#include "sim/sim_story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/murmur2.h"
#include "sim/sim.h"
#include "support/random.h"

#define AGAIN_MS 15000

static struct story_record *add(struct story *s, enum topic_role role, int32_t partitions, const char *key, int64_t ts_ms, const char *value)
{
    sim_check(s->count < STORY_RECORDS_MAX, "the story is too long");
    struct story_record *r = &s->records[s->count++];
    *r = (struct story_record){.role = role, .ts_ms = ts_ms};
    r->partition = role == ROLE_HR ? 0 : murmur2_partition(key, strlen(key), partitions);
    snprintf(r->key, sizeof r->key, "%s", key);
    snprintf(r->value, sizeof r->value, "%s", value);
    return r;
}

static void event(struct story *s, enum topic_role role, int32_t partitions, const char *key, int64_t ts_ms, int n, const char *format, ...)
{
    char rest[160], value[240];
    va_list list;
    va_start(list, format);
    vsnprintf(rest, sizeof rest, format, list);
    va_end(list);
    snprintf(value, sizeof value, "{\"v\":1,\"id\":\"i%d\",\"ts\":%lld,\"%s\":\"%s\",%s}", n, (long long)ts_ms,
             role == ROLE_HR ? "employee" : "customer", key, rest);
    add(s, role, partitions, key, ts_ms, value);
}

static void customer_event(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    char key[16];
    const char *region = random_between(r, 0, 1) ? "north" : "south";
    snprintf(key, sizeof key, "c%d", (int)random_between(r, 0, 6));
    switch (random_between(r, 0, 8)) {
    case 0:
    case 1:
        event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n,
              "\"kind\":\"purchase\",\"order\":\"o%d\",\"revenue\":%d,\"cost\":%d,\"region\":\"%s\"", n,
              (int)random_between(r, 1, 99), (int)random_between(r, 1, 99), region);
        break;
    case 2:
        event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n, "\"kind\":\"customer.update\",\"region\":\"%s\"", region);
        break;
    case 3:
        event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n, "\"kind\":\"contact.%s\",\"case\":\"k%d\"%s",
              random_between(r, 0, 1) ? "open" : "confirm", (int)random_between(r, 0, 2), ",\"satisfied\":true");
        break;
    case 4:
        event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n, "\"kind\":\"contact.resolve\",\"case\":\"k%d\"", (int)random_between(r, 0, 2));
        break;
    case 5:
        event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n, "\"kind\":\"%s\"", random_between(r, 0, 1) ? "social.follow" : "customer.erase");
        break;
    default:
        event(s, ROLE_CPI, partitions, key, ts_ms, n, "\"kind\":\"survey\",\"instrument\":\"%s\",\"value\":%d,\"region\":\"%s\"",
              n % 2 ? "nps" : "csat", (int)random_between(r, 1, n % 2 ? 10 : 5), region);
    }
}

/* Churns and segments, for the retention. */
static void segment_event(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    static const char *const segments[] = {"smb", "large", "gold"};
    char key[16];
    snprintf(key, sizeof key, "c%d", (int)random_between(r, 0, 6));
    bool leaves = random_between(r, 0, 7) == 0;
    event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, 40000 + n, "\"kind\":\"%s\",\"segment\":\"%s\"", leaves ? "churn" : "customer.update",
          segments[random_between(r, 0, 2)]);
}

static void employee_event(struct story *s, struct random *r, int64_t ts_ms, int n)
{
    char key[16];
    int who = n / 4 % 8;
    snprintf(key, sizeof key, "e%d", who);
    if (n < 32) {
        event(s, ROLE_HR, 1, key, ts_ms, n, "\"kind\":\"hire\",\"region\":\"north\",\"department\":\"%s\"", who % 2 ? "care" : "sales");
    } else {
        event(s, ROLE_HR, 1, key, ts_ms, n, "\"kind\":\"survey\",\"theme\":\"pride\",\"scale\":5,\"value\":%d", (int)random_between(r, 1, 5));
    }
}

static void odd_record(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    switch (random_between(r, 0, 2)) {
    case 0:
        add(s, ROLE_INTERACTIONS, partitions, "c1", ts_ms, "{no json");
        break;
    case 1:
        event(s, ROLE_CPI, partitions, "c2", STORY_NOW + 36000000, n, "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1");
        break;
    default:
        event(s, ROLE_INTERACTIONS, partitions, "c3", STORY_T0 - 7200000, n, "\"kind\":\"purchase\",\"order\":\"l\",\"revenue\":1");
    }
}

/* Only what every configuration still remembers: after that it would be a straggler. */
static void again(struct story *s, const struct story_record *r, int64_t ts_ms)
{
    if (s->count < STORY_RECORDS_MAX && r->ts_ms > ts_ms - AGAIN_MS) {
        s->records[s->count++] = *r;
    }
}

/* One record after the other comes again and again, in a partition that remembers few ids: what keeps its id alive is that it does. */
static void echo(struct story *s, uint32_t *of, int n, uint32_t newest)
{
    *of = n % 6 == 0 ? newest : *of;
    if (*of && s->count < STORY_RECORDS_MAX) {
        s->records[s->count] = s->records[*of];
        s->count++;
    }
}

/* Somebody who is erased early and comes again so late that nothing is read again that tells of it. */
static void returning_customer(struct story *s, int32_t partitions, int64_t ts_ms, int n, int events)
{
    if (n == 2 || n == events - 4) {
        event(s, ROLE_INTERACTIONS, partitions, "c9", ts_ms, 50000 + n,
              "\"kind\":\"purchase\",\"order\":\"r%d\",\"revenue\":50,\"region\":\"north\"", n);
    } else if (n == 10) {
        event(s, ROLE_INTERACTIONS, partitions, "c9", ts_ms, 50000 + n, "\"kind\":\"customer.erase\"");
    }
}

/* By how much an event is later than the others; every configuration takes some as corrections and finds others too late. */
static int64_t behind_ms(struct random *r)
{
    static const int64_t most_ms[] = {12000, 30000, 90000, 420000};
    return random_between(r, 0, 4) > 0 ? 0 : random_between(r, 3000, most_ms[random_between(r, 0, 3)]);
}

void story_tell(uint64_t number, int32_t partitions, bool stragglers, struct story *ret_s)
{
    struct random r = {number * 7919 + 1}, late = {number ^ UINT64_C(0x1A7E)};
    int events = (int)random_between(&r, 28, 70);
    int64_t ts_ms = STORY_T0;
    uint32_t echoed = 0;
    ret_s->count = 0;
    /* Only a partition that never held a record holds nobody back: each has one from the start. */
    for (int32_t p = 0, n = 0; p < partitions; n++) {
        char key[16];
        snprintf(key, sizeof key, "s%d", n);
        if (murmur2_partition(key, strlen(key), partitions) == p) {
            event(ret_s, ROLE_INTERACTIONS, partitions, key, ts_ms, 10000 + p, "\"kind\":\"selfservice.login\"");
            event(ret_s, ROLE_CPI, partitions, key, ts_ms, 20000 + p, "\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":5");
            p++;
        }
    }
    employee_event(ret_s, &r, ts_ms, 0);
    ret_s->first = ret_s->count;
    for (int n = 1; n < events; n++) {
        ts_ms += random_between(&r, 0, 5000);
        int64_t at_ms = ts_ms - random_between(&r, 0, 2000) - (stragglers ? behind_ms(&late) : 0);
        uint32_t before = ret_s->count;
        customer_event(ret_s, &r, partitions, at_ms, n);
        if (story_config_of(number) % 2 == 1 && n % 3 == 0) {
            segment_event(ret_s, &r, partitions, at_ms, n);
        }
        if (random_between(&r, 0, 7) == 0) {
            again(ret_s, &ret_s->records[before - (uint32_t)random_between(&r, 0, before < 12 ? 0 : 8)], ts_ms);
        }
        if (stragglers && story_config_of(number) == STORY_FEW_IDS) {
            echo(ret_s, &echoed, n, before);
        }
        if (random_between(&r, 0, 9) == 0) {
            odd_record(ret_s, &r, partitions, ts_ms, 30000 + n);
        }
        returning_customer(ret_s, partitions, ts_ms, n, events);
        if (n % 4 == 0) {
            employee_event(ret_s, &r, at_ms, n);
        }
    }
}
