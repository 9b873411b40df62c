/* verify_consolidation.c -- scenarios of learning: an assembly that is consolidated over
 * a night, or is not; the network that learns slow signals, as it is built. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/config.h"
#include "engine/network.h"
#include "engine/score.h"
#include "tests/support.h"

static struct ecp_plan *read_scenario(const char *file, const char *const *set, size_t n)
{
    struct ecp_plan *plan;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/scenarios/%s.cfg", ECP_SOURCE_DIR, file);
    ECP_ASSERT_OK(ecp_config_read(path, set, n, &plan));
    ECP_ASSERT_OK(ecp_score_check(plan));
    return plan;
}

/* Rates of 4 neurons: 2 cued, 1 not, 1 outside of the assembly. */
static void measure(void)
{
    const struct ecp_spike event[] = {{5, 0},  {15, 0}, {15, 1}, {16, 2}, {16, 2},
                                      {17, 3}, {20, 1}, {21, 1}, {21, 3}};
    struct ecp_recorded_population population = {
        .name = "E", .size = 4, .recorded = 1, .n_events = 9, .event = event};
    const struct ecp_recording recording = {
        .dt = 1, .duration = 30, .n_populations = 1, .population = &population};
    const double param[8] = {3, 2, [6] = -1}, wrong[8] = {4, 2};
    struct ecp_analysis_call call = {.recording = &recording,
                                     .population = 0,
                                     .signal = -1,
                                     .start = 10,
                                     .stop = 20,
                                     .param = param};
    const struct ecp_analysis *assembly;
    double result[8] = {0};
    ECP_ASSERT_OK(ecp_analysis_find("assembly", &assembly));
    ECP_ASSERT_OK(assembly->run(&call, result));
    CU_ASSERT_DOUBLE_EQUAL(result[2], 150, 1e-9); /* 3 spikes of 2 neurons in 10 ms */
    CU_ASSERT_DOUBLE_EQUAL(result[3], 200, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(result[4], 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(result[5], 100.0 / 150, 1e-9);
    call.param = wrong;
    CU_ASSERT_EQUAL(assembly->run(&call, result), ECP_ECONFIG);
    ecp_error_clear();
}

/* Counts in two stretches, against the definition: sum p(x, y) log2 p(x, y)/(p(x) p(y)). */
static void information(void)
{
    enum { NEURONS = 40, MOST = 4 };
    struct ecp_spike event[2 * NEURONS * MOST];
    struct ecp_recorded_population population = {
        .name = "E", .size = NEURONS, .recorded = 1, .event = event};
    const struct ecp_recording recording = {
        .dt = 1, .duration = 100, .n_populations = 1, .population = &population};
    const double param[8] = {[0] = 3, [1] = 2, [6] = 20}, none[8] = {[0] = 3, [1] = 2, [6] = -1};
    struct ecp_analysis_call call = {.recording = &recording,
                                     .population = 0,
                                     .signal = -1,
                                     .start = 60,
                                     .stop = 70,
                                     .param = param};
    const struct ecp_analysis *assembly;
    double both[MOST][MOST] = {{0}}, bits = 0, result[8] = {0};
    for (ecp_lid j = 0; j < NEURONS; j++) {
        const int before = (int)(j * 7 % MOST), now = (int)((j * 7 % MOST + j / 20) % MOST);
        both[before][now] += 1.0 / NEURONS;
        for (int k = 0; k < before; k++)
            event[population.n_events++] = (struct ecp_spike){21 + 3 * k, j};
        for (int k = 0; k < now; k++)
            event[population.n_events++] = (struct ecp_spike){61 + 3 * k, j};
    }
    for (int x = 0; x < MOST; x++)
        for (int y = 0; y < MOST; y++) {
            double px = 0, py = 0;
            for (int k = 0; k < MOST; k++) {
                px += both[x][k];
                py += both[k][y];
            }
            bits += both[x][y] > 0 ? both[x][y] * log2(both[x][y] / (px * py)) : 0;
        }
    ECP_ASSERT_OK(ecp_analysis_find("assembly", &assembly));
    CU_ASSERT_EQUAL(ecp_field_find(assembly->fields, "reference"), 6);
    ECP_ASSERT_OK(assembly->run(&call, result));
    CU_ASSERT(bits > 0.5);
    CU_ASSERT_DOUBLE_EQUAL(result[7], bits, 1e-12);
    call.param = none;
    ECP_ASSERT_OK(assembly->run(&call, result));
    CU_ASSERT(isnan(result[7]));
}

static double run(const char *const *set, size_t n, double *uncued)
{
    struct ecp_plan *plan = read_scenario("consolidation", set, n);
    struct ecp_network *network;
    struct ecp_scores scores;
    const struct ecp_run_options options = {.threads = 2, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    ECP_ASSERT_OK(ecp_score(plan, ecp_network_recording(network), &scores));
    CU_ASSERT_EQUAL(scores.n_verdicts, plan->n_claims);
    CU_ASSERT(scores.n_verdicts >= 2);
    CU_ASSERT_EQUAL(scores.n_failed, 0);
    *uncued = ecp_scores_value(&scores, "recall.uncued_hz");
    const double quality = ecp_scores_value(&scores, "recall.quality");
    (void)printf(" quality %.4f, %.1f Hz", quality, *uncued);
    ecp_scores_clear(&scores);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return quality;
}

/* Rates after 8 h in the published table: 10.2 Hz; without proteins the network is
 * as it was before. */
static void night(void)
{
    const char *const blocked[] = {"network.proteins=blocked"};
    double uncued, quiet;
    const double good = run(NULL, 0, &uncued), bad = run(blocked, 1, &quiet);
    CU_ASSERT(uncued > 7 && uncued < 14);
    CU_ASSERT(good > bad + 0.005);
    CU_ASSERT(quiet < 4);
}

/* Proteins are made until a phase says that they are not. */
static void block(void)
{
    const char *const blocked[] = {"network.proteins=blocked", "network.block_after=\"4 h\""};
    const char *const soon[] = {"network.proteins=blocked"};
    struct ecp_plan *plan = read_scenario("consolidation", blocked, 2);
    const struct ecp_plan_phase *night = plan->phase[3], *after = plan->phase[4];
    const int alpha = ecp_field_find(plan->projection[0]->plasticity->fields, "alpha");
    CU_ASSERT_EQUAL(plan->projection[0]->plasticity_param[alpha], 1);
    CU_ASSERT_EQUAL(night->duration, 4 * 3.6e6);
    CU_ASSERT_EQUAL(night->n_changes, 0);
    CU_ASSERT_EQUAL(night->duration + after->duration, 8 * 3.6e6 - 1e4);
    CU_ASSERT_EQUAL_FATAL(after->n_changes, 1);
    CU_ASSERT_EQUAL(after->change[0].field, alpha);
    CU_ASSERT_EQUAL(after->change[0].rule, 1);
    CU_ASSERT_EQUAL(after->change[0].value, 0);
    CU_ASSERT(night->fast_forward && after->fast_forward);
    CU_ASSERT_EQUAL(plan->n_claims, 4); /* as without a block */
    ecp_plan_destroy(plan);
    plan = read_scenario("consolidation", soon, 1);
    CU_ASSERT_EQUAL(plan->phase[3]->n_changes, 1);
    CU_ASSERT_EQUAL(plan->n_phases, 6);
    ecp_plan_destroy(plan);
}

static const struct ecp_plan_projection *projection(const struct ecp_plan *plan, const char *name)
{
    const int at = ecp_plan_projection_index(plan, name);
    return at < 0 ? NULL : plan->projection[at];
}

static double rule_value(const struct ecp_plan_projection *p, const char *field)
{
    return p->plasticity_param[ecp_field_find(p->plasticity->fields, field)];
}

/* Halvagal & Zenke 2023, their published simulation. */
static void lpl(void)
{
    struct ecp_plan *plan = read_scenario("lpl", NULL, 0);
    CU_ASSERT_EQUAL(plan->n_neurons, 625);
    CU_ASSERT_EQUAL(plan->n_claims, 4);
    const struct ecp_plan_projection *in = projection(plan, "P3_E"), *ie = projection(plan, "I_E");
    CU_ASSERT_FATAL(in && ie && in->plasticity && ie->plasticity);
    CU_ASSERT_STRING_EQUAL(in->plasticity->name, "lpl");
    CU_ASSERT_STRING_EQUAL(ie->plasticity->name, "istdp");
    CU_ASSERT_EQUAL(in->probability, 0.1);
    CU_ASSERT_EQUAL(in->weight.a, 0.15);
    CU_ASSERT_EQUAL(ie->weight.a, -0.5);
    CU_ASSERT_EQUAL(rule_value(ie, "rho_0"), 10);
    CU_ASSERT_EQUAL(rule_value(in, "tau_mean"), 6e4); /* a tenth of the paper's */
    CU_ASSERT_EQUAL(rule_value(in, "rate"), 0);
    CU_ASSERT_EQUAL(rule_value(in, "variance"), 0.2);
    CU_ASSERT_EQUAL(rule_value(in, "tau_sigma"), 3e4);
    CU_ASSERT_EQUAL(rule_value(in, "eta"), 0); /* while the traces settle */
    CU_ASSERT_EQUAL(plan->phase[1]->n_changes, 5);
    CU_ASSERT_EQUAL(plan->phase[1]->change[3].value, 0.01);
    /* Mean of exp(-(x/20)^2) over both. */
    const double often = (double)projection(plan, "E_I")->edges.n / 2500;
    (void)printf(" %.3f", often);
    CU_ASSERT_DOUBLE_EQUAL(often, 0.317, 0.03);
    ecp_plan_destroy(plan);

    const char *const pred[] = {"network.condition=pred_off"};
    const char *const hebb[] = {"network.condition=hebb_off"};
    const char *const alone[] = {"network.condition=inhibition_off"};
    plan = read_scenario("lpl", pred, 1);
    CU_ASSERT_EQUAL(rule_value(projection(plan, "P0_E"), "phi"), 0);
    CU_ASSERT_EQUAL(rule_value(projection(plan, "P0_E"), "lambda"), 1);
    ecp_plan_destroy(plan);
    plan = read_scenario("lpl", hebb, 1);
    CU_ASSERT_EQUAL(rule_value(projection(plan, "P0_E"), "lambda"), 0);
    ecp_plan_destroy(plan);
    plan = read_scenario("lpl", alone, 1);
    CU_ASSERT_EQUAL(plan->n_neurons, 600);
    CU_ASSERT_PTR_NULL(projection(plan, "E_I"));
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("scenarios of learning", {"assembly", measure}, {"information", information},
              {"a night", night}, {"a block", block}, {"lpl", lpl})
