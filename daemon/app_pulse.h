/* Whether the process gets on: what /livez says, and what feeds the watchdog. Any thread may tell of progress. */
#ifndef CUBE_APP_PULSE_H
#define CUBE_APP_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PULSE_ALIVE_MS INT64_C(10000) /* so long it is alive without progress */

/* Instants are of clock_steady_ms. Zeroes: no progress yet, nobody waits to be fed. */
struct app_pulse {
    int64_t feed_every_ms;  /* 0: there is no watchdog */
    atomic_llong beat_ms;   /* of the last progress */
    atomic_llong feed_ms;   /* the first progress from then on feeds the watchdog */
    uint64_t done;          /* as app_pulse_look was told last */
};

/* There was progress. */
void app_pulse_beat(struct app_pulse *p, int64_t now_ms);

/* Others work, and have done so much: there was progress if that is another number than the last time. On the loop's thread. */
void app_pulse_look(struct app_pulse *p, uint64_t done, int64_t now_ms);

bool app_pulse_is_alive(struct app_pulse *p, int64_t now_ms);

/* True to one caller for each feed_every_ms in which there was progress: it feeds the watchdog. */
bool app_pulse_feeds(struct app_pulse *p);

#endif
