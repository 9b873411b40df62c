/* trains.h -- statistics of single spike trains. Times ascend; any unit, the same for all.
 * NAN where undefined. */
#ifndef ECP_ANALYSIS_TRAINS_H
#define ECP_ANALYSIS_TRAINS_H

#include <stddef.h>

struct ecp_spikes {
    const double *time;
    size_t n;
};

/* Of the intervals: standard deviation (divisor n) over mean; 2 mean |I - I'|/(I + I') of
 * neighbours; 3 mean ((I - I')/(I + I'))^2; the same corrected for a refractory time. */
double ecp_train_cv(struct ecp_spikes train);
double ecp_train_cv2(struct ecp_spikes train);
double ecp_train_lv(struct ecp_spikes train);
double ecp_train_lvr(struct ecp_spikes train, double refractory);

/* Counts in n_bins bins from start (a bin includes its beginning); times within 1e-8 of a
 * bin's end belong to the next, as elephant has it. */
void ecp_train_bin(struct ecp_spikes train, double start, double width, size_t n_bins,
                   double *count);

/* Variance (divisor n) over mean of n numbers. */
double ecp_fano(size_t n, const double *count);

/* Pearson's correlation of two lists of n. */
double ecp_correlation(size_t n, const double *a, const double *b);

/* Pairs of spikes by lag j - i in bins, for lags -lags .. lags (out: 2 lags + 1), of counts in
 * n bins. */
enum ecp_cch {
    ECP_CCH_RAW,
    ECP_CCH_BORDER,     /* times n / (n - |lag|) */
    ECP_CCH_COEFFICIENT /* (c - S1 S2/n)/sqrt((Q1 - S1^2/n)(Q2 - S2^2/n)) */
};
void ecp_cross_correlogram(enum ecp_cch kind, size_t n, const double *a, const double *b,
                           size_t lags, double *out);

/* Spike time tiling coefficient (Cutts & Eglen 2014). `compat`: spikes are coincident within
 * dt + 1e-5 |t|, as elephant's comparison has it (its issue 706); the paper says dt. */
double ecp_train_tiling(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                        double dt, int compat);

/* ---- distances of two trains ------------------------------------------------------------- */

/* Victor & Purpura 1996: adding or removing costs 1, moving `cost` a unit of time (INFINITY:
 * never). O(n m). NAN: no memory. */
double ecp_victor_purpura(struct ecp_spikes a, struct ecp_spikes b, double cost);

/* van Rossum 2001, sqrt(sum exp(-|t - t'|/tau)) of the difference: one spike more is 1. tau 0
 * and INFINITY are limits. O(n + m) (Houghton & Kreuz 2012). */
double ecp_van_rossum(struct ecp_spikes a, struct ecp_spikes b, double tau);

/* Averages over [start, stop] of the ISI-distance and the SPIKE-distance (Kreuz et al. 2007,
 * 2013), 0: equal; intervals shorter than `mrts` count less (Satuvuori et al. 2017; 0: off).
 * `rate_independent`: the form without the intervals' ratio. */
double ecp_isi_distance(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                        double mrts);
double ecp_spike_distance(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                          double mrts, int rate_independent);
/* Coincidences and all spikes (their ratio is SPIKE-synchronisation, 1 without spikes). */
void ecp_spike_coincidences(struct ecp_spikes a, struct ecp_spikes b, double start, double stop,
                            double *coincident, double *all);

/* Spike-contrast of n trains (Ciba et al. 2018): largest over widths of bins, from half the
 * duration down by 0.9 to `least`. `curve` (may be NULL): of the first `most` widths; *widths:
 * how many there were. NAN: no memory. */
double ecp_spike_contrast(size_t n, const struct ecp_spikes *train, double start, double stop,
                          double least, double *curve, size_t most, size_t *widths);

#endif
