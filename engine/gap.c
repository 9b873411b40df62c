#include "engine/gap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

/* ---- building -------------------------------------------------------- */

struct listing {
    struct ecp_gap *gap;
    const struct ecp_plan_projection *plan;
    uint64_t *next; /* per neuron: counts, then places */
    int filling;
    uint64_t n;
};

static void add(struct listing *list, ecp_lid to, ecp_lid from, double conductance)
{
    const uint64_t at = list->next[to]++;
    if (list->filling) {
        list->gap->other[at] = from;
        list->gap->conductance[at] = conductance;
    }
}

static void list_batch(void *context, const struct ecp_batch *batch)
{
    struct listing *list = context;
    const int both = list->plan->symmetric, halved = ecp_gap_is_halved(list->plan);
    for (size_t k = 0; k < batch->n; k++) {
        const ecp_lid a = batch->source[k], b = batch->target[k];
        if (halved && a >= b)
            continue;
        add(list, b, a, batch->weight[k]);
        if (both)
            add(list, a, b, batch->weight[k]);
        list->n++;
    }
}

/* All junctions of population p, listed by one thread from the counters. */
static enum ecp_status list_all(struct ecp_network *network, int p, struct listing *list)
{
    const struct ecp_plan *plan = network->plan;
    const struct ecp_emit emit = {list_batch, list, 1};
    enum ecp_status status = ECP_OK;
    list->n = 0;
    for (size_t k = 0; k < plan->n_gaps && status == ECP_OK; k++) {
        struct ecp_connector connector;
        list->plan = plan->gap[k];
        if (list->plan->target != p)
            continue;
        status = ecp_connector_init_gap(&connector, plan, k, network->kernels);
        if (status != ECP_OK)
            break;
        status = ecp_connect(&connector, 0, (ecp_lid)plan->population[p]->size, &emit);
        ecp_connector_clear(&connector);
    }
    return status;
}

static int has_gaps(const struct ecp_plan *plan, int population)
{
    for (size_t k = 0; k < plan->n_gaps; k++)
        if (plan->gap[k]->target == population)
            return 1;
    return 0;
}

static enum ecp_status build(struct ecp_network *network, int p)
{
    struct ecp_population *population = &network->population[p];
    const size_t n = population->plan->size;
    struct ecp_gap *gap = ecp_array(1, sizeof *gap);
    struct listing list = {.gap = gap, .next = ecp_array(n + 1, sizeof *list.next)};
    enum ecp_status status = ECP_ENOMEM;
    uint64_t total = 0;
    population->gap = gap;
    if (!gap || !list.next)
        goto done;
    gap->v = ecp_field_find(population->model->fields, "v");
    gap->row = ecp_array(n + 1, sizeof *gap->row);
    gap->voltage[0] = ecp_array(n, sizeof *gap->voltage[0]);
    gap->voltage[1] = ecp_array(n, sizeof *gap->voltage[1]);
    if (!gap->row || !gap->voltage[0] || !gap->voltage[1])
        goto done;
    ECP_TRY(list_all(network, p, &list));
    for (size_t i = 0; i < n; i++) {
        gap->row[i] = total;
        total += list.next[i];
        list.next[i] = gap->row[i];
    }
    gap->row[n] = total;
    gap->other = ecp_array(total, sizeof *gap->other);
    gap->conductance = ecp_array(total, sizeof *gap->conductance);
    status = ECP_ENOMEM;
    if (!gap->other || !gap->conductance)
        goto done;
    list.filling = 1;
    ECP_TRY(list_all(network, p, &list));
    network->facts.gap_junctions += list.n;
done:
    free(list.next);
    if (status == ECP_ENOMEM)
        (void)ecp_fail(status, "no memory for the gap junctions of %s", population->plan->name);
    return status;
}

enum ecp_status ecp_gaps_build(struct ecp_network *network)
{
    for (int p = 0; p < network->n_populations; p++) {
        const enum ecp_status status = has_gaps(network->plan, p) ? build(network, p) : ECP_OK;
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

void ecp_gaps_clear(struct ecp_network *network)
{
    for (int p = 0; network->population && p < network->n_populations; p++) {
        struct ecp_gap *gap = network->population[p].gap;
        if (!gap)
            continue;
        free(gap->row);
        free(gap->other);
        free(gap->conductance);
        free(gap->voltage[0]);
        free(gap->voltage[1]);
        free(gap);
    }
}

/* ---- running --------------------------------------------------------- */

void ecp_gaps_show(struct ecp_worker *worker, ecp_step step)
{
    const struct ecp_network *network = worker->network;
    for (int p = 0; network->plan->n_gaps > 0 && p < network->n_populations; p++) {
        const struct ecp_gap *gap = network->population[p].gap;
        const struct ecp_share *share = &worker->share[p];
        if (gap && share->n > 0)
            memcpy(gap->voltage[step & 1] + share->first, share->column[gap->v],
                   share->n * sizeof(ecp_real));
    }
}

void ecp_gaps_add(const struct ecp_gap *gap, ecp_step step, ecp_lid first, ecp_lid n,
                  ecp_real *current)
{
    const ecp_real *v = gap->voltage[step & 1];
    for (ecp_lid j = 0; j < n; j++) {
        const double own = (double)v[first + j];
        double sum = 0;
        for (uint64_t k = gap->row[first + j]; k < gap->row[first + j + 1]; k++)
            sum += gap->conductance[k] * ((double)v[gap->other[k]] - own);
        current[j] += (ecp_real)sum;
    }
}
