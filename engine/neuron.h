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
    ECP_MAX_FIELDS = 64,  /* fields of one model                          */
    ECP_MAX_DERIVED = 32, /* constants of the step                        */
    ECP_MAX_PORTS = 8,    /* receptor ports of one model                  */
    ECP_MAX_CURRENTS = 4, /* CURRENT fields; stimuli reach the first      */
    ECP_MAX_FLOW = 32     /* variables that a model's equations move      */
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

/* What the exact mode (no grid) needs to know of a model. A leaky
 * integrate-and-fire model says which of its fields are what; between events the
 * state then follows in closed form. A source has no membrane, and nothing
 * beyond `rate` is read. Positions in the fields table; -1: none. */
enum { ECP_EXACT_CURRENTS = 2 };

enum ecp_exact_kind {
    ECP_EXACT_LEAKY,
    ECP_EXACT_REPEATS, /* a spike for every weight other than 0 that arrives */
    ECP_EXACT_POISSON  /* a Poisson process; `rate` (PARAM_EACH, Hz) */
};

struct ecp_exact {
    enum ecp_exact_kind kind;
    int rate;
    int v, tau_m, c, e_l, i_e, v_th, v_reset, t_ref;
    int n_currents;                       /* exponential or alpha */
    int current[ECP_EXACT_CURRENTS];      /* state, pA */
    int slope[ECP_EXACT_CURRENTS];        /* state, pA/ms: an alpha current; -1: exponential */
    int tau[ECP_EXACT_CURRENTS];          /* parameter */
    int port_current[ECP_EXACT_CURRENTS]; /* of each port; -1: it moves the membrane */
};

/* One named way of moving the state over a step; the whole step, as `update`. */
struct ecp_scheme {
    const char *name;    /* "rk4", "exponential_euler", "euler"                */
    int order;           /* of its error in dt while the input is constant     */
    const char *meaning; /* one sentence                                       */
    void (*update)(const struct ecp_block *block);
};

/* The equations of a nonlinear model, plain and in double precision. The engine
 * solves them with GSL's adaptive Runge-Kutta-Fehlberg method where a config
 * asks for scheme "gsl_rkf45": slow, and what the other schemes are measured
 * against. Nothing here needs to be vectorised. */
struct ecp_flow {
    size_t n;                /* variables, at most ECP_MAX_FLOW                */
    int state[ECP_MAX_FLOW]; /* their fields (STATE)                           */
    int stimulus;            /* the CURRENT field, or -1                       */
    int wait;                /* the COUNTER of refractory steps left, or -1    */

    /* dydt(y), at stimulus current `stim` (pA); waiting: the neuron is refractory. */
    void (*slope)(const double *param, double stim, int waiting, const double *y, double *dydt);

    /* After each piece of the step that the method chooses: 1 when the neuron
     * fires there, with y reset. NULL: the threshold is looked at only at the
     * end of a step, by settle. */
    int (*fire)(const double *param, int waiting, double *y);

    /* The end of the step for all neurons of a block whose states have been
     * moved and whose `fired` tells what `fire` said (else 0): arrivals, threshold,
     * reset, counters. */
    void (*settle)(const struct ecp_block *block);
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

    /* The schemes that a config may name, the default (the one of `update`)
     * first; ends with {0}. NULL: `update` is exact, or there is no choice. */
    const struct ecp_scheme *schemes;

    /* NULL: no scheme "gsl_rkf45". */
    const struct ecp_flow *flow;
};

/* The update of scheme `name`; NULL or "": the default. *out is NULL for
 * "gsl_rkf45", which ecp_flow_update serves. ECP_ENOTFOUND names what there is. */
enum ecp_status ecp_neuron_scheme(const struct ecp_neuron_model *model, const char *name,
                                  void (**out)(const struct ecp_block *block));

/* One step of `dt` by GSL's rkf45, absolute and relative tolerance 1e-12. A
 * state becomes NAN where the method gives up. */
void ecp_flow_update(const struct ecp_flow *flow, double dt, const struct ecp_block *block);

/* The registered models of one instruction set, in the order of
 * neurons/models.def; ends with NULL. */
const struct ecp_neuron_model *const *ecp_neuron_models(enum ecp_isa isa);

/* ECP_ENOTFOUND leaves *out untouched and names the nearest known model.
 * Aliases are found, too ("iaf_psc_exp", "IF_curr_exp"). */
enum ecp_status ecp_neuron_find(const char *name, enum ecp_isa isa,
                                const struct ecp_neuron_model **out);

/* A registered (baseline) model as it is for `isa`; any other model itself. */
const struct ecp_neuron_model *ecp_neuron_variant(const struct ecp_neuron_model *model,
                                                  enum ecp_isa isa);

#endif
