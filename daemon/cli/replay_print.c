#include "cli/replay_print.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/line_put.h"
#include "cli/replay_headers.h"
#include "proto/base64.h"
#include "proto/json_scan.h"
#include "proto/utf8.h"

/* One kept line of --final. */
struct kept {
    const char *topic;
    struct buf key, line; /* no line: the last record was a tombstone */
};

struct replay_print {
    const struct config *config;
    FILE *out;
    bool final;
    struct buf line;
    struct kept *kept;
    uint32_t count, capacity;
    uint32_t *index; /* 2 x capacity, entry + 1 */
};

int replay_print_create(const struct config *c, FILE *out, bool final, struct replay_print **ret_p)
{
    struct replay_print *p = calloc(1, sizeof *p);
    if (!p) {
        return CUBE_ENOMEM;
    }
    p->config = c;
    p->out = out;
    p->final = final;
    *ret_p = p;
    return 0;
}

void replay_print_destroy(struct replay_print *p)
{
    if (!p) {
        return;
    }
    for (uint32_t i = 0; i < p->count; i++) {
        buf_close(&p->kept[i].key);
        buf_close(&p->kept[i].line);
    }
    buf_close(&p->line);
    free(p->kept);
    free(p->index);
    free(p);
}

/* ---- one line --------------------------------------------------------------------------------------- */

/* "NAME":"text", or "NAME_b64" when the bytes are no UTF-8, or null. */
static int put_bytes_member(struct buf *b, const char *name, const uint8_t *at, size_t len)
{
    bool text = at && utf8_text_valid(at, len);
    int rc = put_plain(b, "\"");
    rc = rc ? rc : put_plain(b, name);
    rc = rc ? rc : put_plain(b, !at || text ? "\":" : "_b64\":\"");
    if (rc || !at) {
        return rc ? rc : put_plain(b, "null");
    }
    if (text) {
        return put_quoted(b, (struct text){(const char *)at, (uint32_t)len});
    }
    rc = base64_append(b, at, len);
    return rc ? rc : put_plain(b, "\"");
}

/* True for one JSON value that can stand in a line as it is. */
static bool is_json_line(const uint8_t *at, size_t len, bool *ret_null)
{
    struct json_scan s;
    struct json_token t = {0};
    if (!len || memchr(at, '\n', len) || memchr(at, '\r', len)) {
        return false;
    }
    json_scan_init(&s, at, len);
    int rc = json_scan_next(&s, &t);
    *ret_null = t.type == JSON_SCAN_NULL;
    while (!rc && t.type != JSON_SCAN_END) {
        rc = json_scan_next(&s, &t);
    }
    return !rc && !s.bad_text && !s.too_deep;
}

static int put_value_base64(struct buf *b, const struct replay_line *l)
{
    int rc = put_plain(b, ",\"value_b64\":\"");
    rc = rc ? rc : base64_append(b, l->value, l->value_len);
    return rc ? rc : put_plain(b, "\"");
}

/* A value that is JSON's null has its bytes beside it: without, there is no value. */
static int put_value(struct buf *b, const struct replay_line *l)
{
    bool checked = l->value && l->header_count == 0; /* written by cubed itself */
    bool null = false, json = l->value && (checked || is_json_line(l->value, l->value_len, &null));
    int rc = !l->value ? put_plain(b, ",\"value\":null") : json ? put_plain(b, ",\"value\":") : 0;
    rc = rc || !json ? rc : buf_append(b, l->value, l->value_len);
    return rc || !l->value || (json && !null) ? rc : put_value_base64(b, l);
}

static int line_write(struct buf *b, const struct replay_line *l)
{
    char ts[32];
    snprintf(ts, sizeof ts, ",\"ts\":%lld", (long long)l->ts_ms);
    buf_clear(b);
    int rc = put_plain(b, "{\"topic\":");
    rc = rc ? rc : put_quoted(b, text_of(l->topic));
    rc = rc ? rc : put_plain(b, ",");
    rc = rc ? rc : put_bytes_member(b, "key", l->key, l->key_len);
    rc = rc ? rc : put_plain(b, ts);
    rc = rc ? rc : put_value(b, l);
    rc = rc ? rc : l->header_count ? replay_headers_print(l->headers, l->header_count, b) : 0;
    return rc ? rc : put_plain(b, "}\n");
}

/* ---- --final ---------------------------------------------------------------------------------------- */

static bool is_kept_topic(const struct replay_print *p, const char *topic)
{
    return strcmp(topic, p->config->topics[ROLE_STATE]) == 0 || strcmp(topic, p->config->topics[ROLE_CUSTOMERS]) == 0 ||
           strcmp(topic, p->config->topics[ROLE_ALERTS]) == 0;
}

static uint64_t kept_hash(const char *topic, const uint8_t *key, size_t len)
{
    return hash64_seed(key, len, hash64(topic, strlen(topic)));
}

static uint32_t *slot_find(const struct replay_print *p, const char *topic, const uint8_t *key, size_t len)
{
    uint32_t mask = p->capacity * 2 - 1, i = (uint32_t)kept_hash(topic, key, len) & mask;
    for (;; i = (i + 1) & mask) {
        const struct kept *k = p->index[i] ? &p->kept[p->index[i] - 1] : NULL;
        if (!k || (strcmp(k->topic, topic) == 0 && k->key.len == len && memcmp(k->key.at, key, len) == 0)) {
            return &p->index[i];
        }
    }
}

static int kept_grow(struct replay_print *p)
{
    if (p->count < p->capacity) {
        return 0;
    }
    uint32_t capacity = p->capacity ? p->capacity * 2 : 256;
    struct kept *kept = realloc(p->kept, capacity * sizeof *kept);
    if (!kept) {
        return CUBE_ENOMEM;
    }
    p->kept = kept;
    uint32_t *index = calloc((size_t)capacity * 2, sizeof *index);
    if (!index) {
        return CUBE_ENOMEM;
    }
    free(p->index);
    p->index = index;
    p->capacity = capacity;
    for (uint32_t i = 0; i < p->count; i++) {
        *slot_find(p, kept[i].topic, kept[i].key.at, kept[i].key.len) = i + 1;
    }
    return 0;
}

static int line_keep(struct replay_print *p, const struct replay_line *l)
{
    if (kept_grow(p)) {
        return CUBE_ENOMEM;
    }
    uint32_t *slot = slot_find(p, l->topic, l->key, l->key_len);
    if (!*slot) {
        p->kept[p->count] = (struct kept){.topic = l->topic};
        if (buf_append(&p->kept[p->count].key, l->key, l->key_len)) {
            return CUBE_ENOMEM;
        }
        *slot = ++p->count;
    }
    struct kept *k = &p->kept[*slot - 1];
    buf_clear(&k->line);
    return l->value ? buf_append(&k->line, p->line.at, p->line.len) : 0;
}

static int kept_compare(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    int c = strcmp(x->topic, y->topic);
    return c ? c : text_compare((struct text){(const char *)x->key.at, (uint32_t)x->key.len},
                                (struct text){(const char *)y->key.at, (uint32_t)y->key.len});
}

int replay_print_line(void *arg, const struct replay_line *line)
{
    struct replay_print *p = arg;
    if (p->final && (line->header_count || !line->key || !is_kept_topic(p, line->topic))) {
        return 0;
    }
    int rc = line_write(&p->line, line);
    if (rc) {
        return rc;
    }
    if (p->final) {
        return line_keep(p, line);
    }
    return fwrite(p->line.at, 1, p->line.len, p->out) == p->line.len ? 0 : CUBE_EIO;
}

int replay_print_finish(struct replay_print *p)
{
    if (p->count) {
        qsort(p->kept, p->count, sizeof *p->kept, kept_compare);
    }
    for (uint32_t i = 0; i < p->count; i++) {
        const struct buf *line = &p->kept[i].line;
        if (line->len && fwrite(line->at, 1, line->len, p->out) != line->len) {
            return CUBE_EIO;
        }
    }
    return fflush(p->out) ? CUBE_EIO : 0;
}
