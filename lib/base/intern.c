#include "base/intern.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"

#define SLOTS_MIN 16
#define CHUNK_MIN 1024
#define CHUNK_MAX 65536

/* Texts lie in chunks that are never moved nor freed before the table. */
struct intern_chunk {
    struct intern_chunk *next;
    uint32_t used, size;
    char at[];
};

struct intern_slot {
    uint32_t hash, id_plus_1; /* 0 = free */
};

/* All that a table without texts has: a free one. Nobody writes to it. */
static const struct intern_slot no_slot;

/* ---- slots ----------------------------------------------------------------------------------- */

static uint32_t hash_of(const struct intern *in, struct text t)
{
    return (uint32_t)hash64_seed(t.len ? t.at : "", t.len, in->seed);
}

/* The slot that holds the text, or the free one where it belongs. */
static struct intern_slot *probe(const struct intern *in, struct text t, uint32_t hash)
{
    uint32_t mask = in->slot_count - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct intern_slot *s = &in->slots[i];
        if (!s->id_plus_1 || (s->hash == hash && text_equal(in->texts[s->id_plus_1 - 1], t))) {
            return s;
        }
    }
}

static void slots_free(struct intern *in)
{
    if (in->slots != &no_slot) {
        free(in->slots);
    }
}

static int slots_double(struct intern *in)
{
    uint32_t old_count = in->slot_count, count = old_count > 1 ? old_count * 2 : SLOTS_MIN;
    struct intern_slot *slots = calloc(count, sizeof *slots);
    if (!slots) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < old_count; i++) {
        if (in->slots[i].id_plus_1) {
            uint32_t at = in->slots[i].hash & (count - 1);
            while (slots[at].id_plus_1) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = in->slots[i];
        }
    }
    slots_free(in);
    in->slots = slots;
    in->slot_count = count;
    return 0;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static int texts_reserve(struct intern *in)
{
    if (in->count < in->text_capacity) {
        return 0;
    }
    uint32_t capacity = in->text_capacity ? in->text_capacity * 2 : SLOTS_MIN;
    struct text *texts = realloc(in->texts, capacity * sizeof *texts);
    if (!texts) {
        return CUBE_ENOMEM;
    }
    in->texts = texts;
    in->text_capacity = capacity;
    return 0;
}

static int chunk_add(struct intern *in, uint32_t len)
{
    uint64_t size = in->chunks ? (uint64_t)in->chunks->size * 2 : CHUNK_MIN;
    size = size > CHUNK_MAX ? CHUNK_MAX : size;
    size = size < len ? len : size;
    struct intern_chunk *c = malloc(sizeof *c + size);
    if (!c) {
        return CUBE_ENOMEM;
    }
    *c = (struct intern_chunk){.next = in->chunks, .size = (uint32_t)size};
    in->chunks = c;
    in->chunk_bytes += sizeof *c + size;
    return 0;
}

static int arena_copy(struct intern *in, struct text t, const char **ret_at)
{
    if (!in->chunks || in->chunks->size - in->chunks->used < t.len) {
        int rc = chunk_add(in, t.len);
        if (rc) {
            return rc;
        }
    }
    char *at = in->chunks->at + in->chunks->used;
    if (t.len) {
        memcpy(at, t.at, t.len);
    }
    in->chunks->used += t.len;
    *ret_at = at;
    return 0;
}

/* ---- public ---------------------------------------------------------------------------------- */

void intern_open(struct intern *in, uint32_t entries_max, uint64_t seed)
{
    in->slots = (struct intern_slot *)&no_slot;
    in->slot_count = 1;
    in->seed = seed;
    /* Ids, slots (at most 4/3 of the ids, a power of two) and INTERN_NONE must fit 32 bits. */
    in->entries_max = entries_max < UINT32_C(1) << 30 ? entries_max : UINT32_C(1) << 30;
}

void intern_close(struct intern *in)
{
    while (in->chunks) {
        struct intern_chunk *next = in->chunks->next;
        free(in->chunks);
        in->chunks = next;
    }
    free(in->texts);
    slots_free(in);
}

int intern_create(uint32_t entries_max, uint64_t seed, struct intern **ret_in)
{
    struct intern *in = calloc(1, sizeof *in);
    if (!in) {
        return CUBE_ENOMEM;
    }
    intern_open(in, entries_max, seed);
    *ret_in = in;
    return 0;
}

void intern_destroy(struct intern *in)
{
    if (in) {
        intern_close(in);
        free(in);
    }
}

/* Makes room for one more text. */
static int grow(struct intern *in)
{
    int rc = texts_reserve(in);
    if (rc == 0 && (uint64_t)(in->count + 1) * 4 > (uint64_t)in->slot_count * 3) {
        rc = slots_double(in);
    }
    return rc;
}

int intern_add(struct intern *in, struct text t, uint32_t *ret_id)
{
    uint32_t hash = hash_of(in, t);
    struct intern_slot *s = probe(in, t, hash);
    if (s->id_plus_1) {
        *ret_id = s->id_plus_1 - 1;
        return 0;
    }
    if (in->count >= in->entries_max) {
        return CUBE_ELIMIT;
    }
    const char *at;
    int rc = grow(in);
    if (rc || (rc = arena_copy(in, t, &at)) != 0) {
        return rc;
    }
    in->texts[in->count] = (struct text){at, t.len};
    *probe(in, t, hash) = (struct intern_slot){hash, in->count + 1};
    *ret_id = in->count++;
    return 0;
}

uint32_t intern_find(const struct intern *in, struct text t)
{
    uint32_t id_plus_1 = probe(in, t, hash_of(in, t))->id_plus_1;
    return id_plus_1 ? id_plus_1 - 1 : INTERN_NONE;
}

struct text intern_text(const struct intern *in, uint32_t id)
{
    CHECK_PRE(id < in->count);
    return in->texts[id];
}

uint32_t intern_count(const struct intern *in)
{
    return in->count;
}

uint64_t intern_bytes(const struct intern *in)
{
    return sizeof *in + in->chunk_bytes + (uint64_t)in->slot_count * sizeof *in->slots +
           (uint64_t)in->text_capacity * sizeof *in->texts;
}
