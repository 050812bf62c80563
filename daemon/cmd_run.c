/* cubed run: the daemon. */
#include <getopt.h>
#include <stdio.h>

#include "app.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "kafka/kafka_property.h"

struct run_options {
    const char *config, *instance;
    enum log_level level;
};

static int options_parse(int argc, char **argv, struct run_options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"instance", required_argument, NULL, 'i'}, {"log-level", required_argument, NULL, 'l'}, {0}};
    *o = (struct run_options){.level = LEVEL_INFO};
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    int c;
    while ((c = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        if (c == 'c') {
            o->config = optarg;
        } else if (c == 'i') {
            o->instance = optarg;
        } else if (c != 'l') {
            return EXIT_USAGE;
        } else if (log_level_parse(optarg, &o->level)) {
            return command_usage("run", "--log-level is error, warning, info or debug");
        }
    }
    return o->config && optind == argc ? 0 : command_usage("run", o->config ? "too many arguments" : "-c FILE is missing");
}

int cmd_run(int argc, char **argv)
{
    struct run_options o;
    struct config *c;
    int code = options_parse(argc, argv, &o);
    if (code) {
        return code;
    }
    int rc = config_load_judged(o.config, o.instance, kafka_property_judge, stderr, NULL, &c);
    if (rc) {
        return rc == CUBE_ENOMEM ? EXIT_MEMORY : EXIT_CONFIG;
    }
    struct app_options ao = {.config = c, .level = o.level};
    code = app_run(&ao);
    config_destroy(c);
    return code;
}
