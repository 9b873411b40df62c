/* decoders.c -- how well classes of conditions can be told from single responses.
 *
 * Samples are single trials (or conditions, where there are no trials), their classes a label of
 * the conditions, or the condition itself. Parts of the samples test in turn: those whose repeat
 * has the same remainder (so that a trial is never learned from and tested), a seeded draw that
 * gives each part its share of every class, or, with `across`, all samples with the same value
 * of another label: what is learned at two places, tested at a third. Responses are scaled by
 * mean and standard deviation of the samples that are learned from.
 * (`decoding` is another measure: a signal read from a running network.)
 * Verified in tests/verify/verify_decoders.c. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/classifiers.h"
#include "analysis/samples.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/experiment.h"

enum {
    DECODER,
    LABEL,
    ACROSS,
    FOLDS,
    DIVIDE,
    NEIGHBOURS,
    DISTANCE,
    PENALTY,
    SCALE,
    ACCURACY,
    BALANCED,
    CHANCE,
    SAMPLES,
    END
};

static const struct ecp_field fields[] = {
    [DECODER] = {"decoder", "1", ECP_CLASSIFIER_CENTROID, 0, ECP_CLASSIFIER_SVM_PAIRS,
                 "what learns: nearest mean, most correlated mean, nearest examples, linear "
                 "discriminants, logistic regression, support vectors (class against the rest, "
                 "or in pairs)",
                 ECP_PARAM},
    [LABEL] = {"label", "1", 0, 0, 1000,
               "classes: the k-th label of conditions; 0: each condition is a class", ECP_WHOLE},
    [ACROSS] = {"across", "1", 0, 0, 1000,
                "parts: values of the k-th label of conditions; 0: parts by `divide`", ECP_WHOLE},
    [FOLDS] = {"folds", "1", 5, 2, 1000, "parts that test in turn", ECP_WHOLE},
    [DIVIDE] = {"divide", "1", 0, 0, 1,
                "into parts: by the number of the repeat, or at random within each class",
                ECP_PARAM},
    [NEIGHBOURS] = {"neighbours", "1", 5, 1, 1e6, "examples that knn asks", ECP_WHOLE},
    [DISTANCE] = {"distance", "1", 0, 0, 1, "of knn", ECP_PARAM},
    [PENALTY] = {"c", "1", 1, 1e-9, 1e9, "weight of errors against that of the squared weights",
                 ECP_PARAM},
    [SCALE] = {"scale", "1", 1, 0, 1,
               "1: units scaled by what is learned from; 0: responses as they are", ECP_WHOLE},
    [ACCURACY] = {"accuracy", "1", 0, 0, 1,
                  "mean over parts of the share that is right; p: as good as guessing the most "
                  "frequent class",
                  ECP_RESULT},
    [BALANCED] = {"balanced", "1", 0, 0, 1, "mean over classes of the share that is right",
                  ECP_RESULT},
    [CHANCE] = {"chance", "1", 0, 0, 1, "share of the most frequent class", ECP_RESULT},
    [SAMPLES] = {"samples", "1", 0, 0, INFINITY, "complete samples", ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"decoder", "centroid correlation knn lda logistic svm svm_pairs"},
    {"divide", "repeat random"},
    {"distance", "euclidean cosine"},
    {NULL, NULL}};

enum { FOR_FOLDS = 47 };

/* ---- parts ---------------------------------------------------------------------------- */

struct trial {
    struct ecp_samples samples;
    size_t parts;
    size_t *part;                /* of each sample; SIZE_MAX: in none */
    double *x, *xt;              /* learned from, tested */
    size_t *of, *tested, *guess; /* classes; which samples; guesses */
    double *confusion;           /* classes x classes: true, guessed */
    double *right, *tests;       /* parts x parts: learned from, tested; the diagonal: from all
                                    others */
};

/* Each class is dealt out in turn, where the one before it ended. */
static void deal(const struct ecp_score_call *call, struct trial *t)
{
    const struct ecp_samples *s = &t->samples;
    size_t next = 0;
    for (size_t c = 0; c < s->n_classes; c++) {
        struct ecp_chance chance = ecp_chance(call->seed, FOR_FOLDS, (uint32_t)c);
        size_t count = 0;
        for (size_t k = 0; k < s->n; k++)
            if (s->of[k] == c)
                t->tested[count++] = k;
        for (size_t k = count; k > 1; k--) {
            const size_t j = (size_t)ecp_chance_below(&chance, k), last = t->tested[k - 1];
            t->tested[k - 1] = t->tested[j];
            t->tested[j] = last;
        }
        for (size_t k = 0; k < count; k++)
            t->part[t->tested[k]] = next++ % t->parts;
    }
}

static enum ecp_status divide(const struct ecp_score_call *call, struct trial *t)
{
    const struct ecp_samples *s = &t->samples;
    enum ecp_status status = ECP_OK;
    t->parts = (size_t)call->param[FOLDS];
    if (call->param[ACROSS] > 0) {
        size_t *value = malloc((call->data->n_conditions + 1) * sizeof *value);
        if (!value)
            return ecp_fail(ECP_ENOMEM, "no memory for values of a label");
        status = ecp_samples_classes(call->data, "decoders", (size_t)call->param[ACROSS], value,
                                     &t->parts);
        for (size_t k = 0; status == ECP_OK && k < s->n; k++)
            t->part[k] = value[s->condition[k]];
        free(value);
    } else if (call->param[DIVIDE] > 0)
        deal(call, t);
    else
        for (size_t k = 0; k < s->n; k++)
            t->part[k] = s->repeat[k] % t->parts;
    return status;
}

static enum ecp_status trial_begin(const struct ecp_score_call *call, int subject, struct trial *t)
{
    const struct ecp_dataset *set = subject < 0 ? call->data : call->model[subject];
    enum ecp_status status =
        ecp_samples_take(set, call->data, "decoders", (size_t)call->param[LABEL], &t->samples);
    const size_t n = t->samples.n, p = t->samples.p, classes = t->samples.n_classes;
    if (status != ECP_OK)
        return status;
    t->part = malloc((4 * n + 1) * sizeof *t->part);
    t->x = malloc((2 * n * p + 1) * sizeof *t->x);
    t->confusion = calloc(classes * classes + 1, sizeof *t->confusion);
    if (!t->part || !t->x || !t->confusion)
        return ecp_fail(ECP_ENOMEM, "no memory to decode %zu samples of %zu units", n, p);
    t->xt = t->x + n * p;
    t->of = t->part + n;
    t->tested = t->of + n;
    t->guess = t->tested + n;
    if (ecp_samples_fault(&t->samples))
        return ECP_OK;
    ECP_TRY(divide(call, t));
    t->right = calloc(2 * t->parts * t->parts + 1, sizeof *t->right);
    if (!t->right)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu parts", t->parts);
    t->tests = t->right + t->parts * t->parts;
done:
    return status;
}

static void trial_end(struct trial *t)
{
    ecp_samples_clear(&t->samples);
    free(t->part);
    free(t->x);
    free(t->confusion);
    free(t->right);
}

/* ---- learning and testing ---------------------------------------------------------------- */

static size_t count_classes(size_t n, const size_t *of)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        size_t first = 0;
        while (of[first] != of[k])
            first++;
        count += first == k;
    }
    return count;
}

/* Test part `tested`, learned from part `learned`, or from all others where they are equal. */
static enum ecp_status run_part(const struct ecp_score_call *call, struct trial *t, size_t learned,
                                size_t tested)
{
    const struct ecp_samples *s = &t->samples;
    const struct ecp_classifier how = {.kind = (enum ecp_classifier_kind)call->param[DECODER],
                                       .neighbours = (size_t)call->param[NEIGHBOURS],
                                       .cosine = call->param[DISTANCE] > 0,
                                       .c = call->param[PENALTY]};
    const size_t at = learned * t->parts + tested, p = s->p;
    size_t n = 0, m = 0;
    for (size_t k = 0; k < s->n; k++) {
        if (t->part[k] == tested) {
            memcpy(t->xt + m * p, s->x + k * p, p * sizeof *t->xt);
            t->tested[m++] = k;
        } else if (t->part[k] == learned || (learned == tested && t->part[k] != SIZE_MAX)) {
            memcpy(t->x + n * p, s->x + k * p, p * sizeof *t->x);
            t->of[n++] = s->of[k];
        }
    }
    if (m == 0 || n == 0 || count_classes(n, t->of) < 2)
        return ECP_OK;
    if (call->param[SCALE] > 0)
        ecp_standardise(n, p, t->x, m, t->xt);
    const enum ecp_status status =
        ecp_classify(&how, n, p, s->n_classes, t->x, t->of, m, t->xt, t->guess);
    for (size_t k = 0; status == ECP_OK && k < m; k++) {
        const size_t true_class = s->of[t->tested[k]];
        t->right[at] += t->guess[k] == true_class;
        if (learned == tested && t->guess[k] < s->n_classes)
            t->confusion[true_class * s->n_classes + t->guess[k]]++;
    }
    t->tests[at] = (double)m;
    return status;
}

/* ---- results ------------------------------------------------------------------------------ */

static void put_scores(const struct ecp_score_call *call, int subject, const struct trial *t)
{
    const struct ecp_samples *s = &t->samples;
    double sum = 0, square = 0, parts = 0, right = 0, tests = 0, balanced = 0, classes = 0;
    double frequent = 0;
    for (size_t k = 0; k < t->parts; k++) {
        const size_t at = k * t->parts + k;
        if (!(t->tests[at] > 0))
            continue;
        const double share = t->right[at] / t->tests[at];
        sum += share;
        square += share * share;
        right += t->right[at];
        tests += t->tests[at];
        parts++;
    }
    for (size_t c = 0; c < s->n_classes; c++) {
        double all = 0;
        for (size_t k = 0; k < s->n; k++)
            all += s->of[k] == c && t->part[k] != SIZE_MAX;
        balanced += all > 0 ? t->confusion[c * s->n_classes + c] / all : 0;
        classes += all > 0;
        frequent = fmax(frequent, all / (double)s->n);
    }
    if (!(parts > 0)) {
        const char *why = "what is learned from has one class only, or there is one part";
        ecp_sheet_put(call->sheet, subject, ACCURACY, ECP_UNDEFINED(why));
        ecp_sheet_put(call->sheet, subject, BALANCED, ECP_UNDEFINED(why));
    } else {
        struct ecp_estimate accuracy = ECP_ESTIMATE(sum / parts);
        if (parts > 1)
            accuracy.error =
                sqrt(fmax(0, square / parts - accuracy.value * accuracy.value) / (parts - 1));
        accuracy.p =
            right > 0 ? gsl_cdf_binomial_Q((unsigned)right - 1, frequent, (unsigned)tests) : 1;
        ecp_sheet_put(call->sheet, subject, ACCURACY, accuracy);
        ecp_sheet_put(call->sheet, subject, BALANCED, ECP_ESTIMATE(balanced / classes));
    }
    ecp_sheet_put(call->sheet, subject, CHANCE, ECP_ESTIMATE(frequent));
    ecp_sheet_put(call->sheet, subject, SAMPLES, ECP_ESTIMATE((double)s->n));
}

/* "confusion" of the data, "confusion_1" of the first model ... */
static enum ecp_status put_confusion(const struct ecp_score_call *call, int subject,
                                     const struct trial *t)
{
    const struct ecp_samples *s = &t->samples;
    const size_t n = s->n_classes;
    struct ecp_table_column *column = calloc(n + 1, sizeof *column);
    double *data = malloc((n * n + 1) * sizeof *data);
    char name[32] = "confusion";
    enum ecp_status status = ECP_ENOMEM;
    if (!column || !data) {
        (void)ecp_fail(status, "no memory for a table of %zu classes", n);
        goto done;
    }
    if (subject >= 0)
        (void)snprintf(name, sizeof name, "confusion_%d", subject + 1);
    column[0] = (struct ecp_table_column){"true", "1", "class of the samples", NULL, s->classes};
    for (size_t g = 0; g < n; g++) {
        for (size_t c = 0; c < n; c++)
            data[g * n + c] = t->confusion[c * n + g];
        column[g + 1] = (struct ecp_table_column){
            s->classes[g], "1", "samples that were taken for this class", data + g * n, NULL};
    }
    status = ecp_sheet_table(call->sheet, name, n, column, n + 1);
done:
    free(column);
    free(data);
    return status;
}

/* Every part tested after learning from every other alone. */
static enum ecp_status put_generalisation(const struct ecp_score_call *call, int subject,
                                          const struct trial *t)
{
    const size_t rows = t->parts * (t->parts - 1);
    double *data = malloc((3 * rows + 1) * sizeof *data);
    char name[32] = "generalisation";
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for pairs of %zu parts", t->parts);
    if (subject >= 0)
        (void)snprintf(name, sizeof name, "generalisation_%d", subject + 1);
    for (size_t a = 0, row = 0; a < t->parts; a++)
        for (size_t b = 0; b < t->parts; b++)
            if (a != b) {
                data[row] = (double)a;
                data[rows + row] = (double)b;
                data[2 * rows + row++] =
                    t->tests[a * t->parts + b] > 0
                        ? t->right[a * t->parts + b] / t->tests[a * t->parts + b]
                        : NAN;
            }
    const struct ecp_table_column columns[] = {
        {"learned", "1", "value that was learned from, in order of appearance", data, NULL},
        {"tested", "1", "value that was tested", data + rows, NULL},
        {"accuracy", "1", "share that is right", data + 2 * rows, NULL}};
    const enum ecp_status status =
        ecp_sheet_table(call->sheet, name, rows, columns, sizeof columns / sizeof columns[0]);
    free(data);
    return status;
}

static enum ecp_status score_set(const struct ecp_score_call *call, int subject)
{
    struct trial t = {.parts = 0};
    const double sets = (double)(call->n_models + 1);
    enum ecp_status status = trial_begin(call, subject, &t);
    const char *fault = status == ECP_OK ? ecp_samples_fault(&t.samples) : NULL;
    if (status != ECP_OK)
        goto done;
    if (fault) {
        for (int f = ACCURACY; f <= CHANCE; f++)
            ecp_sheet_put(call->sheet, subject, f, ECP_UNDEFINED(fault));
        ecp_sheet_put(call->sheet, subject, SAMPLES, ECP_ESTIMATE((double)t.samples.n));
        goto done;
    }
    for (size_t b = 0; b < t.parts; b++) {
        for (size_t a = 0; a < t.parts; a++)
            if (a == b || call->param[ACROSS] > 0)
                ECP_TRY(run_part(call, &t, a, b));
        ECP_TRY(ecp_sheet_progress(call->sheet,
                                   (subject + 1 + (double)(b + 1) / (double)t.parts) / sets));
    }
    put_scores(call, subject, &t);
    ECP_TRY(put_confusion(call, subject, &t));
    if (call->param[ACROSS] > 0 && t.parts > 1)
        status = put_generalisation(call, subject, &t);
done:
    trial_end(&t);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = ECP_OK;
    for (int k = -1; k < (int)call->n_models && status == ECP_OK; k++)
        status = score_set(call, k);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const int kind = (int)call->param[DECODER];
    *bytes = *operations = 0;
    for (int k = -1; k < (int)call->n_models; k++) {
        const struct ecp_dataset *set = k < 0 ? call->data : call->model[k];
        const double n = (double)(set->n_trials > 0 ? set->n_trials : set->n_conditions);
        const double p = (double)set->n_units, folds = call->param[FOLDS];
        const double classes = fmin(100, (double)set->n_conditions);
        const double pass = 4 * n * p * classes;
        const double work = kind == ECP_CLASSIFIER_LDA         ? p * p * (n + p)
                            : kind == ECP_CLASSIFIER_KNN       ? 3 * n * n * p / folds
                            : kind == ECP_CLASSIFIER_SVM_PAIRS ? n * n * (p + 20 * classes)
                            : kind >= ECP_CLASSIFIER_LOGISTIC  ? 200 * pass
                                                               : pass;
        *bytes = fmax(*bytes, 8 * (4 * n * p + (kind == ECP_CLASSIFIER_LDA         ? 2 * p * p
                                                : kind == ECP_CLASSIFIER_SVM_PAIRS ? n * n
                                                                                   : 0)));
        *operations += folds * work / 4;
    }
}

const struct ecp_analysis ecp_analysis_decoders = {
    .name = "decoders",
    .summary = "classes of conditions told from single trials: seven decoders, cross-validated",
    .equations =
        "centroid: argmin |x - m_c|; correlation: argmax r(x, m_c); knn: most of the k nearest\n"
        "lda: argmax (x - m_c/2)' S^-1 m_c + ln p_c; logistic: least C sum -ln p + |w|^2/2\n"
        "svm: least C sum max(0, 1 - y s)^2 + |w|^2/2; svm_pairs: with plain hinges, in pairs",
    .reference = "Meyers 2013, doi:10.3389/fninf.2013.00008; Fan et al. 2008, JMLR 9:1871; Ledoit "
                 "& Wolf 2004, doi:10.1016/S0047-259X(03)00096-4",
    .verified_by = "tests/verify/verify_decoders.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .cost = cost};
