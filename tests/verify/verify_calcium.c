/* verify_calcium.c -- calcium-based plasticity: a clock instead of events, closed
 * forms, the law of its noise, and the published change over time differences. */
#include <gsl/gsl_cdf.h>

#include "plasticity/noise.h"
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

enum { SYNAPSES = 4096 };

/* tau_ca, c_pre, c_post, theta_p, gamma_d, gamma_p, sigma, tau, delay_pre */
static const double sets[][9] = {
    {20, 1, 2, 1.3, 200, 321.808, 2.8284, 150000, 13.7},
    {20, 0.9, 0.9, 1.3, 250, 550, 2.8284, 150000, 4.6},
    {20, 1, 2, 2.5, 50, 600, 2.8284, 150000, 2.2},
    {20, 2, 2, 1.3, 160, 257.447, 2.8284, 150000, 0},
    {20, 0.6, 0.6, 1.3, 500, 550, 5.6568, 150000, 0},
    {20, 1, 2, 3.5, 60, 600, 2.8284, 150000, 0},
    {48.8373, 1, 0.275865, 1.3, 313.0965, 1645.59, 9.1844, 688355, 18.8008},
    /* none of the paper's: calcium comes at spikes' times, too */
    {20, 1, 2, 1.3, 200, 321.808, 0, 20000, 14}};
static const char *const keys[] = {"tau_ca",  "c_pre", "c_post", "theta_p",  "gamma_d",
                                   "gamma_p", "sigma", "tau",    "delay_pre"};

static struct plastic_case c;
static struct plastic_result got;

static void use_set(struct plastic_case *to, int set, double sigma)
{
    for (int k = 0; k < 9; k++)
        plastic_set(to, keys[k], k == 6 && sigma >= 0 ? sigma : sets[set][k]);
}

/* ---- by the clock ------------------------------------------------------------------ */

struct by_clock {
    double rho, c;
    const double *p; /* a row of sets */
};

static double slope(const struct by_clock *s, double rho, int up, int down)
{
    return (-rho * (1 - rho) * (0.5 - rho) + up * s->p[5] * (1 - rho) - down * s->p[4] * rho) /
           s->p[7];
}

static void runge_kutta(struct by_clock *s, double h, int up, int down)
{
    const double a = slope(s, s->rho, up, down), b = slope(s, s->rho + h / 2 * a, up, down);
    const double d = slope(s, s->rho + h / 2 * b, up, down);
    const double e = slope(s, s->rho + h * d, up, down);
    s->rho += h / 6 * (a + 2 * b + 2 * d + e);
}

/* h of time in which nothing arrives; crossings are found by halving. */
static void tick(struct by_clock *s, double h)
{
    while (h > 0) {
        const int up = s->c > s->p[3], down = s->c > 1;
        double low = 0, high = h;
        for (int k = 0; k < 60; k++) {
            const double middle = (low + high) / 2, then = s->c * exp(-middle / s->p[0]);
            if ((then > s->p[3]) != up || (then > 1) != down)
                high = middle;
            else
                low = middle;
        }
        runge_kutta(s, high, up, down);
        s->c *= exp(-high / s->p[0]);
        h -= high;
    }
}

/* Weights at the arrivals, stepping through 0.1 ms; delays of calcium in a step
 * split it. */
static void clock_run(const struct pairs *p, const double *set, struct plastic_result *out)
{
    struct by_clock s = {.rho = (c.weight - 20) / 80, .p = set};
    const long long delay = (long long)floor(set[8] / c.dt + 1e-6);
    const double within = set[8] - (double)delay * c.dt;
    size_t i = 0, due = 0, j = 0;
    out->n_sent = 0;
    for (long long now = c.dendritic ? -llround(c.delay / c.dt) : 0; i < p->n_pre; now++) {
        if (p->pre[i] == now) {
            out->sent[out->n_sent++] = 20 + 80 * fmin(fmax(s.rho, 0), 1);
            i++;
        }
        if (j < p->n_post && p->post[j] == now) {
            s.c += set[2];
            j++;
        }
        const int arrives = due < p->n_pre && p->pre[due] + delay == now;
        tick(&s, arrives && within > 1e-6 ? within : 0);
        if (arrives) {
            s.c += set[1];
            due++;
        }
        tick(&s, arrives && within > 1e-6 ? c.dt - within : c.dt);
    }
}

static void against_clock(void)
{
    static struct plastic_result want;
    static struct pairs p;
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 2e-4;
    for (int set = 0; set < 8; set++) {
        pairs_random(&c, "calcium", set % 2, 11 + (unsigned)set);
        c.dt = 0.1;
        use_set(&c, set, 0);
        pairs_init(&p, &c);
        clock_run(&p, sets[set], &want);
        plastic_run(&c, &got);
        double worst = 0, moved = 0;
        for (size_t k = 0; k < got.n_sent; k++) {
            worst = fmax(worst, fabs(got.sent[k] / want.sent[k] - 1));
            moved = fmax(moved, fabs(want.sent[k] - c.weight));
        }
        (void)printf(" %.0e(%.0f)", worst, moved);
        CU_ASSERT(got.n_sent > 200 && worst <= most && moved > 5);
    }
}

/* Silence: with u = rho - 1/2, 1/u^2 - 4 decays with 2 tau. */
static void wells(void)
{
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-11 : 1e-5;
    for (int w = 25; w < 100; w += 10) {
        memset(&c, 0, sizeof c);
        c.rule = "calcium";
        c.dt = 0.5;
        c.weight = w;
        c.delay = 1;
        c.duration = 9000;
        plastic_set(&c, "c_pre", 0.2);
        plastic_set(&c, "tau", 2000);
        for (int k = 0; k < 4; k++)
            c.pre.time[c.pre.n++] = 99 + 2600 * k;
        plastic_run(&c, &got);
        for (int k = 0; k < 4; k++) {
            const double u = (w - 60) / 80.0, t = 100 + 2600 * k;
            const double k0 = u == 0 ? INFINITY : (0.25 / (u * u) - 1);
            const double then = (u < 0 ? -0.5 : 0.5) / sqrt(1 + k0 * exp(-t / 4000));
            CU_ASSERT_DOUBLE_EQUAL(got.sent[k] / (20 + 80 * (then + 0.5)), 1, most);
        }
    }
}

/* ---- many synapses between two neurons ------------------------------------------------ */

struct many {
    struct plastic_case c;
    size_t n_sources, n_targets;
    double start; /* weight; 0: half of them at each bound */
    int n_reads;
    double read[8];
    float weight[8][SYNAPSES];
};

static struct many m;

/* All sources fire together, and so do all targets. */
static void fire(struct ecp_plan *plan, const char *name, size_t size,
                 const struct plastic_train *train, double early)
{
    plastic_stimulate(plan, name, train, strcmp(name, "post") == 0 ? 9e9 : 1, early);
    struct ecp_plan_stimulus *s = plan->stimulus[plan->n_stimuli - 1];
    const size_t n = train->n * size;
    ecp_lid *index = ecp_plan_alloc(plan, (n + 1) * sizeof *index);
    double *time = ecp_plan_alloc(plan, (n + 1) * sizeof *time);
    for (size_t k = 0; k < n; k++) {
        index[k] = (ecp_lid)(k % size);
        time[k] = s->event_time[k / size];
    }
    s->n_events = n;
    s->event_target = index;
    s->event_time = time;
}

static void add_synapses(struct ecp_plan *plan)
{
    struct ecp_plan_projection *p;
    ecp_lid *source = ecp_plan_alloc(plan, SYNAPSES * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, SYNAPSES * sizeof *target);
    double *weight = ecp_plan_alloc(plan, SYNAPSES * sizeof *weight);
    for (size_t k = 0; k < SYNAPSES; k++) {
        target[k] = (ecp_lid)(k % m.n_targets);
        source[k] = (ecp_lid)(k / m.n_targets % m.n_sources);
        weight[k] = m.start > 0 ? m.start : k < SYNAPSES / 2 ? 20 : 100;
    }
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){SYNAPSES, source, target, weight, NULL};
    p->delay = ecp_draw_constant(m.c.delay);
    p->port_name = "in";
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, p, "calcium"));
    for (size_t k = 0; k < m.c.n_values; k++)
        ECP_ASSERT_OK(ecp_projection_set(p, m.c.value[k].field, m.c.value[k].value));
}

static struct ecp_plan *many_plan(void)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = m.c.dt;
    plan->seed = 77;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "spike_source", m.n_sources, &p));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", "lif_exp", m.n_targets, &p));
    const struct plastic_value fast[] = {
        {"tau_m", 0.5}, {"tau_syn_ex", 0.002}, {"c", 1e6},     {"e_l", 0},
        {"v", 0},       {"v_th", 5},           {"v_reset", 0}, {"t_ref", 0}};
    for (size_t k = 0; k < sizeof fast / sizeof *fast; k++)
        ECP_ASSERT_OK(ecp_population_set(p, fast[k].field, fast[k].value));
    fire(plan, "pre", m.n_sources, &m.c.pre, 0);
    fire(plan, "post", m.n_targets, &m.c.post, m.c.dt); /* felt a step later */
    add_synapses(plan);
    double *time = ecp_plan_alloc(plan, sizeof m.read);
    memcpy(time, m.read, sizeof m.read);
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "pre_post", &probe));
    probe->n_times = (size_t)m.n_reads;
    probe->times = time;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", m.c.duration, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static void many_run(int threads)
{
    struct ecp_plan *plan = many_plan();
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_FATAL(r->n_weights == (size_t)m.n_reads);
    for (int k = 0; k < m.n_reads; k++) {
        CU_ASSERT_EQUAL_FATAL(r->weights[k].n, SYNAPSES);
        memcpy(m.weight[k], r->weights[k].weight, sizeof m.weight[k]);
    }
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void many_new(size_t n_sources, size_t n_targets, double duration)
{
    memset(&m, 0, sizeof m);
    m.n_sources = n_sources;
    m.n_targets = n_targets;
    m.c.dt = 0.1;
    m.c.delay = 1;
    m.c.duration = duration;
    m.read[0] = duration;
    m.n_reads = 1;
}

/* ---- noise --------------------------------------------------------------------------------- */

static double gain(const struct ecp_path *path, double from, double to)
{
    return ecp_path_at(path, 0, to) - ecp_path_at(path, 0, from);
}

/* Paths themselves: what they gain in pieces of a cell has the variance of its
 * length, and disjoint pieces have nothing to do with each other. */
static void paths(void)
{
    static const double at[] = {0, 0.3, 1, 4.25, 8, 15.9, 16, 16.5, 21, 31, ECP_CELL};
    enum { PIECES = sizeof at / sizeof *at - 1, PATHS = 20000 };
    double sum[PIECES][PIECES] = {{0}};
    for (uint32_t k = 0; k < PATHS; k++) {
        const struct ecp_path path = {.key = {9, 1}, .source = 3, .target = k, .tag = 5};
        double x[PIECES];
        for (int p = 0; p < PIECES; p++)
            x[p] = gain(&path, at[p], at[p + 1]) / sqrt(at[p + 1] - at[p]);
        for (int p = 0; p < PIECES; p++)
            for (int q = 0; q < PIECES; q++)
                sum[p][q] += x[p] * x[q] / PATHS;
    }
    for (int p = 0; p < PIECES; p++)
        for (int q = 0; q < PIECES; q++)
            CU_ASSERT_DOUBLE_EQUAL(sum[p][q], p == q, 4.5 * sqrt((1.0 + (p == q)) / PATHS));
    for (int k = 0; k < 400; k++) {
        const uint32_t high = (uint32_t)k * 0x00a3d70aU + 77;
        const double p = ((double)high + 0.5) / 0x1p32;
        CU_ASSERT_DOUBLE_EQUAL(ecp_quantile(high, 0x80000000U), gsl_cdf_ugaussian_Pinv(p), 2e-6);
    }
    CU_ASSERT_DOUBLE_EQUAL(ecp_quantile(0, 0), gsl_cdf_ugaussian_Pinv(0x1p-54), 1e-5);
}

/* Calcium above both thresholds all the time: rho is an Ornstein-Uhlenbeck process
 * (the cubic term is 1/500 of the rest). Synapses of the same two neurons differ. */
static void law_of_noise(void)
{
    many_new(1, 1, 400);
    m.c.post = (struct plastic_train){4, {10, 110, 210, 310}};
    m.c.pre = (struct plastic_train){3, {37, 171.3, 290}};
    use_set(&m.c, 0, -1);
    plastic_set(&m.c, "tau", 10000);
    plastic_set(&m.c, "c_post", 1e4);
    plastic_set(&m.c, "sigma", 2.8284);
    m.start = 60;
    m.n_reads = 2;
    m.read[0] = 323.4;
    m.read[1] = 399;
    many_run(1);
    const double fall = 200 + 321.808, variance = 2.8284 * 2.8284 / fall;
    const double keep = exp(-(399 - 323.4) * fall / 10000);
    double mean[2] = {0, 0}, square[2] = {0, 0}, both = 0;
    for (size_t k = 0; k < SYNAPSES; k++) {
        double x[2];
        for (int t = 0; t < 2; t++) {
            x[t] = ((double)m.weight[t][k] - 20) / 80 - 321.808 / fall;
            mean[t] += x[t] / SYNAPSES;
            square[t] += x[t] * x[t] / SYNAPSES;
        }
        both += x[0] * x[1] / SYNAPSES;
    }
    for (int t = 0; t < 2; t++) {
        CU_ASSERT_DOUBLE_EQUAL(mean[t], 0, 4 * sqrt(variance / SYNAPSES) + 1e-3);
        /* two in a thousand reach rho = 1, where the weight is cut */
        CU_ASSERT_DOUBLE_EQUAL(square[t] / variance, 1, 4 * sqrt(2.0 / SYNAPSES) + 0.01);
    }
    CU_ASSERT_DOUBLE_EQUAL(both / variance, keep, 4 / sqrt(SYNAPSES));
}

/* The path of the noise is the synapse's own: however often it is visited (spikes
 * of a source that brings no calcium), read, or on how many threads. */
static void one_path(void)
{
    static float first[SYNAPSES];
    const double most = 1e-3;
    for (int run = 0; run < 5; run++) {
        many_new(8, 16, 3000);
        use_set(&m.c, 0, -1);
        plastic_set(&m.c, "c_pre", 0);
        for (size_t k = 0; k < 60; k++)
            m.c.post.time[m.c.post.n++] = 20 + 45.7 * (double)k;
        for (size_t k = 0; run == 1 && k < 180; k++)
            m.c.pre.time[m.c.pre.n++] = 17 + 15.3 * (double)k;
        m.read[0] = 2900;
        m.n_reads = run == 2 ? 8 : 1;
        for (int k = 0; run == 2 && k < 8; k++)
            m.read[k] = 2900 - 333.3 * (7 - k);
        many_run(run < 3 ? 1 : run - 1);
        const float *last = m.weight[m.n_reads - 1];
        double worst = 0, spread = 0;
        for (size_t k = 0; k < SYNAPSES; k++) {
            worst = fmax(worst, fabs((double)(last[k] - first[k])));
            spread += fabs((double)(last[k] - last[(k + 1) % SYNAPSES])) / SYNAPSES;
        }
        CU_ASSERT(spread > 5);
        if (run == 0) {
            memcpy(first, last, sizeof first);
        } else if (run == 1) {
            (void)printf(" %.1e", worst / 80);
            CU_ASSERT(worst < 80 * most);
        } else {
            CU_ASSERT_EQUAL(worst, 0);
        }
    }
}

/* ---- the published curve --------------------------------------------------------------------- */

/* The fraction of a second for which calcium is above `threshold`, one pair. */
static double above(const double *p, double difference, double threshold)
{
    const double first = fmin(p[8], difference), h = 1e-3;
    double sum = 0;
    for (double t = first; t < first + 1000; t += h) {
        double level = 0;
        for (int k = 0; k < 2; k++) {
            const double age = t - (k ? difference : p[8]);
            level += age >= 0 ? p[1 + k] * exp(-age / p[0]) : 0;
        }
        sum += level > threshold ? h / 1000 : 0;
    }
    return sum;
}

static double change_of(double up, double down)
{
    const double beta = 0.5, b = 5;
    return ((1 - up) * beta + down * (1 - beta) + b * (up * beta + (1 - down) * (1 - beta))) /
           (beta + (1 - beta) * b);
}

/* Rates averaged over the second; without the cubic term. */
static double theory(const double *p, double difference)
{
    const double a_p = above(p, difference, p[3]), a_d = above(p, difference, 1);
    const double rise = p[5] * a_p, fall = p[4] * a_d, mean = rise / (rise + fall);
    const double variance = p[6] * p[6] * (a_p + a_d) / (rise + fall);
    const double e = exp(-60000 * (rise + fall) / p[7]);
    const double root = sqrt(variance * (1 - e * e));
    const double up = 0.5 * (1 + erf(-(0.5 - mean + mean * e) / root));
    const double down = 0.5 * (1 - erf(-(0.5 - mean + (mean - 1) * e) / root));
    return change_of(up, down);
}

static double simulated(int set, double difference)
{
    many_new(1, 1, 60900);
    use_set(&m.c, set, -1);
    for (int k = 0; k < 60; k++) {
        m.c.pre.time[m.c.pre.n++] = 1000 * k + 499;
        m.c.post.time[m.c.post.n++] = 1000 * k + 500 + difference;
    }
    many_run(1);
    double up = 0, down = 0;
    for (size_t k = 0; k < SYNAPSES; k++) /* recorded in the order of creation */
        *(k < SYNAPSES / 2 ? &up : &down) +=
            (k < SYNAPSES / 2 ? m.weight[0][k] > 60 : m.weight[0][k] < 60) * 2.0 / SYNAPSES;
    return change_of(up, down);
}

static const char *const curve_of[] = {"calcium_dp", "calcium_dpd", "calcium_dpd2",
                                       "calcium_p",  "calcium_d",   "calcium_d2"};

/* Theory everywhere, the engine at some time differences. */
static void draw_curves(void)
{
    static const int at[] = {-100, -60, -40, -20, -10, -5, 0, 5, 10, 20, 40, 60, 100};
    for (int set = 0; set < 6 && ecp_test_curves_wanted(); set++) {
        for (int lag = -100; lag <= 100; lag += 2) {
            const double want = theory(sets[set], lag); /* NAN: calcium stays below */
            ecp_test_curve(ECP_CURVE_LINE, curve_of[set], "theory", lag, isnan(want) ? 1 : want);
        }
        for (size_t k = 0; k < sizeof at / sizeof at[0]; k++)
            ecp_test_curve(ECP_CURVE_POINT, curve_of[set], "ecphory", at[k], simulated(set, at[k]));
    }
}

/* 60 pairs at 1 Hz, 4096 synapses: the paper's analytic curve (.764, 1.008, 1.172,
 * 1.005 for the set DP), and what the engine's synapses do. */
static void published(void)
{
    static const double at[][2] = {{-20, 0.764}, {0, 1.008}, {20, 1.172}, {100, 1.005}};
    for (int k = 0; k < 4; k++) {
        const double want = theory(sets[0], at[k][0]), have = simulated(0, at[k][0]);
        (void)printf(" %.3f/%.3f", want, have);
        CU_ASSERT_DOUBLE_EQUAL(want, at[k][1], 0.002);
        CU_ASSERT_DOUBLE_EQUAL(have, at[k][1], 0.03);
        ecp_test_curve(ECP_CURVE_PAPER, curve_of[0], "published", at[k][0], at[k][1]);
    }
    for (int set = 1; set < 6; set++) {
        const double want = theory(sets[set], 4), have = simulated(set, 4);
        (void)printf(" %.3f/%.3f", want, have);
        CU_ASSERT_DOUBLE_EQUAL(have, want, 0.05);
    }
    draw_curves();
}

ECP_TEST_MAIN("calcium", {"events against a clock, all sets", against_clock}, {"two wells", wells},
              {"paths of Brownian motion", paths}, {"law of the noise", law_of_noise},
              {"one path of noise", one_path}, {"change over time difference", published})
