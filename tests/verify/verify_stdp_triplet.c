/* verify_stdp_triplet.c -- triplet STDP: NEST's synapse, sums over all pairs and
 * triplets, the frequency curves of Pfister & Gerstner 2006, the BCM threshold. */
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;

static void nest(void)
{
    plastic_nest(&c, "stdp_triplet");
    plastic_set(&c, "w_max", 100);
    plastic_set(&c, "a2_plus", 0.5);
    plastic_set(&c, "a3_plus", 0.8);
    plastic_set(&c, "a2_minus", 0.4);
    plastic_set(&c, "a3_minus", 0.3);
    plastic_set(&c, "tau_y", 125);
    plastic_verify_nest("plast_stdp_triplet", &c);
}

/* ---- loops over spikes ------------------------------------------------------ */

/* Of all spikes before `now`, or of the latest one. */
static double trace(const struct plastic_case *k, const long long *time, size_t n, long long now,
                    double tau)
{
    const int nearest = pairs_value(k, "pairs", 0) > 0;
    const long long after = nearest ? pairs_latest(time, n, now) - 1 : -1;
    return pairs_sum(time, n, after, now, k->dt, tau);
}

static double triplets(const struct pairs *p, double w, long long now, int is_pre)
{
    const struct plastic_case *k = p->c;
    const double r1 = trace(k, p->pre, p->n_pre, now, pairs_value(k, "tau_plus", 16.8));
    const double r2 = trace(k, p->pre, p->n_pre, now, pairs_value(k, "tau_x", 101));
    const double o1 = trace(k, p->post, p->n_post, now, pairs_value(k, "tau_minus", 33.7));
    const double o2 = trace(k, p->post, p->n_post, now, pairs_value(k, "tau_y", 114));
    const double up = r1 * (pairs_value(k, "a2_plus", 0) + pairs_value(k, "a3_plus", 6.5e-3) * o2);
    const double down =
        o1 * (pairs_value(k, "a2_minus", 7.1e-3) + pairs_value(k, "a3_minus", 0) * r2);
    const double change = is_pre ? -down : up;
    return pairs_clip(w + pairs_value(k, "w_0", 1) * change, pairs_value(k, "w_max", 100));
}

static void random_trains(int nearest)
{
    for (int k = 0; k < 6; k++) {
        pairs_random(&c, "stdp_triplet", k % 2, 31 + (unsigned)k);
        plastic_set(&c, "pairs", nearest);
        plastic_set(&c, "a2_plus", 5e-3);
        plastic_set(&c, "a3_plus", k < 4 ? 8e-3 : 3e-3);
        plastic_set(&c, "a2_minus", 4e-3);
        plastic_set(&c, "a3_minus", k < 4 ? 3e-3 : 1e-2);
        plastic_set(&c, "tau_x", 90);
        plastic_set(&c, "w_0", k < 2 ? 10 : 30);
        pairs_verify(&c, triplets);
    }
}

static void all_spikes(void)
{
    random_trains(0);
}

static void nearest_spikes(void)
{
    random_trains(1);
}

/* ---- published curves --------------------------------------------------------- */

struct set {
    double a2_plus, a3_plus, a2_minus, a3_minus, tau_x, tau_y;
};

static const struct set visual_minimal = {0, 6.5e-3, 7.1e-3, 0, 101, 114};
static const struct set visual_full = {5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125};
static const struct set hippocampal = {5.3e-3, 8e-3, 3.5e-3, 0, 101, 40};

/* 60 pairings at `rate` (Hz), post `lag` ms after pre. */
static void use_pairings(const struct set *set, double rate, double lag)
{
    memset(&c, 0, sizeof c);
    c.rule = "stdp_triplet";
    c.dt = rate < 1 ? 0.5 : 0.1;
    c.weight = 2;
    c.delay = c.dt;
    c.duration = 60 * 1000 / rate + 200;
    c.read_at = c.duration - 10;
    c.pre.n = c.post.n = 60;
    for (int k = 0; k < 60; k++) { /* the delay is axonal */
        const double t = c.dt * nearbyint((60 + k * 1000 / rate) / c.dt);
        c.pre.time[k] = t - c.delay;
        c.post.time[k] = t + lag;
    }
    plastic_set(&c, "a2_plus", set->a2_plus);
    plastic_set(&c, "a3_plus", set->a3_plus);
    plastic_set(&c, "a2_minus", set->a2_minus);
    plastic_set(&c, "a3_minus", set->a3_minus);
    plastic_set(&c, "tau_x", set->tau_x);
    plastic_set(&c, "tau_y", set->tau_y);
}

/* Sum of the changes. */
static double pairings(const struct set *set, double rate, double lag)
{
    static struct plastic_result got;
    use_pairings(set, rate, lag);
    plastic_run(&c, &got);
    return got.final - 2;
}

/* The same by sums over all spikes. */
static double summed(const struct set *set, double rate, double lag)
{
    static struct plastic_result want;
    use_pairings(set, rate, lag);
    pairs_run(&c, triplets, &want);
    return want.final - 2;
}

static const char *const order[] = {"post after pre", "post before pre"};

/* Times are whole steps, amounts given to three digits. */
static void expect(const struct set *set, const double (*row)[3], size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (int back = 0; back < 2; back++) {
            const double change = pairings(set, row[k][0], back ? -10 : 10);
            CU_ASSERT_DOUBLE_EQUAL(change, row[k][1 + back], 2e-3);
            if (set == &visual_minimal)
                ecp_test_curve(ECP_CURVE_POINT, "triplet_frequency", order[back], row[k][0],
                               change);
        }
}

/* Sjostrom, Turrigiano & Nelson 2001, as Pfister & Gerstner 2006 fitted them. */
static void draw_frequency(void)
{
    static const double measured[][3] = {{0.1, -0.04, -0.29},
                                         {10, 0.14, -0.41},
                                         {20, 0.29, -0.34},
                                         {40, 0.53, 0.56},
                                         {50, 0.56, 0.75}};
    for (int back = 0; back < 2 && ecp_test_curves_wanted(); back++) {
        for (double rate = 0.1; rate < 50.5; rate = rate < 1 ? 1 : rate + 1)
            ecp_test_curve(ECP_CURVE_LINE, "triplet_frequency", order[back], rate,
                           summed(&visual_minimal, rate, back ? -10 : 10));
        for (size_t k = 0; k < sizeof measured / sizeof measured[0]; k++)
            ecp_test_curve(ECP_CURVE_PAPER, "triplet_frequency", order[back], measured[k][0],
                           measured[k][1 + back]);
    }
}

static void frequency_curve(void)
{
    static const double minimal[][3] = {
        {0.1, 0, -0.317},    {5, 0.043, -0.317}, {10, 0.119, -0.332}, {20, 0.228, -0.342},
        {30, 0.355, -0.189}, {40, 0.532, 0.174}, {50, 0.763, 0.749}};
    static const double full[][3] = {
        {10, 0.132, -0.334}, {20, 0.247, -0.352}, {40, 0.534, 0.155}, {50, 0.741, 0.727}};
    expect(&visual_minimal, minimal, sizeof minimal / sizeof minimal[0]);
    expect(&visual_full, full, sizeof full / sizeof full[0]);
    draw_frequency();
}

/* Post before pre depresses up to 30 Hz and potentiates from 40 Hz on. */
static void crossover(void)
{
    const struct set *const sets[] = {&visual_minimal, &visual_full};
    for (size_t k = 0; k < 2; k++) {
        CU_ASSERT(pairings(sets[k], 30, -10) < 0);
        CU_ASSERT(pairings(sets[k], 40, -10) > 0);
    }
}

static void window(void)
{
    static const double want[][2] = {{-50, -0.048}, {-20, -0.116}, {-10, -0.157}, {-5, -0.182},
                                     {5, 0.238},    {10, 0.176},   {20, 0.097},   {50, 0.014}};
    for (size_t k = 0; k < sizeof want / sizeof want[0]; k++) {
        const double change = pairings(&hippocampal, 5, want[k][0]);
        CU_ASSERT_DOUBLE_EQUAL(change, want[k][1], 2e-3);
        ecp_test_curve(ECP_CURVE_POINT, "triplet_window", "ecphory", want[k][0], change);
    }
    for (int lag = -62; lag <= 62; lag++)
        ecp_test_curve(ECP_CURVE_LINE, "triplet_window", "sums", lag, summed(&hippocampal, 5, lag));
}

/* ---- BCM: the drift under Poisson spikes ----------------------------------------- */

enum { SOURCES = 100, TARGETS = 100 };

/* Of a weight, per second; weights stay small beside what makes the targets fire,
 * so that both sides are independent. */
static double drift(double post_rate)
{
    static double weight[SOURCES * TARGETS];
    const struct pairs_crowd crowd = {.rule = "stdp_triplet",
                                      .n_sources = SOURCES,
                                      .n_targets = TARGETS,
                                      .dt = 0.1,
                                      .pre_rate = 20,
                                      .post_rate = post_rate,
                                      .seconds = 20,
                                      .weight = ecp_draw_constant(1e-3),
                                      .n_values = 1,
                                      .value = {{"w_0", 1e-6}}};
    double sum = 0;
    pairs_crowd_run(&crowd, weight);
    for (size_t k = 0; k < SOURCES * TARGETS; k++)
        sum += weight[k] - 1e-3;
    return sum / (SOURCES * TARGETS) / 1e-6 / crowd.seconds;
}

/* Per second: rho_pre rho_post (a3_plus tau_plus tau_y rho_post - a2_minus tau_minus). */
static void bcm(void)
{
    const double theta = 7.1e-3 * 33.7e-3 / (6.5e-3 * 16.8e-3 * 114e-3);
    CU_ASSERT_DOUBLE_EQUAL(theta, 19.22, 0.005);
    static const double rates[] = {10, 16, 23, 30};
    double root = 0, last = 0;
    for (size_t k = 0; k < 4; k++) {
        const double post = rates[k];
        const double want = 20 * post * (6.5e-3 * 16.8e-3 * 114e-3 * post - 7.1e-3 * 33.7e-3);
        const double got = drift(post);
        (void)printf(" %.4f (%.4f)", got, want);
        CU_ASSERT_DOUBLE_EQUAL(got, want, 0.03 * 20 * post * 7.1e-3 * 33.7e-3);
        if (k == 2) /* what the drift over the rate is linear in */
            root = 16 + 7 * (last / 16) / (last / 16 - got / 23);
        last = got;
    }
    (void)printf(" zero at %.2f Hz", root);
    CU_ASSERT_DOUBLE_EQUAL(root, theta, 0.6);
}

ECP_TEST_MAIN("stdp_triplet", {"NEST", nest}, {"sums over all spikes", all_spikes},
              {"nearest spikes", nearest_spikes}, {"frequency curves", frequency_curve},
              {"depression turns at 30 to 40 Hz", crossover}, {"hippocampal window", window},
              {"BCM threshold", bcm})
