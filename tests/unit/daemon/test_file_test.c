/* Files of `cubed test`: how entries become events, and that nothing about a file is fatal. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/test_outcome.h"
#include "support/failmalloc.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01 */
#define HEAD "with: {pack: none, measures: [{name: n, aggregation: count, from: {kind: complaint}, window: 1d}]}\n"

static const char whole[] =
    HEAD "tests:\n"
         "- name: one\n"
         "  events:\n"
         "  - {at: 1h, kind: complaint, customer: \"c{i%2}\", region: \"r{i}\", repeat: 3, every: 1m}\n"
         "  - {at: 1h, kind: social.like, customer: x, ref: a, influence: {random: [3, 5]}, repeat: 4, spread: 1h}\n"
         "  - {at: 1h, kind: purchase, customer: x, order: o, revenue: {random: [0.5, 0.75]}, cost: {one_of: [1, 2]}, repeat: 50}\n"
         "  - {at: 1m, arrives: 3h, kind: invoice, customer: y, invoice: i, amount: 12.34, due: 30d, becomes: late, id: z}\n"
         "  expect:\n"
         "  - {at: 2h, scope: organisation, measures: {n: {value: 3}}}\n"
         "  - {at: 1d, customer: x, exists: true}\n"
         "  - {at: 2h, scope: region=r9, exists: false}\n";

static int parse(const char *text, size_t len, struct test_file **ret_f)
{
    char *told = NULL;
    size_t told_len = 0;
    FILE *errors = open_memstream(&told, &told_len);
    if (!errors) {
        return CUBE_ENOMEM;
    }
    int rc = test_file_parse(text, len, "/nonexistent/x.test.yaml", errors, ret_f);
    fclose(errors);
    free(told);
    return rc;
}

static const struct test_event *event_of(const struct test_case *c, const char *kind, int n)
{
    for (uint32_t i = 0; i < c->event_count; i++) {
        if (strstr(c->events[i].value.at, kind) && n-- == 0) {
            return &c->events[i];
        }
    }
    fail_msg("no %s", kind);
    return NULL;
}

static void an_entry_becomes_as_many_events_as_it_says(void **state)
{
    (void)state;
    struct test_file *f;
    assert_int_equal(parse(whole, strlen(whole), &f), 0);
    const struct test_case *c = &f->cases[0];
    assert_int_equal(c->event_count, 58);
    const struct test_event *e = event_of(c, "complaint", 2);
    assert_string_equal(e->value.at, "{\"v\":1,\"id\":\"e000001-0000003\",\"ts\":1767229320000,"
                                     "\"kind\":\"complaint\",\"customer\":\"c1\",\"region\":\"r3\"}");
    assert_true(text_equal(e->key, TEXT_LITERAL("c1")) && e->ts_ms == T0 + 3720000 && e->role == ROLE_INTERACTIONS);
    for (int i = 0; i < 4; i++) { /* spread evenly: the last one is a quarter before the end */
        e = event_of(c, "social.like", i);
        assert_true(e->ts_ms == T0 + 3600000 + i * 900000);
        assert_true(strstr(e->value.at, "\"influence\":3.0") || strstr(e->value.at, "\"influence\":4.0") || strstr(e->value.at, "\"influence\":5.0"));
    }
    e = event_of(c, "invoice", 0); /* due counts from the event on */
    assert_non_null(strstr(e->value.at, "\"id\":\"z\",\"ts\":1767225660000,\"kind\":\"invoice\",\"customer\":\"y\","
                                        "\"invoice\":\"i\",\"amount\":12.34,\"due\":1769817660000"));
    assert_true(e->arrives_ms == T0 + 10800000 && e->outcome == OUTCOME_LATE && e == &c->events[c->event_count - 1]);
    assert_true(c->instant_count == 2 && c->instants[0] == T0 + 7200000 && c->instants[1] == T0 + 86400000);
    test_file_destroy(f);
}

static void a_seed_gives_the_same_events_and_another_gives_others(void **state)
{
    (void)state;
    struct test_file *a, *b;
    assert_int_equal(parse(whole, strlen(whole), &a), 0);
    assert_int_equal(parse(whole, strlen(whole), &b), 0);
    int same = 0, low = 0;
    for (int i = 0; i < 50; i++) {
        const struct test_event *x = event_of(&a->cases[0], "purchase", i), *y = event_of(&b->cases[0], "purchase", i);
        double revenue = strtod(strstr(x->value.at, "\"revenue\":") + 10, NULL);
        assert_string_equal(x->value.at, y->value.at);
        assert_true(revenue >= 0.5 && revenue <= 0.75);
        low += revenue < 0.625;
    }
    assert_in_range(low, 10, 40);
    test_file_destroy(b);
    char other[sizeof whole + 32];
    const char *at = strstr(whole, "repeat: 50");
    snprintf(other, sizeof other, "%.*sseed: 2, %s", (int)(at - whole), whole, at);
    assert_int_equal(parse(other, strlen(other), &b), 0);
    for (int i = 0; i < 50; i++) {
        same += strcmp(event_of(&a->cases[0], "purchase", i)->value.at, event_of(&b->cases[0], "purchase", i)->value.at) == 0;
    }
    assert_true(same < 3);
    test_file_destroy(a);
    test_file_destroy(b);
}

static void a_file_cut_at_any_byte_is_refused_or_runs(void **state)
{
    (void)state;
    for (size_t len = 0; len <= sizeof whole - 1; len++) {
        struct test_file *f;
        int rc = parse(whole, len, &f);
        assert_true(rc == 0 || rc == CUBE_ECONFIG);
        if (rc == 0) {
            test_file_destroy(f);
        }
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"%\xf8", "tests: [\xff]\n", "with: {}\ntests:\n- name: \"\xc3(\"\n"};
    struct test_file *f;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(parse(texts[i], strlen(texts[i]), &f), CUBE_ECONFIG);
    }
    assert_int_equal(parse("a\0b", 3, &f), CUBE_ECONFIG);
}

static int load_and_run(void *arg)
{
    struct test_file *f;
    struct test_outcome o = {0};
    int rc = parse(arg, strlen(arg), &f);
    if (rc != 0) {
        return rc;
    }
    rc = test_run(f, &f->cases[0], &o);
    test_outcome_close(&o);
    test_file_destroy(f);
    return rc;
}

static void lack_of_memory_is_told(void **state)
{
    (void)state;
    static const char small[] = HEAD "tests:\n- name: one\n  events:\n  - {at: 1h, kind: complaint, customer: c}\n"
                                     "  expect:\n  - {at: 2h, scope: organisation, octant: cash, measures: {n: {value: [1]}}, changes: [x]}\n";
    assert_true(failmalloc_sweep(load_and_run, (void *)(uintptr_t)small) > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_becomes_as_many_events_as_it_says),
        cmocka_unit_test(a_seed_gives_the_same_events_and_another_gives_others),
        cmocka_unit_test(a_file_cut_at_any_byte_is_refused_or_runs),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    return RUN_TESTS(tests);
}
