#include "window/pane.h"

#include <stddef.h>

#define PANES_PER_WINDOW 60

int64_t pane_default_ms(int64_t window_ms)
{
    static const int64_t lengths_ms[] = {86400000, 21600000, 3600000, 900000, 300000, 60000};
    for (size_t i = 0; i < sizeof lengths_ms / sizeof lengths_ms[0]; i++) {
        if (lengths_ms[i] <= window_ms / PANES_PER_WINDOW) {
            return lengths_ms[i];
        }
    }
    return 10000;
}
