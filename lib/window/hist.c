#include "window/hist.h"

#define SUB_BITS 5
#define SUB_BUCKETS (1 << SUB_BITS)

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

int32_t hist_bucket(int64_t value)
{
    uint64_t m = magnitude(value);
    int32_t bucket = (int32_t)m;
    if (m >= SUB_BUCKETS) {
        int shift = 63 - __builtin_clzll(m) - SUB_BITS;
        bucket = (shift + 1) * SUB_BUCKETS + (int32_t)(m >> shift & (SUB_BUCKETS - 1));
    }
    return value < 0 ? -bucket : bucket;
}

int64_t hist_value(int32_t bucket)
{
    uint32_t b = (uint32_t)(bucket < 0 ? -bucket : bucket);
    uint64_t m = b;
    if (b >= SUB_BUCKETS) {
        unsigned shift = b / SUB_BUCKETS - 1;
        uint64_t width = UINT64_C(1) << shift;
        m = (uint64_t)(SUB_BUCKETS + b % SUB_BUCKETS) * width + width / 2;
    }
    if (m > INT64_MAX) {
        return bucket < 0 ? INT64_MIN : INT64_MAX; /* of the last octave only INT64_MIN exists */
    }
    return bucket < 0 ? -(int64_t)m : (int64_t)m;
}
