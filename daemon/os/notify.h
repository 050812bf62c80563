/* What cubed tells systemd (Type=notify). Without a service manager every call does nothing. */
#ifndef CUBE_OS_NOTIFY_H
#define CUBE_OS_NOTIFY_H

#include <stdint.h>

#include "base/error.h"

/* Each returns 0, also when nobody listens; CUBE_EIO: the manager's socket refused. */
int notify_ready(void) CUBE_MUST_CHECK;
int notify_stopping(void) CUBE_MUST_CHECK;

/* One line for `systemctl status`. */
int notify_status(const char *text) CUBE_MUST_CHECK;

/* Tells the watchdog that progress was made. */
int notify_watchdog(void) CUBE_MUST_CHECK;

/* How often notify_watchdog has to be called, in ms: half of the manager's limit. 0: no watchdog.
 */
int64_t notify_watchdog_ms(void);

#endif
