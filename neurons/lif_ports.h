/* lif_ports.h -- what the models with eight ports share: ports are passed through one
 * after the other, over stretches of neurons short enough for the first-level cache.
 *
 * A port that does nothing in a stretch is left out. That must not change a bit, for
 * blocks may be cut anywhere: silent means that all states are +0 and all arrivals +0
 * or -0, whose full treatment would leave +0 and add +0 or -0 to a sum. */
#ifndef ECP_LIF_PORTS_H
#define ECP_LIF_PORTS_H

#include <string.h>

#include "neurons/lif_parts.h"

enum { ECP_STRETCH = 256 };

struct ecp_stretch {
    const struct ecp_block *block;
    size_t first, n; /* of the block's neurons */
};

static inline void ecp_each_stretch(const struct ecp_block *b,
                                    void (*update)(const struct ecp_stretch *))
{
    for (size_t first = 0; first < b->n; first += ECP_STRETCH) {
        const size_t left = b->n - first;
        const struct ecp_stretch s = {b, first, left < ECP_STRETCH ? left : ECP_STRETCH};
        update(&s);
    }
}

#ifdef ECP_DOUBLE
typedef uint64_t ecp_bits;
#else
typedef uint32_t ecp_bits;
#endif

static inline int ecp_port_silent(const ecp_real *restrict state, const ecp_real *restrict add,
                                  size_t n)
{
    ecp_bits any = 0;
#pragma omp simd reduction(| : any)
    for (size_t j = 0; j < n; j++) {
        ecp_bits bits, arrives;
        memcpy(&bits, &state[j], sizeof bits);
        memcpy(&arrives, &add[j], sizeof arrives);
        any |= bits | (arrives << 1); /* without the sign */
    }
    return any == 0;
}

static inline enum ecp_status ecp_check_port(int number, double tau)
{
    if (tau > 0 && tau < 1e-3)
        return ecp_fail(ECP_ECONFIG,
                        "tau_syn_%d (%g ms) must be 0 (the port is off) or at least 0.001 ms",
                        number, tau);
    return ECP_OK;
}

#endif
