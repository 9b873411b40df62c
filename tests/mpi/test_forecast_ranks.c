/* The forecast's memory against what each rank needs. One thread on every rank. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/config.h"
#include "engine/forecast.h"
#include "engine/network.h"
#include "mpi/comm.h"
#include "tests/process.h"
#include "tests/support.h"

static struct ecp_comm *job;

/* 2,000 neurons with 4,000 synapses each. */
static const char *const networks[] = {
    "weight = 1; delay = 1.5;",
    ("weight = { dist = \"normal\"; mean = 1; sd = 0.1; }; delay = { dist = \"normal\"; "
     "mean = 1.5; sd = 0.7; low = 0.1; high = 6; };"),
    "weight = 45; delay = 1.5; plasticity = { rule = \"stdp\"; w_max = 90; };"};

static struct ecp_plan *plan_of(const char *keys)
{
    char text[1024];
    struct ecp_plan *plan = NULL;
    (void)snprintf(text, sizeof text,
                   "populations = { E = { model = \"lif_exp\"; size = 2000; }; };\n"
                   "stimuli = ( { kind = \"poisson\"; name = \"drive\"; target = \"E\";\n"
                   "  rate = 20000; weight = 40; } );\n"
                   "probes = ( { kind = \"spikes\"; target = \"E\"; } );\n"
                   "projections = ( { source = \"E\"; target = \"E\"; rule = \"fixed_indegree\";\n"
                   "  indegree = 4000; %s } );\nduration = 100;\n",
                   keys);
    ECP_ASSERT_OK(ecp_config_parse(text, "test", NULL, 0, &plan));
    return plan;
}

/* The rate that it fired with is that of the forecast: memory is compared, not rates.
 * Within 10 % and one large page: a rank here is a few of them. */
static void compare(const struct ecp_plan *plan, const struct ecp_network *network, double peak)
{
    const struct ecp_recording *r = ecp_network_recording(network);
    uint64_t spikes = ecp_comm_rank(job) == 0 ? r->spikes : 0;
    ecp_comm_sum(job, &spikes, 1);
    const double rate = (double)spikes / (double)plan->n_neurons / (r->duration / 1000);
    const struct ecp_forecast_job wanted = {1, ecp_comm_size(job), rate};
    const struct ecp_forecast f = ecp_plan_forecast_job(plan, &wanted);
    const double forecast =
        ecp_comm_rank(job) == 0 ? f.total_bytes + f.unwritten_bytes : f.others_bytes;
    if (fabs(forecast - peak) > 0.1 * peak + (2 << 20))
        (void)printf("rank %d: %.2f of %.2f MB at %g Hz ", ecp_comm_rank(job), forecast * 1e-6,
                     peak * 1e-6, rate);
    CU_ASSERT_DOUBLE_EQUAL(forecast, peak, 0.1 * peak + (2 << 20));
}

static void memory_of_ranks(void)
{
    for (size_t k = 0; k < sizeof networks / sizeof networks[0]; k++) {
        struct ecp_plan *plan = plan_of(networks[k]);
        const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best(), .comm = job};
        struct ecp_network *network = NULL;
        const double before = ecp_test_process_bytes("VmRSS:");
        int64_t is_blind = ECP_TEST_PADDED || !ecp_test_forget_peak();
        ecp_comm_most(job, &is_blind, 1);
        ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
        ECP_ASSERT_OK(ecp_network_run(network));
        if (is_blind)
            (void)printf("(skipped: no peak to measure) ");
        else
            compare(plan, network, ecp_test_process_bytes("VmHWM:") - before);
        ecp_network_destroy(network);
        ecp_plan_destroy(plan);
    }
}

/* Any rank that fails is a failure of the job. */
int main(void)
{
    CU_TestInfo tests[] = {{"memory of ranks", memory_of_ranks}, CU_TEST_INFO_NULL};
    CU_SuiteInfo suites[] = {{"forecast", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    if (ecp_comm_start(&job) != ECP_OK)
        return 2;
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
        return 2;
    CU_basic_set_mode(ecp_comm_rank(job) == 0 ? CU_BRM_VERBOSE : CU_BRM_SILENT);
    CU_basic_run_tests();
    int64_t failed = CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    ecp_comm_most(job, &failed, 1);
    ecp_comm_stop(job);
    return (int)failed;
}
