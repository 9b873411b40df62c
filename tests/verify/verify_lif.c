/* verify_lif.c -- lif against NEST's iaf_psc_exp, and all LIF models against
 * closed forms: the potential after one spike, the period under a constant
 * current, and what happens where the time constants meet. */
#include "tests/verify/nest_case.h"

static struct nest_case c;

static void constant_current(void)
{
    nest_case_const(&c, "lif");
    nest_verify("lif_exp_const", &c);
}

static void current_steps(void)
{
    nest_case_step(&c, "lif");
    nest_verify("lif_exp_step", &c);
}

static void spikes(void)
{
    const double weight[] = {250, 400, -300};
    nest_case_spikes(&c, "lif", weight);
    nest_verify("lif_exp_spikes", &c);
}

static const double tau_m = 10, capacity = 250;

/* Potential t ms after a spike of weight 1 mV or 1 pA. */
static double after_delta(double t, double tau)
{
    (void)tau;
    return exp(-t / tau_m);
}

static double after_exp(double t, double tau)
{
    const double r = 1 / tau - 1 / tau_m;
    return exp(-t / tau_m) / capacity * (r == 0 ? t : -expm1(-r * t) / r);
}

/* Where r t is small the closed form cancels: there its series. */
static double after_alpha(double t, double tau)
{
    const double r = 1 / tau - 1 / tau_m, x = r * t;
    double shape = (1 - exp(-x) * (1 + x)) / (x * x);
    if (fabs(x) < 0.5) {
        double power = 1, factorial = 2;
        shape = 0;
        for (int n = 2; n < 20; n++) {
            shape += power * (n - 1) / factorial;
            power *= -x;
            factorial *= n + 1;
        }
    }
    return exp(1) / tau / capacity * exp(-t / tau_m) * t * t * shape;
}

/* 60 ms after one spike of weight `w` at the port of its sign. */
static void potential(const char *name, double (*form)(double t, double tau), double tau, double w)
{
    const struct ecp_neuron_model *model;
    struct block b;
    double worst = 0, peak = 0;
    ECP_ASSERT_OK(ecp_neuron_find(name, ecp_isa_best(), &model));
    block_init(&b, model, 3, 0.1);
    block_set(&b, "tau_syn", tau);
    block_set(&b, "tau_syn_ex", tau);
    block_set(&b, "tau_syn_in", tau);
    block_set(&b, "e_l", 0);
    block_set(&b, "v", 0);
    block_set(&b, "v_reset", 0);
    block_set(&b, "v_th", 1000);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 600; step++) {
        block_port(&b, w)[1] = (ecp_real)(step == 0 ? w : 0);
        block_update(&b, step);
        const double want = w * form(step * 0.1, tau);
        peak = fmax(peak, fabs(want));
        worst = fmax(worst, fabs((double)block_field(&b, "v")[1] - want));
        CU_ASSERT_EQUAL(block_field(&b, "v")[0], 0);
    }
    CU_ASSERT(peak > 0 && worst < peak * (sizeof(ecp_real) == sizeof(double) ? 1e-12 : 1e-5));
    block_clear(&b);
}

static void potential_after_a_spike(void)
{
    const double tau[] = {0.5, 2, 9.99, 10 - 1e-7, 10, 10 + 1e-7, 10.01, 50};
    for (size_t k = 0; k < sizeof tau / sizeof tau[0]; k++)
        for (int sign = -1; sign < 2; sign += 2) {
            potential("lif", after_exp, tau[k], 100 * sign);
            potential("lif_exp", after_exp, tau[k], 100 * sign);
            potential("lif_alpha", after_alpha, tau[k], 100 * sign);
            potential("lif_delta", after_delta, tau[k], sign);
        }
}

/* Steps between spikes under a constant current: the refractory ones, and
 * those until V_inf (1 - exp(-t/tau_m)) passes the threshold. */
static void period(const char *name, double current, double t_ref)
{
    const struct ecp_neuron_model *model;
    struct block b;
    const double v_inf = current * tau_m / capacity, v_th = 15;
    const int want =
        (int)nearbyint(t_ref / 0.1) + (int)ceil(tau_m * log(v_inf / (v_inf - v_th)) / 0.1);
    int last = -1, seen = 0;
    ECP_ASSERT_OK(ecp_neuron_find(name, ecp_isa_best(), &model));
    block_init(&b, model, 1, 0.1);
    block_set(&b, "t_ref", t_ref);
    block_set(&b, "i_e", current);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 3000; step++) {
        block_update(&b, step);
        if (!b.fired[0])
            continue;
        if (last >= 0)
            CU_ASSERT_EQUAL(step - last, want);
        last = step;
        seen++;
    }
    CU_ASSERT(seen >= 3000 / want);
    block_clear(&b);
}

static void period_under_a_current(void)
{
    static const char *const names[] = {"lif", "lif_exp", "lif_alpha", "lif_delta"};
    const double current[] = {380, 450, 600, 1000, 5000}, t_ref[] = {0, 0.5, 2};
    for (size_t m = 0; m < 4; m++)
        for (size_t k = 0; k < 5; k++)
            for (size_t r = 0; r < 3; r++)
                period(names[m], current[k], t_ref[r]);
}

ECP_TEST_MAIN("lif", {"constant current", constant_current}, {"current steps", current_steps},
              {"spikes", spikes}, {"potential after a spike", potential_after_a_spike},
              {"period under a current", period_under_a_current})
