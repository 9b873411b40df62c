/* The list of specimens; networks of one neuron model. */
#include "tests/specimens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "tests/specimens_texts.h"

/* ---- one neuron model ------------------------------------------------------- */

enum { COMPACT, WIDE, EXACT, MODEL_VARIANTS };
enum { NEURONS = 37, LISTENERS = 11 };

/* What an input takes by its unit: enough for spikes, not for all the time. Relays do not
 * feed themselves: each spike would make five. */
struct gain {
    const char *model, *unit;
    double drive, weight;
};

static struct gain gain_of(const struct ecp_neuron_model *m)
{
    static const struct gain list[] = {
        {"lca", NULL, 40, 5},          {"astrocyte_lr", NULL, 30, 5}, {"hh", NULL, 500, 20},
        {"lif_nmda", NULL, 3, 0.2},    {"parrot", NULL, 1, 0},        {"spike_source", NULL, 1, 0},
        {"lif", NULL, 900, 100},       {"mat2", NULL, 700, 60},       {"adex", NULL, 90, 8},
        {"adex_psc", NULL, 9000, 500}, {NULL, "pA", 200, 20},         {NULL, "nS", 30, 4},
        {NULL, "mV", 4, 0.3}};
    const int input = ecp_field_of_kind(m->fields, ECP_INPUT, 0);
    for (size_t k = 0; k < sizeof list / sizeof list[0]; k++)
        if (list[k].model ? strcmp(list[k].model, m->name) == 0
                          : input >= 0 && strcmp(list[k].unit, m->fields[input].unit) == 0)
            return list[k];
    return (struct gain){NULL, NULL, 1, 1};
}

static enum ecp_status connect(struct ecp_plan *plan, int variant, const char *source,
                               const char *target, double weight)
{
    struct ecp_plan_projection *p;
    const enum ecp_status status =
        ecp_plan_add_projection(plan, source, target, ECP_RULE_FIXED_INDEGREE, &p);
    if (status != ECP_OK)
        return status;
    p->number = 5;
    p->weight = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = weight / 2, .b = 2 * weight};
    if (weight < 0)
        p->weight = ecp_draw_constant(weight);
    p->delay = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.5, .b = 4};
    p->precision = variant == WIDE ? ECP_PRECISION_FULL : ECP_PRECISION_COMPACT;
    return ECP_OK;
}

static enum ecp_status drive(struct ecp_plan *plan, const char *target, double weight)
{
    struct ecp_plan_stimulus *s;
    const enum ecp_status status = ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, target, &s);
    if (status != ECP_OK)
        return status;
    s->level = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 200, .b = 1200};
    s->weight = weight;
    return ECP_OK;
}

static enum ecp_status probe(struct ecp_plan *plan, enum ecp_probe_kind kind, const char *target,
                             const char *field)
{
    struct ecp_plan_probe *p;
    const enum ecp_status status = ecp_plan_add_probe(plan, kind, target, &p);
    if (status != ECP_OK)
        return status;
    p->field_name = field;
    p->interval = kind == ECP_PROBE_FIELD ? 0.7 : 3.7;
    if (kind == ECP_PROBE_FIELD)
        p->target.stride = 3;
    if (kind == ECP_PROBE_FIELD)
        p->target.count = (NEURONS + 2) / 3;
    return ECP_OK;
}

/* Many of the model and one, on themselves, each other and neurons that listen. */
static enum ecp_status fill_model(const struct ecp_specimen *s, struct ecp_plan *plan)
{
    struct ecp_plan_population *p;
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    const char *listener = s->variant == EXACT ? "lif_delta" : "lif_exp";
    ECP_TRY(ecp_plan_add_population(plan, "N", s->member, NEURONS, &p));
    const struct ecp_neuron_model *m = p->model;
    const struct gain gain = gain_of(m);
    const int rate = ecp_field_find(m->fields, "rate"), hears = !!gain.unit || gain.model;
    if (rate >= 0 && m->fields[rate].kind != ECP_STATE)
        ECP_TRY(ecp_population_set(p, "rate", 120));
    ECP_TRY(ecp_plan_add_population(plan, "one", s->member, 1, &p));
    ECP_TRY(ecp_plan_add_population(plan, "listeners", listener, LISTENERS, &p));
    if (hears) {
        ECP_TRY(drive(plan, "N", gain.drive));
        ECP_TRY(drive(plan, "one", gain.drive));
    }
    if (hears && gain.weight > 0) {
        ECP_TRY(connect(plan, s->variant, "N", "N", gain.weight));
        ECP_TRY(connect(plan, s->variant, "one", "N", -gain.weight));
        ECP_TRY(connect(plan, s->variant, "N", "one", gain.weight));
    }
    ECP_TRY(connect(plan, s->variant, "N", "listeners", s->variant == EXACT ? 2 : 300));
    ECP_TRY(probe(plan, ECP_PROBE_SPIKES, "N", NULL));
    ECP_TRY(probe(plan, ECP_PROBE_SPIKES, "listeners", NULL));
    ECP_TRY(probe(plan, ECP_PROBE_RATE, "N", NULL));
    const int state = ecp_field_of_kind(m->fields, ECP_STATE, 0);
    if (state >= 0 && s->variant != EXACT)
        ECP_TRY(probe(plan, ECP_PROBE_FIELD, "N", m->fields[state].name));
    ECP_TRY(ecp_plan_add_phase(plan, "run", 80, 0, &phase));
done:
    return status;
}

static enum ecp_status make_model(const struct ecp_specimen *s, struct ecp_plan **out)
{
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_plan_create(&plan));
    plan->seed = 7;
    plan->dt = 0.1;
    plan->time = s->variant == EXACT ? ECP_TIME_EXACT : ECP_TIME_GRID;
    ECP_TRY(fill_model(s, plan));
    ECP_TRY(ecp_plan_check(plan));
    *out = plan;
done:
    if (status != ECP_OK)
        ecp_plan_destroy(plan);
    return status;
}

/* Models that fire only after a long time, or in waves. */
static int is_silent(const char *model)
{
    return strncmp(model, "astrocyte", strlen("astrocyte")) == 0;
}

static int model_at(size_t *k, struct ecp_specimen *out)
{
    static const char *const words[] = {"compact", "wide", "exact"};
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ECP_ISA_BASELINE);
    for (size_t m = 0; models[m]; m++)
        for (int variant = 0; variant < MODEL_VARIANTS; variant++) {
            if ((variant == EXACT && !models[m]->exact) || (*k)-- > 0)
                continue;
            *out = (struct ecp_specimen){.member = models[m]->name,
                                         .variant = variant,
                                         .silent = is_silent(models[m]->name),
                                         .make = make_model};
            (void)snprintf(out->name, sizeof out->name, "neuron %s, %s", models[m]->name,
                           words[variant]);
            return 1;
        }
    return 0;
}

/* ---- one rule ------------------------------------------------------------------ */

enum { AXONAL, DENDRITIC, STACKED, LONG, RULE_VARIANTS };

static enum ecp_status make_rule(const struct ecp_specimen *s, struct ecp_plan **out)
{
    const struct ecp_rule_network want = {.rule = s->member,
                                          .dendritic = s->variant == DENDRITIC,
                                          .stacked = s->variant == STACKED,
                                          .brisk = s->variant != LONG,
                                          .n_readings = 3,
                                          .first = 0,
                                          .between = 52.2,
                                          .duration = s->variant == LONG ? 1100 : 120};
    return ecp_rule_network_plan(&want, out);
}

/* Rules that may stand where weights change have `visit`, `tick` or `apply`. */
static int has_variant(const struct ecp_plasticity *r, int variant)
{
    const int changes = r->visit || r->tick || r->apply || r->gather || r->settle || r->structure;
    if (variant == DENDRITIC)
        return changes && !r->axonal_only;
    if (variant == STACKED)
        return changes && !r->structure;
    return 1;
}

static int rule_at(size_t *k, struct ecp_specimen *out)
{
    static const char *const words[] = {"axonal", "dendritic", "stacked", "long"};
    const struct ecp_plasticity *const *rules = ecp_plasticity_rules(ECP_ISA_BASELINE);
    for (size_t r = 0; rules[r]; r++)
        for (int variant = 0; variant < RULE_VARIANTS; variant++) {
            if (!has_variant(rules[r], variant) || (*k)-- > 0)
                continue;
            *out = (struct ecp_specimen){
                .member = rules[r]->name, .variant = variant, .make = make_rule};
            (void)snprintf(out->name, sizeof out->name, "rule %s, %s", rules[r]->name,
                           words[variant]);
            return 1;
        }
    return 0;
}

/* ---- the rest ----------------------------------------------------------------------- */

static enum ecp_status make_text(const struct ecp_specimen *s, struct ecp_plan **out)
{
    return ecp_config_parse(s->member, s->name, NULL, 0, out);
}

static int text_at(size_t *k, struct ecp_specimen *out)
{
    size_t n = 0;
    while (n < *k && ecp_specimen_texts[n].name)
        n++;
    if (!ecp_specimen_texts[n].name) {
        *k -= n;
        return 0;
    }
    const struct ecp_specimen_text *text = &ecp_specimen_texts[*k];
    *out = (struct ecp_specimen){.member = text->config, .make = make_text};
    (void)snprintf(out->name, sizeof out->name, "%s", text->name);
    return 1;
}

int ecp_specimen_at(size_t k, struct ecp_specimen *out)
{
    return text_at(&k, out) || model_at(&k, out) || rule_at(&k, out);
}

enum ecp_status ecp_specimen_plan(const struct ecp_specimen *specimen, struct ecp_plan **out)
{
    struct ecp_plan *plan = NULL;
    const enum ecp_status status = specimen->make(specimen, &plan);
    if (status != ECP_OK)
        return status;
    if (!plan->config_text)
        plan->config_text = ecp_plan_strdup(plan, specimen->name);
    *out = plan;
    return ECP_OK;
}
