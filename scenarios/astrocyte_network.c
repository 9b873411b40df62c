/* astrocyte_network.c -- neurons with astrocytes at their synapses, after NEST's
 * demonstration astrocyte_brunel_bernoulli (Jiang et al. 2025), small, and driven by
 * sources of a known rate, so that theory can say what must come out.
 *
 * Every neuron has `indegree` synapses of sources at `rate`; each has an astrocyte with
 * `probability`. An astrocyte then takes k = indegree probability neurons/astrocytes
 * connections on average, and its ip3 stays at ip3_0 + delta_ip3 k rate tau_ip3; the
 * scenario sets delta_ip3 so that this is `ip3`. At 0.45 umol/L calcium oscillates.
 *
 * Mean calcium and mean slow current: the equations of astrocyte_lr integrated by
 * themselves for astrocytes with 15 to 74 connections, weighted by Poisson's law of mean
 * 40: 0.2221 umol/L and 2.154 pA. Claimed for ip3 = 0.45 and k = 40 only. */
#include <math.h>
#include <stdio.h>

#include "engine/scenario.h"

enum {
    NEURONS,
    ASTROCYTES,
    INDEGREE,
    RATE,
    PROBABILITY,
    POOL,
    IP3,
    WEIGHT,
    SIC,
    SETTLE,
    DURATION,
    END
};

static const struct ecp_field fields[] = {
    [NEURONS] = {"neurons", "1", 200, 1, 1e7, "neurons, and as many sources", ECP_WHOLE},
    [ASTROCYTES] = {"astrocytes", "1", 250, 1, 1e7, "astrocytes", ECP_WHOLE},
    [INDEGREE] = {"indegree", "1", 100, 1, 1e6, "synapses of a neuron", ECP_WHOLE},
    [RATE] = {"rate", "Hz", 10, 1e-3, 1000, "of each source", ECP_PARAM},
    [PROBABILITY] = {"probability", "1", 0.5, 0, 1, "that a synapse has an astrocyte", ECP_PARAM},
    [POOL] = {"pool_size", "1", 10, 1, 1e6, "astrocytes that a neuron may have", ECP_WHOLE},
    [IP3] = {"ip3", "umol/L", 0.45, 0.16, 10, "mean ip3 that the rate shall lead to", ECP_PARAM},
    [WEIGHT] = {"weight", "nS", 2, 0, 100, "of synapses", ECP_PARAM},
    [SIC] = {"sic_weight", "1", 1, 0, 1000, "of slow currents", ECP_PARAM},
    [SETTLE] = {"settle", "ms", 30000, 0, 1e7, "time that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 48000, 0.1, 1e9, "time after settling", ECP_PARAM},
    [END] = {0}};

static const double ip3_0 = 0.16, tau_ip3 = 7142; /* of astrocyte_lr */
static const double mean_ca = 0.2221, mean_sic = 2.154;

/* Connections of an astrocyte; of a neuron: indegree probability. */
static double connections(const double *param)
{
    return param[INDEGREE] * param[PROBABILITY] * param[NEURONS] / param[ASTROCYTES];
}

static enum ecp_status add_populations(struct ecp_plan *plan, const double *param)
{
    const double arriving = connections(param) * param[RATE] / 1000; /* a ms */
    const double jump = arriving > 0 ? (param[IP3] - ip3_0) / (arriving * tau_ip3) : 0;
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    ECP_TRY(ecp_plan_add_population(plan, "X", "poisson", (size_t)param[NEURONS], &p));
    ECP_TRY(ecp_population_set(p, "rate", param[RATE]));
    ECP_TRY(ecp_plan_add_population(plan, "E", "adex_alpha", (size_t)param[NEURONS], &p));
    ECP_TRY(ecp_population_set(p, "tau_syn_ex", 2));
    ECP_TRY(ecp_plan_add_population(plan, "A", "astrocyte_lr", (size_t)param[ASTROCYTES], &p));
    ECP_TRY(ecp_population_set(p, "delta_ip3", jump));
    ECP_TRY(ecp_population_set(p, "ip3", param[IP3]));
    const struct ecp_draw begin = {.kind = ECP_DRAW_UNIFORM, .a = 0.07, .b = 0.4};
    ECP_TRY(ecp_population_set_draw(p, "ca", begin)); /* apart from each other */
done:
    return status;
}

static enum ecp_status connect(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    struct ecp_plan_third *third;
    ECP_TRY(ecp_plan_add_projection(plan, "X", "E", ECP_RULE_FIXED_INDEGREE, &p));
    p->number = (size_t)param[INDEGREE];
    p->weight = ecp_draw_constant(param[WEIGHT]);
    p->delay = ecp_draw_constant(2);
    ECP_TRY(ecp_plan_add_third(plan, NULL, "X_E", "A", &third));
    third->probability = param[PROBABILITY];
    third->pool_size = (size_t)param[POOL];
    third->block = 1;
    third->in->delay = ecp_draw_constant(2);
    third->out->weight = ecp_draw_constant(param[SIC]);
done:
    return status;
}

static enum ecp_status measure(struct ecp_plan *plan, const char *label, const char *population,
                               const char *field)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_probe *probe;
    struct ecp_plan_analysis *a;
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, population, &probe));
    probe->field_name = field;
    probe->interval = 100;
    ECP_TRY(ecp_plan_add_analysis(plan, label, "level", NULL, &a));
    a->probe = (int)plan->n_probes - 1;
done:
    return status;
}

static enum ecp_status add_claims(struct ecp_plan *plan, const double *param)
{
    static const char *const source = "astrocyte_lr integrated by itself, Poisson's law for the "
                                      "number of connections";
    const double current = param[INDEGREE] * param[PROBABILITY] * param[SIC] * mean_sic;
    enum ecp_status status = ECP_OK;
    if (!(param[PROBABILITY] > 0))
        return ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "ip3.mean", 0.98 * param[IP3], 1.02 * param[IP3],
                               "ip3_0 + delta_ip3 k rate tau_ip3"));
    if (fabs(param[IP3] - 0.45) > 1e-9 || fabs(connections(param) - 40) > 1e-9)
        return ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "ca.mean", 0.97 * mean_ca, 1.03 * mean_ca, source));
    if (param[SIC] > 0)
        ECP_TRY(ecp_plan_add_claim(plan, "current.mean", 0.95 * current, 1.05 * current, source));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    struct ecp_plan_analysis *a;
    ECP_TRY(add_populations(plan, param));
    ECP_TRY(connect(plan, param));
    ECP_TRY(measure(plan, "ip3", "A", "ip3"));
    ECP_TRY(measure(plan, "ca", "A", "ca"));
    ECP_TRY(measure(plan, "current", "E", "i_stim"));
    ECP_TRY(ecp_plan_add_analysis(plan, "E_activity", "activity", "E", &a));
    ECP_TRY(add_claims(plan, param));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_astrocyte_network = {
    .name = "astrocyte_network",
    .question = "What do astrocytes give to neurons?",
    .summary = "synapses feed astrocytes, whose calcium waves send slow currents to the neurons",
    .equations = "mean ip3 of an astrocyte: ip3_0 + delta_ip3 k rate tau_ip3\n"
                 "k = indegree probability neurons/astrocytes connections\n"
                 "mean current of a neuron: indegree probability sic_weight <i_sic>",
    .reference = "Jiang et al. 2025, doi:10.1371/journal.pcbi.1013503; Li & Rinzel 1994, "
                 "doi:10.1006/jtbi.1994.1041",
    .fields = fields,
    .build = build};
