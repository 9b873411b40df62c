/* meanfield.c -- the rate that theory gives a sparse random network of LIF
 * neurons with delta synapses, next to the rate of the run.
 *
 * Every neuron gets c_ex excitatory synapses of j mV and c_in inhibitory ones
 * of -g j mV from neurons like itself, and external spikes of j mV at
 * rate_ext Hz in all. With nu the rate sought (Brunel 2000):
 *   mu      = e_l + j tau_m (rate_ext + nu (c_ex - g c_in))
 *   sigma^2 = j^2 tau_m (rate_ext + nu (c_ex + g^2 c_in))
 *   1/nu    = t_ref + tau_m sqrt(pi) Int_a^b exp(u^2) (1 + erf u) du,
 *             a = (v_reset - mu)/sigma, b = (v_th - mu)/sigma
 *   cv^2    = 2 pi (nu tau_m)^2 Int_a^b dx exp(x^2)
 *             Int_-inf^x dy exp(y^2) (1 + erf y)^2
 * valid for asynchronous states and j << v_th - v_reset. c_ex = c_in = 0
 * gives the rate of single neurons under Poisson drive. Verified in
 * tests/verify/verify_meanfield.c. */
#include <math.h>

#include "engine/analysis.h"

enum {
    J,
    G,
    C_EX,
    C_IN,
    RATE_EXT,
    TAU_M,
    T_REF,
    E_L,
    V_TH,
    V_RESET,
    THEORY,
    THEORY_CV,
    RATE,
    RATIO,
    END
};

static const struct ecp_field fields[] = {
    [J] = {"j", "mV", 0.1, 1e-6, 1e3, "jump of an excitatory spike", ECP_PARAM},
    [G] = {"g", "1", 5, 0, 1e3, "inhibition over excitation, per synapse", ECP_PARAM},
    [C_EX] = {"c_ex", "1", 1000, 0, 1e9, "excitatory in-degree", ECP_PARAM},
    [C_IN] = {"c_in", "1", 250, 0, 1e9, "inhibitory in-degree", ECP_PARAM},
    [RATE_EXT] = {"rate_ext", "Hz", 20000, 0, 1e12, "external spikes to a neuron, in all",
                  ECP_PARAM},
    [TAU_M] = {"tau_m", "ms", 20, 1e-3, 1e6, "membrane time constant", ECP_PARAM},
    [T_REF] = {"t_ref", "ms", 2, 0, 1e3, "refractory time", ECP_PARAM},
    [E_L] = {"e_l", "mV", 0, -1e3, 1e3, "resting potential", ECP_PARAM},
    [V_TH] = {"v_th", "mV", 20, -1e3, 1e3, "threshold", ECP_PARAM},
    [V_RESET] = {"v_reset", "mV", 10, -1e3, 1e3, "potential after a spike", ECP_PARAM},
    [THEORY] = {"theory_hz", "Hz", 0, 0, INFINITY, "self-consistent mean-field rate", ECP_RESULT},
    [THEORY_CV] = {"theory_cv", "1", 0, 0, INFINITY, "interval variability at that rate",
                   ECP_RESULT},
    [RATE] = {"rate_hz", "Hz", 0, 0, INFINITY, "measured mean rate", ECP_RESULT},
    [RATIO] = {"ratio", "1", 0, 0, INFINITY, "measured over theory", ECP_RESULT},
    [END] = {0}};

static const double pi = 3.14159265358979323846;

/* Beyond |u| = 26 exp(u^2) leaves the range of doubles: a rate of 0. */
static const double farthest = 26.0;

/* exp(u^2) (1 + erf u) = exp(u^2) erfc(-u). */
static double scaled_erfc(double u)
{
    if (u > -20.0)
        return exp(u * u) * erfc(-u);
    const double s = 1.0 / (2 * u * u);
    return (1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s)))) / (-u * sqrt(pi));
}

/* Gauss-Legendre with 5 points on panels no wider than 0.1. */
static double integral(double (*f)(double at, double given), double given, double a, double b)
{
    static const double node[] = {0.0, 0.53846931010568309, 0.90617984593866399};
    static const double weight[] = {0.56888888888888889, 0.47862867049936647, 0.23692688505618909};
    const int n = (int)fmin(fmax(ceil((b - a) / 0.1), 1), 100000);
    const double half = (b - a) / (2.0 * n);
    double sum = 0;
    for (int k = 0; k < n; k++) {
        const double centre = a + half * (2 * k + 1);
        sum += weight[0] * f(centre, given);
        for (int i = 1; i < 3; i++)
            sum +=
                weight[i] * (f(centre - half * node[i], given) + f(centre + half * node[i], given));
    }
    return sum * half;
}

static double first_passage(double u, double unused)
{
    (void)unused;
    return scaled_erfc(u);
}

/* exp(x^2) exp(y^2) (1 + erf y)^2, for y <= x. */
static double pair(double y, double x)
{
    if (y < 0)
        return exp(x * x - y * y) * scaled_erfc(y) * scaled_erfc(y);
    return exp(x * x + y * y) * erfc(-y) * erfc(-y);
}

/* The integral of that over y: below min(x, 0) it falls as exp(-y^2). */
static double pair_integral(double x, double unused)
{
    (void)unused;
    return integral(pair, x, fmin(x, 0.0) - 6.0, x);
}

struct input {
    double mu, sigma;
};

static struct input input_at(const double *p, double hz)
{
    const double tau = p[TAU_M] * 1e-3;
    const double drive = p[RATE_EXT] + hz * (p[C_EX] - p[G] * p[C_IN]);
    const double noise = p[RATE_EXT] + hz * (p[C_EX] + p[G] * p[G] * p[C_IN]);
    return (struct input){p[E_L] + p[J] * tau * drive, p[J] * sqrt(tau * noise)};
}

/* Rate (Hz) of an LIF neuron under white noise. */
static double rate_of(const double *p, struct input in)
{
    if (in.sigma <= 0) {
        if (in.mu <= p[V_TH])
            return 0;
        return 1e3 / (p[T_REF] + p[TAU_M] * log((in.mu - p[V_RESET]) / (in.mu - p[V_TH])));
    }
    const double a = (p[V_RESET] - in.mu) / in.sigma, b = (p[V_TH] - in.mu) / in.sigma;
    if (b > farthest)
        return 0;
    return 1e3 / (p[T_REF] + p[TAU_M] * sqrt(pi) * integral(first_passage, 0, a, b));
}

static double cv_of(const double *p, struct input in, double hz)
{
    const double a = (p[V_RESET] - in.mu) / in.sigma, b = (p[V_TH] - in.mu) / in.sigma;
    if (hz <= 0 || in.sigma <= 0 || b > farthest / 2 || a < -200)
        return NAN;
    const double per_tau = hz * p[TAU_M] * 1e-3;
    return sqrt(2 * pi * per_tau * per_tau * integral(pair_integral, 0, a, b));
}

/* The lowest fixed point of nu = rate_of(nu): the first change of sign of
 * rate_of(nu) - nu on a geometric grid, then halving. */
static double self_consistent(const double *p)
{
    const double ceiling = p[T_REF] > 0 ? fmin(1e3 / p[T_REF], 1e5) : 1e5;
    double low = 0, high = 1e-6;
    while (high < ceiling && rate_of(p, input_at(p, high)) > high) {
        low = high;
        high *= 1.05;
    }
    high = fmin(high, ceiling);
    for (int k = 0; k < 100; k++) {
        const double middle = (low + high) / 2;
        if (rate_of(p, input_at(p, middle)) > middle)
            low = middle;
        else
            high = middle;
    }
    return high > 1e-6 ? (low + high) / 2 : 0; /* below, it is silence */
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    const struct ecp_recording *r = call->recording;
    const double *p = call->param;
    if (p[V_RESET] >= p[V_TH])
        return ecp_fail(ECP_EARG, "meanfield: v_reset (%g mV) must lie below v_th (%g mV)",
                        p[V_RESET], p[V_TH]);

    const double theory = self_consistent(p);
    result[THEORY] = theory;
    result[THEORY_CV] = cv_of(p, input_at(p, theory), theory);
    result[RATE] = NAN;
    if (call->population >= 0 && (size_t)call->population < r->n_populations && r->counted > 0) {
        const struct ecp_recorded_population *q = &r->population[call->population];
        if (q->size > 0)
            result[RATE] = 1e3 * (double)q->spikes / ((double)q->size * r->counted);
    }
    result[RATIO] = theory > 0 ? result[RATE] / theory : NAN;
    return ECP_OK;
}

const struct ecp_analysis ecp_analysis_meanfield = {
    .name = "meanfield",
    .summary = "self-consistent rate of a sparse random network with delta synapses",
    .equations = "mu = e_l + j tau_m (rate_ext + nu (c_ex - g c_in))\n"
                 "sigma^2 = j^2 tau_m (rate_ext + nu (c_ex + g^2 c_in))\n"
                 "1/nu = t_ref + tau_m sqrt(pi) Int exp(u^2) (1 + erf u) du,\n"
                 "       u from (v_reset - mu)/sigma to (v_th - mu)/sigma",
    .reference = "Brunel 2000, doi:10.1023/A:1008925309027; Siegert 1951, "
                 "doi:10.1103/PhysRev.81.617",
    .verified_by = "tests/verify/verify_meanfield.c",
    .fields = fields,
    .needs_spikes = 0,
    .run = run};
