/* The inputs of a schedule: events of a few customers and employees, out of order within what is allowed or not, with
 * duplicates and with records that are refused. */
#ifndef CUBE_TESTS_SIM_STORY_H
#define CUBE_TESTS_SIM_STORY_H

#include "base/buf.h"
#include "port/record.h"

#define STORY_RECORDS_MAX 400
#define STORY_T0 INT64_C(1760000000000)
#define STORY_NOW (STORY_T0 + 3600000) /* later than every event that is no `future`, but for quiet stories */
#define STORY_UNREADABLE "{no json" /* the value of a record that is no event */
#define STORY_BEFORE_MS 180000 /* those with which a quiet story begins are so much before the others: they are no `future` by any clock */

struct story_record {
    enum topic_role role;
    int32_t partition;
    int64_t ts_ms;
    char key[16];
    uint32_t at, len; /* of the value, in the bytes of the story */
};

struct story {
    uint32_t count;
    uint32_t first; /* so many from the beginning hold a record of every input partition */
    struct story_record records[STORY_RECORDS_MAX];
    struct buf bytes;
};

/* Every second one observes the retention; one keeps fewer customers, employees and ids than come, one has a tick of ten minutes, and one goes by
 * the clock as well. */
enum { STORY_CONFIGS = 6, STORY_FEW_IDS = 3, STORY_LONG_TICK = 4, STORY_BY_CLOCK = 5 };
extern const char *const story_configs[STORY_CONFIGS];

/* In order: within what the order allows. With stragglers: some events come later, within what lateness allows or beyond. Quiet: with stragglers, for
 * the configuration that goes by the clock. */
enum story_kind { STORY_IN_ORDER, STORY_STRAGGLING, STORY_QUIET };

/* Which of them the story of a number is for. */
int story_config_of(uint64_t number, enum story_kind kind);

/* The story of a number, over one that was told before or zeroes; the same number and kind tell the same story. Of eight events one is
 * JSON, the others are MessagePack. is_long: some events more, as before it was found that fewer do. */
void story_tell(uint64_t number, int32_t partitions, enum story_kind kind, bool is_long, struct story *ret_s);
void story_close(struct story *s);

/* Borrowed until the story is told anew or closed. */
struct text story_value(const struct story *s, const struct story_record *r);

#endif
