/* istdp.c -- inhibitory plasticity that holds its targets at a rate (Vogels,
 * Sprekeler, Zenke, Clopath & Gerstner 2011).
 *
 *   post spike: w += eta x_pre
 *   pre spike:  w += eta (x_post - alpha),  alpha = 2 rho_0 tau
 *
 * Weights are magnitudes: inhibition that grows. On average it stands still where
 * the target fires at rho_0. Verified in tests/verify/verify_istdp.c. */
#include <math.h>

#include "engine/visit.h"

enum { PRE, POST, TAU, ETA, RHO_0, W_MAX, END };

static const struct ecp_field fields[] = {
    [PRE] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [POST] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},
    [TAU] = {"tau", "ms", 20, 1e-3, 1e6, "time constant of both traces", ECP_PARAM},
    [ETA] = {"eta", "weight", 0.01, 0, 1e9, "size of a change", ECP_PARAM},
    [RHO_0] = {"rho_0", "Hz", 3, 0, 1e4, "rate of the target that is aimed at", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

enum { RATE, FALL, GAIN, ALPHA, TOP };

/* Traces of targets fall by a share of themselves each step: in single precision a
 * factor just below 1 would be off by more. */
static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    k[RATE] = (ecp_real)(-dt / p[TAU]);
    k[FALL] = (ecp_real)expm1(-dt / p[TAU]);
    k[GAIN] = (ecp_real)p[ETA];
    k[ALPHA] = (ecp_real)(2e-3 * p[RHO_0] * p[TAU]);
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

static void visit(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real rate = k[RATE], gain = k[GAIN], alpha = k[ALPHA], top = k[TOP];
    const ecp_real before = v->before[0], after = v->after[0];
    const uint32_t last = v->last;
    ecp_real *restrict w = v->weight;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, weight, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            weight = ecp_clip(weight + gain * x, 0, top);
        });
    if (!v->arrival)
        return;
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] + gain * (post[target[j]] - alpha), 0, top);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_istdp) = {
    .name = "istdp",
    .summary = "inhibitory plasticity that holds its targets at a rate",
    .equations = "post: w += eta x_pre\n"
                 "pre:  w += eta (x_post - alpha),  alpha = 2 rho_0 tau\n"
                 "dx/dt = -x/tau;  x += 1 at a spike",
    .reference = "Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, doi:10.1126/science.1211095",
    .aliases = "nest:vogels_sprekeler_synapse pynn:Vogels2011Rule",
    .verified_by = "tests/verify/verify_istdp.c",
    .fields = fields,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .visit = visit};
