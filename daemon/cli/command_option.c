#include <getopt.h>
#include <stddef.h>

#include "cli/command.h"

int command_option(int argc, char **argv, const char *shorts, const struct option *longs, int repeats, uint64_t *given)
{
    int c = getopt_long(argc, argv, shorts, longs, NULL);
    for (int i = 0; c != -1 && c != repeats && longs[i].name; i++) {
        if (longs[i].val == c && longs[i].has_arg == required_argument) {
            uint64_t bit = UINT64_C(1) << i;
            c = *given & bit ? '?' : c;
            *given |= bit;
        }
    }
    return c;
}
