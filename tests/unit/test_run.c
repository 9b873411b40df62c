/* Runs: bit by bit the same for any number of threads and any instruction set,
 * with everything that a plan may hold. */
#include "tests/unit/network_case.h"

static struct ecp_draw spread(double mean, double sd, double lowest, double highest)
{
    return ecp_draw_bounded(ecp_draw_normal(mean, sd), ECP_BOUNDS_REDRAW, lowest, highest);
}

static void add_populations(struct ecp_plan *plan)
{
    struct ecp_plan_population *p = add_population(plan, "E", "lif_exp", 1100);
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", spread(-63, 4, -80, -55)));
    p = add_population(plan, "I", "lif", 53);
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v_th", spread(-55, 1, -58, -50)));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "tau_m", spread(10, 1, 5, 20)));
    (void)add_population(plan, "S", "spike_source", 5);
    p = add_population(plan, "P", "poisson", 17);
    ECP_ASSERT_OK(ecp_population_set_draw(p, "rate", spread(100, 50, 0, 400)));
    (void)add_population(plan, "one", "parrot", 1);
    (void)add_population(plan, "A", "lif_alpha", 70);
}

/* Both forms on the ports of E and I; one sign, both signs; delays from one
 * step to beyond the calendar. */
static void add_projections(struct ecp_plan *plan)
{
    static const ecp_lid from[] = {0, 1, 2, 3, 4, 4, 4}, to[] = {9, 1099, 512, 700, 3, 3, 77};
    static const double weight[] = {900, 800, -70, 555.5, 321, 123, 999};
    static const double delay[] = {0.1, 25.4, 25.5, 25.6, 50.8, 50.9, 90};
    struct ecp_plan_projection *p = add_projection(plan, "E", "E", ECP_RULE_FIXED_INDEGREE, 0);
    p->number = 30;
    p->weight = spread(60, 30, -100, 300);
    p->delay = spread(1.5, 0.75, 0.1, 40);
    p = add_projection(plan, "E", "E", ECP_RULE_PAIRWISE_BERNOULLI, 11.3);
    p->probability = 0.02;
    p->precision = ECP_PRECISION_FULL;
    p->weight = spread(11.3, 9, 0, 100);
    p->delay = spread(30, 10, 0.1, 80);
    p = add_projection(plan, "E", "I", ECP_RULE_FIXED_TOTAL_NUMBER, 40);
    p->number = 3000;
    p = add_projection(plan, "I", "E", ECP_RULE_FIXED_OUTDEGREE, -150);
    p->number = 200;
    p->delay = spread(0.8, 0.4, 0.1, 5);
    p = add_projection(plan, "I", "I", ECP_RULE_ALL_TO_ALL, -33.3);
    p->autapses = 0;
    p->precision = ECP_PRECISION_FULL;
    p = add_projection(plan, "S", "E", ECP_RULE_EXPLICIT, 1);
    p->edges = (struct ecp_edges){7, from, to, weight, delay};
    p = add_projection(plan, "P", "A", ECP_RULE_ALL_TO_ALL, 25);
    p = add_projection(plan, "A", "one", ECP_RULE_ALL_TO_ALL, 1);
    p->delay = ecp_draw_constant(3);
    p = add_projection(plan, "one", "A", ECP_RULE_ALL_TO_ALL, 5);
    p->delay = ecp_draw_constant(26);
}

static void add_stimuli(struct ecp_plan *plan)
{
    static const double time[] = {1, 1.3, 1.4, 20, 20.1, 33.3}, when[] = {10, 20.5, 50.7};
    static const ecp_lid who[] = {0, 4, 2, 3, 1, 4}, some[] = {0, 3, 4, 15, 16, 44, 52};
    static const double value[] = {7000, 12000, 9000}, pa[] = {50, -80, 30};
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, "E", 9000);
    s->weight = 70;
    s->n_switches = 3;
    s->switch_time = when;
    s->switch_value = value;
    s = add_stimulus(plan, ECP_STIMULUS_POISSON, "I", 0);
    s->level = spread(9000, 4000, 0, 30000);
    s->weight = 41;
    s->start = 0.5;
    s = add_stimulus(plan, ECP_STIMULUS_POISSON, "I", 12000); /* of a part */
    s->target.list = some;
    s->target.count = sizeof some / sizeof *some;
    s->weight = 30;
    s->start = 3.3;
    s->stop = 61.7;
    s = add_stimulus(plan, ECP_STIMULUS_POISSON, "A", 0); /* means beyond 16 a step */
    s->level = ecp_draw_constant(0);
    s->level.kind = ECP_DRAW_EXPONENTIAL;
    s->level.a = 120000;
    s->weight = 2;
    s = add_stimulus(plan, ECP_STIMULUS_SPIKES, "S", 0);
    s->n_events = 6;
    s->event_target = who;
    s->event_time = time;
    s = add_stimulus(plan, ECP_STIMULUS_NOISE, "E", 0);
    s->mean = 20;
    s->sd = 60;
    s->tau = 5;
    s->target.first = 7;
    s->target.stride = 3;
    s->target.count = 300;
    s = add_stimulus(plan, ECP_STIMULUS_CURRENT, "I", 40);
    s->n_switches = 3;
    s->switch_time = when;
    s->switch_value = pa;
}

static void add_probes(struct ecp_plan *plan)
{
    static const double times[] = {0, 13.7, 90};
    static const char *const names[] = {"E", "I", "S", "P", "one", "A"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        (void)add_probe(plan, ECP_PROBE_SPIKES, names[k], NULL, 0);
        (void)add_probe(plan, ECP_PROBE_RATE, names[k], NULL, 2.3);
    }
    struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_FIELD, "E", "v", 0.7);
    p->target.first = 5;
    p->target.stride = 9;
    p->target.count = 100;
    (void)add_probe(plan, ECP_PROBE_FIELD, "E", "ex", 0.1);
    (void)add_probe(plan, ECP_PROBE_FIELD, "I", "i", 1);
    (void)add_probe(plan, ECP_PROBE_FIELD, "I", "wait", 1.1);
    (void)add_probe(plan, ECP_PROBE_FIELD, "I", "i_stim", 0.4);
    (void)add_probe(plan, ECP_PROBE_FIELD, "A", "v", 0.1);
    p = add_probe(plan, ECP_PROBE_WEIGHTS, "E_E", NULL, 0);
    p->times = times;
    p->n_times = 3;
}

enum { NO_PROBES, PROBES, RESTS };

/* The workers rest at every time of a weights probe. */
static void add_rests(struct ecp_plan *plan)
{
    enum { TIMES = 61 };
    static double times[TIMES];
    for (int k = 0; k < TIMES; k++)
        times[k] = 1.3 * k + 0.1 * (k % 4);
    struct ecp_plan_probe *p = add_probe(plan, ECP_PROBE_WEIGHTS, "S_E", NULL, 0);
    p->times = times;
    p->n_times = TIMES;
}

static struct ecp_plan *everything(int probes)
{
    struct ecp_plan *plan = new_plan(20260101);
    add_populations(plan);
    add_projections(plan);
    add_stimuli(plan);
    if (probes != NO_PROBES)
        add_probes(plan);
    if (probes == RESTS)
        add_rests(plan);
    (void)add_phase(plan, "settle", 11.3, 1);
    struct ecp_plan_phase *phase = add_phase(plan, "test", 78.7, 0);
    phase->n_changes = 3;
    phase->change = ecp_plan_alloc(plan, 3 * sizeof *phase->change);
    CU_ASSERT_PTR_NOT_NULL_FATAL(phase->change);
    phase->change[0] = change_field(plan, "I", "i_e", 30);
    phase->change[1] = change_field(plan, "E", "tau_m", 12);
    phase->change[2] =
        (struct ecp_plan_change){.population = -1, .field = 0, .stimulus = 0, .value = 8000};
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* ---- two recordings, bit by bit ---------------------------------------- */

static int same(const void *a, const void *b, size_t bytes)
{
    return bytes == 0 || memcmp(a, b, bytes) == 0;
}

static int same_population(const struct ecp_recorded_population *a,
                           const struct ecp_recorded_population *b)
{
    int equal = a->spikes == b->spikes && a->n_events == b->n_events &&
                same(a->count, b->count, a->size * sizeof *a->count) &&
                same(a->intervals, b->intervals, a->size * sizeof *a->intervals) &&
                same(a->interval_sum, b->interval_sum, a->size * sizeof *a->interval_sum) &&
                same(a->interval_square_sum, b->interval_square_sum,
                     a->size * sizeof *a->interval_square_sum);
    for (size_t k = 0; equal && k < a->n_events; k++)
        equal = a->event[k].step == b->event[k].step && a->event[k].index == b->event[k].index;
    return equal;
}

static int same_weights(const struct ecp_recorded_weights *a, const struct ecp_recorded_weights *b)
{
    return a->n == b->n && a->time == b->time && same(a->source, b->source, a->n * 4) &&
           same(a->target, b->target, a->n * 4) && same(a->weight, b->weight, a->n * 4) &&
           same(a->delay, b->delay, a->n * 4);
}

static int same_recording(const struct ecp_network *one, const struct ecp_network *other)
{
    const struct ecp_recording *a = ecp_network_recording(one), *b = ecp_network_recording(other);
    int equal = a->checksum == b->checksum && a->spikes == b->spikes &&
                a->duration == b->duration && a->counted == b->counted &&
                a->n_signals == b->n_signals && a->n_weights == b->n_weights &&
                ecp_network_weights_checksum(one) == ecp_network_weights_checksum(other);
    for (size_t k = 0; equal && k < a->n_populations; k++)
        equal = same_population(&a->population[k], &b->population[k]);
    for (size_t k = 0; equal && k < a->n_signals; k++)
        equal = a->signal[k].n_frames == b->signal[k].n_frames &&
                same(a->signal[k].data, b->signal[k].data,
                     a->signal[k].n_frames * a->signal[k].n_columns * sizeof(ecp_real));
    for (size_t k = 0; equal && k < a->n_weights; k++)
        equal = same_weights(&a->weights[k], &b->weights[k]);
    return equal;
}

/* ---- tests ------------------------------------------------------------- */

static void threads_and_sets(void)
{
    static const int threads[] = {1, 2, 3, 4, 7};
    struct ecp_plan *plan = everything(PROBES);
    struct ecp_network *first = ran(plan, 1, ECP_ISA_BASELINE);
    const struct ecp_recording *r = ecp_network_recording(first);
    for (size_t k = 0; k < r->n_populations; k++) /* or the rest shows nothing */
        CU_ASSERT(r->population[k].n_events > 5);
    CU_ASSERT(r->population[0].spikes > 1000);
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++)
        for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
            const int is_best = (enum ecp_isa)isa == ecp_isa_best();
            if (!ecp_isa_available((enum ecp_isa)isa) || (!is_best && threads[k] % 2 == 0))
                continue;
            struct ecp_network *other = ran(plan, threads[k], (enum ecp_isa)isa);
            CU_ASSERT(same_recording(first, other));
            ecp_network_destroy(other);
        }
    finish(first, plan);
}

/* Shares without a neuron, in some populations and in all. */
static void more_threads_than_neurons(void)
{
    struct ecp_plan *plan = new_plan(4);
    (void)add_population(plan, "one", "lif_exp", 1);
    (void)add_population(plan, "three", "lif_exp", 3);
    struct ecp_plan_projection *p = add_projection(plan, "one", "three", ECP_RULE_ALL_TO_ALL, 2000);
    p->delay = ecp_draw_constant(0.1);
    p = add_projection(plan, "three", "one", ECP_RULE_ALL_TO_ALL, 700);
    p->delay = spread(2, 1, 0.1, 40);
    p->precision = ECP_PRECISION_FULL;
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, "three", 4000);
    s->weight = 300;
    s->target.first = 1;
    s->target.count = 2;
    (void)add_probe(plan, ECP_PROBE_SPIKES, "one", NULL, 0);
    (void)add_probe(plan, ECP_PROBE_SPIKES, "three", NULL, 0);
    (void)add_probe(plan, ECP_PROBE_FIELD, "three", "v", 0.1);
    (void)add_phase(plan, "all", 50, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *first = ran(plan, 1, ecp_isa_best());
    CU_ASSERT(ecp_network_recording(first)->population[0].spikes > 3);
    for (int threads = 2; threads <= 9; threads++) {
        struct ecp_network *other = ran(plan, threads, ecp_isa_best());
        CU_ASSERT(same_recording(first, other));
        ecp_network_destroy(other);
    }
    finish(first, plan);
}

/* The whole network again, with probes and without, and with workers that rest
 * at other times. */
static void probes_do_not_change_spikes(void)
{
    struct ecp_plan *plan = everything(PROBES);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    for (int kind = NO_PROBES; kind <= RESTS; kind += RESTS) {
        struct ecp_plan *other_plan = everything(kind);
        struct ecp_network *other = ran(other_plan, 3, ecp_isa_best());
        const struct ecp_recording *a = ecp_network_recording(network);
        const struct ecp_recording *b = ecp_network_recording(other);
        CU_ASSERT(a->checksum == b->checksum && a->spikes == b->spikes);
        CU_ASSERT_EQUAL(ecp_network_weights_checksum(network), ecp_network_weights_checksum(other));
        for (size_t k = 0; kind == RESTS && k < a->n_signals; k++)
            CU_ASSERT(a->signal[k].n_frames == b->signal[k].n_frames &&
                      same(a->signal[k].data, b->signal[k].data,
                           a->signal[k].n_frames * a->signal[k].n_columns * sizeof(ecp_real)));
        finish(other, other_plan);
    }
    finish(network, plan);
}

/* Both forms of the same synapses: the same spikes where weights are exact. */
static void forms_agree(void)
{
    uint64_t checksum[3] = {0};
    static const enum ecp_precision form[] = {ECP_PRECISION_AUTO, ECP_PRECISION_COMPACT,
                                              ECP_PRECISION_FULL};
    for (size_t k = 0; k < 3; k++) {
        struct ecp_plan *plan = new_plan(6);
        (void)add_population(plan, "E", "lif_exp", 200);
        for (int sign = 1; sign >= -1; sign -= 2) {
            struct ecp_plan_projection *p =
                add_projection(plan, "E", "E", ECP_RULE_FIXED_INDEGREE, sign > 0 ? 64 : -128);
            p->number = 20;
            p->delay = spread(10, 10, 0.1, 60);
            p->precision = form[k];
        }
        add_stimulus(plan, ECP_STIMULUS_POISSON, "E", 9000)->weight = 64;
        (void)add_phase(plan, "all", 100, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        CU_ASSERT(ecp_network_recording(network)->spikes > 500);
        checksum[k] = ecp_network_recording(network)->checksum;
        finish(network, plan);
    }
    CU_ASSERT(checksum[0] == checksum[1] && checksum[1] == checksum[2]);
}

ECP_TEST_MAIN("runs", {"threads and instruction sets", threads_and_sets},
              {"more threads than neurons", more_threads_than_neurons},
              {"probes do not change spikes", probes_do_not_change_spikes},
              {"forms agree", forms_agree})
