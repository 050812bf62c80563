/* Alerts of the effective configuration. */
#include "config/whole.h"

static void scopes_print(const struct whole *w, const struct alert_scopes *s, FILE *out);
static void condition_print(const struct whole *w, const struct alert_rule *r, FILE *out);
static void labels_print(const char *key, const struct label *all, uint32_t count, FILE *out);

void effective_alerts(const struct whole *w, FILE *out)
{
    fputs(w->config.model.alert_count ? "alerts:\n" : "alerts: []\n", out);
    for (uint32_t i = 0; i < w->config.model.alert_count; i++) {
        const struct alert_rule *r = &w->alerts[i];
        bool stale = strcmp(r->condition->name, "stale") == 0;
        fprintf(out, "  - {name: \"%s\"", r->name.at);
        scopes_print(w, &r->scopes, out);
        if (r->measure != UINT16_MAX && !stale) {
            fprintf(out, ", measure: \"%s\"", w->measures[r->measure].name.at);
        }
        if (r->axis != AXIS_NONE) {
            fprintf(out, ", axis: %s", axis_names[r->axis].at);
        }
        condition_print(w, r, out);
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
}

static void keys_print(const struct alert_scopes *s, FILE *out)
{
    for (uint32_t i = 0; i < s->key_count; i++) {
        const char *equals = strchr(s->keys[i].at, '=');
        if (i == 0) {
            fprintf(out, ", scopes: {%.*s: [", (int)(equals - s->keys[i].at), s->keys[i].at);
        }
        fputs(i == 0 ? "" : ", ", out);
        print_quoted(out, text_of(equals + 1));
    }
    fputs("]}", out);
}

static void scopes_print(const struct whole *w, const struct alert_scopes *s, FILE *out)
{
    const char *between = "";
    if (s->all) {
        return;
    }
    if (s->key_count > 0) {
        keys_print(s, out);
        return;
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
}

static void number_member(const char *key, double value, FILE *out)
{
    fputs(key, out);
    print_number(out, value);
}

static void threshold_print(const struct threshold_condition *t, FILE *out)
{
    static const char *const bounds[] = {"value", "lower", "upper"};
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

static void condition_print(const struct whole *w, const struct alert_rule *r, FILE *out)
{
    const char *name = r->condition->name;
    if (strcmp(name, "threshold") == 0) {
        threshold_print(&r->with.threshold, out);
    } else if (strcmp(name, "octant") == 0) {
        fprintf(out, ", octant: {%s: %s}", r->with.octant.left ? "left" : "entered",
                octant_names[r->with.octant.octant].at);
    } else if (strcmp(name, "burn_rate") == 0) {
        number_member(", burn_rate: {objective: ", r->with.burn_rate.objective, out);
        number_member(", factor: ", r->with.burn_rate.factor, out);
        fputs(", long: ", out);
        print_duration(out, r->with.burn_rate.long_ms);
        fputc('}', out);
    } else {
        fprintf(out, ", stale: {measure: \"%s\", after: ", w->measures[r->measure].name.at);
        print_duration(out, r->with.stale.after_ms);
        fputc('}', out);
    }
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
