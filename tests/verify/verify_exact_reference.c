/* verify_exact_reference.c -- networks in the exact mode, spike for spike,
 * against event-driven networks in long double (exact_reference.h): a loop over
 * the next event of all, with lists that are searched from end to end.
 *
 * What is compared is meaningful only while rounding does not grow: two
 * trajectories that differ by r differ by r G later. The engine's rounding is
 * about 1e-14 mV an event, and the reference itself tells G: it runs a second
 * time with all potentials moved by up to 1e-9 mV every 50 ms. G < 1e3
 * leaves four digits below the tolerance of 1e-9 ms. These networks are driven
 * hard enough for that: between spikes a difference dies away with tau_m, and
 * at a spike it is multiplied by V' just after the reset over V' just before
 * the crossing (times the effect on others). Recorded times are multiples of
 * 2^-32 ms, which alone is 1.2e-10 ms. */
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "engine/rng.h"
#include "tests/support.h"
#include "tests/verify/exact_reference.h"

enum { N = 60, INDEGREE = 12, EDGES = N * INDEGREE, MOST = 20000, PENDING = 20000, SEED = 11 };

static const real END = 500; /* ms */

struct wire {
    ecp_lid source[EDGES], target[EDGES];
    double weight[EDGES], delay[EDGES];
    double v0[N], i_e[N];
    double drive_rate, drive_weight[2]; /* Hz; excitatory and inhibitory */
    double shortest;
};

struct spike {
    int neuron;
    real time;
};

struct spikes {
    int n;
    struct spike at[MOST];
};

struct test_case {
    const char *model;
    struct ref_param param;
    double excitatory, inhibitory, drive[2]; /* weights */
};

/* tau_syn_in differs from tau_syn_ex, and meets tau_m in the last two. */
static const struct test_case cases[] = {
    {"lif_delta", {REF_DELTA, 10, {2, 2}, 250, 15, 0, 2}, 0.45, -1.1, {1.6, -1.9}},
    {"lif_exp", {REF_EXP, 10, {1.7L, 5.3L}, 250, 15, 0, 2}, 35, -60, {190, -95}},
    {"lif_alpha", {REF_ALPHA, 10, {0.9L, 2.1L}, 250, 15, 0, 2}, 25, -35, {110, -70}},
    {"lif_exp", {REF_EXP, 10, {1.7L, 10}, 250, 15, 0, 2}, 35, -30, {190, -60}},
    {"lif_alpha", {REF_ALPHA, 10, {10.02L, 10}, 250, 15, 0, 2}, 5, -8, {24, -12}},
};

static double uniform(uint32_t a, uint32_t b)
{
    uint32_t word[4];
    ecp_rng_words(ecp_rng_key(99, ECP_FOR_LEVEL, 0), a, b, 0, word);
    return ecp_rng_uniform(word[0]);
}

/* A fifth of the neurons inhibit; delays are any real numbers. */
static void wire_up(const struct test_case *c, struct wire *w)
{
    w->shortest = INFINITY;
    for (uint32_t e = 0; e < EDGES; e++) {
        w->source[e] = (ecp_lid)(uniform(e, 1) * N);
        w->target[e] = e / INDEGREE;
        const double size = w->source[e] % 5 ? c->excitatory : c->inhibitory;
        w->weight[e] = size * (0.5 + uniform(e, 2));
        w->delay[e] = 0.3 + 4.2 * uniform(e, 3);
        w->shortest = fmin(w->shortest, w->delay[e]);
    }
    for (uint32_t j = 0; j < N; j++) {
        w->v0[j] = -70 + 14 * uniform(j, 4);
        w->i_e[j] = 310 + 150 * uniform(j, 5); /* 375 pA reaches the threshold */
    }
    w->drive_rate = 300;
    memcpy(w->drive_weight, c->drive, sizeof c->drive);
}

/* ---- in long double ------------------------------------------------------- */

struct pending {
    real time;
    int target;
    real weight;
};

struct ref_network {
    const struct wire *wire;
    struct ref_param param;
    struct ref_state state[N];
    real time[N], free_at[N], push; /* push: mV, of the perturbation */
    real drive[2][N];
    uint32_t drawn[2][N];
    int n_pending;
    struct pending pending[PENDING];
    struct spikes *out;
};

static real level_of(const struct ref_network *r, int j, real v)
{
    return v - r->param.tau_m * r->wire->i_e[j] / r->param.c;
}

/* The stream of the engine's stimulus d, which docs/REPRODUCIBILITY.md describes. */
static void draw(struct ref_network *r, int d, int j, real now)
{
    uint32_t word[4];
    const uint32_t k = r->drawn[d][j]++;
    ecp_rng_words(ecp_rng_key(SEED, ECP_FOR_STIMULUS, (size_t)d), k, (uint32_t)j, 0, word);
    const uint64_t bits = (uint64_t)word[1] << 32 | word[0];
    r->drive[d][j] =
        now - logl(((real)(bits >> 11) + 0.5L) * 0x1p-53L) / (r->wire->drive_rate * 1e-3L);
}

static void fire(struct ref_network *r, int j, real time)
{
    const struct wire *w = r->wire;
    CU_ASSERT_FATAL(r->out->n < MOST);
    r->out->at[r->out->n++] = (struct spike){j, time};
    r->state[j].u = level_of(r, j, r->param.v_reset);
    r->free_at[j] = time + r->param.t_ref;
    for (int e = 0; e < EDGES; e++) {
        if ((int)w->source[e] != j)
            continue;
        CU_ASSERT_FATAL(r->n_pending < PENDING);
        r->pending[r->n_pending++] =
            (struct pending){time + w->delay[e], (int)w->target[e], w->weight[e]};
    }
}

/* Neuron j up to `to`, or to its spike before that: INFINITY, or the time. */
static real advance(struct ref_network *r, int j, real to)
{
    struct ref_state *y = &r->state[j];
    const real level = level_of(r, j, r->param.v_th);
    while (r->time[j] < to) {
        const int waits = r->free_at[j] > r->time[j];
        real h = fminl(to - r->time[j], REF_STEP);
        if (waits)
            h = fminl(h, r->free_at[j] - r->time[j]);
        struct ref_state next = ref_moved(&r->param, y, h);
        if (waits)
            next.u = y->u;
        const real found = waits ? -1 : ref_crossing(&r->param, y, &next, h, level);
        if (found >= 0) {
            *y = ref_moved(&r->param, y, found);
            r->time[j] += found;
            return r->time[j];
        }
        *y = next;
        r->time[j] += h;
        if (fabsl(r->free_at[j] - r->time[j]) < 1e-15L)
            r->free_at[j] = r->time[j];
    }
    r->time[j] = to;
    return INFINITY;
}

static void receive(struct ref_network *r, int j, real now, real weight)
{
    struct ref_state *y = &r->state[j];
    const int port = weight < 0;
    if (r->param.kind == REF_EXP)
        y->i[port] += weight;
    if (r->param.kind == REF_ALPHA)
        y->s[port] += weight * expl(1) / r->param.tau[port];
    if (r->param.kind == REF_DELTA && r->free_at[j] <= now) {
        y->u += weight;
        if (y->u >= level_of(r, j, r->param.v_th))
            fire(r, j, now);
    }
}

static real first_event(const struct ref_network *r)
{
    real time = INFINITY;
    for (int k = 0; k < r->n_pending; k++)
        time = fminl(time, r->pending[k].time);
    for (int d = 0; d < 2; d++)
        for (int j = 0; j < N; j++)
            time = fminl(time, r->drive[d][j]);
    return time;
}

static void take_events(struct ref_network *r, real now)
{
    for (int k = r->n_pending; k-- > 0;)
        if (r->pending[k].time == now) {
            const struct pending event = r->pending[k];
            r->pending[k] = r->pending[--r->n_pending];
            receive(r, event.target, now, event.weight);
        }
    for (int d = 0; d < 2; d++)
        for (int j = 0; j < N; j++)
            if (r->drive[d][j] == now) {
                receive(r, j, now, r->wire->drive_weight[d]);
                draw(r, d, j, now);
            }
}

/* Everybody up to the next event, or to the next spike; not further than the
 * shortest delay, within which nothing new can arrive. 1: somebody fired. */
static int next_spike(struct ref_network *r, real now, real *to)
{
    int who = -1;
    *to = fminl(fminl(first_event(r), now + r->wire->shortest), END);
    for (int j = 0; j < N; j++) {
        const real time = r->time[j] < *to ? advance(r, j, *to) : INFINITY;
        if (time <= *to) {
            *to = time;
            who = j;
        }
    }
    if (who >= 0)
        fire(r, who, *to);
    return who >= 0;
}

static void reference(const struct test_case *c, const struct wire *w, real push,
                      struct spikes *out)
{
    static struct ref_network r;
    memset(&r, 0, sizeof r);
    r.wire = w;
    r.param = c->param;
    r.out = out;
    out->n = 0;
    for (int j = 0; j < N; j++) {
        r.state[j].u = level_of(&r, j, w->v0[j] + 70.0L);
        r.free_at[j] = -INFINITY;
        for (int d = 0; d < 2; d++)
            draw(&r, d, j, 0);
    }
    for (real now = 0, pushed = 0; now < END;) {
        real to;
        if (!next_spike(&r, now, &to))
            take_events(&r, to);
        now = to;
        for (; pushed <= now; pushed += 50)
            for (int j = 0; j < N; j++)
                if (r.free_at[j] <= r.time[j])
                    r.state[j].u -= push * uniform((uint32_t)j, 7 + (uint32_t)pushed);
    }
}

/* ---- the engine ----------------------------------------------------------- */

static struct ecp_draw listed(const double *value)
{
    return (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = value, .count = N};
}

static struct ecp_plan *plan_of(const struct test_case *c, const struct wire *w)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *projection;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->seed = SEED;
    plan->dt = 0.1;
    plan->time = ECP_TIME_EXACT;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", c->model, N, &p));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", listed(w->v0)));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "i_e", listed(w->i_e)));
    if (c->param.kind != REF_DELTA) {
        ECP_ASSERT_OK(ecp_population_set(p, "tau_syn_ex", (double)c->param.tau[0]));
        ECP_ASSERT_OK(ecp_population_set(p, "tau_syn_in", (double)c->param.tau[1]));
    }
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "n", "n", ECP_RULE_EXPLICIT, &projection));
    projection->edges = (struct ecp_edges){EDGES, w->source, w->target, w->weight, w->delay};
    for (int d = 0; d < 2; d++) {
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "n", &s));
        s->name = d ? "inhibition" : "excitation";
        s->level = ecp_draw_constant(w->drive_rate);
        s->weight = w->drive_weight[d];
    }
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", (double)END, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static uint64_t engine(const struct test_case *c, const struct wire *w, int threads,
                       struct spikes *out)
{
    struct ecp_plan *plan = plan_of(c, w);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_population *p = &r->population[0];
    const uint64_t checksum = r->checksum;
    CU_ASSERT_FATAL(p->n_events <= MOST);
    out->n = (int)p->n_events;
    for (size_t k = 0; k < p->n_events; k++)
        out->at[k] = (struct spike){(int)p->event[k].index, (real)p->event[k].step * r->dt};
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return checksum;
}

/* ---- comparing ------------------------------------------------------------ */

static int by_neuron(const void *a, const void *b)
{
    const struct spike *p = a, *q = b;
    if (p->neuron != q->neuron)
        return p->neuron < q->neuron ? -1 : 1;
    return (p->time > q->time) - (p->time < q->time);
}

/* Largest difference in time (ms); INFINITY when a spike has no counterpart. */
static real difference(struct spikes *a, struct spikes *b)
{
    real worst = 0;
    if (a->n != b->n)
        return INFINITY;
    qsort(a->at, (size_t)a->n, sizeof *a->at, by_neuron);
    qsort(b->at, (size_t)b->n, sizeof *b->at, by_neuron);
    for (int k = 0; k < a->n; k++) {
        if (a->at[k].neuron != b->at[k].neuron)
            return INFINITY;
        worst = fmaxl(worst, fabsl(a->at[k].time - b->at[k].time));
    }
    return worst;
}

static void networks(void)
{
    static struct wire w;
    static struct spikes want, pushed, got;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct test_case *c = &cases[k];
        wire_up(c, &w);
        reference(c, &w, 0, &want);
        reference(c, &w, 1e-9L, &pushed);
        const uint64_t checksum = engine(c, &w, 1, &got);
        const real growth = difference(&pushed, &want) / 1e-9L, worst = difference(&got, &want);
        printf("\n    %s: %d spikes, growth %.3Lg, largest difference %.2Lg ms ", c->model, want.n,
               growth, worst);
        CU_ASSERT(want.n > 4 * N);
        CU_ASSERT(growth > 0 && growth < 1e3L);
        CU_ASSERT(worst < 1e-9L);
        for (int threads = 2; threads <= 4; threads++)
            CU_ASSERT_EQUAL(engine(c, &w, threads, &got), checksum);
    }
}

ECP_TEST_MAIN("exact mode against long double", {"networks", networks})
