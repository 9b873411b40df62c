/* kernel_silent.c -- a silent network must not cost more than an active one.
 *
 * Currents that decay towards zero end in denormal numbers, which many cores
 * handle some hundred cycles at a time. Workers take denormals for zero while
 * they run (engine/floats.h). Here a network that is driven and fires, the
 * same network in silence, and, for what the flushing saves, one model by
 * itself on decayed currents with flushing and without. Argument: threads (2). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/floats.h"
#include "engine/network.h"

enum { SIZE = 20000, INDEGREE = 100, BLOCK = 1024, ROUNDS = 3 };
enum { SETTLE_STEPS = 3000, TIMED_STEPS = 3000 };

static const double duration = 200, rate = 6000; /* ms, Hz */

/* With the weight (pA) of the drive with which neurons fire some times a second. */
static const struct {
    const char *model;
    double weight;
} cases[] = {{"lif", 30}, {"lif_exp", 30}, {"lif_alpha", 11}};

/* Where an active network would begin, but with currents that are running
 * out; silent with weight 0. */
static enum ecp_status make_plan(const char *model, double weight, struct ecp_plan **out)
{
    struct ecp_plan *plan = NULL;
    struct ecp_plan_population *population;
    struct ecp_plan_projection *projection;
    struct ecp_plan_stimulus *stimulus;
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "kernel_silent";
    plan->seed = 1;
    plan->dt = 0.1;
    ECP_TRY(ecp_plan_add_population(plan, "N", model, SIZE, &population));
    for (const struct ecp_field *f = population->model->fields; f->name; f++)
        if (f->kind == ECP_STATE && f->unit[0] == 'p')
            ECP_TRY(ecp_population_set_draw(population, f->name, ecp_draw_normal(100, 20)));
    ECP_TRY(ecp_plan_add_projection(plan, "N", "N", ECP_RULE_FIXED_INDEGREE, &projection));
    projection->number = INDEGREE;
    projection->weight = ecp_draw_constant(1);
    projection->delay = ecp_draw_constant(1.5);
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "N", &stimulus));
    stimulus->level = ecp_draw_constant(rate);
    stimulus->weight = weight;
    ECP_TRY(ecp_plan_add_phase(plan, "run", duration, 0, &phase));
    ECP_TRY(ecp_plan_check(plan));
    *out = plan;
    plan = NULL;
done:
    ecp_plan_destroy(plan);
    return status;
}

static enum ecp_status run_once(const struct ecp_plan *plan, int threads, double *seconds,
                                double *spikes)
{
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    struct ecp_network *network = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_network_create(plan, &options, &network));
    ECP_TRY(ecp_network_run(network));
    *seconds = ecp_network_facts(network).run_s;
    *spikes = (double)ecp_network_recording(network)->spikes;
done:
    ecp_network_destroy(network);
    return status;
}

/* Active and silent in turn; the best of each. */
static enum ecp_status bench_network(const char *model, double weight, int threads)
{
    struct ecp_plan *plan[2] = {NULL, NULL};
    double best[2] = {INFINITY, INFINITY}, seconds, spikes[2] = {0, 0};
    const double updates = SIZE * duration / 0.1 / threads;
    enum ecp_status status;
    for (int driven = 0; driven < 2; driven++)
        ECP_TRY(make_plan(model, driven ? weight : 0, &plan[driven]));
    for (int round = 0; round < ROUNDS; round++)
        for (int driven = 0; driven < 2; driven++) {
            ECP_TRY(run_once(plan[driven], threads, &seconds, &spikes[driven]));
            best[driven] = fmin(best[driven], seconds);
        }
    for (int driven = 1; driven >= 0; driven--) {
        char what[32];
        (void)snprintf(what, sizeof what, "%s, %.2g Hz", driven ? "active" : "silent",
                       1e3 * spikes[driven] / SIZE / duration);
        const struct bench_line line = {model,
                                        what,
                                        ecp_isa_name(ecp_isa_best()),
                                        threads,
                                        1e9 * best[driven] / updates,
                                        "ns/neuron and step",
                                        driven ? 0 : 1e9 * best[1] / updates,
                                        "the active network"};
        bench_print(&line);
    }
done:
    ecp_plan_destroy(plan[0]);
    ecp_plan_destroy(plan[1]);
    return status;
}

/* ---- one model by itself ---------------------------------------------- */

struct bed {
    const struct ecp_neuron_model *model;
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    ecp_real *column[ECP_MAX_FIELDS];
    uint16_t *counter[ECP_MAX_FIELDS];
    uint8_t fired[BLOCK];
};

static void advance(struct bed *bed, int steps)
{
    const struct ecp_block block = {
        BLOCK, 0, 0, bed->param, bed->derived, bed->column, bed->counter, bed->fired};
    for (int k = 0; k < steps; k++)
        bed->model->update(&block);
}

static double decayed_ns(struct bed *bed, int flush)
{
    const unsigned before = flush ? ecp_floats_flush() : 0;
    for (size_t f = 0; f < ecp_field_count(bed->model->fields); f++)
        for (size_t j = 0; bed->column[f] && j < BLOCK; j++) {
            const struct ecp_field *field = &bed->model->fields[f];
            const int current = field->kind == ECP_STATE && field->unit[0] == 'p';
            bed->column[f][j] = (ecp_real)(current ? 100 : field->initial);
        }
    advance(bed, SETTLE_STEPS);
    const double begin = bench_seconds();
    advance(bed, TIMED_STEPS);
    const double ns = 1e9 * (bench_seconds() - begin) / ((double)TIMED_STEPS * BLOCK);
    if (flush)
        ecp_floats_restore(before);
    return ns;
}

static enum ecp_status bench_decayed(const char *name)
{
    struct bed *bed = ecp_array(1, sizeof *bed);
    double best[2] = {INFINITY, INFINITY};
    enum ecp_status status = ECP_OK;
    if (!bed)
        return ecp_fail(ECP_ENOMEM, "no memory");
    ECP_TRY(ecp_neuron_find(name, ecp_isa_best(), &bed->model));
    for (size_t f = 0; f < ecp_field_count(bed->model->fields); f++) {
        const enum ecp_field_kind kind = bed->model->fields[f].kind;
        bed->param[f] = bed->model->fields[f].initial;
        if (kind == ECP_COUNTER)
            bed->counter[f] = ecp_array(BLOCK, sizeof *bed->counter[f]);
        else if (kind != ECP_PARAM && kind != ECP_RESULT)
            bed->column[f] = ecp_array(BLOCK, sizeof *bed->column[f]);
    }
    ECP_TRY(bed->model->derive(bed->param, 0.1, bed->derived));
    for (int round = 0; round < ROUNDS; round++)
        for (int flush = 0; flush < 2; flush++)
            best[flush] = fmin(best[flush], decayed_ns(bed, flush));
    for (int flush = 1; flush >= 0; flush--) {
        const struct bench_line line = {name,
                                        flush ? "block, flushed" : "block, denormals",
                                        ecp_isa_name(ecp_isa_best()),
                                        1,
                                        best[flush],
                                        "ns/neuron and step",
                                        flush ? 0 : best[1],
                                        "the flushed block"};
        bench_print(&line);
    }
done:
    for (size_t f = 0; f < ECP_MAX_FIELDS; f++) {
        free(bed->column[f]);
        free(bed->counter[f]);
    }
    free(bed);
    return status;
}

int main(int argc, char **argv)
{
    const int threads = (int)bench_argument(argc, argv, 1, 2);
    bench_print_heading();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        if (bench_network(cases[k].model, cases[k].weight, threads) != ECP_OK ||
            bench_decayed(cases[k].model) != ECP_OK) {
            (void)fprintf(stderr, "kernel_silent: %s: %s\n", cases[k].model, ecp_error_message());
            return 1;
        }
    return 0;
}
