/* First time resolution by the customer's word alone, cases set apart, answers and contacts that come late. */
#include "support/unit.h"

#include "support/case_world.h"
#include "support/random.h"

enum extra { PLAIN, SATISFIED, BY_BOT, BY_EMPLOYEE };

static struct event of_case(enum event_kind kind, int64_t ts, const char *who, const char *what, enum extra extra)
{
    struct event e = case_event(kind, ts, who, what, "north", extra == SATISFIED);
    if (extra == BY_BOT) {
        event_put_number(&e, EVENT_BOT, 1);
    }
    if (extra == BY_EMPLOYEE) {
        event_put_text(&e, EVENT_AGENT, "e1");
    }
    return e;
}

static void send(enum event_kind kind, int64_t ts, const char *what, enum extra extra)
{
    struct event e = of_case(kind, ts, "c1", what, extra);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void straggle(enum event_kind kind, int64_t ts, const char *what, enum extra extra)
{
    struct event e = of_case(kind, ts, "c1", what, extra);
    assert_int_equal(world_straggle(&w, &e), 0);
}

static struct result at(int64_t t)
{
    assert_int_equal(world_run(&w, t - 1), 0);
    return world_result(&w, "region=north", m, t);
}

static void check(int64_t t, int64_t n, int64_t hits, int64_t n_final, int64_t waiting)
{
    struct result r = at(t);
    assert_true(r.n == n && r.field[RESULT_HITS].i == hits && r.final.n == n_final && r.field[RESULT_WAITING].i == waiting);
}

static void check_apart(int64_t t, int64_t n, int64_t transferred, int64_t bot_only)
{
    struct result r = at(t);
    assert_true(r.n == n && (r.present >> RESULT_TRANSFERRED & 1) == (n + transferred + bot_only > 0));
    assert_int_equal(r.field[RESULT_TRANSFERRED].i, transferred);
    assert_int_equal(r.field[RESULT_BOT_ONLY].i, bot_only);
}

/* ---- transferred and bot only ----------------------------------------------------------------------- */

static void transferred_case_is_in_none_of_the_numbers(void **state)
{
    (void)state;
    open_world(FIRST_TIME_NO_RECONTACT);
    send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
    send(KIND_CONTACT_TRANSFER, T0 + 1, "k", PLAIN);
    check_apart(T0 + 2, 0, 0, 0);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", BY_EMPLOYEE);
    check_apart(T0 + DAY, 0, 1, 0);
    struct result r = at(T0 + DAY);
    assert_true(!r.has_value && r.field[RESULT_CONTACTS].i == 0 && r.field[RESULT_CUSTOMERS].i == 0);
    send(KIND_CONTACT_RECONTACT, T0 + DAY, "k", PLAIN);
    check(T0 + DAY + 1, 0, 0, 0, 1); /* but it waits again */
    send(KIND_CONTACT_RESOLVE, T0 + DAY + 1, "k", PLAIN);
    check_apart(T0 + 20 * DAY, 0, 1, 0);
    check(T0 + 20 * DAY, 0, 0, 0, 0);
    check_apart(T0 + 30 * DAY + 1, 0, 0, 0);
    world_close(&w);
}

static void transfer_after_the_resolution_changes_nothing(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
    send(KIND_CONTACT_TRANSFER, T0 + 2 * HOUR, "k", PLAIN);
    check_apart(T0 + DAY, 1, 0, 0);
    world_close(&w);
}

static void case_of_bots_alone_is_apart_unless_a_person_came_in(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    send(KIND_CONTACT_OPEN, T0, "bots", BY_BOT);
    send(KIND_CONTACT_RECONTACT, T0 + 1, "bots", BY_BOT);
    send(KIND_CONTACT_RESOLVE, T0 + 2, "bots", PLAIN);
    send(KIND_CONTACT_OPEN, T0 + 3, "mixed", BY_BOT);
    send(KIND_CONTACT_OPEN, T0 + 4, "mixed", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 5, "mixed", PLAIN);
    send(KIND_CONTACT_OPEN, T0 + 6, "agent", BY_BOT);
    send(KIND_CONTACT_RESOLVE, T0 + 7, "agent", BY_EMPLOYEE);
    send(KIND_CONTACT_OPEN, T0 + 8, "both", BY_BOT);
    send(KIND_CONTACT_TRANSFER, T0 + 9, "both", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 10, "both", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 11, "silent", PLAIN); /* nobody was asked: no bot either */
    check_apart(T0 + DAY, 3, 1, 1);
    struct result r = at(T0 + DAY);
    assert_true(r.field[RESULT_HITS].i == 1 && r.field[RESULT_CONTACTS].i == 3);
    send(KIND_CONTACT_RECONTACT, T0 + DAY, "bots", PLAIN);
    check_apart(T0 + 2 * DAY, 3, 1, 1); /* decided at the resolution */
    world_close(&w);
}

/* ---- survey ----------------------------------------------------------------------------------------- */

static void survey_counts_cases_that_are_answered_where_they_were_resolved(void **state)
{
    (void)state;
    open_world(FIRST_TIME_SURVEY);
    send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
    send(KIND_CONTACT_OPEN, T0 + 1, "k", PLAIN);
    send(KIND_CONTACT_CONFIRM, T0 + 2, "k", SATISFIED); /* before it was resolved: not about this */
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
    check(T0 + HOUR + 1, 0, 0, 0, 0);
    send(KIND_CONTACT_RECONTACT, T0 + 2 * HOUR, "k", PLAIN);
    struct event e = of_case(KIND_CONTACT_CONFIRM, T0 + 2 * DAY, "c1", "k", SATISFIED);
    e.dims[DIM_REGION] = TEXT_LITERAL("south");
    assert_int_equal(world_apply(&w, &e), 0);
    check(T0 + 3 * DAY, 1, 1, 0, 1); /* neither two contacts nor the re-contact matter */
    struct result r = at(T0 + 3 * DAY);
    assert_true(r.field[RESULT_CONTACTS].i == 3 && r.field[RESULT_CUSTOMERS].i == 1);
    send(KIND_CONTACT_CONFIRM, T0 + 4 * DAY, "k", PLAIN); /* the latest answer holds */
    check(T0 + 5 * DAY, 1, 0, 0, 1);
    send(KIND_CONTACT_CONFIRM, T0 + 5 * DAY, "k", SATISFIED);
    check(T0 + HOUR + 7 * DAY + 1, 1, 1, 1, 1);
    send(KIND_CONTACT_CONFIRM, T0 + 8 * DAY, "k", PLAIN); /* too late */
    check(T0 + 30 * DAY, 1, 1, 1, 1);
    check(T0 + 30 * DAY + 1, 0, 0, 0, 1);
    world_close(&w);
}

static void survey_without_an_answer_is_in_no_number(void **state)
{
    (void)state;
    open_world(FIRST_TIME_SURVEY);
    send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
    check(T0 + 1, 0, 0, 0, 1);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
    check(T0 + 9 * DAY, 0, 0, 0, 0);
    send(KIND_CONTACT_CONFIRM, T0 + 9 * DAY, "k", SATISFIED);
    check(T0 + 10 * DAY, 0, 0, 0, 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

/* ---- what comes late -------------------------------------------------------------------------------- */

static void answer_that_straggles_gives_way_to_a_later_one(void **state)
{
    (void)state;
    for (int d = 0; d < 2; d++) {
        open_world(d ? FIRST_TIME_SURVEY : FIRST_TIME_CONFIRMED);
        send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
        send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
        send(KIND_CONTACT_CONFIRM, T0 + 5 * HOUR, "k", PLAIN);
        straggle(KIND_CONTACT_CONFIRM, T0 + 4 * HOUR, "k", SATISFIED);
        check(T0 + 6 * HOUR, 1, 0, 0, 0);
        straggle(KIND_CONTACT_CONFIRM, T0 + 5 * HOUR + 2, "k", SATISFIED);
        check(T0 + 6 * HOUR, 1, 1, 0, 0);
        world_close(&w);
    }
}

static void answer_that_straggles_into_a_final_case_corrects_it(void **state)
{
    (void)state;
    for (int d = 0; d < 2; d++) {
        open_world(d ? FIRST_TIME_SURVEY : FIRST_TIME_CONFIRMED);
        send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
        send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
        check(T0 + 7 * DAY + 2 * HOUR, !d, 0, !d, 0);
        straggle(KIND_CONTACT_CONFIRM, T0 + 7 * DAY, "k", SATISFIED);
        check(T0 + 7 * DAY + 2 * HOUR, 1, 1, 1, 0);
        straggle(KIND_CONTACT_RECONTACT, T0 + 6 * DAY, "k", SATISFIED);
        check(T0 + 7 * DAY + 2 * HOUR, 1, d, 1, 1);
        world_close(&w);
    }
}

static void resolution_that_straggles_finds_the_answer_that_followed_it(void **state)
{
    (void)state;
    open_world(FIRST_TIME_SURVEY);
    send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
    send(KIND_CONTACT_CONFIRM, T0 + 2 * HOUR, "k", SATISFIED);
    straggle(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
    check(T0 + 3 * HOUR, 1, 1, 0, 0);
    send(KIND_CONTACT_OPEN, T0 + 4 * HOUR, "other", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 5 * HOUR, "other", PLAIN);
    straggle(KIND_CONTACT_CONFIRM, T0 + 5 * HOUR - 1, "other", SATISFIED);
    check(T0 + 6 * HOUR, 1, 1, 0, 0); /* an answer from before the resolution */
    world_close(&w);
}

static void contact_that_straggles_before_the_resolution_counts_as_one(void **state)
{
    (void)state;
    static const enum first_time_definition by_contacts[] = {FIRST_TIME_AGENT, FIRST_TIME_ONE_TOUCH};
    for (int d = 0; d < 2; d++) {
        open_world(by_contacts[d]);
        send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
        check(T0 + 2 * HOUR, 1, 0, 0, 0);
        straggle(KIND_CONTACT_OPEN, T0, "k", PLAIN);
        check(T0 + 2 * HOUR, 1, 1, 0, 0);
        straggle(KIND_CONTACT_OPEN, T0 + 1, "k", PLAIN);
        check(T0 + 2 * HOUR, 1, 0, 0, 0);
        world_close(&w);
    }
}

static void erased_customer_has_final_cases_and_is_asked_nothing_more(void **state)
{
    (void)state;
    open_world(FIRST_TIME_SURVEY);
    send(KIND_CONTACT_OPEN, T0, "answered", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 1, "answered", PLAIN);
    send(KIND_CONTACT_CONFIRM, T0 + 2, "answered", SATISFIED);
    send(KIND_CONTACT_OPEN, T0 + 3, "resolved", PLAIN);
    send(KIND_CONTACT_RESOLVE, T0 + 4, "resolved", PLAIN);
    send(KIND_CONTACT_OPEN, T0 + 5, "open", PLAIN);
    send(KIND_CUSTOMER_ERASE, T0 + 6, "", PLAIN);
    check(T0 + HOUR, 1, 1, 1, 0);
    check_apart(T0 + 20 * DAY, 1, 0, 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

static void customer_that_moves_leaves_its_cases_where_they_happened(void **state)
{
    (void)state;
    for (int d = FIRST_TIME_CONFIRMED; d <= FIRST_TIME_ONE_TOUCH; d++) {
        open_world((enum first_time_definition)d);
        send(KIND_CONTACT_OPEN, T0, "k", PLAIN);
        send(KIND_CONTACT_RESOLVE, T0 + HOUR, "k", PLAIN);
        struct event e = world_event(&w, KIND_CUSTOMER_UPDATE, T0 + 2 * HOUR, "c1");
        e.dims[DIM_REGION] = TEXT_LITERAL("south");
        assert_int_equal(world_apply(&w, &e), 0);
        e = of_case(KIND_CONTACT_CONFIRM, T0 + 3 * HOUR, "c1", "k", SATISFIED);
        e.dims[DIM_REGION] = (struct text){0};
        assert_int_equal(world_apply(&w, &e), 0);
        check(T0 + 8 * DAY, 1, 1, 1, 0);
        assert_int_equal(world_result(&w, "region=south", m, T0 + 8 * DAY).n, 0);
        world_close(&w);
    }
}

/* ---- random cases by every definition against their definition -------------------------------------- */

#define EVENTS 300
#define CASES 12

static struct {
    enum event_kind kind;
    int64_t ts;
    int what;
    enum extra extra;
} log_of[EVENTS];

struct naive {
    int64_t contacts, before, resolved_ms;
    bool human, transferred, resolved, again, answered, satisfied;
};

static void naive_event(struct naive *c, int i)
{
    int64_t ts = log_of[i].ts;
    bool within = !c->resolved || ts < c->resolved_ms + m->recontact_window_ms;
    bool survey = m->definition == FIRST_TIME_SURVEY;
    if (log_of[i].kind == KIND_CONTACT_RESOLVE) {
        c->human |= !c->resolved && log_of[i].extra == BY_EMPLOYEE;
        c->answered &= c->resolved || !survey;
        c->before = c->resolved ? c->before : c->contacts;
        c->resolved_ms = c->resolved ? c->resolved_ms : ts;
        c->resolved = true;
    } else if (log_of[i].kind == KIND_CONTACT_CONFIRM) {
        c->answered |= within;
        c->satisfied = within ? log_of[i].extra == SATISFIED : c->satisfied;
    } else if (log_of[i].kind == KIND_CONTACT_TRANSFER) {
        c->transferred |= !c->resolved;
    } else {
        c->contacts++;
        c->human |= !c->resolved && log_of[i].extra != BY_BOT;
        c->again |= c->resolved && within;
    }
}

struct sums {
    int64_t n, hits, n_final, contacts, transferred, bot_only;
};

static void naive_case(int what, int64_t t, struct sums *s)
{
    struct naive c = {0};
    for (int i = 0; i < EVENTS; i++) {
        if (log_of[i].what == what) {
            naive_event(&c, i);
        }
    }
    bool first = c.before == 1, survey = m->definition == FIRST_TIME_SURVEY;
    bool apart = c.transferred || (!c.human && c.before > 0);
    if (!c.resolved || c.resolved_ms / DAY <= (t - 1) / DAY - 30) {
        return;
    }
    s->transferred += c.transferred;
    s->bot_only += apart && !c.transferred;
    if (apart || (survey && !c.answered)) {
        return;
    }
    s->n++;
    s->contacts += c.contacts;
    s->n_final += c.resolved_ms + m->recontact_window_ms < t;
    s->hits += m->definition == FIRST_TIME_CONFIRMED      ? first && !c.again && c.answered && c.satisfied
               : survey                                   ? c.satisfied
               : m->definition == FIRST_TIME_NO_RECONTACT ? !c.again
                                                          : first && !c.again;
}

static void compare(int64_t t)
{
    struct sums s = {0};
    for (int k = 0; k < CASES; k++) {
        naive_case(k, t, &s);
    }
    struct result r = at(t);
    assert_int_equal(r.n, s.n);
    assert_int_equal(r.field[RESULT_HITS].i, s.hits);
    assert_int_equal(r.final.n, s.n_final);
    assert_int_equal(r.field[RESULT_CONTACTS].i, s.contacts);
    assert_int_equal(r.field[RESULT_TRANSFERRED].i, s.transferred);
    assert_int_equal(r.field[RESULT_BOT_ONLY].i, s.bot_only);
}

static void random_cases_equal_their_definition(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {KIND_CONTACT_OPEN, KIND_CONTACT_RESOLVE, KIND_CONTACT_CONFIRM, KIND_CONTACT_RECONTACT,
                                            KIND_CONTACT_TRANSFER, KIND_CONTACT_OPEN, KIND_CONTACT_CONFIRM};
    static const char *const names[CASES] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct random r = {seed};
        open_world((enum first_time_definition)(seed % 5));
        print_message("seed %d\n", (int)seed);
        int64_t ts = T0;
        for (int i = 0; i < EVENTS; i++) {
            ts += random_between(&r, 1, 6 * HOUR);
            log_of[i].kind = kinds[random_between(&r, 0, seed % 3 ? 3 : 6)];
            log_of[i].ts = ts;
            log_of[i].what = (int)random_between(&r, 0, CASES - 1);
            log_of[i].extra = (enum extra)random_between(&r, 0, 3);
            send(log_of[i].kind, ts, names[log_of[i].what], log_of[i].extra);
        }
        compare(ts + 1);
        compare(ts + 8 * DAY);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transferred_case_is_in_none_of_the_numbers),
        cmocka_unit_test(transfer_after_the_resolution_changes_nothing),
        cmocka_unit_test(case_of_bots_alone_is_apart_unless_a_person_came_in),
        cmocka_unit_test(survey_counts_cases_that_are_answered_where_they_were_resolved),
        cmocka_unit_test(survey_without_an_answer_is_in_no_number),
        cmocka_unit_test(answer_that_straggles_gives_way_to_a_later_one),
        cmocka_unit_test(answer_that_straggles_into_a_final_case_corrects_it),
        cmocka_unit_test(resolution_that_straggles_finds_the_answer_that_followed_it),
        cmocka_unit_test(contact_that_straggles_before_the_resolution_counts_as_one),
        cmocka_unit_test(erased_customer_has_final_cases_and_is_asked_nothing_more),
        cmocka_unit_test(customer_that_moves_leaves_its_cases_where_they_happened),
        cmocka_unit_test(random_cases_equal_their_definition),
    };
    return RUN_TESTS(tests);
}
