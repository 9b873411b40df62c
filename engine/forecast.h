/* forecast.h -- what a run will need, from the plan alone. */
#ifndef ECP_FORECAST_H
#define ECP_FORECAST_H

#include "engine/plan.h"

struct ecp_forecast {
    double neurons, synapses, gap_junctions;
    double rows_bytes, neurons_bytes, buffers_bytes, recording_bytes; /* memory */
    double total_bytes;
    double unwritten_bytes; /* spikes that stay in memory, too, when nothing is written to files */
    double file_bytes;
    double build_s, run_s;  /* at `threads`, on a machine like the bench's */
    double assumed_rate_hz; /* mean rate behind run_s and recording */
};

/* O(projections). */
struct ecp_forecast ecp_plan_forecast(const struct ecp_plan *plan, int threads);

/* Bytes that this machine can still give (limits of the process included). */
double ecp_memory_available(void);
#endif
