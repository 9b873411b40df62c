/* analyses = ( { measure = "rsa"; label = "it"; data = "rec.nwb"; model = "run"; } ) */
#include <math.h>
#include <string.h>

#include "engine/comparison.h"
#include "engine/config_reader.h"
#include "engine/dataset_read.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"

enum { MEASURE, LABEL, DATA, MODEL, POPULATION, BY, WINDOW, PARAM, KEYS };

static const char the_run[] = "run";

int ecp_reader_compares(const struct ecp_reader *reader, const struct ecp_node *node)
{
    static const char *const own[] = {"data", "model", "by", "window"};
    const struct ecp_analysis *measure;
    const struct ecp_node *name =
        node->kind == ECP_NODE_GROUP ? ecp_node_find(node, "measure") : NULL;
    if (!name || name->kind != ECP_NODE_TEXT ||
        ecp_plugins_find_analysis(reader->plan->plugins, name->text, &measure) != ECP_OK) {
        ecp_error_clear();
        return 0; /* refused as any other */
    }
    int asked = 0;
    for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
        asked |= ecp_node_find(node, own[k]) != NULL;
    return measure->score && (asked || !measure->run);
}

/* "run", or a file; NULL stands for the run. */
static enum ecp_status read_source(struct ecp_reader *reader, struct ecp_node *node,
                                   const char **out)
{
    if (node->kind == ECP_NODE_TEXT && strcmp(node->text, the_run) == 0) {
        *out = NULL;
        return ECP_OK;
    }
    return ecp_read_data_path(reader, node, out);
}

static const char *name_of(struct ecp_reader *reader, const char *path)
{
    char text[ECP_DATASET_NAME];
    ecp_dataset_short_name(path, text);
    return ecp_plan_strdup(reader->plan, text[0] ? text : "model");
}

static enum ecp_status read_model(struct ecp_reader *reader, struct ecp_node *node,
                                  struct ecp_comparison_model *out)
{
    enum ecp_status status = ECP_OK;
    struct ecp_key key[] = {{.name = "name", .type = ECP_KEY_TEXT, .out = &out->name},
                            {.name = "file", .type = ECP_KEY_NODE}};
    if (node->kind != ECP_NODE_GROUP) {
        ECP_TRY(read_source(reader, node, &out->path));
    } else {
        ECP_TRY(ecp_read_keys(reader, node, key, 2));
        if (!key[1].node)
            return ecp_refuse_missing(node, "file", "a file, or \"run\"");
        ECP_TRY(read_source(reader, key[1].node, &out->path));
    }
    if (!out->name)
        out->name = out->path ? name_of(reader, out->path) : the_run;
    if (!out->name)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    if (node->kind == ECP_NODE_GROUP && key[0].node)
        status = ecp_plan_check_name(out->name, &node->place, "analyses.model.name");
done:
    return status;
}

/* One, or a list of them; none: the run, where the measure compares. */
static enum ecp_status read_models(struct ecp_reader *reader, struct ecp_node *node,
                                   struct ecp_plan_comparison *c)
{
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    if (!node) {
        if (!(c->measure->needs & ECP_NEEDS_MODELS))
            return ECP_OK;
        ECP_TRY(ecp_comparison_models(reader->plan, c, 1));
        c->model[0].name = the_run;
        return ECP_OK;
    }
    if (node->kind != ECP_NODE_LIST) {
        ECP_TRY(ecp_comparison_models(reader->plan, c, 1));
        return read_model(reader, node, &c->model[0]);
    }
    for (const struct ecp_node *m = node->child; m; m = m->next)
        n++;
    if (n == 0)
        return ecp_node_refuse(node, "found an empty list; allowed: one model or more");
    ECP_TRY(ecp_comparison_models(reader->plan, c, n));
    n = 0;
    for (struct ecp_node *m = node->child; m && status == ECP_OK; m = m->next)
        status = read_model(reader, m, &c->model[n++]);
done:
    return status;
}

static enum ecp_status read_window(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_plan_comparison *c)
{
    size_t n = 0;
    double *time = NULL;
    const enum ecp_status status = ecp_read_numbers(reader, node, "ms", &n, &time);
    if (status != ECP_OK)
        return status;
    if (n != 2 || !(time[0] < time[1]) || !isfinite(time[0]) || !isfinite(time[1]))
        return ecp_node_refuse(node,
                               "found %zu time%s%s; allowed: two that rise, as (\"50 ms\", "
                               "\"200 ms\")",
                               n, n == 1 ? "" : "s", n == 2 ? " that do not rise" : "");
    c->from = time[0];
    c->to = time[1];
    return ECP_OK;
}

/* It has data, or looks at the run alone. */
static enum ecp_status read_data(struct ecp_reader *reader, const struct ecp_node *group,
                                 struct ecp_node *node, struct ecp_plan_comparison *c)
{
    if (node)
        return read_source(reader, node, &c->data);
    if (c->measure->needs & ECP_NEEDS_MODELS)
        return ecp_refuse_missing(group, "data", "a recording to compare with, \"FILE\"");
    return ECP_OK;
}

enum ecp_status ecp_reader_comparison(struct ecp_reader *reader, struct ecp_node *node)
{
    const char *measure = NULL, *label = NULL, *by = NULL, *population = NULL;
    struct ecp_plan_comparison *c;
    struct ecp_key key[KEYS] = {
        [MEASURE] = {.name = "measure", .type = ECP_KEY_TEXT, .out = &measure},
        [LABEL] = {.name = "label", .type = ECP_KEY_TEXT, .out = &label},
        [DATA] = {.name = "data", .type = ECP_KEY_NODE},
        [MODEL] = {.name = "model", .type = ECP_KEY_NODE},
        [POPULATION] = {.name = "population", .type = ECP_KEY_TEXT, .out = &population},
        [BY] = {.name = "by", .type = ECP_KEY_TEXT, .out = &by},
        [WINDOW] = {.name = "window", .type = ECP_KEY_NODE},
        [PARAM] = {.name = "param", .type = ECP_KEY_NODE}};
    enum ecp_status status;
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    status = ecp_plan_add_comparison(reader->plan, label, measure, &c);
    if (status != ECP_OK)
        return ecp_node_refuse_again(key[MEASURE].node, status);
    c->place = ecp_reader_place(reader, node);
    c->by = by;
    ECP_TRY(read_data(reader, node, key[DATA].node, c));
    ECP_TRY(read_models(reader, key[MODEL].node, c));
    if (population) {
        size_t n = 0;
        int *index = NULL;
        ECP_TRY(ecp_read_populations(reader, key[POPULATION].node, 0, &n, &index));
        c->population = index[0];
    }
    if (key[WINDOW].node)
        ECP_TRY(read_window(reader, key[WINDOW].node, c));
    if (key[PARAM].node)
        ECP_TRY(ecp_reader_measure(reader, key[PARAM].node, c->measure, c->param));
done:
    return status;
}
