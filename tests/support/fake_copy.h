/* Copies of changelogs in memory, as port/checkpoint.h asks for them. They outlive the process; the test damages them. */
#ifndef CUBE_TESTS_FAKE_COPY_H
#define CUBE_TESTS_FAKE_COPY_H

#include <stdlib.h>
#include <string.h>

#include "port/checkpoint.h"
#include "support/fake_log.h"

struct fake_copied {
    uint8_t *key, *value; /* value NULL: a tombstone */
    size_t key_len, value_len;
};

struct fake_part_copy {
    struct fake_copied *records;
    uint32_t count, capacity, marked; /* so many of them count */
    struct checkpoint_place place;    /* of the last mark; at -1: none */
    bool open;
};

struct fake_copy {
    struct checkpoint port; /* give this to the worker */
    struct fake_part_copy parts[3][FAKE_PARTITIONS_MAX];
    bool full; /* it takes no more */
    uint64_t seed;
    uint32_t given, refused; /* records read back; copies reset */
    uint32_t put_notes;   /* notes of entities that were put, or would have been */
    uint32_t given_notes; /* of the records read back, those that are notes of entities */
};

static inline struct fake_part_copy *fake_part(struct fake_copy *f, enum topic_role role, int32_t partition)
{
    return &f->parts[role - ROLE_CHANGELOG_CUSTOMERS][partition];
}

static inline void fake_part_cut(struct fake_part_copy *p, uint32_t count)
{
    while (p->count > count) {
        p->count--;
        free(p->records[p->count].key);
        free(p->records[p->count].value);
    }
}

static inline void fake_part_empty(struct fake_part_copy *p)
{
    fake_part_cut(p, 0);
    p->marked = 0;
    p->place = (struct checkpoint_place){.at = -1};
    p->open = true;
}

/* Of an entity, in front of its value: task/entity_notes.h. */
static inline bool fake_is_note(const struct fake_copied *c)
{
    return c->key_len && c->key[0] == 'k' && c->value_len > 2 && c->value[0] == 0 && c->value[1] == 0;
}

static inline int fake_copy_read(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                                 struct checkpoint_place *ret_place)
{
    struct fake_copy *f = self;
    struct fake_part_copy *p = fake_part(f, role, partition);
    int rc = 0;
    assert_false(p->open);
    if (p->place.at < 0) {
        fake_part_empty(p);
        return CUBE_ENOTFOUND;
    }
    fake_part_cut(p, p->marked);
    for (uint32_t i = 0; i < p->count && !rc; i++) {
        struct fake_copied *c = &p->records[i];
        struct record r = {.role = role, .partition = partition, .offset = -1, .key = c->key, .key_len = c->key_len, .value = c->value,
                           .value_len = c->value_len};
        rc = each(arg, &r);
        f->given++;
        f->given_notes += fake_is_note(c);
    }
    p->open = !rc;
    *ret_place = rc ? *ret_place : p->place;
    return rc;
}

static inline void fake_copy_reset(void *self, enum topic_role role, int32_t partition)
{
    fake_part_empty(fake_part(self, role, partition));
    ((struct fake_copy *)self)->refused++;
}

static inline uint8_t *fake_bytes(const uint8_t *at, size_t len)
{
    uint8_t *to = at ? malloc(len + 1) : NULL;
    assert_true(to || !at);
    if (to && len) {
        memcpy(to, at, len);
    }
    return to;
}

static inline void fake_add(struct fake_copied **list, uint32_t *count, uint32_t *capacity, struct fake_copied c)
{
    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        *list = realloc(*list, *capacity * sizeof **list);
        assert_non_null(*list);
    }
    (*list)[(*count)++] = c;
}

static inline void fake_copy_put(void *self, enum topic_role role, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value,
                                 size_t value_len)
{
    struct fake_part_copy *p = fake_part(self, role, partition);
    struct fake_copied c = {.key = (uint8_t *)key, .value = (uint8_t *)value, .key_len = key_len, .value_len = value_len};
    ((struct fake_copy *)self)->put_notes += fake_is_note(&c);
    p->open = p->open && !((struct fake_copy *)self)->full;
    if (!p->open) {
        return;
    }
    fake_add(&p->records, &p->count, &p->capacity,
             (struct fake_copied){fake_bytes(key, key_len), fake_bytes(value, value_len), key_len, value_len});
}

static inline bool fake_copy_takes(void *self, enum topic_role role, int32_t partition)
{
    return fake_part(self, role, partition)->open;
}

static inline void fake_copy_mark(void *self, enum topic_role role, int32_t partition, const struct checkpoint_place *place)
{
    struct fake_part_copy *p = fake_part(self, role, partition);
    int64_t before = p->place.lineage == place->lineage ? p->place.at : -1;
    if (p->open) {
        p->marked = p->count;
        p->place = *place;
        p->place.at = place->at < 0 ? before : place->at;
    }
}

static inline void fake_copy_drop(void *self, enum topic_role role, int32_t partition)
{
    struct fake_part_copy *p = fake_part(self, role, partition);
    fake_part_cut(p, p->open ? p->marked : p->count);
}

static inline void fake_copy_close(void *self, enum topic_role role, int32_t partition)
{
    fake_copy_drop(self, role, partition);
    fake_part(self, role, partition)->open = false;
}

static inline uint64_t fake_copy_seed(void *self)
{
    return ((struct fake_copy *)self)->seed;
}

static inline void fake_copy_init(struct fake_copy *f)
{
    *f = (struct fake_copy){.port = {f, fake_copy_read, fake_copy_reset, fake_copy_put, fake_copy_takes, fake_copy_mark, fake_copy_drop,
                                     fake_copy_close, fake_copy_seed}};
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX; i++) {
        f->parts[i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX].place.at = -1;
    }
}

static inline void fake_copy_free(struct fake_copy *f)
{
    for (int i = 0; i < 3 * FAKE_PARTITIONS_MAX; i++) {
        struct fake_part_copy *p = &f->parts[i / FAKE_PARTITIONS_MAX][i % FAKE_PARTITIONS_MAX];
        fake_part_cut(p, 0);
        free(p->records);
    }
}

#endif
