/* lpl_spiking.h -- what scenario lpl_spiking measures, and how it shows it (lpl_spiking_show.c). */
#ifndef ECP_LPL_SPIKING_H
#define ECP_LPL_SPIKING_H

#include "engine/experiment.h"
#include "scenarios/lpl_reading.h"

/* The conditions of the network, and the network before it learns. */
enum { ECP_LPL_BEFORE = ECP_LPL_CONDITIONS, ECP_LPL_KINDS };
extern const char *const ecp_lpl_kinds[ECP_LPL_KINDS];

/* Of each kind, a result NAME_MEASURE: mean over seeds; in this order from the first on. */
enum ecp_lpl_measure {
    ECP_LPL_R2, /* of P0 to P4 */
    ECP_LPL_SLOW = ECP_LPL_R2 + ECP_LPL_INPUTS,
    ECP_LPL_SHUFFLED,
    ECP_LPL_IO,
    ECP_LPL_RATE,
    ECP_LPL_WEIGHT,
    ECP_LPL_PREFERENCE,
    ECP_LPL_LEANING,
    ECP_LPL_SPREAD,
    ECP_LPL_MINORITY,
    ECP_LPL_MEASURES
};

/* The results after those. */
enum {
    ECP_LPL_LEARNED = ECP_LPL_KINDS * ECP_LPL_MEASURES,
    ECP_LPL_SHUFFLED_MOST,
    ECP_LPL_PREFERS,
    ECP_LPL_BLIND,
    ECP_LPL_COLLAPSE_WEIGHT,
    ECP_LPL_COLLAPSE_RATE,
    ECP_LPL_SIDES,
    ECP_LPL_CLEANER,
    ECP_LPL_BETTER,
    ECP_LPL_LEAN,
    ECP_LPL_LEAN_OFF,
    ECP_LPL_LEAN_LESS,
    ECP_LPL_SE,
    ECP_LPL_RESULTS
};

/* One network after its test. */
struct ecp_lpl_outcome {
    double measure[ECP_LPL_MEASURES];
    double weight[ECP_LPL_INPUTS]; /* mean of each group's synapses */
    double selectivity[ECP_LPL_E]; /* (w_P3 - w_P1)/(w_P3 + w_P1) of mean weights; NAN: none */
};

/* outcome: seeds x kinds; `run` tells which kinds were simulated. */
struct ecp_lpl_outcomes {
    size_t seeds;
    int run[ECP_LPL_KINDS];
    const struct ecp_lpl_outcome *outcome;
};

static inline const struct ecp_lpl_outcome *ecp_lpl_of(const struct ecp_lpl_outcomes *o,
                                                       size_t seed, int kind)
{
    return &o->outcome[seed * ECP_LPL_KINDS + (size_t)kind];
}

/* Results, table "seeds" and figure. */
enum ecp_status ecp_lpl_spiking_show(struct ecp_experiment *e, const struct ecp_lpl_outcomes *o);

#endif
