#include "kafka/kafka_group.h"

enum { ASK_MS = 2000, BROKERS_MS = 200 };

/* The broker whose turn it is, -1: nobody can say now which there are. */
static int32_t broker_of(const struct kafka_group *g, rd_kafka_t *rk)
{
    const struct rd_kafka_metadata *md;
    if (g->coordinator > 0 && g->turn == 0) {
        return g->coordinator - 1;
    }
    if (rd_kafka_metadata(rk, 0, NULL, &md, BROKERS_MS)) {
        return -1;
    }
    int32_t id = md->broker_cnt > 0 ? md->brokers[g->turn % (uint32_t)md->broker_cnt].id : -1;
    rd_kafka_metadata_destroy(md);
    return id;
}

/* Librdkafka (2.0.2 to 2.16.0) would look for the coordinator itself; but where it finds it later than the request may take, it
 * touches the request that it has freed. So a broker is named. */
static bool options_set(rd_kafka_AdminOptions_t *options, int32_t broker)
{
    char text[256];
    return options && !rd_kafka_AdminOptions_set_request_timeout(options, ASK_MS, text, sizeof(text)) &&
           !rd_kafka_AdminOptions_set_broker(options, broker, text, sizeof(text));
}

static void on_answered(rd_kafka_t *rk, void *opaque)
{
    (void)rk;
    const struct kafka_group *g = opaque;
    g->answered(g->arg);
}

static int ask(struct kafka_group *g, rd_kafka_t *rk, const struct config *c)
{
    const char *group = c->name;
    int32_t broker = broker_of(g, rk);
    if (broker < 0) {
        return CUBE_EKAFKA;
    }
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    g->answers = rd_kafka_queue_new(rk);
    if (!g->answers || !options_set(options, broker)) {
        kafka_group_close(g);
    } else {
        rd_kafka_queue_cb_event_enable(g->answers, g->answered ? on_answered : NULL, g);
        rd_kafka_DescribeConsumerGroups(rk, &group, 1, options, g->answers);
    }
    if (options) {
        rd_kafka_AdminOptions_destroy(options);
    }
    return g->answers ? 0 : CUBE_EKAFKA;
}

static struct kafka_group_answer answer_of(rd_kafka_event_t *event)
{
    const rd_kafka_DescribeConsumerGroups_result_t *result = rd_kafka_event_DescribeConsumerGroups_result(event);
    struct kafka_group_answer a = {event, NULL, rd_kafka_event_error(event)};
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **groups = result && !a.err ? rd_kafka_DescribeConsumerGroups_result_groups(result, &count) : NULL;
    const rd_kafka_error_t *error = count == 1 ? rd_kafka_ConsumerGroupDescription_error(groups[0]) : NULL;
    a.err = error ? rd_kafka_error_code(error) : a.err;
    a.group = count == 1 && !a.err ? groups[0] : NULL;
    return a;
}

void kafka_group_coordinator(struct kafka_group *g, int32_t broker)
{
    if (g->coordinator != broker + 1) {
        g->coordinator = broker + 1;
        g->turn = 0;
    }
}

int kafka_group_look(struct kafka_group *g, rd_kafka_t *rk, const struct config *c, struct kafka_group_answer *ret_a)
{
    if (!g->answers) {
        return ask(g, rk, c);
    }
    rd_kafka_event_t *event = rd_kafka_queue_poll(g->answers, 0);
    if (!event) {
        return 0;
    }
    *ret_a = answer_of(event);
    kafka_group_close(g);
    g->turn += ret_a->group ? 0 : 1; /* that broker is away, or another one has the group */
    return 1;
}

void kafka_group_close(struct kafka_group *g)
{
    if (g->answers) {
        rd_kafka_queue_destroy(g->answers);
        g->answers = NULL;
    }
}
