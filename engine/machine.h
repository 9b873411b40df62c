/* machine.h -- a network from inside: shared by the files of the engine that
 * build it and run it; models and analyses never see it.
 *
 * Each worker (one thread) owns a contiguous share of every population, all
 * synapses onto it, and everything that these need. Between two points of
 * agreement (an epoch of the network's shortest delay) workers only read each
 * other's spikes of the epoch before. */
#ifndef ECP_MACHINE_H
#define ECP_MACHINE_H

#include <stdatomic.h>

#include "engine/alloc.h"
#include "engine/connect.h"
#include "engine/kernel.h"
#include "engine/network.h"
#include "engine/rows.h"
#include "engine/sources.h"

enum {
    ECP_BLOCK = 1024,  /* neurons updated at once: their columns stay in L1 */
    ECP_EPOCH_MAX = 64 /* steps between two points of agreement */
};

/* ---- what all workers share, read-only while they run ---------------- */

struct ecp_population {
    const struct ecp_plan_population *plan;
    const struct ecp_neuron_model *model;
    void (*update)(const struct ecp_block *block); /* of the scheme; NULL: gsl_rkf45 */
    size_t n_fields, n_ports;
    int port_field[ECP_MAX_PORTS];
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    int spread;                  /* a parameter differs from neuron to neuron */
    int record;                  /* spikes are kept */
    int record_part;             /* but not of all neurons at all times */
    int keep;                    /* and stay in memory after they are written */
    double scale[ECP_MAX_PORTS]; /* weight of one unit of a compact synapse */
    int wide_in;                 /* some projection onto it is wide */
    uint64_t probed;             /* fields (bits) that a probe reads */
    uint64_t reached;            /* fields (bits) that couplings move (gap.h) */
};

/* ---- one worker ------------------------------------------------------ */

/* The neurons of one population that one worker owns. */
struct ecp_share {
    ecp_lid first, n;
    uint32_t slot; /* of its first neuron among all of the worker's */
    ecp_real *column[ECP_MAX_FIELDS];
    uint16_t *counter[ECP_MAX_FIELDS];
    double *own_param;     /* n x n_fields where parameters are spread */
    ecp_real *own_derived; /* n x ECP_MAX_DERIVED */
    int driven;            /* a stimulus brings current */
    uint32_t *count, *intervals;
    uint64_t *interval_sum;
    double *interval_square_sum;
    ecp_step *last;  /* step of the last counted spike, -1: none */
    uint32_t *tally; /* spikes of each, where a memory reads them; NULL: none does */
};

struct ecp_shot {
    ecp_gid source;
    ecp_step step; /* index of the step in which it fired; its stamp is one more */
};

struct ecp_shots {
    struct ecp_shot *shot;
    size_t n, capacity;
};

struct ecp_events {
    struct ecp_spike *event;
    size_t n, capacity;
};

/* A count that others wait for. On a line of its own. */
struct ecp_gate {
    _Alignas(ECP_ALIGNMENT) _Atomic int64_t done;
    _Atomic uint32_t bell; /* rung when `done` moves and somebody sleeps */
    char pad[ECP_ALIGNMENT - sizeof(int64_t) - sizeof(uint32_t)];
};

/* The first state of a worker's neurons that is not finite (finite.h). */
struct ecp_stray {
    ecp_step step; /* at which it was found; 0: none */
    int population, field;
    ecp_lid neuron; /* of the population */
    double value;
};

struct ecp_coupled;        /* gap.h */
struct ecp_exact_worker;   /* exact.h */
struct ecp_plastic_worker; /* plastic.h */
struct ecp_stimulus_share; /* stimulus.h */

struct ecp_worker {
    struct ecp_network *network;
    int id;
    struct ecp_share *share; /* n_populations */
    uint32_t n_slots;        /* targets, padded per population */
    int32_t *compact;        /* ports x n_slots, what arrives in this step */
    ecp_real *wide;          /* likewise, full precision */
    int32_t *lane[ECP_LANES];
    /* Where there are rows of one synapse: n_slices of `compact`, by step, to which they
     * add, and the lanes of the first; else one. */
    int32_t *arriving;
    int32_t *lane_of_first[ECP_LANES];
    size_t slice_size;
    uint32_t n_slices; /* a power of two */
    uint64_t slice_events[ECP_CALENDAR];
    struct ecp_sources sources; /* that its synapses have */
    struct ecp_rows compact_rows, wide_rows;
    struct ecp_calendar compact_calendar, wide_calendar;

    struct ecp_shots out[2];   /* spikes of this epoch and of the one before */
    struct ecp_shots recent;   /* own spikes that may still be under way (flight.h) */
    struct ecp_events *events; /* n_populations: recorded, not yet handed over */
    struct ecp_stimulus_share *stimulus;
    struct ecp_exact_worker *exact;     /* NULL on the grid */
    struct ecp_plastic_worker *plastic; /* NULL without plastic projections */
    struct ecp_coupled *coupled;        /* n_gaps of the plan */
    uint64_t n_junctions, n_slow;       /* gap junctions, slow currents */

    int64_t epoch; /* completed in this span */
    uint64_t n_spikes, checksum, n_events;
    double deliver_s, update_s, wait_s;
    struct ecp_stray stray;
    enum ecp_status status;
    char message[256];

    struct ecp_gate gate; /* epochs completed */
};

/* ---- the network ----------------------------------------------------- */

struct ecp_exchange;         /* exchange.h */
struct ecp_results;          /* results.h */
struct ecp_structural;       /* structural.h */
struct ecp_published;        /* gap.h */
struct ecp_network_memories; /* network_memory.h */

struct ecp_network {
    const struct ecp_plan *plan;
    struct ecp_run_options options;
    const struct ecp_kernels *kernels;
    int n_workers, n_populations;
    struct ecp_comm *comm;         /* NULL: alone */
    int rank, n_ranks;             /* every rank has n_workers */
    struct ecp_exchange *exchange; /* NULL: alone */
    size_t n_ports;                /* most of any model */
    struct ecp_population *population;
    struct ecp_worker *worker; /* n_workers */
    struct ecp_connector *connector;
    int *wide; /* per projection */
    struct ecp_connector *gap_connector;
    struct ecp_published *published; /* n_published */
    size_t n_published;

    ecp_step epoch_steps; /* between points of agreement */
    ecp_step n_steps, now;
    ecp_step span_end, phase_end;
    ecp_step pending_from; /* spikes from this step on have not been taken yet */
    ecp_step longest_way;  /* of a spike, in steps (flight.h) */
    double longest_way_ms; /* exact mode */
    int64_t epoch;         /* completed */
    int phase, counting;
    _Atomic int failed;
    _Atomic int sleepers; /* workers that wait without a core */

    struct ecp_structural *structural;     /* NULL: no synapses come and go */
    struct ecp_network_memories *memories; /* NULL: the plan has none */
    struct ecp_results *results;
    double results_dt; /* ms: unit of recorded times */
    struct ecp_network_facts facts;
};

/* Where the part of worker `id` of `rank` of n neurons begins; the next one's is its
 * end (id may be n_workers). Workers are counted through all ranks. */
static inline ecp_lid ecp_share_first(const struct ecp_network *network, size_t n, int rank, int id)
{
    const uint64_t all = (uint64_t)network->n_ranks * (uint64_t)network->n_workers;
    const uint64_t number = (uint64_t)rank * (uint64_t)network->n_workers + (uint64_t)id;
    return (ecp_lid)((__uint128_t)n * number / all);
}

/* Position within the subset of a neuron of its population, or -1. */
int64_t ecp_subset_position(const struct ecp_subset *subset, ecp_lid neuron);

/* Record the calling thread's failure in its worker; the first one stands. */
void ecp_worker_fail(struct ecp_worker *worker, enum ecp_status status);

/* A field's value for one neuron of a population, the same whoever asks; key:
 * that of ECP_FOR_PARAMETER. */
double ecp_field_value(const struct ecp_law *law, struct ecp_philox_key key, size_t field,
                       ecp_lid neuron);

/* Run `work` on every worker of this rank, each on a thread of its own. */
enum ecp_status ecp_network_on_all(struct ecp_network *network, void (*work)(struct ecp_worker *));

/* Facts of all ranks, told by all: what was built; and what was delivered elsewhere. */
void ecp_network_set_facts(struct ecp_network *network);
void ecp_network_count_events(struct ecp_network *network);

/* The changes with which phase `index` begins, at the step `now`. */
enum ecp_status ecp_network_apply(struct ecp_network *network, int index, ecp_step now);

/* Columns, initial values, parameters of one worker's neurons. */
enum ecp_status ecp_neurons_build(struct ecp_worker *worker);
void ecp_neurons_clear(struct ecp_worker *worker);

/* States and counters as at time 0. */
enum ecp_status ecp_neurons_restart(struct ecp_worker *worker);

/* `compact` for the next n_slices steps (a power of two, at most ECP_CALENDAR); empty.
 * ECP_ENOMEM. */
enum ecp_status ecp_accumulators_init(struct ecp_worker *worker, uint32_t n_slices);
void ecp_accumulators_empty(struct ecp_worker *worker);
/* `compact` and `lane` become those of `step`. */
void ecp_accumulators_turn(struct ecp_worker *worker, ecp_step step);

/* A spike whose row is one synapse arrives at `due`. */
static inline void ecp_accumulators_add(struct ecp_worker *worker, uint32_t synapse, uint8_t lane,
                                        ecp_step due)
{
    const size_t slice = (size_t)due & (worker->n_slices - 1);
    int32_t *const sum = worker->lane_of_first[lane] + slice * worker->slice_size;
    sum[synapse & 0xffff] += (int32_t)synapse >> 16;
    worker->slice_events[slice]++;
}

/* Decide form and scale of every projection; make the connectors. */
enum ecp_status ecp_projections_prepare(struct ecp_network *network);
/* All synapses are made: what was kept of lists of edges goes. */
void ecp_projections_forget(struct ecp_network *network);

/* Rows of one worker. */
enum ecp_status ecp_rows_build(struct ecp_worker *worker);

/* Whole units of `weight` on a port of `scale`. */
static inline int32_t ecp_weight_units(double weight, double inverse_scale)
{
    const double units = weight * inverse_scale;
    return (int32_t)(units < 0 ? units - 0.5 : units + 0.5);
}

/* Until every worker of this rank has completed `epoch` epochs; 0 when one of them
 * failed before, and may still be writing its spikes. */
int ecp_worker_wait(struct ecp_worker *worker, int64_t epoch);

/* Until `gate` has come to `epoch`; 0 when a worker failed. And: it has. */
int ecp_gate_wait(struct ecp_network *network, struct ecp_gate *gate, int64_t epoch);
void ecp_gate_open(struct ecp_network *network, struct ecp_gate *gate, int64_t epoch);

/* Neuron j of the share fired at `stamp` (in units of results_dt). */
void ecp_worker_record(struct ecp_worker *worker, int p, ecp_lid j, ecp_step stamp);

/* One worker from step `from` to step `to`; epochs must begin at `from`. */
void ecp_worker_run(struct ecp_worker *worker, ecp_step from, ecp_step to);

/* A parameter of a population becomes `value` (at the beginning of a phase). */
enum ecp_status ecp_population_change(struct ecp_network *network, int population, int field,
                                      double value);

#endif
