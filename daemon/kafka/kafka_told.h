/* What a person should know, from any thread to the loop: a bounded queue of lines, rate limited per event
 * name. The texts never carry values of configuration properties. */
#ifndef CUBE_KAFKA_TOLD_H
#define CUBE_KAFKA_TOLD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "port/log.h"

#define TOLD_LINES_MAX 32
#define TOLD_EVENTS_MAX 48
#define TOLD_TEXT_MAX 320
#define TOLD_EVERY_MS 5000     /* between two lines of an event name */
#define TOLD_RARELY_MS 320000  /* at most, where they say nothing new */
#define TOLD_SAID_MAX 32       /* texts of an event name that are remembered; none is new beyond them */
#define TOLD_CALM_MS 30000     /* after so long without it, it is news again */

struct told_line {
    int severity;
    char event[40];
    char text[TOLD_TEXT_MAX];
};

struct told_event {
    char event[40];
    uint64_t said[TOLD_SAID_MAX]; /* hashes of what went out since it was calm */
    uint32_t said_count;
    uint64_t last_ms, seen_ms; /* when the last line went out; when one was to be said last */
    uint64_t wait_ms;          /* from that line to one that is not new */
    uint32_t held_back; /* lines dropped since the last one that went out */
};

/* True when this is to be said now, and notes that it is. What was said before is said less and less often, in whatever turn its texts come: rights
 * may be missing for a night. What is new, another partition too, waits for TOLD_EVERY_MS only. */
bool kafka_told_due(struct told_event *e, const char *text, uint64_t now_ms);

struct kafka_told {
    pthread_mutex_t lock;
    atomic_bool any;
    atomic_bool silent;      /* nobody is to be woken any more */
    void (*wake)(void *arg); /* any thread */
    void *wake_arg;
    struct told_line lines[TOLD_LINES_MAX];
    uint32_t first, count;
    struct told_event events[TOLD_EVENTS_MAX];
    uint32_t event_count;
};

/* CUBE_ENOMEM. */
int kafka_told_init(struct kafka_told *t) CUBE_MUST_CHECK;
/* From now on wake is called from the thread that speaks, after a line is queued. */
void kafka_told_wake(struct kafka_told *t, void (*wake)(void *arg), void *arg);
void kafka_told_close(struct kafka_told *t);

/* Queues a line. Lines of one event name within TOLD_EVERY_MS of the last are counted and dropped, within twice as long each time if
 * they say nothing new, and so are lines beyond TOLD_LINES_MAX. Any thread. */
void kafka_told_say(struct kafka_told *t, int severity, const char *event, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A line of librdkafka's own log, from the client called who; what nobody can act on is left out. Any thread. */
void kafka_told_log(struct kafka_told *t, const char *who, int level, const char *fac, const char *buf);

/* Calls ev->told for each queued line. The loop's thread. */
void kafka_told_deliver(struct kafka_told *t, const struct log_events *ev);

#endif
