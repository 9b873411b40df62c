/* verify_astrocyte_gate.c -- STDP gated by the synapse's astrocyte against sums over pairs
 * of spikes and intervals of the gate, without traces; calcium held below and above the
 * threshold; a pairing whose credit waits for a later wave of calcium. */
#include <stdarg.h>

#include "engine/third.h"
#include "tests/curve.h"
#include "tests/unit/config_case.h"
#include "tests/unit/network_case.h"

#define IS_DOUBLE (sizeof(ecp_real) == sizeof(double))

enum { PRE = 5, POST = 3, ASTROCYTES = 4, MOST = 400, EDGES = 8, STEPS = 20000 };

static const double dt = 0.1;
static const double delay[2] = {1, 2.3}; /* of synapses: alternating; of the astrocytes' current */
static const double a_plus = 1.2, a_minus = 0.7, tau_plus = 15, tau_minus = 25, tau_c = 300;
static const double eta = 2e-4, weight = 5, astrocyte_delay = 3, period = 7, ca_th = 0.2005;

struct train {
    size_t n;
    double time[MOST];
};

/* ---- the network -------------------------------------------------------------- */

struct text {
    char *at;
    size_t n, room;
};

static void put(struct text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    to->n += (size_t)vsnprintf(to->at + to->n, to->room - to->n, format, arguments);
    va_end(arguments);
    CU_ASSERT_FATAL(to->n < to->room);
}

static void put_trains(struct text *to, const char *population, const struct train *train,
                       size_t n_trains, double early)
{
    const int is_pre = strcmp(population, "S") == 0;
    put(to, "  { kind = \"spikes\"; target = \"%s\"; weight = %s; times = (", population,
        is_pre ? "1" : "9e6");
    for (size_t j = 0, k = 0; j < n_trains; j++)
        for (size_t s = 0; s < train[j].n; s++)
            put(to, "%s%.1f", k++ ? ", " : "", train[j].time[s] - early);
    put(to, "); neurons = (");
    for (size_t j = 0, k = 0; j < n_trains; j++)
        for (size_t s = 0; s < train[j].n; s++)
            put(to, "%s%zu", k++ ? ", " : "", j);
    put(to, "); }");
}

static const ecp_lid source[EDGES] = {0, 1, 2, 3, 4, 0, 1, 0};
static const ecp_lid target[EDGES] = {0, 0, 1, 1, 2, 2, 2, 0};

struct run {
    const char *factor, *calcium; /* the rule's; keys of the population A and of its stimuli */
    double probability, duration;
    struct train pre[PRE], post[POST];
};

static const char neurons[] =
    "seed = 5; dt = 0.1; duration = %g;\n"
    "populations = { S = { model = \"spike_source\"; size = 5; };\n"
    "  T = { model = \"lif_exp\"; size = 3; param = { tau_m = 0.5; tau_syn_ex = 0.002; c = 1e3;\n"
    "    e_l = 0.0; v_th = 5; v_reset = 0.0; t_ref = 0.0; }; initial = { v = 0.0; }; };\n"
    "  A = { model = \"astrocyte_lr\"; size = 4; %s\n"
    "projections = ( { name = \"p\"; source = \"S\"; target = \"T\"; rule = \"explicit\";\n"
    "    port = \"in\"; edges = (";

static struct ecp_plan *plan_of(const struct run *r)
{
    struct text to = {malloc(400000), 0, 400000};
    struct ecp_plan *plan = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(to.at);
    put(&to, neurons, r->duration, r->calcium);
    for (size_t k = 0; k < EDGES; k++)
        put(&to, "%s(%u, %u, %g, %g)", k ? ", " : "", source[k], target[k], weight, delay[k % 2]);
    put(&to,
        ");\n    plasticity = { rule = \"astrocyte_gate\"; factor = \"%s\"; a_plus = %g;\n"
        "      a_minus = %g; tau_plus = %g; tau_minus = %g; tau_c = %g; eta = %g; period = %g;\n"
        "      ca_th = %g; w_max = 1e6; }; },\n",
        r->factor, a_plus, a_minus, tau_plus, tau_minus, tau_c, eta, period, ca_th);
    put(&to,
        "  { kind = \"tripartite\"; primary = \"p\"; astrocytes = \"A\"; probability = %g;\n"
        "    pool_size = 3; to_astrocyte = { weight = 0; };\n"
        "    to_target = { weight = 0; delay = %g; }; } );\nstimuli = (\n",
        r->probability, astrocyte_delay);
    put_trains(&to, "S", r->pre, PRE, 0);
    put(&to, ",\n");
    put_trains(&to, "T", r->post, POST, dt); /* felt a step later */
    put(&to,
        ",\n  { kind = \"current\"; target = \"A\"; amplitude = 0.0; switches = ((\"100 ms\", "
        "1e-3), (\"300 ms\", 0.0), (\"700 ms\", -1e-3), (\"900 ms\", 0.0)); } );\n"
        "probes = ( { kind = \"weights\"; projection = \"p\"; times = (%g, %g); },\n"
        "  { kind = \"field\"; target = \"A\"; field = \"ca\"; interval = 0.1; },\n"
        "  { kind = \"field\"; target = \"A\"; field = \"i_sic\"; interval = 0.1; },\n"
        "  { kind = \"spikes\"; target = \"T\"; } );\n",
        r->duration / 2 + 1.3, r->duration);
    ECP_ASSERT_OK(ecp_config_parse(to.at, "x.cfg", NULL, 0, &plan));
    free(to.at);
    return plan;
}

/* ---- by pairs -------------------------------------------------------------------- */

static double decay(double span, double tau)
{
    return exp(-span / tau);
}

static double look(size_t k)
{
    return (double)k * period;
}

/* M between looks k and k + 1, as the probe saw the astrocyte. */
static double factor_at(const struct run *r, const struct ecp_recorded_signal *signal, size_t k,
                        ecp_lid astrocyte)
{
    const double seen = look(k) - astrocyte_delay;
    const double x = sample_of(signal, (size_t)lround(fmax(0, seen) / dt), astrocyte);
    return strcmp(r->factor, "calcium") == 0 ? x > ca_th : x;
}

/* Of eligibility 1 at `from`: integral of c M to `end`. */
static double credit(const struct run *r, const struct ecp_recorded_signal *signal,
                     ecp_lid astrocyte, double from, double end)
{
    double sum = 0;
    for (size_t k = 1; look(k) < end; k++) {
        const double a = fmax(from, look(k)), b = fmin(end, look(k + 1));
        if (b > a)
            sum += factor_at(r, signal, k, astrocyte) * tau_c *
                   (decay(a - from, tau_c) - decay(b - from, tau_c));
    }
    return sum;
}

/* Spikes at the same instant make no pair. */
static double by_pairs(const struct run *r, const struct ecp_recorded_signal *signal, size_t edge,
                       int astrocyte, double end)
{
    const struct train *pre = &r->pre[source[edge]], *post = &r->post[target[edge]];
    double w = weight;
    for (size_t p = 0; p < pre->n && astrocyte >= 0; p++)
        for (size_t q = 0; q < post->n; q++) {
            const double here = pre->time[p] + delay[edge % 2], there = post->time[q];
            const double late = fmax(here, there), span = fabs(here - there);
            if (span < dt / 2 || late > end)
                continue;
            const double jump =
                there > here ? a_plus * decay(span, tau_plus) : -a_minus * decay(span, tau_minus);
            w += eta * jump * credit(r, signal, (ecp_lid)astrocyte, late, end);
        }
    return w;
}

/* The astrocyte of each synapse: edges come in their order. */
static void find_astrocytes(const struct ecp_plan *plan, int *astrocyte)
{
    struct ecp_third third;
    uint32_t ordinal[POST] = {0};
    ECP_ASSERT_OK(ecp_third_init(&third, plan, plan->third[0]));
    for (size_t k = 0; k < EDGES; k++) {
        ecp_lid a = 0;
        astrocyte[k] = ecp_third_of(&third, target[k], ordinal[target[k]]++, &a) ? (int)a : -1;
    }
    ecp_third_clear(&third);
}

/* The recorded weight of an edge: one of those between its two neurons, nearest to what is
 * expected (two synapses join the first two neurons). */
static double weight_of(const struct ecp_recorded_weights *w, size_t edge, double want)
{
    double best = NAN;
    for (size_t k = 0; k < w->n; k++)
        if (w->source[k] == source[edge] && w->target[k] == target[edge] &&
            !(fabs((double)w->weight[k] - want) > fabs(best - want)))
            best = (double)w->weight[k];
    return best;
}

/* How far the run has moved weights, at the most. */
static double moved_by(const struct ecp_recorded_weights *w)
{
    double most = 0;
    for (size_t k = 0; k < w->n; k++)
        most = fmax(most, fabs((double)w->weight[k] - weight));
    return most;
}

static double recorded_change;

/* Largest difference; and the largest change. Recorded weights have 24 bits. */
static double compare(const struct run *r, int threads, double *change)
{
    struct ecp_plan *plan = plan_of(r);
    struct ecp_network *network = ran(plan, threads, ecp_isa_best());
    const struct ecp_recording *recording = ecp_network_recording(network);
    const struct ecp_recorded_signal *signal =
        signal_of(network, strcmp(r->factor, "calcium") == 0 ? "ca_A" : "i_sic_A");
    int astrocyte[EDGES];
    double worst = 0;
    size_t n = 0;
    *change = 0;
    for (size_t j = 0; j < POST; j++)
        n += r->post[j].n;
    CU_ASSERT_EQUAL(recording->population[1].n_events, n);
    find_astrocytes(plan, astrocyte);
    CU_ASSERT_EQUAL_FATAL(recording->n_weights, 2);
    recorded_change = moved_by(&recording->weights[1]);
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 0; k < EDGES; k++) {
            const double end = t ? r->duration : r->duration / 2 + 1.3;
            const double want = by_pairs(r, signal, k, astrocyte[k], end);
            const double got = weight_of(&recording->weights[t], k, want);
            worst = fmax(worst, fabs(got - want));
            *change = fmax(*change, fabs(want - weight));
            CU_ASSERT(astrocyte[k] >= 0 || got == weight);
        }
    finish(network, plan);
    return worst;
}

/* ---- tests ------------------------------------------------------------------------- */

/* Random, on the grid, no two of a train within 0.3 ms. */
static void random_train(struct train *train, uint64_t *state, double rate, double end)
{
    train->n = 0;
    for (double t = 5; train->n < MOST;) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        t += 0.3 - log(((double)(*state >> 11) + 0.5) * 0x1p-53) / rate;
        t = nearbyint(t / dt) * dt;
        if (t >= end)
            return;
        train->time[train->n++] = t;
    }
}

/* Calcium as the stimulus moves it: from 0.1 to 0.3 between 100 and 300 ms, back later. */
static const char moved[] = "param = { rate_l = 0.0; rate_ip3r = 0.0; rate_serca = 0.0; };\n"
                            "    initial = { ca = [0.1, 0.05, 0.15, 0.19]; }; }; };\n";

static void random_trains(void)
{
    static struct run r;
    uint64_t state = 3;
    r.calcium = moved;
    r.duration = 1500;
    r.probability = 0.7;
    for (size_t j = 0; j < PRE; j++)
        random_train(&r.pre[j], &state, 0.02, 1490);
    for (size_t j = 0; j < POST; j++)
        random_train(&r.post[j], &state, 0.03, 1490);
    for (size_t k = 0; k < 10; k++) /* coincidences, as the synapse sees it */
        r.post[0].time[k] = r.pre[0].time[k] + delay[k % 2];
    for (int current = 0; current < 2; current++)
        for (int threads = 1; threads <= 4; threads++) {
            double change;
            r.factor = current ? "current" : "calcium";
            const double worst = compare(&r, threads, &change);
            if (threads == 1)
                (void)printf(" %.1e of %.2g", worst, change);
            CU_ASSERT(change > 1e-3 * weight);
            CU_ASSERT(worst < (IS_DOUBLE ? 1e-7 : 1e-6) * weight);
        }
}

/* The closest of the two synapses that see the pair. */
static const double nearest = 10 - 1.3;

static void pair(struct run *r, double lag)
{
    memset(r, 0, sizeof *r);
    r->factor = "calcium";
    r->probability = 1;
    r->duration = 1500;
    r->pre[0] = (struct train){1, {50}};
    r->post[0] = (struct train){1, {50 + delay[0] + lag}};
}

/* The same pairing: nothing below the threshold, something above. */
static void held(void)
{
    static struct run r;
    for (int above = 0; above < 2; above++) {
        double change;
        pair(&r, 10);
        r.calcium = above ? "param = { rate_l = 0.0; rate_ip3r = 0.0; rate_serca = 0.0;\n"
                            "  ca_per_pa = 0.0; }; initial = { ca = 0.202; }; }; };\n"
                          : "param = { rate_l = 0.0; rate_ip3r = 0.0; rate_serca = 0.0;\n"
                            "  ca_per_pa = 0.0; }; initial = { ca = 0.199; }; }; };\n";
        const double worst = compare(&r, 1, &change);
        const double whole = eta * a_plus * exp(-nearest / tau_plus) * tau_c;
        CU_ASSERT(worst < 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(change, above ? whole * (1 - exp(-1439.0 / tau_c)) : 0, 1e-12);
    }
}

/* Calcium is above the threshold from 200 to 800 ms (0.1 + 1e-3 a ms from 100 ms on). The
 * later the wave, the less of the pair is left: exp(-T/tau_c). */
static void delayed_wave(void)
{
    double change[2];
    static struct run r;
    for (int late = 0; late < 2; late++) {
        pair(&r, 10);
        r.pre[0].time[0] -= late ? 40 : 0; /* 40 ms longer to the wave */
        r.post[0].time[0] -= late ? 40 : 0;
        r.calcium = "param = { rate_l = 0.0; rate_ip3r = 0.0; rate_serca = 0.0; };\n"
                    "  initial = { ca = 0.1; }; }; };\n";
        CU_ASSERT(compare(&r, 1, &change[late]) < 1e-5);
    }
    CU_ASSERT_DOUBLE_EQUAL(change[1] / change[0], exp(-40 / tau_c), IS_DOUBLE ? 1e-9 : 2e-3);
    /* looks at 203 + 3 and 798 + 3 ms: the gate opens at 210 and closes at 805 */
    const double first = 50 + delay[0] + 10, c = a_plus * exp(-nearest / tau_plus);
    const double want =
        eta * c * tau_c * (exp(-(210 - first) / tau_c) - exp(-(805 - first) / tau_c));
    (void)printf(" %.6g, %.6g ", change[0], want);
    CU_ASSERT_DOUBLE_EQUAL(change[0], want, IS_DOUBLE ? 1e-11 : 1e-5);
}

/* A pair at any time before, during and after the wave: credit is the integral of what
 * is left of its eligibility while calcium is up. */
static void credit_over_time(void)
{
    static struct run r;
    const double whole = eta * a_plus * exp(-nearest / tau_plus) * tau_c;
    for (double at = 15; at < 900; at += 55) {
        double change;
        const double from = fmin(fmax(at, 210), 805);
        const double want = decay(from - at, tau_c) - decay(fmax(805 - at, from - at), tau_c);
        pair(&r, 10);
        r.calcium = "param = { rate_l = 0.0; rate_ip3r = 0.0; rate_serca = 0.0; };\n"
                    "  initial = { ca = 0.1; }; }; };\n";
        r.post[0].time[0] = at;
        r.pre[0].time[0] = at - delay[0] - 10;
        CU_ASSERT(compare(&r, 1, &change) < 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(recorded_change / whole, want, IS_DOUBLE ? 5e-5 : 5e-4);
        ecp_test_curve(ECP_CURVE_POINT, "gate_lag", "ecphory", at, recorded_change / whole);
    }
    for (double at = 10; at <= 900; at += 5) {
        const double from = fmin(fmax(at, 210), 805);
        ecp_test_curve(ECP_CURVE_LINE, "gate_lag", "closed form", at,
                       decay(from - at, tau_c) - decay(fmax(805 - at, from - at), tau_c));
    }
}

static void refused(void)
{
    static const struct config_case cases[] = {
        {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = "
             "1;\n"
             "  plasticity = { rule = \"astrocyte_gate\"; }; } );"),
         ECP_ECONFIG,
         "x.cfg:4: projections.E_E.plasticity: found rule astrocyte_gate without astrocytes at the "
         "synapses; allowed: with a projection of kind \"tripartite\" whose primary is E_E"},
        {"duration = 10; populations = { E = { model = \"lif\"; size = 4; };\n"
         "  A = { model = \"astrocyte_gchi\"; size = 4; }; };\n"
         "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1;\n"
         "  plasticity = { rule = \"astrocyte_gate\"; factor = \"current\"; }; },\n"
         "  { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; to_target = { field = "
         "\"g_a\"; }; } );",
         ECP_ECONFIG,
         "x.cfg:3: projections.E_E.plasticity: rule astrocyte_gate looks at \"i_sic\" of "
         "astrocytes, which model astrocyte_gchi of A does not have; allowed: models that have "
         "it"}};
    CHECK(cases);
}

ECP_TEST_MAIN("astrocyte_gate", {"random trains", random_trains}, {"calcium held", held},
              {"a delayed wave", delayed_wave}, {"a pair at any time", credit_over_time},
              {"refused", refused})
