/* Single values of the configuration, read from a node with their checks. All return true when the value
 * is good; else the problem has been told and ret_ is untouched. */
#ifndef CUBE_CONFIG_VALUE_H
#define CUBE_CONFIG_VALUE_H

#include "config/problem.h"
#include "config/yaml.h"

bool value_text(struct problems *p, const struct yaml *node, const char *what, const char **ret_text);

/* Letters, digits, and the given extra characters; 1 to max of them, a letter or digit first. */
bool value_name(struct problems *p, const struct yaml *node, const char *what, const char *extra, size_t max,
                const char **ret_text);

bool value_bool(struct problems *p, const struct yaml *node, const char *what, bool *ret_value);
bool value_int(struct problems *p, const struct yaml *node, const char *what, int64_t min, int64_t max,
               int64_t *ret_value);

/* A finite number. */
bool value_double(struct problems *p, const struct yaml *node, const char *what, double min, double max,
                  double *ret_value);

/* A decimal number, with an exponent or without, in micro units, rounded half away from zero at the seventh decimal. */
bool value_micro(struct problems *p, const struct yaml *node, const char *what, int64_t *ret_micro);

/* The same of what is compared with values: none is finer than six decimals, so of a finer one there is a warning. */
bool value_micro_exact(struct problems *p, const struct yaml *node, const char *what, int64_t *ret_micro);

bool value_duration(struct problems *p, const struct yaml *node, const char *what, int64_t min_ms,
                    int64_t max_ms, int64_t *ret_ms);

/* One of a list of words "a|b|c"; gives its place. */
bool value_choice(struct problems *p, const struct yaml *node, const char *what, const char *words,
                  int *ret_index);

/* Whole bytes: 4096, 64KiB, 16MiB, 2GiB. */
bool value_bytes(struct problems *p, const struct yaml *node, const char *what, int64_t min, int64_t max,
                 int64_t *ret_bytes);

/* A map of bounds has one of above and min, and one of below and max: of two on one side the looser would be passed over. */
bool value_bounds_apart(struct problems *p, const struct yaml *map);

/* Returns the i-th word of "a|b|c" copied to at[32], NULL after the last. */
const char *word_at(const char *words, uint32_t i, char at[32]);

/* The node is of this type; else says so. */
bool value_is(struct problems *p, const struct yaml *node, enum yaml_type type, const char *what);

/* Reads a decimal text to micro units, as value_micro does. CUBE_EFORMAT, CUBE_ERANGE. */
int micro_parse(const char *text, int64_t *ret_micro) CUBE_MUST_CHECK;

/* Writes micro units as the shortest decimal: 1500000 -> "1.5". */
void micro_text(int64_t micro, char out[32]);

#endif
