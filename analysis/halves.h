/* halves.h -- repeats in two halves: what they have in common is not noise. */
#ifndef ECP_ANALYSIS_HALVES_H
#define ECP_ANALYSIS_HALVES_H

#include <stddef.h>

/* Means over the repeats (n x r x q, NAN: missing, left out) of each half, n x q; `second[k]`:
 * repeat k is of the second half. NAN where a half has none. */
void ecp_half_means(size_t n, size_t r, size_t q, const double *repeats,
                    const unsigned char *second, double *first_half, double *second_half);

/* Correlation of the halves over conditions, of each of q units, extended to all repeats by
 * Spearman & Brown, 2 c/(1 + c). `work`: 2 n q + 2 n. NAN: a half that does not vary. */
void ecp_half_consistency(size_t n, size_t r, size_t q, const double *repeats,
                          const unsigned char *second, double *work, double *consistency);

/* Correlations of columns of two m x q matrices; `work`: 2 m. */
void ecp_column_correlations(size_t m, size_t q, const double *a, const double *b, double *work,
                             double *r);

/* Median of those of n that are numbers, which are sorted; NAN: none. */
double ecp_median_of(size_t n, double *x);

#endif
