/* The memory of one configuration: everything is allocated once and freed together. */
#ifndef CUBE_CONFIG_CONFIG_MEMORY_H
#define CUBE_CONFIG_CONFIG_MEMORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"

struct memory_block;

/* When memory runs out, memory_alloc jumps to `out`, which config_parse has set: a configuration is read
 * whole or not at all, so there is one place to handle it. */
struct config_memory {
    struct memory_block *newest;
    jmp_buf out;
    void *parser; /* of libfyaml while it reads, so that the jump does not lose it */
    void *event;  /* of it, not given back yet */
    void *diag;
};

/* Returns n zeroed bytes, aligned for any type, that live as long as the memory. Never NULL. */
void *memory_alloc(struct config_memory *m, size_t n);

/* A copy with a final zero. */
char *memory_copy(struct config_memory *m, const char *at, size_t len);

/* A formatted text. */
char *memory_format(struct config_memory *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *memory_vformat(struct config_memory *m, const char *format, va_list args);

/* Frees all blocks. Zeroes do nothing. */
void memory_close(struct config_memory *m);

#endif
