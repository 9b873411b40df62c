/* verify_diffusion.c -- the score of noisy patterns against their density, the identity with
 * the modern Hopfield network, where reverse flows end, and the noise at which two patterns
 * become one. */
#include <omp.h>

#include "tests/verify/recall_case.h"

/* Rows of length 3. */
static double *on_sphere(size_t n, size_t d, uint32_t number)
{
    double *x = random_normals(n * d, number);
    for (size_t k = 0; k < n; k++) {
        const double size = sqrt(scalar(x + k * d, x + k * d, d));
        for (size_t j = 0; j < d; j++)
            x[k * d + j] *= 3 / size;
    }
    return x;
}

/* sigma^2 grad ln of mean exp(-|y - a x|^2/(2 sigma^2)), from the densities themselves. */
static void naive_score(const double *x, size_t n, size_t d, double a, double sigma,
                        const double *y, double *out)
{
    double *density = numbers(n), sum = 0, nearest = INFINITY;
    for (size_t k = 0; k < n; k++) {
        for (size_t j = 0; j < d; j++)
            density[k] += pow(y[j] - a * x[k * d + j], 2);
        nearest = fmin(nearest, density[k]);
    }
    for (size_t k = 0; k < n; k++)
        sum += density[k] = exp((nearest - density[k]) / (2 * sigma * sigma));
    for (size_t j = 0; j < d; j++) {
        out[j] = 0;
        for (size_t k = 0; k < n; k++)
            out[j] += density[k] / sum * (a * x[k * d + j] - y[j]);
    }
    free(density);
}

/* a D - y, patterns of any length; its gradient of the energy; in a batch as alone. */
static void score(void)
{
    enum { N = 12, D = 9, CUES = 10 };
    double *x = random_normals(N * D, 1), *y = random_normals(CUES * D, 2);
    double field[D], out[CUES * D], worst = 0, gradient = 0;
    for (int k = 0; k < 6; k++) {
        static const double sigmas[] = {0.2, 0.5, 0.9};
        const double sigma = sigmas[k / 2], a = k % 2 ? sqrt(1 - sigma * sigma) : 1;
        struct ecp_memory *m = MEMORY("diffusion", D, {"steps", 1, NULL}, {"sigma", sigma, NULL},
                                      {"process", 0, k % 2 ? "preserving" : "exploding"});
        keep(m, x, N / 2);
        keep(m, x + N / 2 * D, N - N / 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, y, CUES, out, NULL));
        for (size_t c = 0; c < CUES; c++) {
            naive_score(x, N, D, a, sigma, y + c * D, field);
            for (size_t j = 0; j < D; j++)
                out[c * D + j] = a * out[c * D + j] - y[c * D + j];
            worst = fmax(worst, largest_difference(field, out + c * D, D));
            for (size_t j = 0; j < D; j++)
                field[j] = -field[j];
            gradient = fmax(gradient, gradient_error(m, y + c * D, field, D));
        }
        restores("diffusion", m, y, CUES);
        ecp_memory_destroy(m);
    }
    (void)printf(" %.1e, gradients %.1e", worst, gradient);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(gradient < 1e-5);
    free(x);
    free(y);
}

/* Patterns of one length: D is the step of a modern Hopfield network of beta = 1/sigma^2, and
 * the energies are equal. */
static void identity(void)
{
    enum { N = 20, D = 12, CUES = 30 };
    double *x = on_sphere(N, D, 3), *y = random_normals(CUES * D, 4);
    double *a = numbers(CUES * D), *b = numbers(CUES * D), e[CUES], f[CUES];
    double worst = 0, energies = 0;
    for (double sigma = 0.2; sigma < 4; sigma *= 1.7) {
        struct ecp_memory *flow =
            MEMORY("diffusion", D, {"steps", 1, NULL}, {"sigma", sigma, NULL});
        struct ecp_memory *attention =
            MEMORY("modern_hopfield", D, {"steps", 1, NULL}, {"beta", 1 / (sigma * sigma), NULL});
        keep(flow, x, N);
        keep(attention, x, N);
        ECP_ASSERT_OK(ecp_memory_recall(flow, y, CUES, a, NULL));
        ECP_ASSERT_OK(ecp_memory_recall(attention, y, CUES, b, NULL));
        ECP_ASSERT_OK(ecp_memory_energy(flow, y, CUES, e));
        ECP_ASSERT_OK(ecp_memory_energy(attention, y, CUES, f));
        worst = fmax(worst, largest_difference(a, b, CUES * D));
        energies = fmax(energies, largest_difference(e, f, CUES));
        ecp_memory_destroy(flow);
        ecp_memory_destroy(attention);
    }
    (void)printf(" %.1e, energies %.1e", worst, energies);
    CU_ASSERT(worst < 1e-12);
    CU_ASSERT(energies < 1e-11);
    free(x);
    free(y);
    free(a);
    free(b);
}

/* From noise: every end is a stored pattern, each as often as the others. */
static void ends(void)
{
    enum { K = 8, D = 8, CUES = 4000 };
    double *x = numbers(K * D), *y = numbers(CUES * D), *out = numbers(CUES * D);
    for (size_t k = 0; k < K; k++)
        x[k * D + k] = 3; /* orthogonal: no pattern is preferred */
    for (int k = 0; k < 4; k++) {
        const int sde = k % 2, preserving = k / 2;
        const double sigma = preserving ? 0.9999 : 60;
        struct ecp_memory *m =
            MEMORY("diffusion", D, {"sampler", 0, sde ? "sde" : "ode"},
                   {"process", 0, preserving ? "preserving" : "exploding"}, {"sigma", sigma, NULL},
                   {"sigma_end", 0.05, NULL}, {"steps", 60, NULL});
        size_t count[K] = {0}, reached = 0;
        double *noise = random_normals(CUES * D, 50 + (uint32_t)k), far = 0;
        keep(m, x, K);
        for (size_t j = 0; j < CUES * D; j++)
            y[j] = sigma * noise[j];
        ECP_ASSERT_OK(ecp_memory_recall(m, y, CUES, out, NULL));
        for (size_t c = 0; c < CUES; c++)
            for (size_t p = 0; p < K; p++)
                if (largest_difference(out + c * D, x + p * D, D) < 1e-6) {
                    count[p]++;
                    reached++;
                }
        for (size_t p = 0; p < K; p++)
            far = fmax(far, fabs((double)count[p] - (double)CUES / K) /
                                sqrt(CUES * (1.0 / K) * (1 - 1.0 / K)));
        (void)printf(" %zu, %.1f sd", reached, far);
        CU_ASSERT_EQUAL(reached, CUES);
        CU_ASSERT(far < 3);
        omp_set_num_threads(1);
        double alone[D];
        ECP_ASSERT_OK(ecp_memory_recall(m, y + 17 * D, 1, alone, NULL));
        omp_set_num_threads(2);
        CU_ASSERT(largest_difference(alone, out + 17 * D, D) < 1e-9);
        ecp_memory_destroy(m);
        free(noise);
    }
    free(x);
    free(y);
    free(out);
}

/* Patterns x and -x: a small part of x in the cue grows by |x|^2/sigma^2 with a step, and
 * many steps end at m x, m = tanh(|x|^2/sigma^2 m). */
static void critical(void)
{
    enum { D = 5 };
    double *x = on_sphere(1, D, 9), pair[2 * D], cue[D], out[D];
    for (size_t j = 0; j < D; j++) {
        pair[j] = x[j];
        pair[D + j] = -x[j];
        cue[j] = 1e-7 * x[j];
    }
    for (double gain = 0.5; gain < 2.6; gain += 0.25) {
        const double sigma = 3 / sqrt(gain);
        double m = 1;
        struct ecp_memory *flow =
            MEMORY("diffusion", D, {"steps", 1, NULL}, {"sigma", sigma, NULL});
        keep(flow, pair, 2);
        ECP_ASSERT_OK(ecp_memory_recall(flow, cue, 1, out, NULL));
        CU_ASSERT_DOUBLE_EQUAL(scalar(out, x, D) / scalar(cue, x, D), gain, 1e-7);
        ecp_memory_destroy(flow);
        struct ecp_memory *rest = MEMORY("modern_hopfield", D, {"steps", 1000, NULL},
                                         {"tolerance", 0, NULL}, {"beta", gain / 9, NULL});
        keep(rest, pair, 2);
        ECP_ASSERT_OK(ecp_memory_recall(rest, cue, 1, out, NULL));
        for (int step = 0; step < 1000; step++)
            m = tanh(gain * m);
        if (gain != 1)
            CU_ASSERT_DOUBLE_EQUAL(scalar(out, x, D) / 9, m, 1e-6);
        ecp_memory_destroy(rest);
    }
    free(x);
}

/* Two patterns 0.01 and -0.01 are nothing beside noise of 4 to 1, so that the state before the
 * last step, z, is the cue without its patterns: (r'/r) cue with ode; with sde normal, of
 * variance 1 and correlation r'/r with the cue, whatever the number of steps. The last step
 * shows it: x tanh(x z) is recalled. */
static void noise(void)
{
    enum { CUES = 20000 };
    const double x[] = {0.01, -0.01};
    double *cue = random_normals(CUES, 70), *out = numbers(CUES);
    for (size_t c = 0; c < CUES; c++)
        cue[c] *= 4;
    for (int k = 0; k < 4; k++) {
        struct ecp_memory *m =
            MEMORY("diffusion", 1, {"sampler", 0, k % 2 ? "sde" : "ode"}, {"sigma", 4, NULL},
                   {"sigma_end", 1, NULL}, {"steps", k < 2 ? 2 : 12, NULL});
        double square = 0, product = 0, off = 0;
        keep(m, x, 2);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, NULL));
        for (size_t c = 0; c < CUES; c++) {
            const double z = atanh(out[c] / 0.01) / 0.01;
            square += z * z / CUES;
            product += z * cue[c] / 4 / CUES;
            off = fmax(off, fabs(z - cue[c] / 4));
        }
        (void)printf(" %.3f %.3f", square, product);
        CU_ASSERT_DOUBLE_EQUAL(square, 1, 4 * sqrt(2.0 / CUES));
        if (k % 2)
            CU_ASSERT_DOUBLE_EQUAL(product, 0.25, 4 * sqrt(1.0 / CUES));
        CU_ASSERT(k % 2 || off < 1e-2);
        ecp_memory_destroy(m);
    }
    free(cue);
    free(out);
}

static void edges(void)
{
    const double x[] = {1, 2, 3}, cue[] = {5, -5, 0};
    double out[3], share;
    struct ecp_memory *m = MEMORY("diffusion", 3, {"sigma", 2, NULL});
    keep(m, x, 1); /* alone */
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, &share));
    CU_ASSERT(memcmp(out, x, sizeof out) == 0 && share == 1);
    keep(m, x, 1); /* twice */
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, &share));
    CU_ASSERT(largest_difference(out, x, 3) < 1e-15 && share == 0.5);
    ecp_memory_destroy(m);
    CU_ASSERT(REFUSED("diffusion", 3, {"process", 0, "preserving"}, {"sigma", 1, NULL}));
    CU_ASSERT(REFUSED("diffusion", 3, {"sigma", 1e-3, NULL}, {"sigma_end", 1e-3, NULL}));
    CU_ASSERT(REFUSED("diffusion", 3, {"sigma", 0, NULL}));
}

ECP_TEST_MAIN("diffusion", {"score", score}, {"identity", identity}, {"ends", ends},
              {"two patterns", critical}, {"noise", noise}, {"edges", edges})
