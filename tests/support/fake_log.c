#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/murmur2.h"
#include "support/fake_log.h"

static bool is_changelog(enum topic_role role)
{
    return role >= ROLE_CHANGELOG_CUSTOMERS;
}

/* An allocation that was made to fail (failmalloc.h) is none of the log's: it asks again. */
static void *sure_realloc(void *at, size_t size)
{
    void *to = realloc(at, size);
    to = to ? to : realloc(at, size);
    assert_non_null(to);
    return to;
}

static uint8_t *copy(const void *at, size_t len)
{
    uint8_t *to = at ? sure_realloc(NULL, len + 1) : NULL;
    if (to && len) {
        memcpy(to, at, len);
    }
    return to;
}

static void append(struct fake_partition *p, int64_t ts_ms, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 16;
        p->records = sure_realloc(p->records, p->capacity * sizeof *p->records);
    }
    p->records[p->count++] = (struct fake_record){p->end++, ts_ms, copy(key, key_len), copy(value, value_len), key_len, value_len};
    p->end_told = false;
}

void fake_log_append(struct fake_log *f, enum topic_role role, int64_t ts_ms, const char *key, const char *value)
{
    size_t n = strlen(key);
    struct fake_partition *p = &f->parts[role][murmur2_partition(key, n, f->counts[role])];
    append(p, ts_ms, (const uint8_t *)key, n, (const uint8_t *)value, value ? strlen(value) : 0);
}

/* ---- the port --------------------------------------------------------------------------------------- */

static enum inputs_given inputs_given(void *self)
{
    return ((struct fake_log *)self)->given;
}

static int partition_count(void *self, enum topic_role role, int32_t *ret_count)
{
    struct fake_log *f = self;
    if (!f->counts[role]) {
        return CUBE_ENOTFOUND;
    }
    *ret_count = f->counts[role];
    return 0;
}

static int committed_offsets(void *self, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    struct fake_log *f = self;
    if (f->busy) {
        f->busy--;
        return CUBE_EAGAIN;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool before = f->halved && p[i].role == ROLE_PARTIALS && p[i].partition == 0;
        ret_next[i] = before && f->half_next >= 0 ? f->half_next : f->parts[p[i].role][p[i].partition].committed - (f->stale > 0);
        f->halved = f->halved && !(before && f->half_next < 0);
        f->half_next = before ? -1 : f->half_next;
    }
    f->stale -= f->stale > 0;
    return 0;
}

static bool is_overwritten(const struct fake_partition *p, uint32_t i)
{
    for (uint32_t k = i + 1; k < p->count; k++) {
        if (p->records[k].key_len == p->records[i].key_len && memcmp(p->records[k].key, p->records[i].key, p->records[i].key_len) == 0) {
            return true;
        }
    }
    return false;
}

static struct record record_of(enum topic_role role, int32_t partition, const struct fake_record *r)
{
    return (struct record){.role = role, .partition = partition, .offset = r->offset, .timestamp_ms = r->ts_ms, .key = r->key, .key_len = r->key_len,
                           .value = r->value, .value_len = r->value_len};
}

static int read_changelog(void *self, enum topic_role role, int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r),
                          void *arg)
{
    struct fake_log *f = self;
    const struct fake_partition *p = &f->parts[role][partition];
    assert_true(is_changelog(role));
    int rc = from >= p->end ? CUBE_ERANGE : 0;
    bool halved = f->halved && role == ROLE_CHANGELOG_SCOPES && partition == 0; /* the record of a commit is its last one */
    for (uint32_t i = 0; i < p->count - halved && !rc; i++) {
        if (p->records[i].offset < from) {
            continue;
        }
        struct record r = record_of(role, partition, &p->records[i]);
        rc = f->compacted && is_overwritten(p, i) ? 0 : each(arg, &r);
    }
    return rc;
}

static int ends(void *self, enum topic_role role, int32_t partition, int64_t *ret_first, int64_t *ret_next)
{
    const struct fake_partition *p = &((struct fake_log *)self)->parts[role][partition];
    *ret_first = p->count ? p->records[0].offset : p->end;
    *ret_next = p->end;
    return 0;
}

static int start(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    (void)again_to;
    struct fake_partition *p = &((struct fake_log *)self)->parts[role][partition];
    assert_true(p->owned);
    p->started = true;
    p->held = p->end_told = false;
    p->position = from < 0 ? 0 : from;
    return 0;
}

static void hold(void *self, enum topic_role role, int32_t partition, bool held)
{
    ((struct fake_log *)self)->parts[role][partition].held = held;
}

static int commit(void *self, struct epoch *e)
{
    struct fake_log *f = self;
    assert_null(f->pending);
    f->pending = e;
    return 0;
}

static uint32_t no_headers(const struct record *r, struct header *ret_h)
{
    (void)r;
    (void)ret_h;
    return 0;
}

/* ---- its life --------------------------------------------------------------------------------------- */

void fake_log_init(struct fake_log *f, int32_t partitions, int32_t hr)
{
    *f = (struct fake_log){.log = {.self = f, .partition_count = partition_count, .committed_offsets = committed_offsets,
                                   .read_changelog = read_changelog, .ends = ends, .start = start, .hold = hold, .commit = commit,
                                   .headers = no_headers, .inputs_given = inputs_given},
                            .given = INPUTS_GIVEN};
    for (int r = 0; r < ROLE_COUNT; r++) {
        f->counts[r] = r == ROLE_HR || r == ROLE_CHANGELOG_EMPLOYEES ? hr : partitions;
        for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) {
            f->parts[r][p].committed = -1;
        }
    }
}

static void partition_forget(struct fake_partition *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        free(p->records[i].key);
        free(p->records[i].value);
    }
    p->count = 0;
}

void fake_log_forget(struct fake_log *f, enum topic_role role)
{
    for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) {
        partition_forget(&f->parts[role][p]);
    }
}

void fake_log_close(struct fake_log *f)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) {
            partition_forget(&f->parts[r][p]);
            free(f->parts[r][p].records);
        }
    }
}

static uint32_t inputs_set(struct fake_log *f, bool owned, struct log_partition list[INPUT_ROLES * FAKE_PARTITIONS_MAX])
{
    uint32_t n = 0;
    for (int r = 0; r < INPUT_ROLES; r++) {
        for (int32_t p = 0; p < f->counts[r]; p++) {
            struct fake_partition *part = &f->parts[r][p];
            if (owned || part->owned) {
                list[n++] = (struct log_partition){(enum topic_role)r, p};
            }
            part->owned = owned;
            part->started = part->held = part->end_told = false;
        }
    }
    return n;
}

void fake_log_connect(struct fake_log *f, struct log_events events)
{
    struct log_partition list[INPUT_ROLES * FAKE_PARTITIONS_MAX];
    f->events = events;
    f->pending = NULL;
    inputs_set(f, false, list);
}

void fake_log_assign(struct fake_log *f)
{
    struct log_partition list[INPUT_ROLES * FAKE_PARTITIONS_MAX];
    uint32_t n = inputs_set(f, true, list);
    f->events.assigned(f->events.arg, list, n);
}

void fake_log_revoke(struct fake_log *f)
{
    struct log_partition list[INPUT_ROLES * FAKE_PARTITIONS_MAX];
    uint32_t n = inputs_set(f, false, list);
    f->events.revoked(f->events.arg, list, n);
}

/* ---- delivery --------------------------------------------------------------------------------------- */

static uint32_t partition_deliver(struct fake_log *f, enum topic_role role, int32_t partition, uint32_t most)
{
    struct fake_partition *p = &f->parts[role][partition];
    uint32_t told = 0;
    if (p->slow) {
        return 0;
    }
    for (uint32_t i = 0; i < p->count && p->started && !p->held; i++) {
        const struct fake_record *r = &p->records[i];
        bool again = r->offset < p->committed;
        if (r->offset < p->position || (!again && !most)) {
            continue;
        }
        struct record rec = record_of(role, partition, r);
        p->position = r->offset + 1;
        most -= !again;
        told++;
        f->events.records(f->events.arg, &rec, 1);
    }
    bool all_read = !p->count || p->records[p->count - 1].offset < p->position;
    if (p->started && !p->held && all_read && !p->end_told) {
        p->end_told = true;
        p->position = p->end;
        f->events.at_end(f->events.arg, role, partition, p->end);
        told++;
    }
    return told;
}

uint32_t fake_log_deliver(struct fake_log *f, uint32_t most)
{
    uint32_t told = 0;
    for (int r = 0; r < INPUT_ROLES; r++) {
        for (int32_t p = 0; p < f->counts[r]; p++) {
            told += partition_deliver(f, (enum topic_role)r, p, r == ROLE_PARTIALS ? UINT32_MAX : most);
        }
    }
    return told;
}

/* ---- commits ---------------------------------------------------------------------------------------- */

static void offsets_land(struct fake_log *f, const struct epoch *e)
{
    uint32_t owned = 0;
    for (uint32_t i = 0; i < e->offset_count; i++) {
        const struct epoch_offset *o = &e->offsets[i];
        struct fake_partition *p = &f->parts[o->role][o->partition];
        assert_true(p->owned);
        assert_true(o->next >= p->committed && o->next <= p->end);
        p->committed = o->next;
    }
    for (int r = 0; r < INPUT_ROLES; r++) {
        for (int32_t p = 0; p < f->counts[r]; p++) {
            owned += f->parts[r][p].owned;
        }
    }
    assert_int_equal(e->offset_count, owned); /* one without is not fenced */
    f->offsets_seen = e->offset_count;
}

static void message_land(struct fake_log *f, const struct epoch *e, struct epoch_message *m, bool touched[ROLE_COUNT][FAKE_PARTITIONS_MAX])
{
    int32_t p = m->partition != PARTITION_BY_KEY ? m->partition : m->has_key ? murmur2_partition(epoch_key(e, m), m->key_len, f->counts[m->role]) : 0;
    append(&f->parts[m->role][p], m->timestamp_ms, epoch_key(e, m), m->key_len, epoch_value(e, m), m->value_len);
    m->landed = f->untold ? -1 : f->parts[m->role][p].end - 1;
    touched[m->role][p] = true;
}

void fake_log_land(struct fake_log *f, bool tell)
{
    bool touched[ROLE_COUNT][FAKE_PARTITIONS_MAX] = {0};
    struct epoch *e = f->pending;
    assert_non_null(e);
    offsets_land(f, e);
    for (uint32_t i = 0; i < e->message_count; i++) {
        message_land(f, e, &e->messages[i], touched);
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) {
            f->parts[r][p].end += touched[r][p]; /* the marker */
        }
    }
    f->commits++;
    f->pending = NULL;
    if (tell) {
        f->events.committed(f->events.arg, COMMIT_DONE, 1000);
    }
}

void fake_log_lose(struct fake_log *f)
{
    assert_non_null(f->pending);
    f->pending = NULL;
    f->events.committed(f->events.arg, COMMIT_LOST, 1000);
}
