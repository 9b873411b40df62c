/* verify_poisson.c -- counts of Poisson stimuli against the exact law, by
 * chi-square; independence of neurons, steps and seeds; the poisson neuron. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "tests/support.h"

enum { NEURONS = 200, STEPS = 1000, CELLS = 80 };

/* Fixed seeds: a test below this would have failed when it was written. */
static const double least_probability = 1e-4;

/* count[step][neuron] */
static unsigned count[STEPS][NEURONS], other[STEPS][NEURONS];

static struct ecp_plan *plan_of(const char *model, uint64_t seed, struct ecp_plan_population **p)
{
    struct ecp_plan *plan;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.1;
    plan->seed = seed;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "p", model, NEURONS, p));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", STEPS * 0.1, 0, &phase));
    return plan;
}

static struct ecp_network *run(struct ecp_plan *plan)
{
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

/* What arrives at a port of parrots with weight 1 is the count itself; frame
 * k of the probe holds what arrived at the end of step k - 1. */
static void stimulate(struct ecp_draw level, uint64_t seed, unsigned to[STEPS][NEURONS])
{
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan *plan = plan_of("parrot", seed, &p);
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "p", &s));
    s->level = level;
    s->weight = 1;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "p", &probe));
    probe->field_name = "in";
    probe->interval = 0.1;
    struct ecp_network *network = run(plan);
    const struct ecp_recorded_signal *in = &ecp_network_recording(network)->signal[0];
    CU_ASSERT_FATAL(in->n_columns == NEURONS && in->n_frames >= STEPS);
    memset(to, 0, sizeof count);
    for (size_t k = 1; k < in->n_frames && k <= STEPS; k++)
        for (size_t j = 0; j < NEURONS; j++)
            to[k - 1][j] = (unsigned)nearbyint((double)in->data[k * NEURONS + j]);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* Pearson's chi-square of the counts of neurons [from, to) against Poisson
 * with `mean`, cells joined until each expects 10. */
static double chi_square(double mean, size_t from, size_t to)
{
    double seen[CELLS] = {0}, total = 0;
    for (size_t t = 0; t < STEPS - 1; t++)
        for (size_t j = from; j < to; j++) {
            seen[count[t][j] < CELLS ? count[t][j] : CELLS - 1]++;
            total++;
        }
    double statistic = 0, expected = 0, observed = 0, left = total;
    int cells = 0;
    for (unsigned k = 0; k < CELLS; k++) {
        const double here = total * gsl_ran_poisson_pdf(k, mean);
        expected += here;
        observed += seen[k];
        left -= here;
        if (expected >= 10 && left >= 10) {
            statistic += (observed - expected) * (observed - expected) / expected;
            expected = observed = 0;
            cells++;
        } else if (left < 10) {
            for (k++; k < CELLS; k++)
                observed += seen[k];
            expected += fmax(left, 0);
            statistic += (observed - expected) * (observed - expected) / expected;
            cells++;
        }
    }
    CU_ASSERT_FATAL(cells > 1);
    return gsl_cdf_chisq_Q(statistic, cells - 1);
}

/* Means per step: those of the microcircuit (8 Hz x 1500-2900) and Brunel's,
 * and some rare and dense ones. */
static void one_rate(void)
{
    const double mean[] = {0.002, 0.1, 1.2, 2.32, 4, 12};
    for (size_t k = 0; k < sizeof mean / sizeof mean[0]; k++) {
        stimulate(ecp_draw_constant(mean[k] * 1e4), 100 + k, count);
        const double p = chi_square(mean[k], 0, NEURONS);
        (void)printf(" %.3f", p);
        CU_ASSERT(p > least_probability);
    }
}

static void rate_of_each_neuron(void)
{
    static double rates[NEURONS];
    const double mean[] = {0.01, 0.5, 1.7, 7};
    for (size_t j = 0; j < NEURONS; j++)
        rates[j] = mean[j / (NEURONS / 4)] * 1e4;
    struct ecp_draw list = ecp_draw_constant(0);
    list.kind = ECP_DRAW_LIST;
    list.list = rates;
    list.count = NEURONS;
    stimulate(list, 200, count);
    for (size_t k = 0; k < 4; k++) {
        const double p = chi_square(mean[k], k * NEURONS / 4, (k + 1) * NEURONS / 4);
        (void)printf(" %.3f", p);
        CU_ASSERT(p > least_probability);
    }
}

/* Correlation of counts that are `lag` steps and `apart` neurons away, in
 * units of its standard deviation where they are independent. */
static double correlation(unsigned a[STEPS][NEURONS], unsigned b[STEPS][NEURONS], double mean,
                          size_t lag, size_t apart)
{
    double sum = 0, n = 0;
    for (size_t t = 0; t + lag < STEPS - 1; t++)
        for (size_t j = 0; j + apart < NEURONS; j++, n++)
            sum += (a[t][j] - mean) * (b[t + lag][j + apart] - mean);
    return sum / (mean * sqrt(n));
}

static void independent(void)
{
    const double mean[] = {0.05, 1.28, 2.32};
    for (size_t m = 0; m < 3; m++) {
        double worst = 0;
        stimulate(ecp_draw_constant(mean[m] * 1e4), 300 + m, count);
        stimulate(ecp_draw_constant(mean[m] * 1e4), 400 + m, other);
        for (size_t lag = 0; lag < 20; lag++)
            for (size_t apart = lag == 0; apart < 20; apart++)
                worst = fmax(worst, fabs(correlation(count, count, mean[m], lag, apart)));
        for (size_t far = 32; far < NEURONS; far *= 2)
            worst = fmax(worst, fabs(correlation(count, count, mean[m], 0, far)));
        worst = fmax(worst, fabs(correlation(count, other, mean[m], 0, 0)));
        (void)printf(" %.2f", worst);
        CU_ASSERT(worst < 4.5); /* the largest of 400: 2.7 to 4 */
    }
}

/* Neurons fire with p = 1 - exp(-rate dt): spikes of one are binomial. */
static void poisson_neurons(void)
{
    const double rate[] = {1, 50, 1000, 8000, 1e5};
    for (size_t k = 0; k < sizeof rate / sizeof rate[0]; k++) {
        struct ecp_plan_population *p;
        struct ecp_plan *plan = plan_of("poisson", 500 + k, &p);
        ECP_ASSERT_OK(ecp_population_set(p, "rate", rate[k]));
        struct ecp_network *network = run(plan);
        const struct ecp_recorded_population *r = &ecp_network_recording(network)->population[0];
        const double chance = -expm1(-rate[k] * 1e-4), n = (double)STEPS * NEURONS;
        double spread = 0;
        for (size_t j = 0; j < NEURONS; j++)
            spread += (r->count[j] - STEPS * chance) * (r->count[j] - STEPS * chance);
        const double sd = sqrt(n * chance * (1 - chance));
        CU_ASSERT_DOUBLE_EQUAL((double)r->spikes, n * chance, 4 * sd + 1e-9);
        if (chance * STEPS > 4 && chance < 0.999) /* variance over neurons */
            CU_ASSERT_DOUBLE_EQUAL(spread / (STEPS * chance * (1 - chance)), NEURONS,
                                   4 * sqrt(2.0 * NEURONS));
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

ECP_TEST_MAIN("poisson", {"one rate", one_rate}, {"a rate of each neuron", rate_of_each_neuron},
              {"independent", independent}, {"poisson neurons", poisson_neurons})
