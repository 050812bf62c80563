/* What happens in the generated company. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "gen.h"

enum { DIVISIONS = 5, SEGMENTS = 4, DEPARTMENTS = 12 };

static const char *const channels[] = {"email", "phone", "web", "app", "store"};

struct home {
    uint32_t division, region, segment;
};

static struct home home_of(const struct gen *g, uint64_t salt, uint64_t entity)
{
    uint64_t h = mix(entity * 2654435761u + salt);
    return (struct home){(uint32_t)(h % DIVISIONS), (uint32_t)((h >> 16) % (uint64_t)g->opt.regions), (uint32_t)((h >> 32) % SEGMENTS)};
}

/* A slow swing, different in each division, so that positions move through the octants. */
static double mood(const struct gen *g, uint32_t division, int64_t ts)
{
    double days = (double)(ts - g->opt.start_ms) / 86400000.0;
    return 0.5 + 0.35 * sin(2 * 3.14159265358979 * (days / 7.0 + division / 5.0));
}

static uint32_t department_of(struct gen *g)
{
    uint32_t a = below(g, DEPARTMENTS), b = below(g, DEPARTMENTS);
    return a < b ? a : b;
}

static void put_envelope(struct gen *g, struct buf *b, uint64_t n, int64_t ts, const char *kind, bool hr, const char *entity,
                         struct home home)
{
    char id[40];
    snprintf(id, sizeof id, "%08" PRIx64 "-%012" PRIx64, mix(g->opt.seed) >> 32, g->opt.id_base + n);
    map_open(b);
    f_int(b, "v", 1);
    f_str(b, "id", id);
    f_int(b, "ts", ts);
    f_str(b, "kind", kind);
    f_str(b, hr ? "employee" : "customer", entity);
    f_fmt(b, "division", "div-", home.division, 2);
    f_fmt(b, "region", "region-", home.region, 2);
    f_fmt(b, "department", "dept-", department_of(g), 2);
    if (!hr) {
        f_fmt(b, "segment", "seg-", home.segment, 1);
        f_str(b, "channel", channels[below(g, 5)]);
    }
}

static void put_purchase(struct gen *g, struct buf *b, double m)
{
    int64_t revenue = 500 + (int64_t)(-log(1.0 - unit(g)) * 8000.0);
    int64_t cost = (int64_t)((double)revenue * (0.95 - 0.5 * m) * (0.8 + 0.4 * unit(g)));
    f_fmt(b, "order", "o-", next64(g) % 100000000, 8);
    f_int(b, "revenue", revenue);
    f_int(b, "cost", cost);
    f_int(b, "quantity", 1 + below(g, 5));
    f_int(b, "discount", below(g, 4) ? 0 : 5);
    f_fmt(b, "product_group", "pg-", below(g, 30), 2);
}

/* Shares in percent of the interactions; the rest is selfservice.login. */
static void put_interaction(struct gen *g, struct buf *b, uint64_t n, int64_t ts, const char *who, struct home home)
{
    double m = mood(g, home.division, ts);
    uint32_t dice = below(g, 100);
    const char *kind = dice < 20   ? "newsletter.received"
                       : dice < 30 ? "newsletter.opened"
                       : dice < 36 ? "newsletter.read"
                       : dice < 39 ? "social.follow"
                       : dice < 40 ? "social.unfollow"
                       : dice < 50 ? "social.like"
                       : dice < 51 ? "social.unlike"
                       : dice < 54 ? "social.share"
                       : dice < 69 ? "purchase"
                       : dice < 75 ? "contact.open"
                       : dice < 80 ? "contact.resolve"
                       : dice < 85 ? "contact.confirm"
                       : dice < 87 ? "complaint"
                       : dice < 90 ? "promo.response"
                                   : "selfservice.login";
    put_envelope(g, b, n, ts, kind, false, who, home);
    if (dice < 36) {
        f_fmt(b, "issue", "issue-", (uint64_t)(ts / 86400000), 5);
    } else if (dice < 54) {
        if (below(g, 10)) {
            f_int(b, "influence", below(g, 101));
        }
        f_fmt(b, "ref", "post-", next64(g) % 1000000, 6);
    } else if (dice < 69) {
        put_purchase(g, b, m);
    } else if (dice < 85) {
        f_fmt(b, "case", "case-", next64(g) % 10000000, 7);
        f_str(b, "direction", "in");
        f_int(b, "minutes", 1 + below(g, 45));
        if (dice >= 80) {
            f_bool(b, "satisfied", unit(g) < 0.4 + 0.55 * m);
        }
    } else {
        f_str(b, "touchpoint", "portal/home");
    }
}

static int64_t opinion(struct gen *g, double m, int low, int high)
{
    double v = low + (high - low) * (m + (unit(g) + unit(g) - 1.0) * 0.6) + 0.5;
    return v < low ? low : v > high ? high : (int64_t)v;
}

static void put_cpi(struct gen *g, struct buf *b, uint64_t n, int64_t ts, const char *who, struct home home)
{
    double m = mood(g, home.division, ts);
    uint32_t dice = below(g, 100);
    put_envelope(g, b, n, ts, dice < 80 ? "survey" : "measurement", false, who, home);
    if (dice < 40) {
        f_str(b, "instrument", "nps");
        f_int(b, "value", opinion(g, m + 0.25, 0, 10));
    } else if (dice < 70) {
        f_str(b, "instrument", "csat");
        f_int(b, "value", opinion(g, m, 1, 5));
    } else if (dice < 80) {
        f_str(b, "instrument", "ces");
        f_int(b, "value", opinion(g, m, 1, 7));
    } else {
        f_str(b, "cpi", "delivery.hours");
        f_int(b, "value", 1 + below(g, 96));
        f_str(b, "unit", "h");
    }
    if (dice < 80) {
        f_str(b, "method", "email");
        f_fmt(b, "subject", "product/pg-", below(g, 30), 2);
    }
}

static void put_hr(struct gen *g, struct buf *b, uint64_t n, int64_t ts, const char *who, struct home home)
{
    double m = mood(g, (home.division + 2) % DIVISIONS, ts);
    uint32_t dice = below(g, 100);
    const char *kind = dice < 60 ? "enps" : dice < 80 ? "absence.start" : dice < 98 ? "absence.end" : "productive";
    put_envelope(g, b, n, ts, kind, true, who, home);
    if (dice < 60) {
        f_int(b, "value", opinion(g, m + 0.25, 0, 10));
        f_str(b, "source", "hr-survey-tool");
    } else {
        f_int(b, "fraction", 100);
        f_str(b, "source", "hr-system");
    }
}

enum topic event_make(struct gen *g, uint64_t n, int64_t ts, struct buf *b, char who[32])
{
    uint32_t dice = below(g, 100);
    enum topic t = dice < 80 ? INTERACTIONS : dice < 95 ? CPI : HR;
    if (t == HR) {
        uint64_t e = next64(g) % g->employees;
        snprintf(who, 32, "e%07" PRIu64, e);
        put_hr(g, b, n, ts, who, home_of(g, 7, e));
    } else {
        uint64_t c = (zipf(g) * 2654435761u) % g->opt.customers;
        snprintf(who, 32, "c%07" PRIu64, c);
        (t == CPI ? put_cpi : put_interaction)(g, b, n, ts, who, home_of(g, 3, c));
    }
    for (int64_t left = g->opt.pad; left > 0 && b->len + PAD + 16 < VALUE_MAX; left -= PAD) {
        char name[32];
        snprintf(name, sizeof name, "filler%" PRId64, left / PAD);
        f_fmt(b, name, "", 0, left < PAD ? (int)left : PAD);
    }
    return t;
}
