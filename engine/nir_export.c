/* nir_export.c -- the network of a plan as a NIR graph. */
#include <stdlib.h>
#include <string.h>

#include "engine/edge_list.h"
#include "engine/nir.h"

enum { MOST_WEIGHTS = 1 << 28 };

struct export
{
    const struct ecp_plan *plan;
    double pulse; /* s */
    FILE *notes;
    struct ecp_pool pool;
    struct ecp_nir_graph graph;
    size_t *node; /* of each population */
};

static double param(const struct ecp_plan_population *p, const char *name)
{
    return p->field[ecp_field_find(p->model->fields, name)].a;
}

static int is_model(const struct ecp_plan_population *p, const char *name)
{
    return strcmp(p->model->name, name) == 0;
}

static struct ecp_nir_node *add_node(struct export *x, enum ecp_nir_kind kind, const char *name,
                                     size_t size, size_t n_in)
{
    struct ecp_nir_node *node = &x->graph.node[x->graph.n_nodes++];
    *node = (struct ecp_nir_node){.name = name, .kind = kind, .size = size, .n_in = n_in};
    return node;
}

static void add_edge(struct export *x, size_t from, size_t to)
{
    x->graph.edge[x->graph.n_edges][0] = from;
    x->graph.edge[x->graph.n_edges++][1] = to;
}

static enum ecp_status set(struct export *x, struct ecp_nir_node *node,
                           enum ecp_nir_parameter parameter, size_t n, double value)
{
    double *all;
    const enum ecp_status status = ecp_pool_alloc(&x->pool, n, sizeof *all, &all);
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        all[k] = value;
    if (status == ECP_OK)
        node->value[parameter] = all;
    return status;
}

static enum ecp_status set_shape(struct export *x, struct ecp_nir_node *node)
{
    node->n_dims = 1;
    return set(x, node, ECP_NIR_SHAPE, 1, (double)node->size);
}

/* ---- populations -------------------------------------------------------------------- */

static void note_losses(const struct export *x, const struct ecp_plan_population *p)
{
    if (param(p, "t_ref") > 0)
        (void)fprintf(x->notes, "%s: NIR has no refractory time (t_ref = %g ms): left out\n",
                      p->name, param(p, "t_ref"));
}

/* r = tau_m / c: GOhm; the constant current goes into v_leak. */
static enum ecp_status add_neurons(struct export *x, const struct ecp_plan_population *p)
{
    const int is_cuba = is_model(p, "lif");
    const size_t n = p->size;
    const double r = param(p, "tau_m") / param(p, "c");
    struct ecp_nir_node *node =
        add_node(x, is_cuba ? ECP_NIR_CUBA_LIF : ECP_NIR_LIF, p->name, n, n);
    enum ecp_status status;
    ECP_TRY(set(x, node, ECP_NIR_TAU, n, 1e-3 * param(p, "tau_m")));
    ECP_TRY(set(x, node, ECP_NIR_R, n, r));
    ECP_TRY(set(x, node, ECP_NIR_V_LEAK, n, param(p, "e_l") + r * param(p, "i_e")));
    ECP_TRY(set(x, node, ECP_NIR_V_THRESHOLD, n, param(p, "v_th")));
    ECP_TRY(set(x, node, ECP_NIR_V_RESET, n, param(p, "v_reset")));
    if (is_cuba) {
        const double tau = 1e-3 * param(p, "tau_syn");
        ECP_TRY(set(x, node, ECP_NIR_TAU_SYN, n, tau));
        ECP_TRY(set(x, node, ECP_NIR_W_IN, n, tau / x->pulse));
    }
    note_losses(x, p);
done:
    return status;
}

static enum ecp_status add_population(struct export *x, const struct ecp_plan_population *p)
{
    if (is_model(p, "lif") || is_model(p, "lif_delta"))
        return add_neurons(x, p);
    if (ecp_field_find(p->model->fields, "v") >= 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: model %s has no exact equivalent in NIR; lif, lif_delta and models "
                        "without a membrane (as inputs) have",
                        p->name, p->model->name);
    return set_shape(x, add_node(x, ECP_NIR_INPUT, p->name, p->size, p->size));
}

/* ---- projections -------------------------------------------------------------------- */

/* What a weight of 1 of the graph is in the port's unit. */
static double unit_of_weight(const struct export *x, const struct ecp_plan_population *target)
{
    if (is_model(target, "lif"))
        return 1; /* w_in sees to it */
    return x->pulse * (param(target, "tau_m") / param(target, "c")) /
           (1e-3 * param(target, "tau_m"));
}

static enum ecp_status add_projection(struct export *x, size_t k)
{
    const struct ecp_plan_projection *p = x->plan->projection[k];
    const struct ecp_plan_population *from = x->plan->population[p->source];
    const struct ecp_plan_population *to = x->plan->population[p->target];
    struct ecp_edge_list list = {0};
    double *weight;
    const char *name;
    double shortest = 0, longest = 0;
    enum ecp_status status;
    if (!is_model(to, "lif") && !is_model(to, "lif_delta"))
        return ecp_fail(ECP_ECONFIG, "%s: leads to an input, which NIR has not", p->name);
    if (p->plasticity || p->short_term || p->structure)
        return ecp_fail(ECP_ECONFIG, "%s: NIR has no plasticity", p->name);
    if (from->size > MOST_WEIGHTS / to->size)
        return ecp_fail(ECP_ECONFIG, "%s: a matrix of %zu x %zu weights; %d are allowed", p->name,
                        to->size, from->size, MOST_WEIGHTS);
    ECP_TRY(ecp_pool_print(&x->pool, &name, "%s_weights", p->name));
    ECP_TRY(ecp_pool_alloc(&x->pool, from->size * to->size, sizeof *weight, &weight));
    ECP_TRY(ecp_edge_list_of(x->plan, k, &list));
    const double unit = unit_of_weight(x, to);
    for (size_t e = 0; e < list.n; e++) {
        weight[list.target[e] * from->size + list.source[e]] += list.weight[e] / unit;
        shortest = e == 0 || list.delay[e] < shortest ? list.delay[e] : shortest;
        longest = list.delay[e] > longest ? list.delay[e] : longest;
    }
    if (longest > 1.5 * x->plan->dt)
        (void)fprintf(x->notes, "%s: NIR synapses have no delay (%g to %g ms): left out\n", p->name,
                      shortest, longest);
    const size_t node = x->graph.n_nodes;
    add_node(x, ECP_NIR_LINEAR, name, to->size, from->size)->value[ECP_NIR_WEIGHT] = weight;
    add_edge(x, x->node[p->source], node);
    add_edge(x, node, x->node[p->target]);
done:
    ecp_edge_list_clear(&list);
    return status;
}

/* Populations that nobody hears are outputs; where all are heard, all are. */
static enum ecp_status add_outputs(struct export *x)
{
    const struct ecp_plan *plan = x->plan;
    size_t n_heard = 0;
    int *heard;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(&x->pool, plan->n_populations, sizeof *heard, &heard));
    for (size_t k = 0; k < plan->n_projections; k++)
        heard[plan->projection[k]->source] = 1;
    for (size_t k = 0; k < plan->n_populations; k++) {
        heard[k] |= x->graph.node[k].kind == ECP_NIR_INPUT;
        n_heard += (size_t)heard[k];
    }
    for (size_t k = 0; k < plan->n_populations; k++) {
        const char *name;
        if ((heard[k] && n_heard < plan->n_populations) || x->graph.node[k].kind == ECP_NIR_INPUT)
            continue;
        ECP_TRY(ecp_pool_print(&x->pool, &name, "%s_output", plan->population[k]->name));
        const size_t node = x->graph.n_nodes, size = plan->population[k]->size;
        ECP_TRY(set_shape(x, add_node(x, ECP_NIR_OUTPUT, name, size, size)));
        add_edge(x, k, node);
    }
done:
    return status;
}

static enum ecp_status check(const struct ecp_plan *plan)
{
    if (plan->n_populations == 0)
        return ecp_fail(ECP_ECONFIG, "no network: nothing to write as a NIR graph");
    if (plan->n_gaps > 0 || plan->n_thirds > 0)
        return ecp_fail(ECP_ECONFIG, "NIR has no gap junctions, slow currents or astrocytes");
    return ECP_OK;
}

enum ecp_status ecp_nir_export(const struct ecp_plan *plan, const char *path, double pulse,
                               FILE *notes)
{
    struct export x = {.plan = plan, .pulse = 1e-3 * pulse, .notes = notes};
    const size_t most = 2 * plan->n_populations + plan->n_projections;
    enum ecp_status status;
    x.graph.version = "1.0";
    ECP_TRY(check(plan));
    ECP_TRY(ecp_pool_alloc(&x.pool, most, sizeof *x.graph.node, &x.graph.node));
    ECP_TRY(ecp_pool_alloc(&x.pool, 2 * most, sizeof *x.graph.edge, &x.graph.edge));
    ECP_TRY(ecp_pool_alloc(&x.pool, plan->n_populations, sizeof *x.node, &x.node));
    for (size_t k = 0; k < plan->n_populations; k++) {
        x.node[k] = k;
        ECP_TRY(add_population(&x, plan->population[k]));
    }
    for (size_t k = 0; k < plan->n_projections; k++)
        ECP_TRY(add_projection(&x, k));
    ECP_TRY(add_outputs(&x));
    if (plan->n_stimuli > 0)
        (void)fprintf(notes, "stimuli are no part of a NIR graph: left out\n");
    status = ecp_nir_write(path, &x.graph);
done:
    ecp_pool_clear(&x.pool);
    return status;
}
