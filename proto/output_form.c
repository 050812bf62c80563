#include "proto/output_form.h"

const struct output_map_row output_maps[OUTPUT_MAP_COUNT] = {
#define X(symbol, key, base, words) [OUTPUT_MAP_##symbol] = {key, words, OUTPUT_MAP_##base},
    OUTPUT_MAPS(X)
#undef X
};

const struct output_member_row output_members[OUTPUT_MEMBER_COUNT] = {
#define X(map, symbol, name, type, of, always, words) \
    [OUT_##map##_##symbol] = {OUTPUT_MAP_##map, name, words, OF_##type, OUTPUT_MAP_##of, always, EMIT_NAME(name)},
    OUTPUT_MEMBERS(X)
#undef X
};
