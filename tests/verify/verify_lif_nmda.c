/* verify_lif_nmda.c -- lif_nmda against its equations, written here once more and solved
 * by GSL, against closed forms, and the orders of its schemes. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "tests/verify/conductance_case.h"

static const int is_double = sizeof(ecp_real) == sizeof(double);

/* ---- the equations, apart from the model's ----------------------------------- */

enum { U, AMPA, NMDA, GABA, ADAPT, OFFSET, STATES };

struct cell {
    double share_ampa, share_nmda, jump; /* of AMPA, of NMDA; adaptation */
    double drive;                        /* mV */
    double y[STATES];
};

static int equations(double t, const double y[], double f[], void *data)
{
    const struct cell *cell = data;
    const double excitation = cell->share_ampa * y[AMPA] + cell->share_nmda * y[NMDA];
    (void)t;
    f[U] = (-70 - y[U] - excitation * y[U] - (y[GABA] + y[ADAPT]) * (y[U] + 80) + cell->drive) / 20;
    f[AMPA] = -y[AMPA] / 5;
    f[NMDA] = (y[AMPA] - y[NMDA]) / 100;
    f[GABA] = -y[GABA] / 10;
    f[ADAPT] = -y[ADAPT] / 100;
    f[OFFSET] = -y[OFFSET] / 5;
    return GSL_SUCCESS;
}

/* Over 0.1 ms, then arrivals and the threshold; 1: a spike. */
static int cell_step(struct cell *cell, gsl_odeiv2_driver *driver, double ex, double in)
{
    double t = 0;
    CU_ASSERT_EQUAL_FATAL(gsl_odeiv2_driver_apply(driver, &t, 0.1, cell->y), GSL_SUCCESS);
    (void)gsl_odeiv2_driver_reset(driver);
    cell->y[U] = fmin(fmax(cell->y[U], -80), 0);
    const int spike = cell->y[U] >= -50 + cell->y[OFFSET];
    if (spike) {
        cell->y[U] = -70;
        cell->y[OFFSET] = 100;
        cell->y[ADAPT] += cell->jump;
    }
    cell->y[AMPA] += ex;
    cell->y[GABA] += in;
    return spike;
}

/* What arrives in a step: irregular, and rather much at times. */
static double arrival(int step, int every, double size)
{
    return ((uint32_t)step * 2654435761u >> 16) % (unsigned)every == 0
               ? size * (1 + step / 1000 % 3)
               : 0;
}

static void against_equations(const char *scheme, double ratio, double jump, double tolerance)
{
    const struct ecp_neuron_model *model;
    struct block b;
    struct cell cell = {ratio / (1 + ratio), 1 / (1 + ratio), jump, 2.5, {-70}};
    const gsl_odeiv2_system system = {equations, NULL, STATES, &cell};
    gsl_odeiv2_driver *driver =
        gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 0.01, 1e-12, 1e-12);
    double worst = 0;
    int spikes = 0, off = 0;

    ECP_ASSERT_OK(ecp_neuron_find("lif_nmda", ecp_isa_best(), &model));
    block_init(&b, model, 1, 0.1);
    b.scheme = scheme;
    block_set(&b, "ampa_nmda", ratio);
    block_set(&b, "q_sfa", jump);
    block_set(&b, "i_e", 25);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 5000; step++) {
        const double ex = arrival(step, 23, 0.4), in = arrival(step, 57, 0.3);
        block_field(&b, "ex")[0] = (ecp_real)ex;
        block_field(&b, "in")[0] = (ecp_real)-in;
        block_update(&b, step);
        const int spike = cell_step(&cell, driver, (double)(ecp_real)ex, (double)(ecp_real)in);
        spikes += spike;
        off += spike != b.fired[0];
        if (off == 0)
            worst = worse(worst, fabs((double)block_field(&b, "v")[0] - cell.y[U]));
    }
    (void)printf(" %s: %d spikes, %d off, %.1e mV;", scheme, spikes, off, worst);
    CU_ASSERT(spikes > 10 && spikes < 1000);
    CU_ASSERT_EQUAL(off, 0);
    CU_ASSERT(worst < tolerance);
    gsl_odeiv2_driver_free(driver);
    block_clear(&b);
}

static void equations_of_both_papers(void)
{
    against_equations("magnus", 1, 0, is_double ? 1e-7 : 2e-3);
    against_equations("magnus", 0.2, 0.1, is_double ? 1e-7 : 2e-3);
    against_equations("exponential_euler", 0.2, 0.1, is_double ? 1e-3 : 3e-3);
    against_equations("gsl_rkf45", 0.2, 0.1, is_double ? 1e-7 : 2e-3);
}

/* ---- closed forms ---------------------------------------------------------------- */

static void prepare(struct block *b, const char *scheme)
{
    const struct ecp_neuron_model *model;
    ECP_ASSERT_OK(ecp_neuron_find("lif_nmda", ecp_isa_best(), &model));
    block_init(b, model, 1, 0.1);
    b->scheme = scheme;
}

/* A weight w in every step is rate w tau in the mean over a step, exactly; NMDA has
 * the mean of AMPA. V rests at sum g E / sum g. */
static void steady_state(void)
{
    struct block b;
    const double w_ex = 0.004, w_in = 0.01;
    prepare(&b, NULL);
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < 20000; step++) {
        block_field(&b, "ex")[0] = (ecp_real)w_ex;
        block_field(&b, "in")[0] = (ecp_real)w_in;
        block_update(&b, step);
    }
    /* From the value after an arrival to the mean of the step that follows. */
    const double ampa = 10 * w_ex * 5, gaba = 10 * w_in * 10;
    const double mean_ampa = (double)block_field(&b, "g_ampa")[0] * 5 / 0.1 * -expm1(-0.1 / 5);
    const double mean_gaba = (double)block_field(&b, "g_gaba")[0] * 10 / 0.1 * -expm1(-0.1 / 10);
    const double want = (-70 + gaba * -80) / (1 + ampa + gaba);
    const double close = is_double ? 1e-9 : 1e-4;
    CU_ASSERT_DOUBLE_EQUAL(mean_ampa / ampa, 1, close);
    CU_ASSERT_DOUBLE_EQUAL(mean_gaba / gaba, 1, close);
    CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "g_nmda")[0] / ampa, 1, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "v")[0], want, 0.01);
    block_clear(&b);
}

/* After a unit of AMPA: NMDA is the difference of two exponentials; t exp(-t/tau)/tau
 * where the time constants meet. */
static void nmda_follows(void)
{
    const double tau_nmda[] = {100, 5};
    for (int k = 0; k < 2; k++) {
        struct block b;
        double worst = 0;
        prepare(&b, NULL);
        block_set(&b, "tau_nmda", tau_nmda[k]);
        ECP_ASSERT_OK(block_derive(&b));
        block_field(&b, "g_ampa")[0] = 1;
        for (int step = 0; step < 3000; step++) {
            const double t = (step + 1) * 0.1, tau = tau_nmda[k];
            block_update(&b, step);
            const double want =
                k == 1 ? t / 5 * exp(-t / 5) : 5 / (5 - tau) * (exp(-t / 5) - exp(-t / tau));
            worst = worse(worst, fabs((double)block_field(&b, "g_nmda")[0] - want));
        }
        CU_ASSERT(worst < (is_double ? 1e-12 : 1e-5));
        block_clear(&b);
    }
}

/* A constant current alone: after a spike the threshold falls as 100 exp(-t/5), V rises
 * as an exponential; the next spike is at the first step where they have met. A spike
 * sets theta: it does not add. */
static void moving_threshold(void)
{
    struct block b;
    const double v_inf = -70 + 60, v0 = -70;
    int last = -1, seen = 0;
    double worst = 0;
    prepare(&b, NULL);
    block_set(&b, "i_e", 600);
    ECP_ASSERT_OK(block_derive(&b));
    int interval = 1;
    while (v_inf + (v0 - v_inf) * exp(-interval * 0.1 / 20) < -50 + 100 * exp(-interval * 0.1 / 5))
        interval++;
    for (int step = 0; step < 2000; step++) {
        block_update(&b, step);
        if (b.fired[0]) {
            CU_ASSERT_EQUAL(block_field(&b, "theta")[0], 100);
            if (last >= 0)
                CU_ASSERT_EQUAL(step - last, interval);
            last = step;
            seen++;
        } else if (last >= 0) {
            const double t = (step - last) * 0.1;
            worst = worse(worst, fabs((double)block_field(&b, "theta")[0] - 100 * exp(-t / 5)));
            worst = worse(worst, fabs((double)block_field(&b, "v")[0] -
                                      (v_inf + (v0 - v_inf) * exp(-t / 20))));
        }
    }
    (void)printf(" every %d steps, %.1e mV", interval, worst);
    CU_ASSERT(seen > 5);
    CU_ASSERT(worst < (is_double ? 1e-10 : 2e-3));
    block_clear(&b);
}

/* The membrane stays within the reversal potentials. */
static void clipped(void)
{
    struct block b;
    const double current[] = {1e5, -1e5}, want[] = {0, -80};
    for (int k = 0; k < 2; k++) {
        prepare(&b, NULL);
        block_set(&b, "i_e", current[k]);
        block_set(&b, "theta_rest", 1000);
        ECP_ASSERT_OK(block_derive(&b));
        for (int step = 0; step < 100; step++)
            block_update(&b, step);
        CU_ASSERT_EQUAL(block_field(&b, "v")[0], want[k]);
        block_clear(&b);
    }
}

/* One step of "euler", in the order of Auryn's: conductances, membrane. */
static void euler_step(void)
{
    struct block b;
    prepare(&b, "euler");
    ECP_ASSERT_OK(block_derive(&b));
    block_set(&b, "v", -60);
    block_set(&b, "g_ampa", 0.8);
    block_set(&b, "g_nmda", 0.4);
    block_set(&b, "g_gaba", 1.5);
    block_update(&b, 0);
    const double ampa = 0.8 * exp(-0.1 / 5), gaba = 1.5 * exp(-0.1 / 10);
    const double nmda = 0.4 + 0.1 / 100 * (ampa - 0.4);
    const double v =
        -60 + 0.1 / 20 * (-70 + 60 + (0.5 * ampa + 0.5 * nmda) * 60 - gaba * (-60 + 80));
    CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "v")[0], v, is_double ? 1e-12 : 2e-5);
    CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "g_nmda")[0], nmda, is_double ? 1e-14 : 1e-6);
    block_clear(&b);
}

static void orders(void)
{
    static const struct nest_value start[] = {
        {"g_ampa", 6}, {"g_nmda", 0.5}, {"g_gaba", 2}, {"g_sfa", 0.5}, {"theta_rest", 1000}};
    conductance_orders("lif_nmda", start, 5);
}

ECP_TEST_MAIN("lif_nmda", {"equations", equations_of_both_papers}, {"steady state", steady_state},
              {"nmda follows ampa", nmda_follows}, {"moving threshold", moving_threshold},
              {"clipped", clipped}, {"one step of euler", euler_step},
              {"orders of the schemes", orders})
