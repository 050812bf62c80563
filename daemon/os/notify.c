#include "os/notify.h"

#include <systemd/sd-daemon.h>

static int told(int rc)
{
    return rc < 0 ? CUBE_EIO : 0;
}

int notify_ready(void)
{
    return told(sd_notify(0, "READY=1"));
}

int notify_stopping(void)
{
    return told(sd_notify(0, "STOPPING=1"));
}

int notify_status(const char *text)
{
    return told(sd_notifyf(0, "STATUS=%s", text));
}

int notify_watchdog(void)
{
    return told(sd_notify(0, "WATCHDOG=1"));
}

int64_t notify_watchdog_ms(void)
{
    uint64_t limit_us;
    if (sd_watchdog_enabled(0, &limit_us) <= 0) {
        return 0;
    }
    int64_t half_ms = (int64_t)(limit_us / 2000);
    return half_ms > 0 ? half_ms : 1;
}
