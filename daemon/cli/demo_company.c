#include "cli/demo_company.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "cli/demo_world.h"
#include "proto/event_encode.h"

const char *const demo_regions[DEMO_REGIONS] = {"north", "east", "south", "west"};
const char *const demo_segments[SEGMENT_COUNT] = {"consumer", "smb", "enterprise"};
const char *const demo_departments[DEPARTMENT_COUNT] = {"care", "sales", "delivery", "finance"};

static const char *const divisions[2] = {"home", "business"};

static demo_act_fn *const acts[ACT_COUNT] = {
#define X(symbol, function) function,
    DEMO_ACTS(X)
#undef X
};

/* A stream of acts of the whole company: so many a day at full season, from so many days before the
 * start. */
struct stream {
    enum demo_act what;
    double per_day; /* of a company of 2,000 customers or 300 staff */
    double from_days;
    bool of_staff, at_night;
};

static const struct stream streams[] = {
    {ACT_PURCHASE, 520, 20, false, false}, {ACT_NEWSLETTER, 700, 4, false, false},
    {ACT_SOCIAL, 220, 4, false, false},    {ACT_LOGIN, 700, 1, false, false},
    {ACT_PROMO, 90, 1, false, false},      {ACT_CONTACT, 1300, 2, false, false},
    {ACT_NPS, 560, 3, false, false},       {ACT_QUOTE, 110, 1, false, false},
    {ACT_COMPLAIN, 90, 1, false, false},   {ACT_PULSE, 95, 6, true, true},
    {ACT_RECOMMEND, 95, 6, true, true},    {ACT_LEAVE, 0.05, 30, true, true},
    {ACT_ILL, 2, 10, true, true},          {ACT_PRICE, 60, 1, false, true},
    {ACT_LEAD, 30, 4, false, false},       {ACT_OPTIONS, 25, 4, false, false},
    {ACT_DELIVERY, 120, 4, false, false},  {ACT_FRIENDS, 40, 8, false, true},
    {ACT_VALUE, 40, 10, false, false},     {ACT_STAGE, 60, 4, false, false},
    {ACT_EASE, 90, 4, false, false},       {ACT_EFFORT, 30, 20, false, false},
    {ACT_CHURN, 3, 20, false, false},      {ACT_THEME, 100, 8, true, true},
};

static int history_plan(struct demo_company *c);

/* The random numbers of an act are those of the story or those beside it. Called before and after it. */
static void random_choose(struct demo_company *c, enum demo_act what)
{
    if (what >= ACT_BESIDE) {
        struct demo_random r = c->random;
        c->random = c->beside;
        c->beside = r;
    }
}

static const struct stream *stream_of(enum demo_act what)
{
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        if (streams[i].what == what) {
            return &streams[i];
        }
    }
    return NULL;
}

/* The next time of a stream: times at the full rate, thinned by the season. */
static int stream_plan(struct demo_company *c, const struct stream *s, int64_t t_ms)
{
    double size = s->of_staff ? c->options.staff / 300.0 : c->options.customers / 2000.0;
    double mean_ms = (double)DEMO_DAY / (s->per_day * size);
    double at_night = s->at_night ? 0.4 : 0;
    do {
        t_ms += demo_wait(&c->random, mean_ms);
    } while (!demo_chance(&c->random, at_night + (1 - at_night) * story_season(t_ms)));
    return demo_plan(c, t_ms, s->what, 0, 0);
}

/* Activity falls with the rank as in Zipf's law, from an average that does not depend on the size.
 */
static void customers_make(struct demo_company *c)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->options.customers; i++) {
        double share = demo_uniform(&c->random);
        c->customers[i].segment = share < 0.70   ? SEGMENT_CONSUMER
                                  : share < 0.92 ? SEGMENT_SMB
                                                 : SEGMENT_ENTERPRISE;
        c->customers[i].region = (uint8_t)demo_below(&c->random, DEMO_REGIONS);
        double rank = 1 + demo_uniform(&c->random) * 40;
        sum += 1 / rank + 0.08;
        c->activity[i] = sum;
    }
}

static int company_fill(struct demo_company *c)
{
    c->customers = calloc(c->options.customers, sizeof(*c->customers));
    c->activity = calloc(c->options.customers, sizeof(*c->activity));
    if (!c->customers || !c->activity) {
        return CUBE_ENOMEM;
    }
    customers_make(c);
    int rc = history_plan(c);
    for (size_t i = 0; rc == 0 && i < sizeof(streams) / sizeof(streams[0]); i++) {
        random_choose(c, streams[i].what);
        rc = stream_plan(c, &streams[i],
                         c->options.start_ms - (int64_t)(streams[i].from_days * DEMO_DAY));
        random_choose(c, streams[i].what);
    }
    return rc ? rc : demo_plan(c, c->options.start_ms, ACT_CRISIS, 0, 0);
}

int demo_company_create(const struct demo_options *o, struct demo_company **ret_c)
{
    struct demo_company *c = calloc(1, sizeof(*c));
    if (!c) {
        return CUBE_ENOMEM;
    }
    c->options = *o;
    c->options.customers = o->customers ? o->customers : 2000;
    c->options.staff = o->staff ? o->staff : 300;
    c->random.state = o->seed * UINT64_C(0xD1342543DE82EF95) + 1;
    c->beside.state = ~c->random.state;
    int rc = company_fill(c);
    if (rc != 0) {
        demo_company_destroy(c);
        return rc;
    }
    *ret_c = c;
    return 0;
}

void demo_company_destroy(struct demo_company *c)
{
    if (!c) {
        return;
    }
    demo_queue_close(&c->queue);
    free(c->customers);
    free(c->activity);
    free(c->staff);
    free(c);
}

/* The people of today were hired 40 to 70 days ago, the customers brought over 22 to 21 days ago.
 */
static int history_plan(struct demo_company *c)
{
    int rc = 0;
    int64_t start_ms = c->options.start_ms;
    for (uint32_t i = 0; rc == 0 && i < c->options.staff; i++) {
        rc = demo_plan(
            c, start_ms - 40 * DEMO_DAY - (int64_t)(demo_uniform(&c->random) * 30 * DEMO_DAY),
            ACT_HIRED, UINT32_MAX, i);
    }
    for (uint32_t i = 0; rc == 0 && i < c->options.customers; i++) {
        rc = demo_plan(c, start_ms - 21 * DEMO_DAY - (int64_t)(demo_uniform(&c->random) * DEMO_DAY),
                       ACT_ARRIVE, i, 0);
    }
    return rc;
}

int demo_company_next(struct demo_company *c, struct event *ret_e)
{
    struct event e;
    int told;
    do {
        struct demo_item item = demo_queue_pop(&c->queue);
        const struct stream *stream = stream_of(item.what);
        memset(&e, 0, sizeof(e));
        c->text_len = 0;
        random_choose(c, item.what);
        told = acts[item.what](c, &item, &e);
        if (told >= 0 && stream) {
            int rc = stream_plan(c, stream, item.at_ms);
            told = rc ? rc : told;
        }
        random_choose(c, item.what);
    } while (told == 0);
    if (told < 0) {
        return told;
    }
    *ret_e = e;
    return 0;
}

int demo_company_print(struct demo_company *c, FILE *out, enum event_topic topic, uint64_t n)
{
    struct buf line = {0};
    struct event e;
    int rc = 0;
    for (uint64_t i = 0; rc == 0 && i < n;) {
        rc = demo_company_next(c, &e);
        if (rc != 0 || (topic != TOPIC_COUNT && e.topic != topic)) {
            continue;
        }
        i++;
        buf_clear(&line);
        rc = event_encode_json(&e, &line);
        rc = rc ? rc : buf_append(&line, "\n", 1);
        if (rc == 0 && fwrite(line.at, 1, line.len, out) != line.len) {
            rc = CUBE_EIO;
        }
    }
    buf_close(&line);
    return rc;
}

int demo_plan(struct demo_company *c, int64_t at_ms, enum demo_act what, uint32_t who,
              uint32_t number)
{
    return demo_queue_push(
        &c->queue,
        (struct demo_item){.at_ms = at_ms, .what = (uint8_t)what, .who = who, .number = number});
}

double demo_severity(const struct demo_company *c, int64_t t_ms, uint32_t region)
{
    return story_severity(c->options.start_ms, t_ms, region);
}

/* Takes over what was just written behind the texts that the event has already. */
static struct text text_keep(struct demo_company *c, int len)
{
    char *at = c->text + c->text_len;
    CHECK_POST(len >= 0 && (size_t)len < sizeof(c->text) - c->text_len);
    c->text_len += (size_t)len + 1;
    return (struct text){at, (uint32_t)len};
}

__attribute__((format(printf, 2, 3))) static struct text text_make(struct demo_company *c,
                                                                   const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(c->text + c->text_len, sizeof(c->text) - c->text_len, format, ap);
    va_end(ap);
    return text_keep(c, len);
}

void demo_set_text(struct demo_company *c, struct event *e, enum event_field f, const char *format,
                   ...)
{
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(c->text + c->text_len, sizeof(c->text) - c->text_len, format, ap);
    va_end(ap);
    e->slot[f].text = text_keep(c, len);
    e->present |= UINT64_C(1) << f;
}

void demo_set_number(struct event *e, enum event_field f, double v)
{
    e->slot[f].number = (int64_t)(v * 1e6 + (v < 0 ? -0.5 : 0.5));
    e->present |= UINT64_C(1) << f;
}

void demo_set_bool(struct event *e, enum event_field f, bool v)
{
    e->slot[f].number = v;
    e->present |= UINT64_C(1) << f;
}

void demo_set_time(struct event *e, enum event_field f, int64_t ms)
{
    e->slot[f].number = ms;
    e->present |= UINT64_C(1) << f;
}

static void event_begin(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                        struct event *e)
{
    e->ts_ms = item->at_ms;
    e->kind = kind;
    e->topic = kind_rows[kind].topic;
    e->id = text_make(c, "d%llx-%llu", (unsigned long long)c->options.seed,
                      (unsigned long long)++c->events);
}

void demo_customer_event(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                         bool with_scope, struct event *e)
{
    const struct demo_customer *customer = &c->customers[item->who];
    event_begin(c, item, kind, e);
    e->entity = text_make(c, "c%05u", item->who);
    if (with_scope) {
        e->dims[DIM_DIVISION] = text_of(divisions[customer->segment != SEGMENT_CONSUMER]);
        e->dims[DIM_REGION] = text_of(demo_regions[customer->region]);
        e->dims[DIM_SEGMENT] = text_of(demo_segments[customer->segment]);
    }
}

void demo_employee_event(struct demo_company *c, const struct demo_item *item, enum event_kind kind,
                         bool with_scope, struct event *e)
{
    const struct demo_employee *employee = &c->staff[item->who];
    event_begin(c, item, kind, e);
    e->entity = text_make(c, "e%04u", item->who);
    if (with_scope) {
        e->dims[DIM_DIVISION] = text_of(divisions[employee->division]);
        e->dims[DIM_REGION] = text_of(demo_regions[employee->region]);
        e->dims[DIM_DEPARTMENT] = text_of(demo_departments[employee->department]);
    }
}

uint32_t demo_choose_any(struct demo_company *c)
{
    return demo_below(&c->random, c->options.customers);
}

uint32_t demo_choose_busy(struct demo_company *c)
{
    uint32_t low = 0, high = c->options.customers - 1;
    double at = demo_uniform(&c->random) * c->activity[high];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->activity[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t demo_choose_employed(struct demo_company *c)
{
    for (int i = 0; i < 64 && c->staff_count > 0; i++) {
        uint32_t who = demo_below(&c->random, c->staff_count);
        if (c->staff[who].employed) {
            return who;
        }
    }
    return UINT32_MAX;
}
