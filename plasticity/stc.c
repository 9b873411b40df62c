/* stc.c -- synaptic tagging and capture: an early phase that calcium drives, and a late
 * one that proteins of the target neuron consolidate (Li, Kulvicius & Tetzlaff
 * 2016; Luboeinski & Tetzlaff 2021).
 *
 *   c jumps by c_pre a time delay_pre after a spike of the source, by c_post at a spike
 *   of the target, and decays with tau_ca
 *   tau_h dh/dt = relax (h_0 - h) + gamma_p (h_max - h) [c > theta_p] - gamma_d h [c > theta_d]
 *                 + sigma sqrt(tau_h ([c > theta_p] + [c > theta_d])) xi(t)
 *   tau_p dp/dt = -p + alpha [sum over the target's synapses of |h - h_0| > theta_pro]
 *   tau_z dz/dt = p ((z_max - z) [h - h_0 > theta_tag] - (z - z_min) [h_0 - h > theta_tag])
 *   w = h + h_0 z, not below 0
 *
 * Between events c falls and h follows an exponential, cut where c crosses the
 * thresholds: exact. With noise the pieces are cut at every 32nd step, too; the
 * noise is exact in variance, its path belongs to the synapse (plasticity/noise.h).
 * p and z go on every `period`, by closed forms for thresholds that hold for the
 * whole of it. In a phase with fast_forward all h relax alike, so that the times at
 * which sums and tags cross their thresholds are logarithms, and p and z are exact
 * over hours. Kept is early = h - h_0. alpha = 0 is a block of protein synthesis.
 * Verified in tests/verify/verify_stc.c. */
#include <math.h>

#include "engine/visit.h"
#include "plasticity/noise.h"

enum {
    EARLY,
    CALCIUM,
    LATE,
    ORDINAL,
    PROTEIN,
    BEFORE,
    CHANGE,
    GAIN,
    TAU_CA,
    C_PRE,
    C_POST,
    THETA_P,
    THETA_D,
    GAMMA_P,
    GAMMA_D,
    SIGMA,
    TAU_H,
    RELAX,
    H_0,
    H_MAX,
    DELAY_PRE,
    THETA_TAG,
    THETA_PRO,
    ALPHA,
    TAU_P,
    TAU_Z,
    Z_MAX,
    Z_MIN,
    PERIOD,
    END
};

static const struct ecp_field fields[] = {
    [EARLY] = {"early", "weight", 0, -1e6, 1e6, "h - h_0 (begins as the weight says)", ECP_SYNAPSE},
    [CALCIUM] = {"calcium", "1", 0, 0, 1e6, "calcium", ECP_SYNAPSE},
    [LATE] = {"z", "1", 0, -10, 10, "late phase", ECP_SYNAPSE},
    [ORDINAL] = {"ordinal", "1", 0, 0, 1e7, "which synapse of the two neurons (counted for you)",
                 ECP_SYNAPSE},
    [PROTEIN] = {"protein", "1", 0, 0, 1e6, "proteins of the target", ECP_POST},
    [BEFORE] = {"protein_before", "1", 0, 0, 1e6, "the same a period earlier", ECP_POST},
    [CHANGE] = {"change", "weight", 0, 0, 1e9, "sum of |h - h_0| over its synapses", ECP_POST},
    [GAIN] = {"gain", "1", 0, 0, 1e9, "integral of protein/tau_z over the last period", ECP_POST},
    [TAU_CA] = {"tau_ca", "ms", 48.8, 1e-3, 1e6, "time constant of calcium", ECP_PARAM},
    [C_PRE] = {"c_pre", "1", 0.6, 0, 1e6, "calcium by a spike of the source", ECP_PARAM},
    [C_POST] = {"c_post", "1", 0.1655, 0, 1e6, "calcium by a spike of the target", ECP_PARAM},
    [THETA_P] = {"theta_p", "1", 3, 1e-9, 1e6, "calcium above which h rises", ECP_PARAM},
    [THETA_D] = {"theta_d", "1", 1.2, 1e-9, 1e6, "calcium above which h falls", ECP_PARAM},
    [GAMMA_P] = {"gamma_p", "1", 1645.6, 0, 1e9, "rate of the rise, in 1/tau_h", ECP_PARAM},
    [GAMMA_D] = {"gamma_d", "1", 313.1, 0, 1e9, "rate of the fall, in 1/tau_h", ECP_PARAM},
    [SIGMA] = {"sigma", "weight", 2.90436, 0, 1e6, "strength of the noise", ECP_PARAM},
    [TAU_H] = {"tau_h", "ms", 688400, 1e-2, 1e12, "time constant of h", ECP_PARAM},
    [RELAX] = {"relax", "1", 0.1, 1e-9, 1e6, "rate of the way back to h_0, in 1/tau_h", ECP_PARAM},
    [H_0] = {"h_0", "weight", 4.20075, 1e-12, 1e9, "early phase at rest", ECP_PARAM},
    [H_MAX] = {"h_max", "weight", 10, 1e-12, 1e9, "early phase that potentiation aims at",
               ECP_PARAM},
    [DELAY_PRE] = {"delay_pre", "ms", 18.8, 0, 1e3,
                   "from the arrival of a source's spike to its calcium", ECP_PARAM},
    [THETA_TAG] = {"theta_tag", "weight", 0.840149, 0, 1e9, "|h - h_0| that sets a tag", ECP_PARAM},
    [THETA_PRO] = {"theta_pro", "weight", 2.10037, 1e-12, 1e12, "change that makes proteins",
                   ECP_PARAM},
    [ALPHA] = {"alpha", "1", 1, 0, 1e6, "proteins that are aimed at; 0: synthesis is blocked",
               ECP_PARAM},
    [TAU_P] = {"tau_p", "ms", 3.6e6, 1e-2, 1e12, "time constant of proteins", ECP_PARAM},
    [TAU_Z] = {"tau_z", "ms", 3.6e6, 1e-2, 1e12, "time constant of the late phase", ECP_PARAM},
    [Z_MAX] = {"z_max", "1", 1, 0, 10, "late phase of strong synapses", ECP_PARAM},
    [Z_MIN] = {"z_min", "1", -0.5, -10, 0, "late phase of weak synapses", ECP_PARAM},
    [PERIOD] = {"period", "ms", 1000, 1e-3, 1e9, "time between steps of p and z", ECP_PARAM},
    [END] = {0}};

/* POST and SYNAPSE columns. */
enum { POST_PROTEIN, POST_BEFORE, POST_CHANGE, POST_GAIN };
enum { SYN_EARLY, SYN_CALCIUM, SYN_LATE, SYN_ORDINAL };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    (void)dt;
    (void)k;
    if (p[THETA_D] > p[THETA_P])
        return ecp_fail(ECP_ECONFIG, "theta_d (%g) must not lie above theta_p (%g)", p[THETA_D],
                        p[THETA_P]);
    return ECP_OK;
}

/* ---- early phase ------------------------------------------------------------- */

/* One synapse on its way; time in steps since the visit's beginning. */
struct synapse {
    const struct ecp_visit *v;
    struct ecp_path path;
    uint32_t begin; /* stamp */
    double time, early, c;
};

/* The noise of a piece: cut at the borders of cells. */
static double wander(struct synapse *s, double to, int up, int down, double rate)
{
    const double *p = s->v->param, dt = s->v->dt;
    const double scale = p[SIGMA] * sqrt((up + down) / p[TAU_H] * dt);
    double at = s->time, sum = 0;
    while (at < to) {
        const uint32_t cell = (s->begin + (uint32_t)at) / ECP_CELL * ECP_CELL;
        const double offset = (double)cell - (double)s->begin;
        const double end = fmin(offset + ECP_CELL, to);
        const double gained =
            ecp_path_at(&s->path, cell, end - offset) - ecp_path_at(&s->path, cell, at - offset);
        const double y = 2 * rate * (end - at) * dt;
        const double kept = y < 1e-8 ? 1 : sqrt((1 - ecp_expd(-y)) / y);
        sum = sum * ecp_expd(-rate * (end - at) * dt) + scale * kept * gained;
        at = end;
    }
    return sum;
}

/* h over a piece on which c crosses no threshold. */
static void follow(struct synapse *s, double to, int up, int down)
{
    const double *p = s->v->param, x = (to - s->time) * s->v->dt;
    const double total = p[RELAX] + up * p[GAMMA_P] + down * p[GAMMA_D];
    const double rate = total / p[TAU_H];
    const double aim = (up * p[GAMMA_P] * (p[H_MAX] - p[H_0]) - down * p[GAMMA_D] * p[H_0]) / total;
    const double noise = p[SIGMA] > 0 && (up || down) ? wander(s, to, up, down, rate) : 0;
    s->early = aim + (s->early - aim) * ecp_expd(-rate * x) + noise;
}

static void go(struct synapse *s, double to)
{
    const double *p = s->v->param, dt = s->v->dt;
    while (s->time < to) {
        const int up = s->c > p[THETA_P], down = s->c > p[THETA_D];
        const double next = up ? p[THETA_P] : down ? p[THETA_D] : 0;
        const double cross = next > 0 ? s->time + p[TAU_CA] / dt * ecp_logd(s->c / next) : INFINITY;
        const double end = fmin(cross, to);
        follow(s, end, up, down);
        s->c = cross <= to ? next : s->c * ecp_expd(-(end - s->time) * dt / p[TAU_CA]);
        s->time = end;
    }
}

/* When calcium of the source's spikes comes, in steps since the visit began. */
struct jumps {
    int n;
    double at[ECP_MAX_RECENT + 2];
};

static void find_jumps(const struct ecp_visit *v, uint32_t begin, struct jumps *jumps)
{
    const double delay = nearbyint(v->param[DELAY_PRE] / v->dt);
    const double from = begin, to = v->now;
    jumps->n = 0;
    for (int k = ECP_MAX_RECENT - 1; k >= 0; k--) {
        const uint32_t spike = v->recent[k];
        if (spike != ECP_NEVER && spike + delay > from && spike + delay <= to)
            jumps->at[jumps->n++] = spike + delay - from;
    }
    if (!v->arrival)
        return;
    const uint32_t oldest = v->recent[ECP_MAX_RECENT - 1]; /* about to be forgotten */
    if (oldest != ECP_NEVER && oldest + delay > to)
        jumps->at[jumps->n++] = to - from;
    if (delay == 0)
        jumps->at[jumps->n++] = to - from;
}

/* The visit's beginning; where the source's spike was applied, `from` lags behind. */
static uint32_t begin_of(const struct ecp_visit *v)
{
    return v->from > v->last ? v->from : v->last;
}

static void bring(struct synapse *s, uint32_t j, const struct jumps *jumps)
{
    const struct ecp_visit *v = s->v;
    const double *p = v->param;
    int k = 0;
    ECP_EACH_EVENT(v, j, at, when, {
        const double then = (double)(when - s->begin);
        for (; k < jumps->n && jumps->at[k] <= then; k++) {
            go(s, jumps->at[k]);
            s->c += p[C_PRE];
        }
        go(s, then);
        s->c += p[C_POST];
    });
    for (; k < jumps->n; k++) {
        go(s, jumps->at[k]);
        s->c += p[C_PRE];
    }
    go(s, (double)(v->now - s->begin));
}

static void show(const struct ecp_visit *v, size_t j)
{
    const double *p = v->param, z = (double)v->synapse[SYN_LATE][j];
    const double w = p[H_0] + (double)v->synapse[SYN_EARLY][j] + p[H_0] * z;
    v->weight[j] = (ecp_real)(w > 0 ? w : 0);
}

static void visit(const struct ecp_visit *v)
{
    const uint32_t start = begin_of(v);
    struct jumps jumps;
    find_jumps(v, start, &jumps);
    for (uint32_t j = 0; j < v->n; j++) {
        struct synapse s = {.v = v,
                            .path =
                                ecp_path_of(v, v->target[j], (uint32_t)v->synapse[SYN_ORDINAL][j]),
                            .begin = start,
                            .early = (double)v->synapse[SYN_EARLY][j],
                            .c = (double)v->synapse[SYN_CALCIUM][j]};
        bring(&s, j, &jumps);
        v->synapse[SYN_EARLY][j] = (ecp_real)s.early;
        v->synapse[SYN_CALCIUM][j] = (ecp_real)s.c;
        show(v, j);
    }
}

static void begin(const struct ecp_visit *v)
{
    const double *p = v->param;
    for (size_t j = 0; j < v->n; j++)
        v->synapse[SYN_EARLY][j] =
            (ecp_real)((double)v->weight[j] - p[H_0] * (1 + (double)v->synapse[SYN_LATE][j]));
}

/* ---- proteins and late phase --------------------------------------------------- */

/* Proteins `x` ms later; synthesis goes on for the first `on` of them. */
static double protein_after(const double *p, double now, double on, double x)
{
    const double first = on < x ? on : x;
    const double then = p[ALPHA] + (now - p[ALPHA]) * ecp_expd(-first / p[TAU_P]);
    return then * ecp_expd(-(x - first) / p[TAU_P]);
}

/* 1 - exp(-x), x >= 0. */
static double share(double x)
{
    return x < 1e-5 ? x * (1 - 0.5 * x) : 1 - ecp_expd(-x);
}

/* Integral of proteins over those x ms, in tau_z. */
static double gain_over(const double *p, double now, double on, double x)
{
    const double first = on < x ? on : x;
    const double then = protein_after(p, now, on, first);
    const double grown = p[ALPHA] * first + (now - p[ALPHA]) * p[TAU_P] * share(first / p[TAU_P]);
    return (grown + then * p[TAU_P] * share((x - first) / p[TAU_P])) / p[TAU_Z];
}

/* Time until something that relaxes with h falls below `limit`; 0: it has. */
static double time_above(const double *p, double size, double limit)
{
    if (size <= limit)
        return 0;
    return limit > 0 ? p[TAU_H] / p[RELAX] * ecp_logd(size / limit) : INFINITY;
}

static void gather(const struct ecp_visit *v, ecp_real *const *sum)
{
    const ecp_real *early = v->synapse[SYN_EARLY];
    for (size_t j = 0; j < v->n; j++)
        sum[0][v->target[j]] += early[j] < 0 ? -early[j] : early[j];
}

/* `span` ms on; synthesis as it is now, or as long as all relaxes. */
static void go_on(const struct ecp_post_block *b, double span, int relaxing)
{
    const double *p = b->param;
    for (size_t i = 0; i < b->n; i++) {
        const double now = (double)b->post[POST_PROTEIN][i], sum = (double)b->sum[0][i];
        const double on = relaxing             ? time_above(p, sum, p[THETA_PRO])
                          : sum > p[THETA_PRO] ? span
                                               : 0;
        b->post[POST_CHANGE][i] = b->sum[0][i];
        b->post[POST_BEFORE][i] = b->post[POST_PROTEIN][i];
        b->post[POST_GAIN][i] = (ecp_real)gain_over(p, now, on, span);
        b->post[POST_PROTEIN][i] = (ecp_real)protein_after(p, now, on, span);
    }
}

static void settle(const struct ecp_post_block *b)
{
    go_on(b, b->param[PERIOD], 0);
}

static void pass_targets(const struct ecp_post_block *b)
{
    go_on(b, b->span, 1);
}

/* The late phase after the share `gain` of its way; tagged by `early`. */
static double late_after(const double *p, double z, double early, double gain)
{
    if (early > p[THETA_TAG])
        return p[Z_MAX] - (p[Z_MAX] - z) * ecp_expd(-gain);
    if (early < -p[THETA_TAG])
        return p[Z_MIN] + (z - p[Z_MIN]) * ecp_expd(-gain);
    return z;
}

static void apply(const struct ecp_visit *v)
{
    for (size_t j = 0; j < v->n; j++) {
        ecp_real *z = &v->synapse[SYN_LATE][j];
        *z = (ecp_real)late_after(v->param, (double)*z, (double)v->synapse[SYN_EARLY][j],
                                  (double)v->post[POST_GAIN][v->target[j]]);
        show(v, j);
    }
}

static void pass(const struct ecp_visit *v)
{
    const double *p = v->param, span = (v->now - v->from) * v->dt;
    for (size_t j = 0; j < v->n; j++) {
        const size_t i = v->target[j];
        const double early = (double)v->synapse[SYN_EARLY][j];
        const double tagged = fmin(span, time_above(p, fabs(early), p[THETA_TAG]));
        const double on = time_above(p, (double)v->post[POST_CHANGE][i], p[THETA_PRO]);
        const double gain = gain_over(p, (double)v->post[POST_BEFORE][i], on, tagged);
        ecp_real *z = &v->synapse[SYN_LATE][j];
        *z = (ecp_real)late_after(p, (double)*z, early, gain);
    }
    visit(v);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_stc) = {
    .name = "stc",
    .summary = "synaptic tagging and capture: calcium, tags, proteins, a late phase",
    .equations =
        "tau_ca dc/dt = -c;  c += c_pre a time delay_pre after a spike of the source,\n"
        "  c += c_post at a spike of the target\n"
        "tau_h dh/dt = relax (h_0 - h) + gamma_p (h_max - h) [c > theta_p] - gamma_d h [c > "
        "theta_d]\n"
        "  + sigma sqrt(tau_h ([c > theta_p] + [c > theta_d])) xi(t)\n"
        "tau_p dp/dt = -p + alpha [sum over the target's synapses of |h - h_0| > theta_pro]\n"
        "tau_z dz/dt = p ((z_max - z) [h - h_0 > theta_tag] - (z - z_min) [h_0 - h > theta_tag])\n"
        "w = h + h_0 z, not below 0;  kept: early = h - h_0\n"
        "\n"
        "delay_pre counts from the arrival: a published 18.8 ms with an axonal delay of 3 ms\n"
        "is 15.8 ms. Of a source's spikes at most 16 wait for their calcium. p and z go on\n"
        "every period; over a phase with fast_forward they are exact.",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .aliases = "",
    .verified_by = "tests/verify/verify_stc.c",
    .fields = fields,
    .n_sums = 1,
    .n_recent = ECP_MAX_RECENT,
    .axonal_only = 1,
    .derive = derive,
    .begin = begin,
    .visit = visit,
    .gather = gather,
    .settle = settle,
    .apply = apply,
    .pass_targets = pass_targets,
    .pass = pass};
