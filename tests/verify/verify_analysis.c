/* verify_analysis.c -- the measures on recordings whose answer is known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/neuron.h"
#include "tests/support.h"

enum { MOST = 200000, NEURONS = 400 };

static struct ecp_spike event[MOST];
static struct ecp_recorded_population population;
static struct ecp_recorded_phase phase[3];
static struct ecp_recording recording;
static double result[ECP_MAX_FIELDS];

/* 0.1 ms steps; 100 ms settle, discarded; then two phases of `each` ms. */
static void start(size_t neurons, double each)
{
    memset(&population, 0, sizeof population);
    memset(&recording, 0, sizeof recording);
    population.name = "p";
    population.model = "lif";
    population.size = neurons;
    population.recorded = 1;
    population.event = event;
    phase[0] = (struct ecp_recorded_phase){"settle", 0, 100, 1};
    phase[1] = (struct ecp_recorded_phase){"one", 100, 100 + each, 0};
    phase[2] = (struct ecp_recorded_phase){"two", 100 + each, 100 + 2 * each, 0};
    recording.dt = 0.1;
    recording.duration = 100 + 2 * each;
    recording.counted = 2 * each;
    recording.n_steps = (ecp_step)nearbyint(recording.duration * 10);
    recording.n_populations = 1;
    recording.population = &population;
    recording.n_phases = 3;
    recording.phase = phase;
}

static void add(ecp_step step, size_t neuron)
{
    CU_ASSERT_FATAL(population.n_events < MOST);
    event[population.n_events++] = (struct ecp_spike){step, (ecp_lid)neuron};
}

static uint64_t random_state;
static double uniform(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(random_state >> 33) + 0.5) / 2147483648.0;
}

static const struct ecp_analysis *find(const char *name)
{
    const struct ecp_analysis *a = NULL;
    ECP_ASSERT_OK(ecp_analysis_find(name, &a));
    return a;
}

static void measure(const struct ecp_analysis *a, double from, double to)
{
    double param[ECP_MAX_FIELDS];
    for (size_t f = 0; f < ecp_field_count(a->fields); f++) {
        param[f] = a->fields[f].initial;
        result[f] = -1;
    }
    const struct ecp_analysis_call call = {&recording, 0, -1, from, to, param};
    ECP_ASSERT_OK(a->run(&call, result));
    for (size_t f = 0; f < ecp_field_count(a->fields); f++)
        CU_ASSERT_EQUAL(result[f] == -1, a->fields[f].kind != ECP_RESULT);
}

static double value(const struct ecp_analysis *a, const char *field)
{
    const int f = ecp_field_find(a->fields, field);
    CU_ASSERT_FATAL(f >= 0);
    return result[f];
}

static void silence(void)
{
    const struct ecp_analysis *activity = find("activity"), *synchrony = find("synchrony");
    start(10, 500);
    measure(activity, 100, 1100);
    CU_ASSERT_EQUAL(value(activity, "rate_hz"), 0);
    CU_ASSERT_EQUAL(value(activity, "active"), 0);
    CU_ASSERT(isnan(value(activity, "cv_isi")));
    measure(synchrony, 100, 1100);
    CU_ASSERT(isnan(value(synchrony, "fano")) && isnan(value(synchrony, "chi")));
    CU_ASSERT(isnan(value(synchrony, "peak_hz")));

    start(0, 500); /* nobody there */
    measure(activity, 100, 1100);
    CU_ASSERT(isnan(value(activity, "rate_hz")));
    measure(synchrony, 100, 1100);
    CU_ASSERT(isnan(value(synchrony, "chi")));
}

static void one_spike(void)
{
    const struct ecp_analysis *a = find("activity");
    start(10, 500);
    add(1001, 3); /* the first stamp that counts: the step from 100 to 100.1 ms */
    measure(a, 100, 1100);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "rate_hz"), 0.1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "active"), 0.1, 1e-12);
    CU_ASSERT(isnan(value(a, "cv_isi")));
    event[0].step = 1000; /* ends the settling */
    measure(a, 100, 1100);
    CU_ASSERT_EQUAL(value(a, "spikes"), 0);
    event[0].step = 11000; /* the last step */
    measure(a, 100, 1100);
    CU_ASSERT_EQUAL(value(a, "spikes"), 1);
}

/* Intervals 10 and 30 ms by turns: mean 20, sd 10, so cv 1/2. */
static void known_intervals(void)
{
    const struct ecp_analysis *a = find("activity");
    start(3, 500);
    for (ecp_step t = 50; t <= 11000; t += 400) {
        add(t, 0);
        add(t + 100, 0);
        if (t == 1250)
            add(t + 100, 2);
    }
    measure(a, 100, 1100);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv_isi"), 0.5, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv2_isi"), 1, 1e-12); /* 2 x 20 / 40 */
    CU_ASSERT_EQUAL(value(a, "cv_neurons"), 1);
    CU_ASSERT_EQUAL(value(a, "spikes"), 51);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "active"), 2.0 / 3, 1e-12);
    measure(a, 600, 1100); /* the second phase alone */
    CU_ASSERT_DOUBLE_EQUAL(value(a, "rate_hz"), 25 / 0.5 / 3, 1.4);
}

/* The engine's counters and our own count agree. */
static void counters(void)
{
    static const uint32_t count[] = {4, 0}, intervals[] = {3, 0};
    static const uint64_t sum[] = {3000, 0};
    static const double square[] = {3500000, 0}; /* 500, 1000, 1500 steps */
    const struct ecp_analysis *a = find("activity");
    const ecp_step at[] = {2000, 2500, 3500, 5000};
    double from_counters[2];
    start(2, 500);
    population.recorded = 0;
    population.count = count;
    population.intervals = intervals;
    population.interval_sum = sum;
    population.interval_square_sum = square;
    measure(a, 100, 1100);
    from_counters[0] = value(a, "rate_hz");
    from_counters[1] = value(a, "cv_isi");
    CU_ASSERT(isnan(value(a, "cv2_isi")));
    CU_ASSERT_DOUBLE_EQUAL(from_counters[1], sqrt(1.0 / 6), 1e-12);

    double param[ECP_MAX_FIELDS] = {3};
    const struct ecp_analysis_call part = {&recording, 0, -1, 100, 600, param};
    CU_ASSERT_EQUAL(a->run(&part, result), ECP_EARG); /* no spikes to look at */
    ecp_error_clear();

    population.recorded = 1;
    population.count = NULL;
    for (size_t k = 0; k < 4; k++)
        add(at[k], 0);
    measure(a, 100, 1100);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "rate_hz"), from_counters[0], 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv_isi"), from_counters[1], 1e-12);
}

/* Independent spikes at 20 Hz: fano 1, chi 1/sqrt(n), flat spectrum, cv 1. */
static void independent(void)
{
    const struct ecp_analysis *a = find("activity"), *s = find("synchrony");
    start(NEURONS, 5000);
    random_state = 5;
    for (ecp_step t = 1; t <= recording.n_steps; t++)
        for (size_t j = 0; j < NEURONS; j++)
            if (uniform() < 0.002)
                add(t, j);
    measure(a, 100, 10100);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "rate_hz"), 20, 0.3);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "rate_sd_hz"), sqrt(20 / 10.0), 0.2);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv_isi"), 1, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv2_isi"), 1, 0.01);
    measure(a, 100, 300); /* 4 spikes a neuron: cv2 alone is still right */
    CU_ASSERT(value(a, "cv_isi") < 0.8);
    CU_ASSERT_DOUBLE_EQUAL(value(a, "cv2_isi"), 1, 0.05);
    measure(s, 100, 10100);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "fano"), 1, 0.06);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "chi"), 1 / sqrt(NEURONS), 0.003);
    CU_ASSERT(value(s, "modulation") >= 0 && value(s, "modulation") < 0.1);
    CU_ASSERT(value(s, "peak") > 1 && value(s, "peak") < 2);
}

/* All fire together every 20 ms: chi 1, a peak at 50 Hz or a harmonic. */
static void together(void)
{
    const struct ecp_analysis *s = find("synchrony");
    start(NEURONS, 1000);
    for (ecp_step t = 105; t <= recording.n_steps; t += 200)
        for (size_t j = 0; j < NEURONS; j++)
            add(t, j);
    measure(s, 100, 2100);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "chi"), 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "fano"), NEURONS * 0.95, 1);
    const double harmonics = value(s, "peak_hz") / 50;
    CU_ASSERT_DOUBLE_EQUAL(harmonics, nearbyint(harmonics), 0.08);
    CU_ASSERT(value(s, "peak") > 1000);
}

/* A rate 20 (1 + sin) Hz at 40 Hz: the peak is there, and as high as it must
 * be: 1 + n r b^2 sum(w)^2 / (4 sum(w^2)) with b = 1, r per bin, Hann. */
static void rhythm(void)
{
    const struct ecp_analysis *s = find("synchrony");
    start(NEURONS, 5000);
    random_state = 7;
    for (ecp_step t = 1; t <= recording.n_steps; t++) {
        const double rate = 0.002 * (1 + sin(2 * 3.14159265358979 * 0.04 * 0.1 * (double)t));
        for (size_t j = 0; j < NEURONS; j++)
            if (uniform() < rate)
                add(t, j);
    }
    measure(s, 100, 10100);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "peak_hz"), 40, 4);
    CU_ASSERT_DOUBLE_EQUAL(value(s, "modulation"), sqrt(0.5), 0.02);
    const double ideal = 1 + NEURONS * 0.02 * 256 * (0.25 / 0.375) / 4;
    CU_ASSERT(value(s, "peak") > 0.7 * ideal && value(s, "peak") < 1.2 * ideal);
}

static void described(void)
{
    for (size_t k = 0; ecp_analyses[k]; k++) {
        const struct ecp_analysis *a = ecp_analyses[k];
        size_t results = 0;
        CU_ASSERT(a->name && a->summary && a->equations && a->reference && a->verified_by);
        for (size_t f = 0; a->fields[f].name; f++) {
            CU_ASSERT(a->fields[f].unit && a->fields[f].meaning);
            const int within = a->fields[f].lowest <= a->fields[f].initial &&
                               a->fields[f].initial <= a->fields[f].highest;
            if (!within)
                (void)printf("\n  %s.%s: default outside its range", a->name, a->fields[f].name);
            CU_ASSERT(within);
            results += a->fields[f].kind == ECP_RESULT;
        }
        CU_ASSERT(results > 0);
    }
}

ECP_TEST_MAIN("analysis", {"described", described}, {"silence", silence}, {"one spike", one_spike},
              {"known intervals", known_intervals}, {"counters and spikes agree", counters},
              {"independent spikes", independent}, {"all together", together}, {"rhythm", rhythm})
