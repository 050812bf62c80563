/* The tree of a document, once it has been read. */
#include "config/yaml.h"

#include <string.h>

struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->type != YAML_MAP) {
        return NULL;
    }
    YAML_EACH(value, map)
    {
        if (strcmp(value->key->text, key) == 0) {
            return value;
        }
    }
    return NULL;
}

struct yaml *yaml_copy(struct config_memory *m, const struct yaml *node)
{
    struct yaml *copy = memory_alloc(m, sizeof(*copy));
    *copy = *node;
    copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    YAML_EACH(member, node)
    {
        yaml_append(copy, yaml_copy(m, member));
    }
    return copy;
}

void yaml_append(struct yaml *to, struct yaml *member)
{
    member->next = NULL;
    if (to->last) {
        to->last->next = member;
    } else {
        to->first = member;
    }
    to->last = member;
    to->count++;
}

void yaml_remove(struct yaml *map, const char *key)
{
    struct yaml *before = NULL;
    YAML_EACH(value, map)
    {
        if (strcmp(value->key->text, key) == 0) {
            *(before ? &before->next : &map->first) = value->next;
            map->last = map->last == value ? before : map->last;
            map->count--;
            return;
        }
        before = value;
    }
}

const char *yaml_type_text(const struct yaml *node)
{
    static const char *const texts[] = {[YAML_NULL] = "nothing",
                                        [YAML_SCALAR] = "a single value",
                                        [YAML_LIST] = "a list",
                                        [YAML_MAP] = "a map"};
    return texts[node->type];
}
