/* `cubed verify`: whatever stands in the topics is counted as read and told as violations, each with its place, and never ends it; of
 * what tasks wrote there is nothing to tell, and the same records tell the same twice. */
#define EDITS_FROM 1 /* behind the byte that says whose records are edited */
#include "task_world.h"

#include "cli/verify.h"
#include "cli/verify_print.h"

static const struct text *header; /* instead of the last one of the first letter; NULL: as it was */

static uint32_t headers(const struct record *r, struct header *ret_h)
{
    const struct world_record *w = r->origin;
    for (uint32_t i = 0; i < w->header_count; i++) {
        ret_h[i] = w->headers[i];
    }
    if (header && r->offset == 0 && w->header_count > 0) {
        ret_h[header->len % w->header_count].value = *header;
    }
    return w->header_count;
}

static void feed(struct verify *v, enum topic_role role, const struct world_topic *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct record r = world_as_record(&t->records[i], role, i);
        if (t->records[i].key_len != UINT32_MAX) {
            FUZZ_CHECK(verify_record(v, &r) >= 0);
        }
    }
}

/* edited: in place of the records of that topic. */
static void judge(enum topic_role role, const struct world_topic *edited, struct verify_report *ret_r)
{
    static const int64_t low = 0, events = WORLD_EVENTS;
    const int64_t partials = world_topics[ROLE_PARTIALS].count;
    struct verify_world w = {.config = world_config, .layout = world_env.layout, .headers = headers};
    struct verify v;
    for (int r = 0; r < ROLE_COUNT; r++) {
        w.counts[r] = 1;
        w.lows[r] = &low;
    }
    for (int r = 0; r < INPUT_ROLES; r++) {
        w.committed[r] = w.settled[r] = r == ROLE_PARTIALS ? &partials : &events;
    }
    *ret_r = (struct verify_report){0};
    FUZZ_CHECK(verify_init(&v, &w, ret_r) == 0);
    int rc = 0;
    for (int s = 0; s < VERIFY_STEP_COUNT && !rc; s++) {
        enum topic_role roles[ROLE_COUNT];
        uint32_t n = verify_step_roles(&v, (enum verify_step)s, roles);
        for (uint32_t i = 0; i < n; i++) {
            feed(&v, roles[i], roles[i] == role ? edited : &world_topics[roles[i]]);
        }
        rc = verify_stepped(&v, (enum verify_step)s);
        FUZZ_CHECK(rc == 0 || (rc == CUBE_ELAYOUT && role >= ROLE_CHANGELOG_CUSTOMERS));
    }
    FUZZ_CHECK(rc || verify_end(&v) == 0);
    verify_close(&v);
}

static void check_report(const struct verify_report *r, bool as_written)
{
    uint64_t all = verify_violations(r);
    FUZZ_CHECK(r->finding_count == (all < VERIFY_FINDINGS_MAX ? all : VERIFY_FINDINGS_MAX));
    for (uint32_t i = 0; i < r->finding_count; i++) {
        const struct verify_finding *f = &r->findings[i];
        FUZZ_CHECK(f->invariant < VERIFY_INVARIANT_COUNT && f->role < ROLE_COUNT && f->offset >= -1);
        FUZZ_CHECK(memchr(f->key, 0, sizeof f->key) && memchr(f->expected, 0, sizeof f->expected) && memchr(f->found, 0, sizeof f->found));
        if (as_written) {
            fprintf(stderr, "%s: topic %d offset %lld key %s: %s expected, %s found\n", verify_invariants[f->invariant].name, (int)f->role,
                    (long long)f->offset, f->key, f->expected, f->found);
        }
    }
    FUZZ_CHECK(!as_written || all == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct verify_report once, twice;
    enum topic_role role = len ? (enum topic_role)(at[0] % ROLE_COUNT) : ROLE_PARTIALS;
    bool letters = role == ROLE_LATE || role == ROLE_DEAD_LETTERS;
    const struct text value = {(const char *)at + (len > 0), (uint32_t)(len ? len - 1 : 0)};
    struct world_topic *edited = world_edit(role, at + (len > 0), len && !letters ? len - 1 : 0);
    header = letters && len > 1 ? &value : NULL;
    judge(role, edited, &once);
    check_report(&once, !header && len <= EDIT_BYTES);
    judge(role, edited, &twice);
    FUZZ_CHECK(memcmp(once.violated, twice.violated, sizeof once.violated) == 0 && memcmp(once.checked, twice.checked, sizeof once.checked) == 0);
    world_close(edited);
    return 0;
}
