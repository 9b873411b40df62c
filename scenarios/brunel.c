/* brunel.c -- the sparse random network of Brunel (2000): LIF neurons with
 * delta synapses, each with 1000 excitatory and 250 inhibitory synapses and an
 * external Poisson drive; inhibition (g) and drive (eta) choose the state.
 *
 * eta counts the drive in units of nu_thr = v_th / (j c_ex tau_m), the rate of
 * each of c_ex external sources that brings the mean potential to threshold.
 * `scale` changes the numbers of neurons, not the in-degrees: the mean-field
 * stays the same, correlations grow as the inverse. */
#include <math.h>
#include <stdio.h>

#include "engine/analysis.h"
#include "engine/scenario.h"

enum { STATE, G, ETA, SCALE, J, DELAY, SETTLE, DURATION, END };
enum { SR, SI_FAST, AI, SI_SLOW };

static const struct ecp_field fields[] = {
    [STATE] = {"state", "1", AI, SR, SI_SLOW, "sets g and eta, and what is claimed", ECP_PARAM},
    [G] = {"g", "1", 0, 0, 100, "inhibitory over excitatory weight; 0: as the state says",
           ECP_PARAM},
    [ETA] = {"eta", "1", 0, 0, 100, "drive over threshold drive; 0: as the state says", ECP_PARAM},
    [SCALE] = {"scale", "1", 1, 0.1, 20, "size of the populations", ECP_PARAM},
    [J] = {"j", "mV", 0.1, 1e-4, 10, "jump of an excitatory spike", ECP_PARAM},
    [DELAY] = {"delay", "ms", 1.5, 1e-3, 100, "transmission delay", ECP_PARAM},
    [SETTLE] = {"settle", "ms", 500, 0, 1e6, "time at the beginning that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 1000, 0.1, 1e9, "time after settling", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"state", "sr si_fast ai si_slow"}, {NULL, NULL}};

static const double c_ex = 1000, c_in = 250;
static const double tau_m = 20, v_th = 20, v_reset = 10, t_ref = 2; /* ms, mV */

/* Brunel 2000, Fig. 8 A to D. */
static const struct {
    double g, eta;
} states[] = {[SR] = {3, 2}, [SI_FAST] = {6, 4}, [AI] = {5, 2}, [SI_SLOW] = {4.5, 0.9}};

struct band {
    const char *result;
    double lowest, highest;
    const char *source;
    int finite_size; /* `highest` is for scale 1 and falls as 1/sqrt(neurons) */
};

/* Rates are judged against the mean-field; the regularity of single neurons
 * and the swing of the population rate tell the states apart. Mean-field
 * takes recurrent spikes for Poisson, so its cv (0.68, 0.74, 0.78) is above
 * what a direct integration of the equations gives (0.43, 0.81, 0.55). */
static const struct band claims_sr[] = {
    {"E.rate_hz", 200, 500, "Brunel 2000, Fig. 8A: high rates, bounded by 1/t_ref", 0},
    {"E.cv_isi", 0, 0.15, "Brunel 2000, Fig. 8A: neurons fire regularly", 0},
    {"E_synchrony.chi", 0.3, 1, "Brunel 2000, Fig. 8A: almost fully synchronised", 0},
    {"E_synchrony.modulation", 0.5, 10, "Brunel 2000, Fig. 8A: the global activity oscillates", 0},
    {NULL, 0, 0, NULL, 0}};
static const struct band claims_si_fast[] = {
    {"E_meanfield.ratio", 0.95, 1.15, "Brunel 2000, Fig. 8B: 60.7 Hz, theory 55.8 Hz", 0},
    {"E.cv_isi", 0.6, 1.1, "Brunel 2000, Fig. 8B: irregular firing below the global frequency", 0},
    {"E_synchrony.peak_hz", 150, 210, "Brunel 2000, Fig. 8B: 180 Hz, theory 190 Hz", 0},
    {"E_synchrony.modulation", 0.65, 2, "Brunel 2000, Fig. 8B: the global activity oscillates", 0},
    {NULL, 0, 0, NULL, 0}};
static const struct band claims_ai[] = {
    {"E_meanfield.ratio", 0.95, 1.05, "Brunel 2000, Fig. 8C: 37.7 Hz, theory 38.0 Hz", 0},
    {"E.cv_isi", 0.3, 0.75, "Brunel 2000, Fig. 8C: irregular firing, at most theory's 0.68", 0},
    {"E_synchrony.modulation", 0, 0.6, "Brunel 2000, Fig. 8C: stationary but for finite size", 1},
    {NULL, 0, 0, NULL, 0}};
static const struct band claims_si_slow[] = {
    {"E_meanfield.ratio", 0.75, 1.05, "Brunel 2000, Fig. 8D: 5.5 Hz, theory 6.5 Hz", 0},
    {"E.cv_isi", 0.4, 1.1, "Brunel 2000, Fig. 8D: irregular firing below the global frequency", 0},
    {"E_synchrony.peak_hz", 12, 35, "Brunel 2000, Fig. 8D: 22 Hz, theory 29 Hz", 0},
    {"E_synchrony.modulation", 0.9, 4, "Brunel 2000, Fig. 8D: the global activity oscillates", 0},
    {NULL, 0, 0, NULL, 0}};

static const struct band *const claims[] = {
    [SR] = claims_sr, [SI_FAST] = claims_si_fast, [AI] = claims_ai, [SI_SLOW] = claims_si_slow};

struct setting {
    double scale, g, j, delay;
    double rate_ext; /* Hz, of all external spikes to a neuron */
};

static enum ecp_status add_population(struct ecp_plan *plan, const char *name, double size,
                                      const struct setting *s)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *drive;
    struct ecp_plan_probe *probe;
    struct ecp_draw v0 = ecp_draw_constant(0);
    const struct {
        const char *field;
        double value;
    } neuron[] = {
        {"tau_m", tau_m}, {"e_l", 0}, {"v_th", v_th}, {"v_reset", v_reset}, {"t_ref", t_ref}};

    ECP_TRY(ecp_plan_add_population(plan, name, "lif_delta", (size_t)nearbyint(size), &p));
    for (size_t k = 0; k < sizeof neuron / sizeof neuron[0]; k++)
        ECP_TRY(ecp_population_set(p, neuron[k].field, neuron[k].value));
    v0.kind = ECP_DRAW_UNIFORM;
    v0.a = v_reset;
    v0.b = v_th;
    ECP_TRY(ecp_population_set_draw(p, "v", v0));

    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, name, &drive));
    drive->name = ecp_plan_printf(plan, "external_%s", name);
    drive->level = ecp_draw_constant(s->rate_ext);
    drive->weight = s->j;
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, name, &probe));
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const char *source, const char *target,
                                    const struct setting *s)
{
    enum ecp_status status = ECP_OK;
    const int excitatory = source[0] == 'E';
    struct ecp_plan_projection *p;

    ECP_TRY(ecp_plan_add_projection(plan, source, target, ECP_RULE_FIXED_INDEGREE, &p));
    p->number = (size_t)(excitatory ? c_ex : c_in);
    p->weight = ecp_draw_constant(excitatory ? s->j : -s->g * s->j);
    p->delay = ecp_draw_constant(s->delay);
done:
    return status;
}

static enum ecp_status set_param(const struct ecp_plan_analysis *of, const char *field,
                                 double value)
{
    const int at = ecp_field_find(of->analysis->fields, field);
    if (at < 0)
        return ecp_fail(ECP_EARG, "%s has no parameter %s", of->analysis_name, field);
    of->param[at] = value;
    return ECP_OK;
}

static enum ecp_status add_measures(struct ecp_plan *plan, const char *name,
                                    const struct setting *s)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_analysis *a;
    char label[64];

    (void)snprintf(label, sizeof label, "%s_activity", name);
    ECP_TRY(ecp_plan_add_analysis(plan, label, "activity", name, &a));
    (void)snprintf(label, sizeof label, "%s_synchrony", name);
    ECP_TRY(ecp_plan_add_analysis(plan, label, "synchrony", name, &a));
    (void)snprintf(label, sizeof label, "%s_meanfield", name);
    ECP_TRY(ecp_plan_add_analysis(plan, label, "meanfield", name, &a));
    ECP_TRY(set_param(a, "j", s->j));
    ECP_TRY(set_param(a, "g", s->g));
    ECP_TRY(set_param(a, "c_ex", c_ex));
    ECP_TRY(set_param(a, "c_in", c_in));
    ECP_TRY(set_param(a, "rate_ext", s->rate_ext));
done:
    return status;
}

/* What is claimed belongs to a state at its own g and eta, and where it is
 * synchronous to networks of its size. */
static enum ecp_status add_claims(struct ecp_plan *plan, int state, double scale)
{
    enum ecp_status status = ECP_OK;
    if (state != AI && scale < 0.5)
        return ECP_OK;
    for (const struct band *b = claims[state]; b->result != NULL; b++)
        ECP_TRY(ecp_plan_add_claim(plan, b->result, b->lowest,
                                   b->finite_size ? b->highest / sqrt(scale) : b->highest,
                                   b->source));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    const int state = (int)param[STATE];
    const int as_stated = param[G] <= 0 && param[ETA] <= 0;
    const double eta = param[ETA] > 0 ? param[ETA] : states[state].eta;
    const struct setting s = {.scale = param[SCALE],
                              .g = param[G] > 0 ? param[G] : states[state].g,
                              .j = param[J],
                              .delay = param[DELAY],
                              /* c_ex nu_thr eta, in Hz */
                              .rate_ext = 1e3 * eta * v_th / (param[J] * tau_m)};
    const char *const names[] = {"E", "I"};
    struct ecp_plan_phase *phase;

    ECP_TRY(add_population(plan, "E", 10000 * s.scale, &s));
    ECP_TRY(add_population(plan, "I", 2500 * s.scale, &s));
    for (int target = 0; target < 2; target++)
        for (int source = 0; source < 2; source++)
            ECP_TRY(add_synapses(plan, names[source], names[target], &s));
    for (int k = 0; k < 2; k++)
        ECP_TRY(add_measures(plan, names[k], &s));
    if (as_stated)
        ECP_TRY(add_claims(plan, state, s.scale));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_brunel = {
    .name = "brunel",
    .question = "What activity does random wiring give?",
    .summary = "sparse random network of excitatory and inhibitory neurons: four states",
    .equations = "tau_m dV/dt = -V + input; every synapse jumps V by j (E) or -g j (I)\n"
                 "external Poisson spikes of j at c_ex eta nu_thr, nu_thr = v_th/(j c_ex tau_m)\n"
                 "(g, eta): sr (3, 2), si_fast (6, 4), ai (5, 2), si_slow (4.5, 0.9)",
    .reference = "Brunel 2000, doi:10.1023/A:1008925309027",
    .fields = fields,
    .choices = choices,
    .build = build};
