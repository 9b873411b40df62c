/* Finding the registered members of each family by name. */
#include <stdio.h>
#include <string.h>

#include "engine/kernel.h"
#include "engine/names.h"
#include "engine/plasticity.h"
#include "engine/plugin_private.h"

extern const struct ecp_neuron_model *const ecp_neuron_table_baseline[];
extern const struct ecp_kernels ecp_kernels_baseline;
extern const struct ecp_plasticity *const ecp_plasticity_table_baseline[];
#ifdef ECP_HAVE_X86
extern const struct ecp_neuron_model *const ecp_neuron_table_avx2[];
extern const struct ecp_neuron_model *const ecp_neuron_table_avx512[];
extern const struct ecp_kernels ecp_kernels_avx2;
extern const struct ecp_kernels ecp_kernels_avx512;
extern const struct ecp_plasticity *const ecp_plasticity_table_avx2[];
extern const struct ecp_plasticity *const ecp_plasticity_table_avx512[];
#endif

const struct ecp_neuron_model *const *ecp_neuron_models(enum ecp_isa isa)
{
#ifdef ECP_HAVE_X86
    if (isa == ECP_ISA_AVX2)
        return ecp_neuron_table_avx2;
    if (isa == ECP_ISA_AVX512)
        return ecp_neuron_table_avx512;
#endif
    (void)isa;
    return ecp_neuron_table_baseline;
}

const struct ecp_plasticity *const *ecp_plasticity_rules(enum ecp_isa isa)
{
#ifdef ECP_HAVE_X86
    if (isa == ECP_ISA_AVX2)
        return ecp_plasticity_table_avx2;
    if (isa == ECP_ISA_AVX512)
        return ecp_plasticity_table_avx512;
#endif
    (void)isa;
    return ecp_plasticity_table_baseline;
}

const struct ecp_kernels *ecp_kernels_of(enum ecp_isa isa)
{
#ifdef ECP_HAVE_X86
    if (isa == ECP_ISA_AVX2)
        return &ecp_kernels_avx2;
    if (isa == ECP_ISA_AVX512)
        return &ecp_kernels_avx512;
#endif
    (void)isa;
    return &ecp_kernels_baseline;
}

int ecp_name_is_alias(const char *aliases, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = aliases; at && length > 0 && (at = strstr(at, name)); at += length) {
        const char before = at == aliases ? ' ' : at[-1], after = at[length];
        if ((before == ' ' || before == ':') && (after == ' ' || after == '\0'))
            return 1;
    }
    return 0;
}

enum ecp_status ecp_member_not_found(const char *family, const char *name, const char *const *known,
                                     size_t n)
{
    const char *nearest = ecp_names_nearest(name, known, n);
    if (nearest)
        return ecp_fail(ECP_ENOTFOUND, "no %s \"%s\"; did you mean \"%s\"?", family, name, nearest);
    return ecp_fail(ECP_ENOTFOUND, "no %s \"%s\"; `ecphory list` shows what there is", family,
                    name);
}

static const struct ecp_neuron_model *neuron_at(enum ecp_isa isa, const struct ecp_plugins *plugins,
                                                size_t k)
{
    const struct ecp_neuron_model *const *model = ecp_neuron_models(isa);
    size_t n = 0;
    while (n < k && model[n])
        n++;
    return model[n] ? model[n] : ecp_plugins_neuron(plugins, k - n);
}

static enum ecp_status find_neuron(const char *name, enum ecp_isa isa,
                                   const struct ecp_plugins *plugins,
                                   const struct ecp_neuron_model **out)
{
    const struct ecp_neuron_model *model;
    const char *known[ECP_MAX_MEMBERS];
    size_t n = 0;
    for (; n < ECP_MAX_MEMBERS && (model = neuron_at(isa, plugins, n)); n++) {
        if (strcmp(model->name, name) == 0 || ecp_name_is_alias(model->aliases, name)) {
            *out = model;
            return ECP_OK;
        }
        known[n] = model->name;
    }
    return ecp_member_not_found("neuron model", name, known, n);
}

enum ecp_status ecp_neuron_find(const char *name, enum ecp_isa isa,
                                const struct ecp_neuron_model **out)
{
    return find_neuron(name, isa, NULL, out);
}

enum ecp_status ecp_plugins_find_neuron(const struct ecp_plugins *plugins, const char *name,
                                        const struct ecp_neuron_model **out)
{
    return find_neuron(name, ECP_ISA_BASELINE, plugins, out);
}

const struct ecp_neuron_model *ecp_neuron_variant(const struct ecp_neuron_model *model,
                                                  enum ecp_isa isa)
{
    const struct ecp_neuron_model *const *baseline = ecp_neuron_models(ECP_ISA_BASELINE);
    for (size_t k = 0; baseline[k]; k++)
        if (baseline[k] == model)
            return ecp_neuron_models(isa)[k];
    return model;
}

enum ecp_status ecp_neuron_scheme(const struct ecp_neuron_model *model, const char *name,
                                  void (**out)(const struct ecp_block *block))
{
    char known[256] = "";
    size_t length = 0;
    if (name == NULL || name[0] == '\0') {
        *out = model->update;
        return ECP_OK;
    }
    for (const struct ecp_scheme *s = model->schemes; s && s->name; s++) {
        if (strcmp(s->name, name) == 0) {
            *out = s->update;
            return ECP_OK;
        }
        length += (size_t)snprintf(known + length, sizeof known - length, "%s, ", s->name);
        if (length >= sizeof known)
            length = sizeof known - 1;
    }
    if (model->flow && strcmp(name, "gsl_rkf45") == 0) {
        *out = NULL;
        return ECP_OK;
    }
    if (!model->schemes && !model->flow)
        return ecp_fail(ECP_ENOTFOUND,
                        "\"%s\" for %s, which is solved exactly; allowed: no scheme here", name,
                        model->name);
    return ecp_fail(ECP_ENOTFOUND, "\"%s\" for %s; allowed: %s%s", name, model->name, known,
                    model->flow ? "gsl_rkf45" : "nothing else");
}

static const struct ecp_analysis *analysis_at(const struct ecp_plugins *plugins, size_t k)
{
    size_t n = 0;
    while (n < k && ecp_analyses[n])
        n++;
    return ecp_analyses[n] ? ecp_analyses[n] : ecp_plugins_analysis(plugins, k - n);
}

enum ecp_status ecp_plugins_find_analysis(const struct ecp_plugins *plugins, const char *name,
                                          const struct ecp_analysis **out)
{
    const struct ecp_analysis *analysis;
    const char *known[ECP_MAX_MEMBERS];
    size_t n = 0;
    for (; n < ECP_MAX_MEMBERS && (analysis = analysis_at(plugins, n)); n++) {
        if (strcmp(analysis->name, name) == 0) {
            *out = analysis;
            return ECP_OK;
        }
        known[n] = analysis->name;
    }
    return ecp_member_not_found("measure", name, known, n);
}

enum ecp_status ecp_analysis_find(const char *name, const struct ecp_analysis **out)
{
    return ecp_plugins_find_analysis(NULL, name, out);
}

static const struct ecp_scenario *scenario_at(const struct ecp_plugins *plugins, size_t k)
{
    size_t n = 0;
    while (n < k && ecp_scenarios[n])
        n++;
    return ecp_scenarios[n] ? ecp_scenarios[n] : ecp_plugins_scenario(plugins, k - n);
}

enum ecp_status ecp_plugins_find_scenario(const struct ecp_plugins *plugins, const char *name,
                                          const struct ecp_scenario **out)
{
    const struct ecp_scenario *scenario;
    const char *known[ECP_MAX_MEMBERS];
    size_t n = 0;
    for (; n < ECP_MAX_MEMBERS && (scenario = scenario_at(plugins, n)); n++) {
        if (strcmp(scenario->name, name) == 0) {
            *out = scenario;
            return ECP_OK;
        }
        known[n] = scenario->name;
    }
    return ecp_member_not_found("scenario", name, known, n);
}

enum ecp_status ecp_scenario_find(const char *name, const struct ecp_scenario **out)
{
    return ecp_plugins_find_scenario(NULL, name, out);
}

enum ecp_status ecp_plasticity_find(const char *name, enum ecp_isa isa,
                                    const struct ecp_plasticity **out)
{
    const struct ecp_plasticity *const *rule = ecp_plasticity_rules(isa);
    const char *known[ECP_MAX_MEMBERS];
    size_t n = 0;
    for (; rule[n] && n < ECP_MAX_MEMBERS; n++) {
        if (strcmp(rule[n]->name, name) == 0 || ecp_name_is_alias(rule[n]->aliases, name)) {
            *out = rule[n];
            return ECP_OK;
        }
        known[n] = rule[n]->name;
    }
    return ecp_member_not_found("plasticity rule", name, known, n);
}
