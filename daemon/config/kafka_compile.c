/* The properties that go to librdkafka as they are, except those that exactly-once rests on. */
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "config/whole.h"

struct owned {
    const char *name, *instead;
};

static const struct owned owned[] = {
    {"group.id", "it is `name`"},
    {"group.instance.id", "it is `instance`"},
    {"transactional.id", "it is made of `name` and `instance`"},
    {"isolation.level", "it is read_committed"},
    {"enable.auto.commit", "offsets are committed in the transaction"},
    {"auto.commit.enable", "offsets are committed in the transaction"},
    {"auto.commit.interval.ms", "offsets are committed in the transaction"},
    {"enable.auto.offset.store", "offsets are committed in the transaction"},
    {"enable.partition.eof", "cubed needs it on"},
    {"enable.idempotence", "cubed needs it on"},
    {"partition.assignment.strategy", "it is range"},
    {"group.protocol", "it is classic"},
    {"auto.offset.reset", "cubed decides where to begin"},
    {"allow.auto.create.topics", "`cubed topics --create` creates topics"},
    {"transaction.timeout.ms", "cubed sets it"},
};

static const char *owned_reason(const char *name);
static struct kafka_property property_of(struct whole *w, const struct yaml *node);
static void properties_judge(struct whole *w, const struct yaml *node);

void kafka_compile(struct whole *w, const struct yaml *node)
{
    bool given = node && node->type != YAML_NULL && value_is(&w->problems, node, YAML_MAP, "kafka");
    struct kafka_property *all = memory_alloc(&w->memory, ((given ? node->count : 0) + 1) * sizeof(*all));
    uint32_t count = 0;
    bool servers = false;
    YAML_EACH(value, given ? node : NULL)
    {
        const char *name = value->key->text;
        const char *reason = owned_reason(name);
        servers =
            servers || strcmp(name, "bootstrap.servers") == 0 || strcmp(name, "metadata.broker.list") == 0;
        if (reason) {
            problem_error(&w->problems, value->key, "kafka property \"%s\" is set by cubed: %s", name,
                          reason);
        } else {
            all[count++] = property_of(w, value);
        }
    }
    if (!servers) {
        all[count++] = (struct kafka_property){.name = "bootstrap.servers", .value = "127.0.0.1:9092"};
    }
    w->config.kafka = all;
    w->config.kafka_count = count;
    properties_judge(w, node);
}

static const char *owned_reason(const char *name)
{
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
        if (strcmp(owned[i].name, name) == 0) {
            return owned[i].instead;
        }
    }
    return NULL;
}

/* Kept until the judge has returned: what it holds would be lost if memory for a message ran out in its middle. */
struct judged {
    struct property_refusal {
        const char *name; /* NULL: of no single one */
        char why[PROPERTY_WHY_MAX];
    } *refusals;
    uint32_t count;
};

static void property_refuse(void *context, const char *name, const char *why)
{
    struct judged *j = context;
    struct property_refusal *r = &j->refusals[j->count++];
    r->name = name;
    snprintf(r->why, sizeof r->why, "kafka: %.*s", (int)strcspn(why, "\n"), why);
}

static void properties_judge(struct whole *w, const struct yaml *node)
{
    if (!w->judge || !node || node->type != YAML_MAP) {
        return;
    }
    struct judged j = {.refusals = memory_alloc(&w->memory, (w->config.kafka_count + 1) * sizeof *j.refusals)};
    if (w->judge(&w->config, property_refuse, &j) != 0) {
        longjmp(w->memory.out, 1);
    }
    for (uint32_t i = 0; i < j.count; i++) {
        const struct yaml *value = j.refusals[i].name ? yaml_get(node, j.refusals[i].name) : NULL;
        problem_error_veiled(&w->problems, value ? value->key : node->key, j.refusals[i].why);
    }
}

/* {credential: NAME} or {file: PATH}: the value stands there. */
static void reference_read(struct whole *w, const struct yaml *node, struct kafka_property *p)
{
    const char *key = node->count == 1 ? node->first->key->text : "";
    if (strcmp(key, "credential") == 0) {
        p->from = PROPERTY_CREDENTIAL;
        (void)value_name(&w->problems, node->first, "credential", "._-", 255, &p->value);
    } else if (strcmp(key, "file") == 0) {
        p->from = PROPERTY_FILE;
        if (value_text(&w->problems, node->first, "file", &p->value) && p->value[0] != '/') {
            problem_error(&w->problems, node->first, "file must be a path that begins with /");
        }
    } else {
        problem_error(&w->problems, node, "%s must be a text, {credential: NAME} or {file: PATH}", p->name);
    }
}

static struct kafka_property property_of(struct whole *w, const struct yaml *node)
{
    struct kafka_property p = {.name = node->key->text, .value = ""};
    if (node->type == YAML_MAP) {
        reference_read(w, node, &p);
    } else {
        (void)value_text(&w->problems, node, p.name, &p.value);
    }
    return p;
}
