#include "measure/result.h"

const struct result_field_row result_field_rows[RESULT_FIELD_COUNT] = {
#define X(symbol, name, is_double) {name, is_double},
    RESULT_FIELDS(X)
#undef X
};
