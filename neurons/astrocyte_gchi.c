/* astrocyte_gchi.c -- G-ChI astrocyte: receptors, ip3 with its enzymes, calcium, and what
 * the astrocyte releases.
 *
 *   dY/dt = -omega_c Y                           Y += delta_y w at a spike of weight w
 *   dG/dt = o_n Y (1 - G) - omega_n (1 + zeta C/(C + k_kc)) G
 *   dI/dt = o_beta G + o_delta/(1 + I/kappa_delta) C^2/(C^2 + k_delta^2)
 *           - o_3k C^4/(C^4 + k_d^4) I/(I + k_3k) - omega_5p I + J_ex + j_ip3
 *   J_ex  = -f_ex s/2 (1 + tanh((|I - i_bias| - i_theta)/omega_i)),  s the sign of I - i_bias
 *   dC/dt = (omega_ip3r m^3 h^3 + omega_l) (c_t - (1 + rho_a) C) - o_p C^2/(C^2 + k_p^2)
 *           + ca_per_pa I_stim + j_ca
 *   dh/dt = (q - h (q + C)) o_2 (1 + noise tau_h^0.5 xi),  tau_h = 1/(o_2 (q + C))
 *   m = I/(I + d_1) C/(C + d_5),   q = d_2 (I + d_1)/(I + d_3)
 *   C rises above c_theta: spike, g_a += delta_g u_a x_a, x_a -= u_a x_a
 *   dg_a/dt = -omega_e g_a,  dx_a/dt = omega_a (1 - x_a)
 *   dgamma_s/dt = o_g g_a (1 - gamma_s) - omega_g gamma_s
 *
 * Y: transmitter that synapses spilled, G: receptors bound, I: ip3, C: calcium, g_a:
 * gliotransmitter outside, x_a: part of the vesicles that is full, gamma_s: receptors of
 * synapses that it binds. Noise is taken by Milstein's method over the whole step; h stays
 * within 0 and 1. j_ip3 and j_ca are added at the end of the step; `..._low` keep what is
 * rounded off, as in astrocyte_lr.c. Verified in tests/verify/verify_astrocyte_gchi.c. */
#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

enum {
    Y,
    G,
    IP3,
    CA,
    H,
    G_A,
    X_A,
    G_S,
    LOW, /* of G, IP3, CA, H, X_A, G_S, in this order */
    ABOVE = LOW + 6,
    IN,
    STIM,
    J_IP3,
    J_CA,
    XI,
    OMEGA_CLEAR,
    DELTA_Y,
    O_N,
    OMEGA_N,
    K_KC,
    ZETA,
    O_BETA,
    O_DELTA,
    KAPPA_DELTA,
    K_DELTA,
    O_3K,
    K_D,
    K_3K,
    OMEGA_5P,
    F_EX,
    I_THETA,
    OMEGA_I,
    I_BIAS,
    OMEGA_IP3R,
    OMEGA_L,
    C_T,
    RHO_A,
    O_P,
    K_P,
    D_1,
    D_2,
    D_3,
    D_5,
    O_2,
    NOISE,
    C_THETA,
    DELTA_G,
    U_A,
    OMEGA_A,
    OMEGA_E,
    O_G,
    OMEGA_G,
    CA_PER_PA,
    END
};

#define MICRO                           "umol/L"
#define PART(at, name, meaning, first)  [at] = {name, "1", first, 0, 1, meaning, ECP_STATE}
#define REST(at, name, unit)            [at] = {name, unit, 0, -1, 1, "what was rounded off", ECP_STATE}
#define LEVEL(at, name, meaning, first) [at] = {name, MICRO, first, 0, 1e9, meaning, ECP_STATE}
#define KD(at, name, value, meaning)    [at] = {name, MICRO, value, 1e-9, 1e9, meaning, ECP_PARAM}
#define RATE(at, name, value, meaning)  [at] = {name, "1/s", value, 0, 1e6, meaning, ECP_PARAM}
#define FLUX(at, name, value, meaning)  [at] = {name, MICRO "/s", value, 0, 1e6, meaning, ECP_PARAM}
#define BINDING(at, name, value, meaning)                                                          \
    [at] = {name, "L/umol/s", value, 0, 1e6, meaning, ECP_PARAM}

static const struct ecp_field fields[] = {
    LEVEL(Y, "y_s", "transmitter of synapses", 0),
    PART(G, "gamma", "receptors bound", 0),
    LEVEL(IP3, "ip3", "inositol triphosphate in the cytosol", 0),
    LEVEL(CA, "ca", "calcium in the cytosol", 0),
    PART(H, "h", "receptors of the store that are not inactivated", 0.9),
    LEVEL(G_A, "g_a", "gliotransmitter outside", 0),
    PART(X_A, "x_a", "gliotransmitter at hand", 1),
    PART(G_S, "gamma_s", "receptors of synapses bound by g_a", 0),
    REST(LOW, "gamma_low", "1"),
    REST(LOW + 1, "ip3_low", MICRO),
    REST(LOW + 2, "ca_low", MICRO),
    REST(LOW + 3, "h_low", "1"),
    REST(LOW + 4, "x_a_low", "1"),
    REST(LOW + 5, "gamma_s_low", "1"),
    [ABOVE] = {"above", "1", 0, 0, 1, "1 while calcium is above c_theta", ECP_COUNTER},
    [IN] = {"in", "1", 0, -1e7, 1e7, "weights that arrive", ECP_INPUT},
    [STIM] = {"i_stim", "pA", 0, -1e7, 1e7, "current of the stimuli", ECP_CURRENT},
    [J_IP3] = {"j_ip3", MICRO "/ms", 0, -1e7, 1e7, "ip3 from other astrocytes", ECP_CURRENT},
    [J_CA] = {"j_ca", MICRO "/ms", 0, -1e7, 1e7, "calcium from other astrocytes", ECP_CURRENT},
    [XI] = {"xi", "1", 0, -50, 50, "random number of the noise", ECP_NORMAL},
    RATE(OMEGA_CLEAR, "omega_c", 40, "clearance of y_s"),
    KD(DELTA_Y, "delta_y", 500, "jump of y_s at a spike of weight 1"),
    BINDING(O_N, "o_n", 0.3, "binding of transmitter"),
    RATE(OMEGA_N, "omega_n", 0.5, "inactivation of receptors"),
    KD(K_KC, "k_kc", 0.5, "calcium at which kinase C is half"),
    [ZETA] = {"zeta", "1", 10, 0, 1e6, "how much kinase C inactivates", ECP_PARAM},
    FLUX(O_BETA, "o_beta", 5, "largest production by phospholipase C beta"),
    FLUX(O_DELTA, "o_delta", 0.2, "largest production by phospholipase C delta"),
    KD(KAPPA_DELTA, "kappa_delta", 1.5, "ip3 at which the latter is half"),
    KD(K_DELTA, "k_delta", 0.3, "calcium at which the latter is half"),
    FLUX(O_3K, "o_3k", 4.5, "largest degradation by the 3-kinase"),
    KD(K_D, "k_d", 0.5, "calcium at which the latter is half"),
    KD(K_3K, "k_3k", 1, "ip3 at which the latter is half"),
    RATE(OMEGA_5P, "omega_5p", 0.1, "degradation by the 5-phosphatase"),
    FLUX(F_EX, "f_ex", 0.09, "largest exchange of ip3 with i_bias"),
    [I_THETA] = {"i_theta", MICRO, 0.3, 0, 1e6, "difference at which that is half", ECP_PARAM},
    KD(OMEGA_I, "omega_i", 0.05, "width of that threshold"),
    [I_BIAS] = {"i_bias", MICRO, 0, 0, 1e6, "ip3 elsewhere", ECP_PARAM},
    RATE(OMEGA_IP3R, "omega_ip3r", 6, "largest rate through receptors"),
    RATE(OMEGA_L, "omega_l", 0.1, "rate of the store's leak"),
    KD(C_T, "c_t", 2, "free calcium of the cell"),
    [RHO_A] = {"rho_a", "1", 0.18, 0, 1e3, "volume of the store over that of the cytosol",
               ECP_PARAM},
    FLUX(O_P, "o_p", 0.9, "largest rate of the pump"),
    KD(K_P, "k_p", 0.1, "calcium at which the pump is half"),
    KD(D_1, "d_1", 0.13, "dissociation of ip3"),
    KD(D_2, "d_2", 1.05, "dissociation of calcium, inactivation"),
    KD(D_3, "d_3", 0.9434, "dissociation of ip3, inactivation"),
    KD(D_5, "d_5", 0.08, "dissociation of calcium, activation"),
    BINDING(O_2, "o_2", 0.2, "binding of calcium, inactivation"),
    [NOISE] = {"noise", "1", 0, 0, 100, "strength of the noise of h", ECP_PARAM},
    KD(C_THETA, "c_theta", 0.5, "calcium at which it releases"),
    [DELTA_G] = {"delta_g", MICRO, 130, 0, 1e9, "g_a if all it has were released", ECP_PARAM},
    [U_A] = {"u_a", "1", 0.6, 0, 1, "part of x_a that is released", ECP_PARAM},
    RATE(OMEGA_A, "omega_a", 0.6, "recycling of x_a"),
    RATE(OMEGA_E, "omega_e", 60, "clearance of g_a"),
    BINDING(O_G, "o_g", 1.5, "binding of g_a to synapses"),
    RATE(OMEGA_G, "omega_g", 0.5 / 60, "release of g_a by synapses"),
    [CA_PER_PA] = {"ca_per_pa", MICRO "/ms/pA", 1, -1e6, 1e6, "flux for each pA of the stimuli",
                   ECP_PARAM},
    [END] = {0}};

/* ---- constants ------------------------------------------------------------------ */

enum { PIECE, PIECES, Y_HALF, GA_HALF, STEP, SQRT_STEP, FILL };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const double pieces = ceil(dt - 1e-9), piece = dt / pieces; /* at most 1 ms each */
    k[PIECE] = (ecp_real)piece;
    k[PIECES] = (ecp_real)pieces;
    k[Y_HALF] = (ecp_real)exp(-piece / 2 * p[OMEGA_CLEAR] / 1000);
    k[GA_HALF] = (ecp_real)exp(-piece / 2 * p[OMEGA_E] / 1000);
    k[STEP] = (ecp_real)dt;
    k[SQRT_STEP] = (ecp_real)sqrt(dt / 1000);
    k[FILL] = (ecp_real)-expm1(-dt * p[OMEGA_A] / 1000);
    return ECP_OK;
}

/* The parameters as the loops want them: per ms, squares. */
struct form {
    ecp_real o_n, omega_n, k_kc, zeta, o_beta, o_delta, kappa, k_delta2, o_3k, k_d4, k_3k, omega_5p;
    ecp_real f_ex, theta, steep, bias, ip3r, leak, c_t, volume, o_p, k_p2, d1, d2, d3, d5, o_2;
    ecp_real o_g, omega_g;
};

#define PER_MS(at) ((ecp_real)(p[at] / 1000))
#define AS_IS(at)  ((ecp_real)p[at])

static struct form form_of(const double *p)
{
    return (struct form){.o_n = PER_MS(O_N),
                         .omega_n = PER_MS(OMEGA_N),
                         .k_kc = AS_IS(K_KC),
                         .zeta = AS_IS(ZETA),
                         .o_beta = PER_MS(O_BETA),
                         .o_delta = PER_MS(O_DELTA),
                         .kappa = AS_IS(KAPPA_DELTA),
                         .k_delta2 = (ecp_real)(p[K_DELTA] * p[K_DELTA]),
                         .o_3k = PER_MS(O_3K),
                         .k_d4 = (ecp_real)(p[K_D] * p[K_D] * p[K_D] * p[K_D]),
                         .k_3k = AS_IS(K_3K),
                         .omega_5p = PER_MS(OMEGA_5P),
                         .f_ex = PER_MS(F_EX),
                         .theta = AS_IS(I_THETA),
                         .steep = (ecp_real)(-2 / p[OMEGA_I]),
                         .bias = AS_IS(I_BIAS),
                         .ip3r = PER_MS(OMEGA_IP3R),
                         .leak = PER_MS(OMEGA_L),
                         .c_t = AS_IS(C_T),
                         .volume = (ecp_real)(1 + p[RHO_A]),
                         .o_p = PER_MS(O_P),
                         .k_p2 = (ecp_real)(p[K_P] * p[K_P]),
                         .d1 = AS_IS(D_1),
                         .d2 = AS_IS(D_2),
                         .d3 = AS_IS(D_3),
                         .d5 = AS_IS(D_5),
                         .o_2 = PER_MS(O_2),
                         .o_g = PER_MS(O_G),
                         .omega_g = PER_MS(OMEGA_G)};
}

/* ---- one piece of a step ------------------------------------------------------ */

struct state {
    ecp_real g, i, c, h, s;
};

static inline struct state slopes_at(const struct form *f, struct state x, ecp_real y, ecp_real ga)
{
    const ecp_real c2 = x.c * x.c, c4 = c2 * c2, bound = x.i + f->d1;
    const ecp_real off = x.i - f->bias, apart = off < 0 ? -off : off;
    const ecp_real drawn = f->f_ex / (1 + ecp_exp((apart - f->theta) * f->steep));
    const ecp_real exchange = off > 0 ? drawn : off < 0 ? -drawn : 0;
    const ecp_real open = x.i * x.c * x.h / (bound * (x.c + f->d5));
    const ecp_real q = f->d2 * bound / (x.i + f->d3);
    return (struct state){
        .g = f->o_n * y * (1 - x.g) - f->omega_n * (1 + f->zeta * x.c / (x.c + f->k_kc)) * x.g,
        .i = f->o_beta * x.g + f->o_delta * f->kappa / (f->kappa + x.i) * c2 / (c2 + f->k_delta2) -
             f->o_3k * c4 / (c4 + f->k_d4) * x.i / (x.i + f->k_3k) - f->omega_5p * x.i - exchange,
        .c = (f->ip3r * (open * open * open) + f->leak) * (f->c_t - f->volume * x.c) -
             f->o_p * c2 / (c2 + f->k_p2),
        .h = f->o_2 * (q - x.h * (q + x.c)),
        .s = f->o_g * ga * (1 - x.s) - f->omega_g * x.s};
}

static inline struct state moved(struct state x, struct state s, ecp_real by)
{
    return (struct state){x.g + by * s.g, x.i + by * s.i, x.c + by * s.c, x.h + by * s.h,
                          x.s + by * s.s};
}

/* x + add, with what was rounded off before; `low` keeps what is rounded off now. */
static inline ecp_real add_to(ecp_real x, ecp_real add, ecp_real *low)
{
    const ecp_real whole = add + *low, sum = x + whole;
    *low = whole - (sum - x);
    return sum;
}

static inline ecp_real mean_of(ecp_real a, ecp_real b, ecp_real c, ecp_real d)
{
    return (a + d) + 2 * (b + c);
}

static void advance(const struct form *form, const struct ecp_block *b)
{
    const struct form f = *form;
    const ecp_real piece = b->derived[PIECE], half = piece / 2, sixth = piece / 6;
    const ecp_real y_half = b->derived[Y_HALF], ga_half = b->derived[GA_HALF];
    const ecp_real per_pa = (ecp_real)b->param[CA_PER_PA];
    ecp_real *const *col = b->column;
    ecp_real *restrict y = col[Y];
    ecp_real *restrict g = col[G];
    ecp_real *restrict ip3 = col[IP3];
    ecp_real *restrict ca = col[CA];
    ecp_real *restrict h = col[H];
    ecp_real *restrict ga = col[G_A];
    ecp_real *restrict gs = col[G_S];
    ecp_real *restrict g_low = col[LOW];
    ecp_real *restrict ip3_low = col[LOW + 1];
    ecp_real *restrict ca_low = col[LOW + 2];
    ecp_real *restrict h_low = col[LOW + 3];
    ecp_real *restrict gs_low = col[LOW + 5];
    const ecp_real *restrict stim = col[STIM];
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const struct state x = {g[j], ip3[j], ca[j], h[j], gs[j]};
        const ecp_real push = per_pa * stim[j];
        const ecp_real y1 = y[j] * y_half, y2 = y1 * y_half;
        const ecp_real ga1 = ga[j] * ga_half, ga2 = ga1 * ga_half;
        struct state s1 = slopes_at(&f, x, y[j], ga[j]);
        s1.c += push;
        struct state s2 = slopes_at(&f, moved(x, s1, half), y1, ga1);
        s2.c += push;
        struct state s3 = slopes_at(&f, moved(x, s2, half), y1, ga1);
        s3.c += push;
        struct state s4 = slopes_at(&f, moved(x, s3, piece), y2, ga2);
        s4.c += push;
        ecp_real low[5] = {g_low[j], ip3_low[j], ca_low[j], h_low[j], gs_low[j]};
        g[j] = add_to(x.g, sixth * mean_of(s1.g, s2.g, s3.g, s4.g), &low[0]);
        ip3[j] = add_to(x.i, sixth * mean_of(s1.i, s2.i, s3.i, s4.i), &low[1]);
        ca[j] = add_to(x.c, sixth * mean_of(s1.c, s2.c, s3.c, s4.c), &low[2]);
        h[j] = add_to(x.h, sixth * mean_of(s1.h, s2.h, s3.h, s4.h), &low[3]);
        gs[j] = add_to(x.s, sixth * mean_of(s1.s, s2.s, s3.s, s4.s), &low[4]);
        g_low[j] = low[0];
        ip3_low[j] = low[1];
        ca_low[j] = low[2];
        h_low[j] = low[3];
        gs_low[j] = low[4];
        y[j] = y2;
        ga[j] = ga2;
    }
}

/* ---- the end of the step --------------------------------------------------------- */

static inline ecp_real within(ecp_real x, ecp_real low, ecp_real high)
{
    const ecp_real raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* Noise of h: strength s(h) = noise (h_inf - h)/tau_h^0.5, in seconds. */
static void shake(const struct ecp_block *b)
{
    const struct form f = form_of(b->param);
    const ecp_real noise = (ecp_real)b->param[NOISE], root = b->derived[SQRT_STEP];
    const ecp_real *restrict ip3 = b->column[IP3];
    const ecp_real *restrict ca = b->column[CA];
    const ecp_real *restrict xi = b->column[XI];
    ecp_real *restrict h = b->column[H];
    for (size_t j = 0; j < b->n; j++) {
        const ecp_real q = f.d2 * (ip3[j] + f.d1) / (ip3[j] + f.d3);
        const ecp_real rate = 1000 * f.o_2 * (q + ca[j]), w = root * xi[j];
        const ecp_real strength = noise * (ecp_real)sqrt((double)rate);
        const ecp_real way = q / (q + ca[j]) - h[j];
        const ecp_real kick = way * strength * (w - strength * (w * w - root * root) / 2);
        h[j] = within(h[j] + kick, 0, 1);
    }
}

static void settle(const struct ecp_block *b)
{
    const double *p = b->param;
    const ecp_real jump = (ecp_real)p[DELTA_Y], th = (ecp_real)p[C_THETA], dt = b->derived[STEP];
    const ecp_real glut = (ecp_real)p[DELTA_G], part = (ecp_real)p[U_A];
    ecp_real *const *col = b->column;
    ecp_real *restrict y = col[Y];
    ecp_real *restrict ip3 = col[IP3];
    ecp_real *restrict ca = col[CA];
    ecp_real *restrict ga = col[G_A];
    ecp_real *restrict xa = col[X_A];
    ecp_real *restrict xa_low = col[LOW + 4];
    const ecp_real *restrict in = col[IN];
    const ecp_real *restrict j_ip3 = col[J_IP3];
    const ecp_real *restrict j_ca = col[J_CA];
    uint16_t *restrict above = b->counter[ABOVE];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    if (p[NOISE] > 0)
        shake(b);

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real more = ip3[j] + dt * j_ip3[j], spilled = y[j] + jump * in[j];
        ip3[j] = more > 0 ? more : 0;
        y[j] = spilled > 0 ? spilled : 0;
        const ecp_real now = ca[j] + dt * j_ca[j];
        ca[j] = now > 0 ? now : 0;
        const int high = now > th, release = high && above[j] == 0;
        const ecp_real gone = release ? part * xa[j] : 0;
        ecp_real low = release ? 0 : xa_low[j];
        ga[j] += glut * gone;
        xa[j] = add_to(xa[j], -gone, &low);
        xa_low[j] = low;
        above[j] = (uint16_t)high;
        fired[j] = (uint8_t)release;
    }
}

static void update(const struct ecp_block *b)
{
    const struct form form = form_of(b->param);
    const ecp_real fill = b->derived[FILL];
    ecp_real *restrict xa = b->column[X_A];
    ecp_real *restrict xa_low = b->column[LOW + 4];
    const size_t n = b->n;
    for (int k = 0; k < (int)b->derived[PIECES]; k++)
        advance(&form, b);
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        ecp_real low = xa_low[j];
        xa[j] = add_to(xa[j], (1 - xa[j]) * fill, &low);
        xa_low[j] = low;
    }
    settle(b);
}

static const struct ecp_scheme schemes[] = {
    {"rk4", 4, "linear parts exactly, Runge-Kutta for the rest, at most 1 ms a piece", update},
    {0}};

/* ---- the plain equations -------------------------------------------------------- */

static double exchange(const double *p, double ip3)
{
    const double off = ip3 - p[I_BIAS];
    const double size = 1 + tanh((fabs(off) - p[I_THETA]) / p[OMEGA_I]);
    return off == 0 ? 0 : -copysign(p[F_EX] / 2 * size, off);
}

static double hill(double x, double k, double power)
{
    return pow(x, power) / (pow(x, power) + pow(k, power));
}

static void slope(const double *p, double stim, int waiting, const double *y, double *dydt)
{
    const double g = y[1], i = y[2], c = y[3], h = y[4];
    const double m = i / (i + p[D_1]) * c / (c + p[D_5]);
    const double q = p[D_2] * (i + p[D_1]) / (i + p[D_3]);
    (void)waiting;
    dydt[0] = -p[OMEGA_CLEAR] * y[0];
    dydt[1] = p[O_N] * y[0] * (1 - g) - p[OMEGA_N] * (1 + p[ZETA] * hill(c, p[K_KC], 1)) * g;
    dydt[2] = p[O_BETA] * g + p[O_DELTA] / (1 + i / p[KAPPA_DELTA]) * hill(c, p[K_DELTA], 2) -
              p[O_3K] * hill(c, p[K_D], 4) * hill(i, p[K_3K], 1) - p[OMEGA_5P] * i + exchange(p, i);
    dydt[3] = (p[OMEGA_IP3R] * pow(m * h, 3) + p[OMEGA_L]) * (p[C_T] - (1 + p[RHO_A]) * c) -
              p[O_P] * hill(c, p[K_P], 2) + 1000 * p[CA_PER_PA] * stim;
    dydt[4] = p[O_2] * (q - h * (q + c));
    dydt[5] = -p[OMEGA_E] * y[5];
    dydt[6] = p[OMEGA_A] * (1 - y[6]);
    dydt[7] = p[O_G] * y[5] * (1 - y[7]) - p[OMEGA_G] * y[7];
    for (int k = 0; k < 8; k++)
        dydt[k] /= 1000;
}

static const struct ecp_flow flow = {.n = 8,
                                     .state = {Y, G, IP3, CA, H, G_A, X_A, G_S},
                                     .stimulus = STIM,
                                     .wait = -1,
                                     .slope = slope,
                                     .settle = settle};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_astrocyte_gchi) = {
    .name = "astrocyte_gchi",
    .summary = "G-ChI astrocyte: receptors, ip3 with its enzymes, calcium, gliotransmitter",
    .equations =
        "dY/dt = -omega_c Y;  Y += delta_y w at a spike of weight w\n"
        "dG/dt = o_n Y (1 - G) - omega_n (1 + zeta C/(C + k_kc)) G\n"
        "dI/dt = o_beta G + o_delta/(1 + I/kappa_delta) C^2/(C^2 + k_delta^2)\n"
        "        - o_3k C^4/(C^4 + k_d^4) I/(I + k_3k) - omega_5p I + J_ex + j_ip3\n"
        "J_ex  = -f_ex s/2 (1 + tanh((|I - i_bias| - i_theta)/omega_i)), s = sign(I - i_bias)\n"
        "dC/dt = (omega_ip3r m^3 h^3 + omega_l) (c_t - (1 + rho_a) C)\n"
        "        - o_p C^2/(C^2 + k_p^2) + ca_per_pa I_stim + j_ca\n"
        "dh/dt = o_2 (q - h (q + C)) (1 + noise tau_h^0.5 xi),  tau_h = 1/(o_2 (q + C))\n"
        "m = I/(I + d_1) C/(C + d_5),  q = d_2 (I + d_1)/(I + d_3)\n"
        "C rises above c_theta: spike, g_a += delta_g u_a x_a, x_a -= u_a x_a\n"
        "dg_a/dt = -omega_e g_a,  dx_a/dt = omega_a (1 - x_a)\n"
        "dgamma_s/dt = o_g g_a (1 - gamma_s) - omega_g gamma_s",
    .reference = "De Pitta et al. 2009, doi:10.1007/s10867-009-9155-y; Stimberg et al. 2019, "
                 "doi:10.1007/978-3-030-00817-8_18",
    .aliases = "",
    .verified_by = "tests/verify/verify_astrocyte_gchi.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .schemes = schemes,
    .flow = &flow};
