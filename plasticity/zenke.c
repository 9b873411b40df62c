/* zenke.c -- several forms of plasticity orchestrated (Zenke, Agnes & Gerstner
 * 2015).
 *
 *   pre:   w += -eta z_minus h + delta          (depression, transmitter-induced)
 *   post:  w += eta x_pre z_slow - beta z_minus^3 (w - w_ref)   (triplets, heterosynaptic)
 *   every period:  w_ref += period/tau_c ((w - w_ref)
 *                        + p (w_a - w_ref)(w_b - w_ref)(w_c - w_ref))
 *   z jumps by 1 at a spike and decays; h = 1, or (nu/kappa)^2 with nu the rate of
 *   the target over tau_hom
 *
 * nu's decay in a step is below the precision of a float; so nu is kept in two
 * parts, and what rounds off the first goes to the second. Verified in
 * tests/verify/verify_zenke.c. */
#include <math.h>

#include "engine/visit.h"

enum {
    X_PRE,
    Z_MINUS,
    Z_SLOW,
    NU,
    NU_LOW,
    W_REF,
    ETA,
    BETA,
    DELTA,
    KAPPA,
    HOMEOSTASIS,
    TAU_PLUS,
    TAU_MINUS,
    TAU_SLOW,
    TAU_HOM,
    TAU_C,
    POTENTIAL,
    W_A,
    W_B,
    W_C,
    W_MAX,
    PERIOD,
    END
};

static const struct ecp_field fields[] = {
    [X_PRE] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [Z_MINUS] = {"z_minus", "1", 0, 0, 1e9, "fast trace of the target's spikes", ECP_POST},
    [Z_SLOW] = {"z_slow", "1", 0, 0, 1e9, "slow trace of them", ECP_POST},
    [NU] = {"nu", "Hz", 1, 0, 1e6, "rate of the target", ECP_POST},
    [NU_LOW] = {"nu_low", "Hz", 0, -1e6, 1e6, "what nu's rounding leaves", ECP_POST},
    [W_REF] = {"w_ref", "weight", 0, -1e9, 1e9, "reference weight (consolidated)", ECP_SYNAPSE},
    [ETA] = {"eta", "weight", 1e-3, 0, 1e9, "size of Hebbian changes", ECP_PARAM},
    [BETA] = {"beta", "1", 0.05, 0, 1e3, "strength of the heterosynaptic term", ECP_PARAM},
    [DELTA] = {"delta", "weight", 2e-5, 0, 1e9, "gain by a spike of the source", ECP_PARAM},
    [KAPPA] = {"kappa", "Hz", 10, 1e-6, 1e6, "rate at which depression is eta", ECP_PARAM},
    [HOMEOSTASIS] = {"homeostasis", "1", 1, 0, 1, "depression: constant, or adaptive by nu",
                     ECP_PARAM},
    [TAU_PLUS] = {"tau_plus", "ms", 20, 1e-3, 1e6, "time constant of x_pre", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 20, 1e-3, 1e6, "time constant of z_minus", ECP_PARAM},
    [TAU_SLOW] = {"tau_slow", "ms", 100, 1e-3, 1e6, "time constant of z_slow", ECP_PARAM},
    [TAU_HOM] = {"tau_hom", "ms", 6e5, 1e-3, 1e12, "time constant of nu", ECP_PARAM},
    [TAU_C] = {"tau_c", "ms", 1.2e6, 1e-3, 1e12, "time constant of consolidation", ECP_PARAM},
    [POTENTIAL] = {"p", "1/weight^2", 17.066666666666667, 0, 1e9, "depth of the wells of w_ref",
                   ECP_PARAM},
    [W_A] = {"w_a", "weight", 0, -1e9, 1e9, "lower well", ECP_PARAM},
    [W_B] = {"w_b", "weight", 0.25, -1e9, 1e9, "border between the wells", ECP_PARAM},
    [W_C] = {"w_c", "weight", 0.5, -1e9, 1e9, "upper well", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 5, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [PERIOD] = {"period", "ms", 1200, 1e-3, 1e9, "time between consolidations", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"homeostasis", "constant adaptive"}, {NULL, NULL}};

enum {
    RATE_PLUS,
    LOSS_MINUS,
    LOSS_SLOW,
    LOSS_NU,
    KICK_NU,
    SIZE,
    HETERO,
    GAIN,
    PER_KAPPA,
    TOP,
    SPEED,
    DEPTH
};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (!(p[W_A] <= p[W_B] && p[W_B] <= p[W_C]))
        return ecp_fail(ECP_ECONFIG, "w_a, w_b, w_c (%g, %g, %g) must ascend", p[W_A], p[W_B],
                        p[W_C]);
    k[RATE_PLUS] = (ecp_real)(-dt / p[TAU_PLUS]);
    k[LOSS_MINUS] = (ecp_real)-expm1(-dt / p[TAU_MINUS]);
    k[LOSS_SLOW] = (ecp_real)-expm1(-dt / p[TAU_SLOW]);
    k[LOSS_NU] = (ecp_real)-expm1(-dt / p[TAU_HOM]);
    k[KICK_NU] = (ecp_real)(1000 / p[TAU_HOM]);
    k[SIZE] = (ecp_real)p[ETA];
    k[HETERO] = (ecp_real)p[BETA];
    k[GAIN] = (ecp_real)p[DELTA];
    k[PER_KAPPA] = (ecp_real)(1 / p[KAPPA]);
    k[TOP] = (ecp_real)p[W_MAX];
    k[SPEED] = (ecp_real)(p[PERIOD] / p[TAU_C]);
    k[DEPTH] = (ecp_real)p[POTENTIAL];
    return ECP_OK;
}

static void arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[RATE_PLUS]);
    a->after[0] = a->before[0] + 1;
}

static void mark(const struct ecp_post_block *b)
{
    const ecp_real size = b->derived[SIZE], hetero = b->derived[HETERO];
    const ecp_real *restrict minus = b->post[0];
    const ecp_real *restrict slow = b->post[1];
    ecp_real *restrict triplet = b->mark[0];
    ecp_real *restrict burst = b->mark[1];
    const uint8_t *restrict fired = b->fired;
    uint8_t *restrict event = b->event;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        triplet[j] = size * slow[j];
        burst[j] = hetero * (minus[j] * minus[j] * minus[j]);
    }
    for (size_t j = 0; j < n; j++)
        event[j] = fired[j];
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real loss_minus = k[LOSS_MINUS], loss_slow = k[LOSS_SLOW];
    const ecp_real loss = k[LOSS_NU], kick = k[KICK_NU];
    ecp_real *restrict minus = b->post[0];
    ecp_real *restrict slow = b->post[1];
    ecp_real *restrict nu = b->post[2];
    ecp_real *restrict low = b->post[3];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    /* A float holds the loss of a step far better than what is left. */
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real fast_with = minus[j] + fired[j], slow_with = slow[j] + fired[j];
        minus[j] = fast_with - fast_with * loss_minus;
        slow[j] = slow_with - slow_with * loss_slow;
    }
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real jumped = fired[j] * kick;
        const ecp_real change = low[j] + (jumped - (nu[j] + jumped) * loss);
        const ecp_real next = nu[j] + change;
        low[j] = change - (next - nu[j]);
        nu[j] = next;
    }
}

static void depress(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real size = k[SIZE], gain = k[GAIN], per_kappa = k[PER_KAPPA], top = k[TOP];
    const int adaptive = v->param[HOMEOSTASIS] > 0;
    const ecp_real *restrict minus = v->post[0];
    const ecp_real *restrict nu = v->post[2];
    const uint16_t *restrict target = v->target;
    ecp_real *restrict w = v->weight;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real share = nu[target[j]] * per_kappa, amount = size * minus[target[j]];
        w[j] = ecp_clip(w[j] - (adaptive ? amount * (share * share) : amount) + gain, 0, top);
    }
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real rate = v->derived[RATE_PLUS], top = v->derived[TOP];
    const ecp_real *restrict triplet = v->events->mark[0];
    const ecp_real *restrict burst = v->events->mark[1];
    for (uint32_t j = 0; j < v->n; j++) {
        const ecp_real reference = v->synapse[0][j];
        ecp_real w = v->weight[j];
        ECP_EACH_EVENT(v, j, at, when, {
            const ecp_real x = v->last == ECP_NEVER ? 0
                               : when == v->last    ? v->before[0]
                                                    : v->after[0] * ecp_decay(when - v->last, rate);
            w = ecp_clip(w + (x * triplet[at] - burst[at] * (w - reference)), 0, top);
        });
        v->weight[j] = w;
    }
    if (v->arrival)
        depress(v);
}

static void apply(const struct ecp_visit *v)
{
    const ecp_real speed = v->derived[SPEED], depth = v->derived[DEPTH];
    const ecp_real a = (ecp_real)v->param[W_A], b = (ecp_real)v->param[W_B];
    const ecp_real c = (ecp_real)v->param[W_C];
    const ecp_real *restrict w = v->weight;
    ecp_real *restrict reference = v->synapse[0];
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real r = reference[j];
        reference[j] += speed * ((w[j] - r) + depth * ((a - r) * (b - r) * (c - r)));
    }
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_zenke) = {
    .name = "zenke",
    .summary = "triplet, heterosynaptic and transmitter-induced plasticity with consolidation",
    .equations = "pre:   w += -eta z_minus h + delta\n"
                 "post:  w += eta x_pre z_slow - beta z_minus^3 (w - w_ref),  0 <= w <= w_max\n"
                 "every period:  w_ref += period/tau_c ((w - w_ref)\n"
                 "                     + p (w_a - w_ref)(w_b - w_ref)(w_c - w_ref))\n"
                 "dx/dt = -x/tau_plus, dz/dt = -z/tau;  += 1 at a spike, read without it\n"
                 "h = 1 (homeostasis = \"constant\") or (nu/kappa)^2 (\"adaptive\"),\n"
                 "tau_hom dnu/dt = -nu;  nu += 1000 ms/tau_hom Hz at a spike of the target",
    .reference = "Zenke, Agnes & Gerstner 2015, doi:10.1038/ncomms7922",
    .aliases = "",
    .verified_by = "tests/verify/verify_zenke.c",
    .fields = fields,
    .choices = choices,
    .n_marks = 2,
    .derive = derive,
    .arrive = arrive,
    .mark = mark,
    .advance = advance,
    .visit = visit,
    .apply = apply};
