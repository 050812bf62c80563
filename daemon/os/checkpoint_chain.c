#include "os/checkpoint_chain.h"

#include <string.h>

struct walk {
    const struct checkpoint_end *until;
    checkpoint_frame_fn *each;
    void *arg;
    struct checkpoint_end end;
    bool reached; /* until */
};

int checkpoint_trouble_of(int rc)
{
    switch (rc) {
    case CUBE_EUSAGE: return CHECKPOINT_FOREIGN;
    case CUBE_EVERSION: return CHECKPOINT_VERSION;
    case CUBE_EFORMAT: return CHECKPOINT_DAMAGED;
    case CUBE_ENOMEM: return CHECKPOINT_MEMORY;
    case CUBE_EIO: return CHECKPOINT_READ;
    default: return -1; /* torn: what a killed process leaves */
    }
}

static void trouble_note(struct walk *w, enum checkpoint_part part, int trouble)
{
    if (trouble >= 0 && w->end.trouble < 0) {
        w->end.trouble = trouble;
        w->end.trouble_part = part;
    }
}

/* The last place known to a lineage goes on holding while later marks do not know theirs. */
static void mark_take(struct checkpoint_end *e, const struct checkpoint_mark *m)
{
    bool same = e->found && e->mark.place.lineage == m->place.lineage;
    int64_t at = m->place.at < 0 && same ? e->mark.place.at : m->place.at;
    e->mark = *m;
    e->mark.place.at = at;
    e->found = true;
}

static bool is_until(const struct walk *w, enum checkpoint_part part, uint64_t at)
{
    return w->until && part == w->until->part && at >= w->until->offset;
}

static int frames_walk(struct walk *w, enum checkpoint_part part, struct checkpoint_reader *r)
{
    struct checkpoint_frame f;
    int rc = 0, more = 1;
    while (rc == 0 && !(w->reached = is_until(w, part, r->at)) && (more = checkpoint_reader_next(r, &f)) == 1) {
        rc = w->each ? w->each(w->arg, &f) : 0;
        if (f.marked) {
            mark_take(&w->end, &f.mark);
            w->end.chain = r->chain;
            w->end.part = part;
            w->end.offset = r->at;
        }
    }
    if (more < 0) {
        trouble_note(w, part, checkpoint_trouble_of(more));
    }
    return rc;
}

/* A base replaced other files as a whole, and its last frame is its only marked one: it counts whole or not at all. */
static void base_judge(struct walk *w, uint64_t stands_for)
{
    if (w->end.found) {
        w->end.chain = stands_for;
    } else {
        w->end = (struct checkpoint_end){.trouble = w->end.trouble, .trouble_part = w->end.trouble_part};
    }
}

bool checkpoint_is_ours(const struct checkpoint_paths *p, const struct checkpoint_head *h)
{
    return h->identity.len == strlen(p->identity) && memcmp(h->identity.at, p->identity, h->identity.len) == 0;
}

/* Whether this file goes on from the end of the one before; a base goes on from nothing. */
static bool goes_on(const struct walk *w, enum checkpoint_part part, const struct checkpoint_head *h)
{
    return part == PART_BASE ? h->follows == 0 : h->follows == w->end.chain;
}

static int part_walk(struct walk *w, const struct checkpoint_calls *calls, const struct checkpoint_paths *p, enum checkpoint_part part)
{
    struct checkpoint_reader r;
    int rc = checkpoint_reader_open(&r, calls, p->part[part]);
    if (rc) {
        trouble_note(w, part, checkpoint_trouble_of(rc));
        return 0;
    }
    struct checkpoint_head head = r.head;
    if (!checkpoint_is_ours(p, &head)) {
        trouble_note(w, part, CHECKPOINT_FOREIGN);
    } else if (goes_on(w, part, &head)) {
        w->end.made_ms = w->end.made_ms ? w->end.made_ms : head.made_ms;
        w->end.bytes[part] = r.size;
        w->end.follows = head.follows;
        rc = frames_walk(w, part, &r);
        if (part == PART_BASE) {
            base_judge(w, head.stands_for);
        }
    }
    checkpoint_reader_close(&r);
    return rc;
}

int checkpoint_chain_walk(const struct checkpoint_calls *calls, const struct checkpoint_paths *p, int parts, const struct checkpoint_end *until,
                          checkpoint_frame_fn *each, void *arg, struct checkpoint_end *ret_end)
{
    struct walk w = {.until = until, .each = each, .arg = arg, .end = {.trouble = -1}};
    int rc = 0;
    for (int part = PART_BASE; part < parts && rc == 0 && !w.reached; part++) {
        rc = part_walk(&w, calls, p, (enum checkpoint_part)part);
    }
    if (rc == 0 && until && (w.end.part != until->part || w.end.offset != until->offset || w.end.chain != until->chain)) {
        rc = w.end.trouble == CHECKPOINT_MEMORY ? CUBE_ENOMEM : CUBE_EIO;
    }
    *ret_end = w.end;
    return rc;
}
