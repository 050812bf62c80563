/* The worker with local copies of its changelogs, and how many records of changelogs it reads. */
#ifndef CUBE_TESTS_COPIED_WORLD_H
#define CUBE_TESTS_COPIED_WORLD_H

#include "support/fake_copy.h"
#include "support/worker_settings.h"
#include "support/worker_story.h"

#define WRITTEN QUIET "changelog: {redo: 0}\n"

struct copied_world {
    struct world world;
    struct fake_copy copy;
    uint32_t read; /* records of changelogs */
    int (*read_changelog)(void *self, enum topic_role role, int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r),
                          void *arg);
    int (*each)(void *arg, const struct record *r);
    void *arg;
};

static struct copied_world *counted; /* whose reading is counted */

static inline int each_count(void *arg, const struct record *r)
{
    counted->read++;
    return counted->each(arg, r);
}

static inline int changelog_count(void *self, enum topic_role role, int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r),
                           void *arg)
{
    counted->each = each;
    return counted->read_changelog(self, role, partition, from, each_count, arg);
}

static inline void copied_open(struct copied_world *c, const char *yaml)
{
    world_open(&c->world, yaml);
    fake_copy_init(&c->copy);
    c->read = 0;
    c->read_changelog = c->world.log.log.read_changelog;
    c->world.log.log.read_changelog = changelog_count;
    c->world.checkpoint = &c->copy.port;
    counted = c;
    process_crash(&c->world);
}

static inline void copied_close(struct copied_world *c)
{
    world_close(&c->world);
    fake_copy_free(&c->copy);
    counted = NULL;
}

static inline void wanted_take(uint64_t seed, int events, char *ret_want[TOPICS_COMPARED])
{
    struct world w;
    world_open(&w, WRITTEN);
    story(&w.log, seed, events);
    play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, ret_want);
    world_close(&w);
}

#endif
