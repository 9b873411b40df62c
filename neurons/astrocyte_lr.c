/* astrocyte_lr.c -- Li-Rinzel astrocyte: calcium, receptors of the store, and a slow inward
 * current for neurons.
 *
 *   dIP3/dt = (ip3_0 - IP3)/tau_ip3 + j_ip3     IP3 += delta_ip3 w at a spike of weight w
 *   dCa/dt  = J_channel - J_pump + J_leak + ca_per_pa I_stim + j_ca
 *   dh/dt   = a (1 - h) - b h
 *   a = k_ip3r kd_inh (IP3 + kd_ip3_1)/(IP3 + kd_ip3_2),  b = k_ip3r Ca
 *   J_channel + J_leak = ratio (rate_ip3r m^3 n^3 h^3 + rate_l) (Ca_store - Ca)
 *   m = IP3/(IP3 + kd_ip3_1),  n = Ca/(Ca + kd_act),  Ca_store = (ca_tot - Ca)/ratio
 *   J_pump = rate_serca Ca^2/(km_serca^2 + Ca^2)
 *   i_sic  = sic_scale ln y where y = 1000 (Ca - sic_th) > 1 (nmol/L), else 0
 *
 * The fluxes take Ca as if within 0 and ca_tot. A spike marks the onset of i_sic, as a
 * time of release. IP3 is solved exactly, Ca and h by Runge-Kutta; j_ip3 and j_ca, which
 * other astrocytes bring, are added at the end of the step. What changes in 10 s is lost in
 * the rounding of single precision at steps of 0.1 ms: `..._low` keep what was rounded off.
 * Verified in tests/verify/verify_astrocyte.c. */
#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

enum {
    IP3,
    CA,
    H,
    SIC,
    IP3_LOW,
    CA_LOW,
    H_LOW,
    IN,
    STIM,
    J_IP3,
    J_CA,
    CA_TOT,
    IP3_0,
    KD_IP3_1,
    KD_IP3_2,
    KD_ACT,
    KD_INH,
    KM_SERCA,
    K_IP3R,
    RATE_IP3R,
    RATE_L,
    RATE_SERCA,
    RATIO,
    TAU_IP3,
    DELTA_IP3,
    SIC_TH,
    SIC_SCALE,
    CA_PER_PA,
    END
};

#define MICRO "umol/L"

static const struct ecp_field fields[] = {
    [IP3] = {"ip3", MICRO, 0.16, 0, 1e6, "inositol triphosphate in the cytosol", ECP_STATE},
    [CA] = {"ca", MICRO, 0.073, 0, 1e6, "calcium in the cytosol", ECP_STATE},
    [H] = {"h", "1", 0.793, 0, 1, "receptors of the store that are not inactivated", ECP_STATE},
    [SIC] = {"i_sic", "pA", 0, 0, 1e9, "slow inward current that it gives", ECP_STATE},
    [IP3_LOW] = {"ip3_low", MICRO, 0, -1, 1, "of ip3, what was rounded off", ECP_STATE},
    [CA_LOW] = {"ca_low", MICRO, 0, -1, 1, "of ca, what was rounded off", ECP_STATE},
    [H_LOW] = {"h_low", "1", 0, -1, 1, "of h, what was rounded off", ECP_STATE},
    [IN] = {"in", "1", 0, -1e7, 1e7, "weights that arrive", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [J_IP3] = {"j_ip3", MICRO "/ms", 0, -1e7, 1e7, "ip3 from other astrocytes", ECP_CURRENT},
    [J_CA] = {"j_ca", MICRO "/ms", 0, -1e7, 1e7, "calcium from other astrocytes", ECP_CURRENT},
    [CA_TOT] = {"ca_tot", MICRO, 2, 1e-6, 1e6, "free calcium, of cytosol and store", ECP_PARAM},
    [IP3_0] = {"ip3_0", MICRO, 0.16, 0, 1e6, "ip3 at rest", ECP_PARAM},
    [KD_IP3_1] = {"kd_ip3_1", MICRO, 0.13, 1e-9, 1e6, "first dissociation constant of ip3",
                  ECP_PARAM},
    [KD_IP3_2] = {"kd_ip3_2", MICRO, 0.9434, 1e-9, 1e6, "second dissociation constant of ip3",
                  ECP_PARAM},
    [KD_ACT] = {"kd_act", MICRO, 0.08234, 1e-9, 1e6, "dissociation of calcium, activation",
                ECP_PARAM},
    [KD_INH] = {"kd_inh", MICRO, 1.049, 0, 1e6, "dissociation of calcium, inactivation", ECP_PARAM},
    [KM_SERCA] = {"km_serca", MICRO, 0.1, 1e-9, 1e6, "calcium at which the pump is half",
                  ECP_PARAM},
    [K_IP3R] = {"k_ip3r", "L/umol/ms", 2e-4, 0, 1e3, "binding of calcium, inactivation", ECP_PARAM},
    [RATE_IP3R] = {"rate_ip3r", "1/ms", 0.006, 0, 1e3, "largest rate through receptors", ECP_PARAM},
    [RATE_L] = {"rate_l", "1/ms", 1.1e-4, 0, 1e3, "rate of the store's leak", ECP_PARAM},
    [RATE_SERCA] = {"rate_serca", MICRO "/ms", 9e-4, 0, 1e3, "largest rate of the pump", ECP_PARAM},
    [RATIO] = {"ratio_er_cyt", "1", 0.185, 1e-6, 1e3,
               "volume of the store over that of the cytosol", ECP_PARAM},
    [TAU_IP3] = {"tau_ip3", "ms", 7142, 1e-3, 1e9, "time constant of ip3", ECP_PARAM},
    [DELTA_IP3] = {"delta_ip3", MICRO, 2e-4, 0, 1e6, "jump of ip3 at a spike of weight 1",
                   ECP_PARAM},
    [SIC_TH] = {"sic_th", MICRO, 0.19669, 0, 1e6, "calcium above which i_sic flows", ECP_PARAM},
    [SIC_SCALE] = {"sic_scale", "pA", 1, 1e-12, 1e9, "i_sic for each e-fold of calcium", ECP_PARAM},
    [CA_PER_PA] = {"ca_per_pa", MICRO "/ms/pA", 1, -1e6, 1e6, "flux for each pA of the stimuli",
                   ECP_PARAM},
    [END] = {0}};

/* As in `derived`, one number after the other. */
struct form {
    ecp_real ip3_0, to_half, to_end; /* parts of the way to ip3_0 in half a piece, in a piece */
    ecp_real kd1, kd2, act, km2, inh, k, channel, leak, pump, ratio, tot;
    ecp_real piece, pieces, dt, jump, th, scale, per_pa;
};

_Static_assert(sizeof(struct form) <= ECP_MAX_DERIVED * sizeof(ecp_real), "fits derived");

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const double pieces = ceil(dt - 1e-9), piece = dt / pieces; /* at most 1 ms each */
    const struct form form = {.ip3_0 = (ecp_real)p[IP3_0],
                              .to_half = (ecp_real)-expm1(-piece / 2 / p[TAU_IP3]),
                              .to_end = (ecp_real)-expm1(-piece / p[TAU_IP3]),
                              .kd1 = (ecp_real)p[KD_IP3_1],
                              .kd2 = (ecp_real)p[KD_IP3_2],
                              .act = (ecp_real)p[KD_ACT],
                              .km2 = (ecp_real)(p[KM_SERCA] * p[KM_SERCA]),
                              .inh = (ecp_real)(p[K_IP3R] * p[KD_INH]),
                              .k = (ecp_real)p[K_IP3R],
                              .channel = (ecp_real)p[RATE_IP3R],
                              .leak = (ecp_real)p[RATE_L],
                              .pump = (ecp_real)p[RATE_SERCA],
                              .ratio = (ecp_real)p[RATIO],
                              .tot = (ecp_real)p[CA_TOT],
                              .piece = (ecp_real)piece,
                              .pieces = (ecp_real)pieces,
                              .dt = (ecp_real)dt,
                              .jump = (ecp_real)p[DELTA_IP3],
                              .th = (ecp_real)p[SIC_TH],
                              .scale = (ecp_real)p[SIC_SCALE],
                              .per_pa = (ecp_real)p[CA_PER_PA]};
    memcpy(k, &form, sizeof form);
    return ECP_OK;
}

/* ---- one piece of a step ------------------------------------------------------ */

struct slopes {
    ecp_real ca, h;
};

static inline struct slopes slopes_at(const struct form *f, ecp_real ip3, ecp_real free, ecp_real h)
{
    const ecp_real low = free < 0 ? 0 : free, ca = low > f->tot ? f->tot : low;
    const ecp_real bound = ip3 + f->kd1;
    const ecp_real open = ip3 * ca * h / (bound * (ca + f->act));
    const ecp_real out = f->channel * (open * open * open) + f->leak;
    const ecp_real store = f->tot - ca - f->ratio * ca; /* ratio (Ca_store - Ca) */
    return (struct slopes){out * store - f->pump * ca * ca / (f->km2 + ca * ca),
                           f->inh * bound / (ip3 + f->kd2) * (1 - h) - f->k * ca * h};
}

/* x + add, with what was rounded off before; `low` keeps what is rounded off now. */
static inline ecp_real add_to(ecp_real x, ecp_real add, ecp_real *low)
{
    const ecp_real whole = add + *low, sum = x + whole;
    *low = whole - (sum - x);
    return sum;
}

static void advance(const struct form *f, const struct ecp_block *b)
{
    const struct form k = *f;
    const ecp_real half = k.piece / 2, sixth = k.piece / 6;
    ecp_real *restrict ip3 = b->column[IP3];
    ecp_real *restrict ca = b->column[CA];
    ecp_real *restrict h = b->column[H];
    ecp_real *restrict ip3_low = b->column[IP3_LOW];
    ecp_real *restrict ca_low = b->column[CA_LOW];
    ecp_real *restrict h_low = b->column[H_LOW];
    const ecp_real *restrict stim = b->column[STIM];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real way = k.ip3_0 - ip3[j], push = stim[j] * k.per_pa;
        const ecp_real middle = ip3[j] + way * k.to_half;
        const struct slopes s1 = slopes_at(&k, ip3[j], ca[j], h[j]);
        const struct slopes s2 =
            slopes_at(&k, middle, ca[j] + half * (s1.ca + push), h[j] + half * s1.h);
        const struct slopes s3 =
            slopes_at(&k, middle, ca[j] + half * (s2.ca + push), h[j] + half * s2.h);
        ecp_real rest = ip3_low[j];
        const ecp_real end = add_to(ip3[j], way * k.to_end, &rest);
        const struct slopes s4 =
            slopes_at(&k, end, ca[j] + k.piece * (s3.ca + push), h[j] + k.piece * s3.h);
        ip3[j] = end;
        ip3_low[j] = rest;
        rest = ca_low[j];
        ca[j] = add_to(ca[j], sixth * (((s1.ca + s4.ca) + 2 * (s2.ca + s3.ca)) + 6 * push), &rest);
        ca_low[j] = rest;
        rest = h_low[j];
        h[j] = add_to(h[j], sixth * ((s1.h + s4.h) + 2 * (s2.h + s3.h)), &rest);
        h_low[j] = rest;
    }
}

static void settle(const struct ecp_block *b)
{
    struct form k;
    memcpy(&k, b->derived, sizeof k);
    ecp_real *restrict ip3 = b->column[IP3];
    ecp_real *restrict ca = b->column[CA];
    ecp_real *restrict ip3_low = b->column[IP3_LOW];
    ecp_real *restrict ca_low = b->column[CA_LOW];
    ecp_real *restrict sic = b->column[SIC];
    const ecp_real *restrict in = b->column[IN];
    const ecp_real *restrict j_ip3 = b->column[J_IP3];
    const ecp_real *restrict j_ca = b->column[J_CA];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        ecp_real rest = ip3_low[j];
        const ecp_real more = add_to(ip3[j], k.jump * in[j] + k.dt * j_ip3[j], &rest);
        ip3[j] = more > 0 ? more : 0;
        ip3_low[j] = more > 0 ? rest : 0;
        rest = ca_low[j];
        ca[j] = add_to(ca[j], k.dt * j_ca[j], &rest);
        ca_low[j] = rest;
        const ecp_real y = 1000 * (ca[j] - k.th), was = sic[j];
        sic[j] = y > 1 ? k.scale * ecp_log(y > 1 ? y : 1) : 0;
        fired[j] = (uint8_t)(was <= 0 && sic[j] > 0);
    }
}

static void update(const struct ecp_block *b)
{
    struct form form;
    memcpy(&form, b->derived, sizeof form);
    for (int k = 0; k < (int)form.pieces; k++)
        advance(&form, b);
    settle(b);
}

static const struct ecp_scheme schemes[] = {
    {"rk4", 4, "ip3 exactly, Runge-Kutta for the rest, at most 1 ms a piece", update}, {0}};

/* ---- the plain equations -------------------------------------------------------- */

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double ip3 = y[0], ca = fmax(0, fmin(y[1], p[CA_TOT])), h = y[2];
    const double m = ip3 / (ip3 + p[KD_IP3_1]), n = ca / (ca + p[KD_ACT]);
    const double store = (p[CA_TOT] - ca) / p[RATIO];
    const double leak = p[RATIO] * p[RATE_L] * (store - ca);
    const double channel = p[RATIO] * p[RATE_IP3R] * pow(m * n * h, 3) * (store - ca);
    const double pump = p[RATE_SERCA] * ca * ca / (p[KM_SERCA] * p[KM_SERCA] + ca * ca);
    (void)waiting;
    dydt[0] = (p[IP3_0] - ip3) / p[TAU_IP3];
    dydt[1] = channel - pump + leak + p[CA_PER_PA] * stim;
    dydt[2] =
        p[K_IP3R] * (p[KD_INH] * (ip3 + p[KD_IP3_1]) / (ip3 + p[KD_IP3_2]) * (1 - h) - ca * h);
}

static const struct ecp_flow flow = {
    .n = 3, .state = {IP3, CA, H}, .stimulus = STIM, .wait = -1, .slope = slope, .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_astrocyte_lr) = {
    .name = "astrocyte_lr",
    .summary = "Li-Rinzel astrocyte: ip3, calcium, and a slow inward current for neurons",
    .equations =
        "dIP3/dt = (ip3_0 - IP3)/tau_ip3 + j_ip3;  IP3 += delta_ip3 w at a spike of weight w\n"
        "dCa/dt  = J_channel - J_pump + J_leak + ca_per_pa I_stim + j_ca\n"
        "dh/dt   = k_ip3r (kd_inh (IP3 + kd_ip3_1)/(IP3 + kd_ip3_2) (1 - h) - Ca h)\n"
        "J_channel + J_leak = ratio_er_cyt (rate_ip3r m^3 n^3 h^3 + rate_l) (Ca_store - Ca)\n"
        "m = IP3/(IP3 + kd_ip3_1), n = Ca/(Ca + kd_act), Ca_store = (ca_tot - Ca)/ratio_er_cyt\n"
        "J_pump = rate_serca Ca^2/(km_serca^2 + Ca^2);  Ca in fluxes: within 0 and ca_tot\n"
        "i_sic = sic_scale ln y where y = 1000 (Ca - sic_th) > 1, else 0\n"
        "i_sic sets in: a spike, to mark a release; nothing else follows from it",
    .reference = "Li & Rinzel 1994, doi:10.1006/jtbi.1994.1041; Nadkarni & Jung 2003, "
                 "doi:10.1103/PhysRevLett.91.268101",
    .aliases = "nest:astrocyte_lr_1994",
    .verified_by = "tests/verify/verify_astrocyte.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
