/* zone_network.h -- neurons on a grid whose synapses astrocytes on a coarser grid strengthen
 * (Gordleeva et al. 2021).
 *
 * side x side neurons (Izhikevich 2003), side = 3 zones + 1, each with `targets` synapses onto
 * others at distances drawn from an exponential law; zones x zones astrocytes (Ullah, Jung &
 * Cornell-Bell 2006), coupled to their four neighbours, each over 4 x 4 neurons. V in mV, t in
 * ms in the first part, in s in the second:
 *
 *   dV/dt = 0.04 V^2 + 5 V + 140 - U + I,  dU/dt = a (b V - U);  V = 30: spike, V = c, U += d
 *   I = min(i_most, I_cue + I_noise + g_i (e_syn - V_i) sum_j S(V_j)),
 *   S(V) = 1/(1 + exp(-V/k_syn)),  g = g_syn + boost where the zone's astrocyte releases
 *
 *   dG/dt = -10 G + 600 at a spike (for one step)      transmitter
 *   ip3 is driven by 5 for 0.06 s where 8 of 16 neurons have G >= 0.7
 *   dCa/dt = J_channel + J_leak - J_pump + J_in - J_out + d_ca (neighbours' Ca - Ca)
 *   dIP3/dt = 0.14 (0.16 - IP3) + J_plc + drive + d_ip3 (neighbours' IP3 - IP3)
 *   release for 0.25 s where Ca > 0.15 and, within 10 ms, 6 of 16 neurons fired in one step
 *
 * Synapses act on V at all times and not by events, and what astrocytes look at are counts
 * over zones in one step: neither is a projection of the engine, so this network has its own
 * loop. Neurons take Euler steps of 0.1 ms, as published; astrocytes Runge-Kutta steps of
 * 1 ms (published: 0.1 ms). S below exp(-50) is taken as 0. One network is one thread's. */
#ifndef ECP_ZONE_NETWORK_H
#define ECP_ZONE_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "engine/chance.h"
#include "engine/status.h"

enum { ECP_ZONE_STRIDE = 3, ECP_ZONE_SIZE = 4, ECP_ZONE_STEPS = 10 /* in a millisecond */ };

struct ecp_zone_setup {
    size_t zones;             /* astrocytes along a side */
    size_t targets;           /* of a neuron, at most */
    double reach;             /* mean distance of targets, neurons */
    double g_syn;             /* of a synapse */
    double boost;             /* added where astrocytes release */
    double ca_th;             /* umol/L, above which they may */
    double d_ca, d_ip3;       /* coupling of astrocytes, 1/s */
    double noise_rate, noise; /* pulses of 30 ms: Hz; amplitude uniform within -noise and noise */
    uint64_t seed;
};

struct ecp_zone_network {
    struct ecp_zone_setup setup;
    size_t side, n;           /* n = side x side, row-major */
    uint32_t *first, *target; /* synapses of neuron j: first[j] to first[j + 1] - 1 */
    double *v, *u, *glutamate, *sum, *current, *noise; /* n; sum: of S over the sources */
    double *gain;                                      /* n: g of its synapses */
    uint16_t *spikes;                                  /* n: since they were last set to 0 */
    uint32_t *fired, n_fired;                          /* in this step */
    uint32_t *zone;                    /* n: the one whose astrocyte's release it feels */
    double *until, *next;              /* n: end of its pulse, beginning of the next one, ms */
    struct ecp_chance *chance;         /* n: of pulses */
    double *ca, *h, *ip3;              /* zones x zones */
    double *driven, *released, *burst; /* until when; when 6 neurons last fired at once, ms */
    uint32_t *count;                   /* zones x zones: of spikes in this step */
    double *was;                       /* 2 zones x zones: Ca and IP3 before a step */
    double time;                       /* ms */
};

/* At rest at time 0. ECP_ENOMEM. Free with clear. */
enum ecp_status ecp_zone_init(struct ecp_zone_network *network, const struct ecp_zone_setup *setup);
void ecp_zone_clear(struct ecp_zone_network *network);

/* On for `ms` whole milliseconds under the currents `cue` (n; NULL: none), added to spikes. */
void ecp_zone_run(struct ecp_zone_network *network, size_t ms, const double *cue);

/* One step of an astrocyte without neighbours: y = Ca, h, IP3 (umol/L), dt in s. For tests. */
void ecp_zone_astrocyte(double *y, double drive, double from_ca, double from_ip3, double dt);

#endif
