/* Writes one value as JSON or as MessagePack with the same calls: outputs have both forms. Errors are
 * sticky: check emit_end once. */
#ifndef CUBE_PROTO_EMIT_H
#define CUBE_PROTO_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

enum output_format { FORMAT_JSON, FORMAT_MSGPACK };

#define EMIT_DEPTH_MAX 12

/* Behind what is written there is always room for so many bytes, which are more than any piece but a text takes: room is made
 * behind a piece, not before it, so that writing one calls nothing. */
#define EMIT_SPARE 160

/* Not to be copied. Nobody else writes to the buffer until emit_end, and its length holds from there on. */
struct emit {
    uint8_t *at, *limit; /* where it goes on; beyond the limit there is less than what is always spare */
    struct buf *out;     /* after an error: `nowhere` */
    enum output_format format;
    int error;
    struct emit_level {
        uint32_t state; /* bits of emit.c */
        uint32_t count; /* members written */
        size_t head;    /* where the MessagePack header stands: map16/array16, patched at the end */
    } level[EMIT_DEPTH_MAX + 1], *top; /* the first is outside of all: it has one value */
    struct buf nowhere;
    uint8_t spare[2 * EMIT_SPARE]; /* of it */
};

/* A name of ours with what stands around it in JSON: nothing in it needs escaping. */
#define EMIT_NAME_MARKS 4 /* comma, quotes, colon */
struct emit_name {
    char json[31];
    uint8_t len; /* of the name alone */
};
#define EMIT_NAME(s) {",\"" s "\":", sizeof(s) - 1}

void emit_begin(struct emit *e, enum output_format format, struct buf *out);
/* 0, or the first error: CUBE_ENOMEM. */
int emit_end(struct emit *e) CUBE_MUST_CHECK;

void emit_map(struct emit *e);
void emit_array(struct emit *e);
void emit_close(struct emit *e); /* the innermost map or array */
void emit_key(struct emit *e, const char *name);
void emit_key_name(struct emit *e, const struct emit_name *name);
void emit_key_text(struct emit *e, struct text name);
/* A name and its value: one piece. */
void emit_name_int(struct emit *e, const struct emit_name *name, int64_t v);
void emit_name_double(struct emit *e, const struct emit_name *name, double v);
void emit_name_pair(struct emit *e, const struct emit_name *name, double low, double high); /* an array of the two */
void emit_name_text(struct emit *e, const struct emit_name *name, struct text t);
void emit_name_map(struct emit *e, const struct emit_name *name); /* to be closed */
void emit_text(struct emit *e, struct text t);     /* JSON escaping; texts are valid UTF-8 */
void emit_int(struct emit *e, int64_t v);
void emit_double(struct emit *e, double v);        /* shortest text that reads back; finite */
void emit_bool(struct emit *e, bool v);
/* micro units as a decimal number: the double nearest to it */
void emit_fixed(struct emit *e, __int128 micro);

#endif
