/* verify_lpl_network.c -- the network of scenarios/lpl.cfg, shortened: synapses from slow
 * signals win over those from shuffled ones, and do not where prediction is taken away;
 * without the Hebbian part all shrink. */
#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "engine/network.h"
#include "tests/support.h"

enum { GROUPS = 5 };

struct outcome {
    double mean[GROUPS]; /* weight from each group */
};

/* 30 s of priming and 100 s of learning, twice as fast, without inhibition. */
static struct ecp_plan *read_short(void)
{
    static const char *const set[] = {
        "network.condition=inhibition_off",
        "network.prime=\"30 s\"",
        "network.learn=\"100 s\"",
        "network.test=\"10 s\"",
        "network.tau_mean=\"20 s\"",
        "network.eta=0.02",
        "probes=( { kind = \"weights\"; projection = \"P0_E\"; times = [130000.0]; },"
        " { kind = \"weights\"; projection = \"P1_E\"; times = [130000.0]; },"
        " { kind = \"weights\"; projection = \"P2_E\"; times = [130000.0]; },"
        " { kind = \"weights\"; projection = \"P3_E\"; times = [130000.0]; },"
        " { kind = \"weights\"; projection = \"P4_E\"; times = [130000.0]; } )"};
    struct ecp_plan *plan;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/scenarios/lpl.cfg", ECP_SOURCE_DIR);
    ECP_ASSERT_OK(ecp_config_read(path, set, sizeof set / sizeof *set, &plan));
    return plan;
}

static struct outcome run(const char *without)
{
    struct ecp_plan *plan = read_short();
    struct ecp_network *network;
    struct outcome out = {{0}};
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    for (size_t k = 0; without && k < plan->n_projections; k++)
        ECP_ASSERT_OK(ecp_projection_set(plan->projection[k], without, 0));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_weights, GROUPS);
    (void)printf(" %s:", without ? without : "all");
    for (int k = 0; k < GROUPS; k++) {
        const struct ecp_recorded_weights *w = &r->weights[k];
        CU_ASSERT_EQUAL_FATAL(w->projection_name[1], '0' + k);
        for (size_t j = 0; j < w->n; j++)
            out.mean[k] += (double)w->weight[j] / (double)w->n;
        (void)printf(" %.4f", out.mean[k]);
    }
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return out;
}

/* Slow signals (P1, P3) over shuffled ones (P2, P4). */
static double preference(const struct outcome *o)
{
    return (o->mean[1] + o->mean[3]) / (o->mean[2] + o->mean[4]);
}

static void prediction(void)
{
    const struct outcome all = run(NULL), blind = run("phi");
    (void)printf(" %.3f %.3f", preference(&all), preference(&blind));
    CU_ASSERT(preference(&all) > 1.08);
    CU_ASSERT(preference(&blind) < 1.06);
    CU_ASSERT(all.mean[1] > all.mean[0] && all.mean[3] > all.mean[0]);
}

static void collapse(void)
{
    const struct outcome o = run("lambda");
    for (int k = 0; k < GROUPS; k++)
        CU_ASSERT(o.mean[k] < 0.152); /* they began at 0.15 */
    CU_ASSERT(o.mean[1] < 0.14 && o.mean[3] < 0.14);
}

ECP_TEST_MAIN("lpl in a network", {"prediction", prediction}, {"collapse", collapse})
