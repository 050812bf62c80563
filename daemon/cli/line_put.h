/* Pieces of the lines that `cubed replay` prints, appended to a buffer. CUBE_ENOMEM. */
#ifndef CUBE_CLI_LINE_PUT_H
#define CUBE_CLI_LINE_PUT_H

#include <string.h>

#include "proto/emit.h"

static inline int put_plain(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

/* As a string of JSON. */
static inline int put_quoted(struct buf *b, struct text t)
{
    struct emit e;
    emit_begin(&e, FORMAT_JSON, b);
    emit_text(&e, t);
    return emit_end(&e);
}

#endif
