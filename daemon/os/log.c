#include "os/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

struct level_row {
    const char *name;
    int priority; /* of syslog */
};

static const struct level_row levels[] = {
    [LEVEL_ERROR] = {"error", 3},
    [LEVEL_WARNING] = {"warning", 4},
    [LEVEL_INFO] = {"info", 6},
    [LEVEL_DEBUG] = {"debug", 7},
};

struct line {
    char at[LOG_LINE_MAX];
    size_t len;
    bool cut;
};

static int64_t wall_clock_ms(void *arg)
{
    (void)arg;
    return clock_wall_ms();
}

static void stderr_write(void *arg, const char *line, size_t len)
{
    (void)arg;
    /* A logger cannot report that it cannot write. */
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, line, len);
        if (n <= 0) {
            return;
        }
        line += n;
        len -= (size_t)n;
    }
}

void log_init(struct logger *l, enum log_level level)
{
    *l = (struct logger){
        .level = level,
        .journal = getenv("JOURNAL_STREAM") != NULL,
        .now_ms = wall_clock_ms,
        .write = stderr_write,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
    if (strcmp(text, "warn") == 0) {
        *ret_level = LEVEL_WARNING;
        return 0;
    }
    for (int i = LEVEL_ERROR; i <= LEVEL_DEBUG; i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    }
    return CUBE_EFORMAT;
}

static void line_add(struct line *n, const char *at, size_t len)
{
    size_t room = sizeof(n->at) - 8 - n->len; /* 8: "..." and the newline */
    if (len > room) {
        len = room;
        n->cut = true;
    }
    memcpy(n->at + n->len, at, len);
    n->len += len;
}

static void line_text(struct line *n, const char *z)
{
    line_add(n, z, strlen(z));
}

/* Quotes, backslashes and control characters are escaped: a line stays one line whatever the text.
 */
static void line_quoted(struct line *n, struct text t)
{
    line_add(n, "\"", 1);
    for (uint32_t i = 0; i < t.len && !n->cut; i++) {
        unsigned char c = (unsigned char)t.at[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            line_add(n, (char[]){'\\', (char)c}, 2);
        } else if (c == '\n') {
            line_add(n, "\\n", 2);
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(escape, sizeof(escape), "\\u%04x", c);
            line_text(n, escape);
        } else {
            line_add(n, t.at + i, 1);
        }
    }
    line_add(n, "\"", 1);
}

static void line_field(struct line *n, const struct log_field *f)
{
    char number[40];
    line_add(n, " ", 1);
    line_text(n, f->name);
    line_add(n, "=", 1);
    switch (f->type) {
    case LOG_FIELD_INT:
        snprintf(number, sizeof(number), "%lld", (long long)f->as.integer);
        line_text(n, number);
        break;
    case LOG_FIELD_REAL:
        snprintf(number, sizeof(number), "%.6g", f->as.real);
        line_text(n, number);
        break;
    case LOG_FIELD_TEXT: line_quoted(n, f->as.text); break;
    case LOG_FIELD_END: break;
    }
}

static void line_time(struct line *n, int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char at[32], whole[48];
    gmtime_r(&s, &tm);
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(whole, sizeof(whole), "%s.%03dZ ", at, (int)(ms % 1000));
    line_text(n, whole);
}

static void line_write(struct logger *l, enum log_level level, int64_t now_ms, const char *object,
                       const char *event, const struct log_field *fields)
{
    struct line n = {.len = 0};
    if (l->journal) {
        char priority[8];
        snprintf(priority, sizeof(priority), "<%d>", levels[level].priority);
        line_text(&n, priority);
    }
    line_time(&n, now_ms);
    line_text(&n, levels[level].name);
    line_add(&n, " ", 1);
    line_text(&n, object);
    line_add(&n, " ", 1);
    line_text(&n, event);
    for (; fields && fields->type != LOG_FIELD_END; fields++) {
        line_field(&n, fields);
    }
    if (n.cut) {
        memcpy(n.at + n.len, "...", 3);
        n.len += 3;
    }
    n.at[n.len++] = '\n';
    l->write(l->arg, n.at, n.len);
}

/* A name may lie in the memory of who tells it for as long as the call, so it is kept by value. */
static struct log_budget *budget_of(struct logger *l, const char *event)
{
    struct log_budget *b = l->budgets;
    for (uint32_t i = 0; i < LOG_EVENTS_MAX; i++, b++) {
        if (!b->event[0]) {
            snprintf(b->event, sizeof b->event, "%s", event);
            return b;
        }
        if (strncmp(b->event, event, sizeof b->event - 1) == 0) {
            return b;
        }
    }
    snprintf(b->event, sizeof b->event, "other"); /* the last one is shared */
    return b;
}

static void budget_settle(struct logger *l, struct log_budget *b, int64_t now_ms)
{
    if (b->suppressed > 0) {
        line_write(l, LEVEL_WARNING, now_ms, "log", "suppressed",
                   LOG_WITH(log_text("event", b->event), log_int("lines", b->suppressed)));
    }
    b->suppressed = 0;
    b->lines = 0;
}

static bool period_over(const struct log_budget *b, int64_t now_ms)
{
    return now_ms - b->since_ms >= LOG_PERIOD_MS || now_ms < b->since_ms;
}

static void line_tell(struct logger *l, enum log_level level, const char *object, const char *event, const struct log_field *fields)
{
    int64_t now_ms = l->now_ms(l->arg);
    struct log_budget *b = budget_of(l, event);
    if (b->lines == 0 || period_over(b, now_ms)) {
        budget_settle(l, b, now_ms);
        b->since_ms = now_ms;
    }
    if (b->lines >= LOG_BURST) {
        b->suppressed++;
        return;
    }
    b->lines++;
    line_write(l, level, now_ms, object, event, fields);
}

static void log_at(struct logger *l, enum log_level level, const char *object, const char *event,
                   const struct log_field *fields)
{
    if (level <= l->level) {
        pthread_mutex_lock(&l->lock);
        line_tell(l, level, object, event, fields);
        pthread_mutex_unlock(&l->lock);
    }
}

void log_error(struct logger *l, const char *object, const char *event,
               const struct log_field *fields)
{
    log_at(l, LEVEL_ERROR, object, event, fields);
}

void log_warn(struct logger *l, const char *object, const char *event,
              const struct log_field *fields)
{
    log_at(l, LEVEL_WARNING, object, event, fields);
}

void log_info(struct logger *l, const char *object, const char *event,
              const struct log_field *fields)
{
    log_at(l, LEVEL_INFO, object, event, fields);
}

void log_debug(struct logger *l, const char *object, const char *event,
               const struct log_field *fields)
{
    log_at(l, LEVEL_DEBUG, object, event, fields);
}

void log_told(struct logger *l, const char *object, int severity, const char *event,
              const char *text)
{
    enum log_level level = severity <= 3   ? LEVEL_ERROR
                           : severity == 4 ? LEVEL_WARNING
                           : severity <= 6 ? LEVEL_INFO
                                           : LEVEL_DEBUG;
    log_at(l, level, object, event, LOG_WITH(log_text("text", text)));
}

void log_settle(struct logger *l, bool all)
{
    int64_t now_ms = l->now_ms(l->arg);
    pthread_mutex_lock(&l->lock);
    for (uint32_t i = 0; i <= LOG_EVENTS_MAX; i++) {
        struct log_budget *b = &l->budgets[i];
        if (b->lines > 0 && (all || period_over(b, now_ms))) {
            budget_settle(l, b, now_ms);
        }
    }
    pthread_mutex_unlock(&l->lock);
}
