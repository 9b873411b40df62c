/* verify_dopamine.c -- rules with a third factor: NEST's synapse, integrals over all
 * pairs of eligibility and reward, credit for a reward that comes late, and
 * covariance. */
#include "tests/curve.h"
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;
static struct plastic_result got;

static const double exact = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 1e-5;

/* The rule's variables at one synapse, at `time`. */
struct one {
    double time, w, c, n, x;
};

static void evolve(struct one *s, double to)
{
    const double h = to - s->time, rate = 1.0 / 500 + 1.0 / 150;
    s->w += s->c * (s->n * -expm1(-rate * h) / rate + 0.01 * 500 * expm1(-h / 500));
    s->c *= exp(-h / 500);
    s->n *= exp(-h / 150);
    s->x *= exp(-h / 20);
    s->time = to;
}

static void potentiate(struct one *s, double to)
{
    for (size_t k = 0; k < c.post.n; k++)
        if (c.post.time[k] + 1 > s->time + 1e-6 && c.post.time[k] + 1 < to + 1e-6) {
            evolve(s, c.post.time[k] + 1);
            s->c += 0.5 * s->x;
        }
    evolve(s, to);
}

static void depress(struct one *s)
{
    for (size_t k = 0; k < c.post.n; k++)
        if (c.post.time[k] < s->time - 1 - 1e-6)
            s->c -= 0.6 * exp((c.post.time[k] + 1 - s->time) / 20);
    s->x += 1;
}

/* NEST takes time in slices (of the least delay, 1 ms): at the end of each, what
 * the target did and the dopamine; then the source's spikes of the slice, going
 * back to each in time (where its target's spikes after it stay taken, and are
 * taken once more on the way forth). In slices of one step nothing goes back. */
static void in_slices(double slice, double *sent)
{
    struct one s = {.w = 50};
    size_t i = 0, d = 0;
    for (double end = slice; end < 1000 + 1e-6; end += slice) {
        for (; d < c.modulator.n && c.modulator.time[d] + 1 < end + 1e-6; d++) {
            potentiate(&s, c.modulator.time[d] + 1);
            s.n += 1.0 / 150;
        }
        potentiate(&s, end);
        for (; i < c.pre.n && c.pre.time[i] < end + 1e-6; i++) {
            potentiate(&s, c.pre.time[i]);
            sent[i] = s.w;
            depress(&s);
        }
    }
}

/* What NEST sent is what its slices make of the equations; in order of time they
 * give what the engine sends. Where no slice mattered, the three agree. */
static void nest(void)
{
    static double slices[PLASTIC_SPIKES], steps[PLASTIC_SPIKES];
    static struct plastic_train want;
    plastic_nest(&c, "stdp_dopamine");
    plastic_read("plast_dopa", &c.modulator);
    c.modulator_delay = 1;
    plastic_set(&c, "a_plus", 0.5);
    plastic_set(&c, "a_minus", 0.6);
    plastic_set(&c, "tau_c", 500);
    plastic_set(&c, "tau_n", 150);
    plastic_set(&c, "b", 0.01);
    plastic_read("plast_stdp_dopamine", &want);
    plastic_run(&c, &got);
    in_slices(1, slices);
    in_slices(0.1, steps);
    double worst = 0, worst_nest = 0, apart = 0;
    for (size_t k = 0; k < got.n_sent; k++) {
        worst_nest = fmax(worst_nest, fabs(slices[k] / want.time[k] - 1));
        worst = fmax(worst, fabs(got.sent[k] / steps[k] - 1));
        apart = fmax(apart, fabs(steps[k] / want.time[k] - 1));
        if (k < 6)
            CU_ASSERT_DOUBLE_EQUAL(got.sent[k] / want.time[k], 1, exact);
    }
    (void)printf(" %.1e %.1e (%.1e)", worst_nest, worst, apart);
    CU_ASSERT(got.n_sent >= 59 && want.n >= 59);
    CU_ASSERT(worst_nest <= 1e-9 && worst <= exact);
}

/* ---- integrals, pair by pair ---------------------------------------------------- */

/* The integral of exp(-(t - a)/tau_a) exp(-(t - d)/tau_d) from max(a, d) to `to`. */
static double product(double a, double tau_a, double d, double tau_d, double to)
{
    const double from = fmax(a, d), rate = 1 / tau_a + 1 / tau_d;
    return exp(-(from - a) / tau_a - (from - d) / tau_d) * -expm1(-rate * (to - from)) / rate;
}

/* What an eligibility of 1 that begins at `a` adds to the weight by `to`. */
static double credit(double a, double to, int covariance)
{
    const double tau_c = pairs_value(&c, "tau_c", 1000), tau_n = pairs_value(&c, "tau_n", 200);
    const double tau_m = pairs_value(&c, "tau_mean", 10000), b = pairs_value(&c, "b", 0);
    double sum = -b * tau_c * -expm1(-(to - a) / tau_c);
    for (size_t k = 0; k < c.modulator.n; k++) {
        const double d = c.modulator.time[k] + c.modulator_delay;
        if (d >= to)
            continue;
        sum += product(a, tau_c, d, tau_n, to) / tau_n;
        if (covariance) /* the mean's answer to one spike is a difference of exponentials */
            sum -= (product(a, tau_c, d, tau_m, to) - product(a, tau_c, d, tau_n, to)) /
                   (tau_m - tau_n);
    }
    return sum;
}

static double weight_at(const struct pairs *p, double to, int covariance)
{
    const double plus = pairs_value(&c, "a_plus", 1), minus = pairs_value(&c, "a_minus", 1.5);
    double w = c.weight;
    for (size_t k = 0; k < p->n_post && (double)p->post[k] * c.dt < to; k++)
        w += plus * pairs_sum(p->pre, p->n_pre, -1, p->post[k], c.dt, 20) *
             credit((double)p->post[k] * c.dt, to, covariance);
    for (size_t k = 0; k < p->n_pre && (double)p->pre[k] * c.dt < to; k++)
        w -= minus * pairs_sum(p->post, p->n_post, -1, p->pre[k], c.dt, 20) *
             credit((double)p->pre[k] * c.dt, to, covariance);
    return w;
}

/* Trains that coincide often, pauses, rewards at spikes and between. */
static void random_case(const char *rule, int dendritic, uint64_t seed)
{
    static const double none[] = {0, 0};
    uint64_t state = seed + 100;
    pairs_random(&c, rule, dendritic, seed);
    pairs_train(&c.modulator, 5, c.duration, c.dt, none, &state);
    c.modulator_delay = 2;
    plastic_set(&c, "a_plus", 0.1);
    plastic_set(&c, "a_minus", 0.08);
    plastic_set(&c, "tau_c", 700);
    plastic_set(&c, "w_max", 1e6);
}

static void all_pairs(const char *rule, int covariance)
{
    for (int seed = 1; seed <= 4; seed++) {
        static struct pairs p;
        random_case(rule, seed % 2, (uint64_t)seed);
        if (!covariance)
            plastic_set(&c, "b", 0.004);
        else
            plastic_set(&c, "tau_mean", 2500);
        pairs_init(&p, &c);
        plastic_run(&c, &got);
        double worst = 0, low = 1e9, high = 0;
        for (size_t k = 0; k < got.n_sent; k += 4) { /* all of them take half a minute */
            const double to = (double)(p.pre[k]) * c.dt;
            const double want = weight_at(&p, to, covariance);
            worst = fmax(worst, fabs(got.sent[k] / want - 1));
            low = fmin(low, want);
            high = fmax(high, want);
        }
        (void)printf(" %.1e (%.0f to %.0f)", worst, low, high);
        CU_ASSERT(got.n_sent > 200 && worst <= exact);
        CU_ASSERT(low > 1 && high > low + 3); /* no bound in the way; something happened */
        const double read_at = c.read_at - (c.dendritic ? c.delay : 0); /* as the synapse sees it */
        CU_ASSERT_DOUBLE_EQUAL(got.final, weight_at(&p, read_at, covariance), 1e-5 * high);
    }
}

static void dopamine_pairs(void)
{
    all_pairs("stdp_dopamine", 0);
}

static void reward_pairs(void)
{
    all_pairs("reward", 1);
}

/* ---- closed forms ----------------------------------------------------------------- */

/* One pair, then one spike of dopamine `lag` later; the weight that a late spike
 * of the source sends. */
static double change_after(const char *rule, double lag, double rest)
{
    memset(&c, 0, sizeof c);
    c.rule = rule;
    c.dt = 0.5;
    c.weight = 1;
    c.delay = 1;
    c.duration = 110 + lag + rest + 10;
    c.pre = (struct plastic_train){2, {99, 109 + lag + rest}};
    c.post = (struct plastic_train){1, {110}};
    c.modulator = (struct plastic_train){1, {109 + lag}};
    c.modulator_delay = 1;
    plastic_set(&c, "a_plus", 200);
    plastic_set(&c, "w_max", 1e6);
    plastic_run(&c, &got);
    return got.sent[1] - 1;
}

/* c_0 exp(-T/tau_c) tau_c tau_n/(tau_c + tau_n): 0.1667 s exp(-T/1 s) of c_0 and of
 * the jump, 1/tau_n. */
static void lag_of_reward(void)
{
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-10 : 2e-6;
    const double c_0 = 200 * exp(-10.0 / 20), rest = 8000;
    for (double lag = 0; lag <= 3000; lag += 250) {
        const double area = 1000 * 200 / 1200.0 * -expm1(-rest / (1000 / 6.0));
        const double want = c_0 / 200 * exp(-lag / 1000) * area;
        const double change = change_after("stdp_dopamine", lag, rest);
        CU_ASSERT_DOUBLE_EQUAL(change / want, 1, most);
        CU_ASSERT_DOUBLE_EQUAL(change * 200 / c_0 / 1000, 0.16667 * exp(-lag / 1000), 1e-5);
        ecp_test_curve(ECP_CURVE_POINT, "reward_lag", "ecphory", lag / 1000,
                       change * 200 / c_0 / 1000);
    }
    for (double lag = 0; lag <= 3; lag += 0.05)
        ecp_test_curve(ECP_CURVE_LINE, "reward_lag", "exp(\u2212T/1 s)/6", lag, exp(-lag) / 6);
}

/* A reward that ended before the pair cannot be had for it; none changes nothing. */
static void no_reward(void)
{
    static const char *const rules[] = {"stdp_dopamine", "reward"};
    for (int k = 0; k < 2; k++) {
        random_case(rules[k], 0, 9);
        c.modulator = (struct plastic_train){1, {c.duration - 2}};
        c.modulator_delay = 10; /* never comes */
        plastic_run(&c, &got);
        size_t wrong = 0;
        for (size_t s = 0; s < got.n_sent; s++)
            wrong += got.sent[s] != 50;
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(got.final, 50);
    }
}

/* Bounds hold, exactly, and weights leave them again. */
static void bounds(void)
{
    random_case("stdp_dopamine", 0, 3);
    c.n_values = 0;
    plastic_set(&c, "a_plus", 30);
    plastic_set(&c, "a_minus", 30);
    plastic_set(&c, "w_min", 20);
    plastic_set(&c, "w_max", 60);
    plastic_run(&c, &got);
    size_t at_low = 0, at_high = 0, between = 0, outside = 0;
    for (size_t s = 0; s < got.n_sent; s++) {
        at_low += got.sent[s] == 20;
        at_high += got.sent[s] == 60;
        between += got.sent[s] > 20 && got.sent[s] < 60;
        outside += got.sent[s] < 20 || got.sent[s] > 60;
    }
    (void)printf(" %zu %zu %zu %zu", at_low, at_high, between, outside);
    CU_ASSERT(at_low > 5 && at_high > 5 && between > 5 && outside == 0);
}

/* A reward at a steady rate that has nothing to do with the pairs: dopamine moves
 * the weight by all of it, covariance only by what the mean has not caught up. */
static void covariance(void)
{
    double change[2];
    for (int k = 0; k < 2; k++) {
        memset(&c, 0, sizeof c);
        c.rule = k ? "reward" : "stdp_dopamine";
        c.dt = 0.5;
        c.weight = 50;
        c.delay = 1;
        c.duration = 60000;
        c.modulator_delay = 1;
        for (size_t s = 0; s < 590; s++)
            c.modulator.time[s] = 100 + 100 * (double)s;
        c.modulator.n = 590;
        c.pre = (struct plastic_train){2, {39999, 58000}};
        c.post = (struct plastic_train){1, {40010}};
        plastic_set(&c, "a_plus", 2);
        if (k)
            plastic_set(&c, "tau_mean", 5000);
        plastic_run(&c, &got);
        change[k] = got.sent[1] - 50;
    }
    CU_ASSERT_DOUBLE_EQUAL(change[0], 2 * exp(-0.5) * 0.01 * 1000, 0.4); /* 10 Hz, 1 s */
    CU_ASSERT(fabs(change[1]) < 0.03 * change[0]);
}

ECP_TEST_MAIN("dopamine", {"NEST's stdp_dopamine_synapse", nest},
              {"dopamine: all pairs", dopamine_pairs}, {"reward: all pairs", reward_pairs},
              {"credit for a late reward", lag_of_reward}, {"no reward", no_reward},
              {"bounds", bounds}, {"covariance", covariance})
