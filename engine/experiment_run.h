/* experiment_run.h -- the engine's side of experiment.h: calling what a scenario computes,
 * and keeping what it puts out until it is judged and written. */
#ifndef ECP_EXPERIMENT_RUN_H
#define ECP_EXPERIMENT_RUN_H

#include "engine/experiment.h"
#include "engine/isa.h"
#include "engine/store_tables.h"

struct ecp_arena;

struct ecp_experiment_options {
    int threads; /* 0: as many as the machine has */
    enum ecp_isa isa;
    const struct ecp_recording *recording; /* of the plan's network; NULL: none */

    /* Called twice a second at most; returns 1 to ask for a stop. NULL: none. */
    int (*progress)(void *context, double done, const char *at, double wall_s);
    void *context;
};

/* Copies of what ecp_experiment_figure was given. */
struct ecp_experiment_figure {
    const char *name, *title;
    size_t n_pictures, columns;
    const struct ecp_picture *picture;
    const char *why_not; /* it could not be drawn; NULL: it was, or was not tried */
};

struct ecp_experiment {
    const struct ecp_plan *plan;
    struct ecp_experiment_options options;
    struct ecp_arena *arena;
    double *value; /* by position in the scenario's results; NAN: not put out */

    size_t n_tables, n_figures;
    struct ecp_stored_table *table; /* in the order in which they came */
    struct ecp_experiment_figure *figure;

    double began, next_look; /* by ecp_clock_seconds */
    double done;
    char at[80]; /* what it was at when it last told */
    int stopped;
    double run_s;
};

/* `plan` computes (plan->computes), is checked and outlives the experiment. ECP_ENOMEM. */
enum ecp_status ecp_experiment_create(const struct ecp_plan *plan,
                                      const struct ecp_experiment_options *options,
                                      struct ecp_experiment **out);
void ecp_experiment_destroy(struct ecp_experiment *experiment);

/* Call the scenario, once. ECP_ESTOPPED: stopped on request; what it had put out is there. */
enum ecp_status ecp_experiment_run(struct ecp_experiment *experiment);

/* DIR/tables.h5 and DIR/NAME.svg of every figure, over what an earlier run left. A figure that
 * cannot be drawn is no failure: its `why_not` says why. ECP_EIO. */
enum ecp_status ecp_experiment_write(struct ecp_experiment *experiment, const char *dir);

/* One figure as a file; without plotting nothing is drawn. A picture without a finite value
 * is an empty frame that says so. */
enum ecp_status ecp_experiment_draw(const struct ecp_experiment_figure *figure, const char *path);

/* A name that can be one in files, and is not taken; `what`: "table" or "figure". */
enum ecp_status ecp_experiment_name(const struct ecp_experiment *experiment, const char *what,
                                    const char *name);
enum ecp_status ecp_experiment_no_memory(const char *what, const char *name);

/* A deep copy of `column` (n_columns of n_rows), in the arena. ECP_ENOMEM. */
enum ecp_status ecp_table_copy(struct ecp_arena *arena, const struct ecp_stored_table *table,
                               struct ecp_stored_table *out);

#endif
