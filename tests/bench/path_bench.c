/* The whole path of an entity task without I/O: decoding, checks, duplicates, hold, application, rows and
 * bundles, over events read from a file of frames:
 *   path_bench CONFIG FRAMES [EVENTS [BATCH]]
 * A frame is topic (1 byte), length of the key (1 byte), length of the value (2 bytes, little-endian), key, value.
 * Every BATCH records (2000) the task advances to its watermark and commits, as the daemon does under load;
 * the epoch is thrown away. Under `valgrind --tool=cachegrind` the difference between two EVENTS, divided by
 * theirs, is the figure of the closing note. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/murmur2.h"
#include "config/config.h"
#include "task/entity_task.h"

struct world {
    struct task_env env;
    struct epoch epoch;
    struct entity_task *customers, *employees;
    uint64_t outcomes[OUTCOME_COUNT], messages, bytes;
    int64_t offsets[INPUT_ROLES];
};

static uint8_t *file_read(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *at = NULL;
    long len = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
        at = malloc((size_t)len);
    }
    if (at && fread(at, 1, (size_t)len, f) != (size_t)len) {
        free(at);
        at = NULL;
    }
    if (f) {
        fclose(f);
    }
    *ret_len = at ? (size_t)len : 0;
    return at;
}

static int world_open(struct world *w, const struct config *c, bool changelog)
{
    w->env = (struct task_env){.config = c, .seed = 1, .source = TEXT_LITERAL("/cubed/bench"), .epoch = &w->epoch, .memory_only = !changelog,
                               .layout = {1, 1, 1, 0}};
    int rc = decode_scratch_create(&w->env.scratch);
    rc = rc ? rc : entity_task_create(&w->env, SENDER_CUSTOMERS, 0, &w->customers);
    return rc ? rc : entity_task_create(&w->env, SENDER_EMPLOYEES, 0, &w->employees);
}

static void world_close(struct world *w)
{
    entity_task_destroy(w->customers);
    entity_task_destroy(w->employees);
    decode_scratch_destroy(w->env.scratch);
    epoch_close(&w->epoch);
}

static int task_turn(struct world *w, struct entity_task *t)
{
    uint32_t published;
    int rc = entity_task_advance(t, entity_task_watermark(t, INT64_MIN));
    rc = rc ? rc : entity_task_commit(t, UINT32_MAX, &published);
    w->messages += w->epoch.message_count;
    w->bytes += w->epoch.bytes.len;
    epoch_clear(&w->epoch);
    return rc;
}

static int turn(struct world *w)
{
    int rc = task_turn(w, w->customers);
    return rc ? rc : task_turn(w, w->employees);
}

/* Takes one frame; returns its length. */
static size_t frame_take(struct world *w, const uint8_t *at, int *ret_rc)
{
    enum topic_role role = at[0];
    size_t key_len = at[1], value_len = at[2] | (size_t)at[3] << 8;
    struct record r = {.role = role, .offset = w->offsets[role]++, .key = at + 4, .key_len = key_len, .value = at + 4 + key_len, .value_len = value_len};
    enum record_outcome outcome = OUTCOME_IGNORED;
    *ret_rc = entity_task_record(role == ROLE_HR ? w->employees : w->customers, &r, INT64_MIN, &outcome);
    w->outcomes[outcome]++;
    return 4 + key_len + value_len;
}

static uint64_t frames_take(struct world *w, const uint8_t *at, size_t len, uint64_t limit, uint64_t batch, int *ret_rc)
{
    uint64_t n = 0;
    size_t pos = 0;
    int rc = 0;
    while (pos < len && n < limit && rc == 0) {
        pos += frame_take(w, at + pos, &rc);
        n++;
        if (rc == 0 && n % batch == 0) {
            rc = turn(w);
        }
    }
    *ret_rc = rc ? rc : turn(w);
    return n;
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: path_bench CONFIG FRAMES [EVENTS [BATCH [changelog]]]\n", stderr);
        return 64;
    }
    uint64_t limit = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX, batch = argc > 4 ? strtoull(argv[4], NULL, 10) : 2000;
    size_t len;
    uint8_t *at = file_read(argv[2], &len);
    struct world w = {0};
    struct config *config = NULL;
    if (!at || config_load(argv[1], NULL, stderr, &config) || world_open(&w, config, argc > 5)) {
        fputs("path_bench: no configuration, no frames or no memory\n", stderr);
        return 1;
    }
    int rc = 0;
    double began = cpu_s();
    uint64_t n = frames_take(&w, at, len, limit, batch, &rc);
    double took = cpu_s() - began;
    printf("records %" PRIu64 ", applied %" PRIu64 ", messages %" PRIu64 ", bytes %" PRIu64 ", %.1f ns per record, code %d\n", n,
           w.outcomes[OUTCOME_APPLIED], w.messages, w.bytes, took * 1e9 / (double)(n ? n : 1), rc);
    world_close(&w);
    config_destroy(config);
    free(at);
    return rc ? 1 : 0;
}
