/* engram_assemblies_network.h -- the network of the scenario engram_assemblies (Zenke, Agnes &
 * Gerstner 2015): its timeline, its plan, and what is measured of it.
 *
 * Excitatory (E) and inhibitory (I) cells, and inputs (S). E and S lie on a ring; an E cell gets
 * the inputs at its place. A pattern is a stretch of the ring: all inputs there are shown together,
 * and the E cells there may become an assembly. A cue is the first half of a pattern.
 * Times in ms, rates in Hz, weights in units of the leak conductance. */
#ifndef ECP_ENGRAM_ASSEMBLIES_NETWORK_H
#define ECP_ENGRAM_ASSEMBLIES_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "engine/experiment.h"

enum { ECP_ASSEMBLIES_MOST = 16 };

struct ecp_assemblies_setup {
    size_t cells, inhibitory, inputs, field; /* field: inputs of an E cell from S */
    size_t patterns, size, shared;           /* cells of a pattern; of them, with the next one */
    double w_ee, w_ei, w_ie, w_ii, w_in;
    double q_sfa, tau_sfa;          /* adaptation of E */
    double background, shown, cued; /* rates of inputs */
    double on, off;                 /* mean length of a presentation, of a pause */
    double settle, learn, rest;
    double reset;           /* silence before a cue; 0: none */
    double cue, delay, gap; /* a cue, what is looked at after it, and the time between cues */
    size_t rounds;          /* how often all patterns are cued in a test */
    double eta, beta, delta, tau_c, eta_i, rho_0;
    int adaptive; /* depression follows the target's rate */
    double dt, bin;
};

/* What is taken away. */
enum ecp_assemblies_variant {
    ECP_ASSEMBLIES_FULL,
    ECP_ASSEMBLIES_HEBB,        /* Hebbian term alone: beta = delta = eta_i = 0 */
    ECP_ASSEMBLIES_NO_HETERO,   /* beta = 0 */
    ECP_ASSEMBLIES_NO_REFERENCE /* references stay 0: nothing is consolidated */
    ,
    ECP_ASSEMBLIES_VARIANTS
};

/* ECP_ECONFIG, with the key. */
enum ecp_status ecp_assemblies_check(const struct ecp_assemblies_setup *setup);

/* First cell of a pattern on the ring. */
size_t ecp_assemblies_first(const struct ecp_assemblies_setup *setup, size_t pattern);
/* Length of one test. */
double ecp_assemblies_test(const struct ecp_assemblies_setup *setup);

/* What the caller destroys. */
enum ecp_status ecp_assemblies_plan(const struct ecp_assemblies_setup *setup,
                                    enum ecp_assemblies_variant variant, uint64_t seed,
                                    struct ecp_plan **out);

/* ---- measures ---------------------------------------------------------------------------------
 */

/* Tests and moments: after learning, and after the rest. */
enum { ECP_ASSEMBLIES_BEFORE, ECP_ASSEMBLIES_AFTER, ECP_ASSEMBLIES_TESTS };

struct ecp_assemblies_weights {
    double within, across;              /* means */
    double reference, reference_across; /* of references */
    double near_half, near_zero;        /* share of references: within, at least 0.4; across, at
                                           most 0.1 */
    double upper, lower;                /* the same on their side of the border of the wells */
    double weakest, strongest;          /* mean within of the weakest and strongest assembly */
    double highest;                     /* of all weights */
};

struct ecp_assemblies_recall {
    double overlap; /* ecp_assemblies_overlap after the cue, mean over cues */
    double during;  /* the same during the cue */
    double right;   /* share of cues after which the cued assembly was the most active */
};

struct ecp_assemblies_seen {
    struct ecp_assemblies_weights weights[ECP_ASSEMBLIES_TESTS];
    struct ecp_assemblies_recall recall[ECP_ASSEMBLIES_TESTS];
    double rest_hz[2]; /* mean rate of E, I without stimuli, in the rest */
    double silent;     /* share of the rest in which E fired below 0.1 Hz (bins of a second) */
};

/* (u - o)/max(c, u, o): u un-cued half, c cued half, o the most active other assembly. 1: the
 * whole assembly and no other is active; 0 or below: the un-cued half stays silent, or another
 * assembly is more active. 0 where nobody fires. */
double ecp_assemblies_overlap(double cued, double uncued, double other);

/* Rates in bins: of each half of each assembly (2 patterns x bins, bins of `bin` ms), for a
 * picture; from the beginning of the first test to its end, and of the second. */
struct ecp_assemblies_course {
    size_t n_bins;
    double *rate; /* [test][2 patterns][n_bins]; NULL: not wanted */
};

enum ecp_status ecp_assemblies_look(const struct ecp_assemblies_setup *setup,
                                    const struct ecp_recording *recording,
                                    const struct ecp_assemblies_course *course,
                                    struct ecp_assemblies_seen *out);

#endif
