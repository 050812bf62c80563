#include "config/keys.h"

#include <inttypes.h>
#include <stdlib.h>

#include "config/duration.h"
#include "config/value.h"

static const struct key_row *row_find(const char *section, const char *key);
static bool key_set(struct whole *w, const struct key_row *row, const struct yaml *node);
static bool duration_set(struct whole *w, const struct key_row *row, const struct yaml *node,
                         const char *what, int64_t *target);
static const char *key_at(const void *context, uint32_t i);

void keys_default(struct whole *w)
{
    static const struct yaml_source source = {.name = "default", .text = "", .len = 0};
    for (uint32_t i = 0; i < key_row_count; i++) {
        const struct key_row *row = &key_rows[i];
        if (row->otherwise && row->type != KEY_SPECIAL) {
            struct yaml node = {
                .type = YAML_SCALAR, .text = row->otherwise, .line = 1, .column = 1, .source = &source};
            (void)key_set(w, row, &node);
        }
    }
}

void keys_read(struct whole *w, const char *section, const struct yaml *map)
{
    YAML_EACH(value, map)
    {
        const struct key_row *row = row_find(section, value->key->text);
        if (!row) {
            problem_error(&w->problems, value->key, "unknown key \"%s\"%s%s%s", value->key->text,
                          *section ? " in " : "", section,
                          problem_hint(&w->problems, value->key->text, key_at, section));
        } else if (row->type == KEY_LATER) {
            problem_error(&w->problems, value->key, "\"%s\" is not available in this version of cubed",
                          row->key);
        } else if (row->type != KEY_SPECIAL && value->type == YAML_NULL) {
            problem_error(&w->problems, value->key, "%s has no value", row->key);
        } else {
            (void)key_set(w, row, value);
        }
    }
}

void key_print(const struct whole *w, const struct key_row *row, FILE *out)
{
    const char *at = (const char *)w + row->offset;
    char word[32];
    switch (row->type) {
    case KEY_NAME:
    case KEY_TEXT: print_quoted(out, text_of(*(const char *const *)(const void *)at)); break;
    case KEY_DURATION: {
        int64_t ms = *(const int64_t *)(const void *)at;
        if (row->words && ms <= 0) {
            fputs(row->words, out);
        } else {
            print_duration(out, ms);
        }
        break;
    }
    case KEY_U32: fprintf(out, "%" PRIu32, *(const uint32_t *)(const void *)at); break;
    case KEY_INT: fprintf(out, "%" PRId64, *(const int64_t *)(const void *)at); break;
    case KEY_BYTES: fprintf(out, "%" PRIu64, *(const uint64_t *)(const void *)at); break;
    case KEY_DOUBLE: print_number(out, *(const double *)(const void *)at); break;
    case KEY_MICRO:
        micro_text(*(const int64_t *)(const void *)at, word);
        fputs(word, out);
        break;
    case KEY_BOOL: fputs(*(const bool *)(const void *)at ? "true" : "false", out); break;
    case KEY_CHOICE: fputs(word_at(row->words, (uint32_t) * (const int *)(const void *)at, word), out); break;
    case KEY_FLAG: fputs(word_at(row->words, *(const bool *)(const void *)at, word), out); break;
    case KEY_SPECIAL:
    case KEY_LATER: break;
    }
}

void config_print_reference(FILE *out)
{
    const char *section = NULL;
    fputs("Keys of the configuration (YAML). Durations: 250ms 30s 5m 1h 7d. Unknown keys are errors.\n"
          "What a key with a star says decides figures and positions: with another value what was kept does not fit, and the daemon\n"
          "begins anew under another `name`. `cubed check` prints the model, which is another then.\n", out);
    for (uint32_t i = 0; i < key_row_count; i++) {
        const struct key_row *row = &key_rows[i];
        if (!section || strcmp(section, row->section) != 0) {
            section = row->section;
            fprintf(out, "\n%s\n", *section ? section : "top level");
        }
        fprintf(out, "%c %-18s %s", row->decides ? '*' : ' ', row->key, row->help);
        if (row->words && row->type != KEY_NAME) {
            fprintf(out, " (%s)", row->words);
        }
        if (row->otherwise) {
            fprintf(out, " [%s]", row->otherwise);
        }
        fputs(row->type == KEY_LATER ? " -- not available in this version\n" : "\n", out);
    }
}

static const struct key_row *row_find(const char *section, const char *key)
{
    for (uint32_t i = 0; i < key_row_count; i++) {
        if (strcmp(key_rows[i].section, section) == 0 && strcmp(key_rows[i].key, key) == 0) {
            return &key_rows[i];
        }
    }
    return NULL;
}

static const char *key_at(const void *context, uint32_t i)
{
    const char *section = context;
    for (uint32_t row = 0; row < key_row_count; row++) {
        if (strcmp(key_rows[row].section, section) == 0 && i-- == 0) {
            return key_rows[row].key;
        }
    }
    return NULL;
}

static bool key_set(struct whole *w, const struct key_row *row, const struct yaml *node)
{
    struct problems *p = &w->problems;
    void *target = (char *)w + row->offset;
    const char *what = *row->section ? memory_format(&w->memory, "%s.%s", row->section, row->key) : row->key;
    int64_t whole = 0;
    int choice = 0;
    bool good = false;
    switch (row->type) {
    case KEY_NAME: return value_name(p, node, what, row->words, (size_t)row->max, target);
    case KEY_TEXT: return value_text(p, node, what, target);
    case KEY_DURATION: return duration_set(w, row, node, what, target);
    case KEY_U32:
        good = value_int(p, node, what, (int64_t)row->min, (int64_t)row->max, &whole);
        *(uint32_t *)target = good ? (uint32_t)whole : *(uint32_t *)target;
        return good;
    case KEY_INT: return value_int(p, node, what, (int64_t)row->min, (int64_t)row->max, target);
    case KEY_BYTES:
        good = value_bytes(p, node, what, (int64_t)row->min, (int64_t)row->max, &whole);
        *(uint64_t *)target = good ? (uint64_t)whole : *(uint64_t *)target;
        return good;
    case KEY_DOUBLE: return value_double(p, node, what, row->min, row->max, target);
    case KEY_MICRO: {
        double size;
        return value_double(p, node, what, row->min, row->max, &size) && value_micro(p, node, what, target);
    }
    case KEY_BOOL: return value_bool(p, node, what, target);
    case KEY_CHOICE: return value_choice(p, node, what, row->words, target);
    case KEY_FLAG:
        good = value_choice(p, node, what, row->words, &choice);
        *(bool *)target = good ? choice == 1 : *(bool *)target;
        return good;
    case KEY_SPECIAL:
    case KEY_LATER: break;
    }
    return true;
}

static bool duration_set(struct whole *w, const struct key_row *row, const struct yaml *node,
                         const char *what, int64_t *target)
{
    if (row->words && node->type == YAML_SCALAR && strcmp(node->text, row->words) == 0) {
        *target = strcmp(row->words, "never") == 0 ? -1 : 0;
        return true;
    }
    if (row->words) {
        what = memory_format(&w->memory, "%s, unless it is %s,", what, row->words);
    }
    return value_duration(&w->problems, node, what, (int64_t)row->min, (int64_t)row->max, target);
}
