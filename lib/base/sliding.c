#include "base/sliding.h"

#include <stdlib.h>
#include <string.h>

int sliding_reserve(void **at, uint32_t *first, uint32_t count, uint32_t *capacity, size_t size, uint32_t capacity_min)
{
    if (*first + count < *capacity) {
        return 0;
    }
    if (*first > 0 && *first >= *capacity / 4) {
        memmove(*at, (char *)*at + *first * size, count * size);
        *first = 0;
        return 0;
    }
    uint32_t more = *capacity ? *capacity * 2 : capacity_min;
    void *grown = realloc(*at, more * size);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    *at = grown;
    *capacity = more;
    return 0;
}
