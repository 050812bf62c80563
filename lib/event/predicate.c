#include "event/predicate.h"

static bool text_in(const struct condition *c, struct text t)
{
    for (uint32_t i = 0; t.at && i < c->count; i++) {
        if (text_equal(c->texts[i], t)) {
            return true;
        }
    }
    return false;
}

static bool number_in(const struct condition *c, int64_t v)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->numbers[i] == v) {
            return true;
        }
    }
    return false;
}

static bool value_holds(const struct condition *c, const struct event *e)
{
    if (c->on_dimension) {
        return c->op == CONDITION_TEXT_IN && text_in(c, e->dims[c->what]);
    }
    if (!event_has(e, (enum event_field)c->what)) {
        return false;
    }
    if (c->op == CONDITION_TEXT_IN) {
        return text_in(c, e->slot[c->what].text);
    }
    int64_t v = e->slot[c->what].number;
    return c->op == CONDITION_NUMBER_IN ? number_in(c, v) : v >= c->low && v <= c->high;
}

static bool condition_holds(const struct condition *c, const struct event *e)
{
    return value_holds(c, e) != c->is_not;
}

bool predicate_holds(const struct predicate *p, const struct event *e)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (!condition_holds(&p->conditions[i], e)) {
            return false;
        }
    }
    return true;
}
