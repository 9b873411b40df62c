/* forecast.h -- what a run will need, from the plan alone. */
#ifndef ECP_FORECAST_H
#define ECP_FORECAST_H

#include "engine/plan.h"

struct ecp_forecast {
    double neurons, synapses, gap_junctions;
    double rows_bytes, neurons_bytes, buffers_bytes, recording_bytes; /* memory */
    double total_bytes;
    double others_bytes;    /* of a rank that keeps no recording */
    double growth_bytes;    /* of each synapse that structural plasticity makes: not in the total */
    double unwritten_bytes; /* spikes that stay in memory, too, when nothing is written to files */
    double program_bytes;   /* the program itself, which is there already: not in the total */
    double file_bytes;
    double edges_bytes;     /* of it: weights as SONATA edges */
    double build_s, run_s;  /* of a rank with `threads`, on a machine like the bench's */
    double assumed_rate_hz; /* mean rate behind run_s and recording */

    /* Of one rank of several (of the first, which keeps the recording, too). Neurons and
     * synapses above are those of all. */
    int ranks;
    double exchange_bytes;             /* where spikes go, and messages; in buffers_bytes */
    double letters_per_s, words_per_s; /* sent by a rank a model second; 4 bytes a word */
};

/* The job that it is for. */
struct ecp_forecast_job {
    int threads, ranks; /* threads of each rank */
    double rate_hz;     /* of all neurons; 0: as claims and theory say, or 5 Hz */
};

/* O(projections x delays + populations x projections); zeros without memory for that. */
struct ecp_forecast ecp_plan_forecast_job(const struct ecp_plan *plan,
                                          const struct ecp_forecast_job *job);
struct ecp_forecast ecp_plan_forecast_rank(const struct ecp_plan *plan, int threads, int ranks);
struct ecp_forecast ecp_plan_forecast(const struct ecp_plan *plan, int threads);

/* Threads that the network is worth, 1 to `most`: each has enough to do between two points of
 * agreement that meeting there, on a machine where others run too, does not cost more. Cost as
 * ecp_plan_forecast. */
int ecp_plan_threads_worth(const struct ecp_plan *plan, int most);

/* Wall seconds a model second that messages of a forecast take, when each costs
 * `latency_s` and bytes go at `bandwidth` (bytes/s). */
double ecp_forecast_talk(const struct ecp_forecast *forecast, double latency_s, double bandwidth);

/* Refuses (ECP_EIO, with the numbers) a plan whose weights, as SONATA edges, do not fit
 * beside what is in the folder `dir`, or in the nearest one above it that exists. */
enum ecp_status ecp_forecast_disk(const struct ecp_plan *plan, const char *dir);

/* Bytes that this machine can still give (limits of the process included). */
double ecp_memory_available(void);
#endif
