/* verify_structural_wiring.c -- rows and columns of synapses that come and go: every
 * spike passes exactly the synapses that are there when it arrives; the same bits
 * on any number of threads; what is refused. */
#include "tests/unit/config_case.h"
#include "tests/verify/structural_case.h"

enum { SOURCES = 20, TARGETS = 15, UPDATES = 60 };

static const double interval = 20;

/* ---- every synapse, at every instant -------------------------------------------- */

struct wiring_case {
    int autapses, multapses, recurrent;
    int threads;
};

/* Sources of many rates, with calcium that wanders about eps: much comes and goes. */
static struct ecp_plan *wiring_plan(const struct wiring_case *c)
{
    static const struct setting settings[] = {
        {"axon_nu", 0.06},       {"axon_eps", 0.15}, {"dendrite_nu", 0.05},
        {"dendrite_eps", 0.4},   {"tau_ca", 100},    {"beta_ca", 0.05},
        {"update_interval", 20}, {"axon_z", 1},      {"dendrite_z", 2},
        {"dendrite_eta", -0.1},  {NULL, 0}};
    struct ecp_plan *plan = new_plan(11);
    plan->dt = 0.5;
    if (!c->recurrent)
        (void)add_population(plan, "A", "poisson", SOURCES);
    const struct ecp_draw rates = {.kind = ECP_DRAW_UNIFORM, .a = 5, .b = 60};
    if (!c->recurrent)
        ECP_ASSERT_OK(ecp_population_set_draw(plan->population[0], "rate", rates));
    (void)add_population(plan, "B", "lif_delta", TARGETS);
    struct ecp_plan_stimulus *drive = add_stimulus(plan, ECP_STIMULUS_POISSON, "B", 0);
    drive->level = rates;
    drive->weight = 1024; /* fires at every one */
    const char *source = c->recurrent ? "B" : "A";
    struct ecp_plan_projection *p = add_structural(plan, source, "B", 0.0009765625, settings);
    p->delay = ecp_draw_constant(7); /* many are under way at an update */
    p->autapses = c->autapses;
    p->multapses = c->multapses;
    add_spikes(plan, source);
    add_listings(plan, c->recurrent ? "B_B" : "A_B", interval, UPDATES + 1);
    add_structure(plan, c->recurrent ? "B_B" : "A_B", "deleted");
    (void)add_probe(plan, ECP_PROBE_FIELD, "B", "syn", 0.5);
    (void)add_phase(plan, "run", UPDATES * interval, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

/* What the spikes `delay` ago bring to each target by the listing that held at the
 * stamp; in 1024ths of the weight of the drive, so that sums are exact. */
static void expect(const struct ecp_recording *r, ecp_step stamp, ecp_step delay, double *sum)
{
    const ecp_step each = (ecp_step)nearbyint(interval / r->dt);
    const struct ecp_recorded_weights *w = &r->weights[(stamp - 1) / each];
    const struct ecp_recorded_population *from = &r->population[w->source_population];
    memset(sum, 0, TARGETS * sizeof *sum);
    for (size_t e = 0; e < from->n_events; e++)
        for (size_t k = 0; from->event[e].step == stamp - delay && k < w->n; k++)
            if (w->source[k] == from->event[e].index)
                sum[w->target[k]] += (double)w->weight[k];
}

/* Arrivals less the drive, which is whole. */
static double arrived(double sample)
{
    return sample - 1024 * floor(sample / 1024);
}

static void check_pairs(const struct ecp_recording *r, const struct wiring_case *c)
{
    for (size_t u = 0; u <= UPDATES; u++) {
        const struct ecp_recorded_weights *w = &r->weights[u];
        for (size_t k = 0; k < w->n; k++) {
            CU_ASSERT(c->autapses || w->source[k] != w->target[k]);
            CU_ASSERT(c->multapses || k == 0 || w->source[k] != w->source[k - 1] ||
                      w->target[k] != w->target[k - 1]);
        }
    }
}

static void check_wiring(const struct wiring_case *c)
{
    struct ecp_plan *plan = wiring_plan(c);
    struct ecp_network *network = ran(plan, c->threads, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    const struct ecp_recorded_signal *syn = signal_of(network, "syn_B");
    const struct ecp_network_facts facts = ecp_network_facts(network);
    double sum[TARGETS];
    size_t wrong = 0, total = 0;
    CU_ASSERT_EQUAL_FATAL(syn->n_frames, UPDATES * 40 + 1);
    for (size_t stamp = 15; stamp < syn->n_frames; stamp++) {
        expect(r, (ecp_step)stamp, 14, sum);
        for (size_t t = 0; t < TARGETS; t++) {
            wrong += arrived(sample_of(syn, stamp, t)) != sum[t];
            total += sum[t] > 0;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(total > 500 && facts.created > 100 && facts.deleted > 50);
    CU_ASSERT_EQUAL(facts.created - facts.deleted, r->weights[UPDATES].n);
    CU_ASSERT_EQUAL(facts.synapses, r->weights[UPDATES].n);
    check_pairs(r, c);
    (void)printf(" %zu arrivals, %llu created, %llu deleted;", total,
                 (unsigned long long)facts.created, (unsigned long long)facts.deleted);
    finish(network, plan);
}

static void every_instant(void)
{
    static const struct wiring_case cases[] = {
        {1, 1, 0, 1}, {1, 1, 0, 3}, {1, 1, 1, 2}, {0, 0, 1, 1}, {0, 1, 1, 2}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        check_wiring(&cases[k]);
}

/* ---- beginning with synapses; shared axons ----------------------------------------- */

static void from_a_rule(void)
{
    struct ecp_plan *plan = new_plan(2);
    static const struct setting settings[] = {
        {"axon_nu", 0}, {"dendrite_nu", 0}, {"update_interval", 10}, {NULL, 0}};
    (void)add_population(plan, "A", "poisson", SOURCES);
    (void)add_population(plan, "B", "lif_delta", TARGETS);
    struct ecp_plan_projection *p = add_structural(plan, "A", "B", 1, settings);
    p->rule = ECP_RULE_FIXED_INDEGREE;
    p->number = 6;
    add_listings(plan, "A_B", 10, 3);
    (void)add_phase(plan, "run", 30, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    for (size_t u = 0; u < 3; u++) {
        CU_ASSERT_EQUAL_FATAL(r->weights[u].n, 6 * TARGETS);
        for (size_t k = 0; k < 6 * TARGETS; k++)
            CU_ASSERT(r->weights[u].source[k] == r->weights[0].source[k] &&
                      r->weights[u].target[k] == r->weights[0].target[k]);
    }
    finish(network, plan);
}

/* Two axonal elements each; dendrites in plenty. */
static void shared_axons(void)
{
    for (int own = 0; own < 2; own++) {
        const struct setting settings[] = {
            {"axon_nu", 0},    {"axon_z", 2},           {"dendrite_nu", 0}, {"dendrite_z", 10},
            {"tau_vacant", 0}, {"update_interval", 10}, {"axons", own},     {NULL, 0}};
        struct ecp_plan *plan = new_plan(2);
        (void)add_population(plan, "A", "poisson", 40);
        (void)add_population(plan, "B", "lif_delta", 60);
        (void)add_population(plan, "C", "lif_delta", 20);
        (void)add_structural(plan, "A", "B", 1, settings);
        (void)add_structural(plan, "A", "C", -1, settings);
        add_listings(plan, "A_B", 20, 2);
        add_listings(plan, "A_C", 20, 2);
        (void)add_phase(plan, "run", 20, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        const struct ecp_recording *r = ecp_network_recording(network);
        const size_t b = r->weights[2].n, c = r->weights[3].n;
        CU_ASSERT_EQUAL(b + c, own ? 160 : 80);
        /* Three quarters of the dendrites are B's: 60 of 80, sd 3.9. */
        CU_ASSERT(own ? b == 80 : b > 44 && b < 76);
        for (size_t k = 0; k < c; k++)
            CU_ASSERT_EQUAL(r->weights[3].weight[k], -1);
        finish(network, plan);
    }
}

/* 200 sources and 20 targets. Pearson's statistic of the numbers of synapses over
 * targets, or over groups of ten sources: 19 degrees of freedom, but less spread
 * than independent choices have. */
static void check_spread(const struct ecp_recorded_weights *w)
{
    size_t count[2][20] = {{0}};
    for (size_t k = 0; k < w->n; k++) {
        count[0][w->target[k]]++;
        count[1][w->source[k] / 10]++;
    }
    for (int side = 0; side < 2; side++) {
        double sum = 0;
        const double mean = (double)w->n / 20;
        for (int k = 0; k < 20; k++)
            sum += ((double)count[side][k] - mean) * ((double)count[side][k] - mean) / mean;
        (void)printf(" %.1f", sum);
        CU_ASSERT(sum < 44); /* p = 0.001 */
    }
}

/* What goes and what comes is spread over partners as chance has it. */
static void at_random(void)
{
    static const double cases[][4] = {{-0.1, 0, 0, 0},  /* axons retract: 10 of 20 go */
                                      {0, -1, 0, 0},    /* dendrites do: 100 of 200 go */
                                      {0, 0, 10, 200},  /* more dendrites than axons */
                                      {0, 0, 20, 100}}; /* more axons than dendrites */
    for (size_t k = 0; k < 4; k++) {
        const struct setting settings[] = {{"axon_curve", 1},        {"dendrite_curve", 1},
                                           {"axon_nu", cases[k][0]}, {"dendrite_nu", cases[k][1]},
                                           {"axon_z", cases[k][2]},  {"dendrite_z", cases[k][3]},
                                           {"update_interval", 100}, {NULL, 0}};
        struct ecp_plan *plan = new_plan(6);
        (void)add_population(plan, "A", "poisson", 200); /* silent */
        (void)add_population(plan, "B", "lif_delta", 20);
        struct ecp_plan_projection *p = add_structural(plan, "A", "B", 1, settings);
        p->rule = k < 2 ? ECP_RULE_ALL_TO_ALL : p->rule;
        add_listings(plan, "A_B", 100.1, 2);
        (void)add_phase(plan, "run", 101, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = ran(plan, 2, ecp_isa_best());
        const struct ecp_recorded_weights *w = &ecp_network_recording(network)->weights[1];
        CU_ASSERT_EQUAL_FATAL(w->n, 2000);
        check_spread(w);
        finish(network, plan);
    }
}

/* More targets than 16 bits can name: two sections. */
static void sections(void)
{
    enum { MANY = 70000 };
    static const struct setting settings[] = {
        {"axon_nu", 0},    {"axon_z", 20000},      {"dendrite_nu", 0}, {"dendrite_z", 1},
        {"tau_vacant", 0}, {"update_interval", 5}, {NULL, 0}};
    uint64_t weights[2];
    for (int k = 0; k < 2; k++) {
        struct ecp_plan *plan = new_plan(3);
        plan->dt = 1;
        (void)add_population(plan, "A", "poisson", 3);
        (void)add_population(plan, "B", "lif_delta", MANY);
        ECP_ASSERT_OK(ecp_population_set(plan->population[0], "rate", 1e6)); /* every step */
        (void)add_structural(plan, "A", "B", 0.5, settings);
        add_listings(plan, "A_B", 5, 2);
        (void)add_phase(plan, "run", 8, 0);
        ECP_ASSERT_OK(ecp_plan_check(plan));
        struct ecp_network *network = ran(plan, k + 1, ecp_isa_best());
        const struct ecp_recorded_weights *w = &ecp_network_recording(network)->weights[1];
        CU_ASSERT_EQUAL_FATAL(w->n, 60000);
        size_t repeated = 0, high = 0;
        for (size_t s = 1; s < w->n; s++) {
            repeated += w->target[s] == w->target[s - 1];
            high += w->target[s] >= 65536;
        }
        CU_ASSERT_EQUAL(repeated, 0);
        CU_ASSERT(high > 3500 && high < 4200); /* 60/70 of 4464 */
        CU_ASSERT_EQUAL(ecp_network_facts(network).events, 3 * 60000);
        weights[k] = ecp_network_weights_checksum(network);
        finish(network, plan);
    }
    CU_ASSERT_EQUAL(weights[0], weights[1]);
}

/* ---- threads ------------------------------------------------------------------------ */

static struct ecp_plan *recurrent_plan(void)
{
    static const char *const names[] = {"E", "I"};
    static const double eps[] = {0.1, 0.3};
    struct ecp_plan *plan = new_plan(4);
    plan->dt = 0.2;
    for (int p = 0; p < 2; p++) {
        (void)add_population(plan, names[p], "lif_exp", p ? 23 : 71);
        struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, names[p], 8000);
        s->weight = 22;
    }
    for (int k = 0; k < 4; k++) {
        const struct setting settings[] = {{"tau_ca", 300},          {"beta_ca", 0.03},
                                           {"axon_nu", 1e-2},        {"dendrite_nu", 4e-3},
                                           {"axon_eps", eps[k / 2]}, {"dendrite_eps", eps[k % 2]},
                                           {"update_interval", 50},  {"axon_z", 3},
                                           {"dendrite_z", 2},        {NULL, 0}};
        struct ecp_plan_projection *p =
            add_structural(plan, names[k / 2], names[k % 2], k / 2 ? -200 : 120, settings);
        p->weight = (struct ecp_draw){
            .kind = ECP_DRAW_UNIFORM, .a = k / 2 ? -300 : 80, .b = k / 2 ? -100 : 160};
        p->rule = ECP_RULE_PAIRWISE_BERNOULLI;
        p->probability = k == 3 ? 0 : 0.02;
        if (k == 0)
            ECP_ASSERT_OK(ecp_plan_short_term(plan, p, "tsodyks_markram"));
    }
    (void)add_phase(plan, "run", 1500, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static void threads(void)
{
    uint64_t spikes = 0, weights = 0;
    for (int n = 1; n <= 5; n++) {
        struct ecp_plan *plan = recurrent_plan();
        struct ecp_network *network =
            ran(plan, n < 5 ? n : 2, n < 5 ? ecp_isa_best() : ECP_ISA_BASELINE);
        const uint64_t got_spikes = ecp_network_recording(network)->checksum;
        const uint64_t got_weights = ecp_network_weights_checksum(network);
        const struct ecp_network_facts facts = ecp_network_facts(network);
        if (n == 1)
            (void)printf(" %llu created, %llu deleted, %llu left;",
                         (unsigned long long)facts.created, (unsigned long long)facts.deleted,
                         (unsigned long long)facts.synapses);
        CU_ASSERT(facts.created > 300 && facts.deleted > 100 && facts.synapses > 50);
        CU_ASSERT(n == 1 || (got_spikes == spikes && got_weights == weights));
        spikes = got_spikes;
        weights = got_weights;
        finish(network, plan);
    }
}

/* ---- what is refused ------------------------------------------------------------------ */

#define WIRED(keys)                                                                                \
    RUN("projections = ( { source = \"P\"; target = \"E\"; weight = 1;\n" keys " } );")
#define GROWS "plasticity = { rule = \"structural\"; };"

static void refused(void)
{
    static const struct config_case cases[] = {
        {WIRED("rule = \"explicit\"; edges = ((0, 1)); " GROWS), ECP_ECONFIG,
         "x.cfg:4: projections.P_E.rule: found explicit with plasticity rule structural, which "
         "makes and removes synapses; allowed: any other rule (none at first: fixed_total_number "
         "with number = 0)"},
        {WIRED("rule = \"all_to_all\"; delay = { dist = \"uniform\"; low = 1; high = 2; }; " GROWS),
         ECP_ECONFIG,
         "x.cfg:4: projections.P_E.delay: found a law with plasticity rule structural; allowed: "
         "one delay for all synapses"},
        {WIRED("rule = \"all_to_all\"; delay_type = \"dendritic\"; " GROWS), ECP_ECONFIG,
         "x.cfg:4: projections.P_E.delay_type: found dendritic with rule structural; allowed: "
         "axonal"},
        {WIRED("rule = \"all_to_all\"; plasticity = { rule = \"structural\"; axon_eta = 0.1; };"),
         ECP_ECONFIG,
         "x.cfg:4: projections.P_E.plasticity: found a gaussian growth curve with eta not below "
         "eps of axonal elements; allowed: eta below eps, eps above 0"},
        {WIRED("rule = \"all_to_all\"; short_term = { rule = \"structural\"; };"), ECP_ECONFIG,
         "x.cfg:4: projections.P_E.short_term.rule: found structural, *"},
        {RUN("projections = ( { source = \"P\"; target = (\"E\", \"I\"); weight = 1;\n"
             "rule = \"all_to_all\"; " GROWS " },\n"
             " { name = \"more\"; source = \"P\"; target = \"I\"; weight = 1; rule = "
             "\"all_to_all\";"
             "plasticity = { rule = \"structural\"; axon_nu = 2e-4; }; } );"),
         ECP_ECONFIG,
         "x.cfg:6: projections.more.plasticity.axon_nu: found 0.0002, and 0.0001 with P_E, which "
         "shares axonal elements; allowed: the same, or axons = \"own\""},
        {WIRED("rule = \"all_to_all\"; } );\nprobes = ( { kind = \"structure\"; projection = "
               "\"P_E\";"),
         ECP_ECONFIG,
         "x.cfg:6: probes.synapses_P_E.projection: found P_E, whose synapses do not come and go; "
         "allowed: projections with plasticity rule structural"},
        {WIRED("rule = \"all_to_all\"; " GROWS " } );\nprobes = ( { kind = \"structure\"; "
               "projection = \"P_E\"; field = \"synapse\";"),
         ECP_ECONFIG,
         "x.cfg:6: probes.synapse_P_E.field: found \"synapse\"; did you mean \"synapses\"? *"}};
    CHECK(cases);
}

/* The effective config describes the same run. */
static void echo(void)
{
    static const char text[] =
        WIRED("rule = \"fixed_total_number\"; number = 0; plasticity = { rule = \"structural\"; "
              "axon_curve = \"linear\"; axons = \"own\"; update_interval = \"2 s\"; }; } );\n"
              "probes = ( { kind = \"structure\"; projection = \"P_E\"; field = \"created\"; },\n"
              "{ kind = \"structure\"; projection = \"P_E\";");
    struct ecp_plan *plan = NULL, *again = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    CU_ASSERT_STRING_EQUAL(plan->probe[0]->name, "created_P_E");
    CU_ASSERT_STRING_EQUAL(plan->probe[1]->name, "synapses_P_E");
    CU_ASSERT_EQUAL(plan->probe[1]->interval, 2000);
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "y.cfg", NULL, 0, &again));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

ECP_TEST_MAIN("structural wiring", {"every instant", every_instant}, {"from a rule", from_a_rule},
              {"shared axons", shared_axons}, {"at random", at_random}, {"sections", sections},
              {"threads", threads}, {"refused", refused}, {"echo", echo})
