/* The story of the demo: every thirty days customer care of one region runs short of people. */
#ifndef CUBE_CLI_DEMO_STORY_H
#define CUBE_CLI_DEMO_STORY_H

#include <stdint.h>

#define DEMO_MINUTE INT64_C(60000)
#define DEMO_HOUR (60 * DEMO_MINUTE)
#define DEMO_DAY (24 * DEMO_HOUR)
#define DEMO_REGIONS 4
#define DEMO_CYCLE_DAYS 30

/* In days since the start of a cycle. */
#define STORY_LEAVE 5.8  /* people leave or fall ill from here on */
#define STORY_SINK 6.0   /* quality begins to sink ... */
#define STORY_BOTTOM 7.0 /* ... and has sunk */
#define STORY_HIRE 9.0   /* new people start */
#define STORY_TURN 10.0  /* quality begins to rise ... */
#define STORY_RISEN 13.0 /* ... and is back */

/* The region (index) of the cycle that t falls into: north, east, south, west, north ... */
uint32_t story_region(int64_t start_ms, int64_t t_ms);

/* How bad it is in a region at t: 0 all is well ... 1 worst. */
double story_severity(int64_t start_ms, int64_t t_ms, uint32_t region);

/* How busy the company is at t, 0..1: day and night, working week and weekend. */
double story_season(int64_t t_ms);

#endif
