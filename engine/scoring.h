/* scoring.h -- data sets and measures to a sheet of scores: what `ecphory score` does. */
#ifndef ECP_SCORING_H
#define ECP_SCORING_H

#include <stdio.h>

#include "engine/dataset.h"
#include "engine/dataset_read.h"
#include "engine/sheet.h"

struct ecp_scoring_measure {
    const struct ecp_analysis *measure;
    double *param; /* malloc'd */
};

/* What is asked for; `clear` frees what it holds. */
struct ecp_scoring {
    size_t n_measures, n_models;
    struct ecp_scoring_measure *measure;
    struct ecp_dataset **model; /* as matched with `data` */
    struct ecp_dataset *data;
    uint64_t seed;
};

/* "rsa,cka": names of measures. ECP_ENOTFOUND, ECP_ECONFIG (one of runs). */
enum ecp_status ecp_scoring_measures(struct ecp_scoring *scoring, const char *names);
/* "rsa.compare=tau-a": a parameter of one of them; in its unit, or with one. */
enum ecp_status ecp_scoring_set(struct ecp_scoring *scoring, const char *assignment);
/* Take over data and models (also on failure). A model of several dissimilarity matrices
 * without responses becomes one model each. All keep the conditions that they share. */
enum ecp_status ecp_scoring_take(struct ecp_scoring *scoring, struct ecp_dataset *data,
                                 struct ecp_dataset **model, size_t n_models);
void ecp_scoring_clear(struct ecp_scoring *scoring);

struct ecp_scoring_forecast {
    double bytes, seconds; /* beside the data themselves; on one core like the bench's */
};
struct ecp_scoring_forecast ecp_scoring_forecast(const struct ecp_scoring *scoring);

/* All measures, in their order. */
enum ecp_status ecp_scoring_run(const struct ecp_scoring *scoring, struct ecp_sheet *sheet);

/* ---- showing it (engine/report_scores.c, engine/store_scores.c) ------------------------ */

void ecp_scores_print(FILE *to, const struct ecp_scoring *scoring, const struct ecp_sheet *sheet,
                      int colour);
void ecp_sheet_print(FILE *to, const struct ecp_sheet *sheet, const char *dim, const char *plain);
/* One JSON object, to be freed. */
enum ecp_status ecp_scores_json(const struct ecp_scoring *scoring, const struct ecp_sheet *sheet,
                                enum ecp_status ended, char **out);
/* DIR/scores.h5: /scores (one row a result) and /tables/MEASURE/NAME; appears when whole.
 * ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_scores_write(const char *dir, const struct ecp_sheet *sheet);
/* The same of several sheets, in groups LABEL/scores and LABEL/NAME; they live longer than the
 * file. `plan` NULL: not of a run. */
struct ecp_scores_file;
struct ecp_plan;
enum ecp_status ecp_scores_file_create(struct ecp_scores_file **out);
void ecp_scores_file_destroy(struct ecp_scores_file *file); /* NULL is fine */
enum ecp_status ecp_scores_file_add(struct ecp_scores_file *file, const char *label,
                                    const struct ecp_sheet *sheet);
enum ecp_status ecp_scores_file_write(const struct ecp_scores_file *file, const char *dir,
                                      const struct ecp_plan *plan);

#endif
