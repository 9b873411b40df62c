/* consolidation_network.c -- populations, synapses, nights and cues. */
#include "scenarios/consolidation_network.h"

#include <math.h>

#include "engine/analysis.h"

static const double h_0 = 4.20075 /* mV */, delay = 3 /* ms */;
static const double settle = 2000, learn = 1500, after = 8500, wake = 1000; /* ms */
static const double cue_after = 150, reference_after = 750;                 /* ms */
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

static enum ecp_status add_network(struct ecp_plan *plan, double neurons)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    /* As many synapses for each neuron, however many neurons there are. */
    const double often = fmin(1, 0.1 * 1600 / neurons);
    ECP_TRY(ecp_plan_add_population(plan, "E", "lif_noise", (size_t)neurons, &p));
    ECP_TRY(ecp_plan_add_population(plan, "I", "lif_noise", (size_t)(neurons / 4), &p));
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

/* The night passes at once; from `block` on no proteins are made. */
static enum ecp_status add_night(struct ecp_plan *plan, double block)
{
    const double made = fmin(block, night);
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

double ecp_consolidation_reference(void)
{
    return settle + reference_after;
}

enum ecp_status ecp_consolidation_add(struct ecp_plan *plan, const struct ecp_consolidation *run)
{
    const int passes = run->learning || run->night;
    const double end = settle + (passes ? learn + after : 0) + (run->night ? night + wake : 0);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    ECP_TRY(add_network(plan, run->neurons));
    ECP_TRY(ecp_plan_add_phase(plan, "settle", settle, 1, &phase));
    if (passes) {
        ECP_TRY(ecp_plan_add_phase(plan, "learn", learn, 1, &phase));
        ECP_TRY(ecp_plan_add_phase(plan, "after", after, 1, &phase));
    }
    if (run->night)
        ECP_TRY(add_night(plan, run->block));
    ECP_TRY(ecp_plan_add_phase(plan, "recall", ECP_CONSOLIDATION_WINDOW, 0, &phase));
    if (run->learning)
        ECP_TRY(add_cue(plan, "teach", run->core, settle, 3));
    ECP_TRY(add_cue(plan, "cue", floor(run->core / 2), end + cue_after, 1));
done:
    return status;
}

enum ecp_status ecp_consolidation_measure(struct ecp_plan *plan,
                                          const struct ecp_consolidation *run, const char *label)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_analysis *a;
    ECP_TRY(ecp_plan_add_analysis(plan, label, "assembly", "E", &a));
    a->phase = "recall";
    a->param[ecp_field_find(a->analysis->fields, "core")] = run->core;
    a->param[ecp_field_find(a->analysis->fields, "cued")] = floor(run->core / 2);
    if (run->learning)
        a->param[ecp_field_find(a->analysis->fields, "reference")] = ecp_consolidation_reference();
done:
    return status;
}
