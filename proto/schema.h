/* JSON Schemas (draft 2020-12) and the page of all records, made of the tables that the decoders and encoders use:
 * kinds and fields of events (kind_fields.h), members of outputs (output_form.h). The files in proto/schema are
 * what these write; tests/schema writes them and tells when they are stale. */
#ifndef CUBE_PROTO_SCHEMA_H
#define CUBE_PROTO_SCHEMA_H

#include "base/buf.h"
#include "base/error.h"
#include "event/kind.h"
#include "proto/output_form.h"

/* Appends the schema of the events of an input topic: unknown kinds and fields pass, as the decoder ignores them.
 * CUBE_ENOMEM. */
int schema_events(enum event_topic topic, struct buf *out) CUBE_MUST_CHECK;

/* Appends the schema of an output value, one of the first OUTPUT_VALUES maps. Further members pass: they may be
 * added without a new version. CUBE_ENOMEM. */
int schema_output(enum output_map value, struct buf *out) CUBE_MUST_CHECK;

/* Appends the page in Markdown. CUBE_ENOMEM. */
int schema_page(struct buf *out) CUBE_MUST_CHECK;

/* Title and keyword lines every schema begins with; the map stays open. */
void schema_begin(struct emit *e, const char *name, const char *words);

#endif
