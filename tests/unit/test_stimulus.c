/* Stimuli, as the neurons meet them: what a probe of their inputs shows. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "engine/draw.h"
#include "tests/unit/network_case.h"
#include "tests/unit/statistics.h"

/* Some neurons that never fire, their inputs probed in every step: frame s of
 * the probe is what arrived in step s. */
static struct ecp_plan *silent(size_t n)
{
    struct ecp_plan *plan = new_plan(12);
    ECP_ASSERT_OK(ecp_population_set(add_population(plan, "a", "lif_exp", n), "v_th", 1000));
    struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_FIELD, "a", "ex", 0.1);
    p->start = 0.1;
    p->name = "ex";
    p = add_probe(plan, ECP_PROBE_FIELD, "a", "i_stim", 0.1);
    p->start = 0.1;
    p->name = "current";
    return plan;
}

static struct ecp_network *lasting(struct ecp_plan *plan, double duration, int threads)
{
    (void)add_phase(plan, "all", duration, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return ran(plan, threads, ecp_isa_best());
}

static int poisson_at(const struct ecp_plan *plan, size_t stimulus, double rate, uint32_t neuron,
                      uint32_t step)
{
    const double mean = rate * 1e-3 * plan->dt;
    struct ecp_philox_key key = ecp_rng_key(plan->seed, ECP_FOR_STIMULUS, stimulus);
    uint32_t word[4], more[4];
    ecp_rng_words(key, neuron, step / 8, 0, word);
    key.tag |= 0x80000000u;
    ecp_rng_words(key, neuron, step, 0, more);
    const uint64_t coarse = word[step % 8 / 2] >> (step % 2 ? 16 : 0) & 0xffff;
    const double u = (double)(coarse << 32 | more[0]) * 0x1p-48;
    double term = exp(-mean), cdf = term;
    int k = 0;
    while (u >= cdf) {
        term *= mean / ++k;
        cdf += term;
    }
    return k;
}

/* ---- Poisson ------------------------------------------------------------ */

/* Rates that change inside a group of eight steps, a beginning and an end
 * there, a change by a phase; a part of the neurons; a delay on the way. */
struct drive {
    ecp_lid first, stride, count;
    uint32_t start, stop, delay;
};

static double rate_at(uint32_t step, uint32_t delay)
{
    static const uint32_t when[] = {0, 13, 22, 30, 43, 59};
    static const double rate[] = {9000, 20000, 0, 3000, 150000, 12000};
    double now = 0;
    for (size_t k = 0; k < sizeof when / sizeof *when; k++)
        if (step >= when[k] + delay)
            now = rate[k];
    return now;
}

static void add_drive(struct ecp_plan *plan, const struct drive *d)
{
    static const double when[] = {1.3, 2.2, 4.3, 5.9}, rate[] = {20000, 0, 150000, 12000};
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, "a", 9000);
    s->target.first = d->first;
    s->target.stride = d->stride;
    s->target.count = d->count;
    s->start = d->start * plan->dt;
    s->stop = d->stop * plan->dt;
    s->delay = d->delay * plan->dt;
    s->n_switches = 4;
    s->switch_time = when;
    s->switch_value = rate;
}

static void check_drive(const struct drive *d, int threads)
{
    enum { N = 150, STEPS = 70 };
    static struct ecp_plan_change change = {.population = -1, .stimulus = 0, .value = 3000};
    struct ecp_plan *plan = silent(N);
    size_t wrong = 0;
    add_drive(plan, d);
    (void)add_phase(plan, "first", 3, 0);
    struct ecp_plan_phase *phase = add_phase(plan, "second", 4, 0);
    phase->change = &change;
    phase->n_changes = 1;
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, threads, ecp_isa_best());
    const struct ecp_recorded_signal *ex = signal_of(network, "ex");
    CU_ASSERT_EQUAL_FATAL(ex->n_frames, STEPS);
    for (uint32_t step = 0; step < STEPS; step++)
        for (uint32_t j = 0; j < N; j++) {
            const int is_target = j >= d->first && (j - d->first) % d->stride == 0 &&
                                  (j - d->first) / d->stride < d->count;
            const int on = step >= d->start + d->delay && step < d->stop + d->delay;
            const double rate = is_target && on ? rate_at(step, d->delay) : 0;
            const double want = rate > 0 ? poisson_at(plan, 0, rate, j, step) : 0;
            wrong += want != sample_of(ex, step, j);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    finish(network, plan);
}

static void poisson(void)
{
    static const struct drive drives[] = {{0, 1, 150, 0, 1000, 0}, {0, 1, 150, 3, 67, 0},
                                          {7, 1, 100, 11, 12, 0},  {1, 3, 50, 5, 61, 0},
                                          {149, 1, 1, 0, 1000, 0}, {0, 1, 150, 2, 60, 5},
                                          {0, 149, 2, 16, 24, 0}};
    for (size_t k = 0; k < sizeof drives / sizeof *drives; k++)
        for (int threads = 1; threads <= 4; threads += 3)
            check_drive(&drives[k], threads);
}

/* Chi-square of what neurons `first`, `first` + `every`, ... got. */
static double poisson_p(const struct ecp_recorded_signal *ex, size_t first, size_t every,
                        double mean)
{
    enum { MOST = 400 };
    double seen[MOST] = {0}, expected[MOST];
    double n = 0;
    for (size_t step = 0; step < ex->n_frames; step++)
        for (size_t j = first; j < ex->n_columns; j += every, n++)
            seen[(size_t)sample_of(ex, step, j)]++;
    for (unsigned k = 0; k < MOST; k++)
        expected[k] = n * gsl_ran_poisson_pdf(k, mean);
    return chi_square_p(seen, expected, MOST, 0);
}

/* A rate of each neuron, from a list; and means of more than 16 a step, for
 * all and for each. */
static void large_and_own_means(void)
{
    static double rate[100];
    struct ecp_plan *plan = silent(100);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, "a", 0);
    for (size_t k = 0; k < 100; k++)
        rate[k] = k % 4 == 0 ? 0 : k % 4 == 1 ? 8000 : k % 4 == 2 ? 70000 : 1000000;
    s->level.kind = ECP_DRAW_LIST;
    s->level.list = rate;
    s->level.count = 100;
    struct ecp_network *network = lasting(plan, 100, 3);
    const struct ecp_recorded_signal *ex = signal_of(network, "ex");
    double sum = 0;
    for (size_t step = 0; step < ex->n_frames; step++)
        for (size_t j = 0; j < 100; j += 4)
            sum += sample_of(ex, step, j);
    CU_ASSERT_EQUAL(sum, 0);
    CU_ASSERT(poisson_p(ex, 1, 4, 0.8) > LEVEL);
    CU_ASSERT(poisson_p(ex, 2, 4, 7) > LEVEL);
    CU_ASSERT(poisson_p(ex, 3, 4, 100) > LEVEL);
    finish(network, plan);

    plan = silent(100);
    (void)add_stimulus(plan, ECP_STIMULUS_POISSON, "a", 400000);
    network = lasting(plan, 100, 1);
    CU_ASSERT(poisson_p(signal_of(network, "ex"), 0, 1, 40) > LEVEL);
    finish(network, plan);
}

/* ---- given spikes --------------------------------------------------------- */

static void given_spikes(void)
{
    static const ecp_lid who[] = {2, 0, 1, 2, 2, 0, 1, 1, 0, 2};
    static const double when[] = {5, 0, 0.1, 5, 4.96, 6.9, 7, 7.04, 99, 1e300};
    struct ecp_plan *plan = silent(3000);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_SPIKES, "a", 0);
    s->target.first = 1;
    s->target.stride = 1200; /* neurons 1, 1201, 2401: over blocks and shares */
    s->target.count = 3;
    s->n_events = 10;
    s->event_target = who;
    s->event_time = when;
    s->weight = 2.5;
    s = add_stimulus(plan, ECP_STIMULUS_SPIKES, "a", 0);
    s->n_events = 10;
    s->event_target = who;
    s->event_time = when;
    s->start = 4.97;
    s->stop = 7.04;
    s->delay = 1.5;
    s->weight = 100;
    struct ecp_network *network = lasting(plan, 9, 2);
    const struct ecp_recorded_signal *ex = signal_of(network, "ex");
    double all = 0;
    for (size_t k = 0; k < ex->n_frames * ex->n_columns; k++)
        all += (double)ex->data[k];
    CU_ASSERT_DOUBLE_EQUAL(all, 8 * 2.5 + 4 * 100, 1e-6);
    /* A spike of 5 ms stands in the step that ends there: frame 49. */
    CU_ASSERT_EQUAL(sample_of(ex, 49, 2401), 7.5);
    CU_ASSERT_EQUAL(sample_of(ex, 0, 1), 2.5); /* time 0: the first that there is */
    CU_ASSERT_EQUAL(sample_of(ex, 0, 1201), 2.5);
    CU_ASSERT_EQUAL(sample_of(ex, 68, 1), 2.5);
    CU_ASSERT_EQUAL(sample_of(ex, 69, 1201), 5);
    CU_ASSERT_EQUAL(sample_of(ex, 64, 2), 200);
    CU_ASSERT_EQUAL(sample_of(ex, 83, 0), 100);
    CU_ASSERT_EQUAL(sample_of(ex, 84, 1), 100);
    finish(network, plan);
}

/* ---- currents -------------------------------------------------------------- */

static void currents(void)
{
    static const double when[] = {1.3, 2}, value[] = {-3, 8};
    static const ecp_lid who[] = {0, 3, 6};
    static double each[] = {1, 2, 3};
    struct ecp_plan *plan = silent(7);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_CURRENT, "a", 5);
    s->start = 0.5;
    s->stop = 3;
    s->n_switches = 2;
    s->switch_time = when;
    s->switch_value = value;
    s = add_stimulus(plan, ECP_STIMULUS_CURRENT, "a", 0);
    s->target.list = who;
    s->target.count = 3;
    s->level.kind = ECP_DRAW_LIST;
    s->level.list = each;
    s->level.count = 3;
    struct ecp_network *network = lasting(plan, 4, 3);
    const struct ecp_recorded_signal *current = signal_of(network, "current");
    for (size_t step = 0; step < 40; step++)
        for (size_t j = 0; j < 7; j++) {
            const double own = j % 3 == 0 ? each[j / 3] : 0;
            const double all = step < 5 || step >= 30 ? 0 : step < 13 ? 5 : step < 20 ? -3 : 8;
            CU_ASSERT_EQUAL(sample_of(current, step, j), own + all);
        }
    finish(network, plan);
}

static double normal_cdf(const void *sd, double value)
{
    return gsl_cdf_gaussian_P(value, *(const double *)sd);
}

/* Ornstein-Uhlenbeck: normal from the first step on, and correlated over tau;
 * independent between neurons. */
static void noise(void)
{
    enum { N = 2000, LAG = 20 };
    static double value[N];
    const double sd = 30;
    struct ecp_plan *plan = silent(N);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_NOISE, "a", 0);
    s->mean = 100;
    s->sd = sd;
    s->tau = 4;
    struct ecp_network *network = lasting(plan, 10, 3);
    const struct ecp_recorded_signal *current = signal_of(network, "current");
    for (size_t step = 0; step < 100; step += 33) {
        double lagged = 0, between = 0;
        for (size_t j = 0; j < N; j++)
            value[j] = sample_of(current, step, j) - 100;
        for (size_t j = 0; j < N && step >= LAG; j++)
            lagged += value[j] * (sample_of(current, step - LAG, j) - 100) / (sd * sd * N);
        for (size_t j = 1; j < N; j++)
            between += value[j] * value[j - 1] / (sd * sd * N);
        CU_ASSERT(step < LAG || fabs(lagged - exp(-0.5)) < 4.5 / sqrt(N));
        CU_ASSERT(fabs(between) < 4 / sqrt(N));
        CU_ASSERT(kolmogorov_p(value, N, normal_cdf, &sd) > LEVEL);
    }
    finish(network, plan);
}

/* A change by a phase leaves the switches that are still to come. */
static void change_before_switch(void)
{
    static const double when[] = {2, 4}, value[] = {20, 40};
    static struct ecp_plan_change change = {.population = -1, .stimulus = 0, .value = 7};
    struct ecp_plan *plan = silent(3);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_CURRENT, "a", 5);
    s->n_switches = 2;
    s->switch_time = when;
    s->switch_value = value;
    (void)add_phase(plan, "first", 3, 0);
    struct ecp_plan_phase *phase = add_phase(plan, "second", 3, 0);
    phase->change = &change;
    phase->n_changes = 1;
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_signal *current = signal_of(network, "current");
    for (size_t step = 0; step < 60; step++)
        CU_ASSERT_EQUAL(sample_of(current, step, 1), step < 20   ? 5
                                                     : step < 30 ? 20
                                                     : step < 40 ? 7
                                                                 : 40);
    finish(network, plan);
}

ECP_TEST_MAIN("stimuli", {"poisson", poisson}, {"large and own means", large_and_own_means},
              {"given spikes", given_spikes}, {"currents", currents}, {"noise", noise},
              {"a change before a switch", change_before_switch})
