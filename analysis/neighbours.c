#include "analysis/neighbours.h"

#include <math.h>
#include <string.h>

#include "engine/matrix.h"

/* The k largest of a row of products, by insertion: k is small. */
static void nearest(size_t n, const double *product, size_t self, size_t k, size_t *near)
{
    size_t kept = 0;
    for (size_t j = 0; j < n; j++) {
        if (j == self || (kept == k && !(product[j] > product[near[k - 1]])))
            continue;
        size_t at = kept < k ? kept++ : k - 1;
        for (; at > 0 && product[j] > product[near[at - 1]]; at--)
            near[at] = near[at - 1];
        near[at] = j;
    }
}

static void nearest_of_all(size_t n, const double *products, size_t k, size_t *near)
{
    for (size_t i = 0; i < n; i++)
        nearest(n, products + i * n, i, k, near + i * k);
}

void ecp_neighbours(size_t n, size_t p, const double *x, size_t k, size_t *near, double *work)
{
    ecp_matrix_abt(n, n, p, x, x, work);
    nearest_of_all(n, work, k, near);
}

static int has(size_t k, const size_t *list, size_t x)
{
    for (size_t j = 0; j < k; j++)
        if (list[j] == x)
            return 1;
    return 0;
}

double ecp_neighbours_mutual(size_t n, size_t k, const size_t *a, const size_t *b)
{
    size_t common = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            common += (size_t)has(k, b + i * k, a[i * k + j]);
    return (double)common / (double)(n * k);
}

double ecp_neighbours_cycle(size_t n, size_t k, const size_t *a, const size_t *b)
{
    size_t back = 0;
    for (size_t i = 0; i < n; i++) {
        int found = 0;
        for (size_t j = 0; j < k && !found; j++)
            found = has(k, a + b[i * k + j] * k, i);
        back += (size_t)found;
    }
    return (double)back / (double)n;
}

double ecp_neighbours_order(size_t n, size_t k, const size_t *a, const size_t *b)
{
    enum { MOST = 256 };
    double sum = 0;
    if (k >= MOST)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        size_t length[MOST] = {0};
        for (size_t x = 0; x < k; x++) {
            size_t diagonal = 0;
            for (size_t y = 1; y <= k; y++) {
                const size_t above = length[y];
                if (a[i * k + x] == b[i * k + y - 1])
                    length[y] = diagonal + 1;
                else if (length[y - 1] > length[y])
                    length[y] = length[y - 1];
                diagonal = above;
            }
        }
        sum += (double)length[k];
    }
    return sum / (double)n;
}

/* Song et al.'s estimate, diagonals being 0. */
static double hsic(size_t n, const double *k, const double *l)
{
    const double m = (double)n;
    double both = 0, all_k = 0, all_l = 0, chain = 0;
    for (size_t i = 0; i < n; i++) {
        double column = 0, row = 0;
        for (size_t j = 0; j < n; j++) {
            both += k[i * n + j] * l[j * n + i];
            column += k[j * n + i];
            row += l[i * n + j];
        }
        all_k += column;
        all_l += row;
        chain += column * row;
    }
    return (both + all_k * all_l / ((m - 1) * (m - 2)) - 2 * chain / (m - 2)) / (m * (m - 3));
}

/* Products of pairs that are near in both lists. */
static void mask(size_t n, size_t k, const double *products, const size_t *a, const size_t *b,
                 double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            if (has(k, b + i * k, a[i * k + j]))
                out[i * n + a[i * k + j]] = products[i * n + a[i * k + j]];
}

double ecp_neighbours_alignment(size_t n, size_t p, size_t q, const double *x, const double *y,
                                size_t k, double *work)
{
    double *kx = work, *ky = kx + n * n, *mx = ky + n * n, *my = mx + n * n;
    size_t *a = (size_t *)(void *)(my + n * n), *b = a + n * k;
    if (n < 4 || k < 2 || k > n / 2)
        return NAN;
    ecp_matrix_abt(n, n, p, x, x, kx);
    ecp_matrix_abt(n, n, q, y, y, ky);
    nearest_of_all(n, kx, k, a);
    nearest_of_all(n, ky, k, b);
    mask(n, k, kx, a, b, mx);
    mask(n, k, ky, a, b, my);
    const double xy = hsic(n, mx, my);
    mask(n, k, kx, a, a, mx);
    mask(n, k, ky, b, b, my);
    const double size = sqrt(hsic(n, mx, mx) * hsic(n, my, my));
    return size > 0 ? xy / size : NAN;
}
