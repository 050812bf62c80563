/* The files of `cubed replay`: whatever stands in them is given out whole and in order, or refused with its line. Events are
 * of bytes of their file, none is left out but blanks between lines; raw records are what was written, in their order. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/replay_headers.h"
#include "cli/replay_input.h"
#include "proto/base64.h"

#define A "{\"v\":1,\"id\":\"a\",\"ts\":1767225600000,\"kind\":\"churn\",\"customer\":\"c\"}"
#define B "{\"v\":1,\"id\":\"b\",\"ts\":1767225599000,\"kind\":\"survey\",\"customer\":\"d\\u00e9\",\"instrument\":\"nps\",\"value\":9}"
#define RAW "{\"topic\":\"interactions\",\"ts\":1767225600000,\"key_b64\":\"Yw==\",\"value_b64\":\"eyJ2IjoxfQ==\"}\n"

/* How it is given, then the files: one for all topics, two with a byte 0xff between them, or raw records. */
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\1" A "\n\n \t" A "\r\n"), FUZZ_SEED("\1\xef\xbb\xbf" A), FUZZ_SEED("\2" A "\n\xff" B "\n" B), FUZZ_SEED("\0" RAW RAW),
    FUZZ_SEED("\0{\"topic\":\"cpi\"}\n{\"topic\":\"hr\",\"key_b64\":null,\"value_b64\":\"\"}\n{}\n"),
    FUZZ_SEED("\0{\"topic\":\"hr\",\"headers\":{\"a\":\"b\",\"c\":\"\"},\"headers_b64\":[[\"a\",\"/wA=\"],[\"d\",null]]}"),
    FUZZ_SEED("\1\x83\xa2ts\xcf\0\0\1\x9b\x77\x40\xd8\0\xa8""customer\xa1""c\xa1v\1\x82\xa2ts\5\xa1v\1\x90\xc1"),
    {NULL, 0},
};

enum { FILES_MAX = 2 };

static struct config *config;
static const char yaml[] = "version: 1\nname: f\nkafka: {bootstrap.servers: \"h:9092\"}\npack: none\n"
                           "topics: {interactions: interactions, cpi: cpi, hr: hr}\nmeasures:\n"
                           "  - {name: n, axis: none, class: kpi, aggregation: count, from: {kind: purchase}, window: 1d}\n";

struct file {
    const uint8_t *at;
    size_t len;
    char path[32];
    int fd;
};

static void file_open(struct file *f, const uint8_t *at, size_t len)
{
    *f = (struct file){at, len, "", memfd_create("fuzz", 0)};
    FUZZ_CHECK(f->fd >= 0 && write(f->fd, at, len) == (ssize_t)len);
    snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
}

/* What is refused is told to people; here nobody listens. */
static int quietly_next(struct replay_input *in, struct input_record *ret_r)
{
    static FILE *nobody;
    FILE *people = stderr;
    nobody = nobody ? nobody : fopen("/dev/null", "w");
    FUZZ_CHECK(nobody);
    stderr = nobody;
    int rc = replay_input_next(in, ret_r);
    stderr = people;
    return rc;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- events ----------------------------------------------------------------------------------------- */

/* What is given of a file stands in it, behind what was given before, and what is passed over between is blank; at the very
 * beginning it may be a byte order mark. */
struct given {
    size_t taken;
    int64_t ts_ms;
};

static bool stands_at(const struct file *f, size_t place, const struct input_record *r)
{
    return r->value_len <= f->len - place && memcmp(f->at + place, r->value, r->value_len) == 0;
}

static void check_given(const struct file *f, struct given *g, const struct input_record *r)
{
    FUZZ_CHECK(r->value && r->value_len > 0);
    g->taken = g->taken == 0 && f->len >= 3 && memcmp(f->at, "\xef\xbb\xbf", 3) == 0 ? 3 : g->taken;
    while (!stands_at(f, g->taken, r)) {
        FUZZ_CHECK(g->taken < f->len && is_blank(f->at[g->taken]));
        g->taken++;
    }
    FUZZ_CHECK(r->key || r->key_len == 0);
    g->taken += r->value_len;
}

static void check_rest(const struct file *f, const struct given *g)
{
    for (size_t i = g->taken; i < f->len; i++) {
        FUZZ_CHECK(is_blank(f->at[i]) || (i < 3 && memcmp(f->at, "\xef\xbb\xbf", f->len < 3 ? f->len : 3) == 0));
    }
}

static void events_try(const struct file *files, int count)
{
    const char *paths[TOPIC_COUNT] = {files[0].path, count > 1 ? files[1].path : NULL};
    struct given given[FILES_MAX] = {{0}};
    struct replay_input *in;
    struct input_record r;
    int rc;
    FUZZ_CHECK(replay_input_open(config, paths, NULL, &in) == 0);
    while ((rc = quietly_next(in, &r)) == 1) {
        FUZZ_CHECK(r.role < (enum topic_role)count);
        check_given(&files[r.role], &given[r.role], &r);
    }
    FUZZ_CHECK(rc == 0);
    for (int i = 0; i < count; i++) {
        check_rest(&files[i], &given[i]);
    }
    replay_input_close(in);
}

/* ---- raw records ------------------------------------------------------------------------------------ */

static void text_append(struct buf *b, const char *text)
{
    FUZZ_CHECK(buf_append(b, text, strlen(text)) == 0);
}

static void member_append(struct buf *b, const char *name, const uint8_t *at, size_t len)
{
    text_append(b, name);
    if (!at) {
        text_append(b, "null");
        return;
    }
    text_append(b, "\"");
    FUZZ_CHECK(base64_append(b, at, len) == 0);
    text_append(b, "\"");
}

static void record_append(struct buf *b, const struct input_record *r)
{
    char ts[32];
    snprintf(ts, sizeof ts, ",\"ts\":%lld", (long long)r->ts_ms);
    text_append(b, "{\"topic\":\"");
    text_append(b, config->topics[r->role]);
    text_append(b, "\"");
    text_append(b, ts);
    member_append(b, ",\"key_b64\":", r->key, r->key_len);
    member_append(b, ",\"value_b64\":", r->value, r->value_len);
    FUZZ_CHECK(replay_headers_print(r->headers, r->header_count, b) == 0);
    text_append(b, "}\n");
}

/* Reads raw records and writes them as they were given. Returns whether all were understood. */
static bool raw_read(const struct file *f, struct buf *out)
{
    const char *paths[TOPIC_COUNT] = {NULL};
    struct replay_input *in;
    struct input_record r;
    int rc;
    FUZZ_CHECK(replay_input_open(config, paths, f->path, &in) == 0);
    while ((rc = quietly_next(in, &r)) == 1) {
        FUZZ_CHECK(r.role < (enum topic_role)TOPIC_COUNT && (r.key || r.key_len == 0) && (r.value || r.value_len == 0));
        record_append(out, &r);
    }
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT);
    replay_input_close(in);
    return rc == 0;
}

static void raw_try(const struct file *f)
{
    struct buf once = {0}, twice = {0};
    struct file again;
    raw_read(f, &once);
    file_open(&again, once.at ? once.at : (const uint8_t *)"", once.len);
    FUZZ_CHECK(raw_read(&again, &twice));
    FUZZ_CHECK(once.len == twice.len && (once.len == 0 || memcmp(once.at, twice.at, once.len) == 0));
    close(again.fd);
    buf_close(&once);
    buf_close(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct file files[FILES_MAX];
    if (!config) {
        FUZZ_CHECK(config_parse(yaml, strlen(yaml), "fuzz.yaml", NULL, stderr, &config) == 0);
    }
    if (len == 0) {
        return 0;
    }
    const uint8_t *second = at[0] % 3 == 2 ? memchr(at + 1, 0xff, len - 1) : NULL;
    size_t first_len = second ? (size_t)(second - at - 1) : len - 1;
    file_open(&files[0], at + 1, first_len);
    file_open(&files[1], at + 1 + first_len + (second != NULL), len - 1 - first_len - (second != NULL));
    if (at[0] % 3 == 0) {
        raw_try(&files[0]);
    } else {
        events_try(files, second ? 2 : 1);
    }
    close(files[0].fd);
    close(files[1].fd);
    return 0;
}
