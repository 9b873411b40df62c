/* clopath.c -- voltage-based plasticity (Clopath, Buesing, Vasilaki & Gerstner
 * 2010).
 *
 *   pre:     w -= A [u_minus - theta_minus]+
 *   always:  dw/dt = a_ltp x_pre [u - theta_plus]+ [u_plus - theta_minus]+
 *   tau_x dx_pre/dt = -x_pre;  x_pre += 1/tau_x at a spike of the source
 *   u is the target's potential; u_minus, u_plus are its low-pass filters with
 *   tau_minus, tau_plus, delay_u ago
 *   A = a_ltd, or a_ltd (u_bar/u_ref)^2 with u_bar the low-pass filter of
 *   u_minus - u_rest with tau_bar
 *
 * u is taken at the end of each step and held through the next for the filters;
 * potentiation in a step is its value at the end times dt. A synapse hears of
 * its target only at steps in which u > theta_plus. Verified in
 * tests/verify/verify_clopath.c. */
#include <math.h>

#include "engine/visit.h"

enum {
    X_PRE,
    U_MINUS,
    U_PLUS,
    U_BAR,
    A_LTD,
    A_LTP,
    THETA_PLUS,
    THETA_MINUS,
    TAU_X,
    TAU_MINUS,
    TAU_PLUS,
    TAU_BAR,
    DELAY_U,
    HOMEOSTASIS,
    U_REF,
    U_REST,
    W_MIN,
    W_MAX,
    END
};

static const struct ecp_field fields[] = {
    [X_PRE] = {"x_pre", "1/ms", 0, 0, 1e9, "trace of the source's spikes", ECP_PRE},
    [U_MINUS] = {"u_minus", "mV", -70.6, -1e4, 1e4, "filtered potential, for depression", ECP_POST},
    [U_PLUS] = {"u_plus", "mV", -70.6, -1e4, 1e4, "filtered potential, for potentiation", ECP_POST},
    [U_BAR] = {"u_bar", "mV", 0, -1e4, 1e4, "mean depolarisation", ECP_POST},
    [A_LTD] = {"a_ltd", "weight/mV", 14e-5, 0, 1e9, "size of depression", ECP_PARAM},
    [A_LTP] = {"a_ltp", "weight/mV^2", 8e-5, 0, 1e9, "size of potentiation", ECP_PARAM},
    [THETA_PLUS] = {"theta_plus", "mV", -45.3, -1e3, 1e3, "potential needed for potentiation",
                    ECP_PARAM},
    [THETA_MINUS] = {"theta_minus", "mV", -70.6, -1e3, 1e3, "filtered potential needed for changes",
                     ECP_PARAM},
    [TAU_X] = {"tau_x", "ms", 15, 1e-3, 1e6, "time constant of x_pre", ECP_PARAM},
    [TAU_MINUS] = {"tau_minus", "ms", 10, 1e-3, 1e6, "time constant of u_minus", ECP_PARAM},
    [TAU_PLUS] = {"tau_plus", "ms", 7, 1e-3, 1e6, "time constant of u_plus", ECP_PARAM},
    [TAU_BAR] = {"tau_bar", "ms", 500, 1e-3, 1e7, "time constant of u_bar", ECP_PARAM},
    [DELAY_U] = {"delay_u", "ms", 5, 0, 1e3, "delay of u_minus and u_plus, whole steps", ECP_PARAM},
    [HOMEOSTASIS] = {"homeostasis", "1", 0, 0, 1, "depression: constant, or adaptive by u_bar",
                     ECP_PARAM},
    [U_REF] = {"u_ref", "mV", 7.745966692414834, 1e-6, 1e3, "u_bar at which depression is a_ltd",
               ECP_PARAM},
    [U_REST] = {"u_rest", "mV", -70.6, -1e3, 1e3, "potential from which u_bar counts", ECP_PARAM},
    [W_MIN] = {"w_min", "weight", 0, 0, 1e9, "least weight", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"homeostasis", "constant adaptive"}, {NULL, NULL}};

enum {
    RATE_X,
    KICK_X,
    NEAR_MINUS,
    NEAR_PLUS,
    NEAR_BAR,
    REST,
    PER_STEP,
    HIGH,
    LOW,
    DEPRESS,
    PER_SQUARE,
    BOTTOM,
    TOP
};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[W_MIN] >= p[W_MAX])
        return ecp_fail(ECP_ECONFIG, "w_min (%g) must lie below w_max (%g)", p[W_MIN], p[W_MAX]);
    k[RATE_X] = (ecp_real)(-dt / p[TAU_X]);
    k[KICK_X] = (ecp_real)(1 / p[TAU_X]);
    k[NEAR_MINUS] = (ecp_real)-expm1(-dt / p[TAU_MINUS]);
    k[NEAR_PLUS] = (ecp_real)-expm1(-dt / p[TAU_PLUS]);
    k[NEAR_BAR] = (ecp_real)-expm1(-dt / p[TAU_BAR]);
    k[REST] = (ecp_real)p[U_REST];
    k[PER_STEP] = (ecp_real)(p[A_LTP] * dt);
    k[HIGH] = (ecp_real)p[THETA_PLUS];
    k[LOW] = (ecp_real)p[THETA_MINUS];
    k[DEPRESS] = (ecp_real)p[A_LTD];
    k[PER_SQUARE] = (ecp_real)(1 / (p[U_REF] * p[U_REF]));
    k[BOTTOM] = (ecp_real)p[W_MIN];
    k[TOP] = (ecp_real)p[W_MAX];
    return ECP_OK;
}

static void arrive(const struct ecp_source_spike *a)
{
    a->before[0] = a->after[0] * ecp_decay(a->interval, a->derived[RATE_X]);
    a->after[0] = a->before[0] + a->derived[KICK_X];
}

static void mark(const struct ecp_post_block *b)
{
    const ecp_real high = b->derived[HIGH], low = b->derived[LOW], size = b->derived[PER_STEP];
    const ecp_real *restrict u = b->seen[0];
    const ecp_real *restrict u_plus = b->post[1];
    ecp_real *restrict gain = b->mark[0];
    uint8_t *restrict event = b->event;
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        gain[j] = size * (u[j] - high) * (u_plus[j] - low);
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        event[j] = (uint8_t)((u[j] > high) & (u_plus[j] > low));
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real *k = b->derived;
    const ecp_real to_minus = k[NEAR_MINUS], to_plus = k[NEAR_PLUS], to_bar = k[NEAR_BAR];
    const ecp_real rest = k[REST];
    const ecp_real *restrict u = b->late[0];
    ecp_real *restrict u_minus = b->post[0];
    ecp_real *restrict u_plus = b->post[1];
    ecp_real *restrict u_bar = b->post[2];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        u_bar[j] += to_bar * ((u_minus[j] - rest) - u_bar[j]);
        u_minus[j] += to_minus * (u[j] - u_minus[j]);
        u_plus[j] += to_plus * (u[j] - u_plus[j]);
    }
}

static void depress(const struct ecp_visit *v)
{
    const ecp_real *k = v->derived;
    const ecp_real size = k[DEPRESS], low = k[LOW], per_square = k[PER_SQUARE];
    const ecp_real bottom = k[BOTTOM], top = k[TOP];
    const int adaptive = v->param[HOMEOSTASIS] > 0;
    const ecp_real *restrict u_minus = v->post[0];
    const ecp_real *restrict u_bar = v->post[2];
    const uint16_t *restrict target = v->target;
    ecp_real *restrict w = v->weight;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real over = u_minus[target[j]] - low, mean = u_bar[target[j]];
        const ecp_real amount = size * (over > 0 ? over : 0);
        w[j] =
            ecp_clip(w[j] - (adaptive ? amount * (mean * mean * per_square) : amount), bottom, top);
    }
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real rate = v->derived[RATE_X], bottom = v->derived[BOTTOM], top = v->derived[TOP];
    const ecp_real before = v->before[0], after = v->after[0];
    const ecp_real *restrict gain = v->events->mark[0];
    const uint32_t last = v->last;
    if (last != ECP_NEVER)
        ECP_EACH_PENDING(v, w, at, when, {
            const ecp_real x = when == last ? before : after * ecp_decay(when - last, rate);
            w = ecp_clip(w + gain[at] * x, bottom, top);
        });
    if (v->arrival)
        depress(v);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_clopath) = {
    .name = "clopath",
    .summary = "voltage-based plasticity",
    .equations =
        "pre:  w -= A [u_minus - theta_minus]+\n"
        "dw/dt = a_ltp x_pre [u - theta_plus]+ [u_plus - theta_minus]+\n"
        "tau_x dx_pre/dt = -x_pre;  x_pre += 1/tau_x at a spike of the source\n"
        "tau_y du_y/dt = u(t - delay_u) - u_y,  y = minus, plus;  u: the target's potential\n"
        "A = a_ltd (homeostasis = \"constant\") or a_ltd (u_bar/u_ref)^2 (\"adaptive\"),\n"
        "tau_bar du_bar/dt = (u_minus - u_rest) - u_bar\n"
        "\n"
        "Weights stay within w_min and w_max. NEST's u_bar counts from u_rest = 0.",
    .reference = "Clopath, Buesing, Vasilaki & Gerstner 2010, doi:10.1038/nn.2479",
    .aliases = "nest:clopath_synapse",
    .verified_by = "tests/verify/verify_clopath.c",
    .fields = fields,
    .choices = choices,
    .sees = {"v"},
    .lag = "delay_u",
    .n_marks = 1,
    .axonal_only = 1,
    .derive = derive,
    .arrive = arrive,
    .mark = mark,
    .advance = advance,
    .visit = visit};
