/* A small random network, done again in plain loops over its synapses, in
 * double precision, from the equations: the same spikes. */
#include "engine/connect.h"
#include "engine/draw.h"
#include "tests/unit/network_case.h"

enum { N_E = 80, N_I = 20, N = N_E + N_I, STEPS = 3000, RING = 1024 };

static const double dt = 0.1, tau_m = 10, tau_ex = 0.5, tau_in = 1.5, c_m = 250, e_l = -65;
static const double v_th = -50, v_reset = -65, drive_rate = 12000, drive_weight = 90;

/* ---- the plan ---------------------------------------------------------- */

static void set(struct ecp_plan_population *p)
{
    static const struct {
        const char *field;
        double value;
    } own[] = {{"tau_m", 10}, {"tau_syn_ex", 0.5}, {"tau_syn_in", 1.5}, {"c", 250},
               {"e_l", -65},  {"v_th", -50},       {"v_reset", -65},    {"t_ref", 2}};
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        ECP_ASSERT_OK(ecp_population_set(p, own[k].field, own[k].value));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", ecp_draw_normal(-60, 4)));
}

static struct ecp_plan *network_plan(int weights_spread)
{
    static const char *const names[] = {"E", "I"};
    struct ecp_plan *plan = new_plan(77);
    set(add_population(plan, "E", "lif_exp", N_E));
    set(add_population(plan, "I", "lif_exp", N_I));
    for (int k = 0; k < 4; k++) {
        struct ecp_plan_projection *p = add_projection(plan, names[k / 2], names[k % 2],
                                                       ECP_RULE_FIXED_INDEGREE, k < 2 ? 160 : -600);
        p->number = k < 2 ? 12 : 6;
        p->delay = ecp_draw_bounded(ecp_draw_normal(k % 2 ? 2 : 20, k % 2 ? 1 : 15),
                                    ECP_BOUNDS_REDRAW, dt, 90);
        if (weights_spread) {
            p->weight = ecp_draw_normal(p->weight.a, 30);
            p->precision = ECP_PRECISION_FULL; /* 16 bits would change them */
        }
    }
    for (int k = 0; k < 2; k++)
        add_stimulus(plan, ECP_STIMULUS_POISSON, names[k], drive_rate)->weight = drive_weight;
    (void)add_probe(plan, ECP_PROBE_SPIKES, "E", NULL, 0);
    (void)add_probe(plan, ECP_PROBE_SPIKES, "I", NULL, 0);
    (void)add_phase(plan, "all", STEPS * dt, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* ---- the same by hand --------------------------------------------------- */

struct edge {
    int source, target;
    uint32_t delay;
    double weight;
};

struct by_hand {
    struct edge edge[40 * N];
    size_t n_edges;
    int source_first, target_first;
    double v[N], ex[N], in[N];
    int wait[N];
    double arriving[RING][N][2];
    struct ecp_spike spike[STEPS * N / 20];
    size_t n_spikes;
};

static void keep_batch(void *context, const struct ecp_batch *batch)
{
    struct by_hand *h = context;
    for (size_t k = 0; k < batch->n; k++)
        h->edge[h->n_edges++] = (struct edge){h->source_first + (int)batch->source[k],
                                              h->target_first + (int)batch->target[k],
                                              batch->delay[k], batch->weight[k]};
}

static void take_edges(struct by_hand *h, const struct ecp_plan *plan)
{
    for (size_t k = 0; k < plan->n_projections; k++) {
        struct ecp_connector connector;
        const struct ecp_plan_projection *p = plan->projection[k];
        const struct ecp_emit emit = {keep_batch, h, 1};
        h->source_first = p->source ? N_E : 0;
        h->target_first = p->target ? N_E : 0;
        ECP_ASSERT_OK(ecp_connector_init(&connector, plan, k, ecp_kernels_of(ECP_ISA_BASELINE)));
        ECP_ASSERT_OK(ecp_connect(&connector, 0, p->target ? N_I : N_E, &emit));
        ecp_connector_clear(&connector);
    }
}

static void take_initial(struct by_hand *h, const struct ecp_plan *plan)
{
    const size_t field = (size_t)ecp_field_find(plan->population[0]->model->fields, "v");
    for (int j = 0; j < N; j++) {
        const size_t p = j >= N_E;
        uint32_t word[4];
        ecp_rng_words(ecp_rng_key(plan->seed, ECP_FOR_PARAMETER, p), (uint32_t)(p ? j - N_E : j),
                      (uint32_t)field, 0, word);
        h->v[j] = ecp_draw_quantile(&plan->population[p]->field[field], ecp_rng_uniform(word[0]));
    }
}

/* Number of drive spikes: the inverse of the Poisson distribution at 48 bits
 * of the neuron's own. */
static int drive_count(uint64_t seed, size_t stimulus, uint32_t neuron, uint32_t step)
{
    const double mean = drive_rate * dt * 1e-3;
    struct ecp_philox_key key = ecp_rng_key(seed, ECP_FOR_STIMULUS, stimulus);
    uint32_t word[4], more[4];
    ecp_rng_words(key, neuron, step / 8, 0, word);
    key.tag |= 0x80000000u;
    ecp_rng_words(key, neuron, step, 0, more);
    const uint64_t coarse = word[step % 8 / 2] >> (step % 2 ? 16 : 0) & 0xffff;
    const double u = (double)(coarse << 32 | more[0]) * 0x1p-48;
    double term = exp(-mean), cdf = term;
    int k = 0;
    while (u >= cdf) {
        term *= mean / ++k;
        cdf += term;
    }
    return k;
}

/* Effect on the potential, one step later, of a current that decays. */
static double response(double tau)
{
    return (exp(-dt / tau) - exp(-dt / tau_m)) / (c_m * (1 / tau_m - 1 / tau));
}

static void one_step(struct by_hand *h, uint64_t seed, int step)
{
    int fired[N];
    for (int j = 0; j < N; j++) {
        double *arriving = h->arriving[step % RING][j];
        const uint32_t own = (uint32_t)(j < N_E ? j : j - N_E);
        arriving[0] += drive_weight * drive_count(seed, j >= N_E, own, (uint32_t)step);
        const double moved = e_l + (h->v[j] - e_l) * exp(-dt / tau_m) +
                             h->ex[j] * response(tau_ex) + h->in[j] * response(tau_in);
        if (h->wait[j] > 0)
            h->wait[j]--;
        else
            h->v[j] = moved;
        h->ex[j] = h->ex[j] * exp(-dt / tau_ex) + arriving[0];
        h->in[j] = h->in[j] * exp(-dt / tau_in) + arriving[1];
        arriving[0] = arriving[1] = 0;
        fired[j] = h->v[j] >= v_th;
        if (!fired[j])
            continue;
        h->v[j] = v_reset;
        h->wait[j] = 20;
        CU_ASSERT_FATAL(h->n_spikes < sizeof h->spike / sizeof *h->spike);
        h->spike[h->n_spikes++] = (struct ecp_spike){step + 1, (ecp_lid)j};
    }
    for (size_t k = 0; k < h->n_edges; k++)
        if (fired[h->edge[k].source])
            h->arriving[(step + (int)h->edge[k].delay) % RING][h->edge[k].target]
                       [h->edge[k].weight < 0] += h->edge[k].weight;
}

/* ---- both --------------------------------------------------------------- */

static size_t equal_spikes(const struct by_hand *h, const struct ecp_recording *r)
{
    size_t equal = 0, at[2] = {0, 0};
    for (size_t k = 0; k < h->n_spikes; k++) {
        const size_t p = h->spike[k].index >= N_E;
        const struct ecp_recorded_population *from = &r->population[p];
        if (at[p] == from->n_events)
            break;
        const struct ecp_spike event = from->event[at[p]++];
        if (event.step != h->spike[k].step || event.index + (p ? N_E : 0) != h->spike[k].index)
            break;
        equal++;
    }
    return equal;
}

static void compare(int weights_spread)
{
    struct ecp_plan *plan = network_plan(weights_spread);
    struct by_hand *h = calloc(1, sizeof *h);
    CU_ASSERT_PTR_NOT_NULL_FATAL(h);
    take_edges(h, plan);
    take_initial(h, plan);
    for (int step = 0; step < STEPS; step++)
        one_step(h, plan->seed, step);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    CU_ASSERT(h->n_spikes > 800);
    CU_ASSERT_EQUAL(ecp_network_recording(network)->spikes, h->n_spikes);
    CU_ASSERT_EQUAL(equal_spikes(h, ecp_network_recording(network)), h->n_spikes);
    finish(network, plan);
    free(h);
}

static void constant_weights(void)
{
    compare(0);
}

static void random_weights(void)
{
    compare(1);
}

ECP_TEST_MAIN("a network by hand", {"constant weights", constant_weights},
              {"random weights", random_weights})
