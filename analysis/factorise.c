#include "analysis/factorise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dense.h"
#include "engine/matrix.h"

struct sweeping {
    const struct ecp_tensor *tensor;
    size_t rank;
    double *factor[3];
    double *wide;    /* n0 n1 x rank */
    double *product; /* the longest n x rank */
    double *gram[3]; /* rank x rank, of each factor */
    double *both;    /* gram x gram of the two others */
};

size_t ecp_factor_size(const struct ecp_tensor *tensor, size_t rank)
{
    return (tensor->n[0] + tensor->n[1] + tensor->n[2]) * rank;
}

static void take_gram(struct sweeping *s, int mode)
{
    ecp_matrix_atb(s->rank, s->rank, s->tensor->n[mode], s->factor[mode], s->factor[mode],
                   s->gram[mode]);
}

/* One column after the other: f_r += (p_r - F g_r)/g_rr, not below 0. */
static void update(struct sweeping *s, int mode)
{
    const size_t n = s->tensor->n[mode], rank = s->rank;
    const double *one = s->gram[(mode + 1) % 3], *two = s->gram[(mode + 2) % 3];
    double *f = s->factor[mode];
    for (size_t k = 0; k < rank * rank; k++)
        s->both[k] = one[k] * two[k];
    for (size_t r = 0; r < rank; r++) {
        const double own = s->both[r * rank + r];
        if (!(own > 0))
            continue;
        for (size_t i = 0; i < n; i++) {
            double rest = s->product[i * rank + r];
            for (size_t q = 0; q < rank; q++)
                rest -= f[i * rank + q] * s->both[q * rank + r];
            f[i * rank + r] = fmax(f[i * rank + r] + rest / own, 0);
        }
    }
    take_gram(s, mode);
}

/* Lengths of a column of b or c go to a's. */
static void scale(struct sweeping *s, int mode)
{
    const size_t n = s->tensor->n[mode], rank = s->rank;
    for (size_t r = 0; r < rank; r++) {
        const double length = sqrt(s->gram[mode][r * rank + r]);
        if (!(length > 0))
            continue;
        for (size_t i = 0; i < n; i++)
            s->factor[mode][i * rank + r] /= length;
        for (size_t i = 0; i < s->tensor->n[0]; i++)
            s->factor[0][i * rank + r] *= length;
    }
    take_gram(s, mode);
    take_gram(s, 0);
}

/* a and b from x c; then c from x' (a b). Returns the squared error. */
static double sweep(struct sweeping *s, double square)
{
    const size_t *n = s->tensor->n, rank = s->rank;
    double inner = 0, own = 0;
    ecp_matrix_ab(n[0] * n[1], rank, n[2], s->tensor->x, s->factor[2], s->wide);
    for (int mode = 0; mode < 2; mode++) {
        memset(s->product, 0, n[mode] * rank * sizeof *s->product);
        for (size_t i = 0; i < n[0]; i++)
            for (size_t j = 0; j < n[1]; j++)
                for (size_t r = 0; r < rank; r++)
                    s->product[(mode ? j : i) * rank + r] +=
                        s->wide[(i * n[1] + j) * rank + r] *
                        s->factor[!mode][(mode ? i : j) * rank + r];
        update(s, mode);
    }
    for (size_t i = 0; i < n[0]; i++)
        for (size_t j = 0; j < n[1]; j++)
            for (size_t r = 0; r < rank; r++)
                s->wide[(i * n[1] + j) * rank + r] =
                    s->factor[0][i * rank + r] * s->factor[1][j * rank + r];
    ecp_matrix_atb(n[2], rank, n[0] * n[1], s->tensor->x, s->wide, s->product);
    update(s, 2);
    for (size_t k = 0; k < n[2] * rank; k++)
        inner += s->product[k] * s->factor[2][k];
    for (size_t k = 0; k < rank * rank; k++)
        own += s->gram[0][k] * s->gram[1][k] * s->gram[2][k];
    scale(s, 1);
    scale(s, 2);
    return fmax(square - 2 * inner + own, 0);
}

/* Components by descending length of a's column. `work`: a row. */
static void sort_components(struct sweeping *s, double *work)
{
    const size_t rank = s->rank;
    for (size_t at = 0; at < rank; at++) {
        size_t best = at;
        for (size_t r = at + 1; r < rank; r++)
            if (s->gram[0][r * rank + r] > s->gram[0][best * rank + best])
                best = r;
        if (best == at)
            continue;
        for (int mode = 0; mode < 3; mode++)
            for (size_t i = 0; i < s->tensor->n[mode]; i++) {
                double *row = s->factor[mode] + i * rank;
                *work = row[at];
                row[at] = row[best];
                row[best] = *work;
            }
        take_gram(s, 0);
    }
}

enum ecp_status ecp_factorise(const struct ecp_factorising *how, const struct ecp_tensor *tensor,
                              struct ecp_chance *chance, double *factor, double *error)
{
    const size_t *n = tensor->n, rank = how->rank, longest = n[0] + n[1] + n[2];
    const double square = ecp_dense_square(n[0] * n[1] * n[2], tensor->x);
    struct sweeping s = {.tensor = tensor, .rank = rank};
    double before = INFINITY, spare;
    s.wide = malloc((n[0] * n[1] * rank + longest * rank + 4 * rank * rank + 1) * sizeof *s.wide);
    if (!s.wide)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu factors", rank);
    s.product = s.wide + n[0] * n[1] * rank;
    s.both = s.product + longest * rank;
    for (size_t mode = 0; mode < 3; mode++) {
        s.gram[mode] = s.both + (mode + 1) * rank * rank;
        s.factor[mode] = mode == 0 ? factor : s.factor[mode - 1] + n[mode - 1] * rank;
    }
    for (size_t k = 0; k < longest * rank; k++)
        factor[k] = ecp_chance_uniform(chance);
    for (int mode = 0; mode < 3; mode++)
        take_gram(&s, mode);
    *error = NAN;
    for (size_t k = 0; k < how->sweeps && square > 0; k++) {
        *error = sqrt(sweep(&s, square) / square);
        if (before - *error < how->tolerance)
            break;
        before = *error;
    }
    sort_components(&s, &spare);
    free(s.wide);
    return ECP_OK;
}

enum ecp_status ecp_factor_match(const struct ecp_tensor *tensor, size_t rank, const double *f,
                                 const double *g, double *match)
{
    double *value = calloc(rank * rank + 1, sizeof *value);
    size_t *partner = malloc((rank + 1) * sizeof *partner);
    enum ecp_status status = ECP_ENOMEM;
    *match = NAN;
    if (!value || !partner) {
        (void)ecp_fail(ECP_ENOMEM, "no memory to compare %zu factors", rank);
        goto done;
    }
    for (size_t a = 0; a < rank; a++)
        for (size_t b = 0; b < rank; b++) {
            const double *x = f, *y = g;
            value[a * rank + b] = 1;
            for (int mode = 0; mode < 3; mode++) {
                double xx = 0, yy = 0, xy = 0;
                for (size_t i = 0; i < tensor->n[mode]; i++) {
                    xx += x[i * rank + a] * x[i * rank + a];
                    yy += y[i * rank + b] * y[i * rank + b];
                    xy += x[i * rank + a] * y[i * rank + b];
                }
                value[a * rank + b] *= xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
                x += tensor->n[mode] * rank;
                y += tensor->n[mode] * rank;
            }
        }
    status = ecp_dense_assign(rank, value, partner);
    if (status != ECP_OK)
        goto done;
    *match = 0;
    for (size_t r = 0; r < rank; r++)
        *match += value[r * rank + partner[r]] / (double)rank;
done:
    free(value);
    free(partner);
    return status;
}
