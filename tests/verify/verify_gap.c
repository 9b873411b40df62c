/* Gap junctions against closed forms, and against plain loops of our own. */
#include "engine/connect.h"
#include "engine/forecast.h"
#include "tests/unit/config_case.h"
#include "tests/unit/network_case.h"

static struct ecp_plan_projection *add_gap(struct ecp_plan *plan, const char *population,
                                           enum ecp_rule rule, double conductance)
{
    struct ecp_plan_projection *made = NULL;
    ECP_ASSERT_OK(ecp_plan_add_gap(plan, population, rule, &made));
    made->weight = ecp_draw_constant(conductance);
    return made;
}

static const ecp_lid zero = 0, one = 1;

/* A junction between neurons 0 and 1. */
static struct ecp_plan_projection *add_pair(struct ecp_plan *plan, const char *population,
                                            double conductance)
{
    struct ecp_plan_projection *made = add_gap(plan, population, ECP_RULE_EXPLICIT, conductance);
    made->edges = (struct ecp_edges){1, &zero, &one, NULL, NULL};
    return made;
}

static struct ecp_draw list_of(const double *list, size_t n)
{
    struct ecp_draw law = ecp_draw_constant(0);
    law.kind = ECP_DRAW_LIST;
    law.list = list;
    law.count = n;
    return law;
}

static void set(struct ecp_plan_population *p, const char *field, double value)
{
    ECP_ASSERT_OK(ecp_population_set(p, field, value));
}

/* ---- two passive neurons --------------------------------------------------- */

enum { RELAX_MS = 20 };

static const double c_m = 250, tau = 10, rest = -70, junction = 10; /* pF, ms, mV, nS */
static const double begin[] = {-40, -90};

/* Of the two, 0 is the source of the junction and 1 its target. */
static struct ecp_plan *passive(double dt, int symmetric)
{
    struct ecp_plan *plan = new_plan(1);
    plan->dt = dt;
    struct ecp_plan_population *p = add_population(plan, "two", "lif_exp", 2);
    set(p, "c", c_m);
    set(p, "tau_m", tau);
    set(p, "e_l", rest);
    set(p, "v_th", 1000);
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", list_of(begin, 2)));
    add_pair(plan, "two", junction)->symmetric = symmetric;
    add_probe(plan, ECP_PROBE_FIELD, "two", "v", dt);
    add_probe(plan, ECP_PROBE_FIELD, "two", "i_stim", dt);
    (void)add_phase(plan, "all", RELAX_MS, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* Largest distance from the closed form. Both ways, the mean decays with tau and
 * the difference with tau and 2 g / c; one way, the source decays alone and the
 * difference with g / c. */
static double relaxation_error(double dt, int symmetric)
{
    struct ecp_plan *plan = passive(dt, symmetric);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_signal *v = signal_of(network, "v_two");
    const double rate = (symmetric ? 2 : 1) * junction / c_m, d = begin[1] - begin[0];
    double largest = 0;
    CU_ASSERT_EQUAL(v->n_frames, (size_t)lround(RELAX_MS / dt) + 1);
    for (size_t k = 0; k < v->n_frames; k++) {
        const double t = (double)k * dt, leak = exp(-t / tau);
        const double difference = d * leak * exp(-rate * t);
        const double mean = rest + ((begin[0] + begin[1]) / 2 - rest) * leak;
        const double source = symmetric ? mean - difference / 2 : rest + (begin[0] - rest) * leak;
        largest = fmax(largest, fabs(sample_of(v, k, 0) - source));
        largest = fmax(largest, fabs(sample_of(v, k, 1) - source - difference));
    }
    finish(network, plan);
    return largest;
}

static void relaxes(void)
{
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        const double coarse = relaxation_error(0.2, symmetric);
        const double middle = relaxation_error(0.1, symmetric);
        const double fine = relaxation_error(0.05, symmetric);
        CU_ASSERT(coarse > 0.001 && coarse < 0.1);
        CU_ASSERT_DOUBLE_EQUAL(coarse / middle, 2, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(middle / fine, 2, 0.05);
    }
}

/* The current of a step is that of the potentials at its beginning, to the bit. */
static void current_is_late_by_a_step(void)
{
    struct ecp_plan *plan = passive(0.1, 1);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recorded_signal *v = signal_of(network, "v_two");
    const struct ecp_recorded_signal *i = signal_of(network, "i_stim_two");
    size_t wrong = 0;
    for (size_t k = 1; k < v->n_frames; k++)
        for (size_t own = 0; own < 2; own++) {
            const ecp_real *before = v->data + 2 * (k - 1);
            const double push = junction * ((double)before[1 - own] - (double)before[own]);
            wrong += i->data[2 * k + own] != (ecp_real)push;
        }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ecp_network_facts(network).gap_junctions, 1);
    CU_ASSERT_EQUAL(ecp_network_facts(network).synapses, 0);
    finish(network, plan);
}

/* ---- a plain loop ------------------------------------------------------------ */

enum { N = 50, STEPS = 5000, LONG = 20000, DELAY = 15, RING = 32, MOST = 2000 };

static const double h = 0.1, v_th = -50, v_reset = -65, e_l = -65, tau_syn = 2, weight = -80;

struct joined {
    ecp_lid a, b;
    double g;
};

struct by_hand {
    int n, steps;
    double v[N], in[N], i_e[N];
    int wait[N];
    double arriving[RING][N];
    struct joined gap[MOST], synapse[MOST];
    size_t n_gaps, n_synapses;
    struct ecp_spike spike[LONG];
    size_t n_spikes;
};

static void one_step(struct by_hand *b, int step)
{
    const double leak = exp(-h / tau), gain = (1 - leak) * tau / c_m;
    const double response = (exp(-h / tau_syn) - leak) / (c_m * (1 / tau - 1 / tau_syn));
    double push[N] = {0};
    int fired[N];
    for (size_t k = 0; k < b->n_gaps; k++) {
        const struct joined *g = &b->gap[k];
        push[g->a] += g->g * (b->v[g->b] - b->v[g->a]);
        push[g->b] += g->g * (b->v[g->a] - b->v[g->b]);
    }
    for (int j = 0; j < b->n; j++) {
        const double moved =
            e_l + (b->v[j] - e_l) * leak + b->in[j] * response + (b->i_e[j] + push[j]) * gain;
        if (b->wait[j] > 0)
            b->wait[j]--;
        else
            b->v[j] = moved;
        b->in[j] = b->in[j] * exp(-h / tau_syn) + b->arriving[step % RING][j];
        b->arriving[step % RING][j] = 0;
        fired[j] = b->v[j] >= v_th;
        if (!fired[j])
            continue;
        b->v[j] = v_reset;
        b->wait[j] = 20;
        CU_ASSERT_FATAL(b->n_spikes < sizeof b->spike / sizeof *b->spike);
        b->spike[b->n_spikes++] = (struct ecp_spike){step + 1, (ecp_lid)j};
    }
    for (size_t k = 0; k < b->n_synapses; k++)
        if (fired[b->synapse[k].a])
            b->arriving[(step + DELAY) % RING][b->synapse[k].b] += weight;
}

static struct ecp_plan_population *add_neurons(struct ecp_plan *plan, struct by_hand *b, int n,
                                               double from, double to)
{
    struct ecp_plan_population *p = add_population(plan, "all", "lif_exp", (size_t)n);
    double *v = ecp_plan_alloc(plan, (size_t)n * sizeof *v);
    double *i_e = ecp_plan_alloc(plan, (size_t)n * sizeof *i_e);
    CU_ASSERT_FATAL(v != NULL && i_e != NULL);
    b->n = n;
    b->steps = n > 2 ? STEPS : LONG;
    for (int j = 0; j < n; j++) {
        b->v[j] = v[j] = -65 + 13.0 * j / n;
        b->i_e[j] = i_e[j] = from + (to - from) * (j * 7 % n) / (n > 1 ? n - 1 : 1);
    }
    set(p, "c", c_m);
    set(p, "tau_m", tau);
    set(p, "tau_syn_in", tau_syn);
    set(p, "e_l", e_l);
    set(p, "v_th", v_th);
    set(p, "v_reset", v_reset);
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", list_of(v, (size_t)n)));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "i_e", list_of(i_e, (size_t)n)));
    add_probe(plan, ECP_PROBE_SPIKES, "all", NULL, 0);
    (void)add_phase(plan, "all", b->steps * h, 0);
    return p;
}

static void compare(const struct ecp_plan *plan, struct by_hand *b, size_t least)
{
    size_t equal = 0;
    for (int step = 0; step < b->steps; step++)
        one_step(b, step);
    struct ecp_network *network = ran(plan, 3, ecp_isa_best());
    const struct ecp_recorded_population *r = ecp_network_recording(network)->population;
    CU_ASSERT(b->n_spikes > least);
    CU_ASSERT_EQUAL(r->n_events, b->n_spikes);
    while (equal < b->n_spikes && equal < r->n_events &&
           r->event[equal].step == b->spike[equal].step &&
           r->event[equal].index == b->spike[equal].index)
        equal++;
    CU_ASSERT_EQUAL(equal, b->n_spikes);
    ecp_network_destroy(network);
}

/* Spikes of the two neurons in the second half, when they differ by 4 % in
 * current. */
static void two_by_hand(double conductance, size_t count[2])
{
    struct by_hand *b = calloc(1, sizeof *b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    struct ecp_plan *plan = new_plan(3);
    (void)add_neurons(plan, b, 2, 480, 500);
    if (conductance > 0)
        (void)add_pair(plan, "all", conductance);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    b->gap[0] = (struct joined){0, 1, conductance};
    b->n_gaps = 1;
    compare(plan, b, 40);
    count[0] = count[1] = 0;
    for (size_t k = 0; k < b->n_spikes; k++)
        count[b->spike[k].index] += b->spike[k].step > LONG / 2;
    ecp_plan_destroy(plan);
    free(b);
}

static void two_oscillators_lock(void)
{
    size_t alone[2], joined[2];
    two_by_hand(0, alone);
    two_by_hand(8, joined);
    CU_ASSERT(alone[1] > alone[0]);
    CU_ASSERT_EQUAL(joined[0], joined[1]);
}

/* ---- a random network ---------------------------------------------------------- */

struct listing {
    struct joined *to;
    size_t *n;
};

static void keep_batch(void *context, const struct ecp_batch *batch)
{
    const struct listing *list = context;
    for (size_t k = 0; k < batch->n; k++) {
        CU_ASSERT_FATAL(*list->n < MOST);
        list->to[(*list->n)++] =
            (struct joined){batch->source[k], batch->target[k], batch->weight[k]};
    }
}

static void list_all(struct ecp_connector *connector, ecp_lid n, struct listing *list)
{
    const struct ecp_emit emit = {keep_batch, list, 1};
    ECP_ASSERT_OK(ecp_connect(connector, 0, n, &emit));
    ecp_connector_clear(connector);
}

/* Of the ordered pairs that the rule drew, one for each pair. */
static void take_junctions(struct by_hand *b, const struct ecp_plan *plan)
{
    struct ecp_connector connector;
    struct joined drawn[MOST];
    char seen[N][N] = {{0}};
    size_t n = 0;
    struct listing gaps = {drawn, &n}, synapses = {b->synapse, &b->n_synapses};
    const struct ecp_kernels *kernels = ecp_kernels_of(ECP_ISA_BASELINE);
    ECP_ASSERT_OK(ecp_connector_init_gap(&connector, plan, 0, kernels));
    list_all(&connector, (ecp_lid)b->n, &gaps);
    ECP_ASSERT_OK(ecp_connector_init(&connector, plan, 0, kernels));
    list_all(&connector, (ecp_lid)b->n, &synapses);
    for (size_t k = 0; k < n; k++) {
        CU_ASSERT(drawn[k].a != drawn[k].b && drawn[k].g >= 0.2 && drawn[k].g <= 1.5);
        CU_ASSERT_EQUAL(seen[drawn[k].a][drawn[k].b], 0);
        seen[drawn[k].a][drawn[k].b] = 1;
        if (drawn[k].a < drawn[k].b)
            b->gap[b->n_gaps++] = drawn[k];
    }
    /* 0.15 of 1225 pairs: 184 +- 12.5 */
    CU_ASSERT(b->n_gaps > 134 && b->n_gaps < 234);
}

static void random_network(void)
{
    struct by_hand *b = calloc(1, sizeof *b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    struct ecp_plan *plan = new_plan(11);
    (void)add_neurons(plan, b, N, 300, 600);
    struct ecp_plan_projection *gap = add_gap(plan, "all", ECP_RULE_PAIRWISE_BERNOULLI, 0);
    gap->probability = 0.15;
    gap->weight.kind = ECP_DRAW_UNIFORM;
    gap->weight.a = 0.2;
    gap->weight.b = 1.5;
    struct ecp_plan_projection *inhibition =
        add_projection(plan, "all", "all", ECP_RULE_FIXED_INDEGREE, weight);
    inhibition->number = 5;
    inhibition->delay = ecp_draw_constant(DELAY * h);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    take_junctions(b, plan);
    const size_t n_gaps = b->n_gaps;
    compare(plan, b, 500);
    struct ecp_network *network = built(plan, 1, ECP_ISA_BASELINE);
    CU_ASSERT_EQUAL(ecp_network_facts(network).gap_junctions, n_gaps);
    CU_ASSERT_EQUAL(ecp_network_facts(network).synapses, 5 * N);
    finish(network, plan);
    free(b);
}

/* ---- the same bits -------------------------------------------------------------- */

static const char mixed[] =
    "populations = { A = { model = \"lif_exp\"; size = 203; param = { i_e = \"350 pA\"; };\n"
    "    initial = { v = { dist = \"uniform\"; low = -70; high = -56; }; };\n"
    "    layout = { kind = \"sheet\"; extent = [1.0, 1.0]; }; };\n"
    "  B = { model = \"lif_delta\"; size = 57; param = { i_e = \"400 pA\"; }; }; };\n"
    "projections = (\n"
    "  { kind = \"gap\"; source = (\"A\", \"B\"); rule = \"fixed_indegree\"; indegree = 4;\n"
    "    conductance = { dist = \"normal\"; mean = 1; sd = 0.5; low = 0; }; },\n"
    "  { kind = \"gap\"; name = \"near\"; source = \"A\"; target = \"A\"; rule = \"distance\";\n"
    "    kernel = \"gaussian\"; scale = 0.1; probability = 0.5; conductance = 0.3; },\n"
    "  { source = \"A\"; target = \"B\"; rule = \"fixed_indegree\"; indegree = 9; weight = 0.2; } "
    ");\n"
    "stimuli = ( { kind = \"noise\"; target = \"A\"; sd = 100; tau = 5; } );\n"
    "probes = ( { kind = \"field\"; target = \"*\"; field = \"v\"; interval = 0.5; },\n"
    "           { kind = \"spikes\"; target = \"*\"; } );\n"
    "phases = ( { name = \"a\"; duration = 100.3; },\n"
    "           { name = \"b\"; duration = 99.8; changes = ( { population = \"B\";\n"
    "               param = \"i_e\"; value = 450; } ); } );\n";

static void same_on_all_threads(void)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(mixed, "x.cfg", NULL, 0, &plan));
    struct ecp_network *reference = ran(plan, 1, ECP_ISA_BASELINE);
    const struct ecp_recording *r = ecp_network_recording(reference);
    CU_ASSERT(r->spikes > 500);
    for (int threads = 1; threads <= 4; threads++)
        for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
            if (!ecp_isa_available((enum ecp_isa)isa))
                continue;
            struct ecp_network *other = ran(plan, threads, (enum ecp_isa)isa);
            const struct ecp_recording *o = ecp_network_recording(other);
            CU_ASSERT_EQUAL(o->checksum, r->checksum);
            for (size_t k = 0; k < r->n_signals; k++)
                CU_ASSERT_EQUAL(
                    memcmp(o->signal[k].data, r->signal[k].data,
                           r->signal[k].n_frames * r->signal[k].n_columns * sizeof(ecp_real)),
                    0);
            ecp_network_destroy(other);
        }
    finish(reference, plan);
}

/* The junctions change the run, and the effective config gives them again. */
static void effective_config(void)
{
    struct ecp_plan *plan = NULL, *again = NULL, *without = NULL;
    static const char *const off[] = {"projections.gap_A.conductance=0",
                                      "projections.near.conductance=0",
                                      "projections.gap_B.conductance=0"};
    ECP_ASSERT_OK(ecp_config_parse(mixed, "x.cfg", NULL, 0, &plan));
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "x.cfg", NULL, 0, &again));
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "x.cfg", off, 3, &without));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    CU_ASSERT_EQUAL(plan->n_gaps, 3);
    CU_ASSERT_EQUAL(plan->n_projections, 1);
    struct ecp_network *a = ran(plan, 2, ecp_isa_best()), *b = ran(again, 1, ecp_isa_best());
    struct ecp_network *c = ran(without, 2, ecp_isa_best());
    CU_ASSERT_EQUAL(ecp_network_recording(a)->checksum, ecp_network_recording(b)->checksum);
    CU_ASSERT_NOT_EQUAL(ecp_network_recording(a)->checksum, ecp_network_recording(c)->checksum);
    const double expected = ecp_plan_forecast(plan, 1).gap_junctions;
    const double found = (double)ecp_network_facts(a).gap_junctions;
    CU_ASSERT(fabs(found - expected) < 0.1 * expected && expected > 1000);
    finish(a, plan);
    finish(b, again);
    finish(c, without);
}

/* ---- how many ------------------------------------------------------------------- */

static void counts(void)
{
    static const struct {
        const char *rule;
        double junctions;
    } cases[] = {{"rule = \"all_to_all\";", 190},
                 {"rule = \"all_to_all\"; symmetric = false;", 380},
                 {"rule = \"fixed_indegree\"; indegree = 3;", 60},
                 {"rule = \"fixed_outdegree\"; outdegree = 3; multapses = false;", 60},
                 {"rule = \"fixed_total_number\"; number = 33;", 33},
                 {"rule = \"pairwise_bernoulli\"; probability = 1.0;", 190},
                 {"rule = \"explicit\"; edges = ((0, 1), (3, 2));", 2}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        char text[512];
        struct ecp_plan *plan = NULL;
        (void)snprintf(text, sizeof text,
                       "duration = 1; populations = { E = { model = \"lif\"; size = 20; }; };\n"
                       "projections = ( { kind = \"gap\"; source = \"E\"; conductance = 1; %s } );",
                       cases[k].rule);
        ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
        struct ecp_network *network = built(plan, 2, ECP_ISA_BASELINE);
        CU_ASSERT_EQUAL((double)ecp_network_facts(network).gap_junctions, cases[k].junctions);
        CU_ASSERT_EQUAL(ecp_plan_forecast(plan, 2).gap_junctions, cases[k].junctions);
        finish(network, plan);
    }
}

/* ---- what is refused --------------------------------------------------------------- */

#define GAP(text)   RUN("projections = ( { kind = \"gap\"; " text " } );\n")
#define GAP_E(text) GAP("source = \"E\"; rule = \"all_to_all\"; " text)

static void refused(void)
{
    static const struct config_case cases[] = {
        {GAP("rule = \"all_to_all\"; conductance = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.0.source: is missing; allowed: a population, or a list of them"},
        {GAP("source = \"E\"; conductance = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.0.rule: is missing; allowed: all_to_all, one_to_one, "
         "fixed_indegree, fixed_outdegree, fixed_total_number, pairwise_bernoulli, explicit, "
         "distance"},
        {GAP_E(""), ECP_ECONFIG,
         "x.cfg:4: projections.0.conductance: is missing; allowed: a number, text with a unit, or "
         "a law"},
        {GAP_E("target = \"I\"; conductance = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.0.target: found another population than the source; allowed: gap "
         "junctions of a population with itself"},
        {GAP_E("weight = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.0.weight: found an unknown key; allowed: kind, name, source, "
         "target, rule, indegree, number, probability, file, edges, kernel, scale, cutoff, "
         "outdegree, conductance, multapses, field, symmetric"},
        {GAP_E("conductance = \"1 mV\";"), ECP_ECONFIG,
         "x.cfg:4: projections.0.conductance: found \"1 mV\", and mV cannot become nS; allowed: a "
         "number in nS"},
        {GAP_E("conductance = -1;"), ECP_ECONFIG,
         "x.cfg:4: projections.0.conductance: found -1 nS; allowed: 0 to 1e+06 nS"},
        {GAP_E("conductance = { dist = \"normal\"; mean = 1; sd = 1; };"), ECP_ECONFIG,
         "x.cfg:4: projections.gap_E.conductance: found a law that goes below 0 nS; allowed: one "
         "with low = 0"},
        {GAP("source = \"P\"; rule = \"all_to_all\"; conductance = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.gap_P: found gap junctions of population P, model poisson; allowed: "
         "models with a state v in mV and a current input in pA"},
        {GAP("source = \"E\"; rule = \"one_to_one\"; conductance = 1;"), ECP_ECONFIG,
         "x.cfg:4: projections.gap_E: found rule one_to_one, which joins each neuron with itself; "
         "allowed: the other rules"},
        {GAP("source = \"E\"; rule = \"explicit\"; edges = ((0, 1, 1, 1)); "), ECP_ECONFIG,
         "x.cfg:4: projections.0.edges: found delays of gap junctions; allowed: source, target "
         "and conductance"},
        {GAP("source = \"E\"; rule = \"explicit\"; edges = ((0, 1, -1)); "), ECP_ECONFIG,
         "x.cfg:4: projections.gap_E.conductance: found -1 nS in edge 0; allowed: 0 nS or more"},
        {GAP("source = \"E\"; rule = \"explicit\"; edges = ((0, 100)); conductance = 1;"),
         ECP_ECONFIG,
         "x.cfg:4: projections.gap_E.edges: found target 100 in edge 0; allowed: 0 to 99, in E"},
        {GAP("source = \"E\"; rule = \"fixed_indegree\"; indegree = 100; multapses = false; "
             "conductance = 1;"),
         ECP_ECONFIG,
         "x.cfg:4: projections.gap_E.indegree: found 100 of 99 sources with multapses = false and "
         "autapses = false; allowed: 0 to 99"},
        {"time = \"exact\";\n" GAP_E("conductance = 1;"), ECP_ECONFIG,
         "x.cfg:5: projections.gap_E: found gap junctions in exact mode, in which neurons meet "
         "only by spikes; allowed: time = \"grid\""},
        {RUN("projections = ( { kind = \"gab\"; source = \"E\"; } );\n"), ECP_ECONFIG,
         "x.cfg:4: projections.0.kind: found \"gab\"; did you mean \"gap\"? allowed: chemical, "
         "gap, sic, tripartite"},
    };
    CHECK(cases);
}

ECP_TEST_MAIN("gap junctions", {"two passive neurons, first order in dt", relaxes},
              {"the current of a step", current_is_late_by_a_step},
              {"two oscillators lock", two_oscillators_lock}, {"a network by hand", random_network},
              {"the same bits on all threads", same_on_all_threads},
              {"effective config, overrides, forecast", effective_config}, {"counts", counts},
              {"refused", refused})
