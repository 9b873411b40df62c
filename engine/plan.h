/* plan.h -- what was asked for: the complete, checked description of a run.
 *
 * A plan is filled by the config reader, by a scenario, or by a C program,
 * through the `add` functions; ecp_plan_check resolves names, applies
 * defaults and refuses what cannot be. After that it is immutable. All
 * strings and lists in it are owned by the plan (ecp_plan_alloc).
 * Units: ms, mV, pA, nS, pF; rates in Hz; lengths in mm. */
#ifndef ECP_PLAN_H
#define ECP_PLAN_H

#include "engine/neuron.h"
#include "engine/plasticity.h"
#include "engine/status.h"
#include "engine/types.h"

struct ecp_sweep;

/* Where something was said, for error messages; file is NULL when a scenario
 * or a program said it. */
struct ecp_place {
    const char *file;
    int line;
};

/* ---- values ---------------------------------------------------------- */

enum ecp_draw_kind {
    ECP_DRAW_CONSTANT,    /* a                                        */
    ECP_DRAW_NORMAL,      /* a = mean, b = standard deviation         */
    ECP_DRAW_LOGNORMAL,   /* a, b = mean and sd of the logarithm      */
    ECP_DRAW_UNIFORM,     /* a = low, b = high                        */
    ECP_DRAW_EXPONENTIAL, /* a = mean                                 */
    ECP_DRAW_LIST         /* list[index of the element]               */
};

enum ecp_draw_bounds {
    ECP_BOUNDS_NONE,
    ECP_BOUNDS_CLIP,  /* values outside move to the nearest bound          */
    ECP_BOUNDS_REDRAW /* as if drawn again until inside: a truncated law   */
};

/* A value that may be random. */
struct ecp_draw {
    enum ecp_draw_kind kind;
    enum ecp_draw_bounds bounds;
    double a, b;
    double lowest, highest; /* of the bounds; +-INFINITY where open        */
    const double *list;     /* ECP_DRAW_LIST                               */
    size_t count;
    const char *file; /* where the list was read from, or NULL       */
};

/* ---- populations ----------------------------------------------------- */

enum ecp_layout_kind {
    ECP_LAYOUT_NONE,
    ECP_LAYOUT_GRID, /* rows x columns, row-major, cell centres            */
    ECP_LAYOUT_SHEET /* uniformly random positions                         */
};

struct ecp_layout {
    enum ecp_layout_kind kind;
    size_t rows, columns; /* grid only; rows * columns == size        */
    double width, height; /* mm; the sheet spans [0, width] x [0, height] */
    int periodic;
};

struct ecp_plan_population {
    const char *name;
    const char *model_name;
    const struct ecp_neuron_model *model; /* resolved by ecp_plan_check    */
    size_t size;
    ecp_gid first;          /* set by ecp_plan_check         */
    struct ecp_draw *field; /* one per field of the model, by position:
                               parameters and initial values of states     */
    int *field_given;       /* 1 where the user set it                     */
    struct ecp_layout layout;
    const char *scheme; /* of integration; NULL: the model's default */
    struct ecp_place place;
};

/* A part of a population: all of it, a range with a stride, or a list. */
struct ecp_subset {
    int population;      /* index in the plan                              */
    size_t first, count; /* without a list: first, first + stride, ...     */
    size_t stride;
    const ecp_lid *list; /* NULL, or `count` ascending indices             */
};

/* ---- projections ----------------------------------------------------- */

enum ecp_rule {
    ECP_RULE_ALL_TO_ALL,
    ECP_RULE_ONE_TO_ONE,
    ECP_RULE_FIXED_INDEGREE,     /* number: sources per target           */
    ECP_RULE_FIXED_OUTDEGREE,    /* number: targets per source           */
    ECP_RULE_FIXED_TOTAL_NUMBER, /* number                               */
    ECP_RULE_PAIRWISE_BERNOULLI, /* probability                          */
    ECP_RULE_EXPLICIT,           /* edges                                */
    ECP_RULE_DISTANCE,           /* kernel, probability at distance 0,
                                    scale (mm), cutoff (mm)              */
    ECP_RULE_TO_THIRD,           /* of a tripartite element: no config   */
    ECP_RULE_FROM_THIRD          /* names these two                      */
};

enum ecp_distance_kernel {
    ECP_KERNEL_GAUSSIAN,    /* probability * exp(-d^2 / (2 scale^2))       */
    ECP_KERNEL_EXPONENTIAL, /* probability * exp(-d / scale)               */
    ECP_KERNEL_DISC         /* probability where d <= scale, else 0        */
};

enum ecp_precision {
    ECP_PRECISION_AUTO,    /* compact where it costs < 0.1 % of the mean   */
    ECP_PRECISION_COMPACT, /* 16-bit weights                               */
    ECP_PRECISION_FULL     /* ecp_real weights                             */
};

/* Explicit edges, in any order; columns of length n. weight and delay are
 * NULL where the projection's own values hold. Indices are 0-based within the
 * source and target populations. */
struct ecp_edges {
    size_t n;
    const ecp_lid *source, *target;
    const double *weight; /* unit of the port */
    const double *delay;  /* ms */
};

struct ecp_edges_extent; /* edges.h */

/* What moves between two neurons that are coupled at all times. */
enum ecp_coupling {
    ECP_COUPLING_GAP, /* weight (field of the other - own field), in one population */
    ECP_COUPLING_SIC  /* weight field of the source, as a current */
};

struct ecp_plan_third;

struct ecp_plan_projection {
    const char *name; /* default "SOURCE_TARGET", made unique */
    int source, target;
    enum ecp_rule rule;
    size_t number;
    double probability;
    enum ecp_distance_kernel kernel;
    double scale, cutoff; /* mm; cutoff INFINITY when open */
    struct ecp_edges edges;
    /* Where the edges were read from, or NULL: FILE, FILE.h5:/GROUP, either with |TYPES. */
    const char *edges_file;
    /* Of a list that stays in edges_file and is read from there in pieces (edges.h):
     * `edges` then has its length alone. NULL: `edges` are all of it. */
    const struct ecp_edges_extent *edges_in_file;
    struct ecp_draw weight;           /* unit of the port: pA, mV, nS */
    struct ecp_draw delay;            /* ms, rounded to steps, >= 1 step */
    const char *port_name;            /* NULL: by the sign of the weight */
    int port_positive, port_negative; /* resolved: k-th ECP_INPUT          */
    enum ecp_precision precision;
    int autapses;  /* allowed? default 1 */
    int multapses; /* allowed? default 1 */

    /* Plastic projections; both rules NULL: static weights. */
    const struct ecp_plasticity *plasticity;
    double *plasticity_param; /* by position in its fields */
    const struct ecp_plasticity *short_term;
    double *short_term_param;
    const struct ecp_plasticity *structure; /* makes and removes synapses beside `plasticity` */
    double *structure_param;
    int dendritic;          /* the delay lies behind the synapse; default 0: before it */
    int modulator;          /* population whose spikes modulate the rule; -1: none */
    double modulator_delay; /* ms */
    int symmetric;          /* gap junctions: each conducts both ways; default 1 */

    /* Of plan->gap: `field_name` of the source's model (NULL: v, or i_sic) moves
     * the field `sink` of the target's; both resolved by ecp_plan_check. */
    enum ecp_coupling coupling;
    const char *field_name;
    int field, sink;

    const struct ecp_plan_third *third; /* whose part it is; NULL: nobody's */
    struct ecp_place place;
};

/* Tripartite connections: with `probability`, a synapse of the primary projection
 * has an astrocyte, drawn from the pool of its target, and with it two connections
 * more: source to astrocyte (a projection), astrocyte to target (a coupling). */
struct ecp_plan_third {
    const char *name;
    int primary;    /* projection */
    int astrocytes; /* population */
    double probability;
    size_t pool_size;
    int block;                       /* pools side by side; default 0: drawn for each target */
    size_t index;                    /* in the plan */
    struct ecp_plan_projection *in;  /* source to astrocyte; its weight and delay */
    struct ecp_plan_projection *out; /* astrocyte to target */
    struct ecp_place place;
};

/* ---- stimuli --------------------------------------------------------- */

enum ecp_stimulus_kind {
    ECP_STIMULUS_POISSON, /* independent spike trains into a port          */
    ECP_STIMULUS_SPIKES,  /* given spike times into a port                 */
    ECP_STIMULUS_CURRENT, /* piecewise constant current                    */
    ECP_STIMULUS_NOISE    /* Ornstein-Uhlenbeck current                    */
};

struct ecp_plan_stimulus {
    const char *name;
    enum ecp_stimulus_kind kind;
    struct ecp_subset target;
    double start, stop; /* ms; stop INFINITY when open */

    /* POISSON and SPIKES */
    const char *port_name; /* NULL: by the sign of the weight */
    int port;              /* resolved */
    double weight;
    double delay; /* ms, default 0: a spike at t is felt from t on */

    /* POISSON: rate in Hz, one law for all or drawn per neuron; with
     * n_switches > 0, at switch_time[k] (ms) it becomes switch_value[k].
     * CURRENT: amplitude in pA likewise. */
    struct ecp_draw level;
    size_t n_switches;
    const double *switch_time, *switch_value;

    /* SPIKES: n_events pairs; event_target counts within the subset. */
    size_t n_events;
    const ecp_lid *event_target;
    const double *event_time; /* ms */
    const char *events_file;  /* where they were read from, or NULL */

    /* NOISE: mean pA, stationary sd pA, time constant ms */
    double mean, sd, tau;
    struct ecp_place place;
};

/* ---- probes ---------------------------------------------------------- */

enum ecp_probe_kind {
    ECP_PROBE_SPIKES,
    ECP_PROBE_FIELD,    /* any state or input of the model, every `interval` */
    ECP_PROBE_RATE,     /* population rate in bins of `interval`             */
    ECP_PROBE_WEIGHTS,  /* weights of a projection at given times           */
    ECP_PROBE_STRUCTURE /* of a structural projection, at every update     */
};

/* What the latter may record: field_name is the word (ecp_structure_words). */
enum ecp_structure_field {
    ECP_STRUCTURE_SYNAPSES,
    ECP_STRUCTURE_CREATED, /* at this update */
    ECP_STRUCTURE_DELETED,
    ECP_STRUCTURE_CALCIUM, /* means: of targets, of sources */
    ECP_STRUCTURE_SOURCE_CALCIUM,
    ECP_STRUCTURE_DENDRITES, /* mean elements of a target, of a source */
    ECP_STRUCTURE_AXONS
};

struct ecp_plan_probe {
    const char *name; /* default made from kind and target, unique */
    enum ecp_probe_kind kind;
    struct ecp_subset target;
    const char *field_name; /* WEIGHTS: a variable of each synapse instead; NULL: none */
    int field;              /* resolved; WEIGHTS: number of the variable, or -1 */
    int projection;
    double interval; /* ms */
    size_t n_times;
    const double *times; /* ms, WEIGHTS */
    double start, stop;  /* ms */
    struct ecp_place place;
};

/* ---- time ------------------------------------------------------------ */

/* At the beginning of a phase, one number changes. */
struct ecp_plan_change {
    int population; /* >= 0: parameter `field` of that population */
    int field;
    int stimulus; /* >= 0: level (rate, amplitude, mean) of that stimulus */
    int rule;     /* > 0: parameter `field` of the plasticity of projection rule - 1 */
    double value;
    int structure; /* of a rule: of the one that makes and removes synapses */
};

struct ecp_plan_phase {
    const char *name;
    double duration;  /* ms */
    int discard;      /* settling time: no part of results */
    int fast_forward; /* nobody fires, and all of it passes at once; discarded, too */
    size_t n_changes;
    struct ecp_plan_change *change;
    struct ecp_place place;
};

enum ecp_time_mode { ECP_TIME_GRID, ECP_TIME_EXACT };

/* Weights of all plastic projections as files of SONATA edges. */
enum ecp_output_weights {
    ECP_OUTPUT_NONE,
    ECP_OUTPUT_FINAL,
    ECP_OUTPUT_BOTH /* initial and final */
};

/* ---- analyses and claims --------------------------------------------- */

struct ecp_analysis;

struct ecp_plan_analysis {
    const char *label;         /* results are named "label.field" */
    const char *analysis_name; /* a member of analysis/ */
    const struct ecp_analysis *analysis;
    int population;    /* subject, -1: none */
    int probe;         /* subject, -1: none */
    const char *phase; /* NULL: all phases that are not discarded */
    double *param;     /* by position in the analysis' fields */
    struct ecp_place place;
};

struct ecp_plan_claim {
    const char *result; /* "L4E.rate_hz" */
    double lowest, highest;
    const char *source; /* the paper or derivation the band comes from */
    struct ecp_place place;
};

/* ---- the plan -------------------------------------------------------- */

struct ecp_plugins;  /* plugin.h */
struct ecp_scenario; /* scenario.h */
struct ecp_plan_memory;
struct ecp_plan_comparison;

struct ecp_plan {
    const char *name;
    const char *scenario; /* NULL when written out in full */
    uint64_t seed;
    double dt; /* ms */
    enum ecp_time_mode time;
    enum ecp_output_weights output_weights; /* default: none */
    int output_nwb;                         /* 1: spikes and phases as run.nwb, too */

    size_t n_populations, n_projections, n_stimuli, n_probes, n_phases, n_analyses, n_claims;
    struct ecp_plan_population **population;
    struct ecp_plan_projection **projection;

    /* Couplings at all times. Gap junctions: source and target are the same,
     * `weight` is the conductance of each (nS; of other fields than v, 1/ms). */
    size_t n_gaps;
    struct ecp_plan_projection **gap;
    size_t n_thirds;
    struct ecp_plan_third **third;
    struct ecp_plan_stimulus **stimulus;
    struct ecp_plan_probe **probe;
    struct ecp_plan_phase **phase;
    struct ecp_plan_analysis **analysis;
    struct ecp_plan_claim **claim;

    /* Associative memories (plan_memory.h). */
    size_t n_memories, n_patterns;
    struct ecp_plan_memory **memory;

    /* NULL: only the network runs. A plan that computes (scenario.h) may have no populations. */
    const struct ecp_scenario *computes;
    const double *computes_param;
    const char *const *computes_text;            /* by position in its texts; NULL: not given */
    const struct ecp_place *computes_text_place; /* of the same in the config; NULL: unknown */

    const struct ecp_sweep *sweep; /* of the config, for `ecphory sweep`; NULL: none */
    size_t n_comparisons;
    struct ecp_plan_comparison **comparison; /* measures of data sets (comparison.h) */

    ecp_gid n_neurons;           /* set by ecp_plan_check */
    const char *config_text;     /* the effective config, all defaults shown */
    struct ecp_plugins *plugins; /* where names are looked for besides; NULL: nowhere */
    struct ecp_arena *arena;
};

enum ecp_status ecp_plan_create(struct ecp_plan **out);
void ecp_plan_destroy(struct ecp_plan *plan);

/* Members of `plugins` may be named from here on; the plan becomes one of the
 * list's owners. */
void ecp_plan_use_plugins(struct ecp_plan *plan, struct ecp_plugins *plugins);

/* Zeroed memory, or a copy of a string, that lives as long as the plan;
 * NULL when there is none. */
void *ecp_plan_alloc(struct ecp_plan *plan, size_t bytes);
char *ecp_plan_strdup(struct ecp_plan *plan, const char *text);
char *ecp_plan_printf(struct ecp_plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each adds one element with defaults and hands out a pointer that stays
 * valid; ECP_ENOMEM; population also ECP_ENOTFOUND (model) and ECP_ECONFIG
 * (name taken). */
enum ecp_status ecp_plan_add_population(struct ecp_plan *plan, const char *name, const char *model,
                                        size_t size, struct ecp_plan_population **out);
enum ecp_status ecp_plan_add_projection(struct ecp_plan *plan, const char *source,
                                        const char *target, enum ecp_rule rule,
                                        struct ecp_plan_projection **out);
enum ecp_status ecp_plan_add_gap(struct ecp_plan *plan, const char *population, enum ecp_rule rule,
                                 struct ecp_plan_projection **out);
/* A slow current of the source's astrocytes into the target's neurons. */
enum ecp_status ecp_plan_add_sic(struct ecp_plan *plan, const char *source, const char *target,
                                 enum ecp_rule rule, struct ecp_plan_projection **out);
/* `name` NULL: PRIMARY_ASTROCYTES. Its parts are NAME_in and NAME_out; weights of 1
 * and delays of 1 ms. */
enum ecp_status ecp_plan_add_third(struct ecp_plan *plan, const char *name, const char *primary,
                                   const char *astrocytes, struct ecp_plan_third **out);
enum ecp_status ecp_plan_add_stimulus(struct ecp_plan *plan, enum ecp_stimulus_kind kind,
                                      const char *target, struct ecp_plan_stimulus **out);
enum ecp_status ecp_plan_add_probe(struct ecp_plan *plan, enum ecp_probe_kind kind,
                                   const char *target, struct ecp_plan_probe **out);
enum ecp_status ecp_plan_add_phase(struct ecp_plan *plan, const char *name, double duration,
                                   int discard, struct ecp_plan_phase **out);
enum ecp_status ecp_plan_add_analysis(struct ecp_plan *plan, const char *label,
                                      const char *analysis, const char *population,
                                      struct ecp_plan_analysis **out);
enum ecp_status ecp_plan_add_claim(struct ecp_plan *plan, const char *result, double lowest,
                                   double highest, const char *source);

/* The plan computes what `scenario` does, if it does; `param` and `text` (by position in the
 * scenario's texts; NULL: defaults) are copied. ECP_ENOMEM. */
enum ecp_status ecp_plan_compute(struct ecp_plan *plan, const struct ecp_scenario *scenario,
                                 const double *param, const char *const *text);
/* Is there a network to build, or does all happen without one? */
int ecp_plan_has_network(const struct ecp_plan *plan);

/* Index of a name, or -1. */
int ecp_plan_population_index(const struct ecp_plan *plan, const char *name);
int ecp_plan_projection_index(const struct ecp_plan *plan, const char *name);
int ecp_plan_gap_index(const struct ecp_plan *plan, const char *name);
int ecp_plan_third_index(const struct ecp_plan *plan, const char *name);
/* The first tripartite element whose primary is this projection, or NULL. */
const struct ecp_plan_third *ecp_plan_third_of(const struct ecp_plan *plan, int projection);
int ecp_plan_stimulus_index(const struct ecp_plan *plan, const char *name);

/* Of gap junctions: does the rule decide about both orders of a pair, so that
 * only one of them (source < target) counts? */
int ecp_gap_is_halved(const struct ecp_plan_projection *gap);

/* Set a parameter or an initial value: a constant, or a law. */
enum ecp_status ecp_population_set(struct ecp_plan_population *population, const char *field,
                                   double value);
enum ecp_status ecp_population_set_draw(struct ecp_plan_population *population, const char *field,
                                        struct ecp_draw law);

/* Make a projection plastic, by the defaults of the rule; ECP_ENOTFOUND. */
enum ecp_status ecp_plan_plasticity(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                    const char *rule);
enum ecp_status ecp_plan_short_term(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                    const char *rule);
enum ecp_status ecp_plan_structure(struct ecp_plan *plan, struct ecp_plan_projection *projection,
                                   const char *rule);

/* The rule that makes and removes synapses: beside another one, or as the projection's
 * plasticity; NULL: they stay. `param` may be NULL. */
static inline const struct ecp_plasticity *
ecp_structure_of(const struct ecp_plan_projection *projection, const double **param)
{
    const int alone = !projection->structure && projection->plasticity &&
                      projection->plasticity->structure != NULL;
    if (param)
        *param = alone ? projection->plasticity_param : projection->structure_param;
    return alone ? projection->plasticity : projection->structure;
}

/* Whose parameter a change with `rule` > 0 is, of that projection. */
static inline const struct ecp_plasticity *
ecp_rule_of_change(const struct ecp_plan_projection *projection,
                   const struct ecp_plan_change *change)
{
    return change->structure && projection->structure ? projection->structure
                                                      : projection->plasticity;
}

/* Set a parameter of the rule, or an initial value of a trace. */
enum ecp_status ecp_projection_set(struct ecp_plan_projection *projection, const char *field,
                                   double value);
enum ecp_status ecp_projection_set_short_term(struct ecp_plan_projection *projection,
                                              const char *field, double value);
enum ecp_status ecp_projection_set_structure(struct ecp_plan_projection *projection,
                                             const char *field, double value);

/* Resolve names, fill defaults, and refuse (ECP_ECONFIG, naming place, key,
 * what was found and what is allowed): ranges, sub-step delays, more synapses
 * than pairs without multapses, ports that are not there, phases without
 * time. Called once; the plan is immutable afterwards. */
enum ecp_status ecp_plan_check(struct ecp_plan *plan);

/* Sum of the phases, ms; and the part that is discarded at the beginning. */
double ecp_plan_duration(const struct ecp_plan *plan);

/* ---- laws ------------------------------------------------------------ */

struct ecp_draw ecp_draw_constant(double value);
struct ecp_draw ecp_draw_normal(double mean, double sd);
/* The same law, redrawn or clipped outside [lowest, highest]. */
struct ecp_draw ecp_draw_bounded(struct ecp_draw law, enum ecp_draw_bounds bounds, double lowest,
                                 double highest);

#endif
