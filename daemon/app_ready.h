/* Whether the instance is ready, as the log and the service manager are told of it. */
#ifndef CUBE_APP_READY_H
#define CUBE_APP_READY_H

#include <stdbool.h>

#include "os/log.h"
#include "port/status.h"

/* Zeroes: nothing was told. */
struct app_ready {
    bool was;        /* ready once */
    char text[128];  /* "ready", or why not: what `systemctl status` shows */
};

/* Logs when it is ready for the first time, with the page's url, and from then on whenever it is again, or is not. True: the text is another. */
bool app_ready_look(struct app_ready *r, const struct status *s, const char *url, struct logger *logger);

#endif
