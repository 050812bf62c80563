/* Runs a fuzz target without libFuzzer, on mutations of its seeds that follow from one number:
 *   NAME_random [EXECUTIONS [SEED]]
 *   NAME_random --write FOLDER       writes the seeds as files, for tests/fuzz/corpus
 * An input that fails is printed in hexadecimal. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"
#include "support/random.h"

enum { INPUT_MAX = 1024,
       MUTATIONS_MAX = 6 };

static uint8_t input[INPUT_MAX];
static size_t input_len;

static void print_input(int signal_number)
{
    (void)signal_number;
    for (size_t i = 0; i < input_len; i++) {
        fprintf(stderr, "%02x", input[i]);
    }
    fputc('\n', stderr);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static size_t seed_count(void)
{
    size_t n = 0;
    while (fuzz_seeds[n].at) {
        n++;
    }
    return n;
}

static const struct fuzz_seed *any_seed(struct random *r)
{
    return &fuzz_seeds[random_next(r) % seed_count()];
}

static void insert(size_t at, const uint8_t *bytes, size_t n)
{
    if (input_len + n <= INPUT_MAX) {
        memmove(input + at + n, input + at, input_len - at);
        memcpy(input + at, bytes, n);
        input_len += n;
    }
}

static void erase(size_t at, size_t n)
{
    n = n < input_len - at ? n : input_len - at;
    memmove(input + at, input + at + n, input_len - at - n);
    input_len -= n;
}

static void splice(struct random *r, size_t at)
{
    const struct fuzz_seed *other = any_seed(r);
    if (other->len) {
        size_t from = random_next(r) % other->len, n = random_next(r) % (other->len - from) + 1;
        insert(at, (const uint8_t *)other->at + from, n);
    }
}

static void mutate(struct random *r)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0x90, 0xa0, 0xa1, 0xbf, 0xc0, 0xc1,
                                      0xc4, 0xc7, 0xca, 0xcb, 0xcf, 0xd3, 0xd8, 0xd9, 0xdb, 0xdc,
                                      0xdd, 0xde, 0xdf, 0xff, '"', '\\', 'u', '{', '}', '[',
                                      ']', ',', ':', 'e', '-', '.', '9'};
    size_t at = input_len ? random_next(r) % input_len : 0;
    uint8_t byte = telling[random_next(r) % sizeof telling];
    switch (random_next(r) % 6) {
    case 0:
        if (input_len) {
            input[at] ^= (uint8_t)(1u << random_next(r) % 8);
        }
        break;
    case 1:
        if (input_len) {
            input[at] = byte;
        }
        break;
    case 2: insert(at, &byte, 1); break;
    case 3: erase(at, random_next(r) % 8 + 1); break;
    case 4: splice(r, at); break;
    default: input_len = at;
    }
}

static void next_input(struct random *r)
{
    const struct fuzz_seed *seed = any_seed(r);
    input_len = seed->len;
    memcpy(input, seed->at, seed->len);
    for (uint64_t n = random_next(r) % MUTATIONS_MAX; n; n--) {
        mutate(r);
    }
}

/* In memory of its own size, so that a sanitizer sees a byte read beyond it. */
static void run_input(void)
{
    uint8_t *exact = malloc(input_len ? input_len : 1);
    if (!exact) {
        abort();
    }
    memcpy(exact, input, input_len);
    LLVMFuzzerTestOneInput(exact, input_len);
    free(exact);
}

static int write_seeds(const char *folder)
{
    for (size_t i = 0; fuzz_seeds[i].at; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/seed-%zu", folder, i + 1);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(fuzz_seeds[i].at, 1, fuzz_seeds[i].len, f) != fuzz_seeds[i].len || fclose(f)) {
            perror(path);
            return 74;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        return write_seeds(argv[2]);
    }
    uint64_t executions = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    struct random r = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    printf("seed %" PRIu64 ", executions %" PRIu64 "\n", r.state, executions);
    signal(SIGABRT, print_input);
    clock_t began = clock();
    for (uint64_t i = 0; i < executions; i++) {
        next_input(&r);
        run_input();
    }
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    printf("%.1f s, %.0f executions per second\n", took,
           took > 0 ? (double)executions / took : 0.0);
    return 0;
}
