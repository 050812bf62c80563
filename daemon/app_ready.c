#include "app_ready.h"

#include <stdio.h>
#include <string.h>

static void tell(const struct app_ready *r, const struct status *s, const char *url, struct logger *logger)
{
    if (!r->was && s->ready) {
        log_info(logger, "app", "ready", LOG_WITH(log_text("url", url), log_real("restore_seconds", s->restore_seconds)));
    } else if (s->ready) {
        log_info(logger, "app", "ready", LOG_WITH(log_text("text", "again")));
    } else if (r->was) {
        log_info(logger, "app", "not_ready", LOG_WITH(log_text("text", s->not_ready)));
    }
}

bool app_ready_look(struct app_ready *r, const struct status *s, const char *url, struct logger *logger)
{
    const char *text = s->ready ? "ready" : s->not_ready;
    bool differs = strcmp(text, r->text) != 0;
    if (differs) {
        tell(r, s, url, logger);
        snprintf(r->text, sizeof r->text, "%s", text);
    }
    r->was = r->was || s->ready;
    return differs;
}
