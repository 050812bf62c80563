/* The one world of a test program over copies of changelogs, made for each test and given back after it. */
#ifndef CUBE_TESTS_CHECKPOINT_SETUP_H
#define CUBE_TESTS_CHECKPOINT_SETUP_H

#include "support/checkpoint_world.h"

static struct checkpoint_world w;

/* A disk, and no process yet. */
static inline int disk_setup(void **state)
{
    (void)state;
    world_init(&w);
    return 0;
}

/* A process that has read nothing yet. */
static inline int setup(void **state)
{
    disk_setup(state);
    world_start(&w);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

static inline void restart(void)
{
    world_stop(&w);
    world_start(&w);
}

/* A file of the copy: "base", "old" or "new"; NULL: there is none. */
static inline struct disk_node *file(const char *suffix)
{
    char path[64];
    snprintf(path, sizeof path, "d/scopes-%d.%s", WORLD_PARTITION, suffix);
    return disk_find(&w.disk, path);
}

#endif
