#include "support/unit.h"

#include <stdlib.h>

#include "proto/event_decode.h"
#include "proto/key_set.h"
#include "proto/kind_fields.h"
#include "proto/name_index.h"

static struct name_index index_of_names(void)
{
    struct name_index ix;
    name_index_init(&ix);
    return ix;
}

static const struct name_slot *tagged(const struct name_index *ix, struct text name)
{
    uint8_t bytes[64] = {(uint8_t)(0xa0 | name.len)};
    memcpy(bytes + 1, name.at, name.len);
    memset(bytes + 1 + name.len, 0x5a, sizeof bytes - 1 - name.len);
    return name_index_find_tagged(ix, bytes);
}

static void check_name(const struct name_index *ix, struct text name, int id)
{
    const struct name_slot *s = name_index_find(ix, name);
    assert_non_null(s);
    assert_int_equal(s->id, id);
    assert_ptr_equal(tagged(ix, name), s);
    assert_true(text_equal(name_text(s->id), name));
}

static void name_index_finds_every_name_at_its_first_slot(void **state)
{
    (void)state;
    struct name_index ix = index_of_names();
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        check_name(&ix, field_rows[f].name, f);
    }
    for (int d = 0; d < DIM_COUNT; d++) {
        check_name(&ix, dimension_names[d], NAME_ID_DIMS + d);
    }
    check_name(&ix, TEXT_LITERAL("v"), NAME_ID_V);
    check_name(&ix, TEXT_LITERAL("id"), NAME_ID_ID);
    check_name(&ix, TEXT_LITERAL("ts"), NAME_ID_TS);
    check_name(&ix, TEXT_LITERAL("kind"), NAME_ID_KIND);
    check_name(&ix, TEXT_LITERAL("customer"), NAME_ID_CUSTOMER);
}

static void name_index_finds_nothing_else(void **state)
{
    (void)state;
    struct name_index ix = index_of_names();
    static const char *const other[] = {
        "", "w", "V", "ids", "regio", "regions", "product_grouq", "a name of more than 15 bytes"};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_null(name_index_find(&ix, text_of(other[i])));
    }
    assert_null(name_index_find(&ix, (struct text){"v\0", 2}));
    for (int b = 0; b < 256; b++) {
        uint8_t bytes[NAME_ROOM] = {(uint8_t)b};
        assert_null(name_index_find_tagged(&ix, bytes));
    }
}

/* The kind's member of a MessagePack map with something behind it; returns where the value begins. */
static const uint8_t *in_a_map(struct text kind, char room[128])
{
    memset(room, 0x5a, 128);
    memcpy(room, KIND_KEY, KIND_KEY_LEN);
    room[KIND_KEY_LEN] = (char)(0xa0 | kind.len);
    memcpy(room + KIND_KEY_LEN + 1, kind.at, kind.len);
    return (const uint8_t *)room + KIND_KEY_LEN;
}

static void name_index_finds_kinds_on_their_topic_in_a_map_and_alone(void **state)
{
    (void)state;
    struct name_index ix = index_of_names();
    for (int k = 0; k < KIND_COUNT; k++) {
        char copy[64], room[128];
        struct text name = {copy, kind_rows[k].name.len};
        memset(copy, 'x', sizeof copy);
        memcpy(copy, kind_rows[k].name.at, name.len);
        for (int t = 0; t < TOPIC_COUNT; t++) {
            enum event_kind wanted = kind_find(name, (enum event_topic)t);
            assert_int_equal(name_index_kind(&ix, name, (enum event_topic)t), wanted);
            assert_int_equal(name_index_kind_tagged(&ix, in_a_map(name, room), (enum event_topic)t), wanted);
        }
        for (uint32_t len = 0; len < 33; len++) {
            struct text other = {name.at, len};
            if (len != name.len && kind_find(other, kind_rows[k].topic) == KIND_NONE) {
                assert_int_equal(name_index_kind(&ix, other, kind_rows[k].topic), KIND_NONE);
                assert_int_equal(name_index_kind_tagged(&ix, in_a_map(other, room), kind_rows[k].topic), KIND_NONE);
            }
        }
    }
}

static void key_set_add_says_when_a_key_was_there_and_forgets_on_clear(void **state)
{
    (void)state;
    struct key_set *set = malloc(sizeof *set);
    static char names[4096][8];
    assert_non_null(set);
    key_set_init(set, 5);
    set->round = UINT32_MAX; /* the next clear wraps */
    for (int round = 0; round < 3; round++) {
        key_set_clear(set);
        for (size_t i = 0; i < 4096; i++) {
            memcpy(names[i], &i, sizeof i);
            assert_true(key_set_add(set, (struct text){names[i], 8}));
        }
        assert_false(key_set_add(set, (struct text){names[4095], 8}));
        assert_true(key_set_add(set, TEXT_LITERAL("")));
        assert_false(key_set_add(set, TEXT_LITERAL("")));
    }
    free(set);
}

static void kind_entity_name_follows_topic_and_kind(void **state)
{
    (void)state;
    assert_true(text_equal(kind_entity_name(KIND_PURCHASE), TEXT_LITERAL("customer")));
    assert_true(text_equal(kind_entity_name(KIND_SURVEY), TEXT_LITERAL("customer")));
    assert_true(text_equal(kind_entity_name(KIND_BENCHMARK), TEXT_LITERAL("subject")));
    assert_true(text_equal(kind_entity_name(KIND_HR_SURVEY), TEXT_LITERAL("employee")));
}

static enum decode_outcome outcome_with(const struct name_index *lent)
{
    static const char json[] = "{\"v\":1,\"id\":\"o-17\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"c42\",\"order\":\"17\","
                               "\"revenue\":1,\"cost\":1}";
    struct decode_scratch *s;
    struct event e;
    struct refusal why;
    assert_int_equal(decode_scratch_create_with(lent, &s), 0);
    enum decode_outcome o = event_decode(s, TOPIC_INTERACTIONS, (const uint8_t *)"c42", 3, (const uint8_t *)json, sizeof json - 1, &e, &why);
    decode_scratch_destroy(s);
    return o;
}

static void decode_scratch_create_with_reads_by_the_names_it_is_lent(void **state)
{
    (void)state;
    struct name_index lent = index_of_names();
    assert_int_equal(outcome_with(&lent), DECODED_EVENT);
    lent.fields[name_index_find(&lent, TEXT_LITERAL("revenue")) - lent.fields] = (struct name_slot){0};
    assert_int_equal(outcome_with(&lent), DECODED_REFUSED);
    assert_int_equal(outcome_with(NULL), DECODED_EVENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_index_finds_every_name_at_its_first_slot),
        cmocka_unit_test(name_index_finds_nothing_else),
        cmocka_unit_test(name_index_finds_kinds_on_their_topic_in_a_map_and_alone),
        cmocka_unit_test(key_set_add_says_when_a_key_was_there_and_forgets_on_clear),
        cmocka_unit_test(decode_scratch_create_with_reads_by_the_names_it_is_lent),
        cmocka_unit_test(kind_entity_name_follows_topic_and_kind),
    };
    return RUN_TESTS(tests);
}
