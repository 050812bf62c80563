/* Writes series in Prometheus' text format. Errors are sticky: look at .error once at the end. */
#ifndef CUBE_HTTP_METRICS_TEXT_H
#define CUBE_HTTP_METRICS_TEXT_H

#include "base/buf.h"
#include "base/text.h"

struct metrics_text {
    struct buf *out;
    const char *name; /* of the metric being written */
    int error;        /* 0 or CUBE_ENOMEM */
};

struct metrics_label {
    const char *name;
    struct text value;
};

/* # HELP and # TYPE; the series that follow carry this name. */
void metrics_head(struct metrics_text *m, const char *name, const char *type, const char *help);

/* One series: NAME+suffix{labels} value. suffix: "", "_bucket", "_sum", "_count". */
void metrics_real(struct metrics_text *m, const char *suffix, const struct metrics_label *labels,
                  uint32_t count, double v);
void metrics_count(struct metrics_text *m, const char *suffix, const struct metrics_label *labels,
                   uint32_t count, uint64_t v);

#endif
