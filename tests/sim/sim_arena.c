/* Memory of a Kafka: all of it goes at once. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim_kafka.h"
#include "sim/sim_starve.h"

#define ARENA_BYTES (256u << 10)

struct sim_arena {
    struct sim_arena *next;
    size_t used, size;
    _Alignas(16) uint8_t at[];
};

void *sim_alloc(struct sim_kafka *k, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (!k->arena || k->arena->used + size > k->arena->size) {
        size_t room = size > ARENA_BYTES ? size : ARENA_BYTES;
        struct sim_arena *a = sim_memory(NULL, sizeof *a + room);
        *a = (struct sim_arena){.next = k->arena, .size = room};
        k->arena = a;
    }
    void *at = k->arena->at + k->arena->used;
    k->arena->used += size;
    return at;
}

const uint8_t *sim_keep(struct sim_kafka *k, const void *at, size_t len)
{
    uint8_t *to = at ? sim_alloc(k, len + 1) : NULL;
    if (to) {
        memcpy(to, at, len);
        to[len] = 0;
    }
    return to;
}

const uint8_t *sim_keep_pair(struct sim_kafka *k, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    uint8_t *to = sim_alloc(k, key_len + value_len + 1);
    bool lie_together = key && key + key_len == value;
    if (key) {
        memcpy(to, key, lie_together ? key_len + value_len : key_len);
    }
    if (value && !lie_together) {
        memcpy(to + key_len, value, value_len);
    }
    to[key_len + value_len] = 0;
    return to;
}

void sim_arena_close(struct sim_kafka *k)
{
    while (k->arena) {
        struct sim_arena *next = k->arena->next;
        free(k->arena);
        k->arena = next;
    }
}
