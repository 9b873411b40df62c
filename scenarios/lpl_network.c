/* lpl_network.c -- the network of scenarios lpl and lpl_spiking. */
#include "scenarios/lpl_network.h"

#include <math.h>

#include "engine/rng.h"

static const double delay = 0.8 /* ms */, rate_aim = 10, untrained = 0.2 /* Hz */;
static const double published_dt = 0.1; /* ms */

/* ---- inputs ---------------------------------------------------------------- */

const struct ecp_lpl_input ecp_lpl_inputs[ECP_LPL_INPUTS] = {
    {"P0", "P0_E", 0, 3000, 1, 0},
    {"P1", "P1_E", 4, 3000, 1, 0},
    {"P2", "P2_E", 4, 3000, 1, 1},
    {"P3", "P3_E", 4, 3000 + 1e3 / 13, 2, 0},
    {"P4", "P4_E", 4, 3000 + 1e3 / 13, 2, 1}};

static enum ecp_status add_input(struct ecp_plan *plan, int k, const struct ecp_lpl_setup *setup)
{
    const struct ecp_lpl_input *input = &ecp_lpl_inputs[k];
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *w;
    const double fine = published_dt / plan->dt;
    ECP_TRY(ecp_plan_add_population(plan, input->name, "poisson_signal", ECP_LPL_INPUT_SIZE, &p));
    ECP_TRY(ecp_population_set(p, "depth", input->depth));
    ECP_TRY(ecp_population_set(p, "period", input->period));
    ECP_TRY(ecp_population_set(p, "pattern", input->pattern + setup->patterns));
    ECP_TRY(ecp_population_set(p, "shuffle", input->shuffle));
    ECP_TRY(ecp_plan_add_projection(plan, input->name, "E", ECP_RULE_PAIRWISE_BERNOULLI, &w));
    w->probability = 0.1;
    w->weight = ecp_draw_constant(0.15);
    w->delay = ecp_draw_constant(delay);
    ECP_TRY(ecp_plan_plasticity(plan, w, "lpl"));
    ECP_TRY(ecp_projection_set(w, "form", setup->form));
    ECP_TRY(ecp_projection_set(w, "rms", setup->rms));
    ECP_TRY(ecp_projection_set(w, "eta", 0));
    ECP_TRY(ecp_projection_set(w, "tau_mean", setup->tau_mean));
    ECP_TRY(ecp_projection_set(w, "variance", untrained));
    ECP_TRY(ecp_projection_set(w, "delta", 1e-3 * fine));
    ECP_TRY(ecp_projection_set(w, "delta_err", 1e-5 / fine));
    ECP_TRY(ecp_projection_set(w, "phi", setup->condition == ECP_LPL_PRED_OFF ? 0 : setup->phi));
    ECP_TRY(
        ecp_projection_set(w, "lambda", setup->condition == ECP_LPL_HEBB_OFF ? 0 : setup->lambda));
done:
    return status;
}

/* ---- the network ------------------------------------------------------------ */

static enum ecp_status add_neurons(struct ecp_plan *plan, const char *name, size_t n)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    ECP_TRY(ecp_plan_add_population(plan, name, "lif_nmda", n, &p));
    ECP_TRY(ecp_population_set_draw(p, "v", ecp_draw_normal(-60, 10)));
    p->scheme = "euler"; /* as the authors' simulator */
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const char *source, const char *target,
                                    double probability, double weight)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    ECP_TRY(ecp_plan_add_projection(plan, source, target, ECP_RULE_PAIRWISE_BERNOULLI, &p));
    p->probability = probability;
    p->weight = ecp_draw_constant(weight);
    p->delay = ecp_draw_constant(delay);
done:
    return status;
}

/* Inhibitory neurons stand evenly along the excitatory ones. */
static enum ecp_status add_local_synapses(struct ecp_plan *plan)
{
    const struct ecp_philox_key key = ecp_rng_key(plan->seed, ECP_FOR_POSITION, 0xffffff);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    ecp_lid *source = ecp_plan_alloc(plan, ECP_LPL_E * ECP_LPL_I * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, ECP_LPL_E * ECP_LPL_I * sizeof *target);
    size_t n = 0;
    if (!source || !target)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (ecp_lid i = 0; i < ECP_LPL_E; i++)
        for (ecp_lid j = 0; j < ECP_LPL_I; j++) {
            const double away = (i - 100.0 * j / (ECP_LPL_I - 1)) / 20;
            uint32_t word[4];
            ecp_rng_words(key, i, j, 0, word);
            if (ecp_rng_uniform(word[0]) >= exp(-away * away))
                continue;
            source[n] = i;
            target[n++] = j;
        }
    ECP_TRY(ecp_plan_add_projection(plan, "E", "I", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = n, .source = source, .target = target};
    p->weight = ecp_draw_constant(0.5);
    p->delay = ecp_draw_constant(delay);
done:
    return status;
}

static enum ecp_status add_inhibition(struct ecp_plan *plan, const struct ecp_lpl_setup *setup)
{
    enum ecp_status status = ECP_OK;
    ECP_TRY(add_neurons(plan, "I", ECP_LPL_I));
    ECP_TRY(add_local_synapses(plan));
    ECP_TRY(add_synapses(plan, "I", "E", 0.5, -0.5));
    ECP_TRY(add_synapses(plan, "I", "I", 0.1, -0.4));
    struct ecp_plan_projection *p = plan->projection[ecp_plan_projection_index(plan, "I_E")];
    if (setup->condition == ECP_LPL_INHIBITION_FIXED)
        return ECP_OK;
    ECP_TRY(ecp_plan_plasticity(plan, p, "istdp"));
    ECP_TRY(ecp_projection_set(p, "eta", setup->zeta));
    ECP_TRY(ecp_projection_set(p, "rho_0", rate_aim));
    ECP_TRY(ecp_projection_set(p, "w_max", 1));
done:
    return status;
}

/* ---- time and measures ------------------------------------------------------- */

static enum ecp_status add_phases(struct ecp_plan *plan, const struct ecp_lpl_setup *setup)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    struct ecp_plan_change *change = ecp_plan_alloc(plan, ECP_LPL_INPUTS * sizeof *change);
    if (!change)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    ECP_TRY(ecp_plan_add_phase(plan, "prime", setup->prime, 1, &phase));
    if (setup->learn <= 0)
        goto test;
    ECP_TRY(ecp_plan_add_phase(plan, "learn", setup->learn, 1, &phase));
    for (int k = 0; k < ECP_LPL_INPUTS; k++) {
        const int p = ecp_plan_projection_index(plan, ecp_lpl_inputs[k].projection);
        const int eta = ecp_field_find(plan->projection[p]->plasticity->fields, "eta");
        change[k] = (struct ecp_plan_change){
            .population = -1, .field = eta, .stimulus = -1, .rule = p + 1, .value = setup->eta};
    }
    phase->change = change;
    phase->n_changes = ECP_LPL_INPUTS;
test:
    ECP_TRY(ecp_plan_add_phase(plan, "test", setup->test, 0, &phase));
done:
    return status;
}

enum ecp_status ecp_lpl_network(struct ecp_plan *plan, const struct ecp_lpl_setup *setup)
{
    enum ecp_status status = ECP_OK;
    ECP_TRY(add_neurons(plan, "E", ECP_LPL_E));
    for (int k = 0; k < ECP_LPL_INPUTS; k++)
        ECP_TRY(add_input(plan, k, setup));
    if (setup->condition != ECP_LPL_INHIBITION_OFF)
        ECP_TRY(add_inhibition(plan, setup));
    ECP_TRY(add_phases(plan, setup));
done:
    return status;
}
