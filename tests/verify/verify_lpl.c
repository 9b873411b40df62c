/* verify_lpl.c -- latent predictive learning, step by step with plain traces, from
 * what the engine recorded; long means; bounds; a silent neuron; the window. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/machine.h"
#include "engine/plastic.h"
#include "tests/support.h"
enum { SOURCES = 3, TARGETS = 2, EDGES = 7, STEPS = 30000, MOST = 400, DUE = 6 };

static const double dt = 0.1;
static const int is_double = sizeof(ecp_real) == sizeof(double);

/* One pair has two synapses, of two delays. */
static const ecp_lid edge_source[EDGES] = {0, 0, 0, 1, 1, 2, 2};
static const ecp_lid edge_target[EDGES] = {0, 0, 1, 0, 1, 0, 1};
static const double edge_weight[EDGES] = {0.5, 0.3, 0.6, 0.4, 0.45, 0.55, 0.35};
static const double edge_delay[EDGES] = {1, 2.5, 1, 1, 1.7, 1, 1};

struct setting {
    const char *field;
    double value;
};

struct lpl_case {
    double drive, rate; /* weight of what drives the targets; Hz of the sources */
    int threads;
    struct setting setting[8];
};

struct outcome {
    double weight[DUE][EDGES]; /* after each period */
    uint8_t fired[TARGETS][STEPS + 1], source[SOURCES][STEPS + 1];
    double v[TARGETS][STEPS + 1];
    double last[EDGES]; /* the same at the end, in the build's own precision */
    size_t spikes;
};

static struct outcome got, other;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* Random spikes of `n` neurons. */
static void add_spikes(struct ecp_plan *plan, const char *target, ecp_lid n, double rate,
                       double weight)
{
    struct ecp_plan_stimulus *s;
    ecp_lid *index = ecp_plan_alloc(plan, MOST * n * sizeof *index);
    double *time = ecp_plan_alloc(plan, MOST * n * sizeof *time);
    uint64_t state = 17 + n;
    size_t count = 0;
    for (int step = 10; step < STEPS - 10; step++)
        for (ecp_lid j = 0; j < n; j++)
            if (uniform(&state) < rate * dt * 1e-3 && count < MOST * n) {
                index[count] = j;
                time[count++] = step * dt;
            }
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, target, &s));
    s->weight = weight;
    s->n_events = count;
    s->event_target = index;
    s->event_time = time;
    s->port_name = strcmp(target, "post") == 0 ? "ex" : NULL;
}

static void add_synapses(struct ecp_plan *plan, const struct lpl_case *c)
{
    struct ecp_plan_projection *p;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = EDGES,
                                  .source = edge_source,
                                  .target = edge_target,
                                  .weight = edge_weight,
                                  .delay = edge_delay};
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, p, "lpl"));
    for (const struct setting *s = c->setting; s->field; s++)
        ECP_ASSERT_OK(ecp_projection_set(p, s->field, s->value));
}

static struct ecp_plan *plan_of(const struct lpl_case *c)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = dt;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "spike_source", SOURCES, &p));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", "lif_nmda", TARGETS, &p));
    add_spikes(plan, "pre", SOURCES, c->rate, 1);
    add_spikes(plan, "post", TARGETS, 40, c->drive);
    add_synapses(plan, c);
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "post", &probe));
    probe->field_name = "v";
    probe->interval = dt;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "pre", &probe));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "post", &probe));
    double *times = ecp_plan_alloc(plan, DUE * sizeof *times);
    for (int k = 0; k < DUE; k++)
        times[k] = 500 * (k + 1);
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "pre_post", &probe));
    probe->n_times = DUE;
    probe->times = times;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", STEPS * dt, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static void take_weights(const struct ecp_recorded_weights *w, double *weight)
{
    CU_ASSERT_EQUAL_FATAL(w->n, EDGES);
    for (size_t e = 0; e < EDGES; e++) {
        weight[e] = -1;
        for (size_t k = 0; k < w->n; k++)
            if (w->source[k] == edge_source[e] && w->target[k] == edge_target[e] &&
                fabs((double)w->delay[k] - edge_delay[e]) < 1e-3)
                weight[e] = (double)w->weight[k];
        CU_ASSERT_FATAL(weight[e] >= 0);
    }
}

static void take_last(const struct ecp_network *network, double *weight)
{
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_plastic *plastic = ecp_plastic_of(&network->worker[w], 0);
        for (uint32_t s = 0; s < SOURCES; s++)
            for (uint32_t p = plastic->start[s]; p < plastic->start[s + 1]; p++)
                for (uint64_t k = 0; k < plastic->piece[p].n; k++) {
                    const uint64_t at = plastic->piece[p].first + k;
                    for (int e = 0; e < EDGES; e++)
                        if (edge_source[e] == s &&
                            edge_target[e] == plastic->first_target + plastic->target[at] &&
                            lround(edge_delay[e] / dt) == plastic->piece[p].delay)
                            weight[e] = (double)plastic->weight[at];
                }
    }
}

static void run(const struct lpl_case *c, struct outcome *out)
{
    struct ecp_plan *plan = plan_of(c);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = c->threads, .isa = ecp_isa_best()};
    memset(out, 0, sizeof *out);
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_signal *v = &r->signal[0];
    const long long first = llround(v->start / dt);
    CU_ASSERT_EQUAL_FATAL(v->n_columns, TARGETS);
    for (size_t k = 0; k < v->n_frames; k++)
        for (int i = 0; i < TARGETS; i++)
            out->v[i][(long long)k + first] = (double)v->data[k * TARGETS + (size_t)i];
    for (size_t k = 0; k < r->population[0].n_events; k++)
        out->source[r->population[0].event[k].index][r->population[0].event[k].step] = 1;
    for (size_t k = 0; k < r->population[1].n_events; k++)
        out->fired[r->population[1].event[k].index][r->population[1].event[k].step] = 1;
    out->spikes = r->population[1].n_events;
    for (int k = 0; k < DUE; k++)
        take_weights(&r->weights[k], out->weight[k]);
    take_last(network, out->last);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* ---- the rule once more --------------------------------------------------- */

struct plain {
    int published, rms;
    double eta, lambda, phi, xi, delta, w_max, rate, variance;
};

static struct plain plain_of(const struct lpl_case *c)
{
    struct plain p = {.eta = 1e-2, .lambda = 1, .phi = 1, .xi = 1e-3, .delta = 1e-3, .w_max = 1};
    for (const struct setting *s = c->setting; s->field; s++) {
        p.published = strcmp(s->field, "form") == 0 ? (int)s->value : p.published;
        p.rms = strcmp(s->field, "rms") == 0 ? (int)s->value : p.rms;
        p.eta = strcmp(s->field, "eta") == 0 ? s->value : p.eta;
        p.phi = strcmp(s->field, "phi") == 0 ? s->value : p.phi;
        p.lambda = strcmp(s->field, "lambda") == 0 ? s->value : p.lambda;
        p.delta = strncmp(s->field, "delta", 5) == 0 ? s->value : p.delta;
        p.rate = strcmp(s->field, "rate") == 0 ? s->value : p.rate;
        p.variance = strcmp(s->field, "variance") == 0 ? s->value : p.variance;
        p.w_max = strcmp(s->field, "w_max") == 0 ? s->value : p.w_max;
    }
    if (!p.published) { /* as the erratum writes it: of a step, not of a second */
        p.lambda *= 1e-4;
        p.xi *= 1e-4;
    }
    return p;
}

/* Seconds and volts, as the authors count; traces begin at 10 Hz. */
static void naive(const struct plain *p, const struct outcome *o, double weight[DUE][EDGES])
{
    const double h = dt * 1e-3;
    double w[EDGES], x[EDGES] = {0}, psp[EDGES] = {0}, e[EDGES] = {0}, f[EDGES] = {0};
    double sum[EDGES] = {0}, square[EDGES] = {0};
    double mean[TARGETS] = {0}, sigma[TARGETS] = {0}, rise[TARGETS] = {0}, flt[TARGETS] = {0};
    memcpy(w, edge_weight, sizeof w);
    for (int i = 0; i < TARGETS; i++) {
        mean[i] = p->rate * 600;
        sigma[i] = p->variance * (p->published ? 1 : 1e-4);
    }
    for (int s = 1; s <= STEPS; s++) {
        for (int i = 0; i < TARGETS; i++) {
            const double now = o->fired[i][s], before = s > 200 ? o->fired[i][s - 200] : 0;
            mean[i] = (mean[i] + now) * exp(-h / 600);
            const double odd = now - mean[i] * h / 600;
            double err = p->lambda * odd / (sigma[i] + p->xi) - p->phi * now + p->phi * before;
            err += p->published ? p->delta : 0;
            rise[i] += h / 2e-3 * (err - rise[i]);
            flt[i] += h / 10e-3 * (rise[i] - flt[i]);
            sigma[i] += odd * odd * (p->published ? 1 : h) / 30;
            sigma[i] *= exp(-h / 30);
        }
        for (int k = 0; k < EDGES; k++) {
            const int i = (int)edge_target[k], at = s - (int)lround(edge_delay[k] / dt);
            const double spike = at > 0 ? o->source[edge_source[k]][at] : 0;
            const double u = (o->v[i][s] + 50) * 1e-3, beta = 1000;
            x[k] = (x[k] + spike) * exp(-h / 5e-3);
            e[k] += psp[k] * beta / pow(1 + beta * fabs(u), 2);
            f[k] += h / 10e-3 * (e[k] - f[k]);
            e[k] *= exp(-h / 2e-3);
            sum[k] += f[k] * flt[i] + (p->published ? 0 : p->delta * spike);
            psp[k] += h / 20e-3 * (x[k] - psp[k]);
            if (s % 5000 != 0)
                continue;
            const double grad = sum[k] / 5000;
            square[k] = fmax(grad * grad, square[k] * exp(-0.5 / 100));
            w[k] += p->eta * grad * (p->rms ? 1 / (sqrt(square[k]) + 1e-32) : 1);
            w[k] = fmin(fmax(w[k], 0), p->w_max);
            weight[s / 5000 - 1][k] = w[k];
            sum[k] = 0;
        }
    }
}

/* Largest difference of what was recorded (in single precision), and of the end. */
static void compare(const char *name, const struct lpl_case *c)
{
    static double want[DUE][EDGES];
    const struct plain p = plain_of(c);
    double worst = 0, end = 0, least = 1, most = 0;
    run(c, &got);
    naive(&p, &got, want);
    for (int e = 0; e < EDGES; e++) {
        for (int k = 0; k < DUE; k++)
            worst = fmax(worst, fabs(got.weight[k][e] / want[k][e] - 1));
        end = fmax(end, fabs(got.last[e] / want[DUE - 1][e] - 1));
        least = fmin(least, fabs(got.last[e] / edge_weight[e] - 1));
        most = fmax(most, got.last[e]);
    }
    (void)printf(" %s %.1e, at the end %.1e (moved %.3f, %zu spikes)", name, worst, end, least,
                 got.spikes);
    CU_ASSERT(worst <= (is_double ? 2e-7 : 1e-4));
    CU_ASSERT(end <= (is_double ? 1e-9 : 1e-4));
    CU_ASSERT(least > 1e-3 && most < 1); /* all changed, none at its bound */
    CU_ASSERT(got.spikes > 20);
}

static const struct lpl_case plain_case = {
    .drive = 5,
    .rate = 25,
    .threads = 1,
    .setting = {{"eta", 0.5}, {"rate", 30}, {"variance", 20}}};

static void stepwise(void)
{
    struct lpl_case published = plain_case, scaled = plain_case;
    const struct setting own[] = {{"form", 1}, {"delta_err", 1e-4}, {"phi", 0.7}};
    const struct setting rms[] = {{"eta", 0.05}, {"rms", 1}, {"lambda", 2}};
    memcpy(published.setting + 3, own, sizeof own);
    memcpy(scaled.setting + 3, rms, sizeof rms);
    compare("normalised", &plain_case);
    compare("published", &published);
    compare("rms", &scaled);
}

static void threads(void)
{
    struct lpl_case three = plain_case;
    three.threads = 3;
    run(&plain_case, &got);
    run(&three, &other);
    CU_ASSERT_EQUAL(memcmp(got.weight, other.weight, sizeof got.weight), 0);
}

static void bounds(void)
{
    struct lpl_case wild = plain_case;
    const struct setting own[] = {{"eta", 100}, {"w_max", 0.7}, {"delta", 0}};
    memcpy(wild.setting + 3, own, sizeof own);
    double least = 1, most = 0;
    run(&wild, &got);
    for (int k = 0; k < DUE; k++)
        for (int e = 0; e < EDGES; e++) {
            least = fmin(least, got.weight[k][e]);
            most = fmax(most, got.weight[k][e]);
        }
    CU_ASSERT_EQUAL(least, 0);
    CU_ASSERT_EQUAL(most, (double)(float)0.7);
}

/* Without a spike of the target nothing is left but delta, spike by spike. */
static void silent(void)
{
    const struct lpl_case alone = {.rate = 5, .threads = 1, .setting = {{"eta", 2}}};
    const struct lpl_case without = {
        .rate = 5, .threads = 1, .setting = {{"eta", 2}, {"delta", 0}}};
    const struct lpl_case drift = {
        .rate = 5, .threads = 1, .setting = {{"eta", 2}, {"form", 1}, {"delta_err", 0.01}}};
    run(&without, &got);
    CU_ASSERT_EQUAL(got.spikes, 0);
    for (int e = 0; e < EDGES; e++)
        CU_ASSERT_EQUAL(got.weight[DUE - 1][e], (double)(float)edge_weight[e]);
    run(&drift, &got);
    for (int e = 0; e < EDGES; e++)
        CU_ASSERT(got.weight[DUE - 1][e] > edge_weight[e]);
    run(&alone, &got);
    CU_ASSERT_EQUAL(got.spikes, 0);
    for (int e = 0; e < EDGES; e++) {
        double spikes = 0;
        for (int s = 1; s <= STEPS - (int)lround(edge_delay[e] / dt); s++)
            spikes += got.source[edge_source[e]][s];
        CU_ASSERT_DOUBLE_EQUAL(got.weight[DUE - 1][e], edge_weight[e] + 2 * 1e-3 * spikes / 5000,
                               is_double ? 1e-7 : 2e-7);
    }
}

/* ---- the rule alone -------------------------------------------------------- */

enum { PARTNERS = 41, COLUMNS = 8 };

/* Sources with one synapse each on one target, driven by hand. */
struct bare {
    const struct ecp_plasticity *rule;
    double param[64];
    ecp_real derived[32], post[COLUMNS], seen, pre[2 * PARTNERS];
    ecp_real kept_post[2][ECP_TICK_STEPS], kept_pre[ECP_TICK_STEPS * PARTNERS];
    uint16_t arrived[PARTNERS];
    ecp_real weight[PARTNERS], synapse[4][PARTNERS];
    uint16_t target[PARTNERS];
    uint32_t piece[PARTNERS];
};

static struct bare bare;

static void set(const char *field, double value)
{
    const int f = ecp_field_find(bare.rule->fields, field);
    CU_ASSERT_FATAL(f >= 0);
    bare.param[f] = value;
}

static void bare_begin(void)
{
    memset(&bare, 0, sizeof bare);
    ECP_ASSERT_OK(ecp_plasticity_find("lpl", ecp_isa_best(), &bare.rule));
    for (size_t f = 0; bare.rule->fields[f].name; f++)
        bare.param[f] = bare.rule->fields[f].initial;
    for (uint32_t j = 0; j < PARTNERS; j++) {
        bare.piece[j] = j;
        bare.weight[j] = (ecp_real)0.5;
    }
}

static void bare_step(uint32_t now, int fired, int echo, double v)
{
    const uint8_t flag[2] = {(uint8_t)fired, (uint8_t)echo};
    ecp_real *post[COLUMNS], *synapse[4];
    const ecp_real *seen = &bare.seen;
    for (int k = 0; k < COLUMNS; k++)
        post[k] = &bare.post[k];
    for (int k = 0; k < 4; k++)
        synapse[k] = bare.synapse[k];
    bare.seen = (ecp_real)v;
    const struct ecp_post_block block = {.n = 1,
                                         .param = bare.param,
                                         .derived = bare.derived,
                                         .post = post,
                                         .seen = &seen,
                                         .fired = &flag[0],
                                         .echo = &flag[1]};
    const struct ecp_moves moves = {PARTNERS, bare.param, bare.derived, bare.pre, bare.kept_pre};
    const ecp_real *kept[2] = {bare.kept_post[0], bare.kept_post[1]};
    const struct ecp_tick tick = {.n = PARTNERS,
                                  .param = bare.param,
                                  .derived = bare.derived,
                                  .now = now,
                                  .n_steps = 1,
                                  .weight = bare.weight,
                                  .synapse = synapse,
                                  .target = bare.target,
                                  .piece = bare.piece,
                                  .post = kept,
                                  .pre = bare.kept_pre,
                                  .arrived = bare.arrived};
    bare.rule->advance(&block);
    bare.kept_post[0][0] = bare.post[6]; /* slope */
    bare.kept_post[1][0] = bare.post[5]; /* error */
    bare.rule->move(&moves);
    bare.rule->tick(&tick);
    memset(bare.arrived, 0, sizeof bare.arrived);
}

static void bare_arrive(int source)
{
    ecp_real before[2] = {0}, release = 1;
    const struct ecp_source_spike spike = {.param = bare.param,
                                           .derived = bare.derived,
                                           .before = before,
                                           .after = bare.pre + 2 * source,
                                           .release = &release};
    bare.rule->arrive(&spike);
    bare.arrived[source] = 1;
}

/* 100 s at about 10 Hz: time constants of millions of steps. */
static void long_traces(void)
{
    double rate = 8, variance = 12;
    uint64_t state = 5;
    bare_begin();
    ECP_ASSERT_OK(bare.rule->derive(bare.param, dt, bare.derived));
    bare.post[0] = (ecp_real)rate;
    bare.post[2] = (ecp_real)variance;
    for (uint32_t s = 1; s <= 1000000; s++) {
        const int fired = uniform(&state) < 1e-3;
        bare_step(s, fired, 0, -70);
        rate = (rate + fired / 600.0) * exp(-1e-4 / 600);
        const double odd = fired - rate * 1e-4;
        variance = (variance + odd * odd / 30) * exp(-1e-4 / 30);
    }
    (void)printf(" %.1e %.1e", fabs((double)bare.post[0] / rate - 1),
                 fabs((double)bare.post[2] / variance - 1));
    CU_ASSERT_DOUBLE_EQUAL((double)bare.post[0] / rate, 1, is_double ? 1e-9 : 2e-6);
    CU_ASSERT_DOUBLE_EQUAL((double)bare.post[2] / variance, 1, is_double ? 1e-9 : 2e-6);
}

/* 100 pairings at 10 Hz; the target is held at -51 mV, at -20 mV in its spike;
 * sources fire 20 ms before it to 20 ms after. Change of each weight. */
static void pair(double variance, double rate, double *change)
{
    bare_begin();
    const struct setting own[] = {{"delta", 0}, {"eta", 5e-3}, {"tau_sigma", 2e4}};
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        set(own[k].field, own[k].value);
    ECP_ASSERT_OK(bare.rule->derive(bare.param, dt, bare.derived));
    bare.post[0] = (ecp_real)rate;
    bare.post[2] = (ecp_real)variance;
    for (uint32_t s = 1; s <= 100 * 1000; s++) {
        const int at = (int)(s % 1000) - 500; /* steps after the spike */
        for (int j = 0; j < PARTNERS; j++)
            if (at == (j - PARTNERS / 2) * 10)
                bare_arrive(j);
        bare_step(s, at == 0, at == 200, at == 0 || at == 1 ? -20 : -51);
    }
    for (int j = 0; j < PARTNERS; j++)
        change[j] = (double)bare.weight[j] - 0.5;
}

static double most_of(const double *change)
{
    double most = -1;
    for (int j = 0; j < PARTNERS; j++)
        most = fmax(most, change[j]);
    return most;
}

/* The paper's Fig. 6: how the window depends on what the target did before. */
static void window(void)
{
    double fresh[PARTNERS], noisy[PARTNERS], busy[PARTNERS], blind[PARTNERS];
    pair(0.1, 0, fresh);
    pair(50, 0, noisy);
    pair(0.1, 20, busy);
    pair(1e6, 20, blind);
    (void)printf(" LTP %.3f, large variance %.3f, large rate %.3f", most_of(fresh), most_of(noisy),
                 most_of(busy));
    CU_ASSERT(most_of(fresh) > 0.01);
    CU_ASSERT(most_of(noisy) < 0.9 * most_of(fresh));
    CU_ASSERT(most_of(busy) < 0.9 * most_of(fresh));
    CU_ASSERT(busy[0] < 0 && busy[PARTNERS - 1] < 0); /* depression at both ends */
    /* Without the Hebbian part prediction remains: what comes before the spike is
     * depressed, what comes before its echo potentiated. */
    CU_ASSERT(blind[PARTNERS / 2 - 8] < 0 && blind[PARTNERS / 2 + 8] > 0);
}

ECP_TEST_MAIN("lpl", {"step by step", stepwise}, {"threads", threads}, {"bounds", bounds},
              {"a silent neuron", silent}, {"long traces", long_traces},
              {"window of spike timing", window})
