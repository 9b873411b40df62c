/* istdp_global.c -- inhibitory plasticity under a global signal (Zenke, Agnes & Gerstner
 * 2015): the rate of a whole population decides whether inhibition grows or shrinks.
 *
 *   pre spike:  w += eta G (x_post + 1),   post spike: w += eta G x_pre
 *   G = H / (rho_0 cells) - 1;  tau_n dH/dt = -H;  H += 1000 ms/tau_n Hz at a spike of
 *   the modulating population, which has `cells` neurons; H = rho_0 cells at time 0
 *
 * Weights are magnitudes: inhibition that grows while the population is more active than
 * rho_0, at the synapses that were active. Verified in tests/verify/verify_istdp_global.c. */
#include <math.h>

#include "engine/visit.h"

enum { PRE, POST, TAU, ETA, RHO_0, CELLS, TAU_N, W_MAX, END };

static const struct ecp_field fields[] = {
    [PRE] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [POST] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},
    [TAU] = {"tau", "ms", 20, 1e-3, 1e6, "time constant of both traces", ECP_PARAM},
    [ETA] = {"eta", "weight", 2e-5, 0, 1e9, "size of a change where the population is silent",
             ECP_PARAM},
    [RHO_0] = {"rho_0", "Hz", 4, 1e-6, 1e4, "mean rate of the modulating population aimed at",
               ECP_PARAM},
    [CELLS] = {"cells", "1", 1, 1, 1e12, "size of the modulating population", ECP_PARAM},
    [TAU_N] = {"tau_n", "ms", 10000, 1e-3, 1e9, "time constant of its rate H", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 5, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

enum { RATE, FALL, GAIN, TOP };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[RATE] = (ecp_real)(-dt / p[TAU]);
    k[FALL] = (ecp_real)expm1(-dt / p[TAU]);
    k[GAIN] = (ecp_real)p[ETA];
    k[TOP] = (ecp_real)p[W_MAX];
    return ECP_OK;
}

static void arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[RATE]);
    a->after[0] = a->before[0] + 1;
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real fall = b->derived[FALL];
    ecp_real *restrict x = b->post[0];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real y = x[j] + fired[j];
        x[j] = y + y * fall;
    }
}

/* exp(-x), x >= 0; most are far below 0.001, where the series has all digits of a float. */
static inline double fading(double x)
{
    return x < 1e-3 ? 1 - x * (1 - x * (0.5 - x * (1.0 / 6))) : x < 50 ? ecp_expd(-x) : 0;
}

/* G at a stamp after v->from: spikes of the population up to and with that stamp count. */
static double global(const struct ecp_visit *v, uint32_t stamp)
{
    const double per_step = v->dt / v->param[TAU_N], aim = v->param[RHO_0] * v->param[CELLS];
    size_t low = v->first_modulator, high = v->n_modulator;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (v->modulator[middle] + v->modulator_shift > stamp)
            high = middle;
        else
            low = middle + 1;
    }
    double rate = 0;
    if (low > 0) {
        const uint32_t since = stamp - v->modulator[low - 1] - v->modulator_shift;
        rate = 1000 / aim * v->modulator_level[low - 1] * fading(since * per_step);
    }
    const uint32_t age = stamp > v->modulator_shift ? stamp - v->modulator_shift : 0;
    return rate + fading(age * per_step) - 1;
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real rate = k[RATE], gain = k[GAIN], top = k[TOP];
    const ecp_real before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    for (uint32_t j = 0; last != ECP_NEVER && j < v->n; j++)
        ECP_EACH_EVENT(v, j, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            const ecp_real change = gain * (ecp_real)global(v, when) * x;
            v->weight[j] = ecp_clip(v->weight[j] + change, 0, top);
        });
    if (!v->arrival)
        return;
    const ecp_real size = gain * (ecp_real)global(v, v->now);
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    ecp_real *restrict w = v->weight;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] + size * (post[target[j]] + 1), 0, top);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_istdp_global) = {
    .name = "istdp_global",
    .summary = "inhibitory plasticity that holds the rate of a whole population",
    .equations = "pre:  w += eta G (x_post + 1);  post: w += eta G x_pre;  0 <= w <= w_max\n"
                 "G = H/(rho_0 cells) - 1\n"
                 "tau_n dH/dt = -H;  H += 1000 ms/tau_n Hz at a spike of the modulating\n"
                 "population, which has `cells` neurons; H = rho_0 cells at time 0\n"
                 "dx/dt = -x/tau;  x += 1 at a spike\n"
                 "\n"
                 "H is the sum of the rates of that population, over tau_n: at rho_0 on average\n"
                 "weights stand still. `istdp` aims at a rate of each target instead.",
    .reference = "Zenke, Agnes & Gerstner 2015, doi:10.1038/ncomms7922",
    .aliases = "",
    .verified_by = "tests/verify/verify_istdp_global.c",
    .example = "projections = ( { source = \"I\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = -1;\n                  plasticity = { rule = \"istdp_global\"; "
               "cells = 400; modulator = \"E\"; modulator_delay = 1; }; } );",
    .fields = fields,
    .needs_modulator = 1,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .visit = visit};
