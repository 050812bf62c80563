#include "engine/fact_pack.h"

#include "engine/order.h"

/* The high bits of a fact's first word, which its head leaves free. */
#define FORM_SHIFT 61
_Static_assert((int)FACT_TYPE_COUNT <= 32, "a type leaves three bits of its byte");

enum form {
    FORM_WHOLE,     /* head, key, value */
    FORM_NOTHING,   /* head, key; the value is 0 */
    FORM_ONE,       /* head, key; the value is 1 */
    FORM_SMALL_KEY, /* head, value 44 | key 20 */
    FORM_POINTS,    /* type and arg, points 12 | pane 36; key. t follows from the pane */
    FORM_ORDER,     /* set 19 | t 42; key. Of arg 0; the rest of the value follows from the configuration */
    FORM_MORE       /* head, value. The key follows from the order before */
};

#define SMALL_KEY_BITS 20
#define PANE_BITS 36
#define POINTS_BITS 12
#define ORDER_T_BITS 42
#define ORDER_SET_BITS 19
#define NAME_BITS 48 /* of type and arg above t */

static bool fits(int64_t v, unsigned bits)
{
    return v >= -(INT64_C(1) << (bits - 1)) && v < INT64_C(1) << (bits - 1);
}

static int64_t pane_leaves(const struct pack_plan *p, int64_t pane)
{
    return p->points.panes > 0 ? pane_leaves_ms(&p->points, pane) : 0;
}

/* The facts of one order stand one behind the other, unless some were taken out. */
struct order_before {
    uint64_t more_key; /* of what else is kept of it */
};

static int64_t points_pane(const struct fact *f)
{
    return f->value & ((INT64_C(1) << PANE_BITS) - 1);
}

static int64_t order_value(const struct pack_plan *p, uint32_t set)
{
    return p->order_ms << ORDER_VALUE_SET_BITS | set;
}

static enum form order_form(const struct pack_plan *p, const struct fact *f)
{
    uint32_t set = fact_value_set(f->value, 0);
    bool short_order = f->value == order_value(p, set) && set >> ORDER_SET_BITS == 0 && fact_t(f) >> ORDER_T_BITS == 0 && fact_arg(f) == 0;
    return short_order ? FORM_ORDER : FORM_WHOLE;
}

static enum form form_of(const struct pack_plan *p, const struct fact *f, const struct order_before *o)
{
    enum fact_type type = fact_type(f);
    if (f->key >> SMALL_KEY_BITS == 0 && fits(f->value, 64 - SMALL_KEY_BITS)) {
        return FORM_SMALL_KEY;
    }
    if (type == FACT_POINTS || type == FACT_POINTS_SUM) {
        bool follows = fact_t(f) == pane_leaves(p, points_pane(f)) && fits(f->value >> PANE_BITS, POINTS_BITS);
        return follows ? FORM_POINTS : FORM_WHOLE;
    }
    if (type == FACT_ORDER) {
        return order_form(p, f);
    }
    if (type == FACT_ORDER_MORE && f->key == o->more_key) {
        return FORM_MORE;
    }
    return f->value == 0 ? FORM_NOTHING : f->value == 1 ? FORM_ONE : FORM_WHOLE;
}

static void order_note(const struct fact *f, struct order_before *o)
{
    if (fact_type(f) == FACT_ORDER) {
        o->more_key = order_more_key(f->key, fact_t(f));
    }
}

static uint64_t first_word(const struct fact *f, enum form form)
{
    uint64_t name = f->head >> NAME_BITS << NAME_BITS, word = f->head;
    if (form == FORM_POINTS) {
        word = name | ((uint64_t)f->value & ((UINT64_C(1) << (PANE_BITS + POINTS_BITS)) - 1));
    } else if (form == FORM_ORDER) {
        word = (uint64_t)fact_value_set(f->value, 0) << ORDER_T_BITS | (uint64_t)fact_t(f);
    }
    return word | (uint64_t)form << FORM_SHIFT;
}

uint64_t *fact_pack(const struct pack_plan *p, const struct fact *facts, uint32_t count, uint64_t *to)
{
    struct order_before o = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct fact *f = &facts[i];
        enum form form = form_of(p, f, &o);
        *to++ = first_word(f, form);
        *to++ = form == FORM_SMALL_KEY ? (uint64_t)f->value << SMALL_KEY_BITS | f->key : form == FORM_MORE ? (uint64_t)f->value : f->key;
        if (form == FORM_WHOLE) {
            *to++ = (uint64_t)f->value;
        }
        order_note(f, &o);
    }
    return to;
}

/* The words of a fact of some form make a fact of it. Returns how many they were. */
static uint32_t form_unpack(const struct pack_plan *p, enum form form, const uint64_t *from, const struct order_before *o, struct fact *f)
{
    *f = (struct fact){from[0] & ((UINT64_C(1) << FORM_SHIFT) - 1), from[1], form == FORM_ONE};
    switch (form) {
    case FORM_WHOLE:
        f->value = (int64_t)from[2];
        return 3;
    case FORM_SMALL_KEY:
        f->key = from[1] & ((UINT64_C(1) << SMALL_KEY_BITS) - 1);
        f->value = (int64_t)from[1] >> SMALL_KEY_BITS;
        return 2;
    case FORM_POINTS:
        f->value = (int64_t)(from[0] << (64 - PANE_BITS - POINTS_BITS)) >> (64 - PANE_BITS - POINTS_BITS);
        f->head = (f->head >> NAME_BITS << NAME_BITS) | (uint64_t)pane_leaves(p, points_pane(f));
        return 2;
    case FORM_ORDER:
        f->value = order_value(p, (uint32_t)(f->head >> ORDER_T_BITS));
        f->head = fact_head(FACT_ORDER, 0, (int64_t)(f->head & ((UINT64_C(1) << ORDER_T_BITS) - 1)));
        return 2;
    case FORM_MORE:
        f->key = o->more_key;
        f->value = (int64_t)from[1];
        return 2;
    default:
        return 2;
    }
}

void fact_unpack(const struct pack_plan *p, const uint64_t *from, uint32_t count, struct fact *ret_facts)
{
    struct order_before o = {0};
    for (uint32_t i = 0; i < count; i++) {
        from += form_unpack(p, (enum form)(from[0] >> FORM_SHIFT), from, &o, &ret_facts[i]);
        order_note(&ret_facts[i], &o);
    }
}
