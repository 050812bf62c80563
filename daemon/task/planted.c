#include "task/planted.h"

const struct planted_row planted_rows[PLANTED_COUNT] = {
    {"NONE", "nothing"},
#define X(symbol, text) {#symbol, text},
    PLANTED_BUGS(X)
#undef X
};

#ifdef CUBED_PLANTED
enum planted_bug planted_bug = PLANTED_NONE;
#endif
