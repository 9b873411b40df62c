/* lif_parts.h -- what the leaky integrate-and-fire models with conductances share.
 *
 * Between spikes each conductance g_k follows a known course, so the membrane obeys
 *
 *   dV/dt = b(t) - a(t) V,   a = sum g_k(t) / c,   b = (sum g_k(t) E_k + I) / c
 *
 * The solution over a step is written as one exponential (Magnus 1954), of which two
 * terms are kept. With the integrals over the step
 *
 *   a0 = int a dt,   a1 = int (t/dt - 1/2) a dt   (and b0, b1)
 *
 * V moves as if under a constant b: b0 + (a0 b1 - a1 b0). The error is of fourth order
 * in dt, second without the bracket (exponential Euler with mean conductances). The
 * charge that a course carries is exact in both, however short its time constant.
 * Blanes, Casas, Oteo & Ros 2009, doi:10.1016/j.physrep.2008.11.001. */
#ifndef ECP_LIF_PARTS_H
#define ECP_LIF_PARTS_H

#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

/* What a conductance does after the start of a step, as a function of t (ms). */
struct ecp_course {
    double (*at)(const struct ecp_course *course, double t);
    double tau, other; /* time constants, ms */
};

/* Integrals over a step: of the course, and of it times (t/dt - 1/2). */
struct ecp_moments {
    double area, tilt;
};

static inline double ecp_course_exp(const struct ecp_course *c, double t)
{
    return exp(-t / c->tau);
}

/* Gauss-Legendre with five points in each of 32 pieces: to 1e-15 as long as dt is
 * below some 30 time constants. For derive() only. */
static inline struct ecp_moments ecp_course_moments(const struct ecp_course *c, double dt)
{
    static const double place[5] = {0, -0.5384693101056831, 0.5384693101056831, -0.906179845938664,
                                    0.906179845938664};
    static const double weight[5] = {0.5688888888888889, 0.47862867049936647, 0.47862867049936647,
                                     0.23692688505618908, 0.23692688505618908};
    enum { PIECES = 32 };
    const double half = 0.5 / PIECES;
    struct ecp_moments sum = {0, 0};
    for (int piece = 0; piece < PIECES; piece++)
        for (int k = 0; k < 5; k++) {
            const double x = (2 * piece + 1 + place[k]) * half; /* of the step */
            const double value = weight[k] * half * dt * c->at(c, x * dt);
            sum.area += value;
            sum.tilt += value * (x - 0.5);
        }
    return sum;
}

/* Of exp(-t/tau). */
static inline struct ecp_moments ecp_exp_moments(double tau, double dt)
{
    const struct ecp_course course = {.at = ecp_course_exp, .tau = tau};
    return ecp_course_moments(&course, dt);
}

/* V after the step. a0 > 0. */
static inline ecp_real ecp_membrane(ecp_real v, ecp_real a0, ecp_real b0, ecp_real a1, ecp_real b1)
{
    const ecp_real b = b0 + (a0 * b1 - a1 * b0);
    return v + (b / a0 - v) * (1 - ecp_exp(-a0));
}

/* A conductance has no sign: that of a weight only chooses the port. */
static inline ecp_real ecp_magnitude(ecp_real x)
{
    return x < 0 ? -x : x;
}

/* The end of the refractory count. Apart from other loops, for 16-bit counters
 * fill a vector of their own. */
static inline void ecp_count_down(const uint8_t *restrict fired, uint16_t refractory,
                                  uint16_t *restrict wait, size_t n)
{
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = fired[j] ? refractory : (uint16_t)(wait[j] - (wait[j] > 0));
}

/* What threshold models demand of their parameters. */
static inline enum ecp_status ecp_check_reset(double v_reset, double v_th, double t_ref, double dt)
{
    if (v_reset >= v_th)
        return ecp_fail(ECP_ECONFIG, "v_reset (%g mV) must lie below v_th (%g mV)", v_reset, v_th);
    if (t_ref / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_ref (%g ms) is longer than 65535 steps of %g ms", t_ref,
                        dt);
    return ECP_OK;
}

#endif
