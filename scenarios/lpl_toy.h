/* lpl_toy.h -- what the parts of scenario lpl_toy share: lpl_toy.c lets units learn,
 * lpl_toy_claims.c has closed forms and claims, lpl_toy_show.c tables and figure. */
#ifndef ECP_LPL_TOY_H
#define ECP_LPL_TOY_H

#include "engine/experiment.h"

/* Keys. */
enum {
    ECP_TOY_RULE,
    ECP_TOY_SEEDS,
    ECP_TOY_SIGMA_LOW,
    ECP_TOY_SIGMA_HIGH,
    ECP_TOY_SIGMAS,
    ECP_TOY_REPEATS,
    ECP_TOY_P,
    ECP_TOY_BATCHES,
    ECP_TOY_BATCH,
    ECP_TOY_PREDICT,
    ECP_TOY_HEBB,
    ECP_TOY_DECAY,
    ECP_TOY_ETA,
    ECP_TOY_NOISE,
    ECP_TOY_CROSSING_BELOW,
    ECP_TOY_CROSSING_ABOVE,
    ECP_TOY_CROSSING_BATCHES,
    ECP_TOY_P_BELOW,
    ECP_TOY_P_ABOVE,
    ECP_TOY_P_HIGH,
    ECP_TOY_PS,
    ECP_TOY_SWITCH_SIGMA,
    ECP_TOY_SWITCH_BATCHES,
    ECP_TOY_POINTS,
    ECP_TOY_END
};

/* Units that learn side by side: one rule over sigma; pred_off at two values of sigma about
 * its crossing; lpl over p. The first six are rules, in the order of key `rule` after "all". */
enum ecp_toy_group {
    ECP_TOY_LPL,
    ECP_TOY_PRED_OFF,
    ECP_TOY_HEBB_OFF,
    ECP_TOY_OJA,
    ECP_TOY_NAIVE,
    ECP_TOY_VICREG,
    ECP_TOY_RULES,
    ECP_TOY_CROSSING = ECP_TOY_RULES,
    ECP_TOY_SWITCH,
    ECP_TOY_GROUPS
};
extern const char *const ecp_toy_groups[ECP_TOY_GROUPS];

enum ecp_toy_measure {
    ECP_TOY_COSINE,      /* |w_x|/|w| */
    ECP_TOY_ACTIVITY,    /* mean |z| */
    ECP_TOY_SELECTIVITY, /* |difference of the clusters' means|/(max z - min z); NAN: z = 0 */
    ECP_TOY_W_X,         /* size of it */
    ECP_TOY_W_Y,
    ECP_TOY_DEVIATION, /* of |w_x| from the closed form of the whole rule, as a share of it */
    ECP_TOY_MEASURES
};

struct ecp_toy_unit {
    double sigma, p;
    double measure[ECP_TOY_MEASURES];
};

/* unit[g]: seeds x n[g]; n[g] 0: not run. */
struct ecp_toy_units {
    const double *param;
    size_t seeds, n[ECP_TOY_GROUPS];
    struct ecp_toy_unit *unit[ECP_TOY_GROUPS];
};

/* Value k of sigma, evenly on a logarithmic scale. */
double ecp_toy_sigma(const double *param, size_t k);
int ecp_toy_runs(const double *param, int group);
int ecp_toy_batches(int group); /* the key that says how many */

/* |w_x| at the fixed point of the mean drift on the x axis, of LPL: sqrt(2/(0.17 + 4p)) with
 * the default keys, or PRED_OFF: sqrt(2/0.15); NAN: of others. */
double ecp_toy_w_x(const double *param, int rule, double p);
/* Mean |z| where the rule ends at this sigma; NAN: no closed form. */
double ecp_toy_activity(const double *param, int rule, double sigma);
/* p at which the x axis ceases to be stable at the sigma of the switch; NAN: at none. */
double ecp_toy_switch(const double *param);
/* Selectivity of a unit with w_y = 0: 2/(2 + 2 noise E max of half the points). */
double ecp_toy_selectivity(const double *param);

extern const struct ecp_field ecp_toy_results[];

/* What is judged: a measure over the units of a group with sigma (SWITCH: p) in [low, high]. */
enum ecp_toy_how { ECP_TOY_MEAN, ECP_TOY_LEAST, ECP_TOY_MOST };
struct ecp_toy_judged {
    int result; /* position in ecp_toy_results */
    enum ecp_toy_group group;
    enum ecp_toy_measure measure;
    enum ecp_toy_how how;
    double low, high;
    double least, most; /* allowed */
    const char *source;
};
enum { ECP_TOY_JUDGED = 18 };
/* All of them by these parameters; those that cannot be judged have high < low. */
void ecp_toy_judge(const double *param, struct ecp_toy_judged out[ECP_TOY_JUDGED]);

/* Results and claims. */
enum ecp_status ecp_toy_claim(struct ecp_plan *plan, const double *param);
/* Over one seed; NAN: no unit is meant. */
double ecp_toy_value(const struct ecp_toy_units *units, const struct ecp_toy_judged *judged,
                     size_t seed);
void ecp_toy_put(struct ecp_experiment *experiment, const struct ecp_toy_units *units);

/* Tables "claims" and "units", and the figure. */
enum ecp_status ecp_toy_show(struct ecp_experiment *experiment, const struct ecp_toy_units *units);

#endif
