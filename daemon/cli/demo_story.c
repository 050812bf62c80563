#include "cli/demo_story.h"

static int64_t cycle_of(int64_t start_ms, int64_t t_ms)
{
    return t_ms < start_ms ? 0 : (t_ms - start_ms) / (DEMO_CYCLE_DAYS * DEMO_DAY);
}

uint32_t story_region(int64_t start_ms, int64_t t_ms)
{
    return (uint32_t)(cycle_of(start_ms, t_ms) % DEMO_REGIONS);
}

double story_severity(int64_t start_ms, int64_t t_ms, uint32_t region)
{
    int64_t begin_ms = start_ms + cycle_of(start_ms, t_ms) * DEMO_CYCLE_DAYS * DEMO_DAY;
    double day = (double)(t_ms - begin_ms) / DEMO_DAY;
    if (region != story_region(start_ms, t_ms) || day <= STORY_SINK || day >= STORY_RISEN) {
        return 0;
    }
    if (day < STORY_BOTTOM) {
        return (day - STORY_SINK) / (STORY_BOTTOM - STORY_SINK);
    }
    return day < STORY_TURN ? 1 : (STORY_RISEN - day) / (STORY_RISEN - STORY_TURN);
}

double story_season(int64_t t_ms)
{
    static const double by_hour[24] = {.06, .05, .04, .04, .05, .08, .15, .30, .60, .90, 1.0, 1.0,
                                       .85, .85, .95, .95, .85, .75, .65, .60, .50, .35, .20, .10};
    int64_t day = t_ms / DEMO_DAY;
    double week = (day + 3) % 7 >= 5 ? 0.75 : 1; /* the epoch was a Thursday */
    return by_hour[t_ms / DEMO_HOUR % 24] * week;
}
