/* What a replay must pass over, in records of the changelog. */
#include "task/entity_inner.h"

struct writing {
    struct entity_task *task;
    uint32_t input;
};

static uint32_t runs_of(const struct entity_task *t)
{
    uint32_t runs = t->env->config->changelog_runs;
    return runs ? runs : REFUSED_RUNS_MAX;
}

static int put(void *arg, uint64_t part, const uint8_t *at, size_t len)
{
    const struct writing *w = arg;
    uint8_t key[2 * VARINT_BYTES_MAX];
    const uint8_t *end = varint_write(varint_write(key, w->input), part);
    return entity_changelog_put(w->task, REFUSED_KEY_MARK, (struct text){(const char *)key, (uint32_t)(end - key)}, at, len);
}

int entity_refused_flush(struct entity_task *t)
{
    int rc = 0;
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        struct writing w = {t, i};
        input_refused_trim(&t->inputs[i].refused, redo_from(t, i));
        rc = input_refused_write(&t->inputs[i].refused, runs_of(t), &t->bytes, put, &w);
    }
    return rc;
}

int entity_refused_restore(struct entity_task *t, struct text key, const struct record *r)
{
    struct cursor c = {(const uint8_t *)key.at, (const uint8_t *)key.at + key.len};
    uint64_t input, part;
    int rc = get_uint(&c, &input);
    rc = rc ? rc : get_uint(&c, &part);
    if (rc || c.at != c.end || input >= t->input_count) {
        return rc ? rc : CUBE_EFORMAT;
    }
    return input_refused_restore(&t->inputs[input].refused, runs_of(t), part, r->value, r->value_len);
}
