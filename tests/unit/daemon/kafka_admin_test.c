#include "kafka/kafka_admin.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

static const char *setting(const struct topic_plan *p, const char *name)
{
    for (uint32_t i = 0; i < p->setting_count; i++) {
        if (strcmp(p->settings[i].name, name) == 0) {
            return p->settings[i].value;
        }
    }
    return NULL;
}

static void plan(struct topic_plan ret_plan[ROLE_COUNT])
{
    static struct config c; /* the plan borrows names */
    for (int r = 0; r < ROLE_COUNT; r++) {
        c.topics[r] = topic_role_word((enum topic_role)r);
    }
    kafka_topics_plan(&c, 6, ret_plan);
}

static void kafka_topics_plan_compacts_what_is_a_table(void **state)
{
    (void)state;
    struct topic_plan p[ROLE_COUNT];
    plan(p);
    assert_string_equal(setting(&p[ROLE_STATE], "cleanup.policy"), "compact");
    assert_string_equal(setting(&p[ROLE_CHANGELOG_SCOPES], "cleanup.policy"), "compact");
    assert_string_equal(setting(&p[ROLE_ALERTS], "cleanup.policy"), "compact,delete");
    assert_string_equal(setting(&p[ROLE_CHANGES], "cleanup.policy"), "delete");
    assert_null(setting(&p[ROLE_INTERACTIONS], "cleanup.policy"));
    assert_int_equal(p[ROLE_HR].partitions, 6);
}

static void kafka_topics_plan_takes_the_largest_input_everywhere(void **state)
{
    (void)state;
    struct topic_plan p[ROLE_COUNT];
    plan(p);
    for (int r = ROLE_PARTIALS; r < ROLE_COUNT; r++) {
        assert_string_equal(setting(&p[r], "max.message.bytes"), "1114112");
    }
    assert_null(setting(&p[ROLE_CPI], "max.message.bytes"));
}

/* A back-fill of old events must not be deleted as it is written. */
static void kafka_topics_plan_never_deletes_by_event_time(void **state)
{
    (void)state;
    struct topic_plan p[ROLE_COUNT];
    plan(p);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const char *policy = setting(&p[r], "cleanup.policy"), *ms = setting(&p[r], "retention.ms");
        bool by_arrival = setting(&p[r], "message.timestamp.type") != NULL;
        bool deletes_by_time = (!policy || strstr(policy, "delete")) && (!ms || strcmp(ms, "-1") != 0);
        assert_true(by_arrival || !deletes_by_time);
    }
}

/* Of segments as large as the broker makes them a restart would read a gigabyte that nobody compacts. */
static void kafka_topics_plan_keeps_segments_of_changelogs_small(void **state)
{
    (void)state;
    struct topic_plan p[ROLE_COUNT];
    plan(p);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const char *bytes = setting(&p[r], "segment.bytes");
        assert_true(r < ROLE_CHANGELOG_CUSTOMERS ? !bytes : bytes && atoi(bytes) <= 64 << 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_topics_plan_keeps_segments_of_changelogs_small),
        cmocka_unit_test(kafka_topics_plan_compacts_what_is_a_table),
        cmocka_unit_test(kafka_topics_plan_takes_the_largest_input_everywhere),
        cmocka_unit_test(kafka_topics_plan_never_deletes_by_event_time),
    };
    return RUN_TESTS(tests);
}
