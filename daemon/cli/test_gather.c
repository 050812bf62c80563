#include "cli/test_gather.h"

#include <string.h>

#include "cli/characters.h"

#define RECORD_NAME_MAX 1024

static void snapshot_key(bool of_customer, int64_t at_ms, const char *key, char out[GATHER_KEY_MAX])
{
    characters_print(out, GATHER_KEY_MAX, "%c%lld %s", of_customer ? 'c' : 's', (long long)at_ms, key);
}

int gathering_open(struct gathering *g, const struct test_file *f, const struct test_case *c)
{
    *g = (struct gathering){.file = f, .test = c, .wanted = json_object(), .scopes = json_object(), .alerts = json_array(),
                            .changes = json_array(), .refusals = json_object()};
    int rc = g->wanted && g->scopes && g->alerts && g->changes && g->refusals ? 0 : CUBE_ENOMEM;
    for (uint32_t i = 0; i < c->expect_count && rc == 0; i++) {
        char key[GATHER_KEY_MAX];
        snapshot_key(c->expects[i].of_customer, c->expects[i].at_ms, c->expects[i].key, key);
        rc = json_object_set_new(g->wanted, key, json_null()) == 0 ? 0 : CUBE_ENOMEM;
    }
    return rc;
}

void gathering_close(struct gathering *g)
{
    json_decref(g->wanted);
    json_decref(g->scopes);
    json_decref(g->alerts);
    json_decref(g->changes);
    json_decref(g->refusals);
}

/* ---- outputs as they come ------------------------------------------------------------------------------- */

static json_t *value_of(const struct replay_line *l)
{
    return l->value ? json_loadb((const char *)l->value, l->value_len, 0, NULL) : NULL;
}

static int scope_note(struct gathering *g, int64_t at_ms, const char *key)
{
    char at[32];
    snprintf(at, sizeof at, "%lld", (long long)at_ms);
    json_t *list = json_object_get(g->scopes, at);
    if (!list) {
        list = json_array();
        if (!list || json_object_set_new(g->scopes, at, list) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return json_array_size(list) > GATHER_LISTED_MAX || json_array_append_new(list, json_string(key)) == 0 ? 0 : CUBE_ENOMEM;
}

static int snapshot_take(struct gathering *g, const struct replay_line *l, bool of_customer)
{
    char name[1024], key[GATHER_KEY_MAX];
    characters_print(name, sizeof name, "%.*s", (int)l->key_len, (const char *)l->key);
    snapshot_key(of_customer, l->ts_ms, name, key);
    int rc = of_customer ? 0 : scope_note(g, l->ts_ms, name);
    if (rc == 0 && json_object_get(g->wanted, key)) {
        json_t *value = value_of(l);
        rc = value && json_object_set_new(g->wanted, key, value) == 0 ? 0 : CUBE_ENOMEM;
    }
    return rc;
}

static int decision_take(json_t *list, const struct replay_line *l)
{
    json_t *value = value_of(l);
    json_t *one = value ? json_pack("{s:I, s:o}", "ts", (json_int_t)l->ts_ms, "value", value) : NULL;
    return one && json_array_append_new(list, one) == 0 ? 0 : CUBE_ENOMEM;
}

/* A record is told by its beginning: the id stands there. */
static void record_name(const uint8_t *at, size_t len, char out[RECORD_NAME_MAX])
{
    characters_print(out, RECORD_NAME_MAX, "%.*s", (int)len, (const char *)at);
}

/* "wrong_type: value is no number", of the headers of a record that was not applied. */
static int refusal_take(struct gathering *g, const struct replay_line *l)
{
    char why[512] = "", record[RECORD_NAME_MAX];
    for (uint32_t i = 0; i < l->header_count; i++) {
        const struct header *h = &l->headers[i];
        if (text_equal(h->name, TEXT_LITERAL("cubed.reason")) || text_equal(h->name, TEXT_LITERAL("cubed.detail"))) {
            size_t len = strlen(why);
            characters_print(why + len, sizeof why - len, "%s%.*s", len ? ": " : "", (int)h->value.len, h->value.at);
        }
    }
    record_name(l->value, l->value_len, record);
    return json_object_set_new(g->refusals, record, json_string(why)) == 0 ? 0 : CUBE_ENOMEM;
}

int gathering_take(void *arg, const struct replay_line *l)
{
    struct gathering *g = arg;
    const char *const *topics = g->file->config->topics;
    if (strcmp(l->topic, "cube.snapshot") == 0) {
        return snapshot_take(g, l, false);
    }
    if (strcmp(l->topic, "cube.customers.snapshot") == 0) {
        return snapshot_take(g, l, true);
    }
    if (l->value && (strcmp(l->topic, topics[ROLE_LATE]) == 0 || strcmp(l->topic, topics[ROLE_DEAD_LETTERS]) == 0)) {
        return refusal_take(g, l);
    }
    if (l->value && strcmp(l->topic, topics[ROLE_ALERTS]) == 0) {
        return decision_take(g->alerts, l);
    }
    return l->value && strcmp(l->topic, topics[ROLE_CHANGES]) == 0 ? decision_take(g->changes, l) : 0;
}

/* ---- what is asked for ---------------------------------------------------------------------------------- */

json_t *gathering_record(const struct gathering *g, bool of_customer, int64_t at_ms, const char *key)
{
    char name[GATHER_KEY_MAX];
    snapshot_key(of_customer, at_ms, key, name);
    json_t *record = json_object_get(g->wanted, name);
    return json_is_object(record) ? record : NULL;
}

const json_t *gathering_scopes(const struct gathering *g, int64_t at_ms)
{
    char at[32];
    snprintf(at, sizeof at, "%lld", (long long)at_ms);
    return json_object_get(g->scopes, at);
}

const char *gathering_refusal(const struct gathering *g, const struct test_event *e)
{
    char name[RECORD_NAME_MAX];
    record_name((const uint8_t *)e->value.at, e->value.len, name);
    return json_string_value(json_object_get(g->refusals, name));
}
