/* gamma.c -- a renewal source: intervals of dead time plus a gamma law.
 *
 *   interval = t_dead + x,  x of density ~ x^(shape - 1) exp(-shape x / m)
 *   mean interval 1 / rate = t_dead + m;  cv of x: 1 / sqrt(shape)
 *
 * Time runs in units of m: what is left of an interval falls by dt / m a step,
 * so that a rate that changes on the way stretches the rest of it. Spikes have
 * times between the steps, which the next interval goes on from: rounding to
 * steps does not change the rate. At most one spike a step. At t = 0 the
 * source has been running for ever (each neuron somewhere in an interval),
 * unless `left` is given. Verified in tests/verify/verify_gamma.c. */
#include <math.h>
#include <string.h>

#include "engine/neuron.h"

enum { LEFT, ROUNDED, WAIT, UNIFORM, UNIFORM_TOO, RATE, SHAPE, T_DEAD, END };

static const struct ecp_field fields[] = {
    [LEFT] = {"left", "1", -1, -1, 1e6, "mean intervals to the next spike; -1: to be drawn",
              ECP_STATE},
    [ROUNDED] = {"rounded", "1", 0, -1, 1, "what additions to left have lost", ECP_STATE},
    [WAIT] = {"wait", "1", 0, 0, 65535, "steps of dead time left", ECP_COUNTER},
    [UNIFORM] = {"u", "1", 0.5, 0, 1, "random number of the step", ECP_UNIFORM},
    [UNIFORM_TOO] = {"u_too", "1", 0.5, 0, 1, "another", ECP_UNIFORM},
    [RATE] = {"rate", "Hz", 0, 0, 1e6, "mean rate", ECP_PARAM_EACH},
    [SHAPE] = {"shape", "1", 2, 0.01, 1e4, "shape of the gamma law, whole or not; 1: Poisson",
               ECP_PARAM},
    [T_DEAD] = {"t_dead", "ms", 0, 0, 1e3, "time after a spike without another", ECP_PARAM},
    [END] = {0}};

enum { PER_HZ, DEAD_S, DEAD_STEPS };

static const ecp_real debt_most = (ecp_real)0.5; /* spikes that one step cannot hold */

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    if (p[T_DEAD] / dt > 65535)
        return ecp_fail(ECP_ECONFIG, "t_dead (%g ms) is longer than 65535 steps of %g ms",
                        p[T_DEAD], dt);
    k[PER_HZ] = (ecp_real)(dt * 1e-3);
    k[DEAD_STEPS] = (ecp_real)nearbyint(p[T_DEAD] / dt);
    k[DEAD_S] = (ecp_real)(nearbyint(p[T_DEAD] / dt) * dt * 1e-3);
    return ECP_OK;
}

/* ---- random intervals: a short stream from the neuron's numbers of the step */

static uint64_t stream_of(ecp_real u, ecp_real too)
{
    return (uint64_t)((double)u * 0x1p32) << 32 | (uint64_t)((double)too * 0x1p32);
}

/* In (0, 1), by the generator splitmix64 (Steele, Lea & Flood 2014). */
static double next(uint64_t *stream)
{
    uint64_t z = *stream += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return ((double)(z >> 12) + 0.5) * 0x1p-52;
}

/* By Marsaglia's polar method. */
static double next_normal(uint64_t *stream)
{
    for (;;) {
        const double x = 2 * next(stream) - 1, y = 2 * next(stream) - 1;
        const double square = x * x + y * y;
        if (square > 0 && square < 1)
            return x * sqrt(-2 * log(square) / square);
    }
}

/* Mean 1, by the rejection of Marsaglia & Tsang 2000; below shape 1 from the
 * law of shape + 1. */
static double next_gamma(double shape, uint64_t *stream)
{
    const double lift = shape < 1 ? exp(log(next(stream)) / shape) : 1;
    const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = next_normal(stream), root = 1 + c * x, v = root * root * root;
        if (v > 0 && log(next(stream)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v * lift / shape;
    }
}

/* Mean intervals (without dead time) in a second. */
static inline ecp_real pace(ecp_real rate, ecp_real dead_s)
{
    const ecp_real alive = 1 - rate * dead_s;
    return rate / (alive > (ecp_real)1e-3 ? alive : (ecp_real)1e-3);
}

/* Neuron j as it is found in a source that has been running for ever: in dead
 * time, or in an interval, long ones being met more often. */
static void begin(const struct ecp_block *b, size_t j)
{
    const double shape = b->param[SHAPE], dead = (double)b->derived[DEAD_STEPS];
    const double share = (double)b->column[RATE][j] * (double)b->derived[DEAD_S];
    uint64_t stream = stream_of(b->column[UNIFORM][j], b->column[UNIFORM_TOO][j]);
    if (next(&stream) < share) {
        b->counter[WAIT][j] = (uint16_t)ceil(dead * next(&stream));
        b->column[LEFT][j] = (ecp_real)next_gamma(shape, &stream);
    } else {
        const double met = next_gamma(shape + 1, &stream) * (shape + 1) / shape;
        b->column[LEFT][j] = (ecp_real)(met * next(&stream));
    }
    b->column[ROUNDED][j] = 0;
}

static void begin_all(const struct ecp_block *b)
{
    for (size_t j = 0; j < b->n; j++)
        if (b->column[LEFT][j] <= -1)
            begin(b, j);
}

/* The interval after the spike of neuron j; `left` is what the spike was early
 * in its step, as a negative number. */
static void renew(const struct ecp_block *b, size_t j)
{
    uint64_t stream = stream_of(b->column[UNIFORM][j], b->column[UNIFORM_TOO][j]);
    const double drawn = next_gamma(b->param[SHAPE], &stream);
    const ecp_real sum = (ecp_real)((double)b->column[LEFT][j] + drawn);
    b->column[LEFT][j] = sum < -debt_most ? -debt_most : sum;
    b->column[ROUNDED][j] = 0;
    b->counter[WAIT][j] = (uint16_t)b->derived[DEAD_STEPS];
}

static void renew_fired(const struct ecp_block *b)
{
    size_t j = 0;
    for (uint64_t eight; j + sizeof eight <= b->n; j += sizeof eight) {
        memcpy(&eight, b->fired + j, sizeof eight);
        for (size_t i = j; eight && i < j + sizeof eight; i++)
            if (b->fired[i])
                renew(b, i);
    }
    for (; j < b->n; j++)
        if (b->fired[j])
            renew(b, j);
}

static void update(const struct ecp_block *b)
{
    const ecp_real per_hz = b->derived[PER_HZ], dead_s = b->derived[DEAD_S];
    ecp_real *restrict left = b->column[LEFT];
    ecp_real *restrict rounded = b->column[ROUNDED];
    const ecp_real *restrict rate = b->column[RATE];
    uint16_t *restrict wait = b->counter[WAIT];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;

    if (b->step == 0)
        begin_all(b);
        /* Kahan's sum: slow sources take a million small steps to a spike. */
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real step = pace(rate[j], dead_s) * per_hz;
        const ecp_real fall = wait[j] > 0 ? 0 : step;
        const ecp_real exact = -fall - rounded[j], sum = left[j] + exact;
        const ecp_real due = fall > 0 ? sum : 1;
        rounded[j] = (sum - left[j]) - exact;
        left[j] = sum;
        fired[j] = due <= 0;
    }
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        wait[j] = (uint16_t)(wait[j] - (wait[j] > 0));
    renew_fired(b);
}

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_gamma) = {
    .name = "gamma",
    .summary = "fires regularly or irregularly: independent intervals of a gamma law",
    .equations = "interval = t_dead + x,  p(x) ~ x^(shape - 1) exp(-shape x / m)\n"
                 "1 / rate = t_dead + m;  cv of the intervals = (1 - rate t_dead) / sqrt(shape)\n"
                 "stationary from t = 0 on",
    .reference = "Cox 1962, Renewal Theory; Marsaglia & Tsang 2000, doi:10.1145/358407.358414",
    .aliases = "pynn:SpikeSourceGamma",
    .verified_by = "tests/verify/verify_gamma.c",
    .fields = fields,
    .derive = derive,
    .update = update};
