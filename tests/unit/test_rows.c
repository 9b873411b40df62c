/* Rows of a built network, read back synapse by synapse: alone, and of each of many ranks,
 * where sources have numbers. */
#include "engine/machine.h"
#include "mpi/comm.h"
#include "tests/unit/network_case.h"

struct synapse {
    ecp_gid source, target;
    uint32_t delay, port;
    ecp_real weight;
};

struct list {
    struct synapse *synapse;
    size_t n, capacity, words[2]; /* words read: compact, wide */
    size_t ones;                  /* rows of one synapse */
    const struct ecp_network *network;
    size_t projection;
};

static void append(struct list *list, struct synapse synapse)
{
    if (list->n == list->capacity) {
        list->capacity = 2 * list->capacity + 1000;
        list->synapse = realloc(list->synapse, list->capacity * sizeof synapse);
        CU_ASSERT_PTR_NOT_NULL_FATAL(list->synapse);
    }
    list->synapse[list->n++] = synapse;
}

static int by_all(const void *a, const void *b)
{
    const struct synapse *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    if (x->delay != y->delay)
        return x->delay < y->delay ? -1 : 1;
    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

/* ---- what the connectors say ----------------------------------------- */

static void expect_batch(void *context, const struct ecp_batch *batch)
{
    struct list *list = context;
    const struct ecp_network *network = list->network;
    const struct ecp_plan_projection *p = network->plan->projection[list->projection];
    const struct ecp_population *target = &network->population[p->target];
    for (size_t k = 0; k < batch->n; k++) {
        const double weight = batch->weight[k];
        const int port = weight < 0 ? p->port_negative : p->port_positive;
        const double scale = target->scale[port];
        ecp_real held = (ecp_real)weight;
        if (!network->wide[list->projection])
            held = (ecp_real)(round(weight / scale) * scale);
        append(list,
               (struct synapse){network->plan->population[p->source]->first + batch->source[k],
                                target->plan->first + batch->target[k], batch->delay[k],
                                (uint32_t)port, held});
    }
}

static void expect_all(struct list *list, const struct ecp_network *network)
{
    list->network = network;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const size_t size = network->plan->population[network->plan->projection[k]->target]->size;
        const struct ecp_emit emit = {expect_batch, list, 1};
        list->projection = k;
        ECP_ASSERT_OK(ecp_connect(&network->connector[k], 0, (ecp_lid)size, &emit));
    }
}

/* ---- what the rows say ----------------------------------------------- */

static ecp_gid gid_at(const struct ecp_worker *worker, uint32_t slot, int *population)
{
    for (int p = 0; p < worker->network->n_populations; p++) {
        const struct ecp_share *share = &worker->share[p];
        if (slot >= share->slot && slot - share->slot < share->n) {
            *population = p;
            return worker->network->population[p].plan->first + share->first + slot - share->slot;
        }
    }
    CU_FAIL_FATAL("a slot without a neuron");
    return 0;
}

static void append_compact(struct list *list, const struct ecp_worker *worker, ecp_gid source,
                           ecp_step delay, uint32_t lane, uint32_t synapse)
{
    const uint32_t sections = worker->n_slots / ECP_SECTION + 1;
    int p = 0;
    const uint32_t slot = lane % sections * ECP_SECTION + (synapse & 0xffff);
    const ecp_gid target = gid_at(worker, slot, &p);
    const double scale = worker->network->population[p].scale[lane / sections];
    append(list, (struct synapse){source, target, (uint32_t)delay, lane / sections,
                                  (ecp_real)(((int32_t)synapse >> 16) * scale)});
}

static void read_compact(struct list *list, const struct ecp_worker *worker, ecp_gid source,
                         uint64_t start)
{
    const struct ecp_rows *rows = &worker->compact_rows;
    const uint32_t *words = rows->words;
    uint64_t at = ECP_ROW_POSITION(start);
    for (ecp_step delay = ECP_ROW_DELAY(start);;) {
        const uint32_t header = words[at], n = header & ECP_COUNT_MAX;
        const uint32_t lane = header >> (ECP_COUNT_BITS + ECP_GAP_BITS);
        const uint32_t gap = header >> ECP_COUNT_BITS & ECP_GAP_END;
        CU_ASSERT_FATAL(at + n < rows->n_words);
        for (uint64_t k = at + 1; k <= at + n; k++)
            append_compact(list, worker, source, delay, lane, words[k]);
        at += 1 + n;
        list->words[0] += 1 + n;
        if (gap == ECP_GAP_END)
            return;
        delay += gap;
    }
}

static void read_wide(struct list *list, const struct ecp_worker *worker, ecp_gid source,
                      uint64_t start)
{
    const struct ecp_rows *rows = &worker->wide_rows;
    const struct ecp_wide *words = rows->words;
    uint64_t at = ECP_ROW_POSITION(start);
    for (ecp_step delay = ECP_ROW_DELAY(start);;) {
        const uint32_t n = words[at].slot, gap = (uint32_t)words[at].weight;
        CU_ASSERT_FATAL(at + n < rows->n_words);
        for (uint64_t k = at + 1; k <= at + n; k++) {
            int p = 0;
            const ecp_gid target = gid_at(worker, words[k].slot % worker->n_slots, &p);
            append(list, (struct synapse){source, target, (uint32_t)delay,
                                          words[k].slot / worker->n_slots, words[k].weight});
        }
        at += 1 + (uint64_t)n;
        list->words[1] += 1 + (uint64_t)n;
        if (gap == ECP_GAP_END)
            return;
        delay += gap;
    }
}

static void read_source(struct list *list, const struct ecp_worker *worker, ecp_gid source)
{
    const struct ecp_rows *compact = &worker->compact_rows, *wide = &worker->wide_rows;
    const uint64_t number = ecp_source_number(&worker->sources, source);
    uint8_t kind;
    const uint32_t *one = ecp_row_one(compact, number, &kind);
    if (one) {
        append_compact(list, worker, source, compact->one[kind].delay, compact->one[kind].lane,
                       *one);
        list->ones++;
    }
    if (ecp_rows_exist(compact) && ecp_row_start(compact, number) != ECP_ROW_NONE)
        read_compact(list, worker, source, ecp_row_start(compact, number));
    if (ecp_rows_exist(wide) && ecp_row_start(wide, number) != ECP_ROW_NONE)
        read_wide(list, worker, source, ecp_row_start(wide, number));
}

static void read_all(struct list *list, const struct ecp_network *network)
{
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_worker *worker = &network->worker[w];
        const struct ecp_rows *compact = &worker->compact_rows, *wide = &worker->wide_rows;
        const size_t before = list->n;
        list->words[0] = list->words[1] = 0;
        for (ecp_gid source = 0; source < network->plan->n_neurons; source++)
            if (ecp_source_is_heard(&worker->sources, source))
                read_source(list, worker, source);
        CU_ASSERT_EQUAL(list->n - before, compact->n_synapses + wide->n_synapses);
        CU_ASSERT_EQUAL(list->words[0], compact->n_words); /* rows touch, no gap between */
        CU_ASSERT_EQUAL(list->words[1], wide->n_words);
    }
}

static const double rounding = sizeof(ecp_real) > 4 ? 1e-12 : 1e-6;

/* Both are sorted, and freed. */
static void expect_same(struct list *expected, struct list *found)
{
    size_t wrong = 0;
    CU_ASSERT_EQUAL_FATAL(expected->n, found->n);
    qsort(expected->synapse, expected->n, sizeof *expected->synapse, by_all);
    qsort(found->synapse, found->n, sizeof *found->synapse, by_all);
    for (size_t k = 0; k < found->n; k++) {
        const struct synapse *a = &expected->synapse[k], *b = &found->synapse[k];
        wrong += a->source != b->source || a->target != b->target || a->delay != b->delay ||
                 a->port != b->port ||
                 fabs((double)(a->weight - b->weight)) > rounding * fabs((double)a->weight);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(expected->synapse);
    free(found->synapse);
}

static void compare(const struct ecp_plan *plan, int threads)
{
    struct ecp_network *network = built(plan, threads, ecp_isa_best());
    struct list expected = {0}, found = {0};
    expect_all(&expected, network);
    read_all(&found, network);
    CU_ASSERT_EQUAL(ecp_network_facts(network).synapses, found.n);
    expect_same(&expected, &found);
    ecp_network_destroy(network);
}

/* Numbers of those that are heard, in the order of the network, in every variant. */
static void expect_numbers(const struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    const struct ecp_sources *sources = &worker->sources;
    static const enum ecp_isa variants[] = {ECP_ISA_BASELINE, ECP_ISA_AVX2, ECP_ISA_AVX512};
    uint64_t heard = 0;
    size_t wrong = 0;
    for (ecp_gid source = 0; source < network->plan->n_neurons; source++) {
        wrong += ecp_source_number(sources, source) != heard;
        for (size_t k = 0; k < 3; k++) {
            ecp_gid number = source;
            if (variants[k] <= ecp_isa_best())
                ecp_kernels_of(variants[k])->number_sources(sources, &number, 1);
            const uint64_t want = ecp_source_is_heard(sources, source) ? heard : sources->n;
            wrong += variants[k] <= ecp_isa_best() && number != want;
        }
        heard += (uint64_t)ecp_source_is_heard(sources, source);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(sources->n, heard);
}

/* All ranks of a job, one after the other; returns rows of one synapse in lines. */
static size_t compare_ranks(const struct ecp_plan *plan, int ranks, int threads)
{
    struct list expected = {0}, found = {0};
    for (int r = 0; r < ranks; r++) {
        struct ecp_comm *comm = NULL;
        struct ecp_network *network = NULL;
        ECP_ASSERT_OK(ecp_comm_pretend(r, ranks, &comm));
        const struct ecp_run_options options = {
            .threads = threads, .isa = ecp_isa_best(), .comm = comm};
        ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
        CU_ASSERT_PTR_NOT_NULL(network->worker[0].sources.line);
        if (r == 0)
            expect_all(&expected, network);
        for (int w = 0; w < threads; w++)
            expect_numbers(&network->worker[w]);
        read_all(&found, network);
        expected.network = found.network = NULL;
        ecp_network_destroy(network);
        ecp_comm_stop(comm);
    }
    const size_t ones = found.ones;
    expect_same(&expected, &found);
    return ones;
}

/* ---- networks --------------------------------------------------------- */

static const ecp_lid edge_source[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6};
static const ecp_lid edge_target[] = {0, 1, 2, 3, 4, 5, 6, 0, 0, 4, 4, 5, 6, 6, 0, 6, 2, 2, 2};
static const double edge_steps[] = {1,     254,   255, 256, 300, 508, 509, 1000, 60000, 60000,
                                    59746, 59747, 255, 509, 254, 508, 510, 763,  1};
enum { EDGES = sizeof edge_source / sizeof *edge_source };

static void add_edges(struct ecp_plan *plan, enum ecp_precision precision)
{
    struct ecp_plan_projection *p = add_projection(plan, "few", "few", ECP_RULE_EXPLICIT, 1);
    double *weight = ecp_plan_alloc(plan, EDGES * sizeof *weight);
    double *delay = ecp_plan_alloc(plan, EDGES * sizeof *delay);
    CU_ASSERT_FATAL(weight && delay);
    for (size_t k = 0; k < EDGES; k++) {
        weight[k] = (k % 2 ? -1 : 1) * (1 + 0.37 * (double)k);
        delay[k] = edge_steps[k] * plan->dt;
    }
    p->edges = (struct ecp_edges){EDGES, edge_source, edge_target, weight, delay};
    p->precision = precision;
}

/* Gaps of every length: one, the longest of a piece, and beyond. */
static void long_delays(void)
{
    static const enum ecp_precision forms[] = {ECP_PRECISION_COMPACT, ECP_PRECISION_FULL};
    for (size_t k = 0; k < 2; k++) {
        struct ecp_plan *plan = new_plan(1);
        (void)add_population(plan, "few", "lif_exp", 7);
        add_edges(plan, forms[k]);
        (void)add_phase(plan, "all", 1, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        compare(plan, 1);
        compare(plan, 3);
        compare(plan, 9); /* some have no neuron at all */
        (void)compare_ranks(plan, 4, 1);
        (void)compare_ranks(plan, 3, 3);
        ecp_plan_destroy(plan);
    }
}

static struct ecp_draw spread(double mean, double sd, double lowest, double highest)
{
    return ecp_draw_bounded(ecp_draw_normal(mean, sd), ECP_BOUNDS_REDRAW, lowest, highest);
}

/* Random and constant weights, both signs on one projection, both forms on one
 * port, several populations. */
static void mixed_forms(void)
{
    struct ecp_plan *plan = new_plan(5);
    (void)add_population(plan, "few", "lif_exp", 7);
    (void)add_population(plan, "one", "lif", 1);
    (void)add_population(plan, "many", "lif_exp", 301);
    struct ecp_plan_projection *p =
        add_projection(plan, "many", "many", ECP_RULE_FIXED_INDEGREE, 0);
    p->number = 40;
    p->weight = spread(30, 20, -50, 200); /* the sign chooses the port */
    p->delay = spread(30, 15, 0.1, 100);
    p = add_projection(plan, "many", "many", ECP_RULE_FIXED_TOTAL_NUMBER, -5);
    p->number = 5000;
    p->delay = spread(1, 0.5, 0.1, 3);
    p->precision = ECP_PRECISION_FULL;
    p = add_projection(plan, "few", "many", ECP_RULE_ALL_TO_ALL, 3);
    p->delay = ecp_draw_constant(25.4);
    p = add_projection(plan, "many", "one", ECP_RULE_ALL_TO_ALL, -7);
    p->delay = ecp_draw_constant(51);
    p = add_projection(plan, "one", "few", ECP_RULE_FIXED_OUTDEGREE, 2);
    p->number = 500;
    p->delay = spread(2, 1, 0.1, 30);
    (void)add_phase(plan, "all", 1, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    for (int threads = 1; threads <= 16; threads = 2 * threads + 1)
        compare(plan, threads);
    CU_ASSERT(compare_ranks(plan, 30, 1) > 0);
    CU_ASSERT(compare_ranks(plan, 24, 2) > 0);
    ecp_plan_destroy(plan);
}

/* Three sections of 65,536 targets on one worker, two ports, two populations
 * that share a section. */
static void sections(void)
{
    struct ecp_plan *plan = new_plan(9);
    (void)add_population(plan, "first", "lif_exp", 50000);
    (void)add_population(plan, "second", "lif_exp", 120000);
    struct ecp_plan_projection *p =
        add_projection(plan, "first", "second", ECP_RULE_FIXED_INDEGREE, 0);
    p->number = 2;
    p->weight = spread(30, 3, 0, 100);
    p->delay = spread(2, 1, 0.1, 5);
    p = add_projection(plan, "second", "first", ECP_RULE_FIXED_TOTAL_NUMBER, -4);
    p->number = 100000;
    p->delay = spread(2, 1, 0.1, 5);
    p = add_projection(plan, "second", "second", ECP_RULE_ONE_TO_ONE, 6);
    p->precision = ECP_PRECISION_FULL;
    (void)add_phase(plan, "all", 1, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    compare(plan, 1);
    compare(plan, 2);
    CU_ASSERT(compare_ranks(plan, 2, 1) > 0);
    ecp_plan_destroy(plan);
}

/* A source with more synapses than counts of a byte hold: rows are built anew. */
static void long_rows(void)
{
    struct ecp_plan *plan = new_plan(4);
    (void)add_population(plan, "hub", "lif_exp", 1);
    (void)add_population(plan, "all", "lif_exp", 900);
    (void)add_projection(plan, "hub", "all", ECP_RULE_ALL_TO_ALL, 3);
    (void)add_projection(plan, "all", "hub", ECP_RULE_ALL_TO_ALL, -2);
    (void)add_phase(plan, "all", 1, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    CU_ASSERT_EQUAL(compare_ranks(plan, 2, 1), 0);
    CU_ASSERT(compare_ranks(plan, 5, 1) > 0);
    ecp_plan_destroy(plan);
}

/* ---- which form, and how well it holds a weight ------------------------ */

static double held(double weight, double scale)
{
    return round(weight / scale) * scale;
}

/* AUTO: no weight suffers from a much larger one on its port. */
static void small_beside_large(void)
{
    struct ecp_plan *plan = new_plan(2);
    (void)add_population(plan, "few", "lif_exp", 7);
    static const double weight[] = {9000, 0.02, 1000, 0.3};
    for (size_t k = 0; k < 4; k++)
        (void)add_projection(plan, "few", "few", ECP_RULE_ALL_TO_ALL, weight[k]);
    plan->projection[2]->weight = spread(1000, 100, 0, 2000);
    plan->projection[3]->weight = spread(0.3, 0.03, 0, 1);
    (void)add_phase(plan, "all", 1, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = built(plan, 1, ECP_ISA_BASELINE);
    for (size_t k = 0; k < 4; k++)
        CU_ASSERT(network->wide[k] || fabs(held(weight[k], network->population[0].scale[0]) -
                                           weight[k]) <= 1e-3 * weight[k]);
    CU_ASSERT(network->wide[1] && network->wide[3]);
    CU_ASSERT_EQUAL(network->wide[0], sizeof(ecp_real) > 4);
    finish(network, plan);
}

/* Constant weights in a simple ratio are held without any error. */
static void simple_ratios(void)
{
    struct ecp_plan *plan = new_plan(2);
    (void)add_population(plan, "few", "lif_delta", 7);
    (void)add_projection(plan, "few", "few", ECP_RULE_ALL_TO_ALL, 0.1);
    (void)add_projection(plan, "few", "few", ECP_RULE_ALL_TO_ALL, -0.45);
    plan->projection[0]->precision = plan->projection[1]->precision = ECP_PRECISION_COMPACT;
    (void)add_phase(plan, "all", 1, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = built(plan, 1, ECP_ISA_BASELINE);
    const double scale = network->population[0].scale[0];
    CU_ASSERT_DOUBLE_EQUAL(scale, 0.05, 1e-12);
    CU_ASSERT_EQUAL(ecp_weight_units(0.1, 1 / scale), 2);
    CU_ASSERT_EQUAL(ecp_weight_units(-0.45, 1 / scale), -9);
    finish(network, plan);
}

ECP_TEST_MAIN("rows", {"long delays", long_delays}, {"mixed forms", mixed_forms},
              {"sections", sections}, {"long rows", long_rows},
              {"small beside large", small_beside_large}, {"simple ratios", simple_ratios})
