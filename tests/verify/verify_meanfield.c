/* verify_meanfield.c -- the mean-field rate against limits in closed form,
 * the values of Brunel 2000, and neurons of the engine under Poisson drive. */
#include <math.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/network.h"
#include "tests/support.h"

static const struct ecp_analysis *meanfield;
static double param[ECP_MAX_FIELDS], result[ECP_MAX_FIELDS];

static int at(const char *field)
{
    const int f = ecp_field_find(meanfield->fields, field);
    CU_ASSERT_FATAL(f >= 0);
    return f;
}

static void start(void)
{
    ECP_ASSERT_OK(ecp_analysis_find("meanfield", &meanfield));
    for (size_t f = 0; meanfield->fields[f].name; f++)
        param[f] = meanfield->fields[f].initial;
}

static double theory(void)
{
    const struct ecp_recording none = {.dt = 0.1};
    const struct ecp_analysis_call call = {&none, -1, -1, 0, 0, param};
    ECP_ASSERT_OK(meanfield->run(&call, result));
    return result[at("theory_hz")];
}

/* States B, C and D of the paper's figure 8, where it gives theory. */
static void paper(void)
{
    const double want[][3] = {{6, 4, 55.8}, {5, 2, 38.0}, {4.5, 0.9, 6.5}}; /* g, eta, Hz */
    start();
    for (size_t k = 0; k < 3; k++) {
        param[at("g")] = want[k][0];
        param[at("rate_ext")] = 10000 * want[k][1];
        CU_ASSERT_DOUBLE_EQUAL(theory(), want[k][2], 0.06);
    }
}

/* Without noise: 1/nu = t_ref + tau ln((mu - v_reset)/(mu - v_th)). */
static void noiseless(void)
{
    start();
    param[at("c_ex")] = param[at("c_in")] = 0;
    param[at("j")] = 1e-5;
    for (double mu = 21; mu < 60; mu *= 1.2) {
        param[at("rate_ext")] = 1e3 * mu / (param[at("j")] * param[at("tau_m")]);
        const double want = 1e3 / (2 + 20 * log((mu - 10) / (mu - 20)));
        CU_ASSERT_DOUBLE_EQUAL(theory() / want, 1, 1e-4);
        CU_ASSERT(!(result[at("theory_cv")] > 0.02));
    }
}

/* Far below threshold escapes are rare and independent: Kramers' rate
 * b exp(-b^2) / (tau sqrt(pi)), up to terms of the order 1/b^2; cv 1. */
static void rare_escapes(void)
{
    start();
    param[at("c_ex")] = param[at("c_in")] = 0;
    param[at("rate_ext")] = 6500; /* mu 13 */
    const double b = 7 / (0.1 * sqrt(0.02 * 6500));
    const double want = 1e3 * b * exp(-b * b) / (20 * sqrt(3.14159265358979));
    (void)theory();
    CU_ASSERT(want < 1e-6 ? result[at("theory_hz")] <= 1e-6 : 1);
    param[at("j")] = 0.5;
    param[at("rate_ext")] = 1200; /* mu 12, sigma 2.45 */
    const double c = 8 / (0.5 * sqrt(0.02 * 1200));
    const double rate = 1e3 * c * exp(-c * c) / (20 * sqrt(3.14159265358979));
    CU_ASSERT_DOUBLE_EQUAL(theory() / rate, 1, 1 / (c * c));
    CU_ASSERT_DOUBLE_EQUAL(result[at("theory_cv")], 1, 0.01);
}

/* The integral, done again by a plain sum. */
static void quadrature(void)
{
    start();
    param[at("c_ex")] = param[at("c_in")] = 0;
    for (double rate = 8000; rate < 30000; rate += 2000) {
        param[at("rate_ext")] = rate;
        const double mu = 0.1 * 0.02 * rate, sigma = 0.1 * sqrt(0.02 * rate);
        const double a = (10 - mu) / sigma, b = (20 - mu) / sigma;
        double sum = 0;
        const int n = 200000;
        for (int k = 0; k < n; k++) {
            const double u = a + (b - a) * (k + 0.5) / n;
            sum += exp(u * u) * erfc(-u) * (b - a) / n;
        }
        const double want = 1e3 / (2 + 20 * sqrt(3.14159265358979) * sum);
        CU_ASSERT_DOUBLE_EQUAL(theory() / want, 1, 1e-6);
    }
}

static double cv_of_run(const struct ecp_recording *r)
{
    const struct ecp_analysis *activity = NULL;
    double given[ECP_MAX_FIELDS], out[ECP_MAX_FIELDS];
    ECP_ASSERT_OK(ecp_analysis_find("activity", &activity));
    for (size_t f = 0; activity->fields[f].name; f++)
        given[f] = activity->fields[f].initial;
    const struct ecp_analysis_call call = {r, 0, -1, 0, r->duration, given};
    ECP_ASSERT_OK(activity->run(&call, out));
    return out[ecp_field_find(activity->fields, "cv_isi")];
}

/* 500 unconnected neurons for 4 s. Jumps of 0.1 mV are not white noise: the
 * rate may come out a percent or two low. */
static void simulated(void)
{
    const double drive[] = {9500, 11000, 15000};
    for (size_t k = 0; k < 3; k++) {
        struct ecp_plan *plan;
        struct ecp_plan_population *p;
        struct ecp_plan_stimulus *s;
        struct ecp_plan_phase *phase;
        struct ecp_network *network;
        const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
        const char *field[] = {"tau_m", "e_l", "v_th", "v_reset", "t_ref", "v"};
        const double value[] = {20, 0, 20, 10, 2, 10};

        ECP_ASSERT_OK(ecp_plan_create(&plan));
        plan->dt = 0.1;
        plan->seed = 11 + k;
        ECP_ASSERT_OK(ecp_plan_add_population(plan, "p", "lif_delta", 500, &p));
        for (size_t f = 0; f < 6; f++)
            ECP_ASSERT_OK(ecp_population_set(p, field[f], value[f]));
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "p", &s));
        s->level = ecp_draw_constant(drive[k]);
        s->weight = 0.1;
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "settle", 200, 1, &phase));
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 4000, 0, &phase));
        ECP_ASSERT_OK(ecp_plan_check(plan));
        ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
        ECP_ASSERT_OK(ecp_network_run(network));

        start();
        param[at("c_ex")] = param[at("c_in")] = 0;
        param[at("rate_ext")] = drive[k];
        const struct ecp_analysis_call call = {
            ecp_network_recording(network), 0, -1, 200, 4200, param};
        ECP_ASSERT_OK(meanfield->run(&call, result));
        const double cv = cv_of_run(ecp_network_recording(network));
        (void)printf(" %.3f %.3f ", result[at("ratio")], cv / result[at("theory_cv")]);
        CU_ASSERT_DOUBLE_EQUAL(cv / result[at("theory_cv")], 1, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(result[at("ratio")], 1, 0.03);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

ECP_TEST_MAIN("meanfield", {"values of the paper", paper}, {"without noise", noiseless},
              {"rare escapes", rare_escapes}, {"quadrature", quadrature},
              {"neurons of the engine", simulated})
