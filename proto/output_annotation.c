#include <math.h>
#include <stdio.h>

#include "base/json_number.h"
#include "proto/output_parts.h"

static int put_text_or_unknown(struct text t, struct buf *out)
{
    return t.at ? buf_append(out, t.at, t.len) : buf_append(out, "unknown", 7);
}

static int put_octant_name(uint8_t octant, struct buf *out)
{
    return put_text_or_unknown(octant < OCTANT_COUNT ? octant_names[octant] : (struct text){0},
                               out);
}

/* For people: six digits, of a large number all before the point. The record has the number itself. */
static size_t number_for_people(double v, char at[JSON_NUMBER_MAX])
{
    double size = fabs(v);
    if (size >= 1e15) {
        return json_number_write(v, at);
    }
    return (size_t)snprintf(at, JSON_NUMBER_MAX, size < 99999.5 ? "%.6g" : "%.0f", v + 0.0); /* + 0.0: no -0 */
}

static int put_number(const struct condition_answer *a, struct buf *out)
{
    char at[JSON_NUMBER_MAX];
    if (!a->has_value) {
        return put_text_or_unknown((struct text){0}, out);
    }
    return buf_append(out, at, number_for_people(a->value, at));
}

static int put_count(int64_t n, struct buf *out)
{
    char at[24];
    int len = snprintf(at, sizeof at, "%lld", (long long)n);
    return buf_append(out, at, (size_t)len);
}

static struct text measure_name(const struct model *m, const struct alert_rule *r)
{
    if (r->measure != UINT16_MAX) {
        return m->measures[r->measure].name;
    }
    return r->axis < AXIS_NONE ? axis_names[r->axis] : (struct text){0};
}

/* Returns 1 when the name is known and its text was appended. */
static int put_named(struct text name, const struct model *m, struct text scope,
                     const struct decision *d, struct buf *out)
{
    static const struct text names[] = {{"scope", 5},  {"value", 5}, {"n", 1}, {"measure", 7},
                                        {"octant", 6}, {"from", 4},  {"to", 2}};
    unsigned i = 0;
    while (i < sizeof names / sizeof names[0] && !text_equal(name, names[i])) {
        i++;
    }
    int rc = 0;
    switch (i) {
    case 0: rc = buf_append(out, scope.at, scope.len); break;
    case 1: rc = put_number(&d->answer, out); break;
    case 2: rc = put_count(d->answer.n, out); break;
    case 3: rc = put_text_or_unknown(measure_name(m, d->rule), out); break;
    case 4: rc = put_octant_name(d->octant, out); break;
    case 5: rc = put_octant_name(d->from, out); break;
    case 6: rc = put_octant_name(d->to, out); break;
    default: return 0;
    }
    return rc ? rc : 1;
}

/* The next "{{name}}" at or after from: its place and length; name without blanks around it. */
static bool next_hole(struct text t, uint32_t from, uint32_t *ret_at, uint32_t *ret_len,
                      struct text *ret_name)
{
    for (uint32_t i = from; i + 4 <= t.len; i++) {
        const char *close = t.at[i] == '{' && t.at[i + 1] == '{'
                                ? memmem(t.at + i + 2, t.len - i - 2, "}}", 2)
                                : NULL;
        if (close) {
            const char *a = t.at + i + 2, *b = close;
            while (a < b && *a == ' ') {
                a++;
            }
            while (b > a && b[-1] == ' ') {
                b--;
            }
            *ret_at = i;
            *ret_len = (uint32_t)(close + 2 - (t.at + i));
            *ret_name = (struct text){a, (uint32_t)(b - a)};
            return true;
        }
    }
    return false;
}

int output_annotation(struct text template, const struct model *m, struct text scope,
                      const struct decision *d, struct buf *out)
{
    uint32_t from = 0, at, len;
    struct text name;
    while (next_hole(template, from, &at, &len, &name)) {
        int rc = buf_append(out, template.at + from, at - from);
        if (rc == 0) {
            rc = put_named(name, m, scope, d, out);
        }
        if (rc < 0) {
            return rc;
        }
        if (rc == 0) {
            rc = buf_append(out, template.at + at, len);
        }
        if (rc < 0) {
            return rc;
        }
        from = at + len;
    }
    return template.len > from ? buf_append(out, template.at + from, template.len - from) : 0;
}
