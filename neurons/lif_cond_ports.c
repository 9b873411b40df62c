/* lif_cond_ports.c -- leaky integrate-and-fire, eight ports with exponential conductances.
 *
 *   c dV/dt = -g_l (V - e_l) - sum_k g_k (V - e_syn_k) + I_stim + i_e,   k = 1..8
 *   tau_syn_k dg_k/dt = -g_k,   g_k += |w| at every spike arriving at port r<k>
 *
 * The threshold is tested at the end of the step; V rests at v_reset while refractory,
 * conductances go on. The schemes are those of lif_parts.h. Where a projection names no
 * port, positive weights go to r1, negative ones to r2.
 *
 * A port with tau_syn_k = 0 is off: what arrives there carries no charge, and it costs
 * no time. A port that is silent in a stretch of neurons is read, but not written.
 * Verified in tests/verify/verify_lif_ports.c. */
#include "neurons/lif_ports.h"

enum {
    V,
    WAIT,
    STIM,
    G,
    R = G + ECP_MAX_PORTS,
    TAU = R + ECP_MAX_PORTS,
    E = TAU + ECP_MAX_PORTS,
    C = E + ECP_MAX_PORTS,
    G_L,
    E_L,
    I_E,
    V_TH,
    V_RESET,
    T_REF,
    END
};

#define PORT(k, reversal)                                                                          \
    [G + k -                                                                                       \
        1] = {"g_" #k, "nS", 0, 0, 1e7, "conductance of port " #k, ECP_STATE},                     \
        [R + k - 1] = {"r" #k, "nS", 0, -1e7, 1e7, "weights that arrive at port " #k, ECP_INPUT},  \
        [TAU + k - 1] = {"tau_syn_" #k, "ms", 2, 0, 1e6, "time constant of port " #k "; 0: off",   \
                         ECP_PARAM},                                                               \
        [E + k - 1] = {"e_syn_" #k, "mV", reversal, -1e3, 1e3, "reversal potential of port " #k,   \
                       ECP_PARAM}

static const struct ecp_field fields[] = {
    [V] = {"v", "mV", -70, -1e4, 1e4, "membrane potential", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "refractory steps left", ECP_COUNTER},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    PORT(1, 0),
    PORT(2, -85),
    PORT(3, 0),
    PORT(4, -85),
    PORT(5, 0),
    PORT(6, -85),
    PORT(7, 0),
    PORT(8, -85),
    [C] = {"c", "pF", 250, 1e-3, 1e6, "membrane capacitance", ECP_PARAM},
    [G_L] = {"g_l", "nS", 16.6667, 1e-6, 1e6, "leak conductance", ECP_PARAM},
    [E_L] = {"e_l", "mV", -70, -1e3, 1e3, "resting potential", ECP_PARAM},
    [I_E] = {"i_e", "pA", 0, -1e7, 1e7, "constant input current", ECP_PARAM},
    [V_TH] = {"v_th", "mV", -55, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", -60, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [END] = {0}};

enum {
    AREA, /* 0: the port is off */
    DECAY = AREA + ECP_MAX_PORTS,
    TILT = DECAY + ECP_MAX_PORTS,
    LEAK = TILT + ECP_MAX_PORTS,
    DRIFT,
    PER_PA,
    THRESHOLD,
    RESET,
    REFRACTORY
};

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    enum ecp_status status = ecp_check_reset(p[V_RESET], p[V_TH], p[T_REF], dt);
    for (int port = 0; status == ECP_OK && port < ECP_MAX_PORTS; port++)
        status = ecp_check_port(port + 1, p[TAU + port]);
    if (status != ECP_OK)
        return status;

    for (int port = 0; port < ECP_MAX_PORTS; port++) {
        const double tau = p[TAU + port];
        struct ecp_moments course = {0, 0};
        if (tau > 0)
            course = ecp_exp_moments(tau, dt);
        k[AREA + port] = (ecp_real)(course.area / p[C]);
        k[TILT + port] = (ecp_real)(course.tilt / p[C]);
        k[DECAY + port] = (ecp_real)(tau > 0 ? exp(-dt / tau) : 0);
    }
    k[LEAK] = (ecp_real)(dt / p[C] * p[G_L]);
    k[DRIFT] = (ecp_real)(dt / p[C] * (p[G_L] * p[E_L] + p[I_E]));
    k[PER_PA] = (ecp_real)(dt / p[C]);
    k[THRESHOLD] = (ecp_real)p[V_TH];
    k[RESET] = (ecp_real)p[V_RESET];
    k[REFRACTORY] = (ecp_real)nearbyint(p[T_REF] / dt);
    return ECP_OK;
}

/* Of the stretch: the integrals that ecp_membrane takes. */
struct sums {
    ecp_real a0[ECP_STRETCH], b0[ECP_STRETCH], a1[ECP_STRETCH], b1[ECP_STRETCH];
};

/* `tilt`: 1 or 0, with the second term of Magnus or without. */
static void sum_port(const struct ecp_stretch *s, int port, ecp_real tilt, struct sums *sums)
{
    const struct ecp_block *b = s->block;
    const ecp_real area = b->derived[AREA + port], decay = b->derived[DECAY + port];
    const ecp_real slope = tilt * b->derived[TILT + port], rest = (ecp_real)b->param[E + port];
    ecp_real *restrict g = b->column[G + port] + s->first;
    const ecp_real *restrict add = b->column[R + port] + s->first;
    ecp_real *restrict a0 = sums->a0, *restrict b0 = sums->b0;
    ecp_real *restrict a1 = sums->a1, *restrict b1 = sums->b1;
    const size_t n = s->n;
    if (!(area > 0) || ecp_port_silent(g, add, n))
        return;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real g0 = g[j] * area, g1 = g[j] * slope;
        a0[j] = a0[j] + g0;
        b0[j] = b0[j] + g0 * rest;
        a1[j] = a1[j] + g1;
        b1[j] = b1[j] + g1 * rest;
        g[j] = g[j] * decay + ecp_magnitude(add[j]);
    }
}

static void advance_stretch(const struct ecp_stretch *s, ecp_real tilt)
{
    const struct ecp_block *b = s->block;
    const ecp_real leak = b->derived[LEAK], drift = b->derived[DRIFT], per_pa = b->derived[PER_PA];
    ecp_real *restrict v = b->column[V] + s->first;
    const ecp_real *restrict stim = b->column[STIM] + s->first;
    const uint16_t *restrict wait = b->counter[WAIT] + s->first;
    struct sums sums;
    const size_t n = s->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        sums.a0[j] = leak;
        sums.b0[j] = drift + stim[j] * per_pa;
        sums.a1[j] = 0;
        sums.b1[j] = 0;
    }
    for (int port = 0; port < ECP_MAX_PORTS; port++)
        sum_port(s, port, tilt, &sums);
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real next =
            ecp_membrane(v[j], sums.a0[j], sums.b0[j] + 0, sums.a1[j], sums.b1[j]);
        v[j] = wait[j] > 0 ? v[j] : next;
    }
}

static void advance_magnus(const struct ecp_stretch *s)
{
    advance_stretch(s, 1);
}

static void advance_euler(const struct ecp_stretch *s)
{
    advance_stretch(s, 0);
}

static void fire(const struct ecp_block *b)
{
    const ecp_real threshold = b->derived[THRESHOLD], reset = b->derived[RESET];
    ecp_real *restrict v = b->column[V];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const int spike = v[j] >= threshold;
        v[j] = spike ? reset : v[j];
        fired[j] = (uint8_t)spike;
    }
    ecp_count_down(fired, (uint16_t)b->derived[REFRACTORY], b->counter[WAIT], n);
}

static void update(const struct ecp_block *b)
{
    ecp_each_stretch(b, advance_magnus);
    fire(b);
}

static void update_euler(const struct ecp_block *b)
{
    ecp_each_stretch(b, advance_euler);
    fire(b);
}

static const struct ecp_scheme schemes[] = {
    {"magnus", 4, "exponential of the step's mean conductances and of their slope", update},
    {"exponential_euler", 2, "exponential of the step's mean conductances", update_euler},
    {0}};

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    double current = -p[G_L] * (y[0] - p[E_L]) + stim + p[I_E];
    for (int port = 0; port < ECP_MAX_PORTS; port++) {
        const int on = p[TAU + port] > 0;
        current -= on ? y[1 + port] * (y[0] - p[E + port]) : 0;
        dydt[1 + port] = on ? -y[1 + port] / p[TAU + port] : 0;
    }
    dydt[0] = waiting ? 0 : current / p[C];
}

static void settle(const struct ecp_block *b)
{
    for (int port = 0; port < ECP_MAX_PORTS; port++)
        for (size_t j = 0; j < b->n && b->param[TAU + port] > 0; j++)
            b->column[G + port][j] += ecp_magnitude(b->column[R + port][j]);
    fire(b);
}

static const struct ecp_flow flow = {
    .n = 1 + ECP_MAX_PORTS,
    .state = {V, G, G + 1, G + 2, G + 3, G + 4, G + 5, G + 6, G + 7},
    .stimulus = STIM,
    .wait = WAIT,
    .slope = slope,
    .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_lif_cond_ports) = {
    .name = "lif_cond_ports",
    .summary = "leaky integrate-and-fire neuron with eight ports of exponential conductances",
    .equations = "c dV/dt = -g_l (V - e_l) - sum_k g_k (V - e_syn_k) + I_stim + i_e;  k = 1..8\n"
                 "tau_syn_k dg_k/dt = -g_k;  g_k += |w| at every spike arriving at port r<k>\n"
                 "V >= v_th: spike, V = v_reset for t_ref",
    .reference = "Meffin, Burkitt & Grayden 2004, doi:10.1023/B:JCNS.0000014108.03012.81",
    .aliases = "",
    .verified_by = "tests/verify/verify_lif_ports.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
