#include "cube/position.h"

#include <math.h>

#include "cube/weights.h"

#define MILLIONTHS 1e6

int64_t contributions(enum axis axis, const struct scored *all, uint32_t count, int64_t *out)
{
    struct weights w = weights_of(axis, all, count);
    int64_t score = llround(w.score * MILLIONTHS), rest = score;
    int64_t *largest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = 0;
        if (weighs(axis, &all[i])) {
            out[i] = llround(all[i].weight / w.present * all[i].score * MILLIONTHS);
            rest -= out[i];
            largest = !largest || out[i] > *largest ? &out[i] : largest;
        }
    }
    if (largest) {
        *largest += rest;
    }
    return score;
}
