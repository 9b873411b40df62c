/* kernel_build.c -- building the microcircuit: nanoseconds of a thread for one
 * synapse.
 *
 * Floor: every synapse takes one philox block in each of the two passes (count,
 * then fill), at the speed that philox has in this run. Arguments: scale (0.3),
 * largest number of threads (2). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "engine/alloc.h"
#include "engine/kernel.h"
#include "engine/network.h"
#include "engine/scenario.h"

enum { ROUNDS = 3, PASSES = 2, N = 1024, WORDS = 4, SEED = 1 };

static enum ecp_status make_plan(double scale, struct ecp_plan **out)
{
    const struct ecp_scenario *scenario;
    struct ecp_plan *plan = NULL;
    double param[ECP_MAX_FIELDS];
    enum ecp_status status;
    ECP_TRY(ecp_scenario_find("microcircuit", &scenario));
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "kernel_build";
    plan->seed = SEED;
    plan->dt = 0.1;
    for (size_t f = 0; f < ecp_field_count(scenario->fields); f++)
        param[f] = scenario->fields[f].initial;
    param[ecp_field_find(scenario->fields, "scale")] = scale;
    param[ecp_field_find(scenario->fields, "record")] = 0;
    ECP_TRY(scenario->build(plan, param));
    ECP_TRY(ecp_plan_check(plan));
    *out = plan;
    plan = NULL;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* Facts of the fastest of several builds. */
static enum ecp_status build(double scale, int threads, enum ecp_isa isa,
                             struct ecp_network_facts *best)
{
    const struct ecp_run_options options = {.threads = threads, .isa = isa};
    struct ecp_network *network = NULL;
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    ECP_TRY(make_plan(scale, &plan));
    for (int round = 0; round < ROUNDS; round++) {
        ECP_TRY(ecp_network_create(plan, &options, &network));
        const struct ecp_network_facts facts = ecp_network_facts(network);
        ecp_network_destroy(network);
        if (round == 0 || facts.build_s < best->build_s)
            *best = facts;
    }
done:
    ecp_plan_destroy(plan);
    return status;
}

struct stream {
    const struct ecp_kernels *kernels;
    uint32_t *word[WORDS], next;
};

static void draw(void *context)
{
    struct stream *s = context;
    const struct ecp_philox_key key = {{SEED, 0}, 0};
    s->kernels->philox(key, 0, s->next++, 0, N, s->word);
}

/* ns of one block of four numbers; 0 without memory. */
static double block_ns(enum ecp_isa isa)
{
    struct stream s = {.kernels = ecp_kernels_of(isa)};
    void *const context[] = {&s};
    uint32_t *words = ecp_array((size_t)N * WORDS, sizeof *words);
    for (int w = 0; w < WORDS; w++)
        s.word[w] = words + (size_t)N * (size_t)w;
    const double ns = words ? 1e9 * bench_best(draw, context, 1) / N : 0;
    free(words);
    return ns;
}

int main(int argc, char **argv)
{
    const double scale = bench_argument(argc, argv, 1, 0.3);
    const int most = (int)bench_argument(argc, argv, 2, 2);
    const enum ecp_isa isa = ecp_isa_best();
    char what[32];
    (void)snprintf(what, sizeof what, "microcircuit %g", scale);
    bench_print_heading();
    for (int threads = 1; threads <= most; threads++) {
        struct ecp_network_facts facts;
        if (build(scale, threads, isa, &facts) != ECP_OK) {
            (void)fprintf(stderr, "kernel_build: %s\n", ecp_error_message());
            return 1;
        }
        const struct bench_line line = {.kernel = "network_create",
                                        .what = what,
                                        .isa = ecp_isa_name(isa),
                                        .threads = threads,
                                        .measured =
                                            1e9 * facts.build_s * threads / (double)facts.synapses,
                                        .unit = "ns thread/synapse",
                                        .floor = PASSES * block_ns(isa),
                                        .bound = "random numbers"};
        bench_print(&line);
    }
    return 0;
}
