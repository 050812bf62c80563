/* Texts of outputs and numbers of MessagePack, written to where there is room. For emit.c only. */
#ifndef CUBE_PROTO_EMIT_TEXT_H
#define CUBE_PROTO_EMIT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Texts up to this are copied word by word: names are. */
#define TEXT_SHORT 40

/* The byte of a word that holds one of a text that must be escaped in JSON is not 0; bytes above 0x7f are none. */
static inline uint64_t word_escapes(uint64_t w)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t quote = w ^ ones * '"', backslash = w ^ ones * '\\';
    return (((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & ones * 0x80;
}

/* A text of less than 8 bytes as a word, blanks behind it. */
static inline uint64_t word_of(const char *at, uint32_t len)
{
    uint64_t blanks = UINT64_MAX / 255 * ' ', w = 0;
    if (len >= 4) {
        uint32_t low, high;
        memcpy(&low, at, sizeof low);
        memcpy(&high, at + len - 4, sizeof high);
        w = low | (uint64_t)high << (8 * len - 32);
    } else if (len > 0) {
        w = (uint8_t)at[0] | (uint64_t)(uint8_t)at[len / 2] << (8 * (len / 2)) | (uint64_t)(uint8_t)at[len - 1] << (8 * len - 8);
    }
    return w | blanks << (8 * len);
}

/* Copies a short text; up to 7 bytes behind it are written, too. True: nothing in it needs escaping. */
static inline bool text_copy_short(uint8_t *at, struct text t)
{
    uint64_t w, found;
    if (t.len < sizeof w) {
        w = word_of(t.at, t.len);
        memcpy(at, &w, sizeof w);
        return word_escapes(w) == 0;
    }
    uint32_t last = t.len - (uint32_t)sizeof w;
    memcpy(&w, t.at + last, sizeof w);
    memcpy(at + last, &w, sizeof w);
    found = word_escapes(w);
    for (uint32_t i = 0; i < last; i += (uint32_t)sizeof w) {
        memcpy(&w, t.at + i, sizeof w);
        memcpy(at + i, &w, sizeof w);
        found |= word_escapes(w);
    }
    return found == 0;
}

/* The same without looking at it: where nothing needs escaping. */
static inline void text_copy_plain(uint8_t *at, struct text t)
{
    uint64_t w;
    if (t.len < sizeof w) {
        w = word_of(t.at, t.len);
        memcpy(at, &w, sizeof w);
        return;
    }
    uint32_t last = t.len - (uint32_t)sizeof w;
    memcpy(&w, t.at + last, sizeof w);
    memcpy(at + last, &w, sizeof w);
    for (uint32_t i = 0; i < last; i += (uint32_t)sizeof w) {
        memcpy(&w, t.at + i, sizeof w);
        memcpy(at + i, &w, sizeof w);
    }
}

/* How many bytes a text takes at most: in quotes, what needs it escaped. */
size_t text_json_max(struct text t);
/* Writes it there; returns where it ends. */
uint8_t *text_json_write(uint8_t *at, struct text t);

/* The head of a text of so many bytes. */
#define TEXT_HEAD_MAX 5
uint8_t *text_head_write(uint8_t *at, uint32_t len);
/* A number in as few bytes as it takes: 9 at most. */
uint8_t *int_packed_write(uint8_t *at, int64_t v);
/* 9 bytes. */
uint8_t *double_packed_write(uint8_t *at, double v);

#endif
