#include "cli/replay_input.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/line_read.h"
#include "cli/replay_headers.h"
#include "proto/base64.h"
#include "proto/event_peek.h"

#define STREAM_BYTES_MAX (UINT64_C(1) << 32)
#define STREAM_STEP ((size_t)1 << 20)

/* One file, mapped or read; its head is the record at the front. */
struct feed {
    enum event_topic topic;
    const char *path;
    uint8_t *bytes;
    void *mapped;
    struct buf whole;
    size_t len, at;
    uint64_t line;
    bool msgpack, has_head;
    const uint8_t *value;
    size_t value_len;
    int64_t ts_ms;           /* of the head; one that cannot be read stays behind the one before it */
    struct event_peek peek;
    struct buf scratch;
};

struct replay_input {
    const struct config *config;
    struct feed feeds[TOPIC_COUNT];
    struct feed records;
    bool raw;
    uint32_t open;           /* bit of the feed given out last + 1: its head is used up */
    struct buf key, value;
    struct replay_headers headers;
};

/* Concatenated MessagePack starts with a map, at least with an array; anything else is lines, whatever stands in
 * the first of them. A byte order mark in front of text is none of it. */
static void form_find(struct feed *f)
{
    uint8_t first = f->len ? f->bytes[0] : 0;
    f->msgpack = (first >= 0x80 && first <= 0x9f) || (first >= 0xdc && first <= 0xdf);
    f->at = order_mark_length(f->bytes, f->len);
}

/* errno says why not. */
static int file_map(struct feed *f, int fd, size_t len)
{
    void *at = len ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (at == MAP_FAILED) {
        return CUBE_EUSAGE;
    }
    f->mapped = f->bytes = at;
    f->len = len;
    return 0;
}

/* What is no file, a pipe mostly, is read to its end. errno says why not. */
static int stream_read(struct feed *f, int fd)
{
    ssize_t n = 1;
    while (n > 0) {
        if (f->whole.len >= STREAM_BYTES_MAX) {
            errno = EFBIG;
            return CUBE_EUSAGE;
        }
        if (buf_reserve(&f->whole, STREAM_STEP)) {
            return CUBE_ENOMEM;
        }
        n = read(fd, f->whole.at + f->whole.len, STREAM_STEP);
        f->whole.len += n > 0 ? (size_t)n : 0;
    }
    f->bytes = f->whole.at;
    f->len = f->whole.len;
    return n < 0 ? CUBE_EUSAGE : 0;
}

static int feed_open(struct feed *f, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = CUBE_EUSAGE;
    f->path = path;
    f->ts_ms = INT64_MIN;
    if (fd >= 0 && fstat(fd, &st) == 0) {
        rc = S_ISREG(st.st_mode) ? file_map(f, fd, (size_t)st.st_size) : stream_read(f, fd);
    }
    if (rc == CUBE_EUSAGE) {
        fprintf(stderr, "cubed replay: %s: %s\n", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    if (!rc) {
        form_find(f);
    }
    return rc;
}

static void feed_close(struct feed *f)
{
    if (f->mapped) {
        munmap(f->mapped, f->len);
    }
    buf_close(&f->whole);
    buf_close(&f->scratch);
}

/* The next line that is not blank. False at the end. */
static bool line_next(struct feed *f)
{
    while (f->at < f->len) {
        const uint8_t *start = f->bytes + f->at, *end = memchr(start, '\n', f->len - f->at);
        size_t n = end ? (size_t)(end - start) : f->len - f->at;
        f->at += n + (end != NULL);
        f->line++;
        while (n && (*start == ' ' || *start == '\t')) {
            start++;
            n--;
        }
        while (n && (start[n - 1] == '\r' || start[n - 1] == ' ' || start[n - 1] == '\t')) {
            n--;
        }
        if (n) {
            f->value = start;
            f->value_len = n;
            return true;
        }
    }
    return false;
}

/* The next value of a file of MessagePack; bytes that do not decode are taken as one last value. */
static bool packed_next(struct feed *f)
{
    size_t rest = f->len - f->at, n;
    if (!rest) {
        return false;
    }
    if (msgpack_value_length(f->bytes + f->at, rest, &n)) {
        n = rest;
    }
    f->value = f->bytes + f->at;
    f->value_len = n;
    f->at += n;
    return true;
}

static int head_read(struct feed *f)
{
    f->has_head = f->msgpack ? packed_next(f) : line_next(f);
    if (!f->has_head) {
        return 0;
    }
    int rc = event_peek(f->topic, f->value, f->value_len, &f->scratch, &f->peek);
    if (!rc && f->peek.has_ts) {
        f->ts_ms = f->peek.ts_ms;
    }
    return rc;
}

int replay_input_open(const struct config *c, const char *const files[TOPIC_COUNT], const char *records, struct replay_input **ret_i)
{
    struct replay_input *in = calloc(1, sizeof *in);
    if (!in) {
        return CUBE_ENOMEM;
    }
    in->config = c;
    in->raw = records != NULL;
    int rc = records ? feed_open(&in->records, records) : 0;
    for (int t = 0; t < TOPIC_COUNT && !rc; t++) {
        in->feeds[t].topic = (enum event_topic)t;
        if (files[t]) {
            rc = feed_open(&in->feeds[t], files[t]);
            rc = rc ? rc : head_read(&in->feeds[t]);
        }
    }
    if (rc) {
        replay_input_close(in);
        return rc;
    }
    *ret_i = in;
    return 0;
}

void replay_input_close(struct replay_input *in)
{
    if (!in) {
        return;
    }
    for (int t = 0; t < TOPIC_COUNT; t++) {
        feed_close(&in->feeds[t]);
    }
    feed_close(&in->records);
    buf_close(&in->key);
    buf_close(&in->value);
    replay_headers_close(&in->headers);
    free(in);
}

static int merged_next(struct replay_input *in, struct input_record *ret_r)
{
    if (in->open) {
        int rc = head_read(&in->feeds[in->open - 1]);
        if (rc) {
            return rc;
        }
        in->open = 0;
    }
    struct feed *first = NULL;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        struct feed *f = &in->feeds[t];
        if (f->has_head && (!first || f->ts_ms < first->ts_ms)) {
            first = f;
        }
    }
    if (!first) {
        return 0;
    }
    in->open = first->topic + 1;
    struct text key = first->peek.entity;
    *ret_r = (struct input_record){.role = (enum topic_role)first->topic, .value = first->value, .value_len = first->value_len,
                                   .ts_ms = first->ts_ms == INT64_MIN ? 0 : first->ts_ms};
    if (first->peek.has_entity) {
        ret_r->key = (const uint8_t *)key.at;
        ret_r->key_len = key.len;
    }
    return 1;
}

/* ---- raw records ------------------------------------------------------------------------------------ */

static int raw_refuse(const struct replay_input *in, const char *what)
{
    fprintf(stderr, "%s:%llu: error: %s\n", in->records.path, (unsigned long long)in->records.line, what);
    return CUBE_EFORMAT;
}

static int topic_find(const struct replay_input *in, const char *name, enum topic_role *ret_role)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (strcmp(name, in->config->topics[t]) == 0) {
            *ret_role = (enum topic_role)t;
            return 0;
        }
    }
    return CUBE_ENOTFOUND;
}

/* A member in Base64: absent or null = no bytes. */
static int bytes_member(const json_t *object, const char *name, struct buf *to, const uint8_t **ret_at, size_t *ret_len)
{
    static const uint8_t nothing;
    const json_t *v = json_object_get(object, name);
    buf_clear(to);
    *ret_at = NULL;
    *ret_len = 0;
    if (!v || json_is_null(v)) {
        return 0;
    }
    if (!json_is_string(v)) {
        return CUBE_EFORMAT;
    }
    int rc = base64_decode((struct text){json_string_value(v), (uint32_t)json_string_length(v)}, to);
    if (!rc) {
        *ret_at = to->len ? to->at : &nothing;
        *ret_len = to->len;
    }
    return rc;
}

static int raw_parse(struct replay_input *in, const json_t *object, struct input_record *ret_r)
{
    const char *topic = json_string_value(json_object_get(object, "topic"));
    *ret_r = (struct input_record){.ts_ms = json_integer_value(json_object_get(object, "ts"))};
    if (!topic || topic_find(in, topic, &ret_r->role)) {
        return raw_refuse(in, "\"topic\" is none of the input topics");
    }
    int rc = bytes_member(object, "key_b64", &in->key, &ret_r->key, &ret_r->key_len);
    rc = rc ? rc : bytes_member(object, "value_b64", &in->value, &ret_r->value, &ret_r->value_len);
    if (rc) {
        return rc == CUBE_EFORMAT ? raw_refuse(in, "\"key_b64\" or \"value_b64\" is no Base64") : rc;
    }
    rc = replay_headers_read(&in->headers, object);
    ret_r->headers = in->headers.all;
    ret_r->header_count = in->headers.count;
    return rc == CUBE_EFORMAT ? raw_refuse(in, "\"headers\" is no map of texts, or \"headers_b64\" no list of [name, Base64 or null]") : rc ? rc : 1;
}

static int raw_next(struct replay_input *in, struct input_record *ret_r)
{
    if (!line_next(&in->records)) {
        return 0;
    }
    json_error_t error;
    json_t *object = json_loadb((const char *)in->records.value, in->records.value_len, 0, &error);
    if (!json_is_object(object)) {
        json_decref(object);
        return raw_refuse(in, "not a JSON object");
    }
    int rc = raw_parse(in, object, ret_r);
    json_decref(object);
    return rc;
}

int replay_input_next(struct replay_input *in, struct input_record *ret_r)
{
    return in->raw ? raw_next(in, ret_r) : merged_next(in, ret_r);
}
