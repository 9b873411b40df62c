/* verify_silent_engram_consolidation.c -- scenario silent_engram_consolidation: its story in a
 * short form; that claims fail where a cause is taken away (growth, proteins, the block, calcium
 * of the target); late phases against steps in time; synapses that encoding leaves, counted apart
 * from it; how the published table is compared; bad input. */
#include "tests/experiment_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "scenarios/silent_engram_nights.h"
#include "scenarios/silent_engram_published.h"

#define STORY(more)                                                                                \
    "scenario = \"silent_engram_consolidation\"; network = { table = \"off\"; subjects = 1; "      \
    "cells_dg = 150; cells_ca3 = 150; cells_bla = 100; " more " };"

static int holds(const struct computed *c, const char *result)
{
    char name[100];
    (void)snprintf(name, sizeof name, "silent_engram_consolidation.%s", result);
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, name) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL_FATAL("no such claim");
    return 0;
}

static double value_of(const struct computed *c, const char *result)
{
    char name[100];
    (void)snprintf(name, sizeof name, "silent_engram_consolidation.%s", result);
    return computed_value(c, name);
}

static void claims(void)
{
    struct computed c;
    compute(STORY("settle = 100; test = 600;"), 2, &c);
    claims_of(&c, 1);
    CU_ASSERT_EQUAL(computed_table(&c, "conditions")->rows, ECP_ASKED);
    CU_ASSERT_EQUAL(computed_table(&c, "onsets")->rows, ECP_ONSETS);
    CU_ASSERT_EQUAL(c.experiment->n_figures, 1);
    CU_ASSERT_EQUAL(value_of(&c, "structure_ratio"), 1);
    CU_ASSERT(value_of(&c, "z_blocked") < 1e-6 && value_of(&c, "z_late") > 0.8);
    CU_ASSERT(isnan(value_of(&c, "table_rates")));
    computed_clear(&c);
}

/* ---- causes ------------------------------------------------------------------------------- */

static void without_growth(void)
{
    struct computed c;
    compute(STORY("settle = 50; pulses = 4; growth = 0; test = 80;"), 2, &c);
    CU_ASSERT(!holds(&c, "ri_saline_natural"));
    CU_ASSERT(!holds(&c, "direct_ratio"));
    CU_ASSERT(!holds(&c, "structure"));
    computed_clear(&c);
}

/* Contacts are there, and light finds them; nothing else does, in either group. */
static void without_proteins(void)
{
    struct computed c;
    compute(STORY("settle = 50; pulses = 3; alpha = 0; test = 200;"), 2, &c);
    CU_ASSERT(!holds(&c, "ri_saline_natural"));
    CU_ASSERT(!holds(&c, "z_saline"));
    CU_ASSERT(holds(&c, "structure"));
    CU_ASSERT(fabs(value_of(&c, "z_saline")) < 1e-6);
    CU_ASSERT(value_of(&c, "ri_blocked_high") > 0.6);
    computed_clear(&c);
}

/* Without a block nothing is silent; without spines nobody is rescued. */
static void without_block(void)
{
    struct computed c;
    compute(STORY("settle = 50; pulses = 4; block_for = 0; rescue = 0; test = 80;"), 2, &c);
    CU_ASSERT(!holds(&c, "silent"));
    CU_ASSERT(!holds(&c, "ri_blocked_natural"));
    CU_ASSERT_DOUBLE_EQUAL(value_of(&c, "z_blocked"), value_of(&c, "z_saline"), 1e-6);
    CU_ASSERT(holds(&c, "ri_saline_natural") && !holds(&c, "rescue_ratio"));
    computed_clear(&c);
}

/* Spikes of targets bring no calcium: nothing is potentiated, nothing consolidates as it should. */
static void without_pairing(void)
{
    struct computed c;
    compute(STORY("settle = 50; pulses = 2; growing = 2; c_post = 0; test = 80;"), 2, &c);
    CU_ASSERT(!holds(&c, "ri_saline_natural"));
    CU_ASSERT(!holds(&c, "z_saline"));
    CU_ASSERT(value_of(&c, "strengthened") < 0);
    computed_clear(&c);
}

/* ---- late phases, in steps --------------------------------------------------------------------
 */

static double stepped(const struct ecp_night_setup *s, double early, double block)
{
    const double dt = 100, hour = 3.6e6;
    double p = 0, z = 0;
    for (double t = 0.5 * dt; t < s->night; t += dt) {
        const double h = early * exp(-t * 0.1 / 688400);
        const int made = t < block || t > block + s->block;
        const double before = p;
        p += dt / hour * (s->alpha * made - p);
        if (fabs(h) > s->theta_tag)
            z += dt / hour * (before + p) / 2 * ((early > 0 ? 1 : -0.5) - z);
    }
    return z;
}

static void late_phase(void)
{
    const struct ecp_night_setup s = {
        .theta_tag = 0.2, .alpha = 1, .night = 2.88e7, .block = 2.16e7};
    struct ecp_night_setup brief = s;
    const double block[] = {0, 1.8e6, 3.6e6, 7.2e6, 1.44e7, INFINITY};
    brief.block = 3.6e6; /* proteins come back while tags live */
    for (size_t k = 0; k < sizeof block / sizeof *block; k++) {
        CU_ASSERT_DOUBLE_EQUAL(ecp_night_theory(&s, 1, block[k]), stepped(&s, 1, block[k]), 2e-4);
        CU_ASSERT_DOUBLE_EQUAL(ecp_night_theory(&s, 0.7, block[k]), stepped(&s, 0.7, block[k]),
                               2e-4);
        CU_ASSERT_DOUBLE_EQUAL(ecp_night_theory(&s, -0.6, block[k]), stepped(&s, -0.6, block[k]),
                               2e-4);
        CU_ASSERT_DOUBLE_EQUAL(ecp_night_theory(&brief, 1, block[k]), stepped(&brief, 1, block[k]),
                               2e-4);
    }
    CU_ASSERT_DOUBLE_EQUAL(ecp_night_theory(&s, 1, INFINITY), 0.880, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(ecp_night_tag(&s, 1) / 3.6e6, 3.078, 1e-3);
    CU_ASSERT_EQUAL(ecp_night_theory(&s, 0.1, INFINITY), 0);
    CU_ASSERT_EQUAL(ecp_night_theory(&s, 1, 0), 0);
}

/* ---- what encoding leaves -------------------------------------------------------------------- */

struct counted {
    double kept, lost, made[2], early[2], n[2]; /* of not both tagged, both tagged cells */
};

static struct counted count_of(const struct ecp_night_subject *s, int path,
                               const struct ecp_night_synapses *after)
{
    const size_t from = s->setup->engram.size[path], to = s->setup->engram.size[path + 1];
    struct counted c = {0};
    for (size_t i = 0; i < from; i++)
        for (size_t j = 0; j < to; j++) {
            const int engram = s->engram.tagged[path][i] && s->engram.tagged[path + 1][j];
            const double before = (double)s->before.weight[path][i * to + j];
            const double w = (double)after->weight[path][i * to + j];
            c.kept += !isnan(before) && !isnan(w);
            c.lost += !isnan(before) && isnan(w);
            c.made[engram] += isnan(before) && !isnan(w);
            if (isnan(w))
                continue;
            c.n[engram]++;
            c.early[engram] += w / s->setup->engram.weight[path] - 1;
        }
    return c;
}

/* Cells: in each path contacts are made among engram cells, about as many as spikes grow
 * elements, hardly any others, and none goes; only those strengthen. */
static void check_path(const struct ecp_night_subject *s, int path)
{
    const struct counted c = count_of(s, path, &s->encoded), u = count_of(s, path, &s->ungrown);
    const double pairs = (double)(s->setup->engram.size[path] * s->setup->engram.size[path + 1]);
    const double p = s->setup->engram.contact[path];
    CU_ASSERT_DOUBLE_EQUAL(c.kept, p * pairs, 4.5 * sqrt(p * (1 - p) * pairs));
    CU_ASSERT_EQUAL(c.lost + u.lost + u.made[0] + u.made[1], 0);
    CU_ASSERT(c.made[1] > 300 && c.made[0] < 0.1 * c.made[1]);
    const double spikes = 1e-3 * s->setup->pulse * s->setup->growing *
                          fmax(s->rate[path + 1], path > 0 ? s->rate[path] : 0);
    CU_ASSERT(c.made[1] < 1.3 * s->setup->growth * spikes * (double)s->engram.n_tagged[path + 1]);
    CU_ASSERT(c.early[1] / c.n[1] > 0.7);
    (void)printf(" %.2f %.2f", c.early[1] / c.n[1], c.early[0] / c.n[0]);
    CU_ASSERT(fabs(c.early[0] / c.n[0]) < 0.5); /* of cells of which one is active */
    CU_ASSERT(u.early[1] / u.n[1] < c.early[1] / c.n[1]);
}

static struct ecp_night_setup brief_setup(void)
{
    struct ecp_night_setup s = {.engram = ecp_engram_setup_default(),
                                .burst = 140,
                                .allocation = 42,
                                .us = 40,
                                .pulse = 500,
                                .pause = 100,
                                .pulses = 5,
                                .growing = 3,
                                .growth = 0.14,
                                .update = 100,
                                .c_pre = 0.27,
                                .c_post = 0.27,
                                .h_max = 10 / 4.20075,
                                .theta_tag = 0.2,
                                .theta_pro = 0.5,
                                .alpha = 1,
                                .night = 2.88e7,
                                .block = 2.16e7,
                                .onset = {0, 1, 2, 3, 4, 5}};
    s.engram.size[ECP_DG] = s.engram.size[ECP_CA3] = 150;
    s.engram.size[ECP_BLA] = 100;
    return s;
}

static void encoding(void)
{
    const struct ecp_night_setup setup = brief_setup();
    const struct ecp_night_seeds seeds = {1, 1};
    struct ecp_night_subject s;
    struct computed c;
    compute("scenario = \"pavlov\"; network = { trials = 50; };", 1, &c); /* for memory */
    ECP_ASSERT_OK(ecp_night_encode(c.experiment, &setup, &seeds, 0, 1, &s));
    for (int k = 0; k < ECP_PATHS; k++)
        check_path(&s, k);
    for (size_t j = 0; j < 200; j++)
        CU_ASSERT_EQUAL(s.engram.tagged[ECP_EC][j], j < 100);
    computed_clear(&c);
}

static void threads(void)
{
    struct computed one, two;
    compute(STORY("pulses = 1; growing = 1; pulse = 60; settle = 0; test = 30;"), 1, &one);
    compute(STORY("pulses = 1; growing = 1; pulse = 60; settle = 0; test = 30;"), 2, &two);
    for (size_t k = 0; k < one.scores.n_results; k++) {
        const double a = one.scores.result[k].value, b = two.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    computed_clear(&one);
    computed_clear(&two);
}

/* ---- the published table ----------------------------------------------------------------------
 */

enum { TRIALS = 4 };

/* Trials that are the published means; one measure of one size is `off` from them. */
static struct ecp_table table_of(double *value, size_t size, int kind, int measure, double off)
{
    const struct ecp_table t = {.sizes = ECP_TABLE_SIZES, .trials = TRIALS, .value = value};
    for (size_t s = 0; s < ECP_TABLE_SIZES; s++)
        for (int k = 0; k < ECP_TABLE_KINDS; k++)
            for (size_t i = 0; i < TRIALS; i++)
                for (int m = 0; m < ECP_TABLE_MEASURES; m++)
                    value[((s * ECP_TABLE_KINDS + (size_t)k) * TRIALS + i) * ECP_TABLE_MEASURES +
                          (size_t)m] = (k < 2 ? ecp_table_published[s][k].mean[m] : 0.001) +
                                       (s == size && k == kind && m == measure ? off : 0);
    return t;
}

static void published(void)
{
    static double value[ECP_TABLE_SIZES * ECP_TABLE_KINDS * TRIALS * ECP_TABLE_MEASURES];
    struct ecp_table t = table_of(value, 0, 0, 0, 0);
    struct ecp_table_judged j = ecp_table_judge(&t);
    CU_ASSERT_DOUBLE_EQUAL(j.rates, 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(j.quality + j.information, 0, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(j.improves, 0.0482, 1e-9);          /* 100 neurons */
    CU_ASSERT_DOUBLE_EQUAL(j.improves_quality, 0.00325, 1e-9); /* 150 */
    CU_ASSERT_DOUBLE_EQUAL(j.blocked, 0.001, 1e-12);
    t = table_of(value, 2, ECP_TABLE_LATE, ECP_TABLE_UNCUED, -2.79);
    j = ecp_table_judge(&t);
    CU_ASSERT_DOUBLE_EQUAL(j.rates, 2.79 / 13.952, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(j.rates_beyond, (2.79 - 2.585) / 13.952, 1e-9); /* 2 sd/sqrt(4) */
    t = table_of(value, 3, ECP_TABLE_EARLY, ECP_TABLE_INFORMATION, 0.1);
    j = ecp_table_judge(&t);
    CU_ASSERT_DOUBLE_EQUAL(j.information, 0.1 / (0.0605 * sqrt(1.0 / 4 + 1.0 / 50)), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(j.improves, 1.2924 - 1.269, 1e-9);
    t = table_of(value, 1, ECP_TABLE_BLOCKED, ECP_TABLE_QUALITY, 0.05);
    CU_ASSERT_DOUBLE_EQUAL(ecp_table_judge(&t).blocked, 0.051, 1e-12);
}

/* ---- bad input ----------------------------------------------------------------------------------
 */

static void refused(const char *network, const char *key)
{
    scenario_refuses("silent_engram_consolidation", network, key);
}

static void bad_input(void)
{
    refused("story = \"off\"; table = \"off\";", "both off");
    refused("growing = 8;", "growing (8)");
    refused("onset_2 = \"0.5 h\";", "ascending");
    refused("onset_5 = \"8 h\";", "overlaps with the test");
    refused("burst = 1000; step = 0.95;", "step");
    refused("seed_step = 0;", "seeds repeated");
    refused("cells_bla = 40;", "engram_bla (40)");
    refused("power_mid = 1;", "power_mid (1)");
    refused("table = \"half\";", "table");
}

ECP_TEST_MAIN("silent_engram_consolidation", {"claims", claims}, {"without growth", without_growth},
              {"without proteins", without_proteins}, {"without block", without_block},
              {"without pairing", without_pairing}, {"late phase", late_phase},
              {"encoding", encoding}, {"threads", threads}, {"published", published},
              {"bad input", bad_input})
