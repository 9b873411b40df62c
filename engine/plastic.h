/* plastic.h -- plastic projections from inside: what one worker holds of each,
 * and when its parts are called. Rules see engine/plasticity.h instead. */
#ifndef ECP_PLASTIC_H
#define ECP_PLASTIC_H

#include "engine/connect.h"
#include "engine/machine.h"
#include "engine/plasticity.h"

struct ecp_published;  /* gap.h */
struct ecp_third_fill; /* plastic_third.c */
struct ecp_glia;       /* plastic_glia.c */

enum { ECP_FORM_PLASTIC = 2 }; /* beside compact (0) and wide (1) */

/* Synapses of one source, delay, port and section of targets, side by side. */
struct ecp_piece {
    uint64_t first; /* index of its first synapse */
    uint32_t n;
    uint32_t last;  /* stamp of the last arrival */
    uint32_t from;  /* events of targets up to it have been applied */
    uint16_t delay; /* steps */
    uint8_t port;
    uint8_t section;
    uint32_t view;
};

/* The targets as the synapses of one delay see them. Dendritic delays make the
 * events of targets known late: shift steps after they happened. */
struct ecp_view {
    uint32_t shift;
    ecp_real *post[ECP_MAX_TRACES]; /* n_targets each */
    uint32_t *count, *latest;       /* n_targets */
    uint32_t *time;                 /* n_targets << bits */
    ecp_real *mark[ECP_MAX_MARKS];
    unsigned bits;
    uint32_t floor;               /* no piece waits for events up to it */
    ecp_real *kept[ECP_MAX_KEPT]; /* n_targets x ECP_TICK_STEPS, for rules with a tick */
};

/* Pieces due at one stamp. */
struct ecp_due {
    uint32_t *piece;
    size_t n, capacity;
};

/* One worker's part of one plastic projection. */
struct ecp_plastic {
    struct ecp_worker *worker;
    int projection;
    const struct ecp_plan_projection *plan;
    const struct ecp_plasticity *rule, *short_term; /* either may be NULL */
    double param[ECP_MAX_FIELDS];                   /* of the rule, now: phases may change them */
    ecp_real derived[ECP_MAX_DERIVED], short_derived[ECP_MAX_DERIVED];
    double sign; /* +1 or -1: of all its weights */
    ecp_lid first_target, n_targets;
    uint32_t slot; /* of the first target among the worker's */

    uint64_t n_synapses;
    uint16_t *target; /* within its section */
    ecp_real *weight; /* magnitudes */
    ecp_real *synapse[ECP_MAX_SYNAPSE];
    size_t weight_bytes, target_bytes;

    size_t n_pieces;
    struct ecp_piece *piece;
    uint32_t *start; /* n_sources + 1: pieces of each source */
    size_t n_pre, n_short_pre, n_post, n_synapse_fields;
    ecp_real *before, *after;             /* n_pieces x n_pre */
    ecp_real *short_before, *short_after; /* n_pieces x n_short_pre */

    uint32_t n_views;
    struct ecp_view *view;
    const ecp_real *seen[ECP_MAX_SEEN]; /* columns of the targets' share */
    const ecp_real *late[ECP_MAX_SEEN]; /* what they were `lag` steps ago */
    ecp_real *past[ECP_MAX_SEEN];       /* rings of lag + 1 such columns */
    uint32_t lag;
    uint32_t echo;                  /* steps */
    uint8_t *echoed;                /* n_targets */
    uint32_t *piece_of;             /* n_synapses, for rules with a tick */
    ecp_real *pre_kept;             /* n_pieces x ECP_TICK_STEPS, likewise */
    uint16_t *arrived;              /* n_pieces, a bit for each step since the last tick */
    uint32_t n_kept;                /* steps since the last tick */
    int post_kept[ECP_MAX_KEPT];    /* which POST field; -1: none */
    uint32_t *recent;               /* n_pieces x n_recent stamps, newest first */
    uint8_t *fired, *event;         /* n_targets */
    ecp_real *marks[ECP_MAX_MARKS]; /* n_targets, in the making */
    ecp_real *sum[ECP_MAX_MARKS];   /* n_targets, of gather */
    ecp_lid *list;                  /* n_targets */

    struct ecp_due *due; /* ring of n_due stamps */
    uint32_t n_due;      /* power of two */
    uint32_t period;     /* steps; 0: none */
    uint32_t sweep;      /* steps between visits of pieces that nobody visits */

    ecp_lid *astrocyte; /* n_synapses, for rules with a `third`; ECP_NO_ASTROCYTE */
    struct ecp_third_fill *third_fill;
    const struct ecp_published *third[ECP_SLOTS][ECP_MAX_THIRD];
    struct ecp_glia *glia[ECP_SLOTS];     /* NULL: synapses of a piece release alike */
    ecp_real *third_value[ECP_MAX_THIRD]; /* ECP_VISIT_SIZE */
    uint32_t third_delay;                 /* steps */

    uint32_t *modulator; /* stamps, ascending */
    double *modulator_level;
    size_t n_modulator, modulator_capacity;
};

/* What a rule looks back at (engine/plastic_past.c): late columns, recent
 * arrivals, ordinals of synapses. Built when the pieces are. */
enum ecp_status ecp_plastic_past_build(struct ecp_plastic *plastic);
void ecp_plastic_past_keep(struct ecp_plastic *plastic, uint32_t stamp);
void ecp_plastic_past_arrive(struct ecp_plastic *plastic, size_t piece, uint32_t stamp);
void ecp_plastic_past_clear(struct ecp_plastic *plastic);

/* The astrocytes of synapses (engine/plastic_third.c). While pieces are filled: begin,
 * the synapse at `at`, which ends at `target`, end. Later: their fields, for the rule
 * of a slot, as they were `third_delay` before `now`. */
enum ecp_status ecp_plastic_third_begin(struct ecp_plastic *plastic);
void ecp_plastic_third_place(struct ecp_plastic *plastic, uint64_t at, ecp_lid target);
void ecp_plastic_third_end(struct ecp_plastic *plastic);
const ecp_real *const *ecp_plastic_third(struct ecp_plastic *plastic, int slot, uint64_t first,
                                         size_t n, ecp_step now);
void ecp_plastic_third_clear(struct ecp_plastic *plastic);

/* Synapses whose astrocytes set what they release (engine/plastic_glia.c). A spike
 * arrives at all of a piece; `factor` is what they share. */
enum ecp_status ecp_plastic_glia_build(struct ecp_plastic *plastic);
void ecp_plastic_glia_deliver(struct ecp_plastic *plastic, size_t piece, uint32_t now,
                              ecp_real factor, ecp_real *acc);
void ecp_plastic_glia_clear(struct ecp_plastic *plastic);
/* What every synapse keeps for it, n_synapses each; how many columns. */
size_t ecp_plastic_glia_columns(const struct ecp_plastic *plastic, ecp_real **column);
double ecp_plastic_glia_bytes(const struct ecp_plastic *plastic);

/* Rules that see all synapses at every step (engine/plastic_tick.c). `rests`: somebody may
 * look at the synapses after this stamp. */
enum ecp_status ecp_plastic_tick_build(struct ecp_plastic *plastic);
void ecp_plastic_tick(struct ecp_plastic *plastic, uint32_t stamp, int rests);
void ecp_plastic_tick_clear(struct ecp_plastic *plastic);

/* Which SYNAPSE field is the ordinal; -1: none. */
int ecp_plastic_ordinal(const struct ecp_plastic *plastic);

/* Variables of synapses first .. first + n - 1 as their weights say; ordinals are left 0. */
void ecp_plastic_begin(struct ecp_plastic *plastic, uint64_t first, uint64_t n);

/* Room for twice as many events of every target; 0: no memory. */
int ecp_plastic_grow_rings(struct ecp_plastic *plastic, struct ecp_view *view);

/* Parts of the above that phases need, too: all pieces that are behind
 * `older_than` to `now`; one by one; sums over the synapses of each target. */
typedef void ecp_plastic_visitor(const struct ecp_visit *visit);

void ecp_plastic_bring(struct ecp_plastic *plastic, uint32_t now, uint32_t older_than);
void ecp_plastic_bring_all(struct ecp_plastic *plastic, uint32_t now);
void ecp_plastic_visit(struct ecp_plastic *plastic, size_t index, uint32_t now,
                       ecp_plastic_visitor *visitor);
void ecp_plastic_gather(struct ecp_plastic *plastic, uint32_t now);
struct ecp_post_block ecp_plastic_block(struct ecp_plastic *plastic, const struct ecp_view *view);

/* A parameter of a rule becomes `value` at the stamp `now`: what was before goes by
 * the old one. ECP_ECONFIG. */
enum ecp_status ecp_plastic_change(struct ecp_worker *worker, int projection, int field,
                                   double value, ecp_step now);

/* Nobody fires from `from` to `to`; spikes under way are lost. */
void ecp_plastic_pass(struct ecp_worker *worker, ecp_step from, ecp_step to);

/* Spikes of the modulating population (engine/plastic_modulator.c): one more;
 * the first that pieces with this shift feel after `stamp`; and those that no
 * piece needs whose `from` is `limit` - 1 or later. */
void ecp_plastic_modulate(struct ecp_plastic *plastic, uint32_t stamp);
size_t ecp_plastic_modulator_after(const struct ecp_plastic *plastic, uint32_t stamp,
                                   uint32_t shift);
void ecp_plastic_modulator_trim(struct ecp_plastic *plastic, uint32_t limit);

/* Everything plastic of one worker; and which neurons fired lately. */
struct ecp_plastic_worker {
    size_t n;
    struct ecp_plastic *projection;
    uint32_t n_history;     /* stamps kept, a power of two */
    struct ecp_fired_list { /* [population * n_history + stamp % n_history] */
        ecp_lid *neuron;
        size_t n, capacity;
    } * fired;
};

/* Of population p at a stamp that is kept. */
static inline struct ecp_fired_list *ecp_plastic_fired_list(const struct ecp_worker *worker, int p,
                                                            uint32_t stamp)
{
    const struct ecp_plastic_worker *all = worker->plastic;
    return &all->fired[(size_t)p * all->n_history + (stamp & (all->n_history - 1))];
}

enum ecp_status ecp_plastic_build(struct ecp_worker *worker);
void ecp_plastic_clear(struct ecp_worker *worker);

/* Neuron j of the share of population p fired in `step`. */
void ecp_plastic_fired(struct ecp_worker *worker, int p, ecp_lid j, ecp_step step);

/* A spike from anywhere, of the epoch before; from a checkpoint (before the network's
 * `pending_from`) also one that has arrived at some synapses, which stay as they are. */
void ecp_plastic_take(struct ecp_worker *worker, struct ecp_shot shot);

/* What arrives in `step`, after all spikes that can are known; and, after the
 * neurons were updated, what they did. */
void ecp_plastic_deliver(struct ecp_worker *worker, ecp_step step);
void ecp_plastic_follow(struct ecp_worker *worker, ecp_step step);

/* Weights (magnitudes) of synapses first .. first + n - 1 of a piece as they are
 * at the stamp `now`, pending events included, into weight[n]; changes nothing.
 * n <= ECP_VISIT_SIZE. */
void ecp_plastic_read(const struct ecp_plastic *plastic, size_t piece, uint64_t first, size_t n,
                      uint32_t now, ecp_real *weight);

/* The same for the k-th SYNAPSE field of the rule (a variable); -1: weights. */
struct ecp_reading {
    uint64_t first;
    size_t n;
    uint32_t now;
    int variable;
};
void ecp_plastic_read_field(const struct ecp_plastic *plastic, size_t piece,
                            const struct ecp_reading *reading, ecp_real *out);

/* This worker's part of a plastic projection of the plan. */
const struct ecp_plastic *ecp_plastic_of(const struct ecp_worker *worker, int projection);

double ecp_plastic_bytes(const struct ecp_worker *worker, uint64_t *synapses);

#endif
