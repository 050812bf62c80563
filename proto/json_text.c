#include "proto/json_text.h"

#include "proto/event_decode.h"
#include "proto/utf8.h"

static int hex_digit(uint8_t b)
{
    if (b >= '0' && b <= '9') {
        return b - '0';
    }
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* The code unit of the four digits at p, or -1. */
static int32_t code_unit(const uint8_t *p)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0) {
            return -1;
        }
        v = v << 4 | digit;
    }
    return v;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static uint32_t encoded_length(int32_t unit)
{
    return unit < 0x80 ? 1 : unit < 0x800 ? 2
                                          : 3;
}

/* s->at stands on the u of an escape. A lone surrogate makes the text bad, not the syntax. */
static int read_unicode(struct json_scan *s, struct json_token *t)
{
    if (s->end - s->at < 5) {
        return CUBE_ETRUNCATED;
    }
    int32_t unit = code_unit(s->at + 1);
    if (unit < 0) {
        return CUBE_EFORMAT;
    }
    s->at += 5;
    if (!is_high(unit) && !is_low(unit)) {
        t->decoded += encoded_length(unit);
        return 0;
    }
    bool paired = is_high(unit) && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' &&
                  is_low(code_unit(s->at + 2));
    if (paired) {
        s->at += 6;
        t->decoded += 4;
    } else {
        t->valid = false;
    }
    return 0;
}

static int read_escape(struct json_scan *s, struct json_token *t)
{
    s->at++;
    t->escaped = true;
    if (s->at == s->end) {
        return CUBE_ETRUNCATED;
    }
    switch (*s->at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        s->at++;
        t->decoded++;
        return 0;
    case 'u': return read_unicode(s, t);
    default: return CUBE_EFORMAT;
    }
}

static void read_beyond_ascii(struct json_scan *s, struct json_token *t)
{
    size_t n = utf8_sequence(s->at, (size_t)(s->end - s->at));
    if (n == 0) {
        t->valid = false;
        n = 1;
    }
    s->at += n;
    t->decoded += (uint32_t)n;
}

static int read_piece(struct json_scan *s, struct json_token *t)
{
    unsigned plain = s->end - s->at >= 16 ? (unsigned)__builtin_ctz(json_text_stops(s->at) | 1u << 16) : 0;
    if (plain > 0) {
        s->at += plain;
        t->decoded += plain;
        return 0;
    }
    if (*s->at == '\\') {
        return read_escape(s, t);
    }
    if (*s->at < 0x20) {
        return CUBE_EFORMAT;
    }
    if (*s->at >= 0x80) {
        read_beyond_ascii(s, t);
        return 0;
    }
    s->at++;
    t->decoded++;
    return 0;
}

int json_text_read(struct json_scan *s, struct json_token *ret_t)
{
    struct json_token t = {.valid = true};
    const uint8_t *start = s->at;
    while (s->at < s->end && *s->at != '"') {
        int rc = read_piece(s, &t);
        if (rc) {
            return rc;
        }
        if (t.decoded > RECORD_STRING_MAX) {
            return CUBE_ELIMIT;
        }
    }
    if (s->at == s->end) {
        return CUBE_ETRUNCATED;
    }
    t.raw = (struct text){(const char *)start, (uint32_t)(s->at - start)};
    s->at++;
    s->bad_text |= !t.valid;
    t.type = ret_t->type;
    *ret_t = t;
    return 0;
}

static bool digit_at(const struct json_scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* At least one digit. */
static int read_digits(struct json_scan *s)
{
    if (s->at == s->end) {
        return CUBE_ETRUNCATED;
    }
    if (!digit_at(s)) {
        return CUBE_EFORMAT;
    }
    while (digit_at(s)) {
        s->at++;
    }
    return 0;
}

static int read_fraction(struct json_scan *s, struct json_token *t)
{
    if (s->at == s->end || *s->at != '.') {
        return 0;
    }
    s->at++;
    t->whole = false;
    return read_digits(s);
}

static int read_exponent(struct json_scan *s, struct json_token *t)
{
    if (s->at == s->end || (*s->at | 0x20) != 'e') {
        return 0;
    }
    s->at++;
    t->whole = false;
    if (s->at < s->end && (*s->at == '+' || *s->at == '-')) {
        s->at++;
    }
    return read_digits(s);
}

int json_number_read(struct json_scan *s, struct json_token *ret_t)
{
    struct json_token t = {.type = JSON_SCAN_NUMBER, .whole = true};
    const uint8_t *start = s->at;
    if (*s->at == '-') {
        s->at++;
    }
    bool zero = s->at < s->end && *s->at == '0';
    int rc = read_digits(s);
    if (rc) {
        return rc;
    }
    if (zero && s->at - start > 1 + (*start == '-')) {
        return CUBE_EFORMAT;
    }
    rc = read_fraction(s, &t);
    rc = rc ? rc : read_exponent(s, &t);
    if (rc) {
        return rc;
    }
    t.raw = (struct text){(const char *)start, (uint32_t)(s->at - start)};
    *ret_t = t;
    return 0;
}

static uint8_t *unescape_one(const uint8_t **p, uint8_t *out)
{
    static const char letters[] = "bfnrt", codes[] = "\b\f\n\r\t";
    uint8_t c = *(*p)++;
    if (c != 'u') {
        const char *found = memchr(letters, c, sizeof letters - 1);
        *out = found ? (uint8_t)codes[found - letters] : c;
        return out + 1;
    }
    uint32_t code = (uint32_t)code_unit(*p);
    *p += 4;
    if (is_high((int32_t)code)) {
        code = 0x10000 + ((code & 0x3ff) << 10) + ((uint32_t)code_unit(*p + 2) & 0x3ff);
        *p += 6;
    }
    return out + utf8_put(code, out);
}

void json_unescape(const struct json_token *t, uint8_t *at)
{
    const uint8_t *p = (const uint8_t *)t->raw.at, *end = p + t->raw.len;
    while (p < end) {
        if (*p == '\\') {
            p++;
            at = unescape_one(&p, at);
        } else {
            *at++ = *p++;
        }
    }
}
