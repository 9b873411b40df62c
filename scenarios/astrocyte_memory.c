/* astrocyte_memory.c -- how much do neurons remember with the help of astrocytes?
 * (Kozachkov, Slotine & Krotov 2025)
 *
 * Random patterns in the memory astrocyte_memory, cues with a tenth of their signs turned.
 * The energy must fall in every step, small memories must recall without error, and the
 * number of patterns K at which half of the cues are recalled without error is measured
 * over the number of neurons N.
 *
 * Near a pattern the field on a neuron is m^3 + noise of variance c K/N^3 (m the overlap):
 * K ~ N^3/ln N, which is memories per neuron, synapse and process ~ N. With repeated indices
 * kept in T there is 3 K/N^2 times the neuron's own state besides, which holds its error:
 * recall from errors then ends near K ~ N^2/3. Both are measured; `repeated` says which one
 * the claims are about. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/slope.h"

enum { REPEATED, TURNED, CUES, SEEDS, LARGEST, END };
enum { REMOVED, KEPT };

static const struct ecp_field fields[] = {
    [REPEATED] = {"repeated", "1", REMOVED, 0, KEPT,
                  "terms of T with repeated indices, in the capacity that is claimed", ECP_PARAM},
    [TURNED] = {"turned", "1", 0.1, 0, 0.5, "share of the signs of a cue that are turned",
                ECP_PARAM},
    [CUES] = {"cues", "1", 24, 4, 1e4, "for each number of patterns", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "sets of patterns", ECP_WHOLE},
    [LARGEST] = {"largest", "1", 30, 20, 200, "number of neurons, in tens from 10 on", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"repeated", "removed kept"}, {NULL, NULL}};

enum { RISE, EXACT_40, EXACT_60, SLOPE, KEPT_SLOPE, PER_UNIT_SLOPE, RESULTS };

static const struct ecp_field results[] = {
    [RISE] = {"rise", "1", 0, 0, 0, "largest rise of the energy in a step, of all that were traced",
              ECP_RESULT},
    [EXACT_40] = {"exact_40", "1", 0, 0, 0,
                  "share recalled without error, the least of any seed; 40 neurons, 3 patterns",
                  ECP_RESULT},
    [EXACT_60] = {"exact_60", "1", 0, 0, 0, "60 neurons, 20 patterns", ECP_RESULT},
    [SLOPE] = {"slope", "1", 0, 0, 0, "exponent of N in the number of patterns", ECP_RESULT},
    [KEPT_SLOPE] = {"kept_slope", "1", 0, 0, 0, "with repeated indices kept", ECP_RESULT},
    [PER_UNIT_SLOPE] = {"per_unit_slope", "1", 0, 0, 0,
                        "exponent of N in patterns per neuron, synapse and process (N + 2 N^2)",
                        ECP_RESULT},
    [RESULTS] = {0}};

/* ---- one set of patterns ----------------------------------------------------------------- */

struct task {
    size_t n, k, cues;
    int repeated, trace; /* all steps, with their energies */
    double turned;
    uint64_t seed;
};

static enum ecp_status astrocytes(const struct task *t, struct ecp_memory **out)
{
    const struct ecp_memory_setting settings[] = {
        {"repeated", 0, t->repeated == KEPT ? "kept" : "removed"},
        {"trace", t->trace, NULL},
        {"dt", t->trace ? 0.05 : 0.1, NULL},
        {"steps", t->trace ? 1000 : 400, NULL},
        {"settled", t->trace ? 0 : 1e-4, NULL}};
    struct ecp_memory_setup setup = {
        .shape = {t->n, 0, t->k}, .settings = settings, .n_settings = 5};
    const enum ecp_status status = ecp_memory_find("astrocyte_memory", &setup.model);
    return status == ECP_OK ? ecp_memory_create(&setup, out) : status;
}

/* k patterns, then cues: patterns in turn, with signs turned at random places. */
static void draw(const struct task *t, double *xi, double *cue, size_t *order)
{
    struct ecp_chance chance =
        ecp_chance(t->seed, 0xa00 + (uint32_t)t->n, (uint32_t)(2 * t->k) + (t->repeated == KEPT));
    ecp_chance_signs(&chance, t->k * t->n, xi);
    for (size_t c = 0; c < t->cues; c++) {
        memcpy(cue + c * t->n, xi + c % t->k * t->n, t->n * sizeof *cue);
        ecp_chance_order(&chance, t->n, order);
        for (size_t i = 0; i < (size_t)lround(t->turned * (double)t->n); i++)
            cue[c * t->n + order[i]] *= -1;
    }
}

/* Share of cues that end in their pattern; *rise grows to the largest rise of the energy. */
static enum ecp_status recall(const struct task *t, double *exact, double *rise)
{
    const size_t n = t->n, all = (t->k + 2 * t->cues) * n;
    double *xi = calloc(all, sizeof *xi);
    size_t *order = calloc(n, sizeof *order);
    struct ecp_memory *memory = NULL;
    struct ecp_memory_part energy;
    enum ecp_status status;
    if (!xi || !order) {
        status = ecp_fail(ECP_ENOMEM, "no memory for %zu patterns", t->k);
        goto done;
    }
    double *cue = xi + t->k * n, *out = cue + t->cues * n;
    draw(t, xi, cue, order);
    ECP_TRY(astrocytes(t, &memory));
    ECP_TRY(ecp_memory_store_pairs(memory, xi, NULL, t->k));
    ECP_TRY(ecp_memory_recall(memory, cue, t->cues, out, NULL));
    size_t right = 0;
    for (size_t c = 0; c < t->cues; c++)
        right += memcmp(out + c * n, xi + c % t->k * n, n * sizeof *out) == 0;
    *exact = (double)right / (double)t->cues;
    if (t->trace && ecp_memory_part_named(memory, "energy", &energy))
        for (size_t k = 1; k < energy.rows; k++)
            *rise = fmax(*rise, energy.data[k] - energy.data[k - 1]);
done:
    ecp_memory_destroy(memory);
    free(order);
    free(xi);
    return status;
}

/* ---- capacity -------------------------------------------------------------------------------- */

enum { MOST = 20 };
static const double factor = 1.3; /* from one number of patterns to the next */

/* Mean over seeds. */
static enum ecp_status mean_exact(struct ecp_experiment *e, const double *param, struct task t,
                                  double *out)
{
    const size_t seeds = (size_t)param[SEEDS];
    enum ecp_status status = ECP_OK;
    *out = 0;
    for (size_t s = 0; s < seeds; s++) {
        double exact, none = 0;
        t.seed = ecp_experiment_seed(e) + s;
        ECP_TRY(recall(&t, &exact, &none));
        *out += exact / (double)seeds;
    }
done:
    return status;
}

/* Where half are recalled, between two numbers of patterns on a logarithmic scale: downwards
 * to where more are, then upwards to where less are. */
static enum ecp_status capacity(struct ecp_experiment *e, const double *param, size_t n,
                                int repeated, double *out)
{
    const struct task t = {
        .n = n, .cues = (size_t)param[CUES], .repeated = repeated, .turned = param[TURNED]};
    struct task low = t, high = t;
    double k = 0.01 * pow((double)n, 3) + 3, more = 0, less = 1;
    enum ecp_status status = ECP_OK;
    for (low.k = 0; more < 0.5 && k >= 1; k /= factor) {
        low.k = (size_t)k;
        ECP_TRY(mean_exact(e, param, low, &more));
    }
    high.k = low.k;
    for (k = (double)low.k * factor; less >= 0.5 && k < 1e6; k *= factor) {
        if (high.k > low.k) {
            low.k = high.k;
            more = less;
        }
        high.k = (size_t)ceil(k);
        ECP_TRY(mean_exact(e, param, high, &less));
    }
    *out = more < 0.5 ? 1
                      : exp(log((double)low.k) +
                            (more - 0.5) / (more - less) * log((double)high.k / (double)low.k));
done:
    return status;
}

struct curve {
    size_t n;
    double neurons[MOST], patterns[2][MOST], theory[MOST], held[MOST];
};

static enum ecp_status measure(struct ecp_experiment *e, const double *param, struct curve *c)
{
    enum ecp_status status = ECP_OK;
    double units[MOST];
    c->n = (size_t)(param[LARGEST] / 10);
    for (size_t k = 0; k < c->n; k++) {
        const double n = 10.0 * (double)(k + 1);
        c->neurons[k] = n;
        c->theory[k] = n * n * n / (12 * log(n));
        c->held[k] = n * n / 3;
        for (int repeated = 0; repeated < 2; repeated++)
            ECP_TRY(capacity(e, param, 10 * (k + 1), repeated, &c->patterns[repeated][k]));
        ECP_TRY(ecp_experiment_progress(e, 0.1 + 0.9 * pow((double)(k + 1) / (double)c->n, 4),
                                        "capacity"));
    }
    const int claimed = (int)param[REPEATED];
    for (size_t k = 0; k < c->n; k++)
        units[k] = c->patterns[claimed][k] / (c->neurons[k] + 2 * c->neurons[k] * c->neurons[k]);
    ecp_experiment_result(e, SLOPE, ecp_log_slope(c->n, c->neurons, c->patterns[claimed]));
    ecp_experiment_result(e, KEPT_SLOPE, ecp_log_slope(c->n, c->neurons, c->patterns[KEPT]));
    ecp_experiment_result(e, PER_UNIT_SLOPE, ecp_log_slope(c->n, c->neurons, units));
done:
    return status;
}

static enum ecp_status small_ones(struct ecp_experiment *e, const double *param)
{
    double rise = -INFINITY, exact[2] = {1, 1};
    enum ecp_status status = ECP_OK;
    for (size_t s = 0; s < (size_t)param[SEEDS]; s++)
        for (int k = 0; k < 2; k++) {
            const struct task t = {.n = k ? 60 : 40,
                                   .k = k ? 20 : 3,
                                   .cues = k ? 4 : 10,
                                   .repeated = KEPT,
                                   .trace = 1,
                                   .turned = param[TURNED],
                                   .seed = ecp_experiment_seed(e) + s};
            double share;
            ECP_TRY(recall(&t, &share, &rise));
            exact[k] = fmin(exact[k], share);
        }
    ecp_experiment_result(e, RISE, rise);
    ecp_experiment_result(e, EXACT_40, exact[0]);
    ecp_experiment_result(e, EXACT_60, exact[1]);
    status = ecp_experiment_progress(e, 0.1, "capacity");
done:
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct curve c = {.n = 0};
    enum ecp_status status;
    ECP_TRY(small_ones(e, param));
    ECP_TRY(measure(e, param, &c));
    const struct ecp_line line[] = {
        {"removed", ECP_DOTS, 0, c.n, c.neurons, c.patterns[REMOVED], NULL, NULL},
        {"N^3/(12 ln N)", ECP_DASHES, 0, c.n, c.neurons, c.theory, NULL, NULL},
        {"kept", ECP_DOTS, 1, c.n, c.neurons, c.patterns[KEPT], NULL, NULL},
        {"N^2/3", ECP_DASHES, 1, c.n, c.neurons, c.held, NULL, NULL},
        {NULL, ECP_LINE, 0, c.n, c.neurons, c.patterns[REMOVED], NULL, NULL},
        {NULL, ECP_LINE, 1, c.n, c.neurons, c.patterns[KEPT], NULL, NULL}};
    const struct ecp_picture picture = {.title = "patterns of which half are recalled",
                                        .note = "repeated indices of T",
                                        .x = {"neurons N", NULL, 9, 1.1 * c.neurons[c.n - 1], 1},
                                        .y = {"patterns K", NULL, 0, 0, 1},
                                        .n_lines = 6,
                                        .line = line};
    const struct ecp_table_column column[] = {
        {"neurons", "1", "N", c.neurons, NULL},
        {"removed", "1", "patterns, repeated indices removed", c.patterns[REMOVED], NULL},
        {"kept", "1", "patterns, repeated indices kept", c.patterns[KEPT], NULL}};
    ECP_TRY(ecp_experiment_table(e, "capacity", c.n, column, 3));
    status = ecp_experiment_figure(e, "astrocyte_memory", "Memory of neurons and astrocytes",
                                   &picture, 1, 1);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char dense[] = "theory: K ~ N^3/ln N (slope 2.65 from 10 to 30) to N^3, +- 0.35; "
                                "Kozachkov et al. 2025";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {
        {"astrocyte_memory.rise", -INFINITY, 1e-9, "theory: a Lyapunov function, dt 0.05"},
        {"astrocyte_memory.exact_40", 1, 1, "far below capacity, a tenth of the signs turned"},
        {"astrocyte_memory.exact_60", 1, 1, "far below capacity, a tenth of the signs turned"},
        {"astrocyte_memory.slope", 2.3, 3.35, dense},
        {"astrocyte_memory.per_unit_slope", 0.3, 1.35,
         "Kozachkov et al. 2025: memories per unit grow with N"}};
    enum ecp_status status = ECP_OK;
    if (param[TURNED] * 10 != floor(param[TURNED] * 10))
        return ecp_fail(ECP_ECONFIG, "turned (%g) must be a whole number of tenths", param[TURNED]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_astrocyte_memory = {
    .name = "astrocyte_memory",
    .question = "What do astrocytes give to neurons?",
    .summary = "patterns recalled by neurons and astrocytes: energy, capacity over their number",
    .equations = "memory astrocyte_memory; K such that half of the cues are recalled exactly\n"
                 "repeated indices removed: K ~ N^3/ln N; kept: errors are held from K ~ N^2/3 on",
    .reference = "Kozachkov, Slotine & Krotov 2025, doi:10.48550/arXiv.2311.08135",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
