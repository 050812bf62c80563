/* What writing and reading of an entity's changelog record share. Only entity_record.c and entity_restore.c include it. */
#ifndef CUBE_ENGINE_ENTITY_FORM_H
#define CUBE_ENGINE_ENTITY_FORM_H

#include "engine/facts.h"

#define RECORD_VERSION 4u
#define RECORD_VERSION_OLD 3u /* read, too: it has other facts of ledgers */

enum { OLD_FACT_LEDGER_EVENTS = 16 }; /* a type of it; its FACT_LEDGER has the pane as key and the amount as value, of a track */

/* A fact begins with its type and these bits: what is as in the fact before, and what is not. */
enum { FORM_SAME_T = 32, FORM_SAME_KEY = 64, FORM_OTHER_SETS = 128 };
_Static_assert((int)FACT_TYPE_COUNT <= (int)FORM_SAME_T, "a type takes five bits");

/* Head, arg and value. */
enum { FORM_FACT_BYTES_MIN = 3 };

/* Of the fact before; sets by their place. */
struct fact_before {
    int64_t t;
    uint64_t key;
    uint32_t sets[FACT_SETS_MAX];
    bool old; /* reading: of a record of RECORD_VERSION_OLD */
};

/* Low bits of a value that the sets would take: they are 0 in a record, and left out. */
static inline unsigned form_free_bits(enum fact_type type)
{
    return fact_rows[type].set_is_key ? 0 : 24u * fact_rows[type].sets;
}

#endif
