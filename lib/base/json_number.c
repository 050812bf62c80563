#include "base/json_number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static bool reads_back(const char *at, double v)
{
    return strtod(at, NULL) == v;
}

/* Just above a power of two doubles lie twice as far apart as below it, so the nearest 16 digits
 * may miss the double where the next ones up hit it. */
static bool next_16_digits(double v, char at[JSON_NUMBER_MAX])
{
    size_t i = strcspn(at, "e");
    while (i > 0) {
        i--;
        if (at[i] >= '0' && at[i] < '9') {
            at[i]++;
            return reads_back(at, v);
        }
        if (at[i] == '9') {
            at[i] = '0';
        }
    }
    return false;
}

static void digits(double v, char at[JSON_NUMBER_MAX])
{
    /* Fifteen digits always fit a normal double; subnormal ones may need fewer. */
    for (int precision = fabs(v) < DBL_MIN ? 1 : 15; precision < 17; precision++) {
        snprintf(at, JSON_NUMBER_MAX, "%.*g", precision, v);
        if (reads_back(at, v)) {
            return;
        }
    }
    if (next_16_digits(v, at)) {
        return;
    }
    snprintf(at, JSON_NUMBER_MAX, "%.17g", v);
}

size_t json_number_write(double v, char at[JSON_NUMBER_MAX])
{
    CHECK_PRE(isfinite(v));
    digits(v, at);
    size_t len = strlen(at), other = strspn(at, "-+e0123456789");
    if (other < len) {
        at[other] = '.'; /* whatever the locale writes */
    } else if (!strchr(at, 'e')) {
        memcpy(at + len, ".0", 3);
        len += 2;
    }
    return len;
}
