/* poisson_signal.c -- a source of Poisson spikes whose rate follows a slow random
 * signal, or the same signal with its samples shuffled.
 *
 *   s(t) = sum over i < harmonics of falloff^-i a_i sin(2 pi i (t + b_i)/period)
 *   rate(t) = max(lowest, rate + depth s(t)/sd(s))
 *
 * a_i and b_i (of a second) are uniform in (0, 1), drawn from `pattern`: neurons of
 * populations with equal patterns follow one signal. The signal is held for
 * `interval`; after `repeats` periods, in whole samples, it begins again. Shuffled, its
 * samples come in a random order, the same in every round: what is slow is lost, the
 * distribution stays. In each step a neuron fires with 1 - exp(-rate dt): at most one
 * spike a step. No call of libm where bits matter. Verified in
 * tests/verify/verify_poisson_signal.c. */
#include <math.h>

#include "engine/neuron.h"
#include "engine/vector_math.h"

enum {
    NOW,
    RATE,
    DEPTH,
    LOWEST,
    PERIOD,
    REPEATS,
    INTERVAL,
    HARMONICS,
    FALLOFF,
    PATTERN,
    SHUFFLE,
    UNIFORM,
    UNIFORM_LOW,
    END
};

static const struct ecp_field fields[] = {
    [NOW] = {"rate_now", "Hz", -1, -1, 1e6, "rate of this sample; -1: not known yet", ECP_STATE},
    [RATE] = {"rate", "Hz", 5, 0, 1e6, "mean of the rate, but for what lowest cuts off", ECP_PARAM},
    [DEPTH] = {"depth", "Hz", 4, 0, 1e6, "its standard deviation, likewise", ECP_PARAM},
    [LOWEST] = {"lowest", "Hz", 0.1, 0, 1e6, "lowest rate", ECP_PARAM},
    [PERIOD] = {"period", "ms", 3000, 1, 1e9, "period of the signal", ECP_PARAM},
    [REPEATS] = {"repeats", "1", 11, 1, 1e4, "periods of which the order of samples is shuffled",
                 ECP_PARAM},
    [INTERVAL] = {"interval", "ms", 10, 1e-3, 1e6, "time that a sample is held", ECP_PARAM},
    [HARMONICS] = {"harmonics", "1", 128, 2, 1000, "waves in a period, beginning with 0",
                   ECP_PARAM},
    [FALLOFF] = {"falloff", "1", 1.1, 1, 1e3, "how much weaker each next wave is", ECP_PARAM},
    [PATTERN] = {"pattern", "1", 1, 0, 2147483647, "which signal", ECP_PARAM},
    [SHUFFLE] = {"shuffle", "1", 0, 0, 1, "1: samples in a random order", ECP_PARAM},
    [UNIFORM] = {"u", "1", 0.5, 0, 1, "random number of the step", ECP_UNIFORM},
    [UNIFORM_LOW] = {"u_low", "1", 0.5, 0, 1, "further digits of it", ECP_UNIFORM},
    [END] = {0}};

enum { HOLD, SAMPLES, PER_HZ };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    const double samples = ceil(p[REPEATS] * p[PERIOD] / p[INTERVAL] - 1e-9);
    if (p[INTERVAL] < dt)
        return ecp_fail(ECP_ECONFIG, "interval (%g ms) is shorter than a step (%g ms)", p[INTERVAL],
                        dt);
    if (samples > 4194304 || p[INTERVAL] / dt > 4194304)
        return ecp_fail(ECP_ECONFIG,
                        "%g periods of %g ms have %.3g samples of %g ms; allowed: 4194304 samples, "
                        "each of as many steps",
                        p[REPEATS], p[PERIOD], samples, p[INTERVAL]);
    k[HOLD] = (ecp_real)nearbyint(p[INTERVAL] / dt);
    k[SAMPLES] = (ecp_real)samples;
    k[PER_HZ] = (ecp_real)(dt * 1e-3);
    return ECP_OK;
}

/* Sebastiano Vigna's splitmix64: a number of each (pattern, place). */
static uint64_t mix(uint64_t pattern, uint64_t place)
{
    uint64_t z = (pattern << 32 ^ place) + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double uniform(uint64_t pattern, uint64_t place)
{
    return ((double)(mix(pattern, place) >> 11) + 0.5) * 0x1p-53;
}

/* sin(2 pi x) to 1e-9. */
static double wave(double x)
{
    const double turn = x - floor(x + 0.5), size = turn < 0 ? -turn : turn;
    const double fold = size > 0.25 ? 0.5 - size : size;
    const double a = fold * 6.283185307179586, square = a * a;
    double s = 1.0 / 6227020800.0;
    s = -1.0 / 39916800.0 + square * s;
    s = 1.0 / 362880.0 + square * s;
    s = -1.0 / 5040.0 + square * s;
    s = 1.0 / 120.0 + square * s;
    s = -1.0 / 6.0 + square * s;
    s = a + a * square * s;
    return turn < 0 ? -s : s;
}

/* Where sample n of a round comes from: a permutation of 0 .. samples - 1. A cipher
 * of as many bits as hold them (four rounds of Feistel's), again until inside. */
static uint32_t shuffled(uint64_t pattern, uint32_t n, uint32_t samples)
{
    unsigned half = 1;
    while (1u << 2 * half < samples)
        half++;
    const uint32_t mask = (1u << half) - 1;
    do {
        uint32_t left = n >> half, right = n & mask;
        for (uint64_t round = 0; round < 4; round++) {
            const uint32_t next = left ^ ((uint32_t)mix(pattern, (round + 1) << 28 | right) & mask);
            left = right;
            right = next;
        }
        n = left << half | right;
    } while (n >= samples);
    return n;
}

static double rate_of(const double *p, uint32_t sample)
{
    const uint64_t pattern = (uint64_t)p[PATTERN];
    const double t = sample * p[INTERVAL];
    double sum = 0, square = 0, size = 1;
    for (uint64_t i = 1; i < (uint64_t)p[HARMONICS]; i++) {
        size /= p[FALLOFF];
        const double a = size * uniform(pattern, 2 * i);
        const double b = 1e3 * uniform(pattern, 2 * i + 1);
        sum += a * wave((double)i * (t + b) / p[PERIOD]);
        square += a * a;
    }
    const double rate = p[RATE] + p[DEPTH] * sum / sqrt(0.5 * square);
    return rate > p[LOWEST] ? rate : p[LOWEST];
}

/* A new sample where one begins, or where the state is new. */
static void follow(const struct ecp_block *b)
{
    const uint64_t hold = (uint64_t)b->derived[HOLD], step = (uint64_t)b->step;
    ecp_real *now = b->column[NOW];
    if (step % hold != 0 && now[0] >= 0)
        return;
    const uint32_t samples = (uint32_t)b->derived[SAMPLES];
    const uint32_t n = (uint32_t)(step / hold % samples);
    const int shuffle = b->param[SHUFFLE] > 0;
    const uint32_t from = shuffle ? shuffled((uint64_t)b->param[PATTERN], n, samples) : n;
    const ecp_real rate = (ecp_real)rate_of(b->param, from);
    for (size_t j = 0; j < b->n; j++)
        now[j] = rate;
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
    const ecp_real per_hz = b->derived[PER_HZ];
    /* u has 23 binary digits, or 32 in double precision; u_low has the next. */
    const ecp_real digit = (ecp_real)(sizeof(ecp_real) == 4 ? 0x1p-23 : 0x1p-32);
    const ecp_real middle = digit / 2;
    const ecp_real *restrict now = b->column[NOW];
    const ecp_real *restrict u = b->column[UNIFORM];
    const ecp_real *restrict u_low = b->column[UNIFORM_LOW];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

    if (n == 0)
        return;
    follow(b);
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        fired[j] = (u[j] - middle) + digit * u_low[j] < chance(now[j] * per_hz);
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_poisson_signal) = {
    .name = "poisson_signal",
    .summary = "fires at random; its rate follows a slow random signal, or a shuffled one",
    .equations =
        "s(t) = sum over i of falloff^-i a_i sin(2 pi i (t + b_i)/period), a_i, b_i from pattern\n"
        "rate(t) = max(lowest, rate + depth s(t)/sd(s)), held for interval\n"
        "shuffle = 1: the samples of `repeats` periods in a random order\n"
        "P(spike in a step) = 1 - exp(-rate(t) dt), independent of all else",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y",
    .aliases = "",
    .verified_by = "tests/verify/verify_poisson_signal.c",
    .fields = fields,
    .derive = derive,
    .update = update};
