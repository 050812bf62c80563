#include "cli/verify.h"

#include <string.h>

int verify_init(struct verify *v, const struct verify_world *w, struct verify_report *report)
{
    *v = (struct verify){.world = w, .report = report};
    int rc = verify_commits_init(&v->commits, w, report);
    rc = rc ? rc : verify_bundles_init(&v->bundles, w, report);
    rc = rc ? rc : verify_letters_init(&v->letters, w, report);
    rc = rc ? rc : verify_outputs_init(&v->outputs, w, report);
    rc = rc ? rc : verify_scopes_init(&v->scopes, w, report);
    if (rc) {
        verify_close(v);
        return rc;
    }
    v->outputs.done_ms = v->scopes.done_ms;
    return 0;
}

void verify_close(struct verify *v)
{
    if (!v->world) {
        return;
    }
    verify_commits_close(&v->commits);
    verify_bundles_close(&v->bundles);
    verify_letters_close(&v->letters);
    verify_outputs_close(&v->outputs);
    verify_scopes_close(&v->scopes);
    v->world = NULL;
}

/* Inputs are read only where their offsets do not say how many records they hold. */
static bool input_is_needed(const struct verify *v, enum topic_role role)
{
    for (uint32_t i = 0; i < v->commits.range_count; i++) {
        if (v->commits.ranges[i].role == role) {
            return true;
        }
    }
    return false;
}

uint32_t verify_step_roles(const struct verify *v, enum verify_step s, enum topic_role ret_roles[ROLE_COUNT])
{
    static const enum verify_step steps[ROLE_COUNT] = {
        [ROLE_INTERACTIONS] = VERIFY_STEP_INPUTS, [ROLE_CPI] = VERIFY_STEP_INPUTS, [ROLE_HR] = VERIFY_STEP_INPUTS,
        [ROLE_PARTIALS] = VERIFY_STEP_STATES, [ROLE_STATE] = VERIFY_STEP_STATES, [ROLE_CUSTOMERS] = VERIFY_STEP_STATES,
        [ROLE_CHANGES] = VERIFY_STEP_REST, [ROLE_ALERTS] = VERIFY_STEP_REST, [ROLE_LATE] = VERIFY_STEP_REST,
        [ROLE_DEAD_LETTERS] = VERIFY_STEP_REST, [ROLE_CHANGELOG_CUSTOMERS] = VERIFY_STEP_CHANGELOGS,
        [ROLE_CHANGELOG_EMPLOYEES] = VERIFY_STEP_CHANGELOGS, [ROLE_CHANGELOG_SCOPES] = VERIFY_STEP_CHANGELOGS};
    uint32_t n = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (steps[r] == s && (s != VERIFY_STEP_INPUTS || input_is_needed(v, (enum topic_role)r))) {
            ret_roles[n++] = (enum topic_role)r;
        }
    }
    return n;
}

/* Keys in the changelogs of entities begin with a byte that says what the record is, or are names of their own. */
static void entity_record(struct verify *v, const struct record *r)
{
    static const char marks[] = "ksqrwf!";
    if (!r->key || !r->key_len || !memchr(marks, r->key[0], sizeof marks - 1)) {
        struct verify_place at = verify_place_of(r);
        verify_violated(v->report, VERIFY_RECORDS, &at, "a key that cubed writes", "another");
    }
}

static int changelog_record(struct verify *v, const struct record *r)
{
    int rc = verify_is_commit(r) ? verify_commits_record(&v->commits, r) : 0;
    if (rc) {
        return rc;
    }
    if (r->role == ROLE_CHANGELOG_SCOPES) {
        return verify_scopes_record(&v->scopes, r);
    }
    entity_record(v, r);
    return 0;
}

int verify_record(struct verify *v, const struct record *r)
{
    v->report->read[r->role]++;
    v->report->checked[VERIFY_RECORDS] += r->role >= ROLE_PARTIALS;
    switch (r->role) {
    case ROLE_INTERACTIONS:
    case ROLE_CPI:
    case ROLE_HR: verify_commits_seen(&v->commits, r); return 0;
    case ROLE_PARTIALS: verify_bundles_record(&v->bundles, r); return 0;
    case ROLE_LATE:
    case ROLE_DEAD_LETTERS: return verify_letters_record(&v->letters, r);
    case ROLE_STATE:
    case ROLE_CHANGES:
    case ROLE_ALERTS:
    case ROLE_CUSTOMERS: return verify_outputs_record(&v->outputs, r);
    default: return changelog_record(v, r);
    }
}

int verify_stepped(struct verify *v, enum verify_step s)
{
    if (s != VERIFY_STEP_CHANGELOGS) {
        return 0;
    }
    verify_commits_sort(&v->commits);
    if (v->commits.others && !v->commits.ours) {
        return CUBE_ELAYOUT;
    }
    return verify_scopes_restored(&v->scopes, &v->commits);
}

int verify_end(struct verify *v)
{
    verify_commits_end(&v->commits);
    verify_bundles_end(&v->bundles, &v->commits);
    verify_letters_end(&v->letters, &v->commits);
    verify_outputs_end(&v->outputs);
    int rc = verify_scopes_children(&v->scopes);
    return rc ? rc : verify_scopes_states(&v->scopes, &v->outputs);
}
