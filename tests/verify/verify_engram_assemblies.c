/* verify_engram_assemblies.c -- scenario engram_assemblies: its claims in a short form; that they
 * fail where a cause is taken away (heterosynaptic term, consolidation, learning); its measures by
 * loops over made-up recordings; the same results on any number of threads; bad input. */
#include "tests/experiment_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "scenarios/engram_assemblies_network.h"

/* Plasticity four times as fast, and references faster still. */
#define SHORT                                                                                      \
    "scenario = \"engram_assemblies\"; seed = 1; network = { seeds = 1; controls = 0; speed = 4; " \
    "settle = 3000; gap = 1500; rho_0 = 3; "

static int holds(const struct computed *c, const char *result)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, result) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL_FATAL("no such claim");
    return 0;
}

static double column_of(const struct ecp_stored_table *table, const char *name, size_t row)
{
    for (size_t k = 0; k < table->columns; k++)
        if (strcmp(table->column[k].name, name) == 0)
            return table->column[k].data[row];
    CU_FAIL_FATAL("no such column");
    return NAN;
}

/* ---- measures, by loops ------------------------------------------------------------------------
 */

enum { PATTERNS = 3, BIN = 100, CUE = 400, DELAY = 300, GAP = 600, EDGES = 4000 };

static struct ecp_assemblies_setup small(size_t shared)
{
    return (struct ecp_assemblies_setup){.cells = 64,
                                         .inhibitory = 16,
                                         .inputs = 10,
                                         .field = 5,
                                         .patterns = PATTERNS,
                                         .size = 16,
                                         .shared = shared,
                                         .on = 500,
                                         .off = 500,
                                         .settle = 1000,
                                         .learn = 2000,
                                         .rest = 3000,
                                         .cue = CUE,
                                         .delay = DELAY,
                                         .gap = GAP,
                                         .rounds = 2,
                                         .dt = 0.5,
                                         .bin = BIN};
}

/* A recording whose numbers are random. */
struct made_up {
    struct ecp_recording recording;
    struct ecp_recorded_signal signal[2 * PATTERNS + 2];
    struct ecp_recorded_weights weights[4];
    ecp_real rate[2 * PATTERNS + 2][400];
    ecp_lid source[EDGES], target[EDGES];
    float value[4][EDGES];
};

static void make_up(struct made_up *m, const struct ecp_assemblies_setup *s)
{
    uint64_t state = 7;
    memset(m, 0, sizeof *m);
    for (size_t k = 0; k < 2 * PATTERNS + 2; k++) {
        for (size_t b = 0; b < 400; b++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            m->rate[k][b] = (ecp_real)((double)(state >> 40) / 16777216 * 30);
        }
        m->signal[k] = (struct ecp_recorded_signal){
            .interval = BIN, .n_frames = 400, .n_columns = 1, .data = m->rate[k]};
    }
    for (size_t k = 0; k < EDGES; k++) {
        m->source[k] = (ecp_lid)(k * 7919 % s->cells);
        m->target[k] = (ecp_lid)(k * 104729 / 3 % s->cells);
        for (size_t w = 0; w < 4; w++)
            m->value[w][k] = (float)((k * 37 + w * 11) % 101) / 100;
    }
    for (size_t w = 0; w < 4; w++)
        m->weights[w] = (struct ecp_recorded_weights){
            .n = EDGES, .source = m->source, .target = m->target, .weight = m->value[w]};
    m->recording = (struct ecp_recording){
        .n_signals = 2 * PATTERNS + 2, .n_weights = 4, .signal = m->signal, .weights = m->weights};
}

/* The mean of bins [from, to) of a half. */
static double naive_rate(const struct made_up *m, size_t half, size_t from, size_t to)
{
    double sum = 0;
    for (size_t b = from; b < to; b++)
        sum += (double)m->rate[half][b];
    return sum / (double)(to - from);
}

static void check_recall(const struct made_up *m, const struct ecp_assemblies_seen *seen)
{
    /* Six cues a test, 1 s apart, the first 600 ms after its beginning. */
    for (size_t test = 0; test < 2; test++) {
        const size_t begin = test == 0 ? 30 : 30 + 66 + 30;
        double overlap = 0, right = 0;
        for (size_t k = 0; k < 6; k++) {
            const size_t from = begin + 10 * k + 10, to = from + 3, p = k % PATTERNS;
            const double c = naive_rate(m, 2 * p, from, to);
            const double u = naive_rate(m, 2 * p + 1, from, to);
            double o = 0;
            for (size_t q = 0; q < PATTERNS; q++)
                if (q != p)
                    o = fmax(o, 0.5 * (naive_rate(m, 2 * q, from, to) +
                                       naive_rate(m, 2 * q + 1, from, to)));
            overlap += (u - o) / fmax(o, fmax(u, c)) / 6;
            right += 0.5 * (u + c) > o ? 1.0 / 6 : 0;
        }
        CU_ASSERT_DOUBLE_EQUAL(seen->recall[test].overlap, overlap, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(seen->recall[test].right, right, 1e-9);
    }
    CU_ASSERT_DOUBLE_EQUAL(seen->rest_hz[0], naive_rate(m, 2 * PATTERNS, 96, 126), 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(seen->rest_hz[1], naive_rate(m, 2 * PATTERNS + 1, 96, 126), 1e-4);
}

static void check_weights(const struct made_up *m, const struct ecp_assemblies_seen *seen,
                          size_t stride, size_t shared)
{
    for (size_t test = 0; test < 2; test++) {
        double sum[2] = {0, 0}, half = 0, zero = 0, upper = 0, lower = 0, n[2] = {0, 0};
        for (size_t k = 0; k < EDGES; k++)
            for (size_t p = 0; p < PATTERNS; p++)
                for (size_t q = 0; q < PATTERNS; q++) {
                    const size_t a = m->source[k], b = m->target[k];
                    const int in = a >= p * stride + (p > 0 ? shared : 0) &&
                                   a < p * stride + 16 - (p + 1 < PATTERNS ? shared : 0) &&
                                   b >= q * stride + (q > 0 ? shared : 0) &&
                                   b < q * stride + 16 - (q + 1 < PATTERNS ? shared : 0);
                    if (!in)
                        continue;
                    n[p == q]++;
                    sum[p == q] += (double)m->value[2 * test][k];
                    half += p == q && m->value[2 * test + 1][k] >= 0.4F;
                    zero += p != q && m->value[2 * test + 1][k] <= 0.1F;
                    upper += p == q && m->value[2 * test + 1][k] > 0.25F;
                    lower += p != q && m->value[2 * test + 1][k] < 0.25F;
                }
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].within, sum[1] / n[1], 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].across, sum[0] / n[0], 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].near_half, half / n[1], 0.02);
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].near_zero, zero / n[0], 0.02);
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].upper, upper / n[1], 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(seen->weights[test].lower, lower / n[0], 1e-9);
    }
}

static void measures(void)
{
    for (size_t shared = 0; shared <= 3; shared += 3) {
        static struct made_up m;
        const struct ecp_assemblies_setup s = small(shared);
        struct ecp_assemblies_seen seen;
        ECP_ASSERT_OK(ecp_assemblies_check(&s));
        make_up(&m, &s);
        ECP_ASSERT_OK(ecp_assemblies_look(&s, &m.recording, NULL, &seen));
        check_recall(&m, &seen);
        if (shared == 0) /* begins at 0, 21, 42 */
            CU_ASSERT_EQUAL(ecp_assemblies_first(&s, 2), 42);
        if (shared > 0)
            check_weights(&m, &seen, 13, shared);
    }
    CU_ASSERT_DOUBLE_EQUAL(ecp_assemblies_overlap(20, 18, 2), 0.8, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_assemblies_overlap(20, 0, 0), 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_assemblies_overlap(10, 10, 20), -0.5, 1e-12);
    CU_ASSERT_EQUAL(ecp_assemblies_overlap(0, 0, 0), 0);
}

/* ---- claims and causes ------------------------------------------------------------------------
 */

static void claims(void)
{
    struct computed c;
    compute(SHORT "beta = 0.05; rounds = 2; learn = 80000; tau_c = 120000; rest = 20000; };", 2,
            &c);
    claims_of(&c, 1);
    const struct ecp_stored_table *networks = computed_table(&c, "networks");
    CU_ASSERT_PTR_NOT_NULL_FATAL(networks);
    CU_ASSERT_EQUAL(networks->rows, 1);
    CU_ASSERT_DOUBLE_EQUAL(column_of(networks, "overlap", 0),
                           computed_value(&c, "engram_assemblies.overlap"), 1e-12);
    CU_ASSERT(column_of(networks, "weakest", 0) <= column_of(networks, "within", 0));
    CU_ASSERT_EQUAL(c.experiment->n_figures, 1);
    computed_clear(&c);
}

/* Weights run away, and one assembly, or several at once, never falls silent. */
static void without_heterosynaptic_term(void)
{
    struct computed c;
    compute(SHORT "rounds = 1; learn = 25000; tau_c = 120000; rest = 5000; beta = 0; };", 2, &c);
    CU_ASSERT(!holds(&c, "engram_assemblies.overlap"));
    CU_ASSERT(!holds(&c, "engram_assemblies.fails"));
    CU_ASSERT(computed_value(&c, "engram_assemblies.highest") > 2);
    computed_clear(&c);
}

/* What was learnt goes to the reference that stays at 0. */
static void without_consolidation(void)
{
    struct computed c;
    compute(SHORT "beta = 0.05; rounds = 1; learn = 20000; tau_c = 1e12; rest = 10000; };", 2, &c);
    CU_ASSERT(!holds(&c, "engram_assemblies.upper"));
    CU_ASSERT(!holds(&c, "engram_assemblies.fails"));
    computed_clear(&c);
}

/* Nothing shown: no assemblies to recall. */
static void without_learning(void)
{
    struct computed c;
    compute(SHORT
            "beta = 0.05; rounds = 1; learn = 5000; tau_c = 120000; rest = 5000; shown = 0; };",
            2, &c);
    CU_ASSERT(!holds(&c, "engram_assemblies.overlap"));
    CU_ASSERT(!holds(&c, "engram_assemblies.upper"));
    computed_clear(&c);
}

static void threads(void)
{
    static const char text[] =
        "scenario = \"engram_assemblies\"; network = { seeds = 1; rounds = 1; learn = 2000; "
        "rest = 1000; cue = 200; gap = 300; settle = 1000; runaway_learn = 2000; "
        "runaway_rest = 1000; forget_learn = 2000; forget_rest = 1000; scale = 0.0625; "
        "inputs = 60; };";
    struct computed one, two;
    compute(text, 1, &one);
    compute(text, 2, &two);
    for (size_t k = 0; k < one.scores.n_results; k++) {
        const double a = one.scores.result[k].value, b = two.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    CU_ASSERT_EQUAL(computed_table(&one, "networks")->rows, 4);
    computed_clear(&one);
    computed_clear(&two);
}

/* ---- bad input --------------------------------------------------------------------------------
 */

static void refused(const char *network, const char *key)
{
    scenario_refuses("engram_assemblies", network, key);
}

static void bad_input(void)
{
    refused("patterns = 9;", "patterns (9)");
    refused("share = 0.01;", "share");
    refused("field = 600;", "field (600");
    refused("inputs = 600;", "inputs (600)");
    refused("delay = 6000;", "delay (6000");
    refused("reset = 2900;", "reset (2900");
    refused("learn = 1000; on = 2000;", "learn (1000");
    refused("cue = 950;", "bin (100");
    refused("rest = \"1 h\"; bin = 70;", "bin (70");
    refused("seed_step = 0;", "seeds repeated");
    refused("step = 0.3;", "step (0.3");
    refused("patterns = 17;", "patterns");
}

ECP_TEST_MAIN("engram_assemblies", {"measures", measures}, {"bad input", bad_input},
              {"threads", threads}, {"claims", claims},
              {"without heterosynaptic term", without_heterosynaptic_term},
              {"without consolidation", without_consolidation},
              {"without learning", without_learning})
