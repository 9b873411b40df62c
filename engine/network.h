/* network.h -- the machine that a plan describes, and running it. */
#ifndef ECP_NETWORK_H
#define ECP_NETWORK_H

#include "engine/isa.h"
#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_comm;
struct ecp_network;
struct ecp_store;

struct ecp_progress {
    double model_ms, duration_ms; /* done, and in all */
    double wall_s;                /* since the run began */
    double rtf;                   /* wall seconds per model second, lately */
    const char *phase;
};

/* What is kept for a run that may have to go on later (engine/checkpoint.h). */
struct ecp_checkpoint_options {
    const char *dir;   /* also of a file `stop` that ends the run; NULL: no checkpoints */
    double every_ms;   /* model time between them; 0: only when the run is stopped */
    double wall_s;     /* the same in wall time */
    double max_wall_s; /* stop in time to be finished after so long; 0: none */
    double began;      /* ecp_clock_seconds() from which that counts */
    int resume;        /* 1: go on from the checkpoint in dir; 2: from the one before */
};

struct ecp_run_options {
    int threads;             /* 0: as many as the machine has */
    enum ecp_isa isa;        /* ecp_isa_best() unless told otherwise */
    struct ecp_store *store; /* where recorded data is flushed; NULL: memory only */
    struct ecp_comm *comm;   /* ranks that build and run together; NULL: alone */
    struct ecp_checkpoint_options checkpoint;
    double pretended_hz; /* rate of pretended ranks' neurons; 0: as the own ones fire */

    /* Called about twice a second from the thread that called run; returns 1
     * to ask for a stop. NULL: none. */
    int (*progress)(void *context, const struct ecp_progress *now);
    void *context;
};

struct ecp_network_facts {
    uint64_t neurons, synapses, gap_junctions, slow_currents;
    int threads, ranks; /* threads of each rank */
    enum ecp_isa isa;
    double build_s, run_s;
    double ran_ms;            /* model time of run_s: less than all for a run that went on */
    double bytes_per_synapse; /* rows, all in */
    double memory_rows_mb, memory_neurons_mb;
    double deliver_s, update_s, wait_s; /* of worker 0; deliver and update sampled */
    uint64_t events;                    /* synaptic events delivered */
    uint64_t created, deleted;          /* synapses of structural plasticity */

    /* Of this rank alone. */
    uint64_t heard;            /* sources elsewhere and here that its synapses have */
    uint64_t letters, words;   /* sent to other ranks; words of 4 bytes */
    int64_t epochs;            /* times that ranks met */
    double memory_exchange_mb; /* where spikes go, and buffers */
    double pretended_s;        /* of run_s: imitating the ranks of a pretended job */
};

/* Build on all threads. `plan` must have been checked and outlive the
 * network. ECP_ENOMEM before anything large is touched, with the numbers. */
enum ecp_status ecp_network_create(const struct ecp_plan *plan,
                                   const struct ecp_run_options *options, struct ecp_network **out);
void ecp_network_destroy(struct ecp_network *network);

/* Run all phases. ECP_ESTOPPED when the progress function asked for it: what
 * was run is complete up to recording.duration. ECP_ENUMERIC names neuron,
 * model, field and time. */
enum ecp_status ecp_network_run(struct ecp_network *network);

/* After the run, all ranks: the store's files are joined (ecp_store_finish). */
enum ecp_status ecp_network_finish_store(struct ecp_network *network);

/* Valid until the network is destroyed; complete after the run. */
const struct ecp_recording *ecp_network_recording(const struct ecp_network *network);

struct ecp_network_facts ecp_network_facts(const struct ecp_network *network);

/* All weights and targets, in an order that does not depend on threads. */
uint64_t ecp_network_weights_checksum(const struct ecp_network *network);

#endif
