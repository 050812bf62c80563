/* Bytes of a layout stamp, as every record over `partials` carries it. */
#ifndef CUBE_PROTO_LAYOUT_H
#define CUBE_PROTO_LAYOUT_H

#include "base/varint.h"
#include "proto/bundle.h"

/* CUBE_ENOMEM: some of it may stand there. */
int layout_put(struct buf *out, const struct layout_stamp *l) CUBE_MUST_CHECK;

/* CUBE_ETRUNCATED, CUBE_EFORMAT: a count that no layout has. */
int layout_get(struct cursor *c, struct layout_stamp *ret_l) CUBE_MUST_CHECK;

#endif
