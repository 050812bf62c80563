#include "http/metrics_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/json_number.h"

static void add(struct metrics_text *m, const char *at, size_t len)
{
    if (m->error == 0) {
        m->error = buf_append(m->out, at, len);
    }
}

static void add_z(struct metrics_text *m, const char *z)
{
    add(m, z, strlen(z));
}

void metrics_head(struct metrics_text *m, const char *name, const char *type, const char *help)
{
    m->name = name;
    add_z(m, "# HELP ");
    add_z(m, name);
    add_z(m, " ");
    add_z(m, help);
    add_z(m, "\n# TYPE ");
    add_z(m, name);
    add_z(m, " ");
    add_z(m, type);
    add_z(m, "\n");
}

static void label_value(struct metrics_text *m, struct text t)
{
    for (uint32_t i = 0; i < t.len; i++) {
        switch (t.at[i]) {
        case '\\': add(m, "\\\\", 2); break;
        case '"': add(m, "\\\"", 2); break;
        case '\n': add(m, "\\n", 2); break;
        default: add(m, t.at + i, 1);
        }
    }
}

static void series_head(struct metrics_text *m, const char *suffix,
                        const struct metrics_label *labels, uint32_t count)
{
    add_z(m, m->name);
    add_z(m, suffix);
    for (uint32_t i = 0; i < count; i++) {
        add_z(m, i == 0 ? "{" : ",");
        add_z(m, labels[i].name);
        add_z(m, "=\"");
        label_value(m, labels[i].value);
        add_z(m, "\"");
    }
    add_z(m, count > 0 ? "} " : " ");
}

void metrics_real(struct metrics_text *m, const char *suffix, const struct metrics_label *labels,
                  uint32_t count, double v)
{
    char number[JSON_NUMBER_MAX];
    series_head(m, suffix, labels, count);
    if (isnan(v)) {
        add_z(m, "NaN");
    } else if (isinf(v)) {
        add_z(m, v > 0 ? "+Inf" : "-Inf");
    } else {
        add(m, number, json_number_write(v, number));
    }
    add_z(m, "\n");
}

void metrics_count(struct metrics_text *m, const char *suffix, const struct metrics_label *labels,
                   uint32_t count, uint64_t v)
{
    char number[24];
    series_head(m, suffix, labels, count);
    add(m, number, (size_t)snprintf(number, sizeof(number), "%" PRIu64 "\n", v));
}
