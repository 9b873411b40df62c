/* Weights of plastic projections before and after a run: histograms against the
 * synapses one by one, edges in files, and that looking changes nothing. */
#include "engine/config.h"
#include "engine/forecast.h"
#include "tests/unit/network_case.h"
#include "tests/unit/test_store_run.h"

/* Laws and constants, both signs, several delays, rules with and without variables;
 * "few" has sources and targets without synapses. */
static const char *const text =
    "seed = 5;\n"
    "populations = { E = { model = \"lif_exp\"; size = 120; param = { i_e = 450; };\n"
    "  initial = { v = { dist = \"uniform\"; low = -70; high = -55; }; }; };\n"
    " I = { model = \"lif_exp\"; size = 30; param = { i_e = 500; }; }; };\n"
    "projections = (\n"
    " { name = \"ex\"; source = \"E\"; target = \"E\"; rule = \"fixed_indegree\"; indegree = 70;\n"
    "   weight = { dist = \"uniform\"; low = 5; high = 15; };\n"
    "   delay = { dist = \"uniform\"; low = 0.5; high = 2; };\n"
    "   plasticity = { rule = \"stdp\"; w_max = 40; lambda = 0.05; }; },\n"
    " { name = \"in\"; source = \"I\"; target = \"E\"; rule = \"pairwise_bernoulli\";\n"
    "   probability = 0.4; weight = -20; delay_type = \"dendritic\"; delay = 1.3;\n"
    "   plasticity = { rule = \"stdp\"; w_max = 40; }; },\n"
    " { name = \"few\"; source = \"E\"; target = \"I\"; rule = \"fixed_total_number\";\n"
    "   number = 25; weight = 60; plasticity = { rule = \"calcium\"; }; },\n"
    " { source = \"I\"; target = \"I\"; rule = \"all_to_all\"; weight = -1; } );\n"
    "phases = ( { name = \"run\"; duration = 200; } );\n";

static const char *const probes =
    "probes = ( { name = \"w_ex\"; kind = \"weights\"; projection = \"ex\"; times = (0, 200); },\n"
    " { name = \"w_in\"; kind = \"weights\"; projection = \"in\"; times = (0, 200); },\n"
    " { name = \"w_few\"; kind = \"weights\"; projection = \"few\"; times = (0, 200); } );\n";

static struct ecp_plan *parsed(const char *more, const char *still_more)
{
    char whole[4096];
    struct ecp_plan *plan = NULL;
    (void)snprintf(whole, sizeof whole, "%s%s%s", text, more, still_more);
    ECP_ASSERT_OK(ecp_config_parse(whole, "test.cfg", NULL, 0, &plan));
    return plan;
}

/* ---- histograms -------------------------------------------------------------- */

static void check_counts(const struct ecp_recorded_histogram *h, const struct ecp_weights_moment *m,
                         const struct ecp_recorded_weights *w)
{
    uint64_t count[ECP_WEIGHT_BINS] = {0};
    double sum = 0, square = 0, lowest = INFINITY, highest = -INFINITY;
    CU_ASSERT_EQUAL(m->n, w->n);
    CU_ASSERT_EQUAL(m->time, w->time);
    for (size_t k = 0; k < w->n; k++) {
        const double x = (double)w->weight[k];
        /* The border of two bins belongs to the one farther from 0. */
        const double place = (x - h->low) / h->width;
        const double at = x < 0 ? ceil(place) - 1 : floor(place);
        count[(size_t)fmin(fmax(at, 0), (double)h->n_bins - 1)]++;
        sum += x;
        lowest = fmin(lowest, x);
        highest = fmax(highest, x);
    }
    const double n = (double)w->n, mean = sum / n;
    for (size_t k = 0; k < w->n; k++)
        square += ((double)w->weight[k] - mean) * ((double)w->weight[k] - mean);
    for (size_t k = 0; k < ECP_WEIGHT_BINS; k++)
        CU_ASSERT_EQUAL(m->count[k], count[k]);
    /* Probes hold single precision. */
    CU_ASSERT_DOUBLE_EQUAL(m->mean, mean, 1e-6 * fabs(mean));
    CU_ASSERT_DOUBLE_EQUAL(m->sd, sqrt(square / n), 2e-6 * fabs(mean));
    CU_ASSERT_DOUBLE_EQUAL(m->lowest, lowest, 1e-6 * fabs(lowest));
    CU_ASSERT_DOUBLE_EQUAL(m->highest, highest, 1e-6 * fabs(highest));
}

static const struct ecp_recorded_weights *snapshot(const struct ecp_recording *r, int projection,
                                                   double time)
{
    for (size_t k = 0; k < r->n_weights; k++)
        if (r->weights[k].projection == projection && r->weights[k].time == time)
            return &r->weights[k];
    CU_FAIL_FATAL("no such snapshot");
    return NULL;
}

/* Against what probes list, synapse by synapse. */
static void histograms_count_all(void)
{
    struct ecp_plan *plan = parsed(probes, "");
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_histograms, 3);
    for (size_t k = 0; k < r->n_histograms; k++) {
        const struct ecp_recorded_histogram *h = &r->histogram[k];
        CU_ASSERT_EQUAL(h->projection, (int)k);
        CU_ASSERT_STRING_EQUAL(h->unit, "pA");
        CU_ASSERT(h->n_bins >= 1 && h->n_bins <= ECP_WEIGHT_BINS);
        if (sizeof(ecp_real) == sizeof(float)) {
            check_counts(h, &h->initial, snapshot(r, h->projection, 0));
            check_counts(h, &h->final, snapshot(r, h->projection, 200));
        }
    }
    CU_ASSERT(r->histogram[0].n_bins > ECP_WEIGHT_BINS / 2);
    CU_ASSERT_EQUAL(r->histogram[1].initial.sd, 0); /* a constant */
    CU_ASSERT_EQUAL(r->histogram[1].initial.mean, -20);
    CU_ASSERT(r->histogram[1].final.sd > 0);
    CU_ASSERT(r->histogram[1].low < -20 && r->histogram[1].final.highest < 0);
    finish(network, plan);
}

/* A weight just on the end of the last bin is in it. */
static void last_bin_has_its_end(void)
{
    static const char *const two =
        "populations = { E = { model = \"lif_exp\"; size = 3; }; };\n"
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"explicit\";\n"
        " edges = ((0, 1, 8.0), (1, 2, 16.0)); plasticity = { rule = \"stdp\"; }; } );\n"
        "duration = 1;\n";
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(two, "test.cfg", NULL, 0, &plan));
    struct ecp_network *network = ran(plan, 1, ecp_isa_best());
    const struct ecp_recorded_histogram *h = &ecp_network_recording(network)->histogram[0];
    CU_ASSERT_EQUAL(h->n_bins, 32);
    CU_ASSERT_EQUAL(h->low, 8);
    CU_ASSERT_EQUAL(h->width, 0.25);
    CU_ASSERT_EQUAL(h->final.count[0], 1);
    CU_ASSERT_EQUAL(h->final.count[31], 1);
    finish(network, plan);
}

static int same_histograms(const struct ecp_recording *a, const struct ecp_recording *b)
{
    int same = a->n_histograms == b->n_histograms;
    for (size_t k = 0; same && k < a->n_histograms; k++) {
        const struct ecp_recorded_histogram *x = &a->histogram[k], *y = &b->histogram[k];
        same = x->low == y->low && x->width == y->width && x->n_bins == y->n_bins &&
               memcmp(&x->initial, &y->initial, sizeof x->initial) == 0 &&
               memcmp(&x->final, &y->final, sizeof x->final) == 0;
    }
    return same;
}

static void any_number_of_threads(void)
{
    struct ecp_plan *plan = parsed("", "");
    struct ecp_network *one = ran(plan, 1, ecp_isa_best());
    for (int threads = 2; threads <= 4; threads++) {
        struct ecp_network *more = ran(plan, threads, ecp_isa_best());
        CU_ASSERT(same_histograms(ecp_network_recording(one), ecp_network_recording(more)));
        CU_ASSERT_EQUAL(ecp_network_weights_checksum(one), ecp_network_weights_checksum(more));
        ecp_network_destroy(more);
    }
    finish(one, plan);
}

/* How many synapses there are before and after, where they come and go. */
static void structural_projections(void)
{
    static const char *const grown =
        "populations = { E = { model = \"lif_exp\"; size = 50; param = { i_e = 450; }; }; };\n"
        "projections = ( { name = \"s\"; source = \"E\"; target = \"E\"; weight = 3; delay = 1;\n"
        " rule = \"fixed_total_number\"; number = 0; plasticity = { rule = \"structural\";\n"
        " update_interval = \"10 ms\"; axon_z = 4; dendrite_z = 4; tau_vacant = 0; }; } );\n"
        "duration = 50;\n";
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(grown, "test.cfg", NULL, 0, &plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    CU_ASSERT_EQUAL_FATAL(r->n_histograms, 1);
    CU_ASSERT_EQUAL(r->histogram[0].initial.n, 0);
    CU_ASSERT(isnan(r->histogram[0].initial.mean));
    CU_ASSERT(r->histogram[0].final.n > 0);
    CU_ASSERT_EQUAL(r->histogram[0].final.n, ecp_network_facts(network).synapses);
    CU_ASSERT_EQUAL(r->histogram[0].final.mean, 3);
    CU_ASSERT_EQUAL(r->histogram[0].final.count[0], r->histogram[0].final.n);
    finish(network, plan);
}

/* ---- edges -------------------------------------------------------------------- */

/* Run into `dir`. */
static struct ecp_network *stored(const struct ecp_plan *plan, int threads, const char *dir)
{
    struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    struct ecp_network *network = NULL;
    struct ecp_store *store = NULL;
    ECP_ASSERT_OK(ecp_store_create(dir, plan, &store));
    options.store = store;
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    struct ecp_recording rest = *ecp_network_recording(network);
    struct ecp_recorded_population *population = calloc(rest.n_populations, sizeof *population);
    memcpy(population, rest.population, rest.n_populations * sizeof *population);
    for (size_t k = 0; k < rest.n_populations; k++)
        population[k].n_events = 0;
    rest.population = population;
    rest.n_weights = 0;
    ECP_ASSERT_OK(ecp_store_finish(store, &rest, NULL));
    ecp_store_destroy(store);
    free(population);
    return network;
}

static int files_agree(const char *a, const char *b, const char *name)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cmp '%s/%s' '%s/%s'", a, name, b, name);
    return system(command) == 0;
}

static void edges_in_files(void)
{
    static const char *const names[] = {"edges_initial_ex.h5", "edges_final_ex.h5",
                                        "edges_final_in.h5", "edges_final_few.h5", "spikes.h5"};
    struct ecp_plan *plan = parsed(probes, "output = { weights = \"both\"; };");
    char dir[64], other[64], command[1024];
    make_folder(dir);
    make_folder(other);
    struct ecp_network *network = stored(plan, 1, dir);
    ecp_network_destroy(stored(plan, 3, other));
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        CU_ASSERT(files_agree(dir, other, names[k]));
    CU_ASSERT_EQUAL(number_of(dir, ".part"), 0);
    CU_ASSERT_EQUAL(number_of(dir, ".h5"), 1 + 3 + 6);
    (void)fflush(NULL);
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; "
                   "/usr/bin/python3 '%s/tests/unit/read_edges.py' '%s'",
                   ECP_SOURCE_DIR, dir);
    const int how = system(command);
    CU_ASSERT(WIFEXITED(how) && (WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 77));
    struct ecp_recording *read = NULL;
    ECP_ASSERT_OK(ecp_store_read(dir, &read));
    CU_ASSERT(same_histograms(ecp_network_recording(network), read));
    ecp_recording_destroy(read);
    remove_folder(other);
    remove_folder(dir);
    finish(network, plan);
}

/* A network of the edges that another one left begins where that ended. */
static void edges_are_read_again(void)
{
    char dir[64], path[128], more[512];
    struct ecp_plan *plan = parsed("", "output = { weights = \"final\"; };"), *next = NULL;
    make_folder(dir);
    struct ecp_network *network = stored(plan, 2, dir);
    CU_ASSERT_EQUAL(number_of(dir, ".h5"), 1 + 3);
    (void)snprintf(path, sizeof path, "%s/edges_final_ex.h5", dir);
    (void)snprintf(more, sizeof more,
                   "populations = { E = { model = \"lif_exp\"; size = 120; }; };\n"
                   "projections = ( { source = \"E\"; target = \"E\"; rule = \"explicit\";\n"
                   " file = \"%s\"; plasticity = { rule = \"stdp\"; w_max = 40; }; } );\n"
                   "duration = 1;\n",
                   path);
    ECP_ASSERT_OK(ecp_config_parse(more, "test.cfg", NULL, 0, &next));
    struct ecp_network *again = ran(next, 1, ecp_isa_best());
    const struct ecp_weights_moment *a = &ecp_network_recording(network)->histogram[0].final;
    const struct ecp_weights_moment *b = &ecp_network_recording(again)->histogram[0].initial;
    CU_ASSERT_EQUAL(a->n, b->n);
    CU_ASSERT_EQUAL(a->lowest, b->lowest);
    CU_ASSERT_EQUAL(a->highest, b->highest);
    CU_ASSERT_DOUBLE_EQUAL(a->mean, b->mean, 1e-12 * a->mean);
    CU_ASSERT_DOUBLE_EQUAL(a->sd, b->sd, 1e-12 * a->mean);
    finish(again, next);
    remove_folder(dir);
    finish(network, plan);
}

/* Looking changes no bit of spikes and weights; a later run without edges takes those
 * of an earlier one away. */
static void looking_changes_nothing(void)
{
    struct ecp_plan *quiet = parsed("", ""),
                    *loud = parsed("", "output = { weights = \"both\"; };");
    char dir[64];
    make_folder(dir);
    struct ecp_network *a = stored(loud, 2, dir);
    CU_ASSERT_EQUAL(number_of(dir, ".h5"), 1 + 6);
    struct ecp_network *b = stored(quiet, 2, dir);
    CU_ASSERT_EQUAL(number_of(dir, ".h5"), 1);
    CU_ASSERT_EQUAL(ecp_network_recording(a)->checksum, ecp_network_recording(b)->checksum);
    CU_ASSERT_EQUAL(ecp_network_weights_checksum(a), ecp_network_weights_checksum(b));
    remove_folder(dir);
    finish(a, loud);
    finish(b, quiet);
}

static void too_large_is_refused(void)
{
    struct ecp_plan *plan = parsed("", "output = { weights = \"final\"; };");
    struct ecp_store *store = NULL;
    char dir[64];
    make_folder(dir);
    const double edges = ecp_plan_forecast(plan, 1).edges_bytes;
    CU_ASSERT_DOUBLE_EQUAL(edges, (120 * 70 + 120 * 30 * 0.4 + 25) * ECP_EDGE_BYTES, 1);
    plan->projection[2]->number = (size_t)1e14;
    CU_ASSERT_EQUAL(ecp_store_create(dir, plan, &store), ECP_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "the edges of 1e+14 synapses"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "GB are free in"));
    ecp_error_clear();
    plan->output_weights = ECP_OUTPUT_NONE;
    ECP_ASSERT_OK(ecp_store_create(dir, plan, &store));
    ecp_store_destroy(store);
    remove_folder(dir);
    ecp_plan_destroy(plan);
}

ECP_TEST_MAIN("plastic_weights", {"histograms count all", histograms_count_all},
              {"last bin has its end", last_bin_has_its_end},
              {"any number of threads", any_number_of_threads},
              {"structural projections", structural_projections},
              {"edges in files", edges_in_files}, {"edges are read again", edges_are_read_again},
              {"looking changes nothing", looking_changes_nothing},
              {"too large is refused", too_large_is_refused})
