#include <inttypes.h>
#include <stdarg.h>

#include "measure/result.h"
#include "proto/event_words.h"
#include "proto/kind_fields.h"
#include "proto/result_words.h"
#include "proto/schema.h"
#include "proto/schema_parts.h"

#define LINE_MAX_BYTES 512

/* Writers share one sticky result, as those of emit do. */
struct page {
    struct buf *out;
    int rc;
};

__attribute__((format(printf, 2, 3))) static void say(struct page *p, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t bytes = len < 0 ? 0 : (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
    p->rc = p->rc ? p->rc : buf_append(p->out, line, bytes);
}

static void say_fields(struct page *p, uint64_t fields, const char *between)
{
    const char *before = "";
    for (uint64_t left = fields; left; left &= left - 1, before = between) {
        say(p, "%s`%s`", before, field_rows[__builtin_ctzll(left)].name.at);
    }
}

static void say_kind(struct page *p, enum event_kind kind)
{
    const struct kind_fields *k = &kind_fields[kind];
    say(p, "| `%s`%s | ", kind_rows[kind].name.at, kind_rows[kind].acts ? " *" : "");
    for (int d = 0; d < DIM_COUNT; d++) {
        if (k->required_dims >> d & 1) {
            say(p, "`%s` ", dimension_names[d].at);
        }
    }
    say_fields(p, k->required, ", ");
    say(p, k->either && k->required ? ", " : "");
    say_fields(p, k->either, " or ");
    say(p, " | ");
    say_fields(p, k->optional, ", ");
    say(p, " |\n");
}

static void say_topic(struct page *p, enum event_topic topic)
{
    say(p, "\n### %s\n\n| kind | required | optional |\n|---|---|---|\n", topic_role_names[topic].at);
    for (int k = 0; k < KIND_COUNT; k++) {
        if (kind_rows[k].topic == topic) {
            say_kind(p, (enum event_kind)k);
        }
    }
}

static void say_event_fields(struct page *p)
{
    static const char *const types[] = {[FIELD_TEXT] = "text", [FIELD_DECIMAL] = "number", [FIELD_INTEGER] = "integer", [FIELD_BOOL] = "boolean"};
    say(p, "\n### Fields\n\n| field | type | |\n|---|---|---|\n");
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        say(p, "| `%s` | %s | %s |\n", field_rows[f].name.at, types[field_rows[f].type], event_field_words((enum event_field)f));
    }
    say(p, "\n### Scales of customer surveys\n\n| instrument | value |\n|---|---|\n");
    const struct value_scale *scale;
    for (uint32_t i = 0; (scale = value_scale_at(i)) != NULL; i++) {
        say(p, "| `%s` | %s |\n", scale->instrument.at, scale->words);
    }
}

static void say_type(struct page *p, const struct output_member_row *m)
{
    static const char *const names[] = {
        [OF_VERSION] = "1", [OF_INT] = "integer", [OF_COUNT] = "integer", [OF_INSTANT] = "Unix ms", [OF_NUMBER] = "number",
        [OF_SHARE] = "0..1", [OF_TEXT] = "text", [OF_TEXTS] = "texts", [OF_BOOL] = "boolean", [OF_PAIR] = "two numbers",
        [OF_DIGEST] = "8 hex digits", [OF_PRINT] = "16 hex digits", [OF_TIME] = "RFC 3339", [OF_OCTANT] = "octant",
        [OF_OCTANT_CODE] = "0..7", [OF_AXIS] = "E, X, V", [OF_SIDE] = "low, high, unknown", [OF_BASIS] = "own, linked, inherited",
        [OF_STATUS] = "firing, resolved", [OF_CLASS] = "low-low ... high-high", [OF_CLV] = "after_first, ...", [OF_WITHHELD] = "k",
        [OF_JUMP] = "1..3", [OF_NUMBERS_NAMED] = "numbers by name", [OF_TEXTS_NAMED] = "texts by name", [OF_AXES] = "by axis: ",
        [OF_MAP] = "", [OF_LIST] = "list of ", [OF_NAMED] = "by name: "};
    say(p, "%s", names[m->type]);
    if (m->of != OUTPUT_MAP_NONE) {
        say(p, "[%s](#%s)", output_maps[m->of].key, output_maps[m->of].key);
    }
}

static void say_members(struct page *p, enum output_map map)
{
    for (unsigned i = 0; i < OUTPUT_MEMBER_COUNT; i++) {
        const struct output_member_row *m = &output_members[i];
        if (m->map == map) {
            say(p, "| `%s` | ", m->name);
            say_type(p, m);
            say(p, " | %s%s%s |\n", m->always ? "" : "sometimes", m->always || !m->words[0] ? "" : ": ", m->words);
        }
    }
    for (unsigned f = 0; map == OUTPUT_MAP_MEASURE && f < RESULT_FIELD_COUNT; f++) {
        if (f != RESULT_HITS && f != RESULT_WHALE_RANK) {
            say(p, "| `%s` | %s | by aggregation: %s |\n", result_field_rows[f].name,
                f == RESULT_WHALE ? "[whale](#whale)" : result_field_rows[f].is_double ? "number" : "integer",
                result_field_words((enum result_field)f));
        }
    }
}

static void say_map(struct page *p, enum output_map map)
{
    const struct output_map_row *row = &output_maps[map];
    say(p, "\n### %s\n\n%s%s", row->key, row->words, row->base == OUTPUT_MAP_NONE ? ".\n" : "; it has the members of ");
    if (row->base != OUTPUT_MAP_NONE) {
        say(p, "[%s](#%s), too.\n", output_maps[row->base].key, output_maps[row->base].key);
    }
    say(p, "\n| member | type | |\n|---|---|---|\n");
    say_members(p, map);
}

static const char scope_keys[] =
    "\nThe key of a scope is `organisation`, or its dimensions and their values: `region=north,segment=smb`. A value stands in it as it is, but\n"
    "for a comma before the name of a dimension and `=`, which is `%2C` (a region `a,segment=b` is `region=a%2Csegment=b`), and for a `%`\n"
    "that would be taken for one, also with any number of `25` between, which is `%25`. So `,DIMENSION=` always begins the next dimension, and\n"
    "whoever takes a key apart turns only a `%2C` or `%25` back that leads so to a name and `=`. `tap --scope`, `cubed test` and\n"
    "`/api/v1/scopes/KEY` take keys; the scopes of an alert in the configuration are values.\n"
    "\nThe scope whose values are all `overflow` holds what is in scopes of its kind beyond `limits.scopes`, and what has these values itself; the\n"
    "alert `Overflow` fires when there is any of the former.\n";

int schema_page(struct buf *out)
{
    struct page p = {out, 0};
    say(&p, "# Records\n\nMade of the tables in `lib/event`, `proto/kind_fields.h` and `proto/output_form.h` by `tests/schema/write`:\n"
            "do not edit.\n");
    say(&p, "\n## Events\n\nEvery event has `v` (1), `id`, `ts` (Unix ms), `kind` and its entity (`customer`; hr: `employee`;\n"
            "benchmark: `subject`), and may have `source`, any dimension (");
    for (int d = 0; d < DIM_COUNT; d++) {
        say(&p, "%s`%s`", d ? ", " : "", dimension_names[d].at);
    }
    say(&p, ") and, of a customer, `employee`. * = the customer acts.\n");
    for (int t = 0; t < TOPIC_COUNT; t++) {
        say_topic(&p, (enum event_topic)t);
    }
    say_event_fields(&p);
    say(&p, "\n## Outputs\n\nThe values of `cube.state`, `cube.changes`, `cube.alerts` and `cube.customers` are the first four.\n"
            "Two alerts of `cube.alerts` are in no configuration: `Overflow` (a bound of `limits` is reached) and `DeadLetterShare`. They are of\n"
            "a task, or of an input partition of one (`limits.ids`), whose name is the label `task`, and not of a scope.\n");
    p.rc = p.rc ? p.rc : buf_append(out, scope_keys, sizeof scope_keys - 1);
    for (int m = 0; m < OUTPUT_MAP_COUNT; m++) {
        say_map(&p, (enum output_map)m);
    }
    return p.rc;
}
