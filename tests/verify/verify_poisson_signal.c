/* verify_poisson_signal.c -- the signal's mean, spread, period and order of samples,
 * its shuffled form, and the spikes that follow it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "tests/support.h"

enum { N = 400, SAMPLES = 3300 };

static const double dt = 1;

struct outcome {
    double rate[2 * SAMPLES]; /* of each sample */
    double spikes[2 * SAMPLES];
    double after_reset;
};

static struct outcome plain, mixed, other;

static void run(double pattern, double shuffle, int rounds, struct outcome *out)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = dt;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "P", "poisson_signal", N, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "rate", 50));
    ECP_ASSERT_OK(ecp_population_set(p, "depth", 15));
    ECP_ASSERT_OK(ecp_population_set(p, "lowest", 0));
    ECP_ASSERT_OK(ecp_population_set(p, "pattern", pattern));
    ECP_ASSERT_OK(ecp_population_set(p, "shuffle", shuffle));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "P", &probe));
    probe->field_name = "rate_now";
    probe->target.count = 1;
    probe->interval = 10;
    probe->start = 5; /* the middle of each sample */
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "P", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 10.0 * SAMPLES * rounds, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    memset(out, 0, sizeof *out);
    CU_ASSERT_EQUAL_FATAL(r->signal[0].n_frames, (size_t)(SAMPLES * rounds));
    for (size_t k = 0; k < r->signal[0].n_frames; k++)
        out->rate[k] = (double)r->signal[0].data[k];
    for (size_t k = 0; k < r->population[0].n_events; k++)
        out->spikes[(r->population[0].event[k].step - 1) / 10]++;
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void moments(const double *x, double *mean, double *sd)
{
    double sum = 0, square = 0;
    for (int k = 0; k < SAMPLES; k++)
        sum += x[k] / SAMPLES;
    for (int k = 0; k < SAMPLES; k++)
        square += (x[k] - sum) * (x[k] - sum) / SAMPLES;
    *mean = sum;
    *sd = sqrt(square);
}

/* Correlation of samples k apart. */
static double correlation(const double *x, const double *y, int lag)
{
    double mean[2], sd[2], sum = 0;
    moments(x, &mean[0], &sd[0]);
    moments(y, &mean[1], &sd[1]);
    for (int k = 0; k < SAMPLES; k++)
        sum += (x[k] - mean[0]) * (y[(k + lag) % SAMPLES] - mean[1]);
    return sum / (SAMPLES * sd[0] * sd[1]);
}

static void signal(void)
{
    double mean, sd;
    run(7, 0, 2, &plain);
    moments(plain.rate, &mean, &sd);
    CU_ASSERT_DOUBLE_EQUAL(mean, 50, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(sd, 15, 1e-3);
    size_t wrong = 0;
    for (int k = 0; k + 300 < 2 * SAMPLES; k++) /* period, and the round's beginning */
        wrong += fabs(plain.rate[k] - plain.rate[k + 300]) > 1e-3;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(correlation(plain.rate, plain.rate, 1) > 0.8);
    CU_ASSERT(fabs(correlation(plain.rate, plain.rate, 150)) < 0.9);
}

/* Waves as in the equations, with the numbers of splitmix64. */
static uint64_t mix(uint64_t pattern, uint64_t place)
{
    uint64_t z = ((pattern << 32) ^ place) + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void waves(void)
{
    const double pi = acos(-1);
    double worst = 0;
    for (int k = 0; k < SAMPLES; k += 11) {
        double s = 0, variance = 0;
        for (int i = 1; i < 128; i++) {
            const double a =
                pow(1.1, -i) * ((double)(mix(7, 2 * (uint64_t)i) >> 11) + 0.5) / 0x1p53;
            const double b = ((double)(mix(7, 2 * (uint64_t)i + 1) >> 11) + 0.5) / 0x1p53;
            s += a * sin(2 * pi * i * (k * 0.01 + b) / 3);
            variance += a * a / 2;
        }
        worst = fmax(worst, fabs(plain.rate[k] - fmax(0, 50 + 15 * s / sqrt(variance))));
    }
    (void)printf(" %.1e Hz", worst);
    CU_ASSERT(worst < 1e-4);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The same samples, each as often, without memory. */
static void shuffle(void)
{
    static double sorted[2][SAMPLES];
    run(7, 1, 2, &mixed);
    memcpy(sorted[0], plain.rate, sizeof sorted[0]);
    memcpy(sorted[1], mixed.rate, sizeof sorted[1]);
    for (int k = 0; k < 2; k++)
        qsort(sorted[k], SAMPLES, sizeof(double), by_value);
    CU_ASSERT_EQUAL(memcmp(sorted[0], sorted[1], sizeof sorted[0]), 0);
    CU_ASSERT_EQUAL(memcmp(mixed.rate, mixed.rate + SAMPLES, SAMPLES * sizeof(double)), 0);
    double most = fabs(correlation(plain.rate, mixed.rate, 0));
    for (int lag = 1; lag < 100; lag++)
        most = fmax(most, fabs(correlation(mixed.rate, mixed.rate, lag)));
    (void)printf(" %.3f", most);
    CU_ASSERT(most < 4.5 / sqrt(SAMPLES));
    run(8, 0, 1, &other);
    CU_ASSERT(fabs(correlation(plain.rate, other.rate, 0)) < 0.8);
}

/* Chi-square of the spikes in each sample. */
static void spikes(void)
{
    const struct outcome *all[2] = {&plain, &mixed};
    for (int which = 0; which < 2; which++) {
        double chi = 0, n = 0;
        for (int k = 0; k < 2 * SAMPLES; k++) {
            const double p = 1 - exp(-all[which]->rate[k] * dt * 1e-3), mean = 10 * N * p;
            if (mean < 5)
                continue;
            chi += pow(all[which]->spikes[k] - mean, 2) / (mean * (1 - p));
            n++;
        }
        (void)printf(" %.2f", (chi - n) / sqrt(2 * n));
        CU_ASSERT(fabs(chi - n) < 5 * sqrt(2 * n));
    }
}

ECP_TEST_MAIN("poisson_signal", {"signal", signal}, {"waves", waves}, {"shuffled", shuffle},
              {"spikes", spikes})
