/* Changelogs of customer and employee tasks: whatever stands in one is refused, or the task it restores goes on, writes a
 * changelog and is restored from that. */
#define EDITS_FROM 1 /* behind the byte that says whose changelog it is */
#include "task_world.h"

#include "task/entity_inner.h"

/* A part of the records; of the words, which all others may have, each. */
static bool is_taken(const struct world_record *r, uint32_t i)
{
    return r->key_len != UINT32_MAX && (r->edited || i % 8 == 0 || r->key[0] == '!' || r->key[0] == 'w');
}

static int restore(struct entity_task *t, const struct world_topic *w, enum topic_role role)
{
    int rc = 0;
    for (uint32_t i = 0; i < w->count && !rc; i++) {
        struct record r = world_as_record(&w->records[i], role, i);
        if (is_taken(&w->records[i], i)) {
            rc = entity_task_restore(t, &r);
        }
    }
    return rc;
}

static int restored(struct entity_task *t)
{
    int64_t committed[COMMIT_INPUTS_MAX] = {WORLD_EVENTS, WORLD_EVENTS}, from[COMMIT_INPUTS_MAX];
    return entity_task_restored(t, committed, from);
}

static int visit(void *arg, struct text key, const struct buf *value)
{
    (void)arg, (void)key, (void)value;
    return 0;
}

/* What is written is read: into a task of its own, behind the words that were there. */
static void restore_again(enum sender_type type, enum topic_role role, const struct world_topic *w)
{
    struct entity_task *t;
    FUZZ_CHECK(entity_task_create(&world_env, type, 0, &t) == 0);
    for (uint32_t i = 0; i < w->count; i++) {
        struct record r = world_as_record(&w->records[i], role, i);
        if (is_taken(&w->records[i], i) && r.key_len && r.key[0] == 'w') {
            FUZZ_CHECK(entity_task_restore(t, &r) == 0);
        }
    }
    for (uint32_t i = 0; i < world_epoch.message_count; i++) {
        const struct epoch_message *m = &world_epoch.messages[i];
        struct record r = {.role = role, .offset = i, .key = epoch_key(&world_epoch, m), .key_len = m->key_len,
                           .value = epoch_value(&world_epoch, m), .value_len = m->value_len};
        if (m->role == role) {
            FUZZ_CHECK(entity_task_restore(t, &r) == 0);
        }
    }
    entity_task_destroy(t);
}

static void go_on(struct entity_task *t, enum sender_type type, enum topic_role role, const struct world_topic *w)
{
    uint32_t published;
    for (uint32_t i = 0; i < entity_task_input_count(t); i++) {
        entity_task_input(t, i)->committed = 0; /* nothing is to be read again */
    }
    FUZZ_CHECK(entity_task_advance(t, WORLD_LATER) == 0);
    if (type == SENDER_CUSTOMERS) {
        FUZZ_CHECK(entity_task_customers_each(t, WORLD_LATER, visit, NULL) == 0);
    }
    epoch_clear(&world_epoch);
    FUZZ_CHECK(entity_task_commit(t, 1000, &published) == 0);
    restore_again(type, role, w);
}

/* The local copy may have any bytes as well: the head of its notes, and notes. */
static void noted(enum sender_type type, enum topic_role role, const uint8_t *at, size_t len)
{
    const uint8_t *const keys[] = {(const uint8_t *)"!noted", (const uint8_t *)"kc1", (const uint8_t *)"kc1"};
    struct entity_task *t;
    int rc = 0;
    FUZZ_CHECK(entity_task_create(&world_env, type, 0, &t) == 0);
    for (int i = 0; i < 3 && !rc; i++) {
        struct record r = {.role = role, .offset = -1, .key = keys[i], .key_len = i ? 3 : 6, .value = at, .value_len = len};
        rc = entity_task_restore(t, &r);
    }
    rc = rc ? rc : restored(t);
    FUZZ_CHECK(rc == 0 || is_refusal(rc));
    entity_task_destroy(t);
}

/* Behind the version and the seed, which nobody guesses: any bytes. */
static void ids_take(struct entity_task *t, enum topic_role role, const char *key, size_t key_len, const struct buf *begin, const uint8_t *at,
                     size_t len, int *rc)
{
    struct buf value = {0};
    FUZZ_CHECK(buf_append(&value, begin->at, begin->len) == 0 && buf_append(&value, at, len) == 0);
    struct record r = {.role = role, .offset = -1, .key = (const uint8_t *)key, .key_len = key_len, .value = value.at, .value_len = value.len};
    *rc = *rc ? *rc : entity_task_restore(t, &r);
    buf_close(&value);
}

/* Likewise the ids that are noted, and what is told of them: then it goes on, and notes. */
static void ids_noted(enum sender_type type, enum topic_role role, const uint8_t *at, size_t len)
{
    static const char *const keys[] = {"i\0\0", "i\0\1", "i\0\0", "i\0\2"};
    struct task_env env = world_env;
    struct entity_task *t;
    struct buf begin = {0};
    uint32_t published;
    int rc = 0;
    env.notes = true;
    FUZZ_CHECK(entity_task_create(&env, type, 0, &t) == 0);
    FUZZ_CHECK(put_uint(&begin, NOTED_IDS_VERSION) == 0 && put_uint(&begin, noted_ids_fingerprint(t)) == 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t half = len / (1 + i);
        ids_take(t, role, keys[i], 3, i == 2 ? &(struct buf){0} : &begin, at + len - half, i == 2 ? 0 : half, &rc);
    }
    FUZZ_CHECK(put_int(&begin, env.config->model.time.dedup_horizon_ms) == 0 && put_uint(&begin, env.config->model.limits.ids) == 0);
    ids_take(t, role, NOTED_IDS_KEY, strlen(NOTED_IDS_KEY), &begin, at, len, &rc);
    t->restored.record.input_count = t->input_count; /* as if there were a commit record that allows all */
    for (uint32_t i = 0; i < t->input_count; i++) {
        t->restored.record.inputs[i].next = INT64_MAX;
    }
    if (rc == 0) {
        noted_ids_restored(t, true);
        epoch_clear(&world_epoch);
        FUZZ_CHECK(entity_task_commit(t, 1, &published) == 0);
    }
    FUZZ_CHECK(rc == 0 || is_refusal(rc));
    entity_task_destroy(t);
    buf_close(&begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    enum sender_type type = len && at[0] & 1 ? SENDER_EMPLOYEES : SENDER_CUSTOMERS;
    enum topic_role role = type == SENDER_CUSTOMERS ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES;
    struct world_topic *w = world_edit(role, at + (len > 0), len ? len - 1 : 0);
    struct entity_task *t;
    FUZZ_CHECK(entity_task_create(&world_env, type, 0, &t) == 0);
    int rc = restore(t, w, role);
    rc = rc ? rc : restored(t);
    FUZZ_CHECK(rc == 0 || is_refusal(rc));
    FUZZ_CHECK(rc == 0 || len > EDIT_BYTES);
    if (rc == 0) {
        go_on(t, type, role, w);
    }
    entity_task_destroy(t);
    noted(type, role, at, len);
    ids_noted(type, role, at, len);
    world_close(w);
    return 0;
}
