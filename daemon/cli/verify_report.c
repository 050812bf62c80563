#include "cli/verify_report.h"

#include <inttypes.h>
#include <stdio.h>

const struct verify_invariant_row verify_invariants[VERIFY_INVARIANT_COUNT] = {
#define X(symbol, name, holds, counted) {name, holds, counted},
    VERIFY_INVARIANTS(X)
#undef X
};

struct verify_place verify_place_of(const struct record *r)
{
    return (struct verify_place){r->role, r->partition, r->offset, {(const char *)r->key, (uint32_t)r->key_len}};
}

/* A key from outside may hold anything: what could steer a terminal is shown as '?'. */
static void key_copy(struct text key, char out[VERIFY_TEXT_MAX])
{
    uint32_t n = key.at ? key.len : 0, i = 0;
    for (; i < n && i < VERIFY_TEXT_MAX - 1; i++) {
        unsigned char c = (unsigned char)key.at[i];
        out[i] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    out[i] = '\0';
}

void verify_violated(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *expected,
                     const char *found)
{
    v->violated[i]++;
    if (v->finding_count == VERIFY_FINDINGS_MAX) {
        return;
    }
    struct verify_finding *f = &v->findings[v->finding_count++];
    *f = (struct verify_finding){.invariant = i, .role = at->role, .partition = at->partition, .offset = at->offset};
    key_copy(at->key, f->key);
    snprintf(f->expected, sizeof f->expected, "%s", expected);
    snprintf(f->found, sizeof f->found, "%s", found);
}

void verify_differs(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *what,
                    int64_t expected, int64_t found)
{
    char e[VERIFY_TEXT_MAX], f[VERIFY_TEXT_MAX];
    snprintf(e, sizeof e, "%s %" PRId64, what, expected);
    snprintf(f, sizeof f, "%" PRId64, found);
    verify_violated(v, i, at, e, f);
}

void verify_fell(struct verify_report *v, enum verify_invariant i, const struct verify_place *at, const char *what, int64_t before,
                 int64_t found)
{
    char e[VERIFY_TEXT_MAX], f[VERIFY_TEXT_MAX];
    snprintf(e, sizeof e, "%s at least %" PRId64, what, before);
    snprintf(f, sizeof f, "%" PRId64, found);
    verify_violated(v, i, at, e, f);
}

uint64_t verify_violations(const struct verify_report *v)
{
    uint64_t n = 0;
    for (int i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        n += v->violated[i];
    }
    return n;
}
