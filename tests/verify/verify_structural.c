/* verify_structural.c -- growth curves, calcium and numbers of elements against a
 * naive integration from recorded spikes; set points that networks find. */
#include "engine/plasticity.h"
#include "tests/verify/structural_case.h"

enum { SOURCES = 12, TARGETS = 9, UPDATES = 20 };

static const int single = sizeof(ecp_real) == sizeof(float);

/* ---- growth curves ------------------------------------------------------------ */

static double param[ECP_MAX_FIELDS];

static const struct ecp_structure *structure(const struct ecp_field **fields)
{
    const struct ecp_plasticity *rule;
    ECP_ASSERT_OK(ecp_plasticity_find("structural", ecp_isa_best(), &rule));
    for (size_t f = 0; rule->fields[f].name; f++)
        param[f] = rule->fields[f].initial;
    if (fields)
        *fields = rule->fields;
    return rule->structure;
}

static void put(const char *field, double value)
{
    const struct ecp_field *fields;
    double kept[ECP_MAX_FIELDS];
    memcpy(kept, param, sizeof kept);
    (void)structure(&fields);
    memcpy(param, kept, sizeof kept);
    param[ecp_field_find(fields, field)] = value;
}

/* As the paper and NEST write them, in long double. */
static long double curve_of(int kind, long double eta, long double eps, long double psi,
                            long double ca)
{
    const long double xi = (eta + eps) / 2, zeta = (eps - eta) / (2 * sqrtl(logl(2)));
    if (kind == 0)
        return 2 * expl(-powl((ca - xi) / zeta, 2)) - 1;
    if (kind == 1)
        return 1 - ca / eps;
    return 2 / (1 + expl((ca - eps) / psi)) - 1;
}

static void zero_crossings(void)
{
    static const double eta[] = {0, 0.01, 0.3, -0.2}, eps[] = {0.05, 0.2, 0.7, 1.3};
    for (int is_dendrite = 0; is_dendrite < 2; is_dendrite++)
        for (size_t k = 0; k < 4; k++) {
            const struct ecp_structure *s = structure(NULL);
            const double xi = (eta[k] + eps[k]) / 2, width = eps[k] - eta[k];
            put(is_dendrite ? "dendrite_eta" : "axon_eta", eta[k]);
            put(is_dendrite ? "dendrite_eps" : "axon_eps", eps[k]);
            put(is_dendrite ? "dendrite_nu" : "axon_nu", 2e-4);
            CU_ASSERT_EQUAL(s->growth(param, is_dendrite, eta[k]), 0);
            CU_ASSERT_EQUAL(s->growth(param, is_dendrite, eps[k]), 0);
            CU_ASSERT(s->growth(param, is_dendrite, eps[k] - 1e-9) > 0);
            CU_ASSERT(s->growth(param, is_dendrite, eps[k] + 1e-9) < 0);
            CU_ASSERT(s->growth(param, is_dendrite, eta[k] + 1e-9) > 0);
            CU_ASSERT(s->growth(param, is_dendrite, eta[k] - 1e-9) < 0);
            CU_ASSERT_DOUBLE_EQUAL(s->growth(param, is_dendrite, xi), 2e-4, 1e-18);
            CU_ASSERT_DOUBLE_EQUAL(s->growth(param, is_dendrite, eps[k] + 20 * width), -2e-4,
                                   1e-18);
            for (int kind = 1; kind < 3; kind++) {
                put(is_dendrite ? "dendrite_curve" : "axon_curve", kind);
                CU_ASSERT_EQUAL(s->growth(param, is_dendrite, eps[k]), 0);
                CU_ASSERT(s->growth(param, is_dendrite, eps[k] * 0.999) > 0);
                CU_ASSERT(s->growth(param, is_dendrite, eps[k] * 1.001) < 0);
            }
        }
}

/* Simpson's rule in many small steps. */
static long double slowly(int kind, const double *v, double ca, double tau, double span)
{
    enum { N = 6000 };
    long double sum = 0;
    for (int k = 0; k <= 2 * N; k++)
        sum += (k == 0 || k == 2 * N ? 1
                : k % 2              ? 4
                                     : 2) *
               curve_of(kind, v[0], v[1], v[2], ca * expl(-span * k / (2.0L * N) / tau));
    return sum * span / (6 * N);
}

static void growth_over_time(void)
{
    static const double values[][3] = {{0, 0.05, 0.1}, {0.02, 0.2, 0.03}, {0, 1, 0.5}};
    static const double calcium[] = {0, 0.01, 0.06, 0.3, 4}, spans[] = {0.1, 30, 4000, 50000};
    for (int kind = 0; kind < 3; kind++)
        for (size_t v = 0; v < 3; v++)
            for (size_t c = 0; c < 5; c++)
                for (size_t t = 0; t < 4; t++) {
                    const struct ecp_structure *s = structure(NULL);
                    put("axon_curve", kind);
                    put("axon_eta", values[v][0]);
                    put("axon_eps", values[v][1]);
                    put("axon_psi", values[v][2]);
                    put("axon_nu", 1);
                    put("tau_ca", 2000);
                    const double want = (double)slowly(kind, values[v], calcium[c], 2000, spans[t]);
                    const double size = kind == 1 ? fmax(1, calcium[c] / values[v][1]) : 1;
                    CU_ASSERT_DOUBLE_EQUAL(s->grown(param, 0, calcium[c], spans[t]), want,
                                           1e-9 * spans[t] * size);
                }
}

/* ---- numbers of elements, from recorded spikes --------------------------------- */

struct naive {
    int kind;
    double eta, eps, psi, nu, tau_ca, beta;
    long double ca, z;
};

/* From just after `from` to `to` (steps of dt), spikes of that stretch included:
 * Simpson's rule in every step, z kept from below 0 where the engine does so. */
static void follow(struct naive *e, const struct ecp_recorded_population *p, size_t neuron,
                   ecp_step from, ecp_step to, double dt)
{
    const long double half = expl(-dt / 2 / e->tau_ca);
    size_t next = 0;
    for (ecp_step step = from + 1; step <= to; step++) {
        const long double middle = e->ca * half, end = middle * half;
        e->z += e->nu * dt / 6 *
                (curve_of(e->kind, e->eta, e->eps, e->psi, e->ca) +
                 4 * curve_of(e->kind, e->eta, e->eps, e->psi, middle) +
                 curve_of(e->kind, e->eta, e->eps, e->psi, end));
        e->ca = end;
        while (next < p->n_events &&
               (p->event[next].step < step ||
                (p->event[next].step == step && p->event[next].index < neuron)))
            next++;
        const int fires =
            next < p->n_events && p->event[next].step == step && p->event[next].index == neuron;
        if (fires || step == to)
            e->z = e->z > 0 ? e->z : 0;
        if (fires)
            e->ca += e->beta;
    }
}

struct counts {
    long vacant, excess;
    long double z, ca; /* means */
};

/* Synapses that neuron j of one side has in a listing. */
static long degree(const struct ecp_recorded_weights *w, int is_dendrite, size_t j)
{
    long n = 0;
    for (size_t k = 0; k < w->n; k++)
        n += (is_dendrite ? w->target[k] : w->source[k]) == j;
    return n;
}

static struct counts look(const struct naive *e, size_t n, const struct ecp_recorded_weights *w,
                          int is_dendrite)
{
    struct counts c = {0};
    for (size_t j = 0; j < n; j++) {
        const long free = (long)floorl(e[j].z) - degree(w, is_dendrite, j);
        c.vacant += free > 0 ? free : 0;
        c.excess += free < 0 ? -free : 0;
        c.z += e[j].z / (long double)n;
        c.ca += e[j].ca / (long double)n;
    }
    return c;
}

static void lose_vacant(struct naive *e, size_t n, const struct ecp_recorded_weights *w,
                        int is_dendrite, double part)
{
    for (size_t j = 0; j < n; j++) {
        const long free = (long)floorl(e[j].z) - degree(w, is_dendrite, j);
        e[j].z -= free > 0 ? part * (double)free : 0;
    }
}

struct elements_case {
    int axon_curve, dendrite_curve;
    double axon_nu, dendrite_nu, axon_eps, dendrite_eps, tau_vacant, dendrite_z;
};

static const double interval = 200, tau_ca = 500, beta_ca = 0.02, psi = 0.05;

static struct ecp_plan *elements_plan(const struct elements_case *c)
{
    struct ecp_plan *plan = new_plan(7);
    const struct setting settings[] = {{"axon_curve", c->axon_curve},
                                       {"dendrite_curve", c->dendrite_curve},
                                       {"axon_nu", c->axon_nu},
                                       {"dendrite_nu", c->dendrite_nu},
                                       {"axon_eps", c->axon_eps},
                                       {"dendrite_eps", c->dendrite_eps},
                                       {"axon_psi", psi},
                                       {"dendrite_psi", psi},
                                       {"tau_vacant", c->tau_vacant},
                                       {"dendrite_z", c->dendrite_z},
                                       {"update_interval", interval},
                                       {"tau_ca", tau_ca},
                                       {"beta_ca", beta_ca},
                                       {NULL, 0}};
    plan->dt = 0.5;
    (void)add_population(plan, "A", "poisson", SOURCES);
    const struct ecp_draw rates = {.kind = ECP_DRAW_UNIFORM, .a = 2, .b = 40};
    ECP_ASSERT_OK(ecp_population_set_draw(plan->population[0], "rate", rates));
    (void)add_population(plan, "B", "lif_delta", TARGETS);
    struct ecp_plan_stimulus *drive = add_stimulus(plan, ECP_STIMULUS_POISSON, "B", 20);
    drive->weight = 30; /* fires at every one */
    (void)add_structural(plan, "A", "B", 0.001, settings);
    add_spikes(plan, "A");
    add_spikes(plan, "B");
    add_listings(plan, "A_B", interval, UPDATES + 1);
    static const char *const words[] = {"synapses", "created",        "deleted",  "axons",
                                        "calcium",  "source_calcium", "dendrites"};
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        add_structure(plan, "A_B", words[k]);
    (void)add_phase(plan, "run", UPDATES * interval, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    return plan;
}

static void near(const struct ecp_network *network, const char *word, size_t frame,
                 long double want)
{
    const double got = sample_of(structure_of(network, "A_B", word), frame, 0);
    const double tolerance = single ? 2e-6 : 1e-9;
    CU_ASSERT_DOUBLE_EQUAL(got, (double)want, tolerance * (1 + fabs((double)want)));
}

/* Returns how many synapses came and went. */
static void check_elements(const struct elements_case *c, double *created, double *deleted)
{
    struct ecp_plan *plan = elements_plan(c);
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    const struct ecp_recording *r = ecp_network_recording(network);
    struct naive axon[SOURCES], dendrite[TARGETS];
    for (size_t j = 0; j < SOURCES; j++)
        axon[j] =
            (struct naive){c->axon_curve, 0, c->axon_eps, psi, c->axon_nu, tau_ca, beta_ca, 0, 0};
    for (size_t j = 0; j < TARGETS; j++)
        dendrite[j] =
            (struct naive){c->dendrite_curve, 0, c->dendrite_eps, psi, c->dendrite_nu, tau_ca,
                           beta_ca,           0, c->dendrite_z};
    CU_ASSERT_EQUAL_FATAL(r->n_weights, UPDATES + 1);
    const ecp_step each = (ecp_step)nearbyint(interval / plan->dt);
    for (size_t u = 1; u <= UPDATES; u++) {
        const struct ecp_recorded_weights *was = &r->weights[u - 1], *is = &r->weights[u];
        const ecp_step from = (ecp_step)(u - 1) * each, to = (ecp_step)u * each;
        for (size_t j = 0; j < SOURCES; j++)
            follow(&axon[j], &r->population[0], j, from, to, plan->dt);
        for (size_t j = 0; j < TARGETS; j++)
            follow(&dendrite[j], &r->population[1], j, from, to, plan->dt);
        const struct counts axons = look(axon, SOURCES, was, 0);
        const struct counts dendrites = look(dendrite, TARGETS, was, 1);
        const double made = sample_of(structure_of(network, "A_B", "created"), u, 0);
        const double gone = sample_of(structure_of(network, "A_B", "deleted"), u, 0);
        *created += made;
        *deleted += gone;
        CU_ASSERT_EQUAL((double)was->n + made - gone, (double)is->n);
        CU_ASSERT_EQUAL(sample_of(structure_of(network, "A_B", "synapses"), u, 0), (double)is->n);
        /* A synapse that goes for its axon may spare a dendrite that has too many. */
        CU_ASSERT(gone >= (double)axons.excess && gone >= (double)dendrites.excess);
        CU_ASSERT(gone <= (double)(axons.excess + dendrites.excess));
        const struct counts axons_after = look(axon, SOURCES, is, 0);
        const struct counts dendrites_after = look(dendrite, TARGETS, is, 1);
        CU_ASSERT(axons_after.excess == 0 && dendrites_after.excess == 0);
        CU_ASSERT(axons_after.vacant == 0 || dendrites_after.vacant == 0);
        lose_vacant(axon, SOURCES, is, 0, c->tau_vacant);
        lose_vacant(dendrite, TARGETS, is, 1, c->tau_vacant);
        near(network, "axons", u, look(axon, SOURCES, is, 0).z);
        near(network, "dendrites", u, look(dendrite, TARGETS, is, 1).z);
        near(network, "calcium", u, dendrites.ca);
        near(network, "source_calcium", u, axons.ca);
    }
    finish(network, plan);
}

static void elements(void)
{
    static const struct elements_case cases[] = {
        {0, 0, 0.02, 0.02, 0.2, 0.3, 0.1, 0},      /* all gaussian */
        {0, 1, 0.03, 0.01, 0.2, 5, 0, 0},          /* only axons retract */
        {1, 2, 0.01, 0.03, 1, 0.2, 0.3, 4},        /* dendrites do */
        {2, 0, 0.02, -0.001, 0.2, 0.3, 0.05, 12}}; /* vacant ones from the beginning */
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double created = 0, deleted = 0;
        check_elements(&cases[k], &created, &deleted);
        (void)printf(" %g created, %g deleted;", created, deleted);
        CU_ASSERT(created > 20 && deleted > 10);
    }
}

/* Spikes at a fixed interval: calcium is a geometric sum. */
static void calcium(void)
{
    enum { SPIKES = 40 };
    static const double every = 50;
    struct ecp_plan *plan = new_plan(1);
    const struct setting settings[] = {
        {"tau_ca", 300}, {"beta_ca", 0.25}, {"update_interval", every}, {NULL, 0}};
    (void)add_population(plan, "A", "spike_source", 1);
    (void)add_population(plan, "B", "lif_delta", 1);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_SPIKES, "A", 0);
    ecp_lid *neuron = ecp_plan_alloc(plan, SPIKES * sizeof *neuron);
    double *time = ecp_plan_alloc(plan, SPIKES * sizeof *time);
    for (int k = 0; k < SPIKES; k++)
        time[k] = every * k + 9.9; /* stamped 10 */
    s->n_events = SPIKES;
    s->event_target = neuron;
    s->event_time = time;
    (void)add_structural(plan, "A", "B", 1, settings);
    add_spikes(plan, "A");
    add_structure(plan, "A_B", "source_calcium");
    (void)add_phase(plan, "run", every * SPIKES, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 1, ecp_isa_best());
    const struct ecp_recorded_population *a = &ecp_network_recording(network)->population[0];
    CU_ASSERT_EQUAL_FATAL(a->n_events, SPIKES);
    const double q = exp(-every / 300), first = (double)a->event[0].step * plan->dt;
    for (int n = 1; n <= SPIKES; n++) {
        const double want = 0.25 * exp(-(every - first) / 300) * (1 - pow(q, n)) / (1 - q);
        CU_ASSERT_DOUBLE_EQUAL(
            sample_of(structure_of(network, "A_B", "source_calcium"), (size_t)n, 0), want,
            single ? 1e-6 : 1e-12);
    }
    finish(network, plan);
}

/* ---- set points ------------------------------------------------------------------ */

static void add_drive(struct ecp_plan *plan, const char *name, size_t size)
{
    (void)add_population(plan, name, "lif_alpha", size);
    struct ecp_plan_stimulus *s = add_stimulus(plan, ECP_STIMULUS_POISSON, name, 10000);
    s->weight = 6.2;
}

/* The demonstration of scenarios/structural.c with a tenth of the neurons and
 * everything ten times as fast: ten times the calcium of a spike over a tenth of
 * the time leaves 5 and 20 Hz where they were. */
static void set_points(void)
{
    enum { FRAMES = 300, SETTLED = 150 };
    static const char *const names[] = {"E", "I"};
    static const double eps[] = {0.05, 0.2};
    struct ecp_plan *plan = new_plan(5);
    plan->dt = 0.2;
    add_drive(plan, "E", 80);
    add_drive(plan, "I", 20);
    for (int from = 0; from < 2; from++)
        for (int to = 0; to < 2; to++) {
            const struct setting settings[] = {{"tau_ca", 1000},
                                               {"beta_ca", 0.01},
                                               {"update_interval", 100},
                                               {"axon_nu", 1e-3},
                                               {"dendrite_nu", from == 0 && to == 1 ? 4e-3 : 1e-3},
                                               {"axon_eps", eps[from]},
                                               {"dendrite_eps", eps[to]},
                                               {NULL, 0}};
            (void)add_structural(plan, names[from], names[to], from ? -585 : 585, settings);
        }
    add_structure(plan, "E_E", "calcium");
    add_structure(plan, "I_I", "calcium");
    add_structure(plan, "E_I", "synapses");
    (void)add_phase(plan, "run", 100.0 * FRAMES, 0);
    ECP_ASSERT_OK(ecp_plan_check(plan));
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    for (int p = 0; p < 2; p++) {
        const struct ecp_recorded_signal *s = structure_of(network, p ? "I_I" : "E_E", "calcium");
        double mean = 0;
        for (size_t k = SETTLED; k < FRAMES; k++)
            mean += sample_of(s, k, 0) / (FRAMES - SETTLED);
        (void)printf(" %s %.4f", names[p], mean);
        CU_ASSERT_DOUBLE_EQUAL(mean, eps[p], 0.12 * eps[p]);
    }
    const struct ecp_recorded_signal *n = structure_of(network, "E_I", "synapses");
    CU_ASSERT_EQUAL(sample_of(n, 0, 0), 0);
    CU_ASSERT(sample_of(n, FRAMES - 1, 0) > 20);
    finish(network, plan);
}

ECP_TEST_MAIN("structural", {"zero crossings", zero_crossings},
              {"growth over time", growth_over_time}, {"calcium of regular spikes", calcium},
              {"numbers of elements", elements}, {"set points", set_points})
