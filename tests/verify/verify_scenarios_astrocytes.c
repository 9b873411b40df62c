/* verify_scenarios_astrocytes.c -- scenarios of neurons and astrocytes in short forms: their
 * claims, numbers against integrations of the test's own, the same on any number of threads,
 * and that a claim fails where its cause is taken away. */
#include "tests/experiment_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/zone_network.h"
#include "tests/unit/config_case.h"

/* All claims hold, or (cause taken away) at least one does not; `result` by itself. */
static double value_of(const char *config, int holds, int threads, const char *result)
{
    struct computed c;
    compute(config, threads, &c);
    claims_of(&c, holds);
    const double value = computed_value(&c, result);
    (void)printf(" %.3g", value);
    computed_clear(&c);
    return value;
}

/* ---- astrocyte_gate --------------------------------------------------------------------- */

#define GATE                                                                                       \
    "scenario = \"astrocyte_gate\"; network = { neurons = 6; lags = 3; lag_most = 2000; tail = "   \
    "2000; seeds = 2; "

static void slopes(const double *y, double *dydt)
{
    const double ip3 = y[0], ca = y[1], h = y[2], tot = 2, ratio = 0.185;
    const double open = ip3 / (ip3 + 0.13) * ca / (ca + 0.08234) * h;
    const double store = tot - ca - ratio * ca;
    dydt[0] = (0.16 - ip3) / 7142;
    dydt[1] = (0.006 * open * open * open + 1.1e-4) * store - 9e-4 * ca * ca / (0.01 + ca * ca);
    dydt[2] = 2e-4 * (1.049 * (ip3 + 0.13) / (ip3 + 0.9434) * (1 - h) - ca * h);
}

static void step(double *y, double dt)
{
    double k[4][3], at[3];
    slopes(y, k[0]);
    for (int s = 1; s < 4; s++) {
        for (int j = 0; j < 3; j++)
            at[j] = y[j] + dt * (s < 3 ? 0.5 : 1) * k[s - 1][j];
        slopes(at, k[s]);
    }
    for (int j = 0; j < 3; j++)
        y[j] += dt / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
}

/* Of a jump of ip3 from rest: when calcium passes ca_th (ms), and the integral of M(s)
 * exp(-s/tau) over `tail` ms; M is 1 above ca_th, or the slow inward current. */
static double gain(double kick, double ca_th, double tau, double tail, int current, double *open)
{
    const double dt = 0.5;
    double y[3] = {0.16, 0.073, 0.793}, sum = 0;
    for (double t = 0; t < 60000; t += dt)
        step(y, dt);
    y[0] += kick;
    *open = NAN;
    for (double t = 0; t < tail; t += dt) {
        const double x = 1000 * (y[1] - ca_th);
        const double m = current ? (x > 1 ? log(x) : 0) : y[1] > ca_th;
        if (isnan(*open) && y[1] > ca_th)
            *open = t;
        sum += m * exp(-t / tau) * dt;
        step(y, dt);
    }
    return sum;
}

static double column_at(const struct computed *c, const char *table, size_t column, size_t row)
{
    const struct ecp_stored_table *t = computed_table(c, table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    return t->column[column].data[row];
}

/* Credit at lag 0 against calcium integrated here; its decay; claims. */
static void gate_credit(void)
{
    static const char *const config[] = {GATE "};", GATE "factor = \"current\"; tau_c = 1500; };"};
    for (int current = 0; current < 2; current++) {
        struct computed c;
        double open;
        const double tau = current ? 1500 : 1000;
        const double g = gain(0.5, 0.19669, tau, 2000, current, &open);
        const double left = exp(-10.0 / 20 + 0.005) * (1 + exp(-200 / tau) + exp(-400 / tau));
        compute(config[current], 2, &c);
        claims_of(&c, 1);
        const double first = column_at(&c, "credit", 1, 0) / (1e-3 * left * g);
        const double ratio = column_at(&c, "credit", 1, 2) / column_at(&c, "credit", 1, 0);
        (void)printf(" %.4f %.4f", first, ratio / exp(-2000 / tau));
        CU_ASSERT_DOUBLE_EQUAL(first, 1, 0.05);
        CU_ASSERT_DOUBLE_EQUAL(ratio / exp(-2000 / tau), 1, 0.06);
        CU_ASSERT_DOUBLE_EQUAL(computed_value(&c, "astrocyte_gate.open_ms"), open, 5);
        computed_clear(&c);
    }
}

static void gate_causes(void)
{
    const double one = value_of(GATE "};", 1, 1, "astrocyte_gate.prefactor");
    CU_ASSERT_EQUAL(one, value_of(GATE "};", 1, 3, "astrocyte_gate.prefactor"));
    (void)value_of(GATE "probability = 0.5; };", 1, 2, "astrocyte_gate.share");
    CU_ASSERT_EQUAL(value_of(GATE "probability = 0; };", 0, 2, "astrocyte_gate.share"), 0);
    CU_ASSERT_EQUAL(value_of(GATE "kick = 0; };", 0, 2, "astrocyte_gate.share"), 0);
}

static void gate_refused(void)
{
    static const struct config_case cases[] = {
        {GATE "jitter = 5; };", ECP_ECONFIG,
         "x.cfg:1: network.jitter: jitter (5 ms) would turn pairs round; allowed: up to a quarter "
         "of "
         "pairing (10 ms)"},
        {GATE "period = 2.5; };", ECP_ECONFIG,
         "x.cfg:1: network.period: period (2.5 ms) must be whole milliseconds"},
        {GATE "kick = -1; };", ECP_ECONFIG,
         "x.cfg:1: network.kick: found -1 umol/L; allowed: 0 to 100 umol/L"}};
    CHECK(cases);
}

/* ---- astrocyte_working_memory ------------------------------------------------------------ */

enum { SIDE = 13, CELLS = SIDE * SIDE, GLIA = 16, SHOWN = 60 /* ms */ };

static const struct ecp_zone_setup small = {.zones = 4,
                                            .targets = 12,
                                            .reach = 3,
                                            .g_syn = 0.025,
                                            .boost = 0.5,
                                            .ca_th = 0.06,
                                            .d_ca = 0.05,
                                            .d_ip3 = 0.1,
                                            .seed = 4};

/* The network as its header has it, in plain loops over all synapses and zones. */
struct plain {
    double v[CELLS], u[CELLS], glutamate[CELLS], sum[CELLS];
    double ca[GLIA], h[GLIA], ip3[GLIA], driven[GLIA], released[GLIA];
    int spikes[CELLS], at_once[GLIA][20000]; /* by step */
    int step;
};

static int in_zone(int z, int j)
{
    const int row = j / SIDE - z / 4 * 3, column = j % SIDE - z % 4 * 3;
    return row >= 0 && row < 4 && column >= 0 && column < 4;
}

static double strength(const struct plain *p, int j, double time)
{
    const int row = j / SIDE / 3, column = j % SIDE / 3;
    const int z = (row < 4 ? row : 3) * 4 + (column < 4 ? column : 3);
    return small.g_syn + (time < p->released[z] ? small.boost : 0);
}

static void neurons_step(struct plain *p, const struct ecp_zone_network *wired, double strong)
{
    const double now = floor(p->step / 10.0);
    for (int j = 0; j < CELLS; j++) {
        const double synapses = strength(p, j, now) * p->sum[j] * (0 - p->v[j]);
        if (p->v[j] >= 30) {
            p->v[j] = -65;
            p->u[j] += 2;
        }
        const double i = fmin(25, (j / SIDE < SIDE / 2 ? strong : 0) + synapses);
        p->v[j] += 0.1 * (0.04 * p->v[j] * p->v[j] + 5 * p->v[j] + 140 + i - p->u[j]);
        p->u[j] += 0.1 * 0.1 * (0.2 * p->v[j] - p->u[j]);
        p->v[j] = fmin(p->v[j], 30);
        p->glutamate[j] += 1e-4 * ((p->v[j] >= 30 ? 600 : 0) - 10 * p->glutamate[j]);
        p->spikes[j] += p->v[j] >= 30;
    }
    p->step++;
    for (int z = 0; z < GLIA; z++)
        for (int j = 0; j < CELLS; j++)
            p->at_once[z][p->step] += in_zone(z, j) && p->v[j] >= 30;
    memset(p->sum, 0, sizeof p->sum);
    for (int j = 0; j < CELLS; j++)
        for (uint32_t k = wired->first[j]; k < wired->first[j + 1]; k++)
            p->sum[wired->target[k]] += 1 / (1 + exp(-p->v[j] / 0.2));
}

static double more_of(const double *x, int z)
{
    double sum = 0;
    for (int other = 0; other < GLIA; other++)
        if (abs(other / 4 - z / 4) + abs(other % 4 - z % 4) == 1)
            sum += x[other] - x[z];
    return sum;
}

static void glia_step(struct plain *p)
{
    const double time = p->step / 10.0;
    double ca[GLIA], ip3[GLIA];
    memcpy(ca, p->ca, sizeof ca);
    memcpy(ip3, p->ip3, sizeof ip3);
    for (int z = 0; z < GLIA; z++) {
        int high = 0, burst = 0;
        for (int j = 0; j < CELLS; j++)
            high += in_zone(z, j) && p->glutamate[j] >= 0.7;
        if (high >= 8)
            p->driven[z] = time + 60;
        double y[3] = {p->ca[z], p->h[z], p->ip3[z]};
        ecp_zone_astrocyte(y, time < p->driven[z] ? 5 : 0, 0.05 * more_of(ca, z),
                           0.1 * more_of(ip3, z), 1e-3);
        p->ca[z] = y[0];
        p->h[z] = y[1];
        p->ip3[z] = y[2];
        for (int back = 0; back <= 100 && back < p->step; back++)
            burst |= p->at_once[z][p->step - back] >= 6;
        if (y[0] > small.ca_th && burst)
            p->released[z] = time + 250;
    }
}

/* A strong current for the upper half. */
static void zone_network(void)
{
    static struct plain p;
    struct ecp_zone_network w;
    double cue[CELLS], worst = 0;
    int spikes = 0, released = 0, driven = 0;
    ECP_ASSERT_OK(ecp_zone_init(&w, &small));
    CU_ASSERT_EQUAL_FATAL(w.n, CELLS);
    for (int j = 0; j < CELLS; j++) {
        p.v[j] = -70;
        cue[j] = j / SIDE < SIDE / 2 ? 80 : 0;
    }
    for (int z = 0; z < GLIA; z++) {
        p.ca[z] = 0.072495;
        p.h[z] = 0.886314;
        p.ip3[z] = 0.820204;
        p.driven[z] = p.released[z] = -1;
    }
    for (int ms = 0; ms < SHOWN; ms++) {
        ecp_zone_run(&w, 1, cue);
        for (int k = 0; k < 10; k++)
            neurons_step(&p, &w, 80);
        glia_step(&p);
        for (int j = 0; j < CELLS; j++) {
            worst = fmax(worst, fabs(w.v[j] - p.v[j]));
            CU_ASSERT_EQUAL(w.spikes[j], p.spikes[j]);
        }
        for (int z = 0; z < GLIA; z++)
            worst = fmax(worst, fabs(w.ca[z] - p.ca[z]) + fabs(w.ip3[z] - p.ip3[z]));
    }
    for (int j = 0; j < CELLS; j++)
        spikes += p.spikes[j];
    for (int z = 0; z < GLIA; z++) {
        released += p.released[z] > 0;
        driven += p.driven[z] > 0;
    }
    (void)printf(" %.1e, %d spikes, %d of 16 driven, %d release", worst, spikes, driven, released);
    CU_ASSERT(worst < 1e-9);
    CU_ASSERT(spikes > 1000 && driven > 4 && driven < 16 && released > 4);
    ecp_zone_clear(&w);
}

/* Distances of targets: an exponential law of the set mean, but for edges, for repeats and
 * for cutting off decimals. */
static void wires(void)
{
    const struct ecp_zone_setup setup = {.zones = 26, .targets = 40, .reach = 5, .seed = 1};
    struct ecp_zone_network w;
    double sum = 0, n = 0;
    ECP_ASSERT_OK(ecp_zone_init(&w, &setup));
    for (size_t j = 0; j < w.n; j++)
        for (uint32_t s = w.first[j]; s < w.first[j + 1]; s++) {
            const double y = (double)(w.target[s] / w.side) - (double)(j / w.side);
            const double x = (double)(w.target[s] % w.side) - (double)(j % w.side);
            CU_ASSERT(x != 0 || y != 0);
            sum += hypot(x, y);
            n++;
        }
    (void)printf(" %g synapses, %.2f", n, sum / n);
    CU_ASSERT_EQUAL(n, 40.0 * 79 * 79);
    CU_ASSERT(sum / n > 4 && sum / n < 8);
    ecp_zone_clear(&w);
}

#define DIGITS "scenario = \"astrocyte_working_memory\"; network = { seeds = 1; "

static void working_memory(void)
{
    (void)value_of(DIGITS "zones = 20; patterns = 2; };", 1, 2, "astrocyte_working_memory.gap");
    /* The boost gone, nothing tells learnt digits from new ones. */
    const double none = value_of(DIGITS "zones = 16; patterns = 1; boost = 0; };", 0, 2,
                                 "astrocyte_working_memory.gap");
    CU_ASSERT(fabs(none) < 0.05);
    struct computed one, three;
    compute(DIGITS "zones = 8; patterns = 1; late_start = 2300; };", 1, &one);
    compute(DIGITS "zones = 8; patterns = 1; late_start = 2300; };", 3, &three);
    CU_ASSERT_EQUAL(computed_value(&one, "astrocyte_working_memory.learnt"),
                    computed_value(&three, "astrocyte_working_memory.learnt"));
    CU_ASSERT_EQUAL(computed_value(&one, "astrocyte_working_memory.novel"),
                    computed_value(&three, "astrocyte_working_memory.novel"));
    computed_clear(&one);
    computed_clear(&three);
}

static void memory_refused(void)
{
    static const struct config_case cases[] = {
        {DIGITS "test_start = 1500; };", ECP_ECONFIG,
         "x.cfg:1: network.test_start: test_start (1500 ms) lies within learning; allowed: 1700 ms "
         "or later"},
        {DIGITS "late_start = 2000; };", ECP_ECONFIG,
         "x.cfg:1: network.late_start: late_start (2000 ms) must not lie before test_start (2300 "
         "ms)"},
        {DIGITS "cue_time = 300; };", ECP_ECONFIG,
         "x.cfg:1: network.cue_time: found 300 ms; allowed: 10 to 250 ms"}};
    CHECK(cases);
}

/* ---- tripartite_network -------------------------------------------------------------------- */

/* With fewer astrocytes that hear and give more. */
#define TRIPARTITE                                                                                 \
    "scenario = \"tripartite_network\"; network = { scale = 0.1; settle = 700; duration = 600; "   \
    "delta_ip3 = 1; sic_weight = 0.5; seeds = 1; "

static void tripartite_network(void)
{
    const double gain = value_of(TRIPARTITE "third = 0.1; };", 1, 2, "tripartite_network.gain_e");
    CU_ASSERT(gain > 1.2);
    /* No synapse has an astrocyte; none hears any. */
    CU_ASSERT_EQUAL(value_of(TRIPARTITE "third = 0; };", 0, 2, "tripartite_network.gain_e"), 1);
    static const struct config_case cases[] = {
        {"scenario = \"tripartite_network\"; network = { scale = 0.05; };", ECP_ECONFIG,
         "x.cfg:1: network.scale: found 0.05; allowed: 0.1 to 10"}};
    CHECK(cases);
}

ECP_TEST_MAIN("scenarios_astrocytes", {"credit", gate_credit}, {"its causes", gate_causes},
              {"refused", gate_refused}, {"zone network", zone_network}, {"wires", wires},
              {"working memory", working_memory}, {"its refusals", memory_refused},
              {"tripartite network", tripartite_network})
