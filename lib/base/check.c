#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *what, const char *expression, const char *file, int line)
{
    fprintf(stderr, "cubed: %s violated: %s (%s:%d)\n", what, expression, file, line);
    abort();
}
