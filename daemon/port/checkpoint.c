#include "port/checkpoint.h"

const char *const checkpoint_trouble_names[CHECKPOINT_TROUBLE_COUNT] = {
#define X(name, label) label,
    CHECKPOINT_TROUBLES(X)
#undef X
};
