/* A time zone as a list of offsets for the years 1970 to 2100, from TZif (RFC 8536). */
#include <stdio.h>
#include <stdlib.h>

#include "config/duration.h"
#include "config/tzif.h"
#include "config/whole.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_BYTES_MAX 65536
#define ZONE_NAME_MAX 64

static bool name_is_safe(const char *name);
static const uint8_t *zone_file(struct whole *w, const char *name, size_t *ret_len);

void zone_compile(struct whole *w, const struct yaml *node)
{
    struct zone *zone = &w->config.model.zone;
    static const int64_t always[] = {INT64_MIN};
    static const int32_t none[] = {0};
    *zone = (struct zone){.from_ms = always, .offset_ms = none, .count = 1};
    if (!node || node->type != YAML_SCALAR || strcmp(node->text, "UTC") == 0) {
        return;
    }
    size_t len = 0;
    const uint8_t *at = name_is_safe(node->text) ? zone_file(w, node->text, &len) : NULL;
    struct zone_steps steps = {.from_ms = memory_alloc(&w->memory, ZONE_STEPS_MAX * sizeof(int64_t)),
                               .offset_ms = memory_alloc(&w->memory, ZONE_STEPS_MAX * sizeof(int32_t))};
    if (!at || tzif_read(at, len, &steps) != 0) {
        problem_error(&w->problems, node, "unknown time zone \"%s\" (names like Europe/Amsterdam, from %s)",
                      node->text, ZONE_FOLDER);
        return;
    }
    *zone = (struct zone){.from_ms = steps.from_ms, .offset_ms = steps.offset_ms, .count = steps.count};
}

static bool name_is_safe(const char *name)
{
    size_t len = strlen(name);
    const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return len > 0 && len <= ZONE_NAME_MAX && name[0] != '/' && name[len - 1] != '/' &&
           strspn(name, allowed) == len;
}

static const uint8_t *zone_file(struct whole *w, const char *name, size_t *ret_len)
{
    FILE *file = fopen(memory_format(&w->memory, "%s/%s", ZONE_FOLDER, name), "rb");
    if (!file) {
        return NULL;
    }
    static const uint8_t nothing[1] = {0};
    uint8_t *at = malloc(ZONE_BYTES_MAX);
    size_t len = at ? fread(at, 1, ZONE_BYTES_MAX, file) : 0;
    fclose(file);
    const uint8_t *copy = nothing;
    if (len > 0 && len < ZONE_BYTES_MAX) {
        copy = (const uint8_t *)memory_copy(&w->memory, (const char *)at, len);
        *ret_len = len;
    }
    free(at);
    return copy;
}
