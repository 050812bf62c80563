#include "task/handover_queue.h"

#include <stdlib.h>
#include <string.h>

static int room_make(struct handover_queue *q)
{
    if (q->count < q->capacity) {
        return 0;
    }
    uint32_t capacity = q->capacity ? 2 * q->capacity : 16;
    struct waiting_handover *at = realloc(q->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    q->at = at;
    q->capacity = capacity;
    return 0;
}

int handover_queue_add(struct handover_queue *q, const struct waiting_handover *h)
{
    struct waiting_handover copy = *h;
    int rc = room_make(q);
    copy.at = rc ? NULL : malloc(h->len + 1);
    if (!copy.at) {
        return CUBE_ENOMEM;
    }
    memcpy(copy.at, h->at, h->len);
    q->at[q->count++] = copy;
    q->bytes += h->len + sizeof copy;
    return 0;
}

int handover_queue_take(struct handover_queue *q, enum handover_part part, int64_t t_ms,
                        int (*take)(void *arg, const struct waiting_handover *h), void *arg)
{
    uint32_t kept = 0;
    int rc = 0;
    for (uint32_t i = 0; i < q->count; i++) {
        struct waiting_handover h = q->at[i];
        bool due = !rc && h.part == part && h.tick_ms <= t_ms;
        rc = due ? take(arg, &h) : rc;
        if (due && !rc) {
            q->bytes -= h.len + sizeof h;
            free(h.at);
        } else {
            q->at[kept++] = h;
        }
    }
    q->count = kept;
    return rc;
}

int64_t handover_queue_first(const struct handover_queue *q, enum handover_part part)
{
    int64_t first_ms = INT64_MAX;
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->at[i].part == part && q->at[i].tick_ms < first_ms) {
            first_ms = q->at[i].tick_ms;
        }
    }
    return first_ms;
}

void handover_queue_close(struct handover_queue *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        free(q->at[i].at);
    }
    free(q->at);
    memset(q, 0, sizeof *q);
}
