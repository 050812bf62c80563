/* Who has our place in the group? The group says that another member took our group.instance.id. That may be a process of the same
 * name; or an earlier request of our own: a join that waited in a broker which did not answer, was given up and made again, and was
 * then answered last. Such a ghost sends no heartbeat, so the group drops it when its session ends. A process stays. */
#ifndef CUBE_KAFKA_DOUBT_H
#define CUBE_KAFKA_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

#include "kafka/kafka_group.h"

#define DOUBT_EXTRA_MS 5000 /* beyond a session, for a broker that is slow to end it */

enum doubt_place { PLACE_UNKNOWN, PLACE_FREE, PLACE_TAKEN };
enum doubt_verdict { DOUBT_OPEN, DOUBT_GHOST, DOUBT_PROCESS };

struct kafka_doubt {
    struct kafka_group group;
    uint64_t taken_since_ms; /* the place has been seen taken again and again since then; 0: not seen yet */
};

/* What follows from one look at the place. A look that tells nothing begins the wait anew: a session does not run while the
 * coordinator is away. */
enum doubt_verdict kafka_doubt_judge(struct kafka_doubt *d, enum doubt_place place, uint64_t now_ms, uint64_t session_ms);

/* Takes the answer to the last question, when there is one, or asks. Until the verdict is not DOUBT_OPEN; as kafka_group_look. */
enum doubt_verdict kafka_doubt_look(struct kafka_doubt *d, rd_kafka_t *rk, const struct config *c, uint64_t session_ms);

/* Before the client goes. */
void kafka_doubt_close(struct kafka_doubt *d);

#endif
