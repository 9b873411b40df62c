/* nir_import.c -- a NIR graph as a config and its weights.
 *
 * Linear, Affine and Scale nodes have no neurons: all ways through them from a source to a
 * population are multiplied out, and added up, to one matrix of weights and one constant
 * current. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/edge_list.h"
#include "engine/nir.h"
#include "engine/store_files.h"

enum { MOST_WAYS = 4096, MOST_WEIGHTS = 1 << 28, TAU_SYN = 1 };

struct target {       /* what a node becomes */
    const char *name; /* fit for a config */
    double **weight;  /* by node: size x that node's size; NULL: no way from there */
    double *bias;     /* size; NULL: not a population */
};

struct import {
    const char *file;
    const struct ecp_nir_options *options;
    struct ecp_pool pool;
    struct ecp_nir_graph graph;
    struct target *target; /* one a node */
    size_t ways;
    FILE *text;
};

static int is_neuron(const struct ecp_nir_node *node)
{
    return node->kind == ECP_NIR_LIF || node->kind == ECP_NIR_LI || node->kind == ECP_NIR_CUBA_LIF;
}

static int is_source(const struct ecp_nir_node *node)
{
    return node->kind == ECP_NIR_INPUT || is_neuron(node);
}

/* ---- names ------------------------------------------------------------------------ */

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Shortest text that reads as the same number. */
struct digits {
    char text[32];
};
static struct digits digits(double value)
{
    struct digits d;
    int precision = 6;
    do
        (void)snprintf(d.text, sizeof d.text, "%.*g", precision, value);
    while (precision++ < 17 && strtod(d.text, NULL) != value);
    return d;
}

/* Letters, digits and _, a letter in front; all different. */
static enum ecp_status name_nodes(struct import *m)
{
    for (size_t k = 0; k < m->graph.n_nodes; k++) {
        const char *given = m->graph.node[k].name, *made;
        char name[128];
        enum ecp_status status;
        (void)snprintf(name, sizeof name, "%s%.100s", is_letter(given[0]) ? "" : "n", given);
        for (char *c = name; *c; c++)
            if (!is_letter(*c) && !(*c >= '0' && *c <= '9'))
                *c = '_';
        int taken = 0;
        for (size_t i = 0; i < k; i++)
            taken |= strcmp(m->target[i].name, name) == 0;
        status = taken ? ecp_pool_print(&m->pool, &made, "%s_node%zu", name, k)
                       : ecp_pool_text(&m->pool, name, &made);
        if (status != ECP_OK)
            return status;
        m->target[k].name = made;
    }
    return ECP_OK;
}

/* ---- ways through linear nodes ------------------------------------------------------ */

/* left (n x m) times the weights of a node (m x its n_in); left NULL: identity. */
static enum ecp_status multiply(struct import *m, const double *left, size_t n,
                                const struct ecp_nir_node *node, double **out)
{
    const double *weight = node->value[ECP_NIR_WEIGHT], *factor = node->value[ECP_NIR_FACTOR];
    const size_t middle = node->size, columns = node->n_in;
    double *product;
    const enum ecp_status status = ecp_pool_alloc(&m->pool, n * columns, sizeof *product, &product);
    if (status != ECP_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < middle; j++) {
            const double x = left ? left[i * middle + j] : i == j;
            if (x == 0)
                continue;
            if (factor)
                product[i * columns + j] += x * factor[j];
            else
                for (size_t c = 0; c < columns; c++)
                    product[i * columns + c] += x * weight[j * columns + c];
        }
    *out = product;
    return ECP_OK;
}

static enum ecp_status add_way(struct import *m, size_t target, size_t source, const double *matrix)
{
    const size_t n = m->graph.node[target].size, columns = m->graph.node[source].size;
    double **sum = &m->target[target].weight[source];
    if (!*sum) {
        const enum ecp_status status = ecp_pool_alloc(&m->pool, n * columns, sizeof **sum, sum);
        if (status != ECP_OK)
            return status;
    }
    for (size_t k = 0; k < n * columns; k++)
        (*sum)[k] += matrix ? matrix[k] : k / columns == k % columns;
    return ECP_OK;
}

/* Everything that reaches `target` through `node`, which it gets times `matrix`. */
static enum ecp_status follow(struct import *m, size_t target, size_t node, const double *matrix,
                              size_t depth)
{
    const struct ecp_nir_graph *g = &m->graph;
    const struct ecp_nir_node *at = &g->node[node];
    const size_t n = g->node[target].size;
    double *through;
    enum ecp_status status = ECP_OK;
    if (is_source(at))
        return add_way(m, target, node, matrix);
    if (at->kind == ECP_NIR_OUTPUT)
        return ecp_fail(ECP_ECONFIG, "%s: something follows the Output %s", m->file, at->name);
    if (depth > g->n_nodes || ++m->ways > MOST_WAYS)
        return ecp_fail(ECP_ECONFIG,
                        "%s: a loop of, or more than %d ways through, nodes without "
                        "neurons (at %s)",
                        m->file, MOST_WAYS, at->name);
    if (n > MOST_WEIGHTS / at->n_in)
        return ecp_fail(ECP_ECONFIG, "%s: more than %d weights from %s to %s", m->file,
                        MOST_WEIGHTS, at->name, g->node[target].name);
    for (size_t i = 0; i < n && at->value[ECP_NIR_BIAS]; i++)
        for (size_t j = 0; j < at->size; j++)
            m->target[target].bias[i] +=
                (matrix ? matrix[i * at->size + j] : i == j) * at->value[ECP_NIR_BIAS][j];
    ECP_TRY(multiply(m, matrix, n, at, &through));
    for (size_t k = 0; k < g->n_edges && status == ECP_OK; k++)
        if (g->edge[k][1] == node)
            status = follow(m, target, g->edge[k][0], through, depth + 1);
done:
    return status;
}

/* ---- populations -------------------------------------------------------------------- */

static enum ecp_status make_target(struct import *m, size_t node)
{
    const struct ecp_nir_graph *g = &m->graph;
    const struct ecp_nir_node *n = &g->node[node];
    struct target *t = &m->target[node];
    enum ecp_status status;
    if (!is_source(n))
        return ECP_OK;
    ECP_TRY(ecp_pool_alloc(&m->pool, g->n_nodes, sizeof *t->weight, &t->weight));
    ECP_TRY(ecp_pool_alloc(&m->pool, n->size, sizeof *t->bias, &t->bias));
    m->ways = 0;
    for (size_t k = 0; k < g->n_edges; k++)
        if (g->edge[k][1] == node)
            ECP_TRY(follow(m, node, g->edge[k][0], NULL, 0));
done:
    return status;
}

/* ---- the text ------------------------------------------------------------------------- */

static void say(struct import *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct import *m, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(m->text, format, arguments);
    va_end(arguments);
}

static void say_head(struct import *m, const char *name)
{
    int biased = 0, leaky = 0;
    for (size_t k = 0; k < m->graph.n_nodes; k++) {
        const struct ecp_nir_node *n = &m->graph.node[k];
        leaky |= n->kind == ECP_NIR_LI;
        for (size_t i = 0; n->kind == ECP_NIR_CUBA_LIF && i < n->size; i++)
            biased |= m->target[k].bias[i] != 0;
    }
    say(m,
        "# A NIR graph, read by `ecphory import`. 1 of the graph is 1 mV, or 1 pA.\n"
        "# A spike is a pulse of %s ms (--pulse). Not the same as in the graph:\n"
        "# - spikes arrive one step later; membranes begin at v_reset.\n",
        digits(m->options->pulse).text);
    if (leaky)
        say(m, "# - LI: a threshold of 1000 mV, which it must not reach.\n");
    if (biased)
        say(m, "# - CubaLIF: the bias of its Affine is there at once, not after tau_syn.\n");
    say(m,
        "# Inputs are populations of parrots: stimuli of kind \"spikes\" or \"poisson\" go "
        "there.\n\n"
        "name = \"%s\";\ndt = \"%s ms\";\nduration = \"100 ms\";\n\npopulations = {\n",
        name, digits(m->options->dt).text);
}

/* The same for all neurons, or a list: number * value[k], over divisor[k] (NULL: 1). */
static void say_values(struct import *m, const char *key, const char *unit, size_t n,
                       const double *factors[3], double number)
{
    double first = 0;
    int all_same = 1;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && all_same) {
            say(m, "%s = \"%s %s\"; ", key, digits(first).text, unit);
            return;
        }
        if (pass == 1)
            say(m, "%s = (", key);
        for (size_t k = 0; k < n; k++) {
            const double value = number * (factors[0] ? factors[0][k] : 1) *
                                 (factors[1] ? factors[1][k] : 1) /
                                 (factors[2] ? factors[2][k] : 1);
            first = k == 0 ? value : first;
            all_same &= value == first;
            if (pass == 1)
                say(m, "%s\"%s %s\"", k ? ", " : "", digits(value).text, unit);
        }
    }
    say(m, "); ");
}

static void say_population(struct import *m, size_t node)
{
    const struct ecp_nir_node *n = &m->graph.node[node];
    const struct target *t = &m->target[node];
    const double *const *v = n->value;
    if (!is_neuron(n)) {
        say(m, "  %s = { model = \"parrot\"; size = %zu; };\n", t->name, n->size);
        return;
    }
    const int is_cuba = n->kind == ECP_NIR_CUBA_LIF;
    const struct {
        const char *key, *unit;
        const double *factors[3];
        double number;
    } values[] = {
        {"tau_m", "ms", {v[ECP_NIR_TAU], NULL, NULL}, 1000},
        {"tau_syn", "ms", {v[ECP_NIR_TAU_SYN], NULL, NULL}, is_cuba ? 1000 : 0},
        {"c", "pF", {v[ECP_NIR_TAU], NULL, v[ECP_NIR_R]}, 1000},
        {"e_l", "mV", {v[ECP_NIR_V_LEAK], NULL, NULL}, 1},
        {"v_th", "mV", {v[ECP_NIR_V_THRESHOLD], NULL, NULL}, v[ECP_NIR_V_RESET] ? 1 : 1000},
        {"v_reset", "mV", {v[ECP_NIR_V_RESET], NULL, NULL}, v[ECP_NIR_V_RESET] ? 1 : 0},
        {"i_e", "pA", {t->bias, v[ECP_NIR_W_IN], NULL}, 1},
        {"v", "mV", {v[ECP_NIR_V_RESET], NULL, NULL}, v[ECP_NIR_V_RESET] ? 1 : 0}};
    const size_t last = sizeof values / sizeof values[0] - 1;
    say(m, "  %s = {\n    model = \"%s\"; size = %zu;\n    param = { t_ref = \"0 ms\"; ", t->name,
        is_cuba ? "lif" : "lif_delta", n->size);
    for (size_t k = 0; k <= last; k++) {
        if (k == last)
            say(m, "};\n    initial = { ");
        if (is_cuba || k != TAU_SYN)
            say_values(m, values[k].key, values[k].unit, n->size,
                       (const double *[]){values[k].factors[0], values[k].factors[1],
                                          values[k].factors[2]},
                       values[k].number);
    }
    say(m, "};\n  };\n");
}

/* What a spike of weight 1 does to neuron k of a node: mV, or pA. */
static double effect(const struct import *m, size_t node, size_t k)
{
    const struct ecp_nir_node *n = &m->graph.node[node];
    const double pulse = 1e-3 * m->options->pulse;
    if (n->kind == ECP_NIR_CUBA_LIF)
        return pulse * n->value[ECP_NIR_W_IN][k] / n->value[ECP_NIR_TAU_SYN][k];
    return pulse * n->value[ECP_NIR_R][k] / n->value[ECP_NIR_TAU][k];
}

/* The weights from one population to another, as edges and as a line of the config. */
static enum ecp_status say_projection(struct import *m, struct ecp_edge_file *edges,
                                      const char *path, size_t from, size_t to)
{
    const struct ecp_nir_node *source = &m->graph.node[from], *target = &m->graph.node[to];
    struct ecp_edge_list l = {.source_name = m->target[from].name,
                              .target_name = m->target[to].name,
                              .n_source = source->size,
                              .n_target = target->size,
                              .unit = target->kind == ECP_NIR_CUBA_LIF ? "pA" : "mV"};
    const size_t most = l.n_source * l.n_target;
    struct ecp_pool pool = {0};
    enum ecp_status status;
    ECP_TRY(ecp_pool_print(&m->pool, &l.name, "%s_%s", l.source_name, l.target_name));
    ECP_TRY(ecp_pool_alloc(&pool, most, sizeof *l.source, &l.source));
    ECP_TRY(ecp_pool_alloc(&pool, most, sizeof *l.target, &l.target));
    ECP_TRY(ecp_pool_alloc(&pool, most, sizeof *l.weight, &l.weight));
    for (size_t i = 0; i < l.n_target; i++)
        for (size_t j = 0; j < l.n_source; j++) {
            const double weight = m->target[to].weight[from][i * l.n_source + j] * effect(m, to, i);
            if (weight == 0)
                continue;
            l.source[l.n] = (ecp_lid)j;
            l.target[l.n] = (ecp_lid)i;
            l.weight[l.n++] = weight;
        }
    if (l.n > 0) {
        ecp_edge_file_put(edges, &l);
        say(m,
            "%s\n  { name = \"%s\"; source = \"%s\"; target = \"%s\"; rule = \"explicit\";\n"
            "    file = \"%s:/edges/%s\"; delay = \"%s ms\"; port = \"syn\"; }",
            m->ways++ ? "," : "", l.name, l.source_name, l.target_name, path, l.name,
            digits(m->options->dt).text);
    }
done:
    ecp_pool_clear(&pool);
    return status;
}

static enum ecp_status say_all(struct import *m, struct ecp_edge_file *edges, const char *name,
                               const char *path)
{
    const size_t n = m->graph.n_nodes;
    enum ecp_status status = ECP_OK;
    int probes = 0;
    say_head(m, name);
    for (size_t k = 0; k < n; k++)
        if (m->target[k].bias)
            say_population(m, k);
    say(m, "};\n\nprojections = (");
    m->ways = 0;
    for (size_t k = 0; k < n * n; k++)
        if (is_neuron(&m->graph.node[k / n]) && m->target[k / n].weight[k % n])
            ECP_TRY(say_projection(m, edges, path, k % n, k / n));
    say(m, "\n);\n\nprobes = (");
    for (size_t k = 0; k < n; k++)
        if (m->target[k].bias)
            say(m, "%s\n  { kind = \"spikes\"; target = \"%s\"; }", probes++ ? "," : "",
                m->target[k].name);
    say(m, "\n);\n");
    if (ferror(m->text))
        status = ecp_fail(ECP_EIO, "%s.cfg: cannot be written: %s", name, strerror(errno));
done:
    return status;
}

/* ---- all --------------------------------------------------------------------------------- */

static enum ecp_status make_network(struct import *m)
{
    enum ecp_status status;
    size_t populations = 0;
    ECP_TRY(ecp_nir_read(m->file, &m->pool, &m->graph));
    ECP_TRY(ecp_pool_alloc(&m->pool, m->graph.n_nodes, sizeof *m->target, &m->target));
    ECP_TRY(name_nodes(m));
    for (size_t k = 0; k < m->graph.n_nodes; k++) {
        ECP_TRY(make_target(m, k));
        populations += m->target[k].bias != NULL;
    }
    if (populations == 0)
        status = ecp_fail(ECP_ECONFIG, "%s: no neurons and no Input", m->file);
done:
    return status;
}

static enum ecp_status name_files(struct import *m, const char *dir, const char *path[3])
{
    const char *slash = strrchr(m->file, '/'), *base = slash ? slash + 1 : m->file;
    const char *dot = strrchr(base, '.');
    const int n = dot && dot > base ? (int)(dot - base) : (int)strlen(base);
    enum ecp_status status;
    ECP_TRY(ecp_pool_print(&m->pool, &path[0], "%s/%.*s.cfg", dir, n, base));
    ECP_TRY(ecp_pool_print(&m->pool, &path[1], "%s/%.*s.edges.h5", dir, n, base));
    ECP_TRY(ecp_pool_print(&m->pool, &path[2], "%.*s", n, base));
    if (strpbrk(path[2], "\"\\\n"))
        status = ecp_fail(ECP_ECONFIG,
                          "%s: a name with quotes or backslashes does not go into a "
                          "config",
                          m->file);
    else if (ecp_files_exists(path[0]))
        status = ecp_fail(ECP_EIO, "%s: exists; another folder is named with --out", path[0]);
done:
    return status;
}

enum ecp_status ecp_nir_import(const char *file, const char *dir,
                               const struct ecp_nir_options *options, char **path)
{
    struct import m = {.file = file, .options = options};
    struct ecp_edge_file *edges = NULL;
    const char *name[3];
    char *made = NULL;
    enum ecp_status status;
    ECP_TRY(name_files(&m, dir, name));
    ECP_TRY(make_network(&m));
    ECP_TRY(ecp_files_make(dir));
    ECP_TRY(ecp_files_name(&made, "%s", name[0]));
    ECP_TRY(ecp_edge_file_begin(name[1], &edges));
    m.text = fopen(name[0], "w");
    if (!m.text) {
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", name[0], strerror(errno));
        goto done;
    }
    const char *slash = strrchr(name[1], '/');
    ECP_TRY(say_all(&m, edges, name[2], slash ? slash + 1 : name[1]));
    status = ecp_edge_file_end(edges);
    edges = NULL;
done:
    if (m.text && fclose(m.text) != 0 && status == ECP_OK)
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", name[0], strerror(errno));
    if (edges)
        (void)ecp_edge_file_end(edges);
    ecp_pool_clear(&m.pool);
    if (status == ECP_OK)
        *path = made;
    else
        free(made);
    return status;
}
