/* poisson.c -- a source of Poisson spikes.
 *
 * In the exact mode intervals are exponential, at real times. On the grid a
 * neuron fires in each step with p = 1 - exp(-rate dt), the chance that a
 * Poisson process has at least one event there: at most one spike a step, so
 * that the mean rate is p/dt, below `rate` by the factor 1 - rate dt/2 (0.5 %
 * at 100 Hz and 0.1 ms). Use a `poisson` stimulus where the full counts
 * matter. Verified in tests/verify/verify_poisson.c and, without a grid, in
 * tests/verify/verify_exact_sources.c. */
#include "engine/neuron.h"

enum { RATE, UNIFORM, END };

static const struct ecp_field fields[] = {
    [RATE] = {"rate", "Hz", 0, 0, 1e6, "mean rate", ECP_PARAM_EACH},
    [UNIFORM] = {"u", "1", 0.5, 0, 1, "random number of the step", ECP_UNIFORM},
    [END] = {0}};

enum { PER_HZ, LARGEST };
enum { DOUBLINGS = 6 };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    (void)p;
    k[PER_HZ] = (ecp_real)(dt * 1e-3 / (1 << DOUBLINGS));
    k[LARGEST] = (ecp_real)0.625; /* 1 - exp(-40) is 1 to the last bit */
    return ECP_OK;
}

/* 1 - exp(-x) without libm, so that all instruction sets agree: the series at
 * y = x/64 <= 0.625, then 1 - exp(-2y) = q (2 - q) with q = 1 - exp(-y), which
 * keeps the relative error. */
static void update(const struct ecp_block *b)
{
    const ecp_real per_hz = b->derived[PER_HZ], largest = b->derived[LARGEST];
    const ecp_real *restrict rate = b->column[RATE];
    const ecp_real *restrict u = b->column[UNIFORM];
    uint8_t *restrict fired = b->fired;
    const size_t n = b->n;
    const ecp_real one = 1;

#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real asked = rate[j] * per_hz;
        const ecp_real y = asked < largest ? asked : largest;
        ecp_real s = one - y * (ecp_real)(1.0 / 14);
        s = one - y * (ecp_real)(1.0 / 13) * s;
        s = one - y * (ecp_real)(1.0 / 12) * s;
        s = one - y * (ecp_real)(1.0 / 11) * s;
        s = one - y * (ecp_real)(1.0 / 10) * s;
        s = one - y * (ecp_real)(1.0 / 9) * s;
        s = one - y * (ecp_real)(1.0 / 8) * s;
        s = one - y * (ecp_real)(1.0 / 7) * s;
        s = one - y * (ecp_real)(1.0 / 6) * s;
        s = one - y * (ecp_real)(1.0 / 5) * s;
        s = one - y * (ecp_real)(1.0 / 4) * s;
        s = one - y * (ecp_real)(1.0 / 3) * s;
        s = one - y * (ecp_real)(1.0 / 2) * s;
        ecp_real q = y * s;
        for (int k = 0; k < DOUBLINGS; k++)
            q = q * (2 - q);
        fired[j] = u[j] < q;
    }
}

static const struct ecp_exact exact = {.kind = ECP_EXACT_POISSON, .rate = RATE};

const struct ecp_neuron_model ECP_VARIANT(ecp_neuron_poisson) = {
    .name = "poisson",
    .summary = "fires at random with a given rate, at most once in a step",
    .equations = "P(spike in a step) = 1 - exp(-rate dt), independent of all else\n"
                 "exact mode: intervals are exponential with mean 1/rate",
    .reference = "Dayan & Abbott 2001, Theoretical Neuroscience, section 1.4",
    .aliases = "nest:poisson_generator pynn:SpikeSourcePoisson",
    .verified_by = "tests/verify/verify_poisson.c",
    .fields = fields,
    .derive = derive,
    .update = update,
    .exact = &exact};
