#include "port/letter.h"

#include <stdio.h>

static bool is_letter(const struct epoch_message *m)
{
    return m->role == ROLE_LATE || m->role == ROLE_DEAD_LETTERS;
}

static uint32_t headers_came(const struct epoch_message *m)
{
    return is_letter(m) && m->header_count > LETTER_HEADERS ? m->header_count - LETTER_HEADERS : 0;
}

uint32_t letter_headers_from(const struct epoch_message *m)
{
    return m->cut & CUT_HEADERS ? headers_came(m) : 0;
}

static uint64_t headers_bytes(const struct epoch *e, const struct epoch_message *m, uint32_t from, uint32_t to)
{
    uint64_t bytes = 0;
    for (uint32_t i = from; i < to; i++) {
        struct header h = epoch_header(e, m, i);
        bytes += (uint64_t)h.name.len + h.value.len;
    }
    return bytes;
}

uint64_t letter_bytes(const struct epoch *e, const struct epoch_message *m)
{
    return (m->cut & CUT_KEY ? 0 : (uint64_t)m->key_len) + (m->cut & CUT_VALUE ? 0 : m->value_len) +
           headers_bytes(e, m, letter_headers_from(m), m->header_count);
}

bool letter_cut(const struct epoch *e, struct epoch_message *m)
{
    uint64_t headers = m->cut & CUT_HEADERS ? 0 : headers_bytes(e, m, 0, headers_came(m)), value = m->cut & CUT_VALUE ? 0 : m->value_len;
    uint64_t key = m->cut & CUT_KEY ? 0 : m->key_len;
    if (!is_letter(m) || value + headers + key == 0) {
        return false;
    }
    m->cut |= value + headers == 0 ? CUT_KEY : headers > value ? CUT_HEADERS : CUT_VALUE;
    return true;
}

const char *letter_cut_text(const struct epoch_message *m)
{
    static const char *const texts[] = {"", "value", "headers", "value,headers", "key", "value,key", "headers,key", "value,headers,key"};
    return texts[m->cut & (CUT_VALUE | CUT_HEADERS | CUT_KEY)];
}

/* The source's own headers stand in the order task_refuse gives them. */
void letter_text(const struct epoch *e, const struct epoch_message *m, char ret_text[LETTER_TEXT_MAX])
{
    int n = snprintf(ret_text, LETTER_TEXT_MAX, "it goes without %s", letter_cut_text(m));
    if (m->header_count >= LETTER_HEADERS) {
        struct text topic = epoch_header(e, m, m->header_count - 3).value, partition = epoch_header(e, m, m->header_count - 2).value;
        struct text offset = epoch_header(e, m, m->header_count - 1).value;
        snprintf(ret_text + n, LETTER_TEXT_MAX - (size_t)n, ": %.*s[%.*s] offset %.*s", (int)topic.len, topic.at, (int)partition.len, partition.at,
                 (int)offset.len, offset.at);
    }
}
