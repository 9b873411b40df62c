/* verify_exact.c -- the exact mode against NEST's models with precise spike
 * times (iaf_psc_*_ps, tests/data/nest/exact_*), against integration in long
 * double, and against itself on other numbers of threads. */
#include <math.h>

#include "tests/verify/nest_case.h"

static struct nest_case c;

enum { MOST = 20000 };

struct spikes {
    size_t n;
    double time[MOST];
    ecp_lid neuron[MOST];
    uint64_t checksum;
};

static struct spikes run(struct ecp_plan *plan, int threads)
{
    static struct spikes out;
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_population *p = &r->population[0];
    CU_ASSERT_FATAL(p->n_events <= MOST);
    out.n = p->n_events;
    out.checksum = r->checksum;
    for (size_t k = 0; k < p->n_events; k++) {
        out.time[k] = (double)p->event[k].step * r->dt;
        out.neuron[k] = p->event[k].index;
    }
    ecp_network_destroy(network);
    return out;
}

/* ---- NEST ----------------------------------------------------------------- */

struct timed {
    double neuron, time;
};

static int by_neuron(const void *a, const void *b)
{
    const struct timed *p = a, *q = b;
    if (p->neuron != q->neuron)
        return p->neuron < q->neuron ? -1 : 1;
    return p->time < q->time ? -1 : p->time > q->time;
}

/* As many spikes of each neuron, at times within 1e-6 ms (NEST finds a crossing
 * by iteration to about that). */
static void compare(const char *data, size_t columns)
{
    static double cell[2 * MOST];
    static struct timed want[MOST], have[MOST];
    c.time = ECP_TIME_EXACT;
    for (int threads = 1; threads <= 3; threads += 2) {
        struct ecp_plan *plan = nest_plan(&c);
        const struct spikes got = run(plan, threads);
        const size_t n = nest_read(data, columns, MOST, cell);
        for (size_t k = 0; k < n; k++)
            want[k] = columns == 2 ? (struct timed){cell[2 * k], cell[2 * k + 1]}
                                   : (struct timed){0, cell[k]};
        CU_ASSERT_EQUAL_FATAL(got.n, n);
        for (size_t k = 0; k < n; k++)
            have[k] = (struct timed){got.neuron[k], got.time[k]};
        qsort(want, n, sizeof *want, by_neuron);
        qsort(have, n, sizeof *have, by_neuron);
        double worst = 0;
        for (size_t k = 0; k < n; k++) {
            worst = fmax(worst, fabs(have[k].time - want[k].time));
            CU_ASSERT_EQUAL(have[k].neuron, want[k].neuron);
        }
        CU_ASSERT(worst < 1e-6);
        ecp_plan_destroy(plan);
    }
}

static void constant_current(void)
{
    nest_case_const(&c, "lif_delta");
    compare("exact_lif_delta_const_spikes", 1);
    nest_case_const(&c, "lif_exp");
    compare("exact_lif_exp_const_spikes", 1);
    nest_case_const(&c, "lif_alpha");
    compare("exact_lif_alpha_const_spikes", 1);
}

static void current_steps(void)
{
    nest_case_step(&c, "lif_delta");
    compare("exact_lif_delta_step_spikes", 1);
    nest_case_step(&c, "lif_exp");
    compare("exact_lif_exp_step_spikes", 1);
    nest_case_step(&c, "lif_alpha");
    compare("exact_lif_alpha_step_spikes", 1);
}

static void network_of_50(void)
{
    nest_case_network(&c, "lif_delta", 3.5);
    compare("exact_net50_lif_delta_spikes", 2);
    nest_case_network(&c, "lif_exp", 500);
    c.tau_syn_in = 4;
    compare("exact_net50_lif_exp_spikes", 2);
}

/* Spikes that arrive off the grid: the membrane at every 0.1 ms. */
static void off_grid(const char *model, const double *weight, const char *data)
{
    static double v[NEST_STEPS], event[400][2];
    struct ecp_plan_stimulus *s;
    const double delay[] = {1, 1.5, 0.7};
    const size_t n = nest_read("generators_precise", 2, 400, event[0]);
    nest_single(&c, model);
    c.time = ECP_TIME_EXACT;
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = 0.1;
    plan->time = ECP_TIME_EXACT;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", model, 1, &p));
    for (int g = 0; g < 3; g++) {
        double *time = ecp_plan_alloc(plan, n * sizeof *time);
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, "n", &s));
        s->weight = weight[g];
        s->delay = delay[g];
        for (size_t e = 0; e < n; e++)
            if ((int)event[e][0] == g)
                time[s->n_events++] = event[e][1];
        s->event_time = time;
        s->event_target = ecp_plan_alloc(plan, n * sizeof(ecp_lid));
    }
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "n", &probe));
    probe->field_name = "v";
    probe->interval = 0.1;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 500, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recorded_signal *got = &ecp_network_recording(network)->signal[0];
    const size_t rows = nest_read(data, 1, NEST_STEPS, v);
    CU_ASSERT_FATAL(rows > 4900 && got->n_frames >= rows + 1);
    double worst = 0;
    for (size_t k = 0; k < rows; k++)
        worst = fmax(worst, fabs((double)got->data[k + 1] - v[k]));
    CU_ASSERT(worst < (sizeof(ecp_real) > 4 ? 1e-6 : 2e-5)); /* digits kept */
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void arrivals_off_the_grid(void)
{
    const double jump[] = {2, 4, -2.5}, current[] = {250, 400, -300};
    off_grid("lif_delta", jump, "exact_lif_delta_offgrid_v");
    off_grid("lif_exp", current, "exact_lif_exp_offgrid_v");
}

/* ---- threads -------------------------------------------------------------- */

static struct ecp_plan *unchecked_network(const char *model, double weight, double drive)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *projection;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->seed = 7;
    plan->dt = 0.1;
    plan->time = ECP_TIME_EXACT;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", model, 100, &p));
    ECP_ASSERT_OK(ecp_population_set_draw(
        p, "v", (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = -70, .b = -56}));
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "n", "n", ECP_RULE_FIXED_INDEGREE, &projection));
    projection->number = 10;
    projection->weight = ecp_draw_constant(weight);
    projection->delay = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.73, .b = 4.1};
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "n", &s));
    s->level = ecp_draw_constant(800);
    s->weight = drive;
    s->stop = 250.05;
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 400, 0, &phase));
    return plan;
}

static struct ecp_plan *random_network(const char *model, double weight, double drive)
{
    struct ecp_plan *plan = unchecked_network(model, weight, drive);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static void any_number_of_threads(void)
{
    const char *const models[] = {"lif_delta", "lif_exp", "lif_alpha", "lif"};
    const double weight[] = {1, 60, 30, 60}, drive[] = {3, 250, 160, 250};
    for (int k = 0; k < 4; k++) {
        struct ecp_plan *plan = random_network(models[k], weight[k], drive[k]);
        const struct spikes one = run(plan, 1);
        const size_t n = one.n;
        const uint64_t checksum = one.checksum;
        CU_ASSERT(n > 100);
        for (int threads = 2; threads <= 7; threads += threads == 4 ? 3 : 1)
            CU_ASSERT_EQUAL(run(plan, threads).checksum, checksum);
        ecp_plan_destroy(plan);
    }
}

/* A current comes and goes, a phase changes a parameter and the drive; probes
 * cut the windows. Neither cuts nor threads change a bit of the spikes; the
 * changes do. */
enum { CURRENT = 1, PARAMETER = 2, DRIVE = 4, ALL = 7 };

static uint64_t changing(int changes, int probes, int threads)
{
    struct ecp_plan *plan = unchecked_network("lif_exp", 60, 250);
    struct ecp_plan_stimulus *s;
    struct ecp_plan_phase *phase;
    struct ecp_plan_probe *probe;
    if (changes & CURRENT) {
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "n", &s));
        s->level = ecp_draw_constant(100);
        s->start = 60;
        s->stop = 121;
    }
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "later", 50, 0, &phase));
    plan->stimulus[0]->stop = INFINITY;
    const int i_e = ecp_field_find(plan->population[0]->model->fields, "i_e");
    phase->change = ecp_plan_alloc(plan, 2 * sizeof *phase->change);
    if (changes & PARAMETER)
        phase->change[phase->n_changes++] =
            (struct ecp_plan_change){.population = 0, .field = i_e, .stimulus = -1, .value = 150};
    if (changes & DRIVE)
        phase->change[phase->n_changes++] =
            (struct ecp_plan_change){.population = -1, .field = -1, .stimulus = 0, .value = 300};
    if (probes) {
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "n", &probe));
        probe->field_name = "v";
        probe->interval = 0.3;
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_RATE, "n", &probe));
        probe->interval = 7;
    }
    ECP_ASSERT_OK(ecp_plan_check(plan));
    const uint64_t checksum = run(plan, threads).checksum;
    ecp_plan_destroy(plan);
    return checksum;
}

static void changes_and_probes(void)
{
    const uint64_t plain = changing(ALL, 0, 1), none = changing(0, 0, 1);
    CU_ASSERT_EQUAL(changing(ALL, 1, 1), plain);
    CU_ASSERT_EQUAL(changing(ALL, 0, 3), plain);
    CU_ASSERT_EQUAL(changing(ALL, 1, 2), plain);
    for (int one = CURRENT; one <= DRIVE; one *= 2)
        CU_ASSERT_NOT_EQUAL(changing(one, 0, 1), none);
}

/* At rest until a phase (k = 0), a stimulus' phase change (1) or its switch (2)
 * brings 450 pA at 100 ms: then the first passage is known. */
static void changes_take_effect_on_time(void)
{
    static const double at = 100, amplitude = 450;
    for (int k = 0; k < 3; k++) {
        struct ecp_plan *plan;
        struct ecp_plan_population *p;
        struct ecp_plan_stimulus *s;
        struct ecp_plan_phase *phase;
        struct ecp_plan_probe *probe;
        ECP_ASSERT_OK(ecp_plan_create(&plan));
        plan->dt = 0.1;
        plan->time = ECP_TIME_EXACT;
        ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", "lif_exp", 1, &p));
        ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "n", &s));
        s->level = ecp_draw_constant(0);
        ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "rest", at, 0, &phase));
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "fire", 30, 0, &phase));
        const int i_e = ecp_field_find(p->model->fields, "i_e");
        phase->change = ecp_plan_alloc(plan, sizeof *phase->change);
        phase->n_changes = k < 2;
        phase->change[0] =
            k == 0 ? (struct ecp_plan_change){.population = 0,
                                              .field = i_e,
                                              .stimulus = -1,
                                              .value = amplitude}
                   : (struct ecp_plan_change){
                         .population = -1, .field = -1, .stimulus = 0, .value = amplitude};
        if (k == 2) {
            s->n_switches = 1;
            s->switch_time = &at;
            s->switch_value = &amplitude;
        }
        ECP_ASSERT_OK(ecp_plan_check(plan));
        const struct spikes got = run(plan, 1);
        CU_ASSERT_EQUAL_FATAL(got.n, 1);
        CU_ASSERT_DOUBLE_EQUAL(got.time[0], at + 10 * log(18.0 / 3), 1e-9);
        ecp_plan_destroy(plan);
    }
}

/* ---- the grid's error ----------------------------------------------------- */

/* First spike times of 60 neurons under different constant currents. */
static void first_spikes(enum ecp_time_mode mode, double dt, double *first)
{
    enum { N = 60 };
    static double amplitude[N];
    struct ecp_plan *plan;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    for (int k = 0; k < N; k++)
        amplitude[k] = 400 + 3.7 * k;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    plan->dt = dt;
    plan->time = mode;
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", "lif_exp", N, &p));
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "n", &s));
    s->level = (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = amplitude, .count = N};
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "n", &probe));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 40, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    const struct spikes got = run(plan, 1);
    for (size_t k = got.n; k-- > 0;)
        first[got.neuron[k]] = got.time[k];
    ecp_plan_destroy(plan);
}

/* A spike is stamped at the end of its step: late by dt / 2 on average. */
static void grid_error_is_of_first_order(void)
{
    double exact[60], grid[60], error[3] = {0};
    first_spikes(ECP_TIME_EXACT, 0.1, exact);
    for (int k = 0; k < 60; k++) {
        const double current = 400 + 3.7 * k, rise = current * 10 / 250;
        CU_ASSERT_DOUBLE_EQUAL(exact[k], 10 * log(rise / (rise - 15)), 1e-9);
    }
    for (int h = 0; h < 3; h++) {
        const double dt = 0.2 / (1 << h);
        first_spikes(ECP_TIME_GRID, dt, grid);
        for (int k = 0; k < 60; k++)
            error[h] += (grid[k] - exact[k]) / 60;
        CU_ASSERT_DOUBLE_EQUAL(error[h], dt / 2, 0.2 * dt);
    }
    const double slope = log2(error[0] / error[2]) / 2;
    CU_ASSERT_DOUBLE_EQUAL(slope, 1, 0.15);
}

/* ---- refusals ------------------------------------------------------------- */

/* Every model that has no closed form is refused, and all that have one are
 * named. */
static void models_without_a_closed_form(void)
{
    const struct ecp_neuron_model *const *model = ecp_neuron_models(ECP_ISA_BASELINE);
    char named[512] = "allowed: ";
    for (size_t k = 0, first = 1; model[k]; k++)
        if (model[k]->exact) {
            (void)strcat(strcat(named, first ? "" : ", "), model[k]->name);
            first = 0;
        }
    CU_ASSERT_PTR_NOT_NULL(strstr(named, "lif, lif_exp, lif_alpha, lif_delta"));
    for (; *model; model++) {
        struct ecp_plan *plan;
        struct ecp_plan_population *p;
        struct ecp_plan_phase *phase;
        ECP_ASSERT_OK(ecp_plan_create(&plan));
        plan->dt = 0.1;
        plan->time = ECP_TIME_EXACT;
        ECP_ASSERT_OK(ecp_plan_add_population(plan, "n", (*model)->name, 1, &p));
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 1, 0, &phase));
        const enum ecp_status status = ecp_plan_check(plan);
        CU_ASSERT_EQUAL(status, (*model)->exact ? ECP_OK : ECP_ECONFIG);
        if (!(*model)->exact) {
            CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), (*model)->name));
            CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), named));
        }
        ecp_error_clear();
        ecp_plan_destroy(plan);
    }
}

/* Rules come later: until then they are refused, not ignored. */
static void plastic_projections(void)
{
    struct ecp_plan *plan = unchecked_network("lif_exp", 60, 250);
    ECP_ASSERT_OK(ecp_plan_plasticity(plan, plan->projection[0], "stdp"));
    CU_ASSERT_EQUAL(ecp_plan_check(plan), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "exact"));
    ecp_error_clear();
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("exact mode", {"constant current", constant_current},
              {"current steps", current_steps}, {"network of 50", network_of_50},
              {"arrivals off the grid", arrivals_off_the_grid},
              {"any number of threads", any_number_of_threads},
              {"changes and probes", changes_and_probes},
              {"changes take effect on time", changes_take_effect_on_time},
              {"the grid's error is of first order", grid_error_is_of_first_order},
              {"models without a closed form", models_without_a_closed_form},
              {"plastic projections", plastic_projections})
