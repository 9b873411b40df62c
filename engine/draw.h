/* draw.h -- numbers of a law from uniform words, by inversion: one word, one
 * number, whoever draws it. */
#ifndef ECP_DRAW_H
#define ECP_DRAW_H

#include "engine/plan.h"
#include "engine/rng.h"

enum { ECP_LAW_BINS = 4096, ECP_LAW_TAIL = 32 };

/* A law made ready: the quantile function as a table of equally likely bins,
 * linear within; the outermost ECP_LAW_TAIL bins on each side are computed
 * exactly. Error inside below 1e-4 standard deviations of a normal law. */
struct ecp_law {
    struct ecp_draw draw;
    double below, inside; /* probability under the lower bound, between both */
    double *knot;         /* ECP_LAW_BINS + 1; NULL for constants and lists */
};

/* ECP_ENOMEM. A constant needs no table and never fails. */
enum ecp_status ecp_law_init(struct ecp_law *law, const struct ecp_draw *draw);
void ecp_law_clear(struct ecp_law *law);

/* The value of `element` (which only a list looks at) at `word`. */
double ecp_law_value(const struct ecp_law *law, uint32_t word, size_t element);

/* Exact quantile and distribution function; bounds included. */
double ecp_draw_quantile(const struct ecp_draw *draw, double probability);
double ecp_draw_cdf(const struct ecp_draw *draw, double value);

/* Lowest and highest value that a 32-bit word can give; the mean. */
void ecp_draw_range(const struct ecp_draw *draw, double *lowest, double *highest);
double ecp_draw_mean(const struct ecp_draw *draw);

/* Delays in whole steps: step d has probability cdf((d + 1/2) dt) -
 * cdf((d - 1/2) dt), from one word through a table. */
struct ecp_delay_law {
    uint32_t first, n;   /* steps first .. first + n - 1 */
    uint32_t *threshold; /* n - 1: step first + k when word < threshold[k] */
    uint32_t guide[257]; /* where to begin for the top 8 bits of the word */
};

enum ecp_status ecp_delay_law_init(struct ecp_delay_law *law, const struct ecp_draw *draw,
                                   double dt);
void ecp_delay_law_clear(struct ecp_delay_law *law);

static inline uint32_t ecp_delay_steps(const struct ecp_delay_law *law, uint32_t word)
{
    uint32_t k = law->guide[word >> 24];
    while (k + 1 < law->n && word >= law->threshold[k])
        k++;
    return law->first + k;
}

/* Thresholds of a Poisson count, 0 <= mean <= ECP_POISSON_MEAN_MAX. */
enum { ECP_POISSON_MEAN_MAX = 16 };
void ecp_poisson_table_init(struct ecp_poisson_table *table, double mean);

/* Counts by GSL's algorithms over a stream. */
uint64_t ecp_draw_binomial(struct ecp_stream *stream, double p, uint64_t n);
uint64_t ecp_draw_hypergeometric(struct ecp_stream *stream, uint64_t good, uint64_t bad,
                                 uint64_t drawn);

#endif
