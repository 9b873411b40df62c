/* Transforms of dissimilarities against TopologicalRSA and rsatoolbox on human and monkey IT (92
 * images), and what must hold without data. */
#include "analysis/rdm.h"
#include "analysis/rdm_transform.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "tests/verify/reference_data.h"

enum { IMAGES = 92, PAIRS = IMAGES * (IMAGES - 1) / 2, MODELS = 8 };

static const double quantiles[][2] = {{0, 1},       {0, 0.2},   {0.2, 0.8},
                                      {0.25, 0.75}, {0.4, 0.6}, {0.8, 1}};

struct brains {
    double *human, *monkey, *own[2]; /* own: copies that are transformed */
};

static struct brains brains(void)
{
    size_t n = 0;
    struct brains b = {.human = recording_numbers("it92/it92.h5", "rdms/human_IT_mean316", &n),
                       .monkey = recording_numbers("it92/it92.h5", "rdms/monkey_IT_674", &n)};
    CU_ASSERT_EQUAL_FATAL(n, PAIRS);
    for (int k = 0; k < 2; k++) {
        b.own[k] = malloc(PAIRS * sizeof *b.own[k]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(b.own[k]);
    }
    return b;
}

static void forget(struct brains b)
{
    free(b.human);
    free(b.monkey);
    free(b.own[0]);
    free(b.own[1]);
}

static void reshape(struct brains b, struct ecp_rdm_shape shape)
{
    memcpy(b.own[0], b.human, PAIRS * sizeof *b.human);
    memcpy(b.own[1], b.monkey, PAIRS * sizeof *b.monkey);
    for (int k = 0; k < 2; k++)
        ECP_ASSERT_OK(ecp_rdm_reshape(&shape, IMAGES, 1, b.own[k]));
}

static double sum_of(const double *x)
{
    double sum = 0;
    for (size_t k = 0; k < PAIRS; k++)
        sum += x[k];
    return sum;
}

static double count_of(const double *x, double value)
{
    double count = 0;
    for (size_t k = 0; k < PAIRS; k++)
        count += x[k] == value;
    return count;
}

static double alike(enum ecp_rdm_measure measure, struct brains b)
{
    double *work = malloc((ecp_compare_work(IMAGES) + 1) * sizeof *work);
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    const double r = ecp_rdm_compare(measure, IMAGES, b.own[0], b.own[1], work);
    free(work);
    return r;
}

/* `ours` against "geo_topological|l,u|name", relative. */
static void expect(json_t *reference, const double lu[2], const char *name, double ours)
{
    char path[96];
    (void)snprintf(path, sizeof path, "geo_topological|%g,%g|%s", lu[0], lu[1], name);
    const double theirs = reference_number(reference, path);
    if (!(fabs(ours - theirs) <= 1e-12 * fabs(theirs)))
        (void)printf("\n  %s: %.17g, reference %.17g", path, ours, theirs);
    CU_ASSERT(fabs(ours - theirs) <= 1e-12 * fabs(theirs));
}

static void paper_form_is_theirs(void)
{
    json_t *reference = reference_json("trsa_it92");
    struct brains b = brains();
    for (size_t k = 0; k < sizeof quantiles / sizeof quantiles[0]; k++) {
        const double *lu = quantiles[k];
        double five[5];
        char path[96];
        reshape(b, (struct ecp_rdm_shape){
                       .kind = ECP_TRANSFORM_GEO_TOPOLOGICAL, .lower = lu[0], .upper = lu[1]});
        expect(reference, lu, "gt_humanIT_sum", sum_of(b.own[0]));
        expect(reference, lu, "gt_monkeyIT_sum", sum_of(b.own[1]));
        expect(reference, lu, "n_zero_human", count_of(b.own[0], 0));
        expect(reference, lu, "n_one_human", count_of(b.own[0], 1));
        expect(reference, lu, "pearson_gt(human,monkey)", alike(ECP_COMPARE_CORR, b));
        expect(reference, lu, "cosine_gt", alike(ECP_COMPARE_COSINE, b));
        (void)snprintf(path, sizeof path, "geo_topological|%g,%g|gt_first5_human", lu[0], lu[1]);
        CU_ASSERT_EQUAL(reference_numbers(reference, path, five, 5), 5);
        ASSERT_NEAR(b.own[0], five, 5, 0, 1e-12);
    }
    forget(b);
    json_decref(reference);
}

/* What rsatoolbox scales it then compares with the quantile again; ours does not. */
static void joint_form_is_rsatoolboxs(void)
{
    json_t *reference = reference_json("trsa_it92");
    struct brains b = brains();
    for (size_t k = 0; k < sizeof quantiles / sizeof quantiles[0]; k++) {
        const double *lu = quantiles[k];
        struct ecp_rdm_shape shape = {
            .kind = ECP_TRANSFORM_JOINT, .lower = lu[0], .upper = lu[1], .compat = 1};
        reshape(b, shape);
        const double theirs = sum_of(b.own[0]);
        expect(reference, lu, "rsatoolbox_human_sum", theirs);
        expect(reference, lu, "rsatoolbox_pearson", alike(ECP_COMPARE_CORR, b));
        shape.compat = 0;
        reshape(b, shape);
        /* The quirk only adds ones, and none where nothing lies between quantile and 1. */
        CU_ASSERT(lu[1] < 1 ? sum_of(b.own[0]) < theirs - 1
                            : fabs(sum_of(b.own[0]) - theirs) < 1e-9);
    }
    forget(b);
    json_decref(reference);
}

/* Quantiles of all matrices together: those of one long list. */
static void joint_quantiles_are_of_all(void)
{
    double both[6] = {0, 1, 2, 10, 11, 12}, again[6];
    const struct ecp_rdm_shape shape = {.kind = ECP_TRANSFORM_JOINT, .lower = 0.3, .upper = 0.7};
    /* Quantiles 0.3 and 0.7 of six: at 1.5 (1.5) and 3.5 (10.5). */
    for (size_t k = 0; k < 6; k++) {
        const double x = (both[k] - 1.5) / 9;
        again[k] = x < 0 ? 0 : x > 1 ? 1 : x;
    }
    ECP_ASSERT_OK(ecp_rdm_reshape(&shape, 3, 2, both));
    ASSERT_NEAR(both, again, 6, 0, 1e-14);
}

static void models_as_theirs(void)
{
    static const char *const names[MODELS] = {
        "animacy", "FaceBodyManmadeNatobj", "monkeyIT", "EVA", "HMAX", "V1", "Silhouette", "RADON"};
    json_t *reference = reference_json("trsa_it92");
    struct brains b = brains();
    size_t n = 0;
    double *model = recording_numbers("it92/it92.h5", "rdms/models", &n);
    const struct ecp_rdm_shape shape = {
        .kind = ECP_TRANSFORM_GEO_TOPOLOGICAL, .lower = 0.25, .upper = 0.75};
    CU_ASSERT_EQUAL_FATAL(n, MODELS * PAIRS);
    for (size_t m = 0; m < MODELS; m++) {
        char path[96];
        memcpy(b.monkey, model + m * PAIRS, PAIRS * sizeof *model);
        reshape(b, shape);
        (void)snprintf(path, sizeof path, "gt_models_vs_humanIT_l0.25_u0.75_pearson|%s", names[m]);
        const double theirs = reference_number(reference, path), ours = alike(ECP_COMPARE_CORR, b);
        /* Three quarters of this model's dissimilarities are equal: theirs divides 0 by 0,
         * ours is a step. */
        CU_ASSERT(m == 1 ? isnan(theirs) && ours > 0.1 && ours < 1 : fabs(ours - theirs) < 1e-12);
        if (m == 1)
            CU_ASSERT_EQUAL(count_of(b.own[1], 0) + count_of(b.own[1], 1), PAIRS);
    }
    free(model);
    forget(b);
    json_decref(reference);
}

static void geodesics_are_theirs(void)
{
    json_t *reference = reference_json("trsa_it92");
    struct brains b = brains();
    double five[5];
    struct ecp_rdm_shape shape = {.kind = ECP_TRANSFORM_GEODESIC, .upper = 1, .compat = 1};
    reshape(b, shape);
    CU_ASSERT_DOUBLE_EQUAL(sum_of(b.own[0]),
                           reference_number(reference, "geodesic_rsatoolbox|human_sum"), 2e-9);
    CU_ASSERT_DOUBLE_EQUAL(sum_of(b.own[1]),
                           reference_number(reference, "geodesic_rsatoolbox|monkey_sum"), 2e-9);
    CU_ASSERT_DOUBLE_EQUAL(alike(ECP_COMPARE_CORR, b),
                           reference_number(reference, "geodesic_rsatoolbox|pearson"), 1e-12);
    CU_ASSERT_EQUAL(reference_numbers(reference, "geodesic_rsatoolbox|human_first5", five, 5), 5);
    ASSERT_NEAR(b.own[0], five, 5, 0, 1e-12);
    const double theirs = sum_of(b.own[0]);
    shape.compat = 0; /* the shortest of all ways is one */
    reshape(b, shape);
    CU_ASSERT(sum_of(b.own[0]) < theirs - 1);
    CU_ASSERT_EQUAL(count_of(b.own[0], 0), 1);

    shape = (struct ecp_rdm_shape){
        .kind = ECP_TRANSFORM_GEODESIC_SHORTEST, .upper = 1, .kept = 0.1, .compat = 1};
    reshape(b, shape);
    CU_ASSERT_EQUAL(sum_of(b.own[0]),
                    reference_number(reference, "geodesic_p_shortest_p0.1|human_sum"));
    CU_ASSERT_DOUBLE_EQUAL(alike(ECP_COMPARE_CORR, b),
                           reference_number(reference, "geodesic_p_shortest_p0.1|pearson"), 1e-12);
    forget(b);
    json_decref(reference);
}

/* ---- without data ------------------------------------------------------------------------- */

/* Points on a line, dissimilar by the square of their gap: shortest ways go step by step. The
 * least dissimilarity counts as 0, so one more condition stands apart by less than a step. */
static void ways_follow_a_line(void)
{
    enum { N = 8, FEW = N * (N - 1) / 2 };
    double rdm[FEW], near[FEW], expected[FEW], gap[FEW], room[2 * FEW];
    double place[N] = {0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5};
    for (size_t i = 0, at = 0; i < N; i++)
        for (size_t j = i + 1; j < N; j++, at++) {
            gap[at] = place[j] - place[i];
            rdm[at] = near[at] = gap[at] * gap[at];
            /* from 0.25 to 42.25, steps of 1 */
            expected[at] = ((double)(j - i) - (i == 0 ? 1 : 0)) * 0.75 / 42;
        }
    const struct ecp_rdm_shape all = {.kind = ECP_TRANSFORM_GEODESIC, .upper = 1};
    ECP_ASSERT_OK(ecp_rdm_reshape(&all, N, 1, rdm));
    ASSERT_NEAR(rdm, expected, FEW, 0, 1e-14);
    /* Ways between nearest neighbours alone: the same order. */
    const struct ecp_rdm_shape nearest = {
        .kind = ECP_TRANSFORM_GEODESIC_NEAREST, .upper = 1, .kept = 1.0 / (N - 1)};
    ECP_ASSERT_OK(ecp_rdm_reshape(&nearest, N, 1, near));
    for (size_t k = 0; k < FEW; k++)
        rdm[k] = round(expected[k] * 1e6);
    ecp_ranks(FEW, rdm, expected, room);
    ASSERT_NEAR(near, expected, FEW, 0, 0);
}

/* Two groups without a way between them: the last rank, shared. */
static void no_way_is_the_last_rank(void)
{
    enum { N = 4, FEW = 6 };
    /*                     01   02 03 12 13  23 */
    const double given[FEW] = {0.1, 8, 9, 7, 10, 0.2};
    double rdm[FEW];
    const double expected[FEW] = {1, 4.5, 4.5, 4.5, 4.5, 2};
    const struct ecp_rdm_shape shape = {
        .kind = ECP_TRANSFORM_GEODESIC_SHORTEST, .upper = 1, .kept = 0.2};
    memcpy(rdm, given, sizeof rdm);
    ECP_ASSERT_OK(ecp_rdm_reshape(&shape, N, 1, rdm));
    ASSERT_NEAR(rdm, expected, FEW, 0, 0);
    /* Groups that are 1 apart stay so: 1 more than the longest way. */
    double groups[FEW] = {0, 1, 1, 1, 1, 0};
    const double same[FEW] = {0, 1, 1, 1, 1, 0};
    const struct ecp_rdm_shape plain = {.kind = ECP_TRANSFORM_GEODESIC, .upper = 1};
    ECP_ASSERT_OK(ecp_rdm_reshape(&plain, N, 1, groups));
    ASSERT_NEAR(groups, same, FEW, 0, 0);
}

static void step_where_quantiles_meet(void)
{
    double rdm[6] = {3, 1, 4, 1.5, 9, 2.6}, constant[6] = {2, 2, 2, 2, 2, 2};
    const double expected[6] = {1, 0, 1, 0, 1, 0}, none[6] = {0};
    struct ecp_rdm_shape shape = {
        .kind = ECP_TRANSFORM_GEO_TOPOLOGICAL, .lower = 0.5, .upper = 0.5};
    ECP_ASSERT_OK(ecp_rdm_reshape(&shape, 4, 1, rdm));
    ASSERT_NEAR(rdm, expected, 6, 0, 0);
    for (int kind = ECP_TRANSFORM_GEODESIC; kind <= ECP_TRANSFORM_GEODESIC; kind++) {
        shape = (struct ecp_rdm_shape){.kind = (enum ecp_rdm_transform)kind, .upper = 1};
        ECP_ASSERT_OK(ecp_rdm_reshape(&shape, 4, 1, constant));
        ASSERT_NEAR(constant, none, 6, 0, 0);
    }
    shape =
        (struct ecp_rdm_shape){.kind = ECP_TRANSFORM_GEO_TOPOLOGICAL, .lower = 0.7, .upper = 0.3};
    CU_ASSERT_EQUAL(ecp_rdm_reshape(&shape, 4, 1, rdm), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "0.7"));
    ecp_error_clear();
}

/* ---- the measures -------------------------------------------------------------------------- */

static double value_of(const char *measure, const double *param, const double *model,
                       const double *data, size_t subjects, const char *field)
{
    struct ecp_dataset a = {.name = "model", .n_conditions = IMAGES, .n_rdms = 1, .rdm = model};
    struct ecp_dataset b = {.name = "IT", .n_conditions = IMAGES, .n_rdms = subjects, .rdm = data};
    const struct ecp_dataset *models[] = {&a};
    const struct ecp_analysis *of;
    struct ecp_sheet *sheet = NULL;
    ECP_ASSERT_OK(ecp_analysis_find(measure, &of));
    ECP_ASSERT_OK(ecp_sheet_create(&sheet));
    const struct ecp_sheet_call call = {
        .measure = of, .param = param, .n_models = 1, .model = models, .data = &b, .seed = 1};
    ECP_ASSERT_OK(ecp_sheet_score(sheet, &call));
    const double value = ecp_sheet_value(sheet, measure, field, NULL);
    ecp_sheet_destroy(sheet);
    return value;
}

static void measures_use_them(void)
{
    json_t *reference = reference_json("trsa_it92");
    struct brains b = brains();
    const struct ecp_analysis *rsa;
    double param[64] = {0};
    ECP_ASSERT_OK(ecp_analysis_find("rsa", &rsa));
    for (size_t k = 0; rsa->fields[k].name; k++)
        param[k] = rsa->fields[k].initial;
    param[ecp_field_find(rsa->fields, "transform")] = ECP_TRANSFORM_GEO_TOPOLOGICAL;
    param[ecp_field_find(rsa->fields, "lower")] = 0.2;
    param[ecp_field_find(rsa->fields, "upper")] = 0.8;
    CU_ASSERT_DOUBLE_EQUAL(
        value_of("rsa", param, b.monkey, b.human, 1, "score"),
        reference_number(reference, "geo_topological|0.2,0.8|pearson_gt(human,monkey)"), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(
        value_of("trsa", NULL, b.monkey, b.human, 1, "ranks"),
        reference_number(reference, "geo_topological|0,1|pearson_gt(human,monkey)"), 1e-12);
    CU_ASSERT(value_of("trsa", NULL, b.monkey, b.human, 1, "best") >=
              reference_number(reference, "geo_topological|0,0.2|pearson_gt(human,monkey)"));
    CU_ASSERT(isnan(value_of("trsa", NULL, b.monkey, b.human, 1, "held_out")));
    forget(b);
    json_decref(reference);
}

/* Subjects that see neighbours alone: small quantiles win, also when they are held out; a
 * model without differences is undefined. */
static void grid_finds_neighbourhoods(void)
{
    enum { SUBJECTS = 4 };
    struct brains b = brains();
    double *subject = malloc(SUBJECTS * PAIRS * sizeof *subject), *flat = malloc(PAIRS * 8);
    double *shaped = malloc(PAIRS * sizeof *shaped);
    CU_ASSERT_FATAL(subject && flat && shaped);
    memcpy(shaped, b.human, PAIRS * sizeof *shaped);
    const struct ecp_rdm_shape near = {
        .kind = ECP_TRANSFORM_GEO_TOPOLOGICAL, .lower = 0, .upper = 0.2};
    ECP_ASSERT_OK(ecp_rdm_reshape(&near, IMAGES, 1, shaped));
    for (size_t k = 0; k < SUBJECTS * PAIRS; k++) {
        struct ecp_chance chance = ecp_chance(3, 5, (uint32_t)k);
        subject[k] = shaped[k % PAIRS] + 0.1 * ecp_chance_normal(&chance);
        flat[k % PAIRS] = 3;
    }
    const double ranks = value_of("trsa", NULL, b.human, subject, SUBJECTS, "ranks");
    CU_ASSERT(value_of("trsa", NULL, b.human, subject, SUBJECTS, "best_upper") <= 0.5);
    CU_ASSERT(value_of("trsa", NULL, b.human, subject, SUBJECTS, "held_out") > ranks + 0.05);
    CU_ASSERT(value_of("trsa", NULL, b.human, subject, SUBJECTS, "held_out") <=
              value_of("trsa", NULL, b.human, subject, SUBJECTS, "best"));
    CU_ASSERT(isnan(value_of("trsa", NULL, flat, subject, SUBJECTS, "best")));
    free(shaped);
    free(flat);
    free(subject);
    forget(b);
}

ECP_TEST_MAIN("topological RSA", {"paper form is theirs", paper_form_is_theirs},
              {"joint form is rsatoolbox's", joint_form_is_rsatoolboxs},
              {"joint quantiles are of all", joint_quantiles_are_of_all},
              {"models as theirs", models_as_theirs},
              {"geodesics are theirs", geodesics_are_theirs},
              {"ways follow a line", ways_follow_a_line},
              {"no way is the last rank", no_way_is_the_last_rank},
              {"step where quantiles meet", step_where_quantiles_meet},
              {"measures use them", measures_use_them},
              {"grid finds neighbourhoods", grid_finds_neighbourhoods})
