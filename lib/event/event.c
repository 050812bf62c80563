#include "event/event.h"

int event_compare(const struct event *a, const struct event *b)
{
    if (a->ts_ms != b->ts_ms) {
        return a->ts_ms < b->ts_ms ? -1 : 1;
    }
    int c = text_compare(a->id, b->id);
    return c ? c : ((int)a->topic > (int)b->topic) - ((int)a->topic < (int)b->topic);
}
