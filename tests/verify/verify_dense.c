/* verify_dense.c -- dense associative memory: every update against the sum of F that it is
 * defined by, energies, the Hopfield network as n = 2, and what theory says it holds. */
#include <omp.h>

#include "engine/capacity.h"
#include "tests/verify/recall_case.h"

struct kernel {
    const char *name;
    double n;
};

static double F(const struct kernel *k, double x)
{
    const double unit = k->n > 100 ? 16 : 1; /* 33^200 is too large for a double */
    return k->name[0] == 'e' ? exp(x) : k->name[0] == 'r' && x < 0 ? 0 : pow(x / unit, k->n);
}

/* Sum over the patterns of F(x_i + a) - F(-x_i + a), a without component i. */
static double naive_field(const struct kernel *kernel, const double *x, size_t p, size_t n,
                          const double *s, size_t i)
{
    double sum = 0, size = 0;
    for (size_t mu = 0; mu < p; mu++) {
        const double *xi = x + mu * n, a = scalar(xi, s, n) - xi[i] * s[i];
        const double step = F(kernel, xi[i] + a) - F(kernel, -xi[i] + a);
        sum += step;
        size += fabs(step);
    }
    /* What is left of large ones that cancel is rounding. */
    return kernel->n > 50 && fabs(sum) <= 1e-14 * size ? 0 : sum;
}

static void naive_recall(const struct kernel *kernel, const double *x, size_t p, size_t n,
                         double *s, int at_once)
{
    double *h = numbers(n);
    for (int sweep = 0; sweep < (at_once ? 4 : 30); sweep++) {
        for (size_t i = 0; i < n && at_once; i++)
            h[i] = naive_field(kernel, x, p, n, s, i);
        for (size_t i = 0; i < n; i++) {
            const double field = at_once ? h[i] : naive_field(kernel, x, p, n, s, i);
            s[i] = field > 0 ? 1 : field < 0 ? -1 : s[i];
        }
    }
    free(h);
}

static const struct kernel kernels[] = {{"power", 2},      {"power", 3},     {"power", 4},
                                        {"power", 5},      {"rectified", 3}, {"rectified", 2.5},
                                        {"exponential", 3}};
/* Steep, or where (N + 2)^n is beyond the range. */
static const struct kernel steep[] = {{"power", 200},       {"power", 201}, {"rectified", 230},
                                      {"rectified", 200.5}, {"power", 101}, {"rectified", 60.5}};

static void courses_of(const struct kernel *all, size_t count)
{
    enum { N = 31, P = 24, CUES = 16 };
    double *x = random_signs(P * N, 1), *cue = flipped(x, CUES * N, 0.3, 1);
    double *want = numbers(CUES * N), *out = numbers(CUES * N);
    for (size_t k = 0; k < CUES * N; k += 11)
        cue[k] = 0;
    for (size_t k = 0; k < 2 * count; k++) {
        const struct kernel *kernel = &all[k / 2];
        const int at_once = k % 2;
        struct ecp_memory *m = MEMORY(
            "dense", N, {"kernel", 0, kernel->name}, {"n", kernel->n, NULL},
            {"update", 0, at_once ? "sync" : "async_fixed"}, {"sweeps", at_once ? 4 : 30, NULL});
        keep(m, x, P / 2);
        keep(m, x + P / 2 * N, P / 2);
        memcpy(want, cue, CUES * N * sizeof *want);
        for (size_t c = 0; c < CUES; c++)
            naive_recall(kernel, x, P, N, want + c * N, at_once);
        omp_set_num_threads(1 + (int)k % 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, NULL));
        omp_set_num_threads(2);
        CU_ASSERT_EQUAL(memcmp(out, want, CUES * N * sizeof *out), 0);
        for (size_t c = 0; c < CUES; c++)
            ECP_ASSERT_OK(ecp_memory_recall(m, cue + c * N, 1, out + c * N, NULL));
        CU_ASSERT_EQUAL(memcmp(out, want, CUES * N * sizeof *out), 0);
        restores("dense", m, cue, CUES);
        ecp_memory_destroy(m);
    }
    free(x);
    free(cue);
    free(want);
    free(out);
}

static void courses(void)
{
    courses_of(kernels, COUNT_OF(kernels));
    courses_of(steep, COUNT_OF(steep));
}

/* Patterns of 5,000 with n from 80 to 1e6 are recalled; one that is stored twice has half of
 * the answer; an energy beyond the range is refused. */
static void beyond(void)
{
    enum { N = 5000, P = 12 };
    static const double powers[] = {80, 81, 1000, 1e6};
    double *x = random_signs(P * N, 21), *cue = flipped(x, P * N, 0.4, 21);
    double *out = numbers(P * N), score[P], e;
    for (size_t k = 0; k < 2 * COUNT_OF(powers); k++) {
        struct ecp_memory *m =
            MEMORY("dense", N, {"kernel", 0, k % 2 ? "rectified" : "power"},
                   {"n", powers[k / 2], NULL}, {"update", 0, k % 3 ? "async_fixed" : "sync"});
        keep(m, x, P);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, P, out, score));
        CU_ASSERT_EQUAL(memcmp(out, x, P * N * sizeof *x), 0);
        CU_ASSERT_DOUBLE_EQUAL(score[P - 1], 1, 1e-12);
        keep(m, x, 1);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, score));
        CU_ASSERT_DOUBLE_EQUAL(score[0], 0.5, 1e-12);
        if (powers[k / 2] > 100)
            CU_ASSERT_EQUAL(ecp_memory_energy(m, x, 1, &e), ECP_ENUMERIC);
        ecp_error_clear();
        ecp_memory_destroy(m);
    }
    free(x);
    free(cue);
    free(out);
}

/* n = 2 is Hopfield's network: the same states from any cue, in any order. */
static void hopfield(void)
{
    enum { N = 201, P = 45, CUES = 50 };
    static const char *const update[] = {"async_fixed", "sync"};
    double *x = random_signs(P * N, 2), *cue = random_signs(CUES * N, 3);
    double *a = numbers(CUES * N), *b = numbers(CUES * N);
    for (int k = 0; k < 2; k++) {
        struct ecp_memory *dense = MEMORY("dense", N, {"n", 2, NULL}, {"update", 0, update[k]});
        struct ecp_memory *plain =
            MEMORY("hopfield", N, {"rule", 0, "hebb"}, {"update", 0, update[k]});
        keep(dense, x, P);
        keep(plain, x, P);
        ECP_ASSERT_OK(ecp_memory_recall(dense, cue, CUES, a, NULL));
        ECP_ASSERT_OK(ecp_memory_recall(plain, cue, CUES, b, NULL));
        CU_ASSERT_EQUAL(memcmp(a, b, CUES * N * sizeof *a), 0);
        ecp_memory_destroy(dense);
        ecp_memory_destroy(plain);
    }
    free(x);
    free(cue);
    free(a);
    free(b);
}

/* E = -sum F, or its logarithm; it never rises one after the other; and where a component
 * turns, it falls by the field. */
static void energies(void)
{
    enum { N = 40, P = 30, CUES = 8 };
    double *x = random_signs(P * N, 4), *s = random_signs(CUES * N, 5), *next = numbers(CUES * N);
    double worst = 0, rise = -INFINITY;
    for (size_t k = 0; k < COUNT_OF(kernels); k++) {
        double e[CUES], last[CUES];
        struct ecp_memory *m = MEMORY("dense", N, {"kernel", 0, kernels[k].name},
                                      {"n", kernels[k].n, NULL}, {"sweeps", 1, NULL});
        keep(m, x, P);
        for (int sweep = 0; sweep < 8; sweep++) {
            ECP_ASSERT_OK(ecp_memory_energy(m, s, CUES, e));
            ECP_ASSERT_OK(ecp_memory_recall(m, s, CUES, next, NULL));
            for (size_t c = 0; c < CUES; c++) {
                double sum = 0;
                for (size_t mu = 0; mu < P; mu++)
                    sum += F(&kernels[k], scalar(x + mu * N, s + c * N, N));
                const double naive = kernels[k].name[0] == 'e' ? -log(sum) : -sum;
                worst = fmax(worst, fabs(e[c] / naive - 1));
                rise = sweep > 0 ? fmax(rise, (e[c] - last[c]) / fabs(e[c])) : rise;
                last[c] = e[c];
            }
            memcpy(s, next, CUES * N * sizeof *s);
        }
        ecp_memory_destroy(m);
        free(s);
        s = random_signs(CUES * N, 6 + (uint32_t)k);
    }
    (void)printf(" %.1e; rises by %.1e", worst, rise);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(rise < 1e-12);
    free(x);
    free(s);
    free(next);
}

/* Numbers of the theory, and the error of a bit after one step. */
static void theory(void)
{
    static const double small[] = {10.9, 362, 7238, 1.03e5}, large[] = {58.8, 15372, 2.41e6};
    for (int n = 2; n <= 5; n++)
        CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_dense(100, n) / small[n - 2], 1, 0.005);
    for (int n = 2; n <= 4; n++)
        CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_dense(784, n) / large[n - 2], 1, 0.005);

    /* The tail that the page gives is that of the error function. */
    const double K = 500, ratio = 1e4 / (2 * K * 3);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(1 / (4 * acos(-1) * ratio)) * exp(-ratio) /
                               ecp_capacity_dense_error(100, 3, K),
                           1, 0.15);
    enum { N = 100, P = 1500 };
    double *x = random_signs(P * N, 7), *out = numbers(P * N);
    struct ecp_memory *m =
        MEMORY("dense", N, {"n", 3, NULL}, {"update", 0, "sync"}, {"sweeps", 1, NULL});
    keep(m, x, P);
    ECP_ASSERT_OK(ecp_memory_recall(m, x, P, out, NULL));
    const double wrong = (1 - scalar(x, out, P * N) / (P * N)) / 2;
    (void)printf(" %.4f (%.4f)", wrong, ecp_capacity_dense_error(N, 3, P));
    CU_ASSERT_DOUBLE_EQUAL(wrong / ecp_capacity_dense_error(N, 3, P), 1, 0.15);
    ecp_memory_destroy(m);
    free(x);
    free(out);
}

/* K at which half of the patterns are without error, by bisection. */
static double half(size_t n, int power)
{
    double low = ecp_capacity_dense((double)n, power) / 4, high = 16 * low;
    while (high / low > 1.03) {
        const double mid = sqrt(low * high);
        const size_t p = (size_t)(mid + 0.5), tested = p < 300 ? p : 300;
        const int networks = (int)(1200 / tested) + 1;
        double right = 0;
        for (int net = 0; net < networks; net++) {
            double *x = random_signs(p * n, 300 + (uint32_t)net), *out = numbers(tested * n);
            struct ecp_memory *m = MEMORY("dense", n, {"n", (double)power, NULL},
                                          {"update", 0, "sync"}, {"sweeps", 1, NULL});
            keep(m, x, p);
            ECP_ASSERT_OK(ecp_memory_recall(m, x, tested, out, NULL));
            for (size_t k = 0; k < tested; k++)
                right += memcmp(x + k * n, out + k * n, n * sizeof *x) == 0;
            ecp_memory_destroy(m);
            free(x);
            free(out);
        }
        *(right > 0.5 * (double)tested * networks ? &low : &high) = mid;
    }
    return sqrt(low * high);
}

/* N = 64, n = 3: half of the patterns within a factor 2 of K_max. K_max is N^(n-1)/ln N up to
 * a factor: K ln N grows with power n - 1. */
static void capacity(void)
{
    for (int n = 2; n <= 3; n++) {
        const double low = half(32, n), middle = half(64, n), high = half(128, n);
        const double slope = log(high * log(128) / (low * log(32))) / log(4);
        (void)printf(" %.0f %.0f %.0f: %.2f", low, middle, high, slope);
        CU_ASSERT(middle > ecp_capacity_dense(64, n) / 2 && middle < 2 * ecp_capacity_dense(64, n));
        CU_ASSERT_DOUBLE_EQUAL(slope, n - 1, 0.2);
    }
}

/* 2^8 patterns of 20 with e^m; and 3000 components, where e^m is far beyond numbers. */
static void exponential(void)
{
    enum { N = 20, P = 256, WIDE = 3000 };
    double *x = random_signs(P * N, 8), *out = numbers(P * N), score, e;
    struct ecp_memory *m = MEMORY("dense", N, {"kernel", 0, "exponential"});
    keep(m, x, P);
    ECP_ASSERT_OK(ecp_memory_recall(m, x, P, out, NULL));
    CU_ASSERT_EQUAL(memcmp(x, out, P * N * sizeof *x), 0);
    ecp_memory_destroy(m);
    free(x);
    free(out);

    x = random_signs(5 * WIDE, 9);
    out = numbers(WIDE);
    double *cue = flipped(x, WIDE, 0.4, 9);
    m = MEMORY("dense", WIDE, {"kernel", 0, "exponential"});
    keep(m, x, 5);
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, &score));
    CU_ASSERT_EQUAL(memcmp(x, out, WIDE * sizeof *x), 0);
    CU_ASSERT_DOUBLE_EQUAL(score, 1, 1e-12);
    ECP_ASSERT_OK(ecp_memory_energy(m, x, 1, &e));
    CU_ASSERT_DOUBLE_EQUAL(e, -WIDE, 1e-9);
    ecp_memory_destroy(m);
    free(x);
    free(out);
    free(cue);
}

/* Two patterns that pull a component equally leave it; one pattern is recalled from any cue
 * that is nearer to it than to its negative (odd n has no negative); a pattern stored twice. */
static void edges(void)
{
    const double x[] = {1, 1, 1, 1, 1, -1}, cue[] = {1, 1, 1, 1, 1, -1};
    double out[6], score[2];
    for (size_t k = 0; k < COUNT_OF(kernels); k++) {
        struct ecp_memory *m =
            MEMORY("dense", 3, {"kernel", 0, kernels[k].name}, {"n", kernels[k].n, NULL});
        keep(m, x, 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 2, out, NULL));
        CU_ASSERT_EQUAL(memcmp(out, cue, sizeof cue), 0);
        ECP_ASSERT_OK(ecp_memory_clear(m));
        keep(m, x, 1);
        keep(m, x, 1);
        const double far[] = {-1, 1, 1};
        ECP_ASSERT_OK(ecp_memory_recall(m, far, 1, out, score));
        CU_ASSERT_EQUAL(memcmp(out, x, 3 * sizeof *x), 0);
        CU_ASSERT_DOUBLE_EQUAL(score[0], 0.5, 1e-12);
        ecp_memory_destroy(m);
    }
    CU_ASSERT(REFUSED("dense", 5, {"n", 2.5, NULL}));
    CU_ASSERT(REFUSED("dense", 5, {"n", 1, NULL}));
}

ECP_TEST_MAIN("dense", {"courses of recalls", courses}, {"beyond the range", beyond},
              {"n = 2", hopfield}, {"energies", energies}, {"theory", theory},
              {"capacity", capacity}, {"exponential", exponential}, {"edges", edges})
