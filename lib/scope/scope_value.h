/* How a value stands in a scope's key, so that no two scopes have one key. */
#ifndef CUBE_SCOPE_SCOPE_VALUE_H
#define CUBE_SCOPE_SCOPE_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"

#define SCOPE_VALUE_GROWTH 3 /* at most so many times as long in a key */

/* Appends the value as it stands in a key: as it is, but for a comma before "DIMENSION=", which is "%2C" there, and for a "%" that
 * would be taken for the begin of one, which is "%25". CUBE_ENOMEM. */
int scope_value_append(struct text value, struct buf *out) CUBE_MUST_CHECK;

/* Appends the value that stands so in a key; never longer than that. CUBE_ENOMEM. */
int scope_value_read(struct text in_key, struct buf *out) CUBE_MUST_CHECK;

/* Whether a value can stand so in a key: no comma is before "DIMENSION=". */
bool scope_value_stands(struct text in_key);

#endif
