/* verify_gliotransmission.c -- astrocytes set what synapses release: G-ChI astrocytes and
 * the synapses that they cover against an integration written here, on a fine clock, with
 * axonal and dendritic delays; constant gamma_s in closed form; depression and
 * facilitation after a release; no astrocyte, no difference in any bit. */
#include <stdarg.h>

#include "engine/third.h"
#include "tests/unit/config_case.h"
#include "tests/unit/network_case.h"

#define IS_DOUBLE (sizeof(ecp_real) == sizeof(double))

enum { PRE = 4, POST = 3, ASTROCYTES = 3, MOST = 400, EDGES = 8 };

static const double dt = 0.5, weight = 3, astrocyte_delay = 4;
static const double delay[2] = {2, 5.5}; /* of synapses: alternating */
static const double u_0 = 0.3, tau_rec = 130, tau_fac = 210, tau_psc = 17;
static const ecp_lid source[EDGES] = {0, 1, 2, 3, 3, 0, 1, 0};
static const ecp_lid target[EDGES] = {0, 0, 1, 1, 2, 2, 2, 0};

struct train {
    size_t n;
    double time[MOST];
};

struct run {
    double alpha, probability, duration;
    int pulses;
    const char *astrocytes; /* keys of the population */
    const char *slot;       /* plasticity or short_term */
    const char *keys;       /* more of the projection */
    struct train pre[PRE];
};

/* ---- the network ---------------------------------------------------------------- */

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

static void put_stimuli(struct text *to, const struct run *r)
{
    put(to, "stimuli = ( { kind = \"spikes\"; target = \"S\"; weight = 1; times = (");
    for (size_t j = 0, k = 0; j < PRE; j++)
        for (size_t s = 0; s < r->pre[j].n; s++)
            put(to, "%s%.1f", k++ ? ", " : "", r->pre[j].time[s]);
    put(to, "); neurons = (");
    for (size_t j = 0, k = 0; j < PRE; j++)
        for (size_t s = 0; s < r->pre[j].n; s++)
            put(to, "%s%zu", k++ ? ", " : "", j);
    put(to, "); }%s",
        r->pulses ? ",\n  { kind = \"current\"; target = \"A\"; amplitude = 0; "
                    "switches = ("
                  : "");
    for (double t = 0; r->pulses && t < r->duration; t += 1500)
        put(to, "%s(%.1f, 6e-4), (%.1f, 0)", t > 0 ? ", " : "", t, t + 400);
    put(to, "%s );\n", r->pulses ? "); }" : "");
}

static const char neurons[] =
    "seed = 4; dt = 0.5; duration = %g;\n"
    "populations = { S = { model = \"spike_source\"; size = 4; };\n"
    "  T = { model = \"lif_exp\"; size = 3; };\n"
    "  A = { model = \"astrocyte_gchi\"; size = 3; %s };\n};\n"
    "projections = ( { name = \"p\"; source = \"S\"; target = \"T\"; rule = \"explicit\";\n"
    "    port = \"in\"; %s edges = (";

static struct ecp_plan *plan_of(const struct run *r)
{
    struct text to = {malloc(200000), 0, 200000};
    struct ecp_plan *plan = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(to.at);
    put(&to, neurons, r->duration, r->astrocytes, r->keys);
    for (size_t k = 0; k < EDGES; k++)
        put(&to, "%s(%u, %u, %g, %g)", k ? ", " : "", source[k], target[k], weight, delay[k % 2]);
    put(&to,
        ");\n    %s = { rule = \"tsodyks_markram\"; u_0 = %g; tau_rec = %g; tau_fac = %g;\n"
        "      tau_psc = %g; alpha = %g; }; },\n",
        r->slot, u_0, tau_rec, tau_fac, tau_psc, r->alpha);
    put(&to,
        "  { kind = \"tripartite\"; primary = \"p\"; astrocytes = \"A\"; probability = %g;\n"
        "    pool_size = 2; to_astrocyte = { weight = 0.0003; delay = 1.5; };\n"
        "    to_target = { field = \"gamma_s\"; weight = 0; delay = %g; }; } );\n",
        r->probability, astrocyte_delay);
    put_stimuli(&to, r);
    put(&to, "probes = ( { kind = \"field\"; target = \"T\"; field = \"in\"; interval = 0.5; },\n"
             "  { kind = \"field\"; target = \"A\"; field = \"gamma_s\"; interval = 0.5; },\n"
             "  { kind = \"spikes\"; target = \"A\"; } );\n");
    ECP_ASSERT_OK(ecp_config_parse(to.at, "x.cfg", NULL, 0, &plan));
    free(to.at);
    return plan;
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

/* ---- the astrocytes, as the paper has them ----------------------------------------- */

enum { Y, G, I, C, H, G_A, X_A, G_S, STATES };

/* Seconds and umol/L; c_theta and omega_g as in `lively`. */
static const double c_theta = 0.2, omega_g = 0.7;
static const char lively[] = "param = { c_theta = 0.2; omega_g = 0.7; };\n"
                             "    initial = { ca = 0.1; ip3 = [0.15, 0.05, 0.1]; h = 0.7; };";

/* Into the astrocytes, from the beginning of a step on: umol/L in a second. */
static double pulse(double time)
{
    return fmod(time + dt / 2, 1500) < 400 ? 0.6 : 0;
}

static void slopes(const double *x, double push, double *d)
{
    const double m = x[I] / (x[I] + 0.13) * x[C] / (x[C] + 0.08);
    const double q2 = 1.05 * (x[I] + 0.13) / (x[I] + 0.9434);
    const double h_inf = q2 / (q2 + x[C]), tau_h = 1 / (0.2 * (q2 + x[C]));
    const double c2 = x[C] * x[C], c4 = c2 * c2, free = 2 - 1.18 * x[C];
    d[Y] = -40 * x[Y];
    d[G] = 0.3 * x[Y] * (1 - x[G]) - 0.5 * (1 + 10 * x[C] / (x[C] + 0.5)) * x[G];
    d[I] = 5 * x[G] + 0.2 / (1 + x[I] / 1.5) * c2 / (c2 + 0.09) -
           4.5 * c4 / (c4 + 0.0625) * x[I] / (x[I] + 1) - 0.1 * x[I] -
           0.045 * (1 + tanh((fabs(x[I]) - 0.3) / 0.05)) * (x[I] > 0 ? 1 : 0);
    d[C] = 6 * pow(m * x[H], 3) * free + 0.1 * free - 0.9 * c2 / (c2 + 0.01) + push;
    d[H] = (h_inf - x[H]) / tau_h;
    d[G_A] = -60 * x[G_A];
    d[X_A] = 0.6 * (1 - x[X_A]);
    d[G_S] = 1.5 * x[G_A] * (1 - x[G_S]) - omega_g * x[G_S];
}

static void kutta(double *x, double push, double h)
{
    static const double part[4] = {0, 0.5, 0.5, 1}, share[4] = {1, 2, 2, 1};
    double d[STATES] = {0}, sum[STATES] = {0}, at[STATES];
    for (int stage = 0; stage < 4; stage++) {
        for (int k = 0; k < STATES; k++)
            at[k] = x[k] + part[stage] * h * d[k];
        slopes(at, push, d);
        for (int k = 0; k < STATES; k++)
            sum[k] += share[stage] * d[k];
    }
    for (int k = 0; k < STATES; k++)
        x[k] += h / 6 * sum[k];
}

/* gamma_s at every step; how often it released. */
static size_t integrate(const struct run *r, const int *astrocyte, int own, double *gamma)
{
    static const double ip3[ASTROCYTES] = {0.15, 0.05, 0.1};
    const size_t steps = (size_t)lround(r->duration / dt);
    double x[STATES] = {[I] = ip3[own], [C] = 0.1, [H] = 0.7, [X_A] = 1};
    double *in = calloc(steps + 100, sizeof *in);
    size_t releases = 0;
    int above = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(in);
    for (size_t k = 0; k < EDGES; k++)
        for (size_t s = 0; astrocyte[k] == own && s < r->pre[source[k]].n; s++)
            in[lround((r->pre[source[k]].time[s] + 1.5) / dt)] += 0.0003;
    gamma[0] = 0;
    for (size_t n = 1; n <= steps; n++) {
        for (int k = 0; k < 4; k++)
            kutta(x, r->pulses ? pulse(dt * (double)(n - 1)) : 0, dt / 4 * 1e-3);
        x[Y] += 500 * in[n];
        if (x[C] > c_theta && !above) {
            x[G_A] += 130 * 0.6 * x[X_A];
            x[X_A] *= 0.4;
            releases++;
        }
        above = x[C] > c_theta;
        gamma[n] = x[G_S];
    }
    free(in);
    return releases;
}

/* ---- the synapses, on a fine clock ------------------------------------------------- */

/* Runge-Kutta at steps of 0.05 ms. */
static void rest(double *v, double span)
{
    static const double part[] = {0, 0.5, 0.5, 1}, share[] = {1, 2, 2, 1};
    const double h = 0.05;
    for (long long n = llround(span / h); n > 0; n--) {
        double sum[3] = {0}, d[3] = {0}, at[3];
        for (int stage = 0; stage < 4; stage++) {
            for (int m = 0; m < 3; m++)
                at[m] = v[m] + part[stage] * h * d[m];
            d[0] = -at[0] / tau_fac;
            d[1] = (1 - at[1] - at[2]) / tau_rec;
            d[2] = -at[2] / tau_psc;
            for (int m = 0; m < 3; m++)
                sum[m] += share[stage] * d[m];
        }
        for (int m = 0; m < 3; m++)
            v[m] += h / 6 * sum[m];
    }
}

/* Adds what a synapse brings; `late`: from the firing on to where it meets the astrocyte. */
static void transmit(const struct run *r, size_t edge, double late, const double *gamma,
                     double *arrived)
{
    const struct train *pre = &r->pre[source[edge]];
    double v[3] = {0, 1, 0};
    for (size_t s = 0; s < pre->n; s++) {
        const long long seen = llround((pre->time[s] + late - astrocyte_delay) / dt);
        const double g = gamma ? gamma[seen > 0 ? seen : 0] : 0;
        if (s > 0)
            rest(v, pre->time[s] - pre->time[s - 1]);
        v[0] += ((1 - g) * u_0 + r->alpha * g) * (1 - v[0]);
        const double sent = v[0] * v[1];
        v[1] -= sent;
        v[2] += sent;
        arrived[(size_t)llround((pre->time[s] + delay[edge % 2]) / dt) * POST + target[edge]] +=
            weight * sent;
    }
}

/* ---- random trains ------------------------------------------------------------------- */

/* On the grid, no two of a train within a step. */
static void random_train(struct train *train, uint64_t *state, double rate, double end)
{
    train->n = 0;
    for (double t = 5; train->n < MOST;) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        t += dt - log(((double)(*state >> 11) + 0.5) * 0x1p-53) / rate;
        t = nearbyint(t / dt) * dt;
        if (t >= end)
            return;
        train->time[train->n++] = t;
    }
}

struct outcome {
    double astrocytes, synapses, own; /* worst: gamma_s; arrivals, with it and with the probe's */
    size_t releases;
};

static struct outcome compare(const struct run *r, int dendritic, int threads)
{
    struct ecp_plan *plan = plan_of(r);
    struct ecp_network *network = ran(plan, threads, ecp_isa_best());
    const struct ecp_recorded_signal *in = signal_of(network, "in_T");
    const struct ecp_recorded_signal *gamma_s = signal_of(network, "gamma_s_A");
    const size_t n = in->n_frames;
    double *gamma[2][ASTROCYTES], *arrived[2];
    int astrocyte[EDGES];
    struct outcome out = {0};
    CU_ASSERT_FATAL(n == (size_t)lround(r->duration / dt) + 1 && gamma_s->n_frames == n);
    find_astrocytes(plan, astrocyte);
    for (int a = 0; a < ASTROCYTES; a++) {
        for (int k = 0; k < 2; k++)
            CU_ASSERT_PTR_NOT_NULL_FATAL(gamma[k][a] = calloc(n, sizeof(double)));
        out.releases += integrate(r, astrocyte, a, gamma[0][a]);
        for (size_t f = 0; f < n; f++) {
            gamma[1][a][f] = sample_of(gamma_s, f, (size_t)a);
            out.astrocytes = fmax(out.astrocytes, fabs(gamma[0][a][f] - gamma[1][a][f]));
        }
    }
    for (int k = 0; k < 2; k++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(arrived[k] = calloc((n + 100) * POST, sizeof(double)));
        for (size_t e = 0; e < EDGES; e++)
            transmit(r, e, dendritic ? 0 : delay[e % 2],
                     astrocyte[e] < 0 ? NULL : gamma[k][astrocyte[e]], arrived[k]);
        double worst = 0;
        for (size_t f = 0; f < n; f++)
            for (size_t t = 0; t < POST; t++)
                worst = fmax(worst, fabs(sample_of(in, f, t) - arrived[k][f * POST + t]));
        *(k ? &out.own : &out.synapses) = worst;
        free(arrived[k]);
    }
    CU_ASSERT_EQUAL(ecp_network_recording(network)->population[2].n_events, out.releases);
    for (int a = 0; a < ASTROCYTES; a++)
        for (int k = 0; k < 2; k++)
            free(gamma[k][a]);
    finish(network, plan);
    return out;
}

static void against_integration(void)
{
    static struct run r;
    uint64_t state = 9;
    r = (struct run){.probability = 0.8, .duration = 9000, .astrocytes = lively, .pulses = 1};
    for (size_t j = 0; j < PRE; j++)
        random_train(&r.pre[j], &state, 0.02, 8990);
    for (int k = 0; k < 4; k++) {
        const int dendritic = k >= 2;
        r.alpha = k % 2;
        r.slot = k == 1 || k == 2 ? "plasticity" : "short_term";
        r.keys = dendritic ? "delay_type = \"dendritic\";" : "";
        for (int threads = 1; threads <= 3; threads += 2) {
            const struct outcome out = compare(&r, dendritic, threads);
            if (threads == 1)
                (void)printf(" %zu releases: %.1e, %.1e, %.1e;", out.releases, out.astrocytes,
                             out.synapses, out.own);
            CU_ASSERT(out.releases >= 6);
            CU_ASSERT(out.astrocytes < (IS_DOUBLE ? 1e-7 : 1e-5));
            CU_ASSERT(out.synapses < (IS_DOUBLE ? 1e-7 : 1e-5) * weight);
            CU_ASSERT(out.own < (IS_DOUBLE ? 1e-12 : 3e-6) * weight);
        }
    }
}

/* ---- held receptors; what a release does --------------------------------------------- */

/* Regular spikes of one source; what arrives at the first target at each of them. */
static void regular(struct run *r, double interval, size_t n, double *sent)
{
    memset(r->pre, 0, sizeof r->pre);
    r->pre[2].n = n; /* one synapse, onto target 1, 2 ms */
    for (size_t k = 0; k < n; k++)
        r->pre[2].time[k] = 5 + interval * (double)k;
    r->duration = r->pre[2].time[n - 1] + 20;
    r->slot = "short_term";
    r->keys = "";
    r->probability = 1;
    struct ecp_plan *plan = plan_of(r);
    struct ecp_network *network = ran(plan, 1, ecp_isa_best());
    const struct ecp_recorded_signal *in = signal_of(network, "in_T");
    for (size_t k = 0; k < n; k++)
        sent[k] = sample_of(in, (size_t)lround((r->pre[2].time[k] + delay[0]) / dt), 1) / weight;
    finish(network, plan);
}

/* u and x of a synapse that is used regularly, with gamma_s held at 0.35. */
static void held(void)
{
    static struct run r;
    static double sent[MOST];
    static const double intervals[] = {10, 50, 300};
    for (int k = 0; k < 6; k++) {
        const double d = intervals[k / 2];
        r.alpha = k % 2 ? 0.9 : 0;
        r.astrocytes = "param = { o_g = 0.0; omega_g = 0.0; }; initial = { gamma_s = 0.35; };";
        regular(&r, d, MOST, sent);
        const double use = 0.65 * u_0 + r.alpha * 0.35, fac = exp(-d / tau_fac);
        const double u = use / (1 - (1 - use) * fac), rec = exp(-d / tau_rec);
        const double psc = exp(-d / tau_psc), back = tau_rec / (tau_rec - tau_psc) * (rec - psc);
        /* y after the spike is y psc + u x, z before it z rec + y back: x = 1 - y - z */
        const double y = u / (1 - psc), z = (y * back) / (1 - rec); /* in x */
        const double x = 1 / (1 + y * psc + z);
        (void)printf(" %.1e", fabs(sent[MOST - 1] / (u * x) - 1));
        CU_ASSERT_DOUBLE_EQUAL(sent[0], use, IS_DOUBLE ? 1e-12 : 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(sent[MOST - 1] / (u * x), 1, IS_DOUBLE ? 1e-12 : 3e-6);
    }
}

/* Spikes so rare that each finds all resources; calcium rises on its own. */
static void both_ways(void)
{
    static struct run r;
    static double sent[MOST];
    for (int up = 0; up < 2; up++) {
        r.alpha = up;
        r.astrocytes = "param = { c_theta = 0.15; }; initial = { ip3 = 0.6; ca = 0.1; };";
        regular(&r, 2000, 20, sent);
        double least = 1, most = 0;
        for (size_t k = 0; k < 20; k++) {
            least = fmin(least, sent[k]);
            most = fmax(most, sent[k]);
        }
        (void)printf(" %.3f to %.3f;", least, most);
        CU_ASSERT_DOUBLE_EQUAL(sent[0], u_0, 1e-6);
        CU_ASSERT(up ? least > u_0 - 1e-4 && most > 0.8 : most < u_0 + 1e-4 && least < 0.1);
    }
}

/* ---- nothing changes where there is no astrocyte -------------------------------------- */

static void no_difference(void)
{
    static struct run r;
    uint64_t state = 5, checksum[2], weights[2];
    ecp_real *in[2];
    size_t n = 0;
    r = (struct run){.duration = 4000, .astrocytes = lively, .slot = "short_term"};
    for (size_t j = 0; j < PRE; j++)
        random_train(&r.pre[j], &state, 0.03, 3990);
    for (int dendritic = 0; dendritic < 2; dendritic++) {
        r.keys = dendritic ? "delay_type = \"dendritic\"; plasticity = { rule = \"stdp\"; };" : "";
        for (int k = 0; k < 2; k++) {
            r.alpha = k ? 1 : -1;
            struct ecp_plan *plan = plan_of(&r);
            struct ecp_network *network = ran(plan, 1 + k, ecp_isa_best());
            const struct ecp_recorded_signal *signal = signal_of(network, "in_T");
            n = signal->n_frames * POST;
            CU_ASSERT_PTR_NOT_NULL_FATAL(in[k] = malloc(n * sizeof *in[k]));
            memcpy(in[k], signal->data, n * sizeof *in[k]);
            checksum[k] = ecp_network_recording(network)->checksum;
            weights[k] = ecp_network_weights_checksum(network);
            finish(network, plan);
        }
        CU_ASSERT(checksum[0] == checksum[1] && weights[0] == weights[1]);
        CU_ASSERT(memcmp(in[0], in[1], n * sizeof *in[0]) == 0);
        free(in[0]);
        free(in[1]);
    }
}

/* docs/examples/gliotransmission.cfg, run for two seconds instead of six. */
static void example(void)
{
    static const char *const path = ECP_SOURCE_DIR "/docs/examples/gliotransmission.cfg";
    struct ecp_plan *plan = NULL;
    size_t n[3] = {0};
    ECP_ASSERT_OK(ecp_config_read(path, NULL, 0, &plan));
    plan->phase[1]->duration = 2000;
    struct ecp_network *network = ran(plan, 2, ecp_isa_best());
    for (int p = 0; p < 3; p++)
        for (size_t e = 0; e < ecp_network_recording(network)->population[p + 1].n_events; e++)
            n[p] += ecp_network_recording(network)->population[p + 1].event[e].step > 4000;
    (void)printf(" %zu %zu %zu;", n[0], n[1], n[2]); /* 50 neurons, 2 s */
    CU_ASSERT(n[0] > 2000 && n[0] < 3300 && n[1] < 500 && n[2] > 5500 && n[2] < 9000);
    finish(network, plan);
}

/* ---- what is refused; the config again ------------------------------------------------- */

#define WITH(time, model, glia)                                                                    \
    time " populations = { E = { model = \"lif\"; size = 4; };\n"                                  \
         "  A = { model = \"" model "\"; size = 4; }; };\n"                                        \
         "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = 1;\n"  \
         "  " glia " },\n"                                                                         \
         "  { kind = \"tripartite\"; primary = \"E_E\"; astrocytes = \"A\"; } );\n"

static void refused(void)
{
    static const struct config_case cases[] = {
        {RUN("projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; weight = "
             "1;\n"
             "  short_term = { rule = \"tsodyks_markram\"; alpha = 0; }; } );"),
         ECP_ECONFIG,
         "x.cfg:4: projections.E_E.short_term: found rule tsodyks_markram with alpha without "
         "astrocytes at the synapses; allowed: with a projection of kind \"tripartite\" whose "
         "primary is E_E"},
        {WITH("duration = 10;", "astrocyte_lr",
              "short_term = { rule = \"tsodyks_markram\"; alpha = 0; };"),
         ECP_ECONFIG,
         "x.cfg:3: projections.E_E.short_term: rule tsodyks_markram looks at \"gamma_s\" of "
         "astrocytes, which model astrocyte_lr of A does not have; allowed: models that have it"},
        {WITH("duration = 10;", "astrocyte_lr",
              "plasticity = { rule = \"tsodyks_markram\"; alpha = 1.5; };"),
         ECP_ECONFIG, "x.cfg:4: projections.0.plasticity.alpha: found 1.5; allowed: -1 to 1"},
        {WITH("", "astrocyte_lr",
              "plasticity = { rule = \"tsodyks_markram\"; };") "phases = ( { name = \"a\"; "
                                                               "duration = 5; }, { name = \"b\"; "
                                                               "duration = 5;\n"
                                                               "  changes = ( { projection = "
                                                               "\"E_E\"; param = \"alpha\"; value "
                                                               "= 0; } ); } );\n",
         ECP_ECONFIG,
         "x.cfg:6: phases.b.changes.E_E.alpha: found 0 after -1; allowed: below 0 as long as the "
         "run, or never"}};
    CHECK(cases);
}

ECP_TEST_MAIN("gliotransmission", {"against an integration", against_integration},
              {"held receptors", held}, {"depression and facilitation", both_ways},
              {"no difference", no_difference}, {"the example", example}, {"refused", refused})
