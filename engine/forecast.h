/* forecast.h -- what a run will need, from the plan alone. */
#ifndef ECP_FORECAST_H
#define ECP_FORECAST_H

#include "engine/plan.h"

struct ecp_forecast {
    double neurons, synapses, gap_junctions;
    double rows_bytes, neurons_bytes, buffers_bytes, recording_bytes; /* memory */
    double total_bytes;
    double unwritten_bytes; /* spikes that stay in memory, too, when nothing is written to files */
    double program_bytes;   /* the program itself, which is there already: not in the total */
    double file_bytes;
    double edges_bytes;     /* of it: weights as SONATA edges */
    double build_s, run_s;  /* at `threads`, on a machine like the bench's */
    double assumed_rate_hz; /* mean rate behind run_s and recording */

    /* Of one rank of several (of the first, which keeps the recording, too). Neurons and
     * synapses above are those of all. */
    int ranks;
    double exchange_bytes;             /* where spikes go, and messages; in buffers_bytes */
    double letters_per_s, words_per_s; /* sent by a rank a model second; 4 bytes a word */
};

/* O(projections). `threads` of each of `ranks`. */
struct ecp_forecast ecp_plan_forecast(const struct ecp_plan *plan, int threads);
struct ecp_forecast ecp_plan_forecast_rank(const struct ecp_plan *plan, int threads, int ranks);

/* Wall seconds a model second that messages of a forecast take, when each costs
 * `latency_s` and bytes go at `bandwidth` (bytes/s). */
double ecp_forecast_talk(const struct ecp_forecast *forecast, double latency_s, double bandwidth);

/* Of one plastic projection (engine/forecast_plastic.c): what it holds, and what is
 * needed besides while it is built or rewired. `rate` of its targets in Hz. */
struct ecp_plastic_need {
    double rows, passing;
};
struct ecp_plastic_need ecp_forecast_plastic(const struct ecp_plan *plan,
                                             const struct ecp_plan_projection *projection,
                                             double synapses, double workers, double rate);

/* Refuses (ECP_EIO, with the numbers) a plan whose weights, as SONATA edges, do not fit
 * beside what is in the folder `dir`, or in the nearest one above it that exists. */
enum ecp_status ecp_forecast_disk(const struct ecp_plan *plan, const char *dir);

/* Bytes that this machine can still give (limits of the process included). */
double ecp_memory_available(void);
#endif
