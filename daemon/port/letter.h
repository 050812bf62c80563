/* A letter: a late record or a dead letter in an epoch. It is only kept for people, so one that is too large goes without some of what the
 * record came with, where any other message would be a loss. */
#ifndef CUBE_PORT_LETTER_H
#define CUBE_PORT_LETTER_H

#include <stddef.h>

#include "port/epoch.h"

#define LETTER_HEADERS 5    /* the last ones of a letter are of cubed: reason, detail, and where the record lies */
#define LETTER_TEXT_MAX 384

/* What a message goes without, as bits of epoch_message.cut. */
enum letter_cut {
    CUT_VALUE = 1,
    CUT_HEADERS = 2, /* those the record came with */
    CUT_KEY = 4
};

/* Bytes of key, value and headers as a message goes now; headers that are made when it is sent are not counted. */
uint64_t letter_bytes(const struct epoch *e, const struct epoch_message *m);

/* Leaves out the larger of value and headers, the next time the other, and then the key. False: it is no letter, or there is nothing left. */
bool letter_cut(const struct epoch *e, struct epoch_message *m) CUBE_MUST_CHECK;

/* The first of the headers that go with it. */
uint32_t letter_headers_from(const struct epoch_message *m);

/* What header cubed.cut says: value, headers and key with commas between; empty when all of it goes. */
const char *letter_cut_text(const struct epoch_message *m);

/* For a person: what it goes without, and where its record lies. */
void letter_text(const struct epoch *e, const struct epoch_message *m, char ret_text[LETTER_TEXT_MAX]);

#endif
