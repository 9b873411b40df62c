/* nir_export.c -- the network of a plan as a NIR graph. */
#include <stdlib.h>
#include <string.h>

#include "engine/draw.h"
#include "engine/edge_list.h"
#include "engine/machine.h"
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

/* A parameter of every neuron, as it is drawn when the network is built. */
static enum ecp_status param(struct export *x, size_t population, const char *name,
                             const double **out)
{
    const struct ecp_plan_population *p = x->plan->population[population];
    const size_t field = (size_t)ecp_field_find(p->model->fields, name);
    const struct ecp_philox_key key = ecp_rng_key(x->plan->seed, ECP_FOR_PARAMETER, population);
    struct ecp_law law = {{0}, 0, 0, NULL};
    double *all;
    enum ecp_status status;
    ECP_TRY(ecp_pool_alloc(&x->pool, p->size, sizeof *all, &all));
    ECP_TRY(ecp_law_init(&law, &p->field[field]));
    for (size_t k = 0; k < p->size; k++)
        all[k] = ecp_field_value(&law, key, field, (ecp_lid)k);
    *out = all;
done:
    ecp_law_clear(&law);
    return status;
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

static enum ecp_status room(struct export *x, struct ecp_nir_node *node,
                            enum ecp_nir_parameter parameter, double **out)
{
    const enum ecp_status status = ecp_pool_alloc(&x->pool, node->size, sizeof **out, out);
    if (status == ECP_OK)
        node->value[parameter] = *out;
    return status;
}

static enum ecp_status set_shape(struct export *x, struct ecp_nir_node *node)
{
    double *shape;
    const enum ecp_status status = ecp_pool_alloc(&x->pool, 1, sizeof *shape, &shape);
    if (status != ECP_OK)
        return status;
    *shape = (double)node->size;
    node->n_dims = 1;
    node->value[ECP_NIR_SHAPE] = shape;
    return ECP_OK;
}

/* ---- populations -------------------------------------------------------------------- */

static enum ecp_status note_losses(struct export *x, size_t population)
{
    const struct ecp_plan_population *p = x->plan->population[population];
    const double *t_ref;
    double longest = 0;
    const enum ecp_status status = param(x, population, "t_ref", &t_ref);
    for (size_t k = 0; status == ECP_OK && k < p->size; k++)
        longest = t_ref[k] > longest ? t_ref[k] : longest;
    if (longest > 0)
        (void)fprintf(x->notes, "%s: NIR has no refractory time (t_ref = %g ms): left out\n",
                      p->name, longest);
    return status;
}

enum { TAU_M, C, E_L, I_E, V_TH, V_RESET, TAU_SYN, PARAMETERS };

/* r = tau_m / c: GOhm; the constant current goes into v_leak. */
static enum ecp_status add_neurons(struct export *x, size_t population)
{
    static const char *const names[PARAMETERS] = {"tau_m", "c",       "e_l",    "i_e",
                                                  "v_th",  "v_reset", "tau_syn"};
    const struct ecp_plan_population *p = x->plan->population[population];
    const int is_cuba = is_model(p, "lif");
    const double *value[PARAMETERS] = {NULL};
    double *tau, *r, *v_leak, *tau_syn = NULL, *w_in = NULL;
    struct ecp_nir_node *node =
        add_node(x, is_cuba ? ECP_NIR_CUBA_LIF : ECP_NIR_LIF, p->name, p->size, p->size);
    enum ecp_status status;
    for (int k = 0; k < (is_cuba ? PARAMETERS : TAU_SYN); k++)
        ECP_TRY(param(x, population, names[k], &value[k]));
    ECP_TRY(room(x, node, ECP_NIR_TAU, &tau));
    ECP_TRY(room(x, node, ECP_NIR_R, &r));
    ECP_TRY(room(x, node, ECP_NIR_V_LEAK, &v_leak));
    if (is_cuba) {
        ECP_TRY(room(x, node, ECP_NIR_TAU_SYN, &tau_syn));
        ECP_TRY(room(x, node, ECP_NIR_W_IN, &w_in));
    }
    node->value[ECP_NIR_V_THRESHOLD] = value[V_TH];
    node->value[ECP_NIR_V_RESET] = value[V_RESET];
    for (size_t k = 0; k < p->size; k++) {
        tau[k] = 1e-3 * value[TAU_M][k];
        r[k] = value[TAU_M][k] / value[C][k];
        v_leak[k] = value[E_L][k] + r[k] * value[I_E][k];
        if (is_cuba) {
            tau_syn[k] = 1e-3 * value[TAU_SYN][k];
            w_in[k] = tau_syn[k] / x->pulse;
        }
    }
    status = note_losses(x, population);
done:
    return status;
}

static enum ecp_status add_population(struct export *x, size_t population)
{
    const struct ecp_plan_population *p = x->plan->population[population];
    if (is_model(p, "lif") || is_model(p, "lif_delta"))
        return add_neurons(x, population);
    if (ecp_field_find(p->model->fields, "v") >= 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: model %s has no exact equivalent in NIR; lif, lif_delta and models "
                        "without a membrane (as inputs) have",
                        p->name, p->model->name);
    return set_shape(x, add_node(x, ECP_NIR_INPUT, p->name, p->size, p->size));
}

/* ---- projections -------------------------------------------------------------------- */

/* What a weight of 1 of the graph is to neuron k of a node, in the port's unit. */
static double unit_of_weight(const struct export *x, const struct ecp_nir_node *target, size_t k)
{
    if (target->kind == ECP_NIR_CUBA_LIF)
        return 1; /* w_in sees to it */
    return x->pulse * target->value[ECP_NIR_R][k] / target->value[ECP_NIR_TAU][k];
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
    const struct ecp_nir_node *target = &x->graph.node[x->node[p->target]];
    for (size_t e = 0; e < list.n; e++) {
        weight[list.target[e] * from->size + list.source[e]] +=
            list.weight[e] / unit_of_weight(x, target, list.target[e]);
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
        ECP_TRY(add_population(&x, k));
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
