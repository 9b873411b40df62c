/* forecast_private.h -- shared by the files of the forecast. */
#ifndef ECP_FORECAST_PRIVATE_H
#define ECP_FORECAST_PRIVATE_H

#include "engine/forecast.h"

/* Of a job, while its forecast is made. */
struct ecp_foresight {
    const struct ecp_plan *plan;
    double threads, ranks, workers; /* workers of all ranks */
    double seconds, steps;
    double *rate_hz;  /* n_populations */
    double *synapses; /* n_projections */
};

/* Expected number of synapses (engine/forecast_synapses.c). */
double ecp_forecast_synapses(const struct ecp_plan *plan, const struct ecp_plan_projection *p);

/* Directions of plan->gap[k] in which a current flows. */
double ecp_forecast_junctions(const struct ecp_plan *plan, size_t k);

/* Rate of every population: `given` (Hz) if it is above 0; else what claims or theory
 * (analyses with a result `theory_hz`) say of it, or their mean for those of which
 * nothing is said (engine/forecast_rate.c). */
void ecp_forecast_rates(const struct ecp_plan *plan, double given, double *rate_hz);

/* Static synapses of one worker, on the average (engine/forecast_rows.c). */
struct ecp_row_need {
    double bytes;     /* rows, and where they begin */
    double slack;     /* ends of last pages */
    double passing;   /* counts, while rows are built */
    double sources;   /* that a worker hears */
    double visits;    /* pieces delivered a model second */
    double hearings;  /* spikes a model second that find a row */
    double under_way; /* spikes with pieces that are not due yet */
    int numbered;     /* sources have numbers (engine/sources.h) */
};
struct ecp_row_need ecp_forecast_rows(const struct ecp_foresight *f);

/* Letters of one rank (engine/forecast_exchange.c). */
struct ecp_letter_need {
    double bytes;          /* where spikes go, letters, what MPI has of them */
    double letters, words; /* sent a model second */
    double relayed;        /* of the words: those that it passes on for others */
    double heard;          /* words a model second that are for it */
};
struct ecp_letter_need ecp_forecast_letters(const struct ecp_foresight *f,
                                            const struct ecp_row_need *rows);

/* Seconds of one rank (engine/forecast_time.c). */
double ecp_forecast_run_s(const struct ecp_foresight *f, const struct ecp_row_need *rows,
                          const struct ecp_letter_need *letters);
double ecp_forecast_build_s(const struct ecp_foresight *f, const struct ecp_row_need *rows);

/* Of one plastic projection, on all workers (engine/forecast_plastic.c): what it holds, and
 * the ends of its last pages;
 * what is needed besides while it is built, and while it is rewired. `rate` of its targets
 * in Hz. */
struct ecp_plastic_need {
    double rows, slack, building, rewiring;
};
struct ecp_plastic_need ecp_forecast_plastic(const struct ecp_plan *plan,
                                             const struct ecp_plan_projection *projection,
                                             double synapses, double workers, double rate);

/* Bytes of one synapse that a structural rule makes, and of rewiring it; 0: none grow. */
double ecp_forecast_growth(const struct ecp_plan_projection *projection);

static inline int ecp_forecast_is_plastic(const struct ecp_plan_projection *p)
{
    return p->plasticity || p->short_term;
}

/* Bytes of memory that is asked for in large pages (engine/alloc.h). */
static inline double ecp_forecast_pages(double bytes)
{
    const double page = 2 << 20;
    return bytes > 0 ? ((double)(long long)(bytes / page) + 1) * page : 0;
}

/* Distinct ones of `many` when `drawn` are drawn with repeats. */
double ecp_forecast_distinct(double drawn, double many);

/* Shortest delay, in ms: how often ranks meet. */
double ecp_forecast_epoch_ms(const struct ecp_plan *plan);
#endif
