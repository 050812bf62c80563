/* Whether the group gives out every partition of every input. The leader of a group gives out what it sees of topics just then, in librdkafka;
 * a topic that was missing, or had no leader, at that moment may be given to nobody until the next rebalance, although every member has
 * asked for it. So after each assignment the group is asked what it has given out. */
#ifndef CUBE_KAFKA_GIVEN_H
#define CUBE_KAFKA_GIVEN_H

#include <stdbool.h>

#include "kafka/kafka_group.h"
#include "port/log.h"

enum given_verdict {
    GIVEN_UNKNOWN, /* not asked, not answered, a rebalance is under way, or it is not known how many partitions there are */
    GIVEN_ALL,
    GIVEN_LACKS
};

struct kafka_given {
    struct kafka_group group;
    int32_t counts[INPUT_ROLES]; /* partitions when they were last looked at; 0: not seen yet */
    enum given_verdict verdict;  /* of the assignment that holds */
    enum topic_role lacking;     /* GIVEN_LACKS: the first input with a partition that nobody has */
    bool due;                    /* the group is to be asked */
    bool missed;                 /* an input was not there, and not all were seen to be given out since */
    uint64_t joined_ms;          /* when the group was joined again for it */
    uint32_t joins;              /* so many times in vain */
};

/* Of a group with so many partitions given out: GIVEN_ALL or GIVEN_LACKS with the role; GIVEN_UNKNOWN while a count is. */
enum given_verdict kafka_given_judge(const int32_t counts[INPUT_ROLES], const int32_t given[INPUT_ROLES], enum topic_role *ret_lacking);

/* The group has given out anew: what is known of before does not hold. */
void kafka_given_anew(struct kafka_given *g);
/* The same, and an input was not there. */
void kafka_given_miss(struct kafka_given *g);
/* So many partitions does an input have. */
void kafka_given_count(struct kafka_given *g, enum topic_role role, int32_t count);

/* The group could not be asked. Who may not look at it, or asks a broker that knows no such question, takes it as it is. */
void kafka_given_failed(struct kafka_given *g, rd_kafka_resp_err_t err);

/* The group is to be asked again, unless all is given out. About once a second. */
void kafka_given_tick(struct kafka_given *g);
/* Takes the answer, or asks when that is due and it is known how many partitions there are; as kafka_group_look. */
void kafka_given_look(struct kafka_given *g, rd_kafka_t *rk, const struct config *c);

/* Whether the group is to be joined again: five seconds after the last time. It costs what is owned, which is restored anew, and a
 * leader may go on leaving an input out: so from the sixth time in vain on the pause doubles, up to five minutes. */
bool kafka_given_join_due(const struct kafka_given *g, uint64_t now_ms);
/* It was. */
void kafka_given_joined(struct kafka_given *g, uint64_t now_ms);

/* Before the client goes. */
void kafka_given_close(struct kafka_given *g);

/* What follows from all that. */
enum inputs_given kafka_given_says(const struct kafka_given *g);

#endif
