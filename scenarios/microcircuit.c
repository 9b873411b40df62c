/* microcircuit.c -- the cortical microcircuit of Potjans & Diesmann (2014):
 * four layers, each an excitatory and an inhibitory population, under 1 mm^2
 * of surface; 77,169 neurons and 0.3e9 synapses at scale 1.
 *
 * Synapses of a pair of populations: a fixed total number
 *   K = ln(1 - p) / ln(1 - 1 / (n_pre n_post))
 * with p the probability that two neurons have at least one synapse. The mean
 * weight is the current whose potential peaks at 0.15 mV. With k_scale < 1
 * weights grow by 1/sqrt(k_scale), which keeps the variance of the input, and
 * a constant current restores its mean (van Albada et al. 2015). */
#include <math.h>
#include <stdio.h>

#include "engine/scenario.h"

enum { SCALE, N_SCALE, K_SCALE, DRIVE, SETTLE, DURATION, THALAMUS, PULSE_AT, RECORD, END };
enum { POISSON, DC };

static const struct ecp_field fields[] = {
    [SCALE] = {"scale", "1", 1, 0.01, 1, "size of populations and in-degrees", ECP_PARAM},
    [N_SCALE] = {"n_scale", "1", 0, 0, 1, "size of populations; 0: as scale", ECP_PARAM},
    [K_SCALE] = {"k_scale", "1", 0, 0, 1, "size of in-degrees; 0: as scale", ECP_PARAM},
    [DRIVE] = {"drive", "1", POISSON, POISSON, DC, "background: Poisson spikes or their mean",
               ECP_PARAM},
    [SETTLE] = {"settle", "ms", 500, 0, 1e6, "time at the beginning that is discarded", ECP_PARAM},
    [DURATION] = {"duration", "ms", 1000, 0.1, 1e9, "time after settling", ECP_PARAM},
    [THALAMUS] = {"thalamus", "1", 0, 0, 1, "a pulse of thalamic spikes", ECP_PARAM},
    [PULSE_AT] = {"pulse_at", "ms", 700, 0, 1e9, "beginning of the thalamic pulse", ECP_PARAM},
    [RECORD] = {"record", "1", 1, 0, 1, "keep all spikes; off: only counts, for timing", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"drive", "poisson dc"}, {"thalamus", "off on"}, {"record", "off on"}, {NULL, NULL}};

enum { POPULATIONS = 8, L4E = 2, L23E = 0, THALAMIC = 902 };

/* Order of all tables. Even: excitatory, odd: inhibitory. Initial potentials
 * are those that shorten the transient (Rhodes et al. 2019, "optimized");
 * rates are of one long run with NEST. */
static const struct {
    const char *name;
    size_t size;
    double external; /* in-degree */
    double v0, v0_sd;
    double thalamic; /* connection probability */
    double rate;     /* Hz */
    double tolerance;
} table[POPULATIONS] = {{"L23E", 20683, 1600, -68.28, 5.36, 0.0, 0.903, 0.2},
                        {"L23I", 5834, 1500, -63.16, 4.57, 0.0, 2.965, 0.1},
                        {"L4E", 21915, 2100, -63.33, 4.74, 0.0983, 4.414, 0.1},
                        {"L4I", 5479, 1900, -63.45, 4.94, 0.0619, 5.876, 0.1},
                        {"L5E", 4850, 2000, -63.11, 4.94, 0.0, 7.569, 0.1},
                        {"L5I", 1065, 1900, -61.66, 4.55, 0.0, 8.633, 0.1},
                        {"L6E", 14395, 2900, -66.72, 5.46, 0.0512, 1.105, 0.2},
                        {"L6I", 2948, 2100, -61.43, 4.48, 0.0196, 7.829, 0.1}};

/* Row: target, column: source. */
static const double probability[POPULATIONS][POPULATIONS] = {
    {0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0},
    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0},
    {0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0},
    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0},
    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0},
    {0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0},
    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
    {0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443}};

static const double c = 250, tau_m = 10, tau_syn = 0.5; /* pF, ms, ms */
static const double epsp = 0.15;                        /* mV */
static const double inhibition = -4;                    /* of the weights, over excitation */
static const double background = 8;                     /* Hz of one external source */
static const double weight_spread = 0.1, delay_spread = 0.5;
static const double delay_ex = 1.5, delay_in = 0.75; /* ms */

struct setting {
    double n, k; /* scales */
    int drive;
    double weight; /* pA at k = 1 */
};

/* Peak current (pA) of an exponential synapse whose potential peaks at 1 mV:
 * V(t) = I/c (exp(-t/tau_m) - exp(-t/tau_syn)) / (1/tau_syn - 1/tau_m). */
static double current_per_mv(void)
{
    const double rate = 1 / tau_syn - 1 / tau_m;
    const double peak = log(tau_m / tau_syn) / rate;
    return c * rate / (exp(-peak / tau_m) - exp(-peak / tau_syn));
}

/* Synapses between populations of full size. */
static double synapses(double p, double n_pre, double n_post)
{
    return p > 0 ? log1p(-p) / log1p(-1 / (n_pre * n_post)) : 0;
}

static double weight_between(const struct setting *s, int target, int source)
{
    const double doubled = target == L23E && source == L4E ? 2 : 1;
    return s->weight * doubled * (source % 2 == 0 ? 1 : inhibition);
}

static size_t size_of(const struct setting *s, size_t full)
{
    return (size_t)fmax(nearbyint((double)full * s->n), 1);
}

/* Constant current (pA): the DC drive where it was asked for, and the mean
 * input that k_scale takes away, for which rates are those of the table. */
static double constant_input(const struct setting *s, int target)
{
    const double charge = 1e-3 * tau_syn; /* pA of weight x Hz -> mean pA */
    const double outside = charge * table[target].external * background * s->weight;
    double inside = 0;
    for (int source = 0; source < POPULATIONS; source++) {
        const double indegree = synapses(probability[target][source], (double)table[source].size,
                                         (double)table[target].size) /
                                (double)table[target].size;
        inside += charge * indegree * table[source].rate * weight_between(s, target, source);
    }
    const double lost = 1 - sqrt(s->k);
    return s->drive == DC ? outside + lost * inside : lost * (outside + inside);
}

static enum ecp_status add_population(struct ecp_plan *plan, const struct setting *s, int which)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    const struct {
        const char *field;
        double value;
    } neuron[] = {{"c", c},
                  {"tau_m", tau_m},
                  {"tau_syn", tau_syn},
                  {"e_l", -65},
                  {"v_reset", -65},
                  {"v_th", -50},
                  {"t_ref", 2},
                  {"i_e", constant_input(s, which)}};

    ECP_TRY(
        ecp_plan_add_population(plan, table[which].name, "lif", size_of(s, table[which].size), &p));
    for (size_t k = 0; k < sizeof neuron / sizeof neuron[0]; k++)
        ECP_TRY(ecp_population_set(p, neuron[k].field, neuron[k].value));
    ECP_TRY(ecp_population_set_draw(p, "v", ecp_draw_normal(table[which].v0, table[which].v0_sd)));
    if (s->drive == POISSON) {
        struct ecp_plan_stimulus *drive;
        ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, table[which].name, &drive));
        drive->name = ecp_plan_printf(plan, "background_%s", table[which].name);
        drive->level = ecp_draw_constant(table[which].external * s->k * background);
        drive->weight = s->weight / sqrt(s->k);
        drive->delay = delay_ex;
    }
done:
    return status;
}

struct pair {
    const char *source, *target;
    double synapses, weight; /* at scale 1; the mean, in pA */
};

static enum ecp_status add_synapses(struct ecp_plan *plan, const struct setting *s,
                                    const struct pair *of)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    const double number = nearbyint(of->synapses * s->n * s->k);
    const double mean = of->weight / sqrt(s->k), delay = of->weight > 0 ? delay_ex : delay_in;
    if (number < 1)
        return ECP_OK;

    ECP_TRY(ecp_plan_add_projection(plan, of->source, of->target, ECP_RULE_FIXED_TOTAL_NUMBER, &p));
    p->number = (size_t)number;
    p->weight =
        ecp_draw_bounded(ecp_draw_normal(mean, weight_spread * fabs(mean)), ECP_BOUNDS_REDRAW,
                         mean > 0 ? 0 : -INFINITY, mean > 0 ? INFINITY : 0);
    /* From dt/2 on a delay rounds to a step or more. */
    p->delay = ecp_draw_bounded(ecp_draw_normal(delay, delay_spread * delay), ECP_BOUNDS_REDRAW,
                                plan->dt / 2, INFINITY);
done:
    return status;
}

static enum ecp_status add_thalamus(struct ecp_plan *plan, const struct setting *s, double at)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *population;
    struct ecp_plan_stimulus *pulse;

    ECP_TRY(ecp_plan_add_population(plan, "TC", "parrot", size_of(s, THALAMIC), &population));
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "TC", &pulse));
    pulse->name = ecp_plan_strdup(plan, "pulse");
    pulse->level = ecp_draw_constant(120);
    pulse->weight = 1;
    pulse->start = at;
    pulse->stop = at + 10;
    for (int target = 0; target < POPULATIONS; target++) {
        const struct pair of = {
            "TC", table[target].name,
            synapses(table[target].thalamic, THALAMIC, (double)table[target].size), s->weight};
        ECP_TRY(add_synapses(plan, s, &of));
    }
done:
    return status;
}

/* A claim about "SUBJECT.FIELD"; the plan keeps copies. */
static enum ecp_status add_claim(struct ecp_plan *plan, const char *subject, const char *field,
                                 const double band[2], const char *source)
{
    char result[64];
    (void)snprintf(result, sizeof result, "%s%s", subject, field);
    return ecp_plan_add_claim(plan, result, band[0], band[1], source);
}

/* Bands of shared yardsticks: rates of a long NEST run, +-10 % (+-20 % for the
 * two populations of about 1 Hz, whose fluctuations are slow). Bands of
 * smaller networks are wider, since the compensation is that of many weak
 * synapses and of uncorrelated neurons; below a tenth (with DC drive, where
 * such a network may fall silent, a fifth) there are none. Without the noise
 * of Poisson drive firing is more regular. In a short run most neurons have
 * few intervals, which biases their cv to about 0.6 even for Poisson spikes:
 * there cv2 is judged. */
static enum ecp_status add_measures(struct ecp_plan *plan, const struct setting *s, int which,
                                    const double *param)
{
    enum ecp_status status = ECP_OK;
    const char *name = table[which].name;
    const double rate = table[which].rate, least = fmin(s->n, s->k);
    const double part = table[which].tolerance * (1 + 3 * (1 - least));
    const double rates[] = {rate * (1 - part), rate * (1 + part)};
    const double irregular[] = {s->drive == DC ? 0.6 : 0.7, 1.1}, asynchronous[] = {0, 0.3};
    struct ecp_plan_probe *probe;
    struct ecp_plan_analysis *analysis;
    static const char cv_source[] = "Potjans & Diesmann 2014: irregular in every population";
    char text[128];

    (void)snprintf(text, sizeof text, "%s_activity", name);
    ECP_TRY(ecp_plan_add_analysis(plan, text, "activity", name, &analysis));
    if ((int)param[RECORD]) {
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, name, &probe));
        (void)snprintf(text, sizeof text, "%s_synchrony", name);
        ECP_TRY(ecp_plan_add_analysis(plan, text, "synchrony", name, &analysis));
    }
    if ((int)param[THALAMUS] || least < (s->drive == DC ? 0.2 : 0.1))
        return ECP_OK; /* the claims are about the spontaneous state */
    (void)snprintf(text, sizeof text, "%g Hz +- %.3g %%: long NEST run of Potjans & Diesmann 2014",
                   rate, 100 * part);
    ECP_TRY(add_claim(plan, name, ".rate_hz", rates, text));
    if (param[DURATION] >= 5000)
        ECP_TRY(add_claim(plan, name, ".cv_isi", irregular, cv_source));
    if (!(int)param[RECORD])
        return ECP_OK;
    ECP_TRY(add_claim(plan, name, "_activity.cv2_isi", irregular, cv_source));
    ECP_TRY(add_claim(plan, name, "_synchrony.chi", asynchronous,
                      "Potjans & Diesmann 2014: asynchronous; 1 would be full synchrony"));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    const struct setting s = {.n = param[N_SCALE] > 0 ? param[N_SCALE] : param[SCALE],
                              .k = param[K_SCALE] > 0 ? param[K_SCALE] : param[SCALE],
                              .drive = (int)param[DRIVE],
                              .weight = epsp * current_per_mv()};
    const int thalamus = (int)param[THALAMUS];
    struct ecp_plan_phase *phase;

    for (int k = 0; k < POPULATIONS; k++)
        ECP_TRY(add_population(plan, &s, k));
    for (int target = 0; target < POPULATIONS; target++)
        for (int source = 0; source < POPULATIONS; source++) {
            const struct pair of = {table[source].name, table[target].name,
                                    synapses(probability[target][source],
                                             (double)table[source].size,
                                             (double)table[target].size),
                                    weight_between(&s, target, source)};
            ECP_TRY(add_synapses(plan, &s, &of));
        }
    if (thalamus)
        ECP_TRY(add_thalamus(plan, &s, param[PULSE_AT]));
    for (int k = 0; k < POPULATIONS; k++)
        ECP_TRY(add_measures(plan, &s, k, param));
    if (param[SETTLE] > 0)
        ECP_TRY(ecp_plan_add_phase(plan, "settle", param[SETTLE], 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "run", param[DURATION], 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_microcircuit = {
    .name = "microcircuit",
    .question = "What activity does the wiring of cortex give?",
    .summary = "the cortical microcircuit: 4 layers, 77,169 neurons, 0.3e9 synapses",
    .equations = "synapses of a pair: K = ln(1 - p) / ln(1 - 1/(n_pre n_post)), fixed total\n"
                 "weights: normal around the current of a 0.15 mV EPSP (87.8 pA), sd 10 %;\n"
                 "inhibitory -4 times, L4E to L23E twice; delays 1.5 (E), 0.75 ms (I), sd 50 %\n"
                 "background: K_ext x 8 Hz, as Poisson spikes or as their mean current",
    .reference = "Potjans & Diesmann 2014, doi:10.1093/cercor/bhs358; "
                 "van Albada et al. 2015, doi:10.1371/journal.pcbi.1004490",
    .fields = fields,
    .choices = choices,
    .build = build};
