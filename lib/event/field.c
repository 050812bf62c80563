#include "event/field.h"

const struct field_row field_rows[EVENT_FIELD_COUNT] = {
#define X(symbol, wire_name, kind_of_value) \
    [EVENT_##symbol] = {.name = {wire_name, sizeof(wire_name) - 1}, .type = FIELD_##kind_of_value},
    EVENT_FIELDS(X)
#undef X
};

_Static_assert(EVENT_FIELD_COUNT <= 64, "event.present has one bit for each field");

enum event_field field_find(struct text name)
{
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (text_equal(field_rows[f].name, name)) {
            return (enum event_field)f;
        }
    }
    return EVENT_FIELD_NONE;
}
