#include "http/http_decode.h"

#include <string.h>

size_t http_decode_later(void *arg, struct MHD_Connection *c, char *s)
{
    (void)arg;
    (void)c;
    return strlen(s);
}

/* -1: no digit. */
static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

int http_decode(struct text escaped, struct buf *out)
{
    if (escaped.len == 0) {
        return 0;
    }
    uint8_t *to = buf_room(out, escaped.len);
    if (!to) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < escaped.len; i++) {
        bool triple = escaped.at[i] == '%' && escaped.len - i > 2;
        int high = triple ? digit(escaped.at[i + 1]) : -1, low = triple ? digit(escaped.at[i + 2]) : -1;
        bool known = high >= 0 && low >= 0;
        *to++ = known ? (uint8_t)(16 * high + low) : (uint8_t)escaped.at[i];
        i += known ? 2 : 0;
    }
    buf_taken(out, to);
    return 0;
}
