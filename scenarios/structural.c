/* structural.c -- a network that wires itself (Butz & van Ooyen 2013), after the
 * demonstration that comes with NEST: 800 excitatory and 200 inhibitory neurons
 * without a single synapse, kept awake by Poisson drive, grow axonal and dendritic
 * elements until their calcium is at its set points.
 *
 * Calcium of 0.05 stands for 5 Hz (tau_ca = 10 s, beta_ca = 0.001), 0.2 for 20 Hz.
 * Updates of the synapses have to be frequent beside tau_ca: with `interval` near
 * 10 s neurons learn of their new synapses too late and overshoot. */
#include <math.h>

#include "engine/scenario.h"

enum { SCALE, INTERVAL, EPS_E, EPS_I, NU, GROW, DURATION, END };

static const struct ecp_field fields[] = {
    [SCALE] = {"scale", "1", 1, 0.05, 100, "size of the populations; 1: 800 and 200", ECP_PARAM},
    [INTERVAL] = {"interval", "ms", 1000, 0.1, 1e6, "between updates of the synapses", ECP_PARAM},
    [EPS_E] = {"eps_e", "1", 0.05, 1e-3, 10, "calcium that excitatory neurons aim at", ECP_PARAM},
    [EPS_I] = {"eps_i", "1", 0.2, 1e-3, 10, "calcium that inhibitory neurons aim at", ECP_PARAM},
    [NU] = {"nu", "1/ms", 1e-4, 0, 10,
            "growth of elements; E -> I dendrites grow four times as fast. 0: nothing grows, "
            "nothing is claimed",
            ECP_PARAM},
    [GROW] = {"grow", "ms", 150000, 0, 1e9, "time of growth that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 50000, 0.1, 1e9, "time after that, judged", ECP_PARAM},
    [END] = {0}};

static const double weight = 585, weight_drive = 6.2; /* pA */
static const double drive_hz = 10000;

static enum ecp_status add_population(struct ecp_plan *plan, const char *name, double size)
{
    static const struct {
        const char *field;
        double value;
    } neuron[] = {{"tau_m", 10},    {"c", 250},   {"e_l", -70},      {"v_th", -55},
                  {"v_reset", -70}, {"t_ref", 2}, {"tau_syn_ex", 2}, {"tau_syn_in", 2}};
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *drive;
    struct ecp_plan_analysis *a;
    ECP_TRY(ecp_plan_add_population(plan, name, "lif_alpha", (size_t)nearbyint(size), &p));
    for (size_t k = 0; k < sizeof neuron / sizeof neuron[0]; k++)
        ECP_TRY(ecp_population_set(p, neuron[k].field, neuron[k].value));
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, name, &drive));
    drive->level = ecp_draw_constant(drive_hz);
    drive->weight = weight_drive;
    ECP_TRY(ecp_plan_add_analysis(plan, ecp_plan_printf(plan, "%s_activity", name), "activity",
                                  name, &a));
done:
    return status;
}

/* Measured over the time that counts, as label.mean, label.drift, ... */
static enum ecp_status add_probe(struct ecp_plan *plan, const char *projection, const char *field,
                                 const char *label)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_probe *probe;
    struct ecp_plan_analysis *a;
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_STRUCTURE, projection, &probe));
    probe->field_name = field;
    probe->name = ecp_plan_printf(plan, "%s_%s", field, projection);
    ECP_TRY(ecp_plan_add_analysis(plan, label, "level", NULL, &a));
    a->probe = (int)plan->n_probes - 1;
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const char *source, const char *target,
                                    const double *param)
{
    const int from_e = source[0] == 'E', to_e = target[0] == 'E';
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    ECP_TRY(ecp_plan_add_projection(plan, source, target, ECP_RULE_FIXED_TOTAL_NUMBER, &p));
    p->number = 0;
    p->weight = ecp_draw_constant(from_e ? weight : -weight);
    p->delay = ecp_draw_constant(1);
    ECP_TRY(ecp_plan_plasticity(plan, p, "structural"));
    ECP_TRY(ecp_projection_set(p, "update_interval", param[INTERVAL]));
    ECP_TRY(ecp_projection_set(p, "axon_eps", param[from_e ? EPS_E : EPS_I]));
    ECP_TRY(ecp_projection_set(p, "axon_nu", param[NU]));
    ECP_TRY(ecp_projection_set(p, "dendrite_eps", param[to_e ? EPS_E : EPS_I]));
    ECP_TRY(ecp_projection_set(p, "dendrite_nu", param[NU] * (from_e && !to_e ? 4 : 1)));
    ECP_TRY(add_probe(plan, p->name, "synapses", ecp_plan_printf(plan, "%s_synapses", p->name)));
    ECP_TRY(add_probe(plan, p->name, "created", ecp_plan_printf(plan, "%s_created", p->name)));
    ECP_TRY(add_probe(plan, p->name, "deleted", ecp_plan_printf(plan, "%s_deleted", p->name)));
done:
    return status;
}

static enum ecp_status add_claims(struct ecp_plan *plan, const double *param)
{
    static const char *const set_point =
        "growth curves: elements neither grow nor retract where calcium is at eps";
    static const char *const plateau = "Butz & van Ooyen 2013; NEST's demonstration: connectivity "
                                       "becomes stationary";
    static const char *const drift[] = {"E_E_synapses.drift", "E_I_synapses.drift",
                                        "I_E_synapses.drift", "I_I_synapses.drift"};
    enum ecp_status status = ECP_OK;
    if (param[NU] <= 0)
        return ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "E_calcium.mean", 0.95 * param[EPS_E], 1.05 * param[EPS_E],
                               set_point));
    ECP_TRY(ecp_plan_add_claim(plan, "I_calcium.mean", 0.95 * param[EPS_I], 1.05 * param[EPS_I],
                               set_point));
    for (size_t k = 0; k < sizeof drift / sizeof drift[0]; k++)
        ECP_TRY(ecp_plan_add_claim(plan, drift[k], -0.15, 0.15, plateau));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    ECP_TRY(add_population(plan, "E", 800 * param[SCALE]));
    ECP_TRY(add_population(plan, "I", 200 * param[SCALE]));
    ECP_TRY(add_synapses(plan, "E", "E", param));
    ECP_TRY(add_synapses(plan, "E", "I", param));
    ECP_TRY(add_synapses(plan, "I", "E", param));
    ECP_TRY(add_synapses(plan, "I", "I", param));
    ECP_TRY(add_probe(plan, "E_E", "calcium", "E_calcium"));
    ECP_TRY(add_probe(plan, "I_I", "calcium", "I_calcium"));
    ECP_TRY(add_claims(plan, param));
    if (param[GROW] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "grow", param[GROW], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "hold", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_structural = {
    .name = "structural",
    .question = "Can neurons find their own connectivity?",
    .summary = "a network without synapses grows them until calcium is at its set points",
    .equations = "dCa/dt = -Ca/tau_ca, Ca += beta_ca at a spike\n"
                 "dz/dt = nu (2 exp(-((Ca - xi)/zeta)^2) - 1): 0 at 0 and at eps\n"
                 "vacant elements pair at random, vanished ones take their synapses along",
    .reference = "Butz & van Ooyen 2013, doi:10.1371/journal.pcbi.1003259; NEST: "
                 "pynest/examples/structural_plasticity.py",
    .fields = fields,
    .build = build};
