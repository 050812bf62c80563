#include "conform_steps.h"

#include <stdio.h>
#include <string.h>

/* ---- what the log tells ------------------------------------------------------------------------------ */

void conform_holds(struct conform *c, bool is, const char *claim, int line)
{
    if (!is) {
        printf("# line %d: %s\n", line, claim);
        c->good = false;
    }
}

static bool is_filler(const struct record *r)
{
    return r->key_len == strlen(CONFORM_FILLER) && memcmp(r->key, CONFORM_FILLER, r->key_len) == 0;
}

static void see(struct conform *c, const struct record *r)
{
    if (c->seen_count < SEEN_MAX && !is_filler(r)) {
        struct conform_seen *s = &c->seen[c->seen_count++];
        s->offset = r->offset;
        snprintf(s->value, sizeof s->value, "%.*s", (int)r->value_len, r->value ? (const char *)r->value : "");
    }
}

static void on_records(void *arg, const struct record *r, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        see(arg, &r[i]);
    }
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    struct conform *c = arg;
    (void)partition;
    c->end_told = role == ROLE_PARTIALS ? next : c->end_told;
}

static int on_changelog(void *arg, const struct record *r)
{
    see(arg, r);
    return 0;
}

bool conform_saw(struct conform *c, int count, const char *const *values)
{
    for (int i = 0; i < TRIES && c->seen_count < count; i++) {
        c->w->settle(c->w->self);
    }
    bool same = c->seen_count == count;
    for (int i = 0; i < count && same; i++) {
        same = strcmp(c->seen[i].value, values[i]) == 0;
    }
    for (int i = 0; i < c->seen_count && !same; i++) {
        printf("# saw %s at %lld\n", c->seen[i].value, (long long)c->seen[i].offset);
    }
    return same;
}

struct log_events conform_events(struct conform *c)
{
    return (struct log_events){.records = on_records, .at_end = on_end, .arg = c};
}

/* ---- steps ------------------------------------------------------------------------------------------ */

enum txn_verdict txn_begin(struct conform *c, enum conform_producer p)
{
    int rc;
    for (int i = 0; i < 50 && (rc = c->w->producers[p].ready(c->w->producers[p].self)) == CUBE_EAGAIN; i++) {
        c->w->settle(c->w->self);
    }
    return rc ? TXN_UNKNOWN : c->w->producers[p].begin(c->w->producers[p].self);
}

enum txn_verdict txn_put(struct conform *c, enum conform_producer p, enum topic_role role, const char *value)
{
    struct epoch *e = &c->epochs[p]; /* lent until the transaction has ended */
    epoch_clear(e);
    int rc = epoch_add(e, role, 0, 1000, (const uint8_t *)"k", 1, (const uint8_t *)value, value ? strlen(value) : 0, NULL, 0);
    enum txn_verdict v = rc ? TXN_UNKNOWN : c->w->producers[p].produce(c->w->producers[p].self, e);
    c->w->settle(c->w->self);
    return v;
}

enum txn_verdict txn_offsets(struct conform *c, enum conform_producer p, int64_t next, const char *mark)
{
    struct epoch e = {0};
    int rc = epoch_offset_set(&e, ROLE_INTERACTIONS, 0, next);
    enum txn_verdict v = rc ? TXN_UNKNOWN : c->w->producers[p].offsets(c->w->producers[p].self, &e, mark);
    epoch_close(&e);
    return v;
}

enum txn_verdict txn_end(struct conform *c, enum conform_producer p, bool commit)
{
    void *self = c->w->producers[p].self;
    enum txn_verdict v = commit ? c->w->producers[p].commit(self) : c->w->producers[p].abort(self);
    c->w->settle(c->w->self);
    return v;
}

bool txn_carried(struct conform *c, enum conform_producer p, enum topic_role role, const char *value)
{
    return txn_begin(c, p) == TXN_OK && txn_put(c, p, role, value) == TXN_OK && txn_end(c, p, true) == TXN_OK;
}

bool txn_filled(struct conform *c, enum conform_producer p, const char *value, int64_t next, const char *mark)
{
    return txn_begin(c, p) == TXN_OK && txn_put(c, p, ROLE_PARTIALS, value) == TXN_OK && txn_offsets(c, p, next, mark) == TXN_OK;
}

void txn_renew(struct conform *c, enum conform_producer p)
{
    c->w->producers[p].renew(c->w->producers[p].self, "a claim");
}

/* ---- looks ------------------------------------------------------------------------------------------- */

int offset_now(struct conform *c, int64_t *ret_next)
{
    struct log_partition p = {ROLE_INTERACTIONS, 0};
    return c->w->log.committed_offsets(c->w->log.self, &p, 1, ret_next);
}

bool has_committed(struct conform *c, int64_t want)
{
    int64_t next = -2;
    int rc = offset_now(c, &next);
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        c->w->settle(c->w->self);
        rc = offset_now(c, &next);
    }
    return rc == 0 && next == want;
}

int landed_now(struct conform *c, const char *mark)
{
    struct epoch e = {0};
    int rc = epoch_offset_set(&e, ROLE_INTERACTIONS, 0, 1);
    rc = rc ? rc : c->w->producers[FIRST].landed(c->w->producers[FIRST].self, &e, mark);
    epoch_close(&e);
    return rc;
}

bool has_landed(struct conform *c, const char *mark, int want)
{
    int rc = landed_now(c, mark);
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        c->w->settle(c->w->self);
        rc = landed_now(c, mark);
    }
    return rc == want;
}

int changelog_read_from(struct conform *c, int64_t from)
{
    int rc = CUBE_EAGAIN;
    for (int i = 0; i < TRIES && rc == CUBE_EAGAIN; i++) {
        c->seen_count = 0;
        rc = c->w->log.read_changelog(c->w->log.self, ROLE_CHANGELOG_SCOPES, 0, from, on_changelog, c);
        c->w->settle(c->w->self);
    }
    return rc;
}

bool changelog_read(struct conform *c)
{
    return changelog_read_from(c, -1) == 0;
}

void log_start(struct conform *c, enum topic_role role, int64_t from)
{
    HOLDS(c->w->log.start(c->w->log.self, role, 0, from, -1) == 0);
    c->w->settle(c->w->self);
}
