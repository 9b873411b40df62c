/* attention_in_spikes.h -- parts of the scenario attention_in_spikes: its parameters, what it
 * presents to the network, and what is kept of all loads and seeds. */
#ifndef ECP_ATTENTION_IN_SPIKES_H
#define ECP_ATTENTION_IN_SPIKES_H

#include "engine/experiment.h"

enum { MOST_LOADS = 8, NOISES = 4, TIMES = 5, MOST_SEEDS = 20, TEACHERS = 10, MAPS = 3 };
enum { LINEAR, DELTA, SPIKES };

enum {
    DIMENSION,
    COPIES,
    VALUES,
    PAIRS,
    QUIET_PAIRS,
    EPOCHS,
    BETA,
    PRESENT,
    LISTEN,
    LONG,
    RATE,
    VALUE_RATE,
    SEEDS,
    TAUGHT,
    END
};

enum {
    ERROR_LINEAR,
    ERROR_DELTA,
    ERROR_SPIKES,
    ERROR_SD,
    ADVANTAGE,
    DEPARTURE,
    CORRELATION,
    SLOPE,
    PREFACTOR,
    SILENT,
    RECTIFIED,
    OVERLOAD,
    RESULTS
};

/* ms: a step, between presentations; noise of queries over the length of a key. */
static const double ecp_attention_dt = 1, ecp_attention_gap = 150;
static const double ecp_attention_noises[NOISES] = {0, 0.25, 0.5, 1};

static inline size_t features_of(const double *param)
{
    return 2 * (size_t)param[DIMENSION];
}

/* What is presented one after the other: rates of features, and of the values while storing. */
struct programme {
    size_t n_store, n_queries; /* presentations */
    const double *store;       /* n_store x features */
    const double *lesson;      /* n_store x p, Hz */
    const double *query;       /* n_queries x features */
    double listen;             /* ms of a query */
};

/* Rates of the outputs in windows of `window` ms of each query (n_queries x windows x p, Hz);
 * and, where `weight` is not NULL, weights in Hz at feature 1 (p x features), which are added
 * to what is there. */
enum ecp_status ecp_attention_network(struct ecp_experiment *experiment, const double *param,
                                      const struct programme *programme, uint64_t seed,
                                      double window, double *rates, double *weight);

/* What is kept of all loads and seeds. */
struct outcome {
    size_t n_loads;
    double load[MOST_LOADS];
    double error[MAPS][MOST_LOADS][MOST_SEEDS];
    double departure[MOST_LOADS][MOST_SEEDS];
    double noisy[MAPS][NOISES][MOST_SEEDS];
    double sd[TIMES][MOST_SEEDS], theory[TIMES][MOST_SEEDS], time[TIMES];
    /* Over queries with noise. */
    double n, xy, x, y, xx, yy; /* rectified delta rule and spikes */
    double plain, rectified;    /* squares of departures */
    double silent, n_silent;
};

/* Results, tables and figure. */
enum ecp_status ecp_attention_show(struct ecp_experiment *experiment, const double *param,
                                   const struct outcome *outcome);

#endif
