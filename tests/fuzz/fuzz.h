/* What every fuzz target gives: a libFuzzer entry, and seeds for the runs without libFuzzer. */
#ifndef CUBE_TESTS_FUZZ_H
#define CUBE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct fuzz_seed {
    const char *at;
    size_t len;
};

#define FUZZ_SEED(s)     \
    {                    \
        s, sizeof(s) - 1 \
    }

/* Ends with a seed whose at is NULL. */
extern const struct fuzz_seed fuzz_seeds[];

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define FUZZ_CHECK(e)                                               \
    do {                                                            \
        if (!(e)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #e); \
            abort();                                                \
        }                                                           \
    } while (0)

#endif
