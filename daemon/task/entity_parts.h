/* Changelog values of entities that do not fit into one record: written in numbered parts, joined when all
 * records are back. A customer with many live facts (a robot that likes everything) must not stop a commit. */
#ifndef CUBE_TASK_ENTITY_PARTS_H
#define CUBE_TASK_ENTITY_PARTS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

/* A value longer than this is split. Topics take input records of 1 MiB and more. */
#define ENTITY_PART_BYTES (512u * 1024u)

/* Further parts carry this byte in front of their number and the key. The first part stands under the
 * entity's own key and begins with 0, which no whole value does. */
#define PART_KEY_MARK 's'

struct entity_parts;

/* CUBE_ENOMEM. */
int entity_parts_create(struct entity_parts **ret_p) CUBE_MUST_CHECK;
void entity_parts_destroy(struct entity_parts *p);

/* Writes one part under a key of the changelog; value NULL: a tombstone. */
typedef int entity_put_fn(void *arg, uint8_t mark, struct text key, const uint8_t *value, size_t len);

/* Writes all parts of a long value and remembers how many there are. CUBE_ENOMEM, or what put returned. */
int entity_parts_write(struct entity_parts *p, struct text key, const struct buf *value, entity_put_fn *put, void *arg) CUBE_MUST_CHECK;

/* Writes tombstones for the further parts of an entity that was erased; nothing when it had none. */
int entity_parts_erase(struct entity_parts *p, struct text key, entity_put_fn *put, void *arg) CUBE_MUST_CHECK;

/* Takes a record that is being restored: under the entity's own key a first part, a whole value or a
 * tombstone (number 0), else the part of this number. 1: it is kept for the join; 0: a whole value or a
 * tombstone of an entity, to be restored as it is. CUBE_ENOMEM, CUBE_EFORMAT. */
int entity_parts_take(struct entity_parts *p, uint32_t number, struct text key, const uint8_t *value, size_t len) CUBE_MUST_CHECK;

/* Splits the key of a further part. CUBE_EFORMAT, CUBE_ETRUNCATED. */
int entity_parts_key(struct text marked, uint32_t *ret_number, struct text *ret_key) CUBE_MUST_CHECK;

/* All records are back: calls each with every joined value, once. CUBE_EFORMAT: a part is missing. CUBE_ENOMEM, or
 * what each returned. */
int entity_parts_join(struct entity_parts *p, int (*each)(void *arg, struct text key, const uint8_t *value, size_t len), void *arg) CUBE_MUST_CHECK;

#endif
