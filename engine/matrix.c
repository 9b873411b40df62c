#include "engine/matrix.h"

#include <cblas.h>
#include <string.h>

/* Rows and columns of c in one tile: by the shapes alone, so that the bits do not depend
 * on the number of threads. Columns are cut only where rows alone give too few tiles. */
enum { TILE_ROWS = 256, TILE_COLUMNS = 512, FEW_TILES = 16 };
enum { SMALL = 1 << 15 }; /* operations that are not worth waking threads */

struct tiles {
    size_t rows, columns; /* how many tiles */
    size_t width;         /* columns of c in each */
};

static struct tiles cut(const struct ecp_product *p)
{
    struct tiles t = {(p->m + TILE_ROWS - 1) / TILE_ROWS, 1, p->n};
    if (t.rows < FEW_TILES && p->n > TILE_COLUMNS) {
        t.width = TILE_COLUMNS;
        t.columns = (p->n + TILE_COLUMNS - 1) / TILE_COLUMNS;
    }
    return t;
}

/* OpenBLAS brings threads of its own: one a call is all that is wanted here. */
static void use_one_thread(void)
{
    if (openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
}

#define MULTIPLY(name, real, gemm)                                                                 \
    void name(const struct ecp_product *p, real alpha, const real *a, const real *b, real beta,    \
              real *c)                                                                             \
    {                                                                                              \
        const struct tiles tiles = cut(p);                                                         \
        const CBLAS_TRANSPOSE ta = p->a_transposed ? CblasTrans : CblasNoTrans;                    \
        const CBLAS_TRANSPOSE tb = p->b_transposed ? CblasTrans : CblasNoTrans;                    \
        const size_t n_tiles = tiles.rows * tiles.columns;                                         \
        const int worth = n_tiles > 1 && p->m * p->n * p->k > SMALL;                               \
        use_one_thread();                                                                          \
        _Pragma("omp parallel for schedule(dynamic) if (worth)") /**/                              \
            for (size_t tile = 0; tile < n_tiles; tile++)                                          \
        {                                                                                          \
            const size_t row = tile / tiles.columns * TILE_ROWS;                                   \
            const size_t column = tile % tiles.columns * tiles.width;                              \
            const size_t m = p->m - row < TILE_ROWS ? p->m - row : TILE_ROWS;                      \
            const size_t n = p->n - column < tiles.width ? p->n - column : tiles.width;            \
            gemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)p->k, alpha,                          \
                 a + (p->a_transposed ? row : row * p->lda), (int)p->lda,                          \
                 b + (p->b_transposed ? column * p->ldb : column), (int)p->ldb, beta,              \
                 c + row * p->ldc + column, (int)p->ldc);                                          \
        }                                                                                          \
    }

MULTIPLY(ecp_matrix_multiply, double, cblas_dgemm)
MULTIPLY(ecp_matrix_multiply_single, float, cblas_sgemm)

void ecp_matrix_ab(size_t m, size_t n, size_t k, const double *a, const double *b, double *c)
{
    ecp_matrix_multiply(&(struct ecp_product){0, 0, m, n, k, k, n, n}, 1, a, b, 0, c);
}

void ecp_matrix_abt(size_t m, size_t n, size_t k, const double *a, const double *b, double *c)
{
    ecp_matrix_multiply(&(struct ecp_product){0, 1, m, n, k, k, k, n}, 1, a, b, 0, c);
}

void ecp_matrix_atb(size_t m, size_t n, size_t k, const double *a, const double *b, double *c)
{
    ecp_matrix_multiply(&(struct ecp_product){1, 0, m, n, k, m, n, n}, 1, a, b, 0, c);
}

#define TIMES(name, real, gemv)                                                                    \
    void name(size_t m, size_t n, const real *a, const real *x, real *y)                           \
    {                                                                                              \
        const size_t tiles = (m + TILE_ROWS - 1) / TILE_ROWS;                                      \
        use_one_thread();                                                                          \
        _Pragma("omp parallel for schedule(static) if (m * n > SMALL)") /**/                       \
            for (size_t tile = 0; tile < tiles; tile++)                                            \
        {                                                                                          \
            const size_t row = tile * TILE_ROWS;                                                   \
            const size_t rows = m - row < TILE_ROWS ? m - row : TILE_ROWS;                         \
            gemv(CblasRowMajor, CblasNoTrans, (int)rows, (int)n, 1, a + row * n, (int)n, x, 1, 0,  \
                 y + row, 1);                                                                      \
        }                                                                                          \
    }

TIMES(ecp_matrix_times, double, cblas_dgemv)
TIMES(ecp_matrix_times_single, float, cblas_sgemv)

/* Tiles are columns here: each reads its part of every row. */
void ecp_matrix_transposed_times(size_t m, size_t n, const double *a, const double *x, double *y)
{
    const size_t tiles = (n + TILE_COLUMNS - 1) / TILE_COLUMNS;
    use_one_thread();
#pragma omp parallel for schedule(static) if (m * n > SMALL)
    for (size_t tile = 0; tile < tiles; tile++) {
        const size_t column = tile * TILE_COLUMNS;
        const size_t width = n - column < TILE_COLUMNS ? n - column : TILE_COLUMNS;
        cblas_dgemv(CblasRowMajor, CblasTrans, (int)m, (int)width, 1, a + column, (int)n, x, 1, 0,
                    y + column, 1);
    }
}
