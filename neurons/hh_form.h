/* hh_form.h -- the data that the Hodgkin-Huxley models share (hh_steps.h). */
#ifndef ECP_NEURONS_HH_FORM_H
#define ECP_NEURONS_HH_FORM_H

#include <string.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

/* A call that is left in a loop keeps it from becoming vector code. */
#define HH_INLINE static inline __attribute__((always_inline))

enum { HH_BLOCK = 1024, HH_CHUNK = 128, HH_PACK = 256, HH_LANES = 16, HH_TIERS = 3 };
enum { HH_KEEP, HH_MEDIUM, HH_FINE };

/* How the synapses decay over half a piece of a step. */
struct hh_tier {
    ecp_real ex, ex_slope, in, in_slope;
};

/* The constants of the step, as derive() leaves them. Conductances and
 * currents are per capacitance: 1/ms, mV/ms. */
struct hh_form {
    ecp_real g_na, g_k, g_l, drive, e_na, e_k, per_c;
    ecp_real e_ex, e_in; /* of conductances                          */
    ecp_real shift;      /* the rates see V - shift                  */
    ecp_real refractory; /* steps                                    */
    ecp_real pieces;     /* of the step, each at most 0.1 ms         */
    ecp_real piece;      /* ms                                       */
    struct hh_tier tier[HH_TIERS];
    struct hh_tier step; /* over the whole step                      */
    ecp_real jump_ex, jump_in;
};
_Static_assert(sizeof(struct hh_form) <= ECP_MAX_DERIVED * sizeof(ecp_real),
               "derived is too short");

struct hh_state {
    ecp_real v, n, m, h;
};

/* The exponentials that rates are made of. */
struct hh_powers {
    ecp_real slow, other;
};

struct hh_rates {
    ecp_real an, bn, am, bm, ah, bh;
};

struct hh_synapse {
    ecp_real ex, ex_slope, in, in_slope;
};

/* Current: constant + per_mv V. */
struct hh_drive {
    ecp_real constant, per_mv;
};

/* States of some neurons on their way through a step, and Runge-Kutta's own. */
struct hh_cells {
    _Alignas(ECP_ALIGNMENT) ecp_real v[HH_PACK];
    ecp_real n[HH_PACK], m[HH_PACK], h[HH_PACK];
    ecp_real ex[HH_PACK], ex_slope[HH_PACK], in[HH_PACK], in_slope[HH_PACK];
    ecp_real stim[HH_PACK];
    ecp_real probe_v[HH_PACK], probe_n[HH_PACK], probe_m[HH_PACK], probe_h[HH_PACK];
    ecp_real sum_v[HH_PACK], sum_n[HH_PACK], sum_m[HH_PACK], sum_h[HH_PACK];
    ecp_real slow[HH_PACK], other[HH_PACK];
    ecp_real second_v[HH_PACK], second_m[HH_PACK], bend[HH_PACK], doubt[HH_PACK];
};

/* Neurons that must repeat the step in smaller pieces, and where they belong. */
struct hh_pack {
    struct hh_cells cells;
    uint16_t which[HH_PACK];
    size_t count;
    uint8_t mark;
};

/* Part of a block; the slopes are NULL where synapses are exponential. */
struct hh_columns {
    ecp_real *v, *v_last, *n, *m, *h, *ex, *ex_slope, *in, *in_slope;
    const ecp_real *stim;
    uint16_t *wait;
    uint8_t *fired;
};

static inline void hh_fetch(const struct hh_columns *from, size_t j, struct hh_cells *to, size_t k)
{
    to->v[k] = from->v[j];
    to->n[k] = from->n[j];
    to->m[k] = from->m[j];
    to->h[k] = from->h[j];
    to->ex[k] = from->ex[j];
    to->ex_slope[k] = from->ex_slope ? from->ex_slope[j] : 0;
    to->in[k] = from->in[j];
    to->in_slope[k] = from->in_slope ? from->in_slope[j] : 0;
    to->stim[k] = from->stim[j];
}

static inline void hh_fetch_column(ecp_real *to, const ecp_real *from, size_t first, size_t n)
{
    if (from)
        memcpy(to, from + first, n * sizeof *to);
    else
        memset(to, 0, n * sizeof *to);
}

static inline void hh_fetch_all(const struct hh_columns *from, size_t first, size_t n,
                                struct hh_cells *to)
{
    hh_fetch_column(to->v, from->v, first, n);
    hh_fetch_column(to->n, from->n, first, n);
    hh_fetch_column(to->m, from->m, first, n);
    hh_fetch_column(to->h, from->h, first, n);
    hh_fetch_column(to->ex, from->ex, first, n);
    hh_fetch_column(to->ex_slope, from->ex_slope, first, n);
    hh_fetch_column(to->in, from->in, first, n);
    hh_fetch_column(to->in_slope, from->in_slope, first, n);
    hh_fetch_column(to->stim, from->stim, first, n);
}

static inline void hh_store(const struct hh_columns *to, size_t first, size_t n,
                            const struct hh_cells *from)
{
    memcpy(to->v + first, from->v, n * sizeof *to->v);
    memcpy(to->n + first, from->n, n * sizeof *to->n);
    memcpy(to->m + first, from->m, n * sizeof *to->m);
    memcpy(to->h + first, from->h, n * sizeof *to->h);
}

/* x / (1 - e) at e = exp(-x): as a series near 0, where the quotient loses its
 * digits. Both are computed and one is taken: no branch. */
HH_INLINE ecp_real hh_linoid(ecp_real x, ecp_real e)
{
    const ecp_real q = x * x, one = 1;
#ifdef ECP_DOUBLE
    const ecp_real near = 0.25;
    const ecp_real tail = 1.0 / 30240 + q * (-1.0 / 1209600 + q * (1.0 / 47900160));
    const ecp_real series = (one + x / 2) + q * (1.0 / 12 + q * (-1.0 / 720 + q * tail));
#else
    const ecp_real near = 0.4f;
    const ecp_real series = (one + x / 2) + q * (1.0f / 12 - q * (1.0f / 720));
#endif
    const ecp_real size = x < 0 ? -x : x;
    return size < near ? series : x / (one - e);
}

/* The rates are taken at most this far out: powers of exponentials stay finite,
 * and no membrane gets there but by absurd input. */
HH_INLINE ecp_real hh_bounded(ecp_real u)
{
    const ecp_real most = 300, low = u < -most ? -most : u;
    return low > most ? most : low;
}

#endif
