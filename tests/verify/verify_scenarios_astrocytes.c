/* verify_scenarios_astrocytes.c -- scenarios of neurons and astrocytes in short forms: their
 * claims, numbers against integrations of the test's own, the same on any number of threads,
 * and that a claim fails where its cause is taken away. */
#include "tests/experiment_case.h"

#include <stdio.h>

#include "tests/unit/config_case.h"

/* All claims hold, or (cause taken away) at least one does not; `result` by itself. */
static double value_of(const char *config, int holds, int threads, const char *result)
{
    struct computed c;
    compute(config, threads, &c);
    claims_of(&c, holds);
    const double value = computed_value(&c, result);
    (void)printf(" %.3g", value);
    computed_clear(&c);
    return value;
}

/* ---- astrocyte_gate --------------------------------------------------------------------- */

#define GATE                                                                                       \
    "scenario = \"astrocyte_gate\"; network = { neurons = 6; lags = 5; tail = 3000; seeds = 2; "

static void slopes(const double *y, double *dydt)
{
    const double ip3 = y[0], ca = y[1], h = y[2], tot = 2, ratio = 0.185;
    const double open = ip3 / (ip3 + 0.13) * ca / (ca + 0.08234) * h;
    const double store = tot - ca - ratio * ca;
    dydt[0] = (0.16 - ip3) / 7142;
    dydt[1] = (0.006 * open * open * open + 1.1e-4) * store - 9e-4 * ca * ca / (0.01 + ca * ca);
    dydt[2] = 2e-4 * (1.049 * (ip3 + 0.13) / (ip3 + 0.9434) * (1 - h) - ca * h);
}

static void step(double *y, double dt)
{
    double k[4][3], at[3];
    slopes(y, k[0]);
    for (int s = 1; s < 4; s++) {
        for (int j = 0; j < 3; j++)
            at[j] = y[j] + dt * (s < 3 ? 0.5 : 1) * k[s - 1][j];
        slopes(at, k[s]);
    }
    for (int j = 0; j < 3; j++)
        y[j] += dt / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
}

/* Of a jump of ip3 from rest: when calcium passes ca_th (ms), and the integral of M(s)
 * exp(-s/tau) over `tail` ms; M is 1 above ca_th, or the slow inward current. */
static double gain(double kick, double ca_th, double tau, double tail, int current, double *open)
{
    const double dt = 0.5;
    double y[3] = {0.16, 0.073, 0.793}, sum = 0;
    for (double t = 0; t < 60000; t += dt)
        step(y, dt);
    y[0] += kick;
    *open = NAN;
    for (double t = 0; t < tail; t += dt) {
        const double x = 1000 * (y[1] - ca_th);
        const double m = current ? (x > 1 ? log(x) : 0) : y[1] > ca_th;
        if (isnan(*open) && y[1] > ca_th)
            *open = t;
        sum += m * exp(-t / tau) * dt;
        step(y, dt);
    }
    return sum;
}

static double column_at(const struct computed *c, const char *table, size_t column, size_t row)
{
    const struct ecp_stored_table *t = computed_table(c, table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    return t->column[column].data[row];
}

/* Credit at lag 0 against calcium integrated here; its decay; claims. */
static void gate_credit(void)
{
    static const char *const config[] = {GATE "};", GATE "factor = \"current\"; tau_c = 1500; };"};
    for (int current = 0; current < 2; current++) {
        struct computed c;
        double open;
        const double tau = current ? 1500 : 1000;
        const double g = gain(0.5, 0.19669, tau, 3000, current, &open);
        const double left = exp(-10.0 / 20 + 0.005) * (1 + exp(-200 / tau) + exp(-400 / tau));
        compute(config[current], 2, &c);
        claims_of(&c, 1);
        const double first = column_at(&c, "credit", 1, 0) / (1e-3 * left * g);
        const double ratio = column_at(&c, "credit", 1, 4) / column_at(&c, "credit", 1, 0);
        (void)printf(" %.4f %.4f", first, ratio / exp(-4000 / tau));
        CU_ASSERT_DOUBLE_EQUAL(first, 1, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(ratio / exp(-4000 / tau), 1, 0.08);
        CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "astrocyte_gate.open_ms"), open, 5);
        computed_clear(&c);
    }
}

static void gate_causes(void)
{
    const double one = value_of(GATE "};", 1, 1, "astrocyte_gate.prefactor");
    CU_ASSERT_EQUAL(one, value_of(GATE "};", 1, 3, "astrocyte_gate.prefactor"));
    (void)value_of(GATE "probability = 0.5; };", 1, 2, "astrocyte_gate.share");
    CU_ASSERT_EQUAL(value_of(GATE "probability = 0; };", 0, 2, "astrocyte_gate.share"), 0);
    CU_ASSERT_EQUAL(value_of(GATE "kick = 0; };", 0, 2, "astrocyte_gate.share"), 0);
}

static void gate_refused(void)
{
    static const struct config_case cases[] = {
        {GATE "jitter = 5; };", ECP_ECONFIG,
         "x.cfg:1: network: jitter (5 ms) would turn pairs round; allowed: up to a quarter of "
         "pairing (10 ms)"},
        {GATE "period = 2.5; };", ECP_ECONFIG,
         "x.cfg:1: network: period (2.5 ms) must be whole milliseconds"},
        {GATE "kick = -1; };", ECP_ECONFIG,
         "x.cfg:1: network.kick: found -1 umol/L; allowed: 0 to 100 umol/L"}};
    CHECK(cases);
}

ECP_TEST_MAIN("scenarios_astrocytes", {"credit", gate_credit}, {"its causes", gate_causes},
              {"refused", gate_refused})
