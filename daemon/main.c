/* cubed: one binary, many commands. */
#include <fcntl.h>
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

/* Of input, output and messages, what is closed stays of no use; but no file or socket that is opened gets its number, and what is printed. */
static void numbers_take(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* the lowest number that is free */
        }
    }
}

int main(int argc, char **argv)
{
    numbers_take();
    signal(SIGABRT, bug);
    signal(SIGPIPE, SIG_IGN);
    return command_dispatch(argc, argv);
}
