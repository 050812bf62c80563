#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "config/config.h"

enum { TEXT_MAX = 256 };

#define TIMEOUT_MAX_MS INT64_C(2073600000) /* 24 days: some seconds more are added to it here and there, and an int still holds it */

static const struct option *option_find(const struct option *longs, int val)
{
    while (longs->name && longs->val != val) {
        longs++;
    }
    return longs->name ? longs : NULL;
}

/* What getopt_long did not take: the argument before optind, or, where that has not moved, a letter in a group that has more. */
static void refusal_tell(char **argv, bool moved, const char *shorts, const struct option *longs)
{
    char text[TEXT_MAX];
    const char *at = argv[optind - 1];
    bool is_long = moved && strncmp(at, "--", 2) == 0, known = optopt && (is_long || strchr(shorts, optopt));
    const struct option *o = known ? option_find(longs, optopt) : NULL;
    if (o) {
        snprintf(text, sizeof text, "--%s %s", o->name, o->has_arg == required_argument ? "needs a value" : "takes no value");
    } else if (is_long) {
        snprintf(text, sizeof text, "%.*s is no option", (int)strcspn(at, "="), at);
    } else {
        bool plain = optopt > ' ' && optopt < 0x7F;
        snprintf(text, sizeof text, plain ? "-%c is no option" : "-\\x%02X is no option", plain ? optopt : optopt & 0xFF);
    }
    command_usage(argv[0], text);
}

int command_option(int argc, char **argv, const char *shorts, const struct option *longs, int repeats, uint64_t *given)
{
    int before = optind, c = getopt_long(argc, argv, shorts, longs, NULL);
    if (c == '?') {
        refusal_tell(argv, optind != before, shorts, longs);
        return c;
    }
    for (int i = 0; c != -1 && c != repeats && longs[i].name; i++) {
        if (longs[i].val == c && longs[i].has_arg == required_argument) {
            uint64_t bit = UINT64_C(1) << i;
            char text[TEXT_MAX];
            if (*given & bit) {
                snprintf(text, sizeof text, "--%s is given twice", longs[i].name);
                command_usage(argv[0], text);
                return '?';
            }
            *given |= bit;
        }
    }
    return c;
}

int command_value(char **argv, const struct option *longs, int option)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "--%s: \"%s\" is no value of it", option_find(longs, option)->name, optarg);
    return command_usage(argv[0], text);
}

bool command_timeout(const char *text, int *ret_ms)
{
    int64_t ms;
    if (duration_parse(text, &ms) != 0) {
        return false;
    }
    *ret_ms = (int)(ms < TIMEOUT_MAX_MS ? ms : TIMEOUT_MAX_MS);
    return true;
}
