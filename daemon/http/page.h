/* The page, compiled in: the files of daemon/http/page/ become these texts at build time (CMakeLists.txt names the
 * same files). */
#ifndef CUBE_HTTP_PAGE_H
#define CUBE_HTTP_PAGE_H

#include <stddef.h>

/* X(path, array, content type) */
#define PAGE_FILES(X)                                                                              \
    X("/", page_index_html, "text/html; charset=utf-8")                                            \
    X("/app.js", page_app_js, "text/javascript; charset=utf-8")                                    \
    X("/parts.js", page_parts_js, "text/javascript; charset=utf-8")                                \
    X("/lists.js", page_lists_js, "text/javascript; charset=utf-8")                                \
    X("/detail.js", page_detail_js, "text/javascript; charset=utf-8")                              \
    X("/app.css", page_app_css, "text/css; charset=utf-8")                                         \
    X("/icon.svg", page_icon_svg, "image/svg+xml")

#define X(path, array, type) extern const char array[];
PAGE_FILES(X)
#undef X

#endif
