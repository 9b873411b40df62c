/* verify_short_term.c -- short-term plasticity: NEST's synapses, a fine clock, the
 * steady state in closed form, the 1/f law; alone and on top of STDP. */
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;
static struct plastic_result got;

/* Relative; of the closed forms, which are exact. */
static const double exactly = sizeof(ecp_real) == sizeof(double) ? 1e-12 : 2e-6;

static void nest_tsodyks2(const char *rule, const char *short_term)
{
    plastic_nest(&c, rule);
    c.short_term = short_term;
    const struct plastic_value values[] = {{"u_0", 0.67}, {"tau_rec", 450}, {"tau_fac", 0}};
    c.n_values = rule ? 3 : 0;
    c.n_short_values = rule ? 0 : 3;
    memcpy(rule ? c.value : c.short_value, values, sizeof values);
    c.dendritic = rule != NULL;
    plastic_verify_nest("plast_tsodyks2_dep", &c);
}

static void tsodyks2(void)
{
    nest_tsodyks2("tsodyks_markram", NULL);
    nest_tsodyks2(NULL, "tsodyks_markram");
}

static void tsodyks(void)
{
    for (int slot = 0; slot < 2; slot++) {
        plastic_nest(&c, slot ? "tsodyks_markram" : NULL);
        c.short_term = slot ? NULL : "tsodyks_markram";
        c.dendritic = 0;
        const struct plastic_value values[] = {
            {"u_0", 0.5}, {"tau_rec", 800}, {"tau_fac", 100}, {"tau_psc", 3}};
        c.n_values = slot ? 4 : 0;
        c.n_short_values = slot ? 0 : 4;
        memcpy(slot ? c.value : c.short_value, values, sizeof values);
        plastic_verify_nest("plast_tsodyks", &c);
    }
}

/* ---- regular spikes ----------------------------------------------------------- */

struct synapse {
    double u_0, tau_rec, tau_fac, tau_psc;
};

static void regular(const struct synapse *s, double interval, size_t n)
{
    memset(&c, 0, sizeof c);
    c.short_term = "tsodyks_markram";
    c.dt = 0.5;
    c.weight = 1;
    c.delay = 1;
    c.pre.n = n;
    for (size_t k = 0; k < n; k++)
        c.pre.time[k] = 5 + interval * (double)k;
    c.duration = c.pre.time[n - 1] + 10;
    c.n_short_values = 4;
    c.short_value[0] = (struct plastic_value){"u_0", s->u_0};
    c.short_value[1] = (struct plastic_value){"tau_rec", s->tau_rec};
    c.short_value[2] = (struct plastic_value){"tau_fac", s->tau_fac};
    c.short_value[3] = (struct plastic_value){"tau_psc", s->tau_psc};
    plastic_run(&c, &got);
    CU_ASSERT_EQUAL(got.n_sent, n);
}

static void steady_state(void)
{
    static const struct synapse synapses[] = {
        {0.5, 800, 0, 0}, {0.15, 50, 1000, 0}, {0.15, 200, 1500, 0}, {0.67, 450, 30, 0}};
    static const double intervals[] = {5, 20, 100, 400};
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 4; i++) {
            const struct synapse *s = &synapses[k];
            const double d = intervals[i];
            const double fac = s->tau_fac > 0 ? exp(-d / s->tau_fac) : 0;
            const double u = s->u_0 / (1 - (1 - s->u_0) * fac), rec = exp(-d / s->tau_rec);
            const double x = (1 - rec) / (1 - (1 - u) * rec);
            regular(s, d, 4000);
            CU_ASSERT_DOUBLE_EQUAL(got.sent[0], s->u_0, exactly);
            CU_ASSERT_DOUBLE_EQUAL(got.sent[3999] / (u * x), 1, exactly);
        }
}

/* What a depressing synapse transmits in all grows no further with the rate. */
static void one_over_f(void)
{
    const struct synapse s = {0.5, 800, 0, 0};
    double last = 1;
    for (double interval = 8; interval >= 0.5; interval /= 2) {
        regular(&s, interval, 4000);
        const double error = fabs(got.sent[3999] / interval * s.tau_rec - 1);
        CU_ASSERT(error < 0.7 * last && error < 1.6 * interval / s.tau_rec);
        last = error;
    }
    (void)printf(" %.1e ", last);
}

/* ---- a fine clock --------------------------------------------------------------- */

/* Runge-Kutta of the equations at steps of 0.05 ms, spikes in between. */
static void clocked(const struct synapse *s, double *sent)
{
    const double h = 0.05;
    double u = 0, x = 1, y = 0, t = c.pre.time[0];
    for (size_t k = 0; k < c.pre.n; k++) {
        const long long steps = llround((c.pre.time[k] - t) / h);
        for (long long i = 0; i < steps; i++) {
            double v[3] = {u, x, y}, sum[3] = {0}, d[3] = {0};
            static const double part[] = {0, 0.5, 0.5, 1}, share[] = {1, 2, 2, 1};
            for (int stage = 0; stage < 4; stage++) {
                double at[3];
                for (int m = 0; m < 3; m++)
                    at[m] = v[m] + part[stage] * h * d[m];
                d[0] = s->tau_fac > 0 ? -at[0] / s->tau_fac : 0;
                d[1] = (1 - at[1] - at[2]) / s->tau_rec;
                d[2] = s->tau_psc > 0 ? -at[2] / s->tau_psc : 0;
                for (int m = 0; m < 3; m++)
                    sum[m] += share[stage] * d[m];
            }
            u += h / 6 * sum[0];
            x += h / 6 * sum[1];
            y += h / 6 * sum[2];
        }
        t = c.pre.time[k];
        u = s->tau_fac > 0 ? u : 0;
        u += s->u_0 * (1 - u);
        sent[k] = u * x;
        x -= sent[k];
        y = s->tau_psc > 0 ? y + sent[k] : 0;
    }
}

static void fine_clock(void)
{
    static const struct synapse synapses[] = {{0.5, 800, 100, 3},  {0.3, 120, 500, 40},
                                              {0.6, 50, 0, 50},    {0.2, 50, 300, 50.0000001},
                                              {0.67, 450, 200, 0}, {0.4, 30, 60, 300}};
    static double want[PLASTIC_SPIKES];
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-8 : 2e-6;
    for (size_t k = 0; k < sizeof synapses / sizeof synapses[0]; k++) {
        pairs_random(&c, NULL, 0, 5 + k);
        const struct plastic_train train = c.pre;
        regular(&synapses[k], 1, 2);
        c.pre = train;
        c.duration = 8000;
        plastic_run(&c, &got);
        clocked(&synapses[k], want);
        double worst = 0;
        for (size_t n = 0; n < got.n_sent; n++)
            worst = fmax(worst, fabs(got.sent[n] - want[n]));
        (void)printf(" %.1e", worst);
        CU_ASSERT(got.n_sent > 100 && worst < most);
    }
}

/* ---- on top of a rule that changes weights ----------------------------------------- */

/* What both send is the product of what each sends; neither feels the other. */
static void stacked(void)
{
    static struct plastic_result weight, release;
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-13 : 1e-6;
    for (int dendritic = 0; dendritic < 2; dendritic++) {
        pairs_random(&c, "stdp", dendritic, 77);
        plastic_run(&c, &weight);
        c.short_term = "tsodyks_markram";
        c.n_short_values = 1;
        c.short_value[0] = (struct plastic_value){"tau_rec", 60};
        plastic_run(&c, &got);
        c.rule = NULL;
        c.dendritic = 0;
        plastic_run(&c, &release);
        CU_ASSERT_EQUAL(got.final, weight.final);
        CU_ASSERT(got.n_sent > 100 && got.n_sent == release.n_sent);
        for (size_t k = 0; k < got.n_sent; k++)
            CU_ASSERT_DOUBLE_EQUAL(got.sent[k], weight.sent[k] * release.sent[k] / 50,
                                   most * got.sent[k]);
    }
}

ECP_TEST_MAIN("short_term", {"NEST tsodyks2, in either place", tsodyks2},
              {"NEST tsodyks, in either place", tsodyks}, {"steady state", steady_state},
              {"1/f", one_over_f}, {"a fine clock", fine_clock}, {"on top of STDP", stacked})
