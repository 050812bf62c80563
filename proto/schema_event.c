#include "proto/event_words.h"
#include "proto/kind_fields.h"
#include "proto/schema.h"
#include "proto/schema_parts.h"

const char *event_field_words(enum event_field f)
{
    static const char *const words[EVENT_FIELD_COUNT] = {
#define X(symbol, text) [EVENT_##symbol] = text,
        EVENT_FIELD_WORDS(X)
#undef X
    };
    return words[f] ? words[f] : "";
}

void schema_begin(struct emit *e, const char *name, const char *words)
{
    emit_map(e);
    schema_text(e, "$schema", "https://json-schema.org/draft/2020-12/schema");
    schema_text(e, "title", name);
    schema_text(e, "description", words);
}

/* An optional field may be null, which is as good as absent. */
static void put_type(struct emit *e, const char *type, bool required)
{
    if (required) {
        schema_text(e, "type", type);
        return;
    }
    emit_key(e, "type");
    emit_array(e);
    emit_text(e, text_of(type));
    emit_text(e, TEXT_LITERAL("null"));
    emit_close(e);
}

static void put_bounds(struct emit *e, int64_t low, int64_t high)
{
    emit_key(e, "minimum");
    emit_fixed(e, low);
    emit_key(e, "maximum");
    emit_fixed(e, high);
}

static void put_field(struct emit *e, enum event_kind kind, enum event_field f, bool required)
{
    const struct value_scale *scale = value_scale_of(kind, f);
    bool decimal = field_rows[f].type == FIELD_DECIMAL;
    static const char *const types[] = {
        [FIELD_TEXT] = "string", [FIELD_DECIMAL] = "number", [FIELD_INTEGER] = "integer", [FIELD_BOOL] = "boolean"};
    emit_key_text(e, field_rows[f].name);
    emit_map(e);
    if (event_field_words(f)[0]) {
        schema_text(e, "description", event_field_words(f));
    }
    put_type(e, scale && scale->whole ? "integer" : types[field_rows[f].type], required);
    if (scale) {
        put_bounds(e, scale->low, scale->high);
    } else if (decimal) {
        put_bounds(e, INT64_MIN, INT64_MAX);
    }
    emit_close(e);
}

static void put_text(struct emit *e, struct text name, bool required)
{
    emit_key_text(e, name);
    emit_map(e);
    put_type(e, "string", required);
    if (required) {
        schema_int(e, "minLength", 1);
    }
    emit_close(e);
}

/* All fields a kind may carry. */
static uint64_t fields_of(enum event_kind kind)
{
    const struct kind_fields *k = &kind_fields[kind];
    uint64_t agent = kind_rows[kind].topic == TOPIC_HR ? 0 : FIELD_BIT(AGENT);
    return k->required | k->either | k->optional | agent | FIELD_BIT(SOURCE);
}

static void put_properties(struct emit *e, enum event_kind kind)
{
    const struct kind_fields *k = &kind_fields[kind];
    struct text entity = kind_entity_name(kind);
    emit_key(e, "properties");
    emit_map(e);
    put_text(e, entity, true);
    for (int d = 0; d < DIM_COUNT; d++) {
        put_text(e, dimension_names[d], k->required_dims >> d & 1);
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if ((fields_of(kind) >> f & 1) && !text_equal(field_rows[f].name, entity)) {
            put_field(e, kind, (enum event_field)f, (k->required | k->either) >> f & 1);
        }
    }
    emit_close(e);
}

static void put_required(struct emit *e, enum event_kind kind)
{
    const struct kind_fields *k = &kind_fields[kind];
    struct text entity = kind_entity_name(kind);
    emit_key(e, "required");
    emit_array(e);
    emit_text(e, entity);
    for (int d = 0; d < DIM_COUNT; d++) {
        if (k->required_dims >> d & 1) {
            emit_text(e, dimension_names[d]);
        }
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if ((k->required >> f & 1) && !text_equal(field_rows[f].name, entity)) {
            emit_text(e, field_rows[f].name);
        }
    }
    emit_close(e);
}

static void put_either(struct emit *e, uint64_t either)
{
    if (!either) {
        return;
    }
    emit_key(e, "anyOf");
    emit_array(e);
    for (uint64_t left = either; left; left &= left - 1) {
        emit_map(e);
        emit_key(e, "required");
        emit_array(e);
        emit_text(e, field_rows[__builtin_ctzll(left)].name);
        emit_close(e);
        emit_close(e);
    }
    emit_close(e);
}

/* {"if": {"properties": {NAME: {"const": VALUE}}}, "then": what follows; the caller closes twice. */
static void put_if(struct emit *e, const char *name, struct text value)
{
    emit_map(e);
    emit_key(e, "if");
    emit_map(e);
    emit_key(e, "properties");
    emit_map(e);
    emit_key(e, name);
    emit_map(e);
    emit_key(e, "const");
    emit_text(e, value);
    emit_close(e);
    emit_close(e);
    emit_close(e);
    emit_key(e, "then");
    emit_map(e);
}

/* The answers of a customer survey lie on the scale of its instrument. */
static void put_instruments(struct emit *e)
{
    const struct value_scale *scale;
    emit_key(e, "allOf");
    emit_array(e);
    for (uint32_t i = 0; (scale = value_scale_at(i)) != NULL; i++) {
        put_if(e, "instrument", scale->instrument);
        emit_key(e, "properties");
        emit_map(e);
        emit_key(e, "value");
        emit_map(e);
        schema_text(e, "type", scale->whole ? "integer" : "number");
        put_bounds(e, scale->low, scale->high);
        emit_close(e);
        emit_close(e);
        emit_close(e);
        emit_close(e);
    }
    emit_close(e);
}

static void put_kind(struct emit *e, enum event_kind kind)
{
    emit_key_text(e, kind_rows[kind].name);
    emit_map(e);
    put_properties(e, kind);
    put_required(e, kind);
    put_either(e, kind_fields[kind].either);
    if (kind == KIND_SURVEY) {
        put_instruments(e);
    }
    emit_close(e);
}

static void put_envelope(struct emit *e)
{
    emit_key(e, "properties");
    emit_map(e);
    emit_key(e, "v");
    emit_map(e);
    schema_int(e, "const", 1);
    emit_close(e);
    put_text(e, TEXT_LITERAL("id"), true);
    emit_key(e, "ts");
    emit_map(e);
    schema_text(e, "description", "event time, Unix ms");
    schema_text(e, "type", "integer");
    schema_int(e, "minimum", 0);
    schema_int(e, "maximum", SCHEMA_INSTANT_MAX);
    emit_close(e);
    emit_key(e, "kind");
    emit_map(e);
    schema_text(e, "type", "string");
    emit_close(e);
    emit_close(e);
    emit_key(e, "required");
    emit_array(e);
    emit_text(e, TEXT_LITERAL("v"));
    emit_text(e, TEXT_LITERAL("id"));
    emit_text(e, TEXT_LITERAL("ts"));
    emit_text(e, TEXT_LITERAL("kind"));
    emit_close(e);
}

static void put_kinds(struct emit *e, enum event_topic topic)
{
    emit_key(e, "allOf");
    emit_array(e);
    for (int k = 0; k < KIND_COUNT; k++) {
        char ref[64];
        if (kind_rows[k].topic != topic) {
            continue;
        }
        snprintf(ref, sizeof ref, "#/$defs/%s", kind_rows[k].name.at);
        put_if(e, "kind", kind_rows[k].name);
        schema_text(e, "$ref", ref);
        emit_close(e);
        emit_close(e);
    }
    emit_close(e);
    emit_key(e, "$defs");
    emit_map(e);
    for (int k = 0; k < KIND_COUNT; k++) {
        if (kind_rows[k].topic == topic) {
            put_kind(e, (enum event_kind)k);
        }
    }
    emit_close(e);
}

int schema_events(enum event_topic topic, struct buf *out)
{
    static const char *const words[TOPIC_COUNT] = {
        [TOPIC_INTERACTIONS] = "what customers do", [TOPIC_CPI] = "what customers value", [TOPIC_HR] = "employees"};
    struct emit e;
    emit_begin(&e, FORMAT_JSON, out);
    schema_begin(&e, topic_role_names[topic].at, words[topic]);
    schema_text(&e, "type", "object");
    put_envelope(&e);
    put_kinds(&e, topic);
    emit_close(&e);
    return emit_end(&e);
}
