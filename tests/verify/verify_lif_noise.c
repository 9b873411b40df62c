/* verify_lif_noise.c -- lif_noise: the background's and the membrane's moments
 * and one synaptic potential against closed forms, the rate against a naive
 * integration of the stochastic equations and against Siegert's formula with
 * the correction for noise of a short memory (Brunel & Sergi 1998; Fourcaud &
 * Brunel 2002). */
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_erf.h>

#include "engine/network.h"
#include "tests/support.h"
#include "tests/verify/block.h"

static const int single = sizeof(ecp_real) == sizeof(float);

static void begin(struct block *b, size_t n, double dt)
{
    const struct ecp_neuron_model *m;
    ECP_ASSERT_OK(ecp_neuron_find("lif_noise", ecp_isa_best(), &m));
    block_init(b, m, n, dt);
}

/* ---- without chance ------------------------------------------------------------- */

/* A weight of h_0 = 4.20075 mV: V = w (exp(-t/10) - exp(-t/5)), w/4 at 10 ln 2 ms. */
static void potential(void)
{
    const double w = 4.20075, near = single ? 3e-4 : 1e-12;
    struct block b;
    double peak = 0, at = 0, worst = 0;
    begin(&b, 1, 0.1);
    block_set(&b, "sigma", 0);
    block_set(&b, "i_0", 0);
    block_set(&b, "i_ou", 0);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 600; step++) {
        const double t = (step - 9) * 0.1;
        block_field(&b, "syn")[0] = (ecp_real)(step == 9 ? w : 0);
        block_update(&b, step);
        const double v = (double)block_field(&b, "v")[0] + 65;
        const double want = t < 0 ? 0 : w * (exp(-t / 10) - exp(-t / 5));
        worst = fmax(worst, fabs(v - want));
        at = v > peak ? t : at;
        peak = fmax(peak, v);
    }
    CU_ASSERT(worst < near);
    CU_ASSERT_DOUBLE_EQUAL(peak, w / 4, 4e-4);
    CU_ASSERT_DOUBLE_EQUAL(at, 10 * log(2), 0.1);
    block_clear(&b);
}

/* The variances, as sums of squared responses to the normal number of one step. */
static void variances(double dt, double tau, double *of_i, double *of_v)
{
    struct block b;
    begin(&b, 2, dt); /* one neuron gets the number, one does not */
    block_set(&b, "tau_ou", tau);
    block_set(&b, "v_th", 1e3);
    ECP_ASSERT_OK(block_derive(&b));
    *of_i = *of_v = 0;
    for (int step = 0; step < (int)(400 / dt); step++) {
        block_field(&b, "xi")[0] = (ecp_real)(step == 0);
        block_update(&b, step);
        const ecp_real *i = block_field(&b, "i_ou"), *v = block_field(&b, "v");
        *of_i += pow((double)i[0] - (double)i[1], 2);
        *of_v += pow((double)v[0] - (double)v[1], 2);
    }
    block_clear(&b);
}

static void moments(void)
{
    const double dt[] = {0.01, 0.1, 0.2, 1, 0.1, 0.1, 0.1}, tau[] = {5, 5, 5, 5, 1, 10, 200};
    for (int k = 0; k < 7; k++) {
        double of_i, of_v;
        const double left_out = pow(dt[k] / tau[k], 2) * (1 + tau[k] / 10) / 12;
        const double want = 25 * tau[k] / (tau[k] + 10) * (1 - left_out); /* r_m sigma = 5 mV */
        variances(dt[k], tau[k], &of_i, &of_v);
        /* In single precision V loses small steps. */
        const double lost = dt[k] < 0.05 ? 3e-2 : dt[k] < 0.15 ? 2e-3 : 5e-5;
        const double close = single ? lost : 1e-9;
        const double memory = 1 - exp(-800 / tau[k]); /* the sum ends at 400 ms */
        (void)printf(" %.1e", of_v / want - 1);
        CU_ASSERT_DOUBLE_EQUAL(of_i / (250000 * memory), 1, single ? 2e-3 : 1e-9);
        if (tau[k] <= 10)
            CU_ASSERT_DOUBLE_EQUAL(of_v / want, 1, close + left_out / 10);
    }
}

/* ---- with chance: through the engine ---------------------------------------------- */

struct run {
    double dt, duration, tau_ou, sigma, i_0, v_th;
    size_t n;
    double rate, mean[2], sd[2]; /* of v and i_ou */
};

static void moments_of(const struct ecp_recorded_signal *s, double *mean, double *sd)
{
    double sum = 0, square = 0, n = 0;
    for (size_t k = s->n_frames / 4; k < s->n_frames; k++)
        for (size_t j = 0; j < s->n_columns; j++) {
            const double x = (double)s->data[k * s->n_columns + j];
            sum += x;
            square += x * x;
            n++;
        }
    *mean = sum / n;
    *sd = sqrt(square / n - sum / n * (sum / n));
}

static void run_engine(struct run *run)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = run->dt;
    plan->seed = 3;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", "lif_noise", run->n, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "tau_ou", run->tau_ou));
    ECP_ASSERT_OK(ecp_population_set(p, "sigma", run->sigma));
    ECP_ASSERT_OK(ecp_population_set(p, "i_0", run->i_0));
    ECP_ASSERT_OK(ecp_population_set(p, "v_th", run->v_th));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    for (int k = 0; k < 2; k++) {
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "n", &probe));
        probe->field_name = k == 0 ? "v" : "i_ou";
        probe->interval = run->duration / 20;
    }
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", run->duration, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    run->rate = (double)r->population[0].n_events / (double)run->n / run->duration * 1000;
    CU_ASSERT_EQUAL_FATAL(r->n_signals, 2);
    for (size_t k = 0; k < 2; k++)
        moments_of(&r->signal[k], &run->mean[k], &run->sd[k]);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* 45,000 samples 100 ms apart: 0.5 % of an sd. */
static void stationary(void)
{
    struct run run = {
        .dt = 0.2, .duration = 2000, .tau_ou = 5, .sigma = 500, .i_0 = 150, .v_th = 900, .n = 3000};
    run_engine(&run);
    (void)printf(" %.3f %.3f mV, %.1f %.1f pA ", run.mean[0], run.sd[0], run.mean[1], run.sd[1]);
    CU_ASSERT_EQUAL(run.rate, 0);
    CU_ASSERT_DOUBLE_EQUAL(run.mean[0], -63.5, 0.06);
    CU_ASSERT_DOUBLE_EQUAL(run.sd[0], 5 * sqrt(5.0 / 15), 0.04);
    CU_ASSERT_DOUBLE_EQUAL(run.mean[1], 150, 10);
    CU_ASSERT_DOUBLE_EQUAL(run.sd[1], 500, 7);
}

/* Euler & Maruyama with small steps, one neuron for `seconds`. */
static double naive_rate(double i_0, double seconds)
{
    const double h = 0.02;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    double v = -65, i = i_0, spikes = 0, wait = 0;
    gsl_rng_set(rng, 11);
    for (double t = 0; t < seconds * 1000; t += h) {
        if (wait > 0)
            wait -= h;
        else
            v += h / 10 * (-(v + 65) + 0.01 * i);
        i += h / 5 * (i_0 - i) + 500 * sqrt(2 * h / 5) * gsl_ran_gaussian_ziggurat(rng, 1);
        if (v >= -55) {
            v = -70;
            wait = 2 - h / 2;
            spikes++;
        }
    }
    gsl_rng_free(rng);
    return spikes / seconds;
}

static void rate_naive(void)
{
    const double i_0[] = {400, 800};
    for (int k = 0; k < 2; k++) {
        struct run run = {.dt = 0.1,
                          .duration = 2000,
                          .tau_ou = 5,
                          .sigma = 500,
                          .i_0 = i_0[k],
                          .v_th = -55,
                          .n = 1500};
        const double want = naive_rate(i_0[k], k == 0 ? 1000 : 300);
        run_engine(&run);
        (void)printf(" %.2f (%.2f) Hz", run.rate, want);
        CU_ASSERT_DOUBLE_EQUAL(run.rate / want, 1, 0.05);
    }
}

/* Hz; thresholds moved up by alpha/2 sqrt(k) of sqrt(2) sd, alpha = sqrt(2) |zeta(1/2)|. */
static double siegert(double mean, double sd, double k)
{
    const double shift = 2.0653 / 2 * sqrt(k), scale = sqrt(2) * sd;
    const double low = (-70 - mean) / scale + shift, high = (-55 - mean) / scale + shift;
    const int pieces = 20000;
    double sum = 0;
    for (int j = 0; j < pieces; j++) { /* exp(x^2) (1 + erf x), by midpoints */
        const double x = low + (j + 0.5) * (high - low) / pieces;
        sum += exp(x * x) * gsl_sf_erfc(-x) * (high - low) / pieces;
    }
    return 1000 / (2 + 10 * sqrt(3.14159265358979323846) * sum);
}

static void rate_siegert(void)
{
    const double tau = 0.05, mean[] = {-62, -57}, sd[] = {5, 4};
    for (int k = 0; k < 2; k++) {
        struct run run = {.dt = 0.01,
                          .duration = 1000,
                          .tau_ou = tau,
                          .sigma = sd[k] * 100 * sqrt((tau + 10) / tau),
                          .i_0 = (mean[k] + 65) * 100,
                          .v_th = -55,
                          .n = 400};
        /* White noise of the same intensity: 2 sigma^2 tau_ou. */
        const double white = 0.01 * run.sigma * sqrt(tau / 10);
        const double want = siegert(mean[k], white, tau / 10);
        run_engine(&run);
        (void)printf(" %.2f (%.2f) Hz", run.rate, want);
        CU_ASSERT_DOUBLE_EQUAL(run.rate / want, 1, 0.04);
    }
}

ECP_TEST_MAIN("lif_noise", {"one synaptic potential", potential}, {"variances", moments},
              {"stationary moments", stationary}, {"rate against a naive loop", rate_naive},
              {"rate against Siegert", rate_siegert})
