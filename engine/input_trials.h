/* input_trials.h -- a table of trials as text, for recordings that have none of their own
 * (private). */
#ifndef ECP_INPUT_TRIALS_H
#define ECP_INPUT_TRIALS_H

#include "engine/dataset.h"

/* Trials in the order of the file; times in ms from the beginning of the recording. */
struct ecp_trial_table {
    size_t n;
    double *start, *stop;
    const char **shown; /* what the column says */
};

/* 1: `by` is "FILE.csv:COLUMN" (or .tsv, .txt). */
int ecp_trials_named(const char *by);

/* Columns start and stop (ms; start_time and stop_time: s) and COLUMN, separated by commas,
 * semicolons, tabs or blanks; the first line names them. In the memory of `set`. ECP_EIO:
 * cannot be read; ECP_ECONFIG: "FILE:LINE: what was found". */
enum ecp_status ecp_trials_read(const char *by, struct ecp_dataset *set,
                                struct ecp_trial_table *out);

/* Conditions in the order of their first trial, and which repeat each trial is. ECP_ENOMEM. */
enum ecp_status ecp_trials_number(struct ecp_dataset *set, const struct ecp_trial_table *trials);

/* Conditions, repeats, responses (rates in Hz between
 * `from` and `to` ms from each onset; NAN: all of the trial), their means, and, with
 * keep_trains, the spikes of every trial: from the trains of whole recordings that the set
 * has, one a unit. Where trials differ in length, trains end with the shortest. */
enum ecp_status ecp_trials_cut(struct ecp_dataset *set, const struct ecp_trial_table *trials,
                               const double window[2], int keep_trains);

#endif
