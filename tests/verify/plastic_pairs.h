/* plastic_pairs.h -- a synapse as loops over its spikes see it: at every spike the
 * rule looks at all earlier ones again; no traces, no pieces, no pending events. */
#ifndef ECP_TESTS_PLASTIC_PAIRS_H
#define ECP_TESTS_PLASTIC_PAIRS_H

#include "tests/verify/plastic_case.h"

/* The trains in steps, as they are seen at the synapse. */
struct pairs {
    const struct plastic_case *c;
    size_t n_pre, n_post;
    long long pre[PLASTIC_SPIKES], post[PLASTIC_SPIKES];
};

/* The weight after the spike of the source (is_pre) or the target at `now`. */
typedef double pairs_rule(const struct pairs *p, double weight, long long now, int is_pre);

static inline void pairs_init(struct pairs *p, const struct plastic_case *c)
{
    const long long delay = llround(c->delay / c->dt);
    p->c = c;
    p->n_pre = c->pre.n;
    p->n_post = c->post.n;
    for (size_t k = 0; k < p->n_pre; k++)
        p->pre[k] = llround(c->pre.time[k] / c->dt) + (c->dendritic ? 0 : delay);
    for (size_t k = 0; k < p->n_post; k++)
        p->post[k] = llround(c->post.time[k] / c->dt) + (c->dendritic ? delay : 0);
}

static inline double pairs_value(const struct plastic_case *c, const char *field, double otherwise)
{
    for (size_t k = c->n_values; k > 0; k--)
        if (strcmp(c->value[k - 1].field, field) == 0)
            return c->value[k - 1].value;
    return otherwise;
}

static inline double pairs_clip(double x, double top)
{
    return fmin(fmax(x, 0), top);
}

/* Sum of exp(-(now - t)/tau) over the spikes strictly between `after` and `now`. */
static inline double pairs_sum(const long long *time, size_t n, long long after, long long now,
                               double dt, double tau)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        if (time[k] > after && time[k] < now)
            sum += exp(-(double)(now - time[k]) * dt / tau);
    return sum;
}

/* The latest spike before `now`, or -1. */
static inline long long pairs_latest(const long long *time, size_t n, long long now)
{
    long long latest = -1;
    for (size_t k = 0; k < n; k++)
        if (time[k] < now && time[k] > latest)
            latest = time[k];
    return latest;
}

static inline void pairs_run(const struct plastic_case *c, pairs_rule *rule,
                             struct plastic_result *out)
{
    static struct pairs p;
    double w = fabs(c->weight);
    const double sign = c->weight < 0 ? -1 : 1;
    /* A dendritic weight is shown as it arrives at the target, a delay later. */
    const long long read_at = llround((c->read_at - (c->dendritic ? c->delay : 0)) / c->dt);
    size_t i = 0, j = 0;
    int read = 0;
    pairs_init(&p, c);
    memset(out, 0, sizeof *out);
    while (i < p.n_pre || j < p.n_post) {
        const long long never = 1LL << 60;
        const long long a = i < p.n_pre ? p.pre[i] : never, b = j < p.n_post ? p.post[j] : never;
        const int is_pre = c->dendritic ? a < b : a <= b;
        const long long now = is_pre ? a : b;
        if (!read && now > read_at) {
            out->final = sign * w;
            read = 1;
        }
        w = rule(&p, w, now, is_pre);
        if (is_pre)
            out->sent[out->n_sent++] = sign * w;
        i += (size_t)is_pre;
        j += (size_t)!is_pre;
    }
    if (!read)
        out->final = sign * w;
}

/* ---- trains ------------------------------------------------------------- */

static inline double pairs_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* Spikes at `rate` (Hz) but for a pause. */
static inline void pairs_train(struct plastic_train *train, double rate, double duration, double dt,
                               const double *pause, uint64_t *state)
{
    train->n = 0;
    for (long long s = 4; (double)s * dt < duration - 1; s++) {
        const double t = (double)s * dt;
        const int fires = pairs_uniform(state) < rate * dt * 1e-3;
        if (fires && !(t > pause[0] && t < pause[1]) && train->n < PLASTIC_SPIKES)
            train->time[train->n++] = t;
    }
}

/* A random case: dt and rates so that spikes coincide often; a long pause of
 * either neuron, so that synapses are brought to date in between, many spikes at
 * once. */
static inline void pairs_random(struct plastic_case *c, const char *rule, int dendritic,
                                uint64_t seed)
{
    static const double pause_pre[] = {1500, 4200}, pause_post[] = {4800, 6100};
    uint64_t state = seed;
    memset(c, 0, sizeof *c);
    c->rule = rule;
    c->dt = 0.5;
    c->weight = 50;
    c->delay = 3;
    c->dendritic = dendritic;
    c->duration = 8000;
    c->read_at = 7600 + (double)(seed % 7);
    pairs_train(&c->pre, 110, c->duration, c->dt, pause_pre, &state);
    pairs_train(&c->post, 130, c->duration, c->dt, pause_post, &state);
}

/* The engine against the loops, for `rule` as the case has it. */
static inline void pairs_verify(struct plastic_case *c, pairs_rule *rule)
{
    static struct plastic_result got, want;
    static struct pairs p;
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 2e-5;
    double worst = 0, lowest = INFINITY, highest = -INFINITY;
    size_t same = 0;
    plastic_run(c, &got);
    pairs_run(c, rule, &want);
    pairs_init(&p, c);
    for (size_t i = 0, j = 0; i < p.n_pre; i++) {
        while (j + 1 < p.n_post && p.post[j] < p.pre[i])
            j++;
        same += p.post[j] == p.pre[i];
    }
    CU_ASSERT(same > 10 && got.n_sent > 200);
    for (size_t k = 0; k < got.n_sent; k++) {
        worst = fmax(worst, fabs(got.sent[k] - want.sent[k]));
        lowest = fmin(lowest, want.sent[k]);
        highest = fmax(highest, want.sent[k]);
    }
    const double scale = fmax(fabs(lowest), fabs(highest));
    const double last = fabs(got.final - want.final); /* recorded in single precision */
    (void)printf(" %.1e %.1e (%g..%g)", worst / scale, last / scale, lowest, highest);
    CU_ASSERT(worst <= most * scale && last <= fmax(most, 1e-7) * scale);
    CU_ASSERT(highest - lowest > 0.02 * scale); /* something happened */
}

/* ---- many synapses ------------------------------------------------------ */

/* Poisson sources, all to all. The targets fire at random by themselves (each spike
 * of a strong Poisson stimulus is one), or are driven by the synapses. */
struct pairs_crowd {
    const char *rule;
    size_t n_sources, n_targets;
    double dt, pre_rate, post_rate; /* post_rate 0: driven */
    double seconds;
    struct ecp_draw weight;
    size_t n_values;
    struct plastic_value value[PLASTIC_VALUES];
};

static inline void pairs_crowd_target(struct ecp_plan *plan, const struct pairs_crowd *crowd)
{
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    const int driven = crowd->post_rate <= 0;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", driven ? "lif_exp" : "lif_delta",
                                          crowd->n_targets, &p));
    if (driven) {
        ECP_ASSERT_OK(ecp_population_set(p, "tau_m", 20));
        ECP_ASSERT_OK(ecp_population_set(p, "tau_syn_ex", 5));
        return;
    }
    ECP_ASSERT_OK(ecp_population_set(p, "t_ref", 0));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "post", &s));
    s->level = ecp_draw_constant(crowd->post_rate);
    s->weight = 1e6;
}

/* Weights at the end; weight[n_sources * n_targets]. */
static inline void pairs_crowd_run(const struct pairs_crowd *crowd, double *weight)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *synapses;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = crowd->dt;
    plan->seed = 9;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "poisson", crowd->n_sources, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "rate", crowd->pre_rate));
    pairs_crowd_target(plan, crowd);
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_ALL_TO_ALL, &synapses));
    synapses->weight = crowd->weight;
    synapses->delay = ecp_draw_constant(1);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, synapses, crowd->rule));
    for (size_t k = 0; k < crowd->n_values; k++)
        ECP_ASSERT_OK(ecp_projection_set(synapses, crowd->value[k].field, crowd->value[k].value));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "pre_post", &probe));
    double *time = ecp_plan_alloc(plan, sizeof *time);
    *time = crowd->seconds * 1000;
    probe->n_times = 1;
    probe->times = time;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", crowd->seconds * 1000 + 100, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recorded_weights *w = &ecp_network_recording(network)->weights[0];
    CU_ASSERT_EQUAL_FATAL(w->n, crowd->n_sources * crowd->n_targets);
    for (size_t k = 0; k < w->n; k++)
        weight[k] = (double)w->weight[k];
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

#endif
