/* plastic_case.h -- one synapse between two neurons whose spikes are given: what
 * it transmits at each spike of its source, by the engine. The target fires when
 * it is told to (a current far above what the synapse brings), and the synapse
 * goes to a port of its own, whose input a probe records. */
#ifndef ECP_TESTS_PLASTIC_CASE_H
#define ECP_TESTS_PLASTIC_CASE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "tests/support.h"

enum { PLASTIC_SPIKES = 4096, PLASTIC_VALUES = 16 };

struct plastic_train {
    size_t n;
    double time[PLASTIC_SPIKES]; /* ms, multiples of dt, ascending */
};

struct plastic_value {
    const char *field;
    double value;
};

struct plastic_case {
    const char *rule, *short_term; /* either may be NULL */
    double dt, weight, delay, duration;
    int dendritic, threads;
    size_t n_values, n_short_values;
    struct plastic_value value[PLASTIC_VALUES], short_value[PLASTIC_VALUES];
    struct plastic_train pre, post, modulator; /* modulator.n > 0: a population of one */
    double modulator_delay;
    double read_at; /* ms; > 0: a weights probe then */
};

struct plastic_result {
    double sent[PLASTIC_SPIKES]; /* at each spike of pre, if it arrives in time */
    size_t n_sent;
    double final; /* weight at read_at */
};

static inline void plastic_read(const char *name, struct plastic_train *train)
{
    char path[512], line[128];
    (void)snprintf(path, sizeof path, "%s/nest/%s.csv", ECP_TEST_DATA, name);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    train->n = 0;
    if (!fgets(line, sizeof line, file)) /* the heading */
        CU_FAIL("empty file");
    while (fgets(line, sizeof line, file) && train->n < PLASTIC_SPIKES)
        train->time[train->n++] = strtod(line, NULL);
    (void)fclose(file);
}

static inline void plastic_set(struct plastic_case *c, const char *field, double value)
{
    CU_ASSERT_FATAL(c->n_values < PLASTIC_VALUES);
    c->value[c->n_values++] = (struct plastic_value){field, value};
}

/* The trains, weight and delay of the NEST runs. */
static inline void plastic_nest(struct plastic_case *c, const char *rule)
{
    memset(c, 0, sizeof *c);
    c->rule = rule;
    c->dt = 0.1;
    c->weight = 50;
    c->delay = 1;
    c->dendritic = 1;
    c->duration = 1000;
    c->threads = 1;
    plastic_read("plast_pre", &c->pre);
    plastic_read("plast_post", &c->post);
}

/* A port that needs no sign: the synapse's weights may be negative. */
static inline void plastic_stimulate(struct ecp_plan *plan, const char *target,
                                     const struct plastic_train *train, double weight, double early)
{
    struct ecp_plan_stimulus *s;
    ecp_lid *index = ecp_plan_alloc(plan, (train->n + 1) * sizeof *index);
    double *time = ecp_plan_alloc(plan, (train->n + 1) * sizeof *time);
    for (size_t k = 0; k < train->n; k++)
        time[k] = train->time[k] - early;
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, target, &s));
    s->weight = weight;
    s->delay = 0;
    s->n_events = train->n;
    s->event_target = index;
    s->event_time = time;
    s->port_name = strcmp(target, "post") == 0 ? "ex" : NULL;
}

static inline struct ecp_plan *plastic_plan(const struct plastic_case *c)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *post, *p;
    struct ecp_plan_projection *synapse;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = c->dt;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "pre", "spike_source", 1, &p));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "post", "lif_exp", 1, &post));
    const struct plastic_value fast[] = {
        {"tau_m", 0.5}, {"tau_syn_ex", 0.002}, {"c", 1e6},     {"e_l", 0},
        {"v", 0},       {"v_th", 5},           {"v_reset", 0}, {"t_ref", 0}};
    for (size_t k = 0; k < sizeof fast / sizeof *fast; k++)
        ECP_ASSERT_OK(ecp_population_set(post, fast[k].field, fast[k].value));
    plastic_stimulate(plan, "pre", &c->pre, 1, 0);
    plastic_stimulate(plan, "post", &c->post, 9e9, c->dt); /* felt a step later */
    if (c->modulator.n > 0) {
        ECP_ASSERT_OK(ecp_plan_add_population(plan, "modulator", "spike_source", 1, &p));
        plastic_stimulate(plan, "modulator", &c->modulator, 1, 0);
    }
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "pre", "post", ECP_RULE_ALL_TO_ALL, &synapse));
    synapse->weight = ecp_draw_constant(c->weight);
    synapse->delay = ecp_draw_constant(c->delay);
    synapse->port_name = "in";
    synapse->dendritic = c->dendritic;
    if (c->rule)
        ECP_ASSERT_OK(ecp_plan_plasticity(plan, synapse, c->rule));
    if (c->short_term)
        ECP_ASSERT_OK(ecp_plan_short_term(plan, synapse, c->short_term));
    for (size_t k = 0; k < c->n_values; k++)
        ECP_ASSERT_OK(ecp_projection_set(synapse, c->value[k].field, c->value[k].value));
    for (size_t k = 0; k < c->n_short_values; k++)
        ECP_ASSERT_OK(ecp_projection_set_short_term(synapse, c->short_value[k].field,
                                                    c->short_value[k].value));
    if (c->modulator.n > 0) {
        synapse->modulator = ecp_plan_population_index(plan, "modulator");
        synapse->modulator_delay = c->modulator_delay;
    }
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "post", &probe));
    probe->field_name = "in";
    probe->interval = c->dt;
    for (int k = 0; k < 2; k++)
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, k ? "post" : "pre", &probe));
    if (c->read_at > 0) {
        double *time = ecp_plan_alloc(plan, sizeof *time);
        *time = c->read_at;
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "pre_post", &probe));
        probe->n_times = 1;
        probe->times = time;
    }
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", c->duration, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* The neurons fired when they were told to. */
static inline void plastic_check_train(const struct ecp_recorded_population *p,
                                       const struct plastic_train *train, double dt)
{
    CU_ASSERT_EQUAL(p->n_events, train->n);
    size_t wrong = 0;
    for (size_t k = 0; k < train->n && k < p->n_events; k++)
        wrong += p->event[k].step != llround(train->time[k] / dt);
    CU_ASSERT_EQUAL(wrong, 0);
}

static inline void plastic_run(const struct plastic_case *c, struct plastic_result *out)
{
    struct ecp_plan *plan = plastic_plan(c);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = c->threads > 0 ? c->threads : 1,
                                            .isa = ecp_isa_best()};
    memset(out, 0, sizeof *out);
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    plastic_check_train(&r->population[0], &c->pre, c->dt);
    plastic_check_train(&r->population[1], &c->post, c->dt);
    CU_ASSERT_FATAL(r->n_signals == 1);
    const struct ecp_recorded_signal *in = &r->signal[0];
    const long long first = llround(in->start / c->dt);
    for (size_t k = 0; k < c->pre.n; k++) {
        const long long frame = llround((c->pre.time[k] + c->delay) / c->dt) - first;
        if (frame < (long long)in->n_frames)
            out->sent[out->n_sent++] = (double)in->data[frame];
    }
    if (r->n_weights > 0)
        out->final = (double)r->weights[0].weight[0];
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* What NEST sent at each spike, within 1e-9 of it (1e-5 in single precision). */
static inline void plastic_verify_nest(const char *data, struct plastic_case *c)
{
    static struct plastic_train want;
    static struct plastic_result got;
    const double most = sizeof(ecp_real) == sizeof(double) ? 1e-9 : 1e-5;
    plastic_read(data, &want);
    plastic_run(c, &got);
    CU_ASSERT(got.n_sent + 1 >= want.n && want.n > 50);
    double worst = 0;
    for (size_t k = 0; k < got.n_sent && k < want.n; k++)
        worst = fmax(worst, fabs(got.sent[k] / want.time[k] - 1));
    (void)printf(" %.1e ", worst);
    CU_ASSERT(worst <= most);
}

#endif
