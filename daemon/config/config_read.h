/* How a configuration comes in, for the readers of files that name or hold one. */
#ifndef CUBE_CONFIG_CONFIG_READ_H
#define CUBE_CONFIG_CONFIG_READ_H

#include "config/config.h"
#include "config/yaml.h"

/* Reads a whole file ("-" = stdin), at most as long as a configuration may be. The caller frees *ret_at.
 * CUBE_ENOTFOUND: it cannot be read, which was printed. CUBE_ENOMEM. */
int config_file_read(const char *path, FILE *errors, char **ret_at, size_t *ret_len) CUBE_MUST_CHECK;

/* A configuration from a map that is part of another document, which must live as long. Problems are told
 * where they stand in that document. Returns as config_parse does. */
int config_from_node(const struct yaml *root, const char *name, FILE *errors, struct config **ret_c) CUBE_MUST_CHECK;

#endif
