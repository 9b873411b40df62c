/* classifiers.h -- which class a response belongs to, learned from others. Responses n x p,
 * row-major; classes 0 .. n_classes - 1. A class without an example is never guessed. */
#ifndef ECP_ANALYSIS_CLASSIFIERS_H
#define ECP_ANALYSIS_CLASSIFIERS_H

#include <stddef.h>

#include "engine/status.h"

/*   centroid     the class with the nearest mean
 *   correlation  the class whose mean correlates most, over units
 *   knn          the most frequent class of the k nearest examples
 *   lda          linear discriminants, each class' covariance shrunk (Ledoit & Wolf 2004)
 *                towards equal variances after scaling, weighted by class
 *   logistic     multinomial: least C sum(-ln p) + |w|^2/2, intercepts free
 *   svm          one class against the rest: least C sum(max(0, 1 - y s)^2) + |w|^2/2, the
 *                intercept in w
 *   svm_pairs    class against class: least C sum(max(0, 1 - y s)) + |w|^2/2, intercept free;
 *                most wins
 * Of equals the first (class, or example). */
enum ecp_classifier_kind {
    ECP_CLASSIFIER_CENTROID,
    ECP_CLASSIFIER_CORRELATION,
    ECP_CLASSIFIER_KNN,
    ECP_CLASSIFIER_LDA,
    ECP_CLASSIFIER_LOGISTIC,
    ECP_CLASSIFIER_SVM,
    ECP_CLASSIFIER_SVM_PAIRS
};

struct ecp_classifier {
    enum ecp_classifier_kind kind;
    size_t neighbours;
    int cosine; /* knn: by angle instead of distance */
    double c;   /* logistic, svm */
};

/* Learn from n examples x (n x p) of classes `of`, guess m others xt (m x p) into `guess`;
 * n_classes: no guess (a response that has no correlation). ECP_ENOMEM; ECP_ENUMERIC.
 * O((n + m) p n_classes) a pass; knn O(n m p); lda and svm_pairs also p^3, n^2 p. */
enum ecp_status ecp_classify(const struct ecp_classifier *how, size_t n, size_t p, size_t n_classes,
                             const double *x, const size_t *of, size_t m, const double *xt,
                             size_t *guess);

/* Parts in classify_linear.c: guesses by weights that are learned in passes. */
enum ecp_status ecp_classify_linear(const struct ecp_classifier *how, size_t n, size_t p,
                                    size_t n_classes, const double *x, const size_t *of, size_t m,
                                    const double *xt, size_t *guess);
/* In classify_pairs.c. */
enum ecp_status ecp_classify_pairs(const struct ecp_classifier *how, size_t n, size_t p,
                                   size_t n_classes, const double *x, const size_t *of, size_t m,
                                   const double *xt, size_t *guess);

/* Columns of x and xt less the mean of x, over its standard deviation (divisor n; columns that
 * are constant but for rounding: over 1). */
void ecp_standardise(size_t n, size_t p, double *x, size_t m, double *xt);

/* Position of the largest of n; the first of equals; n: none is a number. */
size_t ecp_largest_of(size_t n, const double *x);

#endif
