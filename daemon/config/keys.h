/* Every key of the configuration: one row decides how it is read, printed and documented. */
#ifndef CUBE_CONFIG_KEYS_H
#define CUBE_CONFIG_KEYS_H

#include <stddef.h>
#include <stdio.h>

#include "config/whole.h"

enum key_type {
    KEY_NAME,     /* const char *: a name of at most `max` characters, letters, digits and `words` */
    KEY_TEXT,     /* const char * */
    KEY_DURATION, /* int64_t ms; `words`: never (-1) or none (0) instead */
    KEY_U32,
    KEY_INT,   /* int64_t */
    KEY_BYTES, /* uint64_t */
    KEY_DOUBLE,
    KEY_MICRO, /* int64_t */
    KEY_BOOL,
    KEY_CHOICE,  /* an enum or int: place among `words` */
    KEY_FLAG,    /* bool: second of two `words` */
    KEY_SPECIAL, /* read by its own code */
    KEY_LATER    /* in the contract, not in this version */
};

struct key_row {
    const char *section; /* "" = top level; "time"; "measures[]" = a member of the list */
    const char *key;
    enum key_type type;
    size_t offset;         /* in struct whole */
    const char *otherwise; /* default, as configured; NULL = none or derived */
    double min, max;       /* durations: ms */
    const char *words;
    bool decides; /* it decides positions: part of the digest */
    const char *help;
};

extern const struct key_row key_rows[];
extern const uint32_t key_row_count;

/* Puts all defaults in place. */
void keys_default(struct whole *w);

/* Reads the simple keys of a section from a map (NULL: nothing), tells unknown keys and those that are not
 * in this version. Special keys are passed over. */
void keys_read(struct whole *w, const char *section, const struct yaml *map);

/* Prints the value of a simple key as YAML. */
void key_print(const struct whole *w, const struct key_row *row, FILE *out);

#endif
