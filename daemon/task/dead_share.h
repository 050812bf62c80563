/* The share of dead letters among the last records of an entity task, and the alert it raises (contract,
 * section 2, limits). What is kept is a function of the records read, in the order they were read. */
#ifndef CUBE_TASK_DEAD_SHARE_H
#define CUBE_TASK_DEAD_SHARE_H

#include "port/status.h"
#include "task/task.h"

#define DEAD_SHARE_WINDOW 10000
#define DEAD_SHARE_STEPS 10 /* in a window: judged at the end of each */
#define DEAD_SHARE_KEY "!dead"

/* Zeroes: no record was read. */
struct dead_share {
    uint8_t bits[DEAD_SHARE_WINDOW / 8]; /* of record number modulo the window: a dead letter */
    uint64_t records;                    /* read so far */
    uint32_t window;                     /* a smaller one, of tests; 0: DEAD_SHARE_WINDOW */
    uint32_t dead;                       /* of the last so many */
    bool firing;
    int64_t since_ms; /* firing: startsAt */
    bool dirty;       /* to be written to the changelog */
};

/* Another window, before the first record: 0, or a multiple of DEAD_SHARE_STEPS up to DEAD_SHARE_WINDOW. */
void dead_share_narrow(struct dead_share *s, uint32_t window);

static inline uint32_t dead_share_window(const struct dead_share *s)
{
    return s->window ? s->window : DEAD_SHARE_WINDOW;
}

/* Which of the window the next record is. By constants where it can be: this is done for each record. */
static inline uint32_t dead_share_place(const struct dead_share *s)
{
    return (uint32_t)(s->window ? s->records % s->window : s->records % DEAD_SHARE_WINDOW);
}

/* Whether it is to be judged behind the last record. */
static inline bool dead_share_is_due(const struct dead_share *s)
{
    return (s->window ? s->records % (s->window / DEAD_SHARE_STEPS) : s->records % (DEAD_SHARE_WINDOW / DEAD_SHARE_STEPS)) == 0;
}

/* Counts one more record. */
static inline void dead_share_add(struct dead_share *s, bool is_dead)
{
    if (!is_dead && s->dead == 0) { /* all bits are clear */
        s->records++;
        return;
    }
    uint32_t place = dead_share_place(s);
    uint8_t *byte = &s->bits[place / 8], bit = (uint8_t)(1u << place % 8);
    s->dead -= (*byte & bit) != 0;
    s->dead += is_dead;
    *byte = (uint8_t)(is_dead ? *byte | bit : *byte & ~bit);
    s->records++;
    s->dirty |= is_dead;
}

/* Judges after a record whether the alert fires or resolves: when the window is full, at the end of each of its
 * DEAD_SHARE_STEPS, it fires above the limit and resolves at half of it or below. t_ms: the tick it is told at. */
enum alert_event dead_share_judge(struct dead_share *s, double limit, int64_t t_ms);

double dead_share_value(const struct dead_share *s);

/* Appends the changelog value; it need be written only when dirty, because what follows from later records
 * that are no dead letters follows from their number. CUBE_ENOMEM. */
int dead_share_encode(const struct dead_share *s, struct buf *out) CUBE_MUST_CHECK;

/* Puts it back. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_EVERSION: nothing changed. */
int dead_share_restore(struct dead_share *s, const uint8_t *at, size_t len) CUBE_MUST_CHECK;

/* So many records were read by now, none of the later ones a dead letter. */
void dead_share_advance(struct dead_share *s, uint64_t records);

#endif
