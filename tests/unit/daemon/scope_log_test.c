/* A scope task from a changelog in which each key stands many times: as from what compaction leaves of it. */
#include "support/unit.h"

#include "support/compacted.h"
#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"
#include "task/scope_task.h"

/* A changelog up to a commit in the middle of a story, and its input, which goes on behind it. */
struct logged {
    struct world world;
    const struct fake_partition *log, *input;
    uint32_t count; /* records up to that commit */
    struct commit_record commit;
    struct task_env env;
    struct epoch epoch;
};

static bool is_commit(const struct fake_record *r)
{
    return r->key_len == strlen(COMMIT_RECORD_KEY) && memcmp(r->key, COMMIT_RECORD_KEY, r->key_len) == 0;
}

static void logged_open(struct logged *l, uint64_t seed)
{
    memset(l, 0, sizeof *l);
    world_open_on(&l->world, QUIET, 1, 1);
    story(&l->world.log, seed, 80);
    play(&l->world, FAULT_NONE, 0);
    l->log = &l->world.log.parts[ROLE_CHANGELOG_SCOPES][0];
    l->input = &l->world.log.parts[ROLE_PARTIALS][0];
    for (uint32_t i = 0; i < l->log->count * 2 / 3; i++) {
        l->count = is_commit(&l->log->records[i]) ? i + 1 : l->count;
    }
    const struct fake_record *last = &l->log->records[l->count - 1];
    assert_int_equal(commit_record_decode(last->value, last->value_len, &l->commit), 0);
    l->env = (struct task_env){.config = l->world.config, .layout = l->commit.layout, .seed = 7, .format = FORMAT_JSON, .epoch = &l->epoch,
                               .now_ms = NOW};
}

static void logged_close(struct logged *l)
{
    commit_record_close(&l->commit);
    epoch_close(&l->epoch);
    world_close(&l->world);
}

static struct record record_at(const struct fake_partition *p, uint32_t i, enum topic_role role)
{
    const struct fake_record *r = &p->records[i];
    return (struct record){.role = role, .offset = r->offset, .timestamp_ms = r->ts_ms, .key = r->key, .key_len = r->key_len, .value = r->value,
                           .value_len = r->value_len};
}

static int take(void *task, const struct record *r)
{
    return scope_task_restore(task, r);
}

/* What the task writes next: all that comes of the rest of its input. */
static void goes_on(struct logged *l, struct scope_task *t, struct epoch *ret_e)
{
    int64_t from, refused;
    uint32_t published;
    assert_int_equal(scope_task_records_read(t, &refused), 0);
    assert_int_equal(scope_task_commit_read(t, true), 0);
    assert_int_equal(scope_task_restored(t, l->commit.inputs[0].next, &from), 0);
    for (uint32_t i = 0; i < l->input->count; i++) {
        struct record r = record_at(l->input, i, ROLE_PARTIALS);
        if (r.offset >= from) {
            assert_int_equal(scope_task_record(t, &r), 0);
        }
    }
    assert_int_equal(scope_task_advance(t, INT64_MAX), 0);
    assert_int_equal(scope_task_commit(t, UINT32_MAX, &published), 0);
    *ret_e = l->epoch;
    l->epoch = (struct epoch){0};
    scope_task_destroy(t);
}

static struct scope_task *task_new(struct logged *l)
{
    struct scope_task *t;
    assert_int_equal(scope_task_create(&l->env, 0, NULL, NULL, &t), 0);
    return t;
}

/* Records that a later one overrides; damaged: with other bytes. Returns how many there were. */
static uint32_t from_log(struct logged *l, bool damaged, struct epoch *ret_e)
{
    struct scope_task *t = task_new(l);
    uint32_t overridden = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        struct record r = record_at(l->log, i, ROLE_CHANGELOG_SCOPES);
        bool again = false;
        for (uint32_t k = i + 1; k < l->count && !again; k++) {
            const struct fake_record *later = &l->log->records[k];
            again = later->key_len == r.key_len && memcmp(later->key, r.key, r.key_len) == 0;
        }
        overridden += again;
        if (again && damaged && !is_commit(&l->log->records[i])) {
            r.value = (const uint8_t *)"\xff\xff\xff";
            r.value_len = 3;
        }
        assert_int_equal(take(t, &r), 0);
    }
    goes_on(l, t, ret_e);
    return overridden;
}

static void from_compacted(struct logged *l, bool tombstones, struct epoch *ret_e)
{
    struct compacted c = {0};
    struct scope_task *t = task_new(l);
    for (uint32_t i = 0; i < l->count; i++) {
        const struct fake_record *r = &l->log->records[i];
        assert_int_equal(compacted_keep(&c, r->key, r->key_len, r->value, r->value_len), 0);
    }
    for (uint32_t i = 0; i < c.capacity && !tombstones; i++) {
        if (c.places[i].at && !c.places[i].value_len) {
            free(c.places[i].at);
            c.places[i].at = NULL;
            c.count--;
        }
    }
    assert_int_equal(compacted_each(&c, ROLE_CHANGELOG_SCOPES, take, t), 0);
    compacted_close(&c);
    goes_on(l, t, ret_e);
}

static void epochs_equal(const struct epoch *a, const struct epoch *b)
{
    assert_true(a->message_count > 20);
    assert_int_equal(a->message_count, b->message_count);
    assert_int_equal(a->bytes.len, b->bytes.len);
    assert_memory_equal(a->bytes.at, b->bytes.at, a->bytes.len);
}

static void scope_task_comes_back_from_a_log_as_from_what_compaction_leaves_of_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct logged l;
        struct epoch want, got[3];
        logged_open(&l, seed);
        from_compacted(&l, true, &want);
        from_compacted(&l, false, &got[0]);
        assert_true(from_log(&l, false, &got[1]) > l.count / 2);
        from_log(&l, true, &got[2]); /* each key is looked at once */
        for (int i = 0; i < 3; i++) {
            epochs_equal(&want, &got[i]);
            epoch_close(&got[i]);
        }
        epoch_close(&want);
        logged_close(&l);
    }
}

/* Damages a head of a scope: the last one, or the one before it. Returns its offset. */
static int64_t head_damage(struct fake_partition *p, bool last)
{
    struct fake_record *found = NULL;
    for (uint32_t i = p->count; i-- > 0;) {
        struct fake_record *r = &p->records[i];
        if (r->key[0] == 'h' && found && r->key_len == found->key_len && memcmp(r->key, found->key, r->key_len) == 0) {
            found = last ? found : r;
            break;
        }
        found = !found && r->key[0] == 'h' ? r : found;
    }
    assert_non_null(found);
    found->value[0] = 99;
    return found->offset;
}

static void worker_tells_where_a_damaged_record_stands_that_counts(void **state)
{
    (void)state;
    for (int last = 0; last < 2; last++) {
        struct world w;
        char says[64];
        world_open_on(&w, QUIET, 1, 1);
        story(&w.log, 3, 60);
        play(&w, FAULT_NONE, 0);
        int64_t offset = head_damage(&w.log.parts[ROLE_CHANGELOG_SCOPES][0], last);
        process_crash(&w);
        turns(&w, 3, 100);
        snprintf(says, sizeof says, "[0]: the record at offset %lld was not written", (long long)offset);
        assert_int_equal(w.error, last ? CUBE_EVERSION : 0);
        assert_true(!last || (strcmp(w.told, "changelog_refused") == 0 && strstr(w.text, says) && strstr(w.text, "scopes")));
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_task_comes_back_from_a_log_as_from_what_compaction_leaves_of_it),
        cmocka_unit_test(worker_tells_where_a_damaged_record_stands_that_counts),
    };
    return RUN_TESTS(tests);
}
