#include "base/check.h"
#include "cube/cube_plan.h"
#include "measure/result.h"
#include "proto/result_words.h"
#include "proto/schema.h"
#include "proto/schema_parts.h"

const char *result_field_words(enum result_field f)
{
    static const char *const words[RESULT_FIELD_COUNT] = {
#define X(symbol, text) [RESULT_##symbol] = text,
        RESULT_FIELD_WORDS(X)
#undef X
    };
    return words[f] ? words[f] : "";
}

static void put_type(struct emit *e, const char *type)
{
    schema_text(e, "type", type);
}

static void put_pattern(struct emit *e, const char *pattern)
{
    put_type(e, "string");
    schema_text(e, "pattern", pattern);
}

static void put_limits(struct emit *e, const char *type, int64_t low, int64_t high)
{
    put_type(e, type);
    schema_int(e, "minimum", low);
    if (high >= low) {
        schema_int(e, "maximum", high);
    }
}

static void put_words(struct emit *e, const struct text *words, uint32_t count)
{
    emit_key(e, "enum");
    emit_array(e);
    for (uint32_t i = 0; i < count; i++) {
        emit_text(e, words[i]);
    }
    emit_close(e);
}

static void put_ref(struct emit *e, enum output_map map)
{
    char ref[64];
    CHECK_PRE(map < OUTPUT_MAP_COUNT);
    snprintf(ref, sizeof ref, "#/$defs/%s", output_maps[map].key);
    schema_text(e, "$ref", ref);
}

static void put_items(struct emit *e, const char *keyword, const char *type, enum output_map of)
{
    emit_key(e, keyword);
    emit_map(e);
    if (type) {
        put_type(e, type);
    } else {
        put_ref(e, of);
    }
    emit_close(e);
}

static void put_list(struct emit *e, const char *type, enum output_map of)
{
    put_type(e, "array");
    put_items(e, "items", type, of);
}

static void put_named(struct emit *e, const char *type, enum output_map of)
{
    put_type(e, "object");
    put_items(e, "additionalProperties", type, of);
}

static void put_axes(struct emit *e, enum output_map of)
{
    put_type(e, "object");
    emit_key(e, "properties");
    emit_map(e);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        emit_key_text(e, axis_names[a]);
        emit_map(e);
        put_ref(e, of);
        emit_close(e);
    }
    emit_close(e);
    emit_key(e, "required");
    emit_array(e);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        emit_text(e, axis_names[a]);
    }
    emit_close(e);
}

#define WORDS(name, ...) static const struct text name[] = {__VA_ARGS__}
#define PUT_WORDS(e, name) put_words(e, name, sizeof name / sizeof name[0])

WORDS(sides, TEXT_LITERAL("low"), TEXT_LITERAL("high"), TEXT_LITERAL("unknown"));
WORDS(bases, TEXT_LITERAL("own"), TEXT_LITERAL("linked"), TEXT_LITERAL("inherited"));
WORDS(statuses, TEXT_LITERAL("firing"), TEXT_LITERAL("resolved"));
WORDS(classes, TEXT_LITERAL("low-low"), TEXT_LITERAL("low-high"), TEXT_LITERAL("high-low"), TEXT_LITERAL("high-high"));
WORDS(forms, TEXT_LITERAL("after_first"), TEXT_LITERAL("from_first"), TEXT_LITERAL("undiscounted_first"));
WORDS(reasons, TEXT_LITERAL("k"));

static void put_of(struct emit *e, enum output_type_of type, enum output_map of)
{
    switch (type) {
    case OF_VERSION: schema_int(e, "const", 1); break;
    case OF_INT: put_type(e, "integer"); break;
    case OF_COUNT: put_limits(e, "integer", 0, -1); break;
    case OF_INSTANT: put_limits(e, "integer", 0, SCHEMA_INSTANT_MAX); break;
    case OF_NUMBER: put_type(e, "number"); break;
    case OF_SHARE: put_limits(e, "number", 0, 1); break;
    case OF_TEXT: put_type(e, "string"); break;
    case OF_TEXTS: put_list(e, "string", OUTPUT_MAP_NONE); break;
    case OF_BOOL: put_type(e, "boolean"); break;
    case OF_PAIR:
        put_list(e, "number", OUTPUT_MAP_NONE);
        schema_int(e, "minItems", 2);
        schema_int(e, "maxItems", 2);
        break;
    case OF_DIGEST: put_pattern(e, "^[0-9a-f]{8}$"); break;
    case OF_PRINT: put_pattern(e, "^[0-9a-f]{16}$"); break;
    case OF_TIME: put_pattern(e, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$"); break;
    case OF_OCTANT: put_words(e, octant_names, OCTANT_COUNT); break;
    case OF_OCTANT_CODE: put_limits(e, "integer", 0, OCTANT_COUNT - 1); break;
    case OF_AXIS: put_words(e, axis_names, AXIS_COUNT); break;
    case OF_SIDE: PUT_WORDS(e, sides); break;
    case OF_BASIS: PUT_WORDS(e, bases); break;
    case OF_STATUS: PUT_WORDS(e, statuses); break;
    case OF_CLASS: PUT_WORDS(e, classes); break;
    case OF_CLV: PUT_WORDS(e, forms); break;
    case OF_WITHHELD: PUT_WORDS(e, reasons); break;
    case OF_JUMP: put_limits(e, "integer", 1, AXIS_COUNT); break;
    case OF_NUMBERS_NAMED: put_named(e, "number", OUTPUT_MAP_NONE); break;
    case OF_TEXTS_NAMED: put_named(e, "string", OUTPUT_MAP_NONE); break;
    case OF_AXES: put_axes(e, of); break;
    case OF_MAP: put_ref(e, of); break;
    case OF_LIST: put_list(e, NULL, of); break;
    case OF_NAMED: put_named(e, NULL, of); break;
    }
}

static void put_member(struct emit *e, const struct output_member_row *m)
{
    emit_key(e, m->name);
    emit_map(e);
    if (m->words[0]) {
        schema_text(e, "description", m->words);
    }
    put_of(e, m->type, m->of);
    emit_close(e);
}

/* The fields of results: those that every figure has stand in its table. */
static void put_fields(struct emit *e)
{
    for (unsigned f = 0; f < RESULT_FIELD_COUNT; f++) {
        if (f == RESULT_HITS || f == RESULT_WHALE_RANK) {
            continue;
        }
        emit_key(e, result_field_rows[f].name);
        emit_map(e);
        schema_text(e, "description", result_field_words((enum result_field)f));
        put_of(e, f == RESULT_WHALE ? OF_MAP : result_field_rows[f].is_double ? OF_NUMBER : OF_INT, OUTPUT_MAP_WHALE);
        emit_close(e);
    }
}

static void put_members(struct emit *e, enum output_map map)
{
    if (output_maps[map].base != OUTPUT_MAP_NONE) {
        put_members(e, output_maps[map].base);
    }
    if (map == OUTPUT_MAP_MEASURE) {
        put_fields(e);
    }
    for (unsigned m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        if (output_members[m].map == map) {
            put_member(e, &output_members[m]);
        }
    }
}

static void put_required(struct emit *e, enum output_map map)
{
    if (output_maps[map].base != OUTPUT_MAP_NONE) {
        put_required(e, output_maps[map].base);
    }
    for (unsigned m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        if (output_members[m].map == map && output_members[m].always) {
            emit_text(e, text_of(output_members[m].name));
        }
    }
}

/* Type, members and required ones of a map; it is open already. */
static void put_body(struct emit *e, enum output_map map)
{
    put_type(e, "object");
    emit_key(e, "properties");
    emit_map(e);
    put_members(e, map);
    emit_close(e);
    emit_key(e, "required");
    emit_array(e);
    put_required(e, map);
    emit_close(e);
}

/* Marks the maps that a map speaks of. */
static void reach(enum output_map map, bool *reached)
{
    if (output_maps[map].base != OUTPUT_MAP_NONE) {
        reach(output_maps[map].base, reached);
        reached[output_maps[map].base] = false; /* its members stand in the map itself */
    }
    for (unsigned m = 0; m < OUTPUT_MEMBER_COUNT; m++) {
        enum output_map of = output_members[m].of;
        if (output_members[m].map == map && of != OUTPUT_MAP_NONE && !reached[of]) {
            reached[of] = true;
            reach(of, reached);
        }
    }
    reached[OUTPUT_MAP_WHALE] |= map == OUTPUT_MAP_MEASURE;
}

static void put_definitions(struct emit *e, enum output_map value)
{
    bool reached[OUTPUT_MAP_COUNT] = {false};
    reach(value, reached);
    emit_key(e, "$defs");
    emit_map(e);
    for (unsigned map = 0; map < OUTPUT_MAP_COUNT; map++) {
        if (reached[map]) {
            emit_key(e, output_maps[map].key);
            emit_map(e);
            schema_text(e, "description", output_maps[map].words);
            put_body(e, (enum output_map)map);
            emit_close(e);
        }
    }
    emit_close(e);
}

int schema_output(enum output_map value, struct buf *out)
{
    struct emit e;
    CHECK_PRE(value < OUTPUT_VALUES);
    emit_begin(&e, FORMAT_JSON, out);
    schema_begin(&e, output_maps[value].key, output_maps[value].words);
    put_body(&e, value);
    put_definitions(&e, value);
    emit_close(&e);
    return emit_end(&e);
}
