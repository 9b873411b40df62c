/* Networks of one rule of plasticity. */
#include <string.h>

#include "tests/specimens.h"

enum { SILENT = 30, ASTROCYTES = 20, MODULATORS = 3, BRISKLY = 40 };

static double value_of(const struct ecp_plasticity *rule, const char *field, double otherwise)
{
    const int f = ecp_field_find(rule->fields, field);
    return f >= 0 ? rule->fields[f].initial : otherwise;
}

/* Rules whose weights have no upper bound get weights about 100. */
static double top_of(const struct ecp_plasticity *rule)
{
    const double w_max = value_of(rule, "w_max", 100);
    return w_max > 1e4 ? 100 : w_max;
}

/* Briskly, so that within some updates many come and go. */
static enum ecp_status set_growth(struct ecp_plan_projection *p, int brisk)
{
    static const struct {
        const char *field;
        double value;
    } quick[] = {{"tau_ca", 100},        {"beta_ca", 0.05},  {"axon_nu", 6e-2},
                 {"dendrite_nu", 5e-2},  {"axon_eps", 0.15}, {"dendrite_eps", 0.3},
                 {"update_interval", 10}};
    enum ecp_status status = ecp_projection_set(p, "update_interval", 100);
    for (size_t k = 0; k < sizeof quick / sizeof quick[0] && brisk && status == ECP_OK; k++)
        status = ecp_projection_set(p, quick[k].field, quick[k].value);
    return status;
}

static enum ecp_status set_rule(struct ecp_plan_projection *p, int brisk)
{
    const struct ecp_plasticity *rule = p->plasticity;
    const double top = top_of(rule), period = value_of(rule, "period", 0);
    enum ecp_status status = ECP_OK;
    if (value_of(rule, "a_plus", 1) == 0 && value_of(rule, "a_minus", 1) == 0) {
        ECP_TRY(ecp_projection_set(p, "a_plus", 0.01 * top));
        ECP_TRY(ecp_projection_set(p, "a_minus", 0.012 * top));
    }
    if (brisk && period > 100)
        ECP_TRY(ecp_projection_set(p, "period", period / BRISKLY));
    if (rule->structure)
        ECP_TRY(set_growth(p, brisk));
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const struct ecp_rule_network *want,
                                    const char *source, size_t indegree)
{
    struct ecp_plan_projection *p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_projection(plan, source, "E", ECP_RULE_FIXED_INDEGREE, &p));
    ECP_TRY(ecp_plan_plasticity(plan, p, want->rule));
    const double top = top_of(p->plasticity);
    p->number = indegree;
    p->weight = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.3 * top, .b = 0.8 * top};
    p->delay = (struct ecp_draw){.kind = ECP_DRAW_UNIFORM, .a = 0.6, .b = 3.2};
    p->dendritic = want->dendritic;
    if (p->plasticity->structure) {
        p->weight = ecp_draw_constant(0.5 * top);
        p->delay = ecp_draw_constant(1);
    }
    ECP_TRY(set_rule(p, want->brisk));
    if (want->stacked)
        ECP_TRY(ecp_plan_short_term(plan, p, "tsodyks_markram"));
    if (p->plasticity->needs_modulator) {
        p->modulator = ecp_plan_population_index(plan, "modulator");
        p->modulator_delay = 1;
    }
done:
    return status;
}

/* At two of three synapses, with calcium enough for rules that look at it. */
static enum ecp_status add_astrocytes(struct ecp_plan *plan, const char *primary)
{
    struct ecp_plan_population *p;
    struct ecp_plan_third *third;
    enum ecp_status status;
    if (ecp_plan_population_index(plan, "astrocytes") < 0) {
        ECP_TRY(ecp_plan_add_population(plan, "astrocytes", "astrocyte_lr", ASTROCYTES, &p));
        ECP_TRY(ecp_population_set(p, "ip3", 0.6));
        ECP_TRY(ecp_population_set(p, "ca", 0.3));
    }
    ECP_TRY(ecp_plan_add_third(plan, NULL, primary, "astrocytes", &third));
    third->probability = 0.66;
    third->pool_size = 5;
done:
    return status;
}

static enum ecp_status add_reading(struct ecp_plan *plan, const struct ecp_rule_network *want,
                                   const char *projection)
{
    struct ecp_plan_probe *probe;
    double *times = ecp_plan_alloc(plan, want->n_readings * sizeof *times);
    enum ecp_status status;
    if (!times)
        return ecp_fail(ECP_ENOMEM, "no memory for a plan");
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, projection, &probe));
    for (size_t n = 0; n < want->n_readings; n++)
        times[n] = want->first + want->between * (double)n;
    probe->n_times = want->n_readings;
    probe->times = times;
done:
    return status;
}

/* Of targets: the first that has what the rule looks at. */
static const char *model_for(const struct ecp_plasticity *rule)
{
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ECP_ISA_BASELINE);
    const struct ecp_neuron_model *usual = NULL;
    if (!rule->sees[0] || ecp_neuron_find("lif_exp", ECP_ISA_BASELINE, &usual) != ECP_OK ||
        ecp_field_find(usual->fields, rule->sees[0]) >= 0)
        return "lif_exp";
    for (size_t k = 0; models[k]; k++)
        if (ecp_field_find(models[k]->fields, rule->sees[0]) >= 0)
            return models[k]->name;
    return "lif_exp";
}

static enum ecp_status add_populations(struct ecp_plan *plan, const char *name, int brisk)
{
    const struct ecp_plasticity *rule = NULL;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *s;
    enum ecp_status status;
    ECP_TRY(ecp_plasticity_find(name, ECP_ISA_BASELINE, &rule));
    ECP_TRY(ecp_plan_add_population(plan, "E", model_for(rule), ECP_RULE_NEURONS, &p));
    ECP_TRY(ecp_population_set_draw(p, "v", ecp_draw_normal(-65, 3)));
    /* Seldom fires: its synapses are brought to date between its spikes. */
    ECP_TRY(ecp_plan_add_population(plan, "silent", "poisson", SILENT, &p));
    ECP_TRY(ecp_population_set(p, "rate", 0.5));
    ECP_TRY(ecp_plan_add_population(plan, "modulator", "poisson", MODULATORS, &p));
    ECP_TRY(ecp_population_set(p, "rate", brisk ? 5 * BRISKLY : 5));
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "E", &s));
    s->level = ecp_draw_constant(5500);
    s->weight = 40;
done:
    return status;
}

static enum ecp_status fill(struct ecp_plan *plan, const struct ecp_rule_network *want)
{
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    plan->dt = 0.2;
    plan->seed = 3;
    ECP_TRY(add_populations(plan, want->rule, want->brisk));
    ECP_TRY(add_synapses(plan, want, "E", 15));
    ECP_TRY(add_synapses(plan, want, "silent", 6));
    if (plan->projection[0]->plasticity->third[0]) {
        ECP_TRY(add_astrocytes(plan, "E_E"));
        ECP_TRY(add_astrocytes(plan, "silent_E"));
    }
    if (want->n_readings > 0) {
        ECP_TRY(add_reading(plan, want, "E_E"));
        ECP_TRY(add_reading(plan, want, "silent_E"));
    }
    ECP_TRY(ecp_plan_add_phase(plan, "run", want->duration, 0, &phase));
    ECP_TRY(ecp_plan_check(plan));
done:
    return status;
}

enum ecp_status ecp_rule_network_plan(const struct ecp_rule_network *want, struct ecp_plan **out)
{
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_plan_create(&plan));
    ECP_TRY(fill(plan, want));
    *out = plan;
done:
    if (status != ECP_OK)
        ecp_plan_destroy(plan);
    return status;
}
