#include "proto/json_scan.h"

#include "proto/event_decode.h"
#include "proto/json_text.h"

_Static_assert(JSON_SCAN_OPEN_MAX > RECORD_ELEMENTS_MAX + 1,
               "one bit for every container that can be open");

enum state {
    WANTS_VALUE,        /* at the start, after a key, after a comma in an array */
    WANTS_FIRST_VALUE,  /* after [ */
    WANTS_FIRST_KEY,    /* after { */
    WANTS_COMMA_OR_END, /* after a value */
};

void json_scan_init(struct json_scan *s, const uint8_t *at, size_t len)
{
    s->at = at;
    s->end = at + len;
    s->depth = s->elements = 0;
    s->too_deep = s->bad_text = false;
    s->state = WANTS_VALUE;
}

static void skip_space(struct json_scan *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) {
        s->at++;
    }
}

static bool in_object(const struct json_scan *s)
{
    uint32_t top = s->depth - 1;
    return s->object[top / 64] >> (top % 64) & 1;
}

static int open_container(struct json_scan *s, bool object, struct json_token *ret_t)
{
    uint64_t bit = UINT64_C(1) << (s->depth % 64), *word = &s->object[s->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    s->depth++;
    s->too_deep |= s->depth > RECORD_DEPTH_MAX;
    s->state = object ? WANTS_FIRST_KEY : WANTS_FIRST_VALUE;
    s->at++;
    ret_t->type = object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY;
    return 0;
}

static int close_container(struct json_scan *s, struct json_token *ret_t)
{
    bool object = in_object(s);
    if (*s->at != (object ? '}' : ']')) {
        return CUBE_EFORMAT;
    }
    s->at++;
    s->depth--;
    s->state = WANTS_COMMA_OR_END;
    ret_t->type = object ? JSON_SCAN_OBJECT_END : JSON_SCAN_ARRAY_END;
    return 0;
}

static int read_literal(struct json_scan *s, const char *word, size_t len, enum json_type type,
                        struct json_token *ret_t)
{
    size_t there = (size_t)(s->end - s->at) < len ? (size_t)(s->end - s->at) : len;
    if (memcmp(s->at, word, there) != 0) {
        return CUBE_EFORMAT;
    }
    if (there < len) {
        return CUBE_ETRUNCATED;
    }
    s->at += len;
    ret_t->type = type;
    return 0;
}

static int read_scalar(struct json_scan *s, struct json_token *ret_t)
{
    s->state = WANTS_COMMA_OR_END;
    switch (*s->at) {
    case '"':
        s->at++;
        ret_t->type = JSON_SCAN_TEXT;
        return json_text_read(s, ret_t);
    case 't': return read_literal(s, "true", 4, JSON_SCAN_TRUE, ret_t);
    case 'f': return read_literal(s, "false", 5, JSON_SCAN_FALSE, ret_t);
    case 'n': return read_literal(s, "null", 4, JSON_SCAN_NULL, ret_t);
    default:
        return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') ? json_number_read(s, ret_t)
                                                                 : CUBE_EFORMAT;
    }
}

static int read_value(struct json_scan *s, struct json_token *ret_t)
{
    if (s->depth && ++s->elements > RECORD_ELEMENTS_MAX) {
        return CUBE_ELIMIT;
    }
    if (*s->at == '{' || *s->at == '[') {
        return open_container(s, *s->at == '{', ret_t);
    }
    return read_scalar(s, ret_t);
}

static int read_key(struct json_scan *s, struct json_token *ret_t)
{
    if (*s->at != '"') {
        return CUBE_EFORMAT;
    }
    s->at++;
    ret_t->type = JSON_SCAN_KEY;
    int rc = json_text_read(s, ret_t);
    if (rc) {
        return rc;
    }
    skip_space(s);
    if (s->at == s->end) {
        return CUBE_ETRUNCATED;
    }
    s->state = WANTS_VALUE;
    return *s->at++ == ':' ? 0 : CUBE_EFORMAT;
}

static int after_value(struct json_scan *s, struct json_token *ret_t)
{
    if (*s->at != ',') {
        return close_container(s, ret_t);
    }
    s->at++;
    skip_space(s);
    if (s->at == s->end) {
        return CUBE_ETRUNCATED;
    }
    return in_object(s) ? read_key(s, ret_t) : read_value(s, ret_t);
}

int json_scan_next(struct json_scan *s, struct json_token *ret_t)
{
    skip_space(s);
    bool done = s->state == WANTS_COMMA_OR_END && s->depth == 0;
    if (s->at == s->end) {
        ret_t->type = JSON_SCAN_END;
        return done ? 0 : CUBE_ETRUNCATED;
    }
    if (done) {
        return CUBE_EFORMAT;
    }
    switch ((enum state)s->state) {
    case WANTS_VALUE: return read_value(s, ret_t);
    case WANTS_FIRST_VALUE: return *s->at == ']' ? close_container(s, ret_t) : read_value(s, ret_t);
    case WANTS_FIRST_KEY: return *s->at == '}' ? close_container(s, ret_t) : read_key(s, ret_t);
    case WANTS_COMMA_OR_END: break;
    }
    return after_value(s, ret_t);
}

int json_scan_skip_to(struct json_scan *s, uint32_t depth)
{
    struct json_token t;
    while (s->depth > depth) {
        int rc = json_scan_next(s, &t);
        if (rc) {
            return rc;
        }
    }
    return 0;
}
