/* nir.h -- graphs of the Neuromorphic Intermediate Representation: what a file says, and
 * networks from and to it.
 *
 * Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9; layout of files:
 * https://github.com/neuromorphs/NIR. Of its nodes those are known that ecphory's neurons
 * compute exactly:
 *
 *   LIF      tau dv/dt = (v_leak - v) + r I;  v > v_threshold: spike, v = v_reset  -> lif_delta
 *   LI       the same without spikes                                               -> lif_delta
 *   CubaLIF  tau_mem dv/dt = (v_leak - v) + r I, tau_syn dI/dt = -I + w_in S       -> lif
 *   Input, Output, Linear, Affine, Scale
 *
 * Times are seconds; the rest has no units: 1 is 1 mV, and 1 pA of current, so that r is in
 * GOhm. A spike is a pulse of S (or I) of area `pulse`: 1 s is the Dirac pulse of the
 * equations, dt what simulators in steps of dt make of them. */
#ifndef ECP_NIR_H
#define ECP_NIR_H

#include <stdio.h>

#include "engine/plan.h"
#include "engine/status.h"
#include "engine/store_pool.h"

enum ecp_nir_kind {
    ECP_NIR_INPUT,
    ECP_NIR_OUTPUT,
    ECP_NIR_LINEAR,
    ECP_NIR_AFFINE,
    ECP_NIR_SCALE,
    ECP_NIR_LIF,
    ECP_NIR_LI,
    ECP_NIR_CUBA_LIF,
    ECP_NIR_KINDS
};

enum ecp_nir_parameter {
    ECP_NIR_SHAPE,
    ECP_NIR_WEIGHT,
    ECP_NIR_BIAS,
    ECP_NIR_FACTOR, /* "scale" */
    ECP_NIR_TAU,    /* of the membrane: "tau", or "tau_mem" */
    ECP_NIR_TAU_SYN,
    ECP_NIR_R,
    ECP_NIR_V_LEAK,
    ECP_NIR_V_THRESHOLD,
    ECP_NIR_V_RESET,
    ECP_NIR_W_IN,
    ECP_NIR_PARAMETERS
};

struct ecp_nir_node {
    const char *name;
    enum ecp_nir_kind kind;
    size_t size, n_in;                       /* of what comes out, and in */
    const double *value[ECP_NIR_PARAMETERS]; /* size each (weight: size x n_in, shape: n_dims);
                                                NULL: not a parameter of this kind */
    size_t n_dims;
};

struct ecp_nir_graph {
    size_t n_nodes, n_edges;
    struct ecp_nir_node *node;
    size_t (*edge)[2]; /* from, to: indices of nodes */
    const char *version;
};

/* Which kind has a parameter of that name, and whether it may be missing. */
struct ecp_nir_part {
    const char *name;
    enum ecp_nir_parameter parameter;
    int optional;
};
struct ecp_nir_form {
    const char *name;
    struct ecp_nir_part part[9]; /* ends with {0} */
};
extern const struct ecp_nir_form ecp_nir_forms[ECP_NIR_KINDS];

/* All of it in the memory of the pool. ECP_EIO: missing, truncated, foreign; ECP_ECONFIG: a
 * node that is not known here, shapes that do not go together ... */
enum ecp_status ecp_nir_read(const char *path, struct ecp_pool *pool, struct ecp_nir_graph *out);
/* ECP_EIO. */
enum ecp_status ecp_nir_write(const char *path, const struct ecp_nir_graph *graph);

/* ---- as a network ------------------------------------------------------------------- */

struct ecp_nir_options {
    double dt;    /* ms */
    double pulse; /* ms */
};

/* DIR/NAME.cfg, which runs, and DIR/NAME.edges.h5 with its weights (SONATA edges). What
 * cannot be the same (delays of one step) stands at the top of the config; *path is its name,
 * to be freed. ECP_ECONFIG: what cannot be expressed; ECP_EIO: NAME.cfg exists. */
enum ecp_status ecp_nir_import(const char *file, const char *dir,
                               const struct ecp_nir_options *options, char **path);

/* The network of a plan, its synapses drawn. What the graph cannot say (delays, refractory
 * times) is one line each to `notes`. ECP_ECONFIG: models, or plasticity, that it has not. */
enum ecp_status ecp_nir_export(const struct ecp_plan *plan, const char *path, double pulse,
                               FILE *notes);

#endif
