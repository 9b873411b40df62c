/* lpl.c -- latent predictive learning: Hebbian and predictive plasticity of spiking
 * neurons (Halvagal & Zenke 2023).
 *
 * Each target has an error signal, each synapse an eligibility; a weight follows the
 * product of the two, gathered over `period`. At every step, in this order:
 *
 *   x_j += S_j, decays with tau_syn      r_i += S_i/tau_mean, decays with tau_mean
 *   err_i = lambda (S_i - r_i dt)/(s_i + xi) - phi (S_i(t) - S_i(t - interval))
 *   a_i += dt/tau_rise (err_i - a_i)     b_i += dt/tau_fall (a_i - b_i)
 *   e_ij += p_j beta/(1 + beta |v_i - v_0|)^2        (0 for v_i < v_low)
 *   f_ij += dt/tau_fall (e_ij - f_ij)    e_ij decays with tau_rise
 *   G_ij += f_ij b_i                     p_j += dt/tau_mem (x_j - p_j)
 *   s_i += (S_i - r_i dt)^2/tau_sigma, decays with tau_sigma
 *   every period: w_ij += eta G_ij/(steps of a period), clipped to [0, w_max]; G_ij = 0
 *
 * beta in 1/V in the sum for e_ij; s_i counts per second, so that it does not depend
 * on dt: the rate of a Poisson neuron. The authors' erratum counts s_i per step of
 * 0.1 ms: its lambda = 1e-4 and xi = 1e-7 are lambda = 1 and xi = 1e-3 Hz here, and
 * those of the paper's own simulations are the same. What is left between the two is
 * `form`: "normalised" (the erratum) adds delta to G_ij at each spike of the source,
 * "published" (as simulated for the paper) adds delta_err to err_i at every step.
 * The filter with tau_rise is as the authors have it, without a factor dt/tau_rise.
 *
 * With rms = "on" the step is divided by a running maximum of |G_ij|, which forgets
 * with tau_rms. The rule goes by a clock: it costs so much for each synapse and
 * step, whoever fires. Verified in tests/verify/verify_lpl.c. */
#include <math.h>
#include <string.h>

#include "engine/plasticity.h"
#include "engine/turn.h"
#include "engine/vector_math.h"

enum {
    X,
    PSP,
    RATE,
    RATE_LOW,
    VARIANCE,
    VARIANCE_LOW,
    RISING,
    ERROR,
    SLOPE,
    NOW,
    ELIGIBLE,
    GRADIENT,
    LARGEST,
    FORM,
    ETA,
    LAMBDA,
    PHI,
    XI,
    DELTA,
    DELTA_ERR,
    INTERVAL,
    TAU_MEAN,
    TAU_SIGMA,
    TAU_SYN,
    TAU_MEM,
    TAU_RISE,
    TAU_FALL,
    BETA,
    V_0,
    V_LOW,
    PERIOD,
    RMS,
    TAU_RMS,
    W_MAX,
    END
};

static const struct ecp_field fields[] = {
    [X] = {"x", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [PSP] = {"psp", "1", 0, 0, 1e9, "what it makes of the potential", ECP_PRE},
    [RATE] = {"rate", "Hz", 0, 0, 1e6, "running mean rate of the target", ECP_POST},
    [RATE_LOW] = {"rate_low", "Hz", 0, -1, 1, "what is lost in its rounding", ECP_POST},
    [VARIANCE] = {"variance", "Hz", 0, 0, 1e6, "running variance of its spikes", ECP_POST},
    [VARIANCE_LOW] = {"variance_low", "Hz", 0, -1, 1, "what is lost in its rounding", ECP_POST},
    [RISING] = {"rising", "1", 0, -1e9, 1e9, "error after the first filter", ECP_POST},
    [ERROR] = {"error", "1", 0, -1e9, 1e9, "error after the second filter", ECP_POST},
    [SLOPE] = {"slope", "1/V", 0, 0, 1e12, "how much the potential matters", ECP_POST},
    [NOW] = {"e", "1/V", 0, -1e12, 1e12, "source's and target's potential met", ECP_SYNAPSE},
    [ELIGIBLE] = {"f", "1/V", 0, -1e12, 1e12, "eligibility: e, filtered", ECP_SYNAPSE},
    [GRADIENT] = {"gradient", "1/V", 0, -1e12, 1e12, "eligibility times error", ECP_SYNAPSE},
    [LARGEST] = {"largest", "1/V", 0, 0, 1e12, "running maximum of |gradient|", ECP_SYNAPSE},
    [FORM] = {"form", "1", 0, 0, 1, "where sources that fire alone potentiate", ECP_PARAM},
    [ETA] = {"eta", "weight", 1e-2, 0, 1e9, "learning rate; 0: traces run, weights stay",
             ECP_PARAM},
    [LAMBDA] = {"lambda", "Hz", 1, 0, 1e6, "strength of the Hebbian part", ECP_PARAM},
    [PHI] = {"phi", "1", 1, 0, 1e6, "strength of the predictive part", ECP_PARAM},
    [XI] = {"xi", "Hz", 1e-3, 1e-12, 1e6, "added to the variance", ECP_PARAM},
    [DELTA] = {"delta", "1", 1e-3, 0, 1e6, "potentiation at spikes of the source (normalised)",
               ECP_PARAM},
    [DELTA_ERR] = {"delta_err", "1", 1e-5, 0, 1e6, "added to the error (published)", ECP_PARAM},
    [INTERVAL] = {"interval", "ms", 20, 1e-3, 1e4, "from what is predicted to what is compared",
                  ECP_PARAM},
    [TAU_MEAN] = {"tau_mean", "ms", 6e5, 1, 1e9, "time constant of the mean rate", ECP_PARAM},
    [TAU_SIGMA] = {"tau_sigma", "ms", 3e4, 1, 1e9, "time constant of the variance", ECP_PARAM},
    [TAU_SYN] = {"tau_syn", "ms", 5, 1e-3, 1e6, "time constant of x", ECP_PARAM},
    [TAU_MEM] = {"tau_mem", "ms", 20, 1e-3, 1e6, "time constant of psp", ECP_PARAM},
    [TAU_RISE] = {"tau_rise", "ms", 2, 1e-3, 1e6, "first filter of e and of the error", ECP_PARAM},
    [TAU_FALL] = {"tau_fall", "ms", 10, 1e-3, 1e6, "second filter of both", ECP_PARAM},
    [BETA] = {"beta", "1/mV", 1, 0, 1e6, "narrowness of slope around v_0", ECP_PARAM},
    [V_0] = {"v_0", "mV", -50, -1e3, 1e3, "potential that matters most", ECP_PARAM},
    [V_LOW] = {"v_low", "mV", -80, -1e4, 1e3, "potential below which slope is 0", ECP_PARAM},
    [PERIOD] = {"period", "ms", 500, 1e-3, 1e6, "time between changes of weights", ECP_PARAM},
    [RMS] = {"rms", "1", 0, 0, 1, "is the step divided by the largest gradient?", ECP_PARAM},
    [TAU_RMS] = {"tau_rms", "ms", 1e5, 1, 1e9, "time constant of the largest gradient", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 1, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {
    {"form", "normalised published"}, {"rms", "off on"}, {NULL, NULL}};

/* In the order of `fields`. */
enum { PRE_X, PRE_PSP, N_PRE };
enum {
    POST_RATE,
    POST_RATE_LOW,
    POST_VARIANCE,
    POST_VARIANCE_LOW,
    POST_RISING,
    POST_ERROR,
    POST_SLOPE
};
enum { SYN_E, SYN_F, SYN_GRADIENT, SYN_LARGEST };

/* Of r and s: what a step takes away, what a spike brings. */
enum {
    DECAY_X,
    FOLLOW_X,
    LOSS_RATE,
    JUMP_RATE,
    LOSS_VARIANCE,
    JUMP_VARIANCE,
    STEP_S,
    PUSH,
    PULL,
    FLOOR,
    ALONE,
    DRIFT,
    FOLLOW_RISE,
    FOLLOW_FALL,
    DECAY_E,
    BETA_MV,
    BETA_V,
    CENTRE,
    LOWEST,
    STEPS,
    PER_STEPS,
    RATE_OF_W,
    KEEP_LARGEST,
    TOP
};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const double steps = fmax(1, nearbyint(p[PERIOD] / dt)), second = 1e3;
    if (steps > 1e7)
        return ecp_fail(ECP_ECONFIG, "period (%g ms) is longer than 1e7 steps of %g ms", p[PERIOD],
                        dt);
    if (p[TAU_RISE] < dt || p[TAU_FALL] < dt || p[TAU_MEM] < dt)
        return ecp_fail(ECP_ECONFIG,
                        "tau_rise, tau_fall and tau_mem (%g, %g, %g ms) must not be shorter than a "
                        "step (%g ms)",
                        p[TAU_RISE], p[TAU_FALL], p[TAU_MEM], dt);
    k[DECAY_X] = (ecp_real)exp(-dt / p[TAU_SYN]);
    k[FOLLOW_X] = (ecp_real)(dt / p[TAU_MEM]);
    k[LOSS_RATE] = (ecp_real)-expm1(-dt / p[TAU_MEAN]);
    k[JUMP_RATE] = (ecp_real)(second / p[TAU_MEAN] * exp(-dt / p[TAU_MEAN]));
    k[LOSS_VARIANCE] = (ecp_real)-expm1(-dt / p[TAU_SIGMA]);
    k[JUMP_VARIANCE] = (ecp_real)(second / p[TAU_SIGMA] * exp(-dt / p[TAU_SIGMA]));
    k[STEP_S] = (ecp_real)(dt / second);
    k[PUSH] = (ecp_real)p[LAMBDA];
    k[PULL] = (ecp_real)p[PHI];
    k[FLOOR] = (ecp_real)p[XI];
    k[ALONE] = (ecp_real)(p[FORM] > 0 ? 0 : p[DELTA]);
    k[DRIFT] = (ecp_real)(p[FORM] > 0 ? p[DELTA_ERR] : 0);
    k[FOLLOW_RISE] = (ecp_real)(dt / p[TAU_RISE]);
    k[FOLLOW_FALL] = (ecp_real)(dt / p[TAU_FALL]);
    k[DECAY_E] = (ecp_real)exp(-dt / p[TAU_RISE]);
    k[BETA_MV] = (ecp_real)p[BETA];
    k[BETA_V] = (ecp_real)(1e3 * p[BETA]);
    k[CENTRE] = (ecp_real)p[V_0];
    k[LOWEST] = (ecp_real)p[V_LOW];
    k[STEPS] = (ecp_real)steps;
    k[PER_STEPS] = (ecp_real)(1 / steps);
    k[RATE_OF_W] = (ecp_real)p[ETA];
    k[KEEP_LARGEST] = (ecp_real)exp(-0.5 * steps * dt / p[TAU_RMS]); /* of its square: twice */
    k[TOP] = (ecp_real)p[W_MAX];
    return ECP_OK;
}

/* The rest goes on with the clock. */
static void arrive(const struct ecp_source_spike *a)
{
    a->after[PRE_X] += 1;
}

static void advance_slope(const struct ecp_post_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real beta = k[BETA_MV], beta_v = k[BETA_V], centre = k[CENTRE], lowest = k[LOWEST];
    const ecp_real *restrict v = b->seen[0];
    ecp_real *restrict slope = b->post[POST_SLOPE];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real away = v[j] < centre ? centre - v[j] : v[j] - centre;
        const ecp_real wide = 1 + beta * away;
        slope[j] = v[j] < lowest ? 0 : beta_v / (wide * wide);
    }
}

/* Rates and variances move in a step by less than their last digit in single
 * precision: what rounding loses is kept beside them. */
static void advance(const struct ecp_post_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real loss_rate = k[LOSS_RATE], jump_rate = k[JUMP_RATE], step = k[STEP_S];
    const ecp_real loss_variance = k[LOSS_VARIANCE], jump_variance = k[JUMP_VARIANCE];
    const ecp_real push = k[PUSH], pull = k[PULL], low = k[FLOOR], drift = k[DRIFT];
    const ecp_real follow_rise = k[FOLLOW_RISE], follow_fall = k[FOLLOW_FALL];
    ecp_real *restrict rate = b->post[POST_RATE];
    ecp_real *restrict rate_low = b->post[POST_RATE_LOW];
    ecp_real *restrict variance = b->post[POST_VARIANCE];
    ecp_real *restrict variance_low = b->post[POST_VARIANCE_LOW];
    ecp_real *restrict rising = b->post[POST_RISING];
    ecp_real *restrict error = b->post[POST_ERROR];
    const uint8_t *restrict fired = b->fired;
    const uint8_t *restrict echo = b->echo;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real s = fired[j], before = echo[j];
        const ecp_real by_rate = rate_low[j] + (s * jump_rate - loss_rate * rate[j]);
        const ecp_real new_rate = rate[j] + by_rate;
        rate_low[j] = by_rate - (new_rate - rate[j]);
        rate[j] = new_rate;

        const ecp_real odd = s - new_rate * step;
        const ecp_real err = push * odd / (variance[j] + low) + drift - pull * (s - before);
        rising[j] += follow_rise * (err - rising[j]);
        error[j] += follow_fall * (rising[j] - error[j]);

        const ecp_real by =
            variance_low[j] + (odd * odd * jump_variance - loss_variance * variance[j]);
        const ecp_real new_variance = variance[j] + by;
        variance_low[j] = by - (new_variance - variance[j]);
        variance[j] = new_variance;
    }
    advance_slope(b);
}

static void change_weights(const struct ecp_tick *t)
{
    const ecp_real *k = t->derived;
    const ecp_real per_steps = k[PER_STEPS], eta = k[RATE_OF_W], keep = k[KEEP_LARGEST];
    const ecp_real top = k[TOP], none = (ecp_real)1e-32;
    const int scaled = t->param[RMS] > 0;
    ecp_real *restrict w = t->weight;
    ecp_real *restrict gradient = t->synapse[SYN_GRADIENT];
    ecp_real *restrict largest = t->synapse[SYN_LARGEST];
    const size_t n = t->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real g = gradient[j] * per_steps, size = g < 0 ? -g : g;
        const ecp_real old = keep * largest[j], most = size > old ? size : old;
        largest[j] = most;
        gradient[j] = 0;
        w[j] = ecp_clip(w[j] + eta * (scaled ? g / (most + none) : g), 0, top);
    }
}

static void move(const struct ecp_moves *s)
{
    const ecp_real decay_x = s->derived[DECAY_X], follow_x = s->derived[FOLLOW_X];
    ecp_real *restrict pre = s->pre;
    ecp_real *restrict kept = s->kept;
    const size_t n = s->n;
#pragma omp simd
    for (size_t p = 0; p < n; p++) {
        const ecp_real psp = pre[p * N_PRE + PRE_PSP], x = pre[p * N_PRE + PRE_X] * decay_x;
        kept[p * ECP_TICK_STEPS] = psp;
        pre[p * N_PRE + PRE_X] = x;
        pre[p * N_PRE + PRE_PSP] = psp + follow_x * (x - psp);
    }
}

/* ---- synapses ------------------------------------------------------------------ */

/* Constants of a tick, and what was kept for the synapses. */
struct steps {
    ecp_real decay, follow, alone;
    const ecp_real *slope, *error, *psp; /* ECP_TICK_STEPS of each target, and source */
};

static void take_steps(const struct ecp_tick *t, const struct steps *s, size_t j)
{
    const ecp_real *slope = s->slope + (size_t)t->target[j] * ECP_TICK_STEPS;
    const ecp_real *error = s->error + (size_t)t->target[j] * ECP_TICK_STEPS;
    const ecp_real *psp = s->psp + (size_t)t->piece[j] * ECP_TICK_STEPS;
    const unsigned arrived = t->arrived[t->piece[j]];
    ecp_real e = t->synapse[SYN_E][j], f = t->synapse[SYN_F][j], g = t->synapse[SYN_GRADIENT][j];
    for (size_t k = 0; k < t->n_steps; k++) {
        const ecp_real met = e + psp[k] * slope[k];
        f += s->follow * (met - f);
        e = met * s->decay;
        g += f * error[k] + (arrived >> k & 1 ? s->alone : 0);
    }
    t->synapse[SYN_E][j] = e;
    t->synapse[SYN_F][j] = f;
    t->synapse[SYN_GRADIENT][j] = g;
}

/* Eight synapses. Steps lie side by side where they were kept, synapses here. Sums are those
 * of take_steps, bit by bit. */
enum { LANES = ECP_TURN_ROWS, TURNED = ECP_TURN_COLUMNS };

/* Of synapses j to j + 7, at whose sources no spike arrived. */
static void take_lanes(const struct ecp_tick *t, const struct steps *s, size_t j)
{
    const ecp_real *slope[LANES], *error[LANES], *psp[LANES];
    const ecp_turned follow = s->follow - (ecp_turned){0}, decay = s->decay - (ecp_turned){0};
    ecp_turned e, f, g;
    for (size_t l = 0; l < LANES; l++) {
        slope[l] = s->slope + (size_t)t->target[j + l] * ECP_TICK_STEPS;
        error[l] = s->error + (size_t)t->target[j + l] * ECP_TICK_STEPS;
        psp[l] = s->psp + (size_t)t->piece[j + l] * ECP_TICK_STEPS;
    }
    memcpy(&e, t->synapse[SYN_E] + j, sizeof e);
    memcpy(&f, t->synapse[SYN_F] + j, sizeof f);
    memcpy(&g, t->synapse[SYN_GRADIENT] + j, sizeof g);
    for (size_t k = 0; k < t->n_steps; k += TURNED) {
        ecp_turned in[TURNED], err[TURNED], of_target;
        for (size_t r = 0; r < TURNED; r++) {
            ecp_turn_load(psp[r] + k, psp[r + TURNED] + k, &in[r]);
            ecp_turn_load(slope[r] + k, slope[r + TURNED] + k, &of_target);
            in[r] *= of_target;
            ecp_turn_load(error[r] + k, error[r + TURNED] + k, &err[r]);
        }
        ecp_turn(in);
        ecp_turn(err);
        for (size_t r = 0; r < TURNED; r++) {
            const ecp_turned met = e + in[r];
            f += follow * (met - f);
            e = met * decay;
            g += f * err[r];
        }
    }
    memcpy(t->synapse[SYN_E] + j, &e, sizeof e);
    memcpy(t->synapse[SYN_F] + j, &f, sizeof f);
    memcpy(t->synapse[SYN_GRADIENT] + j, &g, sizeof g);
}

static int is_quiet(const struct ecp_tick *t, size_t j)
{
    unsigned arrived = 0;
    for (size_t l = 0; l < LANES; l++)
        arrived |= t->arrived[t->piece[j + l]];
    return arrived == 0;
}

static void tick(const struct ecp_tick *t)
{
    const ecp_real *k = t->derived;
    const struct steps s = {.decay = k[DECAY_E],
                            .follow = k[FOLLOW_FALL],
                            .alone = k[ALONE],
                            .slope = t->post[0],
                            .error = t->post[1],
                            .psp = t->pre};
    const size_t whole = t->n_steps % TURNED == 0 ? t->n / LANES * LANES : 0;
    size_t j = 0;
    for (; j < whole; j += LANES) {
        if (is_quiet(t, j))
            take_lanes(t, &s, j);
        else
            for (size_t l = 0; l < LANES; l++)
                take_steps(t, &s, j + l);
    }
    for (; j < t->n; j++)
        take_steps(t, &s, j);
    if (t->now % (uint32_t)k[STEPS] == 0)
        change_weights(t);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_lpl) = {
    .name = "lpl",
    .summary = "latent predictive learning: Hebbian and predictive, by an error signal of the "
               "target",
    .equations =
        "err_i = lambda (S_i - r_i dt)/(s_i + xi) - phi (S_i(t) - S_i(t - interval))\n"
        "b_i: err_i filtered with tau_rise, then tau_fall; r_i, s_i: running rate, variance\n"
        "de_ij/dt = -e_ij/tau_rise + p_j beta/(1 + beta |v_i - v_0|)^2 / step;  p_j: PSP of S_j\n"
        "tau_fall df_ij/dt = e_ij - f_ij;  every period w += eta mean(f_ij b_i), 0 <= w <= w_max\n"
        "normalised: G_ij += delta at spikes of j;  published: err_i += delta_err\n"
        "rms = on: the step is divided by the running maximum of its size (tau_rms)",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y, with its erratum",
    .aliases = "auryn:LPLConnection",
    .verified_by = "tests/verify/verify_lpl.c",
    .fields = fields,
    .choices = choices,
    .sees = {"v", NULL},
    .echo = "interval",
    .axonal_only = 1,
    .derive = derive,
    .arrive = arrive,
    .advance = advance,
    .move = move,
    .tick = tick,
    .keeps = {"slope", "error", NULL}};
