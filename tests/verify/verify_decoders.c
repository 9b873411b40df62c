/* Decoders against scikit-learn on 378 trials of 132 IT units: seven objects, six folds; and what
 * must hold without data. */
#include "analysis/classifiers.h"
#include "engine/chance.h"
#include "tests/verify/score_case.h"
#include "tests/verify/zd_case.h"

struct decoder_case {
    const char *reference;
    double decoder, neighbours, distance, off; /* off: trials */
};

static const struct decoder_case cases[] = {
    {"nearest_centroid", ECP_CLASSIFIER_CENTROID, 5, 0, 0},
    {"max_correlation", ECP_CLASSIFIER_CORRELATION, 5, 0, 0},
    {"knn1_euclid", ECP_CLASSIFIER_KNN, 1, 0, 0},
    {"knn5_euclid", ECP_CLASSIFIER_KNN, 5, 0, 0},
    {"knn5_cosine", ECP_CLASSIFIER_KNN, 5, 1, 0},
    {"lda_shrink", ECP_CLASSIFIER_LDA, 5, 0, 0},
    {"logistic_l2_C1_lbfgs", ECP_CLASSIFIER_LOGISTIC, 5, 0, 3},
    {"linear_svc_C1_ovr_sqhinge", ECP_CLASSIFIER_SVM, 5, 0, 3},
    {"svc_linear_C1_ovo", ECP_CLASSIFIER_SVM_PAIRS, 5, 0, 3}};

static void expect_case(json_t *reference, const struct decoder_case *c, const struct zd *zd)
{
    const struct score_setting setting[] = {
        {"decoder", c->decoder},   {"label", 1}, {"folds", 6}, {"neighbours", c->neighbours},
        {"distance", c->distance}, {NULL, 0}};
    struct ecp_sheet *sheet = score_sheet("decoders", setting, 0, NULL, &zd->set);
    const struct ecp_sheet_table *table;
    double theirs[ZD_OBJECTS * ZD_OBJECTS], moved = 0;
    char path[96];
    (void)snprintf(path, sizeof path, "cv6|%s|accuracy", c->reference);
    const double gap = fabs(ecp_sheet_value(sheet, "decoders", "accuracy", NULL) -
                            reference_number(reference, path));
    (void)snprintf(path, sizeof path, "cv6|%s|confusion(true,pred)", c->reference);
    CU_ASSERT_EQUAL(reference_numbers(reference, path, theirs, 49), 49);
    CU_ASSERT_EQUAL_FATAL(ecp_sheet_tables(sheet, &table), 1);
    for (size_t k = 0; k < ZD_OBJECTS; k++)
        for (size_t g = 0; g < ZD_OBJECTS; g++)
            moved += fabs(table[0].column[g + 1].data[k] - theirs[k * ZD_OBJECTS + g]) / 2;
    if (gap * ZD_TRIALS > c->off + 1e-9 || moved > c->off)
        (void)printf("\n  %s: %g trials off, %g guesses other", c->reference, gap * ZD_TRIALS,
                     moved);
    CU_ASSERT(gap * ZD_TRIALS <= c->off + 1e-9);
    CU_ASSERT(moved <= c->off);
    ecp_sheet_destroy(sheet);
}

static void decode_as_scikit_learn(void)
{
    json_t *reference = reference_json("decoders_zd");
    struct zd *zd = zd_create(ZD_UNITS);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        expect_case(reference, &cases[k], zd);
    zd_destroy(zd);
    json_decref(reference);
}

/* Learned at one place, tested at another. */
static void generalise_as_scikit_learn(void)
{
    static const struct {
        double decoder, off;
        const char *name;
    } of[] = {{ECP_CLASSIFIER_CENTROID, 0, "nearest_centroid"},
              {ECP_CLASSIFIER_CORRELATION, 0, "max_correlation"},
              {ECP_CLASSIFIER_LOGISTIC, 1, "logistic_l2_C1_lbfgs"}};
    json_t *reference = reference_json("decoders_zd");
    struct zd *zd = zd_create(ZD_UNITS);
    for (size_t k = 0; k < 3; k++) {
        const struct score_setting setting[] = {
            {"decoder", of[k].decoder}, {"label", 1}, {"across", 2}, {NULL, 0}};
        struct ecp_sheet *sheet = score_sheet("decoders", setting, 0, NULL, &zd->set);
        size_t rows = 0;
        const struct ecp_table_column *ours =
            score_column(sheet, "generalisation", "accuracy", &rows);
        CU_ASSERT_PTR_NOT_NULL_FATAL(ours);
        CU_ASSERT_EQUAL_FATAL(rows, ZD_PLACES * (ZD_PLACES - 1));
        for (size_t a = 0, row = 0; a < ZD_PLACES; a++)
            for (size_t b = 0; b < ZD_PLACES; b++) {
                char path[128];
                if (a == b)
                    continue;
                (void)snprintf(path, sizeof path,
                               "position_generalisation(0=lower,1=middle,2=upper)|"
                               "train_%zu_test_%zu|%s",
                               a, b, of[k].name);
                CU_ASSERT_DOUBLE_EQUAL(ours->data[row++], reference_number(reference, path),
                                       of[k].off / (ZD_TRIALS / 3) + 1e-12);
            }
        ecp_sheet_destroy(sheet);
    }
    zd_destroy(zd);
    json_decref(reference);
}

static void first_units_as_numpy(void)
{
    static const size_t units[] = {1, 5, 10, 25, 50, 100, 132};
    const struct score_setting setting[] = {{"label", 1}, {"folds", 6}, {NULL, 0}};
    json_t *reference = reference_json("decoders_zd");
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        struct zd *zd = zd_create(units[k]);
        char path[64];
        (void)snprintf(path, sizeof path, "nearest_centroid_first_n_units|%zu", units[k]);
        CU_ASSERT_DOUBLE_EQUAL(score_value("decoders", setting, &zd->set, "accuracy"),
                               reference_number(reference, path), 1e-12);
        zd_destroy(zd);
    }
    json_decref(reference);
}

/* ---- without data ------------------------------------------------------------------------ */

enum { N = 60, P = 5, CLASSES = 3, DECODERS = 7 };

struct made {
    double x[N * P];
    size_t condition[N], repeat[N];
    struct ecp_dataset set;
};

/* Trials of CLASSES conditions, `apart` standard deviations from each other. */
static void make(struct made *m, double apart, uint32_t number)
{
    struct ecp_chance chance = ecp_chance(11, 2, number);
    for (size_t k = 0; k < N; k++) {
        m->condition[k] = k % CLASSES;
        m->repeat[k] = k / CLASSES;
        for (size_t u = 0; u < P; u++)
            m->x[k * P + u] = (u == k % CLASSES ? apart : 0) + ecp_chance_normal(&chance);
    }
    m->set = (struct ecp_dataset){.name = "made",
                                  .n_conditions = CLASSES,
                                  .n_units = P,
                                  .n_trials = N,
                                  .trial_condition = m->condition,
                                  .trial_repeat = m->repeat,
                                  .response = m->x};
}

static void separable_is_decoded_noise_is_not(void)
{
    struct made m;
    for (int d = 0; d < DECODERS; d++)
        for (int random = 0; random < 2; random++) {
            const struct score_setting setting[] = {{"decoder", d}, {"divide", random}, {NULL, 0}};
            double sum = 0;
            make(&m, 40, 0);
            CU_ASSERT_EQUAL(score_value("decoders", setting, &m.set, "accuracy"), 1);
            for (uint32_t k = 0; k < 20; k++) {
                make(&m, 0, k + 1);
                sum += score_value("decoders", setting, &m.set, "accuracy");
            }
            /* 1200 guesses of three: 5 standard errors of 0.0136; folds that share what they
             * learn from are correlated. */
            CU_ASSERT(fabs(sum / 20 - 1.0 / 3) < 0.07);
        }
}

/* The conditions of an optimum, written again: no other weights are better. */
static double hinge_value(const struct made *m, const double w[P + 1], int squared)
{
    double value = 0;
    for (size_t u = 0; u < P + (size_t)squared; u++)
        value += w[u] * w[u] / 2;
    for (size_t k = 0; k < N; k++) {
        double s = w[P];
        for (size_t u = 0; u < P; u++)
            s += w[u] * m->x[k * P + u];
        const double open = fmax(0, 1 - (m->condition[k] == 0 ? s : -s));
        value += squared ? open * open : open;
    }
    return value;
}

/* Two classes: the boundary is found from guesses along lines through space, and compared with
 * that of the least value by steepest descent. */
static void boundaries_are_optimal(void)
{
    enum { LINES = 40 };
    struct made m;
    make(&m, 1.5, 3);
    for (size_t k = 0; k < N; k++)
        m.condition[k] = m.condition[k] > 0;
    for (int squared = 0; squared < 2; squared++) {
        const struct ecp_classifier how = {
            .kind = squared ? ECP_CLASSIFIER_SVM : ECP_CLASSIFIER_SVM_PAIRS, .c = 1};
        double best[P + 1] = {0}, value = hinge_value(&m, best, squared), step = 1;
        for (; step > 1e-7; step *= 0.7) /* pattern search along random directions */
            for (uint32_t k = 0; k < 400; k++) {
                struct ecp_chance chance = ecp_chance(5, 3, (uint32_t)(step * 1e7) + k * 7919U);
                double next[P + 1];
                ecp_chance_normals(&chance, P + 1, next);
                for (size_t u = 0; u < P + 1; u++)
                    next[u] = best[u] + step * next[u];
                const double there = hinge_value(&m, next, squared);
                if (there < value) {
                    value = there;
                    memcpy(best, next, sizeof best);
                }
            }
        double probe[LINES * P], size = 0;
        size_t guess[LINES], wrong = 0;
        for (size_t u = 0; u < P; u++)
            size += best[u] * best[u];
        for (size_t k = 0; k < LINES; k++) {
            struct ecp_chance chance = ecp_chance(6, 3, (uint32_t)k);
            double s = best[P];
            for (size_t u = 0; u < P; u++) {
                probe[k * P + u] = ecp_chance_normal(&chance);
                s += best[u] * probe[k * P + u];
            }
            /* Onto the boundary, and a little to one side. */
            const double side = k % 2 ? 0.02 : -0.02;
            for (size_t u = 0; u < P; u++)
                probe[k * P + u] += best[u] / size * (side - s);
        }
        ECP_ASSERT_OK(ecp_classify(&how, N, P, 2, m.x, m.condition, LINES, probe, guess));
        for (size_t k = 0; k < LINES; k++)
            wrong += guess[k] != (k % 2 ? 0U : 1U);
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static void undefined_cases_say_why(void)
{
    struct made m;
    struct ecp_sheet *sheet;
    make(&m, 1, 5);
    for (size_t k = 0; k < N; k++)
        m.condition[k] = 0;
    sheet = score_sheet("decoders", NULL, 0, NULL, &m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "accuracy"), "one class"));
    ecp_sheet_destroy(sheet);
    make(&m, 1, 5);
    for (size_t k = 0; k < N * P; k++)
        m.x[k] = 7;
    sheet = score_sheet("decoders", NULL, 0, NULL, &m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "accuracy"), "constant"));
    ecp_sheet_destroy(sheet);
    make(&m, 40, 5);
    for (size_t k = 0; k < N; k++) {
        m.x[k * P + 4] = 3; /* a constant unit does not disturb */
        if (k < 6)
            m.x[k * P] = NAN; /* trials that miss a response are left out */
    }
    for (int d = 0; d < DECODERS; d++) {
        const struct score_setting setting[] = {{"decoder", d}, {NULL, 0}};
        sheet = score_sheet("decoders", setting, 0, NULL, &m.set);
        CU_ASSERT_EQUAL(ecp_sheet_value(sheet, "decoders", "accuracy", NULL), 1);
        CU_ASSERT_EQUAL(ecp_sheet_value(sheet, "decoders", "samples", NULL), N - 6);
        ecp_sheet_destroy(sheet);
    }
    for (size_t k = 0; k < N; k++) /* one repeat: all test at once, none is learned from */
        m.repeat[k] = 0;
    sheet = score_sheet("decoders", NULL, 0, NULL, &m.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(score_why(sheet, "accuracy"), "one part"));
    ecp_sheet_destroy(sheet);
    const struct score_setting none[] = {{"label", 1}, {NULL, 0}};
    CU_ASSERT_EQUAL(score_try("decoders", none, 0, NULL, &m.set, &sheet), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
    m.set.response = NULL;
    CU_ASSERT_EQUAL(score_try("decoders", NULL, 0, NULL, &m.set, &sheet), ECP_ECONFIG);
    ecp_error_clear();
    ecp_sheet_destroy(sheet);
}

ECP_TEST_MAIN("decoders", {"decode as scikit-learn", decode_as_scikit_learn},
              {"generalise as scikit-learn", generalise_as_scikit_learn},
              {"first units as numpy", first_units_as_numpy},
              {"separable is decoded, noise is not", separable_is_decoded_noise_is_not},
              {"boundaries are optimal", boundaries_are_optimal},
              {"undefined cases say why", undefined_cases_say_why})
