/* What a run will need: expected synapses of every rule, bytes, and memory. */
#include <math.h>
#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "engine/forecast.h"
#include "engine/network.h"
#include "mpi/comm.h"
#include "tests/process.h"
#include "tests/support.h"

static const char *const head = "populations = {"
                                " E = { model = \"lif\"; size = 1000; layout = { kind = \"sheet\";"
                                "       extent = [2.0, 1.0]; periodic = true; }; };"
                                " I = { model = \"lif\"; size = 250; layout = { kind = \"sheet\";"
                                "       extent = [2.0, 1.0]; }; }; };"
                                "duration = 100.0;";

static struct ecp_forecast forecast_of(const char *more, int threads)
{
    char text[2048];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text, "%s%s", head, more);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    const struct ecp_forecast f = ecp_plan_forecast(plan, threads);
    ecp_plan_destroy(plan);
    return f;
}

static double synapses_of(const char *ends_and_rule)
{
    char text[512];
    (void)snprintf(text, sizeof text, "projections = ( { %s weight = 1.0; delay = 1.0; } );",
                   ends_and_rule);
    return forecast_of(text, 1).synapses;
}

#define E_TO_E "source = \"E\"; target = \"E\"; "
#define E_TO_I "source = \"E\"; target = \"I\"; "
#define I_TO_I "source = \"I\"; target = \"I\"; "

static void rules(void)
{
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"all_to_all\";"), 250000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_E "rule = \"all_to_all\"; autapses = false;"), 999000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_E "rule = \"one_to_one\";"), 1000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_indegree\"; indegree = 7;"), 1750);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_outdegree\"; outdegree = 7;"), 7000);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"fixed_total_number\"; number = 12;"), 12);
    CU_ASSERT_DOUBLE_EQUAL(synapses_of(E_TO_I "rule = \"pairwise_bernoulli\"; probability = 0.1;"),
                           25000, 1e-6);
    CU_ASSERT_EQUAL(synapses_of(E_TO_I "rule = \"explicit\"; edges = ((0, 1), (2, 3));"), 2);
}

/* On a torus the mean probability is the integral of the kernel over area. */
static void distance_on_a_torus(void)
{
    const double pairs = 1000.0 * 1000, area = 2, pi = 3.14159265358979;
    const double gaussian = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"gaussian\";"
                                               "probability = 0.5; scale = 0.05;");
    CU_ASSERT_DOUBLE_EQUAL(gaussian, pairs * 0.5 * 2 * pi * 0.05 * 0.05 / area, 0.01 * gaussian);
    const double disc = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"disc\";"
                                           "probability = 1.0; scale = 0.1;");
    CU_ASSERT_DOUBLE_EQUAL(disc, pairs * pi * 0.1 * 0.1 / area, 0.01 * disc);
    const double exponential = synapses_of(E_TO_E "rule = \"distance\"; kernel = \"exponential\";"
                                                  "probability = 1.0; scale = 0.02;");
    CU_ASSERT_DOUBLE_EQUAL(exponential, pairs * 2 * pi * 0.02 * 0.02 / area, 0.02 * exponential);
}

/* A disc larger than the sheet reaches every pair; with borders, half of the
 * neighbours of an edge are missing. */
static void distance_with_borders(void)
{
    const double all = synapses_of(I_TO_I "rule = \"distance\"; kernel = \"disc\";"
                                          "probability = 1.0; scale = 9.0;");
    CU_ASSERT_DOUBLE_EQUAL(all, 250.0 * 250, 0.01 * all);
    const double near = synapses_of(I_TO_I "rule = \"distance\"; kernel = \"disc\";"
                                           "probability = 1.0; scale = 0.1;");
    CU_ASSERT(near < 250.0 * 250 * 3.1416 * 0.01 / 2);
    CU_ASSERT(near > 0.8 * 250.0 * 250 * 3.1416 * 0.01 / 2);
}

static void bytes_and_time(void)
{
    static const char *const compact =
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";"
        "indegree = 1000; weight = 1.0; delay = 1.0; precision = \"compact\"; } );";
    static const char *const full =
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";"
        "indegree = 1000; weight = 1.0; delay = 1.0; precision = \"full\"; } );";
    const struct ecp_forecast one = forecast_of(compact, 1), two = forecast_of(compact, 2);
    CU_ASSERT_EQUAL(one.neurons, 1250);
    CU_ASSERT_EQUAL(one.synapses, 1e6);
    CU_ASSERT(one.rows_bytes > 4e6 && one.rows_bytes < 4.3e6);
    CU_ASSERT(forecast_of(full, 1).rows_bytes > 1.9 * one.rows_bytes);
    /* What each thread does for itself is small. */
    CU_ASSERT(two.run_s > one.run_s / 2 && two.run_s < one.run_s);
    CU_ASSERT(two.build_s > one.build_s / 2 && two.build_s < 0.7 * one.build_s);
    CU_ASSERT_EQUAL(one.assumed_rate_hz, 5);
    CU_ASSERT_DOUBLE_EQUAL(
        one.total_bytes,
        one.rows_bytes + one.neurons_bytes + one.buffers_bytes + one.recording_bytes, 1);
}

static void claims_tell_rates(void)
{
    const struct ecp_forecast f =
        forecast_of("claims = ( { result = \"E.rate_hz\"; lowest = 10; highest = 30; } );"
                    "probes = ( { kind = \"spikes\"; target = \"E\"; } );",
                    1);
    CU_ASSERT_DOUBLE_EQUAL(f.assumed_rate_hz, 20, 1e-9); /* the others take the mean */
    CU_ASSERT_DOUBLE_EQUAL(f.recording_bytes, 1000 * 20 * 0.1 * 16, 1e-6);
}

static void rates_that_are_told(void)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_read("brunel", NULL, 0, &plan));
    /* A scenario that claims no rates, but knows the theory of them (Brunel 2000: 38 Hz). */
    CU_ASSERT_DOUBLE_EQUAL(ecp_plan_forecast(plan, 1).assumed_rate_hz, 38, 0.5);
    const struct ecp_forecast_job slow = {1, 2, 3}, fast = {1, 2, 30};
    const struct ecp_forecast a = ecp_plan_forecast_job(plan, &slow);
    const struct ecp_forecast b = ecp_plan_forecast_job(plan, &fast);
    CU_ASSERT_DOUBLE_EQUAL(a.assumed_rate_hz, 3, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(b.words_per_s, 10 * a.words_per_s, 1e-6 * b.words_per_s);
    CU_ASSERT_EQUAL(a.letters_per_s, b.letters_per_s);
    CU_ASSERT(b.run_s > 2 * a.run_s);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(), "");
    ecp_plan_destroy(plan);
}

static void memory_and_limits(void)
{
    struct rlimit before;
    const double free_bytes = ecp_memory_available();
    CU_ASSERT(free_bytes > 0 && isfinite(free_bytes));
    if (getrlimit(RLIMIT_AS, &before) != 0)
        return;
    const struct rlimit tight = {(rlim_t)4 << 30, before.rlim_max};
    if (free_bytes > 5e9 && setrlimit(RLIMIT_AS, &tight) == 0) {
        CU_ASSERT(ecp_memory_available() < 4.3e9);
        CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &before), 0);
    }
}

/* ---- plastic synapses ---------------------------------------------------- */

/* 4000 synapses a neuron, and what the rule is. */
static struct ecp_plan *plastic_plan(const char *neurons, const char *keys)
{
    char text[1024];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text,
                   "populations = { E = { model = \"lif_exp\"; size = %s; }; };\n"
                   "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";\n"
                   "  indegree = 4000; %s } );\nduration = 2;\n",
                   neurons, keys);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    return plan;
}

static struct ecp_network *run_plan(const struct ecp_plan *plan, int threads)
{
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    struct ecp_network *network = NULL;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    return network;
}

static const char *const plastic_keys[] = {
    "weight = 45; delay = 1.5; plasticity = { rule = \"stdp\"; w_max = 90; };",
    "weight = { dist = \"uniform\"; low = 20; high = 30; }; plasticity = { rule = \"calcium\"; };\n"
    "delay = { dist = \"normal\"; mean = 1.5; sd = 0.5; low = 0.1; high = 5; };",
    "weight = 60; plasticity = { rule = \"stc\"; };",
    "weight = 45; delay_type = \"dendritic\"; plasticity = { rule = \"stdp_triplet\"; w_max = 90; "
    "};\n"
    "delay = { dist = \"uniform\"; low = 1; high = 2; };",
    "weight = 45; short_term = { rule = \"tsodyks_markram\"; };"};

/* Bytes against those of the synapses and pieces that the network says that it holds;
 * what it has for targets comes on top. */
static void plastic_rows(void)
{
    for (size_t k = 0; k < sizeof plastic_keys / sizeof plastic_keys[0]; k++)
        for (int threads = 1; threads <= 2; threads++) {
            struct ecp_plan *plan = plastic_plan("500", plastic_keys[k]);
            const struct ecp_forecast f = ecp_plan_forecast(plan, threads);
            struct ecp_network *network = run_plan(plan, threads);
            const double held = ecp_network_facts(network).memory_rows_mb * 1e6;
            if (!(f.rows_bytes > 0.98 * held && f.rows_bytes < 1.06 * held))
                (void)printf("%zu, %d threads: %g of %g ", k, threads, f.rows_bytes, held);
            CU_ASSERT(f.rows_bytes > 0.98 * held && f.rows_bytes < 1.06 * held);
            ecp_network_destroy(network);
            ecp_plan_destroy(plan);
        }
}

static void plastic_peak(void)
{
    for (size_t k = 0; k < 3; k++) { /* stdp, calcium, stc */
        struct ecp_plan *plan = plastic_plan("2000", plastic_keys[k]);
        const double forecast = ecp_plan_forecast(plan, 2).total_bytes;
        const double before = ecp_test_process_bytes("VmRSS:");
        if (ECP_TEST_PADDED || !ecp_test_forget_peak()) {
            (void)printf("(skipped: no peak to measure) ");
            ecp_plan_destroy(plan);
            return;
        }
        struct ecp_network *network = run_plan(plan, 2);
        const double peak = ecp_test_process_bytes("VmHWM:") - before;
        CU_ASSERT_DOUBLE_EQUAL(forecast, peak, 0.1 * peak);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

/* ---- one rank of many --------------------------------------------------- */

static const char *const many_keys[] = {
    "weight = 1; delay = 1.5;",
    "weight = { dist = \"normal\"; mean = 1; sd = 0.1; };"
    "delay = { dist = \"normal\"; mean = 1.5; sd = 0.7; low = 0.1; high = 6; };"};

/* 100 synapses a neuron: rows, tables of sources and letters of rank 1 of so many. */
static void rank_of_many(const char *keys, int ranks, double neurons)
{
    char text[1024];
    struct ecp_plan *plan = NULL;
    struct ecp_comm *comm = NULL;
    struct ecp_network *network = NULL;
    (void)snprintf(
        text, sizeof text,
        "populations = { E = { model = \"lif_exp\"; size = %.0f; };\n"
        "  I = { model = \"lif_exp\"; size = %.0f; }; };\n"
        "projections = (\n"
        "  { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\"; indegree = 80; %s },\n"
        "  { source = \"E\"; target = \"I\"; rule = \"fixed_indegree\"; indegree = 80; %s },\n"
        "  { source = \"I\"; target = \"E\"; rule = \"fixed_indegree\"; indegree = 20; %s },\n"
        "  { source = \"I\"; target = \"I\"; rule = \"fixed_indegree\"; indegree = 20; %s } );\n"
        "duration = 6;\n",
        0.8 * neurons, 0.2 * neurons, keys, keys, keys, keys);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    ECP_ASSERT_OK(ecp_comm_pretend(1, ranks, &comm));
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best(), .comm = comm};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_forecast f = ecp_plan_forecast_rank(plan, 1, ranks);
    const struct ecp_network_facts facts = ecp_network_facts(network);
    const double rows = facts.memory_rows_mb * 1e6, letters = f.letters_per_s * 6e-3;
    if (fabs(f.rows_bytes - rows) > 0.03 * rows ||
        fabs(letters - (double)facts.letters) > 0.1 * letters)
        (void)printf("%d ranks: rows %g of %g, letters %g of %g ", ranks, f.rows_bytes, rows,
                     letters, (double)facts.letters);
    CU_ASSERT_DOUBLE_EQUAL(f.rows_bytes, rows, 0.03 * rows);
    CU_ASSERT_DOUBLE_EQUAL(letters, (double)facts.letters, 0.1 * letters);
    ecp_network_destroy(network);
    ecp_comm_stop(comm);
    ecp_plan_destroy(plan);
}

static void ranks_of_many(void)
{
    for (size_t k = 0; k < sizeof many_keys / sizeof many_keys[0]; k++) {
        rank_of_many(many_keys[k], 2, 4000);
        rank_of_many(many_keys[k], 60, 60000);
        rank_of_many(many_keys[k], 1000, 300000); /* numbered sources, two hops */
    }
}

static void plastic_files(void)
{
    struct ecp_plan *plan = plastic_plan("500", plastic_keys[0]);
    const struct ecp_forecast none = ecp_plan_forecast(plan, 1);
    plan->output_weights = ECP_OUTPUT_FINAL;
    const struct ecp_forecast one = ecp_plan_forecast(plan, 1);
    plan->output_weights = ECP_OUTPUT_BOTH;
    const struct ecp_forecast two = ecp_plan_forecast(plan, 1);
    CU_ASSERT_EQUAL(none.edges_bytes, 0);
    CU_ASSERT_EQUAL(one.edges_bytes, 500.0 * 4000 * (60 + sizeof(ecp_real)));
    CU_ASSERT_EQUAL(two.edges_bytes, 2 * one.edges_bytes);
    CU_ASSERT_EQUAL(two.file_bytes - none.file_bytes, two.edges_bytes);
    CU_ASSERT(one.buffers_bytes > none.buffers_bytes);
    ecp_plan_destroy(plan);
}

/* Threads for 100 us of work in an epoch each: some 1 ns for a step of such a cell, 64 steps. */
static int worth(const char *size, const char *delay, int most)
{
    char text[400];
    struct ecp_plan *plan = NULL;
    (void)snprintf(
        text, sizeof text,
        "duration = 20; dt = 0.1;\npopulations = { P = { model = \"poisson\"; size = %s; };"
        " Q = { model = \"lif_exp\"; size = 1; }; };\nprojections = ( { source = \"P\"; "
        "target = \"Q\"; rule = \"fixed_indegree\"; indegree = 1; weight = 1; delay = %s; } );\n",
        size, delay);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    const int threads = ecp_plan_threads_worth(plan, most);
    ecp_plan_destroy(plan);
    return threads;
}

static void threads_worth(void)
{
    CU_ASSERT_EQUAL(worth("100", "6.4", 8), 1);
    CU_ASSERT_EQUAL(worth("20000", "6.4", 8), 8);
    CU_ASSERT_EQUAL(worth("20000", "6.4", 1), 1);
    CU_ASSERT_EQUAL(worth("20000", "0.1", 8), 1); /* they would meet after every step */
    const int between = worth("6000", "6.4", 8);
    CU_ASSERT(between > 1 && between < 8);
}

ECP_TEST_MAIN("forecast", {"rules", rules}, {"distance on a torus", distance_on_a_torus},
              {"distance with borders", distance_with_borders}, {"bytes and time", bytes_and_time},
              {"claims tell rates", claims_tell_rates},
              {"rates that are told", rates_that_are_told},
              {"memory and limits", memory_and_limits}, {"plastic rows", plastic_rows},
              {"plastic peak", plastic_peak}, {"ranks of many", ranks_of_many},
              {"plastic files", plastic_files}, {"threads worth", threads_worth})
