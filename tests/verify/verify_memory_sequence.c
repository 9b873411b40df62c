/* verify_memory_sequence.c -- memories of a config in sequence, with strengths and decays of
 * each item and channel: against recurrences in plain loops over the same rows; weights of stored
 * items beside a recall. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/recall_private.h"
#include "tests/unit/config_case.h"

enum { T = 37, D = 6, M = 4 };

static struct ecp_plan *plan_of(const char *text)
{
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_config_parse(text, "test.cfg", NULL, 0, &plan));
    return plan;
}

static struct ecp_memories *run_of(const struct ecp_plan *plan)
{
    struct ecp_memories *all = NULL;
    ECP_ASSERT_OK(ecp_memories_create(plan, &all));
    ECP_ASSERT_OK(ecp_memories_until(all, INFINITY, NULL));
    return all;
}

/* ---- fast weights ----------------------------------------------------------------- */

struct rule {
    const char *name;
    int delta;
    size_t columns; /* of decay; 0: none */
};

static const struct rule rules[] = {{"linear", 0, 0}, {"simple_gla", 0, 1}, {"gla", 0, 1},
                                    {"gla", 0, D},    {"delta_net", 1, 0},  {"gated_delta", 1, 1}};

/* S <- diag(decay) S + strength k (v - [S^T k])^T, out = S^T q. */
static void recur(const struct rule *rule, const struct ecp_operation *o, const double *queries,
                  double *out)
{
    double s[D][M] = {{0}};
    for (size_t t = 0; t < T; t++) {
        const double *k = o->item_keys.data + t * D, *v = o->item_values.data + t * M;
        const double *q = queries + t * D;
        for (size_t i = 0; i < D && rule->columns > 0; i++)
            for (size_t j = 0; j < M; j++)
                s[i][j] *= o->decays.data[t * rule->columns + (rule->columns > 1 ? i : 0)];
        for (size_t j = 0; j < M; j++) {
            double known = 0;
            for (size_t i = 0; i < D && rule->delta; i++)
                known += s[i][j] * k[i];
            for (size_t i = 0; i < D; i++)
                s[i][j] += o->strengths.data[t] * k[i] * (v[j] - known);
        }
        for (size_t j = 0; j < M; j++) {
            out[t * M + j] = 0;
            for (size_t i = 0; i < D; i++)
                out[t * M + j] += s[i][j] * q[i];
        }
    }
}

static void config_of(const struct rule *rule, const char *form, int chunk, const char *strength,
                      char *text, size_t size)
{
    char decay[160] = "";
    if (rule->columns > 0)
        (void)snprintf(
            decay, sizeof decay,
            "decay = { random = \"uniform\"; low = 0.3; high = 1; n = %d; size = %zu; };", T,
            rule->columns);
    (void)snprintf(text, size,
                   "memories = ( { name = \"f\"; model = \"fast_weights\";\n"
                   "  parameters = { rule = \"%s\"; form = \"%s\"; chunk = %d; };\n"
                   "  recall = { name = \"answers\"; sequence = true;\n"
                   "    keys = { random = \"sphere\"; n = %d; size = %d; };\n"
                   "    values = { random = \"normal\"; n = %d; size = %d; };\n"
                   "    cues = { random = \"normal\"; n = %d; size = %d; };\n"
                   "    strength = %s; %s }; } );\n",
                   rule->name, form, chunk, T, D, T, M, T, D, strength, decay);
}

static double worst(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

static const char strengths[] =
    "{ random = \"uniform\"; low = 0.1; high = 0.9; n = 37; size = 1; }";

static void against_recurrence(const struct rule *rule, const char *form, int chunk, double *out)
{
    char text[1500];
    double want[T * M];
    config_of(rule, form, chunk, strengths, text, sizeof text);
    struct ecp_plan *plan = plan_of(text), *again = plan_of(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    struct ecp_memories *all = run_of(plan), *same = run_of(again);
    const struct ecp_recall_log *log = all->run[0].log;
    CU_ASSERT_EQUAL_FATAL(log->recalled.n, T);
    CU_ASSERT_EQUAL(ecp_memory_stored(ecp_memories_at(all, 0)), T);
    CU_ASSERT_EQUAL(all->run[0].keys.n, T);
    CU_ASSERT_EQUAL(all->run[0].values.n, T);
    recur(rule, plan->memory[0]->operation, log->cues.data, want);
    const double error = worst(log->recalled.data, want, (size_t)T * M);
    if (!(error < 1e-13))
        (void)printf("\n  %s, %s in chunks of %d: %g", rule->name, form, chunk, error);
    CU_ASSERT(error < 1e-13);
    CU_ASSERT_EQUAL(memcmp(log->recalled.data, same->run[0].log->recalled.data, sizeof want), 0);
    memcpy(out, log->recalled.data, sizeof want);
    ecp_memories_destroy(all);
    ecp_memories_destroy(same);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static void every_rule_and_form(void)
{
    for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
        double recurrent[T * M], chunks[T * M], other[T * M];
        against_recurrence(&rules[k], "recurrent", 64, recurrent);
        against_recurrence(&rules[k], "parallel", 64, other);
        against_recurrence(&rules[k], "chunkwise", 5, chunks);
        against_recurrence(&rules[k], "chunkwise", 64, other);
        /* What `form` and `chunk` change is rounding. */
        CU_ASSERT_NOT_EQUAL(memcmp(recurrent, chunks, sizeof recurrent), 0);
        CU_ASSERT_NOT_EQUAL(memcmp(other, chunks, sizeof recurrent), 0);
    }
}

/* Rows of a file and of the config itself; a store with them leaves the same state. */
static void rows_of_gates(void)
{
    char name[] = "gates_XXXXXX", text[2000];
    const int file = mkstemp(name);
    CU_ASSERT_FATAL(file >= 0);
    const char gates[] = "0.5,0.25\n1,0.125\n0.75,1\n";
    CU_ASSERT_EQUAL(write(file, gates, strlen(gates)), (ssize_t)strlen(gates));
    (void)close(file);
    (void)snprintf(
        text, sizeof text,
        "memories = ( { name = \"a\"; model = \"fast_weights\"; parameters = { rule = "
        "\"gla\"; };\n"
        "  recall = ( { name = \"s\"; sequence = true; keys = ((1, 2), (3, -1), (0.5, 2));\n"
        "    values = (1, 2, 4); strength = (1, 0.5, 2); decay = \"%s\";\n"
        "    cues = { of = \"stored\"; }; }, { name = \"r\"; cues = ([1, 0], [0, 1]); } ); "
        "},\n"
        "  { name = \"b\"; model = \"fast_weights\"; parameters = { rule = \"gla\"; };\n"
        "  store = { keys = ((1, 2), (3, -1), (0.5, 2)); values = (1, 2, 4);\n"
        "    strength = (1, 0.5, 2); decay = { file = \"%s\"; }; };\n"
        "  recall = { name = \"r\"; cues = ([1, 0], [0, 1]); }; } );\n",
        name, name);
    struct ecp_plan *plan = plan_of(text), *again = plan_of(plan->config_text);
    struct ecp_memories *all = run_of(plan);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    /* S by hand: (1, 2); (1, 0.25) + (3, -1); (0.75 4, -0.75) + 8 (0.5, 2) */
    const double in_sequence[] = {5, 12.75, 0.5 * 7 + 2 * 15.25}, at_end[] = {7, 15.25};
    const struct ecp_recall_log *s = &all->run[0].log[0];
    for (size_t t = 0; t < 3; t++)
        CU_ASSERT_DOUBLE_EQUAL(s->recalled.data[t], in_sequence[t], 1e-14);
    for (size_t j = 0; j < 2; j++) {
        CU_ASSERT_DOUBLE_EQUAL(all->run[0].log[1].recalled.data[j], at_end[j], 1e-14);
        CU_ASSERT_DOUBLE_EQUAL(all->run[1].log[0].recalled.data[j], at_end[j], 1e-14);
    }
    CU_ASSERT_EQUAL(s->targets.data[2], 4); /* of each item its value */
    CU_ASSERT(isnan(all->run[0].result[ECP_RECALL_CONFIDENCE]));
    CU_ASSERT(isfinite(all->run[0].result[ECP_RECALL_ERROR]));
    ecp_memories_destroy(all);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
    CU_ASSERT_EQUAL(unlink(name), 0);
}

/* ---- models that have no sequence of their own ---------------------------------------- */

/* Query t is answered from what was stored before and items 0 .. t. */
static void attention_so_far(void)
{
    static const char text[] =
        "memories = ( { name = \"k\"; model = \"key_value\"; parameters = { beta = 2; };\n"
        "  store = { keys = { random = \"normal\"; n = 5; size = 3; };\n"
        "    values = { random = \"normal\"; n = 5; size = 2; }; };\n"
        "  recall = ( { name = \"so_far\"; sequence = true;\n"
        "    keys = { random = \"normal\"; n = 20; size = 3; };\n"
        "    values = { random = \"normal\"; n = 20; size = 2; };\n"
        "    cues = { of = \"stored\"; noise = 0.1; }; },\n"
        "    { name = \"all\"; weights = true; cues = { of = \"stored\"; }; } ); } );\n";
    struct ecp_plan *plan = plan_of(text);
    struct ecp_memories *all = run_of(plan);
    const struct ecp_memory_run *run = all->run;
    const struct ecp_recall_log *log = run->log;
    CU_ASSERT_EQUAL_FATAL(run->keys.n, 25);
    CU_ASSERT_EQUAL(log[1].weights.size, 25);
    for (size_t t = 0; t < 20; t++) {
        const double *q = log->cues.data + 3 * t;
        double sum = 0, y[2] = {0, 0};
        CU_ASSERT(fabs(q[0] - run->keys.data[3 * (5 + t)]) < 0.6); /* the item's key, with noise */
        for (size_t k = 0; k < 5 + t + 1; k++) {
            const double *x = run->keys.data + 3 * k;
            const double w = exp(2 * (x[0] * q[0] + x[1] * q[1] + x[2] * q[2]));
            sum += w;
            y[0] += w * run->values.data[2 * k];
            y[1] += w * run->values.data[2 * k + 1];
        }
        for (size_t j = 0; j < 2; j++) {
            CU_ASSERT_DOUBLE_EQUAL(log->recalled.data[2 * t + j], y[j] / sum, 1e-13);
            CU_ASSERT_EQUAL(log->targets.data[2 * t + j], run->values.data[2 * (5 + t) + j]);
        }
    }
    ecp_memories_destroy(all);
    ecp_plan_destroy(plan);
}

static void patterns_so_far(void)
{
    static const char text[] =
        "memories = ( { name = \"h\"; model = \"hopfield\"; recall = { name = \"r\"; sequence = "
        "true;\n"
        "  patterns = { random = \"signs\"; n = 4; size = 200; }; cues = { of = \"stored\"; flip = "
        "0.1; }; }; } );\n";
    struct ecp_plan *plan = plan_of(text);
    struct ecp_memories *all = run_of(plan);
    CU_ASSERT_EQUAL(all->run[0].result[ECP_RECALL_EXACT], 1);
    CU_ASSERT_EQUAL(ecp_memory_stored(ecp_memories_at(all, 0)), 4);
    ecp_memories_destroy(all);
    ecp_plan_destroy(plan);
}

/* ---- weights of stored items ---------------------------------------------------------- */

/* Weights of all items on request: put out beside the recall, and asked for in the text. */
static void weights(void)
{
    static const char text[] =
        "memories = ( { name = \"k\"; model = \"key_value\"; parameters = { beta = 3; };\n"
        "  store = { keys = { random = \"sphere\"; n = 9; size = 6; };\n"
        "    values = { random = \"normal\"; n = 9; size = 2; }; };\n"
        "  recall = ( { name = \"few\"; weights = true; cues = { of = \"stored\"; n = 4; }; },\n"
        "    { name = \"none\"; cues = { of = \"stored\"; }; } ); } );\n";
    struct ecp_plan *plan = plan_of(text), *again = plan_of(plan->config_text);
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    CU_ASSERT_PTR_NOT_NULL(strstr(plan->config_text, "weights = true;"));
    struct ecp_memories *all = run_of(plan);
    const struct ecp_recall_log *log = all->run[0].log;
    CU_ASSERT_EQUAL_FATAL(log[0].weights.n, 4);
    CU_ASSERT_EQUAL_FATAL(log[0].weights.size, 9);
    CU_ASSERT_EQUAL(log[1].weights.n, 0);
    for (size_t c = 0; c < 4; c++)
        for (size_t j = 0; j < 2; j++) {
            double sum = 0;
            for (size_t k = 0; k < 9; k++)
                sum += log[0].weights.data[c * 9 + k] * all->run[0].values.data[k * 2 + j];
            CU_ASSERT_DOUBLE_EQUAL(sum, log[0].recalled.data[c * 2 + j], 1e-14);
        }
    ecp_memories_destroy(all);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

/* ---- what is refused ------------------------------------------------------------------- */

#define MEMORY(text)                                                                               \
    "memories = ( { name = \"m\"; model = \"fast_weights\"; parameters = { rule = \"gla\"; "       \
    "};\n" text " } );"
#define ITEMS    "keys = ([1, 2], [3, 4]); values = (1, 2); "
#define SEQUENCE "recall = { name = \"r\"; sequence = true; " ITEMS
#define AT       "x.cfg:2: memories.m."

#define ROWS  "{ random = \"signs\"; n = 3; size = 8; }"
#define STORE "store = { patterns = " ROWS "; };\n "

static void bad_weights(void)
{
    static const struct config_case cases[] = {
        {"memories = ( { name = \"m\"; model = \"hopfield\";\n " STORE
         "recall = { name = \"r\"; weights = true; cues = " ROWS "; }; } );",
         ECP_ECONFIG,
         "x.cfg:3: memories.m.recall.weights: found for hopfield, which does not keep items one by "
         "one; *"},
        {"memories = ( { name = \"m\"; model = \"modern_hopfield\"; keep = false;\n " STORE
         "recall = { name = \"r\"; weights = true; cues = " ROWS "; }; } );",
         ECP_ECONFIG, "x.cfg:3: memories.m.recall.weights: found beside keep = false, *"},
        {"memories = ( { name = \"m\"; model = \"modern_hopfield\";\n"
         "store = { patterns = { random = \"signs\"; n = 12000; size = 1; }; };\n"
         "recall = { name = \"r\"; weights = true; cues = { of = \"stored\"; }; }; } );",
         ECP_ECONFIG,
         "x.cfg:3: memories.m.recall.weights: found 12000 cues and 12000 stored items; allowed: a "
         "product up to 134217728"}};
    CHECK(cases);
}

static void bad_input(void)
{
    static const struct config_case cases[] = {
        {MEMORY("store = { " ITEMS "strength = (1, 2, 3); };"), ECP_ECONFIG,
         AT "store.strength: found 3 rows; allowed: 2, as many as items"},
        {MEMORY("store = { " ITEMS "strength = ([1, 2], [1, 2]); };"), ECP_ECONFIG,
         AT "store.strength: found rows of 2 numbers; allowed: 1"},
        {MEMORY("store = { " ITEMS "strength = (1, -2); };"), ECP_ECONFIG,
         AT "store.strength: row 1, column 0: found -2; allowed: 0 and more"},
        {MEMORY("store = { " ITEMS "strength = -1; };"), ECP_ECONFIG,
         AT "store.strength: found -1; allowed: 0 to 1e+09"},
        {MEMORY("store = { " ITEMS "decay = ([1, 1, 1], [1, 1, 1]); };"), ECP_ECONFIG,
         AT "store.decay: found rows of 3 numbers; allowed: 1, or as many as a key has"},
        {MEMORY("store = { " ITEMS "decay = ((1, 1), (0.5, 0)); };"), ECP_ECONFIG,
         AT "store.decay: row 1, column 1: found 0; allowed: more than 0, up to 1"},
        {MEMORY("store = { " ITEMS "decay = (1, 1.5); };"), ECP_ECONFIG,
         AT "store.decay: row 1, column 0: found 1.5; allowed: more than 0, up to 1"},
        {MEMORY("store = { " ITEMS "decay = 0; };"), ECP_ECONFIG,
         AT "store.decay: found 0; allowed: more than 0, up to 1"},
        {MEMORY("store = { " ITEMS
                "decay = { random = \"normal\"; low = 0; n = 2; size = 1; }; };"),
         ECP_ECONFIG,
         AT "store.decay.low: found for random = \"normal\"; allowed: with \"uniform\""},
        {MEMORY("store = { " ITEMS
                "decay = { random = \"uniform\"; low = 2; n = 2; size = 1; }; };"),
         ECP_ECONFIG, AT "store.decay.low: found 2 to 1; allowed: low below high"},
        {MEMORY("store = { keys = ([1, 2], [3]); values = (1, 2); };"), ECP_ECONFIG,
         AT "store.keys.1: found 1 numbers; allowed: 2, as in the first row"},
        {MEMORY("store = { keys = ([1, 2], \"x\"); values = (1, 2); };"), ECP_ECONFIG,
         AT "store.keys.1: found \"x\"; allowed: a number, or a list of numbers"},
        {MEMORY("store = { keys = ((1, true)); values = (1); };"), ECP_ECONFIG,
         AT "store.keys.0.1: found true; allowed: a number"},
        {MEMORY("store = { keys = (); values = (1); };"), ECP_ECONFIG,
         AT "store.keys: found a list of 0; allowed: at least one row"},
        {MEMORY("recall = { name = \"r\"; " ITEMS "cues = ([1, 2], [3, 4]); };"), ECP_ECONFIG,
         AT "recall.keys: found in a recall; allowed: in a store, or beside sequence = true"},
        {MEMORY("recall = { name = \"r\"; sequence = true; cues = ([1, 2], [3, 4]); };"),
         ECP_ECONFIG, AT "recall.patterns: is missing; *"},
        {MEMORY(SEQUENCE "};"), ECP_ECONFIG, AT "recall.cues: is missing; *"},
        {MEMORY(SEQUENCE "cues = ([1, 2], [3, 4], [5, 6]); };"), ECP_ECONFIG,
         AT "recall.cues: found 3 rows; allowed: 2, one for each item of the sequence"},
        {MEMORY(SEQUENCE "cues = { of = \"stored\"; first = 1; }; };"), ECP_ECONFIG,
         AT "recall.cues.first: found 1; allowed: 0, as each item of a sequence is asked for once"},
        {MEMORY(SEQUENCE "cues = { of = \"stored\"; n = 1; }; };"), ECP_ECONFIG,
         AT "recall.cues: found 1 rows; allowed: 2, one for each item of the sequence"},
        {MEMORY(SEQUENCE "cues = ([1], [3]); };"), ECP_ECONFIG,
         AT "recall.cues: found rows of 1 numbers; allowed: 2, as in the memory's other rows"},
        {MEMORY(SEQUENCE "weights = true; cues = { of = \"stored\"; }; };"), ECP_ECONFIG,
         AT "recall.weights: found beside sequence = true; allowed: one of the two"},
        {"memories = ( { name = \"m\"; model = \"dense\";\n store = { patterns = ((1, -1), (1, "
         "1)); "
         "strength = (1, 2); }; } );",
         ECP_ECONFIG, AT "store.strength: memory dense: *"},
        {"memories = ( { name = \"m\"; model = \"fast_weights\";\n " SEQUENCE
         "cues = { of = \"stored\"; }; decay = (1, 0.5); }; } );",
         ECP_ECONFIG, AT "recall.decay: memory fast_weights: *"},
        {MEMORY("store = { sequence = true; " ITEMS "};"), ECP_ECONFIG,
         AT "store.sequence: found an unknown key; *"}};
    CHECK(cases);
}

ECP_TEST_MAIN("memories in sequence", {"every rule and form", every_rule_and_form},
              {"rows of gates", rows_of_gates}, {"attention so far", attention_so_far},
              {"patterns so far", patterns_so_far}, {"weights", weights},
              {"bad weights", bad_weights}, {"bad input", bad_input})
