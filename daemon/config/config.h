/* The configuration file: read, checked with file:line:col, compiled into a lib model. */
#ifndef CUBE_CONFIG_CONFIG_H
#define CUBE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/model.h"
#include "port/record.h"
#include "proto/emit.h"

struct name_index;

enum property_source { PROPERTY_PLAIN, PROPERTY_CREDENTIAL, PROPERTY_FILE };

struct kafka_property {
    const char *name, *value; /* not PROPERTY_PLAIN: the credential's name, the file's path */
    enum property_source from;
};

#define PROPERTY_SECRET_MAX (16384 + 1) /* a key with its chain of certificates, and a byte 0 */
#define PROPERTY_WHY_MAX 400

enum customers_policy { CUSTOMERS_ON_CHANGE,
                        CUSTOMERS_ALL,
                        CUSTOMERS_NONE };

#define CHECKPOINT_DIR_MAX 900 /* names of files stand behind it */

struct config {
    const char *path;
    const char *name, *instance;
    const struct kafka_property *kafka; /* bootstrap.servers among them */
    uint32_t kafka_count;
    const char *topics[ROLE_COUNT]; /* by role; changelogs with -customers, -employees, -scopes appended */
    enum output_format format;
    int64_t commit_min_ms, commit_max_ms;
    uint32_t changelog_redo; /* events of customers (employees) read again for late records when all their tasks start; 0: none */
    uint32_t changelog_share; /* bytes of entities' records that a task writes late and at once; 0: its part of CHANGELOG_LATE_BYTES. Tests set it */
    uint32_t changelog_parts; /* generations are no finer than this part of changelog.redo; 0: see entity_redo.c. Tests set it */
    uint32_t notes_ids;       /* ids of one part of notes; 0: PART_IDS. Tests set it */
    int64_t notes_every_ms;   /* after which what was touched is noted in local copies; 0: NOTES_EVERY_MS. Tests set it */
    uint32_t changelog_runs;  /* of refused offsets in a record of the changelog; 0: REFUSED_RUNS_MAX. Tests set it */
    const char *checkpoint_dir; /* auto: $STATE_DIRECTORY; none; or a path, CHECKPOINT_DIR_MAX bytes at most */
    int64_t checkpoint_max_age_ms;
    double dead_letter_share;
    bool dead_letter_stop;
    uint32_t dead_letter_window; /* records of which that is a share; 0: DEAD_SHARE_WINDOW. Tests set it, to no more and a multiple of 10 */
    const char *http_listen; /* "127.0.0.1:8642" */
    uint32_t publish_per_commit;
    enum customers_policy customers;
    const char *currency;
    struct model model;
    const struct name_index *names; /* for all decoders; proto/name_index.h */
    struct config_memory *memory; /* owns everything above */
};

/* Reads and checks a file ("-" = stdin). All problems go to errors as
 *   FILE:LINE:COL: error: TEXT
 * followed by the line and a caret, with "did you mean" for names; warnings likewise. Returns 0,
 * CUBE_ECONFIG (problems were printed), CUBE_ENOTFOUND (cannot be opened; printed), CUBE_ENOMEM.
 * overrides: an instance given on the command line or NULL. */
int config_load(const char *path, const char *instance, FILE *errors, struct config **ret_c) CUBE_MUST_CHECK;

/* Judges the properties that go to librdkafka as they are, of a configuration of which only name, instance and they are known: each one that is wrong
 * goes to refuse with the reason, once, under its name, or under NULL when no single one is. 0 then, too; CUBE_ENOMEM: it cannot judge. */
typedef void config_refuse_fn(void *context, const char *name, const char *why);
typedef int config_judge_fn(const struct config *c, config_refuse_fn *refuse, void *context);

/* How many problems were found, told one by one or not. */
struct config_problems {
    uint32_t errors, warnings;
};

/* config_load that has the properties of `kafka` judged, so that a problem is told where it stands. ret_problems: set whatever it returns; NULL:
 * nobody asks. */
int config_load_judged(const char *path, const char *instance, config_judge_fn *judge, FILE *errors, struct config_problems *ret_problems,
                       struct config **ret_c) CUBE_MUST_CHECK;

/* config_load from text; name stands for the file in messages. */
int config_parse(const char *yaml, size_t len, const char *name, const char *instance, FILE *errors,
                 struct config **ret_c) CUBE_MUST_CHECK;
void config_destroy(struct config *c);

/* Prints the whole effective configuration, defaults and pack included, as YAML that config_load accepts
 * and that means the same. */
int config_print_effective(const struct config *c, FILE *out) CUBE_MUST_CHECK;

/* Prints what every key means, for `cubed help config`. */
void config_print_reference(FILE *out);

/* Durations and times as the configuration and the command line write them. CUBE_EFORMAT, CUBE_ERANGE. */
int duration_parse(const char *text, int64_t *ret_ms) CUBE_MUST_CHECK; /* 250ms 30s 5m 1h 7d */
int time_parse(const char *text, int64_t *ret_ms) CUBE_MUST_CHECK;     /* RFC 3339 */

/* Writes a duration in the largest unit that divides it: 90000 -> "90s", 2592000000 -> "30d". */
#define DURATION_TEXT_MAX 32
void duration_text(int64_t ms, char out[DURATION_TEXT_MAX]);

/* The value of a property that is not PROPERTY_PLAIN, read now. CUBE_ECONFIG with the reason; it names the file and never what is in it. */
int config_property_read(const struct kafka_property *p, char ret_value[PROPERTY_SECRET_MAX], char ret_why[PROPERTY_WHY_MAX]) CUBE_MUST_CHECK;

#endif
