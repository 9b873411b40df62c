/* verify_scenarios.c -- the scenarios say what the papers say (numbers of
 * neurons and synapses, weights, compensation of scaling), and short runs of
 * each meet their claims; CUBA also against a naive loop of its equations. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "tests/verify/scenario_case.h"

/* Potjans & Diesmann 2014, tables 4 and 5. */
static void microcircuit_numbers(void)
{
    struct ecp_plan *plan = plan_of("microcircuit", 1, NULL);
    double synapses = 0;
    for (size_t k = 0; k < plan->n_projections; k++)
        synapses += (double)plan->projection[k]->number;
    CU_ASSERT_EQUAL(plan->n_neurons, 77169);
    CU_ASSERT_DOUBLE_EQUAL(synapses, 0.299e9, 0.0005e9);
    CU_ASSERT_EQUAL(plan->n_projections, 64 - 9); /* 9 pairs have p = 0 */
    CU_ASSERT_PTR_NULL(projection(plan, "L5I", "L23E"));

    const struct ecp_plan_projection *p = projection(plan, "L23E", "L23E");
    const double pairs = 20683.0 * 20683.0;
    CU_ASSERT_DOUBLE_EQUAL((double)p->number, log(1 - 0.1009) / log1p(-1 / pairs), 1);
    /* 87.8 pA: the peak of the potential that it causes is 0.15 mV. */
    const double w = p->weight.a;
    double peak = 0;
    for (double t = 0; t < 20; t += 1e-4)
        peak = fmax(peak, w / 250 * (exp(-t / 10) - exp(-t / 0.5)) / (2 - 0.1));
    CU_ASSERT_DOUBLE_EQUAL(w, 87.8, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(peak, 0.15, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(p->weight.b, 0.1 * w, 1e-9);
    CU_ASSERT_EQUAL(p->weight.bounds, ECP_BOUNDS_REDRAW);
    CU_ASSERT_DOUBLE_EQUAL(projection(plan, "L4E", "L23E")->weight.a, 2 * w, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(projection(plan, "L4I", "L23E")->weight.a, -4 * w, 1e-9);
    CU_ASSERT_EQUAL(projection(plan, "L4I", "L23E")->weight.highest, 0);
    CU_ASSERT_EQUAL(p->delay.a, 1.5);
    CU_ASSERT_EQUAL(projection(plan, "L4I", "L23E")->delay.b, 0.375);
    CU_ASSERT_EQUAL(plan->stimulus[7]->level.a, 2100 * 8);
    CU_ASSERT_EQUAL(parameter(plan->population[0], "i_e"), 0);
    ecp_plan_destroy(plan);
}

/* Mean (pA) and variance of the input to a population, at the rates of the
 * long NEST run; exponential synapses of 0.5 ms. */
static void input_of(const struct ecp_plan *plan, int target, double *mean, double *variance)
{
    static const double rate[] = {0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829};
    const struct ecp_plan_population *to = plan->population[target];
    *mean = parameter(to, "i_e");
    *variance = 0;
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        if (p->target != target)
            continue;
        const double spikes = (double)p->number / (double)to->size * rate[p->source];
        *mean += 0.5e-3 * spikes * p->weight.a;
        *variance += 0.25e-3 * spikes * p->weight.a * p->weight.a;
    }
    for (size_t k = 0; k < plan->n_stimuli; k++) {
        const struct ecp_plan_stimulus *s = plan->stimulus[k];
        if (s->target.population != target)
            continue;
        *mean += 0.5e-3 * s->level.a * s->weight;
        *variance += 0.25e-3 * s->level.a * s->weight * s->weight;
    }
}

/* Scaling keeps both; DC drive keeps the mean. */
static void microcircuit_scaling(void)
{
    const struct setting small[] = {{"scale", 0.2}, {NULL, 0}};
    const struct setting dc[] = {{"drive", 1}, {"scale", 0.5}, {NULL, 0}};
    struct ecp_plan *full = plan_of("microcircuit", 1, NULL);
    struct ecp_plan *fifth = plan_of("microcircuit", 1, small);
    struct ecp_plan *current = plan_of("microcircuit", 1, dc);
    CU_ASSERT_EQUAL(current->n_stimuli, 0);
    for (int k = 0; k < 8; k++) {
        double mean[3], variance[3];
        input_of(full, k, &mean[0], &variance[0]);
        input_of(fifth, k, &mean[1], &variance[1]);
        input_of(current, k, &mean[2], &variance[2]);
        CU_ASSERT_DOUBLE_EQUAL(mean[1], mean[0], 0.5);
        CU_ASSERT_DOUBLE_EQUAL(mean[2], mean[0], 0.5);
        CU_ASSERT_DOUBLE_EQUAL(variance[1] / variance[0], 1, 2e-3);
    }
    ecp_plan_destroy(full);
    ecp_plan_destroy(fifth);
    ecp_plan_destroy(current);
}

static void microcircuit_runs(void)
{
    const struct setting small[] = {{"scale", 0.1}, {NULL, 0}};
    (void)run("microcircuit", 1, small, NULL);
    (void)run("microcircuit", 2, small, NULL);
    const struct setting dc[] = {{"scale", 0.2}, {"drive", 1}, {NULL, 0}};
    (void)run("microcircuit", 1, dc, NULL);
    const struct setting quiet[] = {{"scale", 0.1}, {"record", 0}, {NULL, 0}};
    (void)run("microcircuit", 1, quiet, NULL);
}

/* The pulse of 10 ms at 700 ms reaches layer 4. */
static void microcircuit_thalamus(void)
{
    const struct setting on[] = {{"scale", 0.1}, {"thalamus", 1}, {"duration", 300}, {NULL, 0}};
    struct ecp_plan *plan = plan_of("microcircuit", 1, on);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    double count[2] = {0, 0};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recorded_population *l4e = &ecp_network_recording(network)->population[2];
    for (size_t k = 0; k < l4e->n_events; k++) {
        const ecp_step at = l4e->event[k].step;
        count[0] += at > 5000 && at <= 7000;
        count[1] += at > 7000 && at <= 7100;
    }
    CU_ASSERT(count[0] > 0 && count[1] > 2 * count[0] / 20);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

static void brunel(void)
{
    struct ecp_plan *plan = plan_of("brunel", 1, NULL);
    CU_ASSERT_EQUAL(plan->n_neurons, 12500);
    CU_ASSERT_EQUAL(plan->stimulus[0]->level.a, 20000); /* 1000 x 2 x 10 Hz */
    CU_ASSERT_DOUBLE_EQUAL(projection(plan, "I", "E")->weight.a, -0.5, 1e-12);
    CU_ASSERT_EQUAL(projection(plan, "E", "I")->number, 1000);
    ecp_plan_destroy(plan);

    const struct setting own[] = {{"g", 4}, {NULL, 0}};
    plan = plan_of("brunel", 1, own); /* a point of one's own: no claims */
    CU_ASSERT_EQUAL(plan->n_claims, 0);
    ecp_plan_destroy(plan);

    const struct setting sr[] = {{"state", 0}, {"settle", 200}, {"duration", 100}, {NULL, 0}};
    const struct setting fast[] = {{"state", 1}, {"settle", 200}, {"duration", 600}, {NULL, 0}};
    const struct setting ai[] = {{"state", 2}, {"settle", 200}, {NULL, 0}};
    const struct setting slow[] = {{"state", 3}, {NULL, 0}};
    (void)run("brunel", 1, ai, NULL);
    (void)run("brunel", 1, slow, NULL);
    (void)run("brunel", 1, fast, NULL);
    (void)run("brunel", 1, sr, NULL);
}

static struct ecp_plan *read_config(const char *path)
{
    struct ecp_plan *plan;
    char file[512];
    (void)snprintf(file, sizeof file, "%s/%s", ECP_SOURCE_DIR, path);
    ECP_ASSERT_OK(ecp_config_read(file, NULL, 0, &plan));
    ECP_ASSERT_OK(ecp_score_check(plan));
    CU_ASSERT(plan->n_claims > 0);
    return plan;
}

/* The files that a user meets first, and all others beside them. */
static void configs(void)
{
    static const char *const path[] = {
        "scenarios/microcircuit.cfg",          "scenarios/brunel.cfg",
        "scenarios/vogels_abbott.cfg",         "docs/examples/brunel.cfg",
        "scenarios/balanced_stdp.cfg",         "scenarios/structural.cfg",
        "scenarios/inhibitory_plasticity.cfg", "scenarios/astrocyte_network.cfg"};
    const ecp_gid neurons[] = {77169, 12500, 4000, 12500, 11250, 1000, 5000, 650};
    for (size_t k = 0; k < sizeof path / sizeof path[0]; k++) {
        struct ecp_plan *plan = read_config(path[k]);
        CU_ASSERT_EQUAL(plan->n_neurons, neurons[k]);
        CU_ASSERT(k > 3 || plan->n_probes > 0);
        ecp_plan_destroy(plan);
    }
    DIR *folder = opendir(ECP_SOURCE_DIR "/scenarios");
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        const char *const end = strrchr(entry->d_name, '.');
        char file[300];
        (void)snprintf(file, sizeof file, "scenarios/%s", entry->d_name);
        if (end && strcmp(end, ".cfg") == 0)
            ecp_plan_destroy(read_config(file));
    }
    (void)closedir(folder);
}

/* ---- CUBA, written out once more ------------------------------------------- */

enum { N = 4000, N_EX = 3200, CUBA_STEPS = 12000, SETTLED = 2000 };

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* Mean rate of all neurons. Euler's method would do; the exact step is used
 * so that only the network differs. */
static double naive_cuba(double weight_in, uint64_t seed)
{
    static unsigned char connected[N][N];
    static double v[N], ex[N], in[N];
    static int wait[N], fired[N];
    const double decay = exp(-0.1 / 20), decay_ex = exp(-0.1 / 5), decay_in = exp(-0.1 / 10);
    const double from_ex = 20.0 * 5 / (200 * (20.0 - 5)) * (decay - decay_ex);
    const double from_in = 20.0 * 10 / (200 * (20.0 - 10)) * (decay - decay_in);
    double spikes = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++)
            connected[i][j] = i != j && uniform(&seed) < 0.02;
        v[i] = -60 + 10 * uniform(&seed);
        ex[i] = in[i] = 0;
        wait[i] = fired[i] = 0;
    }
    for (int step = 0; step < CUBA_STEPS; step++) {
        for (int i = 0; i < N; i++) {
            if (wait[i] > 0)
                wait[i]--;
            else
                v[i] = -49 + (v[i] + 49) * decay + ex[i] * from_ex + in[i] * from_in;
            ex[i] *= decay_ex;
            in[i] *= decay_in;
        }
        for (int i = 0; i < N; i++) {
            if (!fired[i])
                continue;
            double *to = i < N_EX ? ex : in;
            const double w = i < N_EX ? 16.2 : weight_in;
            for (int j = 0; j < N; j++)
                to[j] += connected[i][j] ? w : 0;
        }
        for (int i = 0; i < N; i++) {
            fired[i] = v[i] >= -50;
            if (fired[i]) {
                v[i] = -60;
                wait[i] = 50;
                spikes += step >= SETTLED;
            }
        }
    }
    return spikes / N / (0.1e-3 * (CUBA_STEPS - SETTLED));
}

/* Rates of networks drawn apart spread by about 5 %: means of three. */
static void vogels_abbott(void)
{
    for (int variant = 0; variant < 2; variant++) {
        const struct setting s[] = {{"variant", variant}, {NULL, 0}};
        double engine = 0, naive = 0;
        for (uint64_t seed = 1; seed < 4; seed++) {
            engine += run("vogels_abbott", seed, s, "E_activity.rate_hz") / 3;
            naive += naive_cuba(variant ? -139.5 : -90, seed) / 3;
        }
        (void)printf(" %.2f %.2f Hz", engine, naive);
        CU_ASSERT_DOUBLE_EQUAL(engine / naive, 1, 0.12);
    }
}

ECP_TEST_MAIN("scenarios", {"configs", configs}, {"microcircuit: numbers", microcircuit_numbers},
              {"microcircuit: scaling", microcircuit_scaling},
              {"microcircuit: short runs", microcircuit_runs},
              {"microcircuit: thalamus", microcircuit_thalamus}, {"brunel: four states", brunel},
              {"vogels_abbott", vogels_abbott})
