/* The order of the checks, and the bounds of a record. */
#include "support/unit.h"

#include <stdio.h>

#include "proto/kind_fields.h"
#include "support/decode.h"

enum { RECORD_ROOM = RECORD_BYTES_MAX + 64 };

static void append(struct buf *b, const char *text)
{
    assert_int_equal(buf_append(b, text, strlen(text)), 0);
}

static void append_times(struct buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        append(b, text);
    }
}

/* One way to break a record, as members of its map; `reason` is the refusal it leads to. */
struct fault {
    const char *reason;
    const char *member; /* NULL: made by fault_append */
    char special;       /* L: long text, D: depth, U: bad UTF-8, M: many members, ... */
};

/* In the order of the checks. */
static const struct fault faults[] = {
    {"too_large", NULL, 'L'},
    {"too_large", NULL, 'M'},
    {"too_deep", NULL, 'D'},
    {"undecodable", NULL, 'U'},
    {"undecodable", "\"twice\":1,\"twice\":2", 0},
    {"undecodable", "\"lone\":\"\\udc00\"", 0},
    {"version", "\"v\":2", 0},
    {"missing_field", NULL, 'V'},
    {"missing_field", NULL, 'K'},
    {"wrong_type", "\"kind\":5", 0},
    {"wrong_topic", "\"kind\":\"enps\"", 0},
    {"ignored", "\"kind\":\"nothing\"", 0},
    {"missing_field", NULL, 'R'},
    {"wrong_type", "\"region\":5", 0},
    {"wrong_type", "\"influence\":101", 0},
    {"not_finite", "\"cost\":1e999", 0},
    {"key_mismatch", "\"customer\":\"other\"", 0},
};

enum { FAULTS = sizeof faults / sizeof faults[0] };

static void fault_append(struct buf *b, const struct fault *f)
{
    if (f->special == 'L') {
        append(b, "\"long\":\"");
        append_times(b, "x", RECORD_STRING_MAX + 1);
        append(b, "\"");
    } else if (f->special == 'M') {
        append(b, "\"many\":[0");
        append_times(b, ",0", RECORD_ELEMENTS_MAX);
        append(b, "]");
    } else if (f->special == 'D') {
        append(b, "\"deep\":");
        append_times(b, "[", RECORD_DEPTH_MAX);
        append_times(b, "]", RECORD_DEPTH_MAX);
    } else if (f->special == 'U') {
        append(b, "\"bad\":\"\xff\"");
    } else if (f->member) {
        append(b, f->member);
    } else {
        char member[] = {'"', 'n', f->special, '"', ':', '0', 0};
        append(b, member);
    }
}

/* What of the sound record a fault takes away or replaces. */
static bool takes(const struct fault *f, const char *name)
{
    char quoted[24];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    bool replaced = f->member && strncmp(f->member, quoted, strlen(quoted)) == 0;
    return replaced || (f->special == 'V' && strcmp(name, "v") == 0) ||
           (f->special == 'K' && strcmp(name, "kind") == 0) ||
           (f->special == 'R' && strcmp(name, "order") == 0);
}

static const struct {
    const char *name, *member;
} sound[] = {{"v", "\"v\":1"},
             {"id", "\"id\":\"a\""},
             {"ts", "\"ts\":1"},
             {"kind", "\"kind\":\"purchase\""},
             {"customer", "\"customer\":\"c\""},
             {"order", "\"order\":\"o\""},
             {"revenue", "\"revenue\":1"}};

static void record_of(struct buf *b, const struct fault *one, const struct fault *two)
{
    append(b, "{");
    fault_append(b, one);
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        if (!takes(one, sound[i].name) && !takes(two, sound[i].name)) {
            append(b, ",");
            append(b, sound[i].member);
        }
    }
    append(b, ",");
    fault_append(b, two);
    append(b, "}");
}

/* Both name the same member: no record holds the two. */
static bool compatible(const struct fault *a, const struct fault *b)
{
    bool a_kind = takes(a, "kind"), b_kind = takes(b, "kind"), a_v = takes(a, "v"),
         b_v = takes(b, "v");
    return a != b && !(a_kind && b_kind) && !(a_v && b_v);
}

static void event_decode_reports_the_earlier_check_of_two_faults(void **state)
{
    (void)state;
    size_t pairs = 0;
    for (size_t i = 0; i < FAULTS; i++) {
        for (size_t j = 0; j < FAULTS; j++) {
            if (!compatible(&faults[i], &faults[j])) {
                continue;
            }
            struct buf b = {0};
            record_of(&b, &faults[i], &faults[j]);
            struct decoded d = decode_record(TOPIC_INTERACTIONS, "c", b.at, b.len);
            const char *wanted = faults[i < j ? i : j].reason;
            if (strcmp(verdict(&d), wanted)) {
                print_error("faults %zu and %zu: %s, not %s\n", i, j, verdict(&d), wanted);
            }
            assert_string_equal(verdict(&d), wanted);
            decoded_close(&d);
            buf_close(&b);
            pairs++;
        }
    }
    assert_true(pairs > 200);
}

static const char *verdict_of(struct buf *b, struct decoded *d)
{
    *d = decode_record(TOPIC_INTERACTIONS, "c", b->at, b->len);
    decoded_close(d);
    buf_close(b);
    *b = (struct buf){0};
    return verdict(d);
}

#define CHURN "\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"churn\",\"customer\":\"c\""

static const char *json_with(const char *before, const char *fill, size_t times, const char *after)
{
    struct buf b = {0};
    struct decoded d;
    append(&b, "{" CHURN ",\"z\":");
    append(&b, before);
    append_times(&b, fill, times);
    append(&b, after);
    append(&b, "}");
    return verdict_of(&b, &d);
}

static void event_decode_bounds_json_texts_after_unescaping(void **state)
{
    (void)state;
    assert_string_equal(json_with("\"", "x", RECORD_STRING_MAX, "\""), "event");
    assert_string_equal(json_with("\"", "x", RECORD_STRING_MAX + 1, "\""), "too_large");
    assert_string_equal(json_with("\"", "\\u0041", RECORD_STRING_MAX, "\""), "event");
    assert_string_equal(json_with("\"", "\\u0041", RECORD_STRING_MAX + 1, "\""), "too_large");
    assert_string_equal(json_with("\"", "\\u20ac", RECORD_STRING_MAX / 3, "\""), "event");
    assert_string_equal(json_with("\"", "\\u20ac", RECORD_STRING_MAX / 3 + 1, "\""), "too_large");
}

static void event_decode_bounds_the_elements_of_all_containers_together(void **state)
{
    (void)state;
    size_t free_elements = RECORD_ELEMENTS_MAX - 6; /* five members and z itself */
    assert_string_equal(json_with("[0", ",0", free_elements - 1, "]"), "event");
    assert_string_equal(json_with("[0", ",0", free_elements, "]"), "too_large");
    assert_string_equal(json_with("[[0],{\"a\":0}", ",0", free_elements - 4, "]"), "event");
    assert_string_equal(json_with("[[0],{\"a\":0}", ",0", free_elements - 3, "]"), "too_large");
}

static void event_decode_bounds_the_depth_with_the_map_as_first_level(void **state)
{
    (void)state;
    char ends[2 * RECORD_DEPTH_MAX + 1];
    memset(ends, ']', sizeof ends);
    ends[RECORD_DEPTH_MAX - 1] = 0;
    assert_string_equal(json_with("", "[", RECORD_DEPTH_MAX - 1, ends), "event");
    ends[RECORD_DEPTH_MAX - 1] = ']';
    ends[RECORD_DEPTH_MAX] = 0;
    assert_string_equal(json_with("", "[", RECORD_DEPTH_MAX, ends), "too_deep");
    assert_string_equal(json_with("", "[", 3000, ""), "too_deep");
    assert_string_equal(json_with("", "[", 5000, ""), "too_large");
}

static void event_decode_bounds_the_record(void **state)
{
    (void)state;
    static char record[RECORD_ROOM];
    int n = snprintf(record, sizeof record, "{" CHURN "}");
    memset(record + n, ' ', sizeof record - (size_t)n);
    struct decoded d = decode_record(TOPIC_INTERACTIONS, "c", record, RECORD_BYTES_MAX);
    assert_string_equal(verdict(&d), "event");
    decoded_close(&d);
    d = decode_record(TOPIC_INTERACTIONS, "c", record, RECORD_BYTES_MAX + 1);
    assert_string_equal(verdict(&d), "too_large");
    decoded_close(&d);
}

static const char *packed(const char *head, const char *fill, size_t times)
{
    struct buf b = {0};
    struct decoded d;
    append(&b, head);
    append_times(&b, fill, times);
    return verdict_of(&b, &d);
}

static void event_decode_refuses_hostile_sizes_of_messagepack_at_once(void **state)
{
    (void)state;
    assert_string_equal(packed("\xdf\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\xdd\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\xdb\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\xc6\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\xc9\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\x81\xa1z\xdf\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\x81\xa6region\xdb\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\x81\xa6region\xdd\xff\xff\xff\xff", "", 0), "too_large");
    assert_string_equal(packed("\x81\xa1z", "\x91", 3000), "too_deep");
    assert_string_equal(packed("\x81\xa1z", "\x91", 5000), "too_large");
    assert_string_equal(packed("", "\x91", 17), "too_deep");
    assert_string_equal(packed("\x81\xa1z", "\x91", 15), "undecodable");
    assert_string_equal(packed("\x81\xa1z\xda\xff\xff", "x", 10), "undecodable");
}

static void append_required(struct buf *b, uint64_t fields, uint32_t dims)
{
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        static const char *const values[] = {[FIELD_TEXT] = "\"t\"",
                                             [FIELD_DECIMAL] = "3",
                                             [FIELD_INTEGER] = "3",
                                             [FIELD_BOOL] = "true"};
        char member[64];
        if (fields >> f & 1) {
            snprintf(member, sizeof member, ",\"%s\":%s", field_rows[f].name.at,
                     values[field_rows[f].type]);
            append(b, member);
        }
    }
    if (dims & DIM_BIT(CAMPAIGN)) {
        append(b, ",\"campaign\":\"t\"");
    }
}

static void check_kind(enum event_kind k, uint64_t fields, uint32_t dims, const char *wanted)
{
    struct buf b = {0};
    bool hr = kind_rows[k].topic == TOPIC_HR;
    char head[160];
    snprintf(head, sizeof head, "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"%s\"%s",
             kind_rows[k].name.at,
             hr                    ? ",\"employee\":\"t\""
             : k == KIND_BENCHMARK ? ""
                                   : ",\"customer\":\"t\"");
    append(&b, head);
    append_required(&b, fields, dims);
    append(&b, "}");
    assert_int_equal(buf_append(&b, "", 1), 0);
    struct decoded json = decode_json(kind_rows[k].topic, "t", (char *)b.at);
    struct decoded recoded = decode_recoded(kind_rows[k].topic, "t", (char *)b.at);
    if (strcmp(verdict(&json), wanted)) {
        print_error("%s: %s\n", (char *)b.at, verdict(&json));
    }
    assert_string_equal(verdict(&json), wanted);
    assert_string_equal(verdict(&recoded), wanted);
    if (json.outcome == DECODED_EVENT) {
        assert_int_equal(json.e.kind, k);
        assert_true(json.e.present == fields && recoded.e.present == fields);
    }
    decoded_close(&json);
    decoded_close(&recoded);
    buf_close(&b);
}

static void event_decode_wants_exactly_the_fields_each_kind_requires(void **state)
{
    (void)state;
    for (int k = 0; k < KIND_COUNT; k++) {
        const struct kind_fields *row = &kind_fields[k];
        uint64_t whole = row->required | row->either;
        check_kind((enum event_kind)k, whole, row->required_dims, "event");
        for (uint64_t left = row->required; left; left &= left - 1) {
            check_kind((enum event_kind)k, whole & ~(left & -left), row->required_dims,
                       "missing_field");
        }
        for (uint64_t left = row->either; left; left &= left - 1) {
            check_kind((enum event_kind)k, row->required | (left & -left), row->required_dims,
                       "event");
        }
        if (row->either) {
            check_kind((enum event_kind)k, row->required, row->required_dims, "missing_field");
        }
        if (row->required_dims) {
            check_kind((enum event_kind)k, whole, 0, "missing_field");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_decode_reports_the_earlier_check_of_two_faults),
        cmocka_unit_test(event_decode_bounds_json_texts_after_unescaping),
        cmocka_unit_test(event_decode_bounds_the_elements_of_all_containers_together),
        cmocka_unit_test(event_decode_bounds_the_depth_with_the_map_as_first_level),
        cmocka_unit_test(event_decode_bounds_the_record),
        cmocka_unit_test(event_decode_refuses_hostile_sizes_of_messagepack_at_once),
        cmocka_unit_test(event_decode_wants_exactly_the_fields_each_kind_requires),
    };
    return RUN_TESTS(tests);
}
