#include "alert/alert.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static bool is_builtin(struct text name, bool has_measure)
{
    return text_equal(name, TEXT_LITERAL("alertname")) || text_equal(name, TEXT_LITERAL("scope")) ||
           text_equal(name, TEXT_LITERAL("severity")) ||
           (has_measure && text_equal(name, TEXT_LITERAL("measure")));
}

uint32_t alert_labels(const struct alert_rule *r, struct text scope, struct text measure,
                      struct label *out)
{
    uint32_t count = 0;
    out[count++] = (struct label){TEXT_LITERAL("alertname"), r->name};
    out[count++] = (struct label){TEXT_LITERAL("scope"), scope};
    if (measure.at) {
        out[count++] = (struct label){TEXT_LITERAL("measure"), measure};
    }
    out[count++] = (struct label){TEXT_LITERAL("severity"), r->severity};
    for (uint32_t i = 0; i < r->label_count; i++) {
        if (!is_builtin(r->labels[i].name, measure.at != NULL)) {
            out[count++] = r->labels[i];
        }
    }
    return count;
}

/* Labels are few: insertion sort needs no memory and no callback. */
void alert_labels_sort(struct label *labels, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct label l = labels[i];
        uint32_t at = i;
        for (; at > 0 && text_compare(labels[at - 1].name, l.name) > 0; at--) {
            labels[at] = labels[at - 1];
        }
        labels[at] = l;
    }
}

static uint64_t fnv_byte(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * FNV_PRIME;
}

static uint64_t fnv_text(uint64_t h, struct text t)
{
    for (uint32_t i = 0; i < t.len; i++) {
        h = fnv_byte(h, (uint8_t)t.at[i]);
    }
    return fnv_byte(h, 0xff);
}

uint64_t alert_fingerprint(struct label *labels, uint32_t count)
{
    alert_labels_sort(labels, count);
    uint64_t h = FNV_OFFSET;
    for (uint32_t i = 0; i < count; i++) {
        h = fnv_text(fnv_text(h, labels[i].name), labels[i].value);
    }
    return h;
}
