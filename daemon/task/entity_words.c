/* Words of the records of entities: each is written to the changelog before the first record that has it, and once. */
#include "task/entity_inner.h"
#include "task/planted.h"

static int word_write(struct entity_task *t, uint32_t number)
{
    struct buf key = {0}, value = {0};
    int rc = put_uint(&key, number);
    rc = rc ? rc : record_words_encode(t->words, number, &value);
    rc = rc ? rc : entity_changelog_put(t, WORD_KEY_MARK, (struct text){(const char *)key.at, (uint32_t)key.len}, value.at, value.len);
    buf_close(&key);
    buf_close(&value);
    return rc;
}

int entity_words_write(struct entity_task *t)
{
    int rc = 0;
    for (; t->words_written < record_words_count(t->words) && !rc; t->words_written++) {
        rc = PLANTED(WORDS_LEFT_OUT) ? 0 : word_write(t, t->words_written);
    }
    return rc;
}

int entity_words_restore(struct entity_task *t, struct text key, const struct record *r)
{
    struct cursor c = {(const uint8_t *)key.at, (const uint8_t *)key.at + key.len};
    uint64_t number;
    int rc = get_uint(&c, &number);
    rc = rc || c.at == c.end ? rc : CUBE_EFORMAT;
    rc = rc ? rc : record_words_restore(t->words, number, r->value, r->value ? r->value_len : 0);
    t->words_written = record_words_count(t->words);
    return rc;
}
