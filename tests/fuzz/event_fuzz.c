/* Events: any bytes get a verdict; a JSON event and the same event as MessagePack get the same one;
 * what is written reads back; who knows the shape of a record reads it as who does not. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "proto/event_decode.h"
#include "proto/event_encode.h"
#include "proto/json_scan.h"
#include "support/two_decoders.h"

#define C "\"v\":1,\"id\":\"a\",\"ts\":1767225600000,\"customer\":\"c\",\"region\":\"north\""

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("{" C ",\"kind\":\"purchase\",\"order\":\"17\",\"revenue\":129.90,\"cost\":80.00,"
              "\"quantity\":1,\"product_group\":\"care\"}"),
    FUZZ_SEED("{" C ",\"kind\":\"contact.confirm\",\"case\":\"9\",\"satisfied\":true,\"minutes\":"
              "1e1,\"extra\":{\"a\":[1,2.5,null]}}"),
    FUZZ_SEED("{" C ",\"kind\":\"social.like\",\"ref\":\"p\\u00e9\\n\",\"influence\":36.5,\"due\":"
              "5,\"bot\":false}"),
    FUZZ_SEED("{" C ",\"kind\":\"campaign.touch\",\"campaign\":\"spring\",\"attention_ms\":900,"
              "\"converted\":false}"),
    FUZZ_SEED("{" C
              ",\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":9,\"subject\":\"shop\"}"),
    FUZZ_SEED("{" C ",\"kind\":\"benchmark\",\"metric\":\"nps\",\"value\":-9,\"subject\":\"c\"}"),
    FUZZ_SEED("{\"v\":1,\"id\":\"h\",\"ts\":5,\"employee\":\"c\",\"kind\":\"survey\",\"theme\":"
              "\"pride\",\"value\":4,\"scale\":5}"),
    FUZZ_SEED("{\"v\":1,\"id\":\"h\",\"ts\":5,\"employee\":\"c\",\"kind\":\"enps\",\"value\":4,"
              "\"department\":\"care\"}"),
    FUZZ_SEED("{\"v\":1,\"id\":\"910a2dec-00000000000a\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"c\",\"region\":"
              "\"north\",\"segment\":\"a\",\"order\":\"17\",\"revenue\":129,\"cost\":80,\"quantity\":200,\"product_group\":\"care\"}"),
    FUZZ_SEED("{\"v\":1,\"id\":\"910a2dec-00000000000a\",\"ts\":1767225600000,\"kind\":\"survey\",\"employee\":\"c\",\"theme\":"
              "\"pride\",\"department\":\"care\",\"value\":4,\"scale\":5}"),
    FUZZ_SEED("{\"v\": 1, \"id\": \"910a2dec\", \"ts\": 1767225600000, \"kind\": \"contact.confirm\", \"customer\": \"c\", \"case\": \"9\", "
              "\"satisfied\": true, \"minutes\": 12.75, \"expect_ms\": 86400000, \"cost\": -0.5}\n"),
    FUZZ_SEED("{\"v\":1,\"id\":\"910a2dec-0000\",\"ts\":1767225600000,\"kind\":\"social.like\",\"customer\":\"c\",\"ref\":\"p\",\"influence\":36.5,"
              "\"department\":\"care of customers\",\"bot\":false}"),
    FUZZ_SEED("{\"v\":1,\"id\":\"550e8400-e29b-41d4-a716-446655440000\",\"ts\":1767225600000,\"kind\":\"social.like\",\"customer\":\"c\",\"region\":"
              "\"\xc3\x96sterreich\",\"ref\":\"more than thirty-two bytes, \xe2\x82\xac and \xf0\x9d\x84\x9e\",\"influence\":36.5}"),
    FUZZ_SEED("\x86\xa1v\x01\xa4kind\xa5"
              "churn\xa2id\xa1"
              "a\xa2ts\x01\xa8"
              "customer\xa1"
              "c\xa6"
              "amount\xcb\x40\x60\x3c\xcc\xcc\xcc\xcc\xcd"),
    FUZZ_SEED("\xde\x00\x07\xa1v\x01\xa4kind\xa6survey\xa2id\xa1"
              "a\xa2ts\x01\xa8"
              "customer\xa1"
              "c\xaainstrument\xa3nps\xa5value\x0a"),
    {NULL, 0},
};

static struct decode_scratch *scratches[2];

static void decode(int which, enum event_topic topic, const uint8_t *at, size_t len,
                   struct verdict *v)
{
    if (!scratches[which] && decode_scratch_create(&scratches[which])) {
        abort();
    }
    v->outcome =
        event_decode(scratches[which], topic, (const uint8_t *)"c", 1, at, len, &v->e, &v->r);
    FUZZ_CHECK(v->outcome != DECODED_REFUSED || v->r.reason <= REFUSAL_KEY_MISMATCH);
    FUZZ_CHECK(v->outcome != DECODED_EVENT || (v->e.id.len > 0 && v->e.entity.len == 1));
}

static bool same_number(int64_t a, int64_t b, bool decimal)
{
    double distance = fabs((double)a - (double)b);
    return a == b || (decimal && distance <= 1 + fabs((double)a) * 0x1p-52);
}

static bool same_field(const struct event *a, const struct event *b, enum event_field f)
{
    if (field_rows[f].type == FIELD_TEXT) {
        return text_equal(a->slot[f].text, b->slot[f].text);
    }
    return same_number(a->slot[f].number, b->slot[f].number, field_rows[f].type == FIELD_DECIMAL);
}

static void check_same(const struct verdict *a, const struct verdict *b)
{
    FUZZ_CHECK(a->outcome == b->outcome);
    FUZZ_CHECK(a->outcome != DECODED_REFUSED || a->r.reason == b->r.reason);
    if (a->outcome != DECODED_EVENT) {
        return;
    }
    FUZZ_CHECK(a->e.kind == b->e.kind && a->e.topic == b->e.topic && a->e.ts_ms == b->e.ts_ms);
    FUZZ_CHECK(a->e.present == b->e.present);
    FUZZ_CHECK(text_equal(a->e.id, b->e.id) && text_equal(a->e.entity, b->e.entity));
    for (int d = 0; d < DIM_COUNT; d++) {
        FUZZ_CHECK(!a->e.dims[d].at == !b->e.dims[d].at && text_equal(a->e.dims[d], b->e.dims[d]));
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        FUZZ_CHECK(!event_has(&a->e, f) || same_field(&a->e, &b->e, (enum event_field)f));
    }
}

/* A binary fraction holds no more than 15 decimal digits faithfully, nor every small exponent: such
 * numbers may differ between the two forms. */
static bool faithful(const struct json_token *t)
{
    const char *e = t->raw.len ? memchr(t->raw.at, 'e', t->raw.len) : NULL;
    e = e ? e : t->raw.len ? memchr(t->raw.at, 'E', t->raw.len)
                           : NULL;
    size_t exponent = e ? (size_t)(t->raw.at + t->raw.len - e) : 0;
    return t->type != JSON_SCAN_NUMBER || t->whole || (t->raw.len <= 15 && exponent <= 4);
}

static bool all_faithful(const uint8_t *at, size_t len)
{
    struct json_scan s;
    struct json_token t = {.type = JSON_SCAN_NULL};
    json_scan_init(&s, at, len);
    while (t.type != JSON_SCAN_END) {
        if (json_scan_next(&s, &t) || !faithful(&t)) {
            return false;
        }
    }
    return true;
}

static void check_recoded(enum event_topic topic, const uint8_t *at, size_t len,
                          const struct verdict *json)
{
    static struct buf b;
    struct verdict packed;
    bool readable = json->outcome != DECODED_REFUSED || json->r.reason > REFUSAL_NOT_A_MAP;
    buf_clear(&b);
    int rc = event_json_to_msgpack(at, len, &b);
    FUZZ_CHECK(rc == 0 || (rc == CUBE_EFORMAT && b.len == 0));
    FUZZ_CHECK(rc == 0 || !readable);
    if (readable && all_faithful(at, len)) {
        decode(1, topic, b.at, b.len, &packed);
        check_same(json, &packed);
    }
}

static void check_written(enum event_topic topic, const struct verdict *v)
{
    static struct buf b;
    struct verdict again;
    buf_clear(&b);
    FUZZ_CHECK(event_encode_msgpack(&v->e, &b) == 0);
    decode(1, topic, b.at, b.len, &again);
    check_same(v, &again);
    buf_clear(&b);
    FUZZ_CHECK(event_encode_json(&v->e, &b) == 0);
    decode(1, topic, b.at, b.len, &again);
    check_same(v, &again);
}

static const struct text key = {"c", 1};

static void learn(struct decode_scratch *s, enum event_topic topic, const uint8_t *at, size_t len)
{
    struct verdict v;
    v.outcome = event_decode(s, topic, (const uint8_t *)key.at, key.len, at, len, &v.e, &v.r);
}

/* One that knows the seeds' shapes and learns no others. */
static struct two_decoders *knowing_seeds(void)
{
    static struct two_decoders d;
    if (two_decoders_open(&d)) {
        abort();
    }
    for (const struct fuzz_seed *seed = fuzz_seeds; seed->at; seed++) {
        for (int topic = 0; topic < TOPIC_COUNT; topic++) {
            learn(d.knowing, (enum event_topic)topic, (const uint8_t *)seed->at, seed->len);
        }
    }
    return &d;
}

/* The record itself, one byte of it another, and its end cut off: by one who knows its shape. */
static void check_own_shape(enum event_topic topic, const uint8_t *at, size_t len)
{
    static struct two_decoders d;
    static uint8_t other[RECORD_BYTES_MAX];
    if (!d.knowing && two_decoders_open(&d)) {
        abort();
    }
    decoder_forget(d.knowing);
    learn(d.knowing, topic, at, len);
    FUZZ_CHECK(two_decoders_agree(&d, topic, key, at, len));
    uint64_t dice = len;
    for (size_t i = 0; i < len; i++) {
        dice = (dice ^ at[i]) * UINT64_C(0x9e3779b97f4a7c15);
    }
    memcpy(other, at, len);
    for (int i = 0; i < 4; i++, dice = dice >> 13 | dice << 51) {
        size_t place = (dice >> 8) % len;
        other[place] = (uint8_t)dice;
        FUZZ_CHECK(two_decoders_agree(&d, topic, key, other, len));
        other[place] = at[place];
        FUZZ_CHECK(two_decoders_agree(&d, topic, key, other, place));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct two_decoders *knowing;
    struct verdict v;
    knowing = knowing ? knowing : knowing_seeds();
    for (int topic = 0; topic < TOPIC_COUNT; topic++) {
        decode(0, (enum event_topic)topic, at, len, &v);
        if (len && at[0] == '{') {
            check_recoded((enum event_topic)topic, at, len, &v);
        }
        FUZZ_CHECK(two_decoders_agree(knowing, (enum event_topic)topic, key, at, len));
        if (v.outcome == DECODED_EVENT) {
            check_written((enum event_topic)topic, &v);
            check_own_shape((enum event_topic)topic, at, len);
        }
    }
    return 0;
}
