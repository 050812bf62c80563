#include "event/dimension.h"

#define NAME(s)          \
    {                    \
        s, sizeof(s) - 1 \
    }

const struct text dimension_names[DIM_COUNT] = {
    [DIM_DIVISION] = NAME("division"),
    [DIM_REGION] = NAME("region"),
    [DIM_DEPARTMENT] = NAME("department"),
    [DIM_SEGMENT] = NAME("segment"),
    [DIM_CHANNEL] = NAME("channel"),
    [DIM_CAMPAIGN] = NAME("campaign"),
    [DIM_PRODUCT] = NAME("product"),
    [DIM_TOUCHPOINT] = NAME("touchpoint"),
};

enum dimension dimension_find(struct text name)
{
    int d = 0;
    while (d < DIM_COUNT && !text_equal(dimension_names[d], name)) {
        d++;
    }
    return (enum dimension)d;
}
