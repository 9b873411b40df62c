/* verify_zenke.c -- the orchestrated rule: loops over all spikes of both neurons,
 * the wells of the reference weight, and each term alone. */
#include "tests/verify/plastic_pairs.h"

static struct plastic_case c;
static struct plastic_result got;

/* ---- loops over spikes ------------------------------------------------------------------ */

/* The target's rate (Hz) at `now`: 1 Hz at the end of the first step, and all its
 * spikes since. */
static double rate_of(const struct pairs *p, long long now)
{
    const double tau = pairs_value(&c, "tau_hom", 6e5);
    const double age = (double)(now - 1) * c.dt + (c.dendritic ? c.delay : 0);
    return exp(-age / tau) + 1000 / tau * pairs_sum(p->post, p->n_post, -1, now, c.dt, tau);
}

static double after_event(const struct pairs *p, double w, double reference, long long now,
                          int is_pre)
{
    const double eta = pairs_value(&c, "eta", 1e-3), kappa = pairs_value(&c, "kappa", 10);
    const double minus = pairs_sum(p->post, p->n_post, -1, now, c.dt, 20);
    const double top = pairs_value(&c, "w_max", 5);
    if (is_pre) {
        const double h =
            pairs_value(&c, "homeostasis", 1) > 0 ? pow(rate_of(p, now) / kappa, 2) : 1;
        return pairs_clip(w - eta * minus * h + pairs_value(&c, "delta", 2e-5), top);
    }
    const double slow = pairs_sum(p->post, p->n_post, -1, now, c.dt, 100);
    const double x = pairs_sum(p->pre, p->n_pre, -1, now, c.dt, 20);
    return pairs_clip(
        w + eta * x * slow - pairs_value(&c, "beta", 0.05) * pow(minus, 3) * (w - reference), top);
}

static double consolidated(double w, double reference, double period)
{
    const double wells = -reference * (0.25 - reference) * (0.5 - reference);
    return reference + period / pairs_value(&c, "tau_c", 1.2e6) *
                           ((w - reference) + pairs_value(&c, "p", 17.066666666666667) * wells);
}

/* In order of time: what both neurons do, then (at the end of the step) the clock. */
static void naive(struct plastic_result *out)
{
    static struct pairs p;
    const double step = pairs_value(&c, "period", 1200);
    const long long period = llround(step / c.dt);
    const long long late = c.dendritic ? llround(c.delay / c.dt) : 0; /* behind the clock */
    double w = c.weight, reference = 0;
    size_t i = 0, j = 0;
    pairs_init(&p, &c);
    out->n_sent = 0;
    for (long long now = 0; i < p.n_pre; now++) {
        for (int turn = 0; turn < 2; turn++) {
            const int is_pre = turn == (c.dendritic ? 1 : 0);
            if (is_pre && i < p.n_pre && p.pre[i] == now) {
                w = after_event(&p, w, reference, now, 1);
                out->sent[out->n_sent++] = w;
                i++;
            } else if (!is_pre && j < p.n_post && p.post[j] == now) {
                w = after_event(&p, w, reference, now, 0);
                j++;
            }
        }
        if (now > 0 && (now + late) % period == 0)
            reference = consolidated(w, reference, step);
    }
}

static void against_loops(void)
{
    static struct plastic_result want;
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 3e-5;
    for (int k = 0; k < 6; k++) {
        pairs_random(&c, "zenke", k % 2, 21 + (unsigned)k);
        c.weight = 0.4;
        plastic_set(&c, "homeostasis", k < 3);
        plastic_set(&c, "tau_hom", k == 2 ? 2000 : 6e5);
        plastic_set(&c, "kappa", 40);
        plastic_set(&c, "eta", 0.02);
        plastic_set(&c, "beta", 2e-3);
        plastic_set(&c, "delta", 5e-4);
        plastic_set(&c, "tau_c", 5000);
        plastic_set(&c, "period", k < 4 ? 100 : 37);
        naive(&want);
        plastic_run(&c, &got);
        double worst = 0, low = 9, high = 0;
        for (size_t s = 0; s < got.n_sent; s++) {
            worst = fmax(worst, fabs(got.sent[s] - want.sent[s]));
            low = fmin(low, want.sent[s]);
            high = fmax(high, want.sent[s]);
        }
        (void)printf(" %.0e(%.2f-%.2f)", worst, low, high);
        CU_ASSERT(got.n_sent > 200 && worst <= most * high && high > low + 0.1);
    }
}

/* ---- terms ---------------------------------------------------------------------------------- */

static void single(double weight, double duration)
{
    memset(&c, 0, sizeof c);
    c.rule = "zenke";
    c.dt = 0.5;
    c.weight = weight;
    c.delay = 1;
    c.duration = duration;
}

/* A source alone: delta a spike, from nothing. */
static void transmitter(void)
{
    single(0, 3000);
    plastic_set(&c, "delta", 0.01);
    for (int k = 0; k < 100; k++)
        c.pre.time[c.pre.n++] = 20 + 29 * k;
    plastic_run(&c, &got);
    for (int k = 0; k < 100; k++)
        CU_ASSERT_DOUBLE_EQUAL(got.sent[k], 0.01 * (k + 1), 1e-5);
}

/* A target alone, in bursts: nothing but the heterosynaptic term, which brings the
 * weight to its reference; lone spikes leave it. */
static void heterosynaptic(void)
{
    for (int burst = 0; burst < 2; burst++) {
        single(3, 9900);
        plastic_set(&c, "delta", 0);
        plastic_set(&c, "tau_c", 1e12);
        c.pre = (struct plastic_train){1, {9800}};
        for (int k = 0; k < 400; k++)
            c.post.time[c.post.n++] = burst ? 100 + 200 * (k / 10) + 5 * (k % 10) : 100 + 20 * k;
        plastic_set(&c, "beta", burst ? 0.05 : 1e-4);
        plastic_run(&c, &got);
        const double z = exp(-1) / (1 - exp(-1)), step = 1e-4 * pow(z, 3);
        if (burst)
            CU_ASSERT(got.sent[0] < 1e-3)
        else
            CU_ASSERT_DOUBLE_EQUAL(got.sent[0], 3 * pow(1 - step, 400 - 1.8), 0.001);
    }
}

/* A weight held at its reference settles in one of two wells: 0 and 0.5. Held, by
 * a target whose bursts bring it back to its reference over and over. */
static void bistable(void)
{
    static const double begin[] = {0.05, 0.2, 0.24, 0.26, 0.3, 0.45, 0.8};
    for (int k = 0; k < 7; k++) {
        single(begin[k], 19500);
        plastic_set(&c, "delta", 0);
        plastic_set(&c, "w_ref", begin[k]);
        plastic_set(&c, "beta", 0.02);
        plastic_set(&c, "tau_c", 1000);
        plastic_set(&c, "period", 20);
        c.pre = (struct plastic_train){1, {19400}};
        for (int s = 0; s < 3800; s++)
            c.post.time[c.post.n++] = 100 + 5 * s;
        plastic_run(&c, &got);
        CU_ASSERT_DOUBLE_EQUAL(got.sent[0], begin[k] < 0.25 ? 0 : 0.5, 0.01);
    }
    /* p: w_t = w_c/4 ends a transition of 0.1 */
    CU_ASSERT_DOUBLE_EQUAL(0.1 / (0.125 * (0.125 - 0.25) * (0.125 - 0.5)), 17.0666667, 1e-6);
}

/* Consolidation without spikes: one step every 1.2 s, w - w_ref and the wells. */
static void consolidation(void)
{
    double reference = 0;
    single(0.5, 121000);
    plastic_set(&c, "tau_c", 60000);
    plastic_set(&c, "beta", 1);
    plastic_set(&c, "delta", 0);
    c.pre = (struct plastic_train){1, {120900}};
    for (int k = 0; k < 2; k++)
        c.post.time[c.post.n++] = 120700 + k;
    plastic_run(&c, &got);
    for (int k = 0; k < 100; k++)
        reference = consolidated(0.5, reference, 1200);
    const double z = exp(-1.0 / 20);
    CU_ASSERT(reference > 0.4);
    CU_ASSERT_DOUBLE_EQUAL(got.sent[0], 0.5 - pow(z, 3) * (0.5 - reference), 1e-5);
}

ECP_TEST_MAIN("zenke", {"events against loops", against_loops},
              {"transmitter-induced term", transmitter}, {"heterosynaptic term", heterosynaptic},
              {"bistable reference", bistable}, {"consolidation", consolidation})
