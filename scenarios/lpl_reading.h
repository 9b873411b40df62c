/* lpl_reading.h -- what can be read of the inputs, linearly, from the network of scenarios lpl and
 * lpl_spiking: as in the notebook of Halvagal & Zenke 2023, spikes of each group of inputs and of
 * each excitatory neuron are counted in bins, and counts of groups are fitted by the lasso. */
#ifndef ECP_LPL_READING_H
#define ECP_LPL_READING_H

#include <stddef.h>

#include "engine/recording.h"
#include "engine/status.h"
#include "scenarios/lpl_network.h"

/* n samples of d numbers x (n x d, row-major), of which m numbers y (n x m) are guessed. */
struct ecp_lasso {
    size_t n, d, m;
    const double *x, *y;
    double alpha;
};

/* For each k < m the minimum of sum over samples (y_k - c - w . x)^2/(2 n) + alpha sum |w|, by
 * coordinate descent: fit[k * (d + 1)] and so on are w, then c. ECP_ENOMEM. O(n d^2), then
 * O(d^2) a round. Friedman, Hastie & Tibshirani 2010, doi:10.18637/jss.v033.i01 */
enum ecp_status ecp_lasso_fit(const struct ecp_lasso *problem, double *fit);

struct ecp_lpl_reader {
    double start, stop; /* ms: spikes of populations E, P0 ... P4 are looked at */
    double bin;         /* ms */
    double held_out;    /* share of the bins, at the end, that are guessed and not learned from */
    double alpha;
};

struct ecp_lpl_reading {
    double r2[ECP_LPL_INPUTS]; /* 1 - error/variance; NAN where a count never changes */
    double correlation;        /* of guesses and counts, all groups and held-out bins together */
    double rate;               /* Hz, of E */
};

/* ECP_EARG where there are fewer than 10 bins on either side. */
enum ecp_status ecp_lpl_read(const struct ecp_recording *recording,
                             const struct ecp_lpl_reader *reader, struct ecp_lpl_reading *out);

#endif
