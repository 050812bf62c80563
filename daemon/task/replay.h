/* The tasks of a whole layout in one process over a log in memory, in virtual time: `cubed replay`, and how
 * most tests speak to the engine. Every tick with something to do is one commit. */
#ifndef CUBE_TASK_REPLAY_H
#define CUBE_TASK_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "port/epoch.h"
#include "port/record.h"
#include "port/status.h"

struct replay;

struct replay_options {
    int32_t partitions;      /* of every topic, at least 1 */
    int64_t now_ms;          /* the clock that `future` is judged by; INT64_MIN none */
    int64_t until_ms;        /* the watermark never passes it; INT64_MAX none */
    const int64_t *at_ms;    /* snapshot instants, ascending, multiples of the tick */
    uint32_t at_count;
    int64_t every_ms;        /* snapshots at its multiples as well; 0 none */
    uint32_t commit_every;   /* entity tasks commit after so many records as well; 0 none */
    bool customers;          /* snapshots hold the customers, too */
    bool last_states;        /* of each scope's states the last one at least is given to the sink */
};

struct replay_line {
    const char *topic;
    const uint8_t *key;      /* NULL: none */
    size_t key_len;
    int64_t ts_ms;
    const uint8_t *value;    /* NULL: none */
    size_t value_len;
    const struct header *headers; /* of late records and dead letters only */
    uint32_t header_count;
};

/* One input record, borrowed during the call. */
struct input_record {
    enum topic_role role;
    const uint8_t *key, *value; /* NULL: none */
    size_t key_len, value_len;
    int64_t ts_ms;              /* its timestamp in Kafka, used for nothing but dead letters */
    const struct header *headers;
    uint32_t header_count;      /* at most RECORD_HEADERS_MAX */
};

/* Takes one output record; everything is borrowed during the call. Non-zero stops the replay with it. */
typedef int replay_sink_fn(void *arg, const struct replay_line *line);

/* The configuration is borrowed; outputs are JSON whatever it says. CUBE_ENOMEM. */
int replay_create(const struct config *c, const struct replay_options *o, replay_sink_fn *sink, void *arg, struct replay **ret_r) CUBE_MUST_CHECK;
void replay_destroy(struct replay *r);

/* Takes one input record; its partition follows from the key (none: 0). CUBE_ENOMEM, or what the sink returned. */
int replay_record(struct replay *r, const struct input_record *in, enum record_outcome *ret_outcome) CUBE_MUST_CHECK;

/* Largest accepted ts so far; INT64_MIN none. */
int64_t replay_max_ts(const struct replay *r);

/* Moves the watermark to until_ms: all that is due happens. INT64_MIN: what was refused is delivered, no time passes. */
int replay_finish(struct replay *r, int64_t until_ms) CUBE_MUST_CHECK;

#endif
