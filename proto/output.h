/* The values of the output topics (contract, section 5), JSON or MessagePack, and their CloudEvents
 * headers. */
#ifndef CUBE_PROTO_OUTPUT_H
#define CUBE_PROTO_OUTPUT_H

#include "base/buf.h"
#include "engine/entity_engine.h"
#include "engine/model.h"
#include "engine/scope_engine.h"
#include "proto/emit.h"

/* Each appends one value. missing: names of tasks a scope went on without, NULL when complete. CUBE_ENOMEM. */
int output_state(const struct model *m, const struct scope_view *v, const struct text *missing, uint32_t missing_count,
                 enum output_format f, struct buf *out) CUBE_MUST_CHECK;
int output_change(const struct model *m, struct text scope, const struct decision *d, enum output_format f, struct buf *out) CUBE_MUST_CHECK;
int output_alert(const struct model *m, struct text scope, const struct decision *d, enum output_format f, struct buf *out) CUBE_MUST_CHECK;

/* An alert of the daemon about one of its tasks, beside those of scopes: the same object with the label task. */
struct task_alert {
    struct text name, task, severity, summary;
    bool firing;
    int64_t starts_ms, t_ms; /* t_ms: as_of, and endsAt when resolved */
    double value;
    int64_t n;
    uint64_t fingerprint; /* filled by task_alert_fingerprint */
};
void task_alert_fingerprint(struct task_alert *a);
int output_task_alert(const struct model *m, const struct task_alert *a, enum output_format f, struct buf *out) CUBE_MUST_CHECK;

int output_customer(const struct model *m, const struct customer_view *v, enum output_format f, struct buf *out) CUBE_MUST_CHECK;

/* The key of an alert record: the fingerprint, 16 hex digits. */
void output_alert_key(uint64_t fingerprint, char ret_key[17]);

/* Event types of ce_type. */
enum output_type { OUTPUT_STATE, OUTPUT_CHANGE, OUTPUT_ALERT, OUTPUT_CUSTOMER, OUTPUT_TYPE_COUNT };

struct header {
    struct text name, value;
};

#define OUTPUT_HEADERS 6
#define OUTPUT_HEADER_BYTES 512

/* Fills ce_specversion, ce_id, ce_type, ce_source, ce_time, content-type. ce_id is deterministic: hash of
 * (type, key, ts, value). The values live in bytes[OUTPUT_HEADER_BYTES]. ce_source is /cubed/NAME, the name at most OUTPUT_NAME_MAX bytes. */
#define OUTPUT_NAME_MAX 64
void output_headers(enum output_type type, enum output_format f, const char *name, struct text key, int64_t ts_ms,
                    struct text value, char bytes[OUTPUT_HEADER_BYTES], struct header ret_h[OUTPUT_HEADERS]);

/* "2026-01-01T00:00:00Z", with milliseconds only when there are some. */
#define TIME_TEXT_MAX 32
size_t time_text(int64_t ms, char at[TIME_TEXT_MAX]);

#endif
