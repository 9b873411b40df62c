/* analysis.h -- what a measure gives the engine.
 *
 * A measure reads a recording and writes numbers. It never sees the live
 * network. An undefined result is NAN, not an error. */
#ifndef ECP_ANALYSIS_H
#define ECP_ANALYSIS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/field.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_analysis_call {
    const struct ecp_recording *recording;
    int population;      /* index in the recording, or -1 */
    int signal;          /* index in the recording, or -1 */
    double start, stop;  /* ms: the stretch to look at (phases that count) */
    const double *param; /* by position in the fields table; results unused */
};

/* ---- measures of data sets (`ecphory score`) --------------------------------- */

struct ecp_dataset;
struct ecp_sheet;

struct ecp_score_call {
    size_t n_models;                        /* 0: the measure looks at `data` alone */
    const struct ecp_dataset *const *model; /* conditions as those of `data` */
    const struct ecp_dataset *data;
    const double *param; /* by position in the fields table */
    uint64_t seed;       /* of splits, bootstraps ... (chance.h) */
    struct ecp_sheet *sheet;
};

/* What a result is; NAN where it is not known. */
struct ecp_estimate {
    double value;
    double error;     /* standard error */
    double low, high; /* 95 % confidence interval */
    double p;         /* of the null hypothesis that the field's meaning names */
    const char *why;  /* why the value is undefined; NULL: it is defined */
};
#define ECP_ESTIMATE(x)    ((struct ecp_estimate){(x), NAN, NAN, NAN, NAN, NULL})
#define ECP_UNDEFINED(why) ((struct ecp_estimate){NAN, NAN, NAN, NAN, NAN, (why)})

/* Result `field` (position in the fields table) of `model` (number; -1: of the data). What
 * is never put stays undefined. `why` is copied. */
void ecp_sheet_put(struct ecp_sheet *sheet, int model, int field, struct ecp_estimate estimate);
/* A table besides (scores of single units, pairs of models, curves): columns as in
 * experiment.h; copied. ECP_ENOMEM. */
struct ecp_table_column;
enum ecp_status ecp_sheet_table(struct ecp_sheet *sheet, const char *name, size_t n_rows,
                                const struct ecp_table_column *column, size_t n_columns);
/* How far it is (0 to 1). ECP_ESTOPPED: return it. */
enum ecp_status ecp_sheet_progress(struct ecp_sheet *sheet, double done);

/* What a measure needs of the data, and of the models where it has any. */
enum {
    ECP_NEEDS_MODELS = 1,
    ECP_NEEDS_MEANS = 2,  /* responses, averaged */
    ECP_NEEDS_TRIALS = 4, /* single trials with repeats */
    ECP_NEEDS_TRAINS = 8,
    ECP_NEEDS_RDMS = 16 /* given, or made from means */
};

/* ---- a member ------------------------------------------------------------------ */

struct ecp_analysis {
    const char *name;
    const char *summary;
    const char *equations;
    const char *reference;
    const char *verified_by;
    const struct ecp_field *fields; /* ECP_PARAM, ECP_WHOLE in, ECP_RESULT out, ends {0} */
    int needs_spikes;               /* 1: the population must have a spike probe (the plan
                                       adds one) */

    /* `result` by position in the fields table; only ECP_RESULT positions
     * are written. ECP_EARG when the call names nothing it can look at. NULL: the
     * measure is one of data sets. */
    enum ecp_status (*run)(const struct ecp_analysis_call *call, double *result);

    /* NULL, or the measure of data sets; what it needs (ECP_NEEDS_*), and bytes and
     * operations that it will take, for a forecast (NULL: hardly any). */
    enum ecp_status (*score)(const struct ecp_score_call *call);
    unsigned needs;
    void (*cost)(const struct ecp_score_call *call, double *bytes, double *operations);
    const struct ecp_choice *choices; /* NULL, or ends with {0} */
};

/* In the order of analysis/models.def; ends with NULL. */
extern const struct ecp_analysis *const ecp_analyses[];

enum ecp_status ecp_analysis_find(const char *name, const struct ecp_analysis **out);

#endif
