/* exact.h -- the second way through time: no grid.
 *
 * Spikes carry times as real numbers; a neuron is touched only when something
 * reaches it or when it fires. Workers go through windows as long as the
 * network's shortest delay: what is sent in one window arrives in a later one,
 * so nobody waits inside. Within a window each neuron's events are taken in
 * the order (time, source, synapse): the result does not depend on workers.
 *
 * Recorded times are whole multiples of ECP_EXACT_TICK; computed ones are not. */
#ifndef ECP_EXACT_ENGINE_H
#define ECP_EXACT_ENGINE_H

#include "engine/exact_lif.h"
#include "engine/machine.h"

/* 2.3e-10 ms: a run of 24 days still fits 64 bits. */
#define ECP_EXACT_TICK 0x1p-32

/* A weight on its way to a neuron. It came through synapse[row[source] + order]
 * of the worker, where its own weight, delay and projection stand; or, when
 * `drive` is set, from stimulus `source`. */
struct ecp_arrival {
    double time, weight;
    uint32_t slot, source, order;
    uint16_t port, drive;
};

struct ecp_arrivals {
    struct ecp_arrival *at;
    size_t n, capacity;
};

struct ecp_slots {
    uint32_t *at;
    size_t n, capacity;
};

struct ecp_exact_synapse {
    double weight, delay; /* ms */
    uint32_t slot;
    uint32_t port : 8, projection : 24;
};

struct ecp_exact_shot {
    double time;
    ecp_gid source;
};

struct ecp_exact_shots {
    struct ecp_exact_shot *shot;
    size_t n, capacity;
};

/* The neurons of one population on one worker. */
struct ecp_exact_share {
    const struct ecp_exact *table;
    struct ecp_exact_constants *constants; /* one set, or one a neuron */
    size_t constants_stride;
    double *state;    /* n x ECP_EXACT_STATES */
    double *time;     /* n: of the state */
    double *free_at;  /* n: end of the refractory time */
    double *crossing; /* n: next threshold crossing if nothing arrives */
    double *current;  /* n: of the stimuli */
    uint64_t *fired;  /* n, Poisson sources: how many intervals were drawn */
    int64_t *filed;   /* n: window in which the neuron is to be looked at */
    int n_drives;     /* Poisson stimuli onto this population */
    int *drive;       /* their indices */
    double *next;     /* n x n_drives: time of the next drive spike */
    uint64_t *drawn;  /* n x n_drives: how many were drawn */
};

struct ecp_exact_worker {
    struct ecp_exact_share *share; /* n_populations */
    uint64_t *row;                 /* n_sources + 1 */
    struct ecp_exact_synapse *synapse;
    size_t synapse_bytes;
    int64_t window;                /* next to be finished */
    size_t n_buckets;              /* a power of two */
    struct ecp_arrivals *arriving; /* n_buckets */
    struct ecp_slots *due;         /* n_buckets */
    struct ecp_slots far;          /* neurons due later than the ring reaches */
    uint64_t *active;              /* bitmap over slots */
    uint32_t *first;               /* per slot: its last arrival of the window + 1 */
    uint32_t *next;                /* per arrival of the window: the one before it */
    size_t next_capacity;
    struct ecp_arrivals mine; /* arrivals of the neuron in hand, in order */
    int32_t *population;      /* of each slot */
    struct ecp_exact_shots out[2];
    size_t *next_event;            /* per stimulus of given spikes */
    int64_t taken;                 /* window whose arrivals are complete */
    size_t recorded;               /* of the spikes of this window */
    int stale;                     /* parameters or levels changed */
    struct ecp_exact_shots recent; /* own, that may still be under way */
    uint64_t touched;              /* events handled */
};

enum ecp_status ecp_exact_build(struct ecp_worker *worker);
void ecp_exact_clear(struct ecp_worker *worker);

/* From time `from` to `to` (ms); the whole state lies at `to` afterwards as far
 * as events go. */
void ecp_exact_run(struct ecp_worker *worker, ecp_step from, ecp_step to);

/* To go on from a checkpoint at the time `now` (ms): windows begin there; a spike of the
 * past, of any neuron, that has targets here arrives when it would have, if that is
 * not before; and every neuron is looked at in the window of its next event. */
void ecp_exact_resume(struct ecp_worker *worker, double now);
void ecp_exact_resend(struct ecp_worker *worker, struct ecp_exact_shot shot, double now);
void ecp_exact_file_all(struct ecp_worker *worker);

/* Workers rest at `now` (ms): forget spikes that have arrived everywhere. */
void ecp_exact_trim(struct ecp_worker *worker, double now);

/* The window that holds `time` (ms). */
int64_t ecp_exact_window_at(const struct ecp_network *network, double time);

/* Length of a window, ms. */
double ecp_exact_window(const struct ecp_network *network);

/* Fields of the neurons at `time` into the columns that probes read. */
void ecp_exact_show(struct ecp_worker *worker, double time);

#endif
