/* Names of elements that were given none, and the words of the config. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/plan_check.h"

const char *const ecp_rule_words[] = {"all_to_all",      "one_to_one",         "fixed_indegree",
                                      "fixed_outdegree", "fixed_total_number", "pairwise_bernoulli",
                                      "explicit",        "distance",           NULL};
const char *const ecp_connection_words[] = {"chemical", "gap", "sic", "tripartite", NULL};
const char *const ecp_kernel_words[] = {"gaussian", "exponential", "disc", NULL};
const char *const ecp_delay_type_words[] = {"axonal", "dendritic", NULL};
const char *const ecp_precision_words[] = {"auto", "compact", "full", NULL};
const char *const ecp_stimulus_words[] = {"poisson", "spikes", "current", "noise", NULL};
const char *const ecp_probe_words[] = {"spikes", "field", "rate", "weights", "structure", NULL};
const char *const ecp_structure_words[] = {"synapses",       "created",   "deleted", "calcium",
                                           "source_calcium", "dendrites", "axons",   NULL};
const char *const ecp_bounds_words[] = {"clip", "redraw", NULL};
const char *const ecp_dist_words[] = {"normal", "lognormal", "uniform", "exponential", NULL};
const char *const ecp_layout_words[] = {"grid", "sheet", NULL};
const char *const ecp_time_words[] = {"grid", "exact", NULL};
const char *const ecp_output_words[] = {"none", "final", "both", NULL};

int ecp_plan_probe_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_probes; k++)
        if (plan->probe[k]->name && strcmp(plan->probe[k]->name, name) == 0)
            return (int)k;
    return -1;
}

/* `text`, or text_2, text_3, ... until `find` knows none of the name. */
static void make_unique(const struct ecp_plan *plan, char *text,
                        int (*find)(const struct ecp_plan *, const char *))
{
    const size_t length = strlen(text);
    for (unsigned k = 2; find(plan, text) >= 0; k++)
        (void)snprintf(text + length, ECP_KEY_LENGTH - length, "_%u", k);
}

static int connection_index(const struct ecp_plan *plan, const char *name)
{
    const int at = ecp_plan_projection_index(plan, name);
    const int gap = ecp_plan_gap_index(plan, name);
    return at >= 0 ? at : gap >= 0 ? gap : ecp_plan_third_index(plan, name);
}

void ecp_plan_projection_name(const struct ecp_plan *plan, const char *source, const char *target,
                              char *text)
{
    (void)snprintf(text, ECP_KEY_LENGTH - 16, "%s_%s", source, target);
    make_unique(plan, text, connection_index);
}

static void probe_name(const struct ecp_plan *plan, const struct ecp_plan_probe *probe, char *text)
{
    const char *target = plan->population[probe->target.population]->name;
    const char *what = ecp_probe_words[probe->kind];
    const int of_projection =
        probe->kind == ECP_PROBE_WEIGHTS || probe->kind == ECP_PROBE_STRUCTURE;
    if (probe->kind == ECP_PROBE_STRUCTURE)
        what = ecp_structure_words[0];
    if (probe->field_name)
        what = probe->field_name;
    if (of_projection)
        target = plan->projection[probe->projection]->name;
    (void)snprintf(text, ECP_KEY_LENGTH - 16, "%s_%s", what, target);
    make_unique(plan, text, ecp_plan_probe_index);
}

enum ecp_status ecp_plan_complete_names(struct ecp_plan *plan)
{
    char text[ECP_KEY_LENGTH];
    for (size_t k = 0; k < plan->n_stimuli; k++) {
        struct ecp_plan_stimulus *s = plan->stimulus[k];
        if (s->name)
            continue;
        (void)snprintf(text, sizeof text - 16, "%s_%s", ecp_stimulus_words[s->kind],
                       plan->population[s->target.population]->name);
        make_unique(plan, text, ecp_plan_stimulus_index);
        s->name = ecp_plan_strdup(plan, text);
        if (!s->name)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    }
    for (size_t k = 0; k < plan->n_probes; k++) {
        if (plan->probe[k]->name)
            continue;
        probe_name(plan, plan->probe[k], text);
        plan->probe[k]->name = ecp_plan_strdup(plan, text);
        if (!plan->probe[k]->name)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    }
    return ECP_OK;
}

enum ecp_status ecp_plan_check_name(const char *name, const struct ecp_place *place,
                                    const char *key)
{
    enum { LONGEST = 60 };
    size_t n = 0;
    while (isalnum((unsigned char)name[n]) || name[n] == '_' || name[n] == '-')
        n++;
    if (name[n] == '\0' && isalpha((unsigned char)name[0]) && n <= LONGEST)
        return ECP_OK;
    return ecp_refuse(place, key,
                      "found the name \"%.80s\"; allowed: a letter, then letters, digits, _ and -, "
                      "at most %d",
                      name, LONGEST);
}
