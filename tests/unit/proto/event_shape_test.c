/* A record that is read by the shape of those before it gets the verdict that it gets without. */
#include "support/unit.h"

#include "support/two_decoders.h"

#define HEAD(id, kind) "\xa1v\x01\xa2id" id "\xa2ts\xcf\0\0\x01\x9b\x77\x40\xd8\0\xa4kind" kind

#define DIMS "\xa8" "division\xa6" "div-01\xa6region\xa9region-03\xa7segment\xa5seg-0\xa7" "channel\xb1" "a channel of many"

static const struct sample samples[] = {
    SAMPLE(TOPIC_INTERACTIONS, "c0009786",
           "\xde\x00\x0e" HEAD("\xb5" "910a2dec-00000000000a", "\xa8purchase") "\xa8" "customer\xa8" "c0009786" DIMS
           "\xa5order\xa3" "o-1\xa7revenue\xcd\x03\xe8\xa4" "cost\x64\xa8quantity\xcc\xff\xa8" "discount\xce\0\1\0\0"),
    SAMPLE(TOPIC_INTERACTIONS, "c7", "\x8c" HEAD("\xa9" "910a2dec-", "\xac" "contact.open") "\xa8" "customer\xa2" "c7" DIMS
           "\xa4" "case\xa1" "1\xa3" "bot\xc3\xa9" "expect_ms\x05"),
    SAMPLE(TOPIC_CPI, "a customer of many letters",
           "\x8b" HEAD("\xa1" "1", "\xa6survey") "\xa8" "customer\xba" "a customer of many letters" DIMS "\xaainstrument\xa3nps\xa5value\x09"),
    SAMPLE(TOPIC_CPI, "shop", "\x89" HEAD("\xa9" "910a2dec-", "\xa9" "benchmark") DIMS "\xa6metric\xa3nps\xa5value\x09\xa7subject\xa4shop" ""),
    SAMPLE(TOPIC_HR, "e1", "\x89" HEAD("\xa9" "910a2dec-", "\xa6survey") "\xa8" "employee\xa2" "e1" DIMS
           "\xa5theme\xa5pride\xa5value\x03\xa5scale\x05"),
    /* shorter than an envelope may be */
    SAMPLE(TOPIC_INTERACTIONS, "c7", "\x86" HEAD("\xa1" "7", "\xa5" "churn") "\xa8" "customer\xa2" "c7\xa6region\xa5north"),
};

/* The head of the fourth says how many stand there. */
static size_t record_of(const struct sample *s, uint8_t *to)
{
    memcpy(to, s->value.at, s->value.len);
    uint8_t *head = s->value.at[0] == (char)0xde ? to + 2 : to;
    struct msgpack_cursor c = {to + (head == to ? 1 : 3), to + s->value.len};
    struct mp_token t;
    uint8_t members = 0;
    while (msgpack_cursor_next(&c, &t) == 0 && msgpack_cursor_next(&c, &t) == 0) {
        members++;
    }
    *head = head == to ? 0x80 | members : members;
    return s->value.len;
}

static void decode(struct decode_scratch *scratch, const struct sample *s, const uint8_t *at, size_t len, struct verdict *ret_v)
{
    ret_v->outcome = event_decode(scratch, s->topic, (const uint8_t *)s->key.at, s->key.len, at, len, &ret_v->e, &ret_v->r);
}

static void check(struct two_decoders *b, const struct sample *s, const uint8_t *at, size_t len)
{
    assert_true(two_decoders_agree(b, s->topic, s->key, at, len));
}

static void event_shape_decode_reads_what_event_shape_learn_saw(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct two_decoders b;
        assert_int_equal(two_decoders_open(&b), 0);
        uint8_t record[512];
        size_t len = record_of(&samples[i], record);
        struct event e;
        struct text key = samples[i].key;
        struct verdict v;
        assert_false(event_shape_decode(b.knowing, samples[i].topic, key, record, len, &e));
        decode(b.knowing, &samples[i], record, len, &v);
        assert_int_equal(v.outcome, DECODED_EVENT);
        assert_true(event_shape_decode(b.knowing, samples[i].topic, key, record, len, &e));
        assert_true(text_equal(e.entity, key));
        check(&b, &samples[i], record, len);
        assert_false(event_shape_decode(b.knowing, samples[i].topic, (struct text){"x", 1}, record, len, &e));
        assert_false(event_shape_decode(b.knowing, samples[i].topic, (struct text){0}, record, len, &e));
        two_decoders_close(&b);
    }
}

static void event_decode_sees_every_fault_in_a_record_of_known_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct two_decoders b;
        assert_int_equal(two_decoders_open(&b), 0);
        uint8_t record[512];
        size_t len = record_of(&samples[i], record);
        struct verdict v;
        decode(b.knowing, &samples[i], record, len, &v);
        for (size_t n = 0; n <= len; n++) {
            check(&b, &samples[i], record, n);
        }
        for (size_t n = 0; n < len; n++) {
            uint8_t was = record[n];
            for (unsigned other = 0; other < 256; other += n < 8 ? 1 : 3) {
                record[n] = (uint8_t)(was + other);
                check(&b, &samples[i], record, len);
            }
            record[n] = was;
        }
        record[len] = 0xc0;
        check(&b, &samples[i], record, len + 1);
        two_decoders_close(&b);
    }
}

static uint8_t *find(uint8_t *at, size_t len, const char *word)
{
    size_t n = strlen(word), i = 0;
    while (i + n <= len && memcmp(at + i, word, n) != 0) {
        i++;
    }
    assert_true(i + n <= len);
    return at + i;
}

static void event_shape_learn_takes_another_shape_in_time(void **state)
{
    (void)state;
    const struct sample *s = &samples[1];
    struct two_decoders b;
    assert_int_equal(two_decoders_open(&b), 0);
    uint8_t first[512], other[512];
    size_t len = record_of(s, first);
    record_of(s, other);
    memcpy(find(other, len, "segment"), "channel", 7); /* the first of the two */
    memcpy(find(first, len, "channel") - first + other, "segment", 7);
    struct verdict v;
    struct event e;
    decode(b.knowing, s, first, len, &v);
    assert_false(event_shape_decode(b.knowing, s->topic, s->key, other, len, &e));
    for (int i = 0; i < 16; i++) {
        decode(b.knowing, s, other, len, &v);
        assert_int_equal(v.outcome, DECODED_EVENT);
    }
    assert_true(event_shape_decode(b.knowing, s->topic, s->key, other, len, &e));
    two_decoders_close(&b);
}

/* The first step in two: what stands before its value, and the value. As of a key of more than fifteen letters. */
static void split_first_step(struct decode_scratch *s, enum event_kind kind, uint32_t members)
{
    struct record_shape *shape = &s->shapes[SHAPE_MSGPACK][kind][members % SHAPES_OF_KIND];
    struct shape_step *step = s->steps[SHAPE_MSGPACK][kind][members % SHAPES_OF_KIND];
    uint8_t bytes[sizeof step->before];
    assert_in_range(shape->steps_count, 1, SHAPE_STEPS_MAX - 1);
    assert_int_not_equal(step->type, SHAPE_NO_VALUE);
    memmove(step + 1, step, shape->steps_count * sizeof *step);
    shape->steps_count++;
    memcpy(bytes, &step[1].before, sizeof bytes);
    memmove(bytes, bytes + 2, sizeof bytes - 2);
    step[1].before = bytes16_load(bytes);
    step[1].len = (uint8_t)(step[1].len - 2);
    step[1].within >>= 2;
    step[0].len = 2;
    step[0].within = 3;
    step[0].type = SHAPE_NO_VALUE;
}

static void event_shape_decode_reads_a_key_of_several_steps(void **state)
{
    (void)state;
    const struct sample *s = &samples[1];
    struct two_decoders b;
    uint8_t record[512];
    struct verdict v;
    struct event e;
    assert_int_equal(two_decoders_open(&b), 0);
    size_t len = record_of(s, record);
    decode(b.knowing, s, record, len, &v);
    assert_int_equal(v.outcome, DECODED_EVENT);
    split_first_step(b.knowing, v.e.kind, record[0] & 0x0f);
    assert_true(event_shape_decode(b.knowing, s->topic, s->key, record, len, &e));
    assert_true(text_equal(e.entity, s->key));
    check(&b, s, record, len);
    two_decoders_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_shape_decode_reads_what_event_shape_learn_saw),
        cmocka_unit_test(event_decode_sees_every_fault_in_a_record_of_known_shape),
        cmocka_unit_test(event_shape_decode_reads_a_key_of_several_steps),
        cmocka_unit_test(event_shape_learn_takes_another_shape_in_time),
    };
    return RUN_TESTS(tests);
}
