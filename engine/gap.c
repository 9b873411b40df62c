#include "engine/gap.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

/* ---- what is published ------------------------------------------------- */

const struct ecp_published *ecp_published_find(const struct ecp_network *network, int population,
                                               int field)
{
    for (size_t k = 0; k < network->n_published; k++)
        if (network->published[k].population == population && network->published[k].field == field)
            return &network->published[k];
    return NULL;
}

enum ecp_status ecp_published_add(struct ecp_network *network, int population, int field,
                                  uint32_t delay)
{
    for (size_t k = 0; k < network->n_published; k++) {
        struct ecp_published *p = &network->published[k];
        if (p->population != population || p->field != field)
            continue;
        p->longest = delay > p->longest ? delay : p->longest;
        return ECP_OK;
    }
    struct ecp_published *all =
        realloc(network->published, (network->n_published + 1) * sizeof *all);
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for couplings");
    network->published = all;
    all[network->n_published++] =
        (struct ecp_published){.population = population, .field = field, .longest = delay};
    return ECP_OK;
}

static enum ecp_status publish_for_rule(struct ecp_network *network,
                                        const struct ecp_plan_third *third,
                                        const struct ecp_plasticity *rule, uint32_t delay)
{
    const struct ecp_field *fields = network->plan->population[third->astrocytes]->model->fields;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; rule->third[k] && status == ECP_OK; k++) {
        const int f = ecp_field_find(fields, rule->third[k]);
        if (f >= 0)
            status = ecp_published_add(network, third->astrocytes, f, delay);
    }
    return status;
}

/* What the rules of the primary projection read of its synapses' astrocytes. Releases
 * with dendritic delays are seen when the spikes arrive, that much later. */
static enum ecp_status publish_for_rules(struct ecp_network *network,
                                         const struct ecp_plan_third *third, uint32_t delay)
{
    const struct ecp_plan *plan = network->plan;
    const struct ecp_plan_projection *p = plan->projection[third->primary];
    uint32_t shortest, longest;
    enum ecp_status status = ECP_OK;
    if (ecp_plan_third_of(plan, third->primary) != third)
        return ECP_OK;
    ecp_connector_delays(&network->connector[third->primary], &shortest, &longest);
    if (p->dendritic)
        delay += longest;
    if (ecp_reads_third(p->plasticity, p->plasticity_param))
        ECP_TRY(publish_for_rule(network, third, p->plasticity, delay));
    if (ecp_reads_third(p->short_term, p->short_term_param))
        ECP_TRY(publish_for_rule(network, third, p->short_term, delay));
done:
    return status;
}

enum ecp_status ecp_gaps_connect(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    network->gap_connector = ecp_array(plan->n_gaps + 1, sizeof *network->gap_connector);
    if (!network->gap_connector)
        return ecp_fail(ECP_ENOMEM, "no memory for couplings");
    for (size_t k = 0; k < plan->n_gaps; k++) {
        uint32_t shortest, longest;
        struct ecp_connector *c = &network->gap_connector[k];
        ECP_TRY(ecp_connector_init_gap(c, plan, k, network->kernels));
        ecp_connector_delays(c, &shortest, &longest);
        ECP_TRY(ecp_published_add(network, plan->gap[k]->source, plan->gap[k]->field, longest));
        if (plan->gap[k]->third)
            ECP_TRY(publish_for_rules(network, plan->gap[k]->third, shortest));
    }
done:
    return status;
}

/* Those that are ahead write the copy of the end of the epoch, while others still
 * read what was `longest` - 1 before its beginning. */
enum ecp_status ecp_gaps_publish(struct ecp_network *network)
{
    for (size_t k = 0; k < network->n_published; k++) {
        struct ecp_published *p = &network->published[k];
        const size_t n = network->plan->population[p->population]->size;
        for (p->n_copies = 2; p->n_copies < p->longest + (uint64_t)network->epoch_steps;)
            p->n_copies *= 2;
        p->copy = ecp_array(p->n_copies, sizeof *p->copy);
        int missing = p->copy == NULL;
        for (uint32_t c = 0; !missing && c < p->n_copies; c++)
            missing = !(p->copy[c] = ecp_array(n, sizeof **p->copy));
        if (missing)
            return ecp_fail(ECP_ENOMEM, "no memory for the couplings of %s",
                            network->plan->population[p->population]->name);
    }
    return ECP_OK;
}

void ecp_gaps_clear(struct ecp_network *network)
{
    for (size_t k = 0; k < network->n_published; k++) {
        struct ecp_published *p = &network->published[k];
        for (uint32_t c = 0; p->copy && c < p->n_copies; c++)
            free(p->copy[c]);
        free(p->copy);
    }
    free(network->published);
    for (size_t k = 0; network->gap_connector && k < network->plan->n_gaps; k++)
        ecp_connector_clear(&network->gap_connector[k]);
    free(network->gap_connector);
}

int ecp_gaps_reach(const struct ecp_plan *plan, int population, int sink)
{
    for (size_t k = 0; k < plan->n_gaps; k++)
        if (plan->gap[k]->target == population && plan->gap[k]->sink == sink)
            return 1;
    return 0;
}

/* ---- the part of one worker --------------------------------------------- */

struct listing {
    struct ecp_coupled *coupled;
    ecp_lid first, n; /* own targets */
    uint64_t *next;   /* per target: counts, then places */
    int filling;
    uint64_t n_listed; /* pairs, by the targets that they list */
};

static void add(struct listing *list, ecp_lid to, ecp_lid from, const struct ecp_batch *batch,
                size_t k)
{
    struct ecp_coupled *coupled = list->coupled;
    if (to - list->first >= list->n)
        return;
    const uint64_t at = list->next[to - list->first]++;
    if (!list->filling)
        return;
    coupled->other[at] = from;
    coupled->weight[at] = batch->weight[k];
    if (coupled->delay)
        coupled->delay[at] = (uint16_t)batch->delay[k];
}

static void list_batch(void *context, const struct ecp_batch *batch)
{
    struct listing *list = context;
    const struct ecp_plan_projection *plan = list->coupled->plan;
    const int is_gap = plan->coupling == ECP_COUPLING_GAP;
    const int both = is_gap && plan->symmetric, halved = ecp_gap_is_halved(plan);
    for (size_t k = 0; k < batch->n; k++) {
        const ecp_lid a = batch->source[k], b = batch->target[k];
        if (halved && a >= b)
            continue;
        add(list, b, a, batch, k);
        if (both)
            add(list, a, b, batch, k);
        list->n_listed += b - list->first < list->n;
    }
}

/* Junctions that conduct both ways may end here whatever they begin at. */
static enum ecp_status list_all(const struct ecp_connector *connector, struct listing *list)
{
    const struct ecp_plan_projection *plan = connector->plan;
    const int all = plan->coupling == ECP_COUPLING_GAP && plan->symmetric;
    const struct ecp_emit emit = {list_batch, list, 1};
    list->n_listed = 0;
    return ecp_connect(connector, all ? 0 : list->first,
                       all ? (ecp_lid)connector->n_target : list->n, &emit);
}

static enum ecp_status no_memory(const struct ecp_plan_projection *plan)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the couplings of %s", plan->name);
}

static enum ecp_status make_columns(struct ecp_coupled *coupled, uint64_t total, int same_delay)
{
    coupled->other = ecp_array(total, sizeof *coupled->other);
    coupled->weight = ecp_array(total, sizeof *coupled->weight);
    if (!same_delay)
        coupled->delay = ecp_array(total, sizeof *coupled->delay);
    if (!coupled->other || !coupled->weight || (!same_delay && !coupled->delay))
        return no_memory(coupled->plan);
    return ECP_OK;
}

static enum ecp_status build(struct ecp_worker *worker, size_t k)
{
    const struct ecp_network *network = worker->network;
    const struct ecp_connector *connector = &network->gap_connector[k];
    const struct ecp_plan_projection *plan = network->plan->gap[k];
    const struct ecp_share *share = &worker->share[plan->target];
    struct ecp_coupled *coupled = &worker->coupled[k];
    struct listing list = {.coupled = coupled, .first = share->first, .n = share->n};
    enum ecp_status status = ECP_OK;
    uint32_t shortest, longest;
    uint64_t total = 0;
    ecp_connector_delays(connector, &shortest, &longest);
    coupled->plan = plan;
    coupled->from = ecp_published_find(network, plan->source, plan->field);
    coupled->steps = longest;
    coupled->row = ecp_array((size_t)share->n + 1, sizeof *coupled->row);
    list.next = ecp_array((size_t)share->n + 1, sizeof *list.next);
    if (!coupled->row || !list.next) {
        status = no_memory(plan);
        goto done;
    }
    ECP_TRY(list_all(connector, &list));
    for (ecp_lid j = 0; j < share->n; j++) {
        coupled->row[j] = total;
        total += list.next[j];
        list.next[j] = coupled->row[j];
    }
    coupled->row[share->n] = total;
    ECP_TRY(make_columns(coupled, total, shortest == longest));
    list.filling = 1;
    ECP_TRY(list_all(connector, &list));
    if (plan->coupling == ECP_COUPLING_GAP)
        worker->n_junctions += list.n_listed;
    else
        worker->n_slow += list.n_listed;
done:
    free(list.next);
    return status;
}

enum ecp_status ecp_gaps_build(struct ecp_worker *worker)
{
    const size_t n = worker->network->plan->n_gaps;
    enum ecp_status status = ECP_OK;
    if (n == 0)
        return ECP_OK;
    worker->coupled = ecp_array(n, sizeof *worker->coupled);
    if (!worker->coupled)
        return ecp_fail(ECP_ENOMEM, "no memory for couplings");
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        status = build(worker, k);
    return status;
}

void ecp_gaps_clear_worker(struct ecp_worker *worker)
{
    for (size_t k = 0; worker->coupled && k < worker->network->plan->n_gaps; k++) {
        free(worker->coupled[k].row);
        free(worker->coupled[k].other);
        free(worker->coupled[k].weight);
        free(worker->coupled[k].delay);
    }
    free(worker->coupled);
}

/* ---- running --------------------------------------------------------- */

void ecp_gaps_show(struct ecp_worker *worker, ecp_step step, int all)
{
    const struct ecp_network *network = worker->network;
    for (size_t k = 0; k < network->n_published; k++) {
        const struct ecp_published *p = &network->published[k];
        const struct ecp_share *share = &worker->share[p->population];
        for (uint32_t c = 0; c < (all ? p->n_copies : 1) && share->n > 0; c++)
            memcpy(p->copy[(step + c) & (p->n_copies - 1)] + share->first, share->column[p->field],
                   share->n * sizeof(ecp_real));
    }
}

static void add_differences(const struct ecp_coupled *coupled, const ecp_real *x,
                            const struct ecp_share *share, ecp_lid first, ecp_lid n, ecp_real *sink)
{
    for (ecp_lid j = 0; j < n; j++) {
        const double own = (double)x[share->first + first + j];
        double sum = 0;
        for (uint64_t k = coupled->row[first + j]; k < coupled->row[first + j + 1]; k++)
            sum += coupled->weight[k] * ((double)x[coupled->other[k]] - own);
        sink[j] += (ecp_real)sum;
    }
}

static void add_values(const struct ecp_coupled *coupled, ecp_step step, ecp_lid first, ecp_lid n,
                       ecp_real *sink)
{
    const ecp_real *x = ecp_published_at(coupled->from, step, coupled->steps);
    for (ecp_lid j = 0; j < n; j++) {
        double sum = 0;
        for (uint64_t k = coupled->row[first + j]; k < coupled->row[first + j + 1]; k++) {
            if (coupled->delay)
                x = ecp_published_at(coupled->from, step, coupled->delay[k]);
            sum += coupled->weight[k] * (double)x[coupled->other[k]];
        }
        sink[j] += (ecp_real)sum;
    }
}

void ecp_gaps_add(const struct ecp_worker *worker, int p, ecp_step step, ecp_lid first, ecp_lid n,
                  ecp_real *const *column)
{
    for (size_t k = 0; k < worker->network->plan->n_gaps; k++) {
        const struct ecp_coupled *coupled = &worker->coupled[k];
        ecp_real *sink = column[coupled->plan->sink];
        if (coupled->plan->target != p)
            continue;
        if (coupled->plan->coupling == ECP_COUPLING_SIC)
            add_values(coupled, step, first, n, sink);
        else
            add_differences(coupled, ecp_published_at(coupled->from, step, 1), &worker->share[p],
                            first, n, sink);
    }
}
