/* tripartite_network.c -- a balanced network whose excitatory synapses have astrocytes, after
 * NEST's demonstration astrocyte_brunel_bernoulli (Jiang et al. 2025): 8,000 excitatory, 2,000
 * inhibitory neurons (adaptive exponential, conductances as alpha functions), 10,000
 * astrocytes, depressing synapses, Poisson input of 2,000 Hz.
 *
 * `scale` makes populations smaller and connects them with probability/scale, so that neurons
 * and astrocytes keep their numbers of connections: an astrocyte hears
 *
 *   k = probability third (neurons) (excitatory neurons)/astrocytes   of the full network,
 *   mean ip3 = ip3_0 + delta_ip3 k rate tau_ip3,
 *   mean current of a neuron = probability third (excitatory neurons) sic_weight <i_sic>,
 *
 * the latter weighted with the connections of each astrocyte, which its own ip3 tells: those that
 * hear more synapses also give to more. Two runs a seed: as it is; without astrocytes. And for
 * the first one: astrocytes that do not hear the synapses (delta_ip3 0). In NEST's demonstration
 * the connections to astrocytes are depressing, too, and delta_ip3 is 0.5; here they are static, so
 * that the mean of ip3 follows from the rate alone, and delta_ip3 is 0.1. */
#include <math.h>

#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum {
    SCALE,
    PROBABILITY,
    THIRD,
    POOL,
    POISSON,
    W_E,
    W_I,
    W_SIC,
    DEPRESSION,
    DELTA_IP3,
    TAU_IP3,
    IP3_INIT,
    SETTLE,
    DURATION,
    SEEDS,
    END
};

static const struct ecp_field fields[] = {
    [SCALE] = {"scale", "1", 0.15, 0.1, 10, "of populations; 1: 20,000 cells", ECP_PARAM},
    [PROBABILITY] = {"probability", "1", 0.1, 0.001, 0.1, "of synapses at scale 1", ECP_PARAM},
    [THIRD] = {"third", "1", 0.5, 0, 1, "probability that an excitatory synapse has an astrocyte",
               ECP_PARAM},
    [POOL] = {"pool_size", "1", 10, 1, 1000, "astrocytes that a neuron may have", ECP_WHOLE},
    [POISSON] = {"poisson", "Hz", 2000, 0, 1e5, "input of every neuron", ECP_PARAM},
    [W_E] = {"w_e", "nS", 1, 0, 100, "excitatory synapses, input too", ECP_PARAM},
    [W_I] = {"w_i", "nS", -4, -100, 0, "inhibitory synapses", ECP_PARAM},
    [W_SIC] = {"sic_weight", "1", 0.05, 0, 100, "of slow currents", ECP_PARAM},
    [DEPRESSION] = {"depression", "1", 1, 0, 1, "do synapses between neurons depress?", ECP_PARAM},
    [DELTA_IP3] = {"delta_ip3", "umol/L", 0.1, 0, 100, "of a spike at an astrocyte", ECP_PARAM},
    [TAU_IP3] = {"tau_ip3", "ms", 2, 0.1, 1e6, "time constant of ip3", ECP_PARAM},
    [IP3_INIT] = {"ip3", "umol/L", 0.4, 0, 100, "at first", ECP_PARAM},
    [SETTLE] = {"settle", "ms", 1000, 0, 1e6, "time that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 1000, 100, 1e7, "time after that", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "networks", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"depression", "no yes"}, {NULL, NULL}};

enum {
    RATE_E,
    RATE_I,
    RATE_E_SD,
    RATE_I_SD,
    RATE_E_WITHOUT,
    RATE_I_WITHOUT,
    GAIN_E,
    GAIN_I,
    IP3_RATIO,
    IP3_OFF,
    CURRENT_OFF,
    CALCIUM,
    CURRENT,
    UNFED,
    DIFFERENT,
    RESULTS
};

static const struct ecp_field results[] =
    {[RATE_E] = {"rate_e", "Hz", 0, 0, 0, "excitatory rate, mean over seeds", ECP_RESULT},
     [RATE_I] = {"rate_i", "Hz", 0, 0, 0, "inhibitory rate, mean over seeds", ECP_RESULT},
     [RATE_E_SD] = {"rate_e_sd", "Hz", 0, 0, 0, "standard deviation over seeds", ECP_RESULT},
     [RATE_I_SD] = {"rate_i_sd", "Hz", 0, 0, 0, "standard deviation over seeds", ECP_RESULT},
     [RATE_E_WITHOUT] = {"rate_e_without", "Hz", 0, 0, 0, "without astrocytes", ECP_RESULT},
     [RATE_I_WITHOUT] = {"rate_i_without", "Hz", 0, 0, 0, "without astrocytes", ECP_RESULT},
     [GAIN_E] = {"gain_e", "1", 0, 0, 0,
                 "excitatory rate over that without astrocytes, the least of any seed", ECP_RESULT},
     [GAIN_I] = {"gain_i", "1", 0, 0, 0, "inhibitory rate, likewise", ECP_RESULT},
     [IP3_RATIO] = {"ip3_ratio", "1", 0, 0, 0,
                    "mean ip3 - ip3_0 over delta_ip3 k rate tau_ip3, mean over seeds", ECP_RESULT},
     [IP3_OFF] = {"ip3_off", "1", 0, 0, 0, "its largest distance from 1 of any seed", ECP_RESULT},
     [CURRENT_OFF] =
         {"current_off", "1", 0, 0, 0,
          "mean current over that of all connections: largest distance from 1 of any seed",
          ECP_RESULT},
     [CALCIUM] = {"calcium", "umol/L", 0, 0, 0, "mean calcium, mean over seeds", ECP_RESULT},
     [CURRENT] = {"current", "pA", 0, 0, 0, "mean slow current of a neuron", ECP_RESULT},
     [UNFED] = {"unfed", "pA", 0, 0, 0,
                "largest slow current of astrocytes that do not hear synapses", ECP_RESULT},
     [DIFFERENT] = {"different", "1", 0, 0, 0,
                    "spikes of that network less those without astrocytes", ECP_RESULT},
     [RESULTS] = {0}};

enum { FED, ABSENT, UNHEARD, KINDS };
enum { E, I, A };
enum { IP3_OF_A, CA_OF_A, SIC_OF_A, CURRENT_OF_E, RATE_OF_E, RATE_OF_I, SIGNALS };

static const double full[] = {[E] = 8000, [I] = 2000, [A] = 10000};
static const double step = 0.1 /* ms */, ip3_0 = 0.16, frame = 20, often = 2, bin = 50 /* ms */;

/* ---- the network ---------------------------------------------------------------------- */

static enum ecp_status add_cells(struct ecp_plan *plan, const double *param, int kind)
{
    static const char *const name[] = {"E", "I", "A"};
    enum ecp_status status = ECP_OK;
    for (int k = E; k <= A; k++) {
        struct ecp_plan_population *p;
        const size_t n = (size_t)nearbyint(full[k] * param[SCALE]);
        ECP_TRY(
            ecp_plan_add_population(plan, name[k], k == A ? "astrocyte_lr" : "adex_alpha", n, &p));
        if (k == A) {
            ECP_TRY(ecp_population_set(p, "delta_ip3", kind == UNHEARD ? 0 : param[DELTA_IP3]));
            ECP_TRY(ecp_population_set(p, "tau_ip3", param[TAU_IP3]));
            ECP_TRY(ecp_population_set(p, "ip3", param[IP3_INIT]));
            continue;
        }
        struct ecp_plan_stimulus *s;
        ECP_TRY(ecp_population_set(p, "tau_syn_ex", 2));
        ECP_TRY(ecp_population_set(p, "tau_syn_in", 4));
        ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, name[k], &s));
        s->level = ecp_draw_constant(param[POISSON]);
        s->weight = param[W_E];
        s->port_name = "ex";
    }
done:
    return status;
}

static enum ecp_status connect(struct ecp_plan *plan, const double *param, int kind)
{
    static const char *const pair[][2] = {{"E", "E"}, {"E", "I"}, {"I", "E"}, {"I", "I"}};
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < 4; k++) {
        const int is_ex = pair[k][0][0] == 'E';
        struct ecp_plan_projection *p;
        ECP_TRY(
            ecp_plan_add_projection(plan, pair[k][0], pair[k][1], ECP_RULE_PAIRWISE_BERNOULLI, &p));
        p->probability = param[PROBABILITY] / param[SCALE];
        p->weight = ecp_draw_constant(is_ex ? param[W_E] : param[W_I]);
        p->delay = ecp_draw_constant(is_ex ? 2 : 1);
        p->port_name = is_ex ? "ex" : "in";
        if (param[DEPRESSION] > 0) {
            ECP_TRY(ecp_plan_short_term(plan, p, "tsodyks_markram"));
            ECP_TRY(ecp_projection_set_short_term(p, "tau_psc", is_ex ? 2 : 4));
        }
    }
    for (int k = 0; k < 2 && kind != ABSENT; k++) { /* last: no other draw depends on them */
        struct ecp_plan_third *third;
        ECP_TRY(ecp_plan_add_third(plan, NULL, k ? "E_I" : "E_E", "A", &third));
        third->probability = param[THIRD];
        third->pool_size = (size_t)param[POOL];
        third->in->delay = ecp_draw_constant(2);
        third->out->weight = ecp_draw_constant(param[W_SIC]);
    }
done:
    return status;
}

static enum ecp_status add_probes(struct ecp_plan *plan)
{
    static const struct {
        const char *population, *field;
    } of[SIGNALS] = {{"A", "ip3"},    {"A", "ca"}, {"A", "i_sic"},
                     {"E", "i_stim"}, {"E", NULL}, {"I", NULL}};
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < SIGNALS; k++) {
        struct ecp_plan_probe *probe;
        ECP_TRY(ecp_plan_add_probe(plan, of[k].field ? ECP_PROBE_FIELD : ECP_PROBE_RATE,
                                   of[k].population, &probe));
        probe->field_name = of[k].field;
        probe->interval = k == IP3_OF_A ? often : of[k].field ? frame : bin;
    }
done:
    return status;
}

static enum ecp_status plan_of(const double *param, uint64_t seed, int kind, struct ecp_plan **out)
{
    struct ecp_plan *plan = NULL;
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    ECP_TRY(ecp_plan_create(&plan));
    plan->seed = seed;
    plan->dt = step;
    ECP_TRY(add_cells(plan, param, kind));
    ECP_TRY(connect(plan, param, kind));
    ECP_TRY(add_probes(plan));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* ---- what came out ---------------------------------------------------------------------- */

struct outcome {
    double rate[2];             /* Hz */
    double mean[SIGNALS], most; /* after settling; most: of i_sic */
    double weighted;            /* i_sic, by the connections of astrocytes */
    uint64_t spikes;
    size_t n[SIGNALS];
    double *time[SIGNALS], *course[SIGNALS]; /* s; means over cells */
};

/* One signal: means over cells, and, after settling, over time. */
static void read_signal(const double *param, const struct ecp_recorded_signal *s, double *time,
                        double *course, double *mean)
{
    size_t counted = 0;
    for (size_t f = 0; f < s->n_frames; f++) {
        const double now = s->start + (double)f * s->interval;
        double sum = 0;
        for (size_t j = 0; j < s->n_columns; j++)
            sum += (double)s->data[f * s->n_columns + j];
        time[f] = now / 1000;
        course[f] = sum / (double)s->n_columns;
        *mean += now >= param[SETTLE] ? course[f] : 0;
        counted += now >= param[SETTLE];
    }
    *mean /= (double)counted;
}

/* Of a neuron, after settling. */
static double mean_of(const double *param, const struct ecp_recorded_signal *s, size_t j)
{
    double sum = 0, n = 0;
    for (size_t f = 0; f < s->n_frames; f++)
        if (s->start + (double)f * s->interval >= param[SETTLE]) {
            sum += (double)s->data[f * s->n_columns + j];
            n++;
        }
    return sum / n;
}

static enum ecp_status read_signals(struct ecp_experiment *e, const double *param,
                                    const struct ecp_recording *r, struct outcome *o)
{
    double heard = 0;
    for (size_t k = 0; k < SIGNALS; k++) {
        const struct ecp_recorded_signal *s = &r->signal[k];
        o->n[k] = s->n_frames;
        o->time[k] = ecp_experiment_alloc(e, 2 * s->n_frames + 1, sizeof *o->time[k]);
        if (!o->time[k])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu samples", s->n_frames);
        o->course[k] = o->time[k] + s->n_frames;
        read_signal(param, s, o->time[k], o->course[k], &o->mean[k]);
    }
    const struct ecp_recorded_signal *sic = &r->signal[SIC_OF_A];
    for (size_t k = 0; k < sic->n_frames * sic->n_columns; k++)
        o->most = fmax(o->most, (double)sic->data[k]);
    for (size_t j = 0; j < sic->n_columns; j++) {
        const double ip3 = mean_of(param, &r->signal[IP3_OF_A], j) - ip3_0;
        heard += ip3;
        o->weighted += ip3 * mean_of(param, sic, j);
    }
    o->weighted /= heard;
    return ECP_OK;
}

static enum ecp_status simulate(struct ecp_experiment *e, const double *param, uint64_t seed,
                                int kind, struct outcome *o)
{
    struct ecp_plan *plan = NULL;
    struct ecp_simulated run = {0};
    enum ecp_status status;
    ECP_TRY(plan_of(param, seed, kind, &plan));
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    for (int k = E; k <= I; k++)
        o->rate[k] = 1000 * (double)run.recording->population[k].spikes /
                     ((double)run.recording->population[k].size * run.recording->counted);
    o->spikes = run.recording->population[E].spikes + run.recording->population[I].spikes;
    status = read_signals(e, param, run.recording, o);
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    return status;
}

/* ip3 above ip3_0 that a rate (Hz) leads to, on the grid: it jumps at the end of steps. */
static double fed(const double *param, double rate)
{
    const double k = param[PROBABILITY] * param[THIRD] * (full[E] + full[I]) * full[E] / full[A];
    return param[DELTA_IP3] * k * rate / 1000 * step / -expm1(-step / param[TAU_IP3]);
}

static void give_results(struct ecp_experiment *e, const double *param, const struct outcome *o)
{
    const size_t seeds = (size_t)param[SEEDS];
    const double connections = param[PROBABILITY] * param[THIRD] * full[E] * param[W_SIC];
    double sum[RESULTS] = {0}, square[2] = {0}, gain[2] = {INFINITY, INFINITY}, off[2] = {0};
    for (size_t s = 0; s < seeds; s++) {
        const struct outcome *with = &o[s * KINDS + FED], *none = &o[s * KINDS + ABSENT];
        const double ip3 = (with->mean[IP3_OF_A] - ip3_0) / fed(param, with->rate[E]);
        const double current = with->mean[CURRENT_OF_E] / (connections * with->weighted);
        const double each[] = {
            with->rate[E], with->rate[I], 0, 0, none->rate[E], none->rate[I], 0, 0, ip3};
        for (size_t k = 0; k < sizeof each / sizeof *each; k++)
            sum[k] += each[k] / (double)seeds;
        sum[CALCIUM] += with->mean[CA_OF_A] / (double)seeds;
        sum[CURRENT] += with->mean[CURRENT_OF_E] / (double)seeds;
        off[0] = fabs(ip3 - 1) <= off[0] ? off[0] : fabs(ip3 - 1); /* NAN stays */
        off[1] = fabs(current - 1) <= off[1] ? off[1] : fabs(current - 1);
        for (int k = E; k <= I; k++)
            gain[k] = fmin(gain[k], with->rate[k] / none->rate[k]);
    }
    for (size_t s = 0; s < seeds; s++)
        for (int k = E; k <= I; k++)
            square[k] += pow(o[s * KINDS].rate[k] - sum[RATE_E + k], 2) / (double)(seeds - 1);
    const int given[] = {RATE_E,    RATE_I,  RATE_E_WITHOUT, RATE_I_WITHOUT,
                         IP3_RATIO, CALCIUM, CURRENT};
    for (size_t k = 0; k < sizeof given / sizeof *given; k++)
        ecp_experiment_result(e, given[k], sum[given[k]]);
    ecp_experiment_result(e, RATE_E_SD, sqrt(square[E]));
    ecp_experiment_result(e, RATE_I_SD, sqrt(square[I]));
    ecp_experiment_result(e, GAIN_E, gain[E]);
    ecp_experiment_result(e, GAIN_I, gain[I]);
    ecp_experiment_result(e, IP3_OFF, off[0]);
    ecp_experiment_result(e, CURRENT_OFF, off[1]);
    ecp_experiment_result(e, UNFED, o[UNHEARD].most);
    ecp_experiment_result(e, DIFFERENT, (double)o[UNHEARD].spikes - (double)o[ABSENT].spikes);
}

static struct ecp_line line_of(const struct outcome *o, int signal, const char *name, int colour)
{
    return (struct ecp_line){
        name, ECP_LINE, colour, o->n[signal], o->time[signal], o->course[signal], NULL, NULL};
}

static enum ecp_status draw(struct ecp_experiment *e, const struct outcome *o)
{
    const struct ecp_line rate[] = {line_of(&o[FED], RATE_OF_E, "E", 0),
                                    line_of(&o[FED], RATE_OF_I, "I", 1),
                                    line_of(&o[ABSENT], RATE_OF_E, "E, without", 2),
                                    line_of(&o[ABSENT], RATE_OF_I, "I, without", 3)};
    const struct ecp_line glia[] = {line_of(&o[FED], IP3_OF_A, "ip3", 0),
                                    line_of(&o[FED], CA_OF_A, "calcium", 1),
                                    line_of(&o[UNHEARD], CA_OF_A, "calcium, unfed", 2)};
    const struct ecp_line current[] = {line_of(&o[FED], CURRENT_OF_E, "neurons", 0)};
    const struct ecp_picture picture[] = {{.title = "rates",
                                           .x = {"time", "s", 0, 0, 0},
                                           .y = {"rate", "Hz", 0, 0, 0},
                                           .n_lines = 4,
                                           .line = rate},
                                          {.title = "astrocytes",
                                           .x = {"time", "s", 0, 0, 0},
                                           .y = {"mean", "umol/L", 0, 0, 0},
                                           .n_lines = 3,
                                           .line = glia},
                                          {.title = "slow current",
                                           .x = {"time", "s", 0, 0, 0},
                                           .y = {"mean", "pA", 0, 0, 0},
                                           .n_lines = 1,
                                           .line = current}};
    return ecp_experiment_figure(e, "tripartite_network", "Neurons and astrocytes", picture, 3, 3);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    static const char *const word[] = {"with astrocytes", "without", "astrocytes not fed"};
    const size_t n_runs = KINDS * (size_t)param[SEEDS];
    struct outcome *o = ecp_experiment_alloc(e, n_runs, sizeof *o);
    enum ecp_status status;
    if (!o)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu runs", n_runs);
    for (size_t r = 0; r < n_runs; r++) {
        const int kind = (int)(r % KINDS);
        if (kind == UNHEARD && r >= KINDS)
            continue;
        ECP_TRY(ecp_experiment_progress(e, (double)r / (double)n_runs, word[kind]));
        ECP_TRY(simulate(e, param, ecp_experiment_seed(e) + r / KINDS, kind, &o[r]));
    }
    give_results(e, param, o);
    status = draw(e, o);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char more[] = "Jiang et al. 2025: slow currents of astrocytes excite neurons";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"ip3_off", 0, 0.05, "ip3_0 + delta_ip3 k rate tau_ip3, with the measured rate"},
                  {"current_off", 0, 0.05, "theory: sum over the connections of a neuron"},
                  {"current", 1e-9, INFINITY, "theory: calcium above the threshold of the current"},
                  {"gain_e", 1 + 1e-9, INFINITY, more},
                  {"gain_i", 1 + 1e-9, INFINITY, more},
                  {"unfed", 0, 0, "theory: at rest calcium (0.072) is below the threshold (0.197)"},
                  {"different", 0, 0, "theory: astrocytes act by slow currents alone"}};
    enum ecp_status status = ECP_OK;
    if (param[PROBABILITY] > param[SCALE])
        return ecp_fail(ECP_ECONFIG,
                        "scale (%g) leaves fewer neurons than a neuron has synapses; allowed: "
                        "probability (%g) or more",
                        param[SCALE], param[PROBABILITY]);
    if (param[POOL] > nearbyint(full[A] * param[SCALE]))
        return ecp_fail(ECP_ECONFIG, "pool_size (%g) is larger than all astrocytes (%g)",
                        param[POOL], nearbyint(full[A] * param[SCALE]));
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan,
                                   ecp_plan_printf(plan, "tripartite_network.%s", claims[k].result),
                                   claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_tripartite_network = {
    .name = "tripartite_network",
    .question = "What do astrocytes give to neurons?",
    .summary = "a balanced network of 20,000 cells, half of them astrocytes at the synapses",
    .equations = "8000 E and 2000 I neurons, 10,000 astrocytes at scale 1, in-degrees kept\n"
                 "mean ip3: ip3_0 + delta_ip3 k rate tau_ip3, k = 400 connections\n"
                 "mean current: 400 sic_weight <i_sic>",
    .reference = "Jiang et al. 2025, doi:10.1371/journal.pcbi.1013503",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
