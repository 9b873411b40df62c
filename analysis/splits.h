/* splits.h -- divisions of conditions into those that are fitted and those that test. */
#ifndef ECP_ANALYSIS_SPLITS_H
#define ECP_ANALYSIS_SPLITS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/dataset.h"
#include "engine/status.h"

/*   random      any conditions
 *   stratified  of every class its share (scikit-learn's StratifiedShuffleSplit)
 *   grouped     whole classes are fitted or test: neighbouring frames do not leak
 *   given       by labels of the conditions whose names begin with "test", one for each division:
 *               1 tests, 0 is fitted, anything else is left out */
enum ecp_split_kind { ECP_SPLIT_RANDOM, ECP_SPLIT_STRATIFIED, ECP_SPLIT_GROUPED, ECP_SPLIT_GIVEN };
#define ECP_SPLIT_WORDS "random stratified grouped given"

struct ecp_splits {
    enum ecp_split_kind kind;
    const struct ecp_dataset *set;
    size_t count; /* of divisions */
    double train; /* share that is fitted */
    uint64_t seed;
    size_t n_classes;
    size_t *class_of;  /* of conditions */
    size_t *room, *of; /* classes; conditions */
};

/* `label`: number of the conditions' label that stratified and grouped go by (from 1). Freed by
 * ecp_splits_clear, also after a failure. ECP_ECONFIG: no such label, no "test" label, or a
 * condition without class; ECP_ENOMEM. */
enum ecp_status ecp_splits_begin(struct ecp_splits *splits, const char *measure, size_t label);
void ecp_splits_clear(struct ecp_splits *splits);

/* Division number k: conditions that are fitted, then those that test, in `order`
 * (n_conditions). ECP_ECONFIG: fewer than 2 of either. */
enum ecp_status ecp_split(const struct ecp_splits *splits, const char *measure, size_t k,
                          size_t *order, size_t *n_fitted, size_t *n_tested);

#endif
