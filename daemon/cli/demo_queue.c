#include "cli/demo_queue.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/check.h"

static bool before(const struct demo_item *a, const struct demo_item *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct demo_item *a, struct demo_item *b)
{
    struct demo_item t = *a;
    *a = *b;
    *b = t;
}

int demo_queue_push(struct demo_queue *q, struct demo_item item)
{
    if (q->count == q->capacity) {
        uint32_t capacity = q->capacity ? 2 * q->capacity : 256;
        struct demo_item *items = realloc(q->items, capacity * sizeof(*items));
        if (!items) {
            return CUBE_ENOMEM;
        }
        q->items = items;
        q->capacity = capacity;
    }
    item.order = q->pushed++;
    uint32_t i = q->count++;
    q->items[i] = item;
    while (i > 0 && before(&q->items[i], &q->items[(i - 1) / 2])) {
        swap(&q->items[i], &q->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    return 0;
}

struct demo_item demo_queue_pop(struct demo_queue *q)
{
    CHECK_PRE(q->count > 0);
    struct demo_item first = q->items[0];
    q->items[0] = q->items[--q->count];
    for (uint32_t i = 0, child; (child = 2 * i + 1) < q->count; i = child) {
        if (child + 1 < q->count && before(&q->items[child + 1], &q->items[child])) {
            child++;
        }
        if (!before(&q->items[child], &q->items[i])) {
            break;
        }
        swap(&q->items[i], &q->items[child]);
    }
    return first;
}

void demo_queue_close(struct demo_queue *q)
{
    free(q->items);
    *q = (struct demo_queue){0};
}
