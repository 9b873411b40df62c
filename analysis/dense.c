#include "analysis/dense.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ecp_dense_centre(size_t n, size_t p, double *x, double *mean)
{
    for (size_t u = 0; u < p; u++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += x[k * p + u];
        sum /= (double)n;
        for (size_t k = 0; k < n; k++)
            x[k * p + u] -= sum;
        if (mean)
            mean[u] = sum;
    }
}

double ecp_dense_square(size_t n, const double *x)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] * x[k];
    return sum;
}

static enum ecp_status checked(lapack_int info, const char *what)
{
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", what);
    if (info != 0)
        return ecp_fail(ECP_ENUMERIC, "%s does not converge, or has numbers that are not finite",
                        what);
    return ECP_OK;
}

enum ecp_status ecp_dense_eigen(size_t n, double *a, double *values)
{
    openblas_set_num_threads(1);
    return checked(
        LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int)n, a, (lapack_int)n, values),
        "a decomposition into eigenvectors");
}

enum ecp_status ecp_dense_svd(size_t n, size_t p, double *a, double *u, double *s, double *vt)
{
    const size_t k = n < p ? n : p;
    const int vectors = u != NULL && vt != NULL;
    openblas_set_num_threads(1);
    return checked(LAPACKE_dgesdd(LAPACK_ROW_MAJOR, vectors ? 'S' : 'N', (lapack_int)n,
                                  (lapack_int)p, a, (lapack_int)p, s, u, (lapack_int)k, vt,
                                  (lapack_int)p),
                   "a singular value decomposition");
}

enum ecp_status ecp_dense_solve(size_t n, size_t m, double *a, double *b)
{
    openblas_set_num_threads(1);
    const lapack_int info = LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (lapack_int)n, (lapack_int)m, a,
                                          (lapack_int)n, b, (lapack_int)m);
    if (info > 0)
        return ecp_fail(ECP_ENUMERIC, "a system of equations has no single solution");
    return checked(info, "a system of equations");
}

/* ---- assignment ---------------------------------------------------------------------------- */

struct assigning {
    size_t n;
    const double *value;
    double *u, *v, *least; /* prices of rows, of columns; slack of columns */
    size_t *row, *way;     /* of a column: its row, the column before it on the path; from 1 */
    char *used;
};

/* Row `first` finds a column by the cheapest path. */
static void augment(struct assigning *a, size_t first)
{
    size_t at = 0;
    a->row[0] = first;
    for (size_t j = 0; j <= a->n; j++) {
        a->least[j] = INFINITY;
        a->used[j] = 0;
    }
    do {
        const size_t i = a->row[at];
        double delta = INFINITY;
        size_t next = 0;
        a->used[at] = 1;
        for (size_t j = 1; j <= a->n; j++) {
            if (a->used[j])
                continue;
            const double slack = -a->value[(i - 1) * a->n + j - 1] - a->u[i] - a->v[j];
            if (slack < a->least[j]) {
                a->least[j] = slack;
                a->way[j] = at;
            }
            if (a->least[j] < delta) {
                delta = a->least[j];
                next = j;
            }
        }
        for (size_t j = 0; j <= a->n; j++) {
            if (a->used[j]) {
                a->u[a->row[j]] += delta;
                a->v[j] -= delta;
            } else
                a->least[j] -= delta;
        }
        at = next;
    } while (a->row[at] != 0);
    for (; at != 0; at = a->way[at])
        a->row[at] = a->row[a->way[at]];
}

enum ecp_status ecp_dense_assign(size_t n, const double *value, size_t *column)
{
    struct assigning a = {.n = n, .value = value};
    double *numbers = calloc(3 * (n + 1), sizeof *numbers);
    a.row = calloc(2 * (n + 1), sizeof *a.row);
    a.used = calloc(n + 1, 1);
    if (!numbers || !a.row || !a.used) {
        free(numbers);
        free(a.row);
        free(a.used);
        return ecp_fail(ECP_ENOMEM, "no memory to assign %zu units", n);
    }
    a.u = numbers;
    a.v = numbers + n + 1;
    a.least = a.v + n + 1;
    a.way = a.row + n + 1;
    for (size_t i = 1; i <= n; i++)
        augment(&a, i);
    for (size_t j = 1; j <= n; j++)
        column[a.row[j] - 1] = j - 1;
    free(numbers);
    free(a.row);
    free(a.used);
    return ECP_OK;
}
