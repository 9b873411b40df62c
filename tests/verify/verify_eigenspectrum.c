/* Spectra of generated responses with known exponents and noise; cross-validation written again;
 * mouse-like cases with fewer conditions than units and the other way round. */
#include "analysis/dense.h"
#include "engine/chance.h"
#include "engine/matrix.h"
#include "tests/verify/reference_data.h"
#include "tests/verify/score_case.h"

struct made {
    size_t n, p, r, *condition;
    double *mean, *response;
    struct ecp_dataset *set;
};

/* n conditions x p units with exact spectrum i^-alpha, each of r trials with white noise. */
static struct made make(size_t n, size_t p, size_t r, double alpha, double noise)
{
    const size_t k = n < p ? n : p;
    struct made m = {.n = n, .p = p, .r = r};
    double *x = malloc(n * p * sizeof *x), *u = malloc(n * k * sizeof *u), *vt = malloc(k * p * 8);
    double *s = malloc(k * sizeof *s);
    struct ecp_chance chance = ecp_chance(21, 6, (uint32_t)(n * 1000 + p));
    CU_ASSERT_FATAL(x && u && vt && s);
    ecp_chance_normals(&chance, n * p, x);
    ecp_dense_centre(n, p, x, NULL); /* one direction of length 0, last */
    ECP_ASSERT_OK(ecp_dense_svd(n, p, x, u, s, vt));
    const size_t ranks = n - 1 < p ? n - 1 : p;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            u[i * k + j] *= j < ranks ? sqrt((double)n * pow((double)(j + 1), -alpha)) : 0;
    m.mean = malloc(n * p * sizeof *m.mean);
    m.response = malloc((n * r * p + 1) * sizeof *m.response);
    m.condition = malloc((n * r + 1) * sizeof *m.condition);
    CU_ASSERT_FATAL(m.mean && m.response && m.condition);
    ecp_matrix_ab(n, p, k, u, vt, x);
    memcpy(m.mean, x, n * p * sizeof *x);
    for (size_t t = 0; t < n * r; t++) {
        m.condition[t] = t / r;
        for (size_t v = 0; v < p; v++)
            m.response[t * p + v] = x[t / r * p + v] + noise * ecp_chance_normal(&chance);
    }
    ECP_ASSERT_OK(ecp_dataset_create("made", &m.set));
    m.set->n_conditions = n;
    m.set->n_units = p;
    m.set->mean = m.mean;
    if (r > 0) {
        m.set->n_trials = n * r;
        m.set->trial_condition = m.condition;
        m.set->response = m.response;
        ECP_ASSERT_OK(ecp_dataset_average(m.set));
    }
    free(x);
    free(u);
    free(s);
    free(vt);
    return m;
}

static void forget(struct made *m)
{
    ecp_dataset_destroy(m->set);
    free(m->mean);
    free(m->response);
    free(m->condition);
}

static void exponents_are_found(void)
{
    static const struct {
        size_t n, p;
        double alpha;
    } cases[] = {{80, 120, 1}, {120, 70, 1}, {90, 60, 1.5}, {60, 90, 0.5}};
    for (size_t k = 0; k < 4; k++) {
        struct made m = make(cases[k].n, cases[k].p, 0, cases[k].alpha, 0);
        struct ecp_sheet *sheet = score_sheet("eigenspectrum", NULL, 0, NULL, m.set);
        const size_t ranks = cases[k].n - 1 < cases[k].p ? cases[k].n - 1 : cases[k].p;
        double sum = 0, square = 0, part = 0, held = 0;
        for (size_t i = 1; i <= ranks; i++) {
            sum += pow((double)i, -cases[k].alpha);
            square += pow((double)i, -2 * cases[k].alpha);
        }
        while (part < 0.9 * sum)
            part += pow(++held, -cases[k].alpha);
        CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "alpha", NULL),
                               cases[k].alpha, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "participation", NULL),
                               sum * sum / square, 1e-8);
        CU_ASSERT_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "dimension", NULL), held);
        CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "reliable"), "repeats"));
        ecp_sheet_destroy(sheet);
        forget(&m);
    }
}

/* Noise of known size: its eigenvalues flatten the plain spectrum, the other one stays. */
static void noise_is_left_out(void)
{
    enum { N = 300, P = 100, R = 2 };
    const double noise = 0.25;
    const struct score_setting setting[] = {{"first", 2}, {"last", 30}, {NULL, 0}};
    struct made m = make(N, P, R, 1, noise);
    struct ecp_sheet *sheet = score_sheet("eigenspectrum", setting, 0, NULL, m.set);
    size_t rows = 0;
    const struct ecp_table_column *cross =
        score_column(sheet, "spectrum", "cross_validated", &rows);
    double signal = 0, kept = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(cross);
    CU_ASSERT_EQUAL_FATAL(rows, P);
    for (size_t i = 0; i < P; i++) {
        signal += 1 / (double)(i + 1);
        kept += cross->data[i];
    }
    /* All of the variance, whatever the directions; each half has noise of noise^2 P. */
    CU_ASSERT_DOUBLE_EQUAL(kept, signal, 0.1);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "reliable", NULL),
                           signal / (signal + noise * noise * P), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(cross->data[0], 1, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "alpha", NULL), 1, 0.15);
    CU_ASSERT(ecp_sheet_value(sheet, "eigenspectrum", "plain_alpha", NULL) < 0.8);
    CU_ASSERT(ecp_sheet_value(sheet, "eigenspectrum", "plain_participation", NULL) >
              ecp_sheet_value(sheet, "eigenspectrum", "participation", NULL) + 5);
    ecp_sheet_destroy(sheet);
    forget(&m);
}

/* Repeats that are equal: whatever the halves, lambda_i is the variance along the directions,
 * which are written again by singular values and loops. */
static void written_again(int compat, size_t n, size_t p)
{
    struct made m = make(n, p, 2, 1, 0);
    const size_t ranks = n - 1 < p ? n - 1 : p;
    double *x = malloc(n * p * sizeof *x), *s = malloc(n * 8), *u = malloc(n * n * 8);
    double *vt = malloc((n + p) * p * sizeof *vt);
    CU_ASSERT_FATAL(x && s && u && vt);
    for (size_t t = 0; t < n * 2; t++)
        for (size_t v = 0; v < p; v++)
            m.response[t * p + v] = m.response[t / 2 * 2 * p + v]; /* repeats are equal */
    ECP_ASSERT_OK(ecp_dataset_average(m.set));
    const struct score_setting setting[] = {
        {"compat", compat}, {"first", 1}, {"last", 5}, {NULL, 0}};
    struct ecp_sheet *sheet = score_sheet("eigenspectrum", setting, 0, NULL, m.set);
    size_t rows = 0;
    const struct ecp_table_column *cross =
        score_column(sheet, "spectrum", "cross_validated", &rows);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cross);
    CU_ASSERT_EQUAL_FATAL(rows, ranks);
    memcpy(x, m.set->mean, n * p * sizeof *x);
    if (compat) /* each condition about its mean over units, for the directions alone */
        for (size_t i = 0; i < n; i++) {
            double mean = 0;
            for (size_t v = 0; v < p; v++)
                mean += x[i * p + v] / (double)p;
            for (size_t v = 0; v < p; v++)
                x[i * p + v] -= mean;
        }
    ECP_ASSERT_OK(ecp_dense_svd(n, p, x, u, s, vt));
    const size_t k = n < p ? n : p;
    for (size_t i = 0; i < 8; i++) {
        double sum = 0;
        for (size_t c = 0; c < n; c++) {
            double projection = 0; /* on X'u/s */
            for (size_t v = 0; v < p; v++) {
                double direction = 0;
                for (size_t d = 0; d < n; d++)
                    direction += m.set->mean[d * p + v] * u[d * k + i] / s[i];
                projection += m.set->mean[c * p + v] * direction;
            }
            sum += projection * projection / (double)n;
        }
        CU_ASSERT_DOUBLE_EQUAL(cross->data[i], sum, 1e-9 * sum);
    }
    if (!compat) /* whose directions are not of length 1 */
        CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "eigenspectrum", "reliable", NULL), 1, 1e-9);
    free(x);
    free(s);
    free(u);
    free(vt);
    ecp_sheet_destroy(sheet);
    forget(&m);
}

static void both_forms_written_again(void)
{
    written_again(0, 20, 35);
    written_again(0, 35, 20);
    written_again(1, 20, 35);
}

/* Pure noise: no variance repeats. */
static void noise_alone_has_none(void)
{
    double sum = 0, square = 0;
    enum { TIMES = 20 };
    for (size_t k = 0; k < TIMES; k++) {
        struct made m = make(20 + k, 15, 2, 40, 1); /* one direction, of length 1 */
        for (size_t t = 0; t < m.n * m.r * m.p; t++)
            m.response[t] -= m.mean[t / (m.r * m.p) * m.p + t % m.p];
        ECP_ASSERT_OK(ecp_dataset_average(m.set));
        const double reliable = score_value("eigenspectrum", NULL, m.set, "reliable");
        sum += reliable / TIMES;
        square += reliable * reliable / TIMES;
        forget(&m);
    }
    CU_ASSERT(fabs(sum) < 4 * sqrt((square - sum * sum) / TIMES));
}

static void undefined_cases_say_why(void)
{
    struct made m = make(12, 6, 0, 1, 0);
    struct ecp_sheet *sheet = score_sheet("eigenspectrum", NULL, 0, NULL, m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "alpha"), "three ranks"));
    CU_ASSERT_STRING_EQUAL(score_why(sheet, "participation"), "");
    ecp_sheet_destroy(sheet);
    for (size_t k = 0; k < 12; k++)
        m.mean[k * 6 + 2] = k == 3 ? NAN : m.mean[k * 6 + 2]; /* this unit is left out */
    CU_ASSERT(!isnan(score_value("eigenspectrum", NULL, m.set, "participation")));
    for (size_t k = 0; k < 72; k++)
        m.mean[k] = 5;
    sheet = score_sheet("eigenspectrum", NULL, 0, NULL, m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "alpha"), "do not differ"));
    ecp_sheet_destroy(sheet);
    for (size_t k = 0; k < 72; k++)
        m.mean[k] = NAN;
    sheet = score_sheet("eigenspectrum", NULL, 0, NULL, m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "dimension"), "misses"));
    ecp_sheet_destroy(sheet);
    forget(&m);
}

ECP_TEST_MAIN("eigenspectrum", {"exponents are found", exponents_are_found},
              {"noise is left out", noise_is_left_out},
              {"both forms written again", both_forms_written_again},
              {"noise alone has none", noise_alone_has_none},
              {"undefined cases say why", undefined_cases_say_why})
