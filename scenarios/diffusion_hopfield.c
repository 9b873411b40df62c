/* diffusion_hopfield.c -- is the reverse of a diffusion the recall of an associative memory?
 *
 * K orthogonal patterns of length 3 in 2 K dimensions (Ambrogioni 2023):
 *
 *   identity   sigma^2 grad ln p of the noisy patterns is the step of a modern_hopfield of
 *              beta = 1/sigma^2 less the state, at any state and noise
 *   recall     from noise the reverse flows, by differential equation or with noise of its
 *              own, end at the patterns, at each with probability 1/K
 *   symmetry   two patterns x and -x are one state, 0, until |x|^2/sigma^2 = 1; then
 *              m = tanh(m |x|^2/sigma^2) of x is left
 *
 * `copies` stores the first pattern several times: it is then reached more often. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum { K, CUES, SEEDS, STEPS, COPIES, END };

static const struct ecp_field fields[] = {
    [K] = {"patterns", "1", 8, 2, 1000, "K", ECP_WHOLE},
    [CUES] = {"cues", "1", 4000, 100, 1e7, "states of noise that become patterns", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "repetitions, whose spread is shown", ECP_WHOLE},
    [STEPS] = {"steps", "1", 60, 2, 1e5, "of a reverse flow", ECP_WHOLE},
    [COPIES] = {"copies", "1", 1, 1, 100, "of the first pattern", ECP_WHOLE},
    [END] = {0}};

enum {
    IDENTITY,
    REACHED_ODE,
    REACHED_SDE,
    SIGMA_ODE,
    SIGMA_SDE,
    GROWTH_ERROR,
    CRITICAL,
    ORDER_ERROR,
    RESULTS
};

static const struct ecp_field results[] = {
    [IDENTITY] = {"identity", "1", 0, 0, 0,
                  "largest difference of the score from the step of a modern_hopfield", ECP_RESULT},
    [REACHED_ODE] = {"reached_ode", "1", 0, 0, 0, "share of flows that end at a pattern, ode",
                     ECP_RESULT},
    [REACHED_SDE] = {"reached_sde", "1", 0, 0, 0, "the same, sde", ECP_RESULT},
    [SIGMA_ODE] = {"sigma_ode", "1", 0, 0, 0,
                   "how often each is reached: furthest from 1/K, in standard deviations, ode",
                   ECP_RESULT},
    [SIGMA_SDE] = {"sigma_sde", "1", 0, 0, 0, "the same, sde", ECP_RESULT},
    [GROWTH_ERROR] = {"growth_error", "1", 0, 0, 0,
                      "largest distance of the growth of a small part of x from |x|^2/sigma^2",
                      ECP_RESULT},
    [CRITICAL] = {"critical", "1", 0, 0, 0, "|x|^2/sigma^2 at which that growth is 1", ECP_RESULT},
    [ORDER_ERROR] = {"order_error", "1", 0, 0, 0,
                     "largest distance of the state after 2,000 steps from m = tanh(m "
                     "|x|^2/sigma^2), but for 0.95 to 1.05",
                     ECP_RESULT},
    [RESULTS] = {0}};

static const double length = 3, noise = 60, last_noise = 0.05;
enum { GAINS = 41, SAMPLERS = 2 };

static enum ecp_status make(const char *name, size_t d, const struct ecp_memory_setting *setting,
                            size_t n, struct ecp_memory **out)
{
    struct ecp_memory_setup setup = {
        .shape = {d, 0, 0}, .seed = 1, .settings = setting, .n_settings = n};
    enum ecp_status status;
    ECP_TRY(ecp_memory_find(name, &setup.model));
    status = ecp_memory_create(&setup, out);
done:
    return status;
}

static enum ecp_status fill(struct ecp_memory *memory, size_t k, size_t d, double copies)
{
    double *x = calloc(k * d, sizeof *x);
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns", k);
    for (size_t p = 0; p < k; p++)
        x[p * d + 2 * p] = length;
    ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, k));
    for (double copy = 1; copy < copies; copy++)
        ECP_TRY(ecp_memory_store_pairs(memory, x, NULL, 1));
done:
    free(x);
    return status;
}

/* ---- the identity ---------------------------------------------------------------- */

static enum ecp_status compare(const double *param, double sigma, uint64_t seed, double *most)
{
    const size_t k = (size_t)param[K], d = 2 * k;
    const struct ecp_memory_setting flow[] = {{"sigma", sigma, NULL}, {"steps", 1, NULL}};
    const struct ecp_memory_setting step[] = {{"beta", 1 / (sigma * sigma), NULL},
                                              {"steps", 1, NULL}};
    struct ecp_memory *a = NULL, *b = NULL;
    struct ecp_chance chance = ecp_chance(seed, 4, 1);
    double *x = calloc(3 * d, sizeof *x);
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for a state");
    ECP_TRY(make("diffusion", d, flow, 2, &a));
    ECP_TRY(make("modern_hopfield", d, step, 2, &b));
    ECP_TRY(fill(a, k, d, param[COPIES]));
    ECP_TRY(fill(b, k, d, param[COPIES]));
    for (int draw = 0; draw < 200; draw++) {
        ecp_chance_normals(&chance, d, x);
        ECP_TRY(ecp_memory_recall(a, x, 1, x + d, NULL));
        ECP_TRY(ecp_memory_recall(b, x, 1, x + 2 * d, NULL));
        for (size_t j = 0; j < d; j++)
            *most = fmax(*most, fabs(x[d + j] - x[2 * d + j]));
    }
done:
    ecp_memory_destroy(a);
    ecp_memory_destroy(b);
    free(x);
    return status;
}

static enum ecp_status identity(struct ecp_experiment *e, const double *param)
{
    double most = 0;
    enum ecp_status status = ECP_OK;
    for (double sigma = 0.2; sigma < 6; sigma *= 1.5)
        ECP_TRY(compare(param, sigma, ecp_experiment_seed(e), &most));
    ecp_experiment_result(e, IDENTITY, most);
done:
    return status;
}

/* ---- where flows end --------------------------------------------------------------- */

/* count[p]: how many of the flows end at pattern p. */
static enum ecp_status flows(const double *param, const char *sampler, uint64_t seed,
                             uint32_t number, double *count)
{
    const size_t k = (size_t)param[K], d = 2 * k, cues = (size_t)param[CUES];
    const struct ecp_memory_setting setting[] = {{"sampler", 0, sampler},
                                                 {"sigma", noise, NULL},
                                                 {"sigma_end", last_noise, NULL},
                                                 {"steps", param[STEPS], NULL}};
    struct ecp_chance chance = ecp_chance(seed, 5, number);
    struct ecp_memory *memory = NULL;
    double *x = calloc(2 * cues * d, sizeof *x), *out = x ? x + cues * d : NULL;
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cues", cues);
    ECP_TRY(make("diffusion", d, setting, 4, &memory));
    ECP_TRY(fill(memory, k, d, param[COPIES]));
    for (size_t j = 0; j < cues * d; j++)
        x[j] = noise * ecp_chance_normal(&chance);
    ECP_TRY(ecp_memory_recall(memory, x, cues, out, NULL));
    for (size_t c = 0; c < cues; c++)
        for (size_t p = 0; p < k; p++) {
            double off = 0;
            for (size_t j = 0; j < d; j++)
                off = fmax(off, fabs(out[c * d + j] - (j == 2 * p ? length : 0)));
            count[p] += off < 1e-6;
        }
done:
    ecp_memory_destroy(memory);
    free(x);
    return status;
}

static enum ecp_status ends(struct ecp_experiment *e, const double *param, double *share[SAMPLERS])
{
    static const char *const sampler[] = {"ode", "sde"};
    const size_t k = (size_t)param[K], seeds = (size_t)param[SEEDS];
    const double all = param[CUES] * (double)seeds, p = 1 / (double)k;
    enum ecp_status status = ECP_OK;
    for (int s = 0; s < SAMPLERS; s++) {
        double reached = 0, most = 0;
        for (size_t seed = 0; seed < seeds; seed++) {
            ECP_TRY(ecp_experiment_progress(e, 0.1 + 0.4 * s + 0.4 * (double)seed / (double)seeds,
                                            sampler[s]));
            ECP_TRY(flows(param, sampler[s], ecp_experiment_seed(e), (uint32_t)seed, share[s]));
        }
        for (size_t j = 0; j < k; j++) {
            reached += share[s][j];
            share[s][j] /= all;
            most = fmax(most, fabs(share[s][j] - p) / sqrt(p * (1 - p) / all));
        }
        ecp_experiment_result(e, s ? REACHED_SDE : REACHED_ODE, reached / all);
        ecp_experiment_result(e, s ? SIGMA_SDE : SIGMA_ODE, most);
    }
done:
    return status;
}

/* ---- one state or two ---------------------------------------------------------------- */

/* By how much a small part of x grows in a step, and what is left of x after many. */
static enum ecp_status broken(double gain, double *growth, double *order)
{
    const double sigma = length / sqrt(gain), x[] = {length, 0, -length, 0};
    const double small[] = {1e-6 * length, 0}, large[] = {length, 0};
    const struct ecp_memory_setting flow[] = {{"sigma", sigma, NULL}, {"steps", 1, NULL}};
    const struct ecp_memory_setting rest[] = {
        {"beta", 1 / (sigma * sigma), NULL}, {"steps", 2000, NULL}, {"tolerance", 0, NULL}};
    struct ecp_memory *a = NULL, *b = NULL;
    double out[2];
    enum ecp_status status;
    ECP_TRY(make("diffusion", 2, flow, 2, &a));
    ECP_TRY(make("modern_hopfield", 2, rest, 3, &b));
    ECP_TRY(ecp_memory_store_pairs(a, x, NULL, 2));
    ECP_TRY(ecp_memory_store_pairs(b, x, NULL, 2));
    ECP_TRY(ecp_memory_recall(a, small, 1, out, NULL));
    *growth = out[0] / small[0];
    ECP_TRY(ecp_memory_recall(b, large, 1, out, NULL));
    *order = out[0] / length;
done:
    ecp_memory_destroy(a);
    ecp_memory_destroy(b);
    return status;
}

static enum ecp_status symmetry(struct ecp_experiment *e, double *gain, double *order,
                                double *theory)
{
    double growth_error = 0, order_error = 0, low = 0.5, high = 2, growth, unused;
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < GAINS; k++) {
        gain[k] = 0.5 + 2.0 * k / (GAINS - 1);
        theory[k] = gain[k] > 1 ? 1 : 0;
        for (int step = 0; step < 10000; step++)
            theory[k] = tanh(gain[k] * theory[k]);
        ECP_TRY(broken(gain[k], &growth, &order[k]));
        growth_error = fmax(growth_error, fabs(growth - gain[k]));
        if (fabs(gain[k] - 1) > 0.0501)
            order_error = fmax(order_error, fabs(order[k] - theory[k]));
    }
    for (int step = 0; step < 40; step++) {
        const double middle = (low + high) / 2;
        ECP_TRY(broken(middle, &growth, &unused));
        *(growth < 1 ? &low : &high) = middle;
    }
    ecp_experiment_result(e, GROWTH_ERROR, growth_error);
    ecp_experiment_result(e, CRITICAL, (low + high) / 2);
    ecp_experiment_result(e, ORDER_ERROR, order_error);
done:
    return status;
}

static enum ecp_status show(struct ecp_experiment *e, const double *param,
                            double *const share[SAMPLERS], double *const curve[3])
{
    const size_t k = (size_t)param[K];
    double *number = ecp_experiment_alloc(e, k, sizeof *number);
    double *bar = ecp_experiment_alloc(e, k, sizeof *bar);
    enum ecp_status status;
    if (!number || !bar)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t j = 0; j < k; j++) {
        number[j] = (double)(j + 1);
        bar[j] = 3 * sqrt((1 - 1 / (double)k) / (double)k / (param[CUES] * param[SEEDS]));
    }
    const double ends_x[] = {0.5, (double)k + 0.5}, ends_y[] = {1 / (double)k, 1 / (double)k};
    const struct ecp_line reach[] = {
        {"1/K", ECP_DASHES, ECP_COLOUR_BLACK, 2, ends_x, ends_y, NULL, NULL},
        {"ode", ECP_DOTS, 0, k, number, share[0], NULL, bar},
        {"sde", ECP_DOTS, 1, k, number, share[1], NULL, bar}};
    const struct ecp_line breaks[] = {
        {"m = tanh(g m)", ECP_DASHES, ECP_COLOUR_BLACK, GAINS, curve[0], curve[2], NULL, NULL},
        {"recalled", ECP_DOTS, 0, GAINS, curve[0], curve[1], NULL, NULL}};
    const struct ecp_table_column counts[] = {
        {"ode", "1", "share of flows that end at each pattern", share[0], NULL},
        {"sde", "1", "the same", share[1], NULL}};
    const struct ecp_table_column orders[] = {
        {"gain", "1", "|x|^2/sigma^2", curve[0], NULL},
        {"m", "1", "part of x that is left after 2,000 steps", curve[1], NULL},
        {"theory", "1", "m = tanh(gain m)", curve[2], NULL}};
    ECP_TRY(ecp_experiment_table(e, "ends", k, counts, 2));
    ECP_TRY(ecp_experiment_table(e, "symmetry", GAINS, orders, 3));
    const struct ecp_picture picture[] = {{.title = "where flows from noise end (3 sd)",
                                           .x = {"pattern", "1", 0.5, (double)k + 0.5, 0},
                                           .y = {"share", "1", 0, 2 / (double)k, 0},
                                           .n_lines = 3,
                                           .line = reach},
                                          {.title = "two patterns, x and -x",
                                           .x = {"g = |x|^2/sigma^2", "1", 0.5, 2.5, 0},
                                           .y = {"m", "1", -0.05, 1.05, 0},
                                           .n_lines = 2,
                                           .line = breaks}};
    status = ecp_experiment_figure(e, "diffusion_hopfield", "Diffusion backwards is recall",
                                   picture, 2, 2);
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    double *share[SAMPLERS], *curve[3];
    enum ecp_status status = ECP_OK;
    for (int k = 0; k < SAMPLERS; k++)
        share[k] = ecp_experiment_alloc(e, (size_t)param[K], sizeof *share[k]);
    for (int k = 0; k < 3; k++)
        curve[k] = ecp_experiment_alloc(e, GAINS, sizeof *curve[k]);
    if (!share[0] || !share[1] || !curve[0] || !curve[1] || !curve[2])
        return ecp_fail(ECP_ENOMEM, "no memory for curves");
    ECP_TRY(identity(e, param));
    ECP_TRY(ends(e, param, share));
    ECP_TRY(symmetry(e, curve[0], curve[1], curve[2]));
    ECP_TRY(show(e, param, share, curve));
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char equal[] = "theory: the patterns are alike, so each has 1/K; three standard "
                                "deviations";
    static const char ends_at[] = "Ambrogioni 2023: reverse flows end at stored patterns";
    static const char breaking[] = "theory: 0 loses its stability at |x|^2/sigma^2 = 1";
    enum ecp_status status = ECP_OK;
    (void)param;
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.identity", 0, 1e-12,
                               "Ambrogioni 2023: both are the same function"));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.reached_ode", 0.999, 1, ends_at));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.reached_sde", 0.999, 1, ends_at));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.sigma_ode", 0, 3, equal));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.sigma_sde", 0, 3, equal));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.growth_error", 0, 1e-6, breaking));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.critical", 1 - 1e-6, 1 + 1e-6, breaking));
    ECP_TRY(ecp_plan_add_claim(plan, "diffusion_hopfield.order_error", 0, 1e-6,
                               "theory: m = tanh(m |x|^2/sigma^2)"));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_diffusion_hopfield = {
    .name = "diffusion_hopfield",
    .question = "What can an associative memory hold?",
    .summary = "the score of noisy patterns is a Hopfield network's step, and reverse flows recall",
    .equations = "sigma^2 grad ln p(y) = D(y) - y, D(y) = sum softmax(X y/sigma^2) x\n"
                 "reverse flows from noise end at each pattern with 1/K;\n"
                 "x and -x: m = tanh(m |x|^2/sigma^2)",
    .reference = "Ambrogioni 2023, arXiv:2309.17290",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
