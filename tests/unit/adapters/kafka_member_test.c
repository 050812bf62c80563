#include "kafka/kafka_member.h"

#include <unistd.h>

#include "support/kafka_cluster.h"

static void on_wake(void *arg)
{
    (void)arg;
}

/* It is asked what the group has given out, and librdkafka's own search for it is none to rely on. */
static void kafka_member_knows_the_coordinator_that_took_it_in(void **state)
{
    (void)state;
    char text[KAFKA_TEXT_MAX];
    struct cluster k;
    struct kafka_told told;
    struct config c = {.name = "member", .instance = "1", .topics = {"member-interactions", "member-cpi", "member-hr", "member-partials"}};
    assert_int_equal(kafka_told_init(&told), 0);
    cluster_open_of(&k, 3, "member-interactions", &c);
    assert_int_equal(rd_kafka_mock_coordinator_set(k.kafka, "group", "member", 3), 0);
    struct kafka_member m = {.config = &c, .told = &told, .wake = on_wake};
    assert_int_equal(kafka_member_init(&m, text), 0);
    assert_int_equal(atomic_load(&m.coordinator), 0);
    assert_int_equal(kafka_member_join(&m, text), 0);
    for (int i = 0; i < 3000 && kafka_member_poll(&m) == MEMBER_SAME; i++) {
        usleep(10000);
    }
    assert_int_equal(m.change, MEMBER_ASSIGNED);
    assert_int_equal(atomic_load(&m.coordinator), 3 + 1);
    rd_kafka_t *rk = kafka_member_close(&m);
    assert_true(kafka_clients_end(&rk, 1));
    cluster_close(&k);
    kafka_told_close(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kafka_member_knows_the_coordinator_that_took_it_in)};
    return RUN_TESTS(tests);
}
