#include "kafka/kafka_group.h"

#include <stdatomic.h>
#include <unistd.h>

#include "support/kafka_cluster.h"

/* That cluster knows no such question, and librdkafka 2.0.2 loses one of its own queues where a client is told so. LeakSanitizer asks
 * by name. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:librdkafka.so\n";
}

static void on_answered(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static rd_kafka_resp_err_t answer(struct kafka_group *g, rd_kafka_t *rk, const struct config *c, atomic_int *told)
{
    struct kafka_group_answer a;
    int before = atomic_load(told);
    assert_int_equal(kafka_group_look(g, rk, c, &a), 0);
    for (int i = 0; i < 1000 && atomic_load(told) == before; i++) {
        usleep(10000);
    }
    assert_int_equal(atomic_load(told), before + 1);
    assert_int_equal(kafka_group_look(g, rk, c, &a), 1);
    rd_kafka_event_destroy(a.event);
    return a.err;
}

/* Broker 7 is not there: who asks it gets no answer. The one that is there says that it knows no such question. */
static void kafka_group_look_asks_the_coordinator_first_and_tells_when_it_has_answered(void **state)
{
    (void)state;
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    struct cluster k;
    struct config c = {.name = "group", .instance = "1"};
    atomic_int told = 0;
    struct kafka_group g = {.answered = on_answered, .arg = &told};
    cluster_open(&k, "group-interactions", &c);
    assert_int_equal(kafka_conf_create(&c, CLIENT_MARKS, text, &conf), 0);
    assert_int_equal(kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &rk), 0);
    kafka_group_coordinator(&g, -1);
    assert_int_equal(answer(&g, rk, &c, &told), RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE);
    kafka_group_coordinator(&g, 7);
    assert_int_equal(answer(&g, rk, &c, &told), RD_KAFKA_RESP_ERR__TIMED_OUT);
    kafka_group_coordinator(&g, 7);
    assert_int_equal(answer(&g, rk, &c, &told), RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE); /* another one's turn */
    kafka_group_coordinator(&g, 8);
    assert_int_equal(g.turn, 0);
    kafka_group_close(&g);
    rd_kafka_destroy(rk);
    cluster_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kafka_group_look_asks_the_coordinator_first_and_tells_when_it_has_answered)};
    return RUN_TESTS(tests);
}
