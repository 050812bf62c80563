/* What measures do about an event, found by its kind and, where several measures ask for the text of one field, by
 * that text: conditions that cannot hold are not looked at. */
#ifndef CUBE_ENGINE_REACTIONS_H
#define CUBE_ENGINE_REACTIONS_H

#include "base/error.h"
#include "engine/model.h"

struct reaction {
    const struct measure *measure;
    bool asks;       /* reaction_meets says whether the event is for the measure; otherwise it is */
    bool of_entity;  /* without an entity there is nothing to do */
    bool of_presence; /* nor when nobody came or left */
    bool always;     /* none of these three */
    bool is_private; /* as the measure */
    bool keeps;      /* something of the entity: rows are not all that comes of it */
};

struct reaction_list {
    struct reaction *at;
    uint32_t count;
};

/* The most texts of one kind that have lists of their own; with more of them there is one list for all. */
#define REACTION_TEXTS_MAX 1024

struct kind_reactions {
    uint8_t field;                /* enum event_field whose text is looked at; EVENT_FIELD_NONE: there are only `others` */
    uint32_t places;              /* of texts, a power of two */
    struct reaction_text {
        struct text text;         /* absent: an empty place */
        struct reaction_list list;
    } * texts;
    struct reaction_list others;  /* of events with other texts */
};

/* Works out what the measures of these indices do about events of a kind, in their order. Borrows the model. CUBE_ENOMEM. */
int kind_reactions_create(const struct model *m, enum event_kind kind, const uint8_t *measures, uint32_t count,
                          struct kind_reactions *ret_r) CUBE_MUST_CHECK;
void kind_reactions_close(struct kind_reactions *r);

/* The reactions to an event of the kind that has the field. */
const struct reaction_list *kind_reactions_by_text(const struct kind_reactions *r, const struct event *ev);

/* The reactions to an event of the kind. */
static inline const struct reaction_list *kind_reactions_of(const struct kind_reactions *r, const struct event *ev)
{
    bool by_text = r->field != EVENT_FIELD_NONE && event_has(ev, (enum event_field)r->field);
    return by_text ? kind_reactions_by_text(r, ev) : &r->others;
}

/* An event of this kind, with these fields and dimensions, is for the measure. */
bool reaction_meets(const struct measure *m, const struct event *ev);

#endif
