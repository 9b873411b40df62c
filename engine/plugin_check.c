/* What a plugin must say before it is believed: a description that is wrong
 * would otherwise be found by a crash. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_units.h"
#include "engine/plugin_private.h"

enum { NAME_MAX_LENGTH = 60, RANDOM_FIELDS = 4, TABLE_MAX = 256 };

/* One member under check, for its sentences. */
struct check {
    const struct ecp_plugins *plugins;
    const struct ecp_plugin *plugin;
    const char *file;   /* of the plugin */
    const char *family; /* "neuron model" */
    const char *name;   /* of the member, NULL until it is known to be one */
    struct ecp_units *units;
};

static enum ecp_status refuse(const struct check *c, const char *what, const char *found,
                              const char *allowed)
{
    return ecp_fail(ECP_ECONFIG, "%s: %s%s%s%s: %s: found %s; allowed: %s", c->file, c->family,
                    c->name ? " \"" : "", c->name ? c->name : "", c->name ? "\"" : "", what, found,
                    allowed);
}

/* ---- names ----------------------------------------------------------------- */

static int is_name(const char *name)
{
    size_t n = 0;
    if (!name || !isalpha((unsigned char)name[0]))
        return 0;
    while (isalnum((unsigned char)name[n]) || name[n] == '_')
        n++;
    return name[n] == '\0' && n <= NAME_MAX_LENGTH;
}

/* Name and summary, which all families have. */
static enum ecp_status check_head(struct check *c, const char *name, const char *summary)
{
    c->name = NULL;
    if (!is_name(name))
        return refuse(c, "name", name ? "another character than letters, digits and _" : "none",
                      "a letter, then letters, digits and _");
    c->name = name;
    if (!summary || !summary[0])
        return refuse(c, "summary", "none", "one sentence");
    return ECP_OK;
}

static enum ecp_status refuse_taken(const struct check *c)
{
    return refuse(c, "name", "one that there is already",
                  "names that `ecphory list` does not show");
}

/* `find` of one family has looked for the member's name. */
static enum ecp_status check_free(const struct check *c, enum ecp_status found)
{
    if (found == ECP_OK)
        return refuse_taken(c);
    ecp_error_clear();
    return ECP_OK;
}

/* ---- fields ---------------------------------------------------------------- */

static enum ecp_status check_unit(const struct check *c, const struct ecp_field *f)
{
    static const char allowed[] = "one of docs/UNITS.md, \"1\" for plain numbers";
    char text[NAME_MAX_LENGTH + 8];
    double value = 0;
    if (!f->unit || !f->unit[0] || strlen(f->unit) > NAME_MAX_LENGTH)
        return refuse(c, f->name, "no unit", allowed);
    /* Whether or not a time can become it: ECP_EARG says that it is no unit. */
    const enum ecp_status status = ecp_units_convert(c->units, "1 ms", f->unit, &value);
    ecp_error_clear();
    if (status != ECP_EARG)
        return ECP_OK;
    (void)snprintf(text, sizeof text, "unit \"%s\"", f->unit);
    return refuse(c, f->name, text, allowed);
}

static enum ecp_status check_field(const struct check *c, const struct ecp_field *table, size_t k,
                                   unsigned kinds)
{
    const struct ecp_field *f = &table[k];
    if (!is_name(f->name))
        return refuse(c, "fields", "one whose name is not a word",
                      "a letter, then letters, digits and _");
    if (ecp_field_find(table, f->name) != (int)k)
        return refuse(c, f->name, "two fields of this name", "one");
    if ((unsigned)f->kind > 31 || !(kinds >> f->kind & 1))
        return refuse(c, f->name, "a kind of field that this family does not have",
                      "those in engine/field.h");
    if (!f->meaning || !f->meaning[0])
        return refuse(c, f->name, "no meaning", "a few words");
    if (!(f->lowest <= f->highest))
        return refuse(c, f->name, "lowest above highest", "a range");
    if (f->kind != ECP_RESULT && !(f->lowest <= f->initial && f->initial <= f->highest))
        return refuse(c, f->name, "a default outside the range", "lowest to highest");
    return check_unit(c, f);
}

static enum ecp_status check_fields(const struct check *c, const struct ecp_field *table,
                                    size_t most, unsigned kinds)
{
    size_t n = 0;
    while (table && n <= most && table[n].name)
        n++;
    if (n > most) {
        char allowed[96];
        (void)snprintf(allowed, sizeof allowed, "at most %zu, then {0}", most);
        return refuse(c, "fields", "too many, or no {0} at the end", allowed);
    }
    for (size_t k = 0; k < n; k++) {
        const enum ecp_status status = check_field(c, table, k, kinds);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

static size_t count_of(const struct ecp_field *fields, enum ecp_field_kind kind)
{
    size_t n = 0;
    while (ecp_field_of_kind(fields, kind, n) >= 0)
        n++;
    return n;
}

/* Is field `k` there, and of `kind`? -1 is fine where it may be absent. */
static int has(const struct ecp_field *fields, int k, enum ecp_field_kind kind, int may_lack)
{
    if (k == -1)
        return may_lack;
    return k >= 0 && (size_t)k < ecp_field_count(fields) && fields[k].kind == kind;
}

/* ---- neuron models --------------------------------------------------------- */

static enum ecp_status check_counts(const struct check *c, const struct ecp_field *fields)
{
    if (count_of(fields, ECP_INPUT) > ECP_MAX_PORTS)
        return refuse(c, "fields", "too many receptor ports", "at most 8");
    if (count_of(fields, ECP_CURRENT) > ECP_MAX_CURRENTS)
        return refuse(c, "fields", "too many of kind ECP_CURRENT", "at most 4");
    if (count_of(fields, ECP_UNIFORM) + count_of(fields, ECP_NORMAL) > RANDOM_FIELDS)
        return refuse(c, "fields", "too many random inputs", "at most 4");
    for (size_t k = 0; fields[k].name; k++)
        if (fields[k].kind == ECP_COUNTER && (fields[k].lowest < 0 || fields[k].highest > 65535))
            return refuse(c, fields[k].name, "a counter beyond 16 bits", "0 to 65535");
    return ECP_OK;
}

static int flow_is_sound(const struct ecp_field *fields, const struct ecp_flow *flow)
{
    int sound = flow->n > 0 && flow->n <= ECP_MAX_FLOW && flow->slope && flow->settle;
    for (size_t k = 0; sound && k < flow->n; k++)
        sound = has(fields, flow->state[k], ECP_STATE, 0);
    return sound && has(fields, flow->stimulus, ECP_CURRENT, 1) &&
           has(fields, flow->wait, ECP_COUNTER, 1);
}

static int exact_is_sound(const struct ecp_field *fields, const struct ecp_exact *e)
{
    if (e->kind == ECP_EXACT_REPEATS)
        return 1;
    if (e->kind == ECP_EXACT_POISSON)
        return has(fields, e->rate, ECP_PARAM_EACH, 0);
    const int params[] = {e->tau_m, e->c, e->e_l, e->v_th, e->v_reset, e->t_ref};
    int sound = e->kind == ECP_EXACT_LEAKY && has(fields, e->v, ECP_STATE, 0) &&
                has(fields, e->i_e, ECP_PARAM, 1) && e->n_currents >= 0 &&
                e->n_currents <= ECP_EXACT_CURRENTS;
    for (size_t k = 0; k < sizeof params / sizeof params[0]; k++)
        sound = sound && has(fields, params[k], ECP_PARAM, 1);
    for (int k = 0; sound && k < e->n_currents; k++)
        sound = has(fields, e->current[k], ECP_STATE, 0) &&
                has(fields, e->slope[k], ECP_STATE, 1) && has(fields, e->tau[k], ECP_PARAM, 0);
    return sound && count_of(fields, ECP_INPUT) <= ECP_EXACT_CURRENTS;
}

static enum ecp_status check_neuron(struct check *c, const struct ecp_neuron_model *m)
{
    const unsigned kinds = 1u << ECP_PARAM | 1u << ECP_PARAM_EACH | 1u << ECP_STATE |
                           1u << ECP_COUNTER | 1u << ECP_INPUT | 1u << ECP_CURRENT |
                           1u << ECP_UNIFORM | 1u << ECP_NORMAL;
    const struct ecp_neuron_model *other;
    enum ecp_status status;
    ECP_TRY(check_head(c, m->name, m->summary));
    ECP_TRY(check_free(c, ecp_plugins_find_neuron(c->plugins, m->name, &other)));
    if (!m->fields)
        return refuse(c, "fields", "no table", "one that ends with {0}");
    ECP_TRY(check_fields(c, m->fields, ECP_MAX_FIELDS, kinds));
    ECP_TRY(check_counts(c, m->fields));
    if (!m->update)
        return refuse(c, "update", "none", "a function");
    for (const struct ecp_scheme *s = m->schemes; s && s->name; s++)
        if (!is_name(s->name) || !s->update || !s->meaning)
            return refuse(c, "schemes", "one without a name, a meaning or a function",
                          "all three, then {0}");
    if (m->flow && !flow_is_sound(m->fields, m->flow))
        return refuse(c, "flow", "fields of other kinds, or no slope or settle",
                      "1 to 32 states, a current and a counter of the model, or -1");
    if (m->exact && !exact_is_sound(m->fields, m->exact))
        return refuse(c, "exact", "fields of other kinds, or too many currents or ports",
                      "states and parameters of the model, or -1");
done:
    return status;
}

/* ---- other families -------------------------------------------------------- */

static enum ecp_status check_analysis(struct check *c, const struct ecp_analysis *a)
{
    const struct ecp_analysis *other;
    enum ecp_status status;
    ECP_TRY(check_head(c, a->name, a->summary));
    ECP_TRY(check_free(c, ecp_plugins_find_analysis(c->plugins, a->name, &other)));
    ECP_TRY(check_fields(c, a->fields, TABLE_MAX,
                         1u << ECP_PARAM | 1u << ECP_WHOLE | 1u << ECP_RESULT));
    if (!a->run)
        status = refuse(c, "run", "none", "a function");
done:
    return status;
}

static enum ecp_status check_scenario(struct check *c, const struct ecp_scenario *s)
{
    const struct ecp_scenario *other;
    enum ecp_status status;
    ECP_TRY(check_head(c, s->name, s->summary));
    ECP_TRY(check_free(c, ecp_plugins_find_scenario(c->plugins, s->name, &other)));
    ECP_TRY(check_fields(c, s->fields, TABLE_MAX, 1u << ECP_PARAM | 1u << ECP_WHOLE));
    if (s->texts && !s->run)
        return refuse(c, "texts", "a table", "none, where nothing is computed (run)");
    if (!s->build)
        status = refuse(c, "build", "none", "a function");
done:
    return status;
}

/* ---- all ------------------------------------------------------------------- */

static enum ecp_status check_neurons(struct check *c)
{
    const struct ecp_neuron_model *const *first = c->plugin->neurons;
    c->family = "neuron model";
    for (size_t k = 0; first && first[k]; k++) {
        const enum ecp_status status = check_neuron(c, first[k]);
        if (status != ECP_OK)
            return status;
        for (size_t j = 0; j < k; j++)
            if (strcmp(first[j]->name, first[k]->name) == 0)
                return refuse_taken(c);
    }
    return ECP_OK;
}

static enum ecp_status check_analyses(struct check *c)
{
    const struct ecp_analysis *const *first = c->plugin->analyses;
    c->family = "measure";
    for (size_t k = 0; first && first[k]; k++) {
        const enum ecp_status status = check_analysis(c, first[k]);
        if (status != ECP_OK)
            return status;
        for (size_t j = 0; j < k; j++)
            if (strcmp(first[j]->name, first[k]->name) == 0)
                return refuse_taken(c);
    }
    return ECP_OK;
}

static enum ecp_status check_scenarios(struct check *c)
{
    const struct ecp_scenario *const *first = c->plugin->scenarios;
    c->family = "scenario";
    for (size_t k = 0; first && first[k]; k++) {
        const enum ecp_status status = check_scenario(c, first[k]);
        if (status != ECP_OK)
            return status;
        for (size_t j = 0; j < k; j++)
            if (strcmp(first[j]->name, first[k]->name) == 0)
                return refuse_taken(c);
    }
    return ECP_OK;
}

/* Was it compiled against the same headers? */
static enum ecp_status check_interface(const struct ecp_plugin *p, const char *file)
{
    if (p->abi != ECP_PLUGIN_ABI)
        return ecp_fail(ECP_ECONFIG,
                        "%s: found a plugin for version %lu of the interface; allowed: version %d: "
                        "compile it against the headers of this program",
                        file, (unsigned long)p->abi, ECP_PLUGIN_ABI);
    if (p->real_bytes != sizeof(ecp_real))
        return ecp_fail(ECP_ECONFIG,
                        "%s: found a plugin in %s precision; allowed: %s, as this program: compile "
                        "it with `pkg-config --cflags ecphory` of this program",
                        file, p->real_bytes == sizeof(double) ? "double" : "single",
                        sizeof(ecp_real) == sizeof(double) ? "double" : "single");
    if (p->neuron_bytes != sizeof(struct ecp_neuron_model) ||
        p->field_bytes != sizeof(struct ecp_field))
        return ecp_fail(ECP_ECONFIG,
                        "%s: found descriptors of another size; allowed: those of the headers of "
                        "this program",
                        file);
    if (!p->neurons && !p->analyses && !p->scenarios)
        return ecp_fail(ECP_ECONFIG,
                        "%s: found a plugin without members; allowed: neurons, analyses, "
                        "scenarios",
                        file);
    return ECP_OK;
}

enum ecp_status ecp_plugin_check(const struct ecp_plugins *plugins, const struct ecp_plugin *plugin,
                                 const char *name)
{
    struct check c = {.plugins = plugins, .plugin = plugin, .file = name};
    enum ecp_status status;
    ECP_TRY(check_interface(plugin, name));
    ECP_TRY(ecp_units_create(&c.units));
    ECP_TRY(check_neurons(&c));
    ECP_TRY(check_analyses(&c));
    ECP_TRY(check_scenarios(&c));
done:
    ecp_units_destroy(c.units);
    return status;
}
