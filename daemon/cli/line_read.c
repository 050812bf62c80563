#include "cli/line_read.h"

#include <string.h>

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool line_read(FILE *in, uint8_t *to, size_t *ret_len)
{
    size_t len = 0, end = 0; /* end: behind the last byte that is not blank */
    int c = getc_unlocked(in);
    bool some = c != EOF;
    for (; c != EOF && c != '\n'; c = getc_unlocked(in), len++) {
        if (len < LINE_KEPT_MAX) {
            to[len] = (uint8_t)c;
        }
        end = is_blank(c) ? end : len + 1;
    }
    *ret_len = end < LINE_KEPT_MAX ? end : LINE_KEPT_MAX;
    return some && !ferror(in);
}

size_t order_mark_length(const uint8_t *at, size_t len)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    return len >= sizeof mark && memcmp(at, mark, sizeof mark) == 0 ? sizeof mark : 0;
}
