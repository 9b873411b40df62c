#include "engine/capacity.h"

#include <math.h>

static const double two_by_root_pi = 1.12837916709551257390;

/* alpha of a root y. */
static double alpha_of(double y)
{
    const double root = erf(y) / y - two_by_root_pi * exp(-y * y);
    return root > 0 ? root * root / 2 : 0;
}

/* y of the largest alpha, by golden section: alpha rises and falls once. */
static double summit(void)
{
    const double golden = 0.61803398874989484820;
    double low = 0.5, high = 4;
    while (high - low > 1e-9) {
        const double a = high - golden * (high - low), b = low + golden * (high - low);
        if (alpha_of(a) < alpha_of(b))
            low = a;
        else
            high = b;
    }
    return (low + high) / 2;
}

double ecp_capacity_alpha(double *overlap)
{
    const double y = summit();
    if (overlap)
        *overlap = erf(y);
    return alpha_of(y);
}

double ecp_capacity_overlap(double alpha)
{
    double low = summit(), high = 2 / sqrt(2 * alpha) + low;
    if (alpha <= 0)
        return 1;
    if (alpha > alpha_of(low))
        return 0;
    for (int step = 0; step < 200; step++) {
        const double y = (low + high) / 2;
        if (alpha_of(y) > alpha)
            low = y;
        else
            high = y;
    }
    return erf(low);
}

double ecp_capacity_one_step(double alpha)
{
    return erfc(1 / sqrt(2 * alpha)) / 2;
}

/* 1 3 5 ... (2n - 3) */
static double odd_product(int n)
{
    double product = 1;
    for (int k = 3; k <= 2 * n - 3; k += 2)
        product *= k;
    return product;
}

double ecp_capacity_dense(double N, int n)
{
    return pow(N, n - 1) / (2 * odd_product(n) * log(N));
}

double ecp_capacity_dense_error(double N, int n, double K)
{
    return erfc(sqrt(pow(N, n - 1) / (2 * K * odd_product(n)))) / 2;
}

double ecp_capacity_dense_half(double N, int n)
{
    double low = 0, high = pow(N, n);
    for (int step = 0; step < 200; step++) {
        const double K = (low + high) / 2;
        if (N * log1p(-ecp_capacity_dense_error(N, n, K)) > -0.69314718055994530942)
            low = K;
        else
            high = K;
    }
    return low;
}

/* W0(exp(x)): w + ln w = x, by Newton's method; convex, so it converges from w >= root. */
static double lambert_of_exp(double x)
{
    double w = x > 1 ? x : 1;
    for (int step = 0; step < 100; step++)
        w = w * (1 + x - log(w)) / (1 + w);
    return w;
}

double ecp_capacity_modern(double beta, double K, double d, double p)
{
    const double a = 2 / (d - 1) * (1 + log(2 * beta * K * K * p * (d - 1)));
    const double b = 2 * K * K * beta / 5;
    return b / lambert_of_exp(a + log(b));
}
