/* The logger: one line per event to stderr, logfmt, rate limited per event name.
 *   2026-11-24T06:41:02.123Z warning kafka broker_down broker="10.0.0.7:9092" tries=3
 * Never give it the id of a customer or an employee. May be used from any thread. */
#ifndef CUBE_OS_LOG_H
#define CUBE_OS_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

enum log_field_type { LOG_FIELD_END, LOG_FIELD_INT, LOG_FIELD_REAL, LOG_FIELD_TEXT };

/* A typed name=value pair of a line. */
struct log_field {
    const char *name;
    enum log_field_type type;
    union {
        int64_t integer;
        double real;
        struct text text;
    } as;
};

static inline struct log_field log_int(const char *name, int64_t v)
{
    return (struct log_field){.name = name, .type = LOG_FIELD_INT, .as.integer = v};
}

static inline struct log_field log_real(const char *name, double v)
{
    return (struct log_field){.name = name, .type = LOG_FIELD_REAL, .as.real = v};
}

static inline struct log_field log_text(const char *name, const char *v)
{
    return (struct log_field){.name = name, .type = LOG_FIELD_TEXT, .as.text = text_of(v)};
}

static inline struct log_field log_bytes(const char *name, struct text v)
{
    return (struct log_field){.name = name, .type = LOG_FIELD_TEXT, .as.text = v};
}

/* The fields of a line: LOG_WITH(log_int("offset", n), log_text("code", err_name(rc))). */
#define LOG_WITH(...) ((const struct log_field[]){__VA_ARGS__, {.type = LOG_FIELD_END}})

#define LOG_EVENTS_MAX 64 /* event names told apart by the rate limit; the rest share one budget   \
                           */
#define LOG_BURST 10      /* lines of one event name ... */
#define LOG_PERIOD_MS INT64_C(10000) /* ... in this time */
#define LOG_LINE_MAX 2048            /* a longer line is cut and ends in "..." */
#define LOG_EVENT_MAX 40             /* bytes of an event's name that tell it apart, with the zero behind */

struct log_budget {
    char event[LOG_EVENT_MAX]; /* empty: free */
    int64_t since_ms;
    uint32_t lines, suppressed;
};

struct logger {
    enum log_level level;
    bool journal; /* lines begin with <priority>, as journald reads it */
    int64_t (*now_ms)(void *arg);
    void (*write)(void *arg, const char *line, size_t len);
    void *arg;
    pthread_mutex_t lock; /* of what follows, and of write */
    struct log_budget budgets[LOG_EVENTS_MAX + 1];
};

/* A logger on stderr with the wall clock; journal lines when $JOURNAL_STREAM is set. Nothing to
 * close. */
void log_init(struct logger *l, enum log_level level);

/* "error", "warning" (or "warn"), "info", "debug". CUBE_EFORMAT. For --log-level. */
int log_level_parse(const char *text, enum log_level *ret_level) CUBE_MUST_CHECK;

/* Each writes one line unless its level is off or the event name is over its budget. object: what
 * speaks ("kafka", "task 3"); event: a fixed name; fields: LOG_WITH(...) or NULL. */
void log_error(struct logger *l, const char *object, const char *event,
               const struct log_field *fields);
void log_warn(struct logger *l, const char *object, const char *event,
              const struct log_field *fields);
void log_info(struct logger *l, const char *object, const char *event,
              const struct log_field *fields);
void log_debug(struct logger *l, const char *object, const char *event,
               const struct log_field *fields);

/* The same for what a port tells: severity as syslog (0-3 error, 4 warning, 5-6 info, 7 debug). */
void log_told(struct logger *l, const char *object, int severity, const char *event,
              const char *text);

/* Says how many lines were suppressed of events whose period has passed. Call about once a second
 * and at the end (then with all = true). */
void log_settle(struct logger *l, bool all);

#endif
