/* verify_exact_sources.c -- poisson, parrot and spike_source without a grid:
 * spikes at the times that were given, repeated at the times that they arrive,
 * and Poisson processes that are the same for any number of threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network.h"
#include "tests/support.h"

enum { MOST = 60000, POPULATIONS = 3 };

struct spike {
    ecp_lid neuron;
    double time;
};

static struct spike spike[POPULATIONS][MOST];
static size_t n_spikes[POPULATIONS];

static int by_neuron(const void *a, const void *b)
{
    const struct spike *p = a, *q = b;
    if (p->neuron != q->neuron)
        return p->neuron < q->neuron ? -1 : 1;
    return (p->time > q->time) - (p->time < q->time);
}

static uint64_t run(struct ecp_plan *plan, int threads)
{
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const uint64_t checksum = r->checksum;
    for (size_t q = 0; q < r->n_populations; q++) {
        const struct ecp_recorded_population *p = &r->population[q];
        CU_ASSERT_FATAL(p->n_events <= MOST);
        n_spikes[q] = p->n_events;
        for (size_t k = 0; k < p->n_events; k++)
            spike[q][k] = (struct spike){p->event[k].index, (double)p->event[k].step * r->dt};
        qsort(spike[q], n_spikes[q], sizeof *spike[q], by_neuron);
    }
    ecp_network_destroy(network);
    return checksum;
}

static struct ecp_plan *begin(void)
{
    struct ecp_plan *plan;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->seed = 3;
    plan->dt = 0.1;
    plan->time = ECP_TIME_EXACT;
    return plan;
}

static struct ecp_plan_population *add(struct ecp_plan *plan, const char *name, const char *model,
                                       size_t size)
{
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, name, model, size, &p));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, name, &probe));
    return p;
}

static void connect(struct ecp_plan *plan, const char *source, const char *target, double weight,
                    double delay)
{
    struct ecp_plan_projection *p;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, source, target, ECP_RULE_ONE_TO_ONE, &p));
    p->weight = ecp_draw_constant(weight);
    p->delay = ecp_draw_constant(delay);
}

static struct ecp_plan_phase *last(struct ecp_plan *plan, double duration)
{
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", duration, 0, &phase));
    return phase;
}

/* ---- given times, and their echo ------------------------------------------- */

static void given_times(void)
{
    /* three spikes within a step, two neurons, two at the same time */
    static const double time[] = {1.23456789, 1.2345679, 1.25, 7.7, 7.7, 9.99999};
    static const ecp_lid neuron[] = {0, 0, 0, 1, 0, 1};
    static const double delay = 1.0625 + 1e-7;
    struct ecp_plan *plan = begin();
    struct ecp_plan_stimulus *s;
    add(plan, "given", "spike_source", 2);
    add(plan, "echo", "parrot", 2);
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, "given", &s));
    s->weight = 1;
    s->n_events = 6;
    s->event_time = time;
    s->event_target = neuron;
    connect(plan, "given", "echo", -0.5, delay);
    last(plan, 20);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    (void)run(plan, 2);
    CU_ASSERT_EQUAL_FATAL(n_spikes[0], 6);
    CU_ASSERT_EQUAL_FATAL(n_spikes[1], 6);
    static const struct spike want[] = {{0, 1.23456789}, {0, 1.2345679}, {0, 1.25},
                                        {0, 7.7},        {1, 7.7},       {1, 9.99999}};
    for (size_t k = 0; k < 6; k++) {
        CU_ASSERT_EQUAL(spike[0][k].neuron, want[k].neuron);
        CU_ASSERT_DOUBLE_EQUAL(spike[0][k].time, want[k].time, 2e-10);
        CU_ASSERT_EQUAL(spike[1][k].neuron, want[k].neuron);
        CU_ASSERT_DOUBLE_EQUAL(spike[1][k].time, want[k].time + delay, 2e-10);
    }
    ecp_plan_destroy(plan);
}

/* All sources fire at once: a jump over the threshold and one back arrive at the
 * same time. The lower source comes first, on any number of threads. */
static void coincidences(void)
{
    enum { N = 40 };
    double weight[2 * N], time[N];
    ecp_lid source[2 * N], target[2 * N], all[N], fires = 0;
    int wanted[N];
    struct ecp_plan *plan = begin();
    struct ecp_plan_stimulus *s;
    struct ecp_plan_projection *p;
    for (ecp_lid j = 0; j < N; j++) {
        const ecp_lid up = j * 7 % N, down = (j * 11 + 3) % N;
        all[j] = j;
        time[j] = 5;
        for (ecp_lid k = 0; k < 2; k++) {
            source[2 * j + k] = k ? down : up;
            target[2 * j + k] = j;
            weight[2 * j + k] = k ? -20 : 20;
        }
        wanted[j] = up <= down; /* both from one source: as they are listed */
        fires += (ecp_lid)wanted[j];
    }
    CU_ASSERT(fires > 10 && fires < 30);
    add(plan, "given", "spike_source", N);
    add(plan, "n", "lif_delta", N);
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, "given", &s));
    s->weight = 1;
    s->n_events = N;
    s->event_time = time;
    s->event_target = all;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "given", "n", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = 2 * N, .source = source, .target = target, .weight = weight};
    p->delay = ecp_draw_constant(1.5);
    last(plan, 10);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    for (int threads = 1; threads <= 4; threads++) {
        (void)run(plan, threads);
        CU_ASSERT_EQUAL(n_spikes[1], fires);
        for (size_t k = 0; k < n_spikes[1]; k++)
            CU_ASSERT(wanted[spike[1][k].neuron]);
    }
    ecp_plan_destroy(plan);
}

/* ---- Poisson ------------------------------------------------------------------ */

/* Two of them arrive at one parrot; weight 0 is silent. */
static void echoes(void)
{
    struct ecp_plan *plan = begin();
    struct ecp_plan_population *p = add(plan, "noise", "poisson", 10);
    add(plan, "echo", "parrot", 10);
    add(plan, "deaf", "parrot", 10);
    ECP_ASSERT_OK(ecp_population_set(p, "rate", 50));
    connect(plan, "noise", "echo", 2, 0.7);
    connect(plan, "noise", "deaf", 0, 0.7);
    last(plan, 1000);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    (void)run(plan, 1);
    CU_ASSERT(n_spikes[0] > 400 && n_spikes[0] < 600);
    CU_ASSERT_EQUAL(n_spikes[2], 0);
    size_t k = 0, wrong = 0;
    for (size_t e = 0; e < n_spikes[1]; e++, k++) {
        while (k < n_spikes[0] && spike[0][k].time + 0.7 >= 1000)
            k++;
        wrong += k >= n_spikes[0] || spike[0][k].neuron != spike[1][e].neuron ||
                 fabs(spike[0][k].time + 0.7 - spike[1][e].time) > 4e-10;
    }
    CU_ASSERT(n_spikes[1] > 400);
    CU_ASSERT_EQUAL(wrong, 0);
    ecp_plan_destroy(plan);
}

/* Largest distance between the intervals' distribution and 1 - exp(-rate t). */
static int by_value(const void *a, const void *b)
{
    const double *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

static double distance_from_exponential(double *interval, size_t n, double rate)
{
    double worst = 0;
    qsort(interval, n, sizeof *interval, by_value);
    for (size_t k = 0; k < n; k++) {
        const double law = -expm1(-rate * interval[k]);
        worst = fmax(worst, fmax(law - (double)k / (double)n, (double)(k + 1) / (double)n - law));
    }
    return worst;
}

static void poisson_law(void)
{
    enum { N = 400 };
    static double interval[MOST];
    double rate[N];
    struct ecp_plan *plan = begin();
    struct ecp_plan_population *p = add(plan, "noise", "poisson", N);
    for (int j = 0; j < N; j++)
        rate[j] = j < N / 2 ? 80 : 0;
    ECP_ASSERT_OK(ecp_population_set_draw(
        p, "rate", (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = rate, .count = N}));
    last(plan, 1000);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    (void)run(plan, 2);
    size_t n = 0;
    for (size_t k = 0; k < n_spikes[0]; k++) {
        const int first = k == 0 || spike[0][k - 1].neuron != spike[0][k].neuron;
        interval[n++] = spike[0][k].time - (first ? 0 : spike[0][k - 1].time);
        CU_ASSERT(spike[0][k].neuron < N / 2);
    }
    const double mean = 80 * (N / 2.0);
    CU_ASSERT(fabs((double)n - mean) < 4 * sqrt(mean));
    /* Kolmogorov and Smirnov: p = 1e-4 at 2.23. Intervals that the end of the
     * run cuts are missing: 1 of 80 a neuron, the long ones. */
    CU_ASSERT(distance_from_exponential(interval, n, 0.080) < 2.23 / sqrt((double)n) + 1 / 80.0);
    ecp_plan_destroy(plan);
}

/* Twice within a millisecond, as no grid of 1 ms allows: counts follow the
 * rate itself, 1 kHz and more, and a change of phase. */
static void high_rates_and_phases(void)
{
    struct ecp_plan *plan = begin();
    struct ecp_plan_population *p = add(plan, "noise", "poisson", 20);
    ECP_ASSERT_OK(ecp_population_set(p, "rate", 5000));
    last(plan, 300);
    struct ecp_plan_phase *phase = last(plan, 300);
    phase->name = "later";
    phase->n_changes = 1;
    phase->change = ecp_plan_alloc(plan, sizeof *phase->change);
    phase->change[0] = (struct ecp_plan_change){.population = 0,
                                                .field = ecp_field_find(p->model->fields, "rate"),
                                                .stimulus = -1,
                                                .value = 500};
    ECP_ASSERT_OK(ecp_plan_check(plan));
    (void)run(plan, 1);
    double early = 0, later = 0;
    for (size_t k = 0; k < n_spikes[0]; k++)
        *(spike[0][k].time < 300 ? &early : &later) += 1;
    CU_ASSERT(fabs(early - 30000) < 4 * sqrt(30000));
    CU_ASSERT(fabs(later - 3000) < 4 * sqrt(3000));
    ecp_plan_destroy(plan);
}

/* ---- threads -------------------------------------------------------------------- */

static void any_number_of_threads(void)
{
    static const char *const models[] = {"lif_delta", "lif_exp", "lif_alpha"};
    static const double weight[] = {2, 150, 90};
    for (int k = 0; k < 3; k++) {
        struct ecp_plan *plan = begin();
        struct ecp_plan_projection *projection;
        struct ecp_plan_stimulus *s;
        struct ecp_plan_probe *probe;
        struct ecp_plan_population *p = add(plan, "noise", "poisson", 50);
        ECP_ASSERT_OK(ecp_population_set(p, "rate", 60));
        add(plan, "echo", "parrot", 50);
        add(plan, "n", models[k], 80);
        connect(plan, "noise", "echo", 1, 1.3);
        for (int from = 0; from < 2; from++) {
            ECP_ASSERT_OK(ecp_plan_add_projection(plan, from ? "n" : "echo", "n",
                                                  ECP_RULE_FIXED_INDEGREE, &projection));
            projection->number = from ? 6 : 20;
            projection->weight = ecp_draw_constant(weight[k] * (from ? -0.5 : 1));
            projection->delay = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.4, .b = 3.7};
        }
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "echo", &s));
        s->level = ecp_draw_constant(20);
        s->weight = 1;
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "n", &probe));
        probe->field_name = "v";
        probe->interval = 0.7;
        last(plan, 300);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        const uint64_t checksum = run(plan, 1);
        CU_ASSERT(n_spikes[1] > n_spikes[0] + 100); /* the stimulus' spikes, too */
        CU_ASSERT(n_spikes[2] > 100);
        for (int threads = 2; threads <= 4; threads++)
            CU_ASSERT_EQUAL(run(plan, threads), checksum);
        ecp_plan_destroy(plan);
    }
}

ECP_TEST_MAIN("sources in the exact mode", {"given times", given_times},
              {"coincidences", coincidences}, {"echoes", echoes}, {"poisson law", poisson_law},
              {"high rates and phases", high_rates_and_phases},
              {"any number of threads", any_number_of_threads})
