/* classify_linear.c -- weights of logistic regression and of a support vector machine with
 * squared hinges, by Newton's method with conjugate gradients (Lin, Weng & Keerthi 2008). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/classifiers.h"
#include "analysis/dense.h"
#include "engine/matrix.h"

enum { PASSES = 200, INNER = 500 };

/* x has a column of 1 at the end: (n x w), w = p + 1; weights w x k. */
struct fit {
    int logistic;
    size_t n, w, k;
    double c;
    const double *x;
    const size_t *of;
    const int *present;                                                /* k: has examples */
    double *weight, *gradient, *step, *residual, *direction, *product; /* w x k each */
    double *score, *slope, *curve, *turned;                            /* n x k each */
};

static double penalty(const struct fit *f, size_t at)
{
    return f->logistic && at / f->k == f->w - 1 ? 0 : 1;
}

/* Loss of one row of scores; its derivative and what the second derivative needs: the
 * probabilities, or 2 where a hinge is open. */
static double lose(const struct fit *f, size_t row, const double *score, double *slope,
                   double *curve)
{
    double loss = 0, most = -INFINITY, sum = 0;
    if (!f->logistic) {
        for (size_t j = 0; j < f->k; j++) {
            const double y = f->of[row] == j ? 1 : -1, open = fmax(0, 1 - y * score[j]);
            loss += open * open;
            slope[j] = -2 * y * open;
            curve[j] = open > 0 ? 2 : 0;
        }
        return loss;
    }
    for (size_t j = 0; j < f->k; j++)
        most = f->present[j] ? fmax(most, score[j]) : most;
    for (size_t j = 0; j < f->k; j++) {
        curve[j] = f->present[j] ? exp(score[j] - most) : 0;
        sum += curve[j];
    }
    for (size_t j = 0; j < f->k; j++) {
        curve[j] /= sum;
        slope[j] = curve[j] - (f->of[row] == j);
    }
    return log(sum) + most - score[f->of[row]];
}

/* What is minimised; scores, slopes and curves on the way. */
static double value_of(const struct fit *f, const double *weight)
{
    double loss = 0, square = 0;
    ecp_matrix_ab(f->n, f->k, f->w, f->x, weight, f->score);
    for (size_t i = 0; i < f->n; i++)
        loss += lose(f, i, f->score + i * f->k, f->slope + i * f->k, f->curve + i * f->k);
    for (size_t at = 0; at < f->w * f->k; at++)
        square += penalty(f, at) * weight[at] * weight[at];
    return f->c * loss + square / 2;
}

static void find_gradient(const struct fit *f)
{
    ecp_matrix_atb(f->w, f->k, f->n, f->x, f->slope, f->gradient);
    for (size_t at = 0; at < f->w * f->k; at++)
        f->gradient[at] = f->c * f->gradient[at] + penalty(f, at) * f->weight[at];
}

/* product = (second derivative) direction */
static void turn(const struct fit *f)
{
    ecp_matrix_ab(f->n, f->k, f->w, f->x, f->direction, f->turned);
    for (size_t i = 0; i < f->n; i++) {
        double *row = f->turned + i * f->k, mean = 0;
        const double *curve = f->curve + i * f->k;
        for (size_t j = 0; f->logistic && j < f->k; j++)
            mean += curve[j] * row[j];
        for (size_t j = 0; j < f->k; j++)
            row[j] = curve[j] * (row[j] - mean);
    }
    ecp_matrix_atb(f->w, f->k, f->n, f->x, f->turned, f->product);
    for (size_t at = 0; at < f->w * f->k; at++)
        f->product[at] = f->c * f->product[at] + penalty(f, at) * f->direction[at];
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* Newton's step, by conjugate gradients. Intercepts that rise together change nothing: their
 * direction has no curvature, and no residual either. */
static void find_step(const struct fit *f)
{
    const size_t all = f->w * f->k;
    double square = ecp_dense_square(all, f->gradient);
    const double enough = 1e-6 * square; /* 1e-3 of the length */
    memset(f->step, 0, all * sizeof *f->step);
    for (size_t at = 0; at < all; at++)
        f->direction[at] = f->residual[at] = -f->gradient[at];
    for (int k = 0; k < INNER && square > enough; k++) {
        turn(f);
        const double curvature = dot(all, f->direction, f->product);
        if (!(curvature > 0))
            return;
        const double length = square / curvature, before = square;
        for (size_t at = 0; at < all; at++) {
            f->step[at] += length * f->direction[at];
            f->residual[at] -= length * f->product[at];
        }
        square = ecp_dense_square(all, f->residual);
        for (size_t at = 0; at < all; at++)
            f->direction[at] = f->residual[at] + square / before * f->direction[at];
    }
}

/* To a gradient of 1e-8 of the first one. */
static void minimise(struct fit *f)
{
    const size_t all = f->w * f->k;
    double value = value_of(f, f->weight), first = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        find_gradient(f);
        const double size = sqrt(ecp_dense_square(all, f->gradient));
        first = pass == 0 ? size : first;
        if (!(size > 1e-8 * first))
            return;
        find_step(f);
        const double fall = dot(all, f->gradient, f->step);
        double length = 1, next = INFINITY;
        for (int halving = 0; halving < 40; halving++, length /= 2) {
            for (size_t at = 0; at < all; at++)
                f->product[at] = f->weight[at] + length * f->step[at];
            next = value_of(f, f->product);
            if (next <= value + 1e-4 * length * fall)
                break;
        }
        if (!(next < value)) { /* as low as rounding lets it */
            (void)value_of(f, f->weight);
            return;
        }
        memcpy(f->weight, f->product, all * sizeof *f->weight);
        value = next;
    }
}

static enum ecp_status begin(struct fit *f, const double *x, double **memory, int **present)
{
    const size_t all = f->w * f->k, scores = f->n * f->k, p = f->w - 1;
    *memory = calloc(6 * all + 4 * scores + f->n * f->w + 1, sizeof **memory);
    *present = calloc(f->k + 1, sizeof **present);
    if (!*memory || !*present)
        return ecp_fail(ECP_ENOMEM, "no memory to learn weights of %zu units", p);
    double *at = *memory, *own = at + 6 * all + 4 * scores;
    double **parts[] = {&f->weight,   &f->gradient,  &f->step,
                        &f->residual, &f->direction, &f->product};
    for (size_t k = 0; k < 6; k++, at += all)
        *parts[k] = at;
    double **rows[] = {&f->score, &f->slope, &f->curve, &f->turned};
    for (size_t k = 0; k < 4; k++, at += scores)
        *rows[k] = at;
    for (size_t i = 0; i < f->n; i++) {
        memcpy(own + i * f->w, x + i * p, p * sizeof *own);
        own[i * f->w + p] = 1;
        (*present)[f->of[i]] = 1;
    }
    f->x = own;
    f->present = *present;
    return ECP_OK;
}

enum ecp_status ecp_classify_linear(const struct ecp_classifier *how, size_t n, size_t p,
                                    size_t n_classes, const double *x, const size_t *of, size_t m,
                                    const double *xt, size_t *guess)
{
    struct fit f = {.logistic = how->kind == ECP_CLASSIFIER_LOGISTIC,
                    .n = n,
                    .w = p + 1,
                    .k = n_classes,
                    .c = how->c,
                    .of = of};
    double *memory = NULL;
    int *present = NULL;
    enum ecp_status status = begin(&f, x, &memory, &present);
    if (status == ECP_OK)
        minimise(&f);
    for (size_t i = 0; status == ECP_OK && i < m; i++) {
        for (size_t j = 0; j < n_classes; j++) {
            f.gradient[j] = present[j] ? f.weight[p * n_classes + j] : NAN;
            for (size_t u = 0; u < p; u++)
                f.gradient[j] += xt[i * p + u] * f.weight[u * n_classes + j];
        }
        guess[i] = ecp_largest_of(n_classes, f.gradient);
    }
    free(memory);
    free(present);
    return status;
}
