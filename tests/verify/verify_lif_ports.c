/* verify_lif_ports.c -- the models with eight ports: against lif_exp and lif_cond_exp,
 * closed forms, the equations solved by GSL; ports that are off or silent. */
#include <stdio.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "tests/verify/conductance_case.h"

enum { PORTS = 8, NEURONS = 700, STEPS = 3000 };

static const int is_double = sizeof(ecp_real) == sizeof(double);
static const double tau[PORTS] = {0.5, 1, 2, 3.7, 10, 20, 55, 100};
static const double reversal[PORTS] = {0, -80, 20, -65, -90, -10, 0, -70};

static void prepare(struct block *b, const char *name, size_t n)
{
    const struct ecp_neuron_model *model;
    ECP_ASSERT_OK(ecp_neuron_find(name, ecp_isa_best(), &model));
    block_init(b, model, n, 0.1);
}

/* Field `name` of port k (from 0): "i_1". */
static const char *of_port(char *to, size_t size, const char *name, int k)
{
    (void)snprintf(to, size, "%s%d", name, k + 1);
    return to;
}

static void set_port(struct block *b, const char *name, int k, double value)
{
    char field[32];
    CU_ASSERT_FATAL(ecp_field_find(b->model->fields, of_port(field, sizeof field, name, k)) >= 0);
    block_set(b, field, value);
}

static ecp_real *port_column(struct block *b, const char *name, int k)
{
    char field[32];
    return block_field(b, of_port(field, sizeof field, name, k));
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* 0 most often, else one of a few sizes up to `most`. */
static ecp_real arrival(uint64_t *state, double most)
{
    const uint64_t r = next_random(state);
    return r % 40 == 0 ? (ecp_real)(most * (double)(1 + r / 40 % 8) / 8) : 0;
}

/* Two blocks of different models, all numbers of `fields` alike. */
static double distance(struct block *a, struct block *b, const char *const (*fields)[2])
{
    double worst = 0;
    for (; (*fields)[0]; fields++) {
        const ecp_real *x = block_field(a, (*fields)[0]), *y = block_field(b, (*fields)[1]);
        for (size_t j = 0; j < a->n; j++)
            worst = worse(worst, fabs((double)x[j] - (double)y[j]));
    }
    return worst;
}

/* Both get the same arrivals through their ports for the two signs. */
static void same_as(const char *plain, const char *ports, double weight, int signs,
                    const char *const (*fields)[2])
{
    struct block a, b;
    uint64_t random = 5;
    double worst = 0;
    size_t spikes = 0, off = 0;
    prepare(&a, plain, NEURONS);
    prepare(&b, ports, NEURONS);
    block_set(&a, "tau_syn_ex", 2);
    block_set(&a, "tau_syn_in", 3);
    set_port(&b, "tau_syn_", 0, 2);
    set_port(&b, "tau_syn_", 1, 3);
    ECP_ASSERT_OK(block_derive(&a));
    ECP_ASSERT_OK(block_derive(&b));
    ecp_real *ex[] = {block_field(&a, "ex"), block_field(&b, "r1")};
    ecp_real *in[] = {block_field(&a, "in"), block_field(&b, "r2")};
    for (int step = 0; step < STEPS; step++) {
        for (size_t j = 0; j < NEURONS; j++) {
            ex[0][j] = ex[1][j] = arrival(&random, weight);
            in[0][j] = in[1][j] = signs > 1 ? -arrival(&random, weight / 2) : 0;
        }
        block_update(&a, step);
        block_update(&b, step);
        worst = worse(worst, distance(&a, &b, fields));
        for (size_t j = 0; j < NEURONS; j++) {
            spikes += a.fired[j];
            off += a.fired[j] != b.fired[j];
        }
    }
    (void)printf(" %zu spikes, %.1e;", spikes, worst);
    CU_ASSERT(spikes > NEURONS);
    CU_ASSERT_EQUAL(off, 0);
    CU_ASSERT_EQUAL(worst, 0);
    block_clear(&a);
    block_clear(&b);
}

static void one_port(void)
{
    static const char *const currents[][2] = {{"v", "v"}, {"i_ex", "i_1"}, {NULL, NULL}};
    static const char *const conductances[][2] = {
        {"v", "v"}, {"g_ex", "g_1"}, {"g_in", "g_2"}, {NULL, NULL}};
    same_as("lif_exp", "lif_exp_ports", 1500, 1, currents);
    same_as("lif_cond_exp", "lif_cond_ports", 30, 1, conductances);
}

/* Potential at t after unit current of time constant tau: Rotter & Diesmann 1999. */
static double response(double tau_syn, double t)
{
    const double tau_m = 10, c = 250;
    if (fabs(tau_syn - tau_m) < 1e-9)
        return t / c * exp(-t / tau_m);
    return (exp(-t / tau_m) - exp(-t / tau_syn)) / (c * (1 / tau_syn - 1 / tau_m));
}

/* Below threshold the ports add up. */
static void superposition(void)
{
    const double weight[PORTS] = {100, -50, 60, -40, 30, -20, 10, -5};
    const int when[PORTS] = {3, 40, 7, 90, 0, 150, 200, 111};
    struct block b;
    double worst = 0;
    prepare(&b, "lif_exp_ports", 1);
    for (int k = 0; k < PORTS; k++)
        set_port(&b, "tau_syn_", k, tau[k]);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 2000; step++) {
        double want = -70;
        for (int k = 0; k < PORTS; k++) {
            port_column(&b, "r", k)[0] = step == when[k] ? (ecp_real)weight[k] : 0;
            want += step >= when[k] ? weight[k] * response(tau[k], (step - when[k]) * 0.1) : 0;
        }
        block_update(&b, step);
        worst = worse(worst, fabs((double)block_field(&b, "v")[0] - want));
        CU_ASSERT_EQUAL(b.fired[0], 0);
    }
    (void)printf(" %.1e mV", worst);
    CU_ASSERT(worst < (is_double ? 1e-11 : 1e-3));
    block_clear(&b);
}

/* ---- conductances against the equations ------------------------------------------- */

static int equations(double t, const double y[], double f[], void *data)
{
    (void)data;
    f[0] = -16.6667 * (y[0] + 70) + 120;
    for (int k = 0; k < PORTS; k++) {
        const double g = y[1 + k] * exp(-t / tau[k]);
        f[0] -= g * (y[0] - reversal[k]);
        f[1 + k] = 0;
    }
    f[0] /= 250;
    return GSL_SUCCESS;
}

static void against_equations(const char *scheme, double tolerance)
{
    const gsl_odeiv2_system system = {equations, NULL, 1 + PORTS, NULL};
    gsl_odeiv2_driver *driver =
        gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 0.01, 1e-12, 1e-12);
    struct block b;
    uint64_t random = 3;
    double worst = 0, y[1 + PORTS] = {-70};
    prepare(&b, "lif_cond_ports", 1);
    b.scheme = scheme;
    for (int k = 0; k < PORTS; k++) {
        set_port(&b, "tau_syn_", k, tau[k]);
        set_port(&b, "e_syn_", k, reversal[k]);
    }
    block_set(&b, "v_th", 1000);
    block_set(&b, "i_e", 120);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < STEPS; step++) {
        double t = 0;
        CU_ASSERT_EQUAL_FATAL(gsl_odeiv2_driver_apply(driver, &t, 0.1, y), GSL_SUCCESS);
        (void)gsl_odeiv2_driver_reset(driver);
        for (int k = 0; k < PORTS; k++) {
            const ecp_real w = arrival(&random, 5);
            port_column(&b, "r", k)[0] = w;
            y[1 + k] = y[1 + k] * exp(-0.1 / tau[k]) + (double)w;
        }
        block_update(&b, step);
        worst = worse(worst, fabs((double)block_field(&b, "v")[0] - y[0]));
    }
    (void)printf(" %s: %.1e mV;", scheme, worst);
    CU_ASSERT(worst < tolerance);
    gsl_odeiv2_driver_free(driver);
    block_clear(&b);
}

static void conductances(void)
{
    against_equations("magnus", is_double ? 1e-6 : 1e-3);
    against_equations("exponential_euler", 2e-2);
    against_equations("gsl_rkf45", is_double ? 1e-9 : 1e-3);
}

static void orders(void)
{
    static const struct nest_value start[] = {{"g_1", 30},   {"g_2", 20},      {"g_3", 10},
                                              {"g_8", 5},    {"tau_syn_1", 1}, {"tau_syn_8", 40},
                                              {"v_th", 1000}};
    conductance_orders("lif_cond_ports", start, 7);
}

/* ---- what costs nothing ------------------------------------------------------------ */

/* All bits of V and of the spikes after a run in which ports from `used` on are as told. */
static void run(struct block *b, int used, double tau_unused, ecp_real arriving, size_t cut)
{
    uint64_t random = 9;
    ecp_real *port[PORTS];
    for (int k = 0; k < PORTS; k++)
        port[k] = port_column(b, "r", k);
    for (int k = used; k < PORTS; k++)
        set_port(b, "tau_syn_", k, tau_unused);
    ECP_ASSERT_OK(block_derive(b));
    for (int step = 0; step < STEPS / 10; step++) {
        for (int k = 0; k < PORTS; k++)
            for (size_t j = 0; j < b->n; j++)
                port[k][j] = k < used ? arrival(&random, k % 2 ? 3 : 8) : arriving;
        block_update_part(b, step, 0, cut);
        block_update_part(b, step, cut, b->n - cut);
    }
}

static void compare_runs(const char *name, double tau_unused, ecp_real arriving, size_t cut)
{
    struct block a, b;
    prepare(&a, name, NEURONS);
    prepare(&b, name, NEURONS);
    block_set(&a, "i_e", 300);
    block_set(&b, "i_e", 300);
    run(&a, 3, 2, 0, NEURONS);
    run(&b, 3, tau_unused, arriving, cut);
    CU_ASSERT_EQUAL(memcmp(a.fired, b.fired, NEURONS), 0);
    for (size_t f = 0; f < a.n_fields; f++)
        if (a.model->fields[f].kind == ECP_STATE)
            CU_ASSERT_EQUAL(memcmp(a.column[f], b.column[f], NEURONS * sizeof(ecp_real)), 0);
    CU_ASSERT_NOT_EQUAL(block_field(&a, "v")[0], block_field(&a, "v")[1]);
    block_clear(&a);
    block_clear(&b);
}

static void off_and_silent(void)
{
    static const char *const names[] = {"lif_exp_ports", "lif_cond_ports"};
    for (int m = 0; m < 2; m++) {
        compare_runs(names[m], 0, 0, NEURONS);        /* off or only silent */
        compare_runs(names[m], 0, 50, NEURONS);       /* off: arrivals have no effect */
        compare_runs(names[m], 7, 0, 131);            /* silent, cut elsewhere */
        compare_runs(names[m], 2, (ecp_real)-0.0, 1); /* nothing with a minus sign */
    }
}

/* Every scheme leaves a port that is off alone: what it was, and what arrives. */
static void off_in_every_scheme(void)
{
    static const char *const schemes[] = {"magnus", "exponential_euler", "gsl_rkf45"};
    for (int k = 0; k < 3; k++) {
        struct block b;
        prepare(&b, "lif_cond_ports", 1);
        b.scheme = schemes[k];
        set_port(&b, "tau_syn_", 4, 0);
        ECP_ASSERT_OK(block_derive(&b));
        block_set(&b, "g_5", 50);
        block_set(&b, "r5", 20);
        for (int step = 0; step < 50; step++)
            block_update(&b, step);
        CU_ASSERT_EQUAL(block_field(&b, "g_5")[0], 50);
        CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "v")[0], -70, 1e-4);
        block_clear(&b);
    }
}

/* A port is silent only if all its neurons are: one current among 256 zeros counts,
 * whichever it is, and so does one arrival. */
static void one_of_many(void)
{
    static const char *const names[] = {"lif_exp_ports", "lif_cond_ports"};
    static const char *const state[] = {"i_6", "g_6"};
    for (int m = 0; m < 2; m++)
        for (size_t j = 0; j < NEURONS; j += 13) {
            struct block b;
            prepare(&b, names[m], NEURONS);
            ECP_ASSERT_OK(block_derive(&b));
            block_field(&b, "r6")[j] = 1;
            block_update(&b, 0);
            CU_ASSERT_EQUAL(block_field(&b, state[m])[j], 1);
            block_field(&b, "r6")[j] = 0;
            block_update(&b, 1);
            CU_ASSERT_NOT_EQUAL(block_field(&b, "v")[j], -70);
            CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, state[m])[j], exp(-0.1 / 2), 1e-6);
            block_clear(&b);
        }
}

static void refused(void)
{
    static const char *const names[] = {"lif_exp_ports", "lif_cond_ports"};
    for (int m = 0; m < 2; m++) {
        struct block b;
        prepare(&b, names[m], 1);
        set_port(&b, "tau_syn_", 4, 1e-4);
        CU_ASSERT_EQUAL(block_derive(&b), ECP_ECONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "tau_syn_5"));
        ecp_error_clear();
        block_clear(&b);
    }
}

ECP_TEST_MAIN("lif_ports", {"one port", one_port}, {"superposition", superposition},
              {"conductances", conductances}, {"orders of the schemes", orders},
              {"off and silent ports", off_and_silent},
              {"off in every scheme", off_in_every_scheme}, {"one of many", one_of_many},
              {"refused", refused})
