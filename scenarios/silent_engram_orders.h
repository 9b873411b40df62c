/* silent_engram_orders.h -- what experiments on silent engrams say, as far as they tell orders,
 * and how a model's recall indices are held against it, in numbers and in a picture. */
#ifndef ECP_SILENT_ENGRAM_ORDERS_H
#define ECP_SILENT_ENGRAM_ORDERS_H

#include "scenarios/silent_engram_brain.h"

struct ecp_engram_mean {
    double mean, error; /* standard error; 0 for a single subject */
};

/* Of n numbers that are `stride` bytes apart. */
struct ecp_engram_mean ecp_engram_mean_of(const double *first, size_t stride, size_t n);

/* Of a member of all subjects' recalls in a condition. */
#define ECP_ENGRAM_MEAN(asked, day, condition, member)                                             \
    ecp_engram_mean_of(&(asked)->recall[day][condition].member,                                    \
                       ECP_CONDITIONS * sizeof(struct ecp_engram_recall), (asked)->subjects)

/* Of mean recall indices (R), on the first day where nothing else is said. Ratios are NAN where
 * what they are relative to is not above 0.1. */
struct ecp_engram_orders {
    double opto_ratio;   /* R(saline, light)/R(saline, A) */
    double learned;      /* R(saline, A) - R(untaught, A) */
    double silent;       /* largest difference among R(blocked, A), R(untaught, A), R(saline, B) */
    double direct_ratio; /* R(blocked, light)/R(saline, A) */
    double partial;      /* of R(blocked, less light) from R(blocked, A), 0, to light, 1 */
    double power_step;   /* blocked: least gain from power to power of any subject */
    double input_change; /* R(blocked, light, input cut) - R(blocked, light) */
    double rescue_ratio, rescue_dg_ratio; /* over R(saline, A) */
    double days_change;                   /* largest change to the second day */
};
struct ecp_engram_orders ecp_engram_orders_of(const struct ecp_engram_asked *asked);

struct ecp_engram_series {
    const char *name;
    int colour;
    struct ecp_engram_mean at[ECP_CONDITIONS];
};

/* Conditions from the top down, series beside each other. `natural`: R(saline, A), for what is
 * drawn of the experiments; NAN: nothing. The caller gives title and x axis. ECP_ENOMEM. */
enum ecp_status ecp_engram_picture(struct ecp_experiment *experiment,
                                   const struct ecp_engram_series *series, size_t n, double natural,
                                   struct ecp_picture *out);

#endif
