/* Prints a compiled configuration as YAML that compiles to the same. */
#include <inttypes.h>

#include "base/json_number.h"
#include "config/duration.h"
#include "config/keys.h"

static void section_print(const struct whole *w, const char *section, bool decides_only, FILE *out);
static void kafka_print(const struct whole *w, FILE *out);
static void scopes_print(const struct whole *w, FILE *out);
static void axes_print(const struct whole *w, FILE *out);

int config_print_effective(const struct config *c, FILE *out)
{
    return effective_print((const struct whole *)(const void *)c, false, out);
}

int effective_print(const struct whole *w, bool decides_only, FILE *out)
{
    static const char *const sections[] = {"topics", "time", "dedup", "commit", "changelog", "checkpoint", "limits", "http",
                                           "privacy", "publish", "money", "points_options", "cube"};
    int rc = 0;
    section_print(w, "", decides_only, out);
    if (!decides_only) {
        kafka_print(w, out);
    }
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        section_print(w, sections[i], decides_only, out);
    }
    scopes_print(w, out);
    effective_calendars(w, out);
    effective_points(w, out);
    effective_measures(w, decides_only, out);
    if (!decides_only) {
        effective_hypotheses(w, out);
        rc = effective_alerts(w, out);
    }
    return ferror(out) ? CUBE_EIO : rc;
}

void print_quoted(FILE *out, struct text t)
{
    fputc('"', out);
    for (uint32_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7F) {
            fprintf(out, "\\x%02X", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

void print_number(FILE *out, double v)
{
    char at[JSON_NUMBER_MAX];
    size_t len = json_number_write(v, at);
    if (len > 2 && strcmp(at + len - 2, ".0") == 0) {
        at[len - 2] = 0;
    }
    fputs(at, out);
}

void print_duration(FILE *out, int64_t ms)
{
    char at[DURATION_TEXT_MAX];
    duration_text(ms, at);
    fputs(at, out);
}

void print_scope_kind(FILE *out, const struct scope_kind *kind)
{
    if (kind->count == 0) {
        fputs("organisation", out);
    } else if (kind->count == 1) {
        fputs(dimension_names[kind->dims[0]].at, out);
    } else {
        for (uint8_t i = 0; i < kind->count; i++) {
            fprintf(out, "%s%s", i == 0 ? "[" : ", ", dimension_names[kind->dims[i]].at);
        }
        fputc(']', out);
    }
}

/* The pack is spelled out below, so the text itself stands on none. */
static void section_print(const struct whole *w, const char *section, bool decides_only, FILE *out)
{
    const char *between = "";
    bool top = *section == 0, any = false;
    for (uint32_t i = 0; i < key_row_count; i++) {
        const struct key_row *row = &key_rows[i];
        bool special = row->type == KEY_SPECIAL && strcmp(row->key, "retention") != 0 &&
                       strcmp(row->key, "axes") != 0 && strcmp(row->key, "minute_rate") != 0;
        if (strcmp(row->section, section) != 0 || special || row->type == KEY_LATER ||
            (decides_only && !row->decides)) {
            continue;
        }
        if (!any && !top) {
            fprintf(out, "%s: {", section);
        }
        any = true;
        fprintf(out, "%s%s: ", between, row->key);
        between = top ? "" : ", ";
        if (strcmp(row->key, "retention") == 0) {
            retention_print(w, out);
        } else if (strcmp(row->key, "minute_rate") == 0) {
            rates_print(w, out);
        } else if (strcmp(row->key, "axes") == 0) {
            axes_print(w, out);
        } else if (top && strcmp(row->key, "pack") == 0) {
            fputs("none", out);
        } else {
            key_print(w, row, out);
        }
        if (top) {
            fputc('\n', out);
        }
    }
    if (any && !top) {
        fputs("}\n", out);
    }
}

static bool is_secret(const char *name)
{
    return strstr(name, "password") || strstr(name, "secret") || strstr(name, ".pem") ||
           strcmp(name, "sasl.oauthbearer.config") == 0;
}

static void kafka_print(const struct whole *w, FILE *out)
{
    fputs("kafka:\n", out);
    for (uint32_t i = 0; i < w->config.kafka_count; i++) {
        const struct kafka_property *k = &w->config.kafka[i];
        fputs("  ", out);
        print_quoted(out, text_of(k->name));
        fputs(k->from == PROPERTY_CREDENTIAL ? ": {credential: " : k->from == PROPERTY_FILE ? ": {file: " : ": ", out);
        print_quoted(out, text_of(is_secret(k->name) && k->from == PROPERTY_PLAIN ? "(hidden)" : k->value));
        fputs(k->from == PROPERTY_PLAIN ? "\n" : "}\n", out);
    }
}

static void scopes_print(const struct whole *w, FILE *out)
{
    const struct scope_plan *plan = &w->config.model.scopes;
    fputs("scopes: [", out);
    for (uint32_t i = 1; i < plan->count; i++) {
        fputs(i == 1 ? "" : ", ", out);
        print_scope_kind(out, &plan->kinds[i]);
    }
    fputs("]\n", out);
}

static void axes_print(const struct whole *w, FILE *out)
{
    for (int i = 0; i < AXIS_COUNT; i++) {
        const struct axis_plan *a = &w->config.model.cube.axes[i];
        fprintf(out, "%s%s: {threshold: ", i == 0 ? "{" : ", ", axis_names[i].at);
        print_number(out, a->threshold);
        fputs(", hysteresis: ", out);
        print_number(out, a->hysteresis);
        fputs(", dwell: ", out);
        print_duration(out, a->dwell_ms);
        fputs(", min_coverage: ", out);
        print_number(out, a->min_coverage);
        fputs(", stale_after: ", out);
        print_duration(out, a->stale_after_ms);
        fputc('}', out);
    }
    fputc('}', out);
}
