/* A file on top of the pack: single measures and alerts are changed by name, key by key. */
#include "config/condition_compile.h"
#include "config/whole.h"

static void map_merge(struct whole *w, struct yaml *own, const struct yaml *pack);
static struct yaml *list_merge(struct whole *w, const struct yaml *pack, const struct yaml *user,
                               bool alerts);
static void entry_merge(struct whole *w, struct yaml *entry, const struct yaml *user, bool alerts);

static const char *const of_aggregation[] = {
    "from", "per", "hits", "target", "calendar", "definition", "recontact_window", "scale", "score", "horizons", NULL};

static void value_set(struct yaml *map, struct yaml *key, struct yaml *value)
{
    yaml_remove(map, key->text);
    value->key = key;
    yaml_append(map, value);
}

/* The pack counts amounts in the currency of the file. */
static void currency_put(struct yaml *of, const char *currency)
{
    YAML_EACH(member, of)
    {
        if (member->type == YAML_SCALAR && strcmp(member->text, "{{currency}}") == 0) {
            member->text = currency;
        }
        currency_put(member, currency);
    }
}

struct yaml *pack_merge(struct whole *w, const struct yaml *user, struct yaml *pack)
{
    const struct yaml *currency = yaml_get(yaml_get(user, "money"), "currency");
    currency_put(pack, currency && currency->type == YAML_SCALAR ? currency->text : w->config.currency);
    struct yaml *merged = yaml_copy(&w->memory, user);
    if (merged->type != YAML_MAP) {
        merged->type = YAML_MAP;
    }
    YAML_EACH(section, pack)
    {
        const struct yaml *own = yaml_get(user, section->key->text);
        bool points = strcmp(section->key->text, "points") == 0;
        if (!own || own->type == YAML_NULL) {
            if (points || w->pack == PACK_CUSTOMER_CUBE) {
                value_set(merged, section->key, yaml_copy(&w->memory, section));
            }
        } else if (own->type == YAML_MAP && section->type == YAML_MAP && w->pack == PACK_CUSTOMER_CUBE) {
            map_merge(w, yaml_get(merged, section->key->text), section);
        } else if (!points && own->type == YAML_LIST && section->type == YAML_LIST && w->pack == PACK_CUSTOMER_CUBE) {
            struct yaml *list = list_merge(w, section, own, strcmp(section->key->text, "alerts") == 0);
            value_set(merged, own->key, list);
        }
    }
    return merged;
}

/* What the file does not name itself is the pack's. */
static void map_merge(struct whole *w, struct yaml *own, const struct yaml *pack)
{
    YAML_EACH(member, pack)
    {
        if (!yaml_get(own, member->key->text)) {
            value_set(own, member->key, yaml_copy(&w->memory, member));
        }
    }
}

static struct yaml *entry_of(struct yaml *list, const struct yaml *user)
{
    const struct yaml *name = yaml_get(user, "name");
    YAML_EACH(entry, list)
    {
        const struct yaml *own = yaml_get(entry, "name");
        if (name && own && own->source != name->source && strcmp(own->text, name->text) == 0) {
            return entry;
        }
    }
    return NULL;
}

static struct yaml *list_merge(struct whole *w, const struct yaml *pack, const struct yaml *user, bool alerts)
{
    struct yaml *list = yaml_copy(&w->memory, pack);
    YAML_EACH(own, user)
    {
        struct yaml *entry = entry_of(list, own);
        if (entry) {
            entry_merge(w, entry, own, alerts);
        } else {
            yaml_append(list, yaml_copy(&w->memory, own));
        }
    }
    return list;
}

static void remove_all(struct yaml *map, const char *const *keys)
{
    for (; *keys; keys++) {
        yaml_remove(map, *keys);
    }
}

/* The condition of an alert that the file gives anew takes the place of the pack's. */
static void condition_merge(struct yaml *entry, const struct yaml *user)
{
    bool anew = false;
    for (uint32_t i = 0; condition_name_at(i); i++) {
        anew = anew || yaml_get(user, condition_name_at(i));
    }
    for (uint32_t i = 0; anew && condition_name_at(i); i++) {
        yaml_remove(entry, condition_name_at(i));
    }
}

/* Another condition, or another aggregation, makes what the pack said of the old one void. */
static void entry_merge(struct whole *w, struct yaml *entry, const struct yaml *user, bool alerts)
{
    const struct yaml *before = yaml_get(entry, "aggregation"), *after = yaml_get(user, "aggregation");
    if (alerts) {
        condition_merge(entry, user);
    }
    if (alerts && (yaml_get(user, "axis") || yaml_get(user, "octant") ||
                   yaml_get(yaml_get(user, "stale"), "measure"))) {
        yaml_remove(entry, "measure");
    }
    if (!alerts && after && before && strcmp(after->text, before->text) != 0) {
        remove_all(entry, of_aggregation);
    }
    entry->source = user->source;
    entry->line = user->line;
    entry->column = user->column;
    YAML_EACH(value, user)
    {
        if (value->type == YAML_NULL) {
            yaml_remove(entry, value->key->text); /* back to the default */
        } else {
            value_set(entry, value->key, yaml_copy(&w->memory, value));
        }
    }
}
