/* plasticity.h -- what a plasticity rule gives the engine.
 *
 * A plastic projection keeps its synapses in pieces: those of one source that
 * share a delay, side by side. The engine brings a piece to date when a spike
 * of its source arrives, and now and then when none does; the rule then sees,
 * in order of time, what its targets did since. So a synapse costs nothing
 * between the spikes of its source, and yet has a weight at every moment.
 *
 * Time is counted in stamps: stamp s is the end of step s - 1, s * dt. Weights
 * and bounds are magnitudes; the engine gives them the sign that the
 * projection had at first. Order at coincidence: docs/PLASTICITY.md. */
#ifndef ECP_PLASTICITY_H
#define ECP_PLASTICITY_H

#include "engine/field.h"
#include "engine/isa.h"
#include "engine/status.h"
#include "engine/types.h"

enum {
    ECP_MAX_TRACES = 8,    /* ECP_PRE fields, and as many ECP_POST fields       */
    ECP_MAX_MARKS = 4,     /* numbers that go with an event of a target         */
    ECP_MAX_SEEN = 4,      /* fields of the target's model that a rule reads    */
    ECP_MAX_THIRD = 2,     /* fields of the synapse's astrocyte that it reads   */
    ECP_MAX_SYNAPSE = 8,   /* variables of one synapse besides its weight       */
    ECP_MAX_RECENT = 16,   /* spikes of a source that visits look back at       */
    ECP_VISIT_SIZE = 1024, /* most synapses of one visit                        */
    ECP_MAX_KEPT = 2,      /* POST fields that a rule with a tick reads         */
    ECP_TICK_STEPS = 16,   /* most steps of one tick                            */
    ECP_NEVER = 0          /* stamp of what has not happened                    */
};

/* What rules of one projection are for; those of the last leave what is sent alone. */
enum ecp_slot { ECP_SLOT_RULE, ECP_SLOT_SHORT_TERM, ECP_SLOTS, ECP_SLOT_STRUCTURE = ECP_SLOTS };

/* A spike of one source arrives at the synapses of a piece. */
struct ecp_source_spike {
    const double *param;
    const ecp_real *derived;
    uint32_t interval; /* steps since the one before; 0: there was none          */
    ecp_real *before;  /* in: what `after` was then. out: PRE values at this stamp
                          without this spike                                     */
    ecp_real *after;   /* out: with it                                           */
    ecp_real *release; /* what is transmitted, in weights: 1 unless set          */
};

/* The same at synapses that release each for itself: their PRE values are their own. */
struct ecp_releases {
    size_t n; /* at most ECP_VISIT_SIZE                                          */
    const double *param;
    const ecp_real *derived;
    uint32_t interval;            /* as above                                   */
    ecp_real *const *pre;         /* k-th ECP_PRE field: in, as the arrival before left it;
                                     out, as this one does                      */
    const ecp_real *const *third; /* k-th name of `third`, at the arrival (of spikes with
                                     dendritic delays: when they were fired) less the
                                     shortest delay of the connection; 0: no astrocyte */
    ecp_real *release;            /* to be multiplied by what is transmitted, in weights */
};

/* A run of targets at one stamp. */
struct ecp_post_block {
    size_t n;
    const double *param;
    const ecp_real *derived;
    ecp_real *const *post;       /* k-th ECP_POST field: at this stamp, without its spikes */
    const ecp_real *const *seen; /* k-th name of `sees`                                    */
    const ecp_real *const *late; /* the same, `lag` earlier: for rules that have one         */
    const uint8_t *fired;
    const uint8_t *echo;   /* who fired `echo` earlier; NULL for rules without, and for mark */
    uint8_t *event;        /* out, by `mark`: 1 where the synapses shall hear of it        */
    ecp_real *const *mark; /* out, by `mark`: what goes with it                            */
    ecp_real *const *sum;  /* what `gather` added up                                       */
    double span;           /* ms that `pass_targets` passes                                */
};

/* What the targets of a piece did: a ring of the last events of each. */
struct ecp_events_seen {
    const uint32_t *count;               /* events so far                                     */
    const uint32_t *latest;              /* stamp of the last one, ECP_NEVER: none            */
    const uint32_t *time;                /* ring of target t: time[t << bits ...]             */
    const ecp_real *mark[ECP_MAX_MARKS]; /* likewise                             */
    unsigned bits;                       /* a ring has 1 << bits entries                      */
};

/* Some synapses of one piece, to be brought from stamp `from` to stamp `now`. */
struct ecp_visit {
    size_t n; /* at most ECP_VISIT_SIZE                                          */
    const double *param;
    const ecp_real *derived;
    double dt;
    ecp_real *weight;
    ecp_real *const *synapse;    /* k-th ECP_SYNAPSE field                      */
    const uint16_t *target;      /* index into all that is per target           */
    const ecp_real *const *post; /* ECP_POST fields at `now`, without its spikes */
    const struct ecp_events_seen *events;

    uint32_t now;
    uint32_t from; /* events after it, up to `now`, have not been applied        */
    int arrival;   /* 1: a spike of the source arrives at `now`; 0: bring to date */
    uint32_t last; /* its spike before, ECP_NEVER: none                          */
    const ecp_real *before, *after; /* PRE values at `last`, without and with it */
    const uint32_t *recent;         /* stamps of its n_recent last spikes, newest first */

    /* Spikes of the modulating population: stamps, ascending, and the level of the
     * modulator just after each (1/ms): it jumps by 1 / tau_n and decays with the
     * parameter tau_n. They are felt here modulator_shift steps after their stamps
     * (synapses with dendritic delays run behind); those from first_modulator on
     * after `from`, some perhaps after `now`. */
    const uint32_t *modulator;
    uint32_t modulator_shift;
    const double *modulator_level;
    size_t first_modulator, n_modulator;

    /* In `apply` only: the k-th name of `third` for each synapse, as its astrocyte had
     * it the shortest delay of that connection earlier; 0 where it has none. */
    const ecp_real *const *third;

    /* For random numbers of a synapse: (source, target, ordinal, stamp) under
     * `seed`. A SYNAPSE field named "ordinal" is filled by the engine: how many
     * synapses of the same two neurons come before this one. */
    uint64_t seed;
    uint32_t source, first_target; /* indices in their populations               */
    uint32_t projection;           /* index in the plan                          */
};

/* Sources of a rule with a tick, at one stamp. */
struct ecp_moves {
    size_t n; /* pieces                                                            */
    const double *param;
    const ecp_real *derived;
    ecp_real *pre;  /* pre[piece * number of ECP_PRE fields + k]: as `arrive` left
                       them; to be moved by a step                                 */
    ecp_real *kept; /* kept[piece * ECP_TICK_STEPS]: out, what `tick` shall see of it */
};

/* Synapses of many sources, side by side, in the steps that end at `now`. A tick ends where
 * somebody looks at synapses, and where a PARAM `period` (ms), if there is one, is over. */
struct ecp_tick {
    size_t n; /* synapses                                                          */
    const double *param;
    const ecp_real *derived;
    uint32_t now;
    size_t n_steps; /* 1 to ECP_TICK_STEPS                                         */
    ecp_real *weight;
    ecp_real *const *synapse;    /* k-th ECP_SYNAPSE field                          */
    const uint16_t *target;      /* index into post                                 */
    const uint32_t *piece;       /* of each synapse, index into pre                 */
    const ecp_real *const *post; /* k-th name of `keeps`, as `advance` left it:
                                    post[k][target * ECP_TICK_STEPS + step]         */
    const ecp_real *pre;         /* what `move` kept: pre[piece * ECP_TICK_STEPS + step] */
    const uint16_t *arrived;     /* of each piece: bit `step` is set where a spike arrived */
};

/* How fast synaptic elements grow: axonal ones of a source, dendritic ones of a
 * target (is_dendrite = 1). The engine finds these parameters by name: tau_ca,
 * beta_ca, ca, tau_vacant, update_interval, axons, axon_z, dendrite_z. */
struct ecp_structure {
    /* Elements per ms at this calcium. */
    double (*growth)(const double *param, int is_dendrite, double calcium);
    /* Elements in `span` ms that begin at this calcium, which decays with tau_ca. */
    double (*grown)(const double *param, int is_dendrite, double calcium, double span);
};

struct ecp_plasticity {
    const char *name;
    const char *summary;   /* one sentence                                       */
    const char *equations; /* a few lines of ASCII, for the manual               */
    const char *reference; /* author year, doi                                   */
    const char *aliases;
    const char *verified_by;
    const char *example;                /* lines of a config; NULL: made from the first parameter */
    const struct ecp_field *fields;     /* PARAM, PRE, POST, SYNAPSE; ends with {0}.
                                           Unit "weight": that of the port           */
    const struct ecp_choice *choices;   /* NULL, or ends with {0}: PARAMs that are words */
    const char *sees[ECP_MAX_SEEN + 1]; /* fields of the target's model, as "v"  */
    const char *third[ECP_MAX_THIRD + 1]; /* of the astrocyte's model, as "ca": the
                                           projection needs tripartite connections. With a
                                           PARAM `factor`, its model must have the one of
                                           that number; others that it lacks are 0 */
    const char *glia; /* PARAM: from 0 on, `release` is called, with `third`; below, `arrive`
                         is, and no astrocyte is needed. NULL: `third` is for `apply` */
    const char *lag;  /* PARAM (ms) for `late`; NULL: none. Before time 0
                         the targets were as they are then     */
    const char *echo; /* PARAM (ms) for `echo`; NULL: none              */
    int n_marks, n_sums;
    int n_recent;    /* spikes of the source that visits look back at         */
    int axonal_only; /* it sees what the target does now, not later            */
    int needs_modulator;

    /* Constants from the parameters; checks between them (ECP_ECONFIG). */
    enum ecp_status (*derive)(const double *param, double dt, ecp_real *derived);

    /* SYNAPSE fields from the initial weights (they hold their defaults). NULL: none. */
    void (*begin)(const struct ecp_visit *visit);

    /* Traces of the source; what it releases. NULL: it has none. */
    void (*arrive)(const struct ecp_source_spike *arrival);

    /* For rules with `glia`: what each synapse releases, and its PRE values. */
    void (*release)(const struct ecp_releases *releases);

    /* Which targets have an event at this stamp, and its marks. NULL: those that
     * fired. Changes nothing else. */
    void (*mark)(const struct ecp_post_block *block);

    /* POST fields: take the spikes of this stamp, go on to the next. NULL: none. */
    void (*advance)(const struct ecp_post_block *block);

    /* Weights (and SYNAPSE fields) from `from` to `now`. NULL: they stay. */
    void (*visit)(const struct ecp_visit *visit);

    /* Every `period` (a PARAM of that name, ms), after `visit` has brought all
     * pieces to date: add up over the synapses of each target, do something with
     * the sums, change the synapses. Any may be NULL. */
    void (*gather)(const struct ecp_visit *visit, ecp_real *const *sum);
    void (*settle)(const struct ecp_post_block *block);
    void (*apply)(const struct ecp_visit *visit);

    /* Every step, after `advance`: sources go on to the next stamp; and, some steps at once,
     * all synapses. For rules that have no closed form between spikes; costs as much as it
     * says. Such a rule has no `visit`, and its PRE fields go on step by step: `arrive` only
     * adds to them. NULL: none; both or neither. */
    void (*move)(const struct ecp_moves *moves);
    void (*tick)(const struct ecp_tick *tick);
    const char *keeps[ECP_MAX_KEPT + 1]; /* POST fields that `tick` reads */

    /* The rule makes and removes synapses, and leaves weights alone. NULL: it does not. */
    const struct ecp_structure *structure;

    /* A phase with fast_forward: nobody fires for long. `visit` has brought all
     * pieces to its beginning, `gather` has added up; then POST fields go on to its
     * end (block->span), then the synapses do (from `from` to `now`). NULL: rules
     * with a clock of their own or traces of targets refuse such phases. */
    void (*pass_targets)(const struct ecp_post_block *block);
    void (*pass)(const struct ecp_visit *visit);
};

/* The registered rules of one instruction set; ends with NULL. */
const struct ecp_plasticity *const *ecp_plasticity_rules(enum ecp_isa isa);

/* ECP_ENOTFOUND names the nearest known rule; aliases are found, too. */
enum ecp_status ecp_plasticity_find(const char *name, enum ecp_isa isa,
                                    const struct ecp_plasticity **out);

/* Does the rule with these parameters leave releases to each synapse? */
static inline int ecp_is_glial(const struct ecp_plasticity *rule, const double *param)
{
    return rule && rule->glia && param[ecp_field_find(rule->fields, rule->glia)] >= 0;
}

/* Does it need astrocytes at its synapses? */
static inline int ecp_reads_third(const struct ecp_plasticity *rule, const double *param)
{
    return rule && rule->third[0] && (!rule->glia || ecp_is_glial(rule, param));
}

static inline ecp_real ecp_clip(ecp_real x, ecp_real low, ecp_real high)
{
    const ecp_real raised = x < low ? low : x;
    return raised > high ? high : raised;
}

#endif
