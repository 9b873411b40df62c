/* Networks of SONATA files of another tool: every edge, weight and delay against a naive
 * reading; written again and read again; as a circuit, by a reader in Python. */
#include <hdf5.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/edge_list.h"
#include "engine/store.h"
#include "tests/unit/network_case.h"

#define NETWORK ECP_TEST_DATA "/recordings/sonata_samples/300_pointneurons/network/"

static const char *const populations =
    "populations = { internal = { model = \"lif\"; nodes = \"" NETWORK
    "internal_nodes.h5:/nodes/internal\"; }; };\nduration = 50;\n"
    "stimuli = ( { kind = \"poisson\"; target = \"internal\"; rate = 9000; weight = 20; } );\n"
    "probes = ( { kind = \"spikes\"; target = \"internal\"; }, { kind = \"field\"; field = \"v\";\n"
    "  target = \"internal\"; interval = 1; } );\n";
static const char *const projection =
    "projections = ( { name = \"inner\"; source = \"internal\"; target = \"internal\";\n"
    "  rule = \"explicit\"; file = \"" NETWORK
    "internal_internal_edges.h5:/edges/internal_to_internal\";\n"
    "  edge_types = \"" NETWORK "internal_internal_edge_types.csv\"; } );\n";

static struct ecp_plan *parsed(const char *text, const char *more)
{
    char whole[8192];
    struct ecp_plan *plan = NULL;
    (void)snprintf(whole, sizeof whole, "%s%s", text, more);
    ECP_ASSERT_OK(ecp_config_parse(whole, "test.cfg", NULL, 0, &plan));
    return plan;
}

/* ---- naive reading -------------------------------------------------------------------- */

struct naive {
    size_t n;
    uint32_t *source, *target;
    double *weight;
};

static void *column(hid_t file, const char *name, hid_t type, size_t bytes, size_t *n)
{
    char whole[128];
    (void)snprintf(whole, sizeof whole, "edges/%s", name);
    const hid_t set = H5Dopen2(file, whole, H5P_DEFAULT), space = H5Dget_space(set);
    *n = (size_t)H5Sget_simple_extent_npoints(space);
    void *data = malloc(*n * bytes);
    CU_ASSERT_FATAL(data && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    (void)H5Sclose(space);
    (void)H5Dclose(set);
    return data;
}

static struct naive read_naive(void)
{
    const hid_t file = H5Fopen(NETWORK "internal_internal_edges.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    struct naive e = {0};
    e.source = column(file, "internal_to_internal/source_node_id", H5T_NATIVE_UINT32, 4, &e.n);
    e.target = column(file, "internal_to_internal/target_node_id", H5T_NATIVE_UINT32, 4, &e.n);
    e.weight = column(file, "internal_to_internal/0/syn_weight", H5T_NATIVE_DOUBLE, 8, &e.n);
    (void)H5Fclose(file);
    return e;
}

static void forget(struct naive *e)
{
    free(e->source);
    free(e->target);
    free(e->weight);
}

/* Order of two edges whatever the lists' own. */
struct edge {
    uint32_t target, source;
    double weight;
};
static int before(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->weight > y->weight) - (x->weight < y->weight);
}

static void same_edges(const struct naive *want, const struct ecp_edge_list *got)
{
    CU_ASSERT_EQUAL_FATAL(want->n, got->n);
    struct edge *a = malloc(want->n * sizeof *a), *b = malloc(want->n * sizeof *b);
    size_t different = 0, wrong_delay = 0;
    CU_ASSERT_FATAL(a && b);
    for (size_t k = 0; k < want->n; k++) {
        a[k] = (struct edge){want->target[k], want->source[k], want->weight[k]};
        b[k] = (struct edge){got->target[k], got->source[k], got->weight[k]};
        wrong_delay += fabs(got->delay[k] - 2) > 1e-9; /* edge_types.csv: all 2.0 */
    }
    qsort(a, want->n, sizeof *a, before);
    qsort(b, want->n, sizeof *b, before);
    for (size_t k = 0; k < want->n; k++)
        different += before(&a[k], &b[k]) != 0;
    CU_ASSERT_EQUAL(different, 0);
    CU_ASSERT_EQUAL(wrong_delay, 0);
    free(a);
    free(b);
}

static void edges_of_another_tool(void)
{
    struct naive want = read_naive();
    struct ecp_plan *plan = parsed(populations, projection), *again = NULL;
    struct ecp_edge_list got = {0};
    CU_ASSERT_EQUAL(plan->population[0]->size, 300);
    ECP_ASSERT_OK(ecp_edge_list_of(plan, 0, &got));
    same_edges(&want, &got);
    ecp_edge_list_clear(&got);
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "again.cfg", NULL, 0, &again));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(again);
    struct ecp_network *network = built(plan, 2, ecp_isa_best());
    CU_ASSERT_EQUAL(ecp_network_facts(network).synapses, 27588);
    finish(network, plan);
    forget(&want);
}

/* ---- there and back ------------------------------------------------------------------ */

static void remove_all(const char *dir)
{
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CU_ASSERT_EQUAL(system(command), 0);
}

static void expect(const struct naive *e, const struct ecp_network *network, const char *dir)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s/expected.txt", dir);
    FILE *file = fopen(name, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (uint32_t t = 0; t < 300; t++) {
        size_t n = 0;
        double sum = 0;
        for (size_t k = 0; k < e->n; k++)
            if (e->target[k] == t) {
                n++;
                sum += e->weight[k];
            }
        (void)fprintf(file, "edges inner %u %zu %.17g\n", t, n, sum);
    }
    const struct ecp_recording *r = ecp_network_recording(network);
    (void)fprintf(file, "spikes internal %llu\n", (unsigned long long)r->spikes);
    (void)fclose(file);
}

static void round_trip(void)
{
    static const char *const back =
        "projections = ( { name = \"inner\"; source = \"internal\"; target = \"internal\";\n"
        "  rule = \"explicit\"; file = \"%s/edges.h5:/edges/inner\"; } );\n";
    struct naive want = read_naive();
    struct ecp_plan *plan = parsed(populations, projection), *next;
    struct ecp_edge_list got = {0};
    char dir[64] = "test_sonata_XXXXXX", more[512], command[512];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    struct ecp_network *network = NULL;
    struct ecp_store *store = NULL;
    ECP_ASSERT_OK(ecp_store_create(dir, plan, &store));
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best(), .store = store};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    ECP_ASSERT_OK(ecp_network_finish_store(network));
    ecp_store_destroy(store);
    ECP_ASSERT_OK(ecp_circuit_write(plan, dir));
    expect(&want, network, dir);
    (void)fflush(NULL);
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; "
                   "/usr/bin/python3 '%s/tests/unit/read_circuit.py' '%s'",
                   ECP_SOURCE_DIR, dir);
    const int how = system(command);
    CU_ASSERT(WIFEXITED(how) && (WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 77));
    finish(network, plan);
    (void)snprintf(more, sizeof more, back, dir);
    next = parsed(populations, more);
    ECP_ASSERT_OK(ecp_edge_list_of(next, 0, &got));
    same_edges(&want, &got);
    ecp_edge_list_clear(&got);
    ecp_plan_destroy(next);
    remove_all(dir);
    forget(&want);
}

/* ---- what is refused ------------------------------------------------------------------- */

static void refused(const char *nodes, const char *keys, const char *why)
{
    char text[4096];
    struct ecp_plan *plan = NULL;
    (void)snprintf(
        text, sizeof text,
        "populations = { E = { model = \"lif\"; %s }; };\nprojections = ( { source = \"E\"; "
        "target = \"E\"; rule = \"explicit\"; %s } );\nduration = 10;\n",
        nodes, keys);
    ecp_error_clear();
    CU_ASSERT_NOT_EQUAL(ecp_config_parse(text, "test.cfg", NULL, 0, &plan), ECP_OK);
    CU_ASSERT_PTR_NULL(plan);
    if (!strstr(ecp_error_message(), why))
        (void)printf("\n  \"%s\" says nothing of \"%s\"", ecp_error_message(), why);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), why));
    ecp_plan_destroy(plan);
}

static void wrong_files(void)
{
#define EDGES  "file = \"" NETWORK "internal_internal_edges.h5:/edges/internal_to_internal\"; "
#define SAMPLE ECP_TEST_DATA "/recordings/sonata_samples/"
    refused("size = 200;", EDGES "delay = 2;", "0 to 199");
    refused("size = 300; nodes = \"x.h5\";", EDGES, "beside size");
    refused("nodes = \"" NETWORK "none.h5\";", EDGES, "none.h5");
    refused("nodes = \"" NETWORK "internal_nodes.h5:/nodes/x\";", EDGES, "has no group");
    refused("size = 300;", "file = \"" NETWORK "internal_internal_edges.h5:/edges/x\"; weight = 1;",
            "has no group edges/x");
    refused("size = 300;", "file = \"" SAMPLE "libsonata_tests/edges1.h5\"; weight = 1;",
            "name one");
    refused("size = 300;", EDGES "edge_types = \"" NETWORK "internal_node_types.csv\";",
            "edge_type_id");
    refused("size = 300;", EDGES "edge_types = \"" SAMPLE "minimal/edge_types.csv\";",
            "no edge_type_id 10");
    refused("size = 300;", "edges = ((0, 1)); weight = 1; edge_types = \"x.csv\";",
            "found without file");
    refused("size = 300;",
            EDGES "edge_types = \"" NETWORK "internal_internal_edge_types.csv\"; delay = 3;",
            "one of the two");
}

ECP_TEST_MAIN("networks of SONATA files", {"edges of another tool", edges_of_another_tool},
              {"round trip", round_trip}, {"wrong files", wrong_files})
