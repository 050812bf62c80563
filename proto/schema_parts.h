/* Pieces that the schema_*.c files share; nobody else includes it. */
#ifndef CUBE_PROTO_SCHEMA_PARTS_H
#define CUBE_PROTO_SCHEMA_PARTS_H

#include <stdio.h>

#include "base/text.h"
#include "proto/emit.h"

#define SCHEMA_INSTANT_MAX INT64_C(253402300799999) /* the last millisecond of the year 9999 */

static inline void schema_text(struct emit *e, const char *keyword, const char *value)
{
    emit_key(e, keyword);
    emit_text(e, text_of(value));
}

static inline void schema_int(struct emit *e, const char *keyword, int64_t value)
{
    emit_key(e, keyword);
    emit_int(e, value);
}

#endif
