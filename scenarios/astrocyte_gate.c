/* astrocyte_gate.c -- whose fault was it, some seconds ago? Pairs of spikes leave an
 * eligibility at their synapses, and a later wave of calcium in the astrocyte of these
 * synapses turns what is left of it into weight (three-factor learning).
 *
 * Each target neuron has an astrocyte of its own and two kinds of synapses, all of which
 * that astrocyte holds: `synapses` whose sources fire paired with the target, and as many
 * whose sources are silent. `pairs` pairs come `interval` apart, the last one T before the
 * moment at which ip3 of all astrocytes jumps by `kick`; T goes from 0 to `lag_most`. In
 * half of the targets the source comes first, in the other half the target. With M(s) the
 * factor s after the kick, a synapse changes by
 *
 *   eta c_0 exp(-T/tau_c) G,   G = integral of M(s) exp(-s/tau_c) ds,
 *   c_0 = a_plus exp(-pairing/tau_plus + jitter^2/(2 tau_plus^2))
 *         sum over k < pairs of exp(-k interval/tau_c)
 *
 * and reversed by -a_minus/a_plus of that. G is taken from recorded calcium. Beside it:
 * without astrocytes, and with calcium held below and above the threshold. */
#include <math.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum {
    TAU_C,
    CA_TH,
    KICK,
    FACTOR,
    PROBABILITY,
    LAG_MOST,
    LAGS,
    A_PLUS,
    A_MINUS,
    ETA,
    PERIOD,
    PAIRS,
    INTERVAL,
    PAIRING,
    JITTER,
    NEURONS,
    SYNAPSES,
    TAIL,
    SEEDS,
    END
};
enum { CALCIUM, CURRENT };

static const struct ecp_field fields[] = {
    [TAU_C] = {"tau_c", "ms", 1000, 10, 1e6, "time constant of eligibility", ECP_PARAM},
    [CA_TH] = {"ca_th", "umol/L", 0.19669, 0.01, 2, "calcium above which weights move", ECP_PARAM},
    [KICK] = {"kick", "umol/L", 0.5, 0, 100, "by which ip3 of astrocytes jumps", ECP_PARAM},
    [FACTOR] = {"factor", "1", CALCIUM, 0, CURRENT, "what of the astrocyte moves weights",
                ECP_PARAM},
    [PROBABILITY] = {"probability", "1", 1, 0, 1, "that a synapse has an astrocyte", ECP_PARAM},
    [LAG_MOST] = {"lag_most", "ms", 4000, 100, 1e6, "longest time from pairs to kick", ECP_PARAM},
    [LAGS] = {"lags", "1", 9, 3, 1000, "how many, evenly from 0", ECP_WHOLE},
    [A_PLUS] = {"a_plus", "mV", 1, 1e-6, 1e6, "eligibility by source before target", ECP_PARAM},
    [A_MINUS] = {"a_minus", "mV", 1.5, 1e-6, 1e6, "loss of it by target before source", ECP_PARAM},
    [ETA] = {"eta", "1/ms", 1e-3, 0, 1e3, "how fast weights move (for each pA of current)",
             ECP_PARAM},
    [PERIOD] = {"period", "ms", 10, 1, 1000, "time between two looks at the astrocyte", ECP_PARAM},
    [PAIRS] = {"pairs", "1", 3, 1, 1000, "of spikes, at each active synapse", ECP_WHOLE},
    [INTERVAL] = {"interval", "ms", 200, 200, 1e5, "from one pair to the next", ECP_PARAM},
    [PAIRING] = {"pairing", "ms", 10, 0.5, 50, "time between the spikes of a pair", ECP_PARAM},
    [JITTER] = {"jitter", "ms", 2, 0, 10, "standard deviation of that time", ECP_PARAM},
    [NEURONS] = {"neurons", "1", 20, 1, 1e5, "targets for each lag and order", ECP_WHOLE},
    [SYNAPSES] = {"synapses", "1", 2, 1, 1000, "active ones of a target, and silent ones",
                  ECP_WHOLE},
    [TAIL] = {"tail", "ms", 6000, 100, 1e6, "time after the kick", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "jitters", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"factor", "calcium current"}, {NULL, NULL}};

enum {
    TAU_RATIO,
    TAU_OFF,
    TAU_SPREAD,
    PREFACTOR,
    PREFACTOR_OFF,
    PREFACTOR_SPREAD,
    REVERSAL,
    REVERSAL_OFF,
    SHARE,
    SILENT,
    WITHOUT,
    BELOW,
    ABOVE,
    OPEN,
    RESULTS
};

static const struct ecp_field results[] = {
    [TAU_RATIO] = {"tau_ratio", "1", 0, 0, 0,
                   "time constant fitted to credit over lag, over tau_c; mean over seeds",
                   ECP_RESULT},
    [TAU_OFF] = {"tau_off", "1", 0, 0, 0, "its largest distance from 1 of any seed", ECP_RESULT},
    [TAU_SPREAD] = {"tau_spread", "1", 0, 0, 0, "its standard deviation over seeds", ECP_RESULT},
    [PREFACTOR] = {"prefactor", "1", 0, 0, 0,
                   "credit fitted to lag 0, over eta c_0 G; mean over seeds", ECP_RESULT},
    [PREFACTOR_OFF] = {"prefactor_off", "1", 0, 0, 0, "its largest distance from 1 of any seed",
                       ECP_RESULT},
    [PREFACTOR_SPREAD] = {"prefactor_spread", "1", 0, 0, 0, "its standard deviation over seeds",
                          ECP_RESULT},
    [REVERSAL] = {"reversal", "1", 0, 0, 0,
                  "fitted credit of target before source over that of source before target, over "
                  "-a_minus/a_plus; mean over seeds",
                  ECP_RESULT},
    [REVERSAL_OFF] = {"reversal_off", "1", 0, 0, 0, "its largest distance from 1 of any seed",
                      ECP_RESULT},
    [SHARE] = {"share", "1", 0, 0, 0, "of active synapses that changed", ECP_RESULT},
    [SILENT] = {"silent", "mV", 0, 0, 0, "largest change of a silent synapse", ECP_RESULT},
    [WITHOUT] = {"without", "mV", 0, 0, 0, "largest change without astrocytes", ECP_RESULT},
    [BELOW] = {"below", "mV", 0, 0, 0, "largest change with calcium held below ca_th", ECP_RESULT},
    [ABOVE] = {"above", "1", 0, 0, 0,
               "mean change with calcium held above ca_th, over that of an open gate", ECP_RESULT},
    [OPEN] = {"open_ms", "ms", 0, 0, 0, "time from the kick to calcium above ca_th", ECP_RESULT},
    [RESULTS] = {0}};

#include "scenarios/astrocyte_gate_network.h"

/* ---- what came out ------------------------------------------------------------------- */

/* Of one seed, by lag; 0: the source comes first, 1: the target does. */
struct credit {
    double *mean[2], *fit[2];   /* changed active synapses; mV */
    double *counted[2];         /* how many these are */
    double tau[2], start[2];    /* fitted: ms, mV */
    double share, silent, most; /* largest change of silent ones, and of all */
    double middle;              /* mean of those that changed and where the source comes first */
};

struct trace {
    size_t n;
    double *time, *ca, *threshold; /* after the kick, s */
    double open, gain;             /* ms; G */
};

/* Of time constant and start by least squares of ln|change| over lag. */
static void fit(const double *param, const struct credit *c, int order, double *tau, double *start)
{
    const size_t n = (size_t)param[LAGS];
    double x = 0, y = 0, xx = 0, xy = 0;
    for (size_t k = 0; k < n; k++) {
        const double lag = lag_of(param, k), size = log(fabs(c->mean[order][k]));
        x += lag / (double)n;
        y += size / (double)n;
        xx += lag * lag / (double)n;
        xy += lag * size / (double)n;
    }
    const double slope = (xy - x * y) / (xx - x * x);
    *tau = -1 / slope;
    *start = copysign(exp(y - slope * x), c->mean[order][0]);
}

static void read_weights(const double *param, const struct ecp_recorded_weights *w,
                         struct credit *c)
{
    const size_t active = (size_t)param[SYNAPSES], each = 2 * active;
    size_t changed = 0, first = 0;
    for (size_t k = 0; k < w->n; k++) {
        const size_t t = k / each, lag = lag_index(param, t);
        const int order = is_reversed(param, t), is_active = k % each < active;
        const double dw = (double)w->weight[k] - (double)(float)weight_of(param);
        c->most = fmax(c->most, fabs(dw));
        if (!is_active)
            c->silent = fmax(c->silent, fabs(dw));
        if (!is_active || dw == 0)
            continue;
        changed++;
        c->mean[order][lag] += dw;
        c->middle += order == 0 ? dw : 0;
        first += order == 0;
        c->counted[order][lag]++;
    }
    c->middle /= (double)first; /* none: NAN */
    c->share = 2 * (double)changed / (double)w->n;
    for (int order = 0; order < 2; order++) {
        for (size_t k = 0; k < (size_t)param[LAGS]; k++)
            c->mean[order][k] /= c->counted[order][k]; /* none: NAN */
        fit(param, c, order, &c->tau[order], &c->start[order]);
    }
}

/* What M does to an eligibility of 1 at the kick: looks every period at what was `delay`
 * before. */
static double gain_of(const double *param, const struct ecp_recording *r)
{
    const struct ecp_recorded_signal *s = &r->signal[param[FACTOR] == CURRENT];
    const double kick = kick_time(param), end = duration(param), tau = param[TAU_C];
    double sum = 0;
    for (double look = 0; look < end; look += param[PERIOD]) {
        const double begin = fmax(look, kick), stop = fmin(look + param[PERIOD], end);
        const size_t seen = (size_t)fmax(0, nearbyint(look - delay - s->start));
        const double x = (double)s->data[seen < s->n_frames ? seen : s->n_frames - 1];
        const double m = param[FACTOR] == CURRENT ? x : x > param[CA_TH];
        if (stop > begin)
            sum += m * tau * (exp(-(begin - kick) / tau) - exp(-(stop - kick) / tau));
    }
    return sum;
}

static enum ecp_status read_trace(struct ecp_experiment *e, const double *param,
                                  const struct ecp_recording *r, struct trace *trace)
{
    const struct ecp_recorded_signal *s = &r->signal[0];
    const double kick = kick_time(param);
    const size_t every = s->n_frames > 400 ? s->n_frames / 400 : 1;
    trace->time = ecp_experiment_alloc(e, 3 * s->n_frames, sizeof *trace->time);
    if (!trace->time)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu samples", s->n_frames);
    trace->ca = trace->time + s->n_frames;
    trace->threshold = trace->ca + s->n_frames;
    trace->open = NAN;
    for (size_t k = s->n_frames; k-- > 0;)
        if (s->start + (double)k > kick && (double)s->data[k] > param[CA_TH])
            trace->open = s->start + (double)k - kick;
    for (size_t k = 0; k < s->n_frames; k += every) {
        trace->time[trace->n] = (s->start + (double)k - kick) / 1000;
        trace->ca[trace->n] = (double)s->data[k];
        trace->threshold[trace->n++] = param[CA_TH];
    }
    trace->gain = gain_of(param, r);
    return ECP_OK;
}

static enum ecp_status simulate(struct ecp_experiment *e, const double *param, uint64_t seed,
                                enum state state, struct credit *c, struct trace *trace)
{
    const size_t lags = (size_t)param[LAGS];
    double *room = ecp_experiment_alloc(e, 4 * lags, sizeof *room);
    struct ecp_plan *plan = NULL;
    struct ecp_simulated run = {0};
    enum ecp_status status;
    if (!room)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu lags", lags);
    for (size_t k = 0; k < 2; k++) {
        c->mean[k] = room + 2 * k * lags;
        c->counted[k] = c->mean[k] + lags;
    }
    ECP_TRY(plan_of(param, seed, state, &plan));
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    read_weights(param, &run.recording->weights[0], c);
    if (trace)
        ECP_TRY(read_trace(e, param, run.recording, trace));
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    return status;
}

/* ---- results ------------------------------------------------------------------------- */

/* Eligibility that the pairs leave, as of the last one's later spike. */
static double left_by_pairs(const double *param)
{
    const double decay = exp(-param[INTERVAL] / param[TAU_C]), narrow = param[JITTER] / tau_pair;
    double sum = 0;
    for (int k = 0; k < (int)param[PAIRS]; k++)
        sum = sum * decay + 1;
    return param[A_PLUS] * exp(-param[PAIRING] / tau_pair + narrow * narrow / 2) * sum;
}

struct spread {
    double mean, sd, off; /* off: largest distance from 1 */
};

/* `n` numbers. */
static struct spread spread_of(size_t n, const double *x)
{
    struct spread s = {0, 0, 0};
    for (size_t k = 0; k < n; k++) {
        s.mean += x[k] / (double)n;
        s.off = fabs(x[k] - 1) > s.off || isnan(x[k]) ? fabs(x[k] - 1) : s.off;
    }
    for (size_t k = 0; k < n; k++)
        s.sd += (x[k] - s.mean) * (x[k] - s.mean) / (double)(n > 1 ? n - 1 : 1);
    s.sd = n > 1 ? sqrt(s.sd) : NAN;
    return s;
}

static enum ecp_status give_results(struct ecp_experiment *e, const double *param,
                                    const struct credit *c, const struct trace *trace)
{
    const size_t seeds = (size_t)param[SEEDS];
    const double start = param[ETA] * left_by_pairs(param) * trace->gain;
    double *x = ecp_experiment_alloc(e, 3 * seeds, sizeof *x), share = 0, silent = 0;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", seeds);
    for (size_t s = 0; s < seeds; s++) {
        x[s] = c[s].tau[0] / param[TAU_C];
        x[seeds + s] = c[s].start[0] / start;
        x[2 * seeds + s] = c[s].start[1] / c[s].start[0] / (-param[A_MINUS] / param[A_PLUS]);
        share += c[s].share / (double)seeds;
        silent = fmax(silent, c[s].silent);
    }
    const struct spread tau = spread_of(seeds, x), first = spread_of(seeds, x + seeds);
    const struct spread reversal = spread_of(seeds, x + 2 * seeds);
    ecp_experiment_result(e, TAU_RATIO, tau.mean);
    ecp_experiment_result(e, TAU_OFF, tau.off);
    ecp_experiment_result(e, TAU_SPREAD, tau.sd);
    ecp_experiment_result(e, PREFACTOR, first.mean);
    ecp_experiment_result(e, PREFACTOR_OFF, first.off);
    ecp_experiment_result(e, PREFACTOR_SPREAD, first.sd);
    ecp_experiment_result(e, REVERSAL, reversal.mean);
    ecp_experiment_result(e, REVERSAL_OFF, reversal.off);
    ecp_experiment_result(e, SHARE, share);
    ecp_experiment_result(e, SILENT, silent);
    ecp_experiment_result(e, OPEN, trace->open);
    return ECP_OK;
}

/* Without astrocytes, and with calcium that does not move. */
static enum ecp_status controls(struct ecp_experiment *e, const double *param)
{
    const uint64_t seed = ecp_experiment_seed(e);
    const double narrow = param[JITTER] / tau_pair, tau = param[TAU_C];
    const double pair = param[A_PLUS] * exp(-param[PAIRING] / tau_pair + narrow * narrow / 2);
    struct credit absent = {0}, below = {0}, above = {0};
    double open = 0;
    enum ecp_status status;
    ECP_TRY(simulate(e, param, seed, ABSENT, &absent, NULL));
    ECP_TRY(ecp_experiment_progress(e, 0.6 + 0.13, "calcium held"));
    ECP_TRY(simulate(e, param, seed, HELD_BELOW, &below, NULL));
    ECP_TRY(ecp_experiment_progress(e, 0.6 + 0.27, "calcium held"));
    ECP_TRY(simulate(e, param, seed, HELD_ABOVE, &above, NULL));
    for (size_t lag = 0; lag < (size_t)param[LAGS]; lag++)
        for (double k = 0; k < param[PAIRS]; k++) {
            const double left = lag_of(param, lag) + k * param[INTERVAL] + param[TAIL];
            open += tau * -expm1(-left / tau) / param[LAGS];
        }
    ecp_experiment_result(e, WITHOUT, absent.most);
    ecp_experiment_result(e, BELOW, below.most);
    if (param[FACTOR] == CALCIUM)
        ecp_experiment_result(e, ABOVE, above.middle / (param[ETA] * pair * open));
done:
    return status;
}

/* ---- what is shown --------------------------------------------------------------------- */

struct shown {
    double *lag, *mean[2], *sd[2], *theory[2], *silent;
};

static enum ecp_status gather(struct ecp_experiment *e, const double *param, const struct credit *c,
                              const struct trace *trace, struct shown *s)
{
    const size_t n = (size_t)param[LAGS], seeds = (size_t)param[SEEDS];
    const double start = param[ETA] * left_by_pairs(param) * trace->gain;
    double *room = ecp_experiment_alloc(e, 8 * n, sizeof *room);
    if (!room)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu lags", n);
    s->lag = room;
    s->silent = room + 7 * n;
    for (size_t order = 0; order < 2; order++) {
        s->mean[order] = room + (1 + 3 * order) * n;
        s->sd[order] = s->mean[order] + n;
        s->theory[order] = s->sd[order] + n;
        for (size_t k = 0; k < n; k++) {
            double square = 0;
            for (size_t j = 0; j < seeds; j++)
                s->mean[order][k] += c[j].mean[order][k] / (double)seeds;
            for (size_t j = 0; j < seeds; j++)
                square += pow(c[j].mean[order][k] - s->mean[order][k], 2);
            s->sd[order][k] = seeds > 1 ? sqrt(square / (double)(seeds - 1)) : 0;
            s->lag[k] = lag_of(param, k) / 1000;
            s->theory[order][k] = start * exp(-lag_of(param, k) / param[TAU_C]) *
                                  (order ? -param[A_MINUS] / param[A_PLUS] : 1);
        }
    }
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < seeds; j++)
            s->silent[k] = fmax(s->silent[k], c[j].silent);
    return ECP_OK;
}

static enum ecp_status show(struct ecp_experiment *e, const double *param, const struct shown *s,
                            const struct trace *trace)
{
    const size_t n = (size_t)param[LAGS];
    enum ecp_status status;
    const struct ecp_table_column column[] = {
        {"lag", "s", "from the last pair to the kick", s->lag, NULL},
        {"credit", "mV", "mean change, source before target", s->mean[0], NULL},
        {"credit_sd", "mV", "over seeds", s->sd[0], NULL},
        {"theory", "mV", "eta c_0 exp(-T/tau_c) G", s->theory[0], NULL},
        {"blame", "mV", "mean change, target before source", s->mean[1], NULL},
        {"blame_sd", "mV", "over seeds", s->sd[1], NULL},
        {"silent", "mV", "largest change of silent synapses", s->silent, NULL}};
    ECP_TRY(ecp_experiment_table(e, "credit", n, column, sizeof column / sizeof *column));
    const struct ecp_line credit[] = {
        {"source first", ECP_DOTS, 0, n, s->lag, s->mean[0], NULL, s->sd[0]},
        {"target first", ECP_DOTS, 1, n, s->lag, s->mean[1], NULL, s->sd[1]},
        {"silent", ECP_DOTS, 2, n, s->lag, s->silent, NULL, NULL},
        {"theory", ECP_DASHES, ECP_COLOUR_GREY, n, s->lag, s->theory[0], NULL, NULL},
        {NULL, ECP_DASHES, ECP_COLOUR_GREY, n, s->lag, s->theory[1], NULL, NULL}};
    const struct ecp_line calcium[] = {
        {"calcium", ECP_LINE, 0, trace->n, trace->time, trace->ca, NULL, NULL},
        {"threshold", ECP_DASHES, ECP_COLOUR_GREY, trace->n, trace->time, trace->threshold, NULL,
         NULL}};
    const struct ecp_picture picture[] = {
        {.title = "change of weight",
         .x = {"lag from pairs to kick", "s", 0, 0, 0},
         .y = {"change", "mV", 0, 0, 0},
         .n_lines = 5,
         .line = credit},
        {.title = "an astrocyte",
         .x = {"time from the kick", "s", -2, param[TAIL] / 1000, 0},
         .y = {"calcium", "umol/L", 0, 0, 0},
         .n_lines = 2,
         .line = calcium}};
    status =
        ecp_experiment_figure(e, "astrocyte_gate", "Credit that waits for calcium", picture, 2, 2);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t seeds = (size_t)param[SEEDS];
    struct credit *c = ecp_experiment_alloc(e, seeds, sizeof *c);
    struct trace trace = {0};
    struct shown shown = {0};
    enum ecp_status status;
    if (!c)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", seeds);
    for (size_t s = 0; s < seeds; s++) {
        ECP_TRY(ecp_experiment_progress(e, 0.6 * (double)s / (double)seeds, "waves"));
        ECP_TRY(simulate(e, param, ecp_experiment_seed(e) + s, WAVE, &c[s], s ? NULL : &trace));
    }
    ECP_TRY(ecp_experiment_progress(e, 0.6, "without astrocytes"));
    ECP_TRY(controls(e, param));
    ECP_TRY(give_results(e, param, c, &trace));
    ECP_TRY(gather(e, param, c, &trace, &shown));
    status = show(e, param, &shown, &trace);
done:
    return status;
}

/* ---- claims ----------------------------------------------------------------------------- */

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char decay[] = "theory: eta c_0 exp(-T/tau_c) G";
    static const char product[] = "theory: dw/dt = eta c M, and one of the factors is 0";
    const double n = param[SEEDS] * 2 * param[LAGS] * param[NEURONS] * param[SYNAPSES];
    const double p = param[PROBABILITY], slack = 4 * sqrt(p * (1 - p) / n);
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"tau_off", 0, 0.05, decay},
                  {"prefactor_off", 0, 0.05, decay},
                  {"reversal_off", 0, 0.05, "theory: -a_minus for a_plus"},
                  {"share", p - slack, p + slack, "theory: active synapses with an astrocyte"},
                  {"silent", 0, 0, product},
                  {"without", 0, 0, product},
                  {"below", 0, 0, product},
                  {"above", 0.95, 1.05, "theory: eta c_0 tau_c (1 - exp(-S/tau_c)), at any lag"}};
    enum ecp_status status = ECP_OK;
    if (param[PAIRING] < 4 * param[JITTER])
        return ecp_fail(ECP_ECONFIG,
                        "jitter (%g ms) would turn pairs round; allowed: up to a quarter of "
                        "pairing (%g ms)",
                        param[JITTER], param[PAIRING]);
    if (fmod(param[PERIOD], 1) != 0)
        return ecp_fail(ECP_ECONFIG, "period (%g ms) must be whole milliseconds", param[PERIOD]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims - (param[FACTOR] == CURRENT); k++)
        ECP_TRY(ecp_plan_add_claim(plan,
                                   ecp_plan_printf(plan, "astrocyte_gate.%s", claims[k].result),
                                   claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_astrocyte_gate = {
    .name = "astrocyte_gate",
    .question = "Which synapse was it, some seconds ago?",
    .summary = "a later wave of calcium in astrocytes gives weight to synapses that were active",
    .equations = "dw/dt = eta c M, dc/dt = -c/tau_c + pairs of spikes, M = 1 while ca > ca_th\n"
                 "change for a kick T after the pairs: eta c_0 exp(-T/tau_c) G,\n"
                 "G = integral of M(s) exp(-s/tau_c) ds, s from the kick on",
    .reference = "Fremaux & Gerstner 2016, doi:10.3389/fncir.2015.00085; Li & Rinzel 1994, "
                 "doi:10.1006/jtbi.1994.1041",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
