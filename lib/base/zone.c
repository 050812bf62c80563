#include "base/zone.h"

/* The last step whose key is not above `at`; the first one when all are. */
static uint32_t step_find(const struct zone *z, int64_t at, int64_t (*key)(const struct zone *z, uint32_t i))
{
    uint32_t low = 0, high = z->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (key(z, middle) <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static int64_t instant_key(const struct zone *z, uint32_t i)
{
    return z->from_ms[i];
}

/* Local clocks show this when the step is over for good: nothing later is read by the clock before it. */
static int64_t local_key(const struct zone *z, uint32_t i)
{
    int32_t before = z->offset_ms[i - 1], after = z->offset_ms[i];
    return z->from_ms[i] + (before > after ? before : after);
}

int64_t zone_offset_ms(const struct zone *z, int64_t t_ms)
{
    return z->count > 0 ? z->offset_ms[step_find(z, t_ms, instant_key)] : 0;
}

int64_t zone_instant_ms(const struct zone *z, int64_t local_ms)
{
    return z->count > 0 ? local_ms - z->offset_ms[step_find(z, local_ms, local_key)] : local_ms;
}
