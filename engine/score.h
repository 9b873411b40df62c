/* score.h -- from a recording to named numbers, and from them to verdicts.
 *
 * Every population has the results "NAME.rate_hz" and "NAME.cv_isi"; an
 * analysis of the plan adds "LABEL.FIELD" for each of its results (and stands
 * for the population's where the name is the same). A claim names one of them.
 * Measures of data sets are named as comparison.h says.
 * A scenario that computes adds "SCENARIO.FIELD" for each of its results.
 * Undefined results are NAN; a claim on one fails, unless the run was stopped: then it is not
 * judged, and neither are claims on what a scenario had not computed to its end. */
#ifndef ECP_SCORE_H
#define ECP_SCORE_H

#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_result {
    char *name;          /* "L4E.rate_hz" */
    const char *unit;    /* "Hz"; "1" for a pure number */
    const char *meaning; /* one sentence */
    double value;        /* NAN: undefined */
};

struct ecp_verdict {
    const char *claim; /* name of the result, owned by the plan */
    const char *unit;
    double value, lowest, highest; /* bounds may be infinite */
    double margin;                 /* distance to the nearer bound; negative outside, NAN
                                      when undefined */
    int pass;
    const char *source;
    int unjudged; /* the run was stopped before; pass is 0 */
};

struct ecp_scores {
    size_t n_results, n_verdicts, n_failed, n_unjudged;
    struct ecp_result *result;
    struct ecp_verdict *verdict; /* in the order of the claims */
};

/* Before a run: every claim names a result that there will be, no two results
 * share a name, and every analysis has a stretch of time to look at.
 * ECP_ECONFIG names the nearest results. O(claims x results). */
enum ecp_status ecp_score_check(const struct ecp_plan *plan);

struct ecp_comparisons;

/* What a run left, to be judged. */
struct ecp_outcome {
    const struct ecp_recording *recording;  /* NULL: there was no network */
    const double *recalled;                 /* of its memories (recall.h); NULL: it has none */
    const struct ecp_comparisons *compared; /* comparison.h; NULL: not done */
    const double *computed; /* by position in the results of the plan's scenario; NULL: none */
    int stopped;            /* 1: before its end, on request */
};

/* Run the analyses and judge the claims. ECP_ECONFIG as above; ECP_ENOMEM; a
 * failing analysis' own status. Free with ecp_scores_clear. */
enum ecp_status ecp_score(const struct ecp_plan *plan, const struct ecp_recording *recording,
                          struct ecp_scores *out);
enum ecp_status ecp_score_outcome(const struct ecp_plan *plan, const struct ecp_outcome *outcome,
                                  struct ecp_scores *out);
void ecp_scores_clear(struct ecp_scores *scores);

/* The value of a result by name, or NAN. */
double ecp_scores_value(const struct ecp_scores *scores, const char *name);

/* Spikes per neuron and second in the phases that count; NAN without time. */
double ecp_recorded_rate_hz(const struct ecp_recording *recording, size_t population);

/* Mean over the neurons with at least 3 intervals of standard deviation
 * (divisor n) over mean of the intervals between spikes; NAN without any. */
double ecp_recorded_cv_isi(const struct ecp_recording *recording, size_t population);
/* One neuron after the other: the order of additions is the result's. */
void ecp_intervals_add(struct ecp_intervals *to, const uint32_t *intervals,
                       const uint64_t *interval_sum, const double *interval_square_sum,
                       size_t size);

#endif
