#include "cli/check_burns.h"

#include <inttypes.h>

#include "alert/condition.h"
#include "score/stat.h"

enum { LEAST_MAX = 1000000 };

int64_t burn_least(const struct burn_rate_condition *c)
{
    double low, high, bound = c->factor * (1 - c->objective);
    for (int64_t n = 1; n <= LEAST_MAX; n++) {
        wilson_interval(n, n, &low, &high);
        if (low > bound) {
            return n;
        }
    }
    return INT64_MAX;
}

static bool is_burn(const struct alert_rule *r)
{
    return text_equal(text_of(r->condition->name), TEXT_LITERAL("burn_rate"));
}

void check_burns_print(const struct model *m, FILE *out)
{
    for (uint32_t i = 0; i < m->alert_count; i++) {
        const struct alert_rule *r = &m->alerts[i];
        if (is_burn(r)) {
            const struct measure *x = &m->measures[r->measure];
            fprintf(out, "%.*s cannot fire before %" PRId64 " of %s fail within %s\n", (int)r->name.len, r->name.at,
                    burn_least(&r->with.burn_rate), x->name.at, x->horizons[r->with.burn_rate.short_horizon].name);
        }
    }
}

json_t *check_burns_json(const struct model *m)
{
    json_t *all = json_array();
    for (uint32_t i = 0; all && i < m->alert_count; i++) {
        const struct alert_rule *r = &m->alerts[i];
        if (is_burn(r)) {
            json_array_append_new(all, json_pack("{s:s#, s:s, s:I, s:I}", "alert", r->name.at, (int)r->name.len, "measure",
                                                 m->measures[r->measure].name.at, "least", (json_int_t)burn_least(&r->with.burn_rate), "window_ms",
                                                 (json_int_t)r->with.burn_rate.short_ms));
        }
    }
    return all;
}
