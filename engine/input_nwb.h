/* input_nwb.h -- reading NWB 2.x: trials, then units (private). */
#ifndef ECP_INPUT_NWB_H
#define ECP_INPUT_NWB_H

#include "engine/dataset_read.h"
#include "engine/input_table.h"

/* One reading. Times in s, as in the file. */
struct ecp_nwb {
    const struct ecp_h5_reader *file;
    const struct ecp_dataset_request *request;
    struct ecp_dataset *set;
    struct ecp_pool *pool; /* freed when it ends */
    double *onset, *stop;  /* set->n_trials: of the stimulus; end of the trial, NAN: not known */
    double first, last;    /* of all trials; NAN without any */
};

enum { ECP_NWB_PARTS = 8 };

/* "TABLE/COLUMN+COLUMN@ONSET", each part but one left out. */
struct ecp_nwb_by {
    const char *table, *onset;
    const char *column[ECP_NWB_PARTS];
    size_t n_columns;
};

struct ecp_nwb_trials {
    struct ecp_nwb *nwb;
    struct ecp_nwb_by by;
    struct ecp_nwb_table table;
    struct ecp_nwb_column column[ECP_NWB_PARTS];
    size_t *row;  /* of each trial */
    size_t *show; /* of each condition: its first row */
};

/* The table and the columns that are asked for, or likely; the table stays closed where there
 * is none (engine/input_nwb_columns.c). */
enum ecp_status ecp_nwb_find_columns(struct ecp_nwb_trials *t);
/* A column by its name; ECP_ECONFIG names those that there are. */
enum ecp_status ecp_nwb_load_named(const struct ecp_nwb_trials *t, const char *name,
                                   struct ecp_nwb_column *out);
enum ecp_status ecp_nwb_load_numbers(const struct ecp_nwb_trials *t, const char *name,
                                     const double **out);
/* One that every such table has and that says nothing of what was shown. */
int ecp_nwb_is_time(const char *name);

/* Conditions, their labels and trials (engine/input_nwb_trials.c); none: n_trials 0. */
enum ecp_status ecp_nwb_read_trials(struct ecp_nwb *nwb);
/* Units, their labels, responses and trains (engine/input_nwb_units.c, _spikes.c). */
enum ecp_status ecp_nwb_read_units(struct ecp_nwb *nwb);

/* Spike times of the units of a table. */
struct ecp_nwb_spikes {
    struct ecp_array flat;
    const size_t *end;     /* n_rows of the table */
    double *time;          /* s; room for the longest train */
    struct ecp_array seen; /* obs_intervals; closed: there are none */
    const size_t *seen_end;
};
/* Responses and trains of set->n_units units, in rows row[] of the table. */
enum ecp_status ecp_nwb_read_spikes(struct ecp_nwb *nwb, const struct ecp_nwb_table *units,
                                    const size_t *row);

/* "; \"NEAR\" was meant?; allowed: A, B ..." */
enum { ECP_NWB_ALLOWED = 512 };
const char *ecp_nwb_allowed(char out[ECP_NWB_ALLOWED], const char *wrong, const char *const *names,
                            size_t n);

#endif
