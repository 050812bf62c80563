/* What the group has given out, and what follows while that is not known. */
#include "task/planted.h"
#include "task/worker_inner.h"

enum {
    PAUSE_COUNTS_MS = 1000,   /* of a pause, or a jump of the clock: whoever stood still has not waited */
    TELLS_WITHIN_MS = 10000,  /* a group that does not tell within it may never do: then what was given out counts as all of it */
    GIVEN_WITHIN_MS = 60000,  /* the leader of a group looks every ten seconds, and then every member has to come */
    UNTOLD_WITHIN_MS = 300000 /* where it is not known whether it has looked */
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
    w->waited_ms += passed_ms < PAUSE_COUNTS_MS ? passed_ms : PAUSE_COUNTS_MS;
    if (!w->untold && w->waited_ms >= TELLS_WITHIN_MS && given(w) == INPUTS_UNTOLD) {
        w->untold = true;
        worker_tell(w, 4, "inputs_untold", "the group does not tell what it has given out: this instance takes it that each input is read");
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
    return g == INPUTS_LACK && !PLANTED(READY_WITHOUT) ? "an input is given to no instance: the group is joined again"
           : g == INPUTS_UNTOLD && w->waited_ms < TELLS_WITHIN_MS ? "the group has not told yet what it has given out"
                                                                  : "";
}
