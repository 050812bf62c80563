/* The registry's rules: what class a measure has, and what a CPI must show (domain, section 3). */
#include "config/shape.h"
#include "config/value.h"
#include "config/whole.h"

#define EVIDENCE "contextual_inquiry|interview|survey|expert|focus_group|copied"
#define INCREMENTS "time|ease|options|money|recognition|other"
#define WEAK_EVIDENCE_FROM 2 /* the words of EVIDENCE from survey on */

static void class_compile(struct whole *w, const struct yaml *map, struct measure *m);
static void registry_compile(struct whole *w, const struct yaml *map, struct measure *m);

void measure_registry_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    class_compile(w, map, m);
    registry_compile(w, map, m);
}

static bool all_hr(uint64_t kinds)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if ((kinds >> i & 1) && kind_rows[i].topic != TOPIC_HR) {
            return false;
        }
    }
    return kinds != 0;
}

/* Answers to NPS are asked for by name, or are all that is left, or are among those whose values are counted. */
static bool asks_nps(const struct measure *m)
{
    const struct text nps = TEXT_LITERAL("nps");
    bool asks = strcmp(m->aggregation->name, "nps") == 0 || (answers_may_be(m, nps) && (answers_are_read(m) || !answers_beside_nps(m)));
    for (uint32_t i = 0; i < m->from.where.count && !asks; i++) {
        const struct condition *c = &m->from.where.conditions[i];
        asks = condition_on_instruments(c) && !c->is_not && condition_lists(c, nps);
    }
    return asks;
}

#define ANSWERS (UINT64_C(1) << KIND_HR_SURVEY | UINT64_C(1) << KIND_ENPS)

/* Hits by anything but the answer itself are those of some respondents, who may be few: what they answered must not be asked as well. */
static void hits_of_some(struct whole *w, const struct yaml *map, const struct measure *m)
{
    bool some = m->hit_kinds != 0, answer = false;
    for (uint32_t i = 0; i < m->hits.count; i++) {
        bool is_answer = !m->hits.conditions[i].on_dimension && m->hits.conditions[i].what == EVENT_VALUE;
        *(is_answer ? &answer : &some) = true;
    }
    if (some && answer) {
        problem_error(&w->problems, yaml_get(map, "hits")->key,
                      "hits of survey answers of employees by their value and something else would tell single ones; the other goes into from.where");
    } else if (some) {
        problem_warning(&w->problems, yaml_get(map, "hits")->key,
                        "hits of survey answers of employees by anything but their value tell how many answered so, however few");
    }
}

/* Whatever else a figure counts is known or can be: taken from it, it leaves one answer, with k of the others beside it. */
static void answers_alone(struct whole *w, const struct yaml *map, const struct measure *m)
{
    const struct yaml *per = yaml_get(map, "per"), *from = yaml_get(map, "from");
    if (m->per.kinds && ((m->from.kinds | m->per.kinds) & ANSWERS)) {
        problem_error(&w->problems, per ? per->key : from,
                      "survey answers of employees are no part of a quotient: it would tell single ones; take their mean");
    } else if ((m->from.kinds & ANSWERS) && (m->from.kinds & ~ANSWERS)) {
        problem_error(&w->problems, from ? from->key : map,
                      "survey answers of employees count by themselves: beside other kinds of events a figure would tell single ones");
    } else if (m->from.kinds & ANSWERS) {
        hits_of_some(w, map, m);
    }
}

static void class_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    const struct yaml *node = yaml_get(map, "class");
    int class = all_hr(m->from.kinds) ? CLASS_HR : CLASS_KPI;
    if (node) {
        (void)value_choice(&w->problems, node, "class", "cpi|kpi|hr", &class);
    }
    m->class = (enum measure_class) class;
    m->is_private = m->class == CLASS_HR && (m->from.kinds & ANSWERS);
    if (m->class != CLASS_HR && (m->from.kinds & ANSWERS)) {
        problem_error(
            &w->problems, node ? node : map,
            "a measure over survey answers of employees must have class hr: their privacy hangs on it");
    }
    if (m->is_private && !m->aggregation->respondents) {
        problem_error(&w->problems, yaml_get(map, "aggregation"),
                      "aggregation \"%s\" does not count respondents: it cannot speak of survey answers of employees",
                      m->aggregation->name);
    }
    answers_alone(w, map, m);
    if (m->class == CLASS_CPI && asks_nps(m)) {
        problem_error(
            &w->problems, node,
            "NPS is a KPI: a CPI is an outcome customers value, and recommending serves the company");
    }
}

static void text_set(struct whole *w, const struct yaml *map, const char *key, struct text *target)
{
    const struct yaml *node = yaml_get(map, key);
    const char *text;
    if (node && value_text(&w->problems, node, key, &text)) {
        *target = text_of(text);
    }
}

static bool evidence_add(struct whole *w, const struct yaml *node, struct measure *m)
{
    int word;
    if (!value_choice(&w->problems, node, "evidence", EVIDENCE, &word)) {
        return true; /* told: no second word about weakness */
    }
    m->evidence = text_of(m->evidence.at ? memory_format(&w->memory, "%s, %s", m->evidence.at, node->text)
                                         : node->text);
    return word < WEAK_EVIDENCE_FROM;
}

static void registry_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    const struct yaml *evidence = yaml_get(map, "evidence"), *increment = yaml_get(map, "increment");
    bool strong = false;
    int word;
    if (evidence && evidence->type == YAML_LIST) {
        YAML_EACH(member, evidence)
        {
            strong = evidence_add(w, member, m) || strong;
        }
    } else if (evidence) {
        strong = evidence_add(w, evidence, m);
    }
    if (increment && value_choice(&w->problems, increment, "increment", INCREMENTS, &word)) {
        m->increment = text_of(increment->text);
    }
    m->unit = text_of(shape_find(m->aggregation->name)->unit);
    text_set(w, map, "unit", &m->unit);
    text_set(w, map, "owner", &m->owner);
    text_set(w, map, "journey", &m->journey);
    if (m->class != CLASS_CPI) {
        return;
    }
    if (!evidence || (evidence->type == YAML_LIST && evidence->count == 0)) {
        problem_error(
            &w->problems, yaml_get(map, "class"),
            "cpi \"%s\" needs evidence that customers value it (contextual_inquiry, interview, ...)",
            m->name.at);
    } else if (!strong && m->evidence.at) {
        m->evidence_is_weak = true;
    }
    if (m->evidence_is_weak && evidence->source != w->pack_source) { /* of the pack, check shows it */
        problem_warning(
            &w->problems, evidence,
            "weak evidence for cpi \"%s\": ask or watch customers (interview, contextual_inquiry)",
            m->name.at);
    }
    if (!increment) {
        problem_error(&w->problems, yaml_get(map, "class"),
                      "cpi \"%s\" needs an increment (time, ease, options, money, recognition, other)",
                      m->name.at);
    }
    if (m->unit.len == 0) {
        problem_error(&w->problems, yaml_get(map, "class"), "cpi \"%s\" needs a unit", m->name.at);
    }
}
