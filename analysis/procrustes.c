/* procrustes.c -- distances between responses after the best rotation, or matching of units:
 * metrics, so that they obey the triangle inequality. Verified in
 * tests/verify/verify_similarity.c. */
#include <math.h>

#include "analysis/shape.h"
#include "engine/analysis.h"
#include "engine/dataset.h"

enum { ALPHA, ANGLE, DISTANCE, SIMILARITY, ANGLE_PERMUTED, END };

static const struct ecp_field fields[] = {
    [ALPHA] = {"alpha", "1", 1, 0, 1,
               "1: rotations; 0: full whitening before (canonical correlations)", ECP_PARAM},
    [ANGLE] = {"angle", "1", 0, 0, 3.2, "angular distance after the best rotation, in radians",
               ECP_RESULT},
    [DISTANCE] = {"distance", "1", 0, 0, INFINITY,
                  "Euclidean distance after the best rotation, in the units of the responses",
                  ECP_RESULT},
    [SIMILARITY] = {"similarity", "1", 0, -1, 1,
                    "cosine of the angle: with alpha 1 the nuclear norm of normalised X'Y",
                    ECP_RESULT},
    [ANGLE_PERMUTED] = {"angle_permuted", "1", 0, 0, 3.2,
                        "angular distance after the best one-to-one matching of units", ECP_RESULT},
    [END] = {0}};

static void put_undefined(const struct ecp_score_call *call, int m)
{
    for (int f = ANGLE; f < END; f++)
        ecp_sheet_put(call->sheet, m, f, ECP_UNDEFINED(ecp_error_message()));
    ecp_error_clear();
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    const size_t n = call->data->n_conditions, p = call->data->n_units;
    for (size_t m = 0; m < call->n_models; m++) {
        const struct ecp_dataset *model = call->model[m];
        struct ecp_shape_distance turned, matched;
        enum ecp_status status = ecp_shape(n, p, model->n_units, call->data->mean, model->mean,
                                           call->param[ALPHA], &turned);
        if (status == ECP_OK)
            status =
                ecp_shape_permuted(n, p, model->n_units, call->data->mean, model->mean, &matched);
        if (status == ECP_ENUMERIC) {
            put_undefined(call, (int)m);
            continue;
        }
        if (status != ECP_OK)
            return status;
        ecp_sheet_put(call->sheet, (int)m, ANGLE, ECP_ESTIMATE(turned.angle));
        ecp_sheet_put(call->sheet, (int)m, DISTANCE, ECP_ESTIMATE(turned.euclidean));
        ecp_sheet_put(call->sheet, (int)m, SIMILARITY, ECP_ESTIMATE(cos(turned.angle)));
        ecp_sheet_put(call->sheet, (int)m, ANGLE_PERMUTED, ECP_ESTIMATE(matched.angle));
    }
    return ECP_OK;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions;
    double most = (double)call->data->n_units;
    for (size_t m = 0; m < call->n_models; m++)
        most = fmax(most, (double)call->model[m]->n_units);
    *bytes = 8 * (2 * n * most + 5 * most * most);
    *operations = (double)call->n_models * (4 * n * most * most + 20 * most * most * most);
}

const struct ecp_analysis ecp_analysis_procrustes = {
    .name = "procrustes",
    .summary = "shape metrics: distance up to rotation, partial whitening, or the order of units",
    .equations = "angle = arccos(max_Q <XZ_x Q, YZ_y> / (|XZ_x| |YZ_y|)), Q orthogonal (or a "
                 "permutation)\n"
                 "Z = V (alpha + (1 - alpha) L^-1/2) V', scaled to keep the variance",
    .reference = "Williams et al. 2021, arXiv:2110.14739",
    .verified_by = "tests/verify/verify_similarity.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_MODELS | ECP_NEEDS_MEANS,
    .cost = cost};
