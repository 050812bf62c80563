/* The unknown keys one record has shown, to find one that stands twice. Holds RECORD_ELEMENTS_MAX
 * keys. */
#ifndef CUBE_PROTO_KEY_SET_H
#define CUBE_PROTO_KEY_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define KEY_SET_SLOTS 8192

struct key_set {
    uint64_t seed;
    uint32_t round; /* entries of other rounds are free; 0: there are none yet */
    struct key_set_entry {
        struct text key;
        uint32_t round;
    } entries[KEY_SET_SLOTS];
};

/* Makes an empty set; seed keys its hash. The result of no call depends on it. */
void key_set_init(struct key_set *set, uint64_t seed);

/* Empties the set. */
void key_set_clear(struct key_set *set);

/* Adds a key, which is borrowed until key_set_clear. Returns false if it was there. At most
 * RECORD_ELEMENTS_MAX keys. */
bool key_set_add(struct key_set *set, struct text key);

#endif
