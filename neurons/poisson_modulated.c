/* poisson_modulated.c -- a source of Poisson spikes whose rate swings.
 *
 *   rate(t) = rate max(0, 1 + depth sin(2 pi frequency t + phase))
 *
 * t counts from the beginning of the run, so that a phase of the run that
 * changes `rate` goes on with the same wave. In each step a neuron fires with
 * p = 1 - exp(-x), x the mean of rate(t) over the step times dt (the mean
 * before it is cut off at 0): at most one spike a step. The wave is a
 * polynomial and no call of libm, so that all machines agree bit for bit.
 * Verified in tests/verify/verify_sources.c. */
#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

enum { RATE, DEPTH, FREQUENCY, PHASE, UNIFORM, UNIFORM_LOW, END };

static const struct ecp_field fields[] = {
    [RATE] = {"rate", "Hz", 0, 0, 1e6, "rate around which it swings", ECP_PARAM_EACH},
    [DEPTH] = {"depth", "1", 0, 0, 1e3, "size of the swing as a share of rate", ECP_PARAM_EACH},
    [FREQUENCY] = {"frequency", "Hz", 10, 0, 1e5, "how often the wave repeats", ECP_PARAM},
    [PHASE] = {"phase", "rad", 0, -1e3, 1e3, "phase of the wave at t = 0", ECP_PARAM_EACH},
    [UNIFORM] = {"u", "1", 0.5, 0, 1, "random number of the step", ECP_UNIFORM},
    [UNIFORM_LOW] = {"u_low", "1", 0.5, 0, 1, "further digits of it", ECP_UNIFORM},
    [END] = {0}};

/* dt in two parts, as the time of a long run wants more digits than ecp_real
 * has; the mean of the wave over a step is its middle times SHRINK. */
enum { DT_HIGH, DT_LOW, PER_HZ, SHRINK };

static const double pi = 3.141592653589793;

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const double half = pi * p[FREQUENCY] * 1e-3 * dt;
    k[DT_HIGH] = (ecp_real)dt;
    k[DT_LOW] = (ecp_real)(dt - (double)k[DT_HIGH]);
    k[PER_HZ] = (ecp_real)(dt * 1e-3);
    k[SHRINK] = (ecp_real)(half > 0 ? sin(half) / half : 1);
    return ECP_OK;
}

/* sin(2 pi x) for |x| of some thousands; error 1e-9 and that of x itself. */
static inline ecp_real wave(ecp_real x)
{
    /* The sum is rounded to a whole number: 1.5 times 2^23 or 2^52. */
    const ecp_real whole = (ecp_real)(sizeof(ecp_real) == 4 ? 12582912.0 : 6755399441055744.0);
    const ecp_real turn = x - ((x + whole) - whole); /* -1/2 to 1/2 */
    const ecp_real size = turn < 0 ? -turn : turn;
    const ecp_real fold = size > (ecp_real)0.25 ? (ecp_real)0.5 - size : size;
    const ecp_real a = fold * (ecp_real)(2 * 3.141592653589793), square = a * a;
    ecp_real s = (ecp_real)(1.0 / 6227020800.0);
    s = (ecp_real)(-1.0 / 39916800.0) + square * s;
    s = (ecp_real)(1.0 / 362880.0) + square * s;
    s = (ecp_real)(-1.0 / 5040.0) + square * s;
    s = (ecp_real)(1.0 / 120.0) + square * s;
    s = (ecp_real)(-1.0 / 6.0) + square * s;
    s = a + a * square * s;
    return turn < 0 ? -s : s;
}

/* 1 - exp(-x), x >= 0; a series where the difference would lose its digits. */
static inline ecp_real chance(ecp_real x)
{
    const ecp_real one = 1;
    ecp_real series = one - x * (ecp_real)(1.0 / 5);
    series = one - x * (ecp_real)(1.0 / 4) * series;
    series = one - x * (ecp_real)(1.0 / 3) * series;
    series = one - x * (ecp_real)(1.0 / 2) * series;
    return x < (ecp_real)0.03 ? x * series : one - ecp_exp(-x);
}

static void update(const struct ecp_block *b)
{
    const ecp_real *k = b->derived;
    const double dt = (double)k[DT_HIGH] + (double)k[DT_LOW];
    const double turns = b->param[FREQUENCY] * 1e-3 * dt * ((double)b->step + 0.5);
    const ecp_real now = (ecp_real)(turns - floor(turns));
    const ecp_real per_hz = k[PER_HZ], shrink = k[SHRINK];
    const ecp_real per_rad = (ecp_real)(0.5 / 3.141592653589793), one = 1;
    /* u has 23 binary digits, or 32 in double precision; u_low has the next. */
    const ecp_real digit = (ecp_real)(sizeof(ecp_real) == 4 ? 0x1p-23 : 0x1p-32);
    const ecp_real middle = digit / 2;
    const ecp_real *restrict rate = b->column[RATE];
    const ecp_real *restrict depth = b->column[DEPTH];
    const ecp_real *restrict phase = b->column[PHASE];
    const ecp_real *restrict u = b->column[UNIFORM];
    const ecp_real *restrict u_low = b->column[UNIFORM_LOW];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real swing = one + depth[j] * shrink * wave(now + phase[j] * per_rad);
        const ecp_real x = rate[j] * per_hz * (swing > 0 ? swing : 0);
        fired[j] = (u[j] - middle) + digit * u_low[j] < chance(x);
    }
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_poisson_modulated) = {
    .name = "poisson_modulated",
    .summary = "fires at random with a rate that swings like a sine, at most once in a step",
    .equations = "rate(t) = rate max(0, 1 + depth sin(2 pi frequency t + phase))\n"
                 "P(spike in a step) = 1 - exp(-rate(t) dt), independent of all else\n"
                 "depth = 0: a constant rate; piecewise constant where phases of the run change it",
    .reference = "Dayan & Abbott 2001, Theoretical Neuroscience, section 1.4",
    .aliases = "nest:sinusoidal_poisson_generator nest:inhomogeneous_poisson_generator",
    .verified_by = "tests/verify/verify_sources.c",
    .fields = fields,
    .derive = derive,
    .update = update};
