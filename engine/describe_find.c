/* The kinds of members, finding one by name, and lists of them. */
#include <string.h>

#include "engine/analysis.h"
#include "engine/describe.h"
#include "engine/memory.h"
#include "engine/names.h"
#include "engine/neuron.h"
#include "engine/plasticity.h"

enum { MAX_NAMES = 512, NAME_LENGTH = 96 };

/* ---- every kind as pages ----------------------------------------------- */

/* Of a table that ends with NULL. */
static size_t length_of(const void *const *table)
{
    size_t n = 0;
    while (table[n])
        n++;
    return n;
}

static int neuron_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    const struct ecp_neuron_model *const *registered = ecp_neuron_models(ECP_ISA_BASELINE);
    const size_t n = length_of((const void *const *)registered);
    const struct ecp_neuron_model *m = k < n ? registered[k] : ecp_plugins_neuron(plugins, k - n);
    if (m)
        *out = (struct ecp_page){.name = m->name,
                                 .summary = m->summary,
                                 .equations = m->equations,
                                 .reference = m->reference,
                                 .aliases = m->aliases,
                                 .verified_by = m->verified_by,
                                 .schemes = m->schemes,
                                 .has_reference_scheme = m->flow != NULL,
                                 .fields = m->fields};
    return m != NULL;
}

static int analysis_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    const size_t n = length_of((const void *const *)ecp_analyses);
    const struct ecp_analysis *m = k < n ? ecp_analyses[k] : ecp_plugins_analysis(plugins, k - n);
    if (m)
        *out = (struct ecp_page){.name = m->name,
                                 .summary = m->summary,
                                 .equations = m->equations,
                                 .reference = m->reference,
                                 .verified_by = m->verified_by,
                                 .fields = m->fields,
                                 .choices = m->choices,
                                 .scores = m->run                        ? 0
                                           : m->needs & ECP_NEEDS_MODELS ? 2
                                                                         : 1};
    return m != NULL;
}

static int scenario_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    const size_t n = length_of((const void *const *)ecp_scenarios);
    const struct ecp_scenario *m = k < n ? ecp_scenarios[k] : ecp_plugins_scenario(plugins, k - n);
    if (m)
        *out = (struct ecp_page){.name = m->name,
                                 .summary = m->summary,
                                 .question = m->question,
                                 .equations = m->equations,
                                 .reference = m->reference,
                                 .fields = m->fields,
                                 .texts = m->texts,
                                 .results = m->results,
                                 .choices = m->choices};
    return m != NULL;
}

static int plasticity_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    const struct ecp_plasticity *m = ecp_plasticity_rules(ECP_ISA_BASELINE)[k];
    (void)plugins;
    if (m)
        *out = (struct ecp_page){.name = m->name,
                                 .summary = m->summary,
                                 .equations = m->equations,
                                 .reference = m->reference,
                                 .aliases = m->aliases,
                                 .verified_by = m->verified_by,
                                 .example = m->example,
                                 .fields = m->fields,
                                 .choices = m->choices};
    return m != NULL;
}

static const char *law_of(enum ecp_pattern_kind kind)
{
    static const char *const laws[] = {"normal", "signs", "bits"};
    return laws[kind];
}

static const char *stored_text(const struct ecp_memory_model *m)
{
    static const char *const patterns[] = {"patterns of any numbers", "patterns of -1 and 1",
                                           "patterns of 0 and 1"};
    static const char *const pairs[3][3] = {
        {"keys with values, both any numbers", "keys of any numbers with values of -1 and 1",
         "keys of any numbers with values of 0 and 1"},
        {"keys of -1 and 1 with values of any numbers", "keys with values, both of -1 and 1",
         "keys of -1 and 1 with values of 0 and 1"},
        {"keys of 0 and 1 with values of any numbers", "keys of 0 and 1 with values of -1 and 1",
         "keys with values, both of 0 and 1"}};
    return m->has_values ? pairs[m->keys][m->values] : patterns[m->keys];
}

static int memory_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    const struct ecp_memory_model *m = ecp_memory_models[k];
    (void)plugins;
    if (m)
        *out = (struct ecp_page){.name = m->name,
                                 .summary = m->summary,
                                 .equations = m->equations,
                                 .reference = m->reference,
                                 .verified_by = m->verified_by,
                                 .stores = stored_text(m),
                                 .confidence = m->score_meaning,
                                 .weights = m->attend ? m->attend_meaning : NULL,
                                 .key_law = law_of(m->keys),
                                 .value_law = m->has_values ? law_of(m->values) : NULL,
                                 .fields = m->fields,
                                 .choices = m->choices};
    return m != NULL;
}

static int table_page(const struct ecp_page *table, size_t k, struct ecp_page *out)
{
    if (table[k].name)
        *out = table[k];
    return table[k].name != NULL;
}

static int rule_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    (void)plugins;
    return table_page(ecp_pages_rules, k, out);
}

static int law_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    (void)plugins;
    return table_page(ecp_pages_laws, k, out);
}

static int stimulus_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    (void)plugins;
    return table_page(ecp_pages_stimuli, k, out);
}

static int probe_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    (void)plugins;
    return table_page(ecp_pages_probes, k, out);
}

static int section_page(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out)
{
    (void)plugins;
    return table_page(ecp_pages_sections, k, out);
}

const struct ecp_family ecp_families[] = {
    {"neuron", "neurons", "models of neurons, and sources of spikes", neuron_page},
    {"plasticity", "plasticity", "rules by which synapses change", plasticity_page},
    {"memory", "memories", "associative memories", memory_page},
    {"scenario", "scenarios",
     "networks and computations that are ready to run, with the claims they make", scenario_page},
    {"analysis", "analyses", "measures of a recording", analysis_page},
    {"rule", "rules", "ways to connect two populations", rule_page},
    {"law", "laws", "values that are drawn at random", law_page},
    {"stimulus", "stimuli", "what drives a population from outside", stimulus_page},
    {"probe", "probes", "what a run records", probe_page},
    {"config", "config", "sections of a config file", section_page},
    {0}};

/* ---- finding ----------------------------------------------------------- */

struct search {
    const char *name; /* without the kind */
    const struct ecp_plugins *plugins;
    struct ecp_page page;
    const struct ecp_family *family;
    size_t matches;
    char all[256]; /* "neuron/poisson, stimulus/poisson" */
};

/* Is `name` one of the aliases "nest:iaf_psc_exp pynn:IF_curr_exp"? */
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

static void search_family(struct search *s, const struct ecp_family *family, int by_alias)
{
    struct ecp_page page;
    for (size_t k = 0; family->page(s->plugins, k, &page); k++) {
        const int same =
            by_alias ? is_alias(page.aliases, s->name) : strcmp(page.name, s->name) == 0;
        if (!same)
            continue;
        const size_t at = strlen(s->all);
        (void)snprintf(s->all + at, sizeof s->all - at, "%s%s/%s", at ? ", " : "", family->name,
                       page.name);
        if (s->matches++ == 0) {
            s->page = page;
            s->family = family;
        }
    }
}

/* The nearest of all names, with its kind, into `text`; 0 when none is near. */
static int nearest_name(const struct search *s, const struct ecp_family *only, char *text,
                        size_t size)
{
    const char *bare[MAX_NAMES];
    const struct ecp_family *of[MAX_NAMES];
    size_t n = 0;
    struct ecp_page page;
    for (const struct ecp_family *f = ecp_families; f->name; f++)
        for (size_t k = 0; (!only || only == f) && n < MAX_NAMES && f->page(s->plugins, k, &page);
             k++) {
            of[n] = f;
            bare[n++] = page.name;
        }
    const char *near = ecp_names_nearest(s->name, bare, n);
    for (size_t k = 0; near && k < n; k++)
        if (bare[k] == near) {
            (void)snprintf(text, size, "%s/%s", of[k]->name, near);
            return 1;
        }
    return 0;
}

static const struct ecp_family *family_called(const char *name, size_t length)
{
    for (const struct ecp_family *f = ecp_families; f->name; f++)
        if ((strlen(f->name) == length && strncmp(f->name, name, length) == 0) ||
            (strlen(f->plural) == length && strncmp(f->plural, name, length) == 0))
            return f;
    return NULL;
}

static enum ecp_status no_family(const char *name, int length)
{
    const char *known[32];
    char asked[NAME_LENGTH], all[256] = "";
    size_t n = 0;
    for (const struct ecp_family *f = ecp_families; f->name && n < 32; f++) {
        const size_t at = strlen(all);
        (void)snprintf(all + at, sizeof all - at, "%s%s", at ? ", " : "", f->plural);
        known[n++] = f->plural;
    }
    (void)snprintf(asked, sizeof asked, "%.*s", length, name);
    const char *near = ecp_names_nearest(asked, known, n);
    if (near)
        return ecp_fail(ECP_ENOTFOUND, "no kind \"%s\"; did you mean \"%s\"? There are %s", asked,
                        near, all);
    return ecp_fail(ECP_ENOTFOUND, "no kind \"%s\"; there are %s", asked, all);
}

static enum ecp_status find_page(const char *name, const struct ecp_plugins *plugins,
                                 struct search *s)
{
    const char *slash = strchr(name, '/');
    const struct ecp_family *only = slash ? family_called(name, (size_t)(slash - name)) : NULL;
    if (slash && !only)
        return no_family(name, (int)(slash - name));
    *s = (struct search){.name = slash ? slash + 1 : name, .plugins = plugins};
    for (int by_alias = 0; by_alias < 2 && s->matches == 0; by_alias++)
        for (const struct ecp_family *f = ecp_families; f->name; f++)
            if (!only || only == f)
                search_family(s, f, by_alias);
    if (s->matches == 1)
        return ECP_OK;
    if (s->matches > 1)
        return ecp_fail(ECP_EUSAGE, "\"%s\" is several things: %s", s->name, s->all);
    char near[NAME_LENGTH];
    if (nearest_name(s, only, near, sizeof near))
        return ecp_fail(ECP_ENOTFOUND, "no member \"%s\"; did you mean \"%s\"?", name, near);
    return ecp_fail(ECP_ENOTFOUND, "no member \"%s\"; `ecphory list` shows what there is", name);
}

enum ecp_status ecp_describe(FILE *to, const char *name, const struct ecp_plugins *plugins,
                             struct ecp_look look)
{
    struct search s;
    const enum ecp_status status = find_page(name, plugins, &s);
    if (status == ECP_OK)
        ecp_print_page(to, s.family, &s.page, s.name, look);
    return status;
}

/* ---- lists ------------------------------------------------------------- */

static void list_line(FILE *to, const struct ecp_page *page, int width, struct ecp_look look)
{
    fprintf(to, "  %-*s  ", width, page->name);
    ecp_print_wrapped(to, page->summary, width + 4, width + 4, look);
}

static int same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Members under the headings of their questions, in the order in which the
 * questions come first. */
static void list_family(FILE *to, const struct ecp_family *family,
                        const struct ecp_plugins *plugins, struct ecp_look look)
{
    const char *bold = look.colour ? "\033[1m" : "", *plain = look.colour ? "\033[0m" : "";
    struct ecp_page page, other;
    int width = 0;
    for (size_t k = 0; family->page(plugins, k, &page); k++)
        width = (int)strlen(page.name) > width ? (int)strlen(page.name) : width;
    fprintf(to, "%s%s%s - %s\n", bold, family->plural, plain, family->summary);
    if (width == 0)
        fprintf(to, "  (none in this version)\n");
    for (size_t k = 0; family->page(plugins, k, &page); k++) {
        size_t first = 0;
        while (family->page(plugins, first, &other) && !same_text(other.question, page.question))
            first++;
        if (first != k)
            continue;
        if (page.question)
            fprintf(to, "\n  %s%s%s\n", bold, page.question, plain);
        for (size_t j = k; family->page(plugins, j, &other); j++)
            if (same_text(other.question, page.question))
                list_line(to, &other, width, look);
    }
}

enum ecp_status ecp_list(FILE *to, const char *plural, int names_only,
                         const struct ecp_plugins *plugins, struct ecp_look look)
{
    const struct ecp_family *only = plural ? family_called(plural, strlen(plural)) : NULL;
    struct ecp_page page;
    if (plural && !only)
        return no_family(plural, (int)strlen(plural));
    for (const struct ecp_family *f = ecp_families; f->name; f++) {
        if (only && only != f)
            continue;
        for (size_t k = 0; names_only && f->page(plugins, k, &page); k++)
            fprintf(to, "%s/%s\n", f->name, page.name);
        if (names_only)
            continue;
        list_family(to, f, plugins, look);
        if (!only && f[1].name)
            fputc('\n', to);
    }
    return ECP_OK;
}
