/* verify_adex.c -- the adaptive exponential neurons against NEST's (tests/data/nest),
 * against a GSL integration of the equations made here, against closed forms without
 * the exponential, and where numbers are absurd. Patterns: verify_adex_patterns.c. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "tests/verify/nest_case.h"
#include "tests/verify/pattern.h"

static const int is_double = sizeof(ecp_real) == sizeof(double);

/* ---- NEST ----------------------------------------------------------------------- */

static struct nest_case c;

/* `model` names the data, too. */
static void verify_nest(const char *name, double i_e)
{
    c.i_e = i_e;
    if (c.n == 1)
        c.v0[0] = -70.6;
    c.slack = 1;
    c.tolerance = is_double ? 1e-5 : 1e-3;
    nest_verify(name, &c);
}

static void nest_of(const char *model, const double *weight)
{
    const double value[] = {400, 700, 0, 800, -300, 600, 0};
    char name[64];
    nest_case_const(&c, model);
    (void)snprintf(name, sizeof name, "%s_const", model);
    verify_nest(name, 700);
    nest_case_step(&c, model);
    memcpy(c.switch_value, value, sizeof value);
    (void)snprintf(name, sizeof name, "%s_step", model);
    verify_nest(name, 0);
    nest_case_spikes(&c, model, weight);
    (void)snprintf(name, sizeof name, "%s_spikes", model);
    verify_nest(name, 0);
}

static void nest_adex(void)
{
    nest_of("adex", (const double[]){10, 25, -15});
}

static void nest_adex_alpha(void)
{
    nest_of("adex_alpha", (const double[]){8, 20, -12});
}

static void nest_adex_psc(void)
{
    nest_of("adex_psc", (const double[]){200, 400, -300});
}

static void network(void)
{
    nest_case_network(&c, "adex", 14);
    nest_set(&c, "tau_syn_ex", 2);
    nest_set(&c, "a", 1);
    nest_set(&c, "b", 5);
    c.tau_syn_in = 4;
    verify_nest("net50_adex", 0);
}

/* ---- the equations, by GSL ---------------------------------------------------------- */

/* All three models under a constant current, with a synaptic volley every 24 ms.
 * Reset at once, found by bisection, to which pieces lead that are a fifth of the
 * time to the blow-up. v_peak is low: from there on it is 2e-5 ms. */
enum { PEAK = -24, REF_STEPS = 5000 };

struct case_gsl {
    const char *model;
    double ex, in; /* weights of a volley */
    double tau_ex, tau_in, i, t_ref;
    int waiting; /* V rests at v_reset */
};

static int equations(double t, const double y[], double dydt[], void *data)
{
    const struct case_gsl *p = data;
    const int alpha = strcmp(p->model, "adex_alpha") == 0;
    const int psc = strcmp(p->model, "adex_psc") == 0;
    const double v = p->waiting ? -60 : y[0];
    const double synaptic = psc ? y[2] + y[4] : -y[2] * v - y[4] * (v + 85);
    (void)t;
    dydt[0] = (-30 * (v + 70.6) + 60 * exp((v + 50.4) / 2) + synaptic - y[1] + p->i) / 281;
    dydt[0] *= !p->waiting;
    dydt[1] = (4 * (v + 70.6) - y[1]) / 144;
    dydt[2] = (alpha ? y[3] : 0) - y[2] / p->tau_ex;
    dydt[3] = -y[3] / p->tau_ex;
    dydt[4] = (alpha ? y[5] : 0) - y[4] / p->tau_in;
    dydt[5] = -y[5] / p->tau_in;
    return GSL_SUCCESS;
}

static void to_time(gsl_odeiv2_driver *driver, double *t, double end, double *y)
{
    gsl_odeiv2_driver_reset(driver);
    CU_ASSERT_EQUAL_FATAL(gsl_odeiv2_driver_apply(driver, t, end, y), GSL_SUCCESS);
}

/* The moment after *t, at which V was `from`, and before `late` when it came to the peak. */
static double peak_time(gsl_odeiv2_driver *driver, double early, double late, double *y,
                        const double *from)
{
    double at[6], start[6];
    memcpy(start, from, sizeof start);
    for (;;) {
        const double middle = 0.5 * (early + late);
        double now = early;
        if (!(middle > early && middle < late))
            return late;
        memcpy(at, start, sizeof at);
        to_time(driver, &now, middle, at);
        if (at[0] < PEAK) {
            early = middle;
            memcpy(start, at, sizeof start);
        } else {
            late = middle;
            memcpy(y, at, sizeof at);
        }
    }
}

/* From `t` to `end`; the times of spikes go to `spike`, their number is returned. */
static size_t to_end(gsl_odeiv2_driver *driver, struct case_gsl *p, double t, double end, double *y,
                     double *spike)
{
    size_t n = 0;
    while (t < end) {
        double from[6], next = t;
        const double pace = fmin(0.05, 1.9 * exp(-0.5 * (y[0] + 50.4)));
        memcpy(from, y, sizeof from);
        to_time(driver, &next, fmin(t + pace, end), y);
        if (y[0] >= PEAK) {
            next = peak_time(driver, t, next, y, from);
            spike[n++] = next;
            y[0] = -60;
            y[1] += 80.5;
            p->waiting = p->t_ref > 0;
        }
        t = next;
    }
    return n;
}

static void volley(const struct case_gsl *p, double *y)
{
    const int alpha = strcmp(p->model, "adex_alpha") == 0;
    y[alpha ? 3 : 2] += alpha ? exp(1) / p->tau_ex * p->ex : p->ex;
    const double in = strcmp(p->model, "adex_psc") == 0 ? p->in : fabs(p->in);
    y[alpha ? 5 : 4] += alpha ? exp(1) / p->tau_in * in : in;
}

static size_t reference(const struct case_gsl *p, double dt, size_t steps, double *v, double *spike)
{
    struct case_gsl copy = *p;
    gsl_odeiv2_system system = {equations, NULL, 6, &copy};
    gsl_odeiv2_driver *driver =
        gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-4, 1e-12, 1e-12);
    double y[6] = {-70.6, 0, 0, 0, 0, 0};
    size_t n = 0, wait = 0;
    for (size_t k = 0; k < steps; k++) {
        v[k] = y[0];
        copy.waiting = wait > 0;
        const size_t fired =
            to_end(driver, &copy, (double)k * dt, (double)(k + 1) * dt, y, spike + n);
        wait = fired ? (size_t)nearbyint(p->t_ref / dt) : wait - (wait > 0);
        n += fired;
        if ((k + 1) % (size_t)nearbyint(24 / dt) == 0)
            volley(p, y);
    }
    gsl_odeiv2_driver_free(driver);
    return n;
}

static void case_block(struct block *b, const struct case_gsl *p, const char *scheme, double dt)
{
    pattern_block(b, p->model, scheme, dt);
    block_set(b, "v_peak", PEAK);
    block_set(b, "tau_syn_ex", p->tau_ex);
    block_set(b, "tau_syn_in", p->tau_in);
    block_set(b, "i_e", p->i);
    block_set(b, "t_ref", p->t_ref);
    ECP_ASSERT_OK(block_derive(b));
}

/* Worst distance of V from the reference over all steps at which the reference is
 * below v_t (above it, V is as steep as can be), and of the spikes, in steps. */
static void compare(const struct case_gsl *p, const char *scheme, double dt, double most)
{
    static double v[REF_STEPS], spike[REF_STEPS];
    static struct pattern got;
    struct block b;
    const size_t steps = (size_t)nearbyint(300 / dt);
    const size_t n = reference(p, dt, steps, v, spike);
    double worst = 0, off = 0;
    case_block(&b, p, scheme, dt);
    got.n = 0;
    for (ecp_step k = 0; (size_t)k < steps;) {
        if (v[k] < -50.4)
            worst = fmax(worst, fabs((double)block_field(&b, "v")[0] - v[k]));
        const int full = (k + 1) % (ecp_step)nearbyint(24 / dt) == 0;
        block_set(&b, "ex", full ? p->ex : 0);
        block_set(&b, "in", full ? p->in : 0);
        pattern_run(&b, &k, dt, &got);
    }
    CU_ASSERT_EQUAL_FATAL(got.n, n);
    for (size_t k = 0; k < n; k++)
        off = fmax(off, fabs(nearbyint(got.time[k] / dt) - ceil(spike[k] / dt)));
    (void)printf("\n    %s %s dt %g: %.1e mV, %zu spikes, %g steps off", p->model,
                 scheme ? scheme : "default", dt, worst, n, off);
    CU_ASSERT(n > 3);
    CU_ASSERT(worst <= most);
    CU_ASSERT(off <= 1);
    block_clear(&b);
}

static void against_gsl(void)
{
    const struct case_gsl cases[] = {{"adex", 30, -10, 0.2, 2, 750, 0, 0},
                                     {"adex", 8, 6, 2, 4, 750, 3, 0},
                                     {"adex_alpha", 15, -5, 0.2, 2, 750, 0, 0},
                                     {"adex_psc", 600, -300, 0.2, 2, 750, 0, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        compare(&cases[k], NULL, 0.1, is_double ? 2e-4 : 5e-3);
        compare(&cases[k], "gsl_rkf45", 0.1, is_double ? 2e-4 : 5e-3);
        compare(&cases[k], NULL, 1, 0.1);
    }
}

/* ---- order ------------------------------------------------------------------------- */

static double error_after(const struct case_gsl *p, const char *scheme, double dt)
{
    static double v[REF_STEPS], spike[10];
    static struct pattern none;
    struct block b;
    ecp_step step = 0;
    CU_ASSERT_EQUAL(reference(p, 0.5, 73, v, spike), 0);
    case_block(&b, p, scheme, dt);
    none.n = 0;
    pattern_run(&b, &step, 24 - dt, &none);
    block_set(&b, "ex", p->ex);
    block_set(&b, "in", p->in);
    pattern_run(&b, &step, dt, &none);
    block_set(&b, "ex", 0);
    block_set(&b, "in", 0);
    pattern_run(&b, &step, 12, &none);
    const double error = fabs((double)block_field(&b, "v")[0] - v[72]);
    (void)printf(" %.1e", error);
    block_clear(&b);
    return error;
}

static void order(void)
{
    const struct case_gsl cases[] = {{"adex", 3, -2, 4, 6, 300, 0, 0},
                                     {"adex_alpha", 2, -1, 4, 6, 300, 0, 0},
                                     {"adex_psc", 200, -100, 4, 6, 300, 0, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct ecp_neuron_model *m = NULL;
        ECP_ASSERT_OK(ecp_neuron_find(cases[k].model, ecp_isa_best(), &m));
        for (const struct ecp_scheme *s = m->schemes; s->name; s++) {
            const double dt = is_double ? 0.3 : 3; /* where its precision shows the error */
            const double slope =
                log2(error_after(&cases[k], s->name, dt) / error_after(&cases[k], s->name, dt / 2));
            (void)printf("\n    %s %s: %.2f", cases[k].model, s->name, slope);
            CU_ASSERT_DOUBLE_EQUAL(slope, s->order, 0.5);
        }
    }
}

/* ---- without the exponential ------------------------------------------------------- */

/* delta_t = 0, a = b = 0: a leaky integrator whose n-th spike comes, without refractory
 * time, n tau ln(...) after the first start, whatever the step; with it, the next
 * start is the end of the step plus t_ref. */
static void leaky(double t_ref)
{
    static struct pattern got;
    struct block b;
    ecp_step step = 0;
    const double dt = 0.1, tau = 281.0 / 30, target = -70.6 + 900.0 / 30;
    const double first = tau * log((target + 70.6) / (target + 50.4));
    const double later = tau * log((target + 60) / (target + 50.4));
    pattern_block(&b, "adex", NULL, dt);
    block_set(&b, "delta_t", 0);
    block_set(&b, "a", 0);
    block_set(&b, "b", 0);
    block_set(&b, "i_e", 900);
    block_set(&b, "t_ref", t_ref);
    ECP_ASSERT_OK(block_derive(&b));
    got.n = 0;
    pattern_run(&b, &step, 500, &got);
    CU_ASSERT_FATAL(got.n > 20);
    double at = first, off = 0;
    for (size_t k = 0; k < got.n; k++) {
        const double stamp = ceil(at / dt - 1e-9) * dt;
        off = fmax(off, fabs(got.time[k] - stamp));
        at = t_ref > 0 ? stamp + t_ref + later : at + later;
    }
    (void)printf("\n    t_ref %g: %zu spikes, %.1g ms off", t_ref, got.n, off);
    CU_ASSERT(off < (is_double ? 1e-6 : 0.1 + 1e-6));
    block_clear(&b);
}

static void without_exponential(void)
{
    leaky(0);
    leaky(2);
}

/* ---- absurd numbers -------------------------------------------------------------------- */

static void check_finite(const char *model, const char *scheme, const char *field, double value)
{
    struct block b;
    pattern_block(&b, model, scheme, 0.1);
    block_set(&b, field, value);
    ECP_ASSERT_OK(block_derive(&b));
    for (ecp_step k = 0; k < 20; k++) {
        block_update(&b, k);
        for (size_t f = 0; f < b.n_fields; f++)
            CU_ASSERT(!b.column[f] || isfinite(b.column[f][0]));
    }
    block_clear(&b);
}

static void absurd(void)
{
    const char *const models[] = {"adex", "adex_alpha", "adex_psc"};
    for (size_t k = 0; k < 3; k++) {
        check_finite(models[k], NULL, "i_stim", 1e7);
        check_finite(models[k], NULL, "i_stim", -1e7);
        check_finite(models[k], NULL, "v", 1e4);
        check_finite(models[k], NULL, "v", -1e4);
        check_finite(models[k], NULL, "g_ex", 1e7);
        check_finite(models[k], NULL, "g_in", 1e7);
        check_finite(models[k], NULL, "w", -1e7);
        check_finite(models[k], NULL, "v_peak", 1e3);
        check_finite(models[k], NULL, "delta_t", 1e-3);
        check_finite(models[k], NULL, "tau_syn_ex", 1e-3);
        check_finite(models[k], "gsl_rkf45", "v", 100);
    }
    struct block b; /* a NAN stays to be found */
    pattern_block(&b, "adex", NULL, 0.1);
    ECP_ASSERT_OK(block_derive(&b));
    block_set(&b, "v", NAN);
    block_update(&b, 0);
    CU_ASSERT(isnan(block_field(&b, "v")[0]));
    block_clear(&b);
}

static void refused(void)
{
    const struct {
        const char *field;
        double value;
        const char *named;
    } bad[] = {{"v_reset", 0, "v_reset"}, {"v_peak", -51, "v_peak"}, {"t_ref", 1e4, "t_ref"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        struct block b;
        pattern_block(&b, "adex", NULL, 0.1);
        block_set(&b, bad[k].field, bad[k].value);
        CU_ASSERT_EQUAL(block_derive(&b), ECP_ECONFIG);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), bad[k].named));
        ecp_error_clear();
        block_clear(&b);
    }
}

ECP_TEST_MAIN("adex", {"adex and NEST", nest_adex}, {"adex_alpha and NEST", nest_adex_alpha},
              {"adex_psc and NEST", nest_adex_psc}, {"network of 50", network},
              {"equations", against_gsl}, {"order of the schemes", order},
              {"without the exponential", without_exponential}, {"absurd numbers", absurd},
              {"refused", refused})
