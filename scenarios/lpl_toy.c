/* lpl_toy.c -- which direction does one linear unit find in the plane, by latent predictive
 * learning and by its rivals (Halvagal & Zenke 2023, Fig. 2)?
 *
 * Two clusters lie at x = -1 and 1; y is noise of standard deviation sigma. Points come
 * in pairs of one cluster, so that x tells what stays and y what does not. For each of
 * `sigmas` values of sigma, evenly on a logarithmic scale, `repeats` units begin with weights
 * of their own; each step is a batch of pairs. On average (C_0 the second moments of a
 * point, C_1 those of a point with the one before)
 *
 *   dw ~ 2 C_0 w/var z - 2 (C_0 - C_1) w - 0.15 w,  C_0 = diag(1.01, sigma^2),
 *                                                   C_1 = diag(1 - 2p, 0)
 *
 * whose fixed points, growth and decay are the claims:
 *   lpl       the x axis for every sigma, |w| = sqrt(2/(0.17 + 4p))
 *   pred_off  the direction of larger variance: x below sigma^2 = 1.01, y above;
 *             |w| = sqrt(2/0.15)
 *   hebb_off  |w_x| decays with exp(-0.0017) a batch
 *   oja       as pred_off; |w| = sqrt(1 - 0.15/lambda), lambda the larger variance
 *   naive     (variance instead of its logarithm) grows with exp(0.0185) a batch
 *   vicreg    the x axis, var z = 1 */
#include <math.h>

#include "engine/scenario.h"

enum { RULE, SIGMA_LOW, SIGMA_HIGH, SIGMAS, REPEATS, P, BATCHES, END };
enum { LPL, PRED_OFF, HEBB_OFF, OJA, NAIVE, VICREG };

static const struct ecp_field fields[] = {
    [RULE] = {"rule", "1", LPL, 0, VICREG, "how the units learn", ECP_PARAM},
    [SIGMA_LOW] = {"sigma_low", "1", 0.01, 1e-6, 1e3, "least standard deviation of y", ECP_PARAM},
    [SIGMA_HIGH] = {"sigma_high", "1", 100, 1e-6, 1e3, "largest one", ECP_PARAM},
    [SIGMAS] = {"sigmas", "1", 50, 2, 1e5, "how many between them", ECP_WHOLE},
    [REPEATS] = {"repeats", "1", 1, 1, 1e4, "units for each", ECP_WHOLE},
    [P] = {"p", "1", 0, 0, 1, "probability that the two points of a pair are of two clusters",
           ECP_PARAM},
    [BATCHES] = {"batches", "1", 10000, 1, 1e7, "to learn from", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"rule", "lpl pred_off hebb_off oja naive vicreg"},
                                            {NULL, NULL}};

static const double step = 1 /* ms: a batch */, tested = 100 /* batches */;

static double sigma_of(const double *param, double k)
{
    const double low = log(param[SIGMA_LOW]), high = log(param[SIGMA_HIGH]);
    return exp(low + (high - low) * k / (param[SIGMAS] - 1));
}

static enum ecp_status add_units(struct ecp_plan *plan, const double *param)
{
    static const struct {
        double predict, hebb, kind;
    } rule[] = {[LPL] = {1, 1, 0}, [PRED_OFF] = {0, 1, 0}, [HEBB_OFF] = {1, 0, 0},
                [OJA] = {0, 0, 3}, [NAIVE] = {1, 1, 1},    [VICREG] = {1, 1, 2}};
    const size_t repeats = (size_t)param[REPEATS], n = (size_t)param[SIGMAS] * repeats;
    const int k = (int)param[RULE];
    struct ecp_draw begin = {.kind = ECP_DRAW_UNIFORM, .a = -sqrt(0.5), .b = sqrt(0.5)};
    double *sigma = ecp_plan_alloc(plan, n * sizeof *sigma);
    struct ecp_draw list = {.kind = ECP_DRAW_LIST, .list = sigma, .count = n};
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    if (!sigma)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t j = 0; j < n; j++)
        sigma[j] = sigma_of(param, floor((double)j / (double)repeats));
    ECP_TRY(ecp_plan_add_population(plan, "units", "lpl_unit", n, &p));
    ECP_TRY(ecp_population_set_draw(p, "sigma", list));
    ECP_TRY(ecp_population_set_draw(p, "w_x", begin));
    ECP_TRY(ecp_population_set_draw(p, "w_y", begin));
    ECP_TRY(ecp_population_set(p, "predict", rule[k].predict));
    ECP_TRY(ecp_population_set(p, "hebb", rule[k].hebb));
    ECP_TRY(ecp_population_set(p, "kind", rule[k].kind));
    ECP_TRY(ecp_population_set(p, "p", param[P]));
    ECP_TRY(ecp_population_set(p, "batch", 200));
done:
    return status;
}

/* ---- claims --------------------------------------------------------------- */

/* What a field is on average over the units with sigma in [low, high]. */
struct expected {
    const char *label, *field;
    double low, high;
    double least, most; /* each unit's */
    int bound;          /* `most` (1) or `least` (-1) cannot be passed: tell it from the mean */
    const char *source;
};

static enum ecp_status claim(struct ecp_plan *plan, const double *param, const struct expected *e)
{
    const size_t repeats = (size_t)param[REPEATS];
    size_t first = 0, stop = 0;
    enum ecp_status status = ECP_OK;
    struct ecp_plan_probe *probe;
    struct ecp_plan_analysis *a;
    for (size_t k = 0; k < (size_t)param[SIGMAS]; k++) {
        const double sigma = sigma_of(param, (double)k) * (1 - 1e-9);
        first += sigma < e->low * (1 - 1e-6);
        stop += sigma <= e->high;
    }
    if (stop <= first || param[BATCHES] < 1e4)
        return ECP_OK;
    const double n = (double)((stop - first) * repeats);
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "units", &probe));
    probe->name = e->label;
    probe->field_name = e->field;
    probe->target.first = first * repeats;
    probe->target.count = (stop - first) * repeats;
    probe->interval = 10 * step;
    probe->start = param[BATCHES] * step;
    ECP_TRY(ecp_plan_add_analysis(plan, e->label, "level", NULL, &a));
    a->probe = (int)plan->n_probes - 1;
    const double least = e->bound > 0 ? e->most - (e->most - e->least) / n : e->least;
    const double most = e->bound < 0 ? e->least + (e->most - e->least) / n : e->most;
    ECP_TRY(ecp_plan_add_claim(plan, ecp_plan_printf(plan, "%s.mean", e->label), least, most,
                               e->source));
done:
    return status;
}

static enum ecp_status add_claims(struct ecp_plan *plan, const double *param)
{
    static const char axis[] = "Halvagal & Zenke 2023, Fig. 2: |cos| of every unit is 0.99 or "
                               "more, however large the noise";
    static const char larger[] = "theory, and Fig. 2: the direction of larger variance, x where "
                                 "sigma^2 < 1.01";
    static const char fixed[] = "theory: fixed point of the mean drift";
    static const char collapse[] = "theory, and Fig. 2: without the Hebbian part activity "
                                   "collapses";
    static const char burst[] = "theory: var z without its logarithm makes weights grow "
                                "exponentially";
    const double size = sqrt(2 / (0.17 + 4 * param[P])), alone = sqrt(2 / 0.15);
    const struct expected claims[] = {
        [LPL] = {"axis", "cosine", 0.01, 30, 0.99, 1, 1, axis},
        [PRED_OFF] = {"narrow", "cosine", 0.01, 0.95, 0.95, 1, 0, larger},
        [HEBB_OFF] = {"collapse", "activity", 0.01, 1, 0, 1e-6, -1, collapse},
        [OJA] = {"narrow", "cosine", 0.01, 0.95, 0.95, 1, 0, larger},
        [NAIVE] = {"burst", "activity", 0.01, 1, 1e6, 1e16, 0, burst},
        [VICREG] = {"axis", "cosine", 0.01, 30, 0.99, 1, 1, axis}};
    const struct expected sizes[] = {
        [LPL] = {"size", "activity", 0.5, 2, size - 0.03, size + 0.03, 0, fixed},
        [PRED_OFF] = {"size", "activity", 0.01, 0.5, alone - 0.05, alone + 0.05, 0, fixed},
        [VICREG] = {"size", "activity", 0.01, 10, 0.97, 1.02, 0, fixed}};
    const struct expected wide = {"wide", "cosine", 1.06, 10, 0, 0.1, 0, larger};
    const int rule = (int)param[RULE];
    enum ecp_status status = ECP_OK;
    if (rule == LPL && param[P] > 0.4)
        return ECP_OK; /* at p = 0.5 nothing is left to predict */
    ECP_TRY(claim(plan, param, &claims[rule]));
    if (rule == LPL || rule == PRED_OFF || rule == VICREG)
        ECP_TRY(claim(plan, param, &sizes[rule]));
    if (rule == PRED_OFF || rule == OJA)
        ECP_TRY(claim(plan, param, &wide));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    struct ecp_plan_analysis *a;
    if (param[SIGMA_LOW] >= param[SIGMA_HIGH])
        return ecp_fail(ECP_ECONFIG, "sigma_low (%g) must lie below sigma_high (%g)",
                        param[SIGMA_LOW], param[SIGMA_HIGH]);
    plan->dt = step;
    ECP_TRY(add_units(plan, param));
    ECP_TRY(ecp_plan_add_analysis(plan, "units_activity", "activity", "units", &a));
    ECP_TRY(add_claims(plan, param));
    ECP_TRY(ecp_plan_add_phase(plan, "learn", param[BATCHES] * step, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "test", tested * step, 0, &phase));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_lpl_toy = {
    .name = "lpl_toy",
    .question = "How does a network learn what matters in its input?",
    .summary = "a linear unit finds what stays in two dimensions, however large the noise",
    .equations =
        "clusters at x = -1 and 1 (spread 0.1), y: noise of sd sigma; pairs of one cluster\n"
        "L = mean (z - z_before)^2 - ln var z, and five rivals; a step is a batch of 200",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y",
    .fields = fields,
    .choices = choices,
    .build = build};
