/* Alerts of the effective configuration. */
#include <inttypes.h>

#include "config/whole.h"
#include "scope/scope_value.h"

static int scopes_print(const struct whole *w, const struct alert_scopes *s, FILE *out);
static void condition_print(const struct whole *w, const struct alert_rule *r, FILE *out);
static void when_print(uint8_t when, FILE *out);
static void labels_print(const char *key, const struct label *all, uint32_t count, FILE *out);

int effective_alerts(const struct whole *w, FILE *out)
{
    fputs(w->config.model.alert_count ? "alerts:\n" : "alerts: []\n", out);
    int rc = 0;
    for (uint32_t i = 0; i < w->config.model.alert_count && rc == 0; i++) {
        const struct alert_rule *r = &w->alerts[i];
        bool stale = strcmp(r->condition->name, "stale") == 0;
        bool coverage = strcmp(r->condition->name, "coverage") == 0;
        fprintf(out, "  - {name: \"%s\"", r->name.at);
        rc = scopes_print(w, &r->scopes, out);
        if (r->measure != UINT16_MAX && !stale) {
            fprintf(out, ", measure: \"%s\"", w->measures[r->measure].name.at);
        }
        if (r->axis != AXIS_NONE && !coverage) {
            fprintf(out, ", axis: %s", axis_names[r->axis].at);
        }
        condition_print(w, r, out);
        when_print(r->when, out);
        fputs(", for: ", out);
        print_duration(out, r->for_ms);
        fputs(", keep_firing_for: ", out);
        print_duration(out, r->keep_firing_for_ms);
        fputs(", severity: ", out);
        print_quoted(out, r->severity);
        labels_print("labels", r->labels, r->label_count, out);
        labels_print("annotations", r->annotations, r->annotation_count, out);
        fputs("}\n", out);
    }
    return rc;
}

static int keys_print(const struct alert_scopes *s, FILE *out)
{
    struct buf value = {0};
    int rc = 0;
    for (uint32_t i = 0; i < s->key_count && rc == 0; i++) {
        const char *equals = strchr(s->keys[i].at, '=');
        if (i == 0) {
            fprintf(out, ", scopes: {%.*s: [", (int)(equals - s->keys[i].at), s->keys[i].at);
        }
        fputs(i == 0 ? "" : ", ", out);
        buf_clear(&value);
        rc = scope_value_read(text_of(equals + 1), &value);
        print_quoted(out, (struct text){(const char *)value.at, (uint32_t)value.len});
    }
    fputs("]}", out);
    buf_close(&value);
    return rc;
}

static int scopes_print(const struct whole *w, const struct alert_scopes *s, FILE *out)
{
    const char *between = "";
    if (s->all) {
        return 0;
    }
    if (s->key_count > 0) {
        return keys_print(s, out);
    }
    fputs(", scopes: [", out);
    for (uint32_t i = 0; i < w->config.model.scopes.count; i++) {
        if (s->kinds >> i & 1) {
            fputs(between, out);
            print_scope_kind(out, &w->config.model.scopes.kinds[i]);
            between = ", ";
        }
    }
    fputc(']', out);
    return 0;
}

static void number_member(const char *key, double value, FILE *out)
{
    fputs(key, out);
    print_number(out, value);
}

static void threshold_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    static const char *const bounds[] = {"value", "lower", "upper"};
    const struct threshold_condition *t = &r->with.threshold;
    (void)w;
    fprintf(out, ", threshold: {bound: %s", bounds[t->bound]);
    if (t->has_below) {
        number_member(", below: ", t->below, out);
    }
    if (t->has_above) {
        number_member(", above: ", t->above, out);
    }
    if (t->has_clear) {
        number_member(", clear: ", t->clear, out);
    }
    fputc('}', out);
}

static void octant_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    (void)w;
    fprintf(out, ", octant: {%s: %s}", r->with.octant.left ? "left" : "entered",
            octant_names[r->with.octant.octant].at);
}

static void burn_rate_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    (void)w;
    number_member(", burn_rate: {objective: ", r->with.burn_rate.objective, out);
    number_member(", factor: ", r->with.burn_rate.factor, out);
    fputs(", long: ", out);
    print_duration(out, r->with.burn_rate.long_ms);
    fputc('}', out);
}

static void stale_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    fprintf(out, ", stale: {measure: \"%s\", after: ", w->measures[r->measure].name.at);
    print_duration(out, r->with.stale.after_ms);
    fputc('}', out);
}

static void change_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    const struct change_condition *c = &r->with.change;
    (void)w;
    fputs(", change: {over: ", out);
    print_duration(out, c->over_ms);
    if (c->has_below) {
        number_member(", below: ", c->below, out);
    }
    if (c->has_above) {
        number_member(", above: ", c->above, out);
    }
    fputs(", step: ", out);
    print_duration(out, c->step_ms);
    fputc('}', out);
}

static void drift_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    const struct drift_condition *c = &r->with.drift;
    (void)w;
    number_member(", drift: {lambda: ", c->lambda, out);
    number_member(", limit: ", c->limit, out);
    number_member(", mean: ", c->mean, out);
    number_member(", sd: ", c->sd, out);
    fputs(", step: ", out);
    print_duration(out, c->step_ms);
    fputc('}', out);
}

static void waiting_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    const struct waiting_condition *c = &r->with.waiting;
    (void)w;
    if (c->by_share) {
        number_member(", waiting: {share_above: ", c->share_above, out);
        fputc('}', out);
    } else {
        fprintf(out, ", waiting: {above: %" PRId64 "}", c->above);
    }
}

static void coverage_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    (void)w;
    fputs(", coverage: {", out);
    if (r->axis != AXIS_NONE) {
        fprintf(out, "axis: %s, ", axis_names[r->axis].at);
    }
    number_member("below: ", r->with.coverage.below, out);
    fputc('}', out);
}

static void condition_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    static const struct {
        const char *name;
        void (*print)(const struct whole *w, const struct alert_rule *r, FILE *out);
    } printers[] = {{"threshold", threshold_print}, {"octant", octant_print},
                    {"burn_rate", burn_rate_print}, {"stale", stale_print},
                    {"change", change_print},       {"drift", drift_print},
                    {"waiting", waiting_print},     {"coverage", coverage_print}};
    for (size_t i = 0; i < sizeof(printers) / sizeof(printers[0]); i++) {
        if (strcmp(printers[i].name, r->condition->name) == 0) {
            printers[i].print(w, r, out);
        }
    }
}

static void when_print(uint8_t when, FILE *out)
{
    const char *between = ", when: {octant: [";
    for (unsigned i = 0; i < OCTANT_COUNT; i++) {
        if (when >> i & 1) {
            fprintf(out, "%s%s", between, octant_names[i].at);
            between = ", ";
        }
    }
    fputs(when ? "]}" : "", out);
}

static void labels_print(const char *key, const struct label *all, uint32_t count, FILE *out)
{
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, i == 0 ? ", %s: {" : "%s", i == 0 ? key : ", ");
        fprintf(out, "%s: ", all[i].name.at);
        print_quoted(out, all[i].value);
    }
    fputs(count ? "}" : "", out);
}
