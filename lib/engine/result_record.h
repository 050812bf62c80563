/* Bytes of a result, in changelog records and in hand-overs: part of their versions. */
#ifndef CUBE_ENGINE_RESULT_RECORD_H
#define CUBE_ENGINE_RESULT_RECORD_H

#include "base/varint.h"
#include "measure/result.h"

/* Appends a result. CUBE_ENOMEM: some of it may stand there. */
int put_result(struct buf *b, const struct result *r) CUBE_MUST_CHECK;

/* CUBE_ETRUNCATED, CUBE_EFORMAT, CUBE_EVERSION: nothing changed. */
int get_result(struct cursor *c, struct result *ret_r) CUBE_MUST_CHECK;

#endif
