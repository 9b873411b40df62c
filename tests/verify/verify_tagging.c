/* verify_tagging.c -- the course of a synapse that is potentiated, tagged and consolidated
 * (Luboeinski & Tetzlaff 2021): early phase, tag, proteins and late phase at every half
 * hour against their closed forms. The rule itself: verify_stc.c. */
#include "engine/machine.h"
#include "engine/plastic.h"
#include "tests/curve.h"
#include "tests/verify/plastic_case.h"

enum { HALF_HOURS = 16 };

static const double h_0 = 4.20075, gamma_p = 1645.6, gamma_d = 313.1, tau_h = 688.4; /* mV, s */
static const double theta_pro = 2.10037, theta_tag = 0.840149;                       /* mV */
static const double hour = 3600;                                                     /* s */
static const int is_double = sizeof(ecp_real) == sizeof(double);

/* ---- seconds: the early phase saturates ------------------------------------------ */

/* Calcium above both thresholds all the time: what the synapse sends is h. */
static void saturation(void)
{
    static struct plastic_case c;
    static struct plastic_result got;
    const double fall = 0.1 + gamma_p + gamma_d, top = (0.1 * h_0 + 10 * gamma_p) / fall;
    memset(&c, 0, sizeof c);
    c.rule = "stc";
    c.dt = 0.2;
    c.weight = h_0;
    c.delay = 3;
    c.duration = 3000;
    plastic_set(&c, "sigma", 0);
    plastic_set(&c, "delay_pre", 0);
    plastic_set(&c, "alpha", 0);
    plastic_set(&c, "c_pre", 1e3);
    for (double t = 100; t < 2990; t += 20)
        c.pre.time[c.pre.n++] = t;
    plastic_run(&c, &got);
    CU_ASSERT_DOUBLE_EQUAL(top, 8.4015, 1e-3);
    CU_ASSERT_FATAL(got.n_sent > 100);
    for (size_t k = 0; k < got.n_sent; k++) {
        const double t = (c.pre.time[k] - 100) * 1e-3;
        CU_ASSERT_DOUBLE_EQUAL(got.sent[k], top + (h_0 - top) * exp(-t * fall / tau_h),
                               is_double ? 1e-6 : 5e-4);
        if (k % 8 == 0)
            ecp_test_curve(ECP_CURVE_POINT, "stc_saturation", "ecphory", t, got.sent[k]);
    }
    for (double t = 0; t < 2.9; t += 0.05)
        ecp_test_curve(ECP_CURVE_LINE, "stc_saturation", "closed form", t,
                       top + (h_0 - top) * exp(-t * fall / tau_h));
    ecp_test_curve(ECP_CURVE_PAPER, "stc_saturation", "8.4015 mV", 2.8, 8.4015);
}

/* ---- hours ------------------------------------------------------------------------- */

struct state {
    double early, protein, z;
};

/* `n` synapses of one target, all potentiated to 2 h_0, after `time` s without a spike. */
static struct state after(size_t n, double time)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *w;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.2;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "spike_source", n, &p));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", "lif_exp", 1, &p));
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_ALL_TO_ALL, &w));
    w->weight = ecp_draw_constant(2 * h_0);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, w, "stc"));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "hours", time * 1e3, 1, &phase));
    phase->fast_forward = 1;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "end", 1, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[0], 0);
    const struct state s = {.early = (double)plastic->synapse[0][0],
                            .protein = (double)plastic->view[0].post[0][0],
                            .z = (double)plastic->synapse[2][0]};
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return s;
}

/* Proteins are made while the early phases together are above theta_pro, and the late phase
 * grows with them while the tag, |h - h_0| > theta_tag, is there. */
static struct state closed_form(size_t n, double time)
{
    const double relax = tau_h / 0.1, on = relax * log((double)n * h_0 / theta_pro);
    const double tag = relax * log(h_0 / theta_tag);
    const double made = fmin(time, on) / hour, left = fmax(time - on, 0) / hour;
    const double t = fmin(time, tag) / hour, grown = fmin(t, on / hour);
    const double rest = fmax(t - grown, 0);
    const double area = grown - (1 - exp(-grown)) + (1 - exp(-grown)) * (1 - exp(-rest));
    return (struct state){h_0 * exp(-time / relax), (1 - exp(-made)) * exp(-left), 1 - exp(-area)};
}

static void draw(enum ecp_curve_kind kind, size_t n, double time, struct state s)
{
    const char *const series = n > 1 ? "100 synapses" : "one synapse";
    if (n > 1) /* the same for one */
        ecp_test_curve(kind, "stc_early", kind == ECP_CURVE_LINE ? "closed form" : "ecphory",
                       time / hour, s.early);
    ecp_test_curve(kind, "stc_protein", series, time / hour, s.protein);
    ecp_test_curve(kind, "stc_late", series, time / hour, s.z);
}

static void draw_theory(void)
{
    static const size_t sizes[] = {100, 1};
    const double tag = tau_h / 0.1 * log(h_0 / theta_tag) / hour;
    for (int k = 0; k < 2; k++)
        for (double time = 0; time <= 8 * hour; time += 300)
            draw(ECP_CURVE_LINE, sizes[k], time, closed_form(sizes[k], time));
    for (int end = 0; end < 2; end++) {
        ecp_test_curve(ECP_CURVE_LINE, "stc_early", "the tag ends", tag, end * theta_tag);
        ecp_test_curve(ECP_CURVE_LINE, "stc_early", "its threshold", 8 * end, theta_tag);
    }
    CU_ASSERT_DOUBLE_EQUAL(tag, 3.08, 0.005);
    ecp_test_curve(ECP_CURVE_PAPER, "stc_late", "0.880 and 0.698", 8, 0.880);
    ecp_test_curve(ECP_CURVE_PAPER, "stc_late", "0.880 and 0.698", 8, 0.698);
}

static void consolidation(void)
{
    static const size_t sizes[] = {100, 1};
    static const double last[] = {0.880, 0.698};
    for (int k = 0; k < 2; k++)
        for (int half = 1; half <= HALF_HOURS; half++) {
            const double time = half * hour / 2;
            const struct state got = after(sizes[k], time), want = closed_form(sizes[k], time);
            CU_ASSERT_DOUBLE_EQUAL(got.early, want.early, 1e-5);
            CU_ASSERT_DOUBLE_EQUAL(got.protein, want.protein, 1e-6);
            CU_ASSERT_DOUBLE_EQUAL(got.z, want.z, 1e-6);
            if (half == HALF_HOURS)
                CU_ASSERT_DOUBLE_EQUAL(got.z, last[k], 1e-3);
            draw(ECP_CURVE_POINT, sizes[k], time, got);
        }
    draw_theory();
}

ECP_TEST_MAIN("tagging", {"early phase", saturation}, {"eight hours", consolidation})
