#include "engine/edge_list.h"

#include <stdlib.h>

#include "engine/forecast.h"
#include "engine/kernel.h"

enum { BYTES_PER_EDGE = 100 }; /* with room to grow, and to be sorted when it is written */

static int grow(struct ecp_edge_list *l, size_t n)
{
    const size_t room = l->room ? 2 * l->room : ECP_BATCH;
    ecp_lid *source = realloc(l->source, room * sizeof *source);
    l->source = source ? source : l->source;
    ecp_lid *target = realloc(l->target, room * sizeof *target);
    l->target = target ? target : l->target;
    double *weight = realloc(l->weight, room * sizeof *weight);
    l->weight = weight ? weight : l->weight;
    double *delay = realloc(l->delay, room * sizeof *delay);
    l->delay = delay ? delay : l->delay;
    if (!source || !target || !weight || !delay)
        return 0;
    l->room = room;
    return n <= room;
}

/* Before the system ends a process that takes more than there is. */
static enum ecp_status check_memory(const struct ecp_connector *connector)
{
    const double n = ecp_connector_indegree(connector) * (double)connector->n_target;
    const double bytes = BYTES_PER_EDGE * n;
    if (bytes <= ecp_memory_available())
        return ECP_OK;
    return ecp_fail(ECP_ENOMEM,
                    "%s: %.3g synapses need about %.3g GB of memory and %.3g GB are available",
                    connector->plan->name, n, 1e-9 * bytes, 1e-9 * ecp_memory_available());
}

struct filling {
    struct ecp_edge_list *list;
    double dt;
    int failed;
};

static void add(void *context, const struct ecp_batch *batch)
{
    struct filling *f = context;
    struct ecp_edge_list *l = f->list;
    if (f->failed || (l->n + batch->n > l->room && !grow(l, l->n + batch->n))) {
        f->failed = 1;
        return;
    }
    for (size_t k = 0; k < batch->n; k++) {
        l->source[l->n] = batch->source[k];
        l->target[l->n] = batch->target[k];
        l->weight[l->n] = batch->weight[k];
        l->delay[l->n++] = batch->delay[k] * f->dt;
    }
}

enum ecp_status ecp_edge_list_of(const struct ecp_plan *plan, size_t projection,
                                 struct ecp_edge_list *out)
{
    const struct ecp_plan_projection *p = plan->projection[projection];
    const struct ecp_plan_population *target = plan->population[p->target];
    const int field = ecp_field_of_kind(target->model->fields, ECP_INPUT, (size_t)p->port_positive);
    struct ecp_edge_list list = {.name = p->name,
                                 .source_name = plan->population[p->source]->name,
                                 .target_name = target->name,
                                 .unit = target->model->fields[field].unit,
                                 .n_source = plan->population[p->source]->size,
                                 .n_target = target->size,
                                 .type = (int64_t)projection};
    struct filling filling = {&list, plan->dt, 0};
    const struct ecp_emit emit = {add, &filling, 1};
    struct ecp_connector connector = {0};
    enum ecp_status status;
    ECP_TRY(ecp_connector_init(&connector, plan, projection, ecp_kernels_of(ECP_ISA_BASELINE)));
    ECP_TRY(check_memory(&connector));
    status = ecp_connect(&connector, 0, (ecp_lid)target->size, &emit);
    if (status == ECP_OK && filling.failed)
        status = ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", p->name);
done:
    ecp_connector_clear(&connector);
    if (status == ECP_OK)
        *out = list;
    else
        ecp_edge_list_clear(&list);
    return status;
}

void ecp_edge_list_clear(struct ecp_edge_list *list)
{
    free(list->source);
    free(list->target);
    free(list->weight);
    free(list->delay);
    *list = (struct ecp_edge_list){0};
}
