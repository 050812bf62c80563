#include "cli/replay_headers.h"

#include <string.h>

#include "cli/line_put.h"
#include "proto/base64.h"
#include "proto/utf8.h"

/* ---- reading ---------------------------------------------------------------------------------------- */

/* Its bytes may move until all are there: only lengths are known yet, and whether there is a value. */
static int header_add(struct replay_headers *h, const char *name, const json_t *value, bool is_base64)
{
    struct text text = {json_string_value(value), (uint32_t)json_string_length(value)};
    struct header *one = &h->all[h->count];
    if (h->count == RECORD_HEADERS_MAX) {
        return 0;
    }
    *one = (struct header){{"", (uint32_t)strlen(name)}, {text.at, 0}};
    int rc = buf_append(&h->bytes, name, one->name.len);
    size_t before = h->bytes.len;
    if (!rc && text.at) {
        rc = is_base64 ? base64_decode(text, &h->bytes) : buf_append(&h->bytes, text.at, text.len);
    }
    one->value.len = (uint32_t)(h->bytes.len - before);
    h->count++;
    return rc;
}

static int texts_read(struct replay_headers *h, json_t *map)
{
    const char *name;
    json_t *value;
    int rc = !map || json_is_null(map) || json_is_object(map) ? 0 : CUBE_EFORMAT;
    json_object_foreach(map, name, value)
    {
        rc = rc ? rc : json_is_string(value) ? header_add(h, name, value, false) : CUBE_EFORMAT;
    }
    return rc;
}

static int others_read(struct replay_headers *h, const json_t *list)
{
    size_t i;
    const json_t *pair;
    int rc = !list || json_is_null(list) || json_is_array(list) ? 0 : CUBE_EFORMAT;
    json_array_foreach(list, i, pair)
    {
        const char *name = json_string_value(json_array_get(pair, 0));
        const json_t *value = json_array_get(pair, 1);
        bool good = name && json_array_size(pair) == 2 && (json_is_string(value) || json_is_null(value));
        rc = rc ? rc : good ? header_add(h, name, value, true) : CUBE_EFORMAT;
    }
    return rc;
}

static void headers_place(struct replay_headers *h)
{
    const char *at = h->bytes.at ? (const char *)h->bytes.at : "";
    for (uint32_t i = 0; i < h->count; i++) {
        struct header *one = &h->all[i];
        one->name.at = at;
        one->value.at = one->value.at ? at + one->name.len : NULL;
        at += one->name.len + one->value.len;
    }
}

int replay_headers_read(struct replay_headers *h, const json_t *record)
{
    h->count = 0;
    buf_clear(&h->bytes);
    int rc = others_read(h, json_object_get(record, "headers_b64")); /* of one name the last one is the text */
    rc = rc ? rc : texts_read(h, json_object_get(record, "headers"));
    headers_place(h);
    return rc;
}

void replay_headers_close(struct replay_headers *h)
{
    buf_close(&h->bytes);
}

/* ---- printing --------------------------------------------------------------------------------------- */

/* Whether it stands in the map: a reader of a header takes the last of its name. Not every reader of JSON takes U+0000. */
static bool is_text(const struct header *h, uint32_t count, uint32_t i)
{
    struct text value = h[i].value;
    bool text = value.at && utf8_text_valid((const uint8_t *)value.at, value.len) && !memchr(value.at, 0, value.len);
    for (uint32_t k = i + 1; k < count && text; k++) {
        text = !text_equal(h[k].name, h[i].name);
    }
    return text;
}

static int put_base64(struct buf *out, struct text value)
{
    int rc = put_plain(out, value.at ? "\"" : "null");
    rc = rc || !value.at ? rc : base64_append(out, (const uint8_t *)value.at, value.len);
    return rc || !value.at ? rc : put_plain(out, "\"");
}

static int pair_put(struct buf *out, const struct header *h, bool text, bool first)
{
    int rc = put_plain(out, first ? "" : ",");
    rc = rc ? rc : put_plain(out, text ? "" : "[");
    rc = rc ? rc : put_quoted(out, h->name);
    rc = rc ? rc : put_plain(out, text ? ":" : ",");
    rc = rc ? rc : text ? put_quoted(out, h->value) : put_base64(out, h->value);
    return rc ? rc : put_plain(out, text ? "" : "]");
}

static int list_put(const struct header *h, uint32_t count, bool texts, struct buf *out)
{
    bool first = true;
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        if (is_text(h, count, i) == texts) {
            rc = pair_put(out, &h[i], texts, first);
            first = false;
        }
    }
    return rc;
}

int replay_headers_print(const struct header *h, uint32_t count, struct buf *out)
{
    uint32_t texts = 0;
    for (uint32_t i = 0; i < count; i++) {
        texts += is_text(h, count, i);
    }
    int rc = put_plain(out, ",\"headers\":{");
    rc = rc ? rc : list_put(h, count, true, out);
    rc = rc ? rc : put_plain(out, "}");
    if (rc || texts == count) {
        return rc;
    }
    rc = put_plain(out, ",\"headers_b64\":[");
    rc = rc ? rc : list_put(h, count, false, out);
    return rc ? rc : put_plain(out, "]");
}
