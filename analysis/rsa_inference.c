/* rsa_inference.c -- variances, tests, bootstraps. */
#include "analysis/rsa_inference.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rsa_gram.h"
#include "engine/chance.h"

/* ---- variances ------------------------------------------------------------------------------ */

/* Covariance of columns a and b. */
static double covariance(size_t width, size_t n, const double *x, size_t a, size_t b)
{
    double mean_a = 0, mean_b = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        mean_a += x[k * width + a] / (double)n;
        mean_b += x[k * width + b] / (double)n;
    }
    for (size_t k = 0; k < n; k++)
        sum += (x[k * width + a] - mean_a) * (x[k * width + b] - mean_b);
    return sum;
}

void ecp_rsa_variances_of(size_t n_models, size_t n_draws, const double *evaluations, double scale,
                          struct ecp_rsa_variances *out)
{
    const size_t width = n_models + 2;
    const double *x = evaluations;
    size_t pair = 0;
    for (size_t a = 0; a < n_models; a++) {
        out->model[a] = scale * covariance(width, n_draws, x, a, a);
        for (size_t b = a + 1; b < n_models; b++)
            out->pair[pair++] =
                scale * (covariance(width, n_draws, x, a, a) + covariance(width, n_draws, x, b, b) -
                         2 * covariance(width, n_draws, x, a, b));
        for (size_t c = 0; c < 2; c++)
            out->ceiling[2 * a + c] =
                scale * (covariance(width, n_draws, x, a, a) +
                         covariance(width, n_draws, x, n_models + c, n_models + c) -
                         2 * covariance(width, n_draws, x, a, n_models + c));
    }
}

double ecp_rsa_dual_variance(double v0, double v1, double v2, double n_subjects,
                             double n_conditions)
{
    const double r = n_subjects / (n_subjects - 1), p = n_conditions / (n_conditions - 1);
    const double estimate = r * v1 + p * v2 - r * p * (v0 - v1 - v2);
    return fmin(fmax(fmax(estimate, r * v1), p * v2), v0);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static double t_of(double difference, double variance)
{
    return difference / sqrt(fmax(variance, 2.220446049250313e-16));
}

double ecp_rsa_p_above(double mean, double variance, double dof)
{
    return dof >= 1 ? gsl_cdf_tdist_Q(t_of(mean, variance), dof) : NAN;
}

double ecp_rsa_p_differs(double difference, double variance, double dof)
{
    return dof >= 1 ? 2 * gsl_cdf_tdist_Q(fabs(t_of(difference, variance)), dof) : NAN;
}

struct ranked {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static struct ranked *rank_p(size_t n, const double *p)
{
    struct ranked *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) {
        (void)ecp_fail(ECP_ENOMEM, "no memory to correct %zu p values", n);
        return NULL;
    }
    for (size_t k = 0; k < n; k++)
        sorted[k] = (struct ranked){p[k], k};
    qsort(sorted, n, sizeof *sorted, by_p);
    return sorted;
}

enum ecp_status ecp_p_holm(size_t n, double *p)
{
    struct ranked *sorted = rank_p(n, p);
    double least = 0;
    if (!sorted)
        return ECP_ENOMEM;
    for (size_t k = 0; k < n; k++) {
        least = fmax(least, fmin(1, (double)(n - k) * sorted[k].p));
        p[sorted[k].at] = least;
    }
    free(sorted);
    return ECP_OK;
}

enum ecp_status ecp_p_fdr(size_t n, double *p)
{
    struct ranked *sorted = rank_p(n, p);
    double most = 1;
    if (!sorted)
        return ECP_ENOMEM;
    for (size_t k = n; k-- > 0;) {
        most = fmin(most, (double)n / (double)(k + 1) * sorted[k].p);
        p[sorted[k].at] = most;
    }
    free(sorted);
    return ECP_OK;
}

/* ---- draws
 * --------------------------------------------------------------------------------------- */

enum { FOR_SUBJECTS = 1, FOR_CONDITIONS, FOR_PERMUTATIONS };
enum { BATCH = 256 }; /* draws between two looks at who listens */

struct bootstrap {
    const struct ecp_rsa *rsa;
    const struct ecp_rsa_options *options;
    int subjects, conditions; /* what is drawn */
    double *evaluations;      /* n_draws x (M + 2) */
    unsigned char *valid;     /* n_draws */
};

/* One of the two ways to evaluate, for each thread. */
struct way {
    struct ecp_rsa_room *room;
    struct ecp_rsa_gram *gram;
};

static int evaluate(const struct bootstrap *b, struct ecp_rsa_draw draw, const struct way *way,
                    struct ecp_rsa_scores *scores)
{
    if (way->room)
        return ecp_rsa_evaluate(b->rsa, draw, way->room, scores);
    if (b->conditions && !ecp_rsa_gram_draw(way->gram, draw.condition))
        return 0;
    ecp_rsa_gram_scores(way->gram, draw.subject, scores);
    return 1;
}

static void draw_one(const struct bootstrap *b, size_t k, size_t *indices, const struct way *way)
{
    const struct ecp_rsa *rsa = b->rsa;
    const size_t width = rsa->n_models + 2;
    size_t *condition = indices, *subject = indices + rsa->n;
    double *row = b->evaluations + k * width;
    struct ecp_rsa_scores scores = {.mean = row};
    struct ecp_chance chance = ecp_chance(b->options->seed, FOR_CONDITIONS, (uint32_t)k);
    for (size_t c = 0; c < rsa->n; c++)
        condition[c] = ecp_chance_below(&chance, rsa->n);
    chance = ecp_chance(b->options->seed, FOR_SUBJECTS, (uint32_t)k);
    for (size_t s = 0; s < rsa->n_subjects; s++)
        subject[s] = ecp_chance_below(&chance, rsa->n_subjects);
    const struct ecp_rsa_draw draw = {b->conditions ? condition : NULL,
                                      b->subjects ? subject : NULL};
    b->valid[k] = (unsigned char)evaluate(b, draw, way, &scores);
    row[rsa->n_models] = scores.ceiling[0];
    row[rsa->n_models + 1] = scores.ceiling[1];
}

static int draw_batch(const struct bootstrap *b, size_t from, size_t to)
{
    int fine = 1;
#pragma omp parallel reduction(&& : fine)
    {
        const int by_products = ecp_rsa_has_gram(b->rsa->measure);
        const struct way way = {by_products ? NULL : ecp_rsa_room_create(b->rsa),
                                by_products ? ecp_rsa_gram_create(b->rsa) : NULL};
        size_t *indices = malloc((b->rsa->n + b->rsa->n_subjects + 1) * sizeof *indices);
        fine = fine && (way.room || way.gram) && indices;
        if (way.gram && !b->conditions)
            (void)ecp_rsa_gram_draw(way.gram, NULL);
#pragma omp for schedule(dynamic)
        for (size_t k = from; k < to; k++)
            if (fine)
                draw_one(b, k, indices, &way);
        ecp_rsa_room_destroy(way.room);
        ecp_rsa_gram_destroy(way.gram);
        free(indices);
    }
    return fine;
}

/* A draw of one subject alone has no lower ceiling: of those that have, the mean stands in
 * where it would spoil a covariance. */
static void mend_ceilings(size_t width, size_t n, double *evaluations)
{
    for (size_t c = width - 2; c < width; c++) {
        double sum = 0, count = 0;
        for (size_t k = 0; k < n; k++)
            if (!isnan(evaluations[k * width + c])) {
                sum += evaluations[k * width + c];
                count++;
            }
        for (size_t k = 0; k < n; k++)
            if (isnan(evaluations[k * width + c]))
                evaluations[k * width + c] = count > 0 ? sum / count : 0;
    }
}

/* Draws that were possible, one after the other; *n of them. */
static enum ecp_status draw_all(struct bootstrap *b, double before, double share, size_t *n)
{
    const size_t width = b->rsa->n_models + 2, all = b->options->n_draws;
    size_t kept = 0;
    for (size_t from = 0; from < all; from += BATCH) {
        if (!draw_batch(b, from, from + BATCH < all ? from + BATCH : all))
            return ecp_fail(ECP_ENOMEM, "no memory for the bootstrap");
        if (b->options->progress &&
            b->options->progress(b->options->context, before + share * (double)from / (double)all))
            return ecp_fail(ECP_ESTOPPED, "stopped during the bootstrap");
    }
    for (size_t k = 0; k < all; k++)
        if (b->valid[k])
            memmove(b->evaluations + kept++ * width, b->evaluations + k * width,
                    width * sizeof(double));
    mend_ceilings(width, kept, b->evaluations);
    *n = kept;
    return ECP_OK;
}

/* ---- all of it
 * ------------------------------------------------------------------------------------- */

static void take_memory(const struct ecp_rsa *rsa, size_t n_draws, struct ecp_rsa_result *out)
{
    const size_t m = rsa->n_models, pairs = ecp_rdm_pairs(m);
    double *next = out->memory;
    out->n_models = m;
    out->score = next;
    out->each = next += m;
    out->of = (struct ecp_rsa_variances){m, next + m * rsa->n_subjects, NULL, NULL};
    next = out->of.model + m;
    out->of.pair = next;
    out->of.ceiling = next += pairs;
    out->p_pair = next += 2 * m;
    out->p_pair_corrected = next += pairs;
    out->best = next += pairs;
    out->evaluations = n_draws > 0 ? next + m : NULL;
}

static enum ecp_status spread_of_subjects(const struct ecp_rsa *rsa, struct ecp_rsa_result *out)
{
    const size_t m = rsa->n_models, s = rsa->n_subjects;
    double *rows = calloc(s * (m + 2) + 1, sizeof *rows);
    if (!rows)
        return ecp_fail(ECP_ENOMEM, "no memory for the tests");
    for (size_t k = 0; k < s; k++)
        for (size_t a = 0; a < m; a++)
            rows[k * (m + 2) + a] = out->each[a * s + k];
    /* ddof 0 over n, and n / (n - 1) for a sample that is small */
    const double n = (double)s;
    ecp_rsa_variances_of(m, s, rows, 1 / n / n * n / (n - 1), &out->of);
    free(rows);
    out->dof = n - 1;
    return ECP_OK;
}

static void combine(const struct ecp_rsa *rsa, const struct ecp_rsa_variances v[3],
                    struct ecp_rsa_variances *out)
{
    const size_t m = rsa->n_models;
    const double s = (double)rsa->n_subjects, n = (double)rsa->n;
    for (size_t k = 0; k < m; k++)
        out->model[k] = ecp_rsa_dual_variance(v[0].model[k], v[1].model[k], v[2].model[k], s, n);
    for (size_t k = 0; k < ecp_rdm_pairs(m); k++)
        out->pair[k] = ecp_rsa_dual_variance(v[0].pair[k], v[1].pair[k], v[2].pair[k], s, n);
    for (size_t k = 0; k < 2 * m; k++)
        out->ceiling[k] =
            ecp_rsa_dual_variance(v[0].ceiling[k], v[1].ceiling[k], v[2].ceiling[k], s, n);
}

static void count_best(size_t n_models, size_t n, const double *evaluations, double *best)
{
    memset(best, 0, n_models * sizeof *best);
    for (size_t k = 0; k < n; k++) {
        const double *row = evaluations + k * (n_models + 2);
        size_t winner = 0;
        for (size_t a = 1; a < n_models; a++)
            if (row[a] > row[winner])
                winner = a;
        best[winner] += 1 / (double)n;
    }
}

/* Kind 0: both (or the only one); 1: subjects; 2: conditions. */
static enum ecp_status resample(const struct ecp_rsa *rsa, const struct ecp_rsa_options *options,
                                struct ecp_rsa_result *out)
{
    const size_t m = rsa->n_models, pairs = ecp_rdm_pairs(m), width = m + 2;
    const int dual = options->generalise == ECP_RSA_BOTH, kinds = dual ? 3 : 1;
    double *memory = calloc(3 * (3 * m + pairs) + options->n_draws * width + 1, sizeof *memory);
    unsigned char *valid = calloc(options->n_draws + 1, 1);
    struct ecp_rsa_variances of[3];
    enum ecp_status status = ECP_OK;
    if (!memory || !valid) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu bootstraps", options->n_draws);
        goto done;
    }
    for (int kind = 0; kind < kinds; kind++) {
        double *at = memory + (size_t)kind * (3 * m + pairs);
        of[kind] = (struct ecp_rsa_variances){m, at, at + m, at + m + pairs};
        struct bootstrap b = {
            rsa,
            options,
            .subjects = dual ? kind != 2 : options->generalise == ECP_RSA_SUBJECTS,
            .conditions = dual ? kind != 1 : options->generalise == ECP_RSA_CONDITIONS,
            .evaluations = kind == 0 ? out->evaluations : memory + 3 * (3 * m + pairs),
            .valid = valid};
        size_t n = 0;
        ECP_TRY(draw_all(&b, (double)kind / kinds, 1.0 / kinds, &n));
        if (n < 2) {
            status = ecp_fail(ECP_ECONFIG, "%zu of %zu bootstrap samples have 3 conditions", n,
                              options->n_draws);
            goto done;
        }
        ecp_rsa_variances_of(m, n, b.evaluations, 1 / ((double)n - 1), &of[kind]);
        if (kind == 0) {
            out->n_draws = n;
            count_best(m, n, out->evaluations, out->best);
        }
    }
    if (dual)
        combine(rsa, of, &out->of);
    else
        memcpy(out->of.model, memory, (3 * m + pairs) * sizeof *memory);
done:
    free(memory);
    free(valid);
    return status;
}

/* A bootstrap over few things underestimates their spread by (n - 1)/n. */
static void correct_single(const struct ecp_rsa *rsa, enum ecp_rsa_generalise kind,
                           struct ecp_rsa_result *out)
{
    const size_t m = rsa->n_models;
    const double n = kind == ECP_RSA_SUBJECTS ? (double)rsa->n_subjects : (double)rsa->n;
    for (size_t k = 0; k < 3 * m + ecp_rdm_pairs(m); k++)
        out->of.model[k] *= n / (n - 1);
}

static enum ecp_status test_pairs(const struct ecp_rsa_options *options, struct ecp_rsa_result *out)
{
    const size_t m = out->n_models, pairs = ecp_rdm_pairs(m);
    for (size_t a = 0, at = 0; a < m; a++)
        for (size_t b = a + 1; b < m; b++, at++)
            out->p_pair[at] =
                ecp_rsa_p_differs(out->score[a] - out->score[b], out->of.pair[at], out->dof);
    memcpy(out->p_pair_corrected, out->p_pair, pairs * sizeof *out->p_pair);
    return options->fdr ? ecp_p_fdr(pairs, out->p_pair_corrected)
                        : ecp_p_holm(pairs, out->p_pair_corrected);
}

enum ecp_status ecp_rsa_infer(const struct ecp_rsa *rsa, const struct ecp_rsa_options *options,
                              struct ecp_rsa_result *out)
{
    const size_t m = rsa->n_models, pairs = ecp_rdm_pairs(m), s = rsa->n_subjects;
    const size_t draws = options->generalise == ECP_RSA_FIXED ? 0 : options->n_draws;
    struct ecp_rsa_room *room = ecp_rsa_room_create(rsa);
    enum ecp_status status = ECP_OK;
    *out = (struct ecp_rsa_result){0};
    out->memory = calloc(m * (5 + s) + 3 * pairs + draws * (m + 2) + 1, sizeof *out->memory);
    if (!room || !out->memory) {
        status = ecp_fail(ECP_ENOMEM, "no memory to compare %zu models", m);
        goto done;
    }
    take_memory(rsa, draws, out);
    struct ecp_rsa_scores scores = {.mean = out->score, .each = out->each};
    (void)ecp_rsa_evaluate(rsa, (struct ecp_rsa_draw){NULL, NULL}, room, &scores);
    memcpy(out->ceiling, scores.ceiling, sizeof out->ceiling);
    for (size_t k = 0; k < m; k++)
        out->best[k] = NAN;
    if (draws == 0)
        ECP_TRY(spread_of_subjects(rsa, out));
    else {
        ECP_TRY(resample(rsa, options, out));
        if (options->generalise != ECP_RSA_BOTH)
            correct_single(rsa, options->generalise, out);
        const double n[] = {(double)s, (double)rsa->n};
        out->dof = (options->generalise == ECP_RSA_SUBJECTS     ? n[0]
                    : options->generalise == ECP_RSA_CONDITIONS ? n[1]
                                                                : fmin(n[0], n[1])) -
                   1;
    }
    status = test_pairs(options, out);
done:
    ecp_rsa_room_destroy(room);
    if (status != ECP_OK)
        ecp_rsa_result_clear(out);
    return status;
}

void ecp_rsa_result_clear(struct ecp_rsa_result *result)
{
    free(result->memory);
    *result = (struct ecp_rsa_result){0};
}

/* ---- permutations
 * ------------------------------------------------------------------------------------- */

/* Mean of the subjects against permuted models. */
enum ecp_status ecp_rsa_permute(const struct ecp_rsa *rsa, size_t n_permutations, uint64_t seed,
                                double *p)
{
    const size_t pairs = ecp_rdm_pairs(rsa->n), size = ecp_prepared_size(rsa->measure, rsa->n);
    double *memory = malloc((2 * size + 2 * pairs + ecp_compare_work(rsa->n)) * sizeof *memory);
    size_t *order = malloc((rsa->n + 1) * sizeof *order);
    enum ecp_status status = ECP_OK;
    if (!memory || !order) {
        status = ecp_fail(ECP_ENOMEM, "no memory for permutations");
        goto done;
    }
    double *data = memory, *model = data + size, *mean = model + size, *moved = mean + pairs;
    double *work = moved + pairs;
    memset(mean, 0, pairs * sizeof *mean);
    for (size_t s = 0; s < rsa->n_subjects; s++)
        for (size_t k = 0; k < pairs; k++)
            mean[k] += rsa->subject[s * pairs + k] / (double)rsa->n_subjects;
    ecp_rdm_prepare(rsa->measure, rsa->n, mean, data, work);
    for (size_t a = 0; a < rsa->n_models; a++) {
        const double *rdm = rsa->model + a * pairs;
        double observed = 0, as_high = 0;
        for (size_t k = 0; k <= n_permutations; k++) {
            struct ecp_chance chance = ecp_chance(seed, FOR_PERMUTATIONS, (uint32_t)k);
            ecp_chance_order(&chance, rsa->n, order);
            for (size_t i = 0, at = 0; i < rsa->n; i++)
                for (size_t j = i + 1; j < rsa->n; j++, at++) {
                    const size_t x = k ? order[i] : i, y = k ? order[j] : j;
                    moved[at] = rdm[ecp_rdm_at(rsa->n, x < y ? x : y, x < y ? y : x)];
                }
            ecp_rdm_prepare(rsa->measure, rsa->n, moved, model, work);
            const double score = ecp_prepared_compare(rsa->measure, rsa->n, model, data, work);
            observed = k ? observed : score;
            as_high += k > 0 && score >= observed;
        }
        p[a] = (1 + as_high) / (1 + (double)n_permutations);
    }
done:
    free(memory);
    free(order);
    return status;
}
