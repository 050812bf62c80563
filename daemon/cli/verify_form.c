#include "cli/verify_form.h"

#include <stdio.h>

static bool each_holds(const json_t *j, enum output_map map, char *why)
{
    const char *name;
    json_t *one;
    size_t i;
    json_object_foreach((json_t *)j, name, one) {
        if (!verify_form_holds(one, map, why)) {
            return false;
        }
    }
    json_array_foreach(j, i, one) {
        if (!verify_form_holds(one, map, why)) {
            return false;
        }
    }
    return true;
}

static bool all_numbers(const json_t *j)
{
    const char *name;
    json_t *one;
    json_object_foreach((json_t *)j, name, one) {
        if (!json_is_number(one)) {
            return false;
        }
    }
    return true;
}

static bool is_pair(const json_t *j)
{
    const json_t *low = json_array_get(j, 0), *high = json_array_get(j, 1);
    return json_array_size(j) == 2 && json_is_number(low) && json_is_number(high) && json_number_value(low) <= json_number_value(high);
}

static bool is_share(const json_t *j)
{
    return json_is_number(j) && json_number_value(j) >= 0 && json_number_value(j) <= 1;
}

/* Whole maps and lists are looked into by member_holds. */
static bool type_holds(const json_t *j, enum output_type_of type)
{
    switch (type) {
    case OF_VERSION: return json_is_integer(j) && json_integer_value(j) == 1;
    case OF_INT:
    case OF_OCTANT_CODE:
    case OF_INSTANT:
    case OF_JUMP: return json_is_integer(j);
    case OF_COUNT: return json_is_integer(j) && json_integer_value(j) >= 0;
    case OF_NUMBER: return json_is_number(j);
    case OF_SHARE: return is_share(j);
    case OF_BOOL: return json_is_boolean(j);
    case OF_PAIR: return is_pair(j);
    case OF_TEXTS:
    case OF_LIST: return json_is_array(j);
    case OF_NUMBERS_NAMED: return json_is_object(j) && all_numbers(j);
    case OF_TEXTS_NAMED:
    case OF_AXES:
    case OF_MAP:
    case OF_NAMED: return json_is_object(j);
    default: return json_is_string(j);
    }
}

static bool member_holds(const json_t *j, const struct output_member_row *m, char *why)
{
    const json_t *value = json_object_get(j, m->name);
    if (!value && !m->always) {
        return true;
    }
    if (!value || !type_holds(value, m->type)) {
        snprintf(why, VERIFY_FORM_TEXT_MAX, "member \"%s\" of a %s is %s", m->name, output_maps[m->map].key, value ? "not as it must be" : "missing");
        return false;
    }
    switch (m->type) {
    case OF_MAP: return verify_form_holds(value, m->of, why);
    case OF_LIST:
    case OF_NAMED:
    case OF_AXES: return each_holds(value, m->of, why);
    default: return true;
    }
}

bool verify_form_holds(const json_t *j, enum output_map map, char why[VERIFY_FORM_TEXT_MAX])
{
    if (!json_is_object(j)) {
        snprintf(why, VERIFY_FORM_TEXT_MAX, "a %s that is no map", output_maps[map].key);
        return false;
    }
    for (int i = 0; i < OUTPUT_MEMBER_COUNT; i++) {
        if (output_members[i].map == map && !member_holds(j, &output_members[i], why)) {
            return false;
        }
    }
    enum output_map base = output_maps[map].base;
    return base == OUTPUT_MAP_NONE || verify_form_holds(j, base, why);
}
