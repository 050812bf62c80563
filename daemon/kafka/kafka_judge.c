#include "kafka/kafka_judge.h"

#include <stdio.h>

#define JUDGE_CALL_MS 1000

/* Nothing is known to be wrong: who gives no more rights than are needed is told once, and not as of a trouble. */
static void unjudged_tell(const struct topic_plan plan[ROLE_COUNT], struct kafka_told *told)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (plan[r].state == TOPIC_UNKNOWN && plan[r].problem[0]) {
            kafka_told_say(told, 6, "topics_not_judged", "%s: %s, to see that changelogs are compacted", plan[r].name, plan[r].problem);
            return;
        }
    }
}

static int tell(const struct topic_plan plan[ROLE_COUNT], struct kafka_told *told)
{
    const struct topic_plan *worst = NULL;
    uint32_t more = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (plan[r].state == TOPIC_WRONG) {
            more += worst != NULL;
            worst = worst && (worst->forgets || !plan[r].forgets) ? worst : &plan[r];
        }
    }
    if (!worst) {
        unjudged_tell(plan, told);
        return 0;
    }
    char others[64] = "";
    if (more > 0) {
        snprintf(others, sizeof(others), "; %u more: cubed topics lists them", more);
    }
    kafka_told_say(told, worst->forgets ? 3 : 4, worst->forgets ? "topic_refused" : "topic_wrong", "%s: %s%s%s", worst->name, worst->problem,
                   worst->forgets ? ", or what is written to it gets lost" : "", others);
    return worst->forgets ? CUBE_ELAYOUT : 0;
}

int kafka_topics_judge(rd_kafka_t *rk, const struct config *c, struct kafka_told *told)
{
    struct topic_plan plan[ROLE_COUNT];
    char text[512] = "";
    kafka_topics_plan(c, 1, plan);
    if (kafka_topics_describe(rk, plan, JUDGE_CALL_MS, text) != 0) {
        kafka_told_say(told, 6, "topics_not_judged", "%s", text);
        return 0;
    }
    return tell(plan, told);
}
