#include "engine/record_words.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/packed.h"

/* A word begins with its dimension, or with this. */
enum { WORD_PLAN = DIM_COUNT, WORD_KINDS };

enum { WORD_VERSION = 1, PLAN_NUMBERS = 3 };

int record_words_create(uint64_t seed, struct record_words **ret_w)
{
    struct record_words *w = calloc(1, sizeof *w);
    if (!w || intern_create(RECORD_WORDS_MAX, seed, &w->texts) != 0) {
        free(w);
        return CUBE_ENOMEM;
    }
    *ret_w = w;
    return 0;
}

void record_words_destroy(struct record_words *w)
{
    if (!w) {
        return;
    }
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        free(w->of[d].at);
        free(w->values[d].at);
    }
    intern_destroy(w->texts);
    buf_close(&w->key);
    free(w);
}

void record_words_open(struct record_words *w, bool open)
{
    w->open = open;
}

uint64_t record_words_bytes(const struct record_words *w)
{
    uint64_t n = sizeof *w + intern_bytes(w->texts) + w->key.capacity;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        n += (w->of[d].capacity + w->values[d].capacity) * sizeof *w->of[d].at;
    }
    return n;
}

/* ---- numbers of this run ---------------------------------------------------------------------------- */

static uint32_t number_of(const struct word_numbers *n, uint32_t id)
{
    return id < n->capacity ? n->at[id] : 0;
}

static int number_note(struct word_numbers *n, uint32_t id, uint32_t number)
{
    if (id >= n->capacity) {
        uint32_t capacity = id + id / 2 + 16;
        uint32_t *grown = realloc(n->at, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        memset(grown + n->capacity, 0, (capacity - n->capacity) * sizeof *grown);
        n->at = grown;
        n->capacity = capacity;
    }
    n->at[id] = number + 1;
    return 0;
}

/* ---- records of words ------------------------------------------------------------------------------- */

int record_words_encode(const struct record_words *w, uint32_t number, struct buf *out)
{
    struct text word = intern_text(w->texts, number);
    size_t before = out->len;
    int rc = put_uint(out, WORD_VERSION);
    rc = rc ? rc : buf_append(out, word.at, word.len);
    out->len = rc ? before : out->len;
    return rc;
}

static bool is_word(const uint8_t *at, size_t len)
{
    return len > 0 && at[0] < WORD_KINDS && (at[0] != WORD_PLAN || len == 1 + PLAN_NUMBERS * sizeof(uint64_t));
}

int record_words_restore(struct record_words *w, uint64_t number, const uint8_t *value, size_t len)
{
    struct cursor c = {value, value ? value + len : NULL};
    uint64_t version;
    uint32_t id;
    int rc = get_uint(&c, &version);
    if (rc != 0 || version != WORD_VERSION) {
        return rc ? rc : CUBE_EVERSION;
    }
    size_t left = (size_t)(c.end - c.at);
    if (number > record_words_count(w) || number >= RECORD_WORDS_MAX || !is_word(c.at, left)) {
        return CUBE_EFORMAT;
    }
    struct text word = {(const char *)c.at, (uint32_t)left};
    if (number < record_words_count(w)) {
        return text_equal(intern_text(w->texts, (uint32_t)number), word) ? 0 : CUBE_EFORMAT;
    }
    rc = intern_add(w->texts, word, &id);
    w->count = intern_count(w->texts);
    return rc == 0 && id != number ? CUBE_EFORMAT : rc;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* CUBE_ENOTFOUND: it is no word, and must not become one. */
static int word_number(struct record_words *w, uint8_t kind, struct text t, uint32_t *ret_number)
{
    buf_clear(&w->key);
    int rc = buf_append(&w->key, &kind, 1);
    rc = rc ? rc : buf_append(&w->key, t.at, t.len);
    if (rc != 0) {
        return rc;
    }
    struct text word = {(const char *)w->key.at, (uint32_t)w->key.len};
    if (w->open) {
        rc = intern_add(w->texts, word, ret_number);
        w->count = intern_count(w->texts);
        return rc == CUBE_ELIMIT ? CUBE_ENOTFOUND : rc;
    }
    *ret_number = intern_find(w->texts, word);
    return *ret_number == INTERN_NONE ? CUBE_ENOTFOUND : 0;
}

static int value_number(struct record_words *w, enum dimension d, uint32_t id, struct text value, uint32_t *ret_number)
{
    int rc = word_number(w, (uint8_t)d, value, ret_number);
    return rc ? rc : number_note(&w->of[d], id, *ret_number);
}

int record_words_put(struct record_words *w, const struct scope_table *table, enum dimension d, uint32_t id, struct buf *out)
{
    uint64_t code = record_words_code(w, d, id);
    uint32_t number;
    if (code != WORD_CODE_TEXT) {
        return put_uint(out, code);
    }
    struct text value = scope_table_value_text(table, d, id);
    bool named = scope_table_dims(table) >> d & 1; /* by scopes; else it may be one customer's alone, and must go with its record */
    int rc = named ? value_number(w, d, id, value, &number) : CUBE_ENOTFOUND;
    if (rc != CUBE_ENOTFOUND) {
        return rc ? rc : put_uint(out, WORD_CODE_FIRST + (uint64_t)number);
    }
    size_t before = out->len;
    rc = put_uint(out, WORD_CODE_TEXT);
    rc = rc ? rc : put_text(out, value);
    out->len = rc ? before : out->len;
    return rc;
}

int record_words_plan(struct record_words *w, const struct pack_plan *p, uint64_t *ret_code)
{
    uint8_t bytes[PLAN_NUMBERS * sizeof(uint64_t)];
    uint32_t number;
    if (w->plan_code) {
        *ret_code = w->plan_code;
        return 0;
    }
    packed_write(bytes, (uint64_t)p->order_ms);
    packed_write(bytes + 8, (uint64_t)p->points.pane_ms);
    packed_write(bytes + 16, (uint64_t)p->points.panes);
    int rc = word_number(w, WORD_PLAN, (struct text){(const char *)bytes, sizeof bytes}, &number);
    w->plan_code = rc ? 0 : number + UINT64_C(1);
    *ret_code = w->plan_code;
    return rc == CUBE_ENOTFOUND ? 0 : rc;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static int text_get(struct scope_table *table, enum dimension d, struct cursor *c, uint32_t *ret_id)
{
    struct text value;
    int rc = get_text(c, &value);
    return rc || !value.at ? (rc ? rc : CUBE_EFORMAT) : scope_table_value(table, d, value, ret_id);
}

/* A value that is refused is so each time: that counts. */
static int word_get(struct record_words *w, struct scope_table *table, enum dimension d, uint32_t number, uint32_t *ret_id)
{
    struct text word = intern_text(w->texts, number);
    uint64_t refused = scope_table_values_refused(table);
    if ((uint8_t)word.at[0] != d) {
        return CUBE_EFORMAT;
    }
    int rc = scope_table_value(table, d, (struct text){word.at + 1, word.len - 1}, ret_id);
    if (rc != 0 || scope_table_values_refused(table) != refused) {
        return rc;
    }
    rc = number_note(&w->values[d], number, *ret_id);
    return rc ? rc : number_note(&w->of[d], *ret_id, number);
}

int record_words_get_any(struct record_words *w, struct scope_table *table, enum dimension d, struct cursor *c, uint32_t *ret_id)
{
    uint64_t code;
    int rc = get_uint(c, &code);
    if (rc != 0 || code == WORD_CODE_TEXT) {
        return rc ? rc : text_get(table, d, c, ret_id);
    }
    if (code == WORD_CODE_ABSENT) {
        *ret_id = DIM_ABSENT;
        return 0;
    }
    if (code - WORD_CODE_FIRST >= record_words_count(w)) {
        return CUBE_EFORMAT;
    }
    uint32_t number = (uint32_t)(code - WORD_CODE_FIRST), known = number_of(&w->values[d], number);
    if (known) {
        *ret_id = known - 1;
        return 0;
    }
    return word_get(w, table, d, number, ret_id);
}

int record_words_plan_of(const struct record_words *w, uint64_t code, struct pack_plan *ret_p)
{
    if (code == 0) {
        *ret_p = (struct pack_plan){0};
        return 0;
    }
    struct text word = code <= record_words_count(w) ? intern_text(w->texts, (uint32_t)code - 1) : (struct text){0};
    if (!word.at || word.at[0] != WORD_PLAN) {
        return CUBE_EFORMAT;
    }
    const uint8_t *at = (const uint8_t *)word.at + 1;
    *ret_p = (struct pack_plan){.order_ms = (int64_t)packed_read(at, 8),
                                .points = {.pane_ms = (int64_t)packed_read(at + 8, 8), .panes = (int64_t)packed_read(at + 16, 8)}};
    return 0;
}
