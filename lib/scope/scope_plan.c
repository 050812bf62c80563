#include "scope/scope_plan.h"

#include "base/hash.h"

static int append_text(struct buf *out, struct text t)
{
    return buf_append(out, t.at, t.len);
}

int scope_key_append(const struct scope_kind *kind, const struct text *values, struct buf *out)
{
    if (kind->count == 0) {
        return append_text(out, TEXT_LITERAL("organisation"));
    }
    for (unsigned i = 0; i < kind->count; i++) {
        if ((i > 0 && append_text(out, TEXT_LITERAL(",")) != 0) ||
            append_text(out, dimension_names[kind->dims[i]]) != 0 || append_text(out, TEXT_LITERAL("=")) != 0 ||
            append_text(out, values[i]) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

uint32_t scope_task_of(struct text key, uint32_t tasks)
{
    return (uint32_t)(hash64(key.at, key.len) % tasks);
}
