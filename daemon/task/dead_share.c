#include "task/dead_share.h"

#include <string.h>

#include "base/check.h"
#include "base/varint.h"
#include "task/planted.h"

#define DEAD_SHARE_VERSION 1

double dead_share_value(const struct dead_share *s)
{
    return (double)s->dead / dead_share_window(s);
}

void dead_share_narrow(struct dead_share *s, uint32_t window)
{
    CHECK_PRE(window <= DEAD_SHARE_WINDOW && window % DEAD_SHARE_STEPS == 0);
    s->window = window;
}

enum alert_event dead_share_judge(struct dead_share *s, double limit, int64_t t_ms)
{
    if (s->records < dead_share_window(s) || !dead_share_is_due(s)) {
        return ALERT_NOTHING;
    }
    double share = dead_share_value(s);
    bool fires = s->firing ? share > limit / 2 : share > limit;
    if (fires == s->firing) {
        return ALERT_NOTHING;
    }
    s->firing = fires;
    s->dirty |= !PLANTED(SHARE_NOT_STORED);
    if (fires) {
        s->since_ms = t_ms;
    }
    return fires ? ALERT_FIRED : ALERT_RESOLVED;
}

int dead_share_encode(const struct dead_share *s, struct buf *out)
{
    int rc = put_uint(out, DEAD_SHARE_VERSION);
    rc = rc ? rc : put_uint(out, s->records);
    rc = rc ? rc : put_uint(out, s->firing);
    rc = rc ? rc : put_int(out, s->since_ms);
    return rc ? rc : buf_append(out, s->bits, sizeof s->bits);
}

/* Few are set. */
static uint32_t ones(uint64_t left)
{
    uint32_t count = 0;
    for (; left != 0; left &= left - 1) {
        count++;
    }
    return count;
}

static uint32_t bits_count(const uint8_t *bits, size_t len)
{
    uint32_t count = 0;
    uint64_t word;
    size_t i = 0;
    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(&word, bits + i, sizeof word);
        count += ones(word);
    }
    for (; i < len; i++) {
        count += ones(bits[i]);
    }
    return count;
}

int dead_share_restore(struct dead_share *s, const uint8_t *at, size_t len)
{
    struct cursor c = {at, at + len};
    uint64_t version, records = 0, firing = 0;
    int64_t since_ms = 0;
    int rc = get_uint(&c, &version);
    if (!rc && version != DEAD_SHARE_VERSION) {
        return CUBE_EVERSION;
    }
    rc = rc ? rc : get_uint(&c, &records);
    rc = rc ? rc : get_uint(&c, &firing);
    rc = rc ? rc : get_int(&c, &since_ms);
    if (rc) {
        return rc;
    }
    if ((size_t)(c.end - c.at) != sizeof s->bits) {
        return CUBE_EFORMAT;
    }
    memcpy(s->bits, c.at, sizeof s->bits);
    s->dead = bits_count(s->bits, sizeof s->bits);
    s->records = records;
    s->since_ms = since_ms;
    s->firing = firing;
    s->dirty = false;
    return 0;
}

void dead_share_advance(struct dead_share *s, uint64_t records)
{
    if (records < s->records || records - s->records >= dead_share_window(s)) {
        memset(s->bits, 0, sizeof s->bits);
        s->dead = 0;
        s->records = records;
    }
    while (s->records < records) {
        dead_share_add(s, false);
    }
}
