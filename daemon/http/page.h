/* The page, compiled in: daemon/http/page/ becomes these arrays at build time (page/embed.cmake). */
#ifndef CUBE_HTTP_PAGE_H
#define CUBE_HTTP_PAGE_H

#include <stddef.h>

extern const unsigned char page_html[], page_js[], page_css[], page_svg[];
extern const size_t page_html_len, page_js_len, page_css_len, page_svg_len;

#endif
