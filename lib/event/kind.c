#include "event/kind.h"

const struct kind_row kind_rows[KIND_COUNT] = {
#define X(symbol, wire_name, role, customer_acts) \
    [KIND_##symbol] = {                           \
        .name = {wire_name, sizeof(wire_name) - 1}, .topic = TOPIC_##role, .acts = customer_acts},
    EVENT_KINDS(X)
#undef X
};

const struct text topic_role_names[TOPIC_COUNT] = {
    [TOPIC_INTERACTIONS] = {"interactions", sizeof "interactions" - 1},
    [TOPIC_CPI] = {"cpi", sizeof "cpi" - 1},
    [TOPIC_HR] = {"hr", sizeof "hr" - 1},
};

enum event_kind kind_find(struct text name, enum event_topic topic)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        if (kind_rows[k].topic == topic && text_equal(kind_rows[k].name, name)) {
            return (enum event_kind)k;
        }
    }
    return KIND_NONE;
}

enum event_kind kind_find_any(struct text name)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        if (text_equal(kind_rows[k].name, name)) {
            return (enum event_kind)k;
        }
    }
    return KIND_NONE;
}
