#include "app_pulse.h"

void app_pulse_beat(struct app_pulse *p, int64_t now_ms)
{
    atomic_store(&p->beat_ms, now_ms);
}

void app_pulse_look(struct app_pulse *p, uint64_t done, int64_t now_ms)
{
    if (done != p->done) {
        p->done = done;
        app_pulse_beat(p, now_ms);
    }
}

bool app_pulse_is_alive(struct app_pulse *p, int64_t now_ms)
{
    return now_ms - atomic_load(&p->beat_ms) < PULSE_ALIVE_MS;
}

bool app_pulse_feeds(struct app_pulse *p)
{
    long long beat_ms = atomic_load(&p->beat_ms), due_ms = atomic_load(&p->feed_ms);
    return p->feed_every_ms && beat_ms >= due_ms && atomic_compare_exchange_strong(&p->feed_ms, &due_ms, beat_ms + p->feed_every_ms);
}
