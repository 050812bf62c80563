/* The 24 moves along one axis and their names. The first word is the axis that moves: engagement of
 * employees, experience of customers, value of customers. The second tells what it means there. */
#include "base/check.h"
#include "cube/cube_plan.h"

enum { URGENCY, CASH, BURNOUT, STRESS, INCROWD, TARGET, HAPPY, ENGAGEMENT };

static const struct move {
    uint8_t low, high; /* octants that differ in one axis */
    struct text gained, lost;
} moves[] = {
    {URGENCY, INCROWD, TEXT_LITERAL("engagement kindled"), TEXT_LITERAL("engagement lost")},
    {CASH, TARGET, TEXT_LITERAL("engagement driven"), TEXT_LITERAL("engagement spent")},
    {BURNOUT, HAPPY, TEXT_LITERAL("engagement recovered"), TEXT_LITERAL("engagement burnt out")},
    {STRESS, ENGAGEMENT, TEXT_LITERAL("engagement restored"), TEXT_LITERAL("engagement strained")},
    {URGENCY, BURNOUT, TEXT_LITERAL("experience carried"), TEXT_LITERAL("experience dropped")},
    {CASH, STRESS, TEXT_LITERAL("experience pressed"), TEXT_LITERAL("experience traded")},
    {INCROWD, HAPPY, TEXT_LITERAL("experience shared"), TEXT_LITERAL("experience neglected")},
    {TARGET, ENGAGEMENT, TEXT_LITERAL("experience won"), TEXT_LITERAL("experience lost")},
    {URGENCY, CASH, TEXT_LITERAL("value extracted"), TEXT_LITERAL("value drained")},
    {BURNOUT, STRESS, TEXT_LITERAL("value gained"), TEXT_LITERAL("value lost")},
    {INCROWD, TARGET, TEXT_LITERAL("value reached"), TEXT_LITERAL("value missed")},
    {HAPPY, ENGAGEMENT, TEXT_LITERAL("value earned"), TEXT_LITERAL("value faded")},
};

struct text octant_move_name(uint8_t from, uint8_t to)
{
    CHECK_PRE(from < OCTANT_COUNT && to < OCTANT_COUNT);
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        if (moves[i].low == from && moves[i].high == to) {
            return moves[i].gained;
        }
        if (moves[i].low == to && moves[i].high == from) {
            return moves[i].lost;
        }
    }
    return (struct text){0};
}
