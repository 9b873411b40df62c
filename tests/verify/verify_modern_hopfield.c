/* verify_modern_hopfield.c -- the three separations against naive forms, energies and their
 * gradients, the bound of one step, fixed points, and what is large, equal or alone. */
#include <omp.h>

#include "engine/capacity.h"
#include "engine/simplex.h"
#include "tests/verify/recall_case.h"

static const char *const separation[] = {"softmax", "sparsemax", "entmax15"};

/* ---- weights ------------------------------------------------------------------------ */

/* tau by bisection: the sum of max(z/scale - tau, 0)^power falls with tau. */
static void naive_weights(int kind, const double *z, size_t n, double *p)
{
    const double scale = kind == 2 ? 2 : 1, power = kind == 2 ? 2 : 1;
    double low = -INFINITY, high = -INFINITY, sum = 0;
    for (size_t k = 0; k < n; k++)
        high = fmax(high, z[k]);
    if (kind == 0) {
        for (size_t k = 0; k < n; k++)
            sum += p[k] = exp(z[k] - high);
        for (size_t k = 0; k < n; k++)
            p[k] /= sum;
        return;
    }
    high /= scale;
    low = high - 1;
    for (int step = 0; step < 200; step++) {
        const double tau = (low + high) / 2;
        sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += pow(fmax(z[k] / scale - tau, 0), power);
        *(sum > 1 ? &low : &high) = tau;
    }
    for (size_t k = 0; k < n; k++)
        p[k] = pow(fmax(z[k] / scale - low, 0), power);
}

static double psi(int kind, const double *p, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += kind == 0 ? (p[k] > 0 ? p[k] * log(p[k]) : 0) : pow(p[k], kind == 1 ? 2 : 1.5);
    return kind == 0 ? sum : kind == 1 ? (sum - 1) / 2 : 4.0 / 3 * (sum - 1);
}

/* Weights, sums, Psi* = p.z - Psi, the largest weight; conditions of the threshold. */
static void weights(void)
{
    double worst = 0, sums = 0, conjugates = 0;
    for (int kind = 0; kind < 3; kind++)
        for (size_t n = 1; n <= 300; n = 2 * n + 1)
            for (int size = 0; size < 4; size++) {
                double *z = random_normals(n, (uint32_t)(n * 4) + (uint32_t)size), *p = numbers(n);
                double most, total = 0, largest = 0;
                for (size_t k = 0; k < n; k++)
                    z[k] *= pow(30, size - 1);
                double *copy = numbers(n);
                memcpy(copy, z, n * sizeof *z);
                naive_weights(kind, z, n, p);
                const double value =
                    ecp_simplex_weights((enum ecp_simplex_kind)kind, n, copy, &most);
                for (size_t k = 0; k < n; k++) {
                    total += copy[k];
                    largest = fmax(largest, copy[k]);
                    CU_ASSERT(copy[k] >= 0);
                }
                worst = fmax(worst, largest_difference(copy, p, n));
                sums = fmax(sums, fabs(total - 1));
                conjugates = fmax(conjugates, fabs(value - scalar(p, z, n) + psi(kind, p, n)) /
                                                  fmax(1, fabs(value)));
                CU_ASSERT_EQUAL(most, largest);
                free(z);
                free(p);
                free(copy);
            }
    (void)printf(" %.1e, sums %.1e, conjugates %.1e", worst, sums, conjugates);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(sums < 1e-12);
    CU_ASSERT(conjugates < 1e-12);
    const double z[] = {1e300, 1e300, -1e300};
    for (int kind = 0; kind < 3; kind++) {
        double p[3];
        memcpy(p, z, sizeof z);
        (void)ecp_simplex_weights((enum ecp_simplex_kind)kind, 3, p, NULL);
        CU_ASSERT_DOUBLE_EQUAL(p[0], 0.5, 1e-15);
        CU_ASSERT(p[1] == p[0] && p[2] == 0);
    }
}

/* The gradient of Psi* is p: differences of fourth order. */
static void conjugates(void)
{
    enum { N = 7 };
    double worst = 0;
    for (int kind = 0; kind < 3; kind++) {
        double *z = random_normals(N, 5), p[N], x[N];
        memcpy(p, z, sizeof p);
        (void)ecp_simplex_weights((enum ecp_simplex_kind)kind, N, p, NULL);
        for (size_t k = 0; k < N; k++) {
            double e[4];
            static const double by[] = {-2, -1, 1, 2};
            for (int side = 0; side < 4; side++) {
                memcpy(x, z, sizeof x);
                x[k] += by[side] * 1e-4;
                e[side] = ecp_simplex_weights((enum ecp_simplex_kind)kind, N, x, NULL);
            }
            worst = fmax(worst, fabs((e[0] - 8 * e[1] + 8 * e[2] - e[3]) / 12e-4 - p[k]));
        }
        free(z);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-9);
}

/* ---- recall --------------------------------------------------------------------------- */

static void naive_step(int kind, const double *x, size_t n, size_t d, double beta,
                       const double *state, double *out)
{
    double *z = numbers(n), *p = numbers(n);
    for (size_t k = 0; k < n; k++)
        z[k] = beta * scalar(x + k * d, state, d);
    naive_weights(kind, z, n, p);
    for (size_t j = 0; j < d; j++)
        out[j] = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < d; j++)
            out[j] += p[k] * x[k * d + j];
    free(z);
    free(p);
}

/* Some steps as the naive ones; the gradient of the energy is state - update; the energy
 * never rises and is never negative; alone as in a batch, on 1 and 2 threads. */
static void steps(void)
{
    enum { N = 50, D = 16, CUES = 12 };
    double *x = random_normals(N * D, 1), *cue = random_normals(CUES * D, 2);
    double *out = numbers(CUES * D), *next = numbers(D), *slope = numbers(D);
    double off = 0, gradient = 0, rise = -INFINITY, lowest = INFINITY;
    for (int kind = 0; kind < 3; kind++)
        for (int b = 0; b < 3; b++) {
            static const double beta[] = {0.05, 0.4, 4};
            struct ecp_memory *m = MEMORY("modern_hopfield", D, {"beta", beta[b], NULL},
                                          {"separation", 0, separation[kind]}, {"steps", 1, NULL});
            double *state = numbers(CUES * D), e[CUES], last[CUES];
            keep(m, x, N / 2);
            keep(m, x + N / 2 * D, N - N / 2);
            memcpy(state, cue, CUES * D * sizeof *state);
            for (int step = 0; step < 15; step++) {
                omp_set_num_threads(1 + step % 2);
                ECP_ASSERT_OK(ecp_memory_energy(m, state, CUES, e));
                ECP_ASSERT_OK(ecp_memory_recall(m, state, CUES, out, NULL));
                for (size_t c = 0; c < CUES; c++) {
                    naive_step(kind, x, N, D, beta[b], state + c * D, next);
                    off = fmax(off, largest_difference(next, out + c * D, D));
                    rise = step > 0 ? fmax(rise, e[c] - last[c]) : rise;
                    lowest = fmin(lowest, e[c]);
                    last[c] = e[c];
                }
                for (size_t j = 0; j < D && step == 0; j++)
                    slope[j] = state[j] - out[j];
                if (step == 0)
                    gradient = fmax(gradient, gradient_error(m, state, slope, D));
                memcpy(state, out, CUES * D * sizeof *state);
            }
            restores("modern_hopfield", m, cue, CUES);
            ecp_memory_destroy(m);
            free(state);
        }
    omp_set_num_threads(2);
    (void)printf(" steps %.1e, gradients %.1e, rises by %.1e, lowest %.2g", off, gradient, rise,
                 lowest);
    CU_ASSERT(off < 1e-12);
    CU_ASSERT(gradient < 1e-5);
    CU_ASSERT(rise < 1e-12);
    CU_ASSERT(lowest >= 0);
    free(x);
    free(cue);
    free(out);
    free(next);
    free(slope);
}

/* ---- the bound of one step -------------------------------------------------------------- */

/* Patterns on a sphere of radius 5, a cue at `distance` from the first. Returns whether it
 * fits; the error after a step, and the bound. */
struct draw {
    double error[3], bound;
    int exact, found; /* sparsemax: beta (x_0 - x_j).xi >= 1 for all j, and is exact */
};

static struct draw draw_one(uint32_t number, double beta, double distance)
{
    enum { N = 10, D = 20 };
    struct draw r = {.exact = 1};
    double *x = random_normals((N + 1) * D, number), *cue = x + N * D, out[D], fixed[D];
    double delta = INFINITY, size;
    for (size_t k = 0; k <= N; k++) {
        size = sqrt(scalar(x + k * D, x + k * D, D));
        for (size_t j = 0; j < D; j++)
            x[k * D + j] *= (k < N ? 5 : distance) / size;
    }
    for (size_t j = 0; j < D; j++)
        cue[j] += x[j];
    for (size_t k = 1; k < N; k++) {
        delta = fmin(delta, 25 - scalar(x, x + k * D, D));
        r.exact &= beta * (scalar(x, cue, D) - scalar(x + k * D, cue, D)) >= 1;
    }
    for (int kind = 0; kind < 3; kind++) {
        struct ecp_memory *m = MEMORY("modern_hopfield", D, {"beta", beta, NULL},
                                      {"separation", 0, separation[kind]}, {"steps", 1, NULL});
        keep(m, x, N);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, NULL));
        for (size_t j = 0; j < D; j++)
            out[j] -= x[j];
        r.error[kind] = sqrt(scalar(out, out, D));
        ecp_memory_destroy(m);
    }
    r.found = r.error[1] < 1e-14;
    struct ecp_memory *m = MEMORY("modern_hopfield", D, {"beta", beta, NULL});
    keep(m, x, N);
    ECP_ASSERT_OK(ecp_memory_recall(m, x, 1, fixed, NULL));
    for (size_t j = 0; j < D; j++)
        fixed[j] -= x[j];
    ecp_memory_destroy(m);
    const double away = fmax(distance, sqrt(scalar(fixed, fixed, D)));
    r.bound = 2 * (N - 1) * 5 * exp(-beta * (delta - 2 * away * 5));
    free(x);
    return r;
}

static void bound(void)
{
    int kept = 0, sparse = 0, middle = 0, exact = 0;
    double closest = 0;
    for (uint32_t k = 0; k < 1000; k++) {
        const struct draw r = draw_one(1000 + k, 1, 0.5);
        kept += r.error[0] <= r.bound;
        sparse += r.error[1] <= r.bound;
        middle += r.error[2] <= r.bound;
        exact += r.exact && r.found;
        closest = fmax(closest, r.error[0] / r.bound);
        CU_ASSERT(!r.exact || r.found);
    }
    (void)printf(" %d %d %d of 1000 (error up to %.2g of the bound), %d exact", kept, sparse,
                 middle, closest, exact);
    CU_ASSERT(kept == 1000 && sparse == 1000 && middle == 1000);
    CU_ASSERT(exact > 500);
}

/* Well separated: at rest after 3 steps at most, to 1e-6. */
static void rest(void)
{
    enum { N = 10, D = 20 };
    int good = 0;
    for (uint32_t k = 0; k < 200; k++) {
        double *x = random_normals((N + 1) * D, 3000 + k), out[D], again[D];
        for (size_t j = 0; j < (N + 1) * D; j++)
            x[j] *= j < N * D ? 5 / sqrt(D) : 0.1;
        for (size_t j = 0; j < D; j++)
            x[N * D + j] += x[j];
        struct ecp_memory *m = MEMORY("modern_hopfield", D, {"beta", 2, NULL}, {"steps", 3, NULL});
        struct ecp_memory *one =
            MEMORY("modern_hopfield", D, {"beta", 2, NULL}, {"steps", 1, NULL});
        keep(m, x, N);
        keep(one, x, N);
        ECP_ASSERT_OK(ecp_memory_recall(m, x + N * D, 1, out, NULL));
        ECP_ASSERT_OK(ecp_memory_recall(one, out, 1, again, NULL));
        good += largest_difference(out, again, D) < 1e-6;
        ecp_memory_destroy(m);
        ecp_memory_destroy(one);
        free(x);
    }
    CU_ASSERT_EQUAL(good, 200);
}

/* ---- edges --------------------------------------------------------------------------------- */

static void edges(void)
{
    const double x[] = {3, -1, 2, 0, 4, -2, 3, -1, 2}, cue[] = {0.1, 0.2, -0.3};
    double out[3], score, e;
    for (int kind = 0; kind < 3; kind++) {
        struct ecp_memory *m =
            MEMORY("modern_hopfield", 3, {"separation", 0, separation[kind]}, {"beta", 1e4, NULL});
        keep(m, x, 1); /* alone */
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, &score));
        CU_ASSERT(memcmp(out, x, sizeof out) == 0 && score == 1);
        keep(m, x + 3, 2); /* the third is the first again: both answer */
        ECP_ASSERT_OK(ecp_memory_recall(m, x, 1, out, &score));
        CU_ASSERT(largest_difference(out, x, 3) < 1e-14);
        CU_ASSERT_DOUBLE_EQUAL(score, 0.5, 1e-15);
        ECP_ASSERT_OK(ecp_memory_energy(m, x, 1, &e));
        CU_ASSERT(isfinite(e) && e >= 0);
        ecp_memory_destroy(m);

        /* Temperature without end: the mean; huge patterns at beta 1e4; none at all. */
        m = MEMORY("modern_hopfield", 3, {"separation", 0, separation[kind]}, {"beta", 1e-9, NULL});
        keep(m, x, 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, NULL));
        for (size_t j = 0; j < 3; j++)
            CU_ASSERT_DOUBLE_EQUAL(out[j], (x[j] + x[3 + j]) / 2, 1e-6);
        ecp_memory_destroy(m);
        const double huge[] = {1e100, 0, 0, 0, 1e100, 0}, zero[] = {0, 0, 0};
        m = MEMORY("modern_hopfield", 3, {"separation", 0, separation[kind]}, {"beta", 1e4, NULL});
        keep(m, huge, 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, huge, 1, out, &score));
        CU_ASSERT(out[0] == 1e100 && out[1] == 0 && score == 1);
        ECP_ASSERT_OK(ecp_memory_clear(m));
        keep(m, zero, 1);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, &score));
        CU_ASSERT(memcmp(out, zero, sizeof zero) == 0);
        ecp_memory_destroy(m);
    }
    CU_ASSERT(REFUSED("modern_hopfield", 3, {"beta", -1, NULL}));
    CU_ASSERT(REFUSED("modern_hopfield", 3, {"beta", 0, NULL}));
    CU_ASSERT(REFUSED("modern_hopfield", 3, {"beta", NAN, NULL}));
    CU_ASSERT(REFUSED("modern_hopfield", 3, {"steps", 0, NULL}));
    const double beyond[] = {1e200, 0, 0};
    struct ecp_memory *m = MEMORY("modern_hopfield", 3, {"beta", 1e4, NULL});
    keep(m, beyond, 1);
    keep(m, x, 1);
    CU_ASSERT_EQUAL(ecp_memory_recall(m, beyond, 1, out, NULL), ECP_ENUMERIC);
    ecp_error_clear();
    ecp_memory_destroy(m);
}

static void theory(void)
{
    CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_modern(1, 3, 20, 0.001), 3.1546, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(ecp_capacity_modern(1, 1, 75, 0.001), 1.3718, 1e-4);
}

ECP_TEST_MAIN("modern_hopfield", {"weights", weights}, {"conjugates", conjugates}, {"steps", steps},
              {"bound of one step", bound}, {"rest", rest}, {"edges", edges}, {"theory", theory})
