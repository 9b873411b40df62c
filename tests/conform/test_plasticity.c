/* test_plasticity.c -- what every registered plasticity rule owes the engine. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/network.h"
#include "tests/specimens.h"
#include "tests/support.h"

enum { READINGS = 5 };

static void each_rule(void (*check)(const struct ecp_plasticity *rule, enum ecp_isa isa))
{
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        const struct ecp_plasticity *const *rules = ecp_plasticity_rules((enum ecp_isa)isa);
        CU_ASSERT_PTR_NOT_NULL_FATAL(rules[0]);
        for (size_t k = 0; rules[k]; k++)
            check(rules[k], (enum ecp_isa)isa);
    }
}

/* Decides what a synapse transmits, and nothing else. */
static int is_short_term(const struct ecp_plasticity *r)
{
    return r->arrive && !r->visit && !r->tick && !r->gather && !r->settle && !r->apply &&
           !r->structure;
}

static int changes_weights(const struct ecp_plasticity *r)
{
    return r->visit || r->tick || r->apply;
}

/* ---- descriptions ----------------------------------------------------------- */

static int says_something(const char *text)
{
    return text != NULL && strlen(text) > 2;
}

static void check_described(const struct ecp_plasticity *r, enum ecp_isa isa)
{
    const struct ecp_plasticity *found = NULL;
    CU_ASSERT_FATAL(r->name != NULL && r->fields != NULL);
    CU_ASSERT(says_something(r->summary) && says_something(r->equations));
    CU_ASSERT(says_something(r->reference) && says_something(r->verified_by));
    CU_ASSERT(is_short_term(r) || changes_weights(r) || r->structure);
    ECP_ASSERT_OK(ecp_plasticity_find(r->name, isa, &found));
    CU_ASSERT_PTR_EQUAL(found, r);

    char path[512], first[128];
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(r->verified_by, ", "), r->verified_by);
    (void)snprintf(path, sizeof path, "%s/%s", ECP_SOURCE_DIR, first);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL(file);
    if (file)
        (void)fclose(file);
    else
        (void)printf(" %s: %s", r->name, r->verified_by);
}

static void check_fields(const struct ecp_plasticity *r, enum ecp_isa isa)
{
    (void)isa;
    size_t kinds[ECP_SYNAPSE + 1] = {0};
    for (size_t f = 0; r->fields[f].name; f++) {
        const struct ecp_field *field = &r->fields[f];
        CU_ASSERT(field->unit != NULL && strlen(field->unit) > 0 && says_something(field->meaning));
        CU_ASSERT(field->lowest <= field->initial && field->initial <= field->highest);
        CU_ASSERT_EQUAL(ecp_field_find(r->fields, field->name), (int)f);
        CU_ASSERT(field->kind == ECP_PARAM || field->kind == ECP_PRE || field->kind == ECP_POST ||
                  field->kind == ECP_SYNAPSE);
        kinds[field->kind]++;
    }
    CU_ASSERT(kinds[ECP_PRE] <= ECP_MAX_TRACES && kinds[ECP_POST] <= ECP_MAX_TRACES);
    CU_ASSERT(kinds[ECP_SYNAPSE] <= ECP_MAX_SYNAPSE && kinds[ECP_PARAM] > 0);
    CU_ASSERT(r->n_marks <= ECP_MAX_MARKS && r->n_sums <= ECP_MAX_MARKS);
    for (const struct ecp_choice *c = r->choices; c && c->field; c++) {
        const int f = ecp_field_find(r->fields, c->field);
        double words = 1;
        CU_ASSERT_FATAL(f >= 0);
        for (const char *at = c->words; *at; at++)
            words += *at == ' ';
        CU_ASSERT(r->fields[f].lowest == 0 && r->fields[f].highest == words - 1);
    }
}

static void check_derive(const struct ecp_plasticity *r, enum ecp_isa isa)
{
    (void)isa;
    static const double dt[] = {1e-2, 0.1, 1};
    double param[ECP_MAX_FIELDS] = {0};
    for (size_t f = 0; r->fields[f].name; f++)
        param[f] = r->fields[f].initial;
    for (size_t k = 0; k < sizeof dt / sizeof dt[0] && r->derive; k++) {
        ecp_real derived[ECP_MAX_DERIVED] = {0};
        ECP_ASSERT_OK(r->derive(param, dt[k], derived));
        for (size_t d = 0; d < ECP_MAX_DERIVED; d++)
            CU_ASSERT(isfinite(derived[d]));
    }
}

static void described(void)
{
    each_rule(check_described);
    each_rule(check_fields);
    each_rule(check_derive);
}

static void aliases(void)
{
    static const char *const known[][2] = {{"stdp_synapse", "stdp"},
                                           {"SpikePairRule", "stdp"},
                                           {"stdp_pl_synapse_hom", "stdp_power"},
                                           {"stdp_nn_restr_synapse", "stdp_nearest"},
                                           {"stdp_triplet_synapse", "stdp_triplet"},
                                           {"vogels_sprekeler_synapse", "istdp"},
                                           {"tsodyks2_synapse", "tsodyks_markram"}};
    const struct ecp_plasticity *found = NULL;
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        ECP_ASSERT_OK(ecp_plasticity_find(known[k][0], ECP_ISA_BASELINE, &found));
        CU_ASSERT_STRING_EQUAL(found->name, known[k][1]);
    }
    found = NULL;
    CU_ASSERT_EQUAL(ecp_plasticity_find("sdtp", ECP_ISA_BASELINE, &found), ECP_ENOTFOUND);
    CU_ASSERT_PTR_NULL(found);
    ecp_error_clear();
}

static void same_rules(void)
{
    const struct ecp_plasticity *const *base = ecp_plasticity_rules(ECP_ISA_BASELINE);
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        const struct ecp_plasticity *const *other = ecp_plasticity_rules((enum ecp_isa)isa);
        for (size_t k = 0; base[k]; k++)
            CU_ASSERT_STRING_EQUAL(base[k]->name, other[k]->name);
    }
}

/* ---- a small recurrent network ------------------------------------------------- */

struct trial {
    const char *rule;
    int dendritic, readings, stacked; /* on top: short-term plasticity */
    int threads;
    enum ecp_isa isa;
};

struct outcome {
    uint64_t spikes, checksum, weights;
    size_t bad, changed, n;
};

static double value_of(const struct ecp_plasticity *rule, const char *field, double otherwise)
{
    const int f = ecp_field_find(rule->fields, field);
    return f >= 0 ? rule->fields[f].initial : otherwise;
}

static struct ecp_plan *network_of(const struct trial *t)
{
    const struct ecp_rule_network want = {.rule = t->rule,
                                          .dendritic = t->dendritic,
                                          .stacked = t->stacked,
                                          .n_readings = t->readings ? READINGS : 0,
                                          .first = 100.2,
                                          .between = 271.4,
                                          .duration = 1250};
    struct ecp_plan *plan = NULL;
    ECP_ASSERT_OK(ecp_rule_network_plan(&want, &plan));
    return plan;
}

static void look_at_weights(const struct ecp_plan *plan, const struct ecp_recording *r,
                            struct outcome *out)
{
    const struct ecp_plasticity *rule = plan->projection[0]->plasticity;
    const double least = value_of(rule, "w_min", 0) * (1 - 1e-6);
    const double most = value_of(rule, "w_max", INFINITY) * (1 + 1e-6);
    for (size_t k = 0; k < r->n_weights; k++) {
        const struct ecp_recorded_weights *w = &r->weights[k],
                                          *first = &r->weights[k % ECP_RULE_PROJECTIONS];
        for (size_t s = 0; s < w->n; s++) {
            const double x = (double)w->weight[s];
            out->bad += !(isfinite(x) && x >= least && x <= most);
            out->changed += w->projection == first->projection && w->n == first->n &&
                            w->weight[s] != first->weight[s];
            out->n++;
        }
    }
}

static struct outcome run(const struct trial *t)
{
    struct outcome out = {0};
    struct ecp_plan *plan = network_of(t);
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = t->threads, .isa = t->isa};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    const struct ecp_recording *r = ecp_network_recording(network);
    out.spikes = r->spikes;
    out.checksum = r->checksum;
    out.weights = ecp_network_weights_checksum(network);
    look_at_weights(plan, r, &out);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
    return out;
}

/* For every rule, both kinds of delay where it allows them. */
static void each_trial(void (*check)(struct trial *trial))
{
    const struct ecp_plasticity *const *rules = ecp_plasticity_rules(ECP_ISA_BASELINE);
    for (size_t k = 0; rules[k]; k++)
        for (int dendritic = 0; dendritic < 2 - (rules[k]->axonal_only || is_short_term(rules[k]));
             dendritic++) {
            struct trial trial = {.rule = rules[k]->name,
                                  .dendritic = dendritic,
                                  .threads = 1,
                                  .isa = ecp_isa_best()};
            check(&trial);
        }
}

static int same(const struct outcome *a, const struct outcome *b)
{
    return a->spikes == b->spikes && a->checksum == b->checksum && a->weights == b->weights;
}

static void complain(int fine, const struct trial *t, const char *what)
{
    if (!fine)
        (void)printf("\n  %s, %s: %s", t->rule, t->dendritic ? "dendritic" : "axonal", what);
    CU_ASSERT(fine);
}

/* Read in the middle of the run, by which nothing else changes. */
static void check_weights(struct trial *t)
{
    const struct ecp_plasticity *rule = NULL;
    const struct outcome want = run(t);
    t->readings = 1;
    const struct outcome out = run(t);
    ECP_ASSERT_OK(ecp_plasticity_find(t->rule, t->isa, &rule));
    complain(same(&out, &want), t, "reading weights changed something");
    complain(out.bad == 0, t, "weights out of bounds");
    complain(out.spikes > 10 * ECP_RULE_NEURONS && out.spikes < 300 * ECP_RULE_NEURONS, t,
             "rates out of the usual");
    complain(rule->structure || out.n == READINGS * ECP_RULE_SYNAPSES, t, "weights missing");
    complain(rule->structure || !changes_weights(rule) == (out.changed == 0), t,
             "weights that change");
}

static void weights(void)
{
    each_trial(check_weights);
}

static void check_bits(struct trial *t)
{
    t->stacked = 1;
    const struct outcome want = run(t);
    for (t->threads = 2; t->threads <= 4; t->threads++) {
        const struct outcome got = run(t);
        complain(same(&got, &want), t, "bits differ between numbers of threads");
    }
    t->threads = 2;
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa) || isa == (int)ecp_isa_best())
            continue;
        t->isa = (enum ecp_isa)isa;
        const struct outcome got = run(t);
        complain(same(&got, &want), t, "bits differ between instruction sets");
    }
}

static void bits(void)
{
    each_trial(check_bits);
}

/* ---- places ----------------------------------------------------------------------- */

/* short_term takes the rules that change no weights, and no others. */
static void check_place(struct trial *t)
{
    struct ecp_plan *plan;
    struct ecp_plan_population *e;
    struct ecp_plan_projection *p;
    struct ecp_plan_phase *phase;
    const struct ecp_plasticity *rule = NULL;
    if (t->dendritic)
        return;
    ECP_ASSERT_OK(ecp_plasticity_find(t->rule, t->isa, &rule));
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "E", "lif_exp", 3, &e));
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "E", "E", ECP_RULE_ALL_TO_ALL, &p));
    p->weight = ecp_draw_constant(1);
    p->delay = ecp_draw_constant(1);
    ECP_ASSERT_OK(ecp_plan_short_term(plan, p, t->rule));
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 10, 0, &phase));
    const enum ecp_status status = ecp_plan_check(plan);
    complain(status == (is_short_term(rule) ? ECP_OK : ECP_ECONFIG), t, "as short_term");
    ecp_error_clear();
    ecp_plan_destroy(plan);
}

static void places(void)
{
    each_trial(check_place);
}

ECP_TEST_MAIN("plasticity", {"described", described}, {"aliases", aliases},
              {"same rules for every instruction set", same_rules},
              {"weights: within bounds, not changed by reading", weights},
              {"same bits for threads and instruction sets", bits},
              {"short_term takes its own", places})
