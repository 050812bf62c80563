/* Whether there are more entities, scopes or ids than a task keeps, and the alert that says so until the bound is raised.
 * When it fires is a function of what the task applied, tick by tick; of ids, of what it read. */
#ifndef CUBE_TASK_OVERFLOW_H
#define CUBE_TASK_OVERFLOW_H

#include "port/status.h"
#include "task/task.h"

#define OVERFLOW_KEY "!overflow"

/* Zeroes: nothing was beyond the bound. */
struct overflow {
    bool firing;
    bool pending;       /* more was beyond the bound when it was written, in a tick that had not ended: since_ms */
    bool dirty;         /* to be written to the changelog */
    int64_t since_ms;   /* firing: startsAt; pending: that tick */
    uint32_t limit;     /* firing: the bound */
    uint64_t seen;      /* what was beyond the bound when it was last judged, counted since the start */
};

/* Whose bound it is, for the alert. */
struct overflow_bound {
    const char *task; /* "scopes-3" */
    const char *says; /* what the alert says of it, behind that name */
    uint32_t limit;
};
#define OVERFLOW_SAYS(key) "keeps as many as " key " allows: what is beyond counts, but is not kept apart"

/* Judges at tick t_ms: it fires when something more was beyond the bound, and resolves when the bound is a larger one. */
enum alert_event overflow_judge(struct overflow *o, uint64_t beyond, uint32_t limit, int64_t t_ms);

/* Writes the alert as told at t_ms to out, which is cleared, and its key. CUBE_ENOMEM. */
int overflow_write(const struct overflow *o, const struct overflow_bound *b, const struct model *m, int64_t t_ms, enum output_format f,
                   struct buf *out, char ret_key[17]) CUBE_MUST_CHECK;

/* Puts it into an epoch: that it fires now (which the log is told, too), or that it was resolved at t_ms. CUBE_ENOMEM. */
int overflow_tell(const struct overflow *o, const struct overflow_bound *b, const struct task_env *env, int64_t t_ms,
                  struct buf *scratch) CUBE_MUST_CHECK;

/* Where its record stands in a changelog. */
struct overflow_place {
    const char *key; /* OVERFLOW_KEY, or that and more */
    enum topic_role changelog;
    int32_t partition;
    int64_t ts_ms;
};

/* Writes what must outlive a restart to the changelog, if it changed; beyond: as of now, in tick t_ms. CUBE_ENOMEM. */
int overflow_flush(struct overflow *o, uint64_t beyond, int64_t t_ms, const struct task_env *env, const struct overflow_place *at,
                   struct buf *scratch) CUBE_MUST_CHECK;

/* Puts it back. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_EVERSION: nothing changed. */
int overflow_restore(struct overflow *o, const uint8_t *at, size_t len) CUBE_MUST_CHECK;

#endif
