#include "engine/reactions.h"

#include <stdlib.h>

#include "base/hash.h"

static uint64_t kinds_from(const struct measure *m)
{
    uint64_t own = m->aggregation->kinds;
    return own ? own : m->from.kinds;
}

static uint64_t kinds_per(const struct measure *m)
{
    return m->per.term_count > 0 ? m->per.kinds : 0;
}

static bool matches(const struct source *s, uint64_t kinds, const struct event *ev)
{
    return (kinds >> ev->kind & 1) && predicate_holds(&s->where, ev);
}

bool reaction_meets(const struct measure *m, const struct event *ev)
{
    return matches(&m->from, kinds_from(m), ev) || matches(&m->per, kinds_per(m), ev);
}

/* The conditions on events of the kind: NULL when those of two sources count, either of which may hold. */
static const struct predicate *conditions_of(const struct measure *m, enum event_kind kind)
{
    bool from = kinds_from(m) >> kind & 1, per = kinds_per(m) >> kind & 1;
    return from && per ? NULL : from ? &m->from.where : &m->per.where;
}

/* The condition that decides alone when it does not hold, and asks for the text of a field. */
static const struct condition *text_condition(const struct measure *m, enum event_kind kind)
{
    const struct predicate *p = conditions_of(m, kind);
    const struct condition *c = p && p->count > 0 ? &p->conditions[0] : NULL;
    return c && !c->on_dimension && !c->is_not && c->op == CONDITION_TEXT_IN ? c : NULL;
}

/* The field that most measures ask for. */
static uint8_t field_choose(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count)
{
    uint32_t asked[EVENT_FIELD_COUNT] = {0};
    uint8_t best = EVENT_FIELD_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct condition *c = text_condition(&m->measures[measures[i]], kind);
        if (c && ++asked[c->what] > (best == EVENT_FIELD_NONE ? 0 : asked[best])) {
            best = c->what;
        }
    }
    return best;
}

static bool asks_for(const struct condition *c, struct text text)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (text_equal(c->texts[i], text)) {
            return true;
        }
    }
    return false;
}

/* Fills the reactions to events with this text of the field; an absent one stands for all that nobody asks for. */
static int list_fill(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count, uint8_t field, struct text text,
                     struct reaction_list *l)
{
    l->at = calloc(count + 1, sizeof *l->at);
    if (!l->at) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct measure *x = &m->measures[measures[i]];
        const struct aggregation *g = x->aggregation;
        const struct predicate *p = conditions_of(x, kind);
        const struct condition *c = text_condition(x, kind);
        bool known = c && c->what == field;
        if (!known || (text.at && asks_for(c, text))) {
            bool asks = !p || p->count > (known ? 1u : 0u), of_entity = g->per_entity || g->due || x->is_private;
            l->at[l->count++] = (struct reaction){x,          asks, of_entity, g->of_presence, !asks && !of_entity && !g->of_presence,
                                                  x->is_private, g->facts != 0 || x->is_private};
        }
    }
    return 0;
}

static struct reaction_text *text_place(const struct kind_reactions *r, struct text t)
{
    uint32_t i = (uint32_t)hash64(t.at, t.len) & (r->places - 1);
    while (r->texts[i].text.at && !text_equal(r->texts[i].text, t)) {
        i = (i + 1) & (r->places - 1);
    }
    return &r->texts[i];
}

/* All the texts some measure asks for, counted with repetitions. */
static uint32_t texts_count(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count, uint8_t field)
{
    uint64_t texts = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct condition *c = text_condition(&m->measures[measures[i]], kind);
        texts += c && c->what == field ? c->count : 0;
    }
    return texts > REACTION_TEXTS_MAX ? REACTION_TEXTS_MAX + 1 : (uint32_t)texts;
}

static int texts_fill(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count, struct kind_reactions *r)
{
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        const struct condition *c = text_condition(&m->measures[measures[i]], kind);
        for (uint32_t k = 0; rc == 0 && c && c->what == r->field && k < c->count; k++) {
            struct reaction_text *place = text_place(r, c->texts[k]);
            if (!place->text.at) {
                place->text = c->texts[k];
                rc = list_fill(m, kind, measures, count, r->field, c->texts[k], &place->list);
            }
        }
    }
    return rc;
}

int kind_reactions_create(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count, struct kind_reactions *ret_r)
{
    if (count == 0) {
        *ret_r = (struct kind_reactions){.field = EVENT_FIELD_NONE};
        return 0;
    }
    struct kind_reactions r = {.field = field_choose(m, kind, measures, count)};
    uint32_t texts = texts_count(m, kind, measures, count, r.field);
    r.field = texts > REACTION_TEXTS_MAX ? EVENT_FIELD_NONE : r.field;
    int rc = list_fill(m, kind, measures, count, r.field, (struct text){0}, &r.others);
    if (rc == 0 && r.field != EVENT_FIELD_NONE) {
        for (r.places = 4; r.places < 2 * texts;) {
            r.places *= 2;
        }
        r.texts = calloc(r.places, sizeof *r.texts);
        rc = r.texts ? texts_fill(m, kind, measures, count, &r) : CUBE_ENOMEM;
    }
    if (rc != 0) {
        kind_reactions_close(&r);
        return rc;
    }
    *ret_r = r;
    return 0;
}

void kind_reactions_close(struct kind_reactions *r)
{
    for (uint32_t i = 0; r->texts && i < r->places; i++) {
        free(r->texts[i].list.at);
    }
    free(r->texts);
    free(r->others.at);
    *r = (struct kind_reactions){0};
}

const struct reaction_list *kind_reactions_by_text(const struct kind_reactions *r, const struct event *ev)
{
    struct text t = ev->slot[r->field].text;
    const struct reaction_text *place = t.at ? text_place(r, t) : NULL;
    return place && place->text.at ? &place->list : &r->others;
}
