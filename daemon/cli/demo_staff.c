/* The people of the demo company: hired, absent, asked, leaving. */
#include <stdlib.h>

#include "cli/demo_world.h"

static const double department_share[DEPARTMENT_COUNT] = {0.40, 0.25, 0.25, 0.10};

static int64_t at_day(const struct demo_item *item, double days)
{
    return item->at_ms + (int64_t)(days * DEMO_DAY);
}

static int staff_room(struct demo_company *c)
{
    if (c->staff_count < c->staff_capacity) {
        return 0;
    }
    uint32_t capacity = c->staff_capacity ? 2 * c->staff_capacity : 512;
    struct demo_employee *staff = realloc(c->staff, capacity * sizeof(*staff));
    if (!staff) {
        return CUBE_ENOMEM;
    }
    c->staff = staff;
    c->staff_capacity = capacity;
    return 0;
}

/* The first people are dealt out evenly over the regions, so that no region starts short. */
static struct demo_employee first_place(uint32_t i, uint32_t staff)
{
    uint32_t region = i % DEMO_REGIONS, rank = i / DEMO_REGIONS,
             of = (staff + DEMO_REGIONS - 1) / DEMO_REGIONS;
    double share = (rank + 0.5) / of, sum = 0;
    uint8_t department = 0;
    while (department < DEPARTMENT_COUNT - 1 && share >= (sum += department_share[department])) {
        department++;
    }
    return (struct demo_employee){.region = (uint8_t)region,
                                  .department = department,
                                  .division = (uint8_t)(rank % 3 == 2),
                                  .employed = true};
}

static int hire(struct demo_company *c, const struct demo_item *item, struct demo_employee employee,
                struct event *e)
{
    int rc = staff_room(c);
    if (rc != 0) {
        return rc;
    }
    struct demo_item mine = *item;
    mine.who = c->staff_count;
    c->staff[c->staff_count++] = employee;
    demo_employee_event(c, &mine, KIND_HIRE, true, e);
    demo_set_number(e, EVENT_FTE, demo_chance(&c->random, 0.8) ? 1 : 0.8);
    return 1;
}

/* number: the rank among the first people. */
int demo_hired(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    return hire(c, item, first_place(item->number, c->options.staff), e);
}

/* A new person in the place of who. */
int demo_start_work(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_employee place = c->staff[item->who];
    place.employed = true;
    place.absent = false;
    uint32_t who = c->staff_count;
    int rc = hire(c, item, place, e);
    if (rc < 0) {
        return rc;
    }
    rc = demo_plan(c, item->at_ms + DEMO_MINUTE, ACT_RECRUITED, who, 0);
    rc = rc ? rc
            : demo_plan(c, at_day(item, 2 + 2 * demo_uniform(&c->random)), ACT_PRODUCTIVE, who, 0);
    return rc ? rc : 1;
}

int demo_recruited(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    demo_employee_event(c, item, KIND_RECRUIT_COST, false, e);
    demo_set_number(e, EVENT_INTERNAL, 600 + demo_below(&c->random, 900));
    demo_set_number(e, EVENT_EXTERNAL, 1500 + demo_below(&c->random, 3000));
    return 1;
}

int demo_productive(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    if (!c->staff[item->who].employed) {
        return 0;
    }
    demo_employee_event(c, item, KIND_PRODUCTIVE, false, e);
    return 1;
}

/* The whole region feels it when its care runs short; care itself most. */
static double mood(const struct demo_company *c, const struct demo_item *item, double good,
                   double bad)
{
    const struct demo_employee *employee = &c->staff[item->who];
    double s = demo_severity(c, item->at_ms, employee->region);
    return demo_between(good, bad, employee->department == DEPARTMENT_CARE ? s : 0.35 * s);
}

int demo_pulse(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    static const char *const themes[] = {"pride", "pride", "pride", "pleasure", "motivation"};
    struct demo_item mine = *item;
    mine.who = demo_choose_employed(c);
    if (mine.who == UINT32_MAX) {
        return 0;
    }
    demo_employee_event(c, &mine, KIND_HR_SURVEY, false, e);
    demo_set_text(c, e, EVENT_THEME, "%s", themes[demo_below(&c->random, 5)]);
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, mood(c, &mine, 4.2, 2.9), 0.8, 1, 5));
    demo_set_number(e, EVENT_SCALE, 5);
    return 1;
}

/* The themes of the weekly question beside pride, the one that the story follows. */
int demo_theme(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    static const char *const themes[] = {"pleasure", "motivation", "effort", "commitment", "working_conditions", "collegiality"};
    struct demo_item mine = *item;
    mine.who = demo_choose_employed(c);
    if (mine.who == UINT32_MAX) {
        return 0;
    }
    demo_employee_event(c, &mine, KIND_HR_SURVEY, false, e);
    demo_set_text(c, e, EVENT_THEME, "%s", themes[demo_below(&c->random, 6)]);
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, mood(c, &mine, 4.1, 3.0), 0.8, 1, 5));
    demo_set_number(e, EVENT_SCALE, 5);
    return 1;
}

int demo_recommend(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_item mine = *item;
    mine.who = demo_choose_employed(c);
    if (mine.who == UINT32_MAX) {
        return 0;
    }
    demo_employee_event(c, &mine, KIND_ENPS, false, e);
    demo_set_number(e, EVENT_VALUE, demo_rating(&c->random, mood(c, &mine, 8.35, 6.0), 1.5, 0, 10));
    return 1;
}

/* Now and then somebody leaves, and is replaced. */
int demo_leave(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    (void)e;
    uint32_t who = demo_choose_employed(c);
    return who == UINT32_MAX ? 0 : demo_plan(c, item->at_ms, ACT_EXITS, who, 0);
}

int demo_ill(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    (void)e;
    uint32_t who = demo_choose_employed(c);
    return who == UINT32_MAX ? 0 : demo_plan(c, item->at_ms, ACT_FALLS_ILL, who, 0);
}

/* number: days until the successor starts; 0: about ten. */
int demo_exits(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_employee *employee = &c->staff[item->who];
    if (!employee->employed) {
        return 0;
    }
    employee->employed = false;
    demo_employee_event(c, item, KIND_EXIT, false, e);
    demo_set_bool(e, EVENT_VOLUNTARY, demo_chance(&c->random, 0.8));
    demo_set_bool(e, EVENT_REGRETTED, demo_chance(&c->random, 0.5));
    double days = item->number ? item->number : 5 + 10 * demo_uniform(&c->random);
    int rc = demo_plan(c, at_day(item, days), ACT_START_WORK, item->who, 0);
    return rc ? rc : 1;
}

int demo_falls_ill(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_employee *employee = &c->staff[item->who];
    if (!employee->employed || employee->absent) {
        return 0;
    }
    employee->absent = true;
    demo_employee_event(c, item, KIND_ABSENCE_START, false, e);
    demo_set_number(e, EVENT_FRACTION, demo_chance(&c->random, 0.8) ? 1 : 0.5);
    double days = item->number ? item->number : 1 + 5 * demo_uniform(&c->random);
    int rc = demo_plan(c, at_day(item, days), ACT_BACK, item->who, 0);
    return rc ? rc : 1;
}

int demo_back(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    struct demo_employee *employee = &c->staff[item->who];
    employee->absent = false;
    if (!employee->employed) {
        return 0;
    }
    demo_employee_event(c, item, KIND_ABSENCE_END, false, e);
    return 1;
}

/* At the start of a cycle: who of the region's care will leave, who will fall ill. */
int demo_crisis(struct demo_company *c, const struct demo_item *item, struct event *e)
{
    uint32_t region = story_region(c->options.start_ms, item->at_ms);
    int rc = 0;
    (void)e;
    for (uint32_t i = 0; rc == 0 && i < c->staff_count; i++) {
        const struct demo_employee *employee = &c->staff[i];
        if (!employee->employed || employee->region != region ||
            employee->department != DEPARTMENT_CARE) {
            continue;
        }
        double fate = demo_uniform(&c->random), when = STORY_LEAVE + 2 * demo_uniform(&c->random);
        if (fate < 0.25) {
            rc = demo_plan(c, at_day(item, when), ACT_EXITS, i,
                           (uint32_t)(STORY_HIRE - STORY_LEAVE));
        } else if (fate < 0.50) {
            rc = demo_plan(c, at_day(item, when), ACT_FALLS_ILL, i, 4 + demo_below(&c->random, 4));
        }
    }
    return rc ? rc : demo_plan(c, at_day(item, DEMO_CYCLE_DAYS), ACT_CRISIS, 0, 0);
}
