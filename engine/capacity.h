/* capacity.h -- how much attractor memories hold, from theory. */
#ifndef ECP_CAPACITY_H
#define ECP_CAPACITY_H

/* Overlap m of retrieval in a Hopfield network of infinite size with alpha = P/N patterns
 * (Amit, Gutfreund & Sompolinsky 1985, T = 0): m = erf(y) at the largest root of
 *   y (sqrt(2 alpha) + 2/sqrt(pi) exp(-y^2)) = erf(y) ;
 * 0 above the capacity, where there is none. Error below 1e-12. */
double ecp_capacity_overlap(double alpha);
/* The largest alpha with such a root (0.1379), and m there (0.9674). */
double ecp_capacity_alpha(double *overlap);
/* Share of wrong bits after one step from a pattern: erfc(1/sqrt(2 alpha))/2. */
double ecp_capacity_one_step(double alpha);

/* Dense associative memory of power n on N signs: patterns without error,
 * N^(n-1)/(2 (2n-3)!! ln N), and the error of a bit with K of them,
 * erfc(sqrt(N^(n-1)/(2 K (2n-3)!!)))/2. */
double ecp_capacity_dense(double N, int n);
double ecp_capacity_dense_error(double N, int n, double K);

/* Patterns without error by half: the K at which (1 - error)^N = 1/2. */
double ecp_capacity_dense_half(double N, int n);

/* Ramsauer et al. 2021, theorem 3: modern_hopfield of dimension d and inverse temperature
 * beta stores sqrt(p) c^((d-1)/4) random patterns of length K sqrt(d - 1), with probability
 * 1 - p; this is c = b/W0(exp(a + ln b)), a = 2/(d-1) (1 + ln(2 beta K^2 p (d-1))),
 * b = 2 K^2 beta/5. */
double ecp_capacity_modern(double beta, double K, double d, double p);

#endif
