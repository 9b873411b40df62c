/* sdr.h -- sparse distributed representations: rows of n bits of which a are on, how likely
 * they match by chance (Ahmad & Hawkins 2016), and rows of bits packed into words.
 *
 * Probabilities are exact (hypergeometric); numbers of bits are whole. */
#ifndef ECP_SDR_H
#define ECP_SDR_H

#include <stddef.h>
#include <stdint.h>

/* ln of n over k; -INFINITY where there is no such choice. */
double ecp_sdr_log_choose(double n, double k);

/* `theta` or more of s chosen bits are on in a random row with a of n on:
 * sum over b of C(s, b) C(n - s, a - b)/C(n, a). */
double ecp_sdr_match(double n, double a, double s, double theta);

/* Share of bits that are on in the union of m random rows: 1 - (1 - a/n)^m. */
double ecp_sdr_union_density(double n, double a, double m);

/* `theta` or more of w chosen bits are on in that union. Row after row; m w^2 operations. */
double ecp_sdr_union_match(double n, double a, size_t m, size_t w, size_t theta);

/* ---- packed rows ------------------------------------------------------------------- */

static inline size_t ecp_bits_words(size_t n)
{
    return (n + 63) / 64;
}

/* Bit k of the row is x[k] > 1/2. */
void ecp_bits_pack(const double *x, size_t n, uint64_t *row);
void ecp_bits_unpack(const uint64_t *row, size_t n, double *x);
size_t ecp_bits_common(const uint64_t *a, const uint64_t *b, size_t words);
size_t ecp_bits_count(const uint64_t *a, size_t words);

#endif
