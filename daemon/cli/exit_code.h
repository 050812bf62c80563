/* Exit codes of every command. */
#ifndef CUBE_CLI_EXIT_CODE_H
#define CUBE_CLI_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,       /* a test or verification failed */
    EXIT_USAGE = 64,
    EXIT_DATA = 65,        /* input data refused */
    EXIT_UNAVAILABLE = 69, /* broker or topic not available */
    EXIT_BUG = 70,         /* a bug in cubed */
    EXIT_MEMORY = 71,
    EXIT_FENCED = 77,      /* by another instance of the same name */
    EXIT_CONFIG = 78       /* or topics that another one, or a newer version of cubed, has written */
};

/* The exit code that tells of an error of ours (base/error.h). */
int exit_code_of(int error);

#endif
