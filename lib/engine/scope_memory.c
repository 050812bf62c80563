/* What the alerts of a scope remember, as a changelog record: it changes at the steps of their rules only, so
 * it is none of the head's business, which is written all the time. */
#include "engine/scope_reader.h"
#include "engine/scope_writer.h"

static bool is_blank(const struct alert_memory *m)
{
    return !m->has_z && m->count == 0;
}

static void w_memory(struct writer *w, const struct alert_memory *m)
{
    w_uint(w, m->has_z);
    if (m->has_z) {
        w_double(w, m->z);
    }
    w_uint(w, m->count);
    for (uint32_t i = 0; i < m->count; i++) {
        w_int(w, m->at[m->first + i].t_ms);
        w_double(w, m->at[m->first + i].value);
    }
}

void scope_memory_write(struct writer *w, const struct scope_engine *e, const struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->alert_count; i++) {
        count += !is_blank(&s->alerts[i].memory);
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_uint(w, s->kind);
    w_uint(w, count);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        if (!is_blank(&s->alerts[i].memory)) {
            w_text(w, e->model->alerts[s->alerts[i].rule].name);
            w_memory(w, &s->alerts[i].memory);
        }
    }
}

static void r_memory(struct reader *r, struct alert_memory *m)
{
    alert_memory_close(m);
    m->has_z = r_uint(r);
    m->z = m->has_z ? r_double(r) : 0;
    int64_t before_ms = INT64_MIN;
    for (uint64_t n = r_below(r, ALERT_SAMPLES_MAX + 1); n > 0 && r->rc == 0; n--) {
        int64_t t_ms = r_int(r);
        double value = r_double(r);
        if (r->rc == 0) {
            r->rc = t_ms <= before_ms ? CUBE_EFORMAT : alert_memory_add(m, t_ms, value);
            before_ms = t_ms;
        }
    }
}

void scope_memory_read(struct reader *r, struct scope_engine *e, struct scope *s)
{
    r_version(r);
    s->headless |= s->kind == SCOPE_KIND_NONE;
    r_kind(r, e, s);
    for (uint32_t i = 0; i < s->alert_count; i++) {
        alert_memory_close(&s->alerts[i].memory);
    }
    for (uint64_t n = r_uint(r); n > 0 && r->rc == 0; n--) {
        struct scope_alert passed = {0}, *at = scope_alert_find(e, s, r_text(r));
        r_memory(r, at ? &at->memory : &passed.memory);
        alert_memory_close(&passed.memory);
    }
}
