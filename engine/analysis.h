/* analysis.h -- what a measure gives the engine.
 *
 * A measure reads a recording and writes numbers. It never sees the live
 * network. An undefined result is NAN, not an error. */
#ifndef ECP_ANALYSIS_H
#define ECP_ANALYSIS_H

#include "engine/field.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_analysis_call {
    const struct ecp_recording *recording;
    int population;      /* index in the recording, or -1 */
    int signal;          /* index in the recording, or -1 */
    double start, stop;  /* ms: the stretch to look at (phases that count) */
    const double *param; /* by position in the fields table; results unused */
};

struct ecp_analysis {
    const char *name;
    const char *summary;
    const char *equations;
    const char *reference;
    const char *verified_by;
    const struct ecp_field *fields; /* ECP_PARAM in, ECP_RESULT out, ends {0} */
    int needs_spikes;               /* 1: the population must have a spike probe (the plan
                                       adds one) */

    /* `result` by position in the fields table; only ECP_RESULT positions
     * are written. ECP_EARG when the call names nothing it can look at. */
    enum ecp_status (*run)(const struct ecp_analysis_call *call, double *result);
};

/* In the order of analysis/models.def; ends with NULL. */
extern const struct ecp_analysis *const ecp_analyses[];

enum ecp_status ecp_analysis_find(const char *name, const struct ecp_analysis **out);

#endif
