#include "sim/sim_story.h"

#include <string.h>

#include "base/digits.h"
#include "base/murmur2.h"
#include "proto/emit.h"
#include "sim/sim.h"
#include "support/random.h"

#define AGAIN_MS 15000
#define RETOLD 24 /* of so many stories two have ids that come again at other times, one of them where few are remembered */
#define LONG_TICK_MS 600000
#define LONG_ORDER_MS 60000 /* more than is out of order then */
#define LONG_TICK_TIMES 8 /* as much time passes between two events where the tick is long, and as far they are out of order */
#define AS_JSON 8 /* every so manyth event is JSON */
#define TRUTH INT64_MAX
#define LONG "0190a6f0-7c3e-7000-8000-" /* so ids are about as long as producers make them: events are read by their shape as theirs are */

/* A member of an event: a text, or a number. */
struct field {
    const char *name, *text;
    int64_t number;
};

#define FIELDS_MAX 5
struct fields {
    struct field at[FIELDS_MAX + 1]; /* up to the first without a name */
};

static struct field words(const char *name, const char *text)
{
    return (struct field){name, text, 0};
}

static struct field number(const char *name, int64_t n)
{
    return (struct field){name, NULL, n};
}

static struct field truth(const char *name)
{
    return (struct field){name, NULL, TRUTH};
}

/* A letter and a number. */
struct numbered {
    char at[1 + DIGITS_MAX + 1];
};

static struct numbered numbered(char letter, int n)
{
    struct numbered l = {{letter}};
    l.at[1 + digits_write((uint64_t)n, l.at + 1)] = 0;
    return l;
}

static struct story_record *add(struct story *s, enum topic_role role, int32_t partitions, const char *key, int64_t ts_ms)
{
    sim_check(s->count < STORY_RECORDS_MAX, "the story is too long");
    struct story_record *r = &s->records[s->count++];
    *r = (struct story_record){.role = role, .ts_ms = ts_ms, .at = (uint32_t)s->bytes.len};
    r->partition = role == ROLE_HR ? 0 : murmur2_partition(key, strlen(key), partitions);
    stpncpy(r->key, key, sizeof r->key - 1);
    return r;
}

static void emit_field(struct emit *e, const struct field *f)
{
    emit_key(e, f->name);
    if (f->text) {
        emit_text(e, text_of(f->text));
    } else if (f->number == TRUTH) {
        emit_bool(e, true);
    } else {
        emit_int(e, f->number);
    }
}

static void event(struct story *s, enum topic_role role, int32_t partitions, const char *key, int64_t ts_ms, int n, struct fields fields)
{
    struct story_record *r = add(s, role, partitions, key, ts_ms);
    char id[sizeof LONG + sizeof(struct numbered)];
    stpcpy(stpcpy(id, LONG), numbered('i', n).at);
    struct emit e;
    emit_begin(&e, s->count % AS_JSON == 0 ? FORMAT_JSON : FORMAT_MSGPACK, &s->bytes);
    emit_map(&e);
    emit_field(&e, &(struct field){"v", NULL, 1});
    emit_field(&e, &(struct field){"id", id, 0});
    emit_field(&e, &(struct field){"ts", NULL, ts_ms});
    emit_field(&e, &fields.at[0]); /* the kind: the usual order */
    emit_field(&e, &(struct field){role == ROLE_HR ? "employee" : "customer", key, 0});
    for (const struct field *f = &fields.at[1]; f->name; f++) {
        emit_field(&e, f);
    }
    emit_close(&e);
    sim_check(emit_end(&e) == 0, "an event is written");
    r->len = (uint32_t)s->bytes.len - r->at;
}

static void purchase(struct story *s, struct random *r, int32_t partitions, const char *key, int64_t ts_ms, int n, const char *region)
{
    int64_t cost = random_between(r, 1, 99), revenue = random_between(r, 1, 99);
    event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n,
          (struct fields){{words("kind", "purchase"), words("order", numbered('o', n).at), number("revenue", revenue), number("cost", cost),
                           words("region", region)}});
}

static void contact(struct story *s, struct random *r, int32_t partitions, const char *key, int64_t ts_ms, int n)
{
    struct numbered of = numbered('k', (int)random_between(r, 0, 2));
    const char *kind = random_between(r, 0, 1) ? "contact.open" : "contact.confirm";
    event(s, ROLE_INTERACTIONS, partitions, key, ts_ms, n, (struct fields){{words("kind", kind), words("case", of.at), truth("satisfied")}});
}

static void survey(struct story *s, struct random *r, int32_t partitions, const char *key, int64_t ts_ms, int n, const char *region)
{
    int64_t value = random_between(r, 1, n % 2 ? 10 : 5);
    event(s, ROLE_CPI, partitions, key, ts_ms, n,
          (struct fields){{words("kind", "survey"), words("instrument", n % 2 ? "nps" : "csat"), number("value", value), words("region", region)}});
}

static void customer_event(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    const char *region = random_between(r, 0, 1) ? "north" : "south", *kind;
    struct numbered key = numbered('c', (int)random_between(r, 0, 6)), of;
    switch (random_between(r, 0, 8)) {
    case 0:
    case 1:
        purchase(s, r, partitions, key.at, ts_ms, n, region);
        break;
    case 2:
        event(s, ROLE_INTERACTIONS, partitions, key.at, ts_ms, n, (struct fields){{words("kind", "customer.update"), words("region", region)}});
        break;
    case 3:
        contact(s, r, partitions, key.at, ts_ms, n);
        break;
    case 4:
        of = numbered('k', (int)random_between(r, 0, 2));
        event(s, ROLE_INTERACTIONS, partitions, key.at, ts_ms, n, (struct fields){{words("kind", "contact.resolve"), words("case", of.at)}});
        break;
    case 5:
        kind = random_between(r, 0, 1) ? "social.follow" : "customer.erase";
        event(s, ROLE_INTERACTIONS, partitions, key.at, ts_ms, n, (struct fields){{words("kind", kind)}});
        break;
    default:
        survey(s, r, partitions, key.at, ts_ms, n, region);
    }
}

/* Churns and segments, for the retention. */
static void segment_event(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    static const char *const segments[] = {"smb", "large", "gold"};
    struct numbered key = numbered('c', (int)random_between(r, 0, 6));
    const char *kind = random_between(r, 0, 7) == 0 ? "churn" : "customer.update";
    event(s, ROLE_INTERACTIONS, partitions, key.at, ts_ms, 40000 + n,
          (struct fields){{words("kind", kind), words("segment", segments[random_between(r, 0, 2)])}});
}

static void employee_event(struct story *s, struct random *r, int64_t ts_ms, int n)
{
    int who = n / 4 % 8;
    struct numbered key = numbered('e', who);
    if (n < 32) {
        event(s, ROLE_HR, 1, key.at, ts_ms, n,
              (struct fields){{words("kind", "hire"), words("region", "north"), words("department", who % 2 ? "care" : "sales")}});
    } else {
        event(s, ROLE_HR, 1, key.at, ts_ms, n,
              (struct fields){{words("kind", "survey"), words("theme", "pride"), number("scale", 5), number("value", random_between(r, 1, 5))}});
    }
}

static void unreadable(struct story *s, int32_t partitions, int64_t ts_ms)
{
    struct text value = TEXT_LITERAL(STORY_UNREADABLE);
    struct story_record *r = add(s, ROLE_INTERACTIONS, partitions, "c1", ts_ms);
    sim_check(buf_append(&s->bytes, value.at, value.len) == 0, "a record is written");
    r->len = value.len;
}

static void odd_record(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms, int n)
{
    switch (random_between(r, 0, 2)) {
    case 0:
        unreadable(s, partitions, ts_ms);
        break;
    case 1:
        event(s, ROLE_CPI, partitions, "c2", STORY_NOW + 36000000, n,
              (struct fields){{words("kind", "survey"), words("instrument", "csat"), number("value", 1)}});
        break;
    default:
        event(s, ROLE_INTERACTIONS, partitions, "c3", STORY_T0 - 7200000, n,
              (struct fields){{words("kind", "purchase"), words("order", "l"), number("revenue", 1)}});
    }
}

/* One id comes again at other times, of which the first counts until it is forgotten, and of a clock that is far ahead. */
static void retold(struct story *s, int32_t partitions, int64_t ts_ms, int n)
{
    for (int k = 0; k < 2 && n % 3 == 0; k++) {
        bool future = k == 1 && n % 2 == 0;
        event(s, ROLE_INTERACTIONS, partitions, "c5", future ? STORY_NOW + 36000000 + n : ts_ms + k, 70000 + n / (k ? 12 : 24),
              (struct fields){{words("kind", "purchase"), words("order", numbered('d', n).at), number("revenue", 3)}});
    }
}

/* Only what every configuration still remembers: after that it would be a straggler. */
static void again(struct story *s, const struct story_record *r, int64_t ts_ms, int64_t times)
{
    if (s->count < STORY_RECORDS_MAX && r->ts_ms > ts_ms - AGAIN_MS * times) {
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
              (struct fields){{words("kind", "purchase"), words("order", numbered('r', n).at), number("revenue", 50), words("region", "north")}});
    } else if (n == 10) {
        event(s, ROLE_INTERACTIONS, partitions, "c9", ts_ms, 50000 + n, (struct fields){{words("kind", "customer.erase")}});
    }
}

/* By how much an event is later than the others; every configuration takes some as corrections and finds others too late. */
static int64_t behind_ms(struct random *r)
{
    static const int64_t most_ms[] = {12000, 30000, 90000, 420000};
    return random_between(r, 0, 4) > 0 ? 0 : random_between(r, 3000, most_ms[random_between(r, 0, 3)]);
}

/* An event in each partition of customers. */
static void everywhere_tell(struct story *s, int32_t partitions, int64_t ts_ms, int first)
{
    for (int32_t p = 0, n = 0; p < partitions; n++) {
        struct numbered key = numbered('s', n);
        if (murmur2_partition(key.at, strlen(key.at), partitions) == p) {
            event(s, ROLE_INTERACTIONS, partitions, key.at, ts_ms, first + p, (struct fields){{words("kind", "selfservice.login")}});
            event(s, ROLE_CPI, partitions, key.at, ts_ms, first + 10000 + p,
                  (struct fields){{words("kind", "survey"), words("instrument", "nps"), number("value", 5)}});
            p++;
        }
    }
}

/* The last long tick comes to its end: of one that is open a tombstone may be out or not. */
static void last_tell(struct story *s, struct random *r, int32_t partitions, int64_t ts_ms)
{
    int64_t end_ms = (ts_ms / LONG_TICK_MS + 1) * LONG_TICK_MS + LONG_ORDER_MS;
    everywhere_tell(s, partitions, end_ms, 60000);
    employee_event(s, r, end_ms, 100);
}

void story_tell(uint64_t number, int32_t partitions, enum story_kind kind, bool is_long, struct story *ret_s)
{
    struct random r = {number * 7919 + 1}, late = {number ^ UINT64_C(0x1A7E)};
    int events = is_long ? (int)random_between(&r, 28, 70) : (int)random_between(&r, 22, 54);
    int64_t ts_ms = STORY_T0, first_ms = kind == STORY_QUIET ? STORY_T0 - STORY_BEFORE_MS : STORY_T0;
    int config = story_config_of(number, kind);
    int64_t times = config == STORY_LONG_TICK ? LONG_TICK_TIMES : 1;
    bool stragglers = kind != STORY_IN_ORDER;
    uint32_t echoed = 0;
    ret_s->count = 0;
    buf_clear(&ret_s->bytes);
    everywhere_tell(ret_s, partitions, first_ms, 10000); /* only a partition that never held a record holds nobody back */
    employee_event(ret_s, &r, first_ms, 0);
    ret_s->first = ret_s->count;
    for (int n = 1; n < events; n++) {
        ts_ms += random_between(&r, 0, 5000) * times;
        int64_t at_ms = ts_ms - random_between(&r, 0, 2000) * times - (stragglers ? behind_ms(&late) : 0);
        uint32_t before = ret_s->count;
        customer_event(ret_s, &r, partitions, at_ms, n);
        if (config % 2 == 1 && n % 3 == 0) {
            segment_event(ret_s, &r, partitions, at_ms, n);
        }
        if (random_between(&r, 0, 7) == 0) {
            again(ret_s, &ret_s->records[before - (uint32_t)random_between(&r, 0, before < 12 ? 0 : 8)], ts_ms, times);
        }
        if (stragglers && config == STORY_FEW_IDS) {
            echo(ret_s, &echoed, n, before);
        }
        if (random_between(&r, 0, 9) == 0) {
            odd_record(ret_s, &r, partitions, ts_ms, 30000 + n);
        }
        if (number % RETOLD == 19 || number % RETOLD == 22) {
            retold(ret_s, partitions, ts_ms, n);
        }
        returning_customer(ret_s, partitions, ts_ms, n, events);
        if (n % 4 == 0) {
            employee_event(ret_s, &r, at_ms, n);
        }
    }
    if (times > 1) {
        last_tell(ret_s, &r, partitions, ts_ms);
    }
}

void story_close(struct story *s)
{
    buf_close(&s->bytes);
}

struct text story_value(const struct story *s, const struct story_record *r)
{
    return (struct text){(const char *)s->bytes.at + r->at, r->len};
}
