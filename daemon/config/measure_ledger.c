/* Measures over what customers have in their ledgers: from.ledger, from.customers with hits.ledger, by.ledger. */
#include "config/keys.h"
#include "config/shape.h"
#include "config/value.h"

#define LEDGERS "revenue|cost|effort|margin|purchases"

#define LEDGER_KINDS                                                                                    \
    (UINT64_C(1) << KIND_PURCHASE | UINT64_C(1) << KIND_ORDER_CANCELLED | UINT64_C(1) << KIND_INVOICE | \
     UINT64_C(1) << KIND_PAYMENT | UINT64_C(1) << KIND_COST)

static void others_refuse(struct whole *w, const struct yaml *from, const char *beside)
{
    static const char *const others[] = {"kind", "where", "value", "topic"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (yaml_get(from, others[i])) {
            problem_error(&w->problems, yaml_get(from, others[i])->key, "from.%s does not go with from.%s",
                          others[i], beside);
        }
    }
}

void ledger_compile(struct whole *w, const struct yaml *from, struct measure *m, struct measure_note *note)
{
    int ledger = 0, per = 0;
    const struct yaml *node = yaml_get(from, "ledger");
    const struct shape *shape = shape_find(m->aggregation->name);
    if (!shape->over_ledger) {
        problem_error(&w->problems, node->key,
                      "from.ledger goes with aggregation mean, concentration or mismatch, not with \"%s\"", shape->name);
        return;
    }
    m->aggregation = aggregation_find(shape->over_ledger);
    if (!value_choice(&w->problems, node, "from.ledger", LEDGERS, &ledger)) {
        return;
    }
    if (yaml_get(from, "per")) {
        (void)value_choice(&w->problems, yaml_get(from, "per"), "from.per", "customer", &per);
    }
    others_refuse(w, from, "ledger");
    note->from_ledger = true;
    note->ledger = (enum ledger)ledger;
    m->whale = note->ledger == LEDGER_MARGIN;
    m->from.kinds = LEDGER_KINDS;
}

/* hits: {ledger: LEDGER, below: ...} of a share of customers. */
static void total_compile(struct whole *w, const struct yaml *map, struct measure *m, struct measure_note *note)
{
    const struct yaml *hits = yaml_get(map, "hits"), *node = hits ? yaml_get(hits, "ledger") : NULL;
    int ledger;
    if (!node || hits->type != YAML_MAP) {
        problem_error(&w->problems, hits ? hits : yaml_get(map, "aggregation"),
                      "a share of customers needs hits: {ledger: LEDGER, below: NUMBER} (or above, min, max)");
        return;
    }
    keys_read(w, "hits", hits);
    static const char *const others[] = {"kind", "where"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (yaml_get(hits, others[i])) {
            problem_error(&w->problems, yaml_get(hits, others[i])->key, "hits.%s does not go with hits.ledger", others[i]);
        }
    }
    if (total_bounds_compile(w, hits, m) &&
        value_choice(&w->problems, node, "hits.ledger", LEDGERS, &ledger)) {
        note->from_ledger = true;
        note->ledger = (enum ledger)ledger;
    }
}

void customers_compile(struct whole *w, const struct yaml *map, struct measure *m, struct measure_note *note)
{
    const struct yaml *from = yaml_get(map, "from"), *node = yaml_get(from, "customers");
    const struct shape *shape = shape_find(m->aggregation->name);
    int active;
    if (!shape->over_customers) {
        problem_error(&w->problems, node->key, "from.customers goes with aggregation ratio, not with \"%s\"", shape->name);
        return;
    }
    note->over_customers = true;
    m->aggregation = aggregation_find(shape->over_customers);
    (void)value_choice(&w->problems, node, "from.customers", "active", &active);
    others_refuse(w, from, "customers");
    m->from.kinds = LEDGER_KINDS;
    total_compile(w, map, m, note);
}

void by_ledger_compile(struct whole *w, const struct yaml *map, const char *aggregation, struct measure_note *note)
{
    const struct yaml *by = yaml_get(map, "by");
    int ledger;
    if (!shape_find(aggregation)->by_ledger) {
        if (by) {
            problem_error(&w->problems, by->key, "by goes with aggregation mismatch, not with \"%s\"", aggregation);
        }
        return;
    }
    if (!by || by->type != YAML_MAP || !yaml_get(by, "ledger")) {
        problem_error(&w->problems, by ? by : yaml_get(map, "aggregation"), "aggregation \"%s\" needs by: {ledger: ...}", aggregation);
        return;
    }
    keys_read(w, "by", by);
    if (value_choice(&w->problems, yaml_get(by, "ledger"), "by.ledger", LEDGERS, &ledger)) {
        note->by_ledger = (enum ledger)ledger;
    }
}
