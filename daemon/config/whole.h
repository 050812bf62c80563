/* A configuration while it is compiled, and what only daemon/config keeps of it. */
#ifndef CUBE_CONFIG_WHOLE_H
#define CUBE_CONFIG_WHOLE_H

#include "config/config.h"
#include "config/config_memory.h"
#include "config/problem.h"
#include "config/yaml.h"

#define ALERTS_MAX 256
#define RETENTION_UNSEEN 0.8 /* while there were no customers yet */

enum pack { PACK_CUSTOMER_CUBE,
            PACK_NONE };

/* What a measure was made of, beside struct measure. */
struct measure_note {
    const struct yaml *node; /* its map, for messages */
    int64_t pane_ms;         /* configured for all horizons; 0 = the defaults */
    bool from_default;       /* the kinds are those of the aggregation, none were named */
    bool from_ledger;
    enum ledger ledger, by_ledger;
    bool over_customers; /* ratio: of the active customers */
    bool integer_value; /* the value is in a field of whole numbers: target is no micro */
    bool has_target;
    bool has_score;
};

struct named_calendar {
    const char *name;
    struct calendar calendar;
};

struct points_note {
    const char *stage; /* name of the stage group, NULL = none */
};

struct alert_note {
    const struct yaml *node;
    bool short_given;
};

/* config stands first, so a struct config * is one of these. */
struct whole {
    struct config config;
    struct config_memory memory;
    struct problems problems;
    config_judge_fn *judge; /* NULL: properties of librdkafka pass */

    int64_t version;
    int pack;
    const struct yaml_source *pack_source; /* where the nodes of the pack stand */
    const char *time_zone;
    bool pseudonymise;
    const char *partials, *changelog; /* as configured, NULL = from the name */
    bool retention_by_segment;

    bool measures_sound; /* before the alerts nothing was refused */
    struct measure *measures;
    struct measure_note *measure_notes;
    struct alert_rule *alerts;
    struct alert_note *alert_notes;
    struct named_calendar *calendars;
    uint32_t calendar_count;
    struct points_rule *points;
    struct points_note *points_notes;
};

/* Parts of the compiler; each tells its problems and goes on. root is the merged document. */
void sections_compile(struct whole *w, const struct yaml *root);
void names_compile(struct whole *w, const struct yaml *root, const char *instance);
void scopes_compile(struct whole *w, const struct yaml *node);
void kafka_compile(struct whole *w, const struct yaml *node);
void retention_compile(struct whole *w, const struct yaml *node);
void retention_finish(struct whole *w, const struct yaml *node); /* after measures and scopes */
void rates_compile(struct whole *w, const struct yaml *node);
void axes_compile(struct whole *w, const struct yaml *cube);
void zone_compile(struct whole *w, const struct yaml *node);
void calendars_compile(struct whole *w, const struct yaml *node);
void points_compile(struct whole *w, const struct yaml *node);

/* The pane that the window of a balance has where there is no half-life. */
int64_t points_window_pane_ms(const struct points_plan *plan);
void measures_compile(struct whole *w, const struct yaml *node);
void alerts_compile(struct whole *w, const struct yaml *node);
void hypotheses_compile(struct whole *w, const struct yaml *node);
void measures_finish(struct whole *w);
void digest_compile(struct whole *w);

/* source_compile.c: from, per, where, hits. */
void predicate_compile(struct whole *w, const struct yaml *where, uint64_t kinds, struct predicate *ret_p);
/* Some of the kinds (all: each of them) may carry the field. No kinds: yes. */
bool kinds_carry(uint64_t kinds, enum event_field field, bool all);
bool kinds_compile(struct whole *w, const struct yaml *kind, int topic, bool prefer_hr, uint64_t *ret_kinds);
void measure_source_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note);

/* measure_pairs.c: from of a duration, and its target. from is the measure itself where it has none. */
void pairs_compile(struct whole *w, const struct yaml *from, struct measure *m);
void pairs_refuse(struct whole *w, const struct yaml *from, const char *aggregation);
void pairs_target_compile(struct whole *w, const struct yaml *node, struct measure *m);

/* calendar_compile.c. Finds a calendar by its name, telling an unknown one; NULL then. */
const struct calendar *calendar_find(struct whole *w, const struct yaml *node);
void effective_calendars(const struct whole *w, FILE *out);

/* measure_ledger.c: from.ledger; from.customers with hits.ledger; by.ledger, which only one aggregation takes. */
void ledger_compile(struct whole *w, const struct yaml *from, struct measure *m, struct measure_note *note);
void customers_compile(struct whole *w, const struct yaml *map, struct measure *m, struct measure_note *note);
void by_ledger_compile(struct whole *w, const struct yaml *map, const char *aggregation, struct measure_note *note);

/* The bounds on a total beside hits.ledger, made inclusive, in micro; at least one. False: told. */
bool total_bounds_compile(struct whole *w, const struct yaml *hits, struct measure *m);

/* measure_scale.c: scale of a top_box. */
void scale_compile(struct whole *w, const struct yaml *map, struct measure *m);

/* measure_answers.c. The condition is on the instrument of a survey. */
bool condition_on_instruments(const struct condition *c);
/* Tells what is counted on a scale that it is not on. */
void answers_compile(struct whole *w, const struct yaml *map, const struct measure *m);
/* A customer survey's answer of this instrument may be among what the measure counts; what it counts is the value of such answers. */
bool answers_may_be(const struct measure *m, struct text instrument);
bool answers_are_read(const struct measure *m);
/* Some are of an instrument that is known to be another than NPS. */
bool answers_beside_nps(const struct measure *m);
/* Tells when one before it counts answers of employees, too, that may be a part of its own, or the other way round. */
void answers_apart_check(struct whole *w, const struct measure *m);

/* measure_registry.c: class, evidence, increment, unit. */
void measure_registry_compile(struct whole *w, const struct yaml *map, struct measure *m);

/* measure_apart.c: tells when both are scored, on different axes, and there may be an event that both count. */
/* The text is one of those of the condition. */
bool condition_lists(const struct condition *c, struct text t);
/* No event meets both; false also where that is not looked at. */
bool predicates_apart(const struct predicate *a, const struct predicate *b);
void axes_apart_check(struct whole *w, const struct measure *a, const struct measure *b);

/* Reads a kind of scope as scopes and alerts name it ("region", "organisation", [region, segment]).
 * True when it is well formed; it need not be configured. */
bool scope_kind_read(struct whole *w, const struct yaml *node, struct scope_kind *ret_kind);

/* Adds a horizon to a measure if it has none of this window; returns its index or -1 when the measure has
 * no room (told at `at`). */
int horizon_need(struct whole *w, struct measure *m, const struct measure_note *note, int64_t window_ms,
                 const char *name, const struct yaml *at);

/* Finds a measure by name, telling an unknown one; UINT16_MAX then. */
uint16_t measure_find(struct whole *w, const struct yaml *name);

/* The pack: customer-cube.yaml, made into C by the build. pack.c: the document with the pack below it. */
extern const char pack_customer_cube[];
struct yaml *pack_merge(struct whole *w, const struct yaml *user, struct yaml *pack);

/* effective.c. decides_only: only what decides a position, for the digest. */
int effective_print(const struct whole *w, bool decides_only, FILE *out) CUBE_MUST_CHECK;
void retention_print(const struct whole *w, FILE *out);
void rates_print(const struct whole *w, FILE *out);
void effective_measures(const struct whole *w, bool decides_only, FILE *out);
int effective_alerts(const struct whole *w, FILE *out) CUBE_MUST_CHECK;
void effective_points(const struct whole *w, FILE *out);
void effective_hypotheses(const struct whole *w, FILE *out);
void print_quoted(FILE *out, struct text t);
void print_number(FILE *out, double v);
void print_duration(FILE *out, int64_t ms);
void print_predicate(FILE *out, const struct predicate *p);
void print_kinds(FILE *out, uint64_t kinds);
void print_scope_kind(FILE *out, const struct scope_kind *kind);

#endif
