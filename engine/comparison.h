/* comparison.h -- measures of data sets within a run: what its populations did, against
 * recordings (`data` in the analyses of a config).
 *
 * Results are named "LABEL.FIELD", and where there are several models also
 * "LABEL.MODEL.FIELD" (results of the data, as ceilings, keep the first name). */
#ifndef ECP_COMPARISON_H
#define ECP_COMPARISON_H

#include <stdio.h>

#include "engine/analysis.h"
#include "engine/plan.h"
#include "engine/sheet.h"

struct ecp_comparison_model {
    const char *name; /* in results */
    const char *path; /* NULL: the run */
};

struct ecp_plan_comparison {
    const char *label;
    const struct ecp_analysis *measure;
    double *param;    /* by position in its fields */
    const char *data; /* path; NULL: the run */
    size_t n_models;  /* 0: the measure looks at the data alone */
    struct ecp_comparison_model *model;
    int population;  /* of the run; -1: all whose spikes are recorded */
    const char *by;  /* as in ecp_dataset_request; NULL */
    double from, to; /* ms from the onset of trials and phases; NAN: all */
    struct ecp_place place;
};

/* Owned by the plan, all of the run: param by default, no data. ECP_ENOTFOUND, ECP_ECONFIG. */
enum ecp_status ecp_plan_add_comparison(struct ecp_plan *plan, const char *label,
                                        const char *measure, struct ecp_plan_comparison **out);
/* `n` models, to be filled. ECP_ENOMEM. */
enum ecp_status ecp_comparison_models(struct ecp_plan *plan, struct ecp_plan_comparison *comparison,
                                      size_t n);

/* Does it look at the run, and at the spikes of this population? */
int ecp_comparison_uses_run(const struct ecp_plan_comparison *comparison);
int ecp_plan_compares(const struct ecp_plan *plan, int population);

/* Labels, parameters, populations; adds probes of spikes. ECP_ECONFIG. */
enum ecp_status ecp_plan_check_comparisons(struct ecp_plan *plan);

/* The k-th result of a comparison: its field, and the model (-1: any) whose it is; 0: there
 * are no more. */
struct ecp_comparison_result {
    const struct ecp_field *field;
    int model;
};
int ecp_comparison_result(const struct ecp_plan_comparison *comparison, size_t k,
                          struct ecp_comparison_result *out);

/* ---- doing it ------------------------------------------------------------------------- */

/* Read the files, before the run: what cannot be read is refused with its place. */
struct ecp_comparisons;
enum ecp_status ecp_comparisons_read(const struct ecp_plan *plan, struct ecp_comparisons **out);
void ecp_comparisons_destroy(struct ecp_comparisons *comparisons); /* NULL is fine */

/* Score all; once. `progress` as in ecp_sheet_listen. ECP_ESTOPPED, ECP_ECONFIG (conditions that
 * do not fit ...). */
enum ecp_status
ecp_comparisons_score(struct ecp_comparisons *comparisons, const struct ecp_recording *recording,
                      int (*progress)(void *context, const char *measure, double done),
                      void *context);

/* What was scored (NULL: not yet), and one result of it. */
const struct ecp_sheet *ecp_comparisons_sheet(const struct ecp_comparisons *comparisons, size_t k);
double ecp_comparisons_value(const struct ecp_comparisons *comparisons, size_t k,
                             const struct ecp_comparison_result *result);

/* DIR/scores.h5: of each, LABEL/scores (one row a result) and LABEL/NAME for its tables.
 * ECP_EIO. */
enum ecp_status ecp_comparisons_write(const struct ecp_comparisons *comparisons, const char *dir);

/* Its parts of the summary and of the page (engine/report_compared.c). */
void ecp_comparisons_print(FILE *to, const struct ecp_comparisons *comparisons, const char *dim,
                           const char *plain);
void ecp_comparisons_html(FILE *to, const struct ecp_comparisons *comparisons);
size_t ecp_comparisons_count(const struct ecp_comparisons *comparisons);
const char *ecp_comparisons_label(const struct ecp_comparisons *comparisons, size_t k);

#endif
