/* Finding the registered members of each family by name. */
#include <stdio.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/kernel.h"
#include "engine/names.h"
#include "engine/neuron.h"
#include "engine/scenario.h"

enum { MAX_MEMBERS = 256 };

extern const struct ecp_neuron_model *const ecp_neuron_table_baseline[];
extern const struct ecp_kernels ecp_kernels_baseline;
#ifdef ECP_HAVE_X86
extern const struct ecp_neuron_model *const ecp_neuron_table_avx2[];
extern const struct ecp_neuron_model *const ecp_neuron_table_avx512[];
extern const struct ecp_kernels ecp_kernels_avx2;
extern const struct ecp_kernels ecp_kernels_avx512;
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

/* Is `name` one of the blank-separated aliases, with or without its prefix? */
static int is_alias(const char *aliases, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = aliases; at && length > 0 && (at = strstr(at, name)); at += length) {
        const char before = at == aliases ? ' ' : at[-1], after = at[length];
        if ((before == ' ' || before == ':') && (after == ' ' || after == '\0'))
            return 1;
    }
    return 0;
}

static enum ecp_status not_found(const char *family, const char *name, const char *const *known,
                                 size_t n)
{
    const char *nearest = ecp_names_nearest(name, known, n);
    if (nearest)
        return ecp_fail(ECP_ENOTFOUND, "no %s \"%s\"; did you mean \"%s\"?", family, name, nearest);
    return ecp_fail(ECP_ENOTFOUND, "no %s \"%s\"; `ecphory list` shows what there is", family,
                    name);
}

enum ecp_status ecp_neuron_find(const char *name, enum ecp_isa isa,
                                const struct ecp_neuron_model **out)
{
    const struct ecp_neuron_model *const *model = ecp_neuron_models(isa);
    const char *known[MAX_MEMBERS];
    size_t n = 0;
    for (; model[n] && n < MAX_MEMBERS; n++) {
        if (strcmp(model[n]->name, name) == 0 || is_alias(model[n]->aliases, name)) {
            *out = model[n];
            return ECP_OK;
        }
        known[n] = model[n]->name;
    }
    return not_found("neuron model", name, known, n);
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

enum ecp_status ecp_analysis_find(const char *name, const struct ecp_analysis **out)
{
    const char *known[MAX_MEMBERS];
    size_t n = 0;
    for (; ecp_analyses[n] && n < MAX_MEMBERS; n++) {
        if (strcmp(ecp_analyses[n]->name, name) == 0) {
            *out = ecp_analyses[n];
            return ECP_OK;
        }
        known[n] = ecp_analyses[n]->name;
    }
    return not_found("measure", name, known, n);
}

enum ecp_status ecp_scenario_find(const char *name, const struct ecp_scenario **out)
{
    const char *known[MAX_MEMBERS];
    size_t n = 0;
    for (; ecp_scenarios[n] && n < MAX_MEMBERS; n++) {
        if (strcmp(ecp_scenarios[n]->name, name) == 0) {
            *out = ecp_scenarios[n];
            return ECP_OK;
        }
        known[n] = ecp_scenarios[n]->name;
    }
    return not_found("scenario", name, known, n);
}
