/* balanced_stdp.c -- the balanced random network with power-law STDP of Morrison,
 * Aertsen & Diesmann (2007), in the form in which simulators are compared (the
 * "hpc_benchmark" of NEST): 11,250 x scale neurons, each with 9000 excitatory and
 * 2250 inhibitory synapses whatever the scale.
 *
 * `indegree` shrinks both in-degrees and nothing else: for trials on small
 * machines; weights stay, so that the network is then another one. */
#include <math.h>

#include "engine/analysis.h"
#include "engine/scenario.h"

enum { SCALE, INDEGREE, ETA, PLASTIC, SETTLE, DURATION, END };

static const struct ecp_field fields[] = {
    [SCALE] = {"scale", "1", 1, 0.01, 1e5, "size of the populations", ECP_PARAM},
    [INDEGREE] = {"indegree", "1", 9000, 8, 9000,
                  "excitatory synapses of a neuron; a fourth as many are inhibitory", ECP_PARAM},
    [ETA] = {"eta", "1", 1.685, 0, 100, "drive over threshold drive", ECP_PARAM},
    [PLASTIC] = {"plastic", "1", 1, 0, 1, "are synapses between excitatory neurons plastic?",
                 ECP_PARAM},
    [SETTLE] = {"settle", "ms", 50, 0, 1e6, "time at the beginning that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 250, 0.1, 1e9, "time after settling", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"plastic", "no yes"}, {NULL, NULL}};

static const double tau_m = 10, c_m = 250, v_th = 20, tau_syn = 0.32582722403722841;
static const double psp_peak = 0.14 /* mV */, g = 5;

/* Peak of the potential, in mV, that a current of 1 pA gives: alpha-shaped in
 * time, tau_syn, on a membrane of tau_m. Found by golden section. */
static double potential(double t)
{
    const double a = 1 / tau_syn - 1 / tau_m;
    return exp(1) / (tau_syn * c_m) * exp(-t / tau_m) *
           (-expm1(-a * t) / (a * a) - t * exp(-a * t) / a);
}

static double peak_of_unit_current(void)
{
    const double ratio = 0.6180339887498949;
    double low = 0, high = 10;
    for (int k = 0; k < 200; k++) {
        const double left = high - ratio * (high - low), right = low + ratio * (high - low);
        if (potential(left) < potential(right))
            low = left;
        else
            high = right;
    }
    return potential((low + high) / 2);
}

static enum ecp_status add_population(struct ecp_plan *plan, const char *name, double size,
                                      double rate, double weight)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *drive;
    struct ecp_plan_analysis *a;
    const struct {
        const char *field;
        double value;
    } neuron[] = {{"tau_m", tau_m},
                  {"c", c_m},
                  {"e_l", 0},
                  {"v_th", v_th},
                  {"v_reset", 0},
                  {"t_ref", 0.5},
                  {"tau_syn_ex", tau_syn},
                  {"tau_syn_in", tau_syn}};
    ECP_TRY(ecp_plan_add_population(plan, name, "lif_alpha", (size_t)nearbyint(size), &p));
    for (size_t k = 0; k < sizeof neuron / sizeof neuron[0]; k++)
        ECP_TRY(ecp_population_set(p, neuron[k].field, neuron[k].value));
    ECP_TRY(ecp_population_set_draw(p, "v", ecp_draw_normal(5.7, 7.2)));
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, name, &drive));
    drive->level = ecp_draw_constant(rate);
    drive->weight = weight;
    ECP_TRY(ecp_plan_add_analysis(plan, ecp_plan_printf(plan, "%s_activity", name), "activity",
                                  name, &a));
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const char *source, const char *target,
                                    double number, double weight)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    ECP_TRY(ecp_plan_add_projection(plan, source, target, ECP_RULE_FIXED_INDEGREE, &p));
    p->number = (size_t)nearbyint(number);
    p->weight = ecp_draw_constant(weight);
    p->delay = ecp_draw_constant(1.5);
done:
    return status;
}

static enum ecp_status make_plastic(struct ecp_plan *plan)
{
    struct ecp_plan_projection *p = plan->projection[ecp_plan_projection_index(plan, "E_E")];
    return ecp_plan_plasticity(plan, p, "stdp_power");
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    const double weight = psp_peak / peak_of_unit_current(), c_ex = param[INDEGREE];
    /* Spikes of the drive per neuron (Hz): eta times what brings the mean
     * potential to threshold; an alpha current carries weight e tau_syn. */
    const double rate = 1e3 * param[ETA] * v_th / (tau_m / c_m * weight * exp(1) * tau_syn);
    struct ecp_plan_phase *phase;
    ECP_TRY(add_population(plan, "E", 9000 * param[SCALE], rate, weight));
    ECP_TRY(add_population(plan, "I", 2250 * param[SCALE], rate, weight));
    ECP_TRY(add_synapses(plan, "E", "E", c_ex, weight));
    ECP_TRY(add_synapses(plan, "E", "I", c_ex, weight));
    ECP_TRY(add_synapses(plan, "I", "E", c_ex / 4, -g * weight));
    ECP_TRY(add_synapses(plan, "I", "I", c_ex / 4, -g * weight));
    if (param[PLASTIC] > 0)
        ECP_TRY(make_plastic(plan));
    if (param[SCALE] >= 1 && c_ex >= 9000 && param[ETA] == 1.685 && param[DURATION] <= 300)
        ECP_TRY(ecp_plan_add_claim(plan, "E.rate_hz", 3, 20,
                                   "Morrison et al. 2007: asynchronous irregular activity at "
                                   "about 10 Hz; NEST 8.4-18.7 Hz, by seed and duration"));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_balanced_stdp = {
    .name = "balanced_stdp",
    .question = "How fast is a large network with plastic synapses?",
    .summary = "balanced random network with power-law STDP, 126.6e6 synapses at scale 1",
    .equations = "LIF with alpha currents; E -> E: w += lambda w^mu x_pre, w -= lambda alpha w "
                 "x_post\n"
                 "external Poisson drive at eta times the threshold rate",
    .reference = "Morrison, Aertsen & Diesmann 2007, doi:10.1162/neco.2007.19.6.1437",
    .fields = fields,
    .choices = choices,
    .build = build};
