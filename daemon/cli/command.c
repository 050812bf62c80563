#include "cli/command.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/exit_code.h"
#include "cli/verify_print.h"
#include "config/config.h"
#include "config/test_file.h"
#include "kafka/kafka_property.h"

static const struct command commands[] = {
#define X(name, synopsis, summary) {#name, synopsis, summary, cmd_##name},
    COMMANDS(X)
#undef X
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const struct command *command_find(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

int command_usage(const char *name, const char *text)
{
    const struct command *c = command_find(name);
    fprintf(stderr, "cubed %s: %s\nusage: cubed %s", name, text, name);
    fprintf(stderr, c && *c->synopsis ? " %s\n" : "%s\n", c ? c->synopsis : "");
    return EXIT_USAGE;
}

static void commands_print(FILE *out)
{
    fputs("usage: cubed COMMAND [OPTIONS]\n\ncubed watches, live, how a company performs for its customers.\n\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\ncubed help COMMAND shows its options; cubed help config every key of the configuration.\n", out);
}

static void help_print(const struct command *c)
{
    printf(*c->synopsis ? "usage: cubed %s %s\n" : "usage: cubed %s%s\n", c->name, c->synopsis);
    printf("\n%s\n", c->summary);
    command_options_print(c->name, stdout);
    if (strcmp(c->name, "test") == 0) {
        putchar('\n');
        test_file_print_reference(stdout);
    }
    if (strcmp(c->name, "verify") == 0) {
        putchar('\n');
        verify_print_reference(stdout);
    }
}

int cmd_help(int argc, char **argv)
{
    if (argc < 2) {
        commands_print(stdout);
        return EXIT_DONE;
    }
    if (argc > 2) {
        return command_usage("help", "takes one name at most");
    }
    if (strcmp(argv[1], "config") == 0) {
        config_print_reference(stdout);
        return EXIT_DONE;
    }
    const struct command *c = command_find(argv[1]);
    if (!c) {
        fprintf(stderr, "cubed help: no command is called \"%s\"\n", argv[1]);
        return EXIT_USAGE;
    }
    help_print(c);
    return EXIT_DONE;
}

int exit_code_of(int error)
{
    switch (error) {
    case 0: return EXIT_DONE;
    case CUBE_ENOMEM: return EXIT_MEMORY;
    case CUBE_EFENCED: return EXIT_FENCED;
    case CUBE_ECONFIG:
    case CUBE_EVERSION:
    case CUBE_ELAYOUT: return EXIT_CONFIG;
    case CUBE_EKAFKA:
    case CUBE_ETIMEOUT:
    case CUBE_EAGAIN:
    case CUBE_ENOTFOUND: return EXIT_UNAVAILABLE;
    case CUBE_EUSAGE: return EXIT_USAGE;
    default: return EXIT_DATA;
    }
}

bool command_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP));
}

int command_unwritten(const char *name)
{
    if (command_reader_gone()) {
        return EXIT_DONE;
    }
    fprintf(stderr, "cubed %s: the output cannot be written\n", name);
    return EXIT_FAILED;
}

/* Who redirects the output must learn that it is not all there. A command that failed has said why. */
static int output_end(const char *name, int code)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    return written || code != EXIT_DONE ? code : command_unwritten(name);
}

int command_dispatch(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        commands_print(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : output_end("help", EXIT_DONE);
    }
    if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    const struct command *c = command_find(name);
    if (!c) {
        fprintf(stderr, "cubed: no command is called \"%s\"; cubed help lists them\n", name);
        return EXIT_USAGE;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help_print(c);
            return output_end("help", EXIT_DONE);
        }
    }
    return output_end(c->name, c->run(argc - 1, argv + 1));
}

int command_config(const char *file, struct config **ret_c)
{
    int rc = config_load_judged(file, NULL, kafka_property_judge, stderr, NULL, ret_c);
    return rc == 0 ? 0 : rc == CUBE_ENOMEM ? EXIT_MEMORY : EXIT_CONFIG;
}
