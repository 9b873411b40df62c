/* Phases, changes, a stop on request, and numbers that leave the range. */
#include "tests/unit/network_case.h"

static void set_changes(struct ecp_plan *plan, struct ecp_plan_phase *phase, size_t n,
                        const struct ecp_plan_change *change)
{
    phase->n_changes = n;
    phase->change = ecp_plan_alloc(plan, n * sizeof *change);
    CU_ASSERT_PTR_NOT_NULL_FATAL(phase->change);
    memcpy(phase->change, change, n * sizeof *change);
}

/* A neuron that is driven in some phases fires there alone, at the steps that
 * the closed form gives; what is discarded is in the spikes and not counted. */
static struct ecp_plan *driven_in_turns(int own_parameters)
{
    struct ecp_plan *plan = new_plan(1);
    struct ecp_plan_population *p = add_population(plan, "a", "lif", 3);
    static const double tau[] = {10, 10, 10};
    if (own_parameters) {
        struct ecp_draw list = ecp_draw_constant(10);
        list.kind = ECP_DRAW_LIST;
        list.list = tau;
        list.count = 3;
        ECP_ASSERT_OK(ecp_population_set_draw(p, "tau_m", list));
    }
    (void)add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    (void)add_probe(plan, ECP_PROBE_FIELD, "a", "v", 0.1);
    (void)add_phase(plan, "rest", 7.3, 0);
    const struct ecp_plan_change on = change_field(plan, "a", "i_e", 500);
    const struct ecp_plan_change off = change_field(plan, "a", "i_e", 0);
    set_changes(plan, add_phase(plan, "driven", 92.7, 0), 1, &on);
    (void)add_phase(plan, "unseen", 100, 1);
    (void)add_phase(plan, "again", 100, 0);
    set_changes(plan, add_phase(plan, "calm", 50, 0), 1, &off);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* Steps from reset to threshold at 500 pA: 15 mV = R I (1 - exp(-t / tau)). */
static ecp_step steps_to_threshold(void)
{
    return (ecp_step)ceil(-10 * log(1 - 15.0 / (500 * 10 / 250.0)) / 0.1);
}

static void check_turns(const struct ecp_recording *r)
{
    const struct ecp_recorded_population *a = &r->population[0];
    const ecp_step first = 73 + steps_to_threshold(), period = 20 + steps_to_threshold();
    size_t n = 0;
    uint32_t counted = 0, intervals = 0;
    for (ecp_step stamp = first; stamp <= 3000; stamp += period) {
        const int seen = stamp <= 1000 || stamp > 2000;
        counted += (uint32_t)seen;
        intervals +=
            seen && stamp - period > 0 && stamp > first && (stamp <= 1000 || stamp - period > 2000);
        for (ecp_lid j = 0; j < 3; j++, n++) {
            CU_ASSERT_FATAL(n < a->n_events);
            CU_ASSERT(a->event[n].step == stamp && a->event[n].index == j);
        }
    }
    CU_ASSERT_EQUAL(n, a->n_events);
    CU_ASSERT_EQUAL(a->spikes, 3 * counted);
    for (size_t j = 0; j < 3; j++) {
        CU_ASSERT_EQUAL(a->count[j], counted);
        CU_ASSERT_EQUAL(a->intervals[j], intervals);
        CU_ASSERT_EQUAL(a->interval_sum[j], intervals * (uint64_t)period);
        CU_ASSERT_EQUAL(a->interval_square_sum[j], (double)intervals * (double)(period * period));
    }
}

static void changes_of_parameters(void)
{
    for (int own = 0; own < 2; own++) {
        struct ecp_plan *plan = driven_in_turns(own);
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        const struct ecp_recording *r = ecp_network_recording(network);
        check_turns(r);
        CU_ASSERT_DOUBLE_EQUAL(r->duration, 350, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(r->counted, 250, 1e-9);
        CU_ASSERT_EQUAL_FATAL(r->n_phases, 5);
        static const double ends[] = {0, 7.3, 100, 200, 300, 350};
        for (size_t k = 0; k < 5; k++) {
            CU_ASSERT_DOUBLE_EQUAL(r->phase[k].start, ends[k], 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(r->phase[k].stop, ends[k + 1], 1e-9);
            CU_ASSERT_EQUAL(r->phase[k].discarded, k == 2);
        }
        finish(network, plan);
    }
}

/* A parameter of each neuron. */
static void changes_of_each(void)
{
    struct ecp_plan *plan = new_plan(3);
    (void)add_population(plan, "P", "poisson", 100);
    (void)add_probe(plan, ECP_PROBE_RATE, "P", NULL, 100);
    (void)add_phase(plan, "off", 100, 0);
    const struct ecp_plan_change on = change_field(plan, "P", "rate", 1e6);
    set_changes(plan, add_phase(plan, "on", 100, 0), 1, &on);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 3, ecp_isa_best());
    const struct ecp_recorded_signal *rate = &ecp_network_recording(network)->signal[0];
    CU_ASSERT_EQUAL_FATAL(rate->n_frames, 2);
    CU_ASSERT_EQUAL(rate->data[0], 0);
    CU_ASSERT_DOUBLE_EQUAL((double)rate->data[1], 1e4, 1); /* every step */
    finish(network, plan);
}

/* ---- a stop ------------------------------------------------------------- */

static int stop_at_once(void *context, const struct ecp_progress *now)
{
    int *calls = context;
    ++*calls;
    return now->model_ms > 0;
}

static struct ecp_plan *endless(void)
{
    struct ecp_plan *plan = new_plan(1);
    struct ecp_plan_population *p = add_population(plan, "a", "lif_exp", 40);
    ECP_ASSERT_OK(ecp_population_set(p, "i_e", 500));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", ecp_draw_normal(-65, 3)));
    struct ecp_plan_projection *q = add_projection(plan, "a", "a", ECP_RULE_FIXED_INDEGREE, 30);
    q->number = 10;
    q->delay = ecp_draw_constant(1.3);
    (void)add_probe(plan, ECP_PROBE_SPIKES, "a", NULL, 0);
    add_probe(plan, ECP_PROBE_FIELD, "a", "v", 10)->target.count = 3;
    (void)add_probe(plan, ECP_PROBE_RATE, "a", NULL, 10);
    return plan;
}

/* What is there after a stop is what a run of that length gives. */
static void stop_on_request(void)
{
    int calls = 0;
    struct ecp_plan *plan = endless();
    (void)add_phase(plan, "all", 1e9, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    const struct ecp_run_options options = {
        .threads = 2, .isa = ecp_isa_best(), .progress = stop_at_once, .context = &calls};
    struct ecp_network *network = NULL;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    CU_ASSERT_EQUAL(ecp_network_run(network), ECP_ESTOPPED);
    ecp_error_clear();
    CU_ASSERT_EQUAL(calls, 1);
    const struct ecp_recording *a = ecp_network_recording(network);
    CU_ASSERT_FATAL(a->duration > 0 && a->duration < 1e9);
    CU_ASSERT_DOUBLE_EQUAL(a->counted, a->duration, 1e-9);

    struct ecp_plan *whole_plan = endless();
    (void)add_phase(whole_plan, "all", a->duration, 0);
    ECP_ASSERT_OK(ecp_plan_check(whole_plan));
    struct ecp_network *whole = ran(whole_plan, 1, ecp_isa_best());
    const struct ecp_recording *b = ecp_network_recording(whole);
    CU_ASSERT(a->n_steps == b->n_steps && a->checksum == b->checksum && a->spikes == b->spikes);
    CU_ASSERT_EQUAL_FATAL(a->population[0].n_events, b->population[0].n_events);
    CU_ASSERT_EQUAL(a->population[0].spikes, b->population[0].spikes);
    for (size_t k = 0; k < a->population[0].n_events; k++)
        CU_ASSERT_FATAL(a->population[0].event[k].step == b->population[0].event[k].step &&
                        a->population[0].event[k].index == b->population[0].event[k].index);
    for (size_t k = 0; k < 2; k++) {
        CU_ASSERT_EQUAL_FATAL(a->signal[k].n_frames, b->signal[k].n_frames);
        CU_ASSERT_EQUAL(memcmp(a->signal[k].data, b->signal[k].data,
                               a->signal[k].n_frames * a->signal[k].n_columns * sizeof(ecp_real)),
                        0);
    }
    finish(whole, whole_plan);
    finish(network, plan);
}

/* ---- out of range --------------------------------------------------------- */

static void infinite_state(void)
{
    static const ecp_lid who[] = {4, 4};
    static const double when[] = {12, 12};
    for (int threads = 1; threads <= 3; threads++) {
        struct ecp_plan *plan = new_plan(1);
        (void)add_population(plan, "calm", "lif", 5);
        (void)add_population(plan, "hit", "lif", 9);
        struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_SPIKES, "hit", 0);
        s->weight = 1.7e308;
        s->n_events = 2;
        s->event_target = who;
        s->event_time = when;
        (void)add_probe(plan, ECP_PROBE_SPIKES, "hit", NULL, 0);
        (void)add_phase(plan, "all", 100, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = built(plan, threads, ecp_isa_best());
        CU_ASSERT_EQUAL(ecp_network_run(network), ECP_ENUMERIC);
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "hit[4]"));
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "lif"));
        CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "i is"));
        ecp_error_clear();
        finish(network, plan);
    }
}

/* A model refuses what a phase brings about for one neuron among all. */
static void refused_change(void)
{
    struct ecp_plan *plan = new_plan(1);
    static const double threshold[] = {-50, -50, -64};
    struct ecp_draw list = ecp_draw_constant(0);
    list.kind = ECP_DRAW_LIST;
    list.list = threshold;
    list.count = 3;
    ECP_ASSERT_OK(ecp_population_set_draw(add_population(plan, "a", "lif", 3), "v_th", list));
    (void)add_phase(plan, "first", 10, 0);
    const struct ecp_plan_change up = change_field(plan, "a", "v_reset", -60);
    set_changes(plan, add_phase(plan, "second", 10, 0), 1, &up);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = built(plan, 2, ecp_isa_best());
    CU_ASSERT_EQUAL(ecp_network_run(network), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "v_reset"));
    ecp_error_clear();
    finish(network, plan);
}

ECP_TEST_MAIN("phases and ends", {"changes of parameters", changes_of_parameters},
              {"changes of a parameter of each", changes_of_each},
              {"stop on request", stop_on_request}, {"infinite state", infinite_state},
              {"refused change", refused_change})
