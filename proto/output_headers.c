/* CloudEvents in binary mode: attributes are record headers. */
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "proto/output_parts.h"

static const struct text type_names[OUTPUT_TYPE_COUNT] = {
    [OUTPUT_STATE] = {"io.cubed.state", 14},
    [OUTPUT_CHANGE] = {"io.cubed.change", 15},
    [OUTPUT_ALERT] = {"io.cubed.alert", 14},
    [OUTPUT_CUSTOMER] = {"io.cubed.customer", 17},
};

#define ID_BYTES 32
#define SOURCE "/cubed/"

_Static_assert(ID_BYTES + TIME_TEXT_MAX + sizeof SOURCE + OUTPUT_NAME_MAX <= OUTPUT_HEADER_BYTES, "all of them have room");

void output_put_hex(uint64_t v, char at[16])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < 16; i++) {
        at[i] = digits[v >> (60 - 4 * i) & 15];
    }
}

/* The same record has the same id in every run; any other has another. */
static void put_id(enum output_type type, struct text key, int64_t ts_ms, struct text value, char at[ID_BYTES])
{
    uint64_t seed = hash64_int((uint64_t)ts_ms * OUTPUT_TYPE_COUNT + type) ^
                    hash64(key.at ? key.at : "", key.len);
    XXH128_hash_t h = XXH3_128bits_withSeed(value.at ? value.at : "", value.len, seed);
    output_put_hex(h.high64, at);
    output_put_hex(h.low64, at + 16);
}

static struct text put_source(const char *name, char *at)
{
    size_t len = strlen(name);
    CHECK_PRE(len <= OUTPUT_NAME_MAX);
    memcpy(at, SOURCE, sizeof SOURCE - 1);
    memcpy(at + sizeof SOURCE - 1, name, len);
    return (struct text){at, (uint32_t)(sizeof SOURCE - 1 + len)};
}

void output_headers(enum output_type type, enum output_format f, const char *name, struct text key, int64_t ts_ms,
                    struct text value, char bytes[OUTPUT_HEADER_BYTES], struct header ret_h[OUTPUT_HEADERS])
{
    CHECK_PRE(type < OUTPUT_TYPE_COUNT);
    struct text id = {bytes, ID_BYTES};
    struct text time = {bytes + ID_BYTES, (uint32_t)time_text(ts_ms, bytes + ID_BYTES)};
    struct text source = put_source(name, bytes + ID_BYTES + TIME_TEXT_MAX);
    put_id(type, key, ts_ms, value, bytes);
    struct text content = f == FORMAT_JSON ? TEXT_LITERAL("application/json")
                                           : TEXT_LITERAL("application/msgpack");
    ret_h[0] = (struct header){TEXT_LITERAL("ce_specversion"), TEXT_LITERAL("1.0")};
    ret_h[1] = (struct header){TEXT_LITERAL("ce_id"), id};
    ret_h[2] = (struct header){TEXT_LITERAL("ce_type"), type_names[type]};
    ret_h[3] = (struct header){TEXT_LITERAL("ce_source"), source};
    ret_h[4] = (struct header){TEXT_LITERAL("ce_time"), time};
    ret_h[5] = (struct header){TEXT_LITERAL("content-type"), content};
}
