/* verify_decoding.c -- linear decoding: signals that can be read out fully, partly,
 * not at all; and what is undefined. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/analysis.h"
#include "tests/support.h"

enum { N = 20, BINS = 2000, PER_BIN = 5 };

static uint64_t state = 3;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 2147483648.0;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * acos(-1) * uniform());
}

static struct ecp_spike event[N * BINS];
static size_t n_events;
static ecp_real frame[BINS * PER_BIN];
static double count[BINS][N];

/* One spike or none for each neuron and bin of 25 ms. */
static void make_spikes(double p)
{
    n_events = 0;
    for (int t = 0; t < BINS; t++)
        for (ecp_lid j = 0; j < N; j++) {
            count[t][j] = uniform() < p;
            if (count[t][j] > 0)
                event[n_events++] = (struct ecp_spike){t * 25 + 1 + (int)(24 * uniform()), j};
        }
}

static void decode(double ridge, double *result)
{
    const struct ecp_analysis *decoding;
    struct ecp_recorded_population population = {
        .name = "E", .size = N, .recorded = 1, .n_events = n_events, .event = event};
    struct ecp_recorded_signal signal = {.probe = "y",
                                         .population = 0,
                                         .start = 0,
                                         .interval = 25.0 / PER_BIN,
                                         .n_frames = BINS * PER_BIN,
                                         .n_columns = 1,
                                         .data = frame};
    const struct ecp_recording recording = {.dt = 1,
                                            .duration = BINS * 25,
                                            .n_populations = 1,
                                            .population = &population,
                                            .n_signals = 1,
                                            .signal = &signal};
    double param[16] = {25, 1000, ridge};
    const struct ecp_analysis_call call = {.recording = &recording,
                                           .population = 0,
                                           .signal = 0,
                                           .start = 0,
                                           .stop = BINS * 25,
                                           .param = param};
    ECP_ASSERT_OK(ecp_analysis_find("decoding", &decoding));
    ECP_ASSERT_OK(decoding->run(&call, result));
}

/* y = sum of the neurons' spikes, weighted, and noise of `noise` times its sd. */
static void make_signal(double noise, int of_spikes)
{
    double variance = 0;
    for (int j = 0; j < N; j++)
        variance += (j - 8.0) * (j - 8.0) * 0.2 * 0.8;
    for (int t = 0; t < BINS; t++) {
        double y = noise * sqrt(variance) * normal();
        for (int j = 0; j < N && of_spikes; j++)
            y += (j - 8.0) * count[t][j];
        for (int k = 0; k < PER_BIN; k++) /* the mean of the bin counts */
            frame[t * PER_BIN + k] = (ecp_real)(y + k - (PER_BIN - 1) / 2.0);
    }
}

static void readable(void)
{
    double r[8];
    make_spikes(0.2);
    make_signal(0, 1);
    decode(1e-9, r);
    CU_ASSERT_DOUBLE_EQUAL(r[3], 1, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(r[4], 1, 1e-6);
    CU_ASSERT_EQUAL(r[5], BINS);
    make_signal(1, 1); /* half of the variance */
    decode(1e-6, r);
    (void)printf(" %.3f", r[3]);
    CU_ASSERT_DOUBLE_EQUAL(r[3], 0.5, 0.1);
    make_signal(1, 0);
    decode(1e-6, r);
    (void)printf(" %.3f", r[3]);
    CU_ASSERT(r[3] < 0.02 && r[3] > -0.2);
    CU_ASSERT(r[4] > 0); /* fitted noise */
}

/* Standardised weights shrink by 1/(1 + ridge) where neurons are independent:
 * r2 = 1 - (ridge/(1 + ridge))^2. */
static void ridge(void)
{
    double r[8];
    make_spikes(0.2);
    make_signal(0, 1);
    decode(1, r);
    (void)printf(" %.3f", r[4]);
    CU_ASSERT_DOUBLE_EQUAL(r[4], 0.75, 0.02);
}

static void undefined(void)
{
    double r[8];
    for (int k = 0; k < BINS * PER_BIN; k++)
        frame[k] = 5;
    make_spikes(0.2);
    decode(0.01, r);
    CU_ASSERT(isnan(r[3]));
    make_signal(1, 0);
    make_spikes(0); /* silence: the mean is all there is */
    decode(0.01, r);
    CU_ASSERT(r[3] <= 0 && r[3] > -0.1);
}

ECP_TEST_MAIN("decoding", {"readable", readable}, {"ridge", ridge}, {"undefined", undefined})
