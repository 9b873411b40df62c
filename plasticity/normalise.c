/* normalise.c -- the sum of the weights of each target is kept (von der Malsburg
 * 1973).
 *
 *   every period:  w *= total / sum of w over the target's synapses
 *
 * `total` is a parameter, or (0) what the sum was at the first period. Synapses
 * that a bound stops there are left behind. Additive pair STDP may run beside it.
 * Verified in tests/verify/verify_homeostasis.c. */
#include "plasticity/additive.h"

enum { KEPT = ADDITIVE_OWN, FACTOR, TOTAL, PERIOD, END };

static const struct ecp_field fields[] = {
    ADDITIVE_FIELDS,
    [KEPT] = {"kept", "weight", 0, 0, 1e12, "sum that is kept (0: not yet known)", ECP_POST},
    [FACTOR] = {"factor", "1", 1, 0, 1e9, "last factor of the weights", ECP_POST},
    [TOTAL] = {"total", "weight", 0, 0, 1e12, "sum of a target's weights; 0: as it was", ECP_PARAM},
    [PERIOD] = {"period", "ms", 20, 1e-3, 1e9, "time between changes", ECP_PARAM},
    [END] = {0}};

static void gather(const struct ecp_visit *v, ecp_real *const *sum)
{
    ecp_real *restrict total = sum[0];
    for (size_t j = 0; j < v->n; j++)
        total[v->target[j]] += v->weight[j];
}

static void settle(const struct ecp_post_block *b)
{
    const ecp_real given = (ecp_real)b->param[TOTAL];
    const ecp_real *restrict sum = b->sum[0];
    ecp_real *restrict kept = b->post[1];
    ecp_real *restrict factor = b->post[2];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real known = kept[j] > 0 ? kept[j] : sum[j];
        kept[j] = given > 0 ? given : known;
        factor[j] = sum[j] > 0 ? kept[j] / sum[j] : 1;
    }
}

static void apply(const struct ecp_visit *v)
{
    additive_scale(v, v->post[2]);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_normalise) = {
    .name = "normalise",
    .summary = "the sum of each target's weights is kept, STDP beside it if wanted",
    .equations = "every period:  w *= total / sum of w over the target's synapses\n"
                 "total = 0: what the sum is at the end of the first period\n"
                 "post: w += a_plus x_pre;  pre: w -= a_minus x_post  (0: off)\n"
                 "dx/dt = -x/tau_x;  x += 1 at a spike\n"
                 "Weights stay within w_min and w_max; a bound that holds one of them leaves\n"
                 "the sum off by as much until the next period.",
    .reference = "von der Malsburg 1973, doi:10.1007/BF00288907",
    .aliases = "",
    .verified_by = "tests/verify/verify_homeostasis.c",
    .fields = fields,
    .n_sums = 1,
    .derive = additive_derive,
    .arrive = additive_arrive,
    .advance = additive_advance,
    .visit = additive_visit,
    .gather = gather,
    .settle = settle,
    .apply = apply};
