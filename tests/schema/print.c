/* Prints what proto/schema.h makes, one line each: NAME, a space, the text as it is (schemas) or as a JSON string
 * (the page). tests/schema/write lays it out in files. */
#include <stdio.h>

#include "proto/schema.h"

static int print(const char *name, int rc, struct buf *b)
{
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", name, err_name(rc));
        return 1;
    }
    printf("%s %.*s\n", name, (int)b->len, (const char *)b->at);
    buf_clear(b);
    return 0;
}

static int print_page(struct buf *b)
{
    struct buf text = {0};
    struct emit e;
    int rc = schema_page(&text);
    if (rc == 0) {
        emit_begin(&e, FORMAT_JSON, b);
        emit_text(&e, (struct text){(const char *)text.at, (uint32_t)text.len});
        rc = emit_end(&e);
    }
    buf_close(&text);
    return print("records.md", rc, b);
}

int main(void)
{
    static const char *const names[OUTPUT_VALUES] = {
        [OUTPUT_MAP_STATE] = "cube.state.json", [OUTPUT_MAP_CHANGE] = "cube.changes.json", [OUTPUT_MAP_ALERT] = "cube.alerts.json",
        [OUTPUT_MAP_CUSTOMER] = "cube.customers.json"};
    struct buf b = {0};
    int bad = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[32];
        snprintf(name, sizeof name, "%s.json", topic_role_names[t].at);
        bad |= print(name, schema_events((enum event_topic)t, &b), &b);
    }
    for (int m = 0; m < OUTPUT_VALUES; m++) {
        bad |= print(names[m], schema_output((enum output_map)m, &b), &b);
    }
    bad |= print_page(&b);
    buf_close(&b);
    return bad;
}
