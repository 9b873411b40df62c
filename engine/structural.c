/* Calcium and elements; who shares which; when synapses are looked at. */
#include "engine/structural.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/plan_check.h"
#include "engine/vector_math.h"
#include "mpi/comm.h"

static double param_of(const struct ecp_plan_projection *p, const char *name)
{
    const double *param;
    const struct ecp_plasticity *rule = ecp_structure_of(p, &param);
    return param[ecp_field_find(rule->fields, name)];
}

/* ---- elements ---------------------------------------------------------- */

static void set_calcium(struct ecp_elements *e)
{
    e->tau_ca = e->param[ecp_field_find(e->fields, "tau_ca")];
    e->beta_ca = e->param[ecp_field_find(e->fields, "beta_ca")];
}

static enum ecp_status make_elements(struct ecp_network *network, struct ecp_elements *e,
                                     const struct ecp_plan_projection *p, int is_dendrite)
{
    const struct ecp_plasticity *rule;
    const double *param;
    const enum ecp_status status =
        ecp_plasticity_find(ecp_structure_of(p, &param)->name, network->options.isa, &rule);
    if (status != ECP_OK)
        return status;
    e->rule = rule->structure;
    memcpy(e->param, param, sizeof e->param);
    e->is_dendrite = is_dendrite;
    e->population = is_dendrite ? p->target : p->source;
    e->n = network->plan->population[e->population]->size;
    e->fields = rule->fields;
    set_calcium(e);
    e->calcium = ecp_array(e->n, sizeof *e->calcium);
    e->z = ecp_array(e->n, sizeof *e->z);
    e->last = ecp_array(e->n, sizeof *e->last);
    e->connected = ecp_array(e->n, sizeof *e->connected);
    if (!e->calcium || !e->z || !e->last || !e->connected)
        return ecp_fail(ECP_ENOMEM, "no memory for the synaptic elements of %s", p->name);
    for (size_t j = 0; j < e->n; j++)
        e->calcium[j] = param_of(p, "ca");
    return ECP_OK;
}

static void clear_elements(struct ecp_elements *e)
{
    free(e->calcium);
    free(e->z);
    free(e->last);
    free(e->connected);
}

/* Neuron j to `stamp`; z is kept from below 0 here, at spikes and updates. */
static void advance(struct ecp_elements *e, size_t j, ecp_step stamp, double dt)
{
    const double span = (double)(stamp - e->last[j]) * dt;
    if (stamp == e->last[j])
        return;
    const double z = e->z[j] + e->rule->grown(e->param, e->is_dendrite, e->calcium[j], span);
    e->z[j] = z > 0 ? z : 0;
    e->calcium[j] *= ecp_expd(-span / e->tau_ca);
    e->last[j] = stamp;
}

static void fired(struct ecp_elements *e, size_t j, ecp_step stamp, double dt)
{
    advance(e, j, stamp, dt);
    e->calcium[j] += e->beta_ca;
}

void ecp_structural_fired(struct ecp_structural *all, int p, ecp_lid j, ecp_step stamp)
{
    const double dt = all->network->plan->dt;
    for (size_t g = 0; g < all->n_groups; g++) {
        struct ecp_structural_group *group = &all->group[g];
        if (group->axons.population == p)
            fired(&group->axons, j, stamp, dt);
        for (size_t k = 0; k < group->n_parts; k++)
            if (group->part[k].dendrites.population == p)
                fired(&group->part[k].dendrites, j, stamp, dt);
    }
}

static void advance_all(struct ecp_elements *e, ecp_step now, const struct ecp_network *network)
{
#pragma omp parallel for num_threads(network->n_workers)
    for (size_t j = 0; j < e->n; j++)
        advance(e, j, now, network->plan->dt);
}

static void decay(struct ecp_elements *e, double tau_vacant)
{
    for (size_t j = 0; j < e->n; j++) {
        const double vacant = ecp_elements_vacant(e, j);
        if (vacant > 0)
            e->z[j] -= tau_vacant * vacant;
    }
}

/* ---- building ------------------------------------------------------------ */

static int is_structural(const struct ecp_plan_projection *p)
{
    return ecp_structure_of(p, NULL) != NULL;
}

/* Group whose axonal elements the projection uses; a new one where there is none. */
static struct ecp_structural_group *group_of(struct ecp_structural *all,
                                             const struct ecp_plan_projection *p)
{
    const int own = param_of(p, "axons") > 0;
    for (size_t g = 0; g < all->n_groups && !own; g++) {
        const struct ecp_plan_projection *first =
            all->network->plan->projection[all->group[g].part[0].projection];
        if (first->source == p->source && param_of(first, "axons") == 0)
            return &all->group[g];
    }
    return &all->group[all->n_groups++];
}

static void set_updates(struct ecp_structural_group *group, double dt)
{
    const struct ecp_elements *e = &group->axons;
    const double interval = e->param[ecp_field_find(e->fields, "update_interval")];
    group->interval = (ecp_step)fmax(1, nearbyint(interval / dt));
    group->tau_vacant = e->param[ecp_field_find(e->fields, "tau_vacant")];
}

static enum ecp_status add_part(struct ecp_structural *all, size_t projection)
{
    const struct ecp_plan *plan = all->network->plan;
    const struct ecp_plan_projection *p = plan->projection[projection];
    struct ecp_structural_group *group = group_of(all, p);
    enum ecp_status status = ECP_OK;
    if (group->n_parts == 0) {
        group->part = ecp_array(plan->n_projections, sizeof *group->part);
        if (!group->part)
            return ecp_fail(ECP_ENOMEM, "no memory for structural projections");
        ECP_TRY(make_elements(all->network, &group->axons, p, 0));
        set_updates(group, plan->dt);
    }
    struct ecp_structural_part *part = &group->part[group->n_parts++];
    part->projection = (int)projection;
    part->first_column = group->n_columns;
    ECP_TRY(make_elements(all->network, &part->dendrites, p, 1));
    group->n_columns += (uint32_t)part->dendrites.n;
done:
    return status;
}

/* Elements of the synapses that there are at the beginning. */
static void count_connected(struct ecp_structural *all, struct ecp_structural_group *group)
{
    const struct ecp_network *network = all->network;
    for (size_t k = 0; k < group->n_parts; k++) {
        struct ecp_structural_part *part = &group->part[k];
        for (int w = 0; w < network->n_workers; w++) {
            const struct ecp_plastic *plastic =
                ecp_plastic_of(&network->worker[w], part->projection);
            part->synapses += plastic->n_synapses;
            for (size_t s = 0; s < group->axons.n; s++)
                for (uint32_t p = plastic->start[s]; p < plastic->start[s + 1]; p++) {
                    const struct ecp_piece *piece = &plastic->piece[p];
                    const size_t base = plastic->first_target + piece->section * ECP_SECTION;
                    group->axons.connected[s] += piece->n;
                    for (uint64_t e = piece->first; e < piece->first + piece->n; e++)
                        part->dendrites.connected[base + plastic->target[e]]++;
                }
        }
    }
}

static void start_elements(struct ecp_elements *e, double vacant)
{
    for (size_t j = 0; j < e->n; j++)
        e->z[j] = e->connected[j] + vacant;
}

static enum ecp_status add_parts(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    for (size_t k = 0; k < plan->n_projections; k++)
        n += is_structural(plan->projection[k]) ? 1 : 0;
    if (n == 0)
        return ECP_OK;
    struct ecp_structural *all = network->structural = ecp_array(1, sizeof *all);
    if (!all || !(all->group = ecp_array(n, sizeof *all->group)))
        return ecp_fail(ECP_ENOMEM, "no memory for structural projections");
    all->network = network;
    for (size_t k = 0; k < plan->n_projections; k++)
        if (is_structural(plan->projection[k]))
            ECP_TRY(add_part(all, k));
done:
    return status;
}

enum ecp_status ecp_structural_build(struct ecp_network *network)
{
    const struct ecp_plan *plan = network->plan;
    enum ecp_status status;
    ECP_TRY(ecp_comm_agree(network->comm, add_parts(network)));
    struct ecp_structural *all = network->structural;
    for (size_t g = 0; all && g < all->n_groups; g++) {
        struct ecp_structural_group *group = &all->group[g];
        count_connected(all, group);
        ECP_TRY(ecp_structural_share_counts(network, group));
        for (size_t k = 0; k < group->n_parts; k++) {
            const struct ecp_plan_projection *p = plan->projection[group->part[k].projection];
            if (k == 0)
                start_elements(&group->axons, param_of(p, "axon_z"));
            start_elements(&group->part[k].dendrites, param_of(p, "dendrite_z"));
        }
    }
done:
    return status;
}

void ecp_structural_clear(struct ecp_network *network)
{
    struct ecp_structural *all = network->structural;
    if (!all)
        return;
    for (size_t g = 0; all->group && g < all->n_groups; g++) {
        struct ecp_structural_group *group = &all->group[g];
        clear_elements(&group->axons);
        for (size_t k = 0; k < group->n_parts; k++)
            clear_elements(&group->part[k].dendrites);
        free(group->part);
    }
    free(all->group);
    free(all);
    network->structural = NULL;
}

/* ---- updates --------------------------------------------------------------- */

ecp_step ecp_structural_next(const struct ecp_network *network, ecp_step now)
{
    const struct ecp_structural *all = network->structural;
    ecp_step next = INT64_MAX;
    for (size_t g = 0; all && g < all->n_groups; g++) {
        const ecp_step every = all->group[g].interval, at = (now / every + 1) * every;
        next = at < next ? at : next;
    }
    return next;
}

static enum ecp_status update_group(struct ecp_network *network, struct ecp_structural_group *group,
                                    ecp_step now)
{
    struct ecp_network_facts *facts = &network->facts;
    enum ecp_status status = ECP_OK;
    advance_all(&group->axons, now, network);
    ECP_TRY(ecp_structural_share_elements(network, &group->axons));
    for (size_t k = 0; k < group->n_parts; k++) {
        advance_all(&group->part[k].dendrites, now, network);
        ECP_TRY(ecp_structural_share_elements(network, &group->part[k].dendrites));
        group->part[k].created = group->part[k].deleted = 0;
    }
    ECP_TRY(ecp_comm_agree(network->comm, ecp_structural_rewire(network, group, now)));
    group->n_updates++;
    decay(&group->axons, group->tau_vacant);
    for (size_t k = 0; k < group->n_parts; k++) {
        struct ecp_structural_part *part = &group->part[k];
        decay(&part->dendrites, group->tau_vacant);
        part->synapses += part->created - part->deleted;
        facts->synapses += part->created - part->deleted;
        facts->created += part->created;
        facts->deleted += part->deleted;
    }
done:
    return status;
}

enum ecp_status ecp_structural_update(struct ecp_network *network, ecp_step now)
{
    struct ecp_structural *all = network->structural;
    enum ecp_status status = ECP_OK;
    for (size_t g = 0; all && g < all->n_groups && status == ECP_OK; g++)
        if (now > 0 && now % all->group[g].interval == 0)
            status = update_group(network, &all->group[g], now);
    return status;
}

static void change_elements(struct ecp_elements *e, int field, double value)
{
    e->param[field] = value;
    set_calcium(e);
}

void ecp_structural_change(struct ecp_network *network, int projection, int field, double value)
{
    struct ecp_structural *all = network->structural;
    for (size_t g = 0; all && g < all->n_groups; g++) {
        struct ecp_structural_group *group = &all->group[g];
        for (size_t k = 0; k < group->n_parts; k++) {
            if (group->part[k].projection != projection)
                continue;
            advance_all(&group->axons, network->now, network);
            advance_all(&group->part[k].dendrites, network->now, network);
            change_elements(&group->axons, field, value);
            change_elements(&group->part[k].dendrites, field, value);
            set_updates(group, network->plan->dt);
        }
    }
}

/* ---- looking at it ------------------------------------------------------------ */

static double mean_of(const double *value, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += value[j];
    return sum / (double)n;
}

double ecp_structural_value(const struct ecp_network *network, int projection, int field)
{
    const struct ecp_structural_group *group = network->structural->group;
    const struct ecp_structural_part *part = NULL;
    for (;; group++) {
        for (size_t k = 0; k < group->n_parts && !part; k++)
            part = group->part[k].projection == projection ? &group->part[k] : NULL;
        if (part)
            break;
    }
    const struct ecp_elements *axons = &group->axons, *dendrites = &part->dendrites;
    switch ((enum ecp_structure_field)field) {
    case ECP_STRUCTURE_SYNAPSES:
        return (double)part->synapses;
    case ECP_STRUCTURE_CREATED:
        return (double)part->created;
    case ECP_STRUCTURE_DELETED:
        return (double)part->deleted;
    case ECP_STRUCTURE_CALCIUM:
        return mean_of(dendrites->calcium, dendrites->n);
    case ECP_STRUCTURE_SOURCE_CALCIUM:
        return mean_of(axons->calcium, axons->n);
    case ECP_STRUCTURE_DENDRITES:
        return mean_of(dendrites->z, dendrites->n);
    case ECP_STRUCTURE_AXONS:
        break;
    }
    return mean_of(axons->z, axons->n);
}
