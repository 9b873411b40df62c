/* summary.h -- one estimate out of many numbers; NAN among them is left out. */
#ifndef ECP_ANALYSIS_SUMMARY_H
#define ECP_ANALYSIS_SUMMARY_H

#include "engine/analysis.h"

/* Mean with its standard error; median. `why`: the reason where no number is left. */
struct ecp_estimate ecp_summary_mean(size_t n, const double *x, const char *why);
/* `work`: n doubles. */
struct ecp_estimate ecp_summary_median(size_t n, const double *x, double *work, const char *why);

#endif
