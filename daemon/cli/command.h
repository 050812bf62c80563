/* The commands of cubed: one row each. `cubed help` and the usage texts come from the same rows. */
#ifndef CUBE_CLI_COMMAND_H
#define CUBE_CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* X(name, synopsis, what it does) */
#define COMMANDS(X)                                                                                \
    X(run, "-c FILE [--instance NAME] [--log-level LEVEL]", "the daemon")                          \
    X(check, "-c FILE [--effective] [--json]", "checks a configuration without a broker, shows its measures") \
    X(topics, "-c FILE [--create] [--partitions N] [--timeout DURATION] [--json]",                 \
      "shows the topics with partitions and settings, creates what is missing")                    \
    X(produce, "-c FILE [--topic T] [--as json|msgpack] [--timeout DURATION] [FILE.ndjson ...]",   \
      "checks NDJSON events and writes them to the input topics")                                  \
    X(replay, "-c FILE [--interactions F] [--cpi F] [--hr F] [--records F] [--partitions N]\n"     \
      "                    [--until TIME] [--at TIME ...] [--every DURATION] [--customers]\n"      \
      "                    [--final] [--now TIME] [--strict] [--commit-every N]",                                     \
      "runs the same engine over files, without a broker")                                         \
    X(test, "FILE.test.yaml ... [--tap | --json] [--junit FILE]",                                  \
      "unit tests of a configuration in virtual time")                                             \
    X(tap, "-c FILE [TOPIC ...] [--scope S] [--from earliest|latest] [--count N]\n"                \
      "                    [--timeout DURATION] [--json]",                                         \
      "follows outputs, decoded")                                                                  \
    X(verify, "-c FILE [--timeout DURATION] [--json]",                                             \
      "holds the invariants of what cubed writes against the live topics")                         \
    X(demo, "[--kafka HOST:PORT] [--listen HOST:PORT] [--seconds-per-day S] [--seed N] [--days N]\n"  \
      "                  [--print N] [--print-config]",                                               \
      "embedded broker, generated company, daemon and page in one process")                        \
    X(version, "", "prints the version of cubed and of what it is built on")                       \
    X(help, "[COMMAND]", "prints this list, or the usage of one command")

struct command {
    const char *name, *synopsis, *summary;
    /* argv[0] is the command's name. Returns an exit code. */
    int (*run)(int argc, char **argv);
};

#define X(name, synopsis, summary) int cmd_##name(int argc, char **argv);
COMMANDS(X)
#undef X

/* Runs what argv[1] names. Returns the exit code. */
int command_dispatch(int argc, char **argv);

/* Prints `cubed NAME: TEXT` and the command's usage to stderr; returns EXIT_USAGE. */
int command_usage(const char *name, const char *text);

/* Prints what each option of a command is for. */
void command_options_print(const char *command, FILE *out);

/* Whether whoever read stdout has gone, as behind `| head`: nothing that is written is of use any more. */
bool command_reader_gone(void);

/* Tells that stdout cannot be written, but where its reader has gone. Returns an exit code, EXIT_DONE then. */
int command_unwritten(const char *name);

struct option;

/* getopt_long; '?', told as a wrong usage, for what is no option, lacks its value, or has one and was given before, but for `repeats`.
 * given begins as 0 and remembers which were. */
int command_option(int argc, char **argv, const char *shorts, const struct option *longs, int repeats, uint64_t *given);

/* Tells that the value of this option of longs, in optarg, is none. Returns EXIT_USAGE. */
int command_value(char **argv, const struct option *longs, int option);

/* How long a broker may take to answer one-shot commands, unless --timeout says otherwise. */
#define TIMEOUT_DEFAULT_MS 30000

/* Reads the value of --timeout. What is longer than the 24 days up to which librdkafka counts becomes as long as that. False: it is no duration. */
bool command_timeout(const char *text, int *ret_ms);

struct config;

/* Loads the configuration of a command; its problems are told on stderr. 0, or the exit code. The caller destroys it. */
int command_config(const char *file, struct config **ret_c);

#endif
