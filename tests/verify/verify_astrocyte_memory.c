/* verify_astrocyte_memory.c -- neurons, synapses and processes that relax together: T:psi and
 * the energy against sums over four indices, energies that never rise, symmetry, recall. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/astrocyte_dynamics.h"
#include "engine/chance.h"
#include "engine/memory.h"
#include "tests/support.h"

static double *signs(size_t count, uint32_t number)
{
    double *xi = calloc(count, sizeof *xi);
    struct ecp_chance chance = ecp_chance(5, 1, number);
    CU_ASSERT_PTR_NOT_NULL_FATAL(xi);
    ecp_chance_signs(&chance, count, xi);
    return xi;
}

/* Patterns 0, 1, ... in turn with a share of their signs turned. */
static double *cues_of(const double *xi, size_t n, size_t k, size_t cues, double share)
{
    double *cue = calloc(cues * n, sizeof *cue);
    size_t *order = calloc(n, sizeof *order);
    CU_ASSERT_FATAL(cue && order);
    for (size_t c = 0; c < cues; c++) {
        struct ecp_chance chance = ecp_chance(5, 2, (uint32_t)c);
        memcpy(cue + c * n, xi + c % k * n, n * sizeof *cue);
        ecp_chance_order(&chance, n, order);
        for (size_t i = 0; i < (size_t)lround(share * (double)n); i++)
            cue[c * n + order[i]] *= -1;
    }
    free(order);
    return cue;
}

static struct ecp_memory *memory_of(size_t n, const struct ecp_memory_setting *settings,
                                    size_t n_settings)
{
    struct ecp_memory_setup setup = {
        .shape = {n, 0, 0}, .settings = settings, .n_settings = n_settings};
    struct ecp_memory *memory;
    ECP_ASSERT_OK(ecp_memory_find("astrocyte_memory", &setup.model));
    ECP_ASSERT_OK(ecp_memory_create(&setup, &memory));
    return memory;
}

/* ---- four indices -------------------------------------------------------------------- */

enum { SMALL = 7, FEW = 4 };

static double tensor(const double *xi, int repeated, const int at[4])
{
    double sum = 0;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < a; b++)
            if (!repeated && at[a] == at[b])
                return 0;
    for (int mu = 0; mu < FEW; mu++)
        sum += xi[mu * SMALL + at[0]] * xi[mu * SMALL + at[1]] * xi[mu * SMALL + at[2]] *
               xi[mu * SMALL + at[3]];
    return sum / (SMALL * SMALL * SMALL);
}

static double contracted(const double *xi, int repeated, const double *psi, int i, int j)
{
    double sum = 0;
    for (int k = 0; k < SMALL; k++)
        for (int l = 0; l < SMALL; l++)
            sum += tensor(xi, repeated, (int[]){i, j, k, l}) * psi[k * SMALL + l];
    return sum;
}

static double lagrangian(double u)
{
    return log(cosh(5 * u)) / 5;
}

/* The energy term by term as it is written. */
static double energy_of(const struct ecp_astrocyte_state *a, const double *xi, int repeated)
{
    double e = 0;
    for (int i = 0; i < SMALL; i++) {
        const double x = a->x[i];
        e += x * tanh(5 * x) - lagrangian(x);
        for (int j = 0; j < SMALL; j++) {
            const double s = a->s[i * SMALL + j], p = a->p[i * SMALL + j];
            const double g = tanh(5 * s), psi = tanh(5 * p);
            e += 0.5 * (s * g - lagrangian(s)) + 0.5 * (p * psi - lagrangian(p));
            e -= 0.5 * g * tanh(5 * a->x[i]) * tanh(5 * a->x[j]) + 0.5 * psi * g;
            e -= 0.25 * contracted(xi, repeated, a->psi, i, j) * psi;
        }
    }
    return e;
}

/* Neither symmetric nor at rest: T:psi; along the way of a recall: energy, and one step. */
static void four_indices(void)
{
    double *xi = signs(FEW * SMALL, 3), worst = 0;
    for (int repeated = 0; repeated < 2; repeated++) {
        struct ecp_astrocyte_state a;
        const struct ecp_astrocyte_setup setup = {.n = SMALL,
                                                  .n_patterns = FEW,
                                                  .patterns = xi,
                                                  .repeated = repeated,
                                                  .beta = 5,
                                                  .dt = 0.05,
                                                  .tau_n = 1,
                                                  .tau_s = 2,
                                                  .tau_p = 0.5};
        ECP_ASSERT_OK(ecp_astrocyte_init(&a, &setup));
        double cue[SMALL] = {1, -1, 0.4, -0.3, 0.2, 1, -0.7};
        ecp_astrocyte_begin(&a, cue);
        for (int step = 0; step < 40; step++) {
            double x[SMALL], s[SMALL * SMALL], p[SMALL * SMALL];
            for (int i = 0; i < SMALL; i++) {
                x[i] = a.x[i] * (1 - 0.05);
                for (int j = 0; j < SMALL; j++) {
                    const int k = i * SMALL + j;
                    const double g = tanh(5 * a.s[k]), psi = tanh(5 * a.p[k]);
                    const double both = tanh(5 * a.x[i]) * tanh(5 * a.x[j]);
                    const double drive = contracted(xi, repeated, a.psi, i, j);
                    worst = fmax(worst, fabs(drive - a.T[k]));
                    x[i] += 0.05 * g * tanh(5 * a.x[j]);
                    s[k] = a.s[k] + 0.025 * (both + psi - a.s[k]);
                    p[k] = a.p[k] + 0.1 * (drive + g - a.p[k]);
                }
            }
            worst = fmax(worst, fabs(ecp_astrocyte_energy(&a) - energy_of(&a, xi, repeated)));
            (void)ecp_astrocyte_step(&a);
            for (int k = 0; k < SMALL * SMALL; k++)
                worst = fmax(worst, fmax(fabs(a.s[k] - s[k]), fabs(a.p[k] - p[k])));
            for (int i = 0; i < SMALL; i++)
                worst = fmax(worst, fabs(a.x[i] - x[i]));
        }
        ecp_astrocyte_clear(&a);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
    free(xi);
}

/* ---- recall ------------------------------------------------------------------------------ */

/* How many of the cues end in their pattern; the largest rise of the energy in a step. */
static size_t exact(size_t n, size_t k, size_t cues, const char *repeated, double dt, double *rise)
{
    double *xi = signs(k * n, (uint32_t)n), *cue = cues_of(xi, n, k, cues, 0.1);
    double *out = calloc(cues * n, sizeof *out);
    struct ecp_memory_part energy;
    size_t right = 0;
    struct ecp_memory *m =
        memory_of(n,
                  (struct ecp_memory_setting[]){
                      {"trace", 1, NULL}, {"repeated", 0, repeated}, {"dt", dt, NULL}},
                  3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, xi, NULL, k));
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, cues, out, NULL));
    for (size_t c = 0; c < cues; c++)
        right += memcmp(out + c * n, xi + c % k * n, n * sizeof *out) == 0;
    CU_ASSERT_EQUAL_FATAL(ecp_memory_part_named(m, "energy", &energy), 1);
    CU_ASSERT_EQUAL(energy.rows, 1001);
    for (size_t step = 1; step < energy.rows; step++)
        *rise = fmax(*rise, energy.data[step] - energy.data[step - 1]);
    CU_ASSERT(energy.data[1000] < energy.data[0] - 1);
    ecp_memory_destroy(m);
    free(xi);
    free(cue);
    free(out);
    return right;
}

static void recalls(void)
{
    double rise = -INFINITY;
    CU_ASSERT_EQUAL(exact(40, 3, 10, "kept", 0.05, &rise), 10);
    CU_ASSERT_EQUAL(exact(60, 20, 5, "kept", 0.05, &rise), 5);
    CU_ASSERT_EQUAL(exact(60, 20, 5, "removed", 0.05, &rise), 5);
    CU_ASSERT_EQUAL(exact(40, 3, 2, "kept", 0.01, &rise), 2);
    (void)printf(" %.1e", rise);
    CU_ASSERT(rise < 1e-12);
}

/* Far beyond capacity: no recall, and nothing worse; energies fall all the same. */
static void beyond(void)
{
    double rise = -INFINITY;
    const size_t kept = exact(20, 1000, 8, "kept", 0.05, &rise);
    const size_t removed = exact(20, 1000, 8, "removed", 0.05, &rise);
    (void)printf(" %zu %zu of 8, %.1e", kept, removed, rise);
    CU_ASSERT(kept == 0 && removed < 4);
    CU_ASSERT(rise < 1e-12);
}

/* s and p stay symmetric. */
static void symmetry(void)
{
    enum { N = 60, K = 20 };
    double *xi = signs(K * N, 8), *cue = cues_of(xi, N, K, 1, 0.2), worst = 0;
    for (int repeated = 0; repeated < 2; repeated++) {
        struct ecp_astrocyte_state a;
        const struct ecp_astrocyte_setup setup = {.n = N,
                                                  .n_patterns = K,
                                                  .patterns = xi,
                                                  .repeated = repeated,
                                                  .beta = 5,
                                                  .dt = 0.05,
                                                  .tau_n = 1,
                                                  .tau_s = 1,
                                                  .tau_p = 1};
        ECP_ASSERT_OK(ecp_astrocyte_init(&a, &setup));
        ecp_astrocyte_begin(&a, cue);
        for (int step = 0; step < 400; step++)
            (void)ecp_astrocyte_step(&a);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                worst = fmax(worst, fabs(a.s[i * N + j] - a.s[j * N + i]));
                worst = fmax(worst, fabs(a.p[i * N + j] - a.p[j * N + i]));
            }
        ecp_astrocyte_clear(&a);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < 1e-12);
    free(xi);
    free(cue);
}

/* Gains for which steps are too long are named, with cues that are patterns as with others;
 * shorter steps, or a gain as it is by default, are not. */
static void high_gain(void)
{
    enum { N = 32, K = 5 };
    static const struct {
        double beta, dt, share;
        int ok;
    } cases[] = {{1e4, 0.05, 0, 0},
                 {1e3, 0.05, 0, 0},
                 {10, 0.2, 0.3, 0},
                 {20, 0.02, 0.1, 1},
                 {20, 0.05, 0.1, 1}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].dt > 0.1 ? 40 : N, many = cases[k].dt > 0.1 ? 3 : K;
        double *xi = signs(many * n, (uint32_t)n), *cue = cues_of(xi, n, many, K, cases[k].share);
        double *out = calloc(K * n, sizeof *out);
        struct ecp_memory *m = memory_of(
            n,
            (struct ecp_memory_setting[]){{"beta", cases[k].beta, NULL}, {"dt", cases[k].dt, NULL}},
            2);
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, xi, NULL, many));
        ecp_error_clear();
        CU_ASSERT_EQUAL(ecp_memory_recall(m, cue, K, out, NULL),
                        cases[k].ok ? ECP_OK : ECP_ENUMERIC);
        CU_ASSERT(cases[k].ok || strstr(ecp_error_message(), "too long for the gain") != NULL);
        CU_ASSERT(!cases[k].ok || memcmp(out, xi, K * n * sizeof *out) == 0);
        ecp_error_clear();
        ecp_memory_destroy(m);
        free(xi);
        free(cue);
        free(out);
    }
}

/* Patterns stored twice, a cue of zeros, a huge one; a gain of 1e4, where steps of Euler's
 * are too long for the steep activations: finite, or refused. */
static void odd_input(void)
{
    enum { N = 24 };
    double *xi = signs(2 * N, 4), *cue = cues_of(xi, N, 1, 1, 0), out[N], score, e[2];
    const double zero[N] = {0};
    double huge[N];
    for (int i = 0; i < N; i++)
        huge[i] = 1e100 * xi[i];
    for (int steep = 0; steep < 2; steep++) {
        struct ecp_memory *m =
            memory_of(N, (struct ecp_memory_setting[]){{"beta", steep ? 1e4 : 5, NULL}}, 1);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, xi, NULL, 1));
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, xi, NULL, 2));
        const double *const asked[] = {cue, zero, huge};
        for (int c = 0; c < 3; c++) {
            const enum ecp_status status = ecp_memory_recall(m, asked[c], 1, out, &score);
            CU_ASSERT(status == ECP_OK || (steep && status == ECP_ENUMERIC));
            CU_ASSERT(steep || c == 1 || memcmp(out, xi, sizeof out) == 0);
            CU_ASSERT(steep || c != 0 || score == 1);
        }
        ecp_error_clear();
        ECP_ASSERT_OK(ecp_memory_energy(m, xi, 1, &e[0]));
        ECP_ASSERT_OK(ecp_memory_energy(m, huge, 1, &e[1]));
        CU_ASSERT(isfinite(e[0]) && isfinite(e[1]));
        huge[0] = 0.5;
        CU_ASSERT_EQUAL(ecp_memory_store_pairs(m, huge, NULL, 1), ECP_EARG);
        ecp_error_clear();
        huge[0] = 1e100 * xi[0];
        ecp_memory_destroy(m);
    }
    struct ecp_memory *none = NULL;
    struct ecp_memory_setup setup = {
        .shape = {N, 0, 0},
        .settings = (struct ecp_memory_setting[]){{"dt", 1, NULL}, {"tau_s", 0.5, NULL}},
        .n_settings = 2};
    ECP_ASSERT_OK(ecp_memory_find("astrocyte_memory", &setup.model));
    CU_ASSERT_EQUAL(ecp_memory_create(&setup, &none), ECP_ECONFIG);
    ecp_error_clear();
    free(xi);
    free(cue);
}

ECP_TEST_MAIN("astrocyte_memory", {"four indices", four_indices}, {"recall", recalls},
              {"beyond capacity", beyond}, {"symmetry", symmetry}, {"high gain", high_gain},
              {"odd input", odd_input})
