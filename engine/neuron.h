/* neuron.h -- what a neuron model gives the engine.
 *
 * Time goes in fixed steps of `dt` (ms). The engine owns every array; a model
 * never allocates. Arrays are columns (structure of arrays), aligned, padded
 * to a whole number of vectors, and never alias each other. */
#ifndef ECP_NEURON_H
#define ECP_NEURON_H

#include "engine/field.h"
#include "engine/isa.h"
#include "engine/status.h"
#include "engine/types.h"

enum {
    ECP_MAX_FIELDS = 48,  /* fields of one model                          */
    ECP_MAX_DERIVED = 32, /* constants of the step                        */
    ECP_MAX_PORTS = 8     /* receptor ports of one model                  */
};

/* A run of `n` consecutive neurons of one population, at one step. */
struct ecp_block {
    size_t n;                 /* neurons here (the same for all columns)        */
    ecp_lid first;            /* index of element 0 in its population           */
    ecp_step step;            /* the step goes from step * dt to (step + 1) * dt */
    const double *param;      /* by position in the fields table                */
    const ecp_real *derived;  /* filled by derive()                             */
    ecp_real *const *column;  /* by position; NULL for PARAM, COUNTER, RESULT   */
    uint16_t *const *counter; /* by position; NULL for all but COUNTER          */
    uint8_t *fired;           /* out: 1 where a spike was emitted, else 0       */
};

/* What the exact mode (no grid) needs to know of a leaky integrate-and-fire
 * model: which of its fields are what. Between events the state then follows in
 * closed form. Positions in the fields table; -1: none. */
enum { ECP_EXACT_CURRENTS = 2 };

struct ecp_exact {
    int v, tau_m, c, e_l, i_e, v_th, v_reset, t_ref;
    int n_currents;                       /* exponential or alpha */
    int current[ECP_EXACT_CURRENTS];      /* state, pA */
    int slope[ECP_EXACT_CURRENTS];        /* state, pA/ms: an alpha current; -1: exponential */
    int tau[ECP_EXACT_CURRENTS];          /* parameter */
    int port_current[ECP_EXACT_CURRENTS]; /* of each port; -1: it moves the membrane */
};

/* Order within a step (as in NEST, see docs/REPRODUCIBILITY.md): the membrane
 * moves with the synaptic currents of before and with the CURRENT input, the
 * synaptic states decay, the INPUT weights (arriving at (step + 1) * dt) are
 * added, the threshold is tested; a spike is stamped (step + 1) * dt. */
struct ecp_neuron_model {
    const char *name;
    const char *summary;            /* one sentence                             */
    const char *equations;          /* a few lines of ASCII, for the manual     */
    const char *reference;          /* author year, doi                         */
    const char *aliases;            /* "nest:iaf_psc_exp pynn:IF_curr_exp"      */
    const char *verified_by;        /* the test, "tests/verify/verify_lif.c"    */
    const struct ecp_field *fields; /* ends with {0}                            */

    /* Constants of the step from the parameters; the place for exp(-dt/tau)
     * and for checks between parameters (ecp_fail with ECP_ECONFIG). Called
     * before time 0 and when a phase changes a parameter. NULL: none. */
    enum ecp_status (*derive)(const double *param, double dt, ecp_real *derived);

    /* Advance every neuron of the block by one step, writing `fired`. Pure in
     * the block: no globals, no allocation, no calls to the engine; so blocks
     * may be split anywhere and run in any order and on any thread. */
    void (*update)(const struct ecp_block *block);

    /* NULL: the model runs on the grid only. */
    const struct ecp_exact *exact;
};

/* The registered models of one instruction set, in the order of
 * neurons/models.def; ends with NULL. */
const struct ecp_neuron_model *const *ecp_neuron_models(enum ecp_isa isa);

/* ECP_ENOTFOUND leaves *out untouched and names the nearest known model.
 * Aliases are found, too ("iaf_psc_exp", "IF_curr_exp"). */
enum ecp_status ecp_neuron_find(const char *name, enum ecp_isa isa,
                                const struct ecp_neuron_model **out);

#endif
