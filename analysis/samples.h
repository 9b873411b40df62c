/* samples.h -- responses with the class that each belongs to: single trials, or conditions where
 * there are no trials. */
#ifndef ECP_ANALYSIS_SAMPLES_H
#define ECP_ANALYSIS_SAMPLES_H

#include <stddef.h>

#include "engine/dataset.h"
#include "engine/status.h"

struct ecp_samples {
    size_t n, p, n_classes;
    double *x;            /* n x p, row-major */
    size_t *of;           /* n: class, in the order in which conditions first have it */
    size_t *repeat;       /* n: which repeat of its condition; conditions: 0 */
    size_t *condition;    /* n */
    size_t n_missing;     /* trials left out: a unit's response is missing, or the label */
    const char **classes; /* n_classes names */
    char *names;          /* of those that have no word */
    size_t *class_of;     /* n_conditions; SIZE_MAX: its label is missing */
};

/* Classes of conditions by label number `label` (from 1) of `labels`; 0: each condition is one.
 * `class_of` (n_conditions), `classes`: *n_classes names, allocated. ECP_ECONFIG: no such label
 * (the sentence names those that there are). */
enum ecp_status ecp_samples_classes(const struct ecp_dataset *labels, const char *measure,
                                    size_t label, size_t *class_of, size_t *n_classes);

/* Of a set, with classes from the labels of `labels` (the same conditions in the same order).
 * Freed by ecp_samples_clear, also after a failure. ECP_ENOMEM; ECP_ECONFIG as above. */
enum ecp_status ecp_samples_take(const struct ecp_dataset *set, const struct ecp_dataset *labels,
                                 const char *measure, size_t label, struct ecp_samples *out);
void ecp_samples_clear(struct ecp_samples *samples);

/* Why nothing can be learned of them; NULL: it can. */
const char *ecp_samples_fault(const struct ecp_samples *samples);

#endif
