/* cubed: one binary, many commands. */
#include <signal.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit_code.h"

/* A failed check of our own aborts; the shell shall see the documented code. */
static void bug(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_BUG);
}

int main(int argc, char **argv)
{
    signal(SIGABRT, bug);
    signal(SIGPIPE, SIG_IGN);
    return command_dispatch(argc, argv);
}
