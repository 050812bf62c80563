#include "proto/layout.h"

int layout_put(struct buf *out, const struct layout_stamp *l)
{
    int rc = put_uint(out, (uint64_t)l->customers);
    rc = rc ? rc : put_uint(out, (uint64_t)l->employees);
    rc = rc ? rc : put_uint(out, (uint64_t)l->scopes);
    return rc ? rc : put_uint(out, l->model);
}

int layout_get(struct cursor *c, struct layout_stamp *ret_l)
{
    uint64_t v[4] = {0};
    for (int i = 0; i < 4; i++) {
        int rc = get_uint(c, &v[i]);
        if (rc) {
            return rc;
        }
        if (v[i] > (i < 3 ? (uint64_t)INT32_MAX : (uint64_t)UINT32_MAX)) {
            return CUBE_EFORMAT;
        }
    }
    *ret_l = (struct layout_stamp){(int32_t)v[0], (int32_t)v[1], (int32_t)v[2], (uint32_t)v[3]};
    return 0;
}
