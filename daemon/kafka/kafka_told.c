#include "kafka/kafka_told.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "kafka/kafka_clock.h"

#define DIGITS "0123456789"

int kafka_told_init(struct kafka_told *t)
{
    memset(t, 0, sizeof(*t));
    return pthread_mutex_init(&t->lock, NULL) ? CUBE_ENOMEM : 0;
}

void kafka_told_wake(struct kafka_told *t, void (*wake)(void *arg), void *arg)
{
    pthread_mutex_lock(&t->lock);
    t->wake = wake;
    t->wake_arg = arg;
    pthread_mutex_unlock(&t->lock);
}

void kafka_told_close(struct kafka_told *t)
{
    pthread_mutex_destroy(&t->lock);
}

static struct told_event *event_of(struct kafka_told *t, const char *event)
{
    for (uint32_t i = 0; i < t->event_count; i++) {
        if (strcmp(t->events[i].event, event) == 0) {
            return &t->events[i];
        }
    }
    if (t->event_count == TOLD_EVENTS_MAX) {
        return NULL;
    }
    struct told_event *e = &t->events[t->event_count++];
    snprintf(e->event, sizeof(e->event), "%s", event);
    return e;
}

/* What tells a text from others: all of it but its numbers (the milliseconds of a request change each time), save that of a partition, in [n]. */
static uint64_t content_of(const char *text)
{
    uint64_t content = 0;
    for (const char *at = text; *at;) {
        size_t digits = strspn(at, DIGITS);
        bool counts = digits == 0 || (at > text && at[-1] == '[');
        size_t len = digits ? digits : 1;
        content = hash64_seed(counts ? at : "0", counts ? len : 1, content);
        at += len;
    }
    return content;
}

static bool is_news(struct told_event *e, uint64_t content)
{
    for (uint32_t i = 0; i < e->said_count; i++) {
        if (e->said[i] == content) {
            return false;
        }
    }
    return e->said_count < TOLD_SAID_MAX;
}

bool kafka_told_due(struct told_event *e, const char *text, uint64_t now_ms)
{
    bool first = e->last_ms == 0;
    if (first || now_ms - e->seen_ms >= TOLD_CALM_MS) {
        e->wait_ms = TOLD_EVERY_MS;
        e->said_count = 0;
    }
    uint64_t content = content_of(text);
    bool news = is_news(e, content);
    uint64_t wait_ms = news ? TOLD_EVERY_MS : e->wait_ms;
    e->seen_ms = now_ms;
    if (!first && now_ms - e->last_ms < wait_ms) {
        return false;
    }
    if (news) {
        e->said[e->said_count++] = content;
    } else {
        e->wait_ms = 2 * wait_ms < TOLD_RARELY_MS ? 2 * wait_ms : TOLD_RARELY_MS;
    }
    e->last_ms = now_ms;
    return true;
}

static bool may_speak(struct kafka_told *t, const char *event, const char *text, uint32_t *ret_held_back)
{
    struct told_event *e = event_of(t, event);
    if (!e || t->count == TOLD_LINES_MAX || !kafka_told_due(e, text, kafka_now_ms() + 1)) {
        if (e) {
            e->held_back++;
        }
        return false;
    }
    *ret_held_back = e->held_back;
    e->held_back = 0;
    return true;
}

static void line_put(struct kafka_told *t, int severity, const char *event, const char *text, uint32_t held_back)
{
    struct told_line *l = &t->lines[(t->first + t->count++) % TOLD_LINES_MAX];
    l->severity = severity;
    snprintf(l->event, sizeof(l->event), "%s", event);
    int n = snprintf(l->text, sizeof(l->text), "%s", text);
    if (held_back > 0 && n >= 0 && (size_t)n < sizeof(l->text)) {
        snprintf(l->text + n, sizeof(l->text) - (size_t)n, " (and %u more)", held_back);
    }
    atomic_store(&t->any, true);
}

void kafka_told_say(struct kafka_told *t, int severity, const char *event, const char *format, ...)
{
    uint32_t held_back = 0;
    char text[TOLD_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    pthread_mutex_lock(&t->lock);
    bool speak = may_speak(t, event, text, &held_back);
    void (*wake)(void *arg) = speak ? t->wake : NULL;
    void *wake_arg = t->wake_arg;
    if (speak) {
        line_put(t, severity, event, text, held_back);
    }
    pthread_mutex_unlock(&t->lock);
    if (wake) {
        wake(wake_arg);
    }
}

void kafka_told_log(struct kafka_told *t, const char *who, int level, const char *fac, const char *buf)
{
    /* One partition that is refused fails all others with it: whose line comes first would hide its name. */
    bool bystander = strstr(buf, "Operation not attempted") != NULL;
    bool idle = bystander || strcmp(fac, "AUTOCREATE") == 0 || strcmp(fac, "CONFWARN") == 0;
    if (level <= 4 && !idle) {
        kafka_told_say(t, level <= 3 ? 4 : 6, fac, "%s: %s", who, buf);
    }
}

static bool take(struct kafka_told *t, struct told_line *ret_l)
{
    pthread_mutex_lock(&t->lock);
    bool some = t->count > 0;
    if (some) {
        *ret_l = t->lines[t->first];
        t->first = (t->first + 1) % TOLD_LINES_MAX;
        t->count--;
    }
    atomic_store(&t->any, t->count > 0);
    pthread_mutex_unlock(&t->lock);
    return some;
}

void kafka_told_deliver(struct kafka_told *t, const struct log_events *ev)
{
    struct told_line l;
    while (atomic_load(&t->any) && take(t, &l)) {
        ev->told(ev->arg, l.severity, l.event, l.text);
    }
}
