#include "proto/event_encode.h"

#include "base/fixed.h"
#include "proto/emit.h"

/* A whole number stays one, so that it reads back as it was written. */
static void emit_number(struct emit *out, int64_t micro)
{
    if (micro % FIXED_ONE == 0) {
        emit_int(out, micro / FIXED_ONE);
    } else {
        emit_fixed(out, micro);
    }
}

static void emit_member(struct emit *out, const char *name, struct text value)
{
    if (value.at) {
        emit_key(out, name);
        emit_text(out, value);
    }
}

static void emit_field(struct emit *out, const struct event *e, enum event_field f)
{
    if (!event_has(e, f)) {
        return;
    }
    emit_key_text(out, field_rows[f].name);
    switch (field_rows[f].type) {
    case FIELD_TEXT: emit_text(out, e->slot[f].text); break;
    case FIELD_DECIMAL: emit_number(out, e->slot[f].number); break;
    case FIELD_INTEGER: emit_int(out, e->slot[f].number); break;
    case FIELD_BOOL: emit_bool(out, e->slot[f].number != 0); break;
    }
}

/* A benchmark's entity stands in its field `subject`. */
static void emit_envelope(struct emit *out, const struct event *e)
{
    emit_key(out, "v");
    emit_int(out, 1);
    emit_member(out, "id", e->id);
    emit_key(out, "ts");
    emit_int(out, e->ts_ms);
    emit_member(out, "kind", kind_rows[e->kind].name);
    if (e->kind != KIND_BENCHMARK) {
        emit_member(out, e->topic == TOPIC_HR ? "employee" : "customer", e->entity);
    }
}

static int encode(const struct event *e, enum output_format format, struct buf *out)
{
    size_t before = out->len;
    struct emit w;
    emit_begin(&w, format, out);
    emit_map(&w);
    emit_envelope(&w, e);
    for (int d = 0; d < DIM_COUNT; d++) {
        if (e->dims[d].at) {
            emit_key_text(&w, dimension_names[d]);
            emit_text(&w, e->dims[d]);
        }
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        emit_field(&w, e, (enum event_field)f);
    }
    emit_close(&w);
    int rc = emit_end(&w);
    if (rc) {
        out->len = before;
    }
    return rc;
}

int event_encode_json(const struct event *e, struct buf *out)
{
    return encode(e, FORMAT_JSON, out);
}

int event_encode_msgpack(const struct event *e, struct buf *out)
{
    return encode(e, FORMAT_MSGPACK, out);
}
