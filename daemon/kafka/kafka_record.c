#include "kafka/kafka_fetch.h"

struct record kafka_record(enum topic_role role, const rd_kafka_message_t *m)
{
    rd_kafka_timestamp_type_t type;
    return (struct record){
        .role = role,
        .partition = m->partition,
        .offset = m->offset,
        .timestamp_ms = rd_kafka_message_timestamp(m, &type),
        .key = m->key,
        .key_len = m->key_len,
        .value = m->payload,
        .value_len = m->len,
        .origin = (void *)(uintptr_t)m,
    };
}

static uint32_t headers_read(const struct record *r, bool last, struct header *ret_h)
{
    rd_kafka_headers_t *headers;
    uint32_t count = 0;
    if (!r->origin || rd_kafka_message_headers(r->origin, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    const char *name;
    const void *value;
    size_t size, there = rd_kafka_header_cnt(headers), from = last && there > RECORD_HEADERS_MAX ? there - RECORD_HEADERS_MAX : 0;
    while (count < RECORD_HEADERS_MAX && rd_kafka_header_get_all(headers, from + count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ret_h[count++] = (struct header){text_of(name), {value, value ? (uint32_t)size : 0}};
    }
    return count;
}

uint32_t kafka_record_headers(const struct record *r, struct header *ret_h)
{
    return headers_read(r, false, ret_h);
}

uint32_t kafka_output_headers(const struct record *r, struct header *ret_h)
{
    return headers_read(r, true, ret_h);
}
