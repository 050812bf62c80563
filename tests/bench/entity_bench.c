/* Applies events of the mix that tests/bench/gen writes to the entity engines, built in memory, with the
 * measures of the seed and six kinds of scope:
 *   entity_bench [EVENTS [CUSTOMERS [CONFIG]]]
 * Customers are Zipf-distributed. With CONFIG its measures are taken, and one customer after the other, each as often as one of a million
 * and as many of them awake, for the memory per customer and per live fact. Prints events per second and rows per event, too. Under
 * `valgrind --tool=callgrind --toggle-collect=apply_one` the count of instructions divided by the events is
 * the engine's part of the goal. */
#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "config/config.h"
#include "engine/entity_state.h"
#include "support/entity_world.h"
#include "support/random.h"

#define DIVISIONS 5
#define REGIONS 8
#define SEGMENTS 4
#define DEPARTMENTS 12
#define START (INT64_C(20089) * DAY)
#define SPACING_MS 1296 /* two million events in 30 days, as tests/bench/gen spreads them */

static struct text texts(const char *format, unsigned i, char at[24])
{
    snprintf(at, 24, format, i);
    return text_of(at);
}

static char divisions[DIVISIONS][24], regions[REGIONS][24], segments[SEGMENTS][24], departments[DEPARTMENTS][24];

static void condition_of(struct measure *m, struct condition *c, enum event_field f, const struct text *value)
{
    *c = (struct condition){.what = (uint8_t)f, .op = CONDITION_TEXT_IN, .texts = value, .count = 1};
    m->from.where = (struct predicate){c, 1};
}

static struct text nps_text = {"nps", 3}, csat_text = {"csat", 4}, hours_text = {"delivery.hours", 14};
static struct condition conditions[3];

/* The pack's measures; the pane of each is the greatest common divisor of its horizons'. */
static void measures_fill(struct world *w)
{
    world_measure(w, "first_time_resolution", "first_time", 0, 30 * DAY, 60000);
    struct measure *m = world_measure(w, "nps", "nps", UINT64_C(1) << KIND_SURVEY, 90 * DAY, DAY);
    condition_of(m, &conditions[0], EVENT_INSTRUMENT, &nps_text);
    m = world_measure(w, "csat", "top_box", UINT64_C(1) << KIND_SURVEY, 30 * DAY, DAY / 4);
    m->scale = 5;
    condition_of(m, &conditions[1], EVENT_INSTRUMENT, &csat_text);
    m = world_measure(w, "delivery", "within", UINT64_C(1) << KIND_MEASUREMENT, DAY, 15 * 60000);
    condition_of(m, &conditions[2], EVENT_CPI, &hours_text);
    m = world_measure(w, "revenue", "sum", UINT64_C(1) << KIND_PURCHASE, 365 * DAY, DAY);
    m->from.terms[0].field = EVENT_REVENUE;
    world_measure(w, "margin_per_customer", "ledger_mean", 0, 365 * DAY, DAY)->tracks[0] = PRESENT_TRACK;
    world_measure(w, "active_customers", "active", 0, 365 * DAY, DAY);
    world_measure(w, "engagement_points", "points", 0, 365 * DAY, DAY);
    world_measure(w, "turnover", "turnover", 0, 365 * DAY, DAY);
    world_measure(w, "headcount", "headcount", 0, 365 * DAY, DAY);
    world_measure(w, "enps", "nps", UINT64_C(1) << KIND_ENPS, 90 * DAY, DAY)->is_private = true;
    w->model.measure_count = 11;
}

static void world_prepare(struct world *w)
{
    world_open(w);
    w->model.cancel_within_ms = 90 * DAY;
    world_default_points(w, false);
    measures_fill(w);
    w->model.scopes = (struct scope_plan){6, {{0}, {1, {DIM_DIVISION}}, {1, {DIM_REGION}}, {1, {DIM_SEGMENT}},
                                              {1, {DIM_DEPARTMENT}},
                                              {2, {DIM_REGION, DIM_SEGMENT}}}};
}

/* ---- events --------------------------------------------------------------------------------------- */

struct sample {
    struct event e;
    char id[24], who[16], thing[16];
};

static double *cdf;
static uint32_t customers;
static bool uniform;
static struct random rng = {1};

static uint32_t below(uint32_t n)
{
    return (uint32_t)(random_next(&rng) % n);
}

static void zipf_open(void)
{
    double sum = 0;
    cdf = malloc(customers * sizeof *cdf);
    for (uint32_t k = 0; k < customers; k++) {
        cdf[k] = sum += 1.0 / (k + 1);
    }
}

static uint32_t zipf(void)
{
    double u = (double)(random_next(&rng) >> 11) * 0x1.0p-53 * cdf[customers - 1];
    uint32_t lo = 0, hi = customers - 1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (cdf[mid] < u) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static enum event_kind interaction_kind(uint32_t dice)
{
    return dice < 20   ? KIND_NEWSLETTER_RECEIVED
           : dice < 30 ? KIND_NEWSLETTER_OPENED
           : dice < 36 ? KIND_NEWSLETTER_READ
           : dice < 39 ? KIND_SOCIAL_FOLLOW
           : dice < 40 ? KIND_SOCIAL_UNFOLLOW
           : dice < 50 ? KIND_SOCIAL_LIKE
           : dice < 51 ? KIND_SOCIAL_UNLIKE
           : dice < 54 ? KIND_SOCIAL_SHARE
           : dice < 69 ? KIND_PURCHASE
           : dice < 75 ? KIND_CONTACT_OPEN
           : dice < 80 ? KIND_CONTACT_RESOLVE
           : dice < 85 ? KIND_CONTACT_CONFIRM
           : dice < 87 ? KIND_COMPLAINT
           : dice < 90 ? KIND_PROMO_RESPONSE
                       : KIND_SELFSERVICE_LOGIN;
}

static void fill_interaction(struct sample *s)
{
    struct event *e = &s->e;
    uint32_t dice = below(100);
    e->kind = interaction_kind(dice);
    if (dice < 36) {
        snprintf(s->thing, sizeof s->thing, "issue-%05d", (int)(e->ts_ms / DAY));
        event_put_text(e, EVENT_ISSUE, s->thing);
    } else if (dice < 54) {
        snprintf(s->thing, sizeof s->thing, "post-%06u", below(1000000));
        event_put_text(e, EVENT_REF, s->thing);
        event_put_number(e, EVENT_INFLUENCE, below(101) * FIXED_ONE);
    } else if (dice < 69) {
        snprintf(s->thing, sizeof s->thing, "order-%08u", below(100000000));
        event_put_text(e, EVENT_ORDER, s->thing);
        event_put_number(e, EVENT_REVENUE, (500 + below(20000)) * FIXED_ONE);
        event_put_number(e, EVENT_COST, (300 + below(12000)) * FIXED_ONE);
    } else if (dice < 85) {
        snprintf(s->thing, sizeof s->thing, "case-%07u", below(10000000));
        event_put_text(e, EVENT_CASE, s->thing);
        event_put_number(e, EVENT_SATISFIED, below(2));
    }
}

static void fill_cpi(struct event *e)
{
    uint32_t dice = below(100);
    e->kind = dice < 80 ? KIND_SURVEY : KIND_MEASUREMENT;
    if (dice < 80) {
        event_put_text(e, EVENT_INSTRUMENT, dice < 40 ? "nps" : dice < 70 ? "csat" : "ces");
        event_put_number(e, EVENT_VALUE, (dice < 40 ? below(11) : 1 + below(5)) * FIXED_ONE);
    } else {
        event_put_text(e, EVENT_CPI, "delivery.hours");
        event_put_number(e, EVENT_VALUE, (1 + below(96)) * FIXED_ONE);
    }
}

static void fill_hr(struct event *e)
{
    uint32_t dice = below(100);
    e->kind = dice < 60 ? KIND_ENPS : dice < 80 ? KIND_ABSENCE_START : dice < 98 ? KIND_ABSENCE_END : KIND_PRODUCTIVE;
    event_put_number(e, EVENT_VALUE, below(11) * FIXED_ONE);
}

static void sample_fill(struct sample *s, uint32_t n)
{
    uint32_t dice = below(100),
        who = uniform ? n % customers : dice < 95 ? zipf() : below(customers / 50 + 100),
            a = below(DEPARTMENTS), b = below(DEPARTMENTS);
    uint64_t home = hash64_int(who + (dice < 95 ? 17 : 91));
    memset(s, 0, sizeof *s);
    struct event *e = &s->e;
    e->ts_ms = START + (int64_t)n * SPACING_MS * (uniform ? 1000000 : customers) / customers;
    snprintf(s->id, sizeof s->id, "5f3a91c2-%012x", n);
    snprintf(s->who, sizeof s->who, "%c%08u", dice < 95 ? 'c' : 'e', who);
    e->id = text_of(s->id);
    e->entity = text_of(s->who);
    e->dims[DIM_DIVISION] = text_of(divisions[home % DIVISIONS]);
    e->dims[DIM_REGION] = text_of(regions[(home >> 16) % REGIONS]);
    e->dims[DIM_DEPARTMENT] = text_of(departments[a < b ? a : b]);
    if (dice < 95) {
        e->dims[DIM_SEGMENT] = text_of(segments[(home >> 32) % SEGMENTS]);
    }
    if (dice < 80) {
        fill_interaction(s);
    } else if (dice < 95) {
        fill_cpi(e);
    } else {
        fill_hr(e);
    }
    e->topic = kind_rows[e->kind].topic;
}

/* ---- the engines ---------------------------------------------------------------------------------- */

static struct entity_engine *engines[2];
static uint64_t rows;
static int64_t tick;

static void rows_take(void)
{
    for (int i = 0; i < 2; i++) {
        rows += delta_table_count(entity_engine_deltas(engines[i]));
        delta_table_clear(entity_engine_deltas(engines[i]));
    }
}

__attribute__((noinline)) void apply_one(const struct event *e);
void apply_one(const struct event *e)
{
    struct entity_engine *x = engines[e->topic == TOPIC_HR];
    if (e->ts_ms >= tick) {
        rows_take();
        tick = tick_after(e->ts_ms, 10000);
    }
    while (entity_engine_next_timer(x) <= e->ts_ms && entity_engine_timers(x, e->ts_ms) == 1) {
    }
    if (entity_engine_apply(x, e, entity_engine_hash(x, e->entity), false) != 0) {
        abort();
    }
    if (entity_engine_dirty_count(x) >= 10000) {
        entity_engine_clean(x);
    }
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What all customers take of one kind of memory, in bytes; facts by number. */
struct taken {
    uint64_t totals, keys, facts, blocks, asleep;
};

/* Totals of tracks, and of who is asleep the word before them. */
static uint64_t totals_bytes(const struct entity_engine *x, const struct entity *c)
{
    uint64_t tracks = x->home.tracks;
    return !c->facts ? 0 : c->awake ? tracks * 2 * sizeof(int64_t) : (tracks + 1) * sizeof(int64_t);
}

static struct taken taken_by(const struct entity_engine *x)
{
    struct taken t = {0};
    for (uint32_t i = 0; i < x->table.used; i++) {
        const struct entity *c = entity_table_at(&x->table, i);
        t.keys += block_size(c->key_len);
        t.totals += totals_bytes(x, c);
        t.facts += c->fact_count;
        t.asleep += !c->awake;
    }
    t.blocks = x->home.pool.bytes + x->sleepers.pool.bytes - t.keys - t.totals;
    return t;
}

/* The fixed part of a customer is its record and the totals of its tracks, which every customer has. All other memory for facts, of who is
 * awake, too, is shared among the facts. */
static void memory_report(const struct entity_engine *x)
{
    struct taken t = taken_by(x);
    double count = entity_engine_count(x);
    printf("customers %.0f, %.0f asleep, %.1f bytes per customer: fixed %.1f (record %zu, totals of %u tracks), key %.1f, index %.1f, "
           "timer %.1f, facts %.2f per customer of %.2f bytes\n",
           count, (double)t.asleep, (double)entity_engine_bytes(x) / count, sizeof(struct entity) + (double)t.totals / count,
           sizeof(struct entity), x->home.tracks, (double)t.keys / count, (double)x->table.index_bytes / count,
           (double)x->timers.count * sizeof(struct timer) / count, (double)t.facts / count, (double)t.blocks / (double)t.facts);
}

static void report(uint32_t events, double seconds)
{
    printf("events %u, %.2f s CPU, %.0f events/s, rows per event %.2f\n", events, seconds, events / seconds,
           (double)rows / events);
    memory_report(engines[0]);
}

static const struct model *model_of(const char *path, struct config **ret_config)
{
    static struct world w;
    world_prepare(&w);
    return !path ? &w.model : config_load(path, NULL, stderr, ret_config) == 0 ? &(*ret_config)->model : NULL;
}

#define BATCH 4096

int main(int argc, char **argv)
{
    uint32_t events = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    customers = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000;
    uniform = argc > 3;
    struct config *config = NULL;
    const struct model *model = model_of(uniform ? argv[3] : NULL, &config);
    if (!model) {
        return 78;
    }
    for (unsigned i = 0; i < DEPARTMENTS; i++) {
        texts("dept-%02u", i, departments[i]);
        texts("div-%02u", i % DIVISIONS, divisions[i % DIVISIONS]);
        texts("region-%02u", i % REGIONS, regions[i % REGIONS]);
        texts("seg-%u", i % SEGMENTS, segments[i % SEGMENTS]);
    }
    zipf_open();
    struct sample *batch = malloc(BATCH * sizeof *batch);
    if (!batch || entity_engine_create(model, ENTITY_CUSTOMER, 1, &engines[0]) != 0 ||
        entity_engine_create(model, ENTITY_EMPLOYEE, 2, &engines[1]) != 0) {
        return 71;
    }
    if (uniform && customers < 1000000) {
        engines[0]->sleepers.max = (uint32_t)((uint64_t)AWAKE_MAX * customers / 1000000);
    }
    double seconds = 0;
    for (uint32_t n = 0; n < events; n += BATCH) {
        uint32_t count = events - n < BATCH ? events - n : BATCH;
        for (uint32_t i = 0; i < count; i++) {
            sample_fill(&batch[i], n + i);
        }
        double before = now_s();
        for (uint32_t i = 0; i < count; i++) {
            apply_one(&batch[i].e);
        }
        seconds += now_s() - before;
    }
    report(events, seconds);
    entity_engine_destroy(engines[0]);
    entity_engine_destroy(engines[1]);
    config_destroy(config);
    free(batch);
    free(cdf);
    return 0;
}
