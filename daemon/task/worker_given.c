/* What the group has given out, and what follows while that is not known. */
#include "task/planted.h"
#include "task/worker_inner.h"

enum {
    PAUSE_COUNTS_MS = 1000,   /* of a pause, or a jump of the clock: whoever stood still has not waited */
    GIVEN_WITHIN_MS = 60000,  /* the leader of a group looks every ten seconds, and then every member has to come */
    UNTOLD_WITHIN_MS = 300000 /* where it is not known whether it has looked */
};

/* A group that does not tell within it may never do: then what was given out counts as all of it. Where an input was missing, its leader
 * may have left it out: that it looks again and hands out anew is waited for. */
static const struct silence {
    int64_t within_ms;
    const char *lacks, *told;
} silences[] = {
    [INPUTS_UNTOLD] = {10000, "the group has not told yet what it has given out",
                       "the group does not tell what it has given out: this instance takes it that each input is read"},
    [INPUTS_MISSED] = {GIVEN_WITHIN_MS, "an input was missing, and the group has not told yet that it is given out",
                       "an input was missing, and the group does not tell what it has given out since: this instance takes it that each is read"},
    [INPUTS_GIVEN] = {0, "", ""},
    [INPUTS_LACK] = {0, "", ""},
};

static enum inputs_given given(const struct worker *w)
{
    enum inputs_given g = w->log->inputs_given ? w->log->inputs_given(w->log->self) : INPUTS_GIVEN;
    return g == INPUTS_UNTOLD && PLANTED(UNTOLD_IS_GIVEN) ? INPUTS_GIVEN : g;
}

void worker_given_turn(struct worker *w, int64_t passed_ms)
{
    if (!w->owned_count || w->layout_due) {
        return;
    }
    int64_t counted_ms = passed_ms < PAUSE_COUNTS_MS ? passed_ms : PAUSE_COUNTS_MS;
    enum inputs_given g = given(w);
    int64_t before_ms = g == w->said ? w->said_ms : 0;
    w->waited_ms += counted_ms;
    w->said = g;
    w->said_ms = before_ms + counted_ms;
    if (before_ms < silences[g].within_ms && w->said_ms >= silences[g].within_ms) {
        worker_tell(w, 4, "inputs_untold", silences[g].told);
    }
}

bool worker_given_waits(const struct worker *w)
{
    enum inputs_given g = given(w);
    return g == INPUTS_LACK || w->waited_ms < (g == INPUTS_GIVEN ? GIVEN_WITHIN_MS : UNTOLD_WITHIN_MS);
}

const char *worker_given_lacks(const struct worker *w)
{
    enum inputs_given g = given(w);
    int64_t said_ms = g == w->said ? w->said_ms : 0;
    return g == INPUTS_LACK && !PLANTED(READY_WITHOUT) ? "an input is given to no instance: the group is joined again"
           : said_ms < silences[g].within_ms           ? silences[g].lacks
                                                       : "";
}
