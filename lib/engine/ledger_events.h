/* How many events of a ledger a customer has in the window of a track, which its total cannot tell: revenue of
 * nothing is an event, too. Kept only for tracks that some measure counts customers on. */
#ifndef CUBE_ENGINE_LEDGER_EVENTS_H
#define CUBE_ENGINE_LEDGER_EVENTS_H

#include "engine/applying.h"
#include "engine/facts.h"

/* n more events (negative: fewer) in the pane of a->ts_ms. CUBE_ENOMEM. */
int ledger_events_add(struct applying *a, unsigned track, int64_t n) CUBE_MUST_CHECK;

/* Fact i, of type FACT_LEDGER_EVENTS, leaves its track's window. */
void ledger_events_leave(struct applying *a, uint32_t i);

#endif
