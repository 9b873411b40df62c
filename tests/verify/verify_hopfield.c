/* verify_hopfield.c -- couplings of the four rules and the course of recalls against naive
 * loops; energies; ties, alternation, unknown components; what mean field theory says. */
#include <omp.h>

#include "engine/capacity.h"
#include "tests/verify/recall_case.h"

/* ---- couplings ----------------------------------------------------------------- */

static void naive_hebb(const double *x, size_t n, size_t p, double decay, double *w)
{
    for (size_t mu = 0; mu < p; mu++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                w[i * n + j] = w[i * n + j] * (1 - decay) +
                               (i == j ? 0 : x[mu * n + i] * x[mu * n + j] / (double)n);
}

/* As the paper writes it, with the sums over k that is neither i nor j. */
static void naive_storkey(const double *x, size_t n, size_t p, double *w)
{
    double *h = numbers(n * n);
    for (size_t mu = 0; mu < p; mu++, x += n) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                h[i * n + j] = 0;
                for (size_t k = 0; k < n; k++)
                    h[i * n + j] += k != i && k != j ? w[i * n + k] * x[k] : 0;
            }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                w[i * n + j] +=
                    i == j ? 0
                           : (x[i] * x[j] - x[i] * h[j * n + i] - h[i * n + j] * x[j]) / (double)n;
    }
    free(h);
}

/* X^T C^-1 X / N, C = X X^T / N: C^-1 X by elimination. */
static void naive_pseudo_inverse(const double *x, size_t n, size_t p, double *w)
{
    double *c = numbers(p * p), *y = numbers(p * n);
    memcpy(y, x, p * n * sizeof *y);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            c[a * p + b] = scalar(x + a * n, x + b * n, n) / (double)n;
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            if (a == b)
                continue;
            const double by = c[b * p + a] / c[a * p + a];
            for (size_t k = 0; k < p; k++)
                c[b * p + k] -= by * c[a * p + k];
            for (size_t k = 0; k < n; k++)
                y[b * n + k] -= by * y[a * n + k];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t a = 0; a < p; a++)
                w[i * n + j] += x[a * n + i] * y[a * n + j] / c[a * p + a] / (double)n;
    free(c);
    free(y);
}

static void naive_bounded(const double *x, size_t n, size_t p, double epsilon, double *w)
{
    for (size_t mu = 0; mu < p; mu++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                w[i * n + j] =
                    i == j
                        ? 0
                        : fmin(1, fmax(-1, w[i * n + j] + epsilon * x[mu * n + i] * x[mu * n + j]));
}

/* Largest difference of a memory's weights from `w`; patterns come in two parts. */
static double off(struct ecp_memory *m, const double *x, size_t n, size_t p, const double *w)
{
    struct ecp_memory_part part;
    keep(m, x, p / 2);
    keep(m, x + p / 2 * n, p - p / 2);
    CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &part));
    CU_ASSERT(part.rows == n && part.columns == n);
    const double most = largest_difference(part.data, w, n * n);
    ecp_memory_destroy(m);
    return most;
}

static void rules(void)
{
    enum { N = 61, P = 14 };
    double *x = random_signs(P * N, 1), *w[5];
    for (int k = 0; k < 5; k++)
        w[k] = numbers(N * N);
    naive_hebb(x, N, P, 0, w[0]);
    naive_hebb(x, N, P, 0.1, w[1]);
    naive_storkey(x, N, P, w[2]);
    naive_pseudo_inverse(x, N, P, w[3]);
    naive_bounded(x, N, P, 0.3, w[4]);
    double worst = off(MEMORY("hopfield", N, {"rule", 0, "hebb"}), x, N, P, w[0]);
    worst = fmax(worst, off(MEMORY("hopfield", N, {"decay", 0.1, NULL}), x, N, P, w[1]));
    worst = fmax(worst, off(MEMORY("hopfield", N, {"rule", 0, "storkey"}), x, N, P, w[2]));
    worst = fmax(worst,
                 off(MEMORY("hopfield", N, {"rule", 0, "pseudo_inverse"}, {"diagonal", 0, "keep"}),
                     x, N, P, w[3]));
    worst = fmax(worst, off(MEMORY("hopfield", N, {"rule", 0, "bounded"}, {"epsilon", 0.3, NULL}),
                            x, N, P, w[4]));
    const struct ecp_memory_setting single = {"precision", 0, "single"};
    double short_worst = 0;
    short_worst =
        fmax(short_worst, off(MEMORY("hopfield", N, {"rule", 0, "hebb"}, single), x, N, P, w[0]));
    short_worst =
        fmax(short_worst, off(MEMORY("hopfield", N, {"decay", 0.1, NULL}, single), x, N, P, w[1]));
    short_worst = fmax(short_worst,
                       off(MEMORY("hopfield", N, {"rule", 0, "storkey"}, single), x, N, P, w[2]));
    short_worst = fmax(short_worst, off(MEMORY("hopfield", N, {"rule", 0, "pseudo_inverse"},
                                               {"diagonal", 0, "keep"}, single),
                                        x, N, P, w[3]));
    short_worst =
        fmax(short_worst,
             off(MEMORY("hopfield", N, {"rule", 0, "bounded"}, {"epsilon", 0.3, NULL}, single), x,
                 N, P, w[4]));
    (void)printf(" %.1e; single %.1e", worst, short_worst);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(short_worst < 1e-5);
    for (int k = 0; k < 5; k++)
        free(w[k]);
    free(x);
}

/* ---- the course of a recall -------------------------------------------------------- */

/* One after the other, from the first to the last. */
static void naive_recall(const double *w, size_t n, double *s, int at_once, int sweeps)
{
    double *h = numbers(n);
    for (int sweep = 0; sweep < sweeps; sweep++) {
        for (size_t k = 0; at_once && k < n; k++)
            h[k] = scalar(w + k * n, s, n);
        for (size_t k = 0; k < n; k++) {
            const double field = at_once ? h[k] : scalar(w + k * n, s, n);
            s[k] = field > 0 ? 1 : field < 0 ? -1 : s[k];
        }
    }
    free(h);
}

/* N is odd, so that fields, whole numbers, are even and often 0. Every form gives the
 * same states as the loop, also from cues with unknown components, on 1 and 2 threads, and
 * one by one. */
static void courses(void)
{
    enum { N = 601, P = 9, CUES = 40 }; /* several blocks, the last one short */
    static const char *const form[] = {"weights", "patterns", "weights"};
    double *x = random_signs(P * N, 2), *cue = random_signs(CUES * N, 3), *w = numbers(N * N);
    double *out = numbers(CUES * N), *score = numbers(CUES), *want = numbers(CUES * N);
    size_t ties = 0;
    for (size_t k = 0; k < CUES * N; k += 7)
        cue[k] = k % 3 == 0 ? 0 : cue[k];
    naive_hebb(x, N, P, 0, w);
    for (size_t k = 0; k < N * N; k++)
        w[k] = nearbyint(w[k] * N);
    for (size_t k = 0; k < CUES * N; k++)
        ties += scalar(w + k % N * N, cue + k / N * N, N) == 0;
    CU_ASSERT(ties > 0);
    for (int variant = 0; variant < 12; variant++) {
        const int at_once = variant % 2, f = variant / 2 % 3, sweeps = variant < 6 ? 3 : 60;
        struct ecp_memory *m = MEMORY(
            "hopfield", N, {"form", 0, form[f]}, {"precision", 0, f == 2 ? "single" : "double"},
            {"update", 0, at_once ? "sync" : "async_fixed"}, {"sweeps", sweeps, NULL});
        keep(m, x, P);
        memcpy(want, cue, CUES * N * sizeof *want);
        for (size_t k = 0; k < CUES; k++)
            naive_recall(w, N, want + k * N, at_once, sweeps);
        omp_set_num_threads(1 + variant % 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, score));
        CU_ASSERT_EQUAL(memcmp(out, want, CUES * N * sizeof *out), 0);
        omp_set_num_threads(2);
        for (size_t k = 0; k < CUES; k++)
            ECP_ASSERT_OK(ecp_memory_recall(m, cue + k * N, 1, out + k * N, NULL));
        CU_ASSERT_EQUAL(memcmp(out, want, CUES * N * sizeof *out), 0);
        restores("hopfield", m, cue, CUES);
        ecp_memory_destroy(m);
    }
    free(x);
    free(cue);
    free(w);
    free(out);
    free(score);
    free(want);
}

/* E never rises one after the other; all at once -sum |h|/2 never rises, which is
 * -s(t).W s(t-1)/2. Both against the weights. */
static void energies(void)
{
    enum { N = 120, P = 25, CUES = 20 };
    double *x = random_signs(P * N, 4), *s = random_signs(CUES * N, 5), *next = numbers(CUES * N);
    double e[CUES], last[CUES], worst = 0, identity = 0;
    for (int at_once = 0; at_once < 2; at_once++)
        for (int rule = 0; rule < 4; rule++) {
            static const char *const name[] = {"hebb", "storkey", "pseudo_inverse", "bounded"};
            struct ecp_memory_part w;
            struct ecp_memory *m =
                MEMORY("hopfield", N, {"rule", 0, name[rule]},
                       {"update", 0, at_once ? "sync" : "async_random"}, {"sweeps", 1, NULL});
            keep(m, x, P);
            CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &w));
            memcpy(s, x, CUES * N * sizeof *s);
            for (size_t k = 0; k < CUES * N; k += 3)
                s[k] = -s[k];
            for (int sweep = 0; sweep < 12; sweep++) {
                ECP_ASSERT_OK(ecp_memory_energy(m, s, CUES, e));
                ECP_ASSERT_OK(ecp_memory_recall(m, s, CUES, next, NULL));
                for (size_t k = 0; k < CUES; k++) {
                    const double *other = at_once ? next + k * N : s + k * N;
                    double naive = 0;
                    for (size_t i = 0; i < N; i++)
                        naive -= other[i] * scalar(w.data + i * N, s + k * N, N) / 2;
                    identity = fmax(identity, fabs(naive - e[k]));
                    worst = sweep > 0 ? fmax(worst, e[k] - last[k]) : worst;
                    last[k] = e[k];
                }
                memcpy(s, next, CUES * N * sizeof *s);
            }
            ecp_memory_destroy(m);
        }
    (void)printf(" rises by %.1e, differs by %.1e", worst, identity);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(identity < 1e-11);
    free(x);
    free(s);
    free(next);
}

/* Two components that hold each other: from (1, -1) both turn, for ever. */
static void alternation(void)
{
    const double x[] = {1, 1}, cue[] = {1, -1, 1, 1, 1, 0};
    double out[6], score[3];
    struct ecp_memory *m = MEMORY("hopfield", 2, {"update", 0, "sync"});
    keep(m, x, 1);
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 3, out, score));
    CU_ASSERT(out[0] == 1 && out[1] == -1);
    CU_ASSERT_EQUAL(score[0], -1);
    CU_ASSERT(out[2] == 1 && out[3] == 1 && out[4] == 1 && out[5] == 1);
    CU_ASSERT_EQUAL(score[1], 0.5); /* -2 E/N, the diagonal left out */
    ecp_memory_destroy(m);

    m = MEMORY("hopfield", 2, {"update", 0, "async_fixed"});
    keep(m, x, 1);
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, score));
    CU_ASSERT(out[0] == -1 && out[1] == -1 && score[0] > 0);
    ecp_memory_destroy(m);

    /* Nothing but ties: x and y with opposite products. */
    const double pair[] = {1, 1, 1, -1};
    m = MEMORY("hopfield", 2, {"update", 0, "sync"});
    keep(m, pair, 2);
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 3, out, score));
    CU_ASSERT_EQUAL(memcmp(out, cue, sizeof cue), 0);
    CU_ASSERT_EQUAL(score[0], 0);
    ecp_memory_destroy(m);
}

/* Patterns and their negatives, and mixtures of three, stay; signs of mixtures of two tie. */
static void attractors(void)
{
    enum { N = 1001, P = 5 };
    double *x = random_signs(P * N, 6), *s = numbers(3 * N), *out = numbers(3 * N);
    for (size_t k = 0; k < N; k++) {
        s[k] = -x[k];
        s[N + k] = x[k] + x[N + k] + x[2 * N + k] > 0 ? 1 : -1;
        s[2 * N + k] = x[k] + x[N + k] - x[3 * N + k] > 0 ? 1 : -1;
    }
    struct ecp_memory *m = MEMORY("hopfield", N, {"rule", 0, "hebb"});
    keep(m, x, P);
    ECP_ASSERT_OK(ecp_memory_recall(m, s, 3, out, NULL));
    CU_ASSERT(scalar(out, s, N) == N);
    for (size_t k = 1; k < 3; k++)
        CU_ASSERT(scalar(out + k * N, s + k * N, N) > 0.97 * N);
    ecp_memory_destroy(m);
    free(x);
    free(s);
    free(out);
}

/* ---- how much it holds -------------------------------------------------------------- */

static void theory(void)
{
    static const double alpha[] = {0.05, 0.10, 0.13}, m[] = {0.99999, 0.99800, 0.98721};
    static const double load[] = {0.05, 0.105, 0.1379, 0.185, 0.37, 0.61};
    static const double error[] = {4e-6, 0.00101, 0.00354, 0.0100, 0.0501, 0.1002};
    double overlap;
    CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_alpha(&overlap), 0.137906, 5e-7);
    CU_ASSERT_DOUBLE_EQUAL(overlap, 0.96744, 3e-5);
    for (size_t k = 0; k < COUNT_OF(m); k++) {
        const double got = ecp_capacity_overlap(alpha[k]);
        CU_ASSERT_DOUBLE_EQUAL(got, m[k], 5.1e-6);
        double low = 0, high = 10; /* y of m = erf(y) */
        for (int step = 0; step < 100; step++)
            (erf((low + high) / 2) < got ? &low : &high)[0] = (low + high) / 2;
        CU_ASSERT_DOUBLE_EQUAL(low * (sqrt(2 * alpha[k]) + 2 / sqrt(acos(-1)) * exp(-low * low)),
                               got, 1e-9);
    }
    CU_ASSERT_EQUAL(ecp_capacity_overlap(0.138), 0);
    for (size_t k = 0; k < COUNT_OF(load); k++)
        CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_one_step(load[k]) / error[k], 1, k ? 0.006 : 0.1);
}

/* Share of bits that are wrong one step from a pattern; a bit's field is normal only up to
 * terms in 1/N. */
static void one_step(void)
{
    enum { N = 2000 };
    static const double load[] = {0.105, 0.1379, 0.185, 0.37, 0.61};
    for (size_t k = 0; k < COUNT_OF(load); k++) {
        const size_t p = (size_t)(load[k] * N + 0.5);
        double *x = random_signs(p * N, 20 + (uint32_t)k), *out = numbers(p * N);
        struct ecp_memory *m = MEMORY("hopfield", N, {"update", 0, "sync"}, {"sweeps", 1, NULL},
                                      {"precision", 0, "single"});
        keep(m, x, p);
        ECP_ASSERT_OK(ecp_memory_recall(m, x, p, out, NULL));
        const double bits = (double)(p * N);
        const double wrong = (1 - scalar(x, out, p * N) / bits) / 2;
        const double theory = ecp_capacity_one_step((double)p / N);
        (void)printf(" %.5f(%.5f)", wrong, theory);
        CU_ASSERT_DOUBLE_EQUAL(wrong, theory, 4 * sqrt(theory / bits) + 0.01 * theory);
        ecp_memory_destroy(m);
        free(x);
        free(out);
    }
}

/* Mean overlap of 30 patterns with what they become, over networks. */
static double overlap_after(const char *rule, size_t n, size_t p, size_t tested, int networks)
{
    double sum = 0;
    for (int net = 0; net < networks; net++) {
        double *x = random_signs(p * n, 100 + (uint32_t)net), *out = numbers(tested * n);
        struct ecp_memory *m = MEMORY("hopfield", n, {"rule", 0, rule});
        keep(m, x, p);
        ECP_ASSERT_OK(ecp_memory_recall(m, x, tested, out, NULL));
        sum += scalar(x, out, tested * n) / (double)(tested * n) / networks;
        ecp_memory_destroy(m);
        free(x);
        free(out);
    }
    return sum;
}

/* N = 400: up to 0.13 the theory of infinite size, beyond it means of an independent program
 * (12 networks of 30 patterns, which spread by 0.02, 0.03, 0.04, 0.07). */
static void finite_size(void)
{
    static const double alpha[] = {0.05, 0.10, 0.13, 0.14, 0.15, 0.16, 0.18};
    static const double m[] = {1.000, 0.999, 0.98, 0.957, 0.93, 0.885, 0.75};
    static const double within[] = {0.002, 0.003, 0.02, 0.03, 0.04, 0.05, 0.07};
    for (size_t k = 0; k < COUNT_OF(m); k++) {
        const size_t p = (size_t)(alpha[k] * 400 + 0.5);
        const double got = overlap_after("hebb", 400, p, p < 30 ? p : 30, k < 2 ? 3 : 10);
        (void)printf(" %.3f", got);
        CU_ASSERT_DOUBLE_EQUAL(got, m[k], within[k]);
    }
}

/* All patterns without error: Hebb up to N/(4 ln N); beyond it Storkey's rule holds more, and
 * the pseudo-inverse everything up to N patterns that do not depend on each other. */
static void rules_compared(void)
{
    enum { N = 400 };
    const size_t p = (size_t)(N / (4 * log(N)));
    CU_ASSERT_EQUAL(p, 16);
    CU_ASSERT(overlap_after("hebb", N, p, p, 10) > 1 - 1e-4);
    const double hebb = overlap_after("hebb", N, 72, 30, 3);
    const double storkey = overlap_after("storkey", N, 72, 30, 3);
    const double projected = overlap_after("pseudo_inverse", N, 360, 360, 1);
    (void)printf(" %.3f %.4f %.6f", hebb, storkey, projected);
    CU_ASSERT(hebb < 0.85);
    CU_ASSERT(storkey > 0.99);
    CU_ASSERT_EQUAL(projected, 1);
}

/* W x = x to rounding for every stored pattern; dependent ones change nothing. */
static void projection(void)
{
    enum { N = 90, P = 60 };
    double *x = random_signs(P * N, 8), *minus = numbers(N);
    struct ecp_memory_part w;
    struct ecp_memory *m =
        MEMORY("hopfield", N, {"rule", 0, "pseudo_inverse"}, {"diagonal", 0, "keep"});
    keep(m, x, P);
    CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &w));
    double *before = numbers(N * N), worst = 0;
    memcpy(before, w.data, N * N * sizeof *before);
    for (size_t mu = 0; mu < P; mu++)
        for (size_t k = 0; k < N; k++)
            worst = fmax(worst, fabs(scalar(w.data + k * N, x + mu * N, N) - x[mu * N + k]));
    for (size_t k = 0; k < N; k++)
        minus[k] = -x[k];
    keep(m, x, 3);
    keep(m, minus, 1);
    CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &w));
    CU_ASSERT_EQUAL(memcmp(before, w.data, N * N * sizeof *before), 0);
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
    ecp_memory_destroy(m);
    free(x);
    free(minus);
    free(before);
}

/* How many of the latest patterns are recalled with an overlap above 0.95, one after the
 * other backwards; mean over networks. */
static double span(double epsilon, const char *rule, int networks)
{
    enum { N = 400, TESTED = 60 };
    const size_t P = rule[0] == 'h' ? 1200 : 600; /* 40 push out the older ones */
    double sum = 0;
    for (int net = 0; net < networks; net++) {
        double *x = random_signs(P * N, 200 + (uint32_t)net), *out = numbers(TESTED * N);
        const double *last = x + (P - TESTED) * N;
        struct ecp_memory *m = MEMORY("hopfield", N, {"rule", 0, rule}, {"epsilon", epsilon, NULL},
                                      {"precision", 0, "single"});
        keep(m, x, P);
        ECP_ASSERT_OK(ecp_memory_recall(m, last, TESTED, out, NULL));
        for (size_t k = 0; k < TESTED; k++)
            sum += scalar(last + k * N, out + k * N, N) > 0.95 * N;
        ecp_memory_destroy(m);
        free(x);
        free(out);
    }
    return sum / networks;
}

static void palimpsest(void)
{
    static const double epsilon[] = {0.1, 0.2, 0.25, 0.35, 0.5, 0.7};
    static const double held[] = {15, 18, 14, 12, 8, 5};
    for (size_t k = 0; k < COUNT_OF(held); k++) {
        const double got = span(epsilon[k], "bounded", 5);
        (void)printf(" %.1f(%g)", got, held[k]);
        CU_ASSERT_DOUBLE_EQUAL(got, held[k], 3);
    }
    CU_ASSERT_EQUAL(span(1, "hebb", 2), 0);
}

static void refusals(void)
{
    const double x[] = {1, 0, 1};
    struct ecp_memory *m = MEMORY("hopfield", 3, {"rule", 0, "hebb"});
    double out[3];
    CU_ASSERT(REFUSED("hopfield", 5, {"rule", 0, "storkey"}, {"decay", 0.1, NULL}));
    CU_ASSERT(REFUSED("hopfield", 5, {"rule", 0, "bounded"}, {"form", 0, "patterns"}));
    CU_ASSERT(REFUSED("hopfield", 5, {"form", 0, "patterns"}, {"precision", 0, "single"}));
    CU_ASSERT(REFUSED("hopfield", 5, {"form", 0, "patterns"}, {"decay", 0.1, NULL}));
    CU_ASSERT_EQUAL(ecp_memory_store_pairs(m, x, NULL, 1), ECP_EARG);
    CU_ASSERT_EQUAL(ecp_memory_recall(m, x, 1, out, NULL), ECP_EARG);
    ecp_error_clear();
    ecp_memory_destroy(m);
}

ECP_TEST_MAIN("hopfield", {"four rules", rules}, {"courses of recalls", courses},
              {"energies", energies}, {"alternation and ties", alternation},
              {"attractors", attractors}, {"theory", theory}, {"one step", one_step},
              {"finite size", finite_size}, {"rules compared", rules_compared},
              {"projection", projection}, {"palimpsest", palimpsest}, {"refusals", refusals})
