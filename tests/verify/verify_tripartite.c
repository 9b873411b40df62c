/* verify_tripartite.c -- slow currents from astrocytes to neurons, to the bit; diffusion
 * between astrocytes, in closed form; tripartite connections: how many, from which pools,
 * the same whoever lists them; a small network on 1-4 threads. */
#include "engine/connect.h"
#include "engine/forecast.h"
#include "tests/unit/config_case.h"
#include "tests/unit/network_case.h"

static struct ecp_plan *parsed(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    return plan;
}

/* ---- slow currents -------------------------------------------------------------- */

/* Three astrocytes whose currents change, two neurons. */
static const char slow[] =
    "duration = 30; seed = 3;\n"
    "populations = { A = { model = \"astrocyte_lr\"; size = 3;\n"
    "    initial = { ca = [0.3, 0.21, 0.199]; i_sic = [1.0, 2.0, 3.0]; }; };\n"
    "  E = { model = \"lif_exp\"; size = 2; param = { v_th = 1000; }; }; };\n"
    "projections = ( { kind = \"sic\"; source = \"A\"; target = \"E\"; rule = \"explicit\";\n"
    "    edges = ((0, 0, 2.5, \"%g ms\"), (1, 0, -1.5, \"%g ms\"), (2, 1, 0.5, \"%g ms\"),\n"
    "             (0, 1, 4.0, \"%g ms\")); } );\n"
    "probes = ( { kind = \"field\"; target = \"A\"; field = \"i_sic\"; interval = 0.1; },\n"
    "  { kind = \"field\"; target = \"E\"; field = \"i_stim\"; interval = 0.1; } );\n";

static void follows(const double delay[4])
{
    static const struct {
        size_t from, to;
        double weight;
    } edge[] = {{0, 0, 2.5}, {1, 0, -1.5}, {2, 1, 0.5}, {0, 1, 4}};
    char text[2048];
    (void)snprintf(text, sizeof text, slow, delay[0], delay[1], delay[2], delay[3]);
    struct ecp_plan *plan = parsed(text);
    for (int threads = 1; threads <= 4; threads++) {
        struct ecp_network *network = ran(plan, threads, ecp_isa_best());
        const struct ecp_recorded_signal *sic = signal_of(network, "i_sic_A");
        const struct ecp_recorded_signal *got = signal_of(network, "i_stim_E");
        size_t wrong = 0;
        for (size_t k = 1; k < got->n_frames; k++) {
            double want[2] = {0, 0};
            for (size_t e = 0; e < 4; e++) {
                const size_t late = (size_t)lround(delay[e] / 0.1);
                want[edge[e].to] += edge[e].weight *
                                    (double)sic->data[3 * (k > late ? k - late : 0) + edge[e].from];
            }
            for (size_t j = 0; j < 2; j++)
                wrong += got->data[2 * k + j] != (ecp_real)want[j];
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT(got->n_frames == 301);
        CU_ASSERT(sic->data[3 * 200] != sic->data[3 * 100]);
        CU_ASSERT_EQUAL(ecp_network_facts(network).slow_currents, 4);
        CU_ASSERT_EQUAL(ecp_network_facts(network).gap_junctions, 0);
        ecp_network_destroy(network);
    }
    ecp_plan_destroy(plan);
}

static void slow_currents(void)
{
    const double least[4] = {0.1, 0.1, 0.1, 0.1}, same[4] = {1.5, 1.5, 1.5, 1.5};
    const double mixed[4] = {0.1, 2, 0.7, 11.3}, late[4] = {3, 4, 5, 9};
    follows(least);
    follows(same);
    follows(mixed);
    follows(late);
}

/* ---- diffusion ------------------------------------------------------------------- */

/* Without sinks and sources the mean stays and the difference decays with 2 g. */
static void diffusion(void)
{
    static const char text[] =
        "duration = 2000;\n"
        "populations = { A = { model = \"astrocyte_lr\"; size = 2; param = { rate_l = 0.0;\n"
        "    rate_ip3r = 0.0; rate_serca = 0.0; tau_ip3 = 1e9; };\n"
        "    initial = { ip3 = [1.0, 0.2]; ca = [0.1, 0.15]; }; }; };\n"
        "projections = ( { kind = \"gap\"; field = \"ip3\"; source = \"A\"; rule = \"explicit\";\n"
        "    edges = ((0, 1)); conductance = 2e-4; },\n"
        "  { kind = \"gap\"; field = \"ca\"; name = \"calcium\"; source = \"A\";\n"
        "    rule = \"explicit\"; edges = ((0, 1)); conductance = \"0.5 1/s\"; } );\n"
        "probes = ( { kind = \"field\"; target = \"A\"; field = \"ip3\"; interval = 100; },\n"
        "  { kind = \"field\"; target = \"A\"; field = \"ca\"; interval = 100; } );\n";
    struct ecp_plan *plan = parsed(text);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_signal *ip3 = signal_of(network, "ip3_A");
    const struct ecp_recorded_signal *ca = signal_of(network, "ca_A");
    for (size_t k = 0; k < ip3->n_frames; k++) {
        const double t = 100 * (double)k;
        CU_ASSERT_DOUBLE_EQUAL(sample_of(ip3, k, 0), 0.6 + 0.4 * exp(-2 * 2e-4 * t), 2e-5);
        CU_ASSERT_DOUBLE_EQUAL(sample_of(ip3, k, 1), 0.6 - 0.4 * exp(-2 * 2e-4 * t), 2e-5);
        CU_ASSERT_DOUBLE_EQUAL(sample_of(ca, k, 0), 0.125 - 0.025 * exp(-2 * 5e-4 * t), 2e-6);
    }
    CU_ASSERT_EQUAL(ip3->n_frames, 21);
    finish(network, plan);
}

/* ---- tripartite connections --------------------------------------------------------- */

enum { SOURCES = 120, TARGETS = 90, ASTROCYTES = 180, POOL = 6, MOST = 20000 };

struct link {
    ecp_lid from, to;
    double weight;
    uint32_t delay;
};

struct links {
    size_t n;
    struct link link[MOST];
};

static void keep_batch(void *context, const struct ecp_batch *batch)
{
    struct links *links = context;
    for (size_t k = 0; k < batch->n; k++) {
        CU_ASSERT_FATAL(links->n < MOST);
        links->link[links->n++] =
            (struct link){batch->source[k], batch->target[k], batch->weight[k], batch->delay[k]};
    }
}

/* Part by part, as so many workers would. */
static void list_links(const struct ecp_plan *plan, int is_out, int parts, struct links *links)
{
    struct ecp_connector connector;
    const struct ecp_emit emit = {keep_batch, links, 1};
    const struct ecp_kernels *kernels = ecp_kernels_of(ECP_ISA_BASELINE);
    const struct ecp_plan_third *third = plan->third[0];
    links->n = 0;
    if (is_out)
        ECP_ASSERT_OK(ecp_connector_init_gap(&connector, plan, 0, kernels));
    else
        ECP_ASSERT_OK(ecp_connector_init(&connector, plan, 1, kernels));
    const size_t n = plan->population[is_out ? third->out->target : third->in->target]->size;
    for (int k = 0; k < parts; k++) {
        const ecp_lid first = (ecp_lid)(n * (size_t)k / (size_t)parts);
        const ecp_lid end = (ecp_lid)(n * (size_t)(k + 1) / (size_t)parts);
        ECP_ASSERT_OK(ecp_connect(&connector, first, end - first, &emit));
    }
    ecp_connector_clear(&connector);
}

static int compare_links(const void *a, const void *b)
{
    const struct link *p = a, *q = b;
    if (p->to != q->to)
        return p->to < q->to ? -1 : 1;
    if (p->from != q->from)
        return p->from < q->from ? -1 : 1;
    return (p->weight > q->weight) - (p->weight < q->weight);
}

static void same_in_parts(const struct ecp_plan *plan, int is_out)
{
    static struct links whole, parts;
    list_links(plan, is_out, 1, &whole);
    qsort(whole.link, whole.n, sizeof *whole.link, compare_links);
    for (int k = 2; k <= 4; k++) {
        list_links(plan, is_out, k, &parts);
        CU_ASSERT_EQUAL_FATAL(parts.n, whole.n);
        qsort(parts.link, parts.n, sizeof *parts.link, compare_links);
        size_t wrong = 0;
        for (size_t j = 0; j < whole.n; j++)
            wrong += compare_links(&parts.link[j], &whole.link[j]) != 0 ||
                     parts.link[j].delay != whole.link[j].delay;
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

/* Each target's astrocytes are a pool; each one in it is used about as often. */
static void check_pools(const struct links *out, int block)
{
    static uint32_t uses[TARGETS][ASTROCYTES];
    double squares = 0;
    memset(uses, 0, sizeof uses);
    for (size_t k = 0; k < out->n; k++)
        uses[out->link[k].to][out->link[k].from]++;
    for (size_t t = 0; t < TARGETS; t++) {
        size_t pool = 0;
        double n = 0;
        for (size_t a = 0; a < ASTROCYTES; a++) {
            pool += uses[t][a] > 0;
            n += uses[t][a];
            if (block && uses[t][a] > 0)
                CU_ASSERT((a + ASTROCYTES - 2 * t) % ASTROCYTES < POOL);
        }
        CU_ASSERT(pool <= POOL);
        for (size_t a = 0; a < ASTROCYTES; a++)
            if (uses[t][a] > 0)
                squares += (uses[t][a] - n / POOL) * (uses[t][a] - n / POOL) / (n / POOL);
    }
    /* Chi square of 5 a target: 450 +- 30. Those that are never used are left out. */
    (void)printf(" %.0f", squares);
    CU_ASSERT(squares > 300 && squares < 570);
}

static const char pools[] =
    "duration = 1; seed = %d;\n"
    "populations = { S = { model = \"poisson\"; size = 120; }; T = { model = \"lif_exp\"; size = "
    "90; };\n"
    "  A = { model = \"astrocyte_lr\"; size = 180; }; };\n"
    "projections = ( { source = \"S\"; target = \"T\"; %s weight = 1; },\n"
    "  { kind = \"tripartite\"; primary = \"S_T\"; astrocytes = \"A\"; probability = %g;\n"
    "    pool_size = 6; pool_type = \"%s\";\n"
    "    to_astrocyte = { weight = { dist = \"normal\"; mean = 2; sd = 0.1; }; delay = 2.5; };\n"
    "    to_target = { weight = 0.5; delay = { dist = \"uniform\"; low = 1; high = 3; }; }; } );\n";

static void counts_and_pools(void)
{
    static const char *const rule[] = {
        "rule = \"fixed_indegree\"; indegree = 40;", "rule = \"fixed_outdegree\"; outdegree = 30;",
        "rule = \"fixed_total_number\"; number = 3600;", "rule = \"all_to_all\";"};
    const double synapses[] = {3600, 3600, 3600, 10800}, p[] = {0.5, 0.3, 1, 0.4};
    static struct links in, out;
    for (int k = 0; k < 4; k++) {
        char text[2048];
        (void)snprintf(text, sizeof text, pools, 5 + k, rule[k], p[k], k % 2 ? "block" : "random");
        struct ecp_plan *plan = parsed(text);
        list_links(plan, 0, 1, &in);
        list_links(plan, 1, 1, &out);
        const double mean = synapses[k] * p[k], sd = sqrt(synapses[k] * p[k] * (1 - p[k]));
        CU_ASSERT_EQUAL(in.n, out.n);
        CU_ASSERT(fabs((double)out.n - mean) <= 4 * sd);
        CU_ASSERT_EQUAL(ecp_plan_forecast(plan, 1).synapses, synapses[k] + mean);
        /* An astrocyte takes as many connections as it gives. */
        int balance[ASTROCYTES] = {0}, wrong = 0;
        for (size_t j = 0; j < in.n; j++) {
            balance[in.link[j].to]++;
            wrong += in.link[j].from >= SOURCES || in.link[j].delay != 25;
            wrong += !(fabs(in.link[j].weight - 2) < 0.6);
            balance[out.link[j].from]--;
            wrong += out.link[j].to >= TARGETS || out.link[j].weight != 0.5;
            wrong += out.link[j].delay < 10 || out.link[j].delay > 30;
        }
        for (size_t a = 0; a < ASTROCYTES; a++)
            wrong += balance[a] != 0;
        CU_ASSERT_EQUAL(wrong, 0);
        check_pools(&out, k % 2);
        same_in_parts(plan, 0);
        same_in_parts(plan, 1);
        ecp_plan_destroy(plan);
    }
}

/* One synapse, p = 1: both connections belong to it. */
static void one_synapse(void)
{
    static const char text[] =
        "duration = 60;\n"
        "populations = { S = { model = \"spike_source\"; size = 3; };\n"
        "  T = { model = \"lif_exp\"; size = 4; };\n"
        "  A = { model = \"astrocyte_lr\"; size = 4; param = { delta_ip3 = 0.1; };\n"
        "    initial = { ca = 0.4; i_sic = 5.3; }; }; };\n"
        "projections = ( { name = \"p\"; source = \"S\"; target = \"T\"; rule = \"explicit\";\n"
        "    edges = ((1, 2)); weight = 0; },\n"
        "  { kind = \"tripartite\"; primary = \"p\"; astrocytes = \"A\"; pool_type = \"block\";\n"
        "    to_astrocyte = { weight = 3; delay = 2; }; to_target = { weight = 2; }; } );\n"
        "stimuli = ( { kind = \"spikes\"; target = \"S\"; times = (10.0); weight = 1; } );\n"
        "probes = ( { kind = \"field\"; target = \"A\"; field = \"ip3\"; interval = 0.1; },\n"
        "  { kind = \"field\"; target = \"T\"; field = \"i_stim\"; interval = 0.1; } );\n";
    struct ecp_plan *plan = parsed(text);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_signal *ip3 = signal_of(network, "ip3_A");
    const struct ecp_recorded_signal *current = signal_of(network, "i_stim_T");
    for (size_t j = 0; j < 4; j++) {
        const size_t at = 120; /* 10 ms + 2 ms */
        CU_ASSERT_DOUBLE_EQUAL(sample_of(ip3, at + 2, j) - sample_of(ip3, at - 2, j),
                               j == 2 ? 0.3 : 0, 1e-5);
        CU_ASSERT_EQUAL(sample_of(current, 300, j) > 10, j == 2);
        CU_ASSERT(j == 2 || sample_of(current, 300, j) == 0);
    }
    finish(network, plan);
}

/* ---- a network ------------------------------------------------------------------- */

static const char network_text[] =
    "seed = 7; duration = 300;\n"
    "populations = {\n"
    "  E = { model = \"adex_alpha\"; size = 80; param = { tau_syn_ex = 2; tau_syn_in = 4; }; };"
    "  I = { model = \"adex_alpha\"; size = 20; param = { tau_syn_ex = 2; tau_syn_in = 4; }; };\n"
    "  A = { model = \"astrocyte_lr\"; size = 100; param = { delta_ip3 = 0.02; };\n"
    "        initial = { ip3 = 0.4; ca = { dist = \"uniform\"; low = 0.1; high = 0.4; }; }; }; };\n"
    "projections = (\n"
    "  { kind = \"gap\"; name = \"couple\"; field = \"ip3\"; source = \"A\";\n"
    "    rule = \"pairwise_bernoulli\"; probability = 0.05; conductance = 1e-4; },\n"
    "  { name = \"ex\"; source = \"E\"; target = \"E\"; rule = \"pairwise_bernoulli\";\n"
    "    probability = 0.2; weight = 1; delay = 2; },\n"
    "  { kind = \"tripartite\"; name = \"third\"; primary = \"ex\"; astrocytes = \"A\";\n"
    "    probability = 0.5; pool_size = 10; pool_type = \"random\";\n"
    "    to_astrocyte = { weight = 1; delay = 2; };\n"
    "    to_target = { weight = %s; delay = { dist = \"uniform\"; low = 1; high = 4; }; }; },\n"
    "  { source = \"I\"; target = (\"E\", \"I\"); rule = \"pairwise_bernoulli\"; probability = "
    "0.2;\n"
    "    weight = -4; delay = 1; } );\n"
    "stimuli = ( { kind = \"poisson\"; target = (\"E\", \"I\"); rate = 2000; weight = 1; } );\n"
    "probes = ( { kind = \"field\"; target = \"A\"; field = \"ca\"; interval = 10; },\n"
    "  { kind = \"field\"; target = \"E\"; field = \"i_stim\"; interval = 10; },\n"
    "  { kind = \"spikes\"; target = \"*\"; } );\n";

static void same_on_all_threads(void)
{
    char text[4096];
    (void)snprintf(text, sizeof text, network_text, "2.0");
    struct ecp_plan *plan = parsed(text), *again = parsed(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    struct ecp_network *reference = ran(again, 1, ECP_ISA_BASELINE);
    const struct ecp_recording *r = ecp_network_recording(reference);
    const struct ecp_network_facts facts = ecp_network_facts(reference);
    CU_ASSERT(r->spikes > 300);
    CU_ASSERT(facts.slow_currents > 500 && facts.slow_currents < 800);
    CU_ASSERT(facts.gap_junctions > 150);
    for (int threads = 1; threads <= 4; threads++)
        for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
            if (!ecp_isa_available((enum ecp_isa)isa))
                continue;
            struct ecp_network *other = ran(plan, threads, (enum ecp_isa)isa);
            const struct ecp_recording *o = ecp_network_recording(other);
            CU_ASSERT_EQUAL(o->checksum, r->checksum);
            CU_ASSERT_EQUAL(ecp_network_facts(other).slow_currents, facts.slow_currents);
            for (size_t k = 0; k < r->n_signals; k++)
                CU_ASSERT_EQUAL(
                    memcmp(o->signal[k].data, r->signal[k].data,
                           r->signal[k].n_frames * r->signal[k].n_columns * sizeof(ecp_real)),
                    0);
            ecp_network_destroy(other);
        }
    finish(reference, again);
    ecp_plan_destroy(plan);
}

/* The current reaches neurons, which fire more. */
static void currents_count(void)
{
    uint64_t spikes[2];
    for (int k = 0; k < 2; k++) {
        char text[4096];
        (void)snprintf(text, sizeof text, network_text, k ? "8.0" : "0.0");
        struct ecp_plan *plan = parsed(text);
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        spikes[k] = ecp_network_recording(network)->population[0].n_events;
        const struct ecp_recorded_signal *i = signal_of(network, "i_stim_E");
        double sum = 0;
        for (size_t j = 0; j < 80; j++)
            sum += sample_of(i, i->n_frames - 1, j) / 80;
        CU_ASSERT(k ? sum > 20 : sum == 0);
        finish(network, plan);
    }
    (void)printf(" %llu and %llu spikes ", (unsigned long long)spikes[0],
                 (unsigned long long)spikes[1]);
    CU_ASSERT(spikes[1] > spikes[0] + spikes[0] / 10);
}

/* ---- what cannot be ---------------------------------------------------------------- */

#define WITH(text)                                                                                 \
    "duration = 10;\npopulations = { E = { model = \"lif_exp\"; size = 10; };\n"                   \
    " A = { model = \"astrocyte_lr\"; size = 20; }; };\n"                                          \
    "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1; "        \
    "},\n" text " );"

static void refused(void)
{
    static const struct config_case cases[] = {
        {WITH("{ kind = \"tripartite\"; astrocytes = \"A\"; }"), ECP_ECONFIG,
         "x.cfg:5: projections.1.primary: is missing; allowed: the name of a projection given "
         "before"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_I\"; astrocytes = \"A\"; }"), ECP_ECONFIG,
         "x.cfg:5: projections.primary: there is no projection \"E_I\"; did you mean \"E_E\"?*"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"B\"; }"), ECP_ECONFIG,
         "x.cfg:5: projections.astrocytes: there is no population \"B\";*"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"E\"; }"), ECP_ECONFIG,
         "x.cfg:5: projections.E_E_E_out: found population E of model lif_exp, which has no state "
         "i_sic; allowed: models that have it, or `field`, the name of another state"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; pool_size = 21; }"),
         ECP_ECONFIG,
         "x.cfg:5: projections.E_E_A.pool_size: found 21; allowed: 1 to 20, the size of A"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; pool_type = "
              "\"ring\"; }"),
         ECP_ECONFIG, "x.cfg:5: projections.1.pool_type: found \"ring\"; allowed: random, block"},
        {WITH("{ kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; to_target = { delay "
              "= 0.01; }; }"),
         ECP_ECONFIG, "x.cfg:5: projections.1.to_target.delay: found*"},
        {WITH(
             "{ kind = \"sic\"; source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1; "
             "}"),
         ECP_ECONFIG,
         "x.cfg:5: projections.sic_E_E: found population E of model lif_exp, which has no state "
         "i_sic; allowed: models that have it, or `field`, the name of another state"},
        {WITH("{ kind = \"gap\"; source = \"A\"; rule = \"all_to_all\"; field = \"h\"; conductance "
              "= 1; }"),
         ECP_ECONFIG,
         "x.cfg:5: projections.gap_A: found \"h\" with model astrocyte_lr of A; allowed: v, and "
         "states x of models that have an input j_x, too (ip3 and ca of astrocytes)"}};
    CHECK(cases);
}

ECP_TEST_MAIN("tripartite", {"slow currents, to the bit", slow_currents}, {"diffusion", diffusion},
              {"counts and pools", counts_and_pools}, {"one synapse", one_synapse},
              {"the same bits on all threads", same_on_all_threads},
              {"currents count", currents_count}, {"refused", refused})
