/* The MessagePack cursor against msgpack-c: both accept the same bytes and read the same values. */
#include "fuzz.h"

#include <msgpack.h>
#include <string.h>

#include "proto/event_decode.h"
#include "proto/msgpack_cursor.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\x88\xa1v\x01\xa2id\xa3o-"
              "1\xa2ts\xcf\x00\x00\x01\x9b\x77\x40\xd8\x00\xa4kind\xa8purchase\xa8"
              "customer\xa2"
              "c1\xa5order\xa1"
              "9\xa7revenue\xcb\x40\x60\x3c\xcc\xcc\xcc\xcc\xcd\xa4"
              "cost\xd1\xff\x00"),
    FUZZ_SEED("\x9f\xc0\xc2\xc3\xcc\xff\xcd\xff\xff\xce\xff\xff\xff\xff\xd0\x80\xd1\x80\x00\xd2\x80"
              "\x00\x00\x00"
              "\xd3\x80\x00\x00\x00\x00\x00\x00\x00\xca\x3f\x80\x00\x00\xe0\x7f\xd9\x03"
              "abc\xda\x00\x02"
              "de\xdb\x00\x00\x00\x01"
              "f"),
    FUZZ_SEED("\xdc\x00\x0a\xc4\x01z\xc5\x00\x01z\xc6\x00\x00\x00\x01z\xd4\x01z\xd5\x02zz\xd6\x03zz"
              "zz\xd7\x04zzzzzzzz"
              "\xc7\x03\x05zzz\xc8\x00\x01\x06z\xc9\x00\x00\x00\x01\x07z"),
    FUZZ_SEED(
        "\xdd\x00\x00\x00\x02\xde\x00\x01\x01\x02\xdf\x00\x00\x00\x01\xa1z\x91\x91\x91\x91\x80"),
    FUZZ_SEED("\xd8\x01zzzzzzzzzzzzzzzz"),
    {NULL, 0},
};

static bool same_bytes(const struct mp_token *t, const char *at, uint32_t len)
{
    return t->bytes.len == len && (len == 0 || memcmp(t->bytes.at, at, len) == 0);
}

static bool same_scalar(const struct mp_token *t, const msgpack_object *o)
{
    switch (t->type) {
    case MP_NIL: return o->type == MSGPACK_OBJECT_NIL;
    case MP_BOOL: return o->type == MSGPACK_OBJECT_BOOLEAN && o->via.boolean == t->flag;
    case MP_UINT: return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 == t->uint;
    case MP_NEGATIVE: return o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && o->via.i64 == t->integer;
    case MP_FLOAT:
        return (o->type == MSGPACK_OBJECT_FLOAT32 || o->type == MSGPACK_OBJECT_FLOAT64) &&
               memcmp(&o->via.f64, &t->real, sizeof t->real) == 0;
    case MP_STR:
        return o->type == MSGPACK_OBJECT_STR && same_bytes(t, o->via.str.ptr, o->via.str.size);
    case MP_BIN:
        return o->type == MSGPACK_OBJECT_BIN && same_bytes(t, o->via.bin.ptr, o->via.bin.size);
    case MP_EXT:
        return o->type == MSGPACK_OBJECT_EXT && o->via.ext.type == t->bytes.ext_type &&
               same_bytes(t, o->via.ext.ptr, o->via.ext.size);
    default: return false;
    }
}

static void same_value(struct msgpack_cursor *c, const msgpack_object *o)
{
    struct mp_token t;
    FUZZ_CHECK(msgpack_cursor_next(c, &t) == 0);
    if (t.type == MP_ARRAY) {
        FUZZ_CHECK(o->type == MSGPACK_OBJECT_ARRAY && o->via.array.size == t.count);
        for (uint32_t i = 0; i < t.count; i++) {
            same_value(c, &o->via.array.ptr[i]);
        }
    } else if (t.type == MP_MAP) {
        FUZZ_CHECK(o->type == MSGPACK_OBJECT_MAP && o->via.map.size == t.count);
        for (uint32_t i = 0; i < t.count; i++) {
            same_value(c, &o->via.map.ptr[i].key);
            same_value(c, &o->via.map.ptr[i].val);
        }
    } else {
        FUZZ_CHECK(same_scalar(&t, o));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct msgpack_cursor c = {at, at + len};
    struct mp_tally tally = {0};
    int rc = msgpack_cursor_skip(&c, 0, &tally);
    if (len == 0 || rc == CUBE_ELIMIT || tally.too_deep) {
        return 0; /* what lies beyond the bounds would make msgpack-c reserve gigabytes, or give up
                   */
    }
    msgpack_unpacked u;
    msgpack_unpacked_init(&u);
    size_t used = 0;
    msgpack_unpack_return verdict = msgpack_unpack_next(&u, (const char *)at, len, &used);
    FUZZ_CHECK((rc == 0) == (verdict == MSGPACK_UNPACK_SUCCESS));
    FUZZ_CHECK((rc == CUBE_ETRUNCATED) == (verdict == MSGPACK_UNPACK_CONTINUE));
    if (rc == 0) {
        FUZZ_CHECK(used == (size_t)(c.at - at));
        struct msgpack_cursor again = {at, at + len};
        same_value(&again, &u.data);
    }
    msgpack_unpacked_destroy(&u);
    return 0;
}
