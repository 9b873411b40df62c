/* CKA, CCA, shape metrics and neighbours against the peers' own code on recordings (V1 and
 * V2 of Semedo et al., IT of Zhang & Desimone), and what must hold without data. */
#include "analysis/canonical.h"
#include "analysis/dense.h"
#include "analysis/kernels.h"
#include "analysis/neighbours.h"
#include "analysis/shape.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/verify/reference_data.h"

enum { TRIALS = 500, CONDITIONS = 21, REPEATS = 20, UNITS = 132, USED = 19 };

struct pair {
    const char *name;
    size_t n, p, q;
    double *x, *y;
};

static struct pair v1_against(const char *name, const char *other)
{
    size_t n = 0;
    double *x = recording_numbers("v1v2_semedo/v1v2_semedo.h5", "X", &n);
    double *y = recording_numbers("v1v2_semedo/v1v2_semedo.h5", other, &n);
    return (struct pair){name, TRIALS, 79, 31, x, y};
}

/* Means over repeats first, first + step ... of units from .. to - 1. */
static double *it_mean(const double *counts, size_t first, size_t step, size_t from, size_t to)
{
    double *mean = calloc(CONDITIONS * (to - from), sizeof *mean);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mean);
    for (size_t c = 0; c < CONDITIONS; c++) {
        double repeats = 0;
        for (size_t r = first; r < USED; r += step, repeats++)
            for (size_t u = from; u < to; u++)
                mean[c * (to - from) + u - from] += counts[(c * REPEATS + r) * UNITS + u];
        for (size_t u = 0; u < to - from; u++)
            mean[c * (to - from) + u] /= repeats;
    }
    return mean;
}

static void take_pairs(struct pair pair[4])
{
    size_t n = 0;
    double *counts = recording_numbers("zd_it/zd_it.h5", "responses/counts", &n);
    CU_ASSERT_EQUAL_FATAL(n, CONDITIONS * REPEATS * UNITS);
    pair[0] = v1_against("semedo_V1(79)_vs_V2(31)_first500obs", "Y_V2");
    pair[1] = v1_against("semedo_V1(79)_vs_V1heldout(31)_first500obs", "Y_V1");
    pair[2] = (struct pair){
        "zd_even_vs_odd_repeats",       CONDITIONS, UNITS, UNITS, it_mean(counts, 0, 2, 0, UNITS),
        it_mean(counts, 1, 2, 0, UNITS)};
    pair[3] = (struct pair){
        "zd_units0-65_vs_66-131",        CONDITIONS, 66, 66, it_mean(counts, 0, 1, 0, 66),
        it_mean(counts, 0, 1, 66, UNITS)};
    free(counts);
}

static void drop_pairs(struct pair pair[4])
{
    for (int k = 0; k < 4; k++) {
        free(pair[k].x);
        free(pair[k].y);
    }
}

static void expect(json_t *reference, const char *pair, const char *what, double ours,
                   double tolerance)
{
    char path[128];
    (void)snprintf(path, sizeof path, "pairs|%s|%s", pair, what);
    const double theirs = reference_number(reference, path);
    if (!(fabs(ours - theirs) <= tolerance))
        (void)printf("\n  %s: %s is %.15g; theirs %.15g", pair, what, ours, theirs);
    CU_ASSERT(fabs(ours - theirs) <= tolerance);
}

/* ---- CKA ------------------------------------------------------------------------------------ */

static double cka(const struct pair *of, double t, int unbiased)
{
    const size_t n = of->n;
    double *k = malloc(3 * n * n * sizeof *k), *l = k + n * n, *work = l + n * n;
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    if (t > 0) {
        ecp_kernel_gaussian(n, of->p, of->x, t, k, work);
        ecp_kernel_gaussian(n, of->q, of->y, t, l, work);
    } else {
        ecp_kernel_linear(n, of->p, of->x, k);
        ecp_kernel_linear(n, of->q, of->y, l);
    }
    (unbiased ? ecp_kernel_centre_unbiased : ecp_kernel_centre)(n, k);
    (unbiased ? ecp_kernel_centre_unbiased : ecp_kernel_centre)(n, l);
    const double value = ecp_kernel_alignment(n, k, l);
    free(k);
    return value;
}

static void cka_is_the_peers(void)
{
    json_t *reference = reference_json("similarity");
    struct pair pair[4];
    take_pairs(pair);
    for (int k = 0; k < 4; k++) {
        expect(reference, pair[k].name, "cka_linear", cka(&pair[k], 0, 0), 1e-8);
        expect(reference, pair[k].name, "cka_linear_debiased", cka(&pair[k], 0, 1), 1e-8);
        expect(reference, pair[k].name, "cka_rbf_0.5", cka(&pair[k], 0.5, 0), 1e-8);
        expect(reference, pair[k].name, "cka_rbf_0.5_debiased", cka(&pair[k], 0.5, 1), 1e-8);
        expect(reference, pair[k].name, "cka_rbf_1", cka(&pair[k], 1, 0), 1e-8);
        expect(reference, pair[k].name, "cka_rbf_1_debiased", cka(&pair[k], 1, 1), 1e-8);
    }
    drop_pairs(pair);
    json_decref(reference);
}

/* x turned by an orthogonal matrix (from a QR of noise, by Gram and Schmidt), scaled. */
static void turn(size_t n, size_t p, const double *x, double scale, double *out)
{
    double *q = malloc(p * p * sizeof *q);
    struct ecp_chance chance = ecp_chance(21, 1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(q);
    ecp_chance_normals(&chance, p * p, q);
    for (size_t a = 0; a < p; a++) {
        for (int twice = 0; twice < 2; twice++)
            for (size_t b = 0; b < a; b++) {
                double dot = 0;
                for (size_t u = 0; u < p; u++)
                    dot += q[a * p + u] * q[b * p + u];
                for (size_t u = 0; u < p; u++)
                    q[a * p + u] -= dot * q[b * p + u];
            }
        const double length = sqrt(ecp_dense_square(p, q + a * p));
        for (size_t u = 0; u < p; u++)
            q[a * p + u] /= length;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < p; a++) {
            out[i * p + a] = 0;
            for (size_t u = 0; u < p; u++)
                out[i * p + a] += scale * x[i * p + u] * q[a * p + u];
        }
    free(q);
}

static void rotations_do_not_matter(void)
{
    enum { N = 40, P = 7 };
    double x[N * P], y[N * P];
    struct ecp_chance chance = ecp_chance(2, 1, 0);
    struct ecp_shape_distance shape;
    ecp_chance_normals(&chance, N * P, x);
    turn(N, P, x, 3, y);
    const struct pair pair = {"", N, P, P, x, y};
    CU_ASSERT_DOUBLE_EQUAL(cka(&pair, 0, 0), 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(cka(&pair, 0, 1), 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(cka(&pair, 0.7, 0), 1, 1e-12);
    ECP_ASSERT_OK(ecp_shape(N, P, P, x, y, 1, &shape));
    CU_ASSERT(shape.angle < 1e-7); /* arccos near 1 */
    ECP_ASSERT_OK(ecp_shape(N, P, P, x, y, 0, &shape));
    CU_ASSERT(shape.angle < 1e-7);
    double rho[P];
    ECP_ASSERT_OK(
        ecp_canonical(&(struct ecp_canonical){.n = N, .p = P, .q = P, .x = x, .y = y}, rho, NULL));
    CU_ASSERT_DOUBLE_EQUAL(ecp_canonical_mean(P, rho, 2), 1, 1e-10);
}

/* Unrelated responses: unbiased CKA is 0 on average, the plain one far from it. */
static void unbiased_is_0_on_average(void)
{
    enum { N = 20, P = 60, TRIES = 300 };
    double x[N * P], y[N * P], sum = 0, square = 0, plain = 0;
    for (uint32_t k = 0; k < TRIES; k++) {
        struct ecp_chance chance = ecp_chance(4, 1, k);
        ecp_chance_normals(&chance, N * P, x);
        ecp_chance_normals(&chance, N * P, y);
        const struct pair pair = {"", N, P, P, x, y};
        const double value = cka(&pair, 0, 1);
        sum += value;
        square += value * value;
        plain += cka(&pair, 0, 0) / TRIES;
    }
    CU_ASSERT(fabs(sum / TRIES) < 4 * sqrt(square) / TRIES);
    CU_ASSERT(plain > 0.5);
}

/* ---- CCA ----------------------------------------------------------------------------------------
 */

static void reduce(const struct pair *of, double share, double *out[2], size_t k[2])
{
    for (int s = 0; s < 2; s++) {
        out[s] = malloc(of->n * of->n * sizeof *out[s]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(out[s]);
        ECP_ASSERT_OK(ecp_canonical_reduce(of->n, s ? of->q : of->p, s ? of->y : of->x, share,
                                           out[s], &k[s]));
    }
}

static void check_cca(json_t *reference, const struct pair *of, const char *share)
{
    double *reduced[2], rho[128], *directions = malloc(of->n * 128 * sizeof *directions);
    double weighted = NAN, first[5];
    char path[128];
    size_t k[2];
    CU_ASSERT_PTR_NOT_NULL_FATAL(directions);
    reduce(of, strtod(share, NULL), reduced, k);
    const int small = k[1] < k[0];
    for (int s = 0; s < 2; s++) {
        (void)snprintf(path, sizeof path, "svcca_%s|k|%d", share, s);
        expect(reference, of->name, path, (double)k[s], 0);
    }
    struct ecp_canonical canonical = {.n = of->n,
                                      .p = k[small],
                                      .q = k[!small],
                                      .x = reduced[small],
                                      .y = reduced[!small],
                                      .epsilon = 1e-10,
                                      .compat = 1};
    ECP_ASSERT_OK(ecp_canonical(&canonical, rho, directions));
    (void)snprintf(path, sizeof path, "svcca_%s|mean_coef1", share);
    expect(reference, of->name, path, ecp_canonical_mean(k[small], rho, 0.98), 1e-8);
    (void)snprintf(path, sizeof path, "svcca_%s|plain_mean", share);
    expect(reference, of->name, path, ecp_canonical_mean(k[small], rho, 2), 1e-8);
    (void)snprintf(path, sizeof path, "pairs|%s|svcca_%s|first5", of->name, share);
    CU_ASSERT_EQUAL(reference_numbers(reference, path, first, 5), 5);
    ASSERT_NEAR(rho, first, 5, 0, 1e-8);
    ECP_ASSERT_OK(ecp_canonical_weighted(of->n, k[small], k[small], reduced[small], directions, rho,
                                         &weighted));
    (void)snprintf(path, sizeof path, "pwcca_google_on_svd_%s_smaller_first", share);
    /* Where correlations are equal but for 1e-9 their directions are anybody's. */
    expect(reference, of->name, path, weighted, rho[1] > 0.999999 ? 2e-7 : 1e-8);
    free(directions);
    free(reduced[0]);
    free(reduced[1]);
}

static void cca_is_the_peers(void)
{
    json_t *reference = reference_json("similarity");
    struct pair pair[4];
    take_pairs(pair);
    for (int k = 0; k < 4; k++) {
        check_cca(reference, &pair[k], "0.99");
        check_cca(reference, &pair[k], "0.9");
    }
    for (int k = 0; k < 2; k++) {
        double r2 = NAN;
        ECP_ASSERT_OK(ecp_canonical_r2(pair[k].n, pair[k].p, pair[k].q, pair[k].x, pair[k].y, &r2));
        expect(reference, pair[k].name, "cca_mean_sq(qr, centred columns)", r2, 1e-8);
    }
    drop_pairs(pair);
    json_decref(reference);
}

/* The paper's variates are uncorrelated and have variance 1. */
static void variates_are_white(void)
{
    enum { N = 200, P = 4, Q = 6 };
    double x[N * P], y[N * Q], rho[P], h[N * P];
    struct ecp_chance chance = ecp_chance(8, 1, 0);
    ecp_chance_normals(&chance, N * P, x);
    ecp_chance_normals(&chance, N * Q, y);
    for (size_t i = 0; i < N; i++) {
        x[i * P + 1] += 5 * x[i * P];
        y[i * Q] += 2 * x[i * P + 2];
    }
    ECP_ASSERT_OK(
        ecp_canonical(&(struct ecp_canonical){.n = N, .p = P, .q = Q, .x = x, .y = y}, rho, h));
    ecp_dense_centre(N, P, h, NULL);
    for (size_t a = 0; a < P; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++)
                sum += h[i * P + a] * h[i * P + b] / (N - 1);
            CU_ASSERT_DOUBLE_EQUAL(sum, a == b, 1e-9);
        }
    CU_ASSERT(rho[0] > 0.8 && rho[0] <= 1);
}

/* ---- shapes
 * --------------------------------------------------------------------------------------- */

static void shapes_are_netreps(void)
{
    json_t *reference = reference_json("similarity");
    struct pair pair[4];
    take_pairs(pair);
    for (int k = 0; k < 4; k++) {
        const struct pair *of = &pair[k];
        struct ecp_shape_distance shape;
        ECP_ASSERT_OK(ecp_shape(of->n, of->p, of->q, of->x, of->y, 1, &shape));
        expect(reference, of->name, "netrep_linear_alpha1_angular", shape.angle, 1e-8);
        expect(reference, of->name, "netrep_linear_alpha1_euclidean", shape.euclidean, 1e-8);
        expect(reference, of->name, "procrustes_nuclear_norm_normalised", cos(shape.angle), 1e-8);
        ECP_ASSERT_OK(ecp_shape(of->n, of->p, of->q, of->x, of->y, 0.5, &shape));
        expect(reference, of->name, "netrep_linear_alpha0.5_angular", shape.angle, 1e-8);
        expect(reference, of->name, "netrep_linear_alpha0.5_euclidean", shape.euclidean, 1e-8);
        ECP_ASSERT_OK(ecp_shape_permuted(of->n, of->p, of->q, of->x, of->y, &shape));
        expect(reference, of->name, "netrep_permutation_angular", shape.angle, 1e-8);
    }
    drop_pairs(pair);
    json_decref(reference);
}

static void shapes_obey_the_triangle(void)
{
    enum { N = 15, P = 4, TRIES = 100 };
    double x[3][N * P];
    for (uint32_t k = 0; k < TRIES; k++) {
        struct ecp_chance chance = ecp_chance(9, 1, k);
        struct ecp_shape_distance side[3];
        for (int s = 0; s < 3; s++)
            ecp_chance_normals(&chance, N * P, x[s]);
        for (size_t j = 0; j < N * P; j++)
            x[1][j] = 0.5 * (x[0][j] + x[2][j]) + 0.1 * x[1][j];
        const double alpha = k % 3 * 0.5;
        for (int s = 0; s < 3; s++)
            ECP_ASSERT_OK(ecp_shape(N, P, P, x[s], x[(s + 1) % 3], alpha, &side[s]));
        for (int s = 0; s < 3; s++)
            CU_ASSERT(side[s].angle <= side[(s + 1) % 3].angle + side[(s + 2) % 3].angle + 1e-12);
    }
}

/* The assignment against all 5! orders. */
static double best_order(const double *value, size_t n, size_t row, unsigned used)
{
    double best = row == n ? 0 : -INFINITY;
    for (size_t c = 0; c < n && row < n; c++)
        if (!(used >> c & 1))
            best = fmax(best, value[row * n + c] + best_order(value, n, row + 1, used | 1U << c));
    return best;
}

static void assignment_is_the_best(void)
{
    enum { N = 6 };
    for (uint32_t k = 0; k < 50; k++) {
        struct ecp_chance chance = ecp_chance(10, 1, k);
        double value[N * N], sum = 0;
        size_t column[N];
        ecp_chance_normals(&chance, N * N, value);
        ECP_ASSERT_OK(ecp_dense_assign(N, value, column));
        for (size_t i = 0; i < N; i++)
            sum += value[i * N + column[i]];
        CU_ASSERT_DOUBLE_EQUAL(sum, best_order(value, N, 0, 0), 1e-12);
    }
}

/* ---- neighbours
 * ----------------------------------------------------------------------------------- */

static void unit_rows(size_t n, size_t p, double *x)
{
    for (size_t i = 0; i < n; i++) {
        const double length = sqrt(ecp_dense_square(p, x + i * p));
        for (size_t u = 0; u < p; u++)
            x[i * p + u] /= length;
    }
}

static void check_neighbours(json_t *reference, const struct pair *of, const char *rows)
{
    static const size_t ks[] = {1, 3, 5, 10};
    size_t *a = malloc(2 * of->n * 10 * sizeof *a), *b = a + of->n * 10;
    double *work = malloc(of->n * of->n * sizeof *work);
    char what[64];
    CU_ASSERT_FATAL(a && work);
    for (size_t j = 0; j < 4; j++) {
        ecp_neighbours(of->n, of->p, of->x, ks[j], a, work);
        ecp_neighbours(of->n, of->q, of->y, ks[j], b, work);
        (void)snprintf(what, sizeof what, "mutual_knn_%s_k%zu", rows, ks[j]);
        expect(reference, of->name, what, ecp_neighbours_mutual(of->n, ks[j], a, b), 1e-12);
    }
    free(a);
    free(work);
}

/* The other three in single precision, where near ties turn: not on the first pair. */
static void check_order(json_t *reference, const struct pair *of)
{
    size_t *a = malloc(2 * of->n * 10 * sizeof *a), *b = a + of->n * 10;
    double *work = malloc(of->n * (4 * of->n + 20) * sizeof *work);
    CU_ASSERT_FATAL(a && work);
    ecp_neighbours(of->n, of->p, of->x, 5, a, work);
    ecp_neighbours(of->n, of->q, of->y, 5, b, work);
    expect(reference, of->name, "platonic_torch|cycle_knn_k5", ecp_neighbours_cycle(of->n, 5, a, b),
           1e-7);
    ecp_neighbours(of->n, of->p, of->x, 10, a, work);
    ecp_neighbours(of->n, of->q, of->y, 10, b, work);
    expect(reference, of->name, "platonic_torch|lcs_knn_k10", ecp_neighbours_order(of->n, 10, a, b),
           1e-6);
    expect(reference, of->name, "platonic_torch|cknna_k10",
           ecp_neighbours_alignment(of->n, of->p, of->q, of->x, of->y, 10, work), 3e-5);
    free(a);
    free(work);
}

static void neighbours_are_the_peers(void)
{
    json_t *reference = reference_json("similarity");
    struct pair pair[4];
    take_pairs(pair);
    for (int k = 0; k < 4; k++) {
        check_neighbours(reference, &pair[k], "ip_raw");
        unit_rows(pair[k].n, pair[k].p, pair[k].x);
        unit_rows(pair[k].n, pair[k].q, pair[k].y);
        check_neighbours(reference, &pair[k], "l2norm");
        if (k > 0)
            check_order(reference, &pair[k]);
    }
    drop_pairs(pair);
    json_decref(reference);
}

/* ---- as measures
 * ------------------------------------------------------------------------------------ */

static void measures_are_put_out(void)
{
    static const char *const names[] = {"cka", "cca", "procrustes", "mutual_knn"};
    json_t *reference = reference_json("similarity");
    struct pair pair[4];
    struct ecp_sheet *sheet = NULL;
    take_pairs(pair);
    const struct ecp_dataset data = {
        .name = "V1", .n_conditions = TRIALS, .n_units = 79, .mean = pair[0].x};
    const struct ecp_dataset model = {
        .name = "V2", .n_conditions = TRIALS, .n_units = 31, .mean = pair[0].y};
    const struct ecp_dataset *models[] = {&model};
    ECP_ASSERT_OK(ecp_sheet_create(&sheet));
    for (int k = 0; k < 4; k++) {
        const struct ecp_analysis *measure;
        ECP_ASSERT_OK(ecp_analysis_find(names[k], &measure));
        const struct ecp_sheet_call call = {
            .measure = measure, .n_models = 1, .model = models, .data = &data};
        ECP_ASSERT_OK(ecp_sheet_score(sheet, &call));
    }
    expect(reference, pair[0].name, "cka_linear", ecp_sheet_value(sheet, "cka", "cka", "V2"), 1e-8);
    expect(reference, pair[0].name, "svcca_0.99|mean_coef1",
           ecp_sheet_value(sheet, "cca", "svcca", "V2"), 1e-8);
    expect(reference, pair[0].name, "netrep_linear_alpha1_angular",
           ecp_sheet_value(sheet, "procrustes", "angle", "V2"), 1e-8);
    expect(reference, pair[0].name, "mutual_knn_l2norm_k10",
           ecp_sheet_value(sheet, "mutual_knn", "mutual", "V2"), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "mutual_knn", "chance", NULL), 10.0 / 499, 1e-15);
    ecp_sheet_destroy(sheet);
    drop_pairs(pair);
    json_decref(reference);
}

/* Constant responses, and too few conditions: undefined, with a reason. */
static void undefined_has_a_reason(void)
{
    static const char *const names[] = {"cka", "cca", "procrustes", "mutual_knn"};
    const double flat[9] = {2, 2, 2, 2, 2, 2, 2, 2, 2}, some[9] = {1, 4, 2, 8, 5, 7, 3, 6, 9};
    const struct ecp_dataset data = {.name = "flat", .n_conditions = 3, .n_units = 3, .mean = flat};
    const struct ecp_dataset model = {
        .name = "some", .n_conditions = 3, .n_units = 3, .mean = some};
    const struct ecp_dataset *models[] = {&model};
    for (int k = 0; k < 4; k++) {
        const struct ecp_analysis *measure;
        struct ecp_sheet *sheet = NULL;
        const struct ecp_sheet_row *row;
        ECP_ASSERT_OK(ecp_sheet_create(&sheet));
        ECP_ASSERT_OK(ecp_analysis_find(names[k], &measure));
        const struct ecp_sheet_call call = {
            .measure = measure, .n_models = 1, .model = models, .data = &data};
        ECP_ASSERT_OK(ecp_sheet_score(sheet, &call));
        const size_t n = ecp_sheet_rows(sheet, &row);
        for (size_t j = 0; j < n; j++)
            CU_ASSERT(isnan(row[j].estimate.value) && row[j].estimate.why);
        ecp_sheet_destroy(sheet);
    }
}

ECP_TEST_MAIN("similarity", {"CKA is the peers'", cka_is_the_peers},
              {"rotations do not matter", rotations_do_not_matter},
              {"unbiased is 0 on average", unbiased_is_0_on_average},
              {"CCA is the peers'", cca_is_the_peers}, {"variates are white", variates_are_white},
              {"shapes are netrep's", shapes_are_netreps},
              {"shapes obey the triangle", shapes_obey_the_triangle},
              {"assignment is the best", assignment_is_the_best},
              {"neighbours are the peers'", neighbours_are_the_peers},
              {"measures are put out", measures_are_put_out},
              {"undefined has a reason", undefined_has_a_reason})
