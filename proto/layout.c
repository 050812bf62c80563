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
    uint64_t customers, employees, scopes, model;
    int rc = get_uint(c, &customers);
    rc = rc ? rc : get_uint(c, &employees);
    rc = rc ? rc : get_uint(c, &scopes);
    rc = rc ? rc : get_uint(c, &model);
    if (rc) {
        return rc;
    }
    if (customers > INT32_MAX || employees > INT32_MAX || scopes > INT32_MAX || model > UINT32_MAX) {
        return CUBE_EFORMAT;
    }
    *ret_l = (struct layout_stamp){(int32_t)customers, (int32_t)employees, (int32_t)scopes, (uint32_t)model};
    return 0;
}
