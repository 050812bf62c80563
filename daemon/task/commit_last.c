#include "task/commit_last.h"

#include <string.h>

#include "task/layout_told.h"
#include "task/record_told.h"

int commit_last_keep(struct commit_last *c, const struct task_env *env, const struct record *r)
{
    struct layout_stamp layout;
    int rc = commit_record_layout(r->value, r->value_len, &layout);
    if (rc) {
        return rc;
    }
    if (memcmp(&layout, &env->layout, sizeof layout) != 0) {
        layout_told(env, "the changelog", &layout, &env->layout);
        return CUBE_ELAYOUT;
    }
    buf_clear(&c->bytes);
    rc = buf_append(&c->bytes, r->value, r->value_len);
    if (!rc) {
        c->has = true;
        c->place = (struct record){.role = r->role, .partition = r->partition, .offset = r->offset};
    }
    return rc;
}

int commit_last_read(struct commit_last *c, const struct task_env *env, bool is_told)
{
    struct commit_record record = {0};
    if (c->bytes.len == 0) {
        return 0;
    }
    int rc = commit_record_decode(c->bytes.at, c->bytes.len, &record);
    record_told(env, "changelog_refused", &c->place, is_told ? rc : 0);
    if (!rc) {
        commit_record_close(&c->record);
        c->record = record;
        buf_clear(&c->bytes);
    }
    return rc;
}

void commit_last_close(struct commit_last *c)
{
    commit_record_close(&c->record);
    buf_close(&c->bytes);
}
