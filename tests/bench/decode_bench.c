/* Decodes events of the mix that tests/bench/gen writes, MessagePack, as often as asked:
 *   decode_bench [EVENTS [ROUNDS]]
 * Under `valgrind --tool=callgrind --toggle-collect=event_decode` the count of instructions divided
 * by the events is the figure of the closing note. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/event_decode.h"

struct sample {
    enum event_topic topic;
    size_t len;
    char key[16];
    uint8_t at[480];
};

static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = state;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((x ^ (x >> 31)) % n);
}

static void put_text(struct sample *s, const char *text)
{
    size_t n = strlen(text);
    if (n >= 32) {
        s->at[s->len++] = 0xd9;
    }
    s->at[s->len++] = (uint8_t)(n < 32 ? 0xa0 | n : n);
    memcpy(s->at + s->len, text, n);
    s->len += n;
}

static void put_big(struct sample *s, uint8_t tag, uint64_t v, int bytes)
{
    s->at[s->len++] = tag;
    for (int i = bytes - 1; i >= 0; i--) {
        s->at[s->len++] = (uint8_t)(v >> (8 * i));
    }
}

static void put_key(struct sample *s, const char *name)
{
    s->at[2]++;
    put_text(s, name);
}

static void member_int(struct sample *s, const char *name, uint64_t v)
{
    put_key(s, name);
    if (v < 128) {
        s->at[s->len++] = (uint8_t)v;
    } else if (v <= UINT16_MAX) {
        put_big(s, 0xcd, v, 2);
    } else if (v <= UINT32_MAX) {
        put_big(s, 0xce, v, 4);
    } else {
        put_big(s, 0xcf, v, 8);
    }
}

static void member_text(struct sample *s, const char *name, const char *value)
{
    put_key(s, name);
    put_text(s, value);
}

static void member_id(struct sample *s, const char *name, const char *prefix, uint32_t n, int width)
{
    char text[64];
    snprintf(text, sizeof text, "%s%0*" PRIu32, prefix, width, n);
    member_text(s, name, text);
}

static void put_envelope(struct sample *s, const char *kind, uint32_t n)
{
    static const char *const channels[] = {"email", "phone", "web", "app", "store"};
    bool hr = s->topic == TOPIC_HR;
    char id[40];
    snprintf(id, sizeof id, "%08x-%012x", 0x5692161du, n);
    snprintf(s->key, sizeof s->key, "%c%07u", hr ? 'e' : 'c', below(100000));
    memcpy(s->at, "\xde\0", 3);
    s->len = 3;
    member_int(s, "v", 1);
    member_text(s, "id", id);
    member_int(s, "ts", UINT64_C(1735689600000) + n);
    member_text(s, "kind", kind);
    member_text(s, hr ? "employee" : "customer", s->key);
    member_id(s, "division", "div-", below(5), 2);
    member_id(s, "region", "region-", below(8), 2);
    member_id(s, "department", "dept-", below(12), 2);
    if (!hr) {
        member_id(s, "segment", "seg-", below(4), 1);
        member_text(s, "channel", channels[below(5)]);
    }
}

static const char *kind_of_interaction(uint32_t dice)
{
    static const struct {
        uint32_t below;
        const char *kind;
    } shares[] = {
        {20, "newsletter.received"},
        {30, "newsletter.opened"},
        {36, "newsletter.read"},
        {39, "social.follow"},
        {40, "social.unfollow"},
        {50, "social.like"},
        {51, "social.unlike"},
        {54, "social.share"},
        {69, "purchase"},
        {75, "contact.open"},
        {80, "contact.resolve"},
        {85, "contact.confirm"},
        {87, "complaint"},
        {90, "promo.response"},
        {100, "selfservice.login"},
    };
    size_t i = 0;
    while (dice >= shares[i].below) {
        i++;
    }
    return shares[i].kind;
}

static void put_purchase(struct sample *s)
{
    uint32_t revenue = 500 + below(20000);
    member_id(s, "order", "o-", below(100000000), 8);
    member_int(s, "revenue", revenue);
    member_int(s, "cost", revenue / 2);
    member_int(s, "quantity", 1 + below(5));
    member_int(s, "discount", below(4) ? 0 : 5);
    member_id(s, "product_group", "pg-", below(30), 2);
}

static void put_interaction(struct sample *s, uint32_t n)
{
    uint32_t dice = below(100);
    put_envelope(s, kind_of_interaction(dice), n);
    if (dice < 36) {
        member_id(s, "issue", "issue-", 20089, 5);
    } else if (dice < 54) {
        if (below(10)) {
            member_int(s, "influence", below(101));
        }
        member_id(s, "ref", "post-", below(1000000), 6);
    } else if (dice < 69) {
        put_purchase(s);
    } else if (dice < 85) {
        member_id(s, "case", "case-", below(10000000), 7);
        member_text(s, "direction", "in");
        member_int(s, "minutes", 1 + below(45));
        if (dice >= 80) {
            put_key(s, "satisfied");
            s->at[s->len++] = (uint8_t)(0xc2 + below(2));
        }
    } else {
        member_text(s, "touchpoint", "portal/home");
    }
}

static void put_cpi(struct sample *s, uint32_t n)
{
    static const char *const instruments[] = {"nps", "nps", "nps", "nps",
                                              "csat", "csat", "csat", "ces"};
    uint32_t dice = below(10);
    put_envelope(s, dice < 8 ? "survey" : "measurement", n);
    if (dice < 8) {
        member_text(s, "instrument", instruments[dice]);
        member_int(s, "value", 1 + below(5));
        member_text(s, "method", "email");
        member_id(s, "subject", "product/pg-", below(30), 2);
    } else {
        member_text(s, "cpi", "delivery.hours");
        member_int(s, "value", 1 + below(96));
        member_text(s, "unit", "h");
    }
}

static void put_hr(struct sample *s, uint32_t n)
{
    uint32_t dice = below(100);
    put_envelope(s,
                 dice < 60   ? "enps"
                 : dice < 80 ? "absence.start"
                 : dice < 98 ? "absence.end"
                             : "productive",
                 n);
    if (dice < 60) {
        member_int(s, "value", below(11));
        member_text(s, "source", "hr-survey-tool");
    } else {
        member_int(s, "fraction", 100);
        member_text(s, "source", "hr-system");
    }
}

static void sample_fill(struct sample *s, uint32_t n)
{
    uint32_t dice = below(100);
    s->topic = dice < 80 ? TOPIC_INTERACTIONS : dice < 95 ? TOPIC_CPI
                                                          : TOPIC_HR;
    if (s->topic == TOPIC_HR) {
        put_hr(s, n);
    } else if (s->topic == TOPIC_CPI) {
        put_cpi(s, n);
    } else {
        put_interaction(s, n);
    }
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t decode_all(struct decode_scratch *scratch, const struct sample *samples,
                           uint32_t count)
{
    struct event e;
    struct refusal r;
    uint64_t events = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct sample *s = &samples[i];
        events += event_decode(scratch, s->topic, (const uint8_t *)s->key, strlen(s->key), s->at,
                               s->len, &e, &r) == DECODED_EVENT;
    }
    return events;
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    struct sample *samples = calloc(count ? count : 1, sizeof *samples);
    struct decode_scratch *scratch = NULL;
    if (!samples || decode_scratch_create(&scratch)) {
        fputs("decode_bench: out of memory\n", stderr);
        free(samples);
        return 71;
    }
    uint64_t bytes = 0, events = 0;
    for (uint32_t i = 0; i < count; i++) {
        sample_fill(&samples[i], i);
        bytes += samples[i].len;
    }
    double began = now_s();
    for (uint32_t i = 0; i < rounds; i++) {
        events += decode_all(scratch, samples, count);
    }
    double took = now_s() - began;
    printf("records %" PRIu64 ", events %" PRIu64 ", mean bytes %.1f, %.1f ns per event\n",
           (uint64_t)count * rounds, events, (double)bytes / count,
           took * 1e9 / ((double)count * rounds));
    decode_scratch_destroy(scratch);
    free(samples);
    return events == (uint64_t)count * rounds ? 0 : 1;
}
