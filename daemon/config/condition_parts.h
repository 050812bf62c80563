/* The conditions of alerts, one reader each. Only the condition_*.c files include it. */
#ifndef CUBE_CONFIG_CONDITION_PARTS_H
#define CUBE_CONFIG_CONDITION_PARTS_H

#include "config/condition_compile.h"
#include "config/range.h"

/* Reads a condition from its own map; `map` is that of the alert. */
typedef void condition_reader(struct whole *w, const struct yaml *map, const struct yaml *node,
                              struct alert_rule *r);

condition_reader change_compile, drift_compile, waiting_compile, coverage_compile;

/* Reads `when` of an alert, whose condition has been read. */
void when_compile(struct whole *w, const struct yaml *node, struct alert_rule *r);

/* The octant a node names, or OCTANT_NONE: told. */
uint8_t octant_read(struct whole *w, const struct yaml *node);

/* Takes the measure that stands in the condition itself; one in the alert as well is a problem. */
void inner_measure(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r);

/* An axis without scores makes an alert of the file an error. Those of the pack, which the file did not write, rest: a warning. */
void never_tell(struct whole *w, const struct yaml *at, const char *text);

/* The numbers that the alert can ever see; any number where that was told already. */
struct range range_of_alert(const struct whole *w, const struct alert_rule *r, enum bound bound);

/* True, and told at `at`, when there is no such number. */
bool range_is_empty(struct whole *w, const struct yaml *at, const struct alert_rule *r, struct range range);

#endif
