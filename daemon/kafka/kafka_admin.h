/* The topics cubed reads and writes: how they should be, how they are on the broker, and making them so. */
#ifndef CUBE_KAFKA_ADMIN_H
#define CUBE_KAFKA_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define TOPIC_SETTINGS_MAX 7
#define TOPIC_PROBLEM_MAX 200

struct topic_setting {
    const char *name;
    char value[24];
};

enum topic_state { TOPIC_UNKNOWN, TOPIC_GOOD, TOPIC_MISSING, TOPIC_WRONG, TOPIC_CREATED };

struct topic_plan {
    enum topic_role role;
    const char *name;       /* borrowed from the configuration */
    int32_t partitions;     /* wanted; when the topic exists: what it has */
    struct topic_setting settings[TOPIC_SETTINGS_MAX];
    uint32_t setting_count;
    enum topic_state state;
    bool forgets;                    /* of TOPIC_WRONG: its cleanup.policy would lose what a restart reads */
    char problem[TOPIC_PROBLEM_MAX]; /* of TOPIC_WRONG, TOPIC_UNKNOWN, and of a refused creation */
};

/* "interactions", "changelog-customers", ...: the words of the command line. Static. */
const char *topic_role_word(enum topic_role role);

/* Fills the plan of all roles: settings as they should be, partitions as given. */
void kafka_topics_plan(const struct config *c, int32_t partitions, struct topic_plan ret_plan[ROLE_COUNT]);

/* Compares the plan with what the broker says: state, partitions and problem of each. Settings of the inputs
 * are their owner's, only their partition counts are judged. CUBE_EKAFKA: broker away or a refusal; text
 * says which. CUBE_ECONFIG. Blocks for timeout_ms at most. */
int kafka_topics_compare(const struct config *c, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512]) CUBE_MUST_CHECK;

/* Creates what is missing (state becomes TOPIC_CREATED or stays, with problem) and waits until the broker shows
 * it. Errors as above. */
int kafka_topics_create(const struct config *c, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512]) CUBE_MUST_CHECK;

#endif
