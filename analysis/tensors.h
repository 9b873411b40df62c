/* tensors.h -- responses of units to conditions in time. */
#ifndef ECP_ANALYSIS_TENSORS_H
#define ECP_ANALYSIS_TENSORS_H

#include <stddef.h>

#include "analysis/factorise.h"
#include "engine/dataset.h"
#include "engine/status.h"

/* Units x conditions x time, not negative; *out malloc'd:
 *   spike trains: rates (Hz) in bins of `bin` ms, mean over the trials of each condition (one
 *     condition where there are no trials), each smoothed with a Gaussian of `sigma` bins;
 *   else means of conditions with a label that begins with "time": the other conditions are the
 *     values of their first other label (one, where there is none); each has each time once.
 * What lies below 0 is lifted, unit by unit. `equal`: every unit's part is made of length 1.
 * *why: NULL, or why there is no tensor. ECP_ENOMEM. */
struct ecp_tensor_wanted {
    double bin, sigma;
    int equal;
};
enum ecp_status ecp_tensor_make(const struct ecp_tensor_wanted *how, const struct ecp_dataset *set,
                                struct ecp_tensor *tensor, double **out, const char **why);

#endif
