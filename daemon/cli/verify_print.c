#include "cli/verify_print.h"

#include <inttypes.h>

#include <jansson.h>

static void print_invariant(const struct verify_report *v, enum verify_invariant i)
{
    const struct verify_invariant_row *row = &verify_invariants[i];
    printf("%-8s  %-10s  %s (%" PRIu64 " %s", v->violated[i] ? "VIOLATED" : "ok", row->name, row->holds, v->checked[i], row->counted);
    if (v->unchecked[i]) {
        printf("; %" PRIu64 " could not be checked: what they speak of is compacted, deleted or at another tick", v->unchecked[i]);
    }
    if (v->violated[i]) {
        printf("; %" PRIu64 " violations", v->violated[i]);
    }
    puts(")");
}

static void print_finding(const struct verify_world *w, const struct verify_finding *f)
{
    printf("%s: %s", verify_invariants[f->invariant].name, w->config->topics[f->role]);
    if (f->partition >= 0) {
        printf("[%d]", (int)f->partition);
    }
    if (f->offset >= 0) {
        printf(" offset %" PRId64, f->offset);
    }
    if (f->key[0]) {
        printf(" key %s", f->key);
    }
    printf("\n    expected %s\n    found    %s\n", f->expected, f->found);
}

void verify_print(const struct verify_world *w, const struct verify_report *v)
{
    uint64_t records = 0, violations = verify_violations(v);
    for (int r = 0; r < ROLE_COUNT; r++) {
        records += v->read[r];
    }
    for (int i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        print_invariant(v, (enum verify_invariant)i);
    }
    for (uint32_t i = 0; i < v->finding_count; i++) {
        printf("%s", i ? "" : "\n");
        print_finding(w, &v->findings[i]);
    }
    if (violations > v->finding_count) {
        printf("... and %" PRIu64 " more\n", violations - v->finding_count);
    }
    if (v->foreign) {
        printf("\n%" PRIu64 " outputs come from another group: it writes to the same topics\n", v->foreign);
    }
    printf("\n%" PRIu64 " records read, %" PRIu64 " violations\n", records, violations);
}

static json_t *invariant_json(const struct verify_report *v, int i)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", verify_invariants[i].name, "holds", verify_invariants[i].holds, "checked",
                     (json_int_t)v->checked[i], "unchecked", (json_int_t)v->unchecked[i], "violations", (json_int_t)v->violated[i]);
}

static json_t *finding_json(const struct verify_world *w, const struct verify_finding *f)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:s}", "invariant", verify_invariants[f->invariant].name, "topic", w->config->topics[f->role], "expected",
                          f->expected, "found", f->found);
    if (f->partition >= 0) {
        json_object_set_new(j, "partition", json_integer(f->partition));
    }
    if (f->offset >= 0) {
        json_object_set_new(j, "offset", json_integer(f->offset));
    }
    if (f->key[0]) {
        json_object_set_new(j, "key", json_string(f->key));
    }
    return j;
}

int verify_print_json(const struct verify_world *w, const struct verify_report *v)
{
    json_t *invariants = json_array(), *findings = json_array(), *read = json_object();
    for (int i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        json_array_append_new(invariants, invariant_json(v, i));
    }
    for (uint32_t i = 0; i < v->finding_count; i++) {
        json_array_append_new(findings, finding_json(w, &v->findings[i]));
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        json_object_set_new(read, w->config->topics[r], json_integer((json_int_t)v->read[r]));
    }
    json_t *all = json_pack("{s:b, s:o, s:o, s:I, s:o, s:I}", "ok", verify_violations(v) == 0, "read", read, "invariants", invariants, "violations",
                            (json_int_t)verify_violations(v), "found", findings, "foreign", (json_int_t)v->foreign);
    if (!all) {
        return CUBE_ENOMEM;
    }
    int rc = json_dumpf(all, stdout, JSON_COMPACT);
    json_decref(all);
    return rc || putchar('\n') == EOF ? CUBE_EIO : 0;
}

void verify_print_reference(FILE *out)
{
    fputs("Reads all topics of the configuration read_committed, from their start to the end they have now, while the daemon works or\n"
          "after, and checks:\n\n", out);
    for (int i = 0; i < VERIFY_INVARIANT_COUNT; i++) {
        fprintf(out, "  %-10s  %s\n", verify_invariants[i].name, verify_invariants[i].holds);
    }
    fputs("\nWhat compaction and retention have taken is not checked; how much that is stands beside each invariant. Exit codes: 0 all hold,\n"
          "1 one is violated, 69 the broker or a topic is not there or nothing comes for so long (--timeout, 30s), 78 the topics were written\n"
          "with another configuration.\n", out);
}
