/* /metrics: Prometheus text format 0.0.4. */
#ifndef CUBE_HTTP_METRICS_H
#define CUBE_HTTP_METRICS_H

#include "http/http.h"

/* What the server knows of itself. */
struct metrics_own {
    const struct http_options *options;
    uint32_t streams;
    uint64_t streams_dropped, requests, refused;
};

/* Appends the whole page. CUBE_ENOMEM, or what the source returned; out is then incomplete. */
int metrics_write(const struct status_source *source, const struct metrics_own *own,
                  struct buf *out) CUBE_MUST_CHECK;

#endif
