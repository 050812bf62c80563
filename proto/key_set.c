#include "proto/key_set.h"

#include "base/hash.h"
#include "proto/event_decode.h"

_Static_assert(KEY_SET_SLOTS > RECORD_ELEMENTS_MAX, "a probe always meets a free entry");

void key_set_init(struct key_set *set, uint64_t seed)
{
    set->seed = seed;
    set->round = 0;
}

/* Most records have no unknown key: the entries are looked at for the first one only. */
static void entries_ensure(struct key_set *set)
{
    if (set->round == 0) {
        memset(set->entries, 0, sizeof set->entries);
        set->round = 1;
    }
}

void key_set_clear(struct key_set *set)
{
    set->round += set->round != 0; /* after the last one the entries are cleared again */
}

bool key_set_add(struct key_set *set, struct text key)
{
    uint64_t h = hash64_seed(key.at, key.len, set->seed);
    entries_ensure(set);
    for (;; h++) {
        struct key_set_entry *e = &set->entries[h % KEY_SET_SLOTS];
        if (e->round != set->round) {
            *e = (struct key_set_entry){key, set->round};
            return true;
        }
        if (text_equal(e->key, key)) {
            return false;
        }
    }
}
