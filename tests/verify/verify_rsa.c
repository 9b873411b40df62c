/* RSA against rsatoolbox on real data: RDMs of 132 IT units (Zhang & Desimone), 8 models
 * against human IT (92 images); ceilings, t-tests, given bootstrap samples; and properties
 * that need no data. */
#include "analysis/rdm.h"
#include "analysis/rsa_gram.h"
#include "analysis/rsa_inference.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/verify/reference_data.h"

enum { IMAGES = 92, PAIRS = IMAGES * (IMAGES - 1) / 2, MODELS = 8, SUBJECTS = 4 };
enum { CONDITIONS = 21, REPEATS = 19, UNITS = 132, FEW = CONDITIONS * (CONDITIONS - 1) / 2 };

static const char *const measures[] = {"corr",  "cosine",  "spearman",   "rho-a",
                                       "tau-a", "kendall", "cosine_cov", "corr_cov"};

/* ---- dissimilarities ----------------------------------------------------------------------------
 */

/* The first 19 repeats: none of them is missing. */
static double *it_repeats(void)
{
    size_t n = 0;
    double *all = recording_numbers("zd_it/zd_it.h5", "responses/counts", &n);
    CU_ASSERT_EQUAL_FATAL(n, CONDITIONS * (REPEATS + 1) * UNITS);
    for (size_t c = 1; c < CONDITIONS; c++)
        memmove(all + c * REPEATS * UNITS, all + c * (REPEATS + 1) * UNITS,
                REPEATS * UNITS * sizeof *all);
    return all;
}

static void mean_of(const double *repeats, double *mean)
{
    memset(mean, 0, CONDITIONS * UNITS * sizeof *mean);
    for (size_t k = 0; k < CONDITIONS * REPEATS * UNITS; k++)
        mean[k / (REPEATS * UNITS) * UNITS + k % UNITS] += repeats[k] / REPEATS;
}

static void expect_rdm(json_t *reference, const char *name, const double *rdm)
{
    char path[64];
    double expected[FEW];
    (void)snprintf(path, sizeof path, "rdm|%s", name);
    CU_ASSERT_EQUAL_FATAL(reference_numbers(reference, path, expected, FEW), FEW);
    const double worst = largest_difference(rdm, expected, FEW, 1);
    if (!(worst <= 1e-9))
        (void)printf("\n  %s differs by %.3g", name, worst);
    CU_ASSERT(worst <= 1e-9);
}

static void makes_rdms_of_rsatoolbox(void)
{
    static const struct {
        const char *name;
        enum ecp_rdm_kind kind;
    } plain[] = {{"euclidean", ECP_RDM_EUCLIDEAN},
                 {"correlation", ECP_RDM_CORRELATION},
                 {"cosine_distance(numpy)", ECP_RDM_COSINE},
                 {"poisson", ECP_RDM_POISSON}};
    json_t *reference = reference_json("rdm_zd_it");
    double *repeats = it_repeats(), mean[CONDITIONS * UNITS], rdm[FEW];
    mean_of(repeats, mean);
    for (size_t k = 0; k < 4; k++) {
        ECP_ASSERT_OK(ecp_rdm_make(plain[k].kind, CONDITIONS, UNITS, mean, NULL, rdm));
        expect_rdm(reference, plain[k].name, rdm);
    }
    ECP_ASSERT_OK(
        ecp_rdm_cross(ECP_RDM_CROSSNOBIS, CONDITIONS, REPEATS, UNITS, repeats, NULL, 0, rdm));
    expect_rdm(reference, "crossnobis_identity", rdm);
    ECP_ASSERT_OK(
        ecp_rdm_cross(ECP_RDM_POISSON_CV, CONDITIONS, REPEATS, UNITS, repeats, NULL, 1, rdm));
    expect_rdm(reference, "poisson_cv", rdm);
    free(repeats);
    json_decref(reference);
}

static void whitens_as_rsatoolbox(void)
{
    static const struct {
        const char *name;
        enum ecp_noise_kind kind;
    } noise[] = {{"diag", ECP_NOISE_DIAG},
                 {"shrinkage_eye", ECP_NOISE_SHRINKAGE_EYE},
                 {"shrinkage_diag", ECP_NOISE_SHRINKAGE_DIAG}};
    json_t *reference = reference_json("rdm_zd_it");
    double *repeats = it_repeats(), mean[CONDITIONS * UNITS], rdm[FEW], own[FEW];
    double *precision = malloc(UNITS * UNITS * sizeof *precision);
    char name[64];
    mean_of(repeats, mean);
    for (size_t k = 0; k < 3; k++) {
        const struct ecp_noise as_peer = {noise[k].kind, 1}, ours = {noise[k].kind, 0};
        ECP_ASSERT_OK(ecp_noise_precision(as_peer, CONDITIONS, REPEATS, UNITS, repeats, precision));
        ECP_ASSERT_OK(ecp_rdm_make(ECP_RDM_MAHALANOBIS, CONDITIONS, UNITS, mean, precision, rdm));
        (void)snprintf(name, sizeof name, "mahalanobis_%s", noise[k].name);
        expect_rdm(reference, name, rdm);
        ECP_ASSERT_OK(ecp_rdm_cross(ECP_RDM_CROSSNOBIS, CONDITIONS, REPEATS, UNITS, repeats,
                                    precision, 0, own));
        (void)snprintf(name, sizeof name, "crossnobis_%s", noise[k].name);
        expect_rdm(reference, name, own);
        /* Ours counts degrees of freedom as the papers do: 399 - 21, not 399 - 19. */
        ECP_ASSERT_OK(ecp_noise_precision(ours, CONDITIONS, REPEATS, UNITS, repeats, precision));
        ECP_ASSERT_OK(ecp_rdm_make(ECP_RDM_MAHALANOBIS, CONDITIONS, UNITS, mean, precision, own));
        if (noise[k].kind != ECP_NOISE_SHRINKAGE_DIAG)
            CU_ASSERT_DOUBLE_EQUAL(own[0] / rdm[0], 378.0 / 380, 1e-9);
    }
    free(precision);
    free(repeats);
    json_decref(reference);
}

/* Equal conditions: crossnobis is 0 on average, its cross-validation free of bias. */
static void crossnobis_has_no_bias(void)
{
    enum { N = 6, R = 4, P = 20, TRIES = 400, ALL = N * (N - 1) / 2 };
    double x[N * R * P], rdm[ALL], sum = 0, square = 0;
    for (uint32_t k = 0; k < TRIES; k++) {
        struct ecp_chance chance = ecp_chance(7, 1, k);
        double mean = 0;
        ecp_chance_normals(&chance, N * R * P, x);
        ECP_ASSERT_OK(ecp_rdm_cross(ECP_RDM_CROSSNOBIS, N, R, P, x, NULL, 0, rdm));
        for (size_t j = 0; j < ALL; j++)
            mean += rdm[j] / ALL;
        sum += mean;
        square += mean * mean;
    }
    const double error = sqrt(square / TRIES / TRIES);
    CU_ASSERT(fabs(sum / TRIES) < 4 * error);
    CU_ASSERT(error < 0.01);
}

/* ---- likeness
 * --------------------------------------------------------------------------------------- */

static void compares_as_rsatoolbox(void)
{
    json_t *reference = reference_json("rsa_it92");
    size_t n = 0;
    double *model = recording_numbers("it92/it92.h5", "rdms/models", &n);
    double *human = recording_numbers("it92/it92.h5", "rdms/human_IT", &n);
    double *work = malloc(ecp_compare_work(IMAGES) * sizeof *work);
    double ours[MODELS * 8], theirs[MODELS * 8];
    char path[80];
    for (int m = 0; m < 8; m++)
        for (int against = 0; against < 2; against++) {
            const double *others = against ? human : model;
            for (size_t k = 0; k < MODELS * 8; k++)
                ours[k] = ecp_rdm_compare((enum ecp_rdm_measure)m, IMAGES, model + k / 8 * PAIRS,
                                          others + k % 8 * PAIRS, work);
            (void)snprintf(path, sizeof path, "%s|%s",
                           against ? "compare_models_x_humanIT8" : "compare_models_x_models",
                           measures[m]);
            CU_ASSERT_EQUAL(reference_numbers(reference, path, theirs, MODELS * 8), MODELS * 8);
            ASSERT_NEAR(ours, theirs, MODELS * 8, 0, m < 6 ? 1e-10 : 1e-8);
        }
    free(work);
    free(model);
    free(human);
    json_decref(reference);
}

/* Tau-a by counting all pairs; with ties, which it does not leave out of its divisor. */
static void tau_counts_pairs(void)
{
    enum { M = 200 };
    double a[M], b[M], work[4 * M + 16], excess = 0;
    struct ecp_chance chance = ecp_chance(3, 1, 0);
    for (size_t k = 0; k < M; k++) {
        a[k] = (double)ecp_chance_below(&chance, 9);
        b[k] = a[k] + (double)ecp_chance_below(&chance, 12);
    }
    for (size_t i = 0; i < M; i++)
        for (size_t j = i + 1; j < M; j++)
            excess +=
                (double)((a[i] > a[j]) - (a[i] < a[j])) * (double)((b[i] > b[j]) - (b[i] < b[j]));
    CU_ASSERT_DOUBLE_EQUAL(ecp_vector_compare(ECP_COMPARE_TAU_A, M, a, b, work),
                           excess / (M * (M - 1) / 2), 1e-14);
    for (size_t k = 0; k < M; k++)
        b[k] = 4;
    CU_ASSERT_EQUAL(ecp_vector_compare(ECP_COMPARE_CORR, M, a, b, work), 0);
    CU_ASSERT_EQUAL(ecp_vector_compare(ECP_COMPARE_TAU_A, M, a, b, work), 0);
    CU_ASSERT(isnan(ecp_vector_compare(ECP_COMPARE_KENDALL, M, a, b, work)));
}

/* rho-a is Spearman's with ties broken in all ways, on average. */
static void rho_a_is_an_expectation(void)
{
    enum { M = 12, TRIES = 20000 };
    const double a[M] = {1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3};
    const double b[M] = {3, 1, 2, 5, 4, 6, 9, 7, 8, 12, 11, 10};
    double work[4 * M + 16], broken[M], sum = 0, square = 0;
    struct ecp_chance chance = ecp_chance(11, 1, 0);
    for (int k = 0; k < TRIES; k++) {
        for (size_t j = 0; j < M; j++)
            broken[j] = a[j] + 0.5 * ecp_chance_uniform(&chance);
        const double rho = ecp_vector_compare(ECP_COMPARE_SPEARMAN, M, broken, b, work);
        sum += rho;
        square += rho * rho;
    }
    const double mean = sum / TRIES, error = sqrt((square / TRIES - mean * mean) / TRIES);
    CU_ASSERT(fabs(mean - ecp_vector_compare(ECP_COMPARE_RHO_A, M, a, b, work)) < 4 * error);
}

/* ---- inference
 * --------------------------------------------------------------------------------------- */

static struct ecp_rsa it92(enum ecp_rdm_measure measure)
{
    size_t n = 0;
    double *model = recording_numbers("it92/it92.h5", "rdms/models", &n);
    double *human = recording_numbers("it92/it92.h5", "rdms/human_IT", &n);
    for (size_t s = 0; s < SUBJECTS; s++) /* mean of two sessions */
        for (size_t k = 0; k < PAIRS; k++)
            human[s * PAIRS + k] = (human[2 * s * PAIRS + k] + human[(2 * s + 1) * PAIRS + k]) / 2;
    return (struct ecp_rsa){measure, IMAGES, MODELS, SUBJECTS, model, human};
}

static void forget(struct ecp_rsa *rsa)
{
    free((double *)(uintptr_t)rsa->model);
    free((double *)(uintptr_t)rsa->subject);
}

static void expect(json_t *reference, const char *measure, const char *what, const double *ours,
                   size_t n, double tolerance)
{
    char path[80];
    double theirs[64];
    (void)snprintf(path, sizeof path, "eval_fixed_4subjects|%s|%s", measure, what);
    CU_ASSERT_EQUAL_FATAL(reference_numbers(reference, path, theirs, 64), n);
    const double worst = largest_difference(ours, theirs, n, 0);
    if (!(worst <= tolerance))
        (void)printf("\n  %s: %s differs by %.3g", measure, what, worst);
    CU_ASSERT(worst <= tolerance);
}

static void tests_models_as_rsatoolbox(void)
{
    json_t *reference = reference_json("rsa_it92");
    const struct ecp_rsa_options options = {.generalise = ECP_RSA_FIXED};
    for (int m = 0; m < 8; m++) {
        struct ecp_rsa rsa = it92((enum ecp_rdm_measure)m);
        struct ecp_rsa_result r;
        const double close = m < 6 ? 1e-10 : 1e-8;
        double above[MODELS], below[MODELS], pairs[MODELS * MODELS];
        if (m == ECP_COMPARE_KENDALL) {
            forget(&rsa);
            continue;
        }
        ECP_ASSERT_OK(ecp_rsa_infer(&rsa, &options, &r));
        for (size_t k = 0; k < MODELS; k++) {
            above[k] = ecp_rsa_p_above(r.score[k], r.of.model[k], r.dof);
            below[k] = ecp_rsa_p_differs(r.score[k] - r.ceiling[0], r.of.ceiling[2 * k], r.dof);
            for (size_t j = 0; j < MODELS; j++)
                pairs[k * MODELS + j] =
                    j == k ? 1 : r.p_pair[ecp_rdm_at(MODELS, j < k ? j : k, j < k ? k : j)];
        }
        expect(reference, measures[m], "evaluations_model_x_subject", r.each, MODELS * SUBJECTS,
               close);
        expect(reference, measures[m], "noise_ceiling", r.ceiling, 2, close);
        expect(reference, measures[m], "model_var", r.of.model, MODELS, close);
        expect(reference, measures[m], "diff_var", r.of.pair, MODELS * (MODELS - 1) / 2, close);
        expect(reference, measures[m], "p_vs_zero", above, MODELS, 1e-9);
        expect(reference, measures[m], "p_vs_noise_ceiling", below, MODELS, 1e-9);
        expect(reference, measures[m], "p_pairwise", pairs, MODELS * MODELS, 1e-9);
        CU_ASSERT_EQUAL(r.dof, 3);
        ecp_rsa_result_clear(&r);
        forget(&rsa);
    }
    json_decref(reference);
}

static size_t indices(json_t *list, size_t *out)
{
    size_t n = json_array_size(list);
    for (size_t k = 0; k < n; k++)
        out[k] = (size_t)json_integer_value(json_array_get(list, k));
    return n;
}

/* Ten samples of conditions and subjects: directly, and by weighted products. */
static void bootstraps_as_rsatoolbox(void)
{
    json_t *reference = reference_json("rsa_it92");
    json_t *draws = reference_at(reference, "bootstrap_explicit");
    struct ecp_rsa rsa = it92(ECP_COMPARE_CORR);
    struct ecp_rsa_room *room = ecp_rsa_room_create(&rsa);
    struct ecp_rsa_gram *gram = ecp_rsa_gram_create(&rsa);
    CU_ASSERT_FATAL(room && gram && json_array_size(draws) == 10);
    for (size_t k = 0; k < 10; k++) {
        json_t *draw = json_array_get(draws, k);
        size_t condition[IMAGES], subject[SUBJECTS];
        double mean[MODELS], again[MODELS], theirs[MODELS], ceiling[2];
        struct ecp_rsa_scores scores = {.mean = mean}, quick = {.mean = again};
        CU_ASSERT_EQUAL_FATAL(indices(json_object_get(draw, "pattern_idx"), condition), IMAGES);
        CU_ASSERT_EQUAL_FATAL(indices(json_object_get(draw, "rdm_idx"), subject), SUBJECTS);
        CU_ASSERT(ecp_rsa_evaluate(&rsa, (struct ecp_rsa_draw){condition, subject}, room, &scores));
        (void)reference_numbers(draw, "mean_corr_per_model", theirs, MODELS);
        (void)reference_numbers(draw, "noise_ceiling_corr", ceiling, 2);
        ASSERT_NEAR(mean, theirs, MODELS, 0, 1e-10);
        ASSERT_NEAR(scores.ceiling, ceiling, 2, 0, 1e-10);
        CU_ASSERT_EQUAL(PAIRS - scores.n_pairs, (size_t)reference_number(draw, "n_pairs_nan"));
        CU_ASSERT(ecp_rsa_gram_draw(gram, condition));
        ecp_rsa_gram_scores(gram, subject, &quick);
        ASSERT_NEAR(again, theirs, MODELS, 0, 1e-10);
        ASSERT_NEAR(quick.ceiling, ceiling, 2, 0, 1e-10);
    }
    ecp_rsa_gram_destroy(gram);
    ecp_rsa_room_destroy(room);
    forget(&rsa);
    json_decref(reference);
}

/* Both ways on cosine; whitened measures with pairs left out by V^-1 as a full matrix. */
static void other_measures_of_a_draw(void)
{
    enum { N = 6, ALL = N * (N - 1) / 2 };
    double model[2 * ALL], subject[3 * ALL], mean[2], again[2];
    const size_t condition[N] = {0, 2, 2, 3, 5, 1}, who[3] = {0, 2, 2};
    struct ecp_chance chance = ecp_chance(5, 1, 0);
    ecp_chance_normals(&chance, 2 * ALL, model);
    ecp_chance_normals(&chance, 3 * ALL, subject);
    for (size_t k = 0; k < 2 * ALL; k++)
        model[k] = fabs(model[k]);
    const struct ecp_rsa rsa = {ECP_COMPARE_COSINE, N, 2, 3, model, subject};
    struct ecp_rsa_room *room = ecp_rsa_room_create(&rsa);
    struct ecp_rsa_gram *gram = ecp_rsa_gram_create(&rsa);
    struct ecp_rsa_scores scores = {.mean = mean}, quick = {.mean = again};
    CU_ASSERT_FATAL(room && gram);
    CU_ASSERT(ecp_rsa_evaluate(&rsa, (struct ecp_rsa_draw){condition, who}, room, &scores));
    CU_ASSERT(ecp_rsa_gram_draw(gram, condition));
    ecp_rsa_gram_scores(gram, who, &quick);
    ASSERT_NEAR(again, mean, 2, 0, 1e-13);
    ASSERT_NEAR(quick.ceiling, scores.ceiling, 2, 0, 1e-13);
    const size_t two[N] = {4, 4, 4, 1, 1, 4};
    CU_ASSERT_FALSE(ecp_rsa_evaluate(&rsa, (struct ecp_rsa_draw){two, who}, room, &scores));
    CU_ASSERT_FALSE(ecp_rsa_gram_draw(gram, two));
    ecp_rsa_gram_destroy(gram);
    ecp_rsa_room_destroy(room);
}

/* Variances of bootstraps agree with rsatoolbox' (other random numbers, 200 to 500 draws):
 * the error of such a variance is sqrt(2/(n - 1)) of it. */
static void bootstrap_variances_agree(void)
{
    static const struct {
        const char *name;
        enum ecp_rsa_generalise kind;
        double draws;
    } cases[] = {{"bootstrap_rdm", ECP_RSA_SUBJECTS, 500},
                 {"bootstrap_pattern", ECP_RSA_CONDITIONS, 200},
                 {"dual_bootstrap", ECP_RSA_BOTH, 200}};
    json_t *reference = reference_json("rsa_it92");
    struct ecp_rsa rsa = it92(ECP_COMPARE_CORR);
    for (size_t c = 0; c < 3; c++) {
        const struct ecp_rsa_options options = {
            .generalise = cases[c].kind, .n_draws = 1000, .seed = 1};
        struct ecp_rsa_result r;
        double theirs[MODELS], error = sqrt(2 / cases[c].draws + 2.0 / 1000), path_error = 0;
        char path[64];
        (void)snprintf(path, sizeof path, "%s|model_var", cases[c].name);
        CU_ASSERT_EQUAL(reference_numbers(reference, path, theirs, MODELS), MODELS);
        ECP_ASSERT_OK(ecp_rsa_infer(&rsa, &options, &r));
        if (cases[c].kind == ECP_RSA_BOTH)
            error *= 2; /* a difference of three variances */
        for (size_t k = 0; k < MODELS; k++)
            path_error = fmax(path_error, fabs(r.of.model[k] / theirs[k] - 1));
        CU_ASSERT(path_error < 4 * error);
        CU_ASSERT(r.best[0] > 0.5);
        ecp_rsa_result_clear(&r);
    }
    forget(&rsa);
    json_decref(reference);
}

static void permutes_as_expected(void)
{
    json_t *reference = reference_json("rsa_it92");
    struct ecp_rsa rsa = it92(ECP_COMPARE_SPEARMAN);
    double p[MODELS], theirs[MODELS];
    enum { TIMES = 300 };
    ECP_ASSERT_OK(ecp_rsa_permute(&rsa, TIMES, 1, p));
    (void)reference_numbers(reference, "permutation_test|p_one_sided", theirs, MODELS);
    for (size_t k = 0; k < MODELS; k++)
        CU_ASSERT(fabs(p[k] - theirs[k]) <
                  4 * sqrt(theirs[k] * (1 - theirs[k]) / TIMES) + 2.0 / TIMES);
    forget(&rsa);
    json_decref(reference);
}

static void corrects_p_values(void)
{
    double holm[4] = {0.01, 0.04, 0.03, 0.005}, fdr[4] = {0.01, 0.04, 0.03, 0.005};
    const double by_holm[4] = {0.03, 0.06, 0.06, 0.02}, by_fdr[4] = {0.02, 0.04, 0.04, 0.02};
    ECP_ASSERT_OK(ecp_p_holm(4, holm));
    ECP_ASSERT_OK(ecp_p_fdr(4, fdr));
    ASSERT_NEAR(holm, by_holm, 4, 0, 1e-15);
    ASSERT_NEAR(fdr, by_fdr, 4, 0, 1e-15);
}

/* Through the measure, as `ecphory score` calls it. */
static void scores_data_sets(void)
{
    struct ecp_rsa rsa = it92(ECP_COMPARE_CORR);
    struct ecp_dataset model = {
        .name = "animacy", .n_conditions = IMAGES, .n_rdms = 1, .rdm = rsa.model};
    struct ecp_dataset data = {
        .name = "IT", .n_conditions = IMAGES, .n_rdms = SUBJECTS, .rdm = rsa.subject};
    const struct ecp_dataset *models[] = {&model};
    const struct ecp_analysis *measure;
    struct ecp_sheet *sheet = NULL;
    json_t *reference = reference_json("rsa_it92");
    ECP_ASSERT_OK(ecp_analysis_find("rsa", &measure));
    ECP_ASSERT_OK(ecp_sheet_create(&sheet));
    const struct ecp_sheet_call call = {
        .measure = measure, .n_models = 1, .model = models, .data = &data, .seed = 1};
    ECP_ASSERT_OK(ecp_sheet_score(sheet, &call));
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "rsa", "score", "animacy"),
                           reference_number(reference, "eval_fixed_4subjects|corr|mean|0"), 1e-10);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sheet_value(sheet, "rsa", "ceiling_lower", "IT"),
                           reference_number(reference, "noise_ceiling_4subjects|corr|0"), 1e-10);
    data.n_conditions = 91;
    CU_ASSERT_EQUAL(ecp_sheet_score(sheet, &call), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    forget(&rsa);
    json_decref(reference);
}

ECP_TEST_MAIN("RSA", {"makes RDMs of rsatoolbox", makes_rdms_of_rsatoolbox},
              {"whitens as rsatoolbox", whitens_as_rsatoolbox},
              {"crossnobis has no bias", crossnobis_has_no_bias},
              {"compares as rsatoolbox", compares_as_rsatoolbox},
              {"tau counts pairs", tau_counts_pairs},
              {"rho-a is an expectation", rho_a_is_an_expectation},
              {"tests models as rsatoolbox", tests_models_as_rsatoolbox},
              {"bootstraps as rsatoolbox", bootstraps_as_rsatoolbox},
              {"other measures of a draw", other_measures_of_a_draw},
              {"bootstrap variances agree", bootstrap_variances_agree},
              {"permutes as expected", permutes_as_expected},
              {"corrects p values", corrects_p_values}, {"scores data sets", scores_data_sets})
