/* eligibility.h -- what the rules with a third factor share.
 *
 * Pairs of spikes leave an eligibility c, which decays with tau_c and moves the
 * weight by c times the factor M: dw/dt = c M. M follows the modulating
 * population: n jumps by 1/tau_n at each of its spikes and decays with tau_n,
 * and M is n less a constant b, or less n's own running mean m. Between spikes
 * all of these are exponentials; so is what they do to the weight. */
#ifndef ECP_ELIGIBILITY_H
#define ECP_ELIGIBILITY_H

#include <math.h>

#include "engine/visit.h"

enum {
    ELIGIBLE_PRE,
    ELIGIBLE_POST,
    ELIGIBLE_C,
    ELIGIBLE_A_PLUS,
    ELIGIBLE_A_MINUS,
    ELIGIBLE_TAU_PLUS,
    ELIGIBLE_TAU_MINUS,
    ELIGIBLE_TAU_C,
    ELIGIBLE_TAU_N,
    ELIGIBLE_W_MIN,
    ELIGIBLE_W_MAX,
    ELIGIBLE_OWN /* the rule's own fields */
};

/* Without tau_n, whose place another factor may have. */
#define ELIGIBLE_PAIR_FIELDS                                                                       \
    [ELIGIBLE_PRE] = {"x_pre", "1", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},           \
    [ELIGIBLE_POST] = {"x_post", "1", 0, 0, 1e9, "trace of the target's spikes", ECP_POST},        \
    [ELIGIBLE_C] = {"c", "weight", 0, -1e9, 1e9, "eligibility", ECP_SYNAPSE},                      \
    [ELIGIBLE_A_PLUS] = {"a_plus", "weight", 1, -1e9, 1e9, "eligibility by pre before post",       \
                         ECP_PARAM},                                                               \
    [ELIGIBLE_A_MINUS] = {"a_minus", "weight", 1.5, -1e9, 1e9, "loss of it by post before pre",    \
                          ECP_PARAM},                                                              \
    [ELIGIBLE_TAU_PLUS] = {"tau_plus", "ms", 20, 1e-3, 1e6, "time constant of x_pre", ECP_PARAM},  \
    [ELIGIBLE_TAU_MINUS] =                                                                         \
        {"tau_minus", "ms", 20, 1e-3, 1e6, "time constant of x_post", ECP_PARAM},                  \
    [ELIGIBLE_TAU_C] =                                                                             \
        {"tau_c", "ms", 1000, 1e-3, 1e9, "time constant of eligibility", ECP_PARAM},               \
    [ELIGIBLE_W_MIN] = {"w_min", "weight", 0, 0, 1e9, "least weight", ECP_PARAM},                  \
    [ELIGIBLE_W_MAX] = {"w_max", "weight", 200, 1e-12, 1e9, "largest weight", ECP_PARAM}

#define ELIGIBLE_FIELDS                                                                            \
    ELIGIBLE_PAIR_FIELDS, [ELIGIBLE_TAU_N] = {"tau_n",  "ms", 200,                                 \
                                              1e-3,     1e9,  "time constant of the modulator",    \
                                              ECP_PARAM}

enum { ELIGIBLE_RATE_PLUS, ELIGIBLE_LOSS_MINUS, ELIGIBLE_K };

static enum ecp_status eligible_derive(const double *p, double dt, ecp_real *k)
{
    if (p[ELIGIBLE_W_MIN] >= p[ELIGIBLE_W_MAX])
        return ecp_fail(ECP_ECONFIG, "w_min (%g) must lie below w_max (%g)", p[ELIGIBLE_W_MIN],
                        p[ELIGIBLE_W_MAX]);
    k[ELIGIBLE_RATE_PLUS] = (ecp_real)(-dt / p[ELIGIBLE_TAU_PLUS]);
    k[ELIGIBLE_LOSS_MINUS] = (ecp_real)-expm1(-dt / p[ELIGIBLE_TAU_MINUS]);
    return ECP_OK;
}

static void eligible_arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[ELIGIBLE_RATE_PLUS]);
    a->after[0] = a->before[0] + 1;
}

static void eligible_advance(const struct ecp_post_block *b)
{
    const ecp_real loss = b->derived[ELIGIBLE_LOSS_MINUS];
    ecp_real *restrict x = b->post[0];
    const uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    /* A float holds the loss of a step far better than what is left. */
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real with = x[j] + fired[j];
        x[j] = with - with * loss;
    }
}

/* ---- the third factor --------------------------------------------------- */

/* Its course through a visit. tau_m 0: M = n - b, else M = n - m. */
struct eligible_factor {
    double tau_c, tau_n, b, tau_m;
    uint32_t time;
    size_t next; /* spike of the modulating population */
    double n, m;
};

/* 1 - exp(-x/tau) */
static inline double eligible_gone(double x, double tau)
{
    return 1 - ecp_expd(-x / tau);
}

/* When a spike of the modulating population is felt. */
static inline uint32_t eligible_stamp(const struct ecp_visit *v, size_t k)
{
    return v->modulator[k] + v->modulator_shift;
}

/* As it stands at the visit's beginning. */
static inline struct eligible_factor eligible_begin(const struct ecp_visit *v, double b,
                                                    double tau_m, double m)
{
    struct eligible_factor f = {.tau_c = v->param[ELIGIBLE_TAU_C],
                                .tau_n = v->param[ELIGIBLE_TAU_N],
                                .b = b,
                                .tau_m = tau_m,
                                .time = v->from > v->last ? v->from : v->last,
                                .next = v->first_modulator,
                                .m = m};
    while (f.next < v->n_modulator && eligible_stamp(v, f.next) <= f.time)
        f.next++;
    if (f.next > 0)
        f.n = v->modulator_level[f.next - 1] *
              ecp_expd((f.time - eligible_stamp(v, f.next - 1)) * v->dt / -f.tau_n);
    return f;
}

/* On to `to`, before which the modulating population is silent. Returns what an
 * eligibility of 1 at the beginning adds to the weight. */
static inline double eligible_move(struct eligible_factor *f, uint32_t to, double dt)
{
    const double x = (to - f->time) * dt;
    const double tau_cn = 1 / (1 / f->tau_c + 1 / f->tau_n);
    const double kept = ecp_expd(-x / f->tau_n);
    double gain;
    if (f->tau_m == 0) {
        gain = f->n * tau_cn * eligible_gone(x, tau_cn);
        if (f->b != 0)
            gain -= f->b * f->tau_c * eligible_gone(x, f->tau_c);
    } else {
        /* m follows n: part of it runs with n, the rest goes with tau_m. */
        const double tau_cm = 1 / (1 / f->tau_c + 1 / f->tau_m);
        const double with = f->n * f->tau_n / (f->tau_n - f->tau_m), rest = f->m - with;
        gain = (f->n - with) * tau_cn * eligible_gone(x, tau_cn) -
               rest * tau_cm * eligible_gone(x, tau_cm);
        f->m = with * kept + rest * ecp_expd(-x / f->tau_m);
    }
    f->n *= kept;
    f->time = to;
    return gain;
}

/* To the next spike of the modulating population, if it comes by `to`; else to
 * `to`. *more: is there anything left of the way? */
static inline double eligible_leap(struct eligible_factor *f, const struct ecp_visit *v,
                                   uint32_t to, int *more)
{
    *more = f->next < v->n_modulator && eligible_stamp(v, f->next) <= to;
    const double gain = eligible_move(f, *more ? eligible_stamp(v, f->next) : to, v->dt);
    if (*more)
        f->n = v->modulator_level[f->next++];
    return gain;
}

/* ---- synapses -------------------------------------------------------------- */

/* One synapse to the stamp `to`; bounds hold at every spike. */
static inline void eligible_one(struct eligible_factor *f, const struct ecp_visit *v, uint32_t to,
                                ecp_real *weight, ecp_real *c)
{
    const ecp_real low = (ecp_real)v->param[ELIGIBLE_W_MIN];
    const ecp_real high = (ecp_real)v->param[ELIGIBLE_W_MAX];
    int more = 1;
    while (more) {
        const uint32_t start = f->time;
        const double gain = eligible_leap(f, v, to, &more);
        *weight = ecp_clip((ecp_real)(*weight + *c * gain), low, high);
        *c = (ecp_real)(*c * ecp_expd((f->time - start) * v->dt / -f->tau_c));
    }
}

/* Those whose targets did nothing, all at once: the same factors for all. */
static inline struct eligible_factor eligible_all(struct eligible_factor f,
                                                  const struct ecp_visit *v)
{
    ecp_real *restrict w = v->weight;
    ecp_real *restrict c = v->synapse[0];
    const ecp_real low = (ecp_real)v->param[ELIGIBLE_W_MIN];
    const ecp_real high = (ecp_real)v->param[ELIGIBLE_W_MAX];
    const size_t n = v->n;
    int more = 1;
    while (more) {
        const uint32_t start = f.time;
        const ecp_real gain = (ecp_real)eligible_leap(&f, v, v->now, &more);
        const ecp_real keep = (ecp_real)ecp_expd((f.time - start) * v->dt / -f.tau_c);
#pragma omp simd
        for (size_t j = 0; j < n; j++) {
            w[j] = ecp_clip(w[j] + c[j] * gain, low, high);
            c[j] *= keep;
        }
    }
    return f;
}

static inline void eligible_events(struct eligible_factor f, const struct ecp_visit *v, uint32_t j)
{
    const ecp_real gain = (ecp_real)v->param[ELIGIBLE_A_PLUS],
                   rate = v->derived[ELIGIBLE_RATE_PLUS];
    ecp_real *w = &v->weight[j], *c = &v->synapse[0][j];
    ECP_EACH_EVENT(v, j, at, when, {
        eligible_one(&f, v, when, w, c);
        if (v->last != ECP_NEVER)
            *c += gain *
                  (when == v->last ? v->before[0] : v->after[0] * ecp_decay(when - v->last, rate));
    });
    eligible_one(&f, v, v->now, w, c);
}

/* A whole visit, from the factor at its beginning; returns it at the end. */
static inline struct eligible_factor eligible_visit(const struct ecp_visit *v,
                                                    struct eligible_factor f)
{
    ecp_real weight[ECP_VISIT_SIZE], c[ECP_VISIT_SIZE];
    uint32_t pending[ECP_VISIT_SIZE], n_pending = 0;
    for (uint32_t j = 0; j < v->n; j++)
        if (v->events->latest[v->target[j]] > v->from) {
            weight[n_pending] = v->weight[j];
            c[n_pending] = v->synapse[0][j];
            pending[n_pending++] = j;
        }
    const struct eligible_factor end = eligible_all(f, v);
    for (uint32_t k = 0; k < n_pending; k++) {
        v->weight[pending[k]] = weight[k];
        v->synapse[0][pending[k]] = c[k];
        eligible_events(f, v, pending[k]);
    }
    if (v->arrival) {
        const ecp_real loss = (ecp_real)v->param[ELIGIBLE_A_MINUS];
        ecp_real *restrict own = v->synapse[0];
        const ecp_real *restrict post = v->post[0];
        const uint16_t *restrict target = v->target;
        const size_t n = v->n;
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            own[j] -= loss * post[target[j]];
    }
    return end;
}

#endif
