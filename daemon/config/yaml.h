/* A YAML document as a tree whose every node knows where it stands. */
#ifndef CUBE_CONFIG_YAML_H
#define CUBE_CONFIG_YAML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config_memory.h"

#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 200000

struct yaml_source {
    const char *name; /* of the file, for messages */
    const char *text;
    size_t len;
};

enum yaml_type { YAML_NULL,
                 YAML_SCALAR,
                 YAML_LIST,
                 YAML_MAP };

struct yaml {
    enum yaml_type type;
    bool quoted;           /* a scalar in quotes or as a block: always text */
    const char *text;      /* of a scalar; ends in zero */
    uint32_t line, column; /* from 1; columns count characters */
    const struct yaml_source *source;
    struct yaml *key; /* of a value in a map */
    struct yaml *first, *last, *next;
    uint32_t count; /* members */
};

struct problems;

/* Reads one document. CUBE_ECONFIG: syntax errors, duplicate keys, too deep or too large; all told to p.
 * An empty document is YAML_NULL. */
int yaml_parse(struct config_memory *m, const struct yaml_source *source, struct problems *p,
               struct yaml **ret_root) CUBE_MUST_CHECK;

/* Gives back what the library holds when a reading was left by the jump of the memory. */
void yaml_release(struct config_memory *m);

/* The value of a key, NULL when the map (or NULL, or something that is no map) has none. */
struct yaml *yaml_get(const struct yaml *map, const char *key);

/* A copy of a node whose members are the same nodes, copied too: the tree below can be changed. */
struct yaml *yaml_copy(struct config_memory *m, const struct yaml *node);

/* Appends a member; of a map its key must be set. */
void yaml_append(struct yaml *to, struct yaml *member);

/* Takes a key out of a map, if it is there. */
void yaml_remove(struct yaml *map, const char *key);

/* Walks the members of a map or list. */
#define YAML_EACH(member, of) \
    for (struct yaml *member = (of) ? (of)->first : NULL; member; member = member->next)

/* What a node is, for messages: "a map". */
const char *yaml_type_text(const struct yaml *node);

#endif
