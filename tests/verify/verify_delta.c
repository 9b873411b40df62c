/* verify_delta.c -- the neuron lif_taught and the rule delta against a naive loop over steps;
 * the scenario attention_in_spikes in a short form, and with its cause taken away. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "tests/experiment_case.h"

#define IS_DOUBLE (sizeof(ecp_real) == sizeof(double))

enum { KEYS = 6, STEPS = 3000 };

static const double dt = 0.5, weight = 30, top = 55, eta = 0.02;

/* Spikes of keys and of the teacher, drawn here and given to both. */
struct world {
    int key[KEYS][STEPS], teacher[STEPS];
};

static void draw(struct world *w, uint64_t seed)
{
    struct ecp_chance chance = ecp_chance(seed, 1, 0);
    for (int t = 0; t < STEPS; t++) {
        for (int k = 0; k < KEYS; k++)
            w->key[k][t] = ecp_chance_uniform(&chance) < 0.01 * (k + 1);
        w->teacher[t] = ecp_chance_uniform(&chance) < (t < STEPS / 2 ? 0.03 : 0.01);
    }
}

/* What the engine gives: weights at the end, the outputs' spikes, the error at every step. */
struct found {
    double excite[KEYS], inhibit[KEYS], error[STEPS];
    size_t n_spikes;
};

static void run_engine(const struct world *w, int keep, struct found *out)
{
    const size_t room = 60 * KEYS * STEPS;
    char *text = malloc(room);
    size_t n = 0;
    struct ecp_plan *plan = NULL;
    struct ecp_network *network = NULL;
    const struct ecp_run_options options = {.threads = 1, .isa = ecp_isa_best()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
#define PUT(...)                                                                                   \
    do {                                                                                           \
        n += (size_t)snprintf(text + n, room - n, __VA_ARGS__);                                    \
        CU_ASSERT_FATAL(n < room);                                                                 \
    } while (0)
    PUT("dt = %g; duration = %g;\npopulations = { K = { model = \"spike_source\"; size = %d; };\n"
        " T = { model = \"spike_source\"; size = 1; };\n Y = { model = \"lif_taught\"; size = 1;\n"
        "  param = { tau_m = 30; tau_syn = 4; c = 20; e_l = 0.0; v_th = 5; v_reset = 0.0;\n"
        "   v_low = -2; i_e = 1; tau_rate = 40; keep = %d; }; initial = { v = 0.0; }; }; };\n",
        dt, STEPS * dt, (int)KEYS, keep);
    for (int sign = 1; sign >= -1; sign -= 2)
        PUT("%s{ name = \"%s\"; source = \"K\"; target = \"Y\"; rule = \"all_to_all\";\n"
            "  weight = %g; delay = %g; plasticity = { rule = \"delta\"; eta = %g;\n"
            "   w_max = %g; }; },\n",
            sign > 0 ? "projections = ( " : "", sign > 0 ? "e" : "i", sign * weight, dt, sign * eta,
            top);
    PUT(" { source = \"T\"; target = \"Y\"; rule = \"all_to_all\"; weight = 1; delay = %g;\n"
        "   port = \"lesson\"; } );\nstimuli = (\n",
        dt);
    for (int train = 0; train <= KEYS; train++) {
        PUT("%s { kind = \"spikes\"; target = \"%s\"; weight = 1; subset = { first = %d; count = "
            "1; };\n  times = (",
            train ? ",\n" : "", train < KEYS ? "K" : "T", train < KEYS ? train : 0);
        for (int t = 0, m = 0; t < STEPS; t++)
            if (train < KEYS ? w->key[train][t] : w->teacher[t])
                PUT("%s%g", m++ ? ", " : "", t * dt);
        PUT("); neurons = (");
        for (int t = 0, m = 0; t < STEPS; t++)
            if (train < KEYS ? w->key[train][t] : w->teacher[t])
                PUT("%s0", m++ ? ", " : "");
        PUT("); }");
    }
    PUT(" );\nprobes = ( { kind = \"weights\"; projection = \"e\"; times = (%g); },\n"
        " { kind = \"weights\"; projection = \"i\"; times = (%g); },\n"
        " { kind = \"field\"; target = \"Y\"; field = \"error\"; interval = %g; },\n"
        " { kind = \"spikes\"; target = \"Y\"; } );\n",
        STEPS * dt, STEPS * dt, dt);
#undef PUT
    ECP_ASSERT_OK(ecp_config_parse(text, "x.cfg", NULL, 0, &plan));
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    for (size_t k = 0; k < r->n_weights; k++)
        for (size_t j = 0; j < r->weights[k].n; j++)
            (r->weights[k].weight[j] < 0 || r->weights[k].projection == 1
                 ? out->inhibit
                 : out->excite)[r->weights[k].source[j]] = (double)r->weights[k].weight[j];
    CU_ASSERT_FATAL(r->signal[0].n_frames >= STEPS);
    for (size_t t = 0; t < STEPS; t++)
        out->error[t] = (double)r->signal[0].data[t];
    out->n_spikes = r->population[2].n_events;
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    free(text);
}

/* The same, step by step, as the head of lif_taught.c and delta.c say it. `shift`: steps from
 * a spike that is given to its effect. */
static size_t naive(const struct world *w, int keep, int shift, double *excite, double *inhibit,
                    double *errors)
{
    const double fall = exp(-dt / 40), m = exp(-dt / 30), s = exp(-dt / 4);
    const double rate = 1.0 / 4 - 1.0 / 30, vs = m * -expm1(-rate * dt) / rate / 20;
    const double v1 = -expm1(-dt / 30) * 30 / 20;
    double v = 0, current = 0, teacher = 0, own = 0, error = 0;
    size_t spikes = 0;
    for (int k = 0; k < KEYS; k++) {
        excite[k] = weight;
        inhibit[k] = weight;
    }
    for (int t = 0; t < STEPS; t++) {
        double arriving = 0;
        errors[t] = error;
        for (int k = 0; k < KEYS; k++) {
            if (t < shift || !w->key[k][t - shift])
                continue;
            excite[k] = fmin(top, fmax(0, excite[k] + eta * error));
            inhibit[k] = fmin(top, fmax(0, inhibit[k] - eta * error));
            arriving += excite[k] - inhibit[k];
        }
        v = fmax(-2, v * m + current * vs + v1 * 1);
        const int fired = v >= 5;
        if (fired)
            v = keep ? v - 5 : 0;
        spikes += (size_t)fired;
        current = current * s + arriving;
        teacher = teacher * fall + (t >= shift && w->teacher[t - shift] ? 1000.0 / 40 : 0);
        own = own * fall + (fired ? 1000.0 / 40 : 0);
        error = teacher - own;
    }
    return spikes;
}

static void steps_as_written(void)
{
    static struct world w;
    static struct found found;
    static double excite[KEYS], inhibit[KEYS], errors[STEPS];
    for (int keep = 0; keep < 2; keep++) {
        draw(&w, 5 + (uint64_t)keep);
        run_engine(&w, keep, &found);
        /* A source that is told to fire at t fires in the step that ends then. */
        size_t spikes = 0;
        double best = INFINITY;
        for (int shift = 1; shift <= 3; shift++) {
            double off = 0;
            const size_t n = naive(&w, keep, shift, excite, inhibit, errors);
            for (int k = 0; k < KEYS; k++)
                off = fmax(off, fmax(fabs(found.excite[k] - excite[k]),
                                     fabs(fabs(found.inhibit[k]) - inhibit[k])));
            if (off < best) {
                best = off;
                spikes = n;
            }
        }
        CU_ASSERT(best < (IS_DOUBLE ? 1e-5 : 0.02));
        CU_ASSERT(spikes > 20);
        CU_ASSERT_EQUAL(found.n_spikes, spikes);
        double moved = 0;
        for (int k = 0; k < KEYS; k++)
            moved = fmax(moved, fabs(found.excite[k] - weight));
        CU_ASSERT(moved > 2);
    }
}

/* One set of pairs, no more of them than the claims ask for, and shorter queries. */
static const char shortened[] = "scenario = \"attention_in_spikes\"; network = { seeds = 1;\n"
                                " listen = 1000; listen_longest = %d; pairs = %d; %s };";

static void short_run(int longest, int pairs, const char *more, int threads, struct computed *c)
{
    char text[512];
    (void)snprintf(text, sizeof text, shortened, longest, pairs, more);
    compute(text, threads, c);
}

static void is_near_the_matrix(void)
{
    struct computed c;
    short_run(8000, 8, "", 1, &c);
    claims_of(&c, 1);
    computed_clear(&c);
}

static void same_on_two_threads(void)
{
    static const char small[] = "dimension = 4; values = 6; probed = 4; epochs = 5;";
    struct computed one, two;
    short_run(3200, 4, small, 1, &one);
    short_run(3200, 4, small, 2, &two);
    CU_ASSERT_EQUAL(computed_value(&one, "attention_in_spikes.departure"),
                    computed_value(&two, "attention_in_spikes.departure"));
    computed_clear(&one);
    computed_clear(&two);
}

/* Nothing is learnt without teachers: what holds in the same short form with them fails. */
static void fails_without_teachers(void)
{
    static const char *const gone[] = {"error_spikes", "departure",      "advantage", "correlation",
                                       "time_slope",   "time_prefactor", "rectified"};
    struct computed c;
    char name[64];
    short_run(8000, 8, "taught = 0;", 1, &c);
    claims_of(&c, 0); /* with its figure, in which one panel has nothing to show */
    for (size_t k = 0; k < sizeof gone / sizeof gone[0]; k++) {
        (void)snprintf(name, sizeof name, "attention_in_spikes.%s", gone[k]);
        CU_ASSERT_EQUAL(claim_holds(&c, name), 0);
    }
    CU_ASSERT(computed_value(&c, "attention_in_spikes.error_spikes") > 1);
    computed_clear(&c);
}

ECP_TEST_MAIN("delta", {"steps", steps_as_written}, {"near the matrix", is_near_the_matrix},
              {"two threads", same_on_two_threads}, {"without teachers", fails_without_teachers})
