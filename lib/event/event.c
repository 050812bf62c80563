#include "event/event.h"

#include <string.h>

uint64_t event_id_prefix(const struct event *e)
{
    uint64_t v = 0;
    memcpy(&v, e->id.at, e->id.len < sizeof v ? e->id.len : sizeof v);
    return __builtin_bswap64(v);
}

int event_compare(const struct event *a, const struct event *b)
{
    if (a->ts_ms != b->ts_ms) {
        return a->ts_ms < b->ts_ms ? -1 : 1;
    }
    int c = text_compare(a->id, b->id);
    return c ? c : ((int)a->topic > (int)b->topic) - ((int)a->topic < (int)b->topic);
}
