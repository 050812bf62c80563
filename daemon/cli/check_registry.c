#include "cli/check_registry.h"

#include "config/config.h"

#define COLUMNS 7
#define STATUS_OPEN "open" /* nothing tries a hypothesis yet */

static const char *const class_names[] = {"cpi", "kpi", "hr"};
static const char *const class_titles[] = {"CPI", "KPI", "HR"};
static const char *const column_names[COLUMNS] = {NULL,   "axis",    "evidence", "increment",
                                                  "unit", "journey", "owner"};

static struct text column(const struct measure *m, int i)
{
    struct text axis = {0};
    if (m->axis != AXIS_NONE) {
        axis = axis_names[m->axis];
    }
    const struct text columns[COLUMNS] = {m->name, axis,       m->evidence, m->increment,
                                          m->unit, m->journey, m->owner};
    return columns[i].len ? columns[i] : TEXT_LITERAL("-");
}

static void widths_fill(const struct model *m, int widths[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++) {
        widths[i] = column_names[i] ? (int)strlen(column_names[i]) : 0;
        for (uint32_t k = 0; k < m->measure_count; k++) {
            int len = (int)column(&m->measures[k], i).len;
            widths[i] = len > widths[i] ? len : widths[i];
        }
    }
}

/* The last column gets no blanks behind it. */
static void cell_print(FILE *out, struct text t, int width, int i)
{
    if (i + 1 < COLUMNS) {
        fprintf(out, "%-*.*s  ", width, (int)t.len, t.at);
    } else {
        fprintf(out, "%.*s\n", (int)t.len, t.at);
    }
}

static void weak_print(const struct model *m, FILE *out)
{
    const char *between = "weak evidence, ask or watch customers: ";
    for (uint32_t k = 0; k < m->measure_count; k++) {
        if (m->measures[k].evidence_is_weak) {
            fprintf(out, "%s%s", between, m->measures[k].name.at);
            between = ", ";
        }
    }
    fputs(between[0] == ',' ? "\n" : "", out);
}

static void class_print(const struct model *m, int class, const int widths[COLUMNS], FILE *out)
{
    bool any = false;
    for (uint32_t k = 0; k < m->measure_count; k++) {
        if ((int)m->measures[k].class != class) {
            continue;
        }
        for (int i = 0; i < COLUMNS && !any; i++) {
            cell_print(out, text_of(i == 0 ? class_titles[class] : column_names[i]), widths[i], i);
        }
        any = true;
        for (int i = 0; i < COLUMNS; i++) {
            cell_print(out, column(&m->measures[k], i), widths[i], i);
        }
    }
    if (class == CLASS_CPI) {
        weak_print(m, out);
    }
    fputs(any ? "\n" : "", out);
}

static void hypotheses_print(const struct model *m, FILE *out)
{
    char lag[DURATION_TEXT_MAX];
    for (uint32_t i = 0; i < m->hypothesis_count; i++) {
        const struct hypothesis *h = &m->hypotheses[i];
        duration_text(h->lag_ms, lag);
        fprintf(out, "%s%s -> %s, %s after %s: %s\n", i == 0 ? "Hypotheses\n" : "",
                m->measures[h->cpi].name.at, m->measures[h->kpi].name.at, h->up ? "up" : "down", lag,
                STATUS_OPEN);
    }
    fputs(m->hypothesis_count ? "\n" : "", out);
}

void check_registry_print(const struct model *m, FILE *out)
{
    int widths[COLUMNS];
    widths_fill(m, widths);
    for (int class = CLASS_CPI; class <= CLASS_HR; class++) {
        class_print(m, class, widths, out);
    }
    hypotheses_print(m, out);
}

json_t *check_registry_json(const struct model *m)
{
    json_t *all = json_array();
    for (uint32_t k = 0; k < m->measure_count; k++) {
        json_t *one = json_pack("{s:s, s:s}", "name", m->measures[k].name.at, "class",
                                class_names[m->measures[k].class]);
        for (int i = 1; one && i < COLUMNS; i++) {
            struct text t = column(&m->measures[k], i);
            if (!text_equal(t, TEXT_LITERAL("-"))) {
                json_object_set_new(one, column_names[i], json_stringn(t.at, t.len));
            }
        }
        if (one && m->measures[k].evidence_is_weak) {
            json_object_set_new(one, "weak", json_true());
        }
        json_array_append_new(all, one);
    }
    return all;
}

json_t *check_hypotheses_json(const struct model *m)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < m->hypothesis_count; i++) {
        const struct hypothesis *h = &m->hypotheses[i];
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:s, s:I, s:s}", "cpi", m->measures[h->cpi].name.at, "kpi",
                           m->measures[h->kpi].name.at, "direction", h->up ? "up" : "down",
                           "lag_ms", (json_int_t)h->lag_ms, "status", STATUS_OPEN));
    }
    return all;
}
