/* The changelog's records of this version, byte by byte: written as they stand here, and read back to the same. */
#include "support/unit.h"

#include "engine/record_words.h"
#include "support/entity_world.h"
#undef DAY
#undef HOUR
#include "support/golden_log.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)

/* ---- scopes --------------------------------------------------------------------------------------- */

static const char *const scope_golden[] = {
    "6e00 0107056361726503000673706565640300056d6f6f64030006776f727468030008616e737765727309540673746166660100077765616c74680000",
    "7008616e737765727300fec911726567696f6e3d6e6f727468 02090a060000000a01050a",
    "6f41726567696f6e3d6e6f727468 0100060102010104d804",
    "68726567696f6e3d6e6f727468 05000180c0dfaf400000ff01ff01ff0100000200000000000000000000000000000304020000000200010e0002000000",
};

/* A tick later: nothing is left of the octave, and of the cells only that of the sketch has changed. */
static const char *const scope_golden_later[] = {
    "6f41726567696f6e3d6e6f727468 ",
    "64726567696f6e3d6e6f727468 050001a0dce0af400000ff01ff01ff01000004000000000000000000000000000106020000",
};

static const char *const head_version_4 =
    "68726567696f6e3d6e6f727468 04000180c0dfaf400000ff01ff01ff0100000200000000000000000000000000000304020000000200010e0002000000";
static const char *const head_version_3 =
    "68726567696f6e3d6e6f727468 03000180c0dfaf400000ff01ff01ff01000180c0dfaf4000000001000000010000000100000304010000000100010e0001000000";

/* As version 2 wrote it: a level in a record of its own, a head with names. */
static const char *const scope_version_2[] = {
    "7008616e737765727300fec911726567696f6e3d6e6f727468 02090a060000000a01050a",
    "6c067374616666726567696f6e3d6e6f727468 02010e",
    "73077765616c74680141726567696f6e3d6e6f727468 02010104d804",
    "68726567696f6e3d6e6f727468 020180c0dfaf400000ff01ff01ff01000180c0dfaf4000000001000000010000000100000"
    "308616e737765727380c0dfaf400006737461666680c0dfaf4000077765616c746880c0dfaf400000",
};

static void flush_scopes(struct scope_engine *e, struct log *l)
{
    assert_int_equal(scope_engine_flush(e, log_put, l), 0);
}

static size_t unhex(const char *at, size_t digits, uint8_t *bytes)
{
    for (size_t i = 0; i < digits / 2; i++) {
        unsigned byte;
        assert_int_equal(sscanf(at + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    return digits / 2;
}

static void line_restore(struct scope_engine *e, const char *line)
{
    uint8_t key[64], value[256];
    const char *second = strchr(line, ' ') + 1;
    size_t key_len = unhex(line, (size_t)(second - 1 - line), key), len = unhex(second, strlen(second), value);
    assert_int_equal(scope_engine_restore(e, (struct text){(const char *)key, (uint32_t)key_len}, value, len), 0);
}

/* What comes next is written alike behind a head of now and those of versions 4 and 3. */
static void scope_records_have_the_bytes_of_their_version(void **state)
{
    (void)state;
    static struct fixture f;
    struct log l = {0}, again = {0};
    uint32_t s;
    int64_t cells[3] = {2};
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=north"), &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_ANSWERS, T0 - 1, 5, 3), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_ANSWERS, ROW_HIST, T0 - 1, -3, 5), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_STAFF, ROW_LEVEL, 0, 0, 7), 0);
    cell_set_wide(cells + 1, 300);
    struct delta_row row = {.set = set_alone(s), .measure = M_WEALTH, .kind = ROW_SKETCH, .slots = 3, .bucket = 33, .pane = 1, .cells = cells};
    assert_int_equal(scope_engine_add(f.engine, T0, &row), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    flush_scopes(f.engine, &l);
    assert_golden(&l, scope_golden, sizeof scope_golden / sizeof *scope_golden);
    scope_engine_destroy(f.engine);
    row.cells[0] = -2; /* and the sketch is empty */
    cell_set_wide(cells + 1, -300);
    const char *const heads[] = {scope_golden[3], head_version_4, head_version_3};
    for (unsigned before = 0; before < 3; before++) {
        assert_int_equal(scope_engine_create(&f.model, 2, &f.engine), 0);
        for (unsigned i = 0; i < l.count; i++) {
            line_restore(f.engine, i == 3 ? heads[before] : scope_golden[i]);
        }
        assert_int_equal(scope_engine_restored(f.engine), 0);
        assert_int_equal(scope_engine_add(f.engine, T0 + TICK, &row), 0);
        assert_int_equal(scope_engine_tick(f.engine, T0 + TICK), 0);
        flush_scopes(f.engine, &again);
        assert_golden(&again, scope_golden_later, 2);
        scope_engine_destroy(f.engine);
        log_close(&again);
    }
    log_close(&l);
}

/* Then the scope is written as it is now, and the records of the level and of the sketch are taken out. */
static void scope_records_of_version_2_are_read(void **state)
{
    (void)state;
    static struct fixture f;
    struct log l = {0};
    uint32_t s;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    for (unsigned i = 0; i < 4; i++) {
        line_restore(f.engine, scope_version_2[i]);
    }
    assert_int_equal(scope_engine_restored(f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=north"), &s), 0);
    int64_t cells[3] = {-1};
    cell_set_wide(cells + 1, -100);
    struct delta_row row = {.set = set_alone(s), .measure = M_WEALTH, .kind = ROW_SKETCH, .slots = 3, .bucket = 33, .pane = 1, .cells = cells};
    assert_int_equal(scope_engine_add(f.engine, T0 + TICK, &row), 0);
    assert_int_equal(fixture_one(&f, s, T0 + TICK, M_STAFF, ROW_LEVEL, 0, 0, 1), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0 + TICK), 0);
    flush_scopes(f.engine, &l);
    assert_int_equal(l.count, 5); /* list, level, sketch, octave, head */
    assert_int_equal(l.keys[1].at[0], 'l');
    assert_int_equal(l.values[1].len, 0);
    assert_int_equal(l.keys[2].at[0], 's');
    assert_int_equal(l.values[2].len, 0);
    assert_int_equal(l.keys[3].at[0], 'o');
    assert_non_null(memmem(l.values[3].at, l.values[3].len, "\x01\x01\x02\x90\x03", 5)); /* one of the two is left, with 200 */
    assert_int_equal(l.values[4].at[0], 5);
    assert_non_null(memmem(l.values[4].at, l.values[4].len, "\x00\x01\x10", 3)); /* of nothing let out, one number: 7 and 1 */
    flush_scopes(f.engine, &l);
    assert_int_equal(l.count, 5);
    scope_engine_destroy(f.engine);
    log_close(&l);
}

/* ---- entities ------------------------------------------------------------------------------------- */

static const char *const entity_golden[] = {
    "6331 06001c0d010001066e6f7274680602e0f705043030303030302d6500111140030401023200366e018096980103809f"
    "d507660090c80200014043fd5762af0e0100366e01410030809698034013fd5762af0ec8194c011ec5362ab786bfaf8102a"
    "540a00102820201066e6f72746802009b00a03008",
};

/* Of a like that an unlike took back, and of another one: steps, what is gone, what is fresh. */
static const char *const points_golden[] = {"6331 06001c01010000001510000008e0f70504031401000453006f01b84c0a1f4e961eb632c6e6c800000040017440a00"
                                            "404a0005440a003eb9f5e405ffb5762af0e3f84d8441c0b5a570600004001"};

/* Of an invoice that was paid in part days ago: what stood, a payment, and a bill that holds now. */
static const char *const invoice_golden[] = {"6331 06001800010000004500000004e0f70504ff27e61e01000752425e033e64f81f441b5c"
                                             "4e0410f76c041700c000e1f5051200c1fd071948003b58089200c1fe2fff66008793039201c"
                                             "10128e61e005a62021242c0030095ba0a0a00c10330ff6600b4c404"};

/* The words, and the same with them. */
static const char *const word_golden[] = {
    "00 0108015c260500000000005c2605000000006d01000000000000",
    "01 01016e6f727468",
    "6331 06021c0d0100030602e0f705043030303030302d6500111140030401023200366e018096980103809fd507660090c8"
    "0200014043fd5762af0e0100366e01410030809698030010194c011ec5362ab786bfaf8102a540a0010282020302009b00a0"
    "3008",
};

/* As it was before a case kept its steps, and as it may have been when it kept others, which are not read any more. */
static const char *const entity_without_steps =
    "06001c0d010001066e6f7274680602e0f705043030303030302d6500111140030401023200366e018096980103809fd5066"
    "60090c80200014043fd5762af0e0100366e01410030809698034013fd5762af0ec8194c011ec5362ab786bfaf8102a540a0"
    "0102820201066e6f7274680200";
static const char *const entity_with_old_step =
    "06001c0d010001066e6f7274680602e0f705043030303030302d6500111140030401023200366e018096980103809fd5076"
    "60090c80200014043fd5762af0e0100366e01410030809698034013fd5762af0ec8194c011ec5362ab786bfaf8102a540a0"
    "0102820201066e6f72746802009800a03008";

/* As version 5 wrote it. */
static const char *const entity_version_5 =
    "05001c0d0100066e6f7274680602e0f705043030303030302d6500111140030401023200366e018096980103809fd5"
    "0646409001c8014043fd5762af0e0100366e0141003080969803001264194c411ffc5762af0ec5362ab786bfaf8102a540a"
    "00102820002066e6f72746801";

/* The same customer as versions 4 and 3 wrote it; the last with a fact for each track and pane, and as it is written then: of
 * what only the margin told it is taken for cost. */
static const char *const entity_version_4 =
    "04001c0d0100066e6f7274680082c0dfaf40b0e0c0818386cc96650082c0dfaf4084c0dfaf4002320080ecb80b80ade2040"
    "00180bfd606066601c801010080f0e8aaab020180ecb80b21010080ade204230064c881808080640c05fbaf89fbea01c5ed"
    "a8b9ebf0efd7810102c5010283c0dfaf408284020002066e6f72746801";
static const char *const entity_version_3 =
    "03001c0d0100066e6f7274680082c0dfaf40b0e0c0818386cc96650082c0dfaf4084c0dfaf4002320080ecb80b80ade2040"
    "00180bfd606066601c801010080f0e8aaab026480bfd6067000026300c881808080640c05fbaf89fbea01c5eda8b9ebf0ef"
    "d7810102c5010283c0dfaf408284020002066e6f72746801";
static const char *const entity_after_version_3 =
    "06001c0d010001066e6f7274680602e0f705043030303030302d6500111140030401023200366e018096980103809fd5066"
    "60090c802004140b1fd5762af0e7f9fd501000201034013fd5762af0ec8194c011ec5362ab786bfaf8102a540a001028202"
    "01066e6f7274680200";

static void encode_all(struct entity_engine *e, struct log *l)
{
    bool erased, publish;
    for (uint32_t i = 0; i < entity_engine_dirty_count(e); i++) {
        struct text key = entity_engine_dirty_at(e, i, &erased, &publish);
        assert_int_equal(log_put(l, key, NULL, 0), 0);
        assert_int_equal(entity_engine_dirty_encode(e, i, &l->values[l->count - 1]), 0);
    }
    entity_engine_clean(e);
}

static void company(struct world *w)
{
    world_open(w);
    struct measure *m = world_measure(w, "concentration", "concentration", 0, 365 * DAY, DAY);
    m->tracks[0] = PRESENT_TRACK;
    world_measure(w, "buyers", "active", UINT64_C(1) << KIND_PURCHASE, 10 * DAY, DAY);
    world_measure(w, "ftr", "first_time", 0, 30 * DAY, DAY);
    world_rule(w, KIND_PURCHASE, 25, EVENT_FIELD_NONE, false);
    world_rule(w, KIND_SOCIAL_LIKE, 10, EVENT_REF, false)->retracted_by = UINT64_C(1) << KIND_SOCIAL_UNLIKE;
    w->model.points.window_ms = 365 * DAY;
    w->model.points.pane_ms = DAY;
    assert_int_equal(world_start(w, ENTITY_CUSTOMER, 1), 0);
}

/* A record is read, and as it is written again it has these bytes. */
static void assert_read_and_written(const struct buf *read, const struct buf *written)
{
    static struct world w;
    struct log l = {0};
    company(&w);
    assert_int_equal(entity_engine_restore(w.engine, TEXT_LITERAL("c1"), read->at, read->len, NULL), 0);
    struct event e = world_event(&w, KIND_CUSTOMER_UPDATE, T0 + 3, "c1");
    assert_int_equal(world_apply(&w, &e), 0);
    encode_all(w.engine, &l);
    assert_int_equal(l.count, 1);
    if (l.values[0].len != written->len || memcmp(l.values[0].at, written->at, written->len) != 0) {
        static char line[8192];
        *hex_of(&l.values[0], line) = 0;
        print_message("it is written as \"%s\"\n", line);
        fail();
    }
    world_close(&w);
    log_close(&l);
}

static void buy_and_ask(struct world *w)
{
    struct event e = world_event(w, KIND_PURCHASE, T0 + 1, "c1");
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    event_put_text(&e, EVENT_ORDER, "o1");
    event_put_number(&e, EVENT_REVENUE, 12 * FIXED_ONE);
    event_put_number(&e, EVENT_COST, 5 * FIXED_ONE);
    assert_int_equal(world_apply(w, &e), 0);
    e = world_event(w, KIND_CONTACT_OPEN, T0 + 2, "c1");
    event_put_text(&e, EVENT_CASE, "k1");
    assert_int_equal(world_apply(w, &e), 0);
}

static void entity_records_have_the_bytes_of_their_version(void **state)
{
    (void)state;
    static struct world w;
    struct log l = {0};
    company(&w);
    buy_and_ask(&w);
    encode_all(w.engine, &l);
    assert_golden(&l, entity_golden, sizeof entity_golden / sizeof *entity_golden);
    assert_read_and_written(&l.values[0], &l.values[0]);
    world_close(&w);
    log_close(&l);
}

static void points_under_way_have_the_bytes_of_their_version(void **state)
{
    (void)state;
    static struct world w;
    static const enum event_kind kinds[] = {KIND_SOCIAL_LIKE, KIND_SOCIAL_UNLIKE, KIND_SOCIAL_LIKE};
    struct log l = {0};
    company(&w);
    for (int i = 0; i < 3; i++) {
        struct event e = world_event(&w, kinds[i], T0 + 1 + i, "c1");
        event_put_text(&e, EVENT_REF, i < 2 ? "a" : "b");
        assert_int_equal(world_apply(&w, &e), 0);
    }
    encode_all(w.engine, &l);
    assert_golden(&l, points_golden, 1);
    assert_read_and_written(&l.values[0], &l.values[0]);
    world_close(&w);
    log_close(&l);
}

static void invoices_under_way_have_the_bytes_of_their_version(void **state)
{
    (void)state;
    static struct world w;
    static const struct {
        enum event_kind kind;
        int64_t ts, units;
    } told[] = {{KIND_INVOICE, T0 - 3 * DAY, 100}, {KIND_PAYMENT, T0 - 3 * DAY + 1, 30}, {KIND_PAYMENT, T0 + 1, 20}, {KIND_INVOICE, T0 + 2, 90}};
    struct log l = {0};
    company(&w);
    for (int i = 0; i < 4; i++) {
        struct event e = world_event(&w, told[i].kind, told[i].ts, "c1");
        event_put_text(&e, EVENT_INVOICE, "i1");
        event_put_number(&e, EVENT_AMOUNT, told[i].units * FIXED_ONE);
        event_put_number(&e, EVENT_DUE, told[i].ts + 10 * DAY);
        assert_int_equal(world_apply(&w, &e), 0);
    }
    encode_all(w.engine, &l);
    assert_golden(&l, invoice_golden, 1);
    assert_read_and_written(&l.values[0], &l.values[0]);
    world_close(&w);
    log_close(&l);
}

/* Into a log: the words by number, then the customer's record. */
static void words_and_record(struct world *w, struct log *l)
{
    struct record_words *words = entity_engine_words(w->engine);
    struct log record = {0};
    encode_all(w->engine, &record);
    for (uint32_t i = 0; i < record_words_count(words); i++) {
        const char number = (char)i;
        assert_int_equal(log_put(l, (struct text){&number, 1}, NULL, 0), 0);
        assert_int_equal(record_words_encode(words, i, &l->values[i]), 0);
    }
    assert_int_equal(log_put(l, TEXT_LITERAL("c1"), record.values[0].at, record.values[0].len), 0);
    log_close(&record);
}

static void entity_records_with_words_have_the_bytes_of_their_version(void **state)
{
    (void)state;
    static struct world w;
    struct log l = {0}, again = {0};
    company(&w);
    record_words_open(entity_engine_words(w.engine), true);
    buy_and_ask(&w);
    words_and_record(&w, &l);
    assert_golden(&l, word_golden, sizeof word_golden / sizeof *word_golden);
    world_close(&w);
    company(&w);
    for (uint32_t i = 0; i + 1 < l.count; i++) {
        assert_int_equal(record_words_restore(entity_engine_words(w.engine), i, l.values[i].at, l.values[i].len), 0);
    }
    const struct buf *record = &l.values[l.count - 1];
    assert_int_equal(entity_engine_restore(w.engine, TEXT_LITERAL("c1"), record->at, record->len, NULL), 0);
    struct event e = world_event(&w, KIND_CUSTOMER_UPDATE, T0 + 3, "c1");
    assert_int_equal(world_apply(&w, &e), 0);
    words_and_record(&w, &again); /* known words are used, whether there may be new ones or not */
    assert_golden(&again, word_golden, sizeof word_golden / sizeof *word_golden);
    world_close(&w);
    log_close(&l);
    log_close(&again);
}

static void bytes_of(const char *hex, struct buf *out)
{
    unsigned byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        const uint8_t b = (uint8_t)byte;
        assert_int_equal(buf_append(out, &b, 1), 0);
    }
}

static void assert_hex_read_and_written(const char *read, const char *written)
{
    struct buf old = {0}, now = {0};
    bytes_of(read, &old);
    bytes_of(written, &now);
    assert_read_and_written(&old, &now);
    buf_close(&old);
    buf_close(&now);
}

static void entity_records_of_versions_before_are_read(void **state)
{
    (void)state;
    assert_hex_read_and_written(entity_without_steps, entity_without_steps);
    assert_hex_read_and_written(entity_with_old_step, entity_without_steps);
    assert_hex_read_and_written(entity_version_5, entity_without_steps);
    assert_hex_read_and_written(entity_version_4, entity_without_steps);
    assert_hex_read_and_written(entity_version_3, entity_after_version_3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_records_have_the_bytes_of_their_version),
        cmocka_unit_test(scope_records_of_version_2_are_read),
        cmocka_unit_test(entity_records_have_the_bytes_of_their_version),
        cmocka_unit_test(points_under_way_have_the_bytes_of_their_version),
        cmocka_unit_test(invoices_under_way_have_the_bytes_of_their_version),
        cmocka_unit_test(entity_records_with_words_have_the_bytes_of_their_version),
        cmocka_unit_test(entity_records_of_versions_before_are_read),
    };
    return RUN_TESTS(tests);
}
