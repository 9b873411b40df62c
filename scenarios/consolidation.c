/* consolidation.c -- a recurrent network learns an assembly, sleeps for hours, and
 * recalls it from a half (Luboeinski & Tetzlaff 2021).
 *
 * 1600 excitatory neurons with plastic synapses among each other (rule stc), 400
 * inhibitory ones, all pairs connected with probability 0.1 (more where there are fewer neurons). A
 * current makes the first `core` neurons fire as fast as they can for 0.1 s, three times. Then 8
 * hours without spikes pass at once (`recall` = "8h"), in which tagged synapses capture proteins,
 * or 10 seconds as they are ("10s"). A cue of 0.1 s to half of the assembly recalls
 * the rest. `proteins` = "blocked" is a block of protein synthesis during the night, from
 * `block_after` on: 0 is an injection after learning; a block that begins when the tags
 * are gone (3.08 h) changes nothing any more. */
#include <math.h>

#include "engine/analysis.h"
#include "engine/scenario.h"

enum { CORE, RECALL, PROTEINS, BLOCK_AFTER, LEARNING, NEURONS, END };

static const struct ecp_field fields[] = {
    [CORE] = {"core", "1", 150, 10, 1000, "neurons of the assembly", ECP_PARAM},
    [RECALL] = {"recall", "1", 1, 0, 1, "how long after learning", ECP_PARAM},
    [PROTEINS] = {"proteins", "1", 1, 0, 1, "are proteins made in the night?", ECP_PARAM},
    [BLOCK_AFTER] = {"block_after", "ms", 0, 0, 8 * 3.6e6 - 2e4,
                     "how long after learning they are blocked", ECP_PARAM},
    [LEARNING] = {"learning", "1", 1, 0, 1, "is the assembly stimulated before?", ECP_PARAM},
    [NEURONS] = {"neurons", "1", 1600, 200, 1e6, "excitatory neurons; a fourth is inhibitory",
                 ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"recall", "10s 8h"}, {"proteins", "blocked made"}, {"learning", "off on"}, {NULL, NULL}};

static const double h_0 = 4.20075 /* mV */, delay = 3 /* ms */;
static const double settle = 2000, learn = 1500, after = 8500, wake = 1000, recall = 500; /* ms */
static const double night = 8 * 3.6e6 - 1e4;

/* 25 inputs that fire at 100 Hz with the weight h_0, on 10 MOhm, in pA: far more than
 * it takes to fire at the limit of refractoriness. */
static const double cue = 25 * 100 * 4.20075e-3 / 10 * 1e6;

static enum ecp_status add_synapses(struct ecp_plan *plan, const char *source, const char *target,
                                    double weight, double probability)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    ECP_TRY(ecp_plan_add_projection(plan, source, target, ECP_RULE_PAIRWISE_BERNOULLI, &p));
    p->probability = probability;
    p->autapses = 0;
    p->weight = ecp_draw_constant(weight);
    p->delay = ecp_draw_constant(delay);
done:
    return status;
}

static enum ecp_status add_network(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    /* As many synapses for each neuron, however many neurons there are. */
    const double often = fmin(1, 0.1 * 1600 / param[NEURONS]);
    ECP_TRY(ecp_plan_add_population(plan, "E", "lif_noise", (size_t)param[NEURONS], &p));
    ECP_TRY(ecp_plan_add_population(plan, "I", "lif_noise", (size_t)(param[NEURONS] / 4), &p));
    ECP_TRY(add_synapses(plan, "E", "E", h_0, often));
    ECP_TRY(add_synapses(plan, "E", "I", 2 * h_0, often));
    ECP_TRY(add_synapses(plan, "I", "E", -4 * h_0, often));
    ECP_TRY(add_synapses(plan, "I", "I", -4 * h_0, often));
    struct ecp_plan_projection *w = plan->projection[0];
    ECP_TRY(ecp_plan_plasticity(plan, w, "stc"));
    ECP_TRY(ecp_projection_set(w, "delay_pre", 18.8 - delay));
done:
    return status;
}

/* `n` pulses of 0.1 s, 0.5 s apart, to the first `count` neurons. */
static enum ecp_status add_cue(struct ecp_plan *plan, const char *name, double count, double start,
                               size_t n)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_stimulus *s;
    double *time = ecp_plan_alloc(plan, 2 * n * sizeof *time);
    double *value = ecp_plan_alloc(plan, 2 * n * sizeof *value);
    if (!time || !value)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t k = 0; k < n; k++) {
        time[2 * k] = start + 500.0 * (double)k;
        time[2 * k + 1] = time[2 * k] + 100;
        value[2 * k] = cue;
        value[2 * k + 1] = 0;
    }
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "E", &s));
    s->name = name;
    s->target.count = (size_t)count;
    s->level = ecp_draw_constant(0);
    s->n_switches = 2 * n;
    s->switch_time = time;
    s->switch_value = value;
done:
    return status;
}

/* The night passes at once; from its beginning, or from `block_after` on, no proteins are
 * made. */
static enum ecp_status add_night(struct ecp_plan *plan, const double *param)
{
    const double made = param[PROTEINS] > 0 ? night : fmin(param[BLOCK_AFTER], night);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    if (made > 0) {
        ECP_TRY(ecp_plan_add_phase(plan, "night", made, 1, &phase));
        phase->fast_forward = 1;
    }
    if (made < night) {
        const struct ecp_plasticity *rule = plan->projection[0]->plasticity;
        struct ecp_plan_change *change = ecp_plan_alloc(plan, sizeof *change);
        if (!change)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
        *change = (struct ecp_plan_change){.population = -1,
                                           .field = ecp_field_find(rule->fields, "alpha"),
                                           .stimulus = -1,
                                           .rule = 1,
                                           .value = 0};
        ECP_TRY(ecp_plan_add_phase(plan, "block", night - made, 1, &phase));
        phase->fast_forward = 1;
        phase->change = change;
        phase->n_changes = 1;
    }
    ECP_TRY(ecp_plan_add_phase(plan, "wake", wake, 1, &phase));
done:
    return status;
}

static enum ecp_status add_claims(struct ecp_plan *plan, const double *param)
{
    static const char early[] = "Luboeinski & Tetzlaff 2021, their published code, 50 trials, 10 s "
                                "after learning: 92.6, 8.7, 5.9 Hz; quality 0.031 +- 0.014";
    static const char late[] = "Luboeinski & Tetzlaff 2021, their published code, 50 trials, 8 h "
                               "after learning: 92.8, 10.2, 7.0 Hz; quality 0.034 +- 0.016";
    static const char none[] = "Luboeinski & Tetzlaff 2021: without learning, or without proteins "
                               "after 8 h, nothing is recalled";
    static const char window[] = "closed forms: tags live for 3.08 h, what comes later finds none";
    enum ecp_status status = ECP_OK;
    const int long_after = param[RECALL] > 0, blocked = long_after && param[PROTEINS] <= 0;
    const double tags = 3.08 * 3.6e6;
    if (param[CORE] != 150 || param[NEURONS] != 1600)
        return ECP_OK;
    if (param[LEARNING] <= 0 || (blocked && param[BLOCK_AFTER] <= 0)) {
        ECP_TRY(ecp_plan_add_claim(plan, "recall.cued_hz", 83, 102, late));
        ECP_TRY(ecp_plan_add_claim(plan, "recall.quality", -0.02, 0.02, none));
        return ECP_OK;
    }
    if (blocked && param[BLOCK_AFTER] < tags)
        return ECP_OK; /* some of the late phase is there */
    const char *const source = blocked ? window : long_after ? late : early;
    ECP_TRY(ecp_plan_add_claim(plan, "recall.cued_hz", 83, 102, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.uncued_hz", long_after ? 7.1 : 6.1,
                               long_after ? 13.3 : 11.3, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.others_hz", long_after ? 4.9 : 4.1,
                               long_after ? 9.1 : 7.7, source));
    ECP_TRY(ecp_plan_add_claim(plan, "recall.quality", 0.003, 0.07, source));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    const int long_after = param[RECALL] > 0;
    struct ecp_plan_phase *phase;
    struct ecp_plan_analysis *a;
    ECP_TRY(add_network(plan, param));
    ECP_TRY(ecp_plan_add_phase(plan, "settle", settle, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "learn", learn, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "after", after, 1, &phase));
    if (long_after)
        ECP_TRY(add_night(plan, param));
    ECP_TRY(ecp_plan_add_phase(plan, "recall", recall, 0, &phase));
    const double end = settle + learn + after + (long_after ? night + wake : 0);
    if (param[LEARNING] > 0)
        ECP_TRY(add_cue(plan, "teach", param[CORE], settle, 3));
    ECP_TRY(add_cue(plan, "cue", floor(param[CORE] / 2), end + recall / 2 - 50, 1));
    ECP_TRY(ecp_plan_add_analysis(plan, "recall", "assembly", "E", &a));
    a->phase = "recall";
    a->param[ecp_field_find(a->analysis->fields, "core")] = param[CORE];
    a->param[ecp_field_find(a->analysis->fields, "cued")] = floor(param[CORE] / 2);
    ECP_TRY(add_claims(plan, param));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_consolidation = {
    .name = "consolidation",
    .question = "How are memories kept for hours?",
    .summary = "an assembly is learned, consolidated over 8 hours, and recalled from a half",
    .equations = "E -> E: rule stc; weights E -> I 2 h_0, I -> E and I -> I 4 h_0, p = 0.1\n"
                 "quality = (rate of uncued - rate of others) / rate of cued neurons",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .fields = fields,
    .choices = choices,
    .build = build};
