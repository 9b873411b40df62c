/* verify_astrocyte_gchi.c -- the G-ChI astrocyte against its equations written anew, in
 * seconds, and against GSL; what synapses at 0.5 Hz do to it in 30 s; release of
 * gliotransmitter; the noise. */
#include "tests/support.h"
#include "tests/verify/block.h"

#define IS_DOUBLE (sizeof(ecp_real) == sizeof(double))

enum { SECONDS = 30, RATE_STEPS = 2000 }; /* a spike every 2 s, steps of 1 ms */

static void begin(struct block *b, size_t n, double dt)
{
    const struct ecp_neuron_model *model = NULL;
    ECP_ASSERT_OK(ecp_neuron_find("astrocyte_gchi", ecp_isa_best(), &model));
    block_init(b, model, n, dt);
    ECP_ASSERT_OK(block_derive(b));
}

static double value(const struct block *b, const char *field)
{
    return (double)block_field(b, field)[0];
}

/* ---- the equations, written anew ---------------------------------------------------- */

struct cell {
    double y, g, i, c, h;
};

static struct cell rate_of(struct cell x)
{
    const double open = x.i / (x.i + 0.13) * x.c / (x.c + 0.08) * x.h;
    const double q = 1.05 * (x.i + 0.13) / (x.i + 0.9434), h_inf = q / (q + x.c);
    const double tau_h = 1 / (0.2 * (q + x.c)), store = 2 - 1.18 * x.c;
    const double sign = x.i > 0 ? 1 : x.i < 0 ? -1 : 0;
    struct cell d = {.y = -40 * x.y,
                     .g = 0.3 * x.y * (1 - x.g) - 0.5 * (1 + 10 * x.c / (x.c + 0.5)) * x.g,
                     .h = (h_inf - x.h) / tau_h};
    d.i = 5 * x.g + 0.2 / (1 + x.i / 1.5) * x.c * x.c / (x.c * x.c + 0.09) - 0.1 * x.i;
    d.i -= 4.5 * pow(x.c, 4) / (pow(x.c, 4) + pow(0.5, 4)) * x.i / (x.i + 1);
    d.i -= 0.09 / 2 * (1 + tanh((fabs(x.i) - 0.3) / 0.05)) * sign;
    d.c = 6 * pow(open, 3) * store + 0.1 * store - 0.9 * x.c * x.c / (x.c * x.c + 0.01);
    return d;
}

static struct cell moved(struct cell x, struct cell d, double by)
{
    return (struct cell){x.y + by * d.y, x.g + by * d.g, x.i + by * d.i, x.c + by * d.c,
                         x.h + by * d.h};
}

/* Heun's method, 0.02 ms. */
static void run_anew(struct cell *at)
{
    struct cell x = {.h = 0.9};
    const double dt = 2e-5;
    for (int step = 0; step < SECONDS * 1000; step++) {
        for (int k = 0; k < 50; k++) {
            const struct cell d = rate_of(x), next = rate_of(moved(x, d, dt));
            x = moved(moved(x, d, dt / 2), next, dt / 2);
        }
        if ((step + 1) % RATE_STEPS == 0)
            x.y += 500;
        at[step] = x;
    }
}

static void run_model(struct cell *at, const char *scheme, double dt, int seconds)
{
    struct block b;
    const int fine = (int)lround(1 / dt);
    begin(&b, 1, dt);
    b.scheme = scheme;
    for (int step = 0; step < seconds * 1000 * fine; step++) {
        block_set(&b, "in", (step + 1) % (RATE_STEPS * fine) == 0);
        block_update(&b, step);
        if ((step + 1) % fine == 0)
            at[step / fine] = (struct cell){value(&b, "y_s"), value(&b, "gamma"), value(&b, "ip3"),
                                            value(&b, "ca"), value(&b, "h")};
    }
    block_clear(&b);
}

static struct cell anew[SECONDS * 1000], got[SECONDS * 1000];

static double worst(const struct cell *a, const struct cell *b, int n)
{
    double most = 0;
    for (int k = 0; k < n; k++) {
        most = fmax(most, fabs(a[k].y - b[k].y) / 500);
        most = fmax(most, fmax(fabs(a[k].g - b[k].g), fabs(a[k].i - b[k].i)));
        most = fmax(most, fmax(fabs(a[k].c - b[k].c), fabs(a[k].h - b[k].h)));
    }
    return most;
}

static void equations(void)
{
    run_anew(anew);
    run_model(got, NULL, 1, SECONDS);
    const double coarse = worst(anew, got, SECONDS * 1000);
    run_model(got, NULL, 0.1, SECONDS);
    const double fine = worst(anew, got, SECONDS * 1000);
    (void)printf(" %.1e (1 ms), %.1e (0.1 ms) ", coarse, fine);
    CU_ASSERT(coarse < 5e-5);
    CU_ASSERT(fine < (IS_DOUBLE ? 1e-6 : 5e-6));
}

static void against_gsl(void)
{
    static struct cell gsl[5000];
    run_model(got, NULL, 1, 5); /* steps of 0.1 ms lose too much in single precision */
    run_model(gsl, "gsl_rkf45", 1, 5);
    (void)printf(" %.1e ", worst(got, gsl, 5000));
    CU_ASSERT(worst(got, gsl, 5000) < (IS_DOUBLE ? 1e-5 : 1e-2));
}

/* Each spike leaves more ip3, until calcium rises in waves. */
static void behaviour(void)
{
    int waves = 0, first = 0;
    double ip3 = 0, highest = 0;
    run_model(got, NULL, 1, SECONDS);
    for (int k = 1; k < SECONDS * 1000; k++) {
        const int rises = got[k - 1].c < 0.4 && got[k].c >= 0.4;
        first = waves == 0 && rises ? k : first;
        waves += rises;
        ip3 = waves == 0 ? fmax(ip3, got[k].i) : ip3;
        highest = fmax(highest, got[k].c);
    }
    (void)printf(" %d waves, the first at %.1f s, ip3 %.2f, calcium to %.2f ", waves, first * 1e-3,
                 ip3, highest);
    CU_ASSERT(waves >= 3 && waves <= SECONDS / 2);
    CU_ASSERT(first > RATE_STEPS);
    CU_ASSERT(ip3 > 0.2);
    CU_ASSERT(highest > 0.4 && highest < 1.3);
    for (int k = 1; k < 15000 / RATE_STEPS && (k + 1) * RATE_STEPS < first; k++)
        CU_ASSERT(got[(k + 1) * RATE_STEPS - 1].i > got[k * RATE_STEPS - 1].i);
}

/* ---- release ---------------------------------------------------------------------------- */

/* Calcium is taken above the threshold, below, and above again after 1 s. */
static void releases(void)
{
    struct block b;
    double g_a = 0, x_a = 1, gamma_s = 0, worst_g = 0, worst_x = 0, worst_s = 0;
    int spikes = 0;
    begin(&b, 1, 1);
    for (int step = 0; step < 2000; step++) {
        const int high = step % 1000 >= 100 && step % 1000 < 300;
        block_set(&b, "ca", high ? 0.8 : 0.2);
        block_update(&b, step);
        for (int k = 0; k < 100; k++) { /* Euler, 10 us */
            gamma_s += 1e-5 * (1.5 * g_a * (1 - gamma_s) - 0.5 / 60 * gamma_s);
            g_a *= exp(-60 * 1e-5);
        }
        x_a = 1 - (1 - x_a) * exp(-0.6e-3);
        if (step % 1000 == 100) {
            g_a += 6.5e-4 * 200e3 * 0.6 * x_a;
            x_a *= 1 - 0.6;
        }
        CU_ASSERT_EQUAL(b.fired[0], step % 1000 == 100);
        spikes += b.fired[0];
        worst_g = fmax(worst_g, fabs(value(&b, "g_a") - g_a));
        worst_x = fmax(worst_x, fabs(value(&b, "x_a") - x_a));
        worst_s = fmax(worst_s, fabs(value(&b, "gamma_s") - gamma_s));
    }
    CU_ASSERT_EQUAL(spikes, 2);
    CU_ASSERT(worst_g < (IS_DOUBLE ? 1e-9 : 1e-3));
    CU_ASSERT(worst_x < (IS_DOUBLE ? 1e-12 : 1e-6));
    CU_ASSERT(worst_s < 1e-3 && gamma_s > 0.8);
    block_clear(&b);
}

/* ---- noise --------------------------------------------------------------------------------- */

static void noise(void)
{
    const double xi[] = {0, 1, -2, 0.5}, seconds = 1e-3;
    struct block b;
    begin(&b, 4, 1);
    block_set(&b, "noise", 1);
    block_set(&b, "ca", 0.3);
    block_set(&b, "ip3", 0.5);
    block_set(&b, "h", 0.5);
    for (size_t j = 0; j < 4; j++)
        block_field(&b, "xi")[j] = (ecp_real)xi[j];
    block_update(&b, 0);
    const double h = value(&b, "h"), i = value(&b, "ip3"), c = value(&b, "ca");
    const double q = 1.05 * (i + 0.13) / (i + 0.9434), root = sqrt(0.2 * (q + c));
    for (size_t j = 1; j < 4; j++) {
        const double w = sqrt(seconds) * xi[j], s = (q / (q + c) - h) * root;
        const double kick = s * w - s * root * (w * w - seconds) / 2;
        const double first = -s * root * (0 - seconds) / 2; /* what xi = 0 has got */
        CU_ASSERT_DOUBLE_EQUAL((double)block_field(&b, "h")[j] - h, kick - first, 1e-6);
    }
    block_clear(&b);
}

ECP_TEST_MAIN("astrocyte_gchi", {"equations", equations}, {"against GSL", against_gsl},
              {"behaviour", behaviour}, {"releases", releases}, {"noise", noise})
