/* Local copies of changelogs: what lands is appended, and a task is read back from its copy first. */
#include "task/worker_copy.h"

#include <string.h>

#include "proto/commit_record.h"
#include "task/planted.h"

static bool is_commit(const uint8_t *key, size_t key_len)
{
    return key && key_len == strlen(COMMIT_RECORD_KEY) && memcmp(key, COMMIT_RECORD_KEY, key_len) == 0;
}

/* Which commit a record is; false: it is none, or one from before there were lineages. */
static bool place_of(const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len, int64_t at, struct checkpoint_place *ret_place)
{
    struct checkpoint_place p = {.at = at};
    bool is = is_commit(key, key_len) && value && commit_record_peek(value, value_len, &p.lineage, &p.seq) == 0 && p.lineage;
    *ret_place = is ? p : *ret_place;
    return is;
}

void copy_seed(struct worker *w)
{
    if (w->checkpoint && w->checkpoint->seed) {
        w->env.hash_seed = w->checkpoint->seed(w->checkpoint->self);
    }
}

struct reading {
    struct worker *worker;
    copy_each_fn *each;
    void *arg;
    bool keeps;                   /* what is read goes to the copy */
    struct checkpoint_place last; /* of the commit record read last; no lineage: none */
};

static int copy_each(void *arg, const struct record *r)
{
    struct reading *x = arg;
    return x->each(x->arg, r);
}

static int changelog_each(void *arg, const struct record *r)
{
    struct reading *x = arg;
    const struct checkpoint *c = x->worker->checkpoint;
    int rc = x->each(x->arg, r);
    place_of(r->key, r->key_len, r->value, r->value_len, r->offset, &x->last);
    bool keeps = x->keeps && (!PLANTED(COPY_TAIL_LEFT_OUT) || is_commit(r->key, r->key_len));
    if (!rc && keeps) {
        c->put(c->self, r->role, r->partition, r->key, r->key_len, r->value, r->value_len);
    }
    return rc;
}

int copy_read(struct worker *w, enum topic_role changelog, int32_t partition, copy_each_fn *each, void *arg, struct checkpoint_place *ret_place)
{
    struct reading x = {.worker = w, .each = each, .arg = arg};
    return w->checkpoint ? w->checkpoint->read(w->checkpoint->self, changelog, partition, copy_each, &x, ret_place) : CUBE_ENOTFOUND;
}

/* It has a commit of the same task that is no older. */
bool copy_goes_on(const struct checkpoint_place *from, const struct checkpoint_place *last)
{
    return from->at < 0 || PLANTED(COPY_UNCHECKED) || (last->lineage == from->lineage && last->seq >= from->seq);
}

int copy_read_on(struct worker *w, enum topic_role changelog, int32_t partition, copy_each_fn *each, void *arg,
                 const struct checkpoint_place *from, struct checkpoint_place *ret_last)
{
    struct reading x = {.worker = w, .each = each, .arg = arg, .keeps = w->checkpoint != NULL};
    int rc = w->log->read_changelog(w->log->self, changelog, partition, from->at, changelog_each, &x);
    *ret_last = x.last;
    return rc;
}

bool copy_takes(const struct worker *w, enum topic_role changelog, int32_t partition)
{
    return w->checkpoint && w->checkpoint->takes(w->checkpoint->self, changelog, partition);
}

void copy_mark(struct worker *w, enum topic_role changelog, int32_t partition, const struct checkpoint_place *last)
{
    if (w->checkpoint && last->lineage) {
        w->checkpoint->mark(w->checkpoint->self, changelog, partition, last);
    }
}

void copy_refuse(struct worker *w, enum topic_role changelog, int32_t partition)
{
    if (!PLANTED(COPY_KEPT_REFUSED)) {
        w->checkpoint->reset(w->checkpoint->self, changelog, partition);
    }
}

void copy_close(struct worker *w, enum topic_role changelog, int32_t partition)
{
    if (w->checkpoint) {
        w->checkpoint->close(w->checkpoint->self, changelog, partition);
    }
}

/* What was noted of the changelog whose commit record comes next, from the first note on that is not appended: tasks note in the order in which they
 * commit. Behind the words that notes have. */
static uint32_t notes_append(const struct checkpoint *c, const struct epoch *e, const struct epoch_message *commit, uint32_t first)
{
    uint32_t i = first;
    for (; i < e->note_count && e->notes[i].role == commit->role && e->notes[i].partition == commit->partition; i++) {
        const struct epoch_message *n = &e->notes[i];
        c->put(c->self, n->role, n->partition, epoch_key(e, n), n->key_len, epoch_value(e, n), n->value_len);
    }
    return i;
}

void copy_append(struct worker *w, const struct epoch *e)
{
    const struct checkpoint *c = w->checkpoint;
    uint32_t noted = 0;
    for (uint32_t i = 0; c && i < e->message_count; i++) {
        const struct epoch_message *m = &e->messages[i];
        struct checkpoint_place place;
        if (m->role < ROLE_CHANGELOG_CUSTOMERS) {
            continue;
        }
        const uint8_t *key = epoch_key(e, m), *value = epoch_value(e, m);
        bool commits = place_of(key, m->key_len, value, m->value_len, m->landed, &place);
        noted = commits || PLANTED(NOTES_FIRST) ? notes_append(c, e, m, noted) : noted;
        c->put(c->self, m->role, m->partition, key, m->key_len, value, m->value_len);
        if (commits) {
            c->mark(c->self, m->role, m->partition, &place);
        }
    }
}
