#include "proto/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_append(struct buf *out, const uint8_t *at, size_t n)
{
    if (n == 0) {
        return 0;
    }
    if (buf_reserve(out, (n + 2) / 3 * 4)) {
        return CUBE_ENOMEM;
    }
    uint8_t *to = out->at + out->len;
    for (size_t i = 0; i < n; i += 3) {
        size_t rest = n - i;
        uint32_t v = (uint32_t)at[i] << 16 | (rest > 1 ? (uint32_t)at[i + 1] << 8 : 0) | (rest > 2 ? at[i + 2] : 0);
        *to++ = (uint8_t)alphabet[v >> 18];
        *to++ = (uint8_t)alphabet[v >> 12 & 63];
        *to++ = rest > 1 ? (uint8_t)alphabet[v >> 6 & 63] : '=';
        *to++ = rest > 2 ? (uint8_t)alphabet[v & 63] : '=';
    }
    out->len = (size_t)(to - out->at);
    return 0;
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct text t, struct buf *out)
{
    uint32_t pad = t.len && t.at[t.len - 1] == '=' ? (t.len > 1 && t.at[t.len - 2] == '=' ? 2 : 1) : 0;
    if (t.len % 4) {
        return CUBE_EFORMAT;
    }
    if (buf_reserve(out, t.len / 4 * 3)) {
        return CUBE_ENOMEM;
    }
    size_t start = out->len;
    uint32_t v = 0;
    for (uint32_t i = 0; i < t.len; i++) {
        int d = i >= t.len - pad ? 0 : digit(t.at[i]);
        if (d < 0) {
            out->len = start;
            return CUBE_EFORMAT;
        }
        v = v << 6 | (uint32_t)d;
        if (i % 4 == 3) {
            out->at[out->len++] = (uint8_t)(v >> 16);
            out->at[out->len++] = (uint8_t)(v >> 8);
            out->at[out->len++] = (uint8_t)v;
        }
    }
    out->len -= pad;
    return 0;
}
