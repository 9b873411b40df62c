/* test_share.c -- what ranks recorded is dealt out in equal stretches, whoever recorded it;
 * of a list of edges in a file each rank keeps its own and sees one piece at a time.
 *
 *     mpirun -n 5 test_share --threads 1 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/alloc.h"
#include "engine/config.h"
#include "engine/edges.h"
#include "engine/results_ranks.h"
#include "engine/rng.h"
#include "engine/score.h"
#include "mpi/comm.h"
#include "tests/mpi/reference.h"

enum { NEURONS = 4001, MOST = 40000, EDGES = 150000 };

static int failed;
#define CHECK(fact, name)                                                                          \
    do {                                                                                           \
        if (!(fact)) {                                                                             \
            (void)printf("%s: line %d: not so: %s\n", name, __LINE__, #fact);                      \
            failed++;                                                                              \
        }                                                                                          \
    } while (0)

/* Who fires when: neuron `index` in `step`, or not. */
struct pattern {
    const char *name;
    int (*fires)(uint32_t index, uint32_t step);
    uint32_t steps;
};

static uint32_t chance(uint32_t index, uint32_t step)
{
    uint32_t word[4];
    ecp_rng_words(ecp_rng_key(11, ECP_FOR_POSITION, 0), index, step, 0, word);
    return word[0];
}

static int at_random(uint32_t index, uint32_t step)
{
    return chance(index, step) % 100 == 0;
}

static int all_at_once(uint32_t index, uint32_t step)
{
    return step == 17 && index < NEURONS;
}

static int one_rank(uint32_t index, uint32_t step)
{
    return index < 40 && step < 900;
}

static int few(uint32_t index, uint32_t step)
{
    return index == step && step % 1000 == 0;
}

static int nobody(uint32_t index, uint32_t step)
{
    return index > NEURONS && step > 0;
}

static const struct pattern patterns[] = {{"at random", at_random, 900},
                                          {"all at once", all_at_once, 30},
                                          {"one rank", one_rank, 1000},
                                          {"few", few, 4000},
                                          {"nobody", nobody, 10}};

/* Spikes of neurons first .. end - 1, by step and neuron; their number. */
static size_t list(const struct pattern *pattern, uint32_t first, uint32_t end,
                   struct ecp_spike *event)
{
    size_t n = 0;
    for (uint32_t step = 0; step < pattern->steps; step++)
        for (uint32_t j = first; j < end && n < MOST; j++)
            if (pattern->fires(j, step))
                event[n++] = (struct ecp_spike){step * INT64_C(1000000007), j};
    return n;
}

static void deals_events(struct ecp_results *results, const struct pattern *pattern)
{
    const struct ecp_network *network = results->network;
    const size_t ranks = (size_t)network->n_ranks;
    struct ecp_events held = {.event = malloc(MOST * sizeof *held.event)};
    struct ecp_spike *all = malloc(MOST * sizeof *all);
    struct ecp_dealt dealt;
    const uint32_t first = ecp_share_first(network, NEURONS, network->rank, 0);
    held.n =
        list(pattern, first, ecp_share_first(network, NEURONS, network->rank + 1, 0), held.event);
    const size_t total = list(pattern, 0, NEURONS, all);
    CHECK(total < MOST, pattern->name);
    CHECK(ecp_deal_events(results, &held, NEURONS, &dealt) == ECP_OK, pattern->name);
    CHECK(dealt.slice.total == total, pattern->name);
    /* What a rank has to hold does not depend on who fired. */
    CHECK(dealt.slice.n <= (total > 2048 * ranks ? total / ranks + 1 : total), pattern->name);
    CHECK(dealt.slice.first + dealt.slice.n <= total, pattern->name);
    const struct ecp_spike *event = dealt.data;
    for (size_t k = 0; k < dealt.slice.n && !failed; k++) {
        const struct ecp_spike *wanted = &all[dealt.slice.first + k];
        CHECK(event[k].step == wanted->step && event[k].index == wanted->index, pattern->name);
    }
    uint64_t sum = dealt.slice.n;
    ecp_ranks_sum(results, &sum, 1);
    CHECK(sum == total, pattern->name);
    ecp_dealt_clear(&dealt);
    free(held.event);
    free(all);
}

/* Frame k has 1000 k + the column. */
static void deals_frames(struct ecp_results *results, size_t columns, size_t frames)
{
    const struct ecp_network *network = results->network;
    const size_t first = ecp_share_first(network, columns, network->rank, 0);
    const size_t end = ecp_share_first(network, columns, network->rank + 1, 0);
    const size_t ranks = (size_t)network->n_ranks;
    struct ecp_probe_run run = {.n_columns = end - first,
                                .first_column = first,
                                .n_all = columns,
                                .n_held = frames,
                                .held = malloc(frames * columns * sizeof(ecp_real) + 1)};
    struct ecp_dealt dealt;
    for (size_t k = 0; k < frames; k++)
        for (size_t c = first; c < end; c++)
            run.held[k * run.n_columns + c - first] = (ecp_real)(1000 * k + c);
    CHECK(ecp_deal_frames(results, &run, &dealt) == ECP_OK, "frames");
    CHECK(dealt.slice.total == frames, "frames");
    CHECK(columns * frames < 8192 * ranks || dealt.slice.n <= frames / ranks + 1, "frames");
    const ecp_real *value = dealt.data;
    for (size_t k = 0; k < dealt.slice.n && !failed; k++)
        for (size_t c = 0; c < columns && !failed; c++)
            CHECK(value[k * columns + c] == (ecp_real)(1000 * (dealt.slice.first + k) + c),
                  "frames");
    uint64_t sum = dealt.slice.n;
    ecp_ranks_sum(results, &sum, 1);
    CHECK(sum == frames, "frames");
    ecp_dealt_clear(&dealt);
    free(run.held);
}

/* ---- edges -------------------------------------------------------------------- */

/* Tests with other numbers of ranks may run at the same time. */
static char edges_file[40], config_file[40];
static const char config[] =
    "duration = 1; populations = { A = { model = \"poisson\"; size = 700; };\n"
    "  B = { model = \"lif_exp\"; size = 503; }; };\n"
    "projections = ( { source = \"A\"; target = \"B\"; rule = \"explicit\";\n"
    "  file = \"%s\"; } );";

static uint32_t source_of(uint32_t k)
{
    return chance(k, 1) % 700;
}

static uint32_t target_of(uint32_t k)
{
    return chance(k, 2) % 503;
}

static void write_edges(void)
{
    FILE *file = fopen(config_file, "we");
    CHECK(file != NULL, "edges");
    if (file) {
        (void)fprintf(file, config, edges_file);
        (void)fclose(file);
    }
    file = fopen(edges_file, "we");
    CHECK(file != NULL, "edges");
    if (!file)
        return;
    (void)fprintf(file, "source,target,weight,delay\n");
    for (uint32_t k = 0; k < EDGES; k++)
        (void)fprintf(file, "%u,%u,%u.25,%u.5\n", source_of(k), target_of(k), k % 90 + 1,
                      k % 7 + 1);
    (void)fclose(file);
}

static enum ecp_status measure(void *context, const struct ecp_edges_piece *piece)
{
    size_t *largest = context;
    *largest = piece->n > *largest ? piece->n : *largest;
    return ECP_OK;
}

static void keeps_own(const struct ecp_network *network, struct ecp_connector *c)
{
    const ecp_lid first = ecp_share_first(network, 503, network->rank, 0);
    const ecp_lid end = ecp_share_first(network, 503, network->rank + 1, 0);
    size_t at = 0;
    CHECK(ecp_connector_keep(c, first, end - first) == ECP_OK, ecp_error_message());
    const struct ecp_own_edges *own = c->own;
    for (uint32_t k = 0; k < EDGES && own; k++) {
        if (target_of(k) < first || target_of(k) >= end)
            continue;
        CHECK(at < own->n && own->row[at] == k && own->source[at] == source_of(k) &&
                  own->target[at] == target_of(k) && own->weight[at] == k % 90 + 1.25 &&
                  own->delay[at] == k % 7 + 1.5,
              "edges");
        at++;
        if (failed)
            break;
    }
    CHECK(own && own->n == at, "edges");
    CHECK(own && own->capacity <= at + at / 2 + 1024, "edges");
    ecp_connector_forget(c);
}

static void reads_edges(const struct ecp_network *network)
{
    struct ecp_plan *plan = NULL;
    struct ecp_connector c = {.plan = NULL};
    size_t largest = 0;
    uint32_t delay[2];
    (void)snprintf(edges_file, sizeof edges_file, "test_share_%d.csv", network->n_ranks);
    (void)snprintf(config_file, sizeof config_file, "test_share_%d.cfg", network->n_ranks);
    if (network->rank == 0)
        write_edges();
    (void)ecp_comm_agree(network->comm, ECP_OK);
    CHECK(ecp_config_read(config_file, NULL, 0, &plan) == ECP_OK, ecp_error_message());
    if (!plan)
        return;
    /* Nothing of it is in the plan but what it is like. */
    CHECK(plan->projection[0]->edges.n == EDGES, "edges");
    CHECK(plan->projection[0]->edges.source == NULL && plan->projection[0]->edges_in_file, "edges");
    CHECK(ecp_input_edges_pieces(edges_file, measure, &largest) == ECP_OK, "edges");
    CHECK(largest <= 65536, "edges");
    CHECK(ecp_connector_init(&c, plan, 0, ecp_kernels_of(ecp_isa_best())) == ECP_OK, "edges");
    ecp_connector_delays(&c, &delay[0], &delay[1]);
    CHECK(delay[0] == 15 && delay[1] == 75, "edges");
    keeps_own(network, &c);
    /* Another file under the same name. */
    (void)ecp_comm_agree(network->comm, ECP_OK);
    if (network->rank == 0) {
        FILE *file = fopen(edges_file, "ae");
        if (file) {
            (void)fprintf(file, "9999,1,1,1\n");
            (void)fclose(file);
        }
    }
    (void)ecp_comm_agree(network->comm, ECP_OK);
    CHECK(ecp_connector_keep(&c, 0, 503) == ECP_EIO, "edges");
    CHECK(strstr(ecp_error_message(), "is not what it was") != NULL, "edges");
    ecp_error_clear();
    (void)ecp_comm_agree(network->comm, ECP_OK);
    if (network->rank == 0) {
        (void)unlink(edges_file);
        (void)unlink(config_file);
    }
    ecp_connector_clear(&c);
    ecp_plan_destroy(plan);
}

/* ---- a network that is too large for rank 0 ------------------------------------------ */

static const char *const written[] = {"spikes.h5", "report_v.h5"};

/* One more than has its counts on rank 0. */
static const char large[] =
    "seed = 3; dt = 1; duration = 30; populations = {\n"
    "  P = { model = \"poisson\"; size = 999951; param = { rate = 300; }; };\n"
    "  Q = { model = \"lif_exp\"; size = 50; param = { i_e = 3000; }; }; };\n"
    "probes = ( { kind = \"spikes\"; target = \"P\"; subset = { count = 1000; }; },\n"
    "  { name = \"v\"; kind = \"field\"; target = \"Q\"; field = \"v\"; } );\n"
    "analyses = ( { measure = \"activity\"; population = \"Q\"; } );";

/* Its rates and CVs by population; what rank 0 keeps is looked at. */
static void run_large(const struct ecp_plan *plan, const struct ecp_shape *shape,
                      struct ecp_comm *comm, double *result)
{
    const int first = ecp_comm_rank(comm) == 0, many = ecp_comm_size(comm) > 1;
    struct ecp_run_options options = {
        .threads = shape->threads, .isa = ecp_isa_best(), .comm = comm};
    struct ecp_network *network = NULL;
    char dir[40];
    (void)snprintf(dir, sizeof dir, "test_share_%d.run", ecp_comm_size(shape->comm));
    if (first)
        CHECK(ecp_store_create(dir, plan, &options.store) == ECP_OK, ecp_error_message());
    else
        CHECK(ecp_store_attend(comm, plan, &options.store) == ECP_OK, ecp_error_message());
    if (first && options.store)
        ecp_store_share(options.store, comm);
    CHECK(ecp_network_create(plan, &options, &network) == ECP_OK, ecp_error_message());
    CHECK(network && ecp_network_run(network) == ECP_OK, ecp_error_message());
    CHECK(network && ecp_network_finish_store(network) == ECP_OK, ecp_error_message());
    if (first && network) {
        const struct ecp_recording *r = ecp_network_recording(network);
        CHECK(r->population[0].n_events == 0 && r->signal[0].n_frames == 0, "large");
        CHECK(!many || !r->population[0].count, "large");
        CHECK(r->population[1].count, "large"); /* a measure looks at it */
        for (size_t p = 0; p < 2; p++) {
            result[2 * p] = ecp_recorded_rate_hz(r, p);
            result[2 * p + 1] = ecp_recorded_cv_isi(r, p);
        }
    }
    ecp_network_destroy(network);
    ecp_store_destroy(options.store);
    for (size_t k = 0; first && k < sizeof written / sizeof written[0]; k++) {
        char path[80];
        (void)snprintf(path, sizeof path, "%s/%s", dir, written[k]);
        CHECK(unlink(path) == 0, path);
    }
    CHECK(!first || rmdir(dir) == 0, dir);
}

static void runs_large(const struct ecp_shape *shape)
{
    double alone[4] = {0}, together[4] = {0};
    struct ecp_plan *plan = NULL;
    char path[40];
    (void)snprintf(path, sizeof path, "test_share_%d.cfg", ecp_comm_size(shape->comm));
    if (ecp_comm_rank(shape->comm) == 0) {
        FILE *file = fopen(path, "we");
        if (file && fputs(large, file) >= 0)
            (void)fclose(file);
    }
    (void)ecp_comm_agree(shape->comm, ECP_OK);
    CHECK(ecp_config_read(path, NULL, 0, &plan) == ECP_OK, ecp_error_message());
    (void)ecp_comm_agree(shape->comm, ECP_OK);
    if (plan && ecp_comm_rank(shape->comm) == 0)
        run_large(plan, shape, NULL, alone);
    (void)ecp_comm_agree(shape->comm, ECP_OK);
    if (plan)
        run_large(plan, shape, shape->comm, together);
    CHECK(memcmp(alone, together, sizeof alone) == 0, "large");
    if (ecp_comm_rank(shape->comm) == 0) {
        CHECK(alone[0] > 200 && alone[1] > 0.1, "large");
        (void)unlink(path);
    }
    ecp_plan_destroy(plan);
}

int main(int argc, char **argv)
{
    struct ecp_shape shape;
    if (!ecp_shape_begin(argc, argv, &shape))
        return 2;
    struct ecp_network network = {.comm = shape.comm,
                                  .n_workers = 1,
                                  .rank = ecp_comm_rank(shape.comm),
                                  .n_ranks = ecp_comm_size(shape.comm)};
    struct ecp_results results = {.network = &network};
    results.rank_first = ecp_array((size_t)network.n_ranks + 1, sizeof *results.rank_first);
    for (size_t k = 0; k < sizeof patterns / sizeof patterns[0]; k++)
        deals_events(&results, &patterns[k]);
    deals_frames(&results, 900, 77);
    deals_frames(&results, 3, 5000);
    deals_frames(&results, 20000, 1);
    deals_frames(&results, 0, 10);
    deals_frames(&results, 10, 0);
    reads_edges(&network);
    runs_large(&shape);
    uint64_t all = (uint64_t)failed;
    ecp_comm_sum(shape.comm, &all, 1);
    free(results.rank_first);
    return ecp_shape_end(&shape, (int)all);
}
