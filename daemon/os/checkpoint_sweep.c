#include "os/checkpoint_sweep.h"

#include <stdio.h>
#include <string.h>

struct sweep {
    struct checkpoint_store *store;
    bool (*in_use)(void *arg, const char *copy);
    void *arg;
    int64_t before_ms;
};

static void copy_remove(const struct checkpoint_store *s, const char *copy)
{
    static const char *const suffixes[] = {"base", "old", "new", "tmp", "kept"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char path[CHECKPOINT_PATH_MAX + 64];
        snprintf(path, sizeof path, "%s/%s.%s", s->directory, copy, suffixes[i]);
        s->calls->unlink(s->calls->arg, path);
    }
}

/* "customers-3.new" is a copy's; what else lies in the directory is let alone. */
static bool copy_of(const char *name, char ret_copy[32])
{
    static const char *const roles[] = {"customers-", "employees-", "scopes-"};
    size_t len = strlen(name);
    if (len < 5 || len >= 32 || strcmp(name + len - 4, ".new") != 0) {
        return false;
    }
    memcpy(ret_copy, name, len - 4);
    ret_copy[len - 4] = 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        size_t role = strlen(roles[i]);
        if (strncmp(ret_copy, roles[i], role) == 0) {
            return ret_copy[role] && strspn(ret_copy + role, "0123456789") == strlen(ret_copy + role);
        }
    }
    return false;
}

static void file_look(void *arg, const char *name, int64_t written_ms)
{
    const struct sweep *x = arg;
    char copy[32];
    if (written_ms < x->before_ms && copy_of(name, copy) && !x->in_use(x->arg, copy)) {
        copy_remove(x->store, copy);
    }
}

void checkpoint_sweep(struct checkpoint_store *s, bool (*in_use)(void *arg, const char *copy), void *arg)
{
    int64_t now_ms = s->calls->now_ms(s->calls->arg), since_ms = now_ms - s->swept_ms;
    if (s->lock_fd < 0 || (since_ms >= 0 && since_ms < CHECKPOINT_SWEEP_MS)) {
        return;
    }
    s->swept_ms = now_ms;
    struct sweep x = {s, in_use, arg, now_ms - s->max_age_ms};
    s->calls->list(s->calls->arg, s->directory, file_look, &x);
}
