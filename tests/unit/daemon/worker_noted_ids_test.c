/* The ids that a task remembers, noted in its local copy and put back from there. */
#include "support/unit.h"

#include "support/copied_world.h"

enum { EVENTS = 100 };

static void purchases(struct world *w, int from, int to)
{
    char id[16], rest[80];
    for (int i = from; i < to; i++) {
        snprintf(id, sizeof id, "p%d", i);
        snprintf(rest, sizeof rest, "\"kind\":\"purchase\",\"order\":\"%s\",\"revenue\":1", id);
        put(&w->log, ROLE_INTERACTIONS, "customer", "c1", T0 + 500 * (int64_t)i, id, rest);
    }
}

static uint64_t outcome_of(struct world *w, enum record_outcome o)
{
    struct status s;
    worker_status(w->worker, &s);
    return s.records[0][o];
}

/* Records of interactions that the next process reads again. */
static int64_t read_again(struct world *w)
{
    int64_t again = 0;
    process_crash(w);
    worker_turn(w->worker, w->now_ms);
    for (int p = 0; p < 2; p++) {
        const struct fake_partition *of = &w->log.parts[ROLE_INTERACTIONS][p];
        again += of->started && of->committed > 0 ? of->committed - of->position : 0;
    }
    return again;
}

static bool is_of_ids(const struct fake_copied *c, bool head)
{
    return head ? c->key_len == 4 && memcmp(c->key, "!ids", 4) == 0 : c->key_len == 3 && c->key[0] == 'i';
}

static struct fake_copied *last_in(struct fake_part_copy *part, bool head, int n)
{
    for (uint32_t i = part->marked; i > 0; i--) {
        if (is_of_ids(&part->records[i - 1], head) && part->records[i - 1].value && n-- == 0) {
            return &part->records[i - 1];
        }
    }
    return NULL;
}

/* The n-th last record that is of ids, of the copy that has parts of them. */
static struct fake_copied *last_of(struct fake_copy *f, bool head, int n)
{
    return last_in(&f->parts[0][last_in(&f->parts[0][0], false, 0) ? 0 : 1], head, n);
}

/* A process has read so many purchases, half a second apart, and noted each ten ids in a part; it is killed. */
static void told(struct copied_world *c)
{
    copied_open(c, QUIET);
    c->world.config->notes_every_ms = 1;
    c->world.config->notes_ids = 10;
    c->copy.seed = 7;
    process_crash(&c->world); /* by that seed */
    purchases(&c->world, 0, EVENTS);
    turns_of(&c->world, 40, 100, 5);
}

/* Each id is known as it was, and once more. */
static void all_are_known(struct copied_world *c)
{
    turns_of(&c->world, 30, 100, 5);
    uint64_t applied = outcome_of(&c->world, OUTCOME_APPLIED), duplicate = outcome_of(&c->world, OUTCOME_DUPLICATE);
    purchases(&c->world, 10, EVENTS);
    purchases(&c->world, EVENTS, EVENTS + 60);
    turns_of(&c->world, 60, 100, 5);
    assert_int_equal(outcome_of(&c->world, OUTCOME_DUPLICATE) - duplicate, EVENTS - 10);
    assert_int_equal(outcome_of(&c->world, OUTCOME_APPLIED) - applied, 60);
    assert_int_equal(c->world.error, 0);
}

static void worker_knows_noted_ids_and_reads_only_what_is_held(void **state)
{
    (void)state;
    struct copied_world c;
    told(&c);
    assert_in_range(read_again(&c.world), 1, 40); /* what is held, for 5 s and until ten are over */
    assert_in_range(read_again(&c.world), 1, 40); /* of a process that has noted nothing */
    turns_of(&c.world, 3, 100, 1);
    assert_in_range(read_again(&c.world), 1, 40);
    all_are_known(&c);
    assert_int_equal(c.copy.refused, 0);
    copied_close(&c);
}

static void seed_lost(struct copied_world *c)
{
    c->copy.seed++;
}

static void head_missing(struct copied_world *c)
{
    for (struct fake_copied *head; (head = last_of(&c->copy, true, 0)) != NULL;) {
        free(head->value);
        head->value = NULL;
        head->value_len = 0;
    }
}

static void head_newer(struct copied_world *c)
{
    last_of(&c->copy, true, 0)->value[0] = 99;
}

static void head_cut(struct copied_world *c)
{
    last_of(&c->copy, true, 0)->value_len--;
}

static void part_missing(struct copied_world *c)
{
    struct fake_copied *part = last_of(&c->copy, false, 2);
    free(part->value);
    part->value = NULL;
    part->value_len = 0;
}

static void part_newer(struct copied_world *c)
{
    last_of(&c->copy, false, 1)->value[0] = 99;
}

static void horizon_longer(struct copied_world *c)
{
    c->world.config->model.time.dedup_horizon_ms++;
}

static void fewer_ids(struct copied_world *c)
{
    c->world.config->model.limits.ids--;
}

/* What does not fit costs that all is read again that is remembered, and nothing else. The next process has it all. */
static void worker_reads_ids_again_that_do_not_fit(void **state)
{
    (void)state;
    static void (*const wrongs[])(struct copied_world *c) = {seed_lost, head_missing, head_newer, head_cut, part_missing, part_newer, horizon_longer,
                                                             fewer_ids};
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct copied_world c;
        told(&c);
        wrongs[i](&c);
        assert_in_range(read_again(&c.world), EVENTS - 5, EVENTS);
        all_are_known(&c);
        assert_in_range(read_again(&c.world), 1, 40);
        assert_int_equal(c.copy.refused, 0);
        copied_close(&c);
    }
}

static void part_cut(struct copied_world *c)
{
    last_of(&c->copy, false, 1)->value_len--;
}

static void part_of_nothing(struct copied_world *c)
{
    last_of(&c->copy, false, 1)->value_len = 10;
}

static void part_of_another_input(struct copied_world *c)
{
    last_of(&c->copy, false, 1)->key[1] = 2;
}

static void worker_refuses_a_copy_with_ids_that_cannot_be_read(void **state)
{
    (void)state;
    static void (*const wrongs[])(struct copied_world *c) = {part_cut, part_of_nothing, part_of_another_input};
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct copied_world c;
        told(&c);
        wrongs[i](&c);
        assert_in_range(read_again(&c.world), EVENTS - 5, EVENTS);
        assert_int_equal(c.copy.refused, 1);
        all_are_known(&c);
        copied_close(&c);
    }
}

/* Parts with something in them, as the last record of each key says. */
static int parts_of(const struct fake_copy *f)
{
    bool there[2][128] = {{false}};
    int n = 0;
    for (int p = 0; p < 2; p++) {
        for (uint32_t i = 0; i < f->parts[0][p].marked; i++) {
            const struct fake_copied *r = &f->parts[0][p].records[i];
            if (is_of_ids(r, false) && r->key[1] == 0) {
                there[p][r->key[2] & 127] = r->value != NULL;
            }
        }
    }
    for (int i = 0; i < 256; i++) {
        n += there[i / 128][i % 128];
    }
    return n;
}

/* A minute is remembered: 120 of half a second each, and what is held is not noted yet. */
static void worker_takes_parts_out_of_its_copy_when_their_ids_are_forgotten(void **state)
{
    (void)state;
    struct copied_world c;
    told(&c);
    purchases(&c.world, EVENTS, 500);
    turns_of(&c.world, 100, 100, 5);
    int before = parts_of(&c.copy);
    assert_in_range(before, 12, 30);
    process_crash(&c.world);
    purchases(&c.world, 500, 600);
    turns_of(&c.world, 60, 100, 5);
    assert_in_range(parts_of(&c.copy), 12, before + 3);
    copied_close(&c);
}

static void worker_takes_parts_of_another_seed_out_of_its_copy(void **state)
{
    (void)state;
    struct copied_world c;
    told(&c);
    int before = parts_of(&c.copy);
    c.copy.seed++;
    process_crash(&c.world);
    turns_of(&c.world, 40, 100, 5);
    assert_in_range(parts_of(&c.copy), 1, before);
    copied_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_knows_noted_ids_and_reads_only_what_is_held),
        cmocka_unit_test(worker_reads_ids_again_that_do_not_fit),
        cmocka_unit_test(worker_refuses_a_copy_with_ids_that_cannot_be_read),
        cmocka_unit_test(worker_takes_parts_out_of_its_copy_when_their_ids_are_forgotten),
        cmocka_unit_test(worker_takes_parts_of_another_seed_out_of_its_copy),
    };
    return RUN_TESTS(tests);
}
