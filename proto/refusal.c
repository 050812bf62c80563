#include "proto/event_decode.h"

const char *refusal_text(enum refusal_reason r)
{
    static const char *const texts[REFUSAL_COUNT] = {
#define X(symbol, text) [REFUSAL_##symbol] = text,
        REFUSAL_REASONS(X)
#undef X
    };
    return texts[r];
}
