/* straightening.c -- how much the path of responses to successive frames bends.
 *
 * x_t: response to frame t of a sequence; v_t = x_{t+1} - x_t; curvature is the mean over t of
 * the angle between v_t and v_{t+1}, then over sequences: 0 degrees: straight, 90: directions
 * are unrelated, 120: independent responses. Noise bends every path. Where there are repeats,
 * products of responses to one repeat with those to another one are free of it:
 *
 *   cos_t = <v_t, v_{t+1}> / sqrt(<v_t, v_t> <v_{t+1}, v_{t+1}>)
 *
 * with <a, b> the mean of a_r . b_s over all repeats r != s (all halves of the repeats at once).
 * Single angles are not linear in their cosines: where noise is as long as steps, they come out
 * too small. A step of length 0 (or, corrected, not longer than noise) has no direction: its angles
 * are left out. A sequence needs three frames. Sequences and the order of frames are labels of the
 * data's conditions. Verified in tests/verify/verify_straightening.c. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/samples.h"
#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum { SEQUENCE, FRAME, CURVATURE, CORRECTED, DIFFERENCE, DIFFERENCE_CORRECTED, END };

static const struct ecp_field fields[] = {
    [SEQUENCE] = {"sequence", "1", 0, 0, 1000,
                  "the k-th label of conditions names their sequence; 0: all are one", ECP_WHOLE},
    [FRAME] = {"frame", "1", 0, 0, 1000,
               "the k-th label of conditions orders them; 0: they are in order", ECP_WHOLE},
    [CURVATURE] = {"curvature", "deg", 0, 0, 180, "mean angle between successive steps",
                   ECP_RESULT},
    [CORRECTED] = {"corrected", "deg", 0, 0, 180, "the same without what noise adds", ECP_RESULT},
    [DIFFERENCE] = {"difference", "deg", 0, -180, 180,
                    "curvature of the model less that of the data (negative: straighter); p: none",
                    ECP_RESULT},
    [DIFFERENCE_CORRECTED] = {"difference_corrected", "deg", 0, -180, 180,
                              "the same, corrected where there are repeats", ECP_RESULT},
    [END] = {0}};

/* Conditions of all sequences, one after the other, in order. */
struct paths {
    size_t n, n_sequences;
    size_t *frame; /* n: condition */
    size_t *first; /* n_sequences + 1: in `frame` */
    size_t *of;    /* n: sequence of each condition, SIZE_MAX: none */
    double *at;    /* n: place of each condition */
};

/* Angles of one set: of each sequence, NAN where there is none. */
struct angles {
    double *plain, *corrected;
    int has_corrected;
};

static int comes_before(const struct paths *p, size_t a, size_t b)
{
    if (p->of[a] != p->of[b])
        return p->of[a] < p->of[b];
    return p->at[a] < p->at[b];
}

/* Insertion keeps equals as they were. */
static void order(struct paths *p)
{
    for (size_t k = 1; k < p->n; k++) {
        const size_t one = p->frame[k];
        size_t j = k;
        for (; j > 0 && comes_before(p, one, p->frame[j - 1]); j--)
            p->frame[j] = p->frame[j - 1];
        p->frame[j] = one;
    }
    for (size_t k = 0, s = 0; k <= p->n; k++)
        while (s <= p->n_sequences && (k == p->n || p->of[p->frame[k]] >= s))
            p->first[s++] = k;
}

static enum ecp_status paths_begin(const struct ecp_score_call *call, struct paths *p)
{
    const struct ecp_dataset *set = call->data;
    const size_t n = set->n_conditions, by = (size_t)call->param[FRAME];
    enum ecp_status status = ECP_OK;
    p->frame = malloc((3 * n + 2) * sizeof *p->frame);
    p->at = malloc((n + 1) * sizeof *p->at);
    if (!p->frame || !p->at)
        return ecp_fail(ECP_ENOMEM, "no memory for sequences of %zu conditions", n);
    p->of = p->frame + n;
    p->first = p->of + n;
    p->n_sequences = 1;
    memset(p->of, 0, n * sizeof *p->of);
    if (call->param[SEQUENCE] > 0)
        status = ecp_samples_classes(set, "straightening", (size_t)call->param[SEQUENCE], p->of,
                                     &p->n_sequences);
    if (status == ECP_OK && by > set->n_condition_labels)
        return ecp_fail(ECP_ECONFIG,
                        "straightening.frame: %s has %zu labels of conditions, not %zu", set->name,
                        set->n_condition_labels, by);
    const struct ecp_label *label = by > 0 ? &set->condition_label[by - 1] : NULL;
    if (label && !label->number)
        return ecp_fail(ECP_ECONFIG, "straightening.frame: label %s of %s is not a number",
                        label->name, set->name);
    for (size_t c = 0; status == ECP_OK && c < n; c++) {
        p->at[c] = label ? label->number[c] : (double)c;
        if (p->of[c] != SIZE_MAX && !isnan(p->at[c]))
            p->frame[p->n++] = c;
    }
    if (status == ECP_OK)
        order(p);
    return status;
}

static void paths_end(struct paths *p)
{
    free(p->frame);
    free(p->at);
}

/* ---- products ---------------------------------------------------------------------------- */

/* Of responses to frames a and b over units in which all three frames of a bend are known: of the
 * means, or of different repeats. */
struct view {
    size_t units, repeats;
    const double *mean, *cube; /* n x units; n x repeats x units, or NULL */
};

/* sum over r != s of a_r b_s, over how many; NAN: none. */
static double cross(const struct view *v, size_t a, size_t b, size_t unit)
{
    double sum_a = 0, sum_b = 0, both = 0, n_a = 0, n_b = 0, n_both = 0;
    for (size_t r = 0; r < v->repeats; r++) {
        const double x = v->cube[(a * v->repeats + r) * v->units + unit];
        const double y = v->cube[(b * v->repeats + r) * v->units + unit];
        sum_a += isnan(x) ? 0 : x;
        n_a += !isnan(x);
        sum_b += isnan(y) ? 0 : y;
        n_b += !isnan(y);
        both += isnan(x + y) ? 0 : x * y;
        n_both += !isnan(x + y);
    }
    const double pairs = n_a * n_b - n_both;
    return pairs > 0 ? (sum_a * sum_b - both) / pairs : NAN;
}

/* Angle (degrees) at frame b of a, b, c; NAN: a step without direction. */
static double bend(const struct view *v, const size_t frame[3], int corrected)
{
    double first = 0, second = 0, both = 0, size = 0;
    for (size_t u = 0; u < v->units; u++) {
        double g[3][3], x[3];
        double sum = 0;
        for (size_t i = 0; i < 3; i++)
            x[i] = v->mean[frame[i] * v->units + u];
        for (size_t i = 0; i < 3; i++)
            for (size_t j = i; j < 3; j++)
                sum += g[i][j] =
                    corrected ? cross(v, frame[i], frame[j], u) : (x[i] - x[1]) * (x[j] - x[1]);
        if (isnan(sum))
            continue;
        first += g[1][1] - 2 * g[0][1] + g[0][0];
        second += g[2][2] - 2 * g[1][2] + g[1][1];
        both += g[1][2] - g[1][1] - g[0][2] + g[0][1];
        size += x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
    }
    if (!(first > 1e-24 * size) || !(second > 1e-24 * size))
        return NAN;
    return acos(fmax(-1, fmin(1, both / (sqrt(first) * sqrt(second))))) * 180 / acos(-1);
}

static double mean_bend(const struct view *v, const struct paths *p, size_t sequence, int corrected)
{
    double sum = 0, count = 0;
    for (size_t k = p->first[sequence]; k + 2 < p->first[sequence + 1]; k++) {
        const double angle = bend(v, p->frame + k, corrected);
        sum += isnan(angle) ? 0 : angle;
        count += !isnan(angle);
    }
    return count > 0 ? sum / count : NAN;
}

static enum ecp_status measure(const struct ecp_dataset *set, const struct paths *p,
                               struct angles *out)
{
    struct ecp_dataset own = *set; /* the cube of repeats goes to the same arena */
    struct view view = {.units = set->n_units, .mean = set->mean};
    if (set->n_trials > 0 && set->response) {
        const enum ecp_status status = ecp_dataset_repeats(&own, &view.repeats, &view.cube);
        if (status != ECP_OK)
            return status;
    }
    out->has_corrected = view.repeats > 1;
    for (size_t s = 0; s < p->n_sequences; s++) {
        out->plain[s] = mean_bend(&view, p, s, 0);
        out->corrected[s] = out->has_corrected ? mean_bend(&view, p, s, 1) : NAN;
    }
    return ECP_OK;
}

/* ---- results ------------------------------------------------------------------------------ */

/* Mean over sequences; `less` (may be NULL) is taken off, and p is that of no difference. */
static struct ecp_estimate over(size_t n, const double *x, const double *less, const char *why)
{
    double sum = 0, square = 0, count = 0;
    for (size_t k = 0; k < n; k++) {
        const double value = x[k] - (less ? less[k] : 0);
        sum += isnan(value) ? 0 : value;
        square += isnan(value) ? 0 : value * value;
        count += !isnan(value);
    }
    if (!(count > 0))
        return ECP_UNDEFINED(why);
    struct ecp_estimate mean = ECP_ESTIMATE(sum / count);
    if (count > 1)
        mean.error = sqrt(fmax(0, square / count - mean.value * mean.value) / (count - 1));
    if (less && mean.error > 0)
        mean.p = 2 * gsl_cdf_tdist_Q(fabs(mean.value) / mean.error, count - 1);
    return mean;
}

static const char short_ones[] = "no sequence has three frames between which responses differ";

static void put(const struct ecp_score_call *call, int subject, size_t n, const struct angles *a,
                const struct angles *data)
{
    ecp_sheet_put(call->sheet, subject, CURVATURE, over(n, a->plain, NULL, short_ones));
    ecp_sheet_put(call->sheet, subject, CORRECTED,
                  a->has_corrected ? over(n, a->corrected, NULL, "no step is longer than its noise")
                                   : ECP_UNDEFINED("no repeats"));
    if (subject < 0)
        return;
    ecp_sheet_put(call->sheet, subject, DIFFERENCE, over(n, a->plain, data->plain, short_ones));
    ecp_sheet_put(call->sheet, subject, DIFFERENCE_CORRECTED,
                  a->has_corrected || data->has_corrected
                      ? over(n, a->has_corrected ? a->corrected : a->plain,
                             data->has_corrected ? data->corrected : data->plain,
                             "no step is longer than its noise")
                      : ECP_UNDEFINED("no repeats"));
}

/* Rows: sequences of the data, then of each model. */
static enum ecp_status put_table(const struct ecp_score_call *call, const struct paths *p,
                                 const double *angle)
{
    const size_t n = p->n_sequences, rows = n * (call->n_models + 1);
    double *column = malloc((4 * rows + 1) * sizeof *column);
    const char **name = malloc((rows + 1) * sizeof *name);
    enum ecp_status status = ECP_ENOMEM;
    if (!column || !name) {
        (void)ecp_fail(status, "no memory for a table of %zu sequences", n);
        goto done;
    }
    for (size_t k = 0; k < rows; k++) {
        const size_t subject = k / n, s = k % n;
        name[k] = subject > 0 ? call->model[subject - 1]->name : call->data->name;
        column[k] = (double)s;
        column[rows + k] = (double)(p->first[s + 1] - p->first[s]);
        column[2 * rows + k] = angle[2 * subject * n + s];
        column[3 * rows + k] = angle[(2 * subject + 1) * n + s];
    }
    const struct ecp_table_column columns[] = {
        {"of", "1", "data or model", NULL, name},
        {"sequence", "1", "number, in the order of the conditions", column, NULL},
        {"frames", "1", "conditions of the sequence", column + rows, NULL},
        {"curvature", "deg", "mean angle", column + 2 * rows, NULL},
        {"corrected", "deg", "without what noise adds", column + 3 * rows, NULL}};
    status = ecp_sheet_table(call->sheet, "sequences", rows, columns,
                             sizeof columns / sizeof columns[0]);
done:
    free(column);
    free(name);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    struct paths paths = {0};
    double *angle = NULL;
    struct angles data = {0};
    enum ecp_status status = paths_begin(call, &paths);
    if (status != ECP_OK)
        goto done;
    const size_t n = paths.n_sequences;
    angle = malloc((2 * n * (call->n_models + 1) + 1) * sizeof *angle);
    if (!angle) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu sequences", n);
        goto done;
    }
    for (int k = -1; k < (int)call->n_models; k++) {
        double *own = angle + 2 * n * (size_t)(k + 1);
        struct angles a = {.plain = own, .corrected = own + n};
        ECP_TRY(measure(k < 0 ? call->data : call->model[k], &paths, &a));
        data = k < 0 ? a : data;
        put(call, k, n, &a, &data);
    }
    if (call->n_models == 0)
        for (int f = DIFFERENCE; f <= DIFFERENCE_CORRECTED; f++)
            ecp_sheet_put(call->sheet, -1, f, ECP_UNDEFINED("no model to compare with"));
    status = put_table(call, &paths, angle);
done:
    paths_end(&paths);
    free(angle);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    *bytes = *operations = 0;
    for (int k = -1; k < (int)call->n_models; k++) {
        const struct ecp_dataset *set = k < 0 ? call->data : call->model[k];
        const double units = (double)set->n_units, n = (double)set->n_conditions;
        *bytes += 8 * (double)set->n_trials * units;
        *operations += units * (20 * n + 30 * (double)set->n_trials);
    }
}

const struct ecp_analysis ecp_analysis_straightening = {
    .name = "straightening",
    .summary = "curvature of the paths of responses to successive frames, also without noise",
    .equations = "v_t = x_{t+1} - x_t; curvature = mean_t acos(v_t.v_{t+1}/(|v_t| |v_{t+1}|))\n"
                 "corrected: products of different repeats, <a, b> = mean over r != s of a_r.b_s",
    .reference = "Henaff, Goris & Simoncelli 2019, doi:10.1038/s41593-019-0377-4",
    .verified_by = "tests/verify/verify_straightening.c",
    .fields = fields,
    .score = score,
    .needs = ECP_NEEDS_MEANS,
    .cost = cost};
