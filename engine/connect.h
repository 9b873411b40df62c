/* connect.h -- which synapses a projection has.
 *
 * Any worker lists the synapses onto any range of targets by itself, from
 * counters: the network does not depend on who builds which part. Synapses of
 * one target come in the same order whatever the range. */
#ifndef ECP_CONNECT_H
#define ECP_CONNECT_H

#include "engine/draw.h"
#include "engine/plan.h"

enum { ECP_BATCH = 1024 };

/* Some synapses; target counts within its population. */
struct ecp_batch {
    size_t n;
    ecp_lid source[ECP_BATCH];
    ecp_lid target[ECP_BATCH];
    uint32_t delay[ECP_BATCH];  /* steps */
    double weight[ECP_BATCH];   /* only when asked for */
    double delay_ms[ECP_BATCH]; /* likewise: not rounded to steps */
};

/* A projection made ready: laws as tables, positions drawn. Read-only. */
struct ecp_connector {
    const struct ecp_plan *whole;
    const struct ecp_plan_projection *plan;
    size_t n_source, n_target;
    int same; /* source and target are one population */
    struct ecp_philox_key key, total_key;
    struct ecp_law weight;
    struct ecp_delay_law delay;
    struct ecp_law delay_ms; /* exact mode */
    double dt;
    const struct ecp_kernels *kernels;
    const double *source_position, *target_position; /* x, y pairs; or NULL */
    double width, height;                            /* mm */
    int periodic;
    struct ecp_connector *primary; /* of a part of a tripartite element; else NULL */
    struct ecp_own_edges *own;     /* edges that are kept of a list in a file (edges.h) */
};

/* For ecp_emit.weights: weights, and delays that are not rounded to steps. */
enum { ECP_EMIT_REAL_DELAYS = 2 };

struct ecp_emit {
    void (*batch)(void *context, const struct ecp_batch *batch);
    void *context;
    int weights; /* fill batch->weight; with ECP_EMIT_REAL_DELAYS delay_ms, too */
};

enum ecp_status ecp_connector_init(struct ecp_connector *connector, const struct ecp_plan *plan,
                                   size_t projection, const struct ecp_kernels *kernels);
/* The same for plan->gap[k]: a synapse stands for a junction, its weight for
 * the conductance (nS). */
enum ecp_status ecp_connector_init_gap(struct ecp_connector *connector, const struct ecp_plan *plan,
                                       size_t k, const struct ecp_kernels *kernels);
void ecp_connector_clear(struct ecp_connector *connector);

/* List the synapses onto targets first .. first + n - 1. ECP_ENOMEM. */
enum ecp_status ecp_connect(const struct ecp_connector *connector, ecp_lid first, ecp_lid n,
                            const struct ecp_emit *emit);

/* Synapses of one target, as far as the rule tells. */
double ecp_connector_indegree(const struct ecp_connector *connector);

/* Shortest and longest delay that it can have, in steps. */
void ecp_connector_delays(const struct ecp_connector *connector, uint32_t *shortest,
                          uint32_t *longest);

/* The same in ms, not rounded. */
double ecp_connector_shortest_ms(const struct ecp_connector *connector);
double ecp_connector_longest_ms(const struct ecp_connector *connector);

/* Positions of a population with a layout: size x 2, row-major, mm; malloc'd.
 * *out is NULL without a layout. */
enum ecp_status ecp_layout_positions(const struct ecp_plan *plan, int population, double **out);

#endif
