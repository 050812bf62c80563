#include "support/unit.h"

#include "engine/reactions.h"

#include "support/random.h"

enum { MEASURES = 12, TEXTS = 5 };

static const struct text texts[TEXTS] = {{"a", 1}, {"bb", 2}, {"ccc", 3}, {"dddd", 4}, {"", 0}};

static int apply_nothing(const struct measure *m, struct applying *a)
{
    (void)m;
    (void)a;
    return 0;
}

static const struct aggregation plain = {.name = "plain", .apply = apply_nothing};
static const struct aggregation own_kinds = {.name = "own", .kinds = UINT64_C(1) << KIND_SURVEY, .apply = apply_nothing};

struct shop {
    struct measure measures[MEASURES];
    struct condition conditions[MEASURES][4];
    uint8_t indices[MEASURES];
    struct model model;
};

static struct predicate predicate_make(struct random *r, struct condition *at)
{
    uint32_t count = (uint32_t)random_between(r, 0, 2);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = (uint32_t)random_between(r, 0, TEXTS - 1);
        at[i] = (struct condition){.on_dimension = random_between(r, 0, 5) == 0, .is_not = random_between(r, 0, 4) == 0,
                                   .what = random_between(r, 0, 3) ? EVENT_CPI : EVENT_UNIT, .op = CONDITION_TEXT_IN, .texts = texts + first,
                                   .count = (uint32_t)random_between(r, 1, TEXTS - (int)first)};
        at[i].what = at[i].on_dimension ? DIM_REGION : at[i].what;
    }
    return (struct predicate){at, count};
}

static void shop_make(struct random *r, struct shop *s)
{
    memset(s, 0, sizeof *s);
    for (uint8_t i = 0; i < MEASURES; i++) {
        struct measure *m = &s->measures[i];
        bool two = random_between(r, 0, 3) == 0;
        m->index = s->indices[i] = i;
        m->aggregation = random_between(r, 0, 3) ? &plain : &own_kinds;
        m->from = (struct source){.kinds = UINT64_C(1) << (two || random_between(r, 0, 2) ? KIND_SURVEY : KIND_COST),
                                   .where = predicate_make(r, s->conditions[i])};
        m->per = (struct source){.kinds = UINT64_C(1) << KIND_SURVEY, .where = predicate_make(r, s->conditions[i] + 2), .term_count = two};
    }
    s->model = (struct model){.measures = s->measures, .measure_count = MEASURES};
}

static struct text text_any(struct random *r)
{
    return random_between(r, 0, 5) ? texts[random_between(r, 0, TEXTS - 1)] : TEXT_LITERAL("nobody asks for it");
}

static struct event event_make(struct random *r)
{
    struct event e = {.kind = KIND_SURVEY};
    e.present = (random_between(r, 0, 3) ? UINT64_C(1) << EVENT_CPI : 0) | (random_between(r, 0, 1) ? UINT64_C(1) << EVENT_UNIT : 0);
    e.slot[EVENT_CPI].text = text_any(r);
    e.slot[EVENT_UNIT].text = text_any(r);
    e.dims[DIM_REGION] = random_between(r, 0, 1) ? text_any(r) : (struct text){0};
    return e;
}

static void check(const struct shop *s, const struct kind_reactions *k, const struct event *e)
{
    const struct reaction_list *l = kind_reactions_of(k, e);
    uint32_t next = 0;
    for (uint32_t i = 0; i < MEASURES; i++) {
        const struct measure *m = &s->measures[i];
        while (next < l->count && l->at[next].asks && !reaction_meets(l->at[next].measure, e)) {
            next++;
        }
        bool listed = next < l->count && l->at[next].measure == m;
        bool wants = reaction_meets(m, e), of_kind = (m->aggregation->kinds | m->from.kinds | m->per.kinds) >> KIND_SURVEY & 1;
        assert_true(listed == wants || !of_kind);
        next += listed;
    }
    assert_int_equal(next, l->count);
}

static void reactions_are_those_of_all_measures_that_the_event_is_for(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random r = {seed};
        static struct shop s;
        struct kind_reactions k;
        shop_make(&r, &s);
        uint32_t of_kind = 0;
        for (uint8_t i = 0; i < MEASURES; i++) {
            bool per = s.measures[i].per.term_count > 0, own = s.measures[i].aggregation->kinds != 0;
            if (own || per || (s.measures[i].from.kinds >> KIND_SURVEY & 1)) {
                s.indices[of_kind++] = i;
            }
        }
        assert_int_equal(kind_reactions_create(&s.model, KIND_SURVEY, s.indices, of_kind, &k), 0);
        for (int i = 0; i < 200; i++) {
            struct event e = event_make(&r);
            check(&s, &k, &e);
        }
        kind_reactions_close(&k);
    }
}

static struct text many[REACTION_TEXTS_MAX + 1];
static char letters[REACTION_TEXTS_MAX + 1][2];

static void reactions_to_more_texts_than_have_lists_are_asked(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= REACTION_TEXTS_MAX; i++) {
        letters[i][0] = (char)(1 + i / 64);
        letters[i][1] = (char)(1 + i % 64);
        many[i] = (struct text){letters[i], 2};
    }
    struct condition c = {.what = EVENT_CPI, .op = CONDITION_TEXT_IN, .texts = many, .count = REACTION_TEXTS_MAX + 1};
    struct measure m = {.aggregation = &plain, .from = {.kinds = UINT64_C(1) << KIND_SURVEY, .where = {&c, 1}}};
    struct model model = {.measures = &m, .measure_count = 1};
    struct kind_reactions k;
    assert_int_equal(kind_reactions_create(&model, KIND_SURVEY, (uint8_t[]){0}, 1, &k), 0);
    struct event e = {.kind = KIND_SURVEY, .present = UINT64_C(1) << EVENT_CPI};
    e.slot[EVENT_CPI].text = many[REACTION_TEXTS_MAX];
    assert_int_equal(kind_reactions_of(&k, &e)->count, 1);
    assert_true(kind_reactions_of(&k, &e)->at[0].asks);
    kind_reactions_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reactions_are_those_of_all_measures_that_the_event_is_for),
        cmocka_unit_test(reactions_to_more_texts_than_have_lists_are_asked),
    };
    return RUN_TESTS(tests);
}
