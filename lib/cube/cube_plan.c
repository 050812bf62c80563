#include "cube/cube_plan.h"

const struct text octant_names[OCTANT_COUNT] = {
    TEXT_LITERAL("urgency"),
    TEXT_LITERAL("cash"),
    TEXT_LITERAL("burnout"),
    TEXT_LITERAL("stress"),
    TEXT_LITERAL("incrowd"),
    TEXT_LITERAL("target"),
    TEXT_LITERAL("happy"),
    TEXT_LITERAL("engagement"),
};

const struct text axis_names[AXIS_COUNT] = {
    TEXT_LITERAL("E"),
    TEXT_LITERAL("X"),
    TEXT_LITERAL("V"),
};

uint8_t octant_find(struct text name)
{
    for (uint8_t i = 0; i < OCTANT_COUNT; i++) {
        if (text_equal(octant_names[i], name)) {
            return i;
        }
    }
    return OCTANT_NONE;
}
