/* Entities that nothing happens to fall asleep: their totals and facts are packed (engine/fact_pack.h) into blocks without gaps, in
 * half the memory. The last so many that something happened to are awake. */
#ifndef CUBE_ENGINE_ENTITY_SLEEP_H
#define CUBE_ENGINE_ENTITY_SLEEP_H

#include "engine/fact_pack.h"
#include "engine/packed_pool.h"

/* The most entities of an engine that are awake: at a million customers a live fact takes 19.8 bytes and doing an event of anybody once
 * more 0.81 us; 18.2 bytes and 1.33 us at a quarter of it. Builds for tests send them to sleep where there are few, too. */
#ifdef CUBED_PLANTED
#define AWAKE_MAX 2u
#else
#define AWAKE_MAX 65536u
#endif

/* Who is awake, in the order in which they woke; some that are gone. Zeroes and a maximum are a valid empty one. */
struct sleepers {
    uint32_t *awake; /* numbers: a ring when there are max */
    uint32_t first, count, capacity, max;
    struct packed_pool pool;
    struct pack_plan plan;
    uint64_t *room; /* what is about to be packed */
    uint32_t room_words;
    struct entity *looked; /* the last sleeper that somebody looked at, unpacked; NULL: none yet */
};

struct entity_engine;
struct model;

/* Fills zeroes. max: the most that are awake, 1 or more. CUBE_ENOMEM. */
int sleepers_open(struct sleepers *s, const struct model *m, uint32_t max) CUBE_MUST_CHECK;

/* Gives back what all entities have of facts, too. */
void sleepers_close(struct entity_engine *e);
uint64_t sleepers_bytes(const struct sleepers *s);

/* Something is about to happen to the entity. Another one may fall asleep. CUBE_ENOMEM. */
int entity_wake(struct entity_engine *e, uint32_t number) CUBE_MUST_CHECK;

/* An entity that was just put back from its record, awake without a turn: takes one when there is room, else falls asleep. CUBE_ENOMEM. */
int entity_settle(struct entity_engine *e, uint32_t number) CUBE_MUST_CHECK;

/* Gives back what the entity has of facts, awake or asleep. */
void entity_facts_close(struct entity_engine *e, struct entity *x);

/* The entity as one that is awake, for reading: itself, or a copy that is borrowed until the next call. CUBE_ENOMEM. */
int entity_look(struct entity_engine *e, const struct entity *x, const struct entity **ret_x) CUBE_MUST_CHECK;

#endif
