/* astrocyte_gate.c -- STDP gated by the astrocyte at the synapse's tripartite connection.
 *
 *   dw/dt = eta c M
 *   dc/dt = -c/tau_c;  c += a_plus x_pre at a spike of the target,
 *                      c -= a_minus x_post at a spike of the source
 *   M = 1 while the astrocyte's calcium is above ca_th, else 0 (factor = "calcium");
 *       its slow inward current in pA (factor = "current")
 *
 * M is looked at every `period` and holds until the next; in between all is exact. A
 * synapse without an astrocyte keeps its weight. Verified in
 * tests/verify/verify_astrocyte_gate.c. */
#include "plasticity/eligibility.h"

enum { PERIOD = ELIGIBLE_TAU_N, FACTOR = ELIGIBLE_OWN, CA_TH, ETA, GATE, END };

static const struct ecp_field fields[] = {
    ELIGIBLE_PAIR_FIELDS,
    [PERIOD] = {"period", "ms", 10, 1e-3, 1e6, "time between two looks at the astrocyte",
                ECP_PARAM},
    [FACTOR] = {"factor", "1", 0, 0, 1, "what of the astrocyte: calcium, or current", ECP_PARAM},
    [CA_TH] = {"ca_th", "umol/L", 0.19669, 0, 1e6, "calcium above which weights move", ECP_PARAM},
    [ETA] = {"eta", "1/ms", 1e-3, 0, 1e9, "how fast they move (for each pA of current)", ECP_PARAM},
    [GATE] = {"gate", "1/ms", 0, 0, 1e9, "eta M since the last look", ECP_SYNAPSE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"factor", "calcium current"}, {0}};

/* From where a visit begins; M is one number, which does not decay. */
static inline struct eligible_factor held(const struct ecp_visit *v, ecp_real gate)
{
    return (struct eligible_factor){.tau_c = v->param[ELIGIBLE_TAU_C],
                                    .tau_n = INFINITY,
                                    .time = v->from > v->last ? v->from : v->last,
                                    .n = gate};
}

/* Those whose targets did nothing. */
static void move_all(const struct ecp_visit *v)
{
    const struct eligible_factor f = held(v, 0);
    const double x = (v->now - f.time) * v->dt;
    const ecp_real area = (ecp_real)(f.tau_c * eligible_gone(x, f.tau_c));
    const ecp_real keep = (ecp_real)ecp_expd(-x / f.tau_c);
    const ecp_real low = (ecp_real)v->param[ELIGIBLE_W_MIN];
    const ecp_real high = (ecp_real)v->param[ELIGIBLE_W_MAX];
    ecp_real *restrict w = v->weight;
    ecp_real *restrict c = v->synapse[0];
    const ecp_real *restrict gate = v->synapse[1];
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        w[j] = ecp_clip(w[j] + c[j] * gate[j] * area, low, high);
        c[j] *= keep;
    }
}

static void visit(const struct ecp_visit *v)
{
    ecp_real weight[ECP_VISIT_SIZE], c[ECP_VISIT_SIZE];
    uint32_t pending[ECP_VISIT_SIZE], n_pending = 0;
    for (uint32_t j = 0; j < v->n; j++)
        if (v->events->latest[v->target[j]] > v->from) {
            weight[n_pending] = v->weight[j];
            c[n_pending] = v->synapse[0][j];
            pending[n_pending++] = j;
        }
    move_all(v);
    for (uint32_t k = 0; k < n_pending; k++) {
        const uint32_t j = pending[k];
        v->weight[j] = weight[k];
        v->synapse[0][j] = c[k];
        eligible_events(held(v, v->synapse[1][j]), v, j);
    }
    if (!v->arrival)
        return;
    const ecp_real loss = (ecp_real)v->param[ELIGIBLE_A_MINUS];
    ecp_real *restrict own = v->synapse[0];
    const ecp_real *restrict post = v->post[0];
    const uint16_t *restrict target = v->target;
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        own[j] -= loss * post[target[j]];
}

static void apply(const struct ecp_visit *v)
{
    const int current = v->param[FACTOR] > 0.5;
    const ecp_real eta = (ecp_real)v->param[ETA], th = (ecp_real)v->param[CA_TH];
    const ecp_real *restrict ca = v->third[0];
    const ecp_real *restrict sic = v->third[1];
    ecp_real *restrict gate = v->synapse[1];
    const size_t n = v->n;
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        const ecp_real open = ca[j] > th ? 1 : 0;
        gate[j] = eta * (current ? sic[j] : open);
    }
}

const struct ecp_plasticity ECP_VARIANT(ecp_plasticity_astrocyte_gate) = {
    .name = "astrocyte_gate",
    .summary = "STDP that leaves an eligibility, turned into weight by the synapse's astrocyte",
    .equations = "dw/dt = eta c M,  within w_min and w_max\n"
                 "dc/dt = -c/tau_c;  post: c += a_plus x_pre;  pre: c -= a_minus x_post\n"
                 "dx/dt = -x/tau;    x += 1 at a spike\n"
                 "M = 1 while ca > ca_th, else 0 (factor = \"calcium\"); i_sic (\"current\")\n"
                 "\n"
                 "ca and i_sic are those of the astrocyte at the synapse's tripartite\n"
                 "connection, as late as its shortest delay to a target, looked at every\n"
                 "period; without an astrocyte M = 0. One pair that leaves c_0, calcium above\n"
                 "ca_th from T to T + S after it: w changes by\n"
                 "eta c_0 tau_c exp(-T/tau_c) (1 - exp(-S/tau_c)).",
    .reference = "Fremaux & Gerstner 2016, doi:10.3389/fncir.2015.00085",
    .aliases = "",
    .verified_by = "tests/verify/verify_astrocyte_gate.c",
    .example = "populations = {\n"
               "    E = { model = \"lif_exp\"; size = 100; };\n"
               "    A = { model = \"astrocyte_lr\"; size = 10; };\n"
               "};\n"
               "projections = (\n"
               "    { name = \"E_E\"; source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
               "weight = 1;\n      plasticity = { rule = \"astrocyte_gate\"; a_plus = 1; }; },\n"
               "    { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; "
               "probability = 1;\n      pool_size = 1; pool_type = \"random\"; "
               "to_astrocyte = { weight = 1; };\n      to_target = { weight = 1; }; }\n"
               ");",
    .fields = fields,
    .choices = choices,
    .third = {"ca", "i_sic"},
    .derive = eligible_derive,
    .arrive = eligible_arrive,
    .advance = eligible_advance,
    .visit = visit,
    .apply = apply};
