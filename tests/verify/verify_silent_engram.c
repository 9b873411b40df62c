/* verify_silent_engram.c -- scenario silent_engram: its claims in a short form; that they fail
 * where a cause is taken away (contacts, gain, the block); its wiring, noise and cue counted
 * apart from it; bad input. */
#include "tests/experiment_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "scenarios/silent_engram_brain.h"

#define SHORT "scenario = \"silent_engram\"; network = { subjects = 1; "

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

/* Measures again, from the rates of the table. */
static void check_rows(const struct ecp_stored_table *t)
{
    for (size_t k = 0; k < t->rows; k++) {
        const double bla = column_of(t, "bla", k), other = column_of(t, "bla_other", k);
        const double dg = column_of(t, "dg", k);
        CU_ASSERT_DOUBLE_EQUAL(column_of(t, "recall_index", k), (bla - other) / (bla + other + 1),
                               1e-12);
        CU_ASSERT_DOUBLE_EQUAL(column_of(t, "freezing", k), 1 / (1 + exp((5 - bla) / 1.5)), 1e-12);
        if (dg > 0)
            CU_ASSERT_DOUBLE_EQUAL(column_of(t, "quality", k), (bla - other) / dg, 1e-12);
        CU_ASSERT(column_of(t, "bits", k) >= -1e-12 && column_of(t, "bits", k) <= 1);
        CU_ASSERT(column_of(t, "overlap", k) >= 0 && column_of(t, "overlap", k) <= 1);
    }
}

static void claims(void)
{
    struct computed c;
    compute("scenario = \"silent_engram\"; network = { subjects = 1; test = 1000; };", 2, &c);
    claims_of(&c, 1);
    const struct ecp_stored_table *subjects = computed_table(&c, "subjects");
    CU_ASSERT_PTR_NOT_NULL_FATAL(subjects);
    CU_ASSERT_EQUAL(subjects->rows, ECP_DAYS * ECP_CONDITIONS);
    check_rows(subjects);
    /* Row 0: saline, context A: 100 cells for 1 s at 15 Hz. */
    CU_ASSERT_DOUBLE_EQUAL(column_of(subjects, "ec", 0), 15, 4 * sqrt(15.0 / 100));
    CU_ASSERT_EQUAL(computed_table(&c, "conditions")->rows, ECP_CONDITIONS);
    CU_ASSERT_EQUAL(c.experiment->n_figures, 2);
    computed_clear(&c);
}

/* ---- causes ------------------------------------------------------------------------------- */

static void without_contacts(void)
{
    struct computed c;
    compute(SHORT "test = 300; learnt_ec_dg = 0; learnt_dg_ca3 = 0; learnt_ca3_bla = 0; };", 2, &c);
    claims_of(&c, 0);
    CU_ASSERT(!holds(&c, "silent_engram.ri_saline_natural"));
    CU_ASSERT(!holds(&c, "silent_engram.direct_ratio"));
    CU_ASSERT(!holds(&c, "silent_engram.structure"));
    computed_clear(&c);
}

/* Light finds the memory, but nothing else does, in either group. */
static void without_gain(void)
{
    struct computed c;
    compute(SHORT "test = 300; gain = 1; };", 2, &c);
    CU_ASSERT(!holds(&c, "silent_engram.ri_saline_natural"));
    CU_ASSERT(!holds(&c, "silent_engram.learned"));
    CU_ASSERT(holds(&c, "silent_engram.structure"));
    CU_ASSERT(computed_value(&c, "silent_engram.ri_blocked_high") > 0.8);
    computed_clear(&c);
}

/* A block after consolidation changes nothing. */
static void late_block(void)
{
    struct computed c;
    compute(SHORT "test = 300; block_from = \"6 h\"; };", 2, &c);
    CU_ASSERT(!holds(&c, "silent_engram.silent"));
    CU_ASSERT(holds(&c, "silent_engram.ri_saline_natural"));
    CU_ASSERT(computed_value(&c, "silent_engram.ri_blocked_natural") > 0.9);
    computed_clear(&c);
}

/* Contacts that go within days are missed at the second test. */
static void lost_contacts(void)
{
    struct computed c;
    compute(SHORT "test = 300; contact_tau = \"4 d\"; };", 2, &c);
    CU_ASSERT(!holds(&c, "silent_engram.days_change"));
    CU_ASSERT(!holds(&c, "silent_engram.structure_ratio"));
    computed_clear(&c);
}

/* ---- the network, counted here ----------------------------------------------------------------
 */

struct counted {
    double pairs[2], n[2], strong; /* of not both tagged, both tagged cells */
};

static struct counted count_edges(const struct ecp_engram_subject *s, enum ecp_engram_fate fate,
                                  int path)
{
    const struct ecp_engram_trial trial = {"rest", 0, 0, 0, 10};
    struct counted c = {{0, 0}, {0, 0}, 0};
    struct ecp_plan *plan;
    ECP_ASSERT_OK(ecp_engram_plan(s, fate, 0, &trial, 1, &plan));
    for (int tagged = 0; tagged < 2; tagged++)
        for (size_t i = 0; i < s->setup->size[path]; i++)
            for (size_t j = 0; j < s->setup->size[path + 1]; j++)
                c.pairs[tagged] += (s->tagged[path][i] && s->tagged[path + 1][j]) == tagged;
    for (size_t k = 0; k < plan->n_projections; k++) {
        const struct ecp_plan_projection *p = plan->projection[k];
        if (p->source != path || p->target != path + 1)
            continue;
        for (size_t m = 0; m < p->edges.n; m++) {
            const double w = p->edges.weight[m] / s->setup->weight[path];
            const int both =
                s->tagged[path][p->edges.source[m]] && s->tagged[path + 1][p->edges.target[m]];
            c.n[both]++;
            c.strong += fabs(w - 1.8) < 1e-9;
            CU_ASSERT_FATAL(fabs(w - 1) < 1e-9 || (both && fabs(w - 1.8) < 1e-9));
        }
    }
    ecp_plan_destroy(plan);
    return c;
}

static void check_share(double n, double pairs, double p)
{
    CU_ASSERT_DOUBLE_EQUAL(n, p * pairs, 4.5 * sqrt(p * (1 - p) * pairs));
}

static void wiring(void)
{
    struct computed c;
    const struct ecp_engram_setup setup = ecp_engram_setup_default();
    const struct ecp_engram_seeds seeds = {1, 1};
    struct ecp_engram_subject s;
    compute(SHORT "settle = 0; test = 1; };", 2, &c);
    ECP_ASSERT_OK(ecp_engram_learn(c.experiment, &setup, &seeds, 1, &s));
    for (int k = 0; k < ECP_PATHS; k++) {
        const struct counted saline = count_edges(&s, ECP_FATE_SALINE, k);
        const struct counted blocked = count_edges(&s, ECP_FATE_BLOCKED, k);
        const struct counted untaught = count_edges(&s, ECP_FATE_UNTAUGHT, k);
        const struct counted rescued = count_edges(&s, ECP_FATE_RESCUE_DG, k);
        check_share(saline.n[0], saline.pairs[0], setup.contact[k]);
        check_share(saline.n[1], saline.pairs[1], setup.contact[k] + setup.learnt[k]);
        check_share(untaught.n[1], untaught.pairs[1], setup.contact[k]);
        CU_ASSERT_EQUAL(saline.n[1], blocked.n[1]);
        CU_ASSERT_EQUAL(saline.strong, saline.n[1]);
        CU_ASSERT_EQUAL(blocked.strong + untaught.strong, 0);
        CU_ASSERT_EQUAL(rescued.strong, k == 0 ? rescued.n[1] : 0);
        CU_ASSERT_EQUAL(count_edges(&s, ECP_FATE_CUT_OUTPUT, k).n[1] > 0, k != ECP_DG);
        CU_ASSERT_EQUAL(count_edges(&s, ECP_FATE_CUT_INPUT, k).n[1] > 0, k != ECP_EC);
    }
    CU_ASSERT_EQUAL(s.n_tagged[ECP_EC], 100);
    for (size_t j = 0; j < 200; j++)
        CU_ASSERT_EQUAL(s.tagged[ECP_EC][j], j < 100);
    computed_clear(&c);
}

/* Membranes far below threshold: -70 mV + bias, sd 3 mV. */
static void noise(void)
{
    struct computed c;
    struct ecp_engram_setup setup = ecp_engram_setup_default();
    struct ecp_engram_subject s = {.setup = &setup, .seed = 3};
    uint8_t *none = calloc(500 * 500, 1);
    const struct ecp_engram_trial trial = {"rest", 0, 0, 0, 600};
    struct ecp_simulated run;
    struct ecp_plan *plan;
    struct ecp_plan_probe *probe;
    double sum = 0, square = 0, n = 0;
    compute(SHORT "settle = 0; test = 1; };", 2, &c);
    setup.bias = -20;
    CU_ASSERT_PTR_NOT_NULL_FATAL(none);
    for (int a = 0; a < ECP_AREAS; a++)
        s.tagged[a] = none;
    for (int k = 0; k < ECP_PATHS; k++)
        s.contact[k] = none;
    ECP_ASSERT_OK(ecp_engram_plan(&s, ECP_FATE_SALINE, 0, &trial, 1, &plan));
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "DG", &probe));
    probe->field_name = "v";
    probe->interval = 100;
    ECP_ASSERT_OK(ecp_experiment_simulate(c.experiment, plan, &run));
    const struct ecp_recorded_signal *v = &run.recording->signal[0];
    for (size_t f = 1; f < v->n_frames; f++) /* five time constants after the beginning */
        for (size_t j = 0; j < v->n_columns; j++) {
            const double x = (double)v->data[f * v->n_columns + j];
            sum += x;
            square += x * x;
            n++;
        }
    const double mean = sum / n, sd = sqrt(square / n - mean * mean);
    CU_ASSERT(n >= 2000);
    CU_ASSERT_DOUBLE_EQUAL(mean, -90, 5 * 3 / sqrt(n));
    CU_ASSERT_DOUBLE_EQUAL(sd, 3, 5 * 3 / sqrt(2 * n));
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    free(none);
    computed_clear(&c);
}

/* A part of a context's cells is cued in tests, all of them are while it is learnt. */
static void part_of_a_cue(void)
{
    struct ecp_engram_setup setup = ecp_engram_setup_default();
    struct ecp_engram_subject s = {.setup = &setup, .seed = 3};
    uint8_t *none = calloc(500 * 500, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(none);
    for (int a = 0; a < ECP_AREAS; a++)
        s.tagged[a] = s.driven[a] = none;
    for (int k = 0; k < ECP_PATHS; k++)
        s.contact[k] = none;
    setup.cue_share = 0.5;
    for (int teach = 0; teach < 2; teach++) {
        const struct ecp_engram_trial trial = {"trial", 1, 0, teach, 600};
        struct ecp_plan *plan;
        size_t cued = 0;
        ECP_ASSERT_OK(ecp_engram_plan(&s, ECP_FATE_SALINE, 0, &trial, 1, &plan));
        for (size_t k = 0; k < plan->n_stimuli; k++)
            if (strcmp(plan->stimulus[k]->name, "context_A") == 0)
                cued = plan->stimulus[k]->target.count;
        CU_ASSERT_EQUAL(cued, teach ? 100 : 50);
        ecp_plan_destroy(plan);
    }
    free(none);
}

static void threads(void)
{
    struct computed one, three;
    compute(SHORT "test = 60; settle = 20; };", 1, &one);
    compute(SHORT "test = 60; settle = 20; };", 3, &three);
    for (size_t k = 0; k < one.scores.n_results; k++) {
        const double a = one.scores.result[k].value, b = three.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    computed_clear(&one);
    computed_clear(&three);
}

/* ---- bad input
 * ----------------------------------------------------------------------------------- */

static void refused(const char *network, const char *key)
{
    scenario_refuses("silent_engram", network, key);
}

static void bad_input(void)
{
    refused("cued = 101;", "cued (101)");
    refused("engram_dg = 500;", "engram_dg (500)");
    refused("cells_bla = 30;", "engram_bla (40)");
    refused("seed_step = 0;", "seeds repeated");
    refused("first_test = \"5 h\";", "overlaps with consolidation");
    refused("block_for = \"25 h\";", "overlaps with the block");
    refused("second_test = \"1 d\";", "second_test");
    refused("first_test = 0;", "lacks a test");
    refused("second_test = 0;", "lacks a test");
    refused("volley = 60;", "volley (60");
    refused("cue = 0.5;", "cue (0.5");
    refused("cue = 40; volley = 1;", "cue (40");
    refused("power_mid = 1;", "power_mid (1)");
    refused("learnt_dg_ca3 = 0.96;", "DG to CA3");
}

ECP_TEST_MAIN("silent_engram", {"claims", claims}, {"without contacts", without_contacts},
              {"without gain", without_gain}, {"late block", late_block},
              {"lost contacts", lost_contacts}, {"wiring", wiring}, {"noise", noise},
              {"part of a cue", part_of_a_cue}, {"threads", threads}, {"bad input", bad_input})
