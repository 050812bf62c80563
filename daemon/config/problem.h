/* The problems of a configuration, collected, then told in the order of the file. */
#ifndef CUBE_CONFIG_PROBLEM_H
#define CUBE_CONFIG_PROBLEM_H

#include <stdbool.h>
#include <stdio.h>

#include "config/yaml.h"

#define PROBLEMS_MAX 10000 /* in the list; those beyond are counted */

struct problem {
    const struct yaml_source *source;
    uint32_t line, column, order;
    bool warning;
    bool veiled; /* its line may hold a secret and is not shown */
    const char *text;
};

struct problems {
    struct config_memory *memory;
    struct problem *list;
    uint32_t count, capacity;  /* of the list */
    uint32_t errors, warnings; /* in all */
};

void problem_error(struct problems *p, const struct yaml *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void problem_warning(struct problems *p, const struct yaml *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same without the line, in which a secret may stand. */
void problem_error_veiled(struct problems *p, const struct yaml *at, const char *text);

/* The same for a place that is no node (syntax errors). */
void problem_error_at(struct problems *p, const struct yaml_source *source, uint32_t line, uint32_t column,
                      const char *text);

/* Prints the list: FILE:LINE:COL: error: TEXT, the line, a caret; then how many more there are. */
void problems_print(struct problems *p, FILE *out);

/* Returns the name nearest to a mistyped one, or NULL when none is near. next(context, i) gives the i-th
 * candidate, NULL after the last. */
typedef const char *name_at_fn(const void *context, uint32_t i);
const char *name_nearest(const char *typed, name_at_fn *next, const void *context);

/* How many edits a name may be away to be meant: a third of its length and one, never all of it. */
uint32_t hint_distance(const char *typed);

/* `; did you mean "near"?`, or the names there are when they are few, or an empty text. */
const char *problem_hint(struct problems *p, const char *typed, name_at_fn *next, const void *context);

/* Number of edits (insert, delete, replace, swap of neighbours) between two texts; a large number for
 * texts longer than 64 bytes. */
uint32_t edit_distance(const char *a, const char *b);

#endif
