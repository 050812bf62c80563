#include "cli/characters.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "proto/utf8.h"

size_t characters_whole(const char *at, size_t len)
{
    size_t last = len;
    while (last > 0 && ((uint8_t)at[last - 1] & 0xC0) == 0x80) {
        last--;
    }
    last -= last > 0;
    return last < len && utf8_sequence((const uint8_t *)at + last, len - last) == 0 ? last : len;
}

void characters_print(char *out, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(out, size, format, list);
    va_end(list);
    out[characters_whole(out, strlen(out))] = 0;
}
