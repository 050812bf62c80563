#include "alert/condition.h"

#include <string.h>

#include "alert/cond.h"

const struct alert_condition *const alert_conditions[] = {
    &cond_threshold, &cond_octant, &cond_burn_rate, &cond_stale,    &cond_change,
    &cond_drift,     &cond_waiting, &cond_coverage,  NULL,
};

const struct alert_condition *alert_condition_find(const char *name)
{
    for (uint32_t i = 0; alert_conditions[i]; i++) {
        if (strcmp(alert_conditions[i]->name, name) == 0) {
            return alert_conditions[i];
        }
    }
    return NULL;
}
