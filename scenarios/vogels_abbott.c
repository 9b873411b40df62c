/* vogels_abbott.c -- the self-sustained random network of Vogels & Abbott
 * (2005) with current synapses: benchmark 2 ("CUBA") of Brette et al. (2007).
 *
 * The resting potential lies above threshold, which stands for the background
 * input. Published scripts differ in the inhibitory weight: -9 mV (Brian's)
 * and -13.95 mV (NEST's) over a leak of 10 nS. */
#include <math.h>
#include <stdio.h>

#include "engine/scenario.h"

enum { VARIANT, SCALE, SETTLE, DURATION, END };
enum { BRIAN, NEST };

static const struct ecp_field fields[] = {
    [VARIANT] = {"variant", "1", BRIAN, BRIAN, NEST, "inhibitory weight: -90 or -139.5 pA",
                 ECP_PARAM},
    [SCALE] = {"scale", "1", 1, 0.25, 100, "size of the populations, in-degrees kept", ECP_PARAM},
    [SETTLE] = {"settle", "ms", 200, 0, 1e6, "time at the beginning that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 1000, 0.1, 1e9, "time after settling", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"variant", "brian nest"}, {NULL, NULL}};

static const double weight_ex = 16.2;                               /* pA */
static const double weight_in[] = {[BRIAN] = -90, [NEST] = -139.5}; /* pA */
static const double full_ex = 3200, full_in = 800, probability = 0.02;
static const double delay = 0.1; /* ms */

/* Mean rates (Hz) of direct NumPy integrations of these equations, three
 * networks each: 5.3-5.8 and 4.0-4.5, the spread between networks included. */
static const double rate_low[] = {[BRIAN] = 4.4, [NEST] = 3.3};
static const double rate_high[] = {[BRIAN] = 6.7, [NEST] = 5.3};
static const char rate_source[] = "Brette et al. 2007, benchmark 2: self-sustained activity of a "
                                  "few Hz; band around an independent integration";

static enum ecp_status add_population(struct ecp_plan *plan, const char *name, double size)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_draw v0 = ecp_draw_constant(0);
    const struct {
        const char *field;
        double value;
    } neuron[] = {{"tau_m", 20},    {"c", 200},   {"e_l", -49},      {"v_th", -50},
                  {"v_reset", -60}, {"t_ref", 5}, {"tau_syn_ex", 5}, {"tau_syn_in", 10}};

    ECP_TRY(ecp_plan_add_population(plan, name, "lif_exp", (size_t)nearbyint(size), &p));
    for (size_t k = 0; k < sizeof neuron / sizeof neuron[0]; k++)
        ECP_TRY(ecp_population_set(p, neuron[k].field, neuron[k].value));
    v0.kind = ECP_DRAW_UNIFORM;
    v0.a = -60;
    v0.b = -50;
    ECP_TRY(ecp_population_set_draw(p, "v", v0));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, name, &probe));
done:
    return status;
}

static enum ecp_status add_measures(struct ecp_plan *plan, const char *name, int variant)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_analysis *a;
    char synchrony[32], text[64];

    (void)snprintf(synchrony, sizeof synchrony, "%s_synchrony", name);
    (void)snprintf(text, sizeof text, "%s_activity", name);
    ECP_TRY(ecp_plan_add_analysis(plan, text, "activity", name, &a));
    ECP_TRY(ecp_plan_add_analysis(plan, synchrony, "synchrony", name, &a));
    (void)snprintf(text, sizeof text, "%s.rate_hz", name);
    ECP_TRY(ecp_plan_add_claim(plan, text, rate_low[variant], rate_high[variant], rate_source));
    (void)snprintf(text, sizeof text, "%s.cv_isi", name);
    ECP_TRY(ecp_plan_add_claim(plan, text, 0.4, 1.2, "Vogels & Abbott 2005: irregular firing"));
    (void)snprintf(text, sizeof text, "%s.chi", synchrony);
    ECP_TRY(ecp_plan_add_claim(plan, text, 0, 0.2, "Vogels & Abbott 2005: asynchronous activity"));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    const int variant = (int)param[VARIANT];
    const double scale = param[SCALE];
    const char *const names[] = {"E", "I"};
    const double weight[] = {weight_ex, weight_in[variant]};
    struct ecp_plan_projection *p;
    struct ecp_plan_phase *phase;

    ECP_TRY(add_population(plan, "E", full_ex * scale));
    ECP_TRY(add_population(plan, "I", full_in * scale));
    for (int target = 0; target < 2; target++)
        for (int source = 0; source < 2; source++) {
            ECP_TRY(ecp_plan_add_projection(plan, names[source], names[target],
                                            ECP_RULE_PAIRWISE_BERNOULLI, &p));
            p->probability = probability / scale;
            p->autapses = 0;
            p->weight = ecp_draw_constant(weight[source]);
            p->delay = ecp_draw_constant(fmax(delay, plan->dt));
        }
    for (int k = 0; k < 2; k++)
        ECP_TRY(add_measures(plan, names[k], variant));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_vogels_abbott = {
    .name = "vogels_abbott",
    .question = "What activity does random wiring give?",
    .summary = "self-sustained activity in a random network with current synapses (CUBA)",
    .equations = "c dV/dt = -c/tau_m (V - e_l) + I_ex + I_in, e_l 1 mV above threshold\n"
                 "3200 E and 800 I neurons, p = 0.02, one delay of 0.1 ms",
    .reference = "Vogels & Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005; "
                 "Brette et al. 2007, doi:10.1007/s10827-007-0038-6",
    .fields = fields,
    .choices = choices,
    .build = build};
