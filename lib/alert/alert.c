#include "alert/alert.h"

static int64_t later(int64_t from_ms, int64_t by_ms)
{
    return from_ms > INT64_MAX - by_ms ? INT64_MAX : from_ms + by_ms;
}

static enum alert_event fire(struct alert_state *s, int64_t t_ms)
{
    s->status = ALERT_FIRING;
    s->since_ms = s->last_true_ms = t_ms;
    return ALERT_FIRED;
}

static enum alert_event step_yes(const struct alert_rule *r, int64_t t_ms, struct alert_state *s,
                                 int64_t *ret_due_ms)
{
    if (s->status == ALERT_FIRING) {
        s->last_true_ms = t_ms;
        return ALERT_NOTHING;
    }
    if (s->status == ALERT_INACTIVE) {
        s->status = ALERT_PENDING;
        s->since_ms = t_ms;
    }
    if (t_ms - s->since_ms >= r->for_ms) {
        return fire(s, t_ms);
    }
    *ret_due_ms = later(s->since_ms, r->for_ms);
    return ALERT_NOTHING;
}

static enum alert_event step_no(const struct alert_rule *r, int64_t t_ms, struct alert_state *s,
                                int64_t *ret_due_ms)
{
    if (s->status == ALERT_FIRING) {
        if (t_ms - s->last_true_ms < r->keep_firing_for_ms) {
            *ret_due_ms = later(s->last_true_ms, r->keep_firing_for_ms);
            return ALERT_NOTHING;
        }
        s->status = ALERT_INACTIVE;
        s->resolved_ms = t_ms;
        return ALERT_RESOLVED;
    }
    s->status = ALERT_INACTIVE;
    return ALERT_NOTHING;
}

enum alert_event alert_step(const struct alert_rule *r, const struct condition_answer *a,
                            int64_t t_ms, struct alert_state *s, int64_t *ret_due_ms)
{
    *ret_due_ms = INT64_MAX;
    if (a->verdict == VERDICT_FREEZE) {
        return ALERT_NOTHING;
    }
    s->last_yes = a->verdict == VERDICT_YES;
    return s->last_yes ? step_yes(r, t_ms, s, ret_due_ms) : step_no(r, t_ms, s, ret_due_ms);
}

bool alert_applies(const struct alert_rule *r, uint32_t scope_kind, struct text scope_key)
{
    if (r->scopes.all || r->scopes.kinds >> scope_kind & 1) {
        return true;
    }
    for (uint32_t i = 0; i < r->scopes.key_count; i++) {
        if (text_equal(r->scopes.keys[i], scope_key)) {
            return true;
        }
    }
    return false;
}
