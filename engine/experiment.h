/* experiment.h -- what a scenario is given that computes: memories, measures, and
 * networks that it runs itself.
 *
 * A scenario with a `run` (scenario.h) is called once, after the network of its plan has
 * run (if it has any populations). It puts out the results that its table names, tables
 * for the files, and figures. It runs on rank 0 alone and may use all threads. */
#ifndef ECP_EXPERIMENT_H
#define ECP_EXPERIMENT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/field.h"
#include "engine/input_patterns.h"
#include "engine/memory.h"
#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_experiment;

uint64_t ecp_experiment_seed(const struct ecp_experiment *experiment);
int ecp_experiment_threads(const struct ecp_experiment *experiment);
/* Of the plan's network; NULL: it has none. */
const struct ecp_recording *ecp_experiment_recording(const struct ecp_experiment *experiment);

/* Zeroed memory that is freed after the run; NULL when there is none. */
void *ecp_experiment_alloc(struct ecp_experiment *experiment, size_t count, size_t bytes);
const char *ecp_experiment_printf(struct ecp_experiment *experiment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text `text` (position in the scenario's `texts`); NULL: not given. */
const char *ecp_experiment_text(const struct ecp_experiment *experiment, int text);
/* Rows `from` to `to` - 1 (`to` 0: to the end) of the file that text `text` names: IDX, HDF5
 * or text; out->data is the caller's to free. Errors are those of ecp_input_rows, with the
 * key in front. */
enum ecp_status ecp_experiment_rows(const struct ecp_experiment *experiment, int text, size_t from,
                                    size_t to, struct ecp_rows_read *out);
/* The data set in that file: `inside` NULL, or "/GROUP/DATASET" of it. To be destroyed by the
 * caller. As ecp_dataset_read. */
struct ecp_dataset;
enum ecp_status ecp_experiment_dataset(struct ecp_experiment *experiment, int text,
                                       const char *inside, struct ecp_dataset **out);
/* "CONFIG:LINE: network.KEY: FILE: ..." with ECP_ECONFIG: what is wrong with what text `text`
 * names. CONFIG:LINE is where the key is; without a config that has it, it is left out. */
enum ecp_status ecp_experiment_refuse(const struct ecp_experiment *experiment, int text,
                                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How far it is (0 to 1), and at what. ECP_ESTOPPED: the user wants it to end; return
 * this status. Cheap enough for every millisecond. */
enum ecp_status ecp_experiment_progress(struct ecp_experiment *experiment, double done,
                                        const char *at);

/* Result `field` (position in the scenario's `results`); those that are never put out
 * stay undefined, and claims on them fail. */
void ecp_experiment_result(struct ecp_experiment *experiment, int field, double value);

/* A table in DIR/tables.h5, group NAME: one dataset a column, with unit and meaning. It
 * is shown in run.html where it has no more than 40 rows. Data are copied. */
struct ecp_table_column {
    const char *name, *unit, *meaning;
    const double *data;       /* n_rows; or */
    const char *const *words; /* n_rows, where `data` is NULL */
};
enum ecp_status ecp_experiment_table(struct ecp_experiment *experiment, const char *name,
                                     size_t n_rows, const struct ecp_table_column *column,
                                     size_t n_columns);

/* A matrix in DIR/tables.h5, as NAME ("memory/K"). Copied. */
enum ecp_status ecp_experiment_matrix(struct ecp_experiment *experiment, const char *name,
                                      const char *meaning, size_t rows, size_t columns,
                                      const double *data);
/* All parts of a memory, as NAME/PART. */
enum ecp_status ecp_experiment_memory(struct ecp_experiment *experiment, const char *name,
                                      struct ecp_memory *memory);

/* A figure: DIR/NAME.svg and in run.html. Copied. A line of it is what was measured, what
 * is expected, or a band; `upper` makes a band, `error` bars of that half length. A picture in
 * which no value can stand on its axes (NAN; not above 0 on a logarithmic one) is left empty. */
enum ecp_line_kind {
    ECP_LINE,
    ECP_DOTS,
    ECP_DASHES /* theory */,
    ECP_STAIRS,
    ECP_AREA,
    ECP_MARKS /* short upright ones, as in a raster */
};
struct ecp_line {
    const char *name;
    enum ecp_line_kind kind;
    int colour; /* plot.h */
    size_t n;
    const double *x, *y;
    const double *upper, *error; /* NULL: none */
};
struct ecp_picture_axis {
    const char *name, *unit;
    double lowest, highest; /* both 0: what the data span */
    int logarithmic;
};
struct ecp_picture {
    const char *title, *note;
    struct ecp_picture_axis x, y;
    size_t n_names;             /* 0: numbers along x */
    const char *const *name_at; /* else names at 1, 2 ... */
    size_t n_words;             /* 0: numbers along y */
    const char *const *word;    /* else names at 0, 1 ... */
    size_t n_lines;
    const struct ecp_line *line;
    /* Instead of lines: rows x columns as colours (row 0 at the bottom), from x.lowest to
     * x.highest and y.lowest to y.highest. */
    size_t rows, columns;
    const double *heat;
    const char *heat_name, *heat_unit;
};
enum ecp_status ecp_experiment_figure(struct ecp_experiment *experiment, const char *name,
                                      const char *title, const struct ecp_picture *picture,
                                      size_t n_pictures, size_t columns);

/* Check and run another plan, without files and on as many threads as its work is worth
 * (ecp_plan_threads_worth; the results are the same on any number); *out lives until
 * ecp_experiment_release. The plan stays the caller's and may come from
 * ecp_experiment_plan. */
struct ecp_simulated {
    struct ecp_network *network;
    const struct ecp_recording *recording;
};
enum ecp_status ecp_experiment_simulate(struct ecp_experiment *experiment, struct ecp_plan *plan,
                                        struct ecp_simulated *out);
void ecp_experiment_release(struct ecp_simulated *simulated);

/* Many small networks, as many at once as there are threads, one thread each. For each job
 * `plan` makes a plan, which is run and destroyed, and `look` reads what it left; both are
 * called on any thread, for different jobs at the same time, and may use of the experiment
 * nothing that writes (so no ecp_experiment_alloc). Results do not depend on threads.
 * Progress goes from `from` to `to`, by the model time of those under way, too. The first
 * failure ends it. */
struct ecp_jobs {
    size_t n;
    void *context;
    enum ecp_status (*plan)(void *context, size_t job, struct ecp_plan **out);
    enum ecp_status (*look)(void *context, size_t job, const struct ecp_recording *recording);
    const char *at;
    double from, to;
};
enum ecp_status ecp_experiment_simulate_jobs(struct ecp_experiment *experiment,
                                             const struct ecp_jobs *jobs);

#endif
