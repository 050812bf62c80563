/* What the worker tells the page, the metrics and the terminal: read-only views, valid during the call. */
#ifndef CUBE_PORT_STATUS_H
#define CUBE_PORT_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "port/checkpoint.h"
#include "port/record.h"

enum record_outcome { OUTCOME_APPLIED, OUTCOME_DUPLICATE, OUTCOME_LATE, OUTCOME_DEAD_LETTER, OUTCOME_IGNORED, OUTCOME_COUNT };
extern const char *const record_outcome_names[OUTCOME_COUNT]; /* applied duplicate late dead_letter ignored */

/* Bounds that are kept by reading less. */
enum status_bound { BOUND_HELD, BOUND_WAITING, BOUND_COUNT };
extern const char *const status_bound_names[BOUND_COUNT]; /* held_bytes waiting_bytes */

struct partition_status {
    enum topic_role role;
    int32_t partition;
    int64_t watermark_ms; /* INT64_MIN before the first record */
    int64_t lag;          /* records, -1 unknown */
};

/* Alerts that tasks have beside those of the configuration. */
#define DEAD_SHARE_ALERT "DeadLetterShare"
#define OVERFLOW_ALERT "Overflow"

struct alert_count {
    const char *alertname;
    uint32_t pending, firing;
};

#define COMMIT_BUCKETS 12
/* Upper bounds of the commit histogram in seconds. */
extern const double commit_bucket_bounds[COMMIT_BUCKETS];

struct status {
    bool live;               /* the loop turns and makes progress */
    bool ready;              /* assigned, restored, broker there, no stalled task */
    char not_ready[128];     /* why not, for /readyz?verbose */
    bool complete;           /* all tasks of this instance are restored: a scope that is not shown, it has not */
    bool assigned;           /* it has been given partitions */
    bool broker_up;
    bool reload_refused;     /* the configuration was to be read anew, and was not */
    uint64_t records[3][OUTCOME_COUNT]; /* by enum event_topic */
    uint64_t transactions_done, transactions_retried, transactions_lost;
    uint64_t commit_bucket[COMMIT_BUCKETS + 1];
    double commit_seconds_sum;
    uint64_t commits;
    double restore_seconds;
    uint64_t customers, employees, scopes;
    uint64_t dirty, redo;    /* customers and employees whose records are still to be written; events a restart would read again */
    uint64_t redo_noted;     /* the same with the local copies of this machine */
    /* Events of entities that are not kept; rows of scopes that are not; ids forgotten before their time; since the start. */
    uint64_t overflow_customers, overflow_employees, overflow_scopes, overflow_ids;
    uint64_t memory_customers, memory_employees, memory_scopes, memory_held, memory_dedup, memory_epoch, memory_waiting;
    uint64_t bounds_reached[BOUND_COUNT]; /* times that reading was slowed down for them */
    uint64_t releases; /* tables of observed retention, of the task with most */
    char stalled_task[32];   /* a task that tells nothing and holds all ticks back; "" none */
    uint64_t bundle_gaps;    /* seq gaps seen: should be 0 for ever */
    int64_t lag_records;
    double lag_seconds;
    struct checkpoint_status checkpoint;
    const struct partition_status *partitions;
    uint32_t partition_count;
    const struct alert_count *alerts; /* none: not known */
    uint32_t alert_count;
};

/* Port that http, the demo's terminal and systemd use. Implemented by the app over the worker. */
struct status_source {
    void *self;
    void (*read)(void *self, struct status *ret_s);
    /* Appends the JSON of cube.state of one scope; CUBE_ENOTFOUND. */
    int (*scope_json)(void *self, struct text key, struct buf *out);
    /* Calls each for every scope, ascending by key, with its cube.state JSON. */
    int (*scopes_each)(void *self, int (*each)(void *arg, struct text key, struct text json), void *arg);
    /* The same for alert instances that are firing or pending: the JSON of cube.alerts (status may be
     * "pending" here). */
    int (*alerts_each)(void *self, int (*each)(void *arg, struct text json), void *arg);
    /* Recent changes, newest first, at most some hundred, since_ms by `at`. scope absent = all. */
    int (*changes_each)(void *self, struct text scope, int64_t since_ms, int (*each)(void *arg, struct text json), void *arg);
    /* cubed_measure_value series: calls each for scored and unscored measures with a value, bounded. */
    int (*measures_each)(void *self, uint32_t series_max, int (*each)(void *arg, struct text scope, struct text measure, double value), void *arg);
};

/* Pending and firing of alert i by its name, i up to alert_count: the last is that of the local copies. An alert may be configured by the
 * name of one that cubed has itself, and two series with the same labels are none: they are summed. False: it was in an earlier one. */
bool status_alert(const struct status *s, uint32_t i, struct alert_count *ret_a);

#endif
