/* Alerts that fire while their rule leaves the model, or speaks of the scope no more, or gets other labels. They are resolved at the next
 * tick, under the labels by which they fired: nobody else would end them where they were sent to. The head of a scope tells those labels
 * with each alert that fires, as a text: name and value of each but alertname and scope, by name. For the scope_*.c files of lib/engine only. */
#ifndef CUBE_ENGINE_SCOPE_GONE_H
#define CUBE_ENGINE_SCOPE_GONE_H

#include "engine/scope_state.h"

struct gone_alert {
    struct gone_alert *next;
    struct alert_rule rule; /* its name and labels; no condition */
    int64_t since_ms;
    struct text told;      /* the labels, as the head told them */
    struct label labels[]; /* of the rule; the texts are behind them */
};

/* Makes the texts that heads tell of the rules of now. CUBE_ENOMEM. */
int scope_told_make(struct scope_engine *e) CUBE_MUST_CHECK;
struct text scope_told(const struct scope_engine *e, uint32_t rule);

/* Adds an alert that fires since an instant; the texts are copied. CUBE_EFORMAT: the second text is no labels. CUBE_ENOMEM. */
int scope_gone_add(struct scope *s, struct text name, struct text told, int64_t since_ms) CUBE_MUST_CHECK;
uint32_t scope_gone_count(const struct scope *s);

/* Resolves them all at tick t. CUBE_ENOMEM. */
int scope_gone_resolve(struct scope_engine *e, struct scope *s, int64_t t_ms) CUBE_MUST_CHECK;

/* Frees a list. */
void scope_gone_close(struct gone_alert **list);

#endif
