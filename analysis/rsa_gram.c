#include "analysis/rsa_gram.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ecp_rsa_gram {
    const struct ecp_rsa *rsa;
    size_t rows;    /* models, subjects, and one of ones */
    double *vector; /* rows x pairs */
    double *scaled; /* the same under the weights */
    double *like;   /* rows x rows */
    double *count;  /* n: how often a condition comes */
    double *length; /* rows */
};

int ecp_rsa_has_gram(enum ecp_rdm_measure measure)
{
    return measure == ECP_COMPARE_CORR || measure == ECP_COMPARE_COSINE;
}

void ecp_rsa_gram_destroy(struct ecp_rsa_gram *gram)
{
    if (!gram)
        return;
    free(gram->vector);
    free(gram->scaled);
    free(gram->like);
    free(gram->count);
    free(gram->length);
    free(gram);
}

/* Of length 1, and for corr about their mean: so little is lost under any weights. */
static void take(const struct ecp_rsa *rsa, const double *from, size_t pairs, double *to)
{
    double mean = 0, square = 0;
    for (size_t k = 0; rsa->measure == ECP_COMPARE_CORR && k < pairs; k++)
        mean += from[k] / (double)pairs;
    for (size_t k = 0; k < pairs; k++)
        square += (from[k] - mean) * (from[k] - mean);
    for (size_t k = 0; k < pairs; k++)
        to[k] = square > 0 ? (from[k] - mean) / sqrt(square) : 0;
}

struct ecp_rsa_gram *ecp_rsa_gram_create(const struct ecp_rsa *rsa)
{
    const size_t pairs = ecp_rdm_pairs(rsa->n), m = rsa->n_models;
    const size_t rows = m + rsa->n_subjects + 1;
    struct ecp_rsa_gram *gram = calloc(1, sizeof *gram);
    if (!gram)
        return NULL;
    gram->rsa = rsa;
    gram->rows = rows;
    gram->vector = malloc((rows * pairs + 1) * sizeof *gram->vector);
    gram->scaled = malloc((rows * pairs + 1) * sizeof *gram->scaled);
    gram->like = malloc(rows * rows * sizeof *gram->like);
    gram->count = malloc((rsa->n + 1) * sizeof *gram->count);
    gram->length = malloc(rows * sizeof *gram->length);
    if (!gram->length || !gram->vector || !gram->scaled || !gram->like || !gram->count) {
        ecp_rsa_gram_destroy(gram);
        return NULL;
    }
    for (size_t k = 0; k + 1 < rows; k++)
        take(rsa, k < m ? rsa->model + k * pairs : rsa->subject + (k - m) * pairs, pairs,
             gram->vector + k * pairs);
    for (size_t k = 0; k < pairs; k++)
        gram->vector[(rows - 1) * pairs + k] = 1;
    return gram;
}

static void weigh(struct ecp_rsa_gram *gram)
{
    const size_t n = gram->rsa->n, pairs = ecp_rdm_pairs(n);
    const double *count = gram->count;
    for (size_t r = 0; r < gram->rows; r++) {
        const double *from = gram->vector + r * pairs;
        double *to = gram->scaled + r * pairs;
        for (size_t i = 0; i < n; i++) {
            const size_t length = n - i - 1;
            for (size_t j = 0; j < length; j++)
                to[j] = count[i] * count[i + 1 + j] * from[j];
            from += length;
            to += length;
        }
    }
}

/* Products to cosines; those of lengths whose square is below `none` are 0. */
static void to_likeness(struct ecp_rsa_gram *gram, double none, double *length)
{
    const size_t rows = gram->rows;
    double *like = gram->like;
    for (size_t a = 0; a + 1 < rows; a++)
        length[a] = sqrt(fmax(like[a * rows + a], 0));
    for (size_t a = 0; a + 1 < rows; a++)
        for (size_t b = 0; b + 1 < rows; b++)
            like[a * rows + b] =
                length[a] * length[b] > none ? like[a * rows + b] / (length[a] * length[b]) : 0;
}

int ecp_rsa_gram_draw(struct ecp_rsa_gram *gram, const size_t *condition)
{
    const size_t n = gram->rsa->n, rows = gram->rows, pairs = ecp_rdm_pairs(n);
    const int centred = gram->rsa->measure == ECP_COMPARE_CORR;
    double *like = gram->like;
    size_t distinct = 0;
    for (size_t k = 0; k < n; k++)
        gram->count[k] = condition ? 0 : 1;
    for (size_t k = 0; condition && k < n; k++)
        gram->count[condition[k]]++;
    for (size_t k = 0; k < n; k++)
        distinct += gram->count[k] > 0;
    if (distinct < 3)
        return 0;
    weigh(gram);
    openblas_set_num_threads(1);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)rows, (int)pairs, 1,
                gram->scaled, (int)pairs, gram->vector, (int)pairs, 0, like, (int)rows);
    const double *sum = like + (rows - 1) * rows; /* with ones: sums, and the weight of all */
    const double weight = sum[rows - 1];
    for (size_t a = 0; centred && a + 1 < rows; a++)
        for (size_t b = 0; b + 1 < rows; b++)
            like[a * rows + b] -= sum[a] * sum[b] / weight;
    to_likeness(gram, 1e-26 * weight / (double)pairs, gram->length);
    return 1;
}

/* Likeness of the pooled matrix of subjects other than `left_out` with subject s. */
static double pooled(const struct ecp_rsa_gram *gram, const size_t *subject, size_t left_out,
                     size_t s)
{
    const size_t n = gram->rsa->n_subjects, m = gram->rsa->n_models, rows = gram->rows;
    double with = 0, within = 0, n_pooled = 0;
    for (size_t a = 0; a < n; a++) {
        const size_t t = subject ? subject[a] : a;
        if (t == left_out)
            continue;
        n_pooled++;
        with += gram->like[(m + t) * rows + m + s];
        for (size_t b = 0; b < n; b++) {
            const size_t u = subject ? subject[b] : b;
            within += u == left_out ? 0 : gram->like[(m + t) * rows + m + u];
        }
    }
    return n_pooled > 0 ? (within > 0 ? with / sqrt(within) : 0) : NAN;
}

void ecp_rsa_gram_scores(const struct ecp_rsa_gram *gram, const size_t *subject,
                         struct ecp_rsa_scores *out)
{
    const size_t n = gram->rsa->n_subjects, m = gram->rsa->n_models, rows = gram->rows;
    double groups = 0;
    for (size_t a = 0; a < m; a++) {
        out->mean[a] = 0;
        for (size_t k = 0; k < n; k++) {
            const double score = gram->like[a * rows + m + (subject ? subject[k] : k)];
            out->mean[a] += score / (double)n;
            if (out->each)
                out->each[a * n + k] = score;
        }
    }
    out->ceiling[0] = out->ceiling[1] = 0;
    for (size_t s = 0; s < n; s++) {
        int there = !subject;
        for (size_t k = 0; subject && k < n; k++)
            there |= subject[k] == s;
        if (!there)
            continue;
        out->ceiling[0] += pooled(gram, subject, s, s);
        out->ceiling[1] += pooled(gram, subject, n, s);
        groups++;
    }
    out->ceiling[0] /= groups;
    out->ceiling[1] /= groups;
    out->n_pairs = ecp_rdm_pairs(gram->rsa->n);
}
