/* dataset.h -- what is scored: responses of units to conditions, spike trains, and
 * dissimilarities, wherever they come from.
 *
 * Matrices are row-major; NAN is what is missing. Times are ms. What a set does not have
 * is 0 or NULL. Everything belongs to the set (ecp_dataset_alloc). */
#ifndef ECP_DATASET_H
#define ECP_DATASET_H

#include <stddef.h>

#include "engine/status.h"

/* A property of every condition (or unit): numbers, or words where `number` is NULL. */
struct ecp_label {
    const char *name, *unit;
    const double *number;
    const char *const *word;
};

struct ecp_train {
    size_t n;
    const double *time; /* ms, ascending */
};

struct ecp_dataset {
    const char *name;   /* of what it is: for tables and messages */
    const char *source; /* file, or population of a run; NULL */

    size_t n_conditions, n_units;
    const char *const *condition; /* names, all different; NULL: numbered */
    const char *const *unit;      /* NULL: numbered */
    size_t n_condition_labels, n_unit_labels;
    const struct ecp_label *condition_label; /* "category", "direction" ... */
    const struct ecp_label *unit_label;      /* "x", "y" (mm), "region" ... */

    /* Trials, in the order in which they were recorded: what was shown, which repeat of it
     * (0, 1 ...) and session, and the response of every unit (rates in Hz, counts ...). */
    size_t n_trials;
    const size_t *trial_condition, *trial_repeat, *trial_session;
    const double *response; /* n_trials x n_units; NAN: missing */
    const char *response_unit;

    /* Means over the trials of each condition (or what was read as such). */
    const double *mean; /* n_conditions x n_units */

    /* Spike trains: of unit u in trial t at train[t * n_units + u], times from the trial's
     * onset, in [start, stop); n_trials 0: one for each unit, over the whole recording. */
    const struct ecp_train *train;
    double start, stop; /* ms */

    /* Dissimilarities as they were read: each the strict upper triangle, row by row
     * ((0,1), (0,2) ... (1,2) ...), n_conditions (n_conditions - 1) / 2 long. */
    size_t n_rdms;
    const char *const *rdm_name;
    const double *rdm;

    struct ecp_arena *arena;
};

enum ecp_status ecp_dataset_create(const char *name, struct ecp_dataset **out);
void ecp_dataset_destroy(struct ecp_dataset *set);
/* Zeroed, as long as the set lives; NULL: no memory. */
void *ecp_dataset_alloc(struct ecp_dataset *set, size_t count, size_t bytes);
const char *ecp_dataset_printf(struct ecp_dataset *set, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fill `mean` from the trials (missing ones left out; NAN without any). ECP_ENOMEM. */
enum ecp_status ecp_dataset_average(struct ecp_dataset *set);
/* Responses as conditions x repeats x units, NAN where a repeat is missing; *n_repeats is
 * the largest number of repeats. Belongs to the set. */
enum ecp_status ecp_dataset_repeats(struct ecp_dataset *set, size_t *n_repeats, const double **out);
const struct ecp_label *ecp_dataset_label(const struct ecp_dataset *set, const char *name);

/* A new set with the conditions that both have, in the order of `a`, by name (by number
 * where neither has names and the counts agree). ECP_ECONFIG: none in common, or names
 * that only one has; the sentence names some. */
enum ecp_status ecp_dataset_match(const struct ecp_dataset *a, const struct ecp_dataset *b,
                                  struct ecp_dataset **a_out, struct ecp_dataset **b_out);

#endif
