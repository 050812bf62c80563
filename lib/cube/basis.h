/* An axis that a scope takes from others because it has no answers of its own: E of the
 * departments that served it, weighted by contacts, or of a scope around it. Pure. */
#ifndef CUBE_CUBE_BASIS_H
#define CUBE_CUBE_BASIS_H

#include "cube/position.h"

/* The known axis of a scope as others take it over. */
struct axis_gift {
    double score, half, coverage;
    const int64_t *contributions; /* of each scored measure, as in position.h */
};

/* A department that served the scope. */
struct axis_link {
    int64_t contacts;             /* more than 0 */
    const struct axis_gift *gift; /* NULL: its axis is not known */
};

/* score = sum(contacts x score) / sum(contacts) over the links with a gift, half width likewise as the root of
 * squares, coverage = contacts of those / all contacts; known from plan->min_coverage on. The order of the
 * links shows in the last bit: it must not depend on arrival. out[0..count): contributions, weighted the
 * same way; they add up to the score in millionths (rounded), the remainder on the largest. */
void axis_linked(const struct axis_plan *plan, const struct axis_link *links, uint32_t link_count,
                 struct axis_now *ret_a, int64_t *out, uint32_t count);

/* The gift as it is. */
void axis_inherited(const struct axis_plan *plan, const struct axis_gift *g, struct axis_now *ret_a, int64_t *out,
                    uint32_t count);

#endif
