/* Headers of records in the lines that `cubed replay --records` reads and prints: `headers`, a map of texts, and beside it `headers_b64`, a
 * list of [name, Base64 or null] of those that cannot stand in it. */
#ifndef CUBE_CLI_REPLAY_HEADERS_H
#define CUBE_CLI_REPLAY_HEADERS_H

#include <jansson.h>

#include "port/record.h"

struct replay_headers {
    struct header all[RECORD_HEADERS_MAX];
    uint32_t count;
    struct buf bytes; /* what they point to */
};

/* Reads both members of a record; a header beyond RECORD_HEADERS_MAX is dropped, as of a record of Kafka. What was read before is gone.
 * CUBE_EFORMAT: a member is not as it must be. CUBE_ENOMEM. */
int replay_headers_read(struct replay_headers *h, const json_t *record) CUBE_MUST_CHECK;
void replay_headers_close(struct replay_headers *h);

/* Appends ,"headers":{...} and, where some cannot stand there, ,"headers_b64":[...]: of several of one name the last is the text. CUBE_ENOMEM. */
int replay_headers_print(const struct header *h, uint32_t count, struct buf *out) CUBE_MUST_CHECK;

#endif
