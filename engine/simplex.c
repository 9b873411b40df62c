#include "engine/simplex.h"

#include <math.h>

#include "engine/isa.h"
#include "engine/vector_math.h"

/* Four at a time, each with a largest of its own. */
static double largest(const double *z, size_t n)
{
    double most[4] = {z[0], z[0], z[0], z[0]};
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (size_t j = 0; j < 4; j++)
            most[j] = z[k + j] > most[j] ? z[k + j] : most[j];
    for (; k < n; k++)
        most[0] = z[k] > most[0] ? z[k] : most[0];
    for (size_t j = 1; j < 4; j++)
        most[0] = most[j] > most[0] ? most[j] : most[0];
    return most[0];
}

/* ---- softmax ------------------------------------------------------------------- */

/* z = exp(z - most), 0 where that is below the range. The same bits in every form. */
#define EXPONENTIALS(name)                                                                         \
    static void name(double *restrict z, size_t n, double most)                                    \
    {                                                                                              \
        _Pragma("omp simd") for (size_t k = 0; k < n; k++)                                         \
        {                                                                                          \
            const double x = z[k] - most;                                                          \
            const double e = ecp_expd(x);                                                          \
            z[k] = x < -708.0 ? 0.0 : e;                                                           \
        }                                                                                          \
    }

EXPONENTIALS(exponentials_anywhere)
#ifdef ECP_HAVE_X86
__attribute__((target("avx2"))) EXPONENTIALS(exponentials_avx2)
#endif

    static double softmax(double *z, size_t n)
{
    const double most = largest(z, n);
    double sum = 0;
#ifdef ECP_HAVE_X86
    if (ecp_isa_best() != ECP_ISA_BASELINE)
        exponentials_avx2(z, n, most);
    else
#endif
        exponentials_anywhere(z, n, most);
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < n; k++)
        sum += z[k];
    const double scale = 1 / sum;
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        z[k] *= scale;
    return most + log(sum);
}

/* ---- tau -------------------------------------------------------------------------- */

/* Sums over what lies above tau. */
struct above {
    double count, sum, square;
};

static struct above above(const double *z, size_t n, double tau)
{
    double count = 0, sum = 0, square = 0;
#pragma omp simd reduction(+ : count, sum, square)
    for (size_t k = 0; k < n; k++) {
        const double over = z[k] > tau ? z[k] - tau : 0;
        count += z[k] > tau ? 1.0 : 0.0;
        sum += over;
        square += over * over;
    }
    return (struct above){count, sum, square};
}

/* Root of sum max(z - tau, 0)^power = 1 by Newton's method, from tau = max z - 1 = -1 on,
 * where the sum is 1 or more: the sum is convex, so tau only grows, until rounding. */
static double threshold(const double *z, size_t n, int power)
{
    double tau = -1;
    for (int step = 0; step < 200; step++) {
        const struct above a = above(z, n, tau);
        const double next =
            power == 1 ? tau + (a.sum - 1) / a.count : tau + (a.square - 1) / (2 * a.sum);
        if (!(next > tau))
            break;
        tau = next;
    }
    return tau;
}

/* z relative to the largest, times `scale`; the largest. */
static double relative(double *z, size_t n, double scale)
{
    const double most = largest(z, n);
    for (size_t k = 0; k < n; k++)
        z[k] = (z[k] - most) * scale;
    return most;
}

/* p.z - Psi, both relative to the largest z: the rest of the conjugate is that. */
static double sparsemax(double *z, size_t n)
{
    const double most = relative(z, n, 1), tau = threshold(z, n, 1);
    double product = 0, square = 0;
    for (size_t k = 0; k < n; k++) {
        const double p = z[k] > tau ? z[k] - tau : 0;
        product += p > 0 ? p * z[k] : 0;
        square += p * p;
        z[k] = p;
    }
    return most + product - (square - 1) / 2;
}

static double entmax15(double *z, size_t n)
{
    const double most = relative(z, n, 0.5), tau = threshold(z, n, 2);
    double product = 0, power = 0;
    for (size_t k = 0; k < n; k++) {
        const double root = z[k] > tau ? z[k] - tau : 0;
        product += root > 0 ? root * root * 2 * z[k] : 0;
        power += root * root * root;
        z[k] = root * root;
    }
    return most + product - 4.0 / 3 * (power - 1);
}

/* ---- rows ---------------------------------------------------------------------------- */

double ecp_simplex_weights(enum ecp_simplex_kind kind, size_t n, double *z, double *most)
{
    const double conjugate = kind == ECP_SIMPLEX_SOFTMAX     ? softmax(z, n)
                             : kind == ECP_SIMPLEX_SPARSEMAX ? sparsemax(z, n)
                                                             : entmax15(z, n);
    if (most)
        *most = largest(z, n);
    return conjugate;
}

double ecp_simplex_entropy(enum ecp_simplex_kind kind, size_t n)
{
    const double m = (double)n;
    return kind == ECP_SIMPLEX_SOFTMAX     ? log(m)
           : kind == ECP_SIMPLEX_SPARSEMAX ? (1 - 1 / m) / 2
                                           : 4.0 / 3 * (1 - 1 / sqrt(m));
}

void ecp_simplex_rows(enum ecp_simplex_kind kind, size_t rows, size_t n, double *z,
                      double *conjugate, double *most)
{
#pragma omp parallel for schedule(static) if (rows > 1 && rows * n > 1 << 15)
    for (size_t r = 0; r < rows; r++) {
        const double value = ecp_simplex_weights(kind, n, z + r * n, most ? most + r : NULL);
        if (conjugate)
            conjugate[r] = value;
    }
}
