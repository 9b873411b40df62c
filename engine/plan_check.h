/* plan_check.h -- the parts of ecp_plan_check, and what the config reader
 * shares with them. Faults are sentences without place and key. */
#ifndef ECP_PLAN_CHECK_H
#define ECP_PLAN_CHECK_H

#include "engine/plan.h"

/* Delays are kept in 16 bits, with room for the ring of arrivals. */
enum { ECP_MAX_DELAY_STEPS = 60000 };

/* ---- each part refuses with place and key -------------------------------- */

enum ecp_status ecp_plan_check_populations(struct ecp_plan *plan);
enum ecp_status ecp_plan_check_projections(struct ecp_plan *plan);
/* Of plan->gap[k], what is not as with other projections. */
enum ecp_status ecp_plan_check_gap(const struct ecp_plan *plan, size_t k);
enum ecp_status ecp_plan_check_thirds(const struct ecp_plan *plan);
enum ecp_status ecp_plan_check_edges(const struct ecp_plan *plan,
                                     const struct ecp_plan_projection *projection, const char *key);
enum ecp_status ecp_plan_check_plasticity(const struct ecp_plan *plan,
                                          struct ecp_plan_projection *projection);
enum ecp_status ecp_plan_check_stimuli(struct ecp_plan *plan);
enum ecp_status ecp_plan_check_probes(struct ecp_plan *plan);
enum ecp_status ecp_plan_check_phases(struct ecp_plan *plan);
/* engine/plan_check_passing.c: a change of a rule's parameter; all those of one
 * projection together; a phase that passes at once. */
enum ecp_status ecp_plan_check_rule_change(const struct ecp_plan *plan,
                                           const struct ecp_plan_phase *phase,
                                           const struct ecp_plan_change *change);
enum ecp_status ecp_plan_check_rule_changes(const struct ecp_plan *plan, size_t projection);
enum ecp_status ecp_plan_check_fast_forward(const struct ecp_plan *plan, size_t index);
enum ecp_status ecp_plan_check_analyses(struct ecp_plan *plan);
enum ecp_status ecp_plan_check_claims(struct ecp_plan *plan);

enum ecp_status ecp_plan_check_subset(const struct ecp_plan *plan, const struct ecp_subset *subset,
                                      const struct ecp_place *place, const char *key);

/* Port of `name`, or NULL: by sign. */
enum ecp_status ecp_plan_find_port(const struct ecp_plan_population *target, const char *name,
                                   const struct ecp_place *place, const char *key, int *positive,
                                   int *negative);

/* Time between updates of a structural projection: whole steps, in ms. */
double ecp_structure_interval(const struct ecp_plan_projection *projection, double dt);

/* The model's own checks between parameters, with `param` by position. */
enum ecp_status ecp_plan_derive(const struct ecp_plan *plan,
                                const struct ecp_plan_population *population, const double *param);

/* Names of files and results are made of it: letters, digits, _ and -. */
enum ecp_status ecp_plan_check_name(const char *name, const struct ecp_place *place,
                                    const char *key);

enum ecp_status ecp_plan_no_population(const struct ecp_plan *plan, const struct ecp_place *place,
                                       const char *key, const char *name);
enum ecp_status ecp_plan_no_projection(const struct ecp_plan *plan, const struct ecp_place *place,
                                       const char *key, const char *name);

/* "SOURCE_TARGET", or with _2, _3, ... where that is taken. `text` has
 * ECP_KEY_LENGTH characters. */
void ecp_plan_projection_name(const struct ecp_plan *plan, const char *source, const char *target,
                              char *text);

/* Give stimuli and probes without one a name: "poisson_E", "spikes_E",
 * "v_E", "weights_E_I", with _2, ... where taken. ECP_ENOMEM. */
enum ecp_status ecp_plan_complete_names(struct ecp_plan *plan);
int ecp_plan_probe_index(const struct ecp_plan *plan, const char *name);

/* ---- laws ----------------------------------------------------------------- */

enum { ECP_FAULT_LENGTH = 256 };

/* What is wrong with a law by itself, or NULL; unit for the sentence. */
const char *ecp_draw_fault(const struct ecp_draw *law, const char *unit, char *text);

/* What of a law leaves [lowest, highest], or NULL. */
const char *ecp_draw_range_fault(const struct ecp_draw *law, const struct ecp_field *field,
                                 char *text);

/* What of a law of delays (ms) is shorter than half a step or too long, or
 * NULL. */
const char *ecp_draw_delay_fault(const struct ecp_draw *law, double dt, char *text);

/* What the weight of a coupling may be: conductances of gap junctions (of v; of another
 * field), and a factor. */
const struct ecp_field *ecp_gap_weight(const struct ecp_plan_projection *gap);
/* The field that a coupling reads: its own, v or i_sic. */
const char *ecp_gap_field(const struct ecp_plan_projection *gap);

/* One number that stands for the law. */
double ecp_draw_typical(const struct ecp_draw *law);

/* Is it a whole number of steps, to 1e-6 of one? */
int ecp_is_steps(double time, double dt);

/* The words of the config, in the order of the enums; end with NULL. */
extern const char *const ecp_rule_words[];
extern const char *const ecp_connection_words[]; /* kinds of projections */
extern const char *const ecp_kernel_words[];
extern const char *const ecp_precision_words[];
extern const char *const ecp_delay_type_words[];
extern const char *const ecp_stimulus_words[];
extern const char *const ecp_probe_words[];
extern const char *const ecp_structure_words[]; /* fields of a probe of that kind */
extern const char *const ecp_bounds_words[];    /* from ECP_BOUNDS_CLIP on */
extern const char *const ecp_dist_words[];      /* from ECP_DRAW_NORMAL on */
extern const char *const ecp_layout_words[];    /* from ECP_LAYOUT_GRID on */
extern const char *const ecp_time_words[];
extern const char *const ecp_output_words[]; /* weights in files */

#endif
