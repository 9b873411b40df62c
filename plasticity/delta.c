/* delta.c -- the delta rule with spikes: three factors, of which the third is the error of
 * the target.
 *
 *   spike of the source: w += eta error_i    (weights are magnitudes, within 0 and w_max)
 *
 * error_i is a field of the target's model (lif_taught: rate of its teacher less its own).
 * On average dw_ij/dt = eta r_j (v_i - y_i): the rule of Widrow and Hoff, with the rate r_j of
 * the source as the key and v_i as the value. Inhibitory synapses take a negative eta.
 * Verified in tests/verify/verify_delta.c. */
#include "engine/visit.h"

enum { ERROR, ETA, W_MAX, END };

static const struct ecp_field fields[] = {
    [ERROR] = {"error", "Hz", 0, -1e7, 1e7, "error of the target", ECP_POST},
    [ETA] = {"eta", "weight", 0.01, -1e6, 1e6,
             "change at a spike, for each Hz of error; inhibitory: < 0", ECP_PARAM},
    [W_MAX] = {"w_max", "weight", 100, 1e-12, 1e9, "largest weight", ECP_PARAM},
    [END] = {0}};

enum { GAIN, TOP };

static enum ecp_status derive(const double *p, double dt, ecp_real *k)
{
    (void)dt;
    k[GAIN] = (ecp_real)p[ETA];
    k[TOP] = (ecp_real)p[W_MAX];
    return ECP_OK;
}

static void advance(const struct ecp_post_block *b)
{
    const ecp_real *restrict seen = b->seen[0];
    ecp_real *restrict error = b->post[0];
    const size_t n = b->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        error[j] = seen[j];
}

static void visit(const struct ecp_visit *v)
{
    const ecp_real gain = v->derived[GAIN], top = v->derived[TOP];
    const ecp_real *restrict error = v->post[0];
    const uint16_t *restrict target = v->target;
    ecp_real *restrict w = v->weight;
    const size_t n = v->n;
    if (!v->arrival)
        return;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        w[j] = ecp_clip(w[j] + gain * error[target[j]], 0, top);
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_delta) = {
    .name = "delta",
    .summary = "delta rule: at spikes of the source, by the error of the target",
    .equations =
        "pre: w += eta error,  error of the target's model (lif_taught: teacher less rate)\n"
        "on average dw/dt = eta r_pre (v - y)",
    .reference = "Widrow & Hoff 1960; Urbanczik & Senn 2014, doi:10.1016/j.neuron.2013.11.030",
    .aliases = "",
    .verified_by = "tests/verify/verify_delta.c",
    .example =
        "populations = {\n"
        "    K = { model = \"spike_source\"; size = 20; };\n"
        "    T = { model = \"spike_source\"; size = 5; };\n"
        "    E = { model = \"lif_taught\"; size = 5; };\n"
        "};\n"
        "projections = (\n"
        "    { source = \"K\"; target = \"E\"; rule = \"all_to_all\"; weight = 50; delay = 1;\n"
        "      plasticity = { rule = \"delta\"; eta = 0.01; w_max = 200; }; },\n"
        "    { source = \"T\"; target = \"E\"; rule = \"one_to_one\"; port = \"lesson\"; weight = "
        "1;\n"
        "      delay = 1; } );",
    .fields = fields,
    .sees = {"error"},
    .axonal_only = 1,
    .derive = derive,
    .advance = advance,
    .visit = visit};
