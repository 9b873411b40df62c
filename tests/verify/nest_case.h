/* nest_case.h -- a run that NEST has done before us (tests/data/nest): read
 * its input, do it with the model alone (a naive loop over neurons, edges and
 * steps) and with the engine, and compare. */
#ifndef ECP_TESTS_NEST_CASE_H
#define ECP_TESTS_NEST_CASE_H

#include <stdio.h>

#include "engine/network.h"
#include "tests/support.h"
#include "tests/verify/block.h"

enum {
    NEST_STEPS = 5000,
    NEST_NEURONS = 50,
    NEST_EDGES = 600,
    NEST_EVENTS = 12000,
    NEST_SPIKES = 2000,
    NEST_DELAY = 64
};

struct nest_event {
    int step, neuron;
};

/* External spikes of one weight and delay. */
struct nest_input {
    double weight;
    int delay; /* steps */
    size_t n;
    struct nest_event event[NEST_EVENTS];
};

/* Of a nonlinear model's field, parameter or initial value. */
struct nest_value {
    const char *field;
    double value;
};

struct nest_case {
    const char *model;
    const char *scheme; /* NULL: the default */
    int slack;          /* steps that a spike may be off: nonlinear models */
    double tolerance;   /* mV, before the first spike; 0: 1e-9 (1e-3 in single), everywhere */
    size_t n_values;
    struct nest_value value[24];
    enum ecp_time_mode time;
    size_t n;
    double i_e, tau_syn_in, v0[NEST_NEURONS];
    size_t n_edges, n_inputs, n_switches;
    double edge[NEST_EDGES][4]; /* source, target, weight, delay in ms */
    struct nest_input input[3];
    double switch_time[8], switch_value[8]; /* of the current */
};

struct nest_result {
    size_t n_spikes, n_v;
    struct nest_event spike[NEST_SPIKES];
    double v[NEST_STEPS + 1]; /* of neuron 0; [0] is the initial value */
};

/* Rows of `columns` numbers under a header line; returns their number. */
static inline size_t nest_read(const char *name, size_t columns, size_t most, double *out)
{
    char path[512], line[256];
    (void)snprintf(path, sizeof path, "%s/nest/%s.csv", ECP_TEST_DATA, name);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t rows = 0;
    for (int header = 1; fgets(line, sizeof line, file); header = 0) {
        if (header)
            continue;
        CU_ASSERT_FATAL(rows < most);
        char *at = line;
        for (size_t c = 0; c < columns; c++, at += *at == ',')
            out[rows * columns + c] = strtod(at, &at);
        rows++;
    }
    (void)fclose(file);
    return rows;
}

static inline void nest_read_events(const char *name, struct nest_input *to)
{
    static double cell[NEST_EVENTS][2];
    to->n = nest_read(name, 2, NEST_EVENTS, cell[0]);
    for (size_t k = 0; k < to->n; k++)
        to->event[k] = (struct nest_event){(int)cell[k][1], (int)cell[k][0]};
}

/* The single neurons; `data` names the files, "lif_exp_const". */
static inline void nest_single(struct nest_case *c, const char *model)
{
    memset(c, 0, sizeof *c);
    c->model = model;
    c->n = 1;
    c->v0[0] = -70;
    c->tau_syn_in = 2;
}

static inline void nest_case_const(struct nest_case *c, const char *model)
{
    nest_single(c, model);
    c->i_e = 450;
}

/* A field's value, where it is not the default. */
static inline void nest_set(struct nest_case *c, const char *field, double value)
{
    CU_ASSERT_FATAL(c->n_values < sizeof c->value / sizeof *c->value);
    c->value[c->n_values++] = (struct nest_value){field, value};
}

/* A change at t travels for 0.1 ms in NEST and acts on the step from then on. */
static inline void nest_case_step(struct nest_case *c, const char *model)
{
    const double time[] = {20, 100, 150, 250, 300, 400, 420};
    const double value[] = {300, 450, 0, 500, -200, 420, 0};
    nest_single(c, model);
    c->n_switches = 7;
    for (size_t k = 0; k < c->n_switches; k++) {
        c->switch_time[k] = time[k] + 0.1;
        c->switch_value[k] = value[k];
    }
}

static inline void nest_case_spikes(struct nest_case *c, const char *model, const double *weight)
{
    static struct nest_input all;
    const int delay[] = {10, 15, 7};
    nest_single(c, model);
    c->n_inputs = 3;
    nest_read_events("generators", &all);
    for (int k = 0; k < 3; k++) {
        c->input[k].weight = weight[k];
        c->input[k].delay = delay[k];
        for (size_t e = 0; e < all.n; e++)
            if (all.event[e].neuron == k)
                c->input[k].event[c->input[k].n++] = (struct nest_event){all.event[e].step, 0};
    }
}

static inline void nest_case_network(struct nest_case *c, const char *model, double weight)
{
    char name[64];
    nest_single(c, model);
    c->n = NEST_NEURONS;
    c->n_inputs = 1;
    c->input[0].weight = weight;
    c->input[0].delay = 10;
    (void)snprintf(name, sizeof name, "net50_%s_edges", model);
    c->n_edges = nest_read(name, 4, NEST_EDGES, c->edge[0]);
    (void)snprintf(name, sizeof name, "net50_%s_input", model);
    nest_read_events(name, &c->input[0]);
    (void)snprintf(name, sizeof name, "net50_%s_v0", model);
    CU_ASSERT_EQUAL(nest_read(name, 1, NEST_NEURONS, c->v0), NEST_NEURONS);
}

/* ---- the model alone ------------------------------------------------------ */

/* `arriving[s][j][sign]`: weights whose stamp is s; used as a ring. */
typedef double nest_ring[NEST_DELAY][NEST_NEURONS][2];

static inline void nest_fetch_step(const struct nest_case *c, struct block *b, int step,
                                   nest_ring ring)
{
    const int slot = (step + 1) % NEST_DELAY;
    ecp_real *stim = block_field(b, "i_stim");
    for (size_t k = 0; k < c->n_inputs; k++)
        for (size_t e = 0; e < c->input[k].n; e++)
            if (c->input[k].event[e].step + c->input[k].delay == step + 1)
                ring[slot][c->input[k].event[e].neuron][c->input[k].weight < 0] +=
                    c->input[k].weight;
    for (size_t j = 0; j < c->n; j++) {
        ecp_real *positive = block_port(b, 1), *negative = block_port(b, -1);
        positive[j] = 0;
        negative[j] = 0;
        positive[j] += (ecp_real)ring[slot][j][0];
        negative[j] += (ecp_real)ring[slot][j][1];
        ring[slot][j][0] = ring[slot][j][1] = 0;
        for (size_t k = 0; k < c->n_switches; k++)
            if (c->switch_time[k] <= step * 0.1 + 1e-6)
                stim[j] = (ecp_real)c->switch_value[k];
    }
}

static inline void nest_run_model(const struct nest_case *c, struct nest_result *out)
{
    static nest_ring ring;
    const struct ecp_neuron_model *model;
    struct block b;
    ECP_ASSERT_OK(ecp_neuron_find(c->model, ecp_isa_best(), &model));
    block_init(&b, model, c->n, 0.1);
    b.scheme = c->scheme;
    block_set(&b, "i_e", c->i_e);
    if (c->tau_syn_in != 2)
        block_set(&b, "tau_syn_in", c->tau_syn_in);
    for (size_t k = 0; k < c->n_values; k++)
        block_set(&b, c->value[k].field, c->value[k].value);
    ECP_ASSERT_OK(block_derive(&b));
    memset(ring, 0, sizeof ring);
    memset(out, 0, sizeof *out);
    for (size_t j = 0; j < c->n; j++)
        block_field(&b, "v")[j] = (ecp_real)c->v0[j];
    out->v[out->n_v++] = c->v0[0];
    for (int step = 0; step < NEST_STEPS; step++) {
        nest_fetch_step(c, &b, step, ring);
        block_update(&b, step);
        out->v[out->n_v++] = (double)block_field(&b, "v")[0];
        for (size_t j = 0; j < c->n; j++) {
            if (!b.fired[j])
                continue;
            CU_ASSERT_FATAL(out->n_spikes < NEST_SPIKES);
            out->spike[out->n_spikes++] = (struct nest_event){step + 1, (int)j};
            for (size_t e = 0; e < c->n_edges; e++)
                if ((size_t)c->edge[e][0] == j)
                    ring[(step + 1 + (int)nearbyint(c->edge[e][3] * 10)) % NEST_DELAY]
                        [(int)c->edge[e][1]][c->edge[e][2] < 0] += c->edge[e][2];
        }
    }
    block_clear(&b);
}

/* ---- the engine ----------------------------------------------------------- */

static inline void nest_plan_edges(struct ecp_plan *plan, const struct nest_case *c)
{
    struct ecp_plan_projection *p;
    ecp_lid *source = ecp_plan_alloc(plan, c->n_edges * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, c->n_edges * sizeof *target);
    double *weight = ecp_plan_alloc(plan, c->n_edges * sizeof *weight);
    double *delay = ecp_plan_alloc(plan, c->n_edges * sizeof *delay);
    for (size_t e = 0; e < c->n_edges; e++) {
        source[e] = (ecp_lid)c->edge[e][0];
        target[e] = (ecp_lid)c->edge[e][1];
        weight[e] = c->edge[e][2];
        delay[e] = c->edge[e][3];
    }
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "n", "n", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){c->n_edges, source, target, weight, delay};
    p->precision = ECP_PRECISION_FULL;
}

static inline void nest_plan_input(struct ecp_plan *plan, const struct nest_input *in)
{
    struct ecp_plan_stimulus *s;
    ecp_lid *target = ecp_plan_alloc(plan, in->n * sizeof *target);
    double *time = ecp_plan_alloc(plan, in->n * sizeof *time);
    for (size_t e = 0; e < in->n; e++) {
        target[e] = (ecp_lid)in->event[e].neuron;
        time[e] = in->event[e].step * 0.1;
    }
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, "n", &s));
    s->weight = in->weight;
    s->delay = in->delay * 0.1;
    s->n_events = in->n;
    s->event_target = target;
    s->event_time = time;
}

static inline struct ecp_plan *nest_plan(const struct nest_case *c)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    struct ecp_draw v0 = ecp_draw_constant(0);

    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.1;
    plan->time = c->time;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", c->model, c->n, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "i_e", c->i_e));
    if (c->tau_syn_in != 2)
        ECP_ASSERT_OK(ecp_population_set(p, "tau_syn_in", c->tau_syn_in));
    for (size_t k = 0; k < c->n_values; k++)
        ECP_ASSERT_OK(ecp_population_set(p, c->value[k].field, c->value[k].value));
    p->scheme = c->scheme;
    v0.kind = ECP_DRAW_LIST;
    v0.list = c->v0;
    v0.count = c->n;
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", v0));
    if (c->n_edges)
        nest_plan_edges(plan, c);
    for (size_t k = 0; k < c->n_inputs; k++)
        nest_plan_input(plan, &c->input[k]);
    if (c->n_switches) {
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "n", &s));
        s->level = ecp_draw_constant(0);
        s->n_switches = c->n_switches;
        s->switch_time = c->switch_time;
        s->switch_value = c->switch_value;
    }
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "n", &probe));
    probe->field_name = "v";
    probe->interval = 0.1;
    probe->target.count = 1;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", NEST_STEPS * 0.1, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static inline void nest_run_engine(const struct nest_case *c, int threads, struct nest_result *out)
{
    struct ecp_plan *plan = nest_plan(c);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};

    memset(out, 0, sizeof *out);
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_population *p = &r->population[0];
    const struct ecp_recorded_signal *v = &r->signal[0];
    CU_ASSERT_FATAL(p->n_events <= NEST_SPIKES && r->n_signals == 1 && v->n_columns == 1);
    CU_ASSERT_FATAL(v->n_frames >= NEST_STEPS && v->n_frames <= NEST_STEPS + 1);
    out->n_spikes = p->n_events;
    for (size_t k = 0; k < p->n_events; k++)
        out->spike[k] = (struct nest_event){(int)p->event[k].step, (int)p->event[k].index};
    out->n_v = v->n_frames;
    for (size_t k = 0; k < v->n_frames; k++)
        out->v[k] = (double)v->data[k];
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* ---- what NEST has -------------------------------------------------------- */

static inline int nest_event_order(const void *a, const void *b)
{
    const struct nest_event *p = a, *q = b;
    return p->step != q->step ? p->step - q->step : p->neuron - q->neuron;
}

static inline int nest_neuron_order(const void *a, const void *b)
{
    const struct nest_event *p = a, *q = b;
    return p->neuron != q->neuron ? p->neuron - q->neuron : p->step - q->step;
}

/* Spikes as in NEST, to within c->slack steps, and the membrane of neuron 0 is
 * within the tolerance: everywhere, or before its first spike where slack is allowed. */
static inline void nest_compare(const struct nest_case *c, const char *data,
                                const struct nest_result *got)
{
    const double plain = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 1e-3;
    const double most = c->tolerance > 0 ? c->tolerance : plain;
    static double spike[2 * NEST_SPIKES], v[NEST_STEPS + 1];
    char name[64];
    const int network = strncmp(data, "net50", 5) == 0;
    (void)snprintf(name, sizeof name, "%s_spikes", data);
    const size_t columns = network ? 2 : 1;
    const size_t n = nest_read(name, columns, NEST_SPIKES, spike);
    struct nest_event want[NEST_SPIKES];
    for (size_t k = 0; k < n; k++)
        want[k] = network ? (struct nest_event){(int)spike[2 * k + 1], (int)spike[2 * k]}
                          : (struct nest_event){(int)spike[k], 0};
    CU_ASSERT_EQUAL_FATAL(got->n_spikes, n);
    qsort(want, n, sizeof *want, c->slack ? nest_neuron_order : nest_event_order);
    static struct nest_event have[NEST_SPIKES];
    memcpy(have, got->spike, n * sizeof *have);
    qsort(have, n, sizeof *have, c->slack ? nest_neuron_order : nest_event_order);
    size_t until = NEST_STEPS;
    int off = 0;
    for (size_t k = 0; k < n; k++) {
        CU_ASSERT_EQUAL(have[k].neuron, want[k].neuron);
        CU_ASSERT(abs(have[k].step - want[k].step) <= c->slack);
        off = abs(have[k].step - want[k].step) > off ? abs(have[k].step - want[k].step) : off;
        if (c->slack && want[k].neuron == 0 && (size_t)want[k].step < until)
            until = (size_t)want[k].step - (size_t)c->slack - 1;
    }
    (void)snprintf(name, sizeof name, "%s_v", data);
    const size_t rows = nest_read(name, 1, NEST_STEPS, v);
    double worst = 0;
    for (size_t k = 0; k < rows && k < until && k + 1 < got->n_v; k++)
        if (!(fabs(got->v[k + 1] - v[k]) <= worst)) /* NAN, too */
            worst = fabs(got->v[k + 1] - v[k]);
    (void)printf(" %.1e mV", worst);
    if (c->slack)
        (void)printf(" (%zu spikes, %d steps off) ", n, off);
    CU_ASSERT(rows > NEST_STEPS - 20);
    CU_ASSERT(worst <= most);
}

/* The model by itself, then the engine. */
static inline void nest_verify(const char *data, const struct nest_case *c)
{
    static struct nest_result result;
    nest_run_model(c, &result);
    nest_compare(c, data, &result);
    nest_run_engine(c, 1, &result);
    nest_compare(c, data, &result);
    nest_run_engine(c, 2, &result);
    nest_compare(c, data, &result);
}

#endif
