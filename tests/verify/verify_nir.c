/* NIR graphs: the samples of the standard's own repository read and run; their voltages and
 * spikes against the closed form of the graph's equations; there and back; what is refused. */
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/config.h"
#include "engine/nir.h"
#include "tests/unit/network_case.h"

#define SAMPLES ECP_TEST_DATA "/recordings/nir_samples/"

enum { STEPS = 1000 };
static const double dt = 0.1;
static char dir[64];

static void make_folder(void)
{
    (void)snprintf(dir, sizeof dir, "verify_nir_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static void remove_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CU_ASSERT_EQUAL(system(command), 0);
}

static struct ecp_plan *imported(const char *file, double pulse, const char *const *overrides,
                                 size_t n)
{
    const struct ecp_nir_options options = {.dt = dt, .pulse = pulse};
    struct ecp_plan *plan = NULL;
    char *config = NULL;
    ECP_ASSERT_OK(ecp_nir_import(file, dir, &options, &config));
    ECP_ASSERT_OK(ecp_config_read(config, overrides, n, &plan));
    (void)unlink(config);
    free(config);
    return plan;
}

static const struct ecp_recorded_population *population_of(const struct ecp_network *network,
                                                           const char *name)
{
    const struct ecp_recording *r = ecp_network_recording(network);
    for (size_t k = 0; k < r->n_populations; k++)
        if (strcmp(r->population[k].name, name) == 0)
            return &r->population[k];
    CU_FAIL_FATAL("no such population");
    return NULL;
}

/* ---- LIF: closed form ------------------------------------------------------------------- */

/* tau v' = v_leak - v between grid points; jumps at them; reset where v > threshold. */
struct lif {
    double tau, v_leak, threshold, jump, v;
};
static int step_lif(struct lif *n, double spikes_in)
{
    n->v = n->v_leak + (n->v - n->v_leak) * exp(-dt / n->tau) + n->jump * spikes_in;
    const int fired = n->v >= n->threshold;
    n->v = fired ? 0 : n->v;
    return fired;
}

/* lif1 fires by its v_leak alone, every 18 ms on the grid; a spike of it, of weight 1, moves
 * lif2 by pulse r / tau = 100 (Dirac), or by 0.01 for a pulse of one step. */
static void two_neurons(double pulse)
{
    static const char *const probe[] = {
        "probes=({kind=\"spikes\";target=\"*\";},{name=\"a\";kind=\"field\";field=\"v\";target="
        "\"lif1\""
        ";interval=0.1;},{name=\"b\";kind=\"field\";field=\"v\";target=\"lif2\";interval=0.1;})"};
    make_folder();
    struct ecp_plan *plan = imported(SAMPLES "two_lif_neurons.nir", pulse, probe, 1);
    struct ecp_network *network = ran(plan, 1, ecp_isa_best());
    const struct ecp_recorded_signal *a = signal_of(network, "a"), *b = signal_of(network, "b");
    struct lif one = {10, 1.2, 1, 0, 0}, two = {10, 0, 20, pulse / 10, 0};
    size_t fired[2] = {0, 0}, spikes = 0, wrong = 0;
    double worst = 0;
    const struct ecp_recorded_population *p = population_of(network, "lif1");
    for (size_t k = 0, late = 0; k < STEPS; k++) {
        const int now = step_lif(&one, 0);
        wrong += now && (spikes >= p->n_events || p->event[spikes].step != (ecp_step)k + 1);
        spikes += (size_t)now;
        fired[0] += (size_t)now;
        fired[1] += (size_t)step_lif(&two, (double)late);
        late = (size_t)now; /* synapses take a step */
        if (k + 1 < a->n_frames) {
            worst = fmax(worst, fabs(sample_of(a, k + 1, 0) - one.v));
            worst = fmax(worst, fabs(sample_of(b, k + 1, 0) - two.v));
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(fired[0] == 5 && fired[1] == (pulse > 500 ? 5 : 0));
    CU_ASSERT_EQUAL(p->n_events, fired[0]);
    CU_ASSERT_EQUAL(population_of(network, "lif2")->n_events, fired[1]);
    CU_ASSERT(worst < 3e-6); /* single precision */
    (void)printf("\n  pulse %g ms: %zu and %zu spikes, v within %.1e ", pulse, fired[0], fired[1],
                 worst);
    finish(network, plan);
    remove_folder();
}

static void dirac_pulses(void)
{
    two_neurons(1000);
}

static void pulses_of_a_step(void)
{
    two_neurons(dt);
}

/* ---- CubaLIF: closed form --------------------------------------------------------------- */

/* One spike into input 0 at 1 ms: I = w_in w / tau_syn exp(-t / tau_syn) of minimal.nir;
 * weights 0.5, 0.1, 1 to its three neurons; with a pulse of 1 ms nobody fires. */
static void cuba(void)
{
    static const char *const more[] = {
        "stimuli=({kind=\"spikes\";target=\"input\";times=(1.0);neurons=(0);weight=1;})",
        "probes=({name=\"v\";kind=\"field\";field=\"v\";target=\"lif\";interval=0.1;})"};
    static const double weight[] = {0.5, 0.1, 1};
    const double tau = 20, syn = 5, jump = 1e-3 / 5e-3;
    make_folder();
    struct ecp_plan *plan = imported(SAMPLES "minimal.nir", 1, more, 2);
    struct ecp_network *network = ran(plan, 1, ecp_isa_best());
    const struct ecp_recorded_signal *v = signal_of(network, "v");
    double worst = 0, highest = 0;
    for (size_t k = 0; k < v->n_frames; k++) {
        const double t = fmax((double)k * dt - 1 - dt, 0); /* a step from parrot to target */
        for (size_t i = 0; i < 3; i++) {
            const double want = weight[i] * jump * syn / (tau - syn) *
                                (exp(-t / tau) - exp(-t / syn)); /* r = 1: tau v' = -v + I */
            worst = fmax(worst, fabs(want - sample_of(v, k, i)));
            highest = fmax(highest, want);
        }
    }
    CU_ASSERT(highest > 0.02);
    CU_ASSERT(worst < 1e-6);
    (void)printf("\n  CubaLIF: v within %.1e of the closed form ", worst);
    finish(network, plan);
    remove_folder();
}

/* ---- there and back ---------------------------------------------------------------------- */

static int close_to(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

/* The same populations and synapses. */
static void same_plans(const struct ecp_plan *a, const struct ecp_plan *b)
{
    CU_ASSERT_EQUAL_FATAL(a->n_populations, b->n_populations);
    CU_ASSERT_EQUAL_FATAL(a->n_projections, b->n_projections);
    for (size_t k = 0; k < a->n_populations; k++) {
        const struct ecp_plan_population *p = a->population[k], *q = NULL;
        const int at = ecp_plan_population_index(b, p->name);
        CU_ASSERT_FATAL(at >= 0);
        q = b->population[at];
        CU_ASSERT_STRING_EQUAL(p->model->name, q->model->name);
        CU_ASSERT_EQUAL(p->size, q->size);
        for (size_t f = 0; p->model->fields[f].name; f++)
            if (p->model->fields[f].kind == ECP_PARAM)
                CU_ASSERT(close_to(p->field[f].a, q->field[f].a));
    }
    for (size_t k = 0; k < a->n_projections; k++) {
        const struct ecp_plan_projection *p = a->projection[k], *q;
        const int at = ecp_plan_projection_index(b, p->name);
        CU_ASSERT_FATAL(at >= 0);
        q = b->projection[at];
        CU_ASSERT_EQUAL_FATAL(p->edges.n, q->edges.n);
        for (size_t e = 0; e < p->edges.n; e++) {
            CU_ASSERT_EQUAL(p->edges.source[e], q->edges.source[e]);
            CU_ASSERT_EQUAL(p->edges.target[e], q->edges.target[e]);
            CU_ASSERT(close_to(p->edges.weight[e], q->edges.weight[e]));
        }
    }
}

static void satisfies_python(const char *file)
{
    char command[512];
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import h5py' 2>/dev/null || exit 77; "
                   "/usr/bin/python3 '%s/tests/unit/read_nir.py' '%s'",
                   ECP_SOURCE_DIR, file);
    (void)fflush(NULL);
    const int how = system(command);
    CU_ASSERT(WIFEXITED(how) && (WEXITSTATUS(how) == 0 || WEXITSTATUS(how) == 77));
}

static void there_and_back(void)
{
    static const char *const names[] = {"lif_norse", "lif_rockpool", "two_lif_neurons", "minimal"};
    static const double pulses[] = {1000, 0.1};
    for (size_t k = 0; k < 8; k++) {
        char file[192], back[128], said[256] = "";
        make_folder();
        (void)snprintf(file, sizeof file, SAMPLES "%s.nir", names[k / 2]);
        (void)snprintf(back, sizeof back, "%s/back.nir", dir);
        struct ecp_plan *plan = imported(file, pulses[k % 2], NULL, 0), *again;
        FILE *notes = fmemopen(said, sizeof said, "w");
        ECP_ASSERT_OK(ecp_nir_export(plan, back, pulses[k % 2], notes));
        (void)fclose(notes);
        CU_ASSERT_STRING_EQUAL(said, "");
        if (k % 2 == 0)
            satisfies_python(back);
        again = imported(back, pulses[k % 2], NULL, 0);
        same_plans(plan, again);
        ecp_plan_destroy(again);
        ecp_plan_destroy(plan);
        remove_folder();
    }
}

/* A network of our own, with a loop, both models, a refractory time and a current. */
static void our_network(void)
{
    static const char *const text =
        "populations = { x = { model = \"poisson\"; size = 5; };\n"
        " E = { model = \"lif\"; size = 20; param = { i_e = 100; }; };\n"
        " I = { model = \"lif_delta\"; size = 8; param = { t_ref = 0; }; }; };\n"
        "projections = (\n"
        " { source = \"x\"; target = \"E\"; rule = \"all_to_all\"; weight = 30; delay = 0.1; },\n"
        " { source = \"E\"; target = \"I\"; rule = \"fixed_indegree\"; indegree = 4; weight = "
        "0.5;\n"
        "   delay = 1.5; },\n"
        " { source = \"I\"; target = \"E\"; rule = \"pairwise_bernoulli\"; probability = 0.3;\n"
        "   weight = { dist = \"normal\"; mean = -20; sd = 1; }; delay = 0.1; } );\n"
        "duration = 10;\n";
    char file[128], said[512] = "";
    struct ecp_plan *plan = NULL, *again;
    make_folder();
    (void)snprintf(file, sizeof file, "%s/ours.nir", dir);
    ECP_ASSERT_OK(ecp_config_parse(text, "ours.cfg", NULL, 0, &plan));
    FILE *notes = fmemopen(said, sizeof said, "w");
    ECP_ASSERT_OK(ecp_nir_export(plan, file, 1000, notes));
    (void)fclose(notes);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "E: NIR has no refractory time (t_ref = 2 ms)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "E_I: NIR synapses have no delay (1.5 to 1.5 ms)"));
    CU_ASSERT_PTR_NULL(strstr(said, "I_E"));
    satisfies_python(file);
    again = imported(file, 1000, NULL, 0);
    const struct ecp_plan_population *e = again->population[ecp_plan_population_index(again, "E")];
    CU_ASSERT_STRING_EQUAL(e->model->name, "lif");
    CU_ASSERT_DOUBLE_EQUAL(e->field[ecp_field_find(e->model->fields, "e_l")].a, -70 + 0.04 * 100,
                           1e-12); /* r = 10 ms / 250 pF */
    CU_ASSERT_DOUBLE_EQUAL(e->field[ecp_field_find(e->model->fields, "c")].a, 250, 1e-9);
    CU_ASSERT_EQUAL(again->projection[ecp_plan_projection_index(again, "x_E")]->edges.n, 100);
    CU_ASSERT_EQUAL(again->projection[ecp_plan_projection_index(again, "E_I")]->edges.n <= 32, 1);
    const struct ecp_edges *edges =
        &again->projection[ecp_plan_projection_index(again, "E_I")]->edges;
    double sum = 0;
    for (size_t k = 0; k < edges->n; k++)
        sum += edges->weight[k];
    CU_ASSERT_DOUBLE_EQUAL(sum, 8 * 4 * 0.5, 1e-9); /* double synapses added up */
    ecp_plan_destroy(again);
    ecp_plan_destroy(plan);
    remove_folder();
}

/* Parameters that are drawn for each neuron: spikes of the network, and of what came back. */
static void drawn_parameters(void)
{
    static const char *const text =
        "populations = { E = { model = \"lif\"; size = 40; param = { t_ref = 0; i_e = 700;\n"
        " tau_m = { dist = \"uniform\"; low = 8; high = 14; };\n"
        " v_th = { dist = \"normal\"; mean = -55; sd = 1; }; }; };\n"
        " D = { model = \"lif_delta\"; size = 40; param = { t_ref = 0; v_th = -68;\n"
        " c = { dist = \"uniform\"; low = 200; high = 300; }; }; }; };\n"
        "projections = ( { source = \"E\"; target = \"D\"; rule = \"one_to_one\"; weight = 1.5;\n"
        "  delay = 0.1; } );\n"
        "probes = ( { kind = \"spikes\"; target = \"*\"; } );\nduration = 100;\n";
    char file[128];
    struct ecp_plan *plan[2] = {NULL, NULL};
    struct ecp_network *network[2];
    make_folder();
    (void)snprintf(file, sizeof file, "%s/drawn.nir", dir);
    ECP_ASSERT_OK(ecp_config_parse(text, "drawn.cfg", NULL, 0, &plan[0]));
    ECP_ASSERT_OK(ecp_nir_export(plan[0], file, 1000, stderr));
    satisfies_python(file);
    plan[1] = imported(file, 1000, NULL, 0);
    for (int k = 0; k < 2; k++)
        network[k] = ran(plan[k], 1, ecp_isa_best());
    static const char *const names[] = {"E", "D"};
    for (int p = 0; p < 2; p++) {
        const struct ecp_recorded_population *a = population_of(network[0], names[p]);
        const struct ecp_recorded_population *b = population_of(network[1], names[p]);
        size_t counts = 0;
        int differ = 0;
        CU_ASSERT(a->n_events > 100);
        for (size_t k = 0; k < a->size; k++) {
            differ |= abs((int)a->count[k] - (int)b->count[k]) > 1;
            counts += a->count[k] != a->count[0];
        }
        CU_ASSERT_EQUAL(differ, 0);
        CU_ASSERT(counts > 10); /* neurons that are not the same */
        CU_ASSERT(fabs((double)a->n_events - (double)b->n_events) <= 3);
    }
    finish(network[0], plan[0]);
    finish(network[1], plan[1]);
    remove_folder();
}

/* ---- graphs made here ---------------------------------------------------------------- */

static void put(hid_t file, const char *node, const char *key, int rank, hsize_t rows,
                hsize_t columns, const double *value)
{
    char path[128];
    (void)snprintf(path, sizeof path, "node/nodes/%s/%s", node, key);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    (void)H5Pset_create_intermediate_group(links, 1);
    const hid_t space = H5Screate_simple(rank, (hsize_t[]){rows, columns}, NULL);
    const hid_t set =
        H5Dcreate2(file, path, H5T_NATIVE_DOUBLE, space, links, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    (void)H5Dclose(set);
    (void)H5Sclose(space);
    (void)H5Pclose(links);
}

/* Texts of fixed length, as some writers have them. */
static void put_text(hid_t file, const char *path, hsize_t rows, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), links = H5Pcreate(H5P_LINK_CREATE);
    (void)H5Tset_size(type, 16);
    (void)H5Pset_create_intermediate_group(links, 1);
    const hid_t space =
        rows ? H5Screate_simple(2, (hsize_t[]){rows, 2}, NULL) : H5Screate(H5S_SCALAR);
    const hid_t set = H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    CU_ASSERT(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0);
    (void)H5Dclose(set);
    (void)H5Sclose(space);
    (void)H5Pclose(links);
    (void)H5Tclose(type);
}

static hid_t begun(char file[128])
{
    (void)snprintf(file, 128, "%s/made.nir", dir);
    const hid_t made = H5Fcreate(file, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_text(made, "version", 0, "1.0\0            ");
    put_text(made, "node/type", 0, "NIRGraph\0       ");
    return made;
}

/* Two ways from the input to neurons that differ, through Affine, Scale and Linear: matrices
 * by hand. 2 -> (Linear A) -> Scale s -> LIF and 2 -> (Affine B, b) -> LIF. */
static void ways_add_up(void)
{
    static const double a[] = {1, 2, 3, 4, 5, 6}, s[] = {10, 100, 1000}, b[] = {1, 0, 0, 1, 1, 1};
    static const double bias[] = {0, 0, 0.25}, tau[] = {0.01, 0.01, 0.02}, one[] = {1, 1, 1};
    static const double zero[] = {0, 0, 0}, shape[] = {2};
    static const double want[] = {11, 20, 300, 401, 5001, 6001}; /* s A + B */
    static const char edges[] = "in\0             a\0              "
                                "a\0              s\0              "
                                "s\0              lif\0            "
                                "in\0             b\0              "
                                "b\0              lif\0            ";
    char file[128];
    make_folder();
    const hid_t made = begun(file);
    put_text(made, "node/nodes/in/type", 0, "Input\0          ");
    put(made, "in", "shape", 1, 1, 1, shape);
    put_text(made, "node/nodes/a/type", 0, "Linear\0         ");
    put(made, "a", "weight", 2, 3, 2, a);
    put_text(made, "node/nodes/s/type", 0, "Scale\0          ");
    put(made, "s", "scale", 1, 3, 1, s);
    put_text(made, "node/nodes/b/type", 0, "Affine\0         ");
    put(made, "b", "weight", 2, 3, 2, b);
    put(made, "b", "bias", 1, 3, 1, bias);
    put_text(made, "node/nodes/lif/type", 0, "LIF\0            ");
    put(made, "lif", "tau", 1, 3, 1, tau);
    put(made, "lif", "r", 1, 1, 1, one);
    put(made, "lif", "v_leak", 1, 3, 1, zero);
    put(made, "lif", "v_threshold", 1, 3, 1, one);
    put_text(made, "node/edges", 5, edges);
    (void)H5Fclose(made);
    struct ecp_plan *plan = imported(file, 1000, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(plan->n_populations, 2);
    CU_ASSERT_EQUAL_FATAL(plan->n_projections, 1);
    const struct ecp_plan_population *lif =
        plan->population[ecp_plan_population_index(plan, "lif")];
    for (size_t k = 0; k < 3; k++) {
        const struct ecp_draw *i_e = &lif->field[ecp_field_find(lif->model->fields, "i_e")];
        const struct ecp_draw *tau_m = &lif->field[ecp_field_find(lif->model->fields, "tau_m")];
        CU_ASSERT_DOUBLE_EQUAL(i_e->list[k], bias[k], 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(tau_m->list[k], 1000 * tau[k], 1e-12);
    }
    double got[6] = {0};
    const struct ecp_edges *e = &plan->projection[0]->edges;
    for (size_t i = 0; i < e->n; i++)
        got[2 * e->target[i] + e->source[i]] = e->weight[i] * tau[e->target[i]];
    for (size_t k = 0; k < 6; k++)
        CU_ASSERT(close_to(got[k], want[k]));
    ecp_plan_destroy(plan);
    remove_folder();
}

static void refused(const char *file, const char *why)
{
    const struct ecp_nir_options options = {.dt = dt, .pulse = 1000};
    char *config = NULL;
    ecp_error_clear();
    CU_ASSERT_NOT_EQUAL(ecp_nir_import(file, dir, &options, &config), ECP_OK);
    CU_ASSERT_PTR_NULL(config);
    if (!strstr(ecp_error_message(), why))
        (void)printf("\n  \"%s\" says nothing of \"%s\"", ecp_error_message(), why);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), why));
}

static void wrong_graphs(void)
{
    static const double one[] = {1, 1, 1, 1};
    static const struct {
        const char *type, *edges, *why;
    } cases[] = {
        {"NIRGraph\0       ", "x\0              y\0              ", "graph within the graph"},
        {"Conv2d\0         ", "x\0              y\0              ", "no exact equivalent"},
        {"LIF\0            ", "x\0              y\0              ", "tau is missing"},
        {"Linear\0         ", "x\0              z\0              ", "\"z\", which is not there"},
        {"Linear\0         ", "x\0              x\0              ", "no neurons"},
        {"Affine\0         ", "x\0              y\0              ", "bias is missing"},
    };
    char file[128];
    make_folder();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const hid_t made = begun(file);
        put_text(made, "node/nodes/x/type", 0, cases[k].type);
        put(made, "x", "weight", 2, 2, 2, one);
        put_text(made, "node/edges", 1, cases[k].edges);
        (void)H5Fclose(made);
        refused(file, cases[k].why);
    }
    /* A loop without neurons that feeds one. */
    hid_t made = begun(file);
    static const double tau[] = {0.01, 0.01};
    static const char loop[] = "x\0              x\0              "
                               "x\0              n\0              ";
    put_text(made, "node/nodes/x/type", 0, "Linear\0         ");
    put(made, "x", "weight", 2, 2, 2, one);
    put_text(made, "node/nodes/n/type", 0, "LI\0             ");
    put(made, "n", "tau", 1, 2, 1, tau);
    put(made, "n", "r", 1, 2, 1, one);
    put(made, "n", "v_leak", 1, 2, 1, one);
    put_text(made, "node/edges", 2, loop);
    (void)H5Fclose(made);
    refused(file, "a loop of");
    refused(SAMPLES "README.md", "not an HDF5 file");
    refused(ECP_TEST_DATA "/recordings/sonata_samples/minimal/nodes.h5", "no NIR file");
    CU_ASSERT_EQUAL(truncate(file, 700), 0);
    refused(file, file);
    remove_folder();
}

ECP_TEST_MAIN("NIR", {"LIF, Dirac pulses", dirac_pulses},
              {"LIF, pulses of a step", pulses_of_a_step}, {"CubaLIF", cuba},
              {"there and back", there_and_back}, {"our network", our_network},
              {"drawn parameters", drawn_parameters}, {"ways add up", ways_add_up},
              {"wrong graphs", wrong_graphs})
