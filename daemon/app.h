/* The daemon put together: configuration, log, worker, page, signals on one loop. */
#ifndef CUBE_APP_H
#define CUBE_APP_H

#include <stdbool.h>

#include <uv.h>

#include "config/config.h"
#include "engine/scope_engine.h"
#include "os/log.h"

struct app_options {
    const struct config *config;   /* borrowed */
    enum log_level level;
    bool quiet;                    /* the demo: only warnings and errors are logged */
    /* Told of every change and alert, as JSON; may be NULL. */
    void (*decided)(void *arg, const struct decision *d, struct text scope, struct text json);
    /* Called about ten times a second on the loop; non-zero ends the program. May be NULL. */
    int (*beat)(void *arg, int64_t now_ms);
    /* Called once when everything is live. May be NULL. */
    void (*ready)(void *arg, const char *url);
    void *arg;
};

/* Runs until a signal ends it or it cannot go on. Returns the exit code. */
int app_run(const struct app_options *o);

#endif
