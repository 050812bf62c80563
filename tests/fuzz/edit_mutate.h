/* How libFuzzer changes inputs that are lists of edits (task_world.h): half of the time an edit is added or a part of one is drawn anew,
 * with numbers at the ends of what a varint, a cell or a count may be, which flipped bytes seldom meet. */
#ifndef CUBE_TESTS_EDIT_MUTATE_H
#define CUBE_TESTS_EDIT_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EDIT_BYTES 12

/* Bytes before the first edit. */
#ifndef EDITS_FROM
#define EDITS_FROM 0
#endif

size_t LLVMFuzzerMutate(uint8_t *at, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *at, size_t len, size_t max, unsigned seed);

static uint32_t edit_draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* A power of two or a number beside it, some negative, some as a zigzag has them. */
static uint64_t edit_number(uint64_t *state)
{
    uint64_t v = (UINT64_C(1) << edit_draw(state) % 64) + edit_draw(state) % 3 - 1;
    switch (edit_draw(state) % 4) {
    case 0: return ~v + 1;
    case 1: return (uint64_t)edit_draw(state) << 32 | edit_draw(state);
    default: return v;
    }
}

static void edit_redraw(uint8_t *edit, unsigned part, uint64_t *state)
{
    uint64_t number = edit_number(state);
    uint16_t where = (uint16_t)(edit_draw(state) % 2 ? edit_draw(state) % 64 : edit_draw(state));
    switch (part) {
    case 0: edit[0] = (uint8_t)edit_draw(state); break;
    case 1: edit[1] = (uint8_t)edit_draw(state); break;
    case 2: memcpy(edit + 2, &where, sizeof where); break;
    default: memcpy(edit + 4, &number, sizeof number);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *at, size_t len, size_t max, unsigned seed)
{
    uint64_t state = seed;
    size_t edits = len > EDITS_FROM ? (len - EDITS_FROM) / EDIT_BYTES : 0;
    unsigned how = edit_draw(&state) % 4;
    if (how < 2 || (edits == 0 && how == 2) || (how == 3 && EDITS_FROM + (edits + 1) * EDIT_BYTES > max)) {
        return LLVMFuzzerMutate(at, len, max);
    }
    if (how == 2) {
        edit_redraw(at + EDITS_FROM + edit_draw(&state) % edits * EDIT_BYTES, edit_draw(&state) % 4, &state);
        return len;
    }
    size_t from = EDITS_FROM + edits * EDIT_BYTES;
    memset(at + len, 0, len < from ? from - len : 0);
    for (unsigned part = 0; part < 4; part++) {
        edit_redraw(at + from, part, &state);
    }
    return from + EDIT_BYTES;
}

#endif
